/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old rows get the new cells, by rid, a chunk a transaction, the watermark in the same transaction. Rows
 * that writers touch meanwhile have them already; writing them again changes nothing that matters.
 */
#include <inttypes.h>
#include <time.h>

#include "base/fault.h"
#include "base/mem.h"
#include "proxy/store/query.h"
#include "proxy/store/transition_priv.h"
#include "rewriter/catalog/physical.h"

#define CHUNK_ROWS  500u
#define CHUNK_BLOBS 50u /* where values may be large */
#define SAMPLE_ROWS 200u
#define TARGETS_MAX 256u

/* The onions to be filled of one table. */
struct target {
    const struct cat_column *column;
    struct cat_onion onion; /* the shadow */
};

struct chunk {
    struct transition_work *w;
    const struct cat_table *t;
    struct target targets[TARGETS_MAX];
    size_t n_targets;
    bool in_server;       /* every target is its live onion without the layer */
    size_t limit;         /* rows */
    uint64_t after, upto; /* rids; then the last one done */
    size_t n_rows;
};

static struct status
collect(struct chunk *k)
{
    k->in_server = true;
    k->limit = CHUNK_ROWS;
    for (size_t i = 0; i < k->t->n_columns; i++) {
        const struct cat_column *c = &k->t->columns[i];
        struct cat_onion o, live;
        for (size_t n = 0; catalog_onion_next(c, &n, &o);) {
            if (o.transition != k->w->t->id) {
                continue;
            }
            if (k->n_targets == TARGETS_MAX) {
                FAIL(k->w->d, UNSUPPORTED, "too many columns of one table at once");
            }
            k->targets[k->n_targets++] = (struct target){c, o};
            k->in_server &= catalog_onion_find(c, o.kind, o.chars, &live) && live.layer &&
                            !o.layer && live.epoch == o.epoch && live.key == o.key &&
                            live.group == o.group;
            k->limit = c->v_width ? k->limit : CHUNK_BLOBS;
        }
    }
    k->limit = k->in_server ? CHUNK_ROWS : k->limit;
    return OK;
}

/* ---- in the server ------------------------------------------------------------------------------ */

static struct status
fill_in_server(struct chunk *k)
{
    struct transition_work *w = k->w;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct backend_summary summary;
    buf_append_str(&sql, "UPDATE ");
    physical_table_name(k->t, &sql);
    for (size_t i = 0; i < k->n_targets; i++) {
        uint8_t key[32];
        struct cat_onion live;
        catalog_onion_find(k->targets[i].column, k->targets[i].onion.kind, 0, &live);
        TRY(cells_strip_key(&w->env, k->t, &live, key));
        buf_printf(&sql, "%s `%.*s` = allium_unmask(`%.*s`, X'", i ? "," : " SET",
                   SLICE_ARG(k->targets[i].onion.phys), SLICE_ARG(live.phys));
        buf_append_hex(&sql, slice_of(key, sizeof key));
        buf_append_str(&sql, "')");
        mem_wipe(key, sizeof key);
    }
    buf_printf(&sql, " WHERE " CAT_RID " > %" PRIu64 " AND " CAT_RID " <= %" PRIu64, k->after,
               k->upto);
    TRY(buf_status(&sql));
    return backend_exec(w->conn, buf_slice(&sql), &summary, w->d);
}

/* ---- through the proxy -------------------------------------------------------------------------- */

static struct status
read_rows(struct chunk *k, struct query_rows *rows)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "SELECT " CAT_RID "," CAT_SALT);
    for (size_t i = 0; i < k->n_targets; i++) {
        buf_printf(&sql, ",`%.*s`", SLICE_ARG(k->targets[i].column->phys_v));
    }
    buf_append_str(&sql, " FROM ");
    physical_table_name(k->t, &sql);
    buf_printf(&sql,
               " WHERE " CAT_RID " > %" PRIu64 " AND " CAT_RID " <= %" PRIu64 " ORDER BY " CAT_RID
               " FOR UPDATE",
               k->after, k->upto);
    TRY(buf_status(&sql));
    return query_rows(k->w->conn, k->w->batch, buf_slice(&sql), rows, k->w->d);
}

