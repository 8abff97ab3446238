/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/field_list.h"

#include <stdlib.h>

#include "proxy/wire/lenenc.h"
#include "proxy/wire/message.h"
#include "proxy/wire/resultset.h"

/* LIKE on bytes: % any run, _ one. */
static bool
matches(struct slice name, struct slice wild)
{
    size_t n = 0, w = 0, star = SIZE_MAX, back = 0;
    while (n < name.len) {
        if (w < wild.len && wild.data[w] == '%') {
            star = w++;
            back = n;
        } else if (w < wild.len && (wild.data[w] == '_' || wild.data[w] == name.data[n])) {
            w++;
            n++;
        } else if (star != SIZE_MAX) {
            w = star + 1;
            n = ++back;
        } else {
            return false;
        }
    }
    while (w < wild.len && wild.data[w] == '%') {
        w++;
    }
    return w == wild.len;
}

static struct status
fl_columns(struct result_writer *w, const struct wire_column *cols, size_t n)
{
    struct field_list *l = (struct field_list *) w;
    if (l->defs) {
        return OK;
    }
    l->defs = calloc(n ? n : 1, sizeof *l->defs);
    if (l->defs == NULL) {
        RAISE(NO_MEMORY);
    }
    for (size_t i = 0; i < n; i++) {
        if (l->wild.len == 0 || matches(cols[i].name, l->wild)) {
            struct buf *b = &l->defs[l->n++];
            resultset_column_write(b, &cols[i]);
            lenenc_append_cell(b, SLICE_NULL); /* the default, which nobody reads */
            TRY(buf_status(b));
        }
    }
    return OK;
}

static struct status
fl_row(struct result_writer *w, const struct slice *cells, size_t n)
{
    return OK;
}

static struct status
fl_end(struct result_writer *w, uint16_t flags, uint16_t warnings)
{
    return OK;
}

static struct status
fl_ok(struct result_writer *w, const struct result_ok *ok)
{
    return OK;
}

static struct status
fl_infile(struct result_writer *w, struct slice filename)
{
    RAISE(BUG);
}

static struct status
fl_infile_next(struct result_writer *w, struct slice *chunk)
{
    RAISE(BUG);
}

bool
field_list_init(struct field_list *l, struct slice body)
{
    static const struct result_ops ops = {fl_columns, fl_row,    fl_end,
                                          fl_ok,      fl_infile, fl_infile_next};
    struct lenenc_reader r = lenenc_reader_of(body);
    *l = (struct field_list){.writer = {&ops, false}};
    l->table = lenenc_read_nul(&r);
    l->wild = lenenc_read_nul_or_rest(&r);
    return lenenc_reader_ok(&r) && l->table.len > 0;
}

void
field_list_deinit(struct field_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        buf_deinit(&l->defs[i]);
    }
    free(l->defs);
}

struct slice
field_list_query(const struct field_list *l, struct arena *a)
{
    struct buf b = BUF_INIT;
    buf_append_str(&b, "SELECT * FROM `");
    for (size_t i = 0; i < l->table.len; i++) {
        if (l->table.data[i] == '`') {
            buf_append_str(&b, "`");
        }
        buf_append_u8(&b, l->table.data[i]);
    }
    buf_append_str(&b, "` LIMIT 0");
    const struct slice sql = arena_dup(a, buf_slice(&b));
    buf_deinit(&b);
    return sql;
}

void
field_list_write(const struct field_list *l, struct wire_channel *ch, struct session_info *info)
{
    for (size_t i = 0; i < l->n; i++) {
        buf_append_slice(wire_channel_begin(ch), buf_slice(&l->defs[i]));
        wire_channel_end(ch);
    }
    message_end_write(wire_channel_begin(ch), info, 0, 0);
    wire_channel_end(ch);
}
