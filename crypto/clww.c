/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CLWW: order-revealing by bits (Chenette, Lewi, Weis, Wu, FSE 2016, https://eprint.iacr.org/2015/1125),
 * one byte per plaintext bit so that memcmp compares: digit i is floor(255 F / 2^32) + bit i, with F the
 * first four bytes (little-endian) of AES_K(tag of the i bits before it). Digits never wrap.
 * Plaintexts are 8-byte chunks; chunk c > 0 mixes W_c = AES_K4(W_(c-1) ^ chunk_(c-1)) into its tags, so
 * that equal chunks after different prefixes look unrelated.
 * Leaks the order, the index of the first differing bit of each pair, and each bit with probability
 * 1/255. Stateless. Encryption time depends on lengths only; so does decryption of genuine cells.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/aes.h"
#include "crypto/block.h"
#include "crypto/scheme.h"

#define CHUNK     8
#define BITS      64
#define PT_MAX    4096
#define DEC_LANES 32

struct clww_key {
    struct scheme_key_head head;
    struct aes digits, chain;
};

static bool
accepts(size_t pt_len)
{
    return pt_len >= 1 && pt_len <= PT_MAX;
}

static size_t
ct_max(size_t pt_len)
{
    return pt_len * 8;
}

static void
key_free(struct scheme_key *key)
{
    struct clww_key *k = (struct clww_key *) key;
    if (k) {
        aes_deinit(&k->digits);
        aes_deinit(&k->chain);
        free(k);
    }
}

static struct status
key_new(struct scheme_key **out, const struct scheme_params *p)
{
    CLEANUP(scheme_key_free_cleanup) struct scheme_key *key = NULL;
    struct clww_key *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    k->head.ops = &scheme_clww;
    key = (struct scheme_key *) k;
    TRY(aes_init(&k->digits, p->material.data, 32, AES_ENCRYPT_DIR));
    TRY(aes_init(&k->chain, p->material.data + 32, 32, AES_ENCRYPT_DIR));
    *out = STEAL(key);
    return OK;
}

/* The chunk's bits, left aligned. */
static uint64_t
load_chunk(const uint8_t *p, size_t len)
{
    uint8_t b[CHUNK] = {0};
    if (len == CHUNK) {
        return block_load64(p);
    }
    mem_copy(b, p, len);
    return block_load64(b);
}

/* The tag of the i bits before bit i: those bits, a one, zeros. */
static uint64_t
tag_of(uint64_t chunk, unsigned i)
{
    const uint64_t bit = UINT64_C(1) << (BITS - 1 - i);
    return (chunk & ~(bit - 1)) | bit;
}

static uint8_t
noise(const uint8_t *block)
{
    return (uint8_t) ((uint64_t) mem_le32(block) * 255 >> 32);
}

static void
next_whitening(struct clww_key *k, uint8_t w[AES_BLOCK], uint64_t chunk)
{
    uint8_t b[AES_BLOCK] = {0};
    block_store64(b, chunk);
    block_xor(w, b);
    aes_blocks(&k->chain, w, w, 1);
}

static void
encrypt_chunk(struct clww_key *k, uint64_t chunk, unsigned n_bits, const uint8_t w[AES_BLOCK],
              uint8_t *out)
{
    uint8_t b[BITS][AES_BLOCK];
    const uint64_t w_hi = block_load64(w);
    for (unsigned i = 0; i < n_bits; i++) {
        block_store64(b[i], tag_of(chunk, i) ^ w_hi);
        mem_copy(b[i] + 8, w + 8, 8);
    }
    aes_blocks(&k->digits, b[0], b[0], n_bits);
    for (unsigned i = 0; i < n_bits; i++) {
        out[i] = (uint8_t) (noise(b[i]) + (chunk >> (BITS - 1 - i) & 1));
    }
}

static struct status
encrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    struct clww_key *k = (struct clww_key *) key;
    size_t total = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data && !accepts(in->data[i].len)) {
            RAISE(RANGE);
        }
        total += in->data[i].data ? in->data[i].len * 8 : 0;
    }
    uint8_t *to = arena_array(a, uint8_t, total);
    if (to == NULL) {
        return arena_status(a);
    }
    for (size_t i = 0; i < in->n; i++) {
        const struct slice pt = in->data[i];
        out[i] = pt.data ? (struct slice){to, pt.len * 8} : SLICE_NULL;
        uint8_t w[AES_BLOCK] = {0};
        for (size_t at = 0; pt.data && at < pt.len; at += CHUNK) {
            const size_t len = pt.len - at < CHUNK ? pt.len - at : CHUNK;
            const uint64_t chunk = load_chunk(pt.data + at, len);
            encrypt_chunk(k, chunk, (unsigned) len * 8, w, to);
            to += len * 8;
            if (at + CHUNK < pt.len) {
                next_whitening(k, w, chunk);
            }
        }
    }
    TRY(aes_status(&k->chain));
    return aes_status(&k->digits);
}

