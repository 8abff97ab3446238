/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions the server can decide on ciphertext. A condition is pushed only when the server's
 * three-valued answer on tokens is, for every row, MySQL's answer on the values: equality and IN on Eq
 * tokens, order and BETWEEN on Ord tokens, IS NULL on the value cell, column = column in one join
 * group, AND/OR/NOT of those.
 *
 * What the server learns by a pushed condition: which rows match (CRYPTO.md, per layer), nothing else.
 */
#pragma once

#include "rewriter/emit/template.h"
#include "rewriter/plan/literal.h"
#include "rewriter/plan/scope.h"

/* Onions that would have decided more in the server, had they been there, bare. */
#define PUSH_WANTS_MAX 4
struct push_wants {
    struct push_want {
        const struct cat_table *table;
        const struct cat_column *column;
        enum cat_onion_kind kind;
    } items[PUSH_WANTS_MAX];
    size_t n;
};

struct push {
    const struct scope *scope;
    const struct literals *literals;
    const struct type_env *env; /* session: sql_mode and time zone */
    /* Which table references may appear, and what the server calls them ("t0"): NULL answer = no. */
    const char *(*alias)(void *ctx, const struct scope_table *t);
    /* What a COLUMN node means; NULL: scope_resolve. */
    struct scope_column (*resolve)(void *ctx, const struct sql_node *column);
    void *ctx;
    struct template_builder *out;
    struct slice why;         /* of the first refusal: a static text for EXPLAIN */
    struct push_wants *wants; /* may be NULL */
};

/* Appends the server's form of cond and returns true, or leaves *out as it was and returns false. */
bool push_condition(struct push *p, const struct sql_node *cond);

/* Appends a condition that is true wherever cond is: of AND what can be pushed, of OR each arm,
 * of LIKE the words of its pattern. On one table only, called t0. */
bool push_superset(struct push *p, const struct sql_node *cond);

/* Appends as many conjuncts of cond as can be pushed, joined by AND, after `lead` (" WHERE ", " AND ").
 * Returns how many; *all tells whether nothing is left. cond NULL: nothing to push, all. */
unsigned push_conjuncts(struct push *p, const struct sql_node *cond, const char *lead, bool *all);

/* Has the column an equality token that can be compared as it is? */
bool push_has_tokens(const struct cat_column *c);

/* "t0.c_12_e": the token column of a resolved column that can be compared for equality, or false. */
bool push_eq_column(struct push *p, const struct sql_node *column, struct scope_column *out);
bool push_ord_column(struct push *p, const struct sql_node *column, struct scope_column *out);
