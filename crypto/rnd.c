/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rnd.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/rand.h"
#include "crypto/scheme.h"
#include "crypto/siv.h"
#include "crypto/suite.h"

#define LANES CMAC_LANES

struct rnd_key {
    struct scheme_key_head head;
    struct siv siv;
    uint8_t start_row[AES_BLOCK], start_self[AES_BLOCK];
    uint16_t epoch;
};

bool
rnd_is_self_salted(struct slice ct)
{
    return ct.len > 0 && suite_of(ct.data[0]) == SUITE_SELF;
}

static bool
accepts(size_t pt_len)
{
    return pt_len <= UINT32_MAX;
}

static size_t
ct_max(size_t pt_len)
{
    return pt_len + RND_SELF_EXTRA;
}

static void
key_free(struct scheme_key *key)
{
    struct rnd_key *k = (struct rnd_key *) key;
    if (k) {
        siv_deinit(&k->siv);
        mem_wipe(k, sizeof *k);
        free(k);
    }
}

static void
make_start(struct rnd_key *k, uint8_t start[AES_BLOCK], const struct scheme_params *p,
           enum suite suite)
{
    uint8_t context[SCHEME_CONTEXT_LEN];
    scheme_context(context, p, (uint16_t) suite);
    siv_start(&k->siv, start);
    siv_start_add(&k->siv, start, (struct slice){context, sizeof context});
}

static struct status
key_new(struct scheme_key **out, const struct scheme_params *p)
{
    CLEANUP(scheme_key_free_cleanup) struct scheme_key *key = NULL;
    struct rnd_key *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    k->head.ops = &scheme_rnd;
    key = (struct scheme_key *) k;
    k->epoch = p->id.epoch;
    TRY(siv_init(&k->siv, p->material.data, p->material.len));
    make_start(k, k->start_row, p, SUITE_ROW);
    make_start(k, k->start_self, p, SUITE_SELF);
    TRY(siv_status(&k->siv));
    *out = STEAL(key);
    return OK;
}

static struct status
total_len(const struct cells *in, size_t extra, size_t *total)
{
    *total = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data == NULL) {
            continue;
        }
        if (!accepts(in->data[i].len) || (in->tweak && in->tweak[i].len != RND_SALT_LEN)) {
            RAISE(RANGE);
        }
        *total += in->data[i].len + extra;
    }
    return OK;
}

/* Lays the ciphertext of cell i out at `to`, all but V and C, and describes the work on it. */
static struct status
lay_out(const struct rnd_key *k, const struct cells *in, size_t i, uint8_t *to,
        struct siv_lane *lane)
{
    lane->in = in->data[i];
    if (in->tweak) {
        *to = suite_header(SUITE_ROW, k->epoch);
        lane->start = k->start_row;
        lane->salt = in->tweak[i].data;
        lane->v = to + 1;
    } else {
        *to = suite_header(SUITE_SELF, k->epoch);
        TRY(rand_bytes(to + 1, RND_SALT_LEN));
        lane->start = k->start_self;
        lane->salt = to + 1;
        lane->v = to + 1 + RND_SALT_LEN;
    }
    lane->out = lane->v + SIV_LEN;
    return OK;
}

static struct status
encrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    struct rnd_key *k = (struct rnd_key *) key;
    const size_t extra = in->tweak ? RND_ROW_EXTRA : RND_SELF_EXTRA;
    size_t total;
    TRY(total_len(in, extra, &total));
    uint8_t *to = arena_array(a, uint8_t, total);
    if (to == NULL) {
        return arena_status(a);
    }
    struct siv_lane lanes[LANES];
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data == NULL) {
            out[i] = SLICE_NULL;
            continue;
        }
        TRY(lay_out(k, in, i, to, &lanes[n++]));
        out[i] = (struct slice){to, in->data[i].len + extra};
        to += out[i].len;
        if (n == LANES) {
            siv_seal(&k->siv, lanes, n);
            n = 0;
        }
    }
    siv_seal(&k->siv, lanes, n);
    return siv_status(&k->siv);
}

static struct status
check_header(const struct rnd_key *k, const struct cells *in, size_t i, size_t *extra)
{
    const struct slice ct = in->data[i];
    const unsigned suite = ct.len ? suite_of(ct.data[0]) : 0;
    if (suite != SUITE_ROW && suite != SUITE_SELF) {
        RAISE(CIPHERTEXT);
    }
    *extra = suite == SUITE_ROW ? RND_ROW_EXTRA : RND_SELF_EXTRA;
    if (ct.len < *extra) {
        RAISE(CIPHERTEXT);
    }
    if (suite_epoch(ct.data[0]) != (k->epoch & 15)) {
        RAISE(KEY_MISSING);
    }
    if (suite == SUITE_ROW && (in->tweak == NULL || in->tweak[i].len != RND_SALT_LEN)) {
        RAISE(AUTHENTICITY);
    }
    if (suite == SUITE_SELF && in->strict) {
        RAISE(AUTHENTICITY);
    }
    return OK;
}

static struct status
measure(const struct rnd_key *k, const struct cells *in, size_t *total)
{
    *total = 0;
    for (size_t i = 0; i < in->n; i++) {
        size_t extra = 0;
        if (in->data[i].data) {
            TRY(check_header(k, in, i, &extra));
            *total += in->data[i].len - extra;
        }
    }
    return OK;
}

static void
open_lane(const struct rnd_key *k, const struct cells *in, size_t i, uint8_t *to,
          struct siv_lane *lane)
{
    const struct slice ct = in->data[i];
    const bool self = rnd_is_self_salted(ct);
    const size_t extra = self ? RND_SELF_EXTRA : RND_ROW_EXTRA;
    lane->start = self ? k->start_self : k->start_row;
    lane->salt = self ? ct.data + 1 : in->tweak[i].data;
    lane->in = (struct slice){ct.data + extra, ct.len - extra};
    lane->out = to;
    lane->expect = ct.data + extra - SIV_LEN;
}

static struct status
decrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    struct rnd_key *k = (struct rnd_key *) key;
    size_t total;
    TRY(measure(k, in, &total));
    uint8_t *const plain = arena_array(a, uint8_t, total);
    if (plain == NULL) {
        return arena_status(a);
    }
    struct siv_lane lanes[LANES];
    uint8_t *to = plain;
    size_t n = 0;
    bool good = true;
    for (size_t i = 0; i < in->n && good; i++) {
        if (in->data[i].data == NULL) {
            out[i] = SLICE_NULL;
            continue;
        }
        open_lane(k, in, i, to, &lanes[n]);
        out[i] = (struct slice){to, lanes[n++].in.len};
        to += out[i].len;
        if (n == LANES) {
            good = siv_open(&k->siv, lanes, n);
            n = 0;
        }
    }
    good = good && siv_open(&k->siv, lanes, n);
    if (!good) {
        mem_wipe(plain, total); /* nothing unverified is released */
        RAISE(AUTHENTICITY);
    }
    return siv_status(&k->siv);
}

const struct scheme_ops scheme_rnd = {
    .id = SCHEME_RND,
    .name = "rnd",
    .caps = SCHEME_CAP_DECRYPT | SCHEME_CAP_AUTH | SCHEME_CAP_HEADER | SCHEME_CAP_TWEAK,
    .leak = SCHEME_LEAK_LENGTH,
    .strip_udf = "allium_strip",
    .key_len = 64,
    .accepts = accepts,
    .ct_max = ct_max,
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
    .decrypt = decrypt,
};
