/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Privileges. An account that has all rights needs no check. For any other the session holds a second
 * connection to the mirror, the *guard*, logged in with exactly the account's rights (store/grants.h),
 * in the session's database and sql_mode: what would read or change tables is prepared there first,
 * what asks about the schema is run there, DDL changes the mirror through it. So rights, what
 * information_schema shows, and every error's text are MySQL's own.
 *
 * That a statement may be run is remembered by its digest until an account, a right or the schema
 * changes.
 */
#include "proxy/exec/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/store/store_accounts.h"

#define SEEN_MAX 64u

struct seen {
    struct exec_key key;
    uint64_t generation, catalog;
};

struct exec_access {
    struct scratch_session *guard; /* while `on_guard`, the session's usual one */
    bool on_guard;
    uint64_t generation; /* is_restricted was looked up at */
    char name[STORE_IDENTITY_MAX];
    struct seen *seen; /* SEEN_MAX of them, once a statement was checked */
};

struct exec_access *
access_free(struct exec_access *a)
{
    if (a) {
        scratch_session_close(a->guard);
        free(a->seen);
        free(a);
    }
    return NULL;
}

bool
access_is_on_guard(const struct exec *e)
{
    return e->access && e->access->on_guard;
}

/* ---- whom the texts name ---- */

struct slice
access_text(struct exec *e, unsigned number, struct slice text)
{
    const struct slice at = SLICE("'@'localhost'");
    const uint8_t *hit = memmem(text.data, text.len, at.data, at.len);
    size_t begin = hit ? (size_t) (hit - text.data) : 0;
    while (begin && text.data[begin - 1] != '\'') {
        begin--;
    }
    if (hit == NULL || begin == 0 ||
        !slice_starts_with(slice_from(text, begin), SLICE("allium_"))) {
        return text;
    }
    /* table and column rights name the client's address, all others the account */
    const bool by_address = number == 1142 || number == 1143;
    return arena_printf(e->arena, "%.*s%s'@'%s'%.*s", (int) begin, (const char *) text.data,
                        e->info->account_user, by_address ? e->info->host : e->info->account_host,
                        SLICE_ARG(slice_from(text, (size_t) (hit - text.data) + at.len)));
}

void
access_error(struct exec *e, struct diag *d)
{
    const struct slice was = slice_of_str(d->message);
    const struct slice now = access_text(e, d->mysql_errno, was);
    if (now.data != was.data) {
        snprintf(d->message, sizeof d->message, "%.*s", SLICE_ARG(now));
    }
}

struct status
access_row(struct exec *e, const struct slice **row, size_t width)
{
    const struct slice own = SLICE("'allium_t");
    struct slice *copy = NULL;
    for (size_t i = 0; i < width; i++) {
        if (slice_starts_with((*row)[i], own)) {
            if (copy == NULL) {
                copy = arena_array(e->batch, struct slice, width);
                TRY(arena_status(e->batch));
                for (size_t k = 0; k < width; k++) {
                    copy[k] = (*row)[k];
                }
            }
            copy[i] =
                arena_printf(e->batch, "'%s'@'%s'", e->info->account_user, e->info->account_host);
        }
    }
    *row = copy ? copy : *row;
    return arena_status(e->batch);
}

/* ---- the guard ---- */

/* State that decides how a text is read and shown, as the session has it now. */
static STATUS
copy_state(struct exec *e, struct scratch_session *guard, struct diag *d)
{
    static const char *const names[] = {"sql_mode",
                                        "character_set_client",
                                        "character_set_results",
                                        "collation_connection",
                                        "time_zone",
                                        "sql_quote_show_create",
                                        "foreign_key_checks",
                                        "explicit_defaults_for_timestamp"};
    CLEANUP(buf_deinit_cleanup) struct buf ask = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf set = BUF_INIT;
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    const struct slice *row;
    const size_t n = sizeof names / sizeof names[0];
    buf_append_str(&ask, "SELECT ");
    for (size_t i = 0; i < n; i++) {
        buf_printf(&ask, "%s@@%s", i ? "," : "", names[i]);
    }
    TRY(backend_query(scratch_session_conn(e->scratch), buf_slice(&ask), BACKEND_STORE, &r, d));
    TRY(backend_result_next(r, &row, d));
    buf_append_str(&set, "SET ");
    for (size_t i = 0; row && i < n; i++) {
        uint64_t number;
        const bool bare = row[i].data == NULL || slice_parse_u64(row[i], &number);
        buf_printf(&set, bare ? "%s%s=%.*s" : "%s%s='%.*s'", i ? "," : "", names[i],
                   SLICE_ARG(row[i].data ? row[i] : SLICE("NULL")));
    }
    TRY(buf_status(&set));
    return backend_exec(scratch_session_conn(guard), buf_slice(&set), NULL, d);
}

