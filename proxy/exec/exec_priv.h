/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the executor's files. See exec.h for who calls what on which thread. */
#pragma once

#include <pthread.h>

#include "base/arena.h"
#include "base/map.h"
#include "crypto/keyring.h"
#include "proxy/backend/pool.h"
#include "proxy/config.h"
#include "proxy/exec/exec.h"
#include "proxy/scratch/scratch.h"
#include "proxy/store/store.h"
#include "rewriter/emit/bind.h"
#include "rewriter/emit/cells.h"
#include "rewriter/plan/plan.h"

struct exec_cache;
struct exec_collations;
struct exec_transitions;
struct exec_adapt;

struct exec_shared {
    const struct config *cfg;
    struct master *master;
    struct arena *arena; /* strings that live as long as the process */
    struct backend_params backend_params;
    struct backend_pool *pool;
    struct scratch *scratch;
    struct store *store;
    struct exec_collations *collations;
    struct exec_cache *cache;
    struct exec_transitions *transitions;
    struct exec_adapt *adapt;
    struct audit *audit; /* NULL: none is kept */
    enum backend_flavour flavour;
    uint32_t version;
    struct slice version_text;
    struct slice system_tz, wait_timeout; /* of the server */
    uint8_t digest_key[16];
};

struct exec_worker {
    struct exec_shared *shared;
    struct keyring *keyring;
    struct sql_digester *digester;
};

/* Session state that decides how statements are read and values converted; what the scratch session
 * says (state.c). */
struct exec_state {
    bool autocommit, foreign_key_checks, safe_updates, auto_is_null;
    bool select_limit; /* sql_select_limit is set */
    bool no_auto_value_on_zero;
    uint64_t id_step, id_offset; /* auto_increment_increment, auto_increment_offset */
    char isolation[24], time_zone[64], charset_results[64], lock_wait[16], read_only[4];
    struct sql_options options;
    struct type_env env;
    const struct collation_info *connection; /* of literals */
    uint64_t context_hash;                   /* of all that a plan depends on */
};

struct exec_warning {
    const char *level;
    uint32_t code;
    struct slice message;
    struct exec_warning *next;
};

struct exec_access; /* access.c */
struct exec_rest;   /* rest.c */
struct exec_stmt;   /* prepared.c */

struct exec {
    struct exec_shared *shared;
    struct session_info *info;
    struct exec_worker *worker; /* while a worker holds the session */
    struct arena *arena;        /* of the statement */
    struct arena *batch;        /* of a batch of rows */

    struct scratch_session *scratch; /* NULL until needed */
    struct exec_state state;
    struct exec_state parked_state; /* of the connection that the session parked last */
    bool state_known;
    bool describe_warned; /* the mirror warned of what exec_describe ran last (deprecated syntax) */
    bool names_set;       /* SET NAMES or character_set_results since the handshake */
    uint64_t client_insert_id; /* SET insert_id = n: for the next INSERT only */
    bool insert_id_stale;      /* the scratch session does not know info->last_insert_id yet */

    struct backend_conn *server; /* pinned, or NULL */
    bool in_trans;               /* the client's transaction is open on `server` */
    uint64_t trans_version;      /* catalog version of the plan before it, or of its first */
    bool locked_tables;
    bool has_savepoint;  /* perhaps of a transaction that has not begun (autocommit = 0) */
    bool next_trans_set; /* SET TRANSACTION for the next one: only this connection knows */
    _Atomic uint64_t server_thread, scratch_thread; /* for exec_cancel */

    struct map temp_tables; /* "db.table" of the session's own temporary tables */

    /* the last statement's conditions, when the scratch session does not hold them */
    bool warnings_here;
    bool error_here; /* the list holds the running statement's error already */
    struct exec_warning *warnings;
    uint32_t n_warnings;
    struct arena *warnings_arena;
    int64_t row_count;   /* ROW_COUNT() of it */
    uint64_t found_rows; /* FOUND_ROWS() */

    struct exec_access *access; /* NULL until needed */
    struct exec_rest *rest;     /* NULL until needed */
    struct exec_stmt *stmts;
    const struct exec_stmt *executing; /* EXECUTE: its columns are named as when it was prepared */
    struct backend_stmt *renamed;      /* prepared for one execution (work.c); closed by the next */
    uint32_t next_stmt;
};