/* Values of one target's column, of all rows. */
static struct status
decode(struct chunk *k, const struct query_rows *rows, size_t target, struct slice *values)
{
    struct slice *cells = arena_array(k->w->batch, struct slice, rows->n);
    struct slice *salts = arena_array(k->w->batch, struct slice, rows->n);
    TRY(arena_status(k->w->batch));
    for (size_t i = 0; i < rows->n; i++) {
        cells[i] = query_cell(rows, i, 2 + target);
        salts[i] = query_cell(rows, i, 1);
    }
    return cells_decode(&k->w->env, k->t, k->targets[target].column, cells, salts, rows->n, values,
                        k->w->d);
}

static struct status
append_cell(struct chunk *k, const struct target *target, struct slice value, struct slice salt,
            struct buf *sql)
{
    CLEANUP(buf_deinit_cleanup) struct buf cell = BUF_INIT;
    bool known = value.data != NULL;
    if (known) {
        TRY(cells_onion(&k->w->env, k->t, target->column, &target->onion, value, salt, &cell,
                        &known, k->w->d));
    }
    buf_printf(sql, "`%.*s`=", SLICE_ARG(target->onion.phys));
    query_hex(sql,
              known ? slice_of(cell.len ? cell.data : (const uint8_t *) "", cell.len) : SLICE_NULL);
    return buf_status(sql);
}

/* One UPDATE a row, all of them in one packet: that locks nothing but the rows themselves. */
static struct status
fill_through_proxy(struct chunk *k)
{
    struct query_rows rows;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct slice *values[TARGETS_MAX];
    TRY(read_rows(k, &rows));
    for (size_t i = 0; i < k->n_targets; i++) {
        values[i] = arena_array(k->w->batch, struct slice, rows.n + 1);
        TRY(arena_status(k->w->batch));
        TRY(decode(k, &rows, i, values[i]));
    }
    for (size_t row = 0; row < rows.n; row++) {
        buf_append_str(&sql, "UPDATE ");
        physical_table_name(k->t, &sql);
        buf_append_str(&sql, " SET ");
        for (size_t i = 0; i < k->n_targets; i++) {
            buf_append_str(&sql, i ? "," : "");
            TRY(append_cell(k, &k->targets[i], values[i][row], query_cell(&rows, row, 1), &sql));
        }
        buf_printf(&sql, " WHERE " CAT_RID "=%.*s;", SLICE_ARG(query_cell(&rows, row, 0)));
    }
    TRY(buf_status(&sql));
    return rows.n ? backend_exec(k->w->conn, buf_slice(&sql), NULL, k->w->d) : OK;
}

/* ---- chunks ------------------------------------------------------------------------------------- */

/* The end of the next chunk; *n_rows = 0: the table is done. */
static struct status
find_end(struct chunk *k)
{
    struct query_rows rows;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_printf(&sql, "SELECT COUNT(*), MAX(" CAT_RID ") FROM (SELECT " CAT_RID " FROM ");
    physical_table_name(k->t, &sql);
    buf_printf(&sql, " WHERE " CAT_RID " > %" PRIu64 " ORDER BY " CAT_RID " LIMIT %zu) AS c",
               k->after, k->limit);
    TRY(buf_status(&sql));
    TRY(query_rows(k->w->conn, k->w->batch, buf_slice(&sql), &rows, k->w->d));
    uint64_t n;
    if (rows.n != 1 || !slice_parse_u64(query_cell(&rows, 0, 0), &n) ||
        (n && !slice_parse_u64(query_cell(&rows, 0, 1), &k->upto))) {
        RAISE(PROTOCOL);
    }
    k->n_rows = (size_t) n;
    return OK;
}

