/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, the current snapshot, following other proxies. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "proxy/store/journal.h"
#include "proxy/store/query.h"
#include "proxy/store/store_meta.h"
#include "proxy/store/store_priv.h"

/* ---- connections -------------------------------------------------------------------------------- */

struct status
store_connect(struct store *s, struct backend_conn **conn, struct diag *d)
{
    if (*conn && backend_is_closed(*conn)) {
        *conn = backend_close(*conn);
    }
    return *conn ? OK : backend_connect(conn, &s->params, d);
}

struct status
store_lock_cluster(struct store *s, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    if (!a) {
        RAISE(NO_MEMORY);
    }
    struct query_rows rows;
    const struct slice sql =
        arena_printf(a, "SELECT GET_LOCK('" STORE_SCHEMA ".ddl', %u)", s->config.lock_wait_s);
    TRY(store_connect(s, &s->conn, d));
    TRY(query_rows(s->conn, a, sql, &rows, d));
    if (rows.n != 1 || !slice_equal_str(query_cell(&rows, 0, 0), "1")) {
        FAIL_SQL(d, 1205, "HY000", "Lock wait timeout exceeded; try restarting transaction");
    }
    return OK;
}

void
store_unlock_cluster(struct store *s)
{
    if (s->conn &&
        !status_is_ok(backend_exec_str(s->conn, "DO RELEASE_LOCK('" STORE_SCHEMA ".ddl')", NULL))) {
        s->conn = backend_close(s->conn); /* the lock goes with it */
    }
}

struct status
store_new_id(void *ctx, uint64_t *id, struct diag *d)
{
    struct store *s = ctx;
    if (s->next_id == s->end_id) {
        struct backend_summary summary;
        TRY(backend_exec(s->conn,
                         SLICE("UPDATE " STORE_SCHEMA
                               ".meta SET n = LAST_INSERT_ID(n + 64) WHERE name = 'next_id'"),
                         &summary, d));
        if (summary.insert_id < 64) {
            RAISE(BUG);
        }
        s->end_id = summary.insert_id + 1;
        s->next_id = s->end_id - 64;
    }
    *id = s->next_id++;
    return OK;
}

/* ---- snapshots ---------------------------------------------------------------------------------- */

struct catalog *
store_snapshot(struct store *s)
{
    pthread_mutex_lock(&s->snap_lock);
    struct catalog *cat = catalog_ref(s->current);
    pthread_mutex_unlock(&s->snap_lock);
    return cat;
}

uint64_t
store_version(struct store *s)
{
    return atomic_load_explicit(&s->version, memory_order_acquire);
}

void
store_publish(struct store *s, struct catalog *cat)
{
    pthread_mutex_lock(&s->snap_lock);
    struct catalog *old = s->current;
    s->current = cat;
    atomic_store_explicit(&s->version, catalog_version(cat), memory_order_release);
    pthread_mutex_unlock(&s->snap_lock);
    catalog_unref(old);
}

/* `base` with what is newer in the server, where the catalog is at `version`; not published. */
static struct status
load_over(struct store *s, const struct catalog *base, uint64_t version, struct catalog **out,
          struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    if (!a) {
        RAISE(NO_MEMORY);
    }
    struct store_object *objects;
    size_t n;
    TRY(store_load_objects(s, a, base ? catalog_version(base) : 0, &objects, &n, d));
    for (size_t i = 0; i < n; i++) { /* committed since the version was read */
        version = objects[i].version > version ? objects[i].version : version;
    }
    return store_load_apply(s, base, objects, n, version, out, d);
}

/* Runs `follow` (mirror_follow, mirror_replace) for a new snapshot, which is published if that works. */
static struct status
adopt(struct store *s, struct catalog *next, mirror_follow_fn *follow, struct diag *d)
{
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = next;
    struct backend_conn *admin;
    TRY(scratch_admin_take(s->config.scratch, &admin, d));
    const struct status status = follow(s, s->current, cat, admin, d);
    scratch_admin_give(s->config.scratch, admin);
    TRY(status);
    store_publish(s, STEAL(cat));
    return OK;
}

