/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/master.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/prf.h"
#include "crypto/rand.h"

struct epoch {
    uint16_t number;
    struct secret *key, *prk;
};

struct master {
    atomic_uint refs;
    uint8_t inst[MASTER_INST_LEN];
    size_t n;
    struct epoch epochs[MASTER_EPOCHS_MAX]; /* ascending */
};

struct master *
master_ref(struct master *m)
{
    atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
    return m;
}

struct master *
master_unref(struct master *m)
{
    if (m && atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) == 1) {
        for (size_t i = 0; i < m->n; i++) {
            secret_free(m->epochs[i].key);
            secret_free(m->epochs[i].prk);
        }
        free(m);
    }
    return NULL;
}

static struct status
add_epoch(struct master *m, uint16_t number, struct slice key)
{
    for (size_t i = 0; i < m->n; i++) {
        if (number <= m->epochs[i].number || (number & 15) == (m->epochs[i].number & 15)) {
            RAISE(RANGE);
        }
    }
    if (number == 0 || key.len != MASTER_KEY_LEN || m->n == MASTER_EPOCHS_MAX) {
        RAISE(RANGE);
    }
    struct epoch *e = &m->epochs[m->n++];
    e->number = number;
    e->key = secret_new_copy(key.data, key.len);
    e->prk = secret_new(PRF_LEN);
    if (e->key == NULL || e->prk == NULL) {
        RAISE(NO_MEMORY);
    }
    return prf_extract(slice_of(m->inst, sizeof m->inst), key, e->prk->data);
}

struct status
master_new(struct master **out, const uint8_t inst[MASTER_INST_LEN], size_t n,
           const uint16_t *epochs, const struct slice *keys)
{
    CLEANUP(master_unref_cleanup) struct master *m = calloc(1, sizeof *m);
    if (m == NULL) {
        RAISE(NO_MEMORY);
    }
    atomic_init(&m->refs, 1);
    mem_copy(m->inst, inst, sizeof m->inst);
    if (n == 0) {
        RAISE(RANGE);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(add_epoch(m, epochs[i], keys[i]));
    }
    *out = STEAL(m);
    return OK;
}

struct status
master_new_raw(struct master **out, struct slice key)
{
    uint8_t id[PRF_LEN];
    if (key.len != MASTER_KEY_LEN) {
        RAISE(RANGE);
    }
    TRY(prf_hmac(key, SLICE("edbp/v1 inst"), id));
    return master_new(out, id, 1, (const uint16_t[]){1}, &key);
}

struct status
master_new_random(struct master **out)
{
    uint8_t inst[MASTER_INST_LEN], key[MASTER_KEY_LEN];
    TRY(rand_bytes(inst, sizeof inst));
    TRY(rand_bytes(key, sizeof key));
    const struct slice k = slice_of(key, sizeof key);
    const struct status s = master_new(out, inst, 1, (const uint16_t[]){1}, &k);
    mem_wipe(key, sizeof key);
    return s;
}

/* old without `skip`, plus `extra` under `extra_epoch` when that is not 0. */
static struct status
copy(struct master **out, const struct master *old, uint16_t skip, uint16_t extra_epoch,
     struct slice extra)
{
    uint16_t epochs[MASTER_EPOCHS_MAX + 1];
    struct slice keys[MASTER_EPOCHS_MAX + 1];
    size_t n = 0;
    for (size_t i = 0; i < old->n; i++) {
        if (old->epochs[i].number != skip) {
            epochs[n] = old->epochs[i].number;
            keys[n++] = secret_slice(old->epochs[i].key);
        }
    }
    if (extra_epoch) {
        epochs[n] = extra_epoch;
        keys[n++] = extra;
    }
    return master_new(out, old->inst, n, epochs, keys);
}

struct status
master_new_rotated(struct master **out, const struct master *old)
{
    uint8_t key[MASTER_KEY_LEN];
    const unsigned next = master_newest(old) + 1U;
    if (old->n == MASTER_EPOCHS_MAX || next > UINT16_MAX ||
        master_epoch_of_nibble(old, next & 15)) {
        RAISE(LIMIT);
    }
    TRY(rand_bytes(key, sizeof key));
    const struct status s = copy(out, old, 0, (uint16_t) next, slice_of(key, sizeof key));
    mem_wipe(key, sizeof key);
    return s;
}

struct status
master_new_without(struct master **out, const struct master *old, uint16_t epoch)
{
    if (master_key(old, epoch) == NULL) {
        RAISE(KEY_MISSING);
    }
    return copy(out, old, epoch, 0, SLICE_NULL);
}

const uint8_t *
master_inst(const struct master *m)
{
    return m->inst;
}

size_t
master_n_epochs(const struct master *m)
{
    return m->n;
}

uint16_t
master_epoch_at(const struct master *m, size_t i)
{
    return m->epochs[i].number;
}

uint16_t
master_newest(const struct master *m)
{
    return m->epochs[m->n - 1].number;
}

uint16_t
master_epoch_of_nibble(const struct master *m, uint8_t nibble)
{
    for (size_t i = 0; i < m->n; i++) {
        if ((m->epochs[i].number & 15) == (nibble & 15)) {
            return m->epochs[i].number;
        }
    }
    return 0;
}

static const struct epoch *
find(const struct master *m, uint16_t number)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->epochs[i].number == number) {
            return &m->epochs[i];
        }
    }
    return NULL;
}

const struct secret *
master_prk(const struct master *m, uint16_t epoch)
{
    const struct epoch *e = find(m, epoch);
    return e ? e->prk : NULL;
}

const struct secret *
master_key(const struct master *m, uint16_t epoch)
{
    const struct epoch *e = find(m, epoch);
    return e ? e->key : NULL;
}
