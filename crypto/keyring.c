/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed schemes live in a hash table by (scheme, id) whose entries form a list, most recently used
 * first. Derived bytes exist on the stack only until the scheme has keyed its contexts.
 */
#include "crypto/keyring.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "base/mem.h"
#include "crypto/prf.h"

#define BUCKETS      256
#define MATERIAL_MAX 256
#define LABEL        "edbp/v1"

struct entry {
    struct list lru;
    struct entry *next; /* in its bucket */
    enum scheme_id scheme;
    struct key_id id;
    struct scheme_key *key;
};

struct keyring {
    struct master *master;
    struct list lru; /* most recent first */
    size_t n;
    struct entry *buckets[BUCKETS];
};

struct status
keyring_new(struct keyring **out, const struct master *m)
{
    struct keyring *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    k->master = master_ref((struct master *) m); /* only the count changes */
    list_init(&k->lru);
    *out = k;
    return OK;
}

struct keyring *
keyring_free(struct keyring *k)
{
    if (k) {
        keyring_trim(k, 0);
        master_unref(k->master);
        free(k);
    }
    return NULL;
}

const struct master *
keyring_master(const struct keyring *k)
{
    return k->master;
}

size_t
keyring_n_cached(const struct keyring *k)
{
    return k->n;
}

/* --- derivation ---------------------------------------------------------------------------------- */

static struct status
derive(const struct master *m, uint8_t purpose, const struct key_id *id, uint8_t *out, size_t len)
{
    uint8_t info[sizeof LABEL + 25];
    const struct secret *prk = master_prk(m, id->epoch);
    if (prk == NULL) {
        RAISE(KEY_MISSING);
    }
    uint8_t *p = info;
    mem_copy(p, LABEL, sizeof LABEL); /* with its NUL */
    p += sizeof LABEL;
    p[0] = purpose;
    mem_put_be16(p + 1, id->epoch);
    mem_put_be64(p + 3, id->db);
    mem_put_be64(p + 11, id->tab);
    mem_put_be32(p + 19, id->col);
    p[23] = id->onion;
    p[24] = id->layer;
    return prf_expand(secret_slice(prk), slice_of(info, sizeof info), out, len);
}

static struct key_id
resolve(const struct keyring *k, const struct key_id *id)
{
    struct key_id full = *id;
    if (full.epoch == 0) {
        full.epoch = master_newest(k->master);
    }
    return full;
}

struct status
keyring_derive(struct keyring *k, uint8_t purpose, const struct key_id *id, uint8_t *out,
               size_t len)
{
    const struct key_id full = resolve(k, id);
    if (purpose >= KEYRING_SCHEME) {
        RAISE(RANGE);
    }
    return derive(k->master, purpose, &full, out, len);
}

struct status
keyring_strip_key(struct keyring *k, enum scheme_id scheme, const struct key_id *id,
                  uint8_t out[32])
{
    uint8_t material[64];
    const struct scheme_ops *ops = scheme_find(scheme);
    const struct key_id full = resolve(k, id);
    if (ops == NULL || ops->strip_udf == NULL || ops->key_len > sizeof material) {
        RAISE(RANGE);
    }
    TRY(derive(k->master, (uint8_t) (KEYRING_SCHEME + scheme), &full, material, ops->key_len));
    mem_copy(out, material + ops->key_len - 32, 32); /* K2, or the only one */
    mem_wipe(material, sizeof material);
    return OK;
}

/* --- the cache ------------------------------------------------------------------------------------ */

static bool
same_id(const struct key_id *a, const struct key_id *b)
{
    return a->db == b->db && a->tab == b->tab && a->col == b->col && a->onion == b->onion &&
           a->layer == b->layer && a->epoch == b->epoch;
}

static struct entry **
bucket_of(struct keyring *k, enum scheme_id scheme, const struct key_id *id)
{
    uint64_t h = id->db;
    h = (h ^ id->tab) * UINT64_C(0x9E3779B97F4A7C15);
    h = (h ^ h >> 29 ^ id->col) * UINT64_C(0xBF58476D1CE4E5B9);
    h ^= (uint64_t) id->epoch << 24 | (uint64_t) id->onion << 16 | (uint64_t) id->layer << 8 |
         (uint64_t) scheme;
    h *= UINT64_C(0x94D049BB133111EB);
    return &k->buckets[h >> 56];
}

static struct status
make(struct keyring *k, enum scheme_id scheme, const struct key_id *id, struct scheme_key **out)
{
    uint8_t material[MATERIAL_MAX];
    const struct scheme_ops *ops = scheme_find(scheme);
    if (ops == NULL || ops->key_len > sizeof material) {
        RAISE(RANGE);
    }
    struct scheme_params params = {.material = slice_of(material, ops->key_len), .id = *id};
    mem_copy(params.inst, master_inst(k->master), sizeof params.inst);
    TRY(derive(k->master, (uint8_t) (KEYRING_SCHEME + scheme), id, material, ops->key_len));
    const struct status s = ops->key_new(out, &params);
    mem_wipe(material, sizeof material);
    return s;
}

