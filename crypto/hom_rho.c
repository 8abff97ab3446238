/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomisers rho = r^n mod n^2 by the owner: mod p^2 every r^n is (gamma^p)^e with e uniform below
 * p - 1, computed from a table of all byte digits of e (127 products per prime, no squarings), likewise
 * mod q^2, then joined by CRT. Fixed-base method: Brickell et al., EUROCRYPT 1992.
 */
#include <gmp.h>
#include <stdlib.h>

#include "base/mem.h"
#include "crypto/hom_priv.h"
#include "crypto/rand.h"

enum {
    DIGITS_PER_WINDOW = 1 << HOM_WINDOW
};

static size_t
entry_words(const struct hom_half *half)
{
    return (half->mont.digits + 7) / 8 * 8;
}

static size_t
table_words(const struct hom_half *half, unsigned h)
{
    return (size_t) 8 * h * DIGITS_PER_WINDOW * entry_words(half);
}

/* gamma^p mod p^2 in Montgomery form. */
static bool
base_power(const struct hom_half *half, unsigned h, uint64_t *out)
{
    uint8_t bytes[8 * HOM_N_LIMBS_MAX];
    uint64_t limbs[HOM_N_LIMBS_MAX];
    bool ok = false;
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *g = BN_secure_new(), *p = BN_secure_new();
    hom_mont_limbs_to_le(bytes, half->gamma, h);
    if (ctx && g && p && BN_lebin2bn(bytes, (int) (8 * h), g)) {
        hom_mont_limbs_to_le(bytes, half->p, h);
        BN_set_flags(p, BN_FLG_CONSTTIME);
        ok = BN_lebin2bn(bytes, (int) (8 * h), p) &&
             BN_mod_exp_mont_consttime(g, g, p, half->bn_p2, ctx, half->bn_mont) &&
             BN_bn2lebinpad(g, bytes, (int) (16 * h)) > 0;
    }
    if (ok) {
        hom_mont_limbs_from_le(limbs, bytes, 2 * h);
        half->mont.ops->load(&half->mont, out, limbs);
        half->mont.ops->mul(&half->mont, out, out, half->mont.r2);
    }
    mem_wipe(bytes, sizeof bytes);
    mem_wipe(limbs, sizeof limbs);
    BN_clear_free(g);
    BN_clear_free(p);
    BN_CTX_free(ctx);
    return ok;
}

/* Window 0 is kept in normal form, the rest in Montgomery form: then the product of one entry of each
 * comes out in normal form. */
static bool
build_table(struct hom_half *half, unsigned h)
{
    const struct hom_mont *m = &half->mont;
    const size_t words = entry_words(half), bytes = 8 * words;
    _Alignas(64) uint64_t step[HOM_MONT_DIGITS_MAX] = {0}, one[HOM_MONT_DIGITS_MAX] = {0};
    uint64_t *table = aligned_alloc(64, 8 * table_words(half, h));
    if (table == NULL || !base_power(half, h, step)) {
        free(table);
        return false;
    }
    one[0] = 1;
    for (unsigned i = 0; i < 8 * h; i++) {
        uint64_t *entry = table + (size_t) i * DIGITS_PER_WINDOW * words;
        mem_copy(entry, i == 0 ? one : m->r1, bytes);
        for (unsigned d = 1; d < DIGITS_PER_WINDOW; d++) {
            m->ops->mul(m, entry + d * words, entry + (d - 1) * words, step);
        }
        for (unsigned s = 0; s < HOM_WINDOW; s++) {
            m->ops->mul(m, step, step, step);
        }
    }
    mem_wipe(step, sizeof step);
    half->table = table;
    return true;
}

void
hom_rho_free_tables(struct hom_key *key)
{
    for (int i = 0; i < 2; i++) {
        struct hom_half *half = &key->half[i];
        if (half->table) {
            mem_wipe(half->table, 8 * table_words(half, key->h));
            free(half->table);
            half->table = NULL;
        }
    }
}

struct status
hom_rho_prepare(struct hom_key *key)
{
    if (atomic_load_explicit(&key->has_tables, memory_order_acquire)) {
        return OK;
    }
    bool ok = true;
    pthread_mutex_lock(&key->lock);
    if (!atomic_load_explicit(&key->has_tables, memory_order_relaxed)) {
        ok = build_table(&key->half[0], key->h) && build_table(&key->half[1], key->h);
        if (ok) {
            atomic_store_explicit(&key->has_tables, true, memory_order_release);
        } else {
            hom_rho_free_tables(key);
        }
    }
    pthread_mutex_unlock(&key->lock);
    if (!ok) {
        RAISE(NO_MEMORY);
    }
    return OK;
}

