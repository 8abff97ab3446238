/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Montgomery arithmetic for one odd modulus of 2048, 3072, 4096 or 6144 bits, over exchangeable
 * kernels (hom_mont.c: portable C; hom_adx.c: x86-64 MULX/ADX; hom_ifma.c: AVX512-IFMA). A
 * kernel is chosen once per process: the fastest that this CPU has and that agrees with the portable
 * one on a self-test, so a kernel can never give a wrong sum silently.
 *
 * Numbers outside are 64-bit limbs, little-endian; inside a kernel they are its `digits`, which may
 * stand for any residue representative below 2m. mul gives a b / R mod m with R = 2^rbits.
 * Immutable after init, no allocation, no secret branches inside a kernel's mul.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
    HOM_MONT_LIMBS_MAX = 96,
    HOM_MONT_DIGITS_MAX = 120,
};

struct hom_mont;

struct hom_mont_ops {
    const char *name;
    bool (*usable)(void);
    /* Sets digits, rbits, k0 and kernel constants from limbs and modulus. */
    void (*setup)(struct hom_mont *m);
    void (*load)(const struct hom_mont *m, uint64_t *digits, const uint64_t *limbs);
    void (*store)(const struct hom_mont *m, uint64_t *limbs, const uint64_t *digits); /* < m */
    void (*mul)(const struct hom_mont *m, uint64_t *r, const uint64_t *a, const uint64_t *b);
    /* r[i] = a[i] b[i] / R mod m[i] for two independent products of the same size. */
    void (*mul2)(const struct hom_mont *const m[2], uint64_t *const r[2],
                 const uint64_t *const a[2], const uint64_t *const b[2]);
};

struct hom_mont {
    _Alignas(64) uint64_t m[HOM_MONT_DIGITS_MAX];  /* modulus, in digits */
    _Alignas(64) uint64_t r1[HOM_MONT_DIGITS_MAX]; /* R mod m, in digits: one in Montgomery form */
    _Alignas(64) uint64_t r2[HOM_MONT_DIGITS_MAX]; /* R^2 mod m, in digits */
    uint64_t modulus[HOM_MONT_LIMBS_MAX];
    uint64_t k[8]; /* -1/m mod 2^64 (or wider): kernel's own use, k[0] always set */
    const struct hom_mont_ops *ops;
    unsigned limbs, digits, rbits;
};

/* modulus: `limbs` (32, 48, 64 or 96) limbs, odd, above 2^(64 limbs - 2). KEY_WRONG otherwise.
 * ops NULL: the best kernel. m must be 64-byte aligned. */
STATUS hom_mont_init(struct hom_mont *m, const uint64_t *modulus, unsigned limbs,
                     const struct hom_mont_ops *ops);

/* r = R^(e+1) mod m in digits, that is R^e in Montgomery form. */
void hom_mont_pow_r(const struct hom_mont *m, uint64_t *r, uint64_t e);

const struct hom_mont_ops *hom_mont_best(void);
const struct hom_mont_ops *hom_mont_at(size_t i); /* all compiled-in kernels; NULL past the end */
bool hom_mont_self_test(const struct hom_mont_ops *ops); /* usable and equal to the portable one */

extern const struct hom_mont_ops hom_mont_portable, hom_adx_ops, hom_ifma_ops;

/* Little-endian bytes <-> limbs. len = 8 * limbs. */
void hom_mont_limbs_from_le(uint64_t *limbs, const uint8_t *bytes, size_t n_limbs);
void hom_mont_limbs_to_le(uint8_t *bytes, const uint64_t *limbs, size_t n_limbs);
