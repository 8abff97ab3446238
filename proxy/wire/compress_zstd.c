/* SPDX-License-Identifier: Apache-2.0 */
#include <zstd.h>

#include "proxy/wire/compress.h"

static bool
zstd_deflate(struct slice in, int level, struct buf *out)
{
    const size_t start = out->len, cap = ZSTD_compressBound(in.len);
    uint8_t *p = buf_extend(out, cap);
    const size_t n = p ? ZSTD_compress(p, cap, in.data, in.len, level) : 0;
    if (p == NULL || ZSTD_isError(n) || n >= in.len) {
        buf_truncate(out, start);
        return false;
    }
    buf_truncate(out, start + n);
    return true;
}

static bool
zstd_inflate(struct slice in, size_t out_len, struct buf *out)
{
    uint8_t *p = buf_extend(out, out_len);
    return p && ZSTD_decompress(p, out_len, in.data, in.len) == out_len;
}

const struct compress_ops *
compress_zstd(void)
{
    static const struct compress_ops ops = {"zstd", 3, zstd_deflate, zstd_inflate};
    return &ops;
}
