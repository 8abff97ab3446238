/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/resultset.h"

#include <stdlib.h>

#include "base/mem.h"
#include "proxy/wire/command.h"
#include "proxy/wire/lenenc.h"
#include "proxy/wire/message.h"
#include "proxy/wire/protocol.h"

#define LENENC_MAX 9

static struct resultset *
self(struct result_writer *w)
{
    return (struct resultset *) w;
}

bool
resultset_wants_metadata(const struct session_info *info)
{
    return (info->caps & CLIENT_OPTIONAL_METADATA) == 0 || !info->no_metadata;
}

void
resultset_column_write(struct buf *out, const struct wire_column *col)
{
    lenenc_append_string(out, SLICE("def"));
    lenenc_append_string(out, col->schema);
    lenenc_append_string(out, col->table);
    lenenc_append_string(out, col->org_table);
    lenenc_append_string(out, col->name);
    lenenc_append_string(out, col->org_name);
    lenenc_append_int(out, 0x0c);
    buf_append_le16(out, col->charset);
    buf_append_le32(out, col->length);
    buf_append_u8(out, col->type);
    buf_append_le16(out, col->flags);
    buf_append_u8(out, col->decimals);
    buf_append_le16(out, 0);
}

static void
end_packet(struct wire_channel *ch, struct session_info *info, uint16_t flags, uint16_t warnings)
{
    message_end_write(wire_channel_begin(ch), info, flags, warnings);
    wire_channel_end(ch);
}

static void
definitions(struct wire_channel *ch, const struct wire_column *cols, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        resultset_column_write(wire_channel_begin(ch), &cols[i]);
        wire_channel_end(ch);
    }
}

void
resultset_columns_write(struct wire_channel *ch, struct session_info *info,
                        const struct wire_column *cols, size_t n)
{
    definitions(ch, cols, n);
    if (n && (info->caps & CLIENT_DEPRECATE_EOF) == 0) {
        end_packet(ch, info, 0, info->warning_count);
    }
}

static struct status
remember_types(struct resultset *rs, const struct wire_column *cols, size_t n)
{
    if (n > rs->types_cap) {
        free(rs->types);
        rs->types = malloc(n);
        rs->types_cap = rs->types ? n : 0;
    }
    if (rs->types == NULL && n) {
        RAISE(NO_MEMORY);
    }
    for (size_t i = 0; i < n; i++) {
        rs->types[i] = cols[i].type;
    }
    rs->n_columns = n;
    return OK;
}

static struct status
rs_columns(struct result_writer *w, const struct wire_column *cols, size_t n)
{
    struct resultset *rs = self(w);
    const bool metadata = resultset_wants_metadata(rs->info);
    TRY(remember_types(rs, cols, n));
    rs->is_capturing = rs->cursor && rs->n_results == 0;
    rs->is_open = true;
    rs->n_results++;
    struct buf *out = wire_channel_begin(rs->ch);
    if (rs->info->caps & CLIENT_OPTIONAL_METADATA) {
        buf_append_u8(out, metadata);
    }
    lenenc_append_int(out, n);
    wire_channel_end(rs->ch);
    if (metadata) {
        definitions(rs->ch, cols, n);
    }
    if (rs->is_capturing) {
        rs->cursor->has_cursor = true;
        end_packet(rs->ch, rs->info, SERVER_STATUS_CURSOR_EXISTS, 0);
    } else if ((rs->info->caps & CLIENT_DEPRECATE_EOF) == 0) {
        end_packet(rs->ch, rs->info, 0, 0);
    }
    return rs->ch->failed;
}

/* The whole row is sized first, so that the hot loop writes without checks. */
static size_t
row_bound(const struct slice *cells, size_t n)
{
    size_t len = 1 + (n + 9) / 8;
    for (size_t i = 0; i < n; i++) {
        len += cells[i].len + LENENC_MAX;
    }
    return len;
}

static void
text_row(struct buf *out, const struct slice *cells, size_t n)
{
    uint8_t *p = buf_reserve(out, row_bound(cells, n));
    uint8_t *start = p;
    if (p == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (cells[i].data == NULL) {
            *p++ = 0xfb;
            continue;
        }
        p += lenenc_put_int(p, cells[i].len);
        mem_copy(p, cells[i].data, cells[i].len);
        p += cells[i].len;
    }
    out->len += (size_t) (p - start);
}

