/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to a MySQL or MariaDB server: the database server and the scratch engine alike. The
 * implementation, backend.c, is the only file that knows the client library; it uses only calls that
 * MariaDB's libmariadb and Oracle's libmysqlclient share. Everything blocks.
 *
 * Threads: a connection belongs to one thread at a time (it may move between threads while idle).
 * backend_kill may be called from any thread. Pools (backend/pool.h) are thread-safe.
 *
 * Failures: a server's error becomes STATUS_UPSTREAM_SQL with its own number, SQLSTATE and text, and
 * the connection stays usable. A broken connection becomes `params.lost_code` (UPSTREAM_LOST, or
 * SCRATCH_LOST for the scratch engine); it then answers every call so, until closed.
 *
 * A server may be hostile: LOCAL INFILE requests are refused, unless params.local_infile is set (for
 * the scratch engine) and a source is set for the statement that asks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "proxy/wire/column.h"

struct backend_conn;
struct backend_stmt;
struct backend_result;

enum backend_flavour {
    BACKEND_MARIADB,
    BACKEND_MYSQL
};

enum backend_tls {
    BACKEND_TLS_PREFERRED, /* encrypt when the server can; never on a unix socket */
    BACKEND_TLS_DISABLED,
    BACKEND_TLS_REQUIRED,
    BACKEND_TLS_VERIFY_CA,
    BACKEND_TLS_VERIFY_IDENTITY,
};

/* Borrowed strings; they must outlive the connections made with them (pools keep their own copy). */
struct backend_params {
    const char *host;   /* NULL with a socket */
    const char *socket; /* unix socket path, or NULL */
    uint16_t port;
    const char *user, *password;
    const char *database; /* initial database, or NULL */
    const char *charset;  /* a character set name; NULL: utf8mb4 */
    const char *init_sql; /* one statement run after connect and after each reset, or NULL */
    enum backend_tls tls;
    const char *tls_ca, *tls_cert, *tls_key;                        /* PEM paths, or NULL */
    uint32_t connect_timeout_ms, read_timeout_ms, write_timeout_ms; /* 0: the library's default */
    bool found_rows;            /* affected rows = matched rows (CLIENT_FOUND_ROWS) */
    bool multi_statements;      /* one query may hold several statements */
    bool local_infile;          /* LOAD DATA LOCAL may be answered, see backend_set_infile */
    enum status_code lost_code; /* 0: STATUS_UPSTREAM_LOST */
    const char *program_name;   /* connection attribute; NULL: "alliumd" */
};

/* The first connect does it too. deinit: at the very end of the process, if at all (leak checkers);
 * nothing works after it. thread_deinit: by each thread that used connections, at its end. */
STATUS backend_global_init(void);
void backend_global_deinit(void);
void backend_thread_deinit(void);

STATUS backend_connect(struct backend_conn **out, const struct backend_params *params,
                       struct diag *d);
struct backend_conn *backend_close(struct backend_conn *c); /* NULL is fine; returns NULL */
CLEANUP_DEFINE(struct backend_conn *, backend_close)

enum backend_flavour backend_flavour(const struct backend_conn *c);
const char *backend_version(const struct backend_conn *c); /* "10.11.19-MariaDB-…", borrowed */
uint32_t backend_version_number(const struct backend_conn *c); /* 101119, 90704 */
uint64_t backend_thread_id(const struct backend_conn *c);
bool backend_is_lost(const struct backend_conn *c);
/* For an idle connection: lost, or the server has closed its end since. One system call, no round trip. */
bool backend_is_closed(const struct backend_conn *c);
/* Status flags (SERVER_STATUS_*) of the last answer. */
uint16_t backend_server_status(const struct backend_conn *c);
const char *backend_tls_cipher(const struct backend_conn *c); /* NULL: not encrypted */

STATUS backend_ping(struct backend_conn *c, struct diag *d);
STATUS backend_init_db(struct backend_conn *c, struct slice db, struct diag *d);
/*
 * As after connect: transaction rolled back, temporary tables, locks, user variables, prepared
 * statements gone, session variables, character set and current database as params say. Statements
 * of this connection that are still open must only be closed afterwards.
 */
STATUS backend_reset(struct backend_conn *c, struct diag *d);

enum backend_kill {
    BACKEND_KILL_QUERY,
    BACKEND_KILL_CONNECTION
};
/* Through a second, short-lived connection. An id that is gone already is no failure. */
STATUS backend_kill(const struct backend_params *params, uint64_t thread_id, enum backend_kill what,
                    struct diag *d);

/* ---- statements as text ---- */

enum backend_mode {
    BACKEND_STORE,  /* all rows are read now; other statements may run while they are used */
    BACKEND_STREAM, /* rows are read from the wire one by one: constant memory, connection busy */
};

/* What an OK packet (or the end of a result set) says. */
struct backend_summary {
    uint64_t affected_rows, insert_id;
    uint16_t warnings, status; /* SERVER_STATUS_* */
    struct slice info;         /* "Rows matched: 1 …" or NULL; borrowed from the result */
};

