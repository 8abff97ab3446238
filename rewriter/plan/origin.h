/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the values of a column come from: the stored table below derived tables, views written out and
 * common table expressions. Sound, not complete, like scope.h: what is not certain has no origin.
 *
 * Pure functions over an immutable scope; any thread.
 */
#pragma once

#include "rewriter/plan/scope.h"

struct origin {
    const struct scope_table *table; /* the stored table's reference; NULL: not known */
    int column;                      /* index in table->table->columns */
    const struct scope_table *top;   /* the reference that the name itself means */
    /* Rows of `table` whose value fails a condition on the column, one that rejects NULL, may be left
     * out: what else is read of them never shows through `top`. */
    bool filter;
    bool null_supplied; /* `top`, or a reference below it, is on the inner side of an outer join */
};

/* Of a COLUMN node. Every value that it takes is one of table.column's, or NULL. */
struct origin origin_of_column(const struct scope *s, const struct sql_node *column);
/* Of the n-th column of a QUERY (a subquery's). `top` is as for the item's own expression. */
struct origin origin_of_output(const struct scope *s, const struct sql_node *query, uint32_t n);
/* The column called `name` of reference t. */
struct origin origin_in_table(const struct scope *s, const struct scope_table *t,
                              struct slice name);
/* Aggregates without GROUP BY: one row, whatever there is. */
bool origin_is_implicit_group(const struct sql_select *sel);
