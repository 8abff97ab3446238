/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hom_key.h"

#include <gmp.h>
#include <stdlib.h>

#include "base/mem.h"
#include "crypto/hom.h"
#include "crypto/hom_priv.h"

enum {
    BLOB_HEAD = 8,
    BLOB_VERSION = 1,
    BLOB_PARTS = 4, /* p, q, gamma_p, gamma_q */
    COFACTOR_BITS = 40,
    COFACTOR_PRIMES = 16, /* 40 bits have at most 11 different primes; r comes on top */
};

static const char blob_magic[4] = {'E', 'D', 'B', 'H'};

/* Every BIGNUM of a set-up in one place: one allocation check, one wipe. */
struct work {
    BN_CTX *ctx;
    BIGNUM *a, *b, *c, *d;
};

static void
work_deinit(struct work *w)
{
    BN_clear_free(w->a);
    BN_clear_free(w->b);
    BN_clear_free(w->c);
    BN_clear_free(w->d);
    BN_CTX_free(w->ctx);
}

static bool
work_init(struct work *w)
{
    *w = (struct work){BN_CTX_secure_new(), BN_secure_new(), BN_secure_new(), BN_secure_new(),
                       BN_secure_new()};
    return w->ctx && w->a && w->b && w->c && w->d;
}

static bool
bn_from_limbs(BIGNUM *out, const uint64_t *limbs, unsigned n)
{
    uint8_t bytes[8 * HOM_MONT_LIMBS_MAX];
    hom_mont_limbs_to_le(bytes, limbs, n);
    const bool ok = BN_lebin2bn(bytes, (int) (8 * n), out) != NULL;
    BN_set_flags(out, BN_FLG_CONSTTIME);
    mem_wipe(bytes, sizeof bytes);
    return ok;
}

static bool
bn_to_limbs(uint64_t *limbs, const BIGNUM *x, unsigned n)
{
    uint8_t bytes[8 * HOM_MONT_LIMBS_MAX];
    const bool ok = BN_bn2lebinpad(x, bytes, (int) (8 * n)) >= 0;
    if (ok) {
        hom_mont_limbs_from_le(limbs, bytes, n);
    }
    mem_wipe(bytes, sizeof bytes);
    return ok;
}

/* --- generation --- */

/* k even, k/2 odd, such that r k + 1 has `bits` bits, the top two set. */
static bool
draw_cofactor(struct work *w, const BIGNUM *r, unsigned bits, BIGNUM *p, uint64_t *k)
{
    for (;;) {
        if (!BN_priv_rand(w->d, COFACTOR_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY)) {
            return false;
        }
        *k = (BN_get_word(w->d) & ~3ULL) | 2;
        if (!BN_set_word(w->d, *k) || !BN_mul(p, r, w->d, w->ctx) || !BN_add_word(p, 1)) {
            return false;
        }
        if (BN_num_bits(p) == (int) bits && BN_is_bit_set(p, (int) bits - 2)) {
            return true;
        }
    }
}

/* p prime with p - 1 = r k. */
static bool
draw_prime(struct work *w, unsigned bits, BIGNUM *p, BIGNUM *r, uint64_t *k)
{
    if (!BN_generate_prime_ex2(r, (int) bits - COFACTOR_BITS, 0, NULL, NULL, NULL, w->ctx)) {
        return false;
    }
    int is_prime = 0;
    while (is_prime == 0) {
        if (!draw_cofactor(w, r, bits, p, k)) {
            return false;
        }
        is_prime = BN_check_prime(p, w->ctx, NULL);
    }
    return is_prime == 1;
}

static unsigned
factor(uint64_t k, uint64_t *prime)
{
    unsigned n = 0;
    for (uint64_t f = 2; f * f <= k; f += f == 2 ? 1 : 2) {
        if (k % f == 0) {
            prime[n++] = f;
            while (k % f == 0) {
                k /= f;
            }
        }
    }
    if (k > 1) {
        prime[n++] = k;
    }
    return n;
}

/* x^((p-1)/f) != 1: x is no f-th power. 1, 0, or -1 on failure. */
static int
is_no_power(struct work *w, const BIGNUM *x, const BIGNUM *p, const BIGNUM *f)
{
    if (!BN_copy(w->a, p) || !BN_sub_word(w->a, 1) || !BN_div(w->a, NULL, w->a, f, w->ctx) ||
        !BN_mod_exp(w->a, x, w->a, p, w->ctx)) {
        return -1;
    }
    return !BN_is_one(w->a);
}

