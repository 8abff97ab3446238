/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What separates two versions of one table (same id) physically, and the ALTER TABLE that leads from
 * one to the other where no cell has to change. Pure functions; any thread.
 */
#pragma once

#include "base/buf.h"
#include "rewriter/catalog/catalog.h"

/* Cheapest first. */
enum layout_diff {
    LAYOUT_DIFF_SAME,     /* nothing physical: catalog rows only */
    LAYOUT_DIFF_IN_PLACE, /* one ALTER TABLE in the server */
    LAYOUT_DIFF_RECODE,   /* same values, other cells: every row is encoded again */
    LAYOUT_DIFF_CONVERT,  /* other values, or checks on them: rows go through the scratch engine */
};

enum layout_diff layout_diff_tables(const struct cat_table *old, const struct cat_table *new_);

/* For LAYOUT_DIFF_IN_PLACE: "ALTER TABLE `old` ADD .., DROP .., RENAME TO `new`". Parents of foreign
 * keys that appear are looked up in `cat`, the snapshot after the change. */
void layout_diff_alter_sql(const struct catalog *cat, const struct cat_table *old,
                           const struct cat_table *new_, struct buf *sql);

/* Replaces join group `from` by `to` in an unpublished table; true when something changed. */
bool layout_diff_regroup(struct cat_table *t, uint64_t from, uint64_t to);
