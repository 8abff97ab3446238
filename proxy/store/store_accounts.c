/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Catalog row: meta 'accounts', n = version, body = the sealed script. `lock` guards memory only; nothing
 * waits for the scratch engine while holding it, since the engine's restart needs it, too.
 */
#include "proxy/store/store_accounts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "proxy/store/grants.h"
#include "proxy/store/query.h"
#include "proxy/store/store_priv.h"

#define SEAL_NAME SLICE("accounts")

struct identity {
    struct identity *next;
    char *user, *host;
    char name[STORE_IDENTITY_MAX];
    bool is_made;
};

struct store_accounts {
    pthread_mutex_t lock;
    struct arena *file_arena;
    struct account_source *file;
    size_t n_file;
    struct buf script;
    uint64_t version; /* of the catalog's row */
    _Atomic uint64_t generation;
    struct accounts *current;
    struct identity *identities;
    unsigned n_identities;
    char password[33];
};

static struct status
copy_file(struct store_accounts *acc, const struct account_source *file, size_t n)
{
    struct arena *a = arena_create(0);
    if (!a) {
        RAISE(NO_MEMORY);
    }
    struct account_source *rows = arena_array(a, struct account_source, n);
    for (size_t i = 0; rows && i < n; i++) {
        rows[i] = file[i];
        rows[i].user = arena_dup(a, file[i].user);
        rows[i].auth = arena_dup(a, file[i].auth);
    }
    const struct status st = arena_status(a);
    if (!status_is_ok(st)) {
        arena_free(a);
        return st;
    }
    pthread_mutex_lock(&acc->lock);
    arena_free(acc->file_arena);
    acc->file_arena = a;
    acc->file = rows;
    acc->n_file = n;
    pthread_mutex_unlock(&acc->lock);
    return OK;
}

struct status
store_accounts_init(struct store *s)
{
    struct store_accounts *acc = calloc(1, sizeof *acc);
    if (!acc) {
        RAISE(NO_MEMORY);
    }
    pthread_mutex_init(&acc->lock, NULL);
    s->accounts = acc;
    TRY(copy_file(acc, s->config.file, s->config.n_file));
    return scratch_random_password(acc->password);
}

void
store_accounts_deinit(struct store *s)
{
    struct store_accounts *acc = s->accounts;
    if (!acc) {
        return;
    }
    while (acc->identities) {
        struct identity *id = acc->identities;
        acc->identities = id->next;
        free(id->user);
        free(id->host);
        free(id);
    }
    accounts_unref(acc->current);
    arena_free(acc->file_arena);
    buf_deinit(&acc->script);
    pthread_mutex_destroy(&acc->lock);
    mem_wipe(acc->password, sizeof acc->password);
    free(acc);
}

/* ---- what there is, copied so that the lock can go ---- */

struct view {
    struct arena *arena;
    const struct account_source *file;
    size_t n_file;
    struct slice script;
    struct accounts *before;
};

static void
view_free(struct view *v)
{
    accounts_unref(v->before);
    arena_free(v->arena);
}
static inline void
view_cleanup(struct view *v)
{
    view_free(v);
}

static struct status
view_take(struct store *s, struct view *v)
{
    struct store_accounts *acc = s->accounts;
    *v = (struct view){.arena = arena_create(0)};
    if (!v->arena) {
        RAISE(NO_MEMORY);
    }
    pthread_mutex_lock(&acc->lock);
    struct account_source *file = arena_array(v->arena, struct account_source, acc->n_file);
    for (size_t i = 0; file && i < acc->n_file; i++) {
        file[i] = acc->file[i];
        file[i].user = arena_dup(v->arena, file[i].user);
        file[i].auth = arena_dup(v->arena, file[i].auth);
    }
    v->file = file;
    v->n_file = acc->n_file;
    v->script = arena_dup(v->arena, buf_slice(&acc->script));
    v->before = acc->current ? accounts_ref(acc->current) : NULL;
    pthread_mutex_unlock(&acc->lock);
    return arena_status(v->arena);
}

