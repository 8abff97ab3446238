/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hom_scheme.h"

#include <stdlib.h>

#include "base/mem.h"
#include "crypto/hom.h"
#include "crypto/suite.h"

enum {
    NARROW = 16,
    WIDE = 8 * HOM_VALUE_LIMBS
};

struct scheme_key {
    struct scheme_key_head head;
    struct hom_key *hom;
    unsigned epoch;
};

static bool
accepts(size_t pt_len)
{
    return pt_len >= 1 && pt_len <= WIDE;
}

static size_t
ct_max(size_t pt_len)
{
    return HOM_PUB_CELL_MAX;
}

struct status
hom_scheme_key_new(struct scheme_key **out, struct hom_key *key, unsigned epoch)
{
    struct scheme_key *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    k->head.ops = &hom_scheme_ops;
    k->hom = hom_key_ref(key);
    k->epoch = epoch;
    *out = k;
    return OK;
}

static struct status
key_new(struct scheme_key **out, const struct scheme_params *params)
{
    CLEANUP(hom_key_unref_cleanup) struct hom_key *hom = NULL;
    TRY(hom_key_intern(&hom, params->material));
    return hom_scheme_key_new(out, hom, params->id.epoch);
}

static void
key_free(struct scheme_key *key)
{
    if (key) {
        hom_key_unref(key->hom);
        free(key);
    }
}

static struct status
encrypt_cell(struct scheme_key *key, struct slice pt, struct arena *a, struct slice *out)
{
    const size_t len = hom_pub_cell_len(hom_key_pub(key->hom));
    uint8_t *cell = arena_array(a, uint8_t, len);
    struct hom_value v;
    if (cell == NULL) {
        return arena_status(a);
    }
    TRY(hom_value_from_be(pt, &v));
    struct hom_int m = hom_int_from_value(v);
    const struct status st = hom_encrypt(key->hom, key->epoch, &m, cell);
    mem_wipe(&m, sizeof m);
    mem_wipe(&v, sizeof v);
    *out = slice_of(cell, len);
    return st;
}

static struct status
decrypt_cell(struct scheme_key *key, struct slice ct, struct arena *a, struct slice *out)
{
    struct hom_int m;
    struct hom_value v;
    if (ct.len > 0 && suite_of(ct.data[0]) == SUITE_HOM &&
        suite_epoch(ct.data[0]) != (key->epoch & 15)) {
        RAISE(KEY_MISSING);
    }
    TRY(hom_decrypt(key->hom, ct, &m));
    const bool fits = status_is_ok(hom_int_to_value(&m, &v));
    mem_wipe(&m, sizeof m);
    if (!fits) {
        RAISE(AUTHENTICITY);
    }
    const size_t len = hom_value_fits(v, 8 * NARROW) ? NARROW : WIDE;
    uint8_t *pt = arena_array(a, uint8_t, WIDE);
    if (pt == NULL) {
        return arena_status(a);
    }
    TRY(hom_value_to_be(v, pt, len));
    mem_wipe(&v, sizeof v);
    *out = slice_of(pt, len);
    return OK;
}

typedef struct status (*cell_fn)(struct scheme_key *key, struct slice in, struct arena *a,
                                 struct slice *out);

static struct status
each(cell_fn fn, struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    for (size_t i = 0; i < in->n; i++) {
        out[i] = SLICE_NULL;
        if (!slice_is_null(in->data[i])) {
            TRY(fn(key, in->data[i], a, &out[i]));
        }
    }
    return OK;
}

static struct status
encrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    return each(encrypt_cell, key, in, a, out);
}

static struct status
decrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    return each(decrypt_cell, key, in, a, out);
}

const struct scheme_ops hom_scheme_ops = {
    .id = (enum scheme_id) HOM_SCHEME_ID,
    .name = "hom",
    .caps = SCHEME_CAP_DECRYPT | SCHEME_CAP_ADD | SCHEME_CAP_HEADER,
    .leak = SCHEME_LEAK_NOTHING,
    .accepts = accepts,
    .ct_max = ct_max,
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
    .decrypt = decrypt,
};
