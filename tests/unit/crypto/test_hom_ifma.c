/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IFMA kernel's source with its two instructions emulated, so that any machine with AVX-512F tests the
 * arithmetic; the instructions themselves are tested by the dispatcher's self-test where they exist.
 */
#include <immintrin.h>

#include "base/mem.h"
#include "cm.h"

#define HOM_IFMA_TARGET    __attribute__((target("avx512f")))
#define HOM_IFMA_SUPPORTED __builtin_cpu_supports("avx512f")
#define hom_ifma_ops       emulated_ops

typedef uint64_t lanes_t[8] __attribute__((aligned(64)));

HOM_IFMA_TARGET static __m512i
madd(__m512i c, __m512i a, __m512i b, unsigned shift)
{
    lanes_t x, y, z;
    _mm512_store_si512(x, a);
    _mm512_store_si512(y, b);
    _mm512_store_si512(z, c);
    for (int i = 0; i < 8; i++) {
        const uint64_t mask = (1ULL << 52) - 1;
        const unsigned __int128 p = (unsigned __int128) (x[i] & mask) * (y[i] & mask);
        z[i] += (uint64_t) (p >> shift) & mask;
    }
    return _mm512_load_si512(z);
}

#define MADD_LO(c, a, b) madd((c), (a), (b), 0)
#define MADD_HI(c, a, b) madd((c), (a), (b), 52)

#include "crypto/hom_ifma.c"

/* Digits full of ones make the longest ripples. */
HOM_IFMA_TARGET static void
ripple(unsigned ones, unsigned at)
{
    struct chain s;
    lanes_t in[REGISTERS_MAX], out[REGISTERS_MAX];
    uint64_t *const flat_in = in[0], *const flat_out = out[0];
    for (unsigned i = 0; i < LANES * REGISTERS_MAX; i++) {
        flat_in[i] = i >= at && i < at + ones ? DIGIT_MASK : 0;
    }
    flat_in[at] = (5ULL << RADIX) + DIGIT_MASK - 2; /* excess 5 goes up: above the mask there */
    flat_in[at + 1] = DIGIT_MASK;
    for (int j = 0; j < REGISTERS_MAX; j++) {
        s.c[j] = _mm512_load_si512(in[j]);
    }
    normalise(&s, flat_out, REGISTERS_MAX);
    uint64_t carry = 0;
    for (unsigned i = 0; i < LANES * REGISTERS_MAX; i++) {
        const uint64_t want = flat_in[i] + carry;
        assert_int_equal(flat_out[i], want & DIGIT_MASK);
        carry = want >> RADIX;
    }
}

static void
carries_ripple_across_registers(void **unused)
{
    if (!emulated_ops.usable()) {
        skip();
    }
    for (unsigned at = 0; at < 20; at++) {
        for (unsigned ones = 2; ones < 95; ones++) {
            ripple(ones, at);
        }
    }
}

static void
arithmetic_equals_the_portable_kernel(void **unused)
{
    if (!emulated_ops.usable()) {
        skip();
    }
    assert_true(hom_mont_self_test(&emulated_ops));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_ripple_across_registers),
        cmocka_unit_test(arithmetic_equals_the_portable_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
