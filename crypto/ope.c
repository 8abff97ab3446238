/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OPE: order-preserving encryption of big-endian unsigned integers, 4 bytes to 8 or 8 bytes to 16, so
 * that memcmp of ciphertexts is the order of plaintexts. Mechanism: ope_trie.h, ope_sample.h.
 * Leaks order, equality, frequency, and about the upper half of the bits: for integers and dates only,
 * never for strings or wide doubles. Decryption refuses what is no image of a plaintext. Not constant
 * time (cache and walk depend on values; for the proxy host only).
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/aes.h"
#include "crypto/block.h"
#include "crypto/ope_trie.h"
#include "crypto/scheme.h"

struct ope_key {
    struct scheme_key_head head;
    struct aes split, more, leaf; /* K1, K2, K3 */
    struct ope_trie narrow, wide; /* 32 to 64, 64 to 128 bits */
};

static bool
accepts(size_t pt_len)
{
    return pt_len == 4 || pt_len == 8;
}

static size_t
ct_max(size_t pt_len)
{
    return pt_len * 2;
}

static void
key_free(struct scheme_key *key)
{
    struct ope_key *k = (struct ope_key *) key;
    if (k) {
        ope_trie_deinit(&k->narrow);
        ope_trie_deinit(&k->wide);
        aes_deinit(&k->split);
        aes_deinit(&k->more);
        aes_deinit(&k->leaf);
        free(k);
    }
}

static struct status
key_new(struct scheme_key **out, const struct scheme_params *p)
{
    CLEANUP(scheme_key_free_cleanup) struct scheme_key *key = NULL;
    struct ope_key *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    k->head.ops = &scheme_ope;
    key = (struct scheme_key *) k;
    TRY(aes_init(&k->split, p->material.data, 32, AES_ENCRYPT_DIR));
    TRY(aes_init(&k->more, p->material.data + 32, 32, AES_ENCRYPT_DIR));
    TRY(aes_init(&k->leaf, p->material.data + 64, 32, AES_ENCRYPT_DIR));
    ope_trie_init(&k->narrow, &k->split, &k->more, &k->leaf, 32, 64);
    ope_trie_init(&k->wide, &k->split, &k->more, &k->leaf, 64, 128);
    *out = STEAL(key);
    return OK;
}

static struct status
status_of(const struct ope_key *k)
{
    TRY(aes_status(&k->split));
    TRY(aes_status(&k->more));
    return aes_status(&k->leaf);
}

static void
load(struct ope_trie_value *v, struct slice s, uint32_t index, bool opening)
{
    *v = (struct ope_trie_value){.index = index};
    if (opening) {
        v->ct = s.len == 8 ? block_load64(s.data)
                           : (ope_u128) block_load64(s.data) << 64 | block_load64(s.data + 8);
    } else {
        v->pt = s.len == 4 ? mem_be32(s.data) : block_load64(s.data);
    }
}

/* Bulk loads come nearly sorted, for which insertion is linear. */
static void
sort(struct ope_trie_value *v, size_t n, bool opening)
{
    for (size_t i = 1; i < n; i++) {
        const struct ope_trie_value x = v[i];
        size_t j = i;
        while (j > 0 && (opening ? v[j - 1].ct > x.ct : v[j - 1].pt > x.pt)) {
            v[j] = v[j - 1];
            j--;
        }
        v[j] = x;
    }
}

/* A batch of one width; results go to where out[v.index] points. */
struct group {
    struct ope_trie *trie;
    bool opening;
    size_t in_len, n;
    struct ope_trie_value v[OPE_TRIE_MAX];
};

static void
put(uint8_t *to, size_t in_len, bool opening, const struct ope_trie_value *v)
{
    if (!opening && in_len == 4) {
        block_store64(to, (uint64_t) v->ct);
    } else if (!opening) {
        block_store64(to, (uint64_t) (v->ct >> 64));
        block_store64(to + 8, (uint64_t) v->ct);
    } else if (in_len == 8) {
        mem_put_be32(to, (uint32_t) v->pt);
    } else {
        block_store64(to, v->pt);
    }
}

static struct status
flush(struct group *g, struct slice *out)
{
    const size_t n = g->n;
    g->n = 0;
    if (n == 0) {
        return OK;
    }
    sort(g->v, n, g->opening);
    if (!g->opening) {
        ope_trie_encrypt(g->trie, g->v, n);
    } else if (!ope_trie_decrypt(g->trie, g->v, n)) {
        RAISE(AUTHENTICITY);
    }
    for (size_t i = 0; i < n; i++) {
        put((uint8_t *) out[g->v[i].index].data, g->in_len, g->opening, &g->v[i]);
    }
    return OK;
}

static struct status
run(struct ope_key *k, const struct cells *in, bool opening, uint8_t *to, struct slice *out)
{
    const size_t narrow_len = opening ? 8 : 4;
    struct group g = {.opening = opening, .in_len = 0, .n = 0};
    for (size_t i = 0; i < in->n; i++) {
        const struct slice s = in->data[i];
        if (s.data == NULL) {
            out[i] = SLICE_NULL;
            continue;
        }
        if (s.len != g.in_len || g.n == OPE_TRIE_MAX) {
            TRY(flush(&g, out));
            g.in_len = s.len;
            g.trie = s.len == narrow_len ? &k->narrow : &k->wide;
        }
        out[i] = (struct slice){to, opening ? s.len / 2 : s.len * 2};
        to += out[i].len;
        load(&g.v[g.n++], s, (uint32_t) i, opening);
    }
    TRY(flush(&g, out));
    return status_of(k);
}

static struct status
encrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data && !accepts(in->data[i].len)) {
            RAISE(RANGE);
        }
    }
    uint8_t *to = arena_array(a, uint8_t, in->n * 16);
    if (to == NULL || in->n > UINT32_MAX) {
        return to ? (struct status){STATUS_LIMIT} : arena_status(a);
    }
    return run((struct ope_key *) key, in, false, to, out);
}

static struct status
decrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data && in->data[i].len != 8 && in->data[i].len != 16) {
            RAISE(CIPHERTEXT);
        }
    }
    uint8_t *to = arena_array(a, uint8_t, in->n * 8);
    if (to == NULL || in->n > UINT32_MAX) {
        return to ? (struct status){STATUS_LIMIT} : arena_status(a);
    }
    const struct status s = run((struct ope_key *) key, in, true, to, out);
    if (!status_is_ok(s)) {
        mem_wipe(to, in->n * 8);
    }
    return s;
}

const struct scheme_ops scheme_ope = {
    .id = SCHEME_OPE,
    .name = "ope",
    .caps = SCHEME_CAP_DECRYPT | SCHEME_CAP_EQ | SCHEME_CAP_ORDER | SCHEME_CAP_JOIN,
    .leak = SCHEME_LEAK_ORDER_HALF,
    .key_len = 128,
    .accepts = accepts,
    .ct_max = ct_max,
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
    .decrypt = decrypt,
};
