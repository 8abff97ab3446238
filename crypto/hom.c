/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hom.h"

#include <gmp.h>

#include "base/mem.h"
#include "crypto/hom_priv.h"

/* |t| in `limbs` limbs; false when it needs more than 64 * limbs - 2 bits. */
static bool
magnitude(const struct hom_int *t, unsigned limbs, uint64_t *out, bool *negative)
{
    uint64_t wide[HOM_INT_LIMBS];
    *negative = t->limb[HOM_INT_LIMBS - 1] >> 63;
    mem_copy(wide, t->limb, sizeof wide);
    if (*negative) {
        mpn_neg(wide, wide, HOM_INT_LIMBS);
    }
    uint64_t above = wide[limbs - 1] >> 62;
    for (unsigned i = limbs; i < HOM_INT_LIMBS; i++) {
        above |= wide[i];
    }
    mem_copy(out, wide, 8 * limbs);
    mem_wipe(wide, sizeof wide);
    return above == 0;
}

/* out = m rho mod n, in [0, n). */
static void
times_rho(const struct hom_pub *pub, const uint64_t *m, bool negative, const uint64_t *rho_mod_n,
          uint64_t *out)
{
    uint64_t product[HOM_MONT_LIMBS_MAX], quotient[HOM_N_LIMBS_MAX + 1];
    const mp_size_t n = pub->n_limbs;
    mp_size_t len = n;
    while (len > 0 && m[len - 1] == 0) {
        len--;
    }
    if (len == 0) {
        mpn_zero(out, n);
        return;
    }
    mpn_mul(product, rho_mod_n, n, m, len);
    mpn_tdiv_qr(quotient, out, 0, product, n + len, pub->n, n);
    if (negative && !mpn_zero_p(out, n)) {
        mpn_sub_n(out, pub->n, out, n);
    }
    mem_wipe(product, sizeof product);
    mem_wipe(quotient, sizeof quotient);
}

void
hom_combine(const struct hom_pub *pub, const uint64_t *m, bool negative, const struct hom_rho *rho,
            uint64_t *c)
{
    uint64_t u[HOM_N_LIMBS_MAX];
    const mp_size_t n = pub->n_limbs;
    times_rho(pub, m, negative, rho->mod_n, u);
    mpn_mul_n(c, pub->n, u, n);
    if (mpn_add_n(c, c, rho->full, 2 * n) || mpn_cmp(c, pub->n2, 2 * n) >= 0) {
        mpn_sub_n(c, c, pub->n2, 2 * n);
    }
    mem_wipe(u, sizeof u);
}

struct status
hom_encrypt(struct hom_key *key, unsigned epoch, const struct hom_int *m, uint8_t *cell)
{
    struct hom_rho rho;
    uint64_t magn[HOM_N_LIMBS_MAX], c[HOM_MONT_LIMBS_MAX];
    bool negative;
    if (!magnitude(m, key->pub->n_limbs, magn, &negative)) {
        mem_wipe(magn, sizeof magn);
        RAISE(RANGE);
    }
    struct status st = OK;
    if (!hom_pool_take(key, &rho)) {
        st = hom_rho_make(key, &rho);
    }
    if (status_is_ok(st)) {
        hom_combine(key->pub, magn, negative, &rho, c);
        hom_pub_seal(key->pub, (uint8_t) (HOM_PUB_SUITE | (epoch & HOM_EPOCH_MASK)), c, cell);
    }
    mem_wipe(&rho, sizeof rho);
    mem_wipe(magn, sizeof magn);
    return st;
}

/* Scratch that mpn_sec_* ask for, generously; wiped by the caller. */
#define SEC_SCRATCH (8 * HOM_MONT_LIMBS_MAX)

/* x = x^(p-1) mod p^2 in 2h limbs, constant time. */
static bool
power(const struct hom_half *half, unsigned h, uint64_t *x)
{
    uint8_t bytes[8 * HOM_N_LIMBS_MAX];
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *b = BN_new();
    hom_mont_limbs_to_le(bytes, x, 2 * h);
    const bool ok =
        ctx && b && BN_lebin2bn(bytes, (int) (16 * h), b) &&
        BN_mod_exp_mont_consttime(b, b, half->bn_exp, half->bn_p2, ctx, half->bn_mont) &&
        BN_bn2lebinpad(b, bytes, (int) (16 * h)) > 0;
    if (ok) {
        hom_mont_limbs_from_le(x, bytes, 2 * h);
    }
    mem_wipe(bytes, sizeof bytes);
    BN_clear_free(b);
    BN_CTX_free(ctx);
    return ok;
}