/* ---- applying ---- */

static struct status
publish(struct store *s, const struct view *v, struct backend_conn *admin, struct diag *d)
{
    struct store_accounts *acc = s->accounts;
    struct account_source *rows;
    size_t n;
    struct accounts *fresh;
    TRY(grants_accounts(admin, v->file, v->n_file, v->arena, &rows, &n, d));
    struct account_source *all = arena_array(v->arena, struct account_source, n + v->n_file);
    TRY(arena_status(v->arena));
    for (size_t i = 0; i < n + v->n_file; i++) {
        all[i] = i < n ? rows[i] : v->file[i - n];
    }
    TRY(accounts_new(&fresh, all, n + v->n_file, v->before, d));
    pthread_mutex_lock(&acc->lock);
    struct accounts *old = acc->current;
    acc->current = fresh;
    atomic_fetch_add(&acc->generation, 1);
    pthread_mutex_unlock(&acc->lock);
    accounts_unref(old);
    return OK;
}

/* Identities that were handed out follow the rights of their accounts. */
static struct status
remake_identities(struct store *s, struct backend_conn *admin, struct diag *d)
{
    struct store_accounts *acc = s->accounts;
    pthread_mutex_lock(&acc->lock);
    struct identity *id = acc->identities;
    pthread_mutex_unlock(&acc->lock);
    for (; id; id = id->next) { /* added at the front, removed only at the end of the process */
        CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
        if (!a) {
            RAISE(NO_MEMORY);
        }
        if (!id->is_made) {
            continue;
        }
        struct diag gone = DIAG_INIT;
        const struct status st =
            grants_identity(admin, slice_of_str(id->user), slice_of_str(id->host), id->name,
                            acc->password, GRANTS_GUARD, &gone);
        if (!status_is_ok(st)) { /* the account was dropped: so are its rights */
            TRY(grants_drop_identity(admin, id->name, d));
        }
    }
    return OK;
}

struct status
store_accounts_fill(struct store *s, struct backend_conn *admin, struct diag *d)
{
    CLEANUP(view_cleanup) struct view v;
    TRY(view_take(s, &v));
    TRY(grants_write(admin, v.file, v.n_file, v.script, d));
    TRY(remake_identities(s, admin, d));
    return publish(s, &v, admin, d);
}

static struct status
fill(struct store *s, struct diag *d)
{
    struct backend_conn *admin;
    TRY(scratch_admin_take(s->config.scratch, &admin, d));
    const struct status st = store_accounts_fill(s, admin, d);
    scratch_admin_give(s->config.scratch, admin);
    return st;
}

/* ---- the catalog's row ---- */

static void
set_script(struct store *s, struct slice script, uint64_t version)
{
    struct store_accounts *acc = s->accounts;
    pthread_mutex_lock(&acc->lock);
    buf_clear(&acc->script);
    buf_append_slice(&acc->script, script);
    acc->version = version;
    pthread_mutex_unlock(&acc->lock);
}

struct status
store_accounts_refresh(struct store *s, bool *changed, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    CLEANUP(buf_deinit_cleanup) struct buf plain = BUF_INIT;
    struct query_rows rows;
    uint64_t version;
    *changed = false;
    if (!a) {
        RAISE(NO_MEMORY);
    }
    const struct slice sql = arena_printf(
        a, "SELECT n, body FROM " STORE_SCHEMA ".meta WHERE name = 'accounts' AND n > %" PRIu64,
        s->accounts->version);
    TRY(query_rows(s->conn, a, sql, &rows, d));
    if (rows.n == 0 || !slice_parse_u64(query_cell(&rows, 0, 0), &version)) {
        return OK;
    }
    const struct status st =
        seal_decode(s->keyring, SEAL_NAME, version, query_cell(&rows, 0, 1), &plain);
    if (!status_is_ok(st)) {
        diag_set(d, st.code, "the accounts in " STORE_SCHEMA ".meta are damaged");
        return st;
    }
    set_script(s, buf_slice(&plain), version);
    *changed = true;
    return buf_status(&s->accounts->script);
}

