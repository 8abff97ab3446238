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

/* Multiplication by x in GF(2^128), RFC 5297 section 2.3. */
static inline void
block_double(uint8_t *b)
{
    const uint64_t hi = block_load64(b);
    const uint64_t lo = block_load64(b + 8);
    block_store64(b, hi << 1 | lo >> 63);
    block_store64(b + 8, lo << 1 ^ ((0 - (hi >> 63)) & 0x87));
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
