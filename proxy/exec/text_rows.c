/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/text_rows.h"

#include "rewriter/types/type_value.h"

#define UNSIGNED 32

static struct text_rows *
self(struct result_writer *w)
{
    return (struct text_rows *) w;
}

static struct status
columns(struct result_writer *w, const struct wire_column *cols, size_t n)
{
    struct text_rows *t = self(w);
    t->columns = cols;
    t->cells = arena_array(t->r->e->arena, struct slice, n);
    TRY(arena_status(t->r->e->arena));
    return exec_send_columns(t->r, cols, n);
}

static struct status
row(struct result_writer *w, const struct slice *cells, size_t n)
{
    struct text_rows *t = self(w);
    if (!t->r->w->binary) {
        return result_row(t->r->w, cells, n);
    }
    for (size_t i = 0; i < n; i++) {
        CLEANUP(buf_deinit_cleanup) struct buf cell = BUF_INIT;
        t->cells[i] = SLICE_NULL;
        if (cells[i].data) {
            TRY(type_value_text_to_binary(t->columns[i].type, (t->columns[i].flags & UNSIGNED) != 0,
                                          cells[i], &cell));
            t->cells[i] = arena_dup(t->r->e->arena, buf_slice(&cell));
        }
    }
    TRY(arena_status(t->r->e->arena));
    return result_row(t->r->w, t->cells, n);
}

static struct status
end(struct result_writer *w, uint16_t flags, uint16_t warnings)
{
    return result_end(self(w)->r->w, flags, warnings);
}

static struct status
ok(struct result_writer *w, const struct result_ok *o)
{
    return result_ok(self(w)->r->w, o);
}

void
text_rows_init(struct text_rows *t, struct exec_run *r)
{
    static const struct result_ops ops = {.columns = columns, .row = row, .end = end, .ok = ok};
    *t = (struct text_rows){.writer = {.ops = &ops}, .r = r};
}
