/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few operations on 64-bit limb vectors (little-endian) that the public side needs, in C: the
 * server's UDF library is self-contained, and distributions do not build libgmp.a for use in one.
 * Carries are handled without branches. r may equal a or b.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t
hom_limb_add(uint64_t *r, const uint64_t *a, const uint64_t *b, unsigned n)
{
    unsigned __int128 sum = 0;
    for (unsigned i = 0; i < n; i++) {
        sum += (unsigned __int128) a[i] + b[i];
        r[i] = (uint64_t) sum;
        sum >>= 64;
    }
    return (uint64_t) sum;
}

/* r = a - (b & mask); returns the borrow. */
static inline uint64_t
hom_limb_sub_masked(uint64_t *r, const uint64_t *a, const uint64_t *b, uint64_t mask, unsigned n)
{
    uint64_t borrow = 0;
    for (unsigned i = 0; i < n; i++) {
        const unsigned __int128 d = (unsigned __int128) a[i] - (b[i] & mask) - borrow;
        r[i] = (uint64_t) d;
        borrow = (uint64_t) (d >> 64) & 1;
    }
    return borrow;
}

static inline bool
hom_limb_less(const uint64_t *a, const uint64_t *b, unsigned n)
{
    for (unsigned i = n; i-- > 0;) {
        if (a[i] != b[i]) {
            return a[i] < b[i];
        }
    }
    return false;
}

static inline bool
hom_limb_is_zero(const uint64_t *a, unsigned n)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < n; i++) {
        any |= a[i];
    }
    return any == 0;
}

/* t += a * b, one limb b; returns the carry limb. */
static inline uint64_t
hom_limb_addmul(uint64_t *t, const uint64_t *a, uint64_t b, unsigned n)
{
    uint64_t carry = 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < n; i++) {
        const unsigned __int128 x = (unsigned __int128) a[i] * b + t[i] + carry;
        t[i] = (uint64_t) x;
        carry = (uint64_t) (x >> 64);
    }
    return carry;
}

/* t = a * b in 2n limbs; t is apart from both. */
static inline void
hom_limb_mul(uint64_t *t, const uint64_t *a, const uint64_t *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        t[i] = 0;
    }
    for (unsigned i = 0; i < n; i++) {
        t[i + n] = hom_limb_addmul(t + i, a, b[i], n);
    }
}