/* e uniform in [0, p - 1), little-endian bytes; at most 44 % of the draws are rejected. */
static struct status
draw_exponent(const struct hom_half *half, unsigned h, uint8_t *e)
{
    uint64_t limbs[HOM_HALF_LIMBS_MAX];
    do {
        TRY(rand_bytes(e, 8 * h));
        hom_mont_limbs_from_le(limbs, e, h);
        (void) mpn_add_1(limbs, limbs, (mp_size_t) h,
                         1); /* wraps to 0 for all ones: redrawn below */
    } while (mpn_zero_p(limbs, (mp_size_t) h) || mpn_cmp(limbs, half->p, (mp_size_t) h) >= 0);
    mem_wipe(limbs, sizeof limbs);
    return OK;
}

/* Both halves side by side, so that an interleaving kernel is fed. */
static void
power_pair(const struct hom_key *key, const uint8_t *const e[2], uint64_t *const out[2])
{
    const struct hom_half *const half[2] = {&key->half[0], &key->half[1]};
    const struct hom_mont *const m[2] = {&half[0]->mont, &half[1]->mont};
    const size_t words = entry_words(half[0]);
    _Alignas(64) uint64_t acc[2][HOM_MONT_DIGITS_MAX];
    uint64_t *const r[2] = {acc[0], acc[1]};
    for (int i = 0; i < 2; i++) {
        mem_copy(acc[i], half[i]->table + e[i][0] * words, 8 * words);
    }
    for (size_t w = 1; w < 8 * (size_t) key->h; w++) {
        const size_t row = w * DIGITS_PER_WINDOW;
        const uint64_t *const b[2] = {half[0]->table + (row + e[0][w]) * words,
                                      half[1]->table + (row + e[1][w]) * words};
        m[0]->ops->mul2(m, r, (const uint64_t *const[2]){acc[0], acc[1]}, b);
    }
    for (int i = 0; i < 2; i++) {
        m[i]->ops->store(m[i], out[i], acc[i]);
    }
    mem_wipe(acc, sizeof acc);
}

/* full = x_q + q^2 ((x_p - x_q) q^-2 mod p^2). p^2 and q^2 are within a factor 2 of each other. */
static void
join(const struct hom_key *key, const uint64_t *x_p, const uint64_t *x_q, struct hom_rho *out)
{
    const struct hom_half *p = &key->half[0], *q = &key->half[1];
    const struct hom_mont *m = &p->mont;
    const mp_size_t n = 2 * (mp_size_t) key->h;
    _Alignas(64) uint64_t a[HOM_MONT_DIGITS_MAX], b[HOM_MONT_DIGITS_MAX];
    uint64_t d[HOM_N_LIMBS_MAX], quotient[HOM_N_LIMBS_MAX + 1];
    if (mpn_sub_n(d, x_p, x_q, n) && !mpn_add_n(d, d, p->p2, n)) {
        mpn_add_n(d, d, p->p2, n);
    }
    m->ops->load(m, a, d);
    m->ops->load(m, b, key->q2_inv); /* in Montgomery form */
    m->ops->mul(m, a, a, b);
    m->ops->store(m, d, a);
    mpn_mul_n(out->full, d, q->p2, n);
    if (mpn_add_n(out->full, out->full, x_q, n)) {
        mpn_add_1(out->full + n, out->full + n, n, 1);
    }
    mpn_tdiv_qr(quotient, out->mod_n, 0, out->full, 2 * n, key->pub->n, n);
    mem_wipe(a, sizeof a);
    mem_wipe(d, sizeof d);
    mem_wipe(quotient, sizeof quotient);
}

struct status
hom_rho_make(struct hom_key *key, struct hom_rho *out)
{
    uint8_t e[2][8 * HOM_HALF_LIMBS_MAX];
    uint64_t x[2][HOM_N_LIMBS_MAX];
    TRY(hom_rho_prepare(key));
    TRY(draw_exponent(&key->half[0], key->h, e[0]));
    TRY(draw_exponent(&key->half[1], key->h, e[1]));
    power_pair(key, (const uint8_t *const[2]){e[0], e[1]}, (uint64_t *const[2]){x[0], x[1]});
    join(key, x[0], x[1], out);
    mem_wipe(e, sizeof e);
    mem_wipe(x, sizeof x);
    return OK;
}
