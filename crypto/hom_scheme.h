/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HOM behind the interface of scheme.h, one number per cell. It stands outside the registry of schemes.def:
 * its key is generated and sealed, not derived (key_len 0; params.material is what hom_key_serialise wrote,
 * and equal material shares one key), and nothing authenticates a cell. Several columns in one cell, and
 * sums: hom.h.
 *
 * encrypt takes a big-endian two's complement integer of 1 to 32 bytes (the canonical int128: 16). decrypt
 * gives 16 bytes, or 32 where the number needs them; a plaintext beyond 256 bits is AUTHENTICITY, which is
 * also how a wrong key shows.
 */
#pragma once

#include "crypto/hom_key.h"
#include "crypto/scheme.h"

enum {
    HOM_SCHEME_ID = 6
}; /* reserved in schemes.def */

extern const struct scheme_ops hom_scheme_ops;

/* From a key at hand; takes a reference. epoch goes into the header byte. */
STATUS hom_scheme_key_new(struct scheme_key **out, struct hom_key *key, unsigned epoch);
