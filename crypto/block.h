/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic on 16-byte blocks, without branches on their content. Within crypto/ only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

static inline uint64_t
block_swap(uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap64(v);
#else
    return v;
#endif
}

static inline uint64_t
block_load64(const uint8_t *p) /* big-endian */
{
    uint64_t v;
    mem_copy(&v, p, sizeof v);
    return block_swap(v);
}

static inline void
block_store64(uint8_t *p, uint64_t v)
{
    v = block_swap(v);
    mem_copy(p, &v, sizeof v);
}

/* A block as two big-endian halves: arithmetic in registers. Short cells are put together this way, as
 * bytes written one by one and then loaded as a block would stall each time. */
struct block {
    uint64_t hi, lo;
};

static inline struct block
block_load(const uint8_t *p)
{
    return (struct block){block_load64(p), block_load64(p + 8)};
}

static inline void
block_store(uint8_t *p, struct block b)
{
    block_store64(p, b.hi);
    block_store64(p + 8, b.lo);
}

static inline struct block
block_sum(struct block a, struct block b)
{
    return (struct block){a.hi ^ b.hi, a.lo ^ b.lo};
}

/* Multiplication by x in GF(2^128), RFC 5297 section 2.3. */
static inline struct block
block_doubled(struct block b)
{
    return (struct block){b.hi << 1 | b.lo >> 63, b.lo << 1 ^ ((0 - (b.hi >> 63)) & 0x87)};
}

/* n < 8 bytes, then 0x80, then zeros. The pieces may overlap: they agree there. */
static inline uint64_t
block_padded64(const uint8_t *p, size_t n)
{
    uint64_t v = UINT64_C(0x80) << (56 - 8 * n);
    if (n >= 4) {
        v |= (uint64_t) mem_be32(p) << 32 | (uint64_t) mem_be32(p + n - 4) << (64 - 8 * n);
    } else if (n >= 2) {
        v |= (uint64_t) mem_be16(p) << 48 | (uint64_t) p[n - 1] << (64 - 8 * n);
    } else if (n) {
        v |= (uint64_t) p[0] << 56;
    }
    return v;
}

/* n < 16 bytes, then 0x80, then zeros. */
static inline struct block
block_padded(const uint8_t *p, size_t n)
{
    return n < 8 ? (struct block){block_padded64(p, n), 0}
                 : (struct block){block_load64(p), block_padded64(p + 8, n - 8)};
}

/* to ^= from, 16 bytes; any alignment, may be the same block. */
static inline void
block_xor(uint8_t *to, const uint8_t *from)
{
    uint64_t a[2], b[2];
    mem_copy(a, to, sizeof a);
    mem_copy(b, from, sizeof b);
    a[0] ^= b[0];
    a[1] ^= b[1];
    mem_copy(to, a, sizeof a);
}

/* out = a ^ b for n <= 16 bytes. */
static inline void
block_xor_part(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)
{
    if (n == 16) {
        uint8_t t[16];
        mem_copy(t, a, 16);
        block_xor(t, b);
        mem_copy(out, t, 16);
        return;
    }
    size_t i = 0;
    if (n >= 8) {
        uint64_t x, y;
        mem_copy(&x, a, 8);
        mem_copy(&y, b, 8);
        x ^= y;
        mem_copy(out, &x, 8);
        i = 8;
    }
    for (; i < n; i++) {
        out[i] = a[i] ^ b[i];
    }
}

static inline void
block_double(uint8_t *b)
{
    block_store(b, block_doubled(block_load(b)));
}

/* 0 when equal; accumulates over a batch with |=, so that only one branch sees the outcome. */
static inline uint64_t
block_differ(const uint8_t *a, const uint8_t *b)
{
    uint64_t x[2], y[2];
    mem_copy(x, a, sizeof x);
    mem_copy(y, b, sizeof y);
    return (x[0] ^ y[0]) | (x[1] ^ y[1]);
}
