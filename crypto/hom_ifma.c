/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Montgomery kernel for CPUs with AVX512-IFMA (Intel Ice Lake, AMD Zen 4 and later): radix 2^52, eight digits
 * per register, almost-Montgomery multiplication (inputs and outputs below 2m, R > 4m, so no subtraction) after
 * Gueron and Krasnov, "Accelerating big integer arithmetic using Intel IFMA extensions", ARITH 2016.
 *
 * Per digit b_i: C += lo(A b_i); q makes digit 0 of C + lo(M q) vanish; C moves down one digit;
 * C += hi(A b_i) + hi(M q). A lane gathers at most 4 * 119 products below 2^52, so 64 bits hold it.
 * mul2 interleaves two chains, as one chain waits for the latency of the multiplier.
 *
 * The dispatcher uses this only after a self-test on the CPU at hand; a test runs the same source with the two
 * instructions emulated, for machines without them (HOM_IFMA_TARGET).
 */
#include "crypto/hom_mont.h"

#if defined(__x86_64__)

#    include <immintrin.h>

#    include "base/mem.h"
#    include "crypto/hom_limb.h"

#    ifndef HOM_IFMA_TARGET
#        define HOM_IFMA_TARGET  __attribute__((target("avx512f,avx512ifma")))
#        define MADD_LO(c, a, b) _mm512_madd52lo_epu64((c), (a), (b))
#        define MADD_HI(c, a, b) _mm512_madd52hi_epu64((c), (a), (b))
#        define HOM_IFMA_SUPPORTED \
            (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma"))
#    endif

#    define INLINE HOM_IFMA_TARGET static inline __attribute__((always_inline))
#    define UNROLL _Pragma("GCC unroll 16")

enum {
    RADIX = 52,
    LANES = 8,
    REGISTERS_MAX = 15
};
#    define DIGIT_MASK ((1ULL << RADIX) - 1)

/* One running product. */
struct chain {
    __m512i c[REGISTERS_MAX];
    __m512i b, q;
};

/* First half of a digit's step: C += lo(A b), q from digit 0. */
INLINE void
step_low(struct chain *s, const struct hom_mont *m, const uint64_t *a, uint64_t digit,
         const int regs)
{
    s->b = _mm512_set1_epi64((long long) digit);
    UNROLL
    for (int j = 0; j < regs; j++) {
        s->c[j] = MADD_LO(s->c[j], _mm512_loadu_si512(a + LANES * j), s->b);
    }
    const uint64_t low = (uint64_t) _mm_cvtsi128_si64(_mm512_castsi512_si128(s->c[0]));
    s->q = _mm512_set1_epi64((long long) (low * m->k[0] & DIGIT_MASK));
}

/* Second half: C = (C + lo(M q)) / 2^52 + hi(A b) + hi(M q). */
INLINE void
step_high(struct chain *s, const struct hom_mont *m, const uint64_t *a, const int regs)
{
    UNROLL
    for (int j = 0; j < regs; j++) {
        s->c[j] = MADD_LO(s->c[j], _mm512_loadu_si512(m->m + LANES * j), s->q);
    }
    const __m512i carry = _mm512_maskz_srli_epi64(1, s->c[0], RADIX);
    UNROLL
    for (int j = 0; j < regs - 1; j++) {
        s->c[j] = _mm512_alignr_epi64(s->c[j + 1], s->c[j], 1);
    }
    s->c[regs - 1] = _mm512_alignr_epi64(_mm512_setzero_si512(), s->c[regs - 1], 1);
    s->c[0] = _mm512_add_epi64(s->c[0], carry);
    UNROLL
    for (int j = 0; j < regs; j++) {
        s->c[j] = MADD_HI(s->c[j], _mm512_loadu_si512(a + LANES * j), s->b);
        s->c[j] = MADD_HI(s->c[j], _mm512_loadu_si512(m->m + LANES * j), s->q);
    }
}

/*
 * Digits back below 2^52. First each lane's excess moves up one lane; what is left to carry is one bit, and its
 * ripple is computed as in a carry-lookahead adder: a lane above the mask generates, one equal to it propagates,
 * and the addition of those two bit vectors lets the CPU's own adder do the ripple.
 */
INLINE void
normalise(struct chain *s, uint64_t *out, const int regs)
{
    const __m512i mask = _mm512_set1_epi64((long long) DIGIT_MASK);
    unsigned __int128 generate = 0, propagate = 0;
    __m512i below = _mm512_setzero_si512();
    UNROLL
    for (int j = 0; j < regs; j++) {
        const __m512i excess = _mm512_srli_epi64(s->c[j], RADIX);
        s->c[j] = _mm512_add_epi64(_mm512_and_si512(s->c[j], mask),
                                   _mm512_alignr_epi64(excess, below, LANES - 1));
        below = excess;
        generate |= (unsigned __int128) _mm512_cmpgt_epu64_mask(s->c[j], mask) << (LANES * j);
        propagate |= (unsigned __int128) _mm512_cmpeq_epu64_mask(s->c[j], mask) << (LANES * j);
    }
    const unsigned __int128 carry_in = ((generate << 1) + propagate) ^ propagate;
    UNROLL
    for (int j = 0; j < regs; j++) {
        const __mmask8 k = (__mmask8) (carry_in >> (LANES * j));
        s->c[j] = _mm512_mask_add_epi64(s->c[j], k, s->c[j], _mm512_set1_epi64(1));
        _mm512_storeu_si512(out + LANES * j, _mm512_and_si512(s->c[j], mask));
    }
}

INLINE void
clear(struct chain *s, const int regs)
{
    UNROLL
    for (int j = 0; j < regs; j++) {
        s->c[j] = _mm512_setzero_si512();
    }
}

INLINE void
multiply(const struct hom_mont *m, uint64_t *r, const uint64_t *a, const uint64_t *b,
         const int regs, const int digits)
{
    struct chain s;
    clear(&s, regs);
    for (int i = 0; i < digits; i++) {
        step_low(&s, m, a, b[i], regs);
        step_high(&s, m, a, regs);
    }
    normalise(&s, r, regs);
}

INLINE void
multiply_pair(const struct hom_mont *const m[2], uint64_t *const r[2], const uint64_t *const a[2],
              const uint64_t *const b[2], const int regs, const int digits)
{
    struct chain s, t;
    clear(&s, regs);
    clear(&t, regs);
    for (int i = 0; i < digits; i++) {
        step_low(&s, m[0], a[0], b[0][i], regs);
        step_low(&t, m[1], a[1], b[1][i], regs);
        step_high(&s, m[0], a[0], regs);
        step_high(&t, m[1], a[1], regs);
    }
    normalise(&s, r[0], regs);
    normalise(&t, r[1], regs);
}

/* Digits of a modulus of `limbs` limbs with two bits to spare, and the registers that hold them. */
static const struct size {
    unsigned limbs, digits, registers;
} sizes[] = {{32, 40, 5}, {48, 60, 8}, {64, 80, 10}, {96, 119, 15}};

HOM_IFMA_TARGET static void
ifma_mul(const struct hom_mont *m, uint64_t *r, const uint64_t *a, const uint64_t *b)
{
    switch (m->limbs) {
    case 32:
        multiply(m, r, a, b, 5, 40);
        break;
    case 48:
        multiply(m, r, a, b, 8, 60);
        break;
    case 64:
        multiply(m, r, a, b, 10, 80);
        break;
    default:
        multiply(m, r, a, b, 15, 119);
    }
}

HOM_IFMA_TARGET static void
ifma_mul2(const struct hom_mont *const m[2], uint64_t *const r[2], const uint64_t *const a[2],
          const uint64_t *const b[2])
{
    switch (m[0]->limbs) {
    case 32:
        multiply_pair(m, r, a, b, 5, 40);
        break;
    case 48:
        multiply_pair(m, r, a, b, 8, 60);
        break;
    case 64:
        multiply_pair(m, r, a, b, 10, 80);
        break;
    default:
        multiply_pair(m, r, a, b, 15, 119);
    }
}

static bool
ifma_usable(void)
{
    __builtin_cpu_init();
    return HOM_IFMA_SUPPORTED;
}

static void
ifma_load(const struct hom_mont *m, uint64_t *digits, const uint64_t *limbs)
{
    for (unsigned i = 0, bit = 0; i < m->digits; i++, bit += RADIX) {
        const unsigned word = bit / 64, off = bit % 64;
        uint64_t v = word < m->limbs ? limbs[word] >> off : 0;
        if (off > 64 - RADIX && word + 1 < m->limbs) {
            v |= limbs[word + 1] << (64 - off);
        }
        digits[i] = v & DIGIT_MASK;
    }
}

static void
ifma_store(const struct hom_mont *m, uint64_t *limbs, const uint64_t *digits)
{
    uint64_t wide[HOM_MONT_LIMBS_MAX + 3] = {0};
    for (unsigned i = 0, bit = 0; i < m->rbits / RADIX; i++, bit += RADIX) {
        const unsigned __int128 v = (unsigned __int128) digits[i] << (bit % 64);
        wide[bit / 64] |= (uint64_t) v;
        wide[bit / 64 + 1] |= (uint64_t) (v >> 64);
    }
    if (wide[m->limbs] || !hom_limb_less(wide, m->modulus, m->limbs)) {
        hom_limb_sub_masked(wide, wide, m->modulus, ~0ULL, m->limbs);
    }
    mem_copy(limbs, wide, 8 * m->limbs);
}

static void
ifma_setup(struct hom_mont *m)
{
    const struct size *s = sizes;
    while (s->limbs != m->limbs) {
        s++;
    }
    m->digits = LANES * s->registers;
    m->rbits = RADIX * s->digits;
    ifma_load(m, m->m, m->modulus);
}

const struct hom_mont_ops hom_ifma_ops = {
    .name = "ifma",
    .usable = ifma_usable,
    .setup = ifma_setup,
    .load = ifma_load,
    .store = ifma_store,
    .mul = ifma_mul,
    .mul2 = ifma_mul2,
};

#endif
