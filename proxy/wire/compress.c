/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/compress.h"

#include <zlib.h>

#include "base/mem.h"

#define FRAGMENT_MAX 0xffffffu

static uint32_t
read_u24(const uint8_t *p)
{
    return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16;
}

static void
put_u24(uint8_t *p, size_t v)
{
    mem_put_le16(p, (uint16_t) v);
    p[2] = (uint8_t) (v >> 16);
}

static bool
zlib_deflate(struct slice in, int level, struct buf *out)
{
    uLongf n = compressBound(in.len);
    const size_t start = out->len;
    uint8_t *p = buf_extend(out, n);
    if (p == NULL || compress2(p, &n, in.data, in.len, level) != Z_OK || n >= in.len) {
        buf_truncate(out, start);
        return false;
    }
    buf_truncate(out, start + n);
    return true;
}

static bool
zlib_inflate(struct slice in, size_t out_len, struct buf *out)
{
    uLongf n = out_len;
    uint8_t *p = buf_extend(out, out_len);
    return p && uncompress(p, &n, in.data, in.len) == Z_OK && n == out_len;
}

const struct compress_ops compress_zlib = {"zlib", 6, zlib_deflate, zlib_inflate};

void
compress_frame(const struct compress_ops *ops, int level, struct slice plain, uint8_t *seq,
               struct buf *out)
{
    while (plain.len) {
        const struct slice part = slice_sub(plain, 0, FRAGMENT_MAX);
        const size_t start = out->len;
        plain = slice_from(plain, part.len);
        if (buf_extend(out, COMPRESS_HEADER) == NULL) {
            return;
        }
        const bool small = part.len < COMPRESS_MIN;
        const bool packed = !small && ops->deflate(part, level, out) &&
                            out->len - start - COMPRESS_HEADER <= FRAGMENT_MAX;
        if (!packed) {
            buf_truncate(out, start + COMPRESS_HEADER);
            buf_append_slice(out, part);
        }
        if (out->failed) {
            return;
        }
        put_u24(out->data + start, out->len - start - COMPRESS_HEADER);
        out->data[start + 3] = (*seq)++;
        put_u24(out->data + start + 4, packed ? part.len : 0);
    }
}

bool
compress_unframe(const struct compress_ops *ops, struct slice raw, uint8_t *seq, size_t *used,
                 struct buf *plain)
{
    *used = 0;
    if (raw.len < COMPRESS_HEADER) {
        return true;
    }
    const size_t packed_len = read_u24(raw.data), plain_len = read_u24(raw.data + 4);
    if (raw.data[3] != *seq) {
        return false;
    }
    if (raw.len - COMPRESS_HEADER < packed_len) {
        return true;
    }
    const struct slice body = slice_sub(raw, COMPRESS_HEADER, packed_len);
    (*seq)++;
    *used = COMPRESS_HEADER + packed_len;
    if (plain_len == 0) {
        buf_append_slice(plain, body);
        return !plain->failed;
    }
    return ops->inflate(body, plain_len, plain);
}