/* On success *out is the first result; backend_result_free() it. */
STATUS backend_query(struct backend_conn *c, struct slice sql, enum backend_mode mode,
                     struct backend_result **out, struct diag *d);
/* Runs all of sql (several statements when the connection allows), discards any rows. summary of
 * the last statement, its info is not kept; may be NULL. */
STATUS backend_exec(struct backend_conn *c, struct slice sql, struct backend_summary *summary,
                    struct diag *d);
STATUS backend_exec_str(struct backend_conn *c, const char *sql, struct diag *d);

/* 0: the statement gave an OK packet, not rows. */
size_t backend_result_n_columns(const struct backend_result *r);
/* Array of n_columns, borrowed from the result. */
const struct wire_column *backend_result_columns(const struct backend_result *r);
bool backend_result_is_binary(const struct backend_result *r);
/*
 * *row becomes the next row, n_columns cells borrowed until the next call (until the result is freed
 * when stored as text), a NULL slice = SQL NULL; or NULL after the last. Cells are text protocol
 * bytes, or (of an executed statement) binary protocol cells: integers little-endian of the column
 * type's width, FLOAT/DOUBLE little-endian, temporals the body without its length byte (so empty for
 * a zero value), everything else its bytes without the length.
 */
STATUS backend_result_next(struct backend_result *r, const struct slice **row, struct diag *d);
/* Stored results only: rows in all. */
uint64_t backend_result_n_rows(const struct backend_result *r);
/* Complete once the rows are read (at once for STORE and OK). */
const struct backend_summary *backend_result_summary(const struct backend_result *r);
/* Another result (CALL, multi-statements) follows on the connection; rows of r must be read out. */
bool backend_result_has_more(const struct backend_result *r);
/* Moves r on to that next result; its columns and rows replace the old ones. */
STATUS backend_result_advance(struct backend_result *r, struct diag *d);
/* Reads off and drops what is unread, further results too: the connection is ready again. */
struct backend_result *backend_result_free(struct backend_result *r);
CLEANUP_DEFINE(struct backend_result *, backend_result_free)

/*
 * Session state changes that the last OK reported (MySQL's session tracking). type: see enum;
 * variables come as name, value, name, value. First call with restart = true.
 */
enum backend_track {
    BACKEND_TRACK_VARIABLES,
    BACKEND_TRACK_SCHEMA,
    BACKEND_TRACK_STATE_CHANGE,
    BACKEND_TRACK_GTIDS,
    BACKEND_TRACK_TRANSACTION_CHARACTERISTICS,
    BACKEND_TRACK_TRANSACTION_STATE,
};
bool backend_track_next(struct backend_conn *c, enum backend_track type, bool restart,
                        struct slice *out);

/*
 * Where LOAD DATA LOCAL INFILE statements of this connection read from. open gets the file name as
 * written; read sets *chunk to the next bytes, valid until the next call, an empty slice at the end.
 * A failure of either ends the statement and is what backend_query returns; the server has then
 * loaded what came before. The callbacks must not use the connection.
 */
struct backend_infile {
    STATUS (*open)(void *ctx, struct slice filename, struct diag *d);
    STATUS (*read)(void *ctx, struct slice *chunk, struct diag *d);
    void *ctx;
};
/* Borrowed until replaced; NULL: refuse again. A reset refuses too. */
void backend_set_infile(struct backend_conn *c, const struct backend_infile *infile);

/* ---- prepared statements ---- */

STATUS backend_prepare(struct backend_conn *c, struct slice sql, struct backend_stmt **out,
                       struct diag *d);
/* COM_STMT_CLOSE, no answer awaited. NULL is fine. Close statements before their connection. */
struct backend_stmt *backend_stmt_close(struct backend_stmt *s);
CLEANUP_DEFINE(struct backend_stmt *, backend_stmt_close)
size_t backend_stmt_n_params(const struct backend_stmt *s);
size_t backend_stmt_n_columns(const struct backend_stmt *s);
const struct wire_column *backend_stmt_columns(const struct backend_stmt *s); /* borrowed */

struct backend_param {
    uint8_t type; /* MYSQL_TYPE_* */
    bool is_unsigned;
    bool is_long_data; /* sent before by backend_stmt_long_data; value ignored */
    /* NULL slice = SQL NULL. Numbers: little-endian of the type's width; temporals: the body without
     * the length byte; all others: the bytes (text form for DECIMAL). */
    struct slice value;
};

/* Appends to parameter `index`. No answer is awaited: errors appear at execute. */
STATUS backend_stmt_long_data(struct backend_stmt *s, unsigned index, struct slice data,
                              struct diag *d);
/*
 * params: n_params of them. The result must be freed before the next execute of this statement. Types
 * of result columns may differ from those at prepare; a different number of them (SELECT * after DDL)
 * gives CATALOG_CHANGED and loses the connection.
 */
STATUS backend_stmt_execute(struct backend_stmt *s, const struct backend_param *params,
                            enum backend_mode mode, struct backend_result **out, struct diag *d);
/* Drops long data and any open result. */
STATUS backend_stmt_reset(struct backend_stmt *s, struct diag *d);
