/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a logical table (as introspected from the mirror: names, types, keys, foreign keys) to its
 * physical identity: ids, policy, onions, join groups, physical names. Which onions a column starts with is
 * decided here, from its policy (policy.h) and what the keys need.
 *
 * Names are PRF(numeric ids) under a key of the keyring: they reveal nothing and do not depend on the
 * logical name. Not thread-safe (keyring).
 */
#pragma once

#include "base/diag.h"
#include "crypto/keyring.h"
#include "rewriter/catalog/catalog.h"

struct layout_rename {
    struct slice from, to; /* column names of one ALTER TABLE */
};

/* A column moved from one join group to another: every other column of `from` has to follow. */
struct layout_merge {
    uint64_t from, to;
};
#define LAYOUT_MERGES_MAX 16

struct layout_input {
    const struct catalog *cat;   /* parents and waiting children of foreign keys */
    const struct cat_db *db;     /* of the new version */
    const struct cat_table *old; /* the version before, or NULL */
    const struct layout_rename *renames;
    size_t n_renames;
    const struct policy_rule *rules; /* for new columns */
    struct keyring *keyring;
    STATUS (*new_id)(void *ctx, uint64_t *id, struct diag *d); /* never repeats, never 0 */
    void *ctx;
    uint16_t epoch;                                /* set by layout_assign: of new keys */
    struct layout_merge merges[LAYOUT_MERGES_MAX]; /* out */
    size_t n_merges;                               /* out */
};

/* Physical name of a database: sets db->phys from db->id (name points into `a`). */
STATUS layout_name_db(struct keyring *k, struct arena *a, struct cat_db *db);

/* Fills everything physical in t. Memory comes from t's arena. UNSUPPORTED: a UNIQUE or foreign key
 * over a type that has no equality token. POLICY: one over a column whose floor is rnd, or a comment
 * that would lower a floor. An index that the floor forbids, but that enforces nothing, is left out. */
STATUS layout_assign(struct layout_input *in, struct cat_table *t, struct diag *d);

/* The name of another physical column for an onion of c: never used before in t. */
struct slice layout_shadow_name(struct cat_table *t, const struct cat_column *c,
                                enum cat_onion_kind kind);
/* The name of another physical index for key `at`. ordered: the one that ends in an order token. */
STATUS layout_shadow_index(struct keyring *k, struct cat_table *t, size_t at, bool ordered,
                           struct slice *out);
/* The name of another constraint for a foreign key of t. */
STATUS layout_shadow_fk(struct keyring *k, struct cat_table *t, struct slice *out);
/* Bytes of a column's order token, 0 when its type has none that is exact. */
uint16_t layout_ord_width(const struct type *type);

/* A new physical table beside the old one: next generation, so new table and constraint names. */
STATUS layout_rebuild(struct keyring *k, struct cat_table *t);
/* The same physical table under a new name, which fences statements that know the old one. */
STATUS layout_rename(struct keyring *k, struct cat_table *t);
/* Foreign key `at` becomes enforced by the server: gives it a constraint name. */
STATUS layout_name_fk(struct keyring *k, struct cat_table *t, size_t at);
