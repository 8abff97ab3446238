/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The master keys of one installation: an identity and up to 15 live epochs of 32 bytes each. Immutable
 * after it is built, reference-counted, safe to share between threads. Keys are in struct secret.
 * Source: HKDF per RFC 5869, https://www.rfc-editor.org/rfc/rfc5869.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/slice.h"
#include "base/status.h"

#define MASTER_KEY_LEN    32
#define MASTER_INST_LEN   16
#define MASTER_EPOCHS_MAX 15

struct master;

/* A fresh installation: random identity, random key, epoch 1. */
STATUS master_new_random(struct master **out);
/* From one raw key: epoch 1, the identity is derived from the key. */
STATUS master_new_raw(struct master **out, struct slice key);
/* n epochs, ascending, no two equal modulo 16, none 0; keys of MASTER_KEY_LEN each, borrowed. */
STATUS master_new(struct master **out, const uint8_t inst[MASTER_INST_LEN], size_t n,
                  const uint16_t *epochs, const struct slice *keys);
/* A copy with one random epoch more (the newest one + 1). LIMIT when 15 are live. */
STATUS master_new_rotated(struct master **out, const struct master *old);
/* A copy without `epoch`. KEY_MISSING when there is none, RANGE when it is the only one. */
STATUS master_new_without(struct master **out, const struct master *old, uint16_t epoch);

struct master *master_ref(struct master *m);
struct master *
master_unref(struct master *m); /* NULL is fine; returns NULL; wipes at the last one */

static inline void
master_unref_cleanup(struct master **m)
{
    master_unref(*m);
}

const uint8_t *master_inst(const struct master *m); /* MASTER_INST_LEN bytes */
size_t master_n_epochs(const struct master *m);
uint16_t master_epoch_at(const struct master *m, size_t i); /* ascending */
uint16_t master_newest(const struct master *m);
uint16_t master_epoch_of_nibble(const struct master *m, uint8_t nibble); /* 0 when not live */

/* HKDF-Extract(inst, key) of an epoch, made once; NULL when the epoch is not live. 32 bytes. */
const struct secret *master_prk(const struct master *m, uint16_t epoch);
/* The key itself: for keystore only. */
const struct secret *master_key(const struct master *m, uint16_t epoch);