static STATUS
open_guard(struct exec *e, struct diag *d)
{
    struct exec_access *a = e->access;
    struct backend_conn *c;
    TRY(exec_scratch(e, &c, d));
    TRY(store_accounts_identity(e->shared->store, e->info->account_user, e->info->account_host,
                                a->name, d));
    const struct scratch_session_options options = {
        .user = a->name, .password = store_accounts_password(e->shared->store)};
    CLEANUP(scratch_session_close_cleanup) struct scratch_session *guard = NULL;
    TRY(scratch_session_open(e->shared->scratch, &options, &guard, d));
    TRY(copy_state(e, guard, d));
    const struct slice db = exec_db(e);
    if (db.data) {
        struct diag lost_right = DIAG_INIT; /* its tables will say so */
        (void) backend_init_db(scratch_session_conn(guard), db, &lost_right).code;
    }
    a->guard = STEAL(guard);
    return OK;
}

/* The guard's connection while the session's is the usual one. */
static STATUS
need_guard(struct exec *e, struct backend_conn **out, struct diag *d)
{
    struct exec_access *a = e->access;
    if (a->guard && scratch_session_is_lost(a->guard)) {
        a->guard = scratch_session_close(a->guard);
    }
    if (a->guard == NULL) {
        TRY(open_guard(e, d));
    }
    *out = scratch_session_conn(a->guard);
    return OK;
}

static void
swap(struct exec *e)
{
    struct exec_access *a = e->access;
    struct scratch_session *other = e->scratch;
    e->scratch = a->guard;
    a->guard = other;
    a->on_guard = !a->on_guard;
    atomic_store(&e->scratch_thread,
                 e->scratch ? backend_thread_id(scratch_session_conn(e->scratch)) : 0);
}

struct status
access_enter(struct exec *e, bool *entered, struct diag *d)
{
    struct backend_conn *ignored;
    *entered = false;
    TRY(access_refresh(e, d));
    if (!e->info->is_restricted || e->access->on_guard) {
        return OK;
    }
    TRY(need_guard(e, &ignored, d));
    swap(e);
    *entered = true;
    return OK;
}

void
access_leave(struct exec *e, bool entered)
{
    if (entered) {
        swap(e);
    }
}

struct status
access_refresh(struct exec *e, struct diag *d)
{
    const uint64_t now = store_accounts_generation(e->shared->store);
    if (e->access && e->access->generation == now) {
        return OK;
    }
    if (e->access == NULL) {
        e->access = calloc(1, sizeof *e->access);
        if (e->access == NULL) {
            RAISE(NO_MEMORY);
        }
    }
    struct accounts *accounts = store_accounts(e->shared->store);
    const struct account *acc =
        accounts_get(accounts, e->info->account_user, e->info->account_host);
    e->info->is_restricted = acc == NULL || acc->is_restricted;
    e->access->generation = now;
    accounts_unref(accounts);
    return OK;
}

void
access_reset(struct exec *e)
{
    e->access = access_free(e->access);
}

void
access_rest(struct exec *e)
{
    if (e->access) {
        e->access->guard = scratch_session_close(e->access->guard);
    }
}

/* ---- which statements need what ---- */

enum need {
    NEED_NOTHING, /* the session's own, or checked where it is run */
    NEED_PREPARE, /* preparing it checks it */
    NEED_RUN,     /* only running it does */
    NEED_THERE,   /* is run on the guard */
};

