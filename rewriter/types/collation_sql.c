/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The builder's questions as SQL. A range is a cross join of four lists of sixteen digits; each row
 * carries its number, so that the order of rows does not matter. Strings are columns of one row.
 */
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
take_range_row(void *ctx, const struct slice *cells, size_t n)
{
    struct answer *a = ctx;
    uint64_t i;
    if (n == 2 && slice_parse_u64(cells[0], &i) && i < a->n) {
        a->emit(a->emit_ctx, (size_t) i, cells[1]);
        a->got++;
    }
}

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

static void
put_digit_list(struct buf *sql, const char *name)
{
    buf_append_str(sql, "(SELECT 0 AS d");
    for (unsigned i = 1; i < 16; i++) {
        buf_printf(sql, " UNION ALL SELECT %u", i);
    }
    buf_printf(sql, ") %s", name);
}

static STATUS
sql_range(void *ctx, const struct collation_info *info, uint32_t first, uint32_t n,
          collation_emit_fn *emit, void *emit_ctx)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct answer a = {emit, emit_ctx, n, 0};
    buf_append_str(&sql, "SELECT n, WEIGHT_STRING(CONVERT(CHAR(n + ");
    buf_printf(&sql, "%u USING utf32) USING %.*s) COLLATE %.*s)", first, SLICE_ARG(info->charset),
               SLICE_ARG(info->name));
    buf_append_str(&sql, " FROM (SELECT a.d * 4096 + b.d * 256 + c.d * 16 + e.d AS n FROM ");
    put_digit_list(&sql, "a JOIN ");
    put_digit_list(&sql, "b JOIN ");
    put_digit_list(&sql, "c JOIN ");
    put_digit_list(&sql, "e");
    buf_printf(&sql, ") numbers WHERE n < %u", n);
    return run(ctx, &sql, take_range_row, &a);
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
    *out = (struct collation_source){.ctx = sql, .range = sql_range, .strings = sql_strings};
}
