/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hom_mont.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "crypto/hom_limb.h"

static const struct hom_mont_ops *const kernels[] = {
#if defined(__x86_64__)
    &hom_ifma_ops,
    &hom_adx_ops,
#endif
    &hom_mont_portable,
};

void
hom_mont_limbs_from_le(uint64_t *limbs, const uint8_t *bytes, size_t n_limbs)
{
    for (size_t i = 0; i < n_limbs; i++) {
        limbs[i] = mem_le64(bytes + 8 * i);
    }
}

void
hom_mont_limbs_to_le(uint8_t *bytes, const uint64_t *limbs, size_t n_limbs)
{
    for (size_t i = 0; i < n_limbs; i++) {
        mem_put_le64(bytes + 8 * i, limbs[i]);
    }
}

static bool
portable_usable(void)
{
    return true;
}

static void
portable_setup(struct hom_mont *m)
{
    m->digits = m->limbs;
    m->rbits = 64 * m->limbs;
    mem_copy(m->m, m->modulus, 8 * m->limbs);
}

static void
portable_load(const struct hom_mont *m, uint64_t *digits, const uint64_t *limbs)
{
    mem_copy(digits, limbs, 8 * m->limbs);
}

static void
portable_store(const struct hom_mont *m, uint64_t *limbs, const uint64_t *digits)
{
    if (!hom_limb_less(digits, m->modulus, m->limbs)) {
        hom_limb_sub_masked(limbs, digits, m->modulus, ~0ULL, m->limbs);
    } else {
        mem_move(limbs, digits, 8 * m->limbs);
    }
}

/* Word by word: each step clears the lowest limb and parks its carry there; one addition of the parked
 * carries at the end. */
static void
portable_mul(const struct hom_mont *m, uint64_t *r, const uint64_t *a, const uint64_t *b)
{
    uint64_t t[2 * HOM_MONT_LIMBS_MAX];
    const unsigned n = m->limbs;
    hom_limb_mul(t, a, b, n);
    for (unsigned i = 0; i < n; i++) {
        t[i] = hom_limb_addmul(t + i, m->modulus, t[i] * m->k[0], n);
    }
    const uint64_t carry = hom_limb_add(r, t + n, t, n);
    hom_limb_sub_masked(r, r, m->modulus, -carry, n);
}

static void
portable_mul2(const struct hom_mont *const m[2], uint64_t *const r[2], const uint64_t *const a[2],
              const uint64_t *const b[2])
{
    portable_mul(m[0], r[0], a[0], b[0]);
    portable_mul(m[1], r[1], a[1], b[1]);
}

const struct hom_mont_ops hom_mont_portable = {
    .name = "portable",
    .usable = portable_usable,
    .setup = portable_setup,
    .load = portable_load,
    .store = portable_store,
    .mul = portable_mul,
    .mul2 = portable_mul2,
};

/* Newton: each step doubles the valid bits of the inverse; 3 bits to start with. */
static uint64_t
negative_inverse(uint64_t odd)
{
    uint64_t x = odd;
    for (int i = 0; i < 5; i++) {
        x *= 2 - odd * x;
    }
    return -x;
}

/* x = 2x mod m. */
static void
double_mod(const struct hom_mont *m, uint64_t *x)
{
    const uint64_t carry = hom_limb_add(x, x, x, m->limbs);
    if (carry || !hom_limb_less(x, m->modulus, m->limbs)) {
        hom_limb_sub_masked(x, x, m->modulus, ~0ULL, m->limbs);
    }
}

/* r1 = 2^rbits mod m by doubling; then 2^s R with s = rbits / 2^j, whose j-th square is 2^rbits R. */
static void
powers_of_r(struct hom_mont *m)
{
    uint64_t x[HOM_MONT_LIMBS_MAX] = {0};
    x[m->limbs - 1] = 1ULL << 63;
    if (!hom_limb_less(x, m->modulus, m->limbs)) {
        hom_limb_sub_masked(x, x, m->modulus, ~0ULL, m->limbs);
    }
    for (unsigned i = 64 * m->limbs - 1; i < m->rbits; i++) {
        double_mod(m, x);
    }
    m->ops->load(m, m->r1, x);
    const unsigned squarings = (unsigned) __builtin_ctz(m->rbits);
    for (unsigned i = 0; i < m->rbits >> squarings; i++) {
        double_mod(m, x);
    }
    m->ops->load(m, m->r2, x);
    for (unsigned i = 0; i < squarings; i++) {
        m->ops->mul(m, m->r2, m->r2, m->r2);
    }
}

static bool
size_is_known(unsigned limbs)
{
    return limbs == 32 || limbs == 48 || limbs == 64 || limbs == 96;
}

