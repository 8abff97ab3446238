/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys by numeric id, derived on first use and kept keyed. NOT thread-safe: one keyring per worker, all
 * from one shared immutable struct master. Nothing here takes a lock.
 *
 * K = HKDF-Expand(PRK of the epoch, "edbp/v1" 00 purpose epoch db tab col onion layer, length).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "crypto/master.h"
#include "crypto/scheme.h"

struct keyring;

/* Purposes below 0x20 are for keyring_derive; 0x20 + n is scheme n's. Never reuse one. */
enum keyring_purpose {
    KEYRING_NAMES = 1,    /* keyed hashes that name physical tables, columns, indexes */
    KEYRING_SEAL = 2,     /* catalog blobs, see seal.h */
    KEYRING_SEQUENCE = 3, /* AUTO_INCREMENT state */
    KEYRING_AUTH = 4,     /* stored client credentials */
    KEYRING_AUDIT = 5,
    KEYRING_TEST = 31,
    KEYRING_SCHEME = 32,
};

STATUS keyring_new(struct keyring **out, const struct master *m); /* takes a reference */
struct keyring *keyring_free(struct keyring *k);                  /* wipes; returns NULL */

static inline void
keyring_free_cleanup(struct keyring **k)
{
    keyring_free(*k);
}

const struct master *keyring_master(const struct keyring *k);

/* The keyed scheme, borrowed until keyring_trim or keyring_free. KEY_MISSING: epoch not live. */
STATUS keyring_scheme(struct keyring *k, enum scheme_id scheme, const struct key_id *id,
                      struct scheme_key **out);
/* Other key bytes. len <= 8160. */
STATUS keyring_derive(struct keyring *k, uint8_t purpose, const struct key_id *id, uint8_t *out,
                      size_t len);
/* A strip key (RND: K2; WRAP: the key) for the server, 32 bytes. RANGE for schemes without strip_udf. */
STATUS keyring_strip_key(struct keyring *k, enum scheme_id scheme, const struct key_id *id,
                         uint8_t out[32]);

/* keyring_scheme, then the batch. decrypt follows the epoch in each cell's header where the scheme has
 * one, so a column may hold several epochs; id->epoch then matters for header-less schemes only. */
STATUS keyring_encrypt(struct keyring *k, enum scheme_id scheme, const struct key_id *id,
                       const struct cells *in, struct arena *a, struct slice *out);
STATUS keyring_decrypt(struct keyring *k, enum scheme_id scheme, const struct key_id *id,
                       const struct cells *in, struct arena *a, struct slice *out);

/* Drops the least recently used keyed schemes until `keep` remain; call between statements. */
void keyring_trim(struct keyring *k, size_t keep);
size_t keyring_n_cached(const struct keyring *k);
