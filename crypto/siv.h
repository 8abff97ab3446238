/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-SIV, RFC 5297 (https://www.rfc-editor.org/rfc/rfc5297), over AES-ECB in batches. Own S2V because
 * OpenSSL's is slower by an order of magnitude for short cells and reports failures unreliably when a
 * context is used again. Deterministic authenticated encryption: reusing a nonce shows equality of
 * (nonce, plaintext) pairs and nothing else. Adds 16 bytes.
 *
 * A `start` is S2V's running value after the fixed associated data, made once per key; a lane may add one
 * more 16-byte component, its salt. Time depends on lengths only. One thread each.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"
#include "crypto/aes.h"
#include "crypto/cmac.h"

#define SIV_LEN 16

struct siv {
    struct cmac mac; /* K1 */
    struct aes ctr;  /* K2 */
};

/* key_len 32 or 64: K1 || K2. */
STATUS siv_init(struct siv *s, const uint8_t *key, size_t key_len);
void siv_deinit(struct siv *s);
STATUS siv_status(const struct siv *s);

void siv_start(struct siv *s, uint8_t start[AES_BLOCK]);
void siv_start_add(struct siv *s, uint8_t start[AES_BLOCK], struct slice ad);

struct siv_lane {
    const uint8_t *start;
    const uint8_t *salt; /* 16 bytes, or NULL */
    struct slice in;
    uint8_t *out;          /* in.len bytes; may equal in.data */
    uint8_t *v;            /* tag, seal: written; no overlap with in or out */
    const uint8_t *expect; /* open: the V that came with the ciphertext */
};

void siv_tag(struct siv *s, const struct siv_lane *lanes, size_t n);  /* v = S2V(in); out unused */
void siv_seal(struct siv *s, const struct siv_lane *lanes, size_t n); /* v and out */
/* False when any lane fails; the caller then wipes all outputs. */
bool siv_open(struct siv *s, const struct siv_lane *lanes, size_t n);

/* The counter mode of RFC 5297 section 2.5 alone: out = in ^ keystream(v). */
struct siv_stream {
    const uint8_t *v; /* 16 bytes */
    struct slice in;
    uint8_t *out;
};

void siv_ctr(struct aes *k2, const struct siv_stream *streams, size_t n);
