/* SPDX-License-Identifier: Apache-2.0 */
/* The builder's questions as SQL: the strings are columns of one row. */
#include "base/cleanup.h"
#include "rewriter/types/collation.h"

void
collation_sql_weight(const struct collation_info *info, struct slice s, struct buf *sql)
{
    buf_append_str(sql, "WEIGHT_STRING(_");
    buf_append_slice(sql, info->charset);
    buf_append_str(sql, " x'");
    buf_append_hex(sql, s);
    buf_append_str(sql, "' COLLATE ");
    buf_append_slice(sql, info->name);
    buf_append_u8(sql, ')');
}

struct answer {
    collation_emit_fn *emit;
    void *emit_ctx;
    size_t n, got;
};

static void
take_strings_row(void *ctx, const struct slice *cells, size_t n)
{
    struct answer *a = ctx;
    for (size_t i = 0; n == a->n && i < n; i++) {
        a->emit(a->emit_ctx, i, cells[i]);
        a->got++;
    }
}

static STATUS
run(struct collation_sql *q, const struct buf *sql, collation_row_fn *row, struct answer *a)
{
    TRY(buf_status(sql));
    TRY(q->query(q->ctx, buf_slice(sql), row, a));
    if (a->got != a->n) {
        RAISE(PROTOCOL);
    }
    return OK;
}

static STATUS
sql_strings(void *ctx, const struct collation_info *info, const struct slice *strings, size_t n,
            collation_emit_fn *emit, void *emit_ctx)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct answer a = {emit, emit_ctx, n, 0};
    buf_append_str(&sql, "SELECT ");
    for (size_t i = 0; i < n; i++) {
        buf_append_str(&sql, i ? ", " : "");
        collation_sql_weight(info, strings[i], &sql);
    }
    return run(ctx, &sql, take_strings_row, &a);
}

void
collation_sql_source(struct collation_sql *sql, struct collation_source *out)
{
    *out = (struct collation_source){.ctx = sql, .strings = sql_strings};
}
