/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the HOM files: the owner's structs behind the opaque handles. */
#pragma once

#include <openssl/bn.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/secret.h"
#include "crypto/hom_key.h"
#include "crypto/hom_mont.h"
#include "crypto/hom_pub.h"
#include "crypto/hom_pub_priv.h"

enum {
    HOM_HALF_LIMBS_MAX = HOM_MONT_LIMBS_MAX / 4,
    HOM_WINDOW = 8, /* one byte of the exponent per table look-up */
};

/* One prime's half. Limb counts: p has h, p^2 has 2h. */
struct hom_half {
    uint64_t p[HOM_HALF_LIMBS_MAX];
    uint64_t p2[HOM_N_LIMBS_MAX];
    uint64_t gamma[HOM_HALF_LIMBS_MAX]; /* generator of Z_p^* */
    uint64_t l_inv[HOM_HALF_LIMBS_MAX]; /* (L_p((1 + n)^(p-1) mod p^2))^-1 mod p */
    BIGNUM *bn_exp, *bn_p2;             /* p - 1 (constant-time flag), p^2 */
    BN_MONT_CTX *bn_mont;
    struct hom_mont mont; /* mod p^2, for the tables */
    uint64_t *table;      /* [window][digit][mont.digits]: gamma^p to digit * 256^window */
};

struct hom_pool;

struct hom_key {
    struct hom_half half[2];            /* p, q */
    uint64_t q_inv[HOM_HALF_LIMBS_MAX]; /* q^-1 mod p */
    uint64_t q2_inv[HOM_N_LIMBS_MAX];   /* q^-2 mod p^2 */
    struct hom_pub *pub;
    unsigned h; /* limbs of p */
    atomic_uint refs;
    pthread_mutex_t lock; /* tables, pool pointer */
    atomic_bool has_tables;
    struct hom_pool *pool;
    struct hom_key *next_interned; /* hom_key.c, under its lock */
    bool interned;
};

/* rho: uniform n-th power mod n^2, and rho mod n. */
struct hom_rho {
    uint64_t full[HOM_MONT_LIMBS_MAX];
    uint64_t mod_n[HOM_N_LIMBS_MAX];
};

/* hom.c: c = (1 + m n) rho = rho + n (m rho mod n), mod n^2; m = +-|m| in n_limbs limbs. */
void hom_combine(const struct hom_pub *pub, const uint64_t *m, bool negative,
                 const struct hom_rho *rho, uint64_t *c);
/* hom_rho.c: a fresh one, computed now. */
STATUS hom_rho_make(struct hom_key *key, struct hom_rho *out);
STATUS hom_rho_prepare(struct hom_key *key); /* builds the tables unless they exist */
void hom_rho_free_tables(struct hom_key *key);
/* hom_pool.c: false when there is no pool or it is empty. */
bool hom_pool_take(struct hom_key *key, struct hom_rho *out);
