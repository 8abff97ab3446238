/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the HOM files' public side: no libgmp, no OpenSSL. */
#pragma once

#include "crypto/hom_mont.h"
#include "crypto/hom_pub.h"

enum {
    HOM_N_LIMBS_MAX = HOM_MONT_LIMBS_MAX / 2,
    HOM_CELL_LEAD = 2, /* header and reserved byte */
    HOM_EPOCH_MASK = 0x0f,
};

struct hom_pub {
    struct hom_mont mont; /* mod n^2 */
    uint64_t n[HOM_N_LIMBS_MAX], n2[HOM_MONT_LIMBS_MAX];
    uint8_t n_bytes[HOM_PUB_N_MAX];
    unsigned n_limbs;
};

/* CIPHERTEXT unless well-formed; c gets 2 * n_limbs limbs. */
STATUS hom_pub_open(const struct hom_pub *pub, struct slice cell, uint64_t *c);
void hom_pub_seal(const struct hom_pub *pub, uint8_t hdr, const uint64_t *c, uint8_t *cell);
