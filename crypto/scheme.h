/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheme registry. A scheme is one const table of functions; whatever walks the registry (keyring,
 * tests, benchmarks, leakage report) needs to know no scheme by name. New scheme: one .c, one line in
 * schemes.def, one vectors file, one row in docs.
 *
 * Cells come in batches of one column. A NULL slice is SQL NULL and passes through untouched (nullness
 * leaks). Outputs lie in the caller's arena. Threads: a struct scheme_key belongs to one thread (it
 * holds keyed cipher contexts and caches); ops tables are immutable.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

enum scheme_id {
#define SCHEME(name, number, symbol) SCHEME_##name = (number),
#include "crypto/schemes.def"
#undef SCHEME
};

/* Which key: numeric ids, never names, so that RENAME re-encrypts nothing. */
enum onion {
    ONION_NONE = 0,
    ONION_DATA = 1,
    ONION_EQ = 2,
    ONION_ORD = 3,
    ONION_ADD = 4,
    ONION_SEARCH = 5,
    ONION_JOIN_GROUP = 6, /* tab = col = 0, db = group id */
    ONION_TOKEN = 7,
};

struct key_id {
    uint64_t db, tab;
    uint32_t col;
    uint8_t onion, layer; /* layer counts from 0, the innermost */
    uint16_t epoch;       /* 0: the newest one of the keyring */
};

enum scheme_cap {
    SCHEME_CAP_DECRYPT = 1 << 0, /* the ciphertext alone gives the plaintext back */
    SCHEME_CAP_EQ = 1 << 1,      /* equal plaintexts give equal ciphertexts, and only they */
    SCHEME_CAP_ORDER = 1 << 2,   /* memcmp order of ciphertexts is that of plaintexts */
    SCHEME_CAP_ADD = 1 << 3,     /* the server can add */
    SCHEME_CAP_SEARCH = 1 << 4,  /* a trapdoor finds a word */
    SCHEME_CAP_JOIN = 1 << 5,    /* columns that share a key compare with each other */
    SCHEME_CAP_AUTH = 1 << 6,    /* any changed bit is rejected */
    SCHEME_CAP_HEADER = 1 << 7,  /* first byte is suite << 4 | epoch & 15 */
    SCHEME_CAP_TWEAK = 1 << 8,   /* encrypt binds to the cell's tweak when one is given */
};

/* What a server that holds only ciphertexts learns, beside nullness. */
enum scheme_leak {
    SCHEME_LEAK_LENGTH,        /* the length and nothing else */
    SCHEME_LEAK_NOTHING,       /* not even that: fixed size */
    SCHEME_LEAK_EQUALITY,      /* equality and frequency */
    SCHEME_LEAK_ORDER_HALF,    /* order and about the upper half of the bits */
    SCHEME_LEAK_ORDER_MSDB,    /* order and the index of the first differing bit of each pair */
    SCHEME_LEAK_QUERIED_WORDS, /* number of words; for each asked word the cells that have it */
};

struct cells {
    size_t n;
    const struct slice *data;  /* n cells */
    const struct slice *tweak; /* n row salts of 16 bytes, or NULL */
    bool strict;               /* decrypt: refuse cells that are not bound to their row */
};

/* What a key is derived from and bound to. */
struct scheme_params {
    struct slice material; /* exactly ops->key_len bytes, borrowed for the call */
    uint8_t inst[16];      /* installation */
    struct key_id id;      /* epoch resolved, not 0 */
};

struct scheme_key; /* each scheme's own struct begins with struct scheme_key_head */

struct scheme_ops {
    enum scheme_id id;
    const char *name;
    uint32_t caps; /* enum scheme_cap bits */
    enum scheme_leak leak;
    const char *strip_udf;           /* how the server takes this layer off, or NULL */
    size_t key_len;                  /* bytes of key material */
    bool (*accepts)(size_t pt_len);  /* which plaintext lengths can be encrypted */
    size_t (*ct_max)(size_t pt_len); /* upper bound of the ciphertext length */
    STATUS (*key_new)(struct scheme_key **out, const struct scheme_params *params);
    void (*key_free)(struct scheme_key *key); /* wipes; NULL is fine */
    /* out[in->n] is the caller's; bytes are in the arena. On failure out is unspecified. RANGE: a
     * plaintext length that the scheme does not accept. */
    STATUS (*encrypt)(struct scheme_key *key, const struct cells *in, struct arena *a,
                      struct slice *out);
    /* NULL without SCHEME_CAP_DECRYPT. CIPHERTEXT: malformed; AUTHENTICITY: changed, or another key
     * or row; KEY_MISSING: header of another epoch. */
    STATUS (*decrypt)(struct scheme_key *key, const struct cells *in, struct arena *a,
                      struct slice *out);
};

/* First member of every key struct. */
struct scheme_key_head {
    const struct scheme_ops *ops;
};

#define SCHEME(name, number, symbol) extern const struct scheme_ops scheme_##symbol;
#include "crypto/schemes.def"
#undef SCHEME

const struct scheme_ops *scheme_find(enum scheme_id id); /* NULL when there is none */
const struct scheme_ops *scheme_find_name(struct slice name);
const struct scheme_ops *scheme_at(size_t i); /* walks the registry; NULL past the end */

/* Dispatch on the key's own table. RANGE: not decryptable. */
STATUS scheme_encrypt(struct scheme_key *key, const struct cells *in, struct arena *a,
                      struct slice *out);
STATUS scheme_decrypt(struct scheme_key *key, const struct cells *in, struct arena *a,
                      struct slice *out);
void scheme_key_free(struct scheme_key *key); /* NULL is fine */

static inline void
scheme_key_free_cleanup(struct scheme_key **key)
{
    scheme_key_free(*key);
}

#define SCHEME_CONTEXT_LEN 28
/* The associated data that binds a ciphertext to installation, column, onion, layer, epoch, format. */
void scheme_context(uint8_t out[SCHEME_CONTEXT_LEN], const struct scheme_params *params,
                    uint16_t fmt);
