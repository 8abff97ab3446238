/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/store/query.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

static struct status
copy_columns(struct backend_result *r, struct arena *a, struct query_rows *out)
{
    const struct wire_column *from = backend_result_columns(r);
    struct wire_column *to = arena_array(a, struct wire_column, out->n_columns);
    TRY(arena_status(a));
    for (size_t i = 0; i < out->n_columns; i++) {
        to[i].name = arena_dup(a, from[i].name);
    }
    out->columns = to;
    return arena_status(a);
}

static struct status
copy_rows(struct backend_result *r, struct arena *a, struct query_rows *out, struct diag *d)
{
    const size_t n_rows = backend_result_n_rows(r);
    struct slice *cells = arena_array(a, struct slice, n_rows * out->n_columns);
    TRY(arena_status(a));
    const struct slice *row;
    for (;;) {
        TRY(backend_result_next(r, &row, d));
        if (!row || out->n == n_rows) {
            break;
        }
        for (size_t i = 0; i < out->n_columns; i++) {
            cells[out->n * out->n_columns + i] = arena_dup(a, row[i]);
        }
        out->n++;
    }
    out->cells = cells;
    return arena_status(a);
}

struct status
query_rows(struct backend_conn *c, struct arena *a, struct slice sql, struct query_rows *out,
           struct diag *d)
{
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    TRY(backend_query(c, sql, BACKEND_STORE, &r, d));
    *out = (struct query_rows){.n_columns = backend_result_n_columns(r)};
    if (!out->n_columns) {
        return OK;
    }
    TRY(copy_columns(r, a, out));
    return copy_rows(r, a, out, d);
}

struct status
query_exec(struct backend_conn *c, struct diag *d, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t) n >= sizeof(text)) {
        RAISE(BUG);
    }
    return backend_exec(c, slice_of(text, (size_t) n), NULL, d);
}

int
query_column(const struct query_rows *r, const char *name)
{
    for (size_t i = 0; i < r->n_columns; i++) {
        if (slice_equal_str_ci(r->columns[i].name, name)) {
            return (int) i;
        }
    }
    return -1;
}

void
query_quote(struct buf *sql, struct slice text)
{
    buf_append_u8(sql, '\'');
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.data[i];
        if (c == '\'' || c == '\\') {
            buf_append_u8(sql, '\\');
        }
        if (c) {
            buf_append_u8(sql, c);
        } else {
            buf_append_str(sql, "\\0");
        }
    }
    buf_append_u8(sql, '\'');
}

void
query_name(struct buf *sql, struct slice name)
{
    buf_append_u8(sql, '`');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '`') {
            buf_append_u8(sql, '`');
        }
        buf_append_u8(sql, name.data[i]);
    }
    buf_append_u8(sql, '`');
}

void
query_hex(struct buf *sql, struct slice bytes)
{
    if (slice_is_null(bytes)) {
        buf_append_str(sql, "NULL");
        return;
    }
    buf_append_str(sql, "X'");
    buf_append_hex(sql, bytes);
    buf_append_u8(sql, '\'');
}