static enum sql_visit
find_system(void *ctx, struct sql_node *n)
{
    static const char *const names[] = {"information_schema", "performance_schema", "mysql", "sys"};
    struct exec *e = ((void **) ctx)[0];
    bool *found = ((void **) ctx)[1];
    if (n->kind == SQL_TABLE) {
        const struct slice db = sql_as_table(n)->db.data ? sql_as_table(n)->db : exec_db(e);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            *found |= db.data && slice_equal_str_ci(db, names[i]);
        }
    }
    return *found ? SQL_ABORT : SQL_CONTINUE;
}

static enum sql_visit
find_table(void *ctx, struct sql_node *n)
{
    *(bool *) ctx |= n->kind == SQL_TABLE;
    return *(bool *) ctx ? SQL_ABORT : SQL_CONTINUE;
}

static enum need
need_of_query(struct exec *e, struct sql_node *root, enum plan_kind kind)
{
    bool system = false, table = false;
    void *ctx[] = {e, &system};
    sql_walk(root, find_system, ctx);
    sql_walk(root, find_table, &table);
    return system && kind == PLAN_LOCAL && root->kind == SQL_QUERY ? NEED_THERE
           : table                                                 ? NEED_PREPARE
                                                                   : NEED_NOTHING;
}

static enum need
need_of_show(const struct sql_show *show)
{
    switch (show->show) {
    case SQL_SHOW_WARNINGS:
    case SQL_SHOW_ERRORS:
    case SQL_SHOW_COUNT_WARNINGS:
    case SQL_SHOW_COUNT_ERRORS:
    case SQL_SHOW_VARIABLES:
    case SQL_SHOW_STATUS:
    case SQL_SHOW_PROCESSLIST:
    case SQL_SHOW_PROFILE:
        return NEED_NOTHING;
    default:
        return NEED_THERE;
    }
}

static enum need
need_of(struct exec *e, const struct plan *p)
{
    struct sql_node *root = p->stmt ? p->stmt->root : NULL;
    if (root == NULL) {
        return NEED_NOTHING;
    }
    switch (root->kind) {
    case SQL_QUERY:
    case SQL_INSERT:
    case SQL_UPDATE:
    case SQL_DELETE:
    case SQL_DO:
    case SQL_SET:
        return need_of_query(e, root, p->kind);
    case SQL_EXPLAIN:
        return p->kind == PLAN_EXPLAIN ? NEED_NOTHING : NEED_PREPARE;
    case SQL_SHOW:
        return need_of_show(sql_as_show(root));
    case SQL_DESCRIBE:
    case SQL_MAINTENANCE:
    case SQL_CALL:
        return NEED_THERE;
    case SQL_USE:
    case SQL_LOCK_TABLES:
    case SQL_FLUSH:
        return NEED_RUN;
    default:
        return NEED_NOTHING;
    }
}

/* ---- checking ---- */

static STATUS
digest_key(struct exec *e, struct slice text, struct exec_key *key, struct diag *d)
{
    struct sql_digest g;
    TRY(sql_digest_run(e->worker->digester, text, &e->state.options, &g, d));
    mem_copy(key->bytes, g.hash, 16);
    mem_copy(key->bytes + 16, g.raw_hash, 16);
    mem_put_le64(key->bytes + 32, e->state.context_hash);
    mem_put_le64(key->bytes + 40, slice_hash(exec_db(e)));
    return OK;
}

static struct seen *
seen_slot(struct exec_access *a, const struct exec_key *key)
{
    return &a->seen[mem_le64(key->bytes) % SEEN_MAX];
}

static bool
was_seen(struct exec *e, const struct exec_key *key)
{
    if (e->access->seen == NULL) {
        return false;
    }
    const struct seen *s = seen_slot(e->access, key);
    return s->generation == e->access->generation &&
           s->catalog == store_version(e->shared->store) && e->temp_tables.count == 0 &&
           mem_equal_ct(s->key.bytes, key->bytes, sizeof key->bytes);
}