/* m mod p = L(c^(p-1) mod p^2) l_inv mod p, L(x) = (x - 1) / p, which divides exactly for every unit c. */
static struct status
decrypt_half(const struct hom_half *half, unsigned h, const uint64_t *c, uint64_t *m)
{
    uint64_t x[HOM_MONT_LIMBS_MAX], l[HOM_HALF_LIMBS_MAX], product[HOM_N_LIMBS_MAX];
    uint64_t scratch[SEC_SCRATCH];
    const mp_size_t n = (mp_size_t) h;
    mem_copy(x, c, 8 * 4 * h);
    mpn_sec_div_r(x, 4 * n, half->p2, 2 * n, scratch);
    if (!power(half, h, x)) {
        RAISE(NO_MEMORY);
    }
    const bool was_zero = mpn_sub_1(x, x, 2 * n, 1) != 0;
    mpn_sec_div_qr(l, x, 2 * n, half->p, n, scratch);
    const bool exact = !was_zero && mpn_zero_p(x, n);
    mpn_sec_mul(product, l, n, half->l_inv, n, scratch);
    mpn_sec_div_r(product, 2 * n, half->p, n, scratch);
    mem_copy(m, product, 8 * h);
    mem_wipe(x, sizeof x);
    mem_wipe(l, sizeof l);
    mem_wipe(product, sizeof product);
    mem_wipe(scratch, sizeof scratch);
    if (!exact) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

/* m = m_q + q ((m_p - m_q) q^-1 mod p); 2p is added first, as m_q < q < 2p. */
static void
join(const struct hom_key *key, const uint64_t *m_p, const uint64_t *m_q, uint64_t *m)
{
    const struct hom_half *p = &key->half[0], *q = &key->half[1];
    const mp_size_t n = (mp_size_t) key->h;
    uint64_t d[HOM_HALF_LIMBS_MAX + 1], product[HOM_N_LIMBS_MAX + 1], scratch[SEC_SCRATCH];
    d[n] = mpn_add_n(d, m_p, p->p, n);
    d[n] += mpn_add_n(d, d, p->p, n);
    d[n] -= mpn_sub_n(d, d, m_q, n);
    mpn_sec_mul(product, d, n + 1, key->q_inv, n, scratch);
    mpn_sec_div_r(product, 2 * n + 1, p->p, n, scratch);
    mpn_sec_mul(m, product, n, q->p, n, scratch);
    mpn_add_1(m + n, m + n, n, mpn_add_n(m, m, m_q, n));
    mem_wipe(d, sizeof d);
    mem_wipe(product, sizeof product);
    mem_wipe(scratch, sizeof scratch);
}

/* [0, n) to (-n/2, n/2). */
static void
centre(const struct hom_pub *pub, const uint64_t *m, struct hom_int *out)
{
    const mp_size_t n = pub->n_limbs;
    uint64_t other[HOM_N_LIMBS_MAX];
    mpn_sub_n(other, pub->n, m, n);
    mem_zero(out, sizeof *out);
    if (mpn_cmp(m, other, n) > 0) {
        mem_copy(out->limb, other, 8 * pub->n_limbs);
        mpn_neg(out->limb, out->limb, HOM_INT_LIMBS);
    } else {
        mem_copy(out->limb, m, 8 * pub->n_limbs);
    }
    mem_wipe(other, sizeof other);
}

struct status
hom_decrypt(const struct hom_key *key, struct slice cell, struct hom_int *m)
{
    uint64_t c[HOM_MONT_LIMBS_MAX], part[2][HOM_HALF_LIMBS_MAX], whole[HOM_N_LIMBS_MAX];
    TRY(hom_pub_open(key->pub, cell, c));
    for (int i = 0; i < 2; i++) {
        TRY(decrypt_half(&key->half[i], key->h, c, part[i]));
    }
    join(key, part[0], part[1], whole);
    centre(key->pub, whole, m);
    mem_wipe(part, sizeof part);
    mem_wipe(whole, sizeof whole);
    return OK;
}

struct status
hom_encrypt_row(struct hom_key *key, unsigned epoch, const struct hom_layout *l,
                const struct hom_value *values, uint8_t *cell)
{
    struct hom_int t;
    TRY(hom_layout_pack(l, values, &t));
    const struct status st = hom_encrypt(key, epoch, &t, cell);
    mem_wipe(&t, sizeof t);
    return st;
}

struct status
hom_decrypt_row(const struct hom_key *key, const struct hom_layout *l, struct slice cell,
                struct hom_value *values)
{
    struct hom_int t;
    TRY(hom_decrypt(key, cell, &t));
    const struct status st = hom_layout_unpack(l, &t, values);
    mem_wipe(&t, sizeof t);
    return st;
}
