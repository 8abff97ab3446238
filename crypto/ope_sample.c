/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixed point throughout: Qk means scaled by 2^k. Shifts of negative numbers are arithmetic (gcc, clang).
 * Every approximation of a root or quotient ends in an exact correction, so the results are those of
 * docs/formats/ciphertexts.md however they were approached.
 */
#include "crypto/ope_sample.h"

#include <stdbool.h>

#include "crypto/block.h"

#define WORDS_MAX (OPE_SAMPLE_EXACT / 64)

/* The ones in n words, n <= WORDS_MAX: counts per byte are summed (at most 128), folded once. */
static unsigned
count_bits(const uint64_t *words, size_t n)
{
    const uint64_t m1 = UINT64_C(0x5555555555555555), m2 = UINT64_C(0x3333333333333333);
    const uint64_t m4 = UINT64_C(0x0f0f0f0f0f0f0f0f), m8 = UINT64_C(0x00ff00ff00ff00ff);
    uint64_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t v = words[i];
        v -= v >> 1 & m1;
        v = (v & m2) + (v >> 2 & m2);
        bytes += (v + (v >> 4)) & m4;
    }
    bytes = (bytes & m8) + (bytes >> 8 & m8);
    return (unsigned) (bytes * UINT64_C(0x0001000100010001) >> 48);
}

/* Ones among the low n bits of s, then of each further block from its low end. */
static unsigned
sample_exact(unsigned n, ope_u128 s, const uint8_t *more)
{
    uint64_t words[WORDS_MAX] = {(uint64_t) s, (uint64_t) (s >> 64)};
    for (size_t i = 2; i * 64 < n; i += 2, more += 16) {
        words[i] = block_load64(more + 8);
        words[i + 1] = block_load64(more);
    }
    const size_t whole = n / 64;
    if (n % 64) {
        words[whole] &= (UINT64_C(1) << n % 64) - 1;
    }
    return count_bits(words, whole + (n % 64 != 0));
}

/* Hides that v is never negative, for which compilers would trade one signed multiplication for an
 * unsigned one and a correction. */
static int64_t
opaque(int64_t v)
{
    __asm__("" : "+r"(v));
    return v;
}

/* (a b) >> shift, exact and signed. */
static int64_t
mul_shift(int64_t a, int64_t b, unsigned shift)
{
    return (int64_t) ((ope_i128) a * b >> shift);
}

/* z > 0 with Q(z) = v / 2^65, in Q58. v is odd. */
static int64_t
normal_quantile(uint64_t v)
{
    const unsigned lz = (unsigned) __builtin_clzll(v);
    const uint64_t fraction = v << lz << 1;                   /* below the leading one */
    const int64_t x = opaque((int64_t) (fraction << 4 >> 5)); /* Q59, below 1 */
    const int64_t *c = ope_sample_table[lz * 16 + (fraction >> 60)];
    int64_t z = c[6];
    for (int j = 5; j >= 0; j--) {
        z = c[j] + mul_shift(z, x, 59);
    }
    return z;
}

/* The quantile of the standardised binomial from that of the normal distribution; Q58 to Q58.
 * nu: floor((2^64 - 1) / n), below 2^54. */
static int64_t
cornish_fisher(int64_t z, uint64_t nu)
{
    const uint64_t nu2 = (uint64_t) ((ope_u128) nu * nu >> 64);
    const int64_t one = INT64_C(1) << 40;
    const int64_t z1 = z >> 18; /* Q40 from here */
    const int64_t z2 = mul_shift(z1, z1, 40);
    const int64_t nu_sum = opaque((int64_t) (nu + nu2 * 6 / 10));
    int64_t sum = -mul_shift(z2 - 3 * one, nu_sum, 64) / 12;
    if (nu2) { /* n < 2^32 */
        const int64_t z4 = mul_shift(z2, z2, 40);
        const int64_t square = opaque((int64_t) nu2);
        sum += mul_shift(z4 - 10 * z2 + 15 * one, square, 64) / 45;
        sum -= mul_shift(3 * z4 - 24 * z2 + 29 * one, square, 64) / 96;
    }
    return z + mul_shift(z1, sum, 22);
}

struct root {
    uint64_t floor;   /* floor(sqrt(x)) */
    uint64_t inverse; /* about 2^62 / sqrt(4x / 2^128), relative error below 2^-40 */
};

