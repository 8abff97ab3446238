/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/lenenc.h"

#include <string.h>

#include "base/mem.h"

static const uint8_t empty[1];

struct lenenc_reader
lenenc_reader_of(struct slice packet)
{
    return (struct lenenc_reader){packet.data ? packet : slice_of(empty, 0), false};
}

bool
lenenc_reader_ok(const struct lenenc_reader *r)
{
    return !r->failed;
}

bool
lenenc_reader_at_end(const struct lenenc_reader *r)
{
    return r->failed || r->rest.len == 0;
}

struct slice
lenenc_read_bytes(struct lenenc_reader *r, size_t n)
{
    if (r->failed || r->rest.len < n) {
        r->failed = true;
        return SLICE_NULL;
    }
    const struct slice s = slice_of(r->rest.data, n);
    r->rest = slice_of(r->rest.data + n, r->rest.len - n);
    return s;
}

struct slice
lenenc_read_rest(struct lenenc_reader *r)
{
    return lenenc_read_bytes(r, r->rest.len);
}

uint8_t
lenenc_read_u8(struct lenenc_reader *r)
{
    const struct slice s = lenenc_read_bytes(r, 1);
    return s.data ? s.data[0] : 0;
}

uint16_t
lenenc_read_u16(struct lenenc_reader *r)
{
    const struct slice s = lenenc_read_bytes(r, 2);
    return s.data ? mem_le16(s.data) : 0;
}

uint32_t
lenenc_read_u32(struct lenenc_reader *r)
{
    const struct slice s = lenenc_read_bytes(r, 4);
    return s.data ? mem_le32(s.data) : 0;
}

uint64_t
lenenc_read_u64(struct lenenc_reader *r)
{
    const struct slice s = lenenc_read_bytes(r, 8);
    return s.data ? mem_le64(s.data) : 0;
}

struct slice
lenenc_read_nul(struct lenenc_reader *r)
{
    const uint8_t *end =
        r->failed || r->rest.len == 0 ? NULL : memchr(r->rest.data, 0, r->rest.len);
    if (end == NULL) {
        r->failed = true;
        return SLICE_NULL;
    }
    const struct slice s = lenenc_read_bytes(r, (size_t) (end - r->rest.data));
    (void) lenenc_read_bytes(r, 1);
    return s;
}

struct slice
lenenc_read_nul_or_rest(struct lenenc_reader *r)
{
    if (!r->failed && (r->rest.len == 0 || memchr(r->rest.data, 0, r->rest.len) == NULL)) {
        return lenenc_read_rest(r);
    }
    return lenenc_read_nul(r);
}

uint64_t
lenenc_read_int(struct lenenc_reader *r)
{
    const uint8_t first = lenenc_read_u8(r);
    struct slice s;
    switch (first) {
    case 0xfc:
        return lenenc_read_u16(r);
    case 0xfd:
        s = lenenc_read_bytes(r, 3);
        return s.data
                   ? (uint32_t) s.data[0] | (uint32_t) s.data[1] << 8 | (uint32_t) s.data[2] << 16
                   : 0;
    case 0xfe:
        return lenenc_read_u64(r);
    case 0xfb:
    case 0xff:
        r->failed = true;
        return 0;
    default:
        return first;
    }
}

struct slice
lenenc_read_string(struct lenenc_reader *r)
{
    const uint64_t n = lenenc_read_int(r);
    if (r->failed || n > r->rest.len) {
        r->failed = true;
        return SLICE_NULL;
    }
    return lenenc_read_bytes(r, (size_t) n);
}

size_t
lenenc_put_int(uint8_t *p, uint64_t v)
{
    if (v < 251) {
        p[0] = (uint8_t) v;
        return 1;
    }
    if (v < 1u << 16) {
        p[0] = 0xfc;
        mem_put_le16(p + 1, (uint16_t) v);
        return 3;
    }
    if (v < 1u << 24) {
        p[0] = 0xfd;
        mem_put_le16(p + 1, (uint16_t) v);
        p[3] = (uint8_t) (v >> 16);
        return 4;
    }
    p[0] = 0xfe;
    mem_put_le64(p + 1, v);
    return 9;
}

void
lenenc_append_int(struct buf *b, uint64_t v)
{
    uint8_t tmp[9];
    buf_append(b, tmp, lenenc_put_int(tmp, v));
}

void
lenenc_append_string(struct buf *b, struct slice s)
{
    lenenc_append_int(b, s.len);
    buf_append_slice(b, s);
}

void
lenenc_append_cell(struct buf *b, struct slice s)
{
    if (slice_is_null(s)) {
        buf_append_u8(b, 0xfb);
    } else {
        lenenc_append_string(b, s);
    }
}