static int
is_generator(struct work *w, const BIGNUM *x, const BIGNUM *p, const BIGNUM *r, uint64_t k)
{
    uint64_t prime[COFACTOR_PRIMES];
    const unsigned n = factor(k, prime);
    int yes = is_no_power(w, x, p, r);
    for (unsigned i = 0; i < n && yes == 1; i++) {
        yes = BN_set_word(w->b, prime[i]) ? is_no_power(w, x, p, w->b) : -1;
    }
    return yes;
}

/* p and gamma of one half, into limbs. */
static bool
generate_half(struct hom_half *half, unsigned bits)
{
    struct work w;
    uint64_t k = 0;
    bool ok = false;
    const unsigned h = bits / 64;
    if (work_init(&w)) {
        BIGNUM *p = BN_secure_new(), *r = BN_secure_new();
        int found = p && r && draw_prime(&w, bits, p, r, &k) ? 0 : -1;
        while (found == 0) {
            found = BN_priv_rand_range(w.c, p) ? is_generator(&w, w.c, p, r, k) : -1;
        }
        ok = found == 1 && bn_to_limbs(half->p, p, h) && bn_to_limbs(half->gamma, w.c, h);
        BN_clear_free(p);
        BN_clear_free(r);
    }
    work_deinit(&w);
    mem_wipe(&k, sizeof k);
    return ok;
}

/* --- constants --- */

/* out = x^-1 mod m, all in n limbs. */
static bool
inverse(struct work *w, const uint64_t *x, const uint64_t *m, unsigned n, uint64_t *out)
{
    return bn_from_limbs(w->a, x, n) && bn_from_limbs(w->b, m, n) &&
           BN_nnmod(w->a, w->a, w->b, w->ctx) && BN_mod_inverse(w->c, w->a, w->b, w->ctx) &&
           bn_to_limbs(out, w->c, n);
}

static bool
prepare_half(struct hom_half *half, unsigned h)
{
    struct work w;
    mpn_sqr(half->p2, half->p, (mp_size_t) h);
    half->bn_exp = BN_new();
    half->bn_p2 = BN_new();
    half->bn_mont = BN_MONT_CTX_new();
    const bool ok = work_init(&w) && half->bn_exp && half->bn_p2 && half->bn_mont &&
                    bn_from_limbs(half->bn_exp, half->p, h) && BN_sub_word(half->bn_exp, 1) &&
                    bn_from_limbs(half->bn_p2, half->p2, 2 * h) &&
                    BN_MONT_CTX_set(half->bn_mont, half->bn_p2, w.ctx) &&
                    status_is_ok(hom_mont_init(&half->mont, half->p2, 2 * h, NULL));
    work_deinit(&w);
    return ok;
}

/* (1 + n)^(p-1) = 1 + n (p-1) mod p^2, so L gives -q mod p and l_inv = -(q^-1) mod p. */
static bool
prepare_joint(struct hom_key *key)
{
    struct hom_half *p = &key->half[0], *q = &key->half[1];
    const unsigned h = key->h;
    uint64_t p_inv[HOM_HALF_LIMBS_MAX], n[HOM_N_LIMBS_MAX], q2_inv[HOM_N_LIMBS_MAX];
    uint8_t n_bytes[HOM_PUB_N_MAX];
    _Alignas(64) uint64_t x[HOM_MONT_DIGITS_MAX] = {0};
    struct work w;
    bool ok = work_init(&w) && inverse(&w, q->p, p->p, h, key->q_inv) &&
              inverse(&w, p->p, q->p, h, p_inv) && inverse(&w, q->p2, p->p2, 2 * h, q2_inv);
    work_deinit(&w);
    if (!ok) {
        return false;
    }
    mpn_sub_n(p->l_inv, p->p, key->q_inv, (mp_size_t) h);
    mpn_sub_n(q->l_inv, q->p, p_inv, (mp_size_t) h);
    p->mont.ops->load(&p->mont, x, q2_inv);
    p->mont.ops->mul(&p->mont, x, x, p->mont.r2);
    p->mont.ops->store(&p->mont, key->q2_inv, x);
    mem_wipe(x, sizeof x);
    mem_wipe(q2_inv, sizeof q2_inv);
    mem_wipe(p_inv, sizeof p_inv);
    mpn_mul_n(n, p->p, q->p, (mp_size_t) h);
    hom_mont_limbs_to_le(n_bytes, n, 2 * h);
    return status_is_ok(hom_pub_new(&key->pub, slice_of(n_bytes, 16 * h)));
}