struct status
hom_mont_init(struct hom_mont *m, const uint64_t *modulus, unsigned limbs,
              const struct hom_mont_ops *ops)
{
    if (!size_is_known(limbs) || !(modulus[0] & 1) || modulus[limbs - 1] >> 62 == 0) {
        RAISE(KEY_WRONG);
    }
    mem_zero(m, sizeof *m);
    m->ops = ops ? ops : hom_mont_best();
    m->limbs = limbs;
    mem_copy(m->modulus, modulus, 8 * limbs);
    m->k[0] = negative_inverse(modulus[0]);
    m->ops->setup(m);
    powers_of_r(m);
    return OK;
}

/* Left to right binary; the base in Montgomery form is r2, the unit r1. */
void
hom_mont_pow_r(const struct hom_mont *m, uint64_t *r, uint64_t e)
{
    _Alignas(64) uint64_t acc[HOM_MONT_DIGITS_MAX];
    if (e == 0) {
        mem_copy(r, m->r1, sizeof m->r1);
        return;
    }
    mem_copy(acc, m->r2, sizeof acc);
    for (int bit = 62 - __builtin_clzll(e); bit >= 0; bit--) {
        m->ops->mul(m, acc, acc, acc);
        if (e >> bit & 1) {
            m->ops->mul(m, acc, acc, m->r2);
        }
    }
    mem_copy(r, acc, sizeof acc);
}

/* Deterministic test numbers, all bits in play; odd ones full of ones and zeroes. */
static void
test_number(uint64_t *out, unsigned limbs, unsigned round, uint64_t seed)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15ULL + 1;
    for (unsigned i = 0; i < limbs; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        out[i] = round % 3 == 0 ? x : (x & 1 ? ~0ULL : (round % 3 == 1 ? 0 : x >> 40));
    }
}

static bool
agree_on(const struct hom_mont_ops *ops, unsigned limbs, unsigned round)
{
    struct hom_mont want, got;
    uint64_t mod[HOM_MONT_LIMBS_MAX], a[HOM_MONT_LIMBS_MAX], b[HOM_MONT_LIMBS_MAX];
    uint64_t x[HOM_MONT_LIMBS_MAX], y[HOM_MONT_LIMBS_MAX];
    _Alignas(64) uint64_t da[2][HOM_MONT_DIGITS_MAX], db[2][HOM_MONT_DIGITS_MAX];
    test_number(mod, limbs, round, 1 + round);
    mod[0] |= 1;
    mod[limbs - 1] |= 1ULL << 63;
    if (!status_is_ok(hom_mont_init(&want, mod, limbs, &hom_mont_portable)) ||
        !status_is_ok(hom_mont_init(&got, mod, limbs, ops))) {
        return false;
    }
    test_number(a, limbs, round, 100 + round);
    test_number(b, limbs, round / 2, 200 + round);
    /* a b / R * R^2 / R = a b in both, whatever R is; twice through the pair form as well. */
    portable_mul(&want, x, a, b);
    portable_mul(&want, x, x, want.r2);
    portable_store(&want, x, x);
    for (int i = 0; i < 2; i++) {
        ops->load(&got, da[i], i ? b : a);
        ops->load(&got, db[i], i ? a : b);
    }
    const struct hom_mont *const mm[2] = {&got, &got};
    uint64_t *const r[2] = {da[0], da[1]};
    ops->mul2(mm, r, (const uint64_t *const[2]){da[0], da[1]},
              (const uint64_t *const[2]){db[0], db[1]});
    ops->mul(&got, da[0], da[0], got.r2);
    ops->mul(&got, da[1], da[1], got.r2);
    ops->store(&got, y, da[0]);
    if (mem_compare(x, y, 8 * limbs) != 0) {
        return false;
    }
    ops->store(&got, y, da[1]);
    return mem_compare(x, y, 8 * limbs) == 0;
}

bool
hom_mont_self_test(const struct hom_mont_ops *ops)
{
    static const unsigned sizes[] = {32, 48, 64, 96};
    if (!ops->usable()) {
        return false;
    }
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (unsigned round = 0; round < 24; round++) {
            if (!agree_on(ops, sizes[s], round)) {
                return false;
            }
        }
    }
    return true;
}

const struct hom_mont_ops *
hom_mont_at(size_t i)
{
    return i < sizeof kernels / sizeof kernels[0] ? kernels[i] : NULL;
}

static const struct hom_mont_ops *best;
static pthread_once_t best_once = PTHREAD_ONCE_INIT;

static void
choose_best(void)
{
    for (size_t i = 0; (best = hom_mont_at(i)) != &hom_mont_portable; i++) {
        if (hom_mont_self_test(best)) {
            return;
        }
    }
}

const struct hom_mont_ops *
hom_mont_best(void)
{
    pthread_once(&best_once, choose_best);
    return best;
}
