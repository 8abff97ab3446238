/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The executor: what a session's worker calls with a complete command. All calls of one exec are
 * made by one thread at a time and block until the answer is written, except exec_cancel.
 *
 * A non-OK status with the diag filled (or not: the session completes it) becomes the ERR packet.
 * The status class decides what follows: CLIENT, POLICY and UPSTREAM_SQL end the command; CRYPTO,
 * RESOURCE, BUG and a lost server end the session after the ERR packet.
 *
 * Lifetimes: exec_shared for the process, exec_worker for a worker thread (keyring, cipher contexts),
 * exec for a session.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "proxy/session_info.h"
#include "proxy/wire/column.h"
#include "proxy/wire/result.h"

struct accounts;
struct arena;
struct config;
struct exec;
struct exec_shared;
struct exec_worker;

/* Process: connects to the server, opens the catalog, starts the scratch engine. */
STATUS exec_shared_new(struct exec_shared **out, const struct config *cfg, struct diag *d);
struct exec_shared *exec_shared_free(struct exec_shared *s);
/* The users file was read again. */
STATUS exec_shared_set_users(struct exec_shared *s, const struct config *cfg, struct diag *d);
/* A reference to the accounts of now. Any thread. */
struct accounts *exec_shared_accounts(struct exec_shared *s);
/* Of the backend, e.g. "10.11.14-MariaDB-0+deb12u2"; valid as long as `s`. */
struct slice exec_shared_server_version(const struct exec_shared *s);
/* Readiness for /health/ready: key loaded, server reachable, UDFs right. Any thread. */
bool exec_shared_is_ready(struct exec_shared *s, struct diag *why);

/* A statement of the admin port about the stored data (operate.c); *known = false: it is none. Memory
 * from `a`. Any worker. */
STATUS exec_operate(struct exec_shared *s, struct slice sql, struct arena *a,
                    struct result_writer *w, bool *known, struct diag *d);

/* Worker thread. */
STATUS exec_worker_new(struct exec_worker **out, struct exec_shared *s, struct diag *d);
struct exec_worker *exec_worker_free(struct exec_worker *w);

/* Session: made after a successful login, before its first command. `info` outlives it. */
STATUS exec_new(struct exec **out, struct exec_shared *s, struct session_info *info,
                struct diag *d);
/* Rolls back, drops what the session owns, gives connections back. NULL is fine; returns NULL. */
struct exec *exec_free(struct exec *e);
/* A worker takes the session (before the first call on this thread) and hands it back idle. */
void exec_enter(struct exec *e, struct exec_worker *w);
void exec_leave(struct exec *e);
/* The session has been idle for a while: gives back what can be had again. Between enter and leave. */
void exec_rest(struct exec *e);
/* Any thread: interrupts the running command (KILL, time-out, client gone). Returns at once. */
void exec_cancel(struct exec *e);

/* COM_QUERY. With info->multi_statements, `sql` may hold several statements: split here. */
STATUS exec_query(struct exec *e, struct slice sql, struct result_writer *w, struct diag *d);
/* COM_INIT_DB, and the database of the handshake. Sets info->db. */
STATUS exec_init_db(struct exec *e, struct slice db, struct diag *d);
/* COM_RESET_CONNECTION: as new, same user and database. All prepared statements are gone. */
STATUS exec_reset(struct exec *e, struct diag *d);
/* COM_CHANGE_USER: info already holds the new user, collation and attributes; db is empty. */
STATUS exec_change_user(struct exec *e, struct diag *d);

/* COM_STMT_PREPARE. Slices and arrays live until the next call on `e`. */
struct exec_prepared {
    uint32_t id; /* unique within the session, never 0 */
    uint16_t n_params, n_columns, warnings;
    const struct wire_column *params, *columns;
};
STATUS exec_prepare(struct exec *e, struct slice sql, struct exec_prepared *out, struct diag *d);
/* w->binary is set. n always equals n_params. NO_SUCH_STMT for an unknown id. */
STATUS exec_execute(struct exec *e, uint32_t id, const struct exec_param *params, size_t n,
                    struct result_writer *w, struct diag *d);
void exec_close_stmt(struct exec *e, uint32_t id);
