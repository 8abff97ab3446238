/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owned, growing bytes with a sticky failure: appends after a failed allocation (or past `limit`) do
 * nothing, and one check at the end (`buf_status`) tells. Wiped on free and on shrink, because a
 * buffer may have held plaintext. Not thread-safe.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "base/status.h"

struct buf {
    uint8_t *data;
    size_t len, cap;
    size_t limit; /* 0: none */
    bool failed;
};

#define BUF_INIT             \
    {                        \
        NULL, 0, 0, 0, false \
    }

void buf_init(struct buf *b);
void buf_deinit(struct buf *b); /* wipes and frees; b is empty and usable again */
void buf_clear(struct buf *b);  /* len = 0, failure reset, memory kept (wiped) */

/* Space for n more bytes; NULL (and failed) when there is none. Does not change len. */
uint8_t *buf_reserve(struct buf *b, size_t n);
/* Appends n uninitialised bytes and returns them, or NULL. */
uint8_t *buf_extend(struct buf *b, size_t n);
void buf_append(struct buf *b, const void *data, size_t n);
void buf_append_slice(struct buf *b, struct slice s);
void buf_append_str(struct buf *b, const char *cstr);
void buf_append_u8(struct buf *b, uint8_t v);
void buf_append_be16(struct buf *b, uint16_t v);
void buf_append_be32(struct buf *b, uint32_t v);
void buf_append_be64(struct buf *b, uint64_t v);
void buf_append_le16(struct buf *b, uint16_t v);
void buf_append_le32(struct buf *b, uint32_t v);
void buf_append_le64(struct buf *b, uint64_t v);
void buf_append_u64_dec(struct buf *b, uint64_t v);
void buf_append_i64_dec(struct buf *b, int64_t v);
void buf_append_hex(struct buf *b, struct slice s); /* lower case, no prefix */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_truncate(struct buf *b, size_t len);
void buf_consume(struct buf *b, size_t n); /* drops the first n bytes */

struct slice buf_slice(const struct buf *b);
/* NUL-terminates (outside len) and returns the text; "" when failed. */
const char *buf_cstr(struct buf *b);
STATUS buf_status(const struct buf *b); /* NO_MEMORY or LIMIT when failed */

static inline void
buf_deinit_cleanup(struct buf *b)
{
    buf_deinit(b);
}
