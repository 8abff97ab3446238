/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WRAP: the removable outer layer of an index token (DET, TAG, OPE, CLWW): hdr(1) | N(8) | token ^ mask.
 * Stripping needs the layer's key only. Leaks the length; hides equality and order. Not authenticated
 * (the index token below is checked against the value after decryption); N repeats after about 2^32
 * cells and then shows whether the
 * two tokens are equal.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/mask.h"
#include "crypto/rand.h"
#include "crypto/scheme.h"
#include "crypto/suite.h"

#define LANES  64
#define PT_MAX 65535

struct wrap_key {
    struct scheme_key_head head;
    struct aes aes;
    uint16_t epoch;
};

static bool
accepts(size_t pt_len)
{
    return pt_len <= PT_MAX;
}

static size_t
ct_max(size_t pt_len)
{
    return pt_len + MASK_EXTRA;
}

static void
key_free(struct scheme_key *key)
{
    struct wrap_key *k = (struct wrap_key *) key;
    if (k) {
        aes_deinit(&k->aes);
        free(k);
    }
}

static struct status
key_new(struct scheme_key **out, const struct scheme_params *p)
{
    CLEANUP(scheme_key_free_cleanup) struct scheme_key *key = NULL;
    struct wrap_key *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    k->head.ops = &scheme_wrap;
    key = (struct scheme_key *) k;
    k->epoch = p->id.epoch;
    TRY(aes_init(&k->aes, p->material.data, p->material.len, AES_ENCRYPT_DIR));
    *out = STEAL(key);
    return OK;
}

static struct status
measure(const struct wrap_key *k, const struct cells *in, bool opening, size_t *total)
{
    *total = 0;
    for (size_t i = 0; i < in->n; i++) {
        const struct slice s = in->data[i];
        if (s.data == NULL) {
            continue;
        }
        if (opening) {
            if (s.len < MASK_EXTRA || s.len > PT_MAX + MASK_EXTRA ||
                suite_of(s.data[0]) != SUITE_WRAP) {
                RAISE(CIPHERTEXT);
            }
            if (suite_epoch(s.data[0]) != (k->epoch & 15)) {
                RAISE(KEY_MISSING);
            }
        } else if (!accepts(s.len)) {
            RAISE(RANGE);
        }
        *total += s.len + MASK_EXTRA;
    }
    return OK;
}

static struct status
lay_out(const struct wrap_key *k, struct slice s, uint8_t *to, struct mask_job *job)
{
    *to = suite_header(SUITE_WRAP, k->epoch);
    TRY(rand_bytes(to + 1, MASK_NONCE_LEN));
    *job = (struct mask_job){.nonce = to + 1, .in = s, .out = to + MASK_EXTRA};
    return OK;
}

static struct status
encrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    struct wrap_key *k = (struct wrap_key *) key;
    size_t total, n = 0;
    TRY(measure(k, in, false, &total));
    uint8_t *to = arena_array(a, uint8_t, total);
    if (to == NULL) {
        return arena_status(a);
    }
    struct mask_job jobs[LANES];
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data == NULL) {
            out[i] = SLICE_NULL;
            continue;
        }
        TRY(lay_out(k, in->data[i], to, &jobs[n++]));
        out[i] = (struct slice){to, in->data[i].len + MASK_EXTRA};
        to += out[i].len;
        if (n == LANES) {
            mask_apply(&k->aes, jobs, n);
            n = 0;
        }
    }
    mask_apply(&k->aes, jobs, n);
    return aes_status(&k->aes);
}

static struct status
decrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    struct wrap_key *k = (struct wrap_key *) key;
    size_t total, n = 0;
    TRY(measure(k, in, true, &total));
    uint8_t *to = arena_array(a, uint8_t, total);
    if (to == NULL) {
        return arena_status(a);
    }
    struct mask_job jobs[LANES];
    for (size_t i = 0; i < in->n; i++) {
        const struct slice s = in->data[i];
        if (s.data == NULL) {
            out[i] = SLICE_NULL;
            continue;
        }
        jobs[n++] = (struct mask_job){s.data + 1, slice_from(s, MASK_EXTRA), to};
        out[i] = (struct slice){to, s.len - MASK_EXTRA};
        to += out[i].len;
        if (n == LANES) {
            mask_apply(&k->aes, jobs, n);
            n = 0;
        }
    }
    mask_apply(&k->aes, jobs, n);
    return aes_status(&k->aes);
}

const struct scheme_ops scheme_wrap = {
    .id = SCHEME_WRAP,
    .name = "wrap",
    .caps = SCHEME_CAP_DECRYPT | SCHEME_CAP_HEADER,
    .leak = SCHEME_LEAK_LENGTH,
    .strip_udf = "allium_strip",
    .key_len = 32,
    .accepts = accepts,
    .ct_max = ct_max,
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
    .decrypt = decrypt,
};