/* Reads everything, whatever was read before. Under the cluster lock. */
static struct status
read_all(struct store *s, struct diag *d)
{
    const uint64_t seen = s->current ? catalog_version(s->current) : 0;
    bool made;
    TRY(store_meta_ensure(s, s->current ? seen + 1 : 0, &made, d));
    TRY(journal_recover(s, d));
    struct store_meta meta;
    TRY(store_meta_read(s, &meta, d));
    if (s->current && meta.version <= seen) {
        TRY(store_meta_supersede(s, seen + 1, d));
        TRY(store_meta_read(s, &meta, d));
    }
    store_sequence_forget(s);
    s->next_id = s->end_id = 0;
    TRY(store_accounts_read_all(s, d)); /* first: the definers of views */
    struct catalog *cat;
    TRY(load_over(s, NULL, meta.version, &cat, d));
    TRY(adopt(s, cat, mirror_replace, d));
    s->home = meta.home;
    return made ? store_take_over(s, d) : OK;
}

static struct status
read_all_locked(struct store *s, struct diag *d)
{
    TRY(store_lock_cluster(s, d));
    const struct status status = read_all(s, d);
    store_unlock_cluster(s);
    return status;
}

struct status
store_refresh_locked(struct store *s, struct diag *d)
{
    struct store_meta meta;
    TRY(store_connect(s, &s->conn, d));
    const struct status status = store_meta_read(s, &meta, d);
    const bool gone =
        status.code == STATUS_UPSTREAM_SQL && (d->mysql_errno == 1049 || d->mysql_errno == 1146);
    if (!status_is_ok(status) && !gone) {
        return status;
    }
    const uint64_t seen = catalog_version(s->current);
    if (gone || meta.home != s->home || meta.version < seen) {
        log_warn(&log_process, "store.replaced",
                 "the server's catalog is not the one that was read before: reading all of it");
        diag_clear(d);
        return read_all_locked(s, d);
    }
    TRY(store_accounts_follow(s, d));
    if (meta.version == seen) {
        return OK;
    }
    struct catalog *newer;
    TRY(load_over(s, s->current, meta.version, &newer, d));
    return adopt(s, newer, mirror_follow, d);
}

struct status
store_refresh(struct store *s, struct diag *d)
{
    pthread_mutex_lock(&s->ddl_lock);
    const struct status status = store_refresh_locked(s, d);
    pthread_mutex_unlock(&s->ddl_lock);
    return status;
}

struct status
store_wait(struct store *s, uint64_t seen, bool *changed, struct diag *d)
{
    pthread_mutex_lock(&s->ddl_lock);
    struct status status = store_lock_cluster(s, d);
    if (status_is_ok(status)) {
        store_unlock_cluster(s);
        status = store_refresh_locked(s, d);
    }
    pthread_mutex_unlock(&s->ddl_lock);
    *changed = store_version(s) != seen;
    return status;
}

/* ---- polling ------------------------------------------------------------------------------------ */

void
store_poll(struct store *s)
{
    struct diag d = DIAG_INIT;
    if (pthread_mutex_trylock(&s->ddl_lock) != 0) {
        return; /* a schema change is under way here: it refreshes itself */
    }
    const struct status status = store_refresh_locked(s, &d);
    pthread_mutex_unlock(&s->ddl_lock);
    if (!status_is_ok(status)) {
        log_warn(&log_process, "store.poll", "error %u: %s", d.mysql_errno, d.message);
    }
}

/* Follows what other proxies do to the catalog. */
static void *
poll_main(void *ctx)
{
    struct store *s = ctx;
    pthread_mutex_lock(&s->poll_lock);
    while (!s->poll_stop) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += s->config.poll_ms / 1000;
        until.tv_nsec += (long) (s->config.poll_ms % 1000) * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&s->poll_wake, &s->poll_lock, &until);
        if (!s->poll_stop) {
            pthread_mutex_unlock(&s->poll_lock);
            store_poll(s);
            pthread_mutex_lock(&s->poll_lock);
        }
    }
    pthread_mutex_unlock(&s->poll_lock);
    backend_thread_deinit();
    return NULL;
}

