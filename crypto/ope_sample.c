/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixed point throughout: Qk means scaled by 2^k. Shifts of negative numbers are arithmetic (gcc, clang).
 */
#include "crypto/ope_sample.h"

#include <stdbool.h>

#include "crypto/block.h"

static unsigned
count_bits(ope_u128 v)
{
    return (unsigned) (__builtin_popcountll((uint64_t) v) +
                       __builtin_popcountll((uint64_t) (v >> 64)));
}

static ope_u128
low_bits(ope_u128 v, unsigned n)
{
    return n >= 128 ? v : v & (((ope_u128) 1 << n) - 1);
}

static ope_u128
sample_middle(unsigned n, ope_u128 s, const uint8_t *more)
{
    unsigned count = count_bits(s);
    for (unsigned left = n - 128; left; more += 16) {
        const unsigned now = left < 128 ? left : 128;
        const ope_u128 b = (ope_u128) block_load64(more) << 64 | block_load64(more + 8);
        count += count_bits(low_bits(b, now));
        left -= now;
    }
    return count;
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
    const uint64_t fraction = v << lz << 1;           /* below the leading one */
    const int64_t x = (int64_t) (fraction << 4 >> 5); /* Q59, below 1 */
    const int64_t *c = ope_sample_table[lz * 16 + (fraction >> 60)];
    int64_t z = c[6];
    for (int j = 5; j >= 0; j--) {
        z = c[j] + mul_shift(z, x, 59);
    }
    return z;
}

/* The quantile of the standardised binomial from that of the normal distribution; Q58 to Q58. */
static int64_t
cornish_fisher(int64_t z, ope_u128 n)
{
    const uint64_t nu = n >> 64 ? 1 : UINT64_MAX / (uint64_t) n; /* 1/n in Q64 */
    const uint64_t nu2 = (uint64_t) ((ope_u128) nu * nu >> 64);
    const int64_t one = INT64_C(1) << 40;
    const int64_t z1 = z >> 18; /* Q40 from here */
    const int64_t z2 = mul_shift(z1, z1, 40);
    const int64_t z4 = mul_shift(z2, z2, 40);
    const uint64_t nu_sum = nu + nu2 * 6 / 10;
    const int64_t a = -(int64_t) ((ope_i128) (z2 - 3 * one) * (ope_i128) nu_sum >> 64) / 12;
    const int64_t b = (int64_t) ((ope_i128) (z4 - 10 * z2 + 15 * one) * nu2 >> 64) / 45;
    const int64_t c = (int64_t) ((ope_i128) (3 * z4 - 24 * z2 + 29 * one) * nu2 >> 64) / 96;
    return z + mul_shift(z1, a + b - c, 22);
}

/* 1 / sqrt((2i + 1) / 64) in Q62, its upper 16 bits; i from 32 to 127 are the upper bits of x. */
static uint64_t
first_root(unsigned i)
{
    static const uint16_t upper[96] = {
        65029, 64051, 63116, 62221, 61363, 60539, 59748, 58987, 58254, 57548, 56867, 56209,
        55574, 54960, 54366, 53790, 53233, 52692, 52168, 51659, 51165, 50684, 50217, 49763,
        49320, 48890, 48470, 48061, 47662, 47273, 46893, 46523, 46160, 45807, 45461, 45123,
        44792, 44469, 44153, 43843, 43539, 43242, 42951, 42665, 42386, 42111, 41842, 41578,
        41319, 41065, 40815, 40570, 40329, 40093, 39860, 39632, 39407, 39187, 38970, 38756,
        38546, 38339, 38136, 37936, 37739, 37545, 37353, 37165, 36980, 36797, 36617, 36440,
        36265, 36093, 35923, 35756, 35590, 35428, 35267, 35108, 34952, 34798, 34645, 34495,
        34347, 34200, 34056, 33913, 33772, 33633, 33495, 33359, 33225, 33092, 32961, 32832,
    };
    return (uint64_t) upper[i - 32] << 46;
}

/* floor(sqrt(x)) for 2^126 <= x < 2^128: Newton on 1 / sqrt, one step of the root, then exactly. */
static uint64_t
root_floor(ope_u128 x)
{
    const uint64_t high = (uint64_t) (x >> 64); /* x / 2^64, Q64; r: 1 / sqrt(4 high), Q62 */
    uint64_t r = first_root((unsigned) (high >> 57));
    for (int i = 0; i < 3; i++) {
        const uint64_t r2 = (uint64_t) ((ope_u128) r * r >> 62);
        const uint64_t xr2 = (uint64_t) ((ope_u128) high * r2 >> 62);
        r = (uint64_t) ((ope_u128) r * ((UINT64_C(3) << 62) - xr2) >> 63);
    }
    const ope_u128 wide = (ope_u128) high * r >> 61;
    uint64_t y = wide >> 64 ? UINT64_MAX : (uint64_t) wide;
    const ope_i128 error = (ope_i128) (x - (ope_u128) y * y);
    const int64_t step = mul_shift((int64_t) (error >> 32), (int64_t) (r >> 31), 63);
    y = step > 0 && y + (uint64_t) step < y ? UINT64_MAX : y + (uint64_t) step;
    while ((ope_u128) y * y > x) {
        y--;
    }
    while (y != UINT64_MAX && (ope_u128) (y + 1) * (y + 1) <= x) {
        y++;
    }
    return y;
}

static ope_u128
sample_large(ope_u128 n, ope_u128 s)
{
    const uint64_t half = (uint64_t) (s >> 64);
    const int64_t w = cornish_fisher(normal_quantile(half | 1), n);
    /* sigma = sqrt((3n - 1) / 12), with a mantissa of 64 bits */
    const ope_u128 q = 3 * n - 1;
    const uint64_t q_high = (uint64_t) (q >> 64);
    const unsigned lead =
        (unsigned) (q_high ? __builtin_clzll(q_high) : 64 + __builtin_clzll((uint64_t) q));
    const unsigned even = lead & ~1U;
    const uint64_t sigma =
        (uint64_t) ((ope_u128) root_floor(q << even) * UINT64_C(5325116328314171700) >> 64);
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
    if (n <= OPE_SAMPLE_DIRECT) {
        return count_bits(low_bits(s, (unsigned) n));
    }
    if (n <= OPE_SAMPLE_EXACT) {
        return sample_middle((unsigned) n, s, more);
    }
    return sample_large(n, s);
}
