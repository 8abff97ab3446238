/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HOM: additively homomorphic encryption (Paillier), owner side. encrypt: c = (1 + m n) rho with rho
 * a fresh n-th power, either from the key's pool or computed on the spot (CRT and fixed-base tables,
 * window 8). decrypt: both halves by CRT with OpenSSL's constant-time exponentiation.
 *
 * Constant time: the exponentiations of decrypt are; table look-ups of encrypt are indexed by the
 * one-time random exponent (visible to a cache-timing neighbour on the proxy's own machine); the
 * final reductions depend on operand sizes only weakly. Source: docs/formats/hom.md.
 */
#pragma once

#include "base/slice.h"
#include "base/status.h"
#include "crypto/hom_key.h"
#include "crypto/hom_pub.h"
#include "crypto/hom_value.h"

/* cell gets hom_pub_cell_len bytes. m in (-n/2, n/2), else RANGE. Any thread. */
STATUS hom_encrypt(struct hom_key *key, unsigned epoch, const struct hom_int *m, uint8_t *cell);
/* m in (-n/2, n/2). CIPHERTEXT when malformed. A wrong key gives a random m: unpack detects it. */
STATUS hom_decrypt(const struct hom_key *key, struct slice cell, struct hom_int *m);

/* One row: pack and encrypt; and back. */
STATUS hom_encrypt_row(struct hom_key *key, unsigned epoch, const struct hom_layout *l,
                       const struct hom_value *values, uint8_t *cell);
STATUS hom_decrypt_row(const struct hom_key *key, const struct hom_layout *l, struct slice cell,
                       struct hom_value *values);

/*
 * The pool of randomisers. start spawns one thread that keeps up to `capacity` ready (about 0.8 KiB
 * each) at the lowest scheduling priority; each is handed out once and wiped. While the pool is empty
 * encryption computes its own. start after fork, never before. stop joins the thread and wipes; the
 * owner of the key calls it before the last unref (which also does).
 */
STATUS hom_pool_start(struct hom_key *key, size_t capacity);
void hom_pool_stop(struct hom_key *key);
size_t hom_pool_level(struct hom_key *key);
