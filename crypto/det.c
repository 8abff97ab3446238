/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DET: one AES-256 block over the value as a 128-bit big-endian two's complement integer, so that integer
 * columns of every width join on one key. A PRP; encode-then-encipher (Bellare, Rogaway 2000): the
 * redundancy that the caller's range check finds is what authenticates. Leaks equality and frequency.
 * Constant time.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/aes.h"
#include "crypto/scheme.h"

struct det_key {
    struct scheme_key_head head;
    struct aes enc, dec;
};

static bool
accepts(size_t pt_len)
{
    return pt_len == AES_BLOCK;
}

static size_t
ct_max(size_t pt_len)
{
    (void) pt_len;
    return AES_BLOCK;
}

static void
key_free(struct scheme_key *key)
{
    struct det_key *k = (struct det_key *) key;
    if (k) {
        aes_deinit(&k->enc);
        aes_deinit(&k->dec);
        free(k);
    }
}

static struct status
key_new(struct scheme_key **out, const struct scheme_params *p)
{
    CLEANUP(scheme_key_free_cleanup) struct scheme_key *key = NULL;
    struct det_key *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    k->head.ops = &scheme_det;
    key = (struct scheme_key *) k;
    TRY(aes_init(&k->enc, p->material.data, p->material.len, AES_ENCRYPT_DIR));
    TRY(aes_init(&k->dec, p->material.data, p->material.len, AES_DECRYPT_DIR));
    *out = STEAL(key);
    return OK;
}

/* Gathers the cells that are not NULL side by side, and runs them all in one call. */
static struct status
run(struct aes *aes, const struct cells *in, enum status_code bad_len, struct arena *a,
    struct slice *out)
{
    uint8_t *const blocks = arena_array(a, uint8_t, in->n * AES_BLOCK);
    if (blocks == NULL) {
        return arena_status(a);
    }
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data == NULL) {
            out[i] = SLICE_NULL;
            continue;
        }
        if (in->data[i].len != AES_BLOCK) {
            return status_raise(bad_len, __FILE__, __LINE__);
        }
        uint8_t *to = blocks + AES_BLOCK * n++;
        mem_copy(to, in->data[i].data, AES_BLOCK);
        out[i] = (struct slice){to, AES_BLOCK};
    }
    aes_blocks(aes, blocks, blocks, n);
    return aes_status(aes);
}

static struct status
encrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    return run(&((struct det_key *) key)->enc, in, STATUS_RANGE, a, out);
}

static struct status
decrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    return run(&((struct det_key *) key)->dec, in, STATUS_CIPHERTEXT, a, out);
}

const struct scheme_ops scheme_det = {
    .id = SCHEME_DET,
    .name = "det",
    .caps = SCHEME_CAP_DECRYPT | SCHEME_CAP_EQ | SCHEME_CAP_JOIN,
    .leak = SCHEME_LEAK_EQUALITY,
    .key_len = 32,
    .accepts = accepts,
    .ct_max = ct_max,
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
    .decrypt = decrypt,
};
