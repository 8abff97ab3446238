/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a transition does to the description of a table, as pure steps that can be told backwards:
 *
 *   add     its new physical columns appear as shadows: writers write them, nobody reads them
 *   index   keys over columns that will change get a second physical index (shadow_e, shadow_o), foreign
 *           keys a second constraint (shadow)
 *   switch  each onion changes places with its shadow, each index with its second one. Switching again
 *           switches back. An onion that is added has no predecessor, one that is removed no successor.
 *   drop    the shadows, by now the old columns, go
 *
 * Tables here are unpublished clones; memory comes from their arenas. Any thread.
 */
#pragma once

#include "crypto/keyring.h"
#include "rewriter/catalog/catalog.h"

/* One onion of one column: what it becomes. */
struct reshape_item {
    uint64_t table;
    uint32_t column;     /* id */
    struct cat_onion to; /* kind and chars say which one; its name is chosen by reshape_add */
    bool gone;           /* it becomes nothing: `to` has no meaning but for kind and chars */
};

struct reshape {
    uint64_t id; /* of the transition */
    const struct reshape_item *items;
    size_t n_items;
};

/* The items' shadows, where the column is still there and has none yet. */
STATUS reshape_add(const struct reshape *r, struct cat_table *t);
STATUS reshape_switch(const struct reshape *r, struct cat_table *t);
/* Shadows of this transition, and the second indexes and constraints. */
void reshape_drop(const struct reshape *r, struct cat_table *t);
bool reshape_has_shadows(const struct reshape *r, const struct cat_table *t);

/* Which of the two indexes of key `at` differs in `after`, the same table switched. */
struct reshape_key {
    bool e, o;
};
struct reshape_key reshape_key_changes(const struct cat_table *t, const struct cat_table *after,
                                       size_t at);
/* Names for the second indexes that have none yet; *changed when there were such. */
STATUS reshape_name_indexes(const struct reshape *r, struct keyring *k, struct cat_table *t,
                            bool *changed);
