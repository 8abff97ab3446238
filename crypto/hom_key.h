/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paillier private keys, the owner's side. n = p q; p = r k + 1 with r a prime of all but 40 bits
 * and k small, so that p - 1 is known factor by factor and a generator of the whole group can be
 * chosen: the fixed-base randomiser gamma^e, e uniform below p - 1, is then distributed exactly as
 * Paillier's r^n mod p^2, with no assumption added.
 *
 * A key is made once per database and epoch and lives sealed in the catalog; it is not derived.
 * Leaks: nothing of the plaintext (IND-CPA under decisional composite residuosity).
 *
 * Threads: a key is refcounted and may be shared by all threads. The first encryption builds the
 * fixed-base tables (16 MiB for 2048 bits, 36 MiB for 3072) under the key's lock; the pool has its
 * own lock; decryption takes none.
 */
#pragma once

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/slice.h"
#include "base/status.h"
#include "crypto/hom_pub.h"

struct hom_key;

/* bits: 2048 or 3072. Takes 0.1 to 2 s. */
STATUS hom_key_generate(struct hom_key **out, unsigned bits);
/* What hom_key_serialise wrote. KEY_WRONG when malformed or inconsistent. */
STATUS hom_key_parse(struct hom_key **out, struct slice blob);
/* The plain private key: to be sealed by the caller (docs/formats/hom.md). Caller frees. */
STATUS hom_key_serialise(const struct hom_key *key, struct secret **out);
/* As parse, but equal blobs give one shared key: tables and pool exist once per process. */
STATUS hom_key_intern(struct hom_key **out, struct slice blob);

struct hom_key *hom_key_ref(struct hom_key *key);
struct hom_key *hom_key_unref(struct hom_key *key); /* the last one wipes; returns NULL */
CLEANUP_DEFINE(struct hom_key *, hom_key_unref)

const struct hom_pub *hom_key_pub(const struct hom_key *key); /* lives as long as the key */