/* One statement on its way. */
struct exec_run {
    struct exec *e;
    struct plan *plan;
    struct slice sql;     /* this statement alone, as written */
    struct slice written; /* where views are written out in `sql`: without that; else NULL */
    const struct literals *lits;
    const struct exec_param *params; /* prepared execution, else NULL */
    struct exec_stmt *stmt;
    const struct wire_column *columns; /* metadata of its result, when known */
    size_t n_columns;
    struct result_writer *w;
    struct diag *d;
    bool *made;        /* by fetch: its working table exists; NULL: all do */
    uint16_t more;     /* RESULT_MORE when another statement follows */
    bool server_stale; /* the server misses a table or column that the plan names */
};

/* ---- state.c: the scratch session and what it says ---- */
STATUS exec_scratch(struct exec *e, struct backend_conn **out, struct diag *d);
STATUS exec_state_sync(struct exec *e, struct diag *d);
/* Makes sure state is known. */
STATUS exec_state_need(struct exec *e, struct diag *d);
void exec_scratch_idle(struct exec *e); /* after a statement: ends its implicit transaction */
struct slice exec_db(const struct exec *e);

/* ---- server.c: the database server's connection and transactions ---- */
STATUS exec_server(struct exec *e, struct backend_conn **out, struct diag *d);
/* After a server statement: records its transaction state, lets the connection go when it may. */
void exec_server_seen(struct exec *e);
/* A deadlock or a lock wait timeout may have rolled back the transaction; an error does not say so. */
void exec_server_ask(struct exec *e, const struct diag *d);
/* Brings a pinned connection in line with changed session settings. */
STATUS exec_server_settings(struct exec *e, const struct exec_state *before, struct diag *d);
void exec_server_drop(struct exec *e); /* lost, or no longer needed */
void exec_server_release(struct exec *e);

/* An atomic unit around several server statements: a transaction of its own, or a savepoint in the
 * client's. */
struct exec_unit {
    bool own, open;
};
STATUS exec_unit_begin(struct exec *e, struct exec_unit *u, bool read_only, struct diag *d);
STATUS exec_unit_commit(struct exec *e, struct exec_unit *u, struct diag *d);
void exec_unit_rollback(struct exec *e, struct exec_unit *u);
STATUS exec_txn(struct exec_run *r); /* BEGIN, COMMIT, .. as the client says them */
STATUS exec_commit_for_ddl(struct exec *e, struct diag *d);

/* ---- rows.c: fetching and decoding ---- */
struct cells_env exec_cells(struct exec *e);
/* WEIGHT_STRING() of one string. conn: of a scratch session. */
STATUS exec_ask_weight(struct backend_conn *conn, const struct collation_info *info,
                       struct slice value, struct buf *out, struct diag *d);
struct bind exec_bind(struct exec *e, const struct cells_env *cells, const struct literals *lits);

/* A batch of decoded rows of one table: values[row * n_columns + i], row ids, salts. */
struct exec_rows {
    size_t n, n_columns;
    const uint64_t *rids;
    const struct slice *salts, *values;
};
typedef STATUS (*exec_rows_fn)(void *ctx, const struct exec_rows *rows, struct diag *d);
/* Runs the bound fetch and hands over decoded batches; everything is in `a`, which is reset between
 * batches unless keep. */
STATUS exec_fetch(struct exec *e, const struct plan_fetch *f, struct slice sql, struct arena *a,
                  bool keep, exec_rows_fn fn, void *ctx, struct diag *d);

/* ---- fetch.c: which rows come to the trusted side, and in which order ---- */
typedef STATUS (*exec_part_fn)(void *ctx, const struct plan_fetch *f, const struct exec_rows *rows,
                               struct diag *d);
/* The parts' own conditions with their literals, in the statement's arena; *fits false when one does
 * not. */
STATUS exec_bind_parts(struct exec_run *r, struct slice **out, bool *fits);
/* Hands over every row that the plan's fetches need, each once. Errors speak of logical tables. */
STATUS exec_fetch_parts(struct exec_run *r, const struct slice *wheres, exec_part_fn fn, void *ctx);

/* result_columns with the collation number that the client's handshake named, while it holds. */
STATUS exec_send_columns(struct exec_run *r, const struct wire_column *columns, size_t n);
uint16_t exec_results_collation(const struct exec *e); /* 0: as the columns say */

/* ---- sessions.c ---- */
/* SHOW PROCESSLIST and KILL, where the session belongs to a server. */
STATUS exec_sessions(struct exec_run *r, bool *handled);

/* ---- account.c ---- */
STATUS exec_account(struct exec_run *r); /* CREATE USER, GRANT, SET PASSWORD, .. */
/* SHOW GRANTS and SHOW CREATE USER, where the session's own connection cannot answer. */
STATUS exec_show_account(struct exec_run *r, bool *handled);

