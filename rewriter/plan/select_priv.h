/* SPDX-License-Identifier: Apache-2.0 */
/* A SELECT on its way to one server statement; shared by select.c and finish.c. */
#pragma once

#include "rewriter/plan/plan_priv.h"

#define SELECT_TABLES_MAX 32

struct rewrite {
    struct planner *pl;
    const struct sql_query *q;
    const struct sql_select *sel;
    struct template_builder b;
    struct push push;
    char aliases[SELECT_TABLES_MAX][8];
    int salt[SELECT_TABLES_MAX]; /* server column of the table's salt, or -1 */
    uint16_t n_server;           /* server columns so far */
    struct plan_output *outputs;
    size_t n_outputs, cap_outputs;
    bool grouped, aggregated;
};

/* Adds the column's cell (and salt) to the server's select list and to the outputs. */
bool plan_select_column(struct rewrite *r, const struct scope_column *c);
/* May a name in GROUP BY or ORDER BY mean another select item than its own column? */
bool plan_select_is_other(const struct rewrite *r, const struct sql_node *name);
/* Does MIN or MAX of the column print as the column itself does? */
bool plan_select_prints_alike(const struct type *t);

/*
 * finish.c: the select list as plain columns, and the rest (grouping, aggregates, DISTINCT, ORDER BY,
 * LIMIT) as work for the proxy on the decoded rows, where that is provably MySQL's. Appends the select
 * list only.
 */
bool plan_finish_select(struct rewrite *r, struct plan_finish *out);
