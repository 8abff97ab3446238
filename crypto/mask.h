/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mask of RND-wrapped tokens: block j is AES_K(N(8) | j as 64 bits big-endian). Shared by the wrap
 * scheme and the server's strip; within crypto/ only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "crypto/aes.h"

#define MASK_NONCE_LEN 8
#define MASK_EXTRA     (1 + MASK_NONCE_LEN)

struct mask_job {
    const uint8_t *nonce;
    struct slice in;
    uint8_t *out;
};

/* out = in ^ mask(nonce); takes the mask off or puts it on. */
void mask_apply(struct aes *aes, const struct mask_job *jobs, size_t n);