/* Decrypting r^n (1 + n m), computed the public way, must give m: catches a p that is not prime. */
static bool
pair_is_consistent(struct hom_key *key)
{
    enum {
        PROBE = 0x5eed
    };
    const unsigned n = key->pub->n_limbs;
    uint8_t cell[HOM_PUB_CELL_MAX];
    uint64_t c[HOM_MONT_LIMBS_MAX];
    struct work w;
    bool ok = work_init(&w);
    BIGNUM *bn_n = BN_new(), *bn_n2 = BN_new();
    ok = ok && bn_n && bn_n2 && bn_from_limbs(bn_n, key->pub->n, n) &&
         bn_from_limbs(bn_n2, key->pub->n2, 2 * n) && BN_priv_rand_range(w.a, bn_n) &&
         BN_mod_exp(w.a, w.a, bn_n, bn_n2, w.ctx) && BN_copy(w.b, bn_n) &&
         BN_mul_word(w.b, PROBE) && BN_add_word(w.b, 1) &&
         BN_mod_mul(w.a, w.a, w.b, bn_n2, w.ctx) && bn_to_limbs(c, w.a, 2 * n);
    work_deinit(&w);
    BN_free(bn_n);
    BN_free(bn_n2);
    if (!ok) {
        return false;
    }
    struct hom_int m;
    struct hom_value v;
    int64_t got = 0;
    hom_pub_seal(key->pub, HOM_PUB_SUITE, c, cell);
    return status_is_ok(hom_decrypt(key, slice_of(cell, hom_pub_cell_len(key->pub)), &m)) &&
           status_is_ok(hom_int_to_value(&m, &v)) && status_is_ok(hom_value_to_i64(v, &got)) &&
           got == PROBE;
}

/* --- life --- */

static struct hom_key *
key_alloc(unsigned bits)
{
    struct hom_key *key = aligned_alloc(64, sizeof *key);
    if (key) {
        mem_zero(key, sizeof *key);
        key->h = bits / 128;
        atomic_init(&key->refs, 1);
        pthread_mutex_init(&key->lock, NULL);
    }
    return key;
}

static void
key_destroy(struct hom_key *key)
{
    hom_pool_stop(key);
    hom_rho_free_tables(key);
    for (int i = 0; i < 2; i++) {
        BN_clear_free(key->half[i].bn_exp);
        BN_clear_free(key->half[i].bn_p2);
        BN_MONT_CTX_free(key->half[i].bn_mont);
    }
    hom_pub_free(key->pub);
    pthread_mutex_destroy(&key->lock);
    mem_wipe(key, sizeof *key);
    free(key);
}

static pthread_mutex_t interned_lock = PTHREAD_MUTEX_INITIALIZER;
static struct hom_key *interned; /* weak references: unref of the last one unlinks */

static void
unlink_interned(struct hom_key *key)
{
    struct hom_key **at = &interned;
    while (*at && *at != key) {
        at = &(*at)->next_interned;
    }
    if (*at) {
        *at = key->next_interned;
    }
}

struct hom_key *
hom_key_ref(struct hom_key *key)
{
    atomic_fetch_add(&key->refs, 1);
    return key;
}

struct hom_key *
hom_key_unref(struct hom_key *key)
{
    if (key == NULL) {
        return NULL;
    }
    pthread_mutex_lock(&interned_lock);
    const bool last = atomic_fetch_sub(&key->refs, 1) == 1;
    if (last) {
        unlink_interned(key);
    }
    pthread_mutex_unlock(&interned_lock);
    if (last) {
        key_destroy(key);
    }
    return NULL;
}

const struct hom_pub *
hom_key_pub(const struct hom_key *key)
{
    return key->pub;
}

static bool
bits_are_known(unsigned bits)
{
    return bits == HOM_PUB_BITS_DEFAULT || bits == HOM_PUB_BITS_STRONG;
}

struct status
hom_key_generate(struct hom_key **out, unsigned bits)
{
    if (!bits_are_known(bits)) {
        RAISE(RANGE);
    }
    CLEANUP(hom_key_unref_cleanup) struct hom_key *key = key_alloc(bits);
    if (key == NULL) {
        RAISE(NO_MEMORY);
    }
    struct hom_half *p = &key->half[0], *q = &key->half[1];
    do {
        if (!generate_half(p, bits / 2) || !generate_half(q, bits / 2)) {
            RAISE(CRYPTO);
        }
    } while (p->p[key->h - 1] == q->p[key->h - 1]); /* p - q must be large */
    if (!prepare_half(p, key->h) || !prepare_half(q, key->h) || !prepare_joint(key) ||
        !pair_is_consistent(key)) {
        RAISE(CRYPTO);
    }
    *out = STEAL(key);
    return OK;
}