/* For 2^126 <= x < 2^128: Newton on 1 / sqrt from 10 bits, one step of the root, then exactly. */
static struct root
root_of(ope_u128 x)
{
    const uint64_t high = (uint64_t) (x >> 64);
    uint64_t r = (uint64_t) ope_sample_roots[(high >> 54) - 256] << 46;
    for (int i = 0; i < 2; i++) {
        const uint64_t r2 = (uint64_t) ((ope_u128) r * r >> 62);
        const uint64_t xr2 = (uint64_t) ((ope_u128) high * r2 >> 62);
        r = (uint64_t) ((ope_u128) r * ((UINT64_C(3) << 62) - xr2) >> 63);
    }
    const ope_u128 wide = (ope_u128) high * r >> 61;
    uint64_t y = wide >> 64 ? UINT64_MAX : (uint64_t) wide;
    const ope_i128 error = (ope_i128) (x - (ope_u128) y * y);
    const int64_t step = mul_shift((int64_t) (error >> 32), opaque((int64_t) (r >> 31)), 63);
    y = step > 0 && y + (uint64_t) step < y ? UINT64_MAX : y + (uint64_t) step;
    ope_i128 left = (ope_i128) (x - (ope_u128) y * y); /* within a few y */
    while (left < 0) {
        y--;
        left += 2 * (ope_i128) y + 1;
    }
    while (left > 2 * (ope_i128) y && y != UINT64_MAX) {
        left -= 2 * (ope_i128) y + 1;
        y++;
    }
    return (struct root){y, r};
}

/* floor((2^64 - 1) / n). q = 3n - 1 shifted left by `even`; inverse: that of its root. */
static uint64_t
reciprocal(ope_u128 n, uint64_t inverse, unsigned even)
{
    if (n >> 64) {
        return 1;
    }
    const uint64_t d = (uint64_t) n;
    if (d < UINT64_C(1) << 20 || d >= UINT64_C(1) << 62) {
        return UINT64_MAX / d;
    }
    /* 1/q = inverse^2 2^(even - 250); then one Newton step, then exactly */
    const uint64_t square =
        (uint64_t) ((ope_u128) inverse * inverse >> 64) * 3; /* Q60 * 3 < 2^62 */
    uint64_t nu = square >> (122 - even);
    int64_t left = (int64_t) (UINT64_MAX - d * nu);
    nu += (uint64_t) mul_shift(left, opaque((int64_t) nu), 64);
    left = (int64_t) (UINT64_MAX - d * nu);
    while (left < 0) {
        nu--;
        left += (int64_t) d;
    }
    while (left >= (int64_t) d) {
        nu++;
        left -= (int64_t) d;
    }
    return nu;
}

static ope_u128
sample_large(ope_u128 n, ope_u128 s)
{
    const uint64_t half = (uint64_t) (s >> 64);
    /* sigma = sqrt((3n - 1) / 12), with a mantissa of 64 bits */
    const ope_u128 q = 3 * n - 1;
    const uint64_t q_high = (uint64_t) (q >> 64);
    const unsigned lead =
        (unsigned) (q_high ? __builtin_clzll(q_high) : 64 + __builtin_clzll((uint64_t) q));
    const unsigned even = lead & ~1U;
    const struct root root = root_of(q << even);
    const uint64_t sigma = (uint64_t) ((ope_u128) root.floor * UINT64_C(5325116328314171700) >> 64);
    const uint64_t nu = reciprocal(n, root.inverse, even);
    const int64_t w = cornish_fisher(normal_quantile(half | 1), nu);
    const unsigned shift = 58 + even / 2 - 20;
    const ope_i128 off = (ope_i128) w * (ope_i128) sigma >> shift; /* Q20 */
    const ope_i128 k = ((ope_i128) (n + 1) << 19) + (half & 1 ? -off : off);
    if (k < 0) {
        return 0;
    }
    return (ope_u128) (k >> 20) > n ? n : (ope_u128) (k >> 20);
}

ope_u128
ope_sample(ope_u128 n, ope_u128 s, const uint8_t *more)
{
    return n <= OPE_SAMPLE_EXACT ? sample_exact((unsigned) n, s, more) : sample_large(n, s);
}
