/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session's connection to the database server. Taken from the pool for the first statement that
 * needs it, kept while the session is busy or in a transaction, given back when it goes idle.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/exec/lock.h"

#define POOL_WAIT_MS 30000

/* ---- settings ---- */

static void
isolation_text(const struct exec_state *st, struct buf *sql)
{
    buf_append_str(sql, "SET SESSION TRANSACTION ISOLATION LEVEL ");
    for (const char *p = st->isolation; *p; p++) {
        buf_append_u8(sql, *p == '-' ? ' ' : (uint8_t) *p);
    }
}

/* Differences from `before` (NULL: from a fresh connection) as SETs. */
static STATUS
apply(struct exec *e, const struct exec_state *before, struct diag *d)
{
    const struct exec_state *st = &e->state;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    if (before ? before->autocommit != st->autocommit : !st->autocommit) {
        buf_printf(&sql, "SET autocommit=%d", st->autocommit);
        TRY(backend_exec(e->server, buf_slice(&sql), NULL, d));
        buf_clear(&sql);
    }
    if (before ? strcmp(before->isolation, st->isolation) != 0
               : strcmp(st->isolation, "REPEATABLE-READ") != 0) {
        isolation_text(st, &sql);
        TRY(backend_exec(e->server, buf_slice(&sql), NULL, d));
        buf_clear(&sql);
    }
    if (before ? before->foreign_key_checks != st->foreign_key_checks : !st->foreign_key_checks) {
        buf_printf(&sql, "SET foreign_key_checks=%d", st->foreign_key_checks);
        TRY(backend_exec(e->server, buf_slice(&sql), NULL, d));
        buf_clear(&sql);
    }
    if (before ? strcmp(before->lock_wait, st->lock_wait) != 0 : strcmp(st->lock_wait, "50") != 0) {
        buf_printf(&sql, "SET innodb_lock_wait_timeout=%s", st->lock_wait);
        TRY(backend_exec(e->server, buf_slice(&sql), NULL, d));
        buf_clear(&sql);
    }
    if (before ? strcmp(before->read_only, st->read_only) != 0 : st->read_only[0] == '1') {
        buf_printf(&sql, "SET SESSION TRANSACTION READ %s",
                   st->read_only[0] == '1' ? "ONLY" : "WRITE");
        TRY(backend_exec(e->server, buf_slice(&sql), NULL, d));
    }
    return OK;
}

struct status
exec_server_settings(struct exec *e, const struct exec_state *before, struct diag *d)
{
    TRY(apply(e, before, d));
    exec_server_seen(e);
    return OK;
}

struct status
exec_server(struct exec *e, struct backend_conn **out, struct diag *d)
{
    if (e->server && backend_is_lost(e->server)) {
        exec_server_drop(e);
    }
    if (e->server == NULL) {
        bool kept;
        TRY(exec_state_need(e, d));
        TRY(backend_pool_take_back(e->shared->pool, e->info->id, POOL_WAIT_MS, &e->server, &kept,
                                   d));
        atomic_store(&e->server_thread, backend_thread_id(e->server));
        const struct status s = apply(e, kept ? &e->parked_state : NULL, d);
        if (!status_is_ok(s)) {
            exec_server_drop(e);
            return s;
        }
    }
    *out = e->server;
    return OK;
}

void
exec_server_seen(struct exec *e)
{
    if (e->server == NULL) {
        return;
    }
    if (backend_is_lost(e->server)) {
        exec_server_drop(e);
        return;
    }
    const uint16_t status = backend_server_status(e->server);
    e->in_trans = (status & SESSION_STATUS_IN_TRANS) != 0;
    e->next_trans_set &= !e->in_trans;
    const uint16_t bits = SESSION_STATUS_IN_TRANS | SESSION_STATUS_IN_TRANS_READONLY;
    e->info->status = (uint16_t) ((e->info->status & ~bits) | (status & bits));
}

void
exec_server_drop(struct exec *e)
{
    atomic_store(&e->server_thread, 0);
    backend_pool_discard(e->shared->pool, STEAL(e->server));
    e->in_trans = e->locked_tables = e->next_trans_set = e->has_savepoint = false;
    e->info->status &= (uint16_t) ~(SESSION_STATUS_IN_TRANS | SESSION_STATUS_IN_TRANS_READONLY);
}

void
exec_server_release(struct exec *e)
{
    if (e->server && !e->in_trans && !e->locked_tables && !e->next_trans_set && !e->has_savepoint) {
        atomic_store(&e->server_thread, 0);
        e->parked_state = e->state;
        backend_pool_park(e->shared->pool, STEAL(e->server), e->info->id);
    }
}

void
exec_server_ask(struct exec *e, const struct diag *d)
{
    struct diag ignored = DIAG_INIT;
    if (e->server && (d->mysql_errno == 1213 || d->mysql_errno == 1205)) {
        const struct status s = backend_exec_str(e->server, "DO 0", &ignored);
        (void) s; /* a lost connection shows in what follows */
        exec_server_seen(e);
    }
}

/* ---- atomic units ---- */

struct status
exec_unit_begin(struct exec *e, struct exec_unit *u, bool read_only, struct diag *d)
{
    struct backend_conn *c;
    TRY(exec_server(e, &c, d));
    *u = (struct exec_unit){.own = e->state.autocommit && !e->in_trans};
    if (u->own && e->locked_tables) { /* START TRANSACTION would release the locks */
        TRY(backend_exec_str(c, "SET autocommit=0", d));
    } else if (u->own) {
        TRY(backend_exec_str(
            c, read_only ? "START TRANSACTION WITH CONSISTENT SNAPSHOT" : "START TRANSACTION", d));
    } else if (!read_only) {
        TRY(backend_exec_str(c, "SAVEPOINT allium_unit", d));
    }
    u->open = u->own || !read_only;
    return OK;
}

