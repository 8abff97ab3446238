/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed AES in ECB over whole runs of blocks: the one primitive that the schemes are made of. OpenSSL's
 * EVP does the work (AES-NI where present, constant time); a context is keyed once and each call should
 * carry many blocks, as a call costs as much as ten of them.
 * A failure is sticky: blocks after it are zeroed, and aes_status at the end of a batch tells.
 * Embedded by value; one thread each. Source: FIPS 197.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define AES_BLOCK 16

enum aes_dir {
    AES_ENCRYPT_DIR,
    AES_DECRYPT_DIR
};

struct evp_cipher_ctx_st;

struct aes {
    struct evp_cipher_ctx_st *ctx;
    bool encrypt, failed;
};

/* key_len 16, 24 or 32. An all-zero struct aes may be deinitialised. */
STATUS aes_init(struct aes *a, const uint8_t *key, size_t key_len, enum aes_dir dir);
void aes_deinit(struct aes *a); /* wipes */
/* Other key bytes of the same length and direction. */
void aes_rekey(struct aes *a, const uint8_t *key);
/* n blocks; out may equal in. */
void aes_blocks(struct aes *a, uint8_t *out, const uint8_t *in, size_t n);
STATUS aes_status(const struct aes *a);

/* A CBC-MAC chain: for long single messages, where a call per block would cost three times the block. */
struct aes_chain {
    struct aes cbc;
    uint8_t last[AES_BLOCK]; /* what the context will xor into its next block */
};

STATUS aes_chain_init(struct aes_chain *c, const uint8_t *key, size_t key_len);
void aes_chain_deinit(struct aes_chain *c); /* wipes */
/* state = E(... E(state ^ in[0]) ^ in[1] ...) over n > 0 blocks. */
void aes_chain_blocks(struct aes_chain *c, uint8_t state[AES_BLOCK], const uint8_t *in, size_t n);
