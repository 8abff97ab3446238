/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collations of the engine at hand: the list at start, weight tables on first use, kept on disk so that
 * the next start need not ask for a million weights again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "proxy/exec/exec_priv.h"

#define MAX_ID 4096

struct exec_collations {
    struct exec_shared *shared;
    struct collation_set *set;
    struct scratch *scratch;
    pthread_mutex_t lock; /* building */
    struct collation *_Atomic tables[MAX_ID];
    char dir[256];
};

struct query_ctx {
    struct backend_conn *c;
    struct diag *d;
};

static STATUS
run_rows(void *ctx, struct slice sql, collation_row_fn *row, void *row_ctx)
{
    struct query_ctx *q = ctx;
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    TRY(backend_query(q->c, sql, BACKEND_STREAM, &r, q->d));
    const size_t n = backend_result_n_columns(r);
    const struct slice *cells;
    for (;;) {
        TRY(backend_result_next(r, &cells, q->d));
        if (cells == NULL) {
            return OK;
        }
        row(row_ctx, cells, n);
    }
}

static STATUS
load_set(struct exec_collations *c, struct backend_conn *conn, struct diag *d)
{
    const char *sql = collation_set_sql(backend_flavour(conn) == BACKEND_MARIADB);
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    TRY(backend_query(conn, slice_of_str(sql), BACKEND_STORE, &r, d));
    const struct slice *cells;
    for (;;) {
        TRY(backend_result_next(r, &cells, d));
        if (cells == NULL) {
            return OK;
        }
        TRY(collation_set_add_row(c->set, cells, backend_result_n_columns(r)));
    }
}

struct status
exec_collations_new(struct exec_collations **out, struct exec_shared *s, struct diag *d)
{
    struct exec_collations *c = calloc(1, sizeof *c);
    if (c == NULL) {
        RAISE(NO_MEMORY);
    }
    c->shared = s;
    pthread_mutex_init(&c->lock, NULL);
    const char *home = getenv("XDG_CACHE_HOME");
    snprintf(c->dir, sizeof c->dir, "%s",
             s->cfg->cache_directory[0] ? s->cfg->cache_directory
             : home && home[0]          ? home
                                        : "/var/cache/allium");
    c->set = collation_set_new();
    struct backend_conn *conn = NULL;
    struct status st = c->set ? backend_connect(&conn, &s->backend_params, d)
                              : status_raise(STATUS_NO_MEMORY, __FILE__, __LINE__);
    if (status_is_ok(st)) {
        st = load_set(c, conn, d);
    }
    backend_close(conn);
    if (!status_is_ok(st)) {
        exec_collations_free(c);
        return st;
    }
    *out = c;
    return OK;
}

void
exec_collations_attach(struct exec_collations *c, struct scratch *scratch)
{
    c->scratch = scratch;
}

struct exec_collations *
exec_collations_free(struct exec_collations *c)
{
    if (c) {
        for (int i = 0; i < MAX_ID; i++) {
            collation_unref(c->tables[i]);
        }
        collation_set_free(c->set);
        pthread_mutex_destroy(&c->lock);
        free(c);
    }
    return NULL;
}

const struct collation_set *
exec_collations_set(const struct exec_collations *c)
{
    return c->set;
}

/* ---- tables ---- */

static void
cache_path(const struct exec_collations *c, const struct collation_info *info, char *out,
           size_t cap)
{
    snprintf(out, cap, "%s/allium-%.*s-%08x.weights", c->dir, SLICE_ARG(info->name),
             (unsigned) slice_hash(c->shared->version_text));
}

static STATUS
load_file(struct exec_collations *c, const struct collation_info *info, struct collation **out)
{
    char path[512];
    *out = NULL;
    cache_path(c, info, path, sizeof path);
    CLEANUP(buf_deinit_cleanup) struct buf bytes = BUF_INIT;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return OK;
    }
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 022) == 0) {
        ssize_t n;
        uint8_t *p;
        while ((p = buf_reserve(&bytes, 65536)) && (n = read(fd, p, 65536)) > 0) {
            bytes.len += (size_t) n;
        }
    }
    close(fd);
    TRY(buf_status(&bytes));
    return collation_load(out, info, c->shared->version_text, buf_slice(&bytes));
}

/* Best effort: without a cache the next start asks again. */
static void
save_file(struct exec_collations *c, const struct collation *table)
{
    char path[512], tmp[540];
    cache_path(c, collation_info_of(table), path, sizeof path);
    snprintf(tmp, sizeof tmp, "%s.%d", path, (int) getpid());
    CLEANUP(buf_deinit_cleanup) struct buf bytes = BUF_INIT;
    collation_save(table, c->shared->version_text, &bytes);
    mkdir(c->dir, 0700);
    const int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return;
    }
    const bool ok = !bytes.failed && write(fd, bytes.data, bytes.len) == (ssize_t) bytes.len;
    close(fd);
    if (!ok || rename(tmp, path) != 0) {
        unlink(tmp);
    }
}

static STATUS
build(struct exec_collations *c, const struct collation_info *info, struct collation **out,
      struct diag *d)
{
    if (info->is_bin || c->scratch == NULL) {
        return collation_build(out, info, NULL, d);
    }
    struct backend_conn *admin;
    TRY(scratch_admin_take(c->scratch, &admin, d));
    struct query_ctx q = {admin, d};
    struct collation_sql sql = {.ctx = &q, .query = run_rows};
    struct collation_source source;
    collation_sql_source(&sql, &source);
    struct status s = backend_exec_str(admin, "SET sql_mode=''", d);
    if (status_is_ok(s)) {
        s = collation_build(out, info, &source, d);
    }
    scratch_admin_give(c->scratch, admin);
    return s;
}

static STATUS
get_locked(struct exec_collations *c, const struct collation_info *info, struct diag *d)
{
    struct collation *table = NULL;
    if (c->tables[info->id]) {
        return OK;
    }
    if (!info->is_bin) {
        TRY(load_file(c, info, &table));
    }
    if (table == NULL) {
        TRY(build(c, info, &table, d));
        log_info(&log_process, "collation.built", "weights of %.*s read from the scratch engine",
                 SLICE_ARG(info->name));
        if (!info->is_bin) {
            save_file(c, table);
        }
    }
    c->tables[info->id] = table;
    return OK;
}

struct status
exec_collation_get(void *ctx, const struct collation_info *info, const struct collation **out,
                   struct diag *d)
{
    struct exec_collations *c = ctx;
    if (info->id >= MAX_ID) {
        FAIL(d, UNSUPPORTED, "collation %.*s", SLICE_ARG(info->name));
    }
    if (c->tables[info->id] == NULL) {
        pthread_mutex_lock(&c->lock);
        const struct status s = get_locked(c, info, d);
        pthread_mutex_unlock(&c->lock);
        TRY(s);
    }
    *out = c->tables[info->id];
    return OK;
}