static struct status
write_chunk(struct chunk *k)
{
    struct transition_work *w = k->w;
    TRY(backend_exec_str(w->conn, "START TRANSACTION", w->d));
    TRY(k->in_server ? fill_in_server(k) : fill_through_proxy(k));
    TRY(query_exec(w->conn, w->d,
                   "UPDATE " STORE_SCHEMA ".transitions SET tab = %" PRIu64 ", rid = %" PRIu64
                   ", done = done + %zu WHERE id = %" PRIu64,
                   k->t->id, k->upto, k->n_rows, w->t->id));
    FAULT("transition.chunk");
    TRY(backend_exec_str(w->conn, "COMMIT", w->d));
    w->t->tab = k->t->id;
    w->t->rid = k->upto;
    w->t->done += k->n_rows;
    return OK;
}

/* At most `rate` rows a second. */
static void
throttle(uint32_t rate, size_t rows, const struct timespec *begun)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double took =
        (double) (now.tv_sec - begun->tv_sec) + (double) (now.tv_nsec - begun->tv_nsec) / 1e9;
    const double rest = rate ? (double) rows / rate - took : 0;
    if (rest > 0) {
        const struct timespec nap = {(time_t) rest, (long) ((rest - (double) (time_t) rest) * 1e9)};
        nanosleep(&nap, NULL);
    }
}

/* People steer through the control column. */
static struct status
read_control(struct transition_work *w)
{
    struct query_rows rows;
    uint64_t control;
    const struct slice sql = arena_printf(
        w->batch, "SELECT control FROM " STORE_SCHEMA ".transitions WHERE id = %" PRIu64, w->t->id);
    TRY(query_rows(w->conn, w->batch, sql, &rows, w->d));
    if (rows.n == 1 && slice_parse_u64(query_cell(&rows, 0, 0), &control)) {
        w->t->control = (enum transition_control) control;
    }
    return OK;
}

/* One chunk of the first table that is not done; *done: there is none. */
static struct status
fill_some(struct transition_work *w, bool *done)
{
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(w->s);
    struct chunk k = {.w = w, .t = transition_next_table(w->t, cat, w->t->tab)};
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    *done = k.t == NULL;
    if (*done) {
        return OK;
    }
    k.after = k.t->id == w->t->tab ? w->t->rid : 0;
    TRY(collect(&k));
    if (k.n_targets) {
        TRY(find_end(&k));
    }
    if (!k.n_rows) {
        w->t->tab = k.t->id + 1;
        w->t->rid = 0;
        return OK;
    }
    TRY(write_chunk(&k));
    throttle(w->t->rate, k.n_rows, &begun);
    return OK;
}

struct status
transition_fill(struct transition_work *w)
{
    bool done = false;
    while (!done) {
        arena_reset(w->batch);
        TRY(read_control(w));
        if (w->t->control != TRANSITION_RUN) {
            w->wait = true;
            return OK;
        }
        TRY(fill_some(w, &done));
    }
    return OK;
}

/* ---- verifying ---------------------------------------------------------------------------------- */

/* Rows with a value and without the cell. */
static struct status
count_missing(struct chunk *k, const struct target *target)
{
    struct query_rows rows;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "SELECT COUNT(*) FROM ");
    physical_table_name(k->t, &sql);
    buf_printf(&sql, " WHERE `%.*s` IS NULL AND `%.*s` IS NOT NULL", SLICE_ARG(target->onion.phys),
               SLICE_ARG(target->column->phys_v));
    TRY(buf_status(&sql));
    TRY(query_rows(k->w->conn, k->w->batch, buf_slice(&sql), &rows, k->w->d));
    if (rows.n != 1 || !slice_equal_str(query_cell(&rows, 0, 0), "0")) {
        FAIL(k->w->d, BUG, "%.*s cells of column '%.*s' are missing",
             SLICE_ARG(query_cell(&rows, 0, 0)), SLICE_ARG(target->column->name));
    }
    return OK;
}

