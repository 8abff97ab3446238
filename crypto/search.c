/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/search.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/block.h"
#include "crypto/cmac.h"
#include "crypto/rand.h"

#define LANES CMAC_LANES

struct search_key {
    struct scheme_key_head head;
    struct cmac words;    /* Kw */
    struct aes word_keys; /* Kk */
    struct aes check;     /* AES-128, keyed anew for each word */
};

struct status
search_append_word(struct buf *list, struct slice word)
{
    if (word.len > UINT16_MAX) {
        RAISE(RANGE);
    }
    buf_append_be16(list, (uint16_t) word.len);
    buf_append_slice(list, word);
    return buf_status(list);
}

static bool
accepts(size_t pt_len)
{
    return pt_len == 0 || (pt_len >= 2 && pt_len <= UINT32_MAX);
}

static size_t
ct_max(size_t pt_len)
{
    return pt_len / 2 * MATCH_WORD_LEN;
}

static void
key_free(struct scheme_key *key)
{
    struct search_key *k = (struct search_key *) key;
    if (k) {
        cmac_deinit(&k->words);
        aes_deinit(&k->word_keys);
        aes_deinit(&k->check);
        free(k);
    }
}

static struct status
key_new(struct scheme_key **out, const struct scheme_params *p)
{
    static const uint8_t zero[16];
    CLEANUP(scheme_key_free_cleanup) struct scheme_key *key = NULL;
    struct search_key *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    k->head.ops = &scheme_search;
    key = (struct scheme_key *) k;
    TRY(cmac_init(&k->words, p->material.data, 32));
    TRY(aes_init(&k->word_keys, p->material.data + 32, 32, AES_ENCRYPT_DIR));
    TRY(aes_init(&k->check, zero, sizeof zero, AES_ENCRYPT_DIR));
    *out = STEAL(key);
    return OK;
}

struct status
search_trapdoor(struct scheme_key *key, struct slice word, uint8_t out[MATCH_TRAPDOOR_LEN])
{
    struct search_key *k = (struct search_key *) key;
    cmac_one(&k->words, word, out);
    aes_blocks(&k->word_keys, out + AES_BLOCK, out, 1);
    TRY(cmac_status(&k->words));
    return aes_status(&k->word_keys);
}

/* Up to LANES words into as many places. */
static struct status
seal_words(struct search_key *k, const struct cmac_lane *lanes, size_t n)
{
    uint8_t keys[LANES][AES_BLOCK];
    cmac_many(&k->words, lanes, n);
    for (size_t i = 0; i < n; i++) {
        mem_copy(keys[i], lanes[i].out, AES_BLOCK);
    }
    aes_blocks(&k->word_keys, keys[0], keys[0], n);
    for (size_t i = 0; i < n; i++) {
        uint8_t s[AES_BLOCK] = {0}, f[AES_BLOCK];
        TRY(rand_bytes(s, SEARCH_S_LEN));
        aes_rekey(&k->check, keys[i]);
        aes_blocks(&k->check, f, s, 1);
        mem_copy(s + SEARCH_S_LEN, f, SEARCH_CHECK_LEN);
        block_xor(lanes[i].out, s);
    }
    mem_wipe(keys, n * AES_BLOCK);
    TRY(cmac_status(&k->words));
    TRY(aes_status(&k->word_keys));
    return aes_status(&k->check);
}

static struct status
count_words(struct slice list, size_t *n)
{
    *n = 0;
    while (list.len) {
        if (list.len < 2 || list.len - 2 < mem_be16(list.data)) {
            RAISE(RANGE);
        }
        list = slice_from(list, 2U + mem_be16(list.data));
        ++*n;
    }
    return OK;
}

/* Fisher-Yates over whole words; bias below 2^-32. */
static struct status
shuffle(uint8_t *words, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        uint64_t r;
        TRY(rand_bytes(&r, sizeof r));
        uint8_t *a = words + (i - 1) * AES_BLOCK;
        uint8_t *b = words + (size_t) (r % i) * AES_BLOCK;
        uint8_t t[AES_BLOCK];
        mem_copy(t, a, AES_BLOCK);
        mem_move(a, b, AES_BLOCK);
        mem_copy(b, t, AES_BLOCK);
    }
    return OK;
}

static struct status
encrypt_cell(struct search_key *k, struct slice list, struct arena *a, struct slice *out)
{
    size_t n;
    TRY(count_words(list, &n));
    uint8_t *to = arena_array(a, uint8_t, n * AES_BLOCK);
    if (to == NULL) {
        return arena_status(a);
    }
    *out = slice_of(to, n * AES_BLOCK);
    struct cmac_lane lanes[LANES];
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t len = mem_be16(list.data);
        lanes[used++] =
            (struct cmac_lane){.msg = slice_sub(list, 2, len), .out = to + i * AES_BLOCK};
        list = slice_from(list, 2 + len);
        if (used == LANES) {
            TRY(seal_words(k, lanes, used));
            used = 0;
        }
    }
    TRY(seal_words(k, lanes, used));
    return shuffle(to, n);
}

static struct status
encrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data == NULL) {
            out[i] = SLICE_NULL;
            continue;
        }
        if (!accepts(in->data[i].len)) {
            RAISE(RANGE);
        }
        TRY(encrypt_cell((struct search_key *) key, in->data[i], a, &out[i]));
    }
    return OK;
}

const struct scheme_ops scheme_search = {
    .id = SCHEME_SEARCH,
    .name = "search",
    .caps = SCHEME_CAP_SEARCH,
    .leak = SCHEME_LEAK_QUERIED_WORDS,
    .key_len = 64,
    .accepts = accepts,
    .ct_max = ct_max,
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
};
