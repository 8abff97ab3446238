/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOKEN: entries of a search side table: the first 8 bytes of AES-256-CMAC(kind | word), kind one byte
 * (w word, g trigram, p prefix). False positives (2^-64 per pair) are filtered after decryption. Leaks
 * at rest: equality and frequency of tokens, and which tokens share a row.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/cmac.h"
#include "crypto/scheme.h"

#define TOKEN_LEN 8
#define LANES     CMAC_LANES

struct token_key {
    struct scheme_key_head head;
    struct cmac cmac;
};

static bool
accepts(size_t pt_len)
{
    return pt_len >= 1 && pt_len <= UINT32_MAX;
}

static size_t
ct_max(size_t pt_len)
{
    (void) pt_len;
    return TOKEN_LEN;
}

static void
key_free(struct scheme_key *key)
{
    struct token_key *k = (struct token_key *) key;
    if (k) {
        cmac_deinit(&k->cmac);
        free(k);
    }
}

static struct status
key_new(struct scheme_key **out, const struct scheme_params *p)
{
    CLEANUP(scheme_key_free_cleanup) struct scheme_key *key = NULL;
    struct token_key *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    k->head.ops = &scheme_token;
    key = (struct scheme_key *) k;
    TRY(cmac_init(&k->cmac, p->material.data, p->material.len));
    *out = STEAL(key);
    return OK;
}

static struct status
encrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    struct token_key *k = (struct token_key *) key;
    uint8_t *to = arena_array(a, uint8_t, in->n * CMAC_LEN); /* the upper halves are not used */
    if (to == NULL) {
        return arena_status(a);
    }
    struct cmac_lane lanes[LANES];
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data == NULL) {
            out[i] = SLICE_NULL;
            continue;
        }
        if (!accepts(in->data[i].len)) {
            RAISE(RANGE);
        }
        lanes[n++] = (struct cmac_lane){.msg = in->data[i], .out = to};
        out[i] = (struct slice){to, TOKEN_LEN};
        to += CMAC_LEN;
        if (n == LANES) {
            cmac_many(&k->cmac, lanes, n);
            n = 0;
        }
    }
    cmac_many(&k->cmac, lanes, n);
    return cmac_status(&k->cmac);
}

const struct scheme_ops scheme_token = {
    .id = SCHEME_TOKEN,
    .name = "token",
    .caps = SCHEME_CAP_EQ | SCHEME_CAP_SEARCH,
    .leak = SCHEME_LEAK_EQUALITY,
    .key_len = 32,
    .accepts = accepts,
    .ct_max = ct_max,
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
};