/* False when a cell does not have its type's length. */
static bool
binary_row(struct buf *out, const struct slice *cells, size_t n, const uint8_t *types)
{
    uint8_t *p = buf_reserve(out, row_bound(cells, n));
    uint8_t *start = p, *nulls;
    if (p == NULL) {
        return true; /* sticky in the buffer */
    }
    *p++ = 0;
    nulls = p;
    mem_zero(nulls, (n + 9) / 8);
    p += (n + 9) / 8;
    for (size_t i = 0; i < n; i++) {
        const size_t fixed = command_type_fixed_len(types[i]);
        if (cells[i].data == NULL) {
            nulls[(i + 2) / 8] |= (uint8_t) (1u << (i + 2) % 8);
            continue;
        }
        if (fixed && cells[i].len != fixed) {
            return false;
        }
        if (!fixed) {
            p += lenenc_put_int(p, cells[i].len);
        }
        mem_copy(p, cells[i].data, cells[i].len);
        p += cells[i].len;
    }
    out->len += (size_t) (p - start);
    return true;
}

static bool
put_row(struct resultset *rs, struct buf *out, const struct slice *cells, size_t n)
{
    if (rs->writer.binary) {
        return binary_row(out, cells, n, rs->types);
    }
    text_row(out, cells, n);
    return true;
}

static struct status
capture_row(struct resultset *rs, const struct slice *cells, size_t n)
{
    struct buf *out = &rs->cursor->cursor;
    const size_t at = out->len;
    buf_append_le64(out, 0);
    if (!put_row(rs, out, cells, n)) {
        RAISE(BUG);
    }
    TRY(buf_status(out));
    mem_put_le64(out->data + at, out->len - at - 8);
    return OK;
}

static struct status
rs_row(struct result_writer *w, const struct slice *cells, size_t n)
{
    struct resultset *rs = self(w);
    if (n != rs->n_columns || !rs->is_open) {
        RAISE(BUG);
    }
    rs->n_rows++;
    if (rs->is_capturing) {
        return capture_row(rs, cells, n);
    }
    if (!put_row(rs, wire_channel_begin(rs->ch), cells, n)) {
        wire_channel_abort(rs->ch);
        RAISE(BUG);
    }
    wire_channel_end(rs->ch);
    return rs->ch->failed;
}

static struct status
rs_end(struct result_writer *w, uint16_t flags, uint16_t warnings)
{
    struct resultset *rs = self(w);
    rs->is_open = false;
    if (rs->is_capturing) {
        rs->is_capturing = false;
        return OK;
    }
    end_packet(rs->ch, rs->info, flags, warnings);
    return rs->ch->failed;
}

static struct status
rs_ok(struct result_writer *w, const struct result_ok *ok)
{
    struct resultset *rs = self(w);
    rs->n_results++;
    message_ok_write(wire_channel_begin(rs->ch), rs->info, ok);
    wire_channel_end(rs->ch);
    return rs->ch->failed;
}

static struct status
rs_infile(struct result_writer *w, struct slice filename)
{
    struct resultset *rs = self(w);
    if (!rs->allow_infile || (rs->info->caps & CLIENT_LOCAL_FILES) == 0) {
        RAISE(POLICY);
    }
    struct buf *out = wire_channel_begin(rs->ch);
    buf_append_u8(out, WIRE_INFILE);
    buf_append_slice(out, filename);
    wire_channel_end(rs->ch);
    TRY(wire_channel_flush(rs->ch));
    wire_channel_hold(rs->ch);
    rs->is_infile = true;
    return OK;
}

static struct status
rs_infile_next(struct result_writer *w, struct slice *chunk)
{
    struct resultset *rs = self(w);
    static const uint8_t none[1];
    *chunk = slice_of(none, 0);
    if (rs->is_infile) {
        TRY(wire_channel_read(rs->ch, rs->ch->write_timeout_us, chunk));
        rs->is_infile = chunk->len > 0;
    }
    return OK;
}

static const struct result_ops ops = {rs_columns, rs_row, rs_end, rs_ok, rs_infile, rs_infile_next};

void
resultset_init(struct resultset *rs, struct wire_channel *ch, struct session_info *info,
               bool binary)
{
    *rs = (struct resultset){.writer = {&ops, binary}, .ch = ch, .info = info};
}

void
resultset_deinit(struct resultset *rs)
{
    free(rs->types);
    rs->types = NULL;
}

void
resultset_fetch(struct wire_channel *ch, struct session_info *info, struct prepared *p, uint32_t n)
{
    const struct slice rows = buf_slice(&p->cursor);
    for (; n > 0 && p->cursor_pos < rows.len; n--) {
        const size_t len = (size_t) mem_le64(rows.data + p->cursor_pos);
        buf_append_slice(wire_channel_begin(ch), slice_sub(rows, p->cursor_pos + 8, len));
        wire_channel_end(ch);
        p->cursor_pos += 8 + len;
    }
    const bool last = p->cursor_pos >= rows.len;
    end_packet(ch, info, last ? SERVER_STATUS_LAST_ROW_SENT : SERVER_STATUS_CURSOR_EXISTS, 0);
    if (last) {
        buf_deinit(&p->cursor);
        p->cursor_pos = 0;
        p->has_cursor = false;
    }
}
