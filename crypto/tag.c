/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TAG: the 16-byte S2V (RFC 5297) of a sort key of any length under the join group's context: a PRF, so
 * a fixed-size index key that hides the length and obeys the collation. Leaks equality and frequency.
 * Not decryptable; the value itself is in the Data column.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/scheme.h"
#include "crypto/siv.h"

#define FORMAT 0x10 /* of the context: no suite number */
#define LANES  CMAC_LANES

struct tag_key {
    struct scheme_key_head head;
    struct siv siv;
    uint8_t start[AES_BLOCK];
};

static bool
accepts(size_t pt_len)
{
    return pt_len <= UINT32_MAX;
}

static size_t
ct_max(size_t pt_len)
{
    (void) pt_len;
    return SIV_LEN;
}

static void
key_free(struct scheme_key *key)
{
    struct tag_key *k = (struct tag_key *) key;
    if (k) {
        siv_deinit(&k->siv);
        mem_wipe(k, sizeof *k);
        free(k);
    }
}

static struct status
key_new(struct scheme_key **out, const struct scheme_params *p)
{
    CLEANUP(scheme_key_free_cleanup) struct scheme_key *key = NULL;
    struct tag_key *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    k->head.ops = &scheme_tag;
    key = (struct scheme_key *) k;
    TRY(siv_init(&k->siv, p->material.data, p->material.len));
    uint8_t context[SCHEME_CONTEXT_LEN];
    scheme_context(context, p, FORMAT);
    siv_start(&k->siv, k->start);
    siv_start_add(&k->siv, k->start, (struct slice){context, sizeof context});
    TRY(siv_status(&k->siv));
    *out = STEAL(key);
    return OK;
}

static struct status
encrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    struct tag_key *k = (struct tag_key *) key;
    uint8_t *to = arena_array(a, uint8_t, in->n * SIV_LEN);
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
        if (!accepts(in->data[i].len)) {
            RAISE(RANGE);
        }
        lanes[n++] = (struct siv_lane){.start = k->start, .in = in->data[i], .v = to};
        out[i] = (struct slice){to, SIV_LEN};
        to += SIV_LEN;
        if (n == LANES) {
            siv_tag(&k->siv, lanes, n);
            n = 0;
        }
    }
    siv_tag(&k->siv, lanes, n);
    return siv_status(&k->siv);
}

const struct scheme_ops scheme_tag = {
    .id = SCHEME_TAG,
    .name = "tag",
    .caps = SCHEME_CAP_EQ | SCHEME_CAP_JOIN,
    .leak = SCHEME_LEAK_EQUALITY,
    .key_len = 64,
    .accepts = accepts,
    .ct_max = ct_max,
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
};
