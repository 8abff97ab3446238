/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-CMAC (RFC 4493, NIST SP 800-38B), one message or many at once. In a batch the messages advance
 * together, one block each per AES call. Time depends on lengths only. One thread each.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"
#include "crypto/aes.h"

#define CMAC_LEN   16
#define CMAC_LANES 64

struct cmac {
    struct aes aes;
    struct aes_chain chain;
    uint8_t sub1[AES_BLOCK], sub2[AES_BLOCK]; /* of the last block: whole, padded */
};

STATUS cmac_init(struct cmac *c, const uint8_t *key, size_t key_len);
void cmac_deinit(struct cmac *c);
STATUS cmac_status(const struct cmac *c); /* after a batch: whether all went well */

void cmac_one(struct cmac *c, struct slice msg, uint8_t out[CMAC_LEN]);

/* A message of a batch. `end` (16 bytes, or NULL) is xored into the last 16 bytes of msg, which must
 * then be that long: RFC 5297's xorend. out may not overlap msg. */
struct cmac_lane {
    struct slice msg;
    const uint8_t *end;
    uint8_t *out;
};

void cmac_many(struct cmac *c, const struct cmac_lane *lanes, size_t n); /* any n */
