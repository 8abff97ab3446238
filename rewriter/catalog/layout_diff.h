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

/*
 * Would MySQL itself copy the rows for this ALTER TABLE? Its OK packet counts them then. (What InnoDB
 * does in place: https://mariadb.com/kb/en/innodb-online-ddl-overview/.) check_fks: the session's
 * foreign_key_checks.
 */
bool layout_diff_is_copy(const struct cat_table *old, const struct cat_table *new_, bool check_fks,
                         bool is_mysql);

/* May a table without rows be changed by layout_diff_alter_sql, whatever layout_diff_tables says? Not when
 * the order of its rows changes, or a token that a foreign key may use. */
bool layout_diff_suits_empty(const struct cat_table *old, const struct cat_table *new_);

/* For LAYOUT_DIFF_IN_PLACE, and tables without rows: "ALTER TABLE `old` ADD .., DROP .., RENAME TO `new`". Parents of foreign
 * keys that appear are looked up in `cat`, the snapshot after the change. False: there is nothing to do. */
bool layout_diff_alter_sql(const struct catalog *cat, const struct cat_table *old,
                           const struct cat_table *new_, struct buf *sql);

/* Replaces join group `from` by `to` in an unpublished table; true when something changed. */
bool layout_diff_regroup(struct cat_table *t, uint64_t from, uint64_t to);