static struct status
add(struct keyring *k, enum scheme_id scheme, const struct key_id *id, struct entry **bucket)
{
    CLEANUP(free_cleanup) struct entry *e = calloc(1, sizeof *e);
    if (e == NULL) {
        RAISE(NO_MEMORY);
    }
    TRY(make(k, scheme, id, &e->key));
    e->scheme = scheme;
    e->id = *id;
    e->next = *bucket;
    list_append(k->lru.next, &e->lru); /* before the first */
    k->n++;
    *bucket = STEAL(e);
    return OK;
}

struct status
keyring_scheme(struct keyring *k, enum scheme_id scheme, const struct key_id *id,
               struct scheme_key **out)
{
    const struct key_id full = resolve(k, id);
    struct entry **bucket = bucket_of(k, scheme, &full);
    for (struct entry *e = *bucket; e; e = e->next) {
        if (e->scheme == scheme && same_id(&e->id, &full)) {
            list_remove(&e->lru);
            list_append(k->lru.next, &e->lru);
            *out = e->key;
            return OK;
        }
    }
    TRY(add(k, scheme, &full, bucket));
    *out = (*bucket)->key;
    return OK;
}

static void
drop(struct keyring *k, struct entry *e)
{
    struct entry **at = bucket_of(k, e->scheme, &e->id);
    while (*at != e) {
        at = &(*at)->next;
    }
    *at = e->next;
    list_remove(&e->lru);
    scheme_key_free(e->key);
    mem_wipe(e, sizeof *e);
    free(e);
    k->n--;
}

void
keyring_trim(struct keyring *k, size_t keep)
{
    while (k->n > keep) {
        drop(k, LIST_ENTRY(k->lru.prev, struct entry, lru));
    }
}

/* --- batches --------------------------------------------------------------------------------------- */

struct status
keyring_encrypt(struct keyring *k, enum scheme_id scheme, const struct key_id *id,
                const struct cells *in, struct arena *a, struct slice *out)
{
    struct scheme_key *key;
    TRY(keyring_scheme(k, scheme, id, &key));
    return scheme_encrypt(key, in, a, out);
}

/* Bit e: some cell's header says epoch e. Empty cells are left to the scheme to refuse. */
static unsigned
epochs_in(const struct cells *in)
{
    unsigned set = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data && in->data[i].len) {
            set |= 1U << (in->data[i].data[0] & 15);
        }
    }
    return set;
}

static struct status
decrypt_epoch(struct keyring *k, enum scheme_id scheme, struct key_id id, unsigned nibble,
              const struct cells *in, struct arena *a, struct slice *out)
{
    id.epoch = master_epoch_of_nibble(k->master, (uint8_t) nibble);
    if (id.epoch == 0) {
        RAISE(KEY_MISSING);
    }
    struct scheme_key *key;
    TRY(keyring_scheme(k, scheme, &id, &key));
    return scheme_decrypt(key, in, a, out);
}

/* The cells of one epoch among others: picked out, decrypted, put back. */
static struct status
decrypt_some(struct keyring *k, enum scheme_id scheme, struct key_id id, unsigned nibble,
             const struct cells *in, struct arena *a, struct slice *out)
{
    struct slice *data = arena_array(a, struct slice, in->n);
    struct slice *tweak = in->tweak ? arena_array(a, struct slice, in->n) : NULL;
    struct slice *plain = arena_array(a, struct slice, in->n);
    if (!arena_ok(a)) {
        return arena_status(a);
    }
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].len && (in->data[i].data[0] & 15) == nibble) {
            data[n] = in->data[i];
            if (tweak) {
                tweak[n] = in->tweak[i];
            }
            n++;
        }
    }
    const struct cells part = {.n = n, .data = data, .tweak = tweak, .strict = in->strict};
    TRY(decrypt_epoch(k, scheme, id, nibble, &part, a, plain));
    n = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].len && (in->data[i].data[0] & 15) == nibble) {
            out[i] = plain[n++];
        }
    }
    return OK;
}

struct status
keyring_decrypt(struct keyring *k, enum scheme_id scheme, const struct key_id *id,
                const struct cells *in, struct arena *a, struct slice *out)
{
    const struct scheme_ops *ops = scheme_find(scheme);
    if (ops == NULL || ops->decrypt == NULL) {
        RAISE(RANGE);
    }
    const unsigned epochs = ops->caps & SCHEME_CAP_HEADER ? epochs_in(in) : 0;
    if (epochs == 0) {
        struct scheme_key *key;
        TRY(keyring_scheme(k, scheme, id, &key));
        return scheme_decrypt(key, in, a, out);
    }
    if ((epochs & (epochs - 1)) == 0) {
        return decrypt_epoch(k, scheme, *id, (unsigned) __builtin_ctz(epochs), in, a, out);
    }
    for (size_t i = 0; i < in->n; i++) {
        if (in->data[i].data && in->data[i].len == 0) {
            RAISE(CIPHERTEXT);
        }
        out[i] = SLICE_NULL;
    }
    for (unsigned nibble = 0; nibble < 16; nibble++) {
        if (epochs >> nibble & 1) {
            TRY(decrypt_some(k, scheme, *id, nibble, in, a, out));
        }
    }
    return OK;
}