static size_t
blob_len(unsigned bits)
{
    return BLOB_HEAD + BLOB_PARTS * (size_t) bits / 16;
}

/* 0 unless the head is right and the length fits it. */
static unsigned
blob_bits(struct slice blob)
{
    if (blob.data == NULL || blob.len < BLOB_HEAD ||
        mem_compare(blob.data, blob_magic, sizeof blob_magic) != 0 ||
        blob.data[4] != BLOB_VERSION || blob.data[5] != 0) {
        return 0;
    }
    const unsigned bits = mem_be16(blob.data + 6);
    return bits_are_known(bits) && blob.len == blob_len(bits) ? bits : 0;
}

static void
limbs_from_be(uint64_t *limbs, const uint8_t *be, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        limbs[i] = mem_be64(be + 8 * (n - 1 - i));
    }
}

static void
limbs_to_be(uint8_t *be, const uint64_t *limbs, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        mem_put_be64(be + 8 * (n - 1 - i), limbs[i]);
    }
}

static bool
half_is_sane(const struct hom_half *half, unsigned h)
{
    return (half->p[0] & 3) == 3 && half->p[h - 1] >> 62 == 3 &&
           !mpn_zero_p(half->gamma, (mp_size_t) h) &&
           mpn_cmp(half->gamma, half->p, (mp_size_t) h) < 0;
}

struct status
hom_key_parse(struct hom_key **out, struct slice blob)
{
    const unsigned bits = blob_bits(blob);
    if (bits == 0) {
        RAISE(KEY_WRONG);
    }
    CLEANUP(hom_key_unref_cleanup) struct hom_key *key = key_alloc(bits);
    if (key == NULL) {
        RAISE(NO_MEMORY);
    }
    struct hom_half *p = &key->half[0], *q = &key->half[1];
    const unsigned h = key->h;
    const uint8_t *at = blob.data + BLOB_HEAD;
    uint64_t *const parts[BLOB_PARTS] = {p->p, q->p, p->gamma, q->gamma};
    for (unsigned i = 0; i < BLOB_PARTS; i++) {
        limbs_from_be(parts[i], at + i * 8 * h, h);
    }
    if (!half_is_sane(p, h) || !half_is_sane(q, h) || mpn_cmp(p->p, q->p, (mp_size_t) h) == 0 ||
        !prepare_half(p, h) || !prepare_half(q, h) || !prepare_joint(key) ||
        !pair_is_consistent(key)) {
        RAISE(KEY_WRONG);
    }
    *out = STEAL(key);
    return OK;
}

struct status
hom_key_serialise(const struct hom_key *key, struct secret **out)
{
    const unsigned h = key->h, bits = 128 * h;
    struct secret *s = secret_new(blob_len(bits));
    if (s == NULL) {
        RAISE(NO_MEMORY);
    }
    mem_copy(s->data, blob_magic, sizeof blob_magic);
    s->data[4] = BLOB_VERSION;
    s->data[5] = 0;
    mem_put_be16(s->data + 6, (uint16_t) bits);
    const uint64_t *const parts[BLOB_PARTS] = {key->half[0].p, key->half[1].p, key->half[0].gamma,
                                               key->half[1].gamma};
    for (unsigned i = 0; i < BLOB_PARTS; i++) {
        limbs_to_be(s->data + BLOB_HEAD + i * 8 * h, parts[i], h);
    }
    *out = s;
    return OK;
}

/* Same primes, same generators. */
static bool
is_same(const struct hom_key *key, struct slice blob)
{
    struct secret *mine = NULL;
    if (!status_is_ok(hom_key_serialise(key, &mine))) {
        return false;
    }
    const bool same = mine->len == blob.len && mem_equal_ct(mine->data, blob.data, blob.len);
    secret_free(mine);
    return same;
}

struct status
hom_key_intern(struct hom_key **out, struct slice blob)
{
    struct status st = OK;
    if (blob_bits(blob) == 0) {
        RAISE(KEY_WRONG);
    }
    pthread_mutex_lock(&interned_lock);
    struct hom_key *key = interned;
    while (key && !is_same(key, blob)) {
        key = key->next_interned;
    }
    if (key) {
        hom_key_ref(key);
    }
    pthread_mutex_unlock(&interned_lock);
    if (key == NULL) {
        st = hom_key_parse(&key, blob);
        if (status_is_ok(st)) {
            pthread_mutex_lock(&interned_lock);
            key->next_interned = interned;
            interned = key;
            pthread_mutex_unlock(&interned_lock);
        }
    }
    *out = key;
    return st;
}