struct status
store_accounts_follow(struct store *s, struct diag *d)
{
    bool changed;
    TRY(store_accounts_refresh(s, &changed, d));
    return changed ? fill(s, d) : OK;
}

struct status
store_accounts_read_all(struct store *s, struct diag *d)
{
    bool changed;
    set_script(s, SLICE(""), 0);
    TRY(store_accounts_refresh(s, &changed, d));
    return fill(s, d);
}

static struct status
save(struct store *s, struct slice script, struct diag *d)
{
    const uint64_t version = s->accounts->version + 1;
    CLEANUP(buf_deinit_cleanup) struct buf sealed = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(seal_encode(s->keyring, SEAL_NAME, version, script, &sealed));
    buf_printf(&sql, "REPLACE INTO " STORE_SCHEMA ".meta VALUES ('accounts', %" PRIu64 ", ",
               version);
    query_hex(&sql, buf_slice(&sealed));
    buf_append_str(&sql, ")");
    TRY(buf_status(&sql));
    TRY(backend_exec(s->conn, buf_slice(&sql), NULL, d));
    set_script(s, script, version);
    return buf_status(&s->accounts->script);
}

/* ---- statements ---- */

struct change {
    struct store *s;
    const char *user, *host;
    store_accounts_fn run;
    void *ctx;
    struct diag *d;
    char name[STORE_IDENTITY_MAX];
    struct status outcome; /* of run */
};

static struct status
run_as_grantor(struct change *c, struct backend_conn *admin)
{
    struct store *s = c->s;
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    CLEANUP(backend_close_cleanup) struct backend_conn *conn = NULL;
    struct slice before, after;
    if (!a) {
        RAISE(NO_MEMORY);
    }
    TRY(grants_identity(admin, slice_of_str(c->user), slice_of_str(c->host), c->name,
                        s->accounts->password, GRANTS_GRANTOR, c->d));
    TRY(grants_password(admin, c->name, a, &before, c->d));
    TRY(scratch_connect_as(s->config.scratch, c->name, s->accounts->password, &conn, c->d));
    c->outcome = c->run(c->ctx, conn, c->d);
    struct diag second = DIAG_INIT;
    TRY(grants_password(admin, c->name, a, &after, &second));
    if (!slice_equal(before, after)) {
        TRY(grants_adopt_password(admin, c->name, slice_of_str(c->user), slice_of_str(c->host),
                                  &second));
    }
    return OK;
}

/* The users file's accounts as they were; the others into the catalog when they differ. */
static struct status
keep(struct store *s, struct backend_conn *admin, struct diag *d)
{
    CLEANUP(view_cleanup) struct view v;
    CLEANUP(buf_deinit_cleanup) struct buf script = BUF_INIT;
    TRY(view_take(s, &v));
    TRY(grants_restore_file(admin, v.file, v.n_file, d));
    TRY(grants_read(admin, v.file, v.n_file, &script, d));
    if (!slice_equal(buf_slice(&script), v.script)) {
        TRY(save(s, buf_slice(&script), d));
    }
    TRY(remake_identities(s, admin, d));
    return publish(s, &v, admin, d);
}

static struct status
change_locked(struct change *c)
{
    struct store *s = c->s;
    struct backend_conn *admin;
    struct diag second = DIAG_INIT;
    TRY(store_refresh_locked(s, c->d));
    TRY(scratch_admin_take(s->config.scratch, &admin, c->d));
    struct status st = run_as_grantor(c, admin);
    const struct status dropped = grants_drop_identity(admin, c->name, &second);
    if (status_is_ok(st) && status_is_ok(dropped)) {
        struct diag *d = status_is_ok(c->outcome) ? c->d : &second;
        st = keep(s, admin, d);
    }
    scratch_admin_give(s->config.scratch, admin);
    return status_is_ok(c->outcome) ? st : c->outcome;
}

