/* SPDX-License-Identifier: Apache-2.0 */
/* Server rows in, canonical values out: batches of rows are decrypted column by column. */
#include "base/mem.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/exec/lock.h"

#define BATCH 1000

struct batch {
    size_t n, cap, n_columns;
    struct slice *cells; /* as received, column by column: cells[column * cap + row] */
    struct slice *salts, *values;
    uint64_t *rids;
};

struct status
exec_ask_weight(struct backend_conn *conn, const struct collation_info *info, struct slice value,
                struct buf *out, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "SELECT ");
    collation_sql_weight(info, value, &sql);
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    TRY(backend_query(conn, buf_slice(&sql), BACKEND_STORE, &r, d));
    const struct slice *row;
    TRY(backend_result_next(r, &row, d));
    if (row == NULL || row[0].data == NULL) {
        FAIL(d, UNSUPPORTED, "a string of collation %.*s has no weight", SLICE_ARG(info->name));
    }
    buf_append_slice(out, row[0]);
    return buf_status(out);
}

/* Not on the session's own connection: rows of its working table may be on their way there. */
static STATUS
ask_weight(void *ctx, const struct collation_info *info, struct slice value, struct buf *out,
           struct diag *d)
{
    struct exec *e = ctx;
    struct backend_conn *c;
    TRY(scratch_admin_take(e->shared->scratch, &c, d));
    const struct status s = exec_ask_weight(c, info, value, out, d);
    scratch_admin_give(e->shared->scratch, c);
    return s;
}

static STATUS
collation_of(void *ctx, const struct collation_info *info, const struct collation **out,
             struct diag *d)
{
    struct exec *e = ctx;
    return exec_collation_get(e->shared->collations, info, out, d);
}

struct cells_env
exec_cells(struct exec *e)
{
    return (struct cells_env){.keyring = e->worker->keyring,
                              .arena = e->batch,
                              .collation = collation_of,
                              .weight = ask_weight,
                              .ctx = e};
}

struct bind
exec_bind(struct exec *e, const struct cells_env *cells, const struct literals *lits)
{
    return (struct bind){.cells = cells, .env = &e->state.env, .literals = lits};
}

/* Most fetches are a row or a few: the first batches are small. */
static STATUS
batch_begin(struct batch *b, struct arena *a, size_t n_columns)
{
    const size_t cap = b->cap == 0 ? 4 : b->cap * 8 < BATCH ? b->cap * 8 : BATCH;
    *b = (struct batch){.cap = cap, .n_columns = n_columns};
    b->cells = arena_array(a, struct slice, cap * (n_columns + 1));
    b->values = arena_array(a, struct slice, cap * (n_columns + 1));
    b->salts = arena_array(a, struct slice, cap);
    b->rids = arena_array(a, uint64_t, cap);
    return arena_status(a);
}

static STATUS
batch_add(struct batch *b, struct arena *a, const struct slice *row)
{
    if (!slice_parse_u64(row[0], &b->rids[b->n])) {
        RAISE(PROTOCOL);
    }
    b->salts[b->n] = arena_dup(a, row[1]);
    for (size_t i = 0; i < b->n_columns; i++) {
        b->cells[i * b->cap + b->n] = arena_dup(a, row[2 + i]);
    }
    b->n++;
    return arena_status(a);
}

static STATUS
batch_flush(struct exec *e, struct batch *b, const struct plan_fetch *f, struct arena *a,
            exec_rows_fn fn, void *ctx, struct diag *d)
{
    struct cells_env cells = exec_cells(e);
    cells.arena = a;
    struct slice *column = arena_array(a, struct slice, b->cap);
    TRY(arena_status(a));
    for (size_t i = 0; i < b->n_columns; i++) {
        const struct cat_column *c = &f->table->columns[f->columns[i]];
        TRY(cells_decode(&cells, f->table, c, b->cells + i * b->cap, b->salts, b->n, column, d));
        for (size_t k = 0; k < b->n; k++) {
            b->values[k * b->n_columns + i] = column[k];
        }
    }
    const struct exec_rows rows = {.n = b->n,
                                   .n_columns = b->n_columns,
                                   .rids = b->rids,
                                   .salts = b->salts,
                                   .values = b->values};
    return fn(ctx, &rows, d);
}

struct status
exec_fetch(struct exec *e, const struct plan_fetch *f, struct slice sql, struct arena *a, bool keep,
           exec_rows_fn fn, void *ctx, struct diag *d)
{
    struct backend_conn *c;
    TRY(exec_server(e, &c, d));
    TRY(lock_text(e, sql, &sql));
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    TRY(backend_query(c, sql, BACKEND_STREAM, &r, d));
    struct batch b = {.cap = 0};
    const struct slice *row;
    TRY(batch_begin(&b, a, f->n_columns));
    for (;;) {
        TRY(backend_result_next(r, &row, d));
        if (row) {
            TRY(batch_add(&b, a, row));
        }
        if (b.n && (b.n == b.cap || row == NULL)) {
            TRY(batch_flush(e, &b, f, a, fn, ctx, d));
            if (!keep) {
                arena_reset(a);
            }
            TRY(row ? batch_begin(&b, a, f->n_columns) : OK);
        }
        if (row == NULL) {
            return OK;
        }
    }
}
