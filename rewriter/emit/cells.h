/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between canonical values and the cells of a physical row: which scheme, key and column each onion of
 * a column uses, encoding a row into the server's SQL, decoding fetched cells in batches. The only
 * place that knows; planner, executor and DDL all go through here.
 *
 * A value cell is bound to its row by the row's salt (`_s`), which travels with it. What the server
 * learns: `_v` length and NULL; `_e` equality within the join group; `_o` order; `_w` the number of
 * n-grams, and of those that are asked for the rows that have them; of a token under an RND layer nothing.
 *
 * Threads: a cells_env belongs to one thread (its keyring does).
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "crypto/keyring.h"
#include "rewriter/catalog/catalog.h"
#include "rewriter/types/collation.h"
#include "rewriter/types/type.h"

#define CELLS_SALT_LEN 16

struct cells_env {
    struct keyring *keyring;
    struct arena *arena; /* batch outputs; the caller resets it */
    /* The weight table of a collation; loads it on first use. */
    STATUS (*collation)(void *ctx, const struct collation_info *info, const struct collation **out,
                        struct diag *d);
    /* WEIGHT_STRING() of one string, from the scratch engine, for TYPE_KEY_ASK. May be NULL. */
    STATUS (*weight)(void *ctx, const struct collation_info *info, struct slice value,
                     struct buf *out, struct diag *d);
    void *ctx;
};

/* A fresh random salt. */
STATUS cells_salt(uint8_t salt[CELLS_SALT_LEN]);

/* Tokens of one value (not NULL), appended raw. UNSUPPORTED when the column has no such onion. */
STATUS cells_eq_token(const struct cells_env *env, const struct cat_column *c, struct slice value,
                      struct buf *out, struct diag *d);
/* The same for a value of another column whose type is comparable (type_key_comparable). */
STATUS cells_foreign_token(const struct cells_env *env, const struct cat_column *c,
                           const struct type *type, struct slice value, struct buf *out,
                           struct diag *d);
STATUS cells_prefix_token(const struct cells_env *env, const struct cat_column *c,
                          const struct cat_prefix *prefix, struct slice value, struct buf *out,
                          struct diag *d);
STATUS cells_ord_token(const struct cells_env *env, const struct cat_table *t,
                       const struct cat_column *c, struct slice value, struct buf *out,
                       struct diag *d);

/* One onion's cell for a value (not NULL), layer included, appended raw. *known = false, with nothing
 * appended: the cell is NULL all the same (SEARCH: a text that counts as containing everything). */
STATUS cells_onion(const struct cells_env *env, const struct cat_table *t,
                   const struct cat_column *c, const struct cat_onion *onion, struct slice value,
                   struct slice salt, struct buf *out, bool *known, struct diag *d);
/* What the server needs to take the RND layer off an onion's tokens (allium_unmask). To be given away
 * only when that layer comes off for good. */
STATUS cells_strip_key(const struct cells_env *env, const struct cat_table *t,
                       const struct cat_onion *onion, uint8_t out[32]);

/* The bare token in a cell: without its layer, if the onion has one. In env->arena, or the cell. */
STATUS cells_open_layer(const struct cells_env *env, const struct cat_table *t,
                        const struct cat_onion *onion, struct slice cell, struct slice *out);

/* SEARCH: the 32-byte trapdoor of each n-gram of a pattern without wildcards, appended one after the
 * other; allium_search(phys_w, trapdoor) is 1 where a text has it. A row contains the pattern only if
 * phys_w IS NULL or has them all. None: the pattern is too short, or has characters without weights. */
STATUS cells_trapdoors(const struct cells_env *env, const struct cat_table *t,
                       const struct cat_column *c, struct slice pattern, struct buf *out,
                       struct diag *d);

/* The physical columns of a row, in the order of cells_row_values: "_s,c_1_v,c_1_e,…". */
void cells_row_columns(const struct cat_table *t, struct buf *sql);
/* "(X'..',NULL,…)" for values[t->n_columns]; a NULL slice is SQL NULL. A salt of its own. */
STATUS cells_row_values(const struct cells_env *env, const struct cat_table *t,
                        const struct slice *values, struct buf *sql, struct diag *d);
/* "c_1_v=X'..',c_1_e=X'..'": the cells of one column under the row's existing salt. */
STATUS cells_set_column(const struct cells_env *env, const struct cat_table *t,
                        const struct cat_column *c, struct slice value, struct slice salt,
                        struct buf *sql, struct diag *d);

/* n fetched `_v` cells of one column with their rows' salts -> canonical values in env->arena. */
STATUS cells_decode(const struct cells_env *env, const struct cat_table *t,
                    const struct cat_column *c, const struct slice *cells,
                    const struct slice *salts, size_t n, struct slice *values, struct diag *d);
