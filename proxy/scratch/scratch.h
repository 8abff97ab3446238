/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scratch engine: a private MariaDB or MySQL server, started by the proxy as its child on a unix
 * socket with all its data on tmpfs. It holds the mirror (every logical table, empty, original DDL)
 * and the sessions' working tables, so it sees plaintext and is part of the trusted side; its
 * directory is 0700, its accounts have random passwords, its core dumps are off, it dies with the
 * proxy. Its client account can read no file and no grant table, because hostile clients' statements
 * run there.
 *
 * If it dies, a supervisor thread starts it again with an empty mirror and calls on_restart; sessions
 * of the old process answer SCRATCH_LOST. Thread-safe, but a session and its connection belong to one
 * thread at a time, and so does the admin connection between take and give.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "proxy/backend/backend.h"

struct scratch;
struct scratch_session;

/* ---- life ---- */

struct scratch_variable {
    struct slice name, value;
};

/* Rebuilds the mirror in a freshly started server; runs on the supervisor's thread, sessions wait
 * meanwhile. Failing makes the supervisor try again from the start. `admin` is borrowed. */
typedef STATUS (*scratch_restart_fn)(void *ctx, struct scratch *s, struct backend_conn *admin,
                                     struct diag *d);

/* Borrowed during scratch_start only. */
struct scratch_config {
    enum backend_flavour flavour;
    const char *server_path;        /* mariadbd or mysqld; NULL: found in the usual places */
    const char *const *server_args; /* further options (--basedir=…), NULL-terminated, or NULL */
    const char *install_path;       /* mariadb-install-db; NULL: found in the usual places */
    const char *run_dir;            /* NULL: /dev/shm/allium-<pid>; made and removed, 0700 */
    const char *template_dir;       /* keeps the initialised empty data directory; NULL: none */
    const char *run_as;             /* account of the child when root; NULL: mysql, else nobody */
    const char *time_zone_env;      /* TZ of the child; NULL: as the proxy's */
    /* Global variables of the database server that decide implicit defaults and errors, from
     * scratch_variables_read(); become start options. */
    const struct scratch_variable *variables;
    size_t n_variables;
    uint32_t buffer_pool_mb;       /* 0: 24 */
    uint32_t max_sessions;         /* 0: 1000 */
    uint32_t start_timeout_ms;     /* 0: 30 s */
    scratch_restart_fn on_restart; /* NULL: none; not called for the first start */
    void *restart_ctx;
};

STATUS scratch_start(struct scratch **out, const struct scratch_config *config, struct diag *d);
/* Stops the child, removes its directory. All sessions must be closed. NULL is fine. */
struct scratch *scratch_stop(struct scratch *s);
CLEANUP_DEFINE(struct scratch *, scratch_stop)

enum backend_flavour scratch_flavour(const struct scratch *s);
const char *scratch_version(const struct scratch *s);
int scratch_pid(struct scratch *s);             /* 0 while it is down */
uint32_t scratch_generation(struct scratch *s); /* goes up by one with each restart */

/* The variables that scratch_config.variables wants, read from the database server. `a` owns them. */
STATUS scratch_variables_read(struct backend_conn *from, struct arena *a,
                              struct scratch_variable **out, size_t *n, struct diag *d);

/* ---- the mirror ---- */

/*
 * The administrator's connection (all rights, utf8mb4, sql_mode as the server's default, multi
 * statements): for mirror DDL. One at a time: take waits for the other holder. Clean up what you set;
 * give restores current database and session variables.
 */
STATUS scratch_admin_take(struct scratch *s, struct backend_conn **out, struct diag *d);
void scratch_admin_give(struct scratch *s, struct backend_conn *c);

/* A connection as another account of the engine, ended with backend_close. */
STATUS scratch_connect_as(struct scratch *s, const char *user, const char *password,
                          struct backend_conn **out, struct diag *d);
/* 128 random bits as text. */
STATUS scratch_random_password(char out[33]);

/* Lets client sessions use database db of the mirror. Call after each CREATE DATABASE. */
STATUS scratch_grant(struct scratch *s, struct backend_conn *admin, struct slice db,
                     struct diag *d);
/* Forgets what is cached about the table (definition text for working tables); after each DDL. A
 * NULL table: the whole database; a NULL db: everything. */
void scratch_invalidate(struct scratch *s, struct slice db, struct slice table);

/* ---- sessions ---- */

struct scratch_session_options {
    const char *charset, *collation; /* of the handshake; NULL: utf8mb4 and its usual collation */
    bool found_rows;                 /* the client asked for CLIENT_FOUND_ROWS */
    const char *user, *password;     /* another account than the usual one, or NULL */
};

/* A connection of the client account with fresh session state; options may be NULL. */
STATUS scratch_session_open(struct scratch *s, const struct scratch_session_options *options,
                            struct scratch_session **out, struct diag *d);
/* Resets the connection and returns it to the pool. NULL is fine. */
struct scratch_session *scratch_session_close(struct scratch_session *ss);
CLEANUP_DEFINE(struct scratch_session *, scratch_session_close)
/* Borrowed. Queries that find the engine gone fail with SCRATCH_LOST. LOAD DATA LOCAL works once
 * backend_set_infile has given a source; without one it is refused. */
