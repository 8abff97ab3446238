/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, the current snapshot, following other proxies. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "proxy/store/journal.h"
#include "proxy/store/query.h"
#include "proxy/store/store_priv.h"

#define CHECK_TEXT SLICE("allium key check")

static const char *const schema_sql[] = {
    "CREATE DATABASE IF NOT EXISTS " STORE_SCHEMA,
    "CREATE TABLE IF NOT EXISTS " STORE_SCHEMA ".meta (name VARBINARY(32) NOT NULL PRIMARY KEY,"
    " n BIGINT UNSIGNED NOT NULL, body LONGBLOB) ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS " STORE_SCHEMA ".catalog (id BIGINT UNSIGNED NOT NULL PRIMARY KEY,"
    " kind TINYINT UNSIGNED NOT NULL, version BIGINT UNSIGNED NOT NULL, body LONGBLOB,"
    " KEY (version)) ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS " STORE_SCHEMA
    ".sequences (id BIGINT UNSIGNED NOT NULL PRIMARY KEY,"
    " next BIGINT UNSIGNED NOT NULL) ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS " STORE_SCHEMA ".journal (id BIGINT UNSIGNED NOT NULL PRIMARY KEY,"
    " state TINYINT UNSIGNED NOT NULL, body LONGBLOB) ENGINE=InnoDB",
};

/* ---- connections -------------------------------------------------------------------------------- */

struct status
store_connect(struct store *s, struct backend_conn **conn, struct diag *d)
{
    if (*conn && backend_is_lost(*conn)) {
        *conn = backend_close(*conn);
    }
    return *conn ? OK : backend_connect(conn, &s->params, d);
}

struct status
store_lock_cluster(struct store *s, struct diag *d)
{
    TRY(store_connect(s, &s->conn, d));
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    if (!a) {
        RAISE(NO_MEMORY);
    }
    struct query_rows rows;
    const struct slice sql =
        arena_printf(a, "SELECT GET_LOCK('" STORE_SCHEMA ".ddl', %u)", s->config.lock_wait_s);
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

/* Reads what is newer than the current snapshot; the new one is not published. */
static struct status
load_newer(struct store *s, struct catalog **out, struct diag *d)
{
    uint64_t version;
    TRY(store_load_version(s, &version, d));
    *out = NULL;
    if (s->current && version == catalog_version(s->current)) {
        return OK;
    }
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    if (!a) {
        RAISE(NO_MEMORY);
    }
    struct store_object *objects;
    size_t n;
    TRY(store_load_objects(s, a, s->current ? catalog_version(s->current) : 0, &objects, &n, d));
    for (size_t i = 0; i < n; i++) { /* committed since the version was read */
        version = objects[i].version > version ? objects[i].version : version;
    }
    return store_load_apply(s, s->current, objects, n, version, out, d);
}

struct status
store_refresh_locked(struct store *s, struct diag *d)
{
    TRY(store_connect(s, &s->conn, d));
    struct catalog *newer;
    TRY(load_newer(s, &newer, d));
    if (!newer) {
        return OK;
    }
    struct backend_conn *admin;
    struct status status = scratch_admin_take(s->config.scratch, &admin, d);
    if (status_is_ok(status)) {
        status = mirror_follow(s, s->current, newer, admin, d);
        scratch_admin_give(s->config.scratch, admin);
    }
    if (!status_is_ok(status)) {
        catalog_unref(newer);
        return status;
    }
    store_publish(s, newer);
    return OK;
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

static void
poll_once(struct store *s)
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
            poll_once(s);
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

static struct status
read_meta(struct store *s, struct arena *a, const char *name, struct query_rows *rows,
          struct diag *d)
{
    const struct slice sql =
        arena_printf(a, "SELECT n, body FROM " STORE_SCHEMA ".meta WHERE name = '%s'", name);
    return query_rows(s->conn, a, sql, rows, d);
}

static struct status
write_check(struct store *s, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sealed = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(seal_encode(s->keyring, SLICE("check"), 0, CHECK_TEXT, &sealed));
    buf_append_str(&sql, "INSERT INTO " STORE_SCHEMA ".meta VALUES ('format', 1, NULL),"
                         " ('version', 0, NULL), ('next_id', 0, NULL), ('check', 0, ");
    query_hex(&sql, buf_slice(&sealed));
    buf_append_str(&sql, ")");
    TRY(buf_status(&sql));
    return backend_exec(s->conn, buf_slice(&sql), NULL, d);
}

/* Is this our installation, of a format that we know? Makes it on the first start. */
static struct status
check_meta(struct store *s, struct diag *d)
{
    for (size_t i = 0; i < sizeof(schema_sql) / sizeof(schema_sql[0]); i++) {
        TRY(backend_exec_str(s->conn, schema_sql[i], d));
    }
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    CLEANUP(buf_deinit_cleanup) struct buf plain = BUF_INIT;
    struct query_rows rows;
    if (!a) {
        RAISE(NO_MEMORY);
    }
    TRY(read_meta(s, a, "check", &rows, d));
    if (rows.n == 0) {
        return write_check(s, d);
    }
    const struct status status =
        seal_decode(s->keyring, SLICE("check"), 0, query_cell(&rows, 0, 1), &plain);
    if (!status_is_ok(status) || !slice_equal(buf_slice(&plain), CHECK_TEXT)) {
        FAIL(d, KEY_WRONG, "the data in the server was written with another key");
    }
    TRY(read_meta(s, a, "format", &rows, d));
    if (rows.n != 1 || !slice_equal_str(query_cell(&rows, 0, 0), "1")) {
        FAIL(d, STARTUP, "schema " STORE_SCHEMA " has a format of a newer version");
    }
    return OK;
}

static struct status
open_locked(struct store *s, struct diag *d)
{
    TRY(store_connect(s, &s->conn, d));
    TRY(store_lock_cluster(s, d));
    struct status status = check_meta(s, d);
    if (status_is_ok(status)) {
        status = journal_recover(s, d);
    }
    store_unlock_cluster(s);
    TRY(status);
    struct catalog *cat = NULL;
    TRY(load_newer(s, &cat, d));
    store_publish(s, cat);
    struct backend_conn *admin;
    TRY(scratch_admin_take(s->config.scratch, &admin, d));
    status = mirror_fill(s, s->current, admin, d);
    scratch_admin_give(s->config.scratch, admin);
    return status;
}

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
    map_init(&s->sequences, false);
    s->arena = arena_create(0);
    if (!s->arena) {
        RAISE(NO_MEMORY);
    }
    TRY(init(s, config));
    pthread_mutex_lock(&s->ddl_lock);
    const struct status status = open_locked(s, d);
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
    free(s);
    return NULL;
}