static void
poll_stop(struct store *s)
{
    if (s->poll_started) {
        pthread_mutex_lock(&s->poll_lock);
        s->poll_stop = true;
        pthread_cond_signal(&s->poll_wake);
        pthread_mutex_unlock(&s->poll_lock);
        pthread_join(s->poll_thread, NULL);
    }
}

/* ---- opening ------------------------------------------------------------------------------------ */

static const char *
keep(struct store *s, const char *text)
{
    return text ? arena_strdup(s->arena, slice_of_str(text)) : NULL;
}

static struct status
init(struct store *s, const struct store_config *config)
{
    s->config = *config;
    s->config.sequence_block = config->sequence_block ? config->sequence_block : 1000;
    s->config.lock_wait_s = config->lock_wait_s ? config->lock_wait_s : 50;
    s->config.poll_ms = config->poll_ms ? config->poll_ms : 1000;
    struct backend_params *p = &s->params;
    *p = *config->backend;
    p->host = keep(s, p->host);
    p->socket = keep(s, p->socket);
    p->user = keep(s, p->user);
    p->password = keep(s, p->password);
    p->tls_ca = keep(s, p->tls_ca);
    p->tls_cert = keep(s, p->tls_cert);
    p->tls_key = keep(s, p->tls_key);
    p->database = p->charset = p->program_name = NULL;
    p->multi_statements = p->found_rows = false;
    snprintf(s->init_sql, sizeof(s->init_sql),
             "SET SESSION sql_mode = '', foreign_key_checks = 0,"
             " autocommit = 1, lock_wait_timeout = %u",
             s->config.lock_wait_s);
    p->init_sql = s->init_sql;
    TRY(arena_status(s->arena));
    return keyring_new(&s->keyring, config->master);
}

struct status
store_open(struct store **out, const struct store_config *config, struct diag *d)
{
    CLEANUP(store_close_cleanup) struct store *s = calloc(1, sizeof(*s));
    if (!s) {
        RAISE(NO_MEMORY);
    }
    pthread_mutex_init(&s->ddl_lock, NULL);
    pthread_mutex_init(&s->snap_lock, NULL);
    pthread_mutex_init(&s->seq_lock, NULL);
    pthread_mutex_init(&s->poll_lock, NULL);
    pthread_cond_init(&s->poll_wake, NULL);
    pthread_cond_init(&s->transition_wake, NULL);
    map_init(&s->sequences, false);
    s->arena = arena_create(0);
    if (!s->arena) {
        RAISE(NO_MEMORY);
    }
    TRY(init(s, config));
    TRY(store_accounts_init(s));
    pthread_mutex_lock(&s->ddl_lock);
    const struct status status = read_all_locked(s, d);
    pthread_mutex_unlock(&s->ddl_lock);
    TRY(status);
    s->poll_started = pthread_create(&s->poll_thread, NULL, poll_main, s) == 0;
    if (!s->poll_started) {
        RAISE(NO_MEMORY);
    }
    log_info(&log_process, "store.open", "catalog version %" PRIu64, store_version(s));
    *out = STEAL(s);
    return OK;
}

struct store *
store_close(struct store *s)
{
    if (!s) {
        return NULL;
    }
    poll_stop(s);
    store_sequence_deinit(s);
    store_accounts_deinit(s);
    backend_close(s->conn);
    backend_close(s->seq_conn);
    keyring_free(s->keyring);
    catalog_unref(s->current);
    arena_free(s->arena);
    pthread_mutex_destroy(&s->ddl_lock);
    pthread_mutex_destroy(&s->snap_lock);
    pthread_mutex_destroy(&s->seq_lock);
    pthread_mutex_destroy(&s->poll_lock);
    pthread_cond_destroy(&s->poll_wake);
    pthread_cond_destroy(&s->transition_wake);
    free(s);
    return NULL;
}