struct backend_conn *scratch_session_conn(struct scratch_session *ss);
/* True once the engine restarted under it: close it, open a new one, set its state again. */
bool scratch_session_is_lost(struct scratch_session *ss);
/* As after open: COM_RESET_CONNECTION, COM_CHANGE_USER. Working tables are gone. */
STATUS scratch_session_reset(struct scratch_session *ss, struct diag *d);

/* Any thread: interrupts what the connection with this thread id (backend_thread_id) is running. */
STATUS scratch_session_cancel(struct scratch *s, uint64_t thread_id, struct diag *d);

/* ---- working tables ---- */

enum scratch_temp_flags {
    SCRATCH_TEMP_RID = 1,      /* invisible first column `_rid` BIGINT UNSIGNED NULL */
    SCRATCH_TEMP_FEW_KEYS = 2, /* without its non-unique secondary keys (bulk reads) */
};

/*
 * A TEMPORARY table that shadows mirror table db.table on this session's connection: same columns,
 * defaults, CHECKs, generated columns, unique keys; no foreign keys, partitions or FULLTEXT keys.
 * Statements through a view do not see it, MySQL cannot read it twice in one statement: see
 * scratch_work_table. Session variables, LAST_INSERT_ID() and user variables stay as they were.
 */
STATUS scratch_temp_create(struct scratch_session *ss, struct slice db, struct slice table,
                           unsigned flags, struct diag *d);
STATUS scratch_temp_drop(struct scratch_session *ss, struct slice db, struct slice table,
                         struct diag *d);

/*
 * The alternative: an ordinary table in a schema that belongs to this session, with its partitions, for
 * MySQL's self-joins and for full-text search; the caller rewrites table names. The schema stands for the
 * mirror database db and lives until the session closes. *name: borrowed from the session.
 */
STATUS scratch_work_schema(struct scratch_session *ss, struct slice db, struct slice *name,
                           struct diag *d);
STATUS scratch_work_create(struct scratch_session *ss, struct slice db, struct slice table,
                           unsigned flags, struct diag *d);
STATUS scratch_work_drop(struct scratch_session *ss, struct slice db, struct slice table,
                         struct diag *d);

/* DDL in such a schema (views over its tables), with all rights. */
STATUS scratch_work_exec(struct scratch_session *ss, struct slice sql, struct diag *d);

/*
 * Appends the next row to *out as "(literal,literal,…)", or sets *done and appends nothing. Literals
 * must not depend on session state: plain ASCII, no backslash escapes, X'…' or _charset X'…' for
 * the rest. The callback must not use the session.
 */
typedef STATUS (*scratch_row_fn)(void *ctx, struct buf *out, bool *done, struct diag *d);

struct scratch_load {
    struct slice db, table;      /* a mirror name (its temporary shadow), or a work schema's */
    const struct slice *columns; /* names in the order of the literals, n_columns */
    size_t n_columns;
    scratch_row_fn next_row;
    void *ctx;
    uint64_t n_rows; /* out */
};
/*
 * Multi-row INSERTs under a neutral session state (no implicit values, invalid dates allowed, UTC,
 * no checks), which is restored exactly, on failure too. AUTO_INCREMENT 0 and generated ids do not
 * touch LAST_INSERT_ID(); ROW_COUNT() and the warning list are not kept.
 */
STATUS scratch_load(struct scratch_session *ss, struct scratch_load *load, struct diag *d);

/* scratch_temp_create(load->db, load->table, flags) and the load, in one round trip when it is small. */
STATUS scratch_load_temp(struct scratch_session *ss, unsigned flags, struct scratch_load *load,
                         struct diag *d);

/* ---- collations ---- */

struct scratch_collation {
    struct slice name, charset;
    uint16_t id;
    bool is_default, is_compiled, pad_space;
    uint32_t sortlen;
};
/* information_schema.collations with ids, ascending. `a` owns them. */
STATUS scratch_collations(struct scratch *s, struct arena *a, struct scratch_collation **out,
                          size_t *n, struct diag *d);

/* weight: WEIGHT_STRING(character COLLATE collation), borrowed during the call. */
typedef STATUS (*scratch_weight_fn)(void *ctx, uint32_t code, struct slice weight, struct diag *d);
/*
 * Calls fn for each code from..to in ascending order: code points (surrogates skipped) for Unicode
 * character sets, byte values for 8-bit ones. Codes that the character set does not have are
 * skipped. All of utf8mb4 takes seconds.
 */
STATUS scratch_collation_weights(struct scratch *s, struct slice charset, struct slice collation,
                                 uint32_t from, uint32_t to, scratch_weight_fn fn, void *ctx,
                                 struct diag *d);
/* Weights of n whole strings (bytes in `charset`), to find contractions; fn gets the index as code. */
STATUS scratch_collation_strings(struct scratch *s, struct slice charset, struct slice collation,
                                 const struct slice *strings, size_t n, scratch_weight_fn fn,
                                 void *ctx, struct diag *d);