struct status
store_accounts_change(struct store *s, const char *user, const char *host, store_accounts_fn run,
                      void *ctx, struct diag *d)
{
    struct change c = {.s = s, .user = user, .host = host, .run = run, .ctx = ctx, .d = d};
    snprintf(c.name, sizeof c.name, GRANTS_RESERVED "g");
    pthread_mutex_lock(&s->ddl_lock);
    struct status st = store_lock_cluster(s, d);
    if (status_is_ok(st)) {
        st = change_locked(&c);
        store_unlock_cluster(s);
    }
    pthread_mutex_unlock(&s->ddl_lock);
    return st;
}

struct status
store_accounts_read(struct store *s, store_accounts_fn run, void *ctx, struct diag *d)
{
    struct backend_conn *admin;
    TRY(scratch_admin_take(s->config.scratch, &admin, d));
    const struct status st = run(ctx, admin, d);
    scratch_admin_give(s->config.scratch, admin);
    return st;
}

/* ---- for login and the guards ---- */

struct status
store_accounts_set_file(struct store *s, const struct account_source *file, size_t n,
                        struct diag *d)
{
    bool changed;
    TRY(copy_file(s->accounts, file, n));
    pthread_mutex_lock(&s->ddl_lock);
    struct status st = store_connect(s, &s->conn, d);
    if (status_is_ok(st)) {
        st = store_accounts_refresh(s, &changed, d);
    }
    if (status_is_ok(st)) {
        st = fill(s, d);
    }
    pthread_mutex_unlock(&s->ddl_lock);
    return st;
}

struct accounts *
store_accounts(struct store *s)
{
    pthread_mutex_lock(&s->accounts->lock);
    struct accounts *a = accounts_ref(s->accounts->current);
    pthread_mutex_unlock(&s->accounts->lock);
    return a;
}

uint64_t
store_accounts_generation(struct store *s)
{
    return atomic_load_explicit(&s->accounts->generation, memory_order_acquire);
}

const char *
store_accounts_password(const struct store *s)
{
    return s->accounts->password;
}

/* The listed one, or a new one; under the lock. NULL: out of memory. */
static struct identity *
identity_get(struct store_accounts *acc, const char *user, const char *host)
{
    for (struct identity *id = acc->identities; id; id = id->next) {
        if (slice_equal_str(slice_of_str(id->user), user) &&
            slice_equal_str(slice_of_str(id->host), host)) {
            return id;
        }
    }
    struct identity *id = calloc(1, sizeof *id);
    if (!id) {
        return NULL;
    }
    id->user = mem_strdup(slice_of_str(user));
    id->host = mem_strdup(slice_of_str(host));
    if (!id->user || !id->host) {
        free(id->user);
        free(id->host);
        free(id);
        return NULL;
    }
    snprintf(id->name, sizeof id->name, GRANTS_RESERVED "t%u", ++acc->n_identities);
    id->next = acc->identities;
    acc->identities = id;
    return id;
}

struct status
store_accounts_identity(struct store *s, const char *user, const char *host,
                        char name[STORE_IDENTITY_MAX], struct diag *d)
{
    struct store_accounts *acc = s->accounts;
    struct backend_conn *admin;
    pthread_mutex_lock(&acc->lock);
    struct identity *id = identity_get(acc, user, host);
    const bool is_made = id && id->is_made;
    pthread_mutex_unlock(&acc->lock);
    if (!id) {
        RAISE(NO_MEMORY);
    }
    snprintf(name, STORE_IDENTITY_MAX, "%s", id->name);
    if (is_made) {
        return OK;
    }
    TRY(scratch_admin_take(s->config.scratch, &admin, d));
    const struct status st = grants_identity(admin, slice_of_str(user), slice_of_str(host),
                                             id->name, acc->password, GRANTS_GUARD, d);
    pthread_mutex_lock(&acc->lock);
    id->is_made |= status_is_ok(st);
    pthread_mutex_unlock(&acc->lock);
    scratch_admin_give(s->config.scratch, admin);
    return st;
}