/* --- decryption: bit by bit, as each tag needs the bits before; many cells side by side -------------- */

struct dec_lane {
    struct slice ct;
    uint8_t *out;
    uint8_t w[AES_BLOCK];
    uint64_t chunk;
};

/* One bit of each lane. Returns nonzero when a digit is impossible. */
static unsigned
decrypt_bit(struct clww_key *k, struct dec_lane *lanes, size_t n, size_t bit)
{
    uint8_t b[DEC_LANES][AES_BLOCK];
    const unsigned i = bit % BITS;
    unsigned bad = 0;
    if (n == 0) {
        return 0;
    }
    for (size_t j = 0; j < n; j++) {
        block_store64(b[j], tag_of(lanes[j].chunk, i) ^ block_load64(lanes[j].w));
        mem_copy(b[j] + 8, lanes[j].w + 8, 8);
    }
    aes_blocks(&k->digits, b[0], b[0], n);
    for (size_t j = 0; j < n; j++) {
        const unsigned d = (unsigned) lanes[j].ct.data[bit] - noise(b[j]);
        bad |= d & ~1U;
        lanes[j].chunk |= (uint64_t) (d & 1) << (BITS - 1 - i);
    }
    return bad;
}

static void
end_chunk(struct clww_key *k, struct dec_lane *lane, size_t bit)
{
    const size_t at = bit / BITS * CHUNK;
    uint8_t b[CHUNK];
    block_store64(b, lane->chunk);
    mem_copy(lane->out + at, b, bit % BITS / 8 + 1);
    if (bit + 1 < lane->ct.len) {
        next_whitening(k, lane->w, lane->chunk);
    }
    lane->chunk = 0;
}

static struct status
decrypt_lanes(struct clww_key *k, struct dec_lane *lanes, size_t n)
{
    unsigned bad = 0;
    for (size_t bit = 0; n; bit++) {
        bad |= decrypt_bit(k, lanes, n, bit);
        for (size_t j = n; j-- > 0;) {
            const bool ends = bit + 1 == lanes[j].ct.len;
            if (ends || bit % BITS == BITS - 1) {
                end_chunk(k, &lanes[j], bit);
            }
            if (ends) {
                lanes[j] = lanes[--n];
            }
        }
    }
    TRY(aes_status(&k->digits));
    TRY(aes_status(&k->chain));
    if (bad) {
        RAISE(AUTHENTICITY);
    }
    return OK;
}

static struct status
measure(const struct cells *in, size_t *total)
{
    *total = 0;
    for (size_t i = 0; i < in->n; i++) {
        const struct slice ct = in->data[i];
        if (ct.data && (ct.len % 8 || !accepts(ct.len / 8))) {
            RAISE(CIPHERTEXT);
        }
        *total += ct.data ? ct.len / 8 : 0;
    }
    return OK;
}

static struct status
decrypt_all(struct clww_key *k, const struct cells *in, uint8_t *to, struct slice *out)
{
    struct dec_lane lanes[DEC_LANES];
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        const struct slice ct = in->data[i];
        if (ct.data == NULL) {
            out[i] = SLICE_NULL;
            continue;
        }
        lanes[n++] = (struct dec_lane){.ct = ct, .out = to};
        out[i] = (struct slice){to, ct.len / 8};
        to += ct.len / 8;
        if (n == DEC_LANES) {
            TRY(decrypt_lanes(k, lanes, n));
            n = 0;
        }
    }
    return decrypt_lanes(k, lanes, n);
}

static struct status
decrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    size_t total;
    TRY(measure(in, &total));
    uint8_t *to = arena_array(a, uint8_t, total);
    if (to == NULL) {
        return arena_status(a);
    }
    const struct status s = decrypt_all((struct clww_key *) key, in, to, out);
    if (!status_is_ok(s)) {
        mem_wipe(to, total);
    }
    return s;
}

const struct scheme_ops scheme_clww = {
    .id = SCHEME_CLWW,
    .name = "clww",
    .caps = SCHEME_CAP_DECRYPT | SCHEME_CAP_EQ | SCHEME_CAP_ORDER | SCHEME_CAP_JOIN,
    .leak = SCHEME_LEAK_ORDER_MSDB,
    .key_len = 64,
    .accepts = accepts,
    .ct_max = ct_max,
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
    .decrypt = decrypt,
};
