/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a target table before and after the trusted side ran a statement over its working copy, and
 * the server statements that make the one into the other. Identity is the row id; a row without one is
 * new, one that is gone is deleted. Unchanged rows and columns are not written.
 */
#pragma once

#include "proxy/exec/exec_priv.h"

struct image_row {
    uint64_t rid;
    struct slice salt;
    const struct slice *values; /* in the order of image.f->columns */
    bool seen;
};

struct image {
    const struct plan_fetch *f;
    struct arena *arena; /* lives as long as the unit */
    struct image_row *rows;
    size_t n, cap;
};

/* A row that others may refer to, and what became of it. Values by column; after NULL: deleted. */
struct image_parent {
    uint64_t rid;
    struct slice *before, *after;
};

/* The changes to one table. Apply in the order: deletes, updates, inserts. */
struct image_diff {
    const struct cat_table *table;
    /* server statements, each ended by a semicolon */
    struct buf deletes, updates, inserts;
    bool by_row;         /* each row in a statement of its own */
    size_t insert_begin; /* of the INSERT that rows are added to */
    uint64_t n_deleted, n_updated, n_inserted;
    /* canonical values of rows that are new or have a changed unique key: n_new * n_columns, in the
     * arena */
    struct slice *new_rows;
    size_t n_new, new_cap;
    /* rows with changed referenced columns, and deleted ones, where the proxy must act on it */
    struct image_parent *parents;
    size_t n_parents, parents_cap;
    struct buf loosen;  /* first takes the changed keys out of each other's way */
    uint64_t n_rekeyed; /* rows with a changed unique key */
};

STATUS image_add(struct image *im, const struct exec_rows *rows);
/* Reads the working copy of im->f->table back and compares. */
STATUS image_compare(struct exec_run *r, struct image *im, struct image_diff *diff);
void image_diff_deinit(struct image_diff *diff);
/* Statements, each ended by a semicolon, in packets. */
STATUS image_send(struct backend_conn *c, const struct buf *statements, struct diag *d);
/* A row whose statement failed. *go_on: leave it out. */
typedef STATUS (*image_refused_fn)(void *ctx, const struct cat_table *t, bool *go_on);
/* The same for a diff with by_row, row by row. */
STATUS image_apply_rows(struct exec_run *r, const struct image_diff *diff, image_refused_fn refused,
                        void *ctx);
/* Sends the changes over the session's server connection. */
STATUS image_apply(struct exec_run *r, const struct image_diff *diff);
/* Largest AUTO_INCREMENT value among the new rows; 0 when none. */
uint64_t image_max_id(struct exec_run *r, const struct image_diff *diff);
/* New rows whose AUTO_INCREMENT value is at least `from`. */
uint64_t image_count_ids(struct exec_run *r, const struct image_diff *diff, uint64_t from);