/* ---- local.c ---- */
/* Runs text on the scratch session and passes every result on. */
STATUS exec_local(struct exec_run *r);
/* Passes one backend result on to the client (its rows in text or binary form as it has them).
 * columns: metadata to send instead of the result's own, or NULL. */
STATUS exec_relay(struct exec_run *r, struct backend_result *result,
                  const struct wire_column *columns, size_t n_columns, bool more);
STATUS exec_relay_rows(struct exec_run *r, struct backend_result *result, uint64_t *n);

/* ---- exec.c ---- */
/* Is this a kind of statement whose views are written out? Others take views as the mirror has them. */
bool exec_may_name_view(const struct sql_node *root);

/* Parses and plans one statement afresh; the caller unrefs. */
STATUS exec_plan_text(struct exec *e, struct slice text, bool trusted_only, struct plan **out,
                      struct diag *d);

/* Tries again, planning anew, while the server says that a physical table or column is gone. Inside a
 * transaction that is CATALOG_CHANGED. */
typedef STATUS exec_attempt_fn(struct exec_run *r, void *ctx);
STATUS exec_retry_stale(struct exec_run *r, exec_attempt_fn *attempt, void *ctx);

struct plan_context exec_plan_context(struct exec *e, struct catalog *cat);
/* After every statement: its error among the warnings, connections tidied. */
STATUS exec_finish(struct exec *e, struct status s, struct diag *d);
/* Runs a statement made here in the session, its answer going to r->w. */
STATUS exec_nested(struct exec_run *r, struct slice sql);

/* ---- metadata ---- */
/* Result-set metadata of a SELECT from the empty mirror, in `a`; an error is MySQL's own. Running it
 * there gives what text-protocol clients see (flags of columns that pass a temporary table). */
STATUS exec_describe(struct exec *e, struct slice sql, bool prepare_only, struct arena *a,
                     const struct wire_column **out, size_t *n, struct diag *d);
/* r->columns of a query, or of INSERT .. RETURNING (of which a preparation tells nothing), from `a`. */
STATUS exec_describe_plan(struct exec_run *r, const struct plan *p, struct arena *a);

/* ---- statement kinds ---- */
STATUS exec_rewrite(struct exec_run *r, bool *fits);
STATUS exec_split(struct exec_run *r, bool *fits);
/* Fetches what the plan says into working tables and calls run over them. */
STATUS exec_over_rows(struct exec_run *r, bool *fits, STATUS (*run)(struct exec_run *r));
STATUS exec_insert(struct exec_run *r, bool *fits);
STATUS exec_update(struct exec_run *r, bool *fits);
STATUS exec_delete(struct exec_run *r, bool *fits);
STATUS exec_trusted(struct exec_run *r, bool *fits);
STATUS exec_trusted_insert(struct exec_run *r, bool *fits);
STATUS exec_load_data(struct exec_run *r, bool *fits); /* LOAD DATA LOCAL INFILE */
STATUS exec_ddl(struct exec_run *r);
STATUS exec_session_statement(struct exec_run *r);
STATUS exec_explain(struct exec_run *r);
STATUS exec_set_global(struct exec_run *r, bool *handled);
STATUS exec_settings(struct exec_run *r); /* SET STATEMENT .. FOR */
/* Runs a plan of any kind. */
STATUS exec_run_plan(struct exec_run *r, bool *fits);
/* Runs a statement of the trusted side on the scratch session: text, or the prepared statement with its
 * parameters. */
/* Working tables of a plan: made, loaded from fetched rows, dropped. */
STATUS exec_working_tables(struct exec_run *r);
void exec_working_tables_drop(struct exec_run *r);
STATUS exec_load_rows(struct exec_run *r, const struct plan_fetch *f, const struct exec_rows *rows);
STATUS exec_scratch_run(struct exec_run *r, enum backend_mode mode, struct backend_result **out);

/* ---- work.c: working tables of the running statement ---- */
/* Flags of a working table that is only read. */
unsigned exec_read_flags(const struct exec_run *r);
STATUS exec_work_create(struct exec_run *r, const struct cat_table *t, unsigned flags);
STATUS exec_work_drop(struct exec_run *r, const struct cat_table *t, struct diag *d);
/* The plan's views, over working tables that exist already. */
STATUS exec_work_views(struct exec_run *r);
void exec_work_views_drop(struct exec_run *r);
/* The database under which the working copy of t is found. */
STATUS exec_work_db(struct exec_run *r, const struct cat_table *t, struct slice *db);
/* Messages of the trusted side (the list of warnings, and d's unless NULL) with the client's names. */
void exec_work_messages(struct exec_run *r, struct diag *d);
/* The text to run over the working tables: `text` itself where they shadow the mirror's. */
STATUS exec_work_text(struct exec_run *r, struct slice text, struct slice *out);