static void
note_seen(struct exec *e, const struct exec_key *key)
{
    struct exec_access *a = e->access;
    a->seen = a->seen ? a->seen : calloc(SEEN_MAX, sizeof *a->seen);
    if (a->seen == NULL) {
        return; /* checked again, then */
    }
    *seen_slot(e->access, key) = (struct seen){.key = *key,
                                               .generation = e->access->generation,
                                               .catalog = store_version(e->shared->store)};
}

static STATUS
failed(struct exec *e, struct status s, struct diag *d)
{
    access_error(e, d);
    return s;
}

struct status
access_prepare(struct exec *e, struct slice text, struct diag *d)
{
    struct exec_key key;
    struct backend_conn *c;
    struct backend_stmt *stmt = NULL;
    TRY(access_refresh(e, d));
    if (!e->info->is_restricted || e->access->on_guard) {
        return OK;
    }
    TRY(digest_key(e, text, &key, d));
    if (was_seen(e, &key)) {
        return OK;
    }
    TRY(need_guard(e, &c, d));
    const struct status s = backend_prepare(c, text, &stmt, d);
    backend_stmt_close(stmt);
    if (!status_is_ok(s)) {
        return failed(e, s, d);
    }
    note_seen(e, &key);
    return OK;
}

struct status
access_run(struct exec *e, struct slice text, struct diag *d)
{
    struct backend_conn *c;
    TRY(access_refresh(e, d));
    if (!e->info->is_restricted || e->access->on_guard) {
        return OK;
    }
    TRY(need_guard(e, &c, d));
    const struct status s = backend_exec(c, text, NULL, d);
    return status_is_ok(s) ? OK : failed(e, s, d);
}

struct status
access_init_db(struct exec *e, struct slice db, struct diag *d)
{
    struct backend_conn *c;
    TRY(access_refresh(e, d));
    if (!e->info->is_restricted) {
        return OK;
    }
    TRY(need_guard(e, &c, d));
    const struct status s = backend_init_db(c, db, d);
    return status_is_ok(s) ? OK : failed(e, s, d);
}

/* Whatever SET changed for the session, the guard follows. */
static void
follow_set(struct exec_run *r)
{
    struct diag ignored = DIAG_INIT;
    struct exec_access *a = r->e->access;
    if (a->guard && sql_is_kind(r->plan->stmt->root, SQL_SET)) {
        (void) backend_exec(scratch_session_conn(a->guard), r->sql, NULL, &ignored).code;
    }
}

static STATUS
run_first(struct exec_run *r)
{
    const struct status s = access_run(r->e, r->sql, r->d);
    struct diag ignored = DIAG_INIT;
    if (r->plan->stmt->root->kind != SQL_USE) {
        (void) access_run(r->e, SLICE("UNLOCK TABLES"), &ignored).code;
    }
    return s;
}

struct status
access_run_plan(struct exec_run *r, bool *fits, STATUS (*run)(struct exec_run *r, bool *fits))
{
    struct exec *e = r->e;
    bool entered = false;
    TRY(access_refresh(e, r->d));
    if (!e->info->is_restricted || e->access->on_guard) {
        return run(r, fits);
    }
    const struct slice written = r->written.data ? r->written : r->sql;
    switch (need_of(e, r->plan)) {
    case NEED_NOTHING:
        break;
    case NEED_PREPARE:
        TRY(access_prepare(e, written, r->d));
        break;
    case NEED_RUN:
        TRY(run_first(r));
        break;
    case NEED_THERE:
        TRY(access_enter(e, &entered, r->d));
        break;
    }
    struct status s = run(r, fits);
    if (entered) {
        if (!status_is_ok(s)) {
            access_error(e, r->d);
        } else if (!e->warnings_here && e->info->warning_count) {
            s = exec_warnings_capture(e, e->info->warning_count, r->d);
        } else if (!e->warnings_here) {
            exec_warnings_clear(e);
        }
        access_leave(e, true);
    } else if (status_is_ok(s) && r->plan->kind == PLAN_SESSION) {
        follow_set(r);
    }
    return s;
}
