/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealing of catalog blobs: AES-256-SIV (RFC 5297) under a purpose key, self-salted, bound to a name
 * and a version, so that the server can neither read, alter, rename nor (where the reader knows the
 * version it wants) roll back a blob. Format: hdr(1) | N(16) | V(16) | C(n), hdr = 0x20 | epoch & 15.
 * Leaks the length. Thread: that of the keyring.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "crypto/keyring.h"

#define SEAL_OVERHEAD 33

/* Appends the sealed blob, under the newest epoch. */
STATUS seal_encode(struct keyring *k, struct slice name, uint64_t version, struct slice plain,
                   struct buf *out);
/* Appends the plaintext. CIPHERTEXT, KEY_MISSING, or AUTHENTICITY (also: other name or version). */
STATUS seal_decode(struct keyring *k, struct slice name, uint64_t version, struct slice sealed,
                   struct buf *out);
