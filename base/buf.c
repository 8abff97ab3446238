/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void
buf_init(struct buf *b)
{
    *b = (struct buf) BUF_INIT;
}

void
buf_deinit(struct buf *b)
{
    mem_wipe(b->data, b->cap);
    free(b->data);
    buf_init(b);
}

void
buf_clear(struct buf *b)
{
    mem_wipe(b->data, b->len);
    b->len = 0;
    b->failed = false;
}

static void
grow(struct buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need) {
        cap *= 2;
    }
    /* no realloc: the old block may hold plaintext and must be wiped */
    uint8_t *data = malloc(cap);
    if (data == NULL) {
        b->failed = true;
        return;
    }
    mem_copy(data, b->data, b->len);
    mem_wipe(b->data, b->len);
    free(b->data);
    b->data = data;
    b->cap = cap;
}

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
    size_t need;
    if (b->failed || __builtin_add_overflow(b->len, n, &need) || need > SIZE_MAX / 4 ||
        (b->limit && need > b->limit)) {
        b->failed = true;
        return NULL;
    }
    if (need > b->cap) {
        grow(b, need);
    } else if (b->data == NULL) {
        grow(b, 1);
    }
    return b->failed ? NULL : b->data + b->len;
}

uint8_t *
buf_extend(struct buf *b, size_t n)
{
    uint8_t *p = buf_reserve(b, n);
    if (p) {
        b->len += n;
    }
    return p;
}

void
buf_append(struct buf *b, const void *data, size_t n)
{
    uint8_t *p = buf_extend(b, n);
    if (p) {
        mem_copy(p, data, n);
    }
}

void
buf_append_slice(struct buf *b, struct slice s)
{
    buf_append(b, s.data, s.len);
}

void
buf_append_str(struct buf *b, const char *cstr)
{
    buf_append_slice(b, slice_of_str(cstr));
}

#define APPEND_INT(name, type, put)               \
    void buf_append_##name(struct buf *b, type v) \
    {                                             \
        uint8_t *p = buf_extend(b, sizeof v);     \
        if (p) {                                  \
            put(p, v);                            \
        }                                         \
    }

static void
put_u8(uint8_t *p, uint8_t v)
{
    *p = v;
}

APPEND_INT(u8, uint8_t, put_u8)
APPEND_INT(be16, uint16_t, mem_put_be16)
APPEND_INT(be32, uint32_t, mem_put_be32)
APPEND_INT(be64, uint64_t, mem_put_be64)
APPEND_INT(le16, uint16_t, mem_put_le16)
APPEND_INT(le32, uint32_t, mem_put_le32)
APPEND_INT(le64, uint64_t, mem_put_le64)

void
buf_append_u64_dec(struct buf *b, uint64_t v)
{
    uint8_t tmp[20];
    size_t i = sizeof tmp;
    do {
        tmp[--i] = (uint8_t) ('0' + v % 10);
        v /= 10;
    } while (v);
    buf_append(b, tmp + i, sizeof tmp - i);
}

void
buf_append_i64_dec(struct buf *b, int64_t v)
{
    if (v < 0) {
        buf_append_u8(b, '-');
    }
    buf_append_u64_dec(b, v < 0 ? 0 - (uint64_t) v : (uint64_t) v);
}

void
buf_append_hex(struct buf *b, struct slice s)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *p = buf_extend(b, s.len * 2);
    for (size_t i = 0; p && i < s.len; i++) {
        p[2 * i] = (uint8_t) digits[s.data[i] >> 4];
        p[2 * i + 1] = (uint8_t) digits[s.data[i] & 15];
    }
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n >= 0 ? (char *) buf_reserve(b, (size_t) n + 1) : NULL;
    if (p) {
        vsnprintf(p, (size_t) n + 1, fmt, again);
        b->len += (size_t) n;
    }
    va_end(again);
}

void
buf_consume(struct buf *b, size_t n)
{
    const size_t rest = n < b->len ? b->len - n : 0;
    mem_move(b->data, b->data + (b->len - rest), rest);
    buf_truncate(b, rest);
}

void
buf_truncate(struct buf *b, size_t len)
{
    if (len < b->len) {
        mem_wipe(b->data + len, b->len - len);
        b->len = len;
    }
}

struct slice
buf_slice(const struct buf *b)
{
    return slice_of(b->data ? b->data : (const uint8_t *) "", b->len);
}

const char *
buf_cstr(struct buf *b)
{
    uint8_t *p = buf_reserve(b, 1);
    if (p == NULL) {
        return "";
    }
    *p = '\0';
    return (const char *) b->data;
}

struct status
buf_status(const struct buf *b)
{
    if (!b->failed) {
        return OK;
    }
    if (b->limit) {
        RAISE(LIMIT);
    }
    RAISE(NO_MEMORY);
}