/* What stands in a filled cell, comparable: values decrypted, layers taken off. */
static struct status
open_cell(struct chunk *k, const struct target *target, struct slice cell, struct slice salt,
          struct slice *out)
{
    struct cat_column c = *target->column;
    const struct cat_onion *o = &target->onion;
    if (o->kind == CAT_ONION_VALUE) {
        c.key = o->key == c.id ? 0 : o->key;
        c.epoch_v = o->epoch;
        return cells_decode(&k->w->env, k->t, &c, &cell, &salt, 1, out, k->w->d);
    }
    return cells_open_layer(&k->w->env, k->t, o, cell, out);
}

static struct status
compare(struct chunk *k, const struct query_rows *rows, size_t row, size_t at)
{
    const struct target *target = &k->targets[at];
    const struct slice salt = query_cell(rows, row, 0), cell = query_cell(rows, row, 2 + 2 * at);
    const struct slice old = query_cell(rows, row, 1 + 2 * at);
    struct slice value, is;
    CLEANUP(buf_deinit_cleanup) struct buf want = BUF_INIT;
    bool known = true;
    TRY(cells_decode(&k->w->env, k->t, target->column, &old, &salt, 1, &value, k->w->d));
    if (slice_is_null(value) || target->onion.kind == CAT_ONION_SEARCH) {
        return OK;
    }
    TRY(open_cell(k, target, cell, salt, &is));
    if (target->onion.kind == CAT_ONION_VALUE) {
        buf_append_slice(&want, value);
    } else {
        struct cat_onion bare = target->onion;
        bare.layer = 0;
        TRY(cells_onion(&k->w->env, k->t, target->column, &bare, value, salt, &want, &known,
                        k->w->d));
    }
    TRY(buf_status(&want));
    if (is.len != want.len || mem_compare(is.data, want.data, is.len) != 0) {
        FAIL(k->w->d, BUG, "a cell of column '%.*s' is not what its value gives",
             SLICE_ARG(target->column->name));
    }
    return OK;
}

/* Rows all over the table. */
static struct status
compare_sample(struct chunk *k)
{
    struct query_rows rows;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "SELECT " CAT_SALT);
    for (size_t i = 0; i < k->n_targets; i++) {
        buf_printf(&sql, ",`%.*s`,`%.*s`", SLICE_ARG(k->targets[i].column->phys_v),
                   SLICE_ARG(k->targets[i].onion.phys));
    }
    buf_append_str(&sql, " FROM ");
    physical_table_name(k->t, &sql);
    buf_append_str(&sql, " WHERE MOD(" CAT_RID ", GREATEST(1, (SELECT MAX(" CAT_RID ") DIV ");
    buf_printf(&sql, "%u FROM ", SAMPLE_ROWS);
    physical_table_name(k->t, &sql);
    buf_printf(&sql, "))) = 0 LIMIT %u", 2 * SAMPLE_ROWS);
    TRY(buf_status(&sql));
    TRY(query_rows(k->w->conn, k->w->batch, buf_slice(&sql), &rows, k->w->d));
    for (size_t row = 0; row < rows.n; row++) {
        for (size_t i = 0; i < k->n_targets; i++) {
            TRY(compare(k, &rows, row, i));
        }
    }
    return OK;
}

struct status
transition_verify(struct transition_work *w)
{
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(w->s);
    const struct cat_table *t;
    for (uint64_t from = 0; (t = transition_next_table(w->t, cat, from)); from = t->id + 1) {
        struct chunk k = {.w = w, .t = t};
        arena_reset(w->batch);
        TRY(collect(&k));
        for (size_t i = 0; i < k.n_targets; i++) {
            if (k.targets[i].onion.kind != CAT_ONION_SEARCH) {
                TRY(count_missing(&k, &k.targets[i]));
            }
        }
        if (k.n_targets) {
            TRY(compare_sample(&k));
        }
    }
    return OK;
}