/* ---- warnings.c ---- */
void exec_warnings_clear(struct exec *e);
/* Reads SHOW WARNINGS of the scratch session before anything resets them. */
STATUS exec_warnings_capture(struct exec *e, uint16_t count, struct diag *d);
/* The same of another connection of the engine. */
STATUS exec_warnings_read(struct exec *e, struct backend_conn *c, uint16_t count, struct diag *d);
/* A statement failed on the scratch session: its list, before anything else runs there. */
void exec_warnings_of_error(struct exec *e, const struct diag *d);
void exec_warnings_error(struct exec *e, const struct diag *d);
void exec_warnings_add(struct exec *e, const char *level, uint32_t code, struct slice message);
STATUS exec_show_warnings(struct exec_run *r, bool *handled);

/* ---- errors.c ---- */
/* Turns a server error that names physical things into the one MySQL would give. */
void exec_map_error(struct exec_run *r, const struct cat_table *t, struct diag *d);
/* 1451: rows of ref->child refer to what would go. */
void exec_fk_error(const struct cat_fk_ref *ref, struct diag *d);

/* ---- collations.c ---- */
STATUS exec_collations_new(struct exec_collations **out, struct exec_shared *s, struct diag *d);
/* Once the scratch engine runs: weight tables come from it. */
void exec_collations_attach(struct exec_collations *c, struct scratch *scratch);
struct exec_collations *exec_collations_free(struct exec_collations *c);
const struct collation_set *exec_collations_set(const struct exec_collations *c);
STATUS exec_collation_get(void *ctx, const struct collation_info *info,
                          const struct collation **out, struct diag *d);

/* ---- prepared.c ---- */
/* The statement as prepared on the scratch session; prepared again when that was lost. */
STATUS exec_stmt_scratch(struct exec *e, struct exec_stmt *s, struct backend_stmt **out,
                         struct diag *d);
void exec_stmts_lost(struct exec *e);
void exec_stmts_free(struct exec *e);
/* The value of an expression of the session (a user variable) as a literal's text. */
STATUS exec_value_text(struct exec_run *r, const struct sql_node *expr, bool quoted,
                       struct buf *out);
/* The columns of the statement that EXECUTE runs, when there are n; else NULL. */
const struct wire_column *exec_named_columns(const struct exec *e, size_t n);
STATUS exec_named(struct exec_run *r); /* PREPARE, EXECUTE, DEALLOCATE */
/* exec_nested for a part of the prepared statement that runs, with all of its parameters. */
STATUS exec_nested_stmt(struct exec_run *outer, struct slice sql);

/* ---- adapt.c ---- */
STATUS exec_adapt_new(struct exec_adapt **out); /* to be freed also after a failure */
struct exec_adapt *exec_adapt_free(struct exec_adapt *x);
/* Before a plan runs that would have been a better one with these onions. */
void exec_adapt_see(struct exec *e, const struct push_wants *wants);
typedef STATUS exec_adapt_row_fn(void *ctx, struct slice object, const char *onion, uint64_t count,
                                 const char *decision);
STATUS exec_adapt_list(struct exec_adapt *x, struct arena *a, exec_adapt_row_fn *row, void *ctx);

/* ---- transitions.c ---- */
/* *out is to be freed also after a failure. */
STATUS exec_transitions_new(struct exec_transitions **out, struct exec_shared *s);
struct exec_transitions *exec_transitions_free(struct exec_transitions *x);

/* ---- cache.c ---- */
STATUS exec_cache_new(struct exec_cache **out, size_t max);
struct exec_cache *exec_cache_free(struct exec_cache *c);
struct exec_key {
    uint8_t bytes[48];
};
/* A referenced plan with its metadata, or NULL. */
struct exec_cached {
    struct plan *plan;
    const struct wire_column *columns; /* in the plan's arena */
    size_t n_columns;
};
bool exec_cache_find(struct exec_cache *c, const struct exec_key *key, uint64_t catalog_version,
                     struct exec_cached *out);
void exec_cache_put(struct exec_cache *c, const struct exec_key *key,
                    const struct exec_cached *entry);