struct status
exec_unit_commit(struct exec *e, struct exec_unit *u, struct diag *d)
{
    if (!u->open) {
        return OK;
    }
    u->open = false;
    TRY(backend_exec_str(e->server, u->own ? "COMMIT" : "RELEASE SAVEPOINT allium_unit", d));
    return u->own && e->locked_tables ? backend_exec_str(e->server, "SET autocommit=1", d) : OK;
}

void
exec_unit_rollback(struct exec *e, struct exec_unit *u)
{
    if (!u->open || e->server == NULL) {
        return;
    }
    u->open = false;
    struct diag ignored = DIAG_INIT;
    struct status s = backend_exec_str(
        e->server, u->own ? "ROLLBACK" : "ROLLBACK TO SAVEPOINT allium_unit", &ignored);
    if (u->own && e->locked_tables) {
        s = backend_exec_str(e->server, "SET autocommit=1", &ignored);
    }
    (void) s; /* a deadlock has rolled everything back already */
}

/* ---- the client's transactions ---- */

static STATUS
txn_text(struct exec *e, const struct sql_node *root, struct buf *sql)
{
    const struct sql_printer printer = {
        .flavour = e->shared->flavour == BACKEND_MARIADB ? SQL_MARIADB : SQL_MYSQL};
    switch (root->kind) {
    case SQL_SAVEPOINT: {
        /* the name is the client's: hashed, so that it neither leaks nor meets our own */
        static const char *const words[] = {[SQL_SAVEPOINT_SET] = "SAVEPOINT",
                                            [SQL_SAVEPOINT_ROLLBACK] = "ROLLBACK TO SAVEPOINT",
                                            [SQL_SAVEPOINT_RELEASE] = "RELEASE SAVEPOINT"};
        const struct sql_savepoint *sp = sql_as_savepoint(root);
        CLEANUP(buf_deinit_cleanup) struct buf folded = BUF_INIT;
        for (size_t i = 0; i < sp->name.len; i++) {
            const uint8_t c = sp->name.data[i];
            buf_append_u8(&folded, c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        }
        buf_printf(sql, "%s s_%016llx", words[sp->savepoint],
                   (unsigned long long) slice_hash(buf_slice(&folded)));
        return buf_status(sql);
    }
    case SQL_BEGIN:
    case SQL_COMMIT:
    case SQL_SET_TRANSACTION:
        sql_print(root, &printer, sql);
        return buf_status(sql);
    default:
        RAISE(BUG);
    }
}

static const char *
savepoint_error(const struct exec_run *r)
{
    return r->plan->stmt->root->kind == SQL_SAVEPOINT && r->d->mysql_errno == 1305 ? "SAVEPOINT"
                                                                                   : NULL;
}

struct status
exec_txn(struct exec_run *r)
{
    struct exec *e = r->e;
    const struct sql_node *root = r->plan->stmt->root;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    if (root->kind == SQL_LOCK_TABLES) {
        TRY(lock_tables(r, sql_as_lock_tables(root), &sql));
    } else if (root->kind == SQL_UNLOCK_TABLES) {
        buf_append_str(&sql, "UNLOCK TABLES");
    } else {
        TRY(txn_text(e, root, &sql));
    }
    if (root->kind == SQL_SET_TRANSACTION &&
        sql_as_set_transaction(root)->scope != SQL_SCOPE_NONE) {
        return exec_session_statement(r); /* SESSION: a variable, read back like any other */
    }
    struct backend_conn *c;
    TRY(exec_server(e, &c, r->d));
    const struct status s = backend_exec(c, buf_slice(&sql), NULL, r->d);
    e->locked_tables = status_is_ok(s) ? root->kind == SQL_LOCK_TABLES ||
                                             (e->locked_tables && root->kind != SQL_UNLOCK_TABLES &&
                                              root->kind != SQL_BEGIN)
                                       : e->locked_tables;
    exec_server_seen(e);
    e->next_trans_set |= status_is_ok(s) && root->kind == SQL_SET_TRANSACTION;
    if (root->kind == SQL_SAVEPOINT) {
        e->has_savepoint = !e->state.autocommit;
    } else if (root->kind == SQL_COMMIT || root->kind == SQL_BEGIN) {
        e->has_savepoint = false;
    }
    if (!status_is_ok(s) && savepoint_error(r)) {
        diag_clear(r->d);
        FAIL_SQL(r->d, 1305, "42000", "SAVEPOINT %.*s does not exist",
                 SLICE_ARG(sql_as_savepoint(root)->name));
    }
    TRY(s);
    exec_warnings_clear(e);
    e->row_count = 0;
    const struct result_ok ok = {.flags = r->more};
    return result_ok(r->w, &ok);
}

struct status
exec_commit_for_ddl(struct exec *e, struct diag *d)
{
    if (e->server && (e->in_trans || e->locked_tables || !e->state.autocommit)) {
        TRY(backend_exec_str(e->server, e->locked_tables ? "UNLOCK TABLES" : "COMMIT", d));
        e->locked_tables = e->has_savepoint = false;
        exec_server_seen(e);
    }
    return OK;
}
