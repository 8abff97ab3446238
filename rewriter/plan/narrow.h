/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rows of a table reference a statement can need at all. A *fact* is a condition that must be
 * true for every row combination that matters: a conjunct of WHERE, of ON, of the WHERE of a subquery
 * under EXISTS or IN. From the facts follow, per reference,
 *  - a condition that the server can decide (push_superset), and
 *  - links: "column = a value of that other reference", used once the other's rows are known.
 * A row that fails a fact changes nothing by its absence, so any subset of the facts may be used, and
 * each may be judged on rows that others have already narrowed.
 */
#pragma once

#include "rewriter/plan/plan_priv.h"

struct narrow;

/* Collects the facts of the whole statement; in the plan's arena. */
STATUS narrow_new(struct planner *pl, struct narrow **out);

/* Appends `lead` and the condition on ref, called t0; returns how few rows it leaves. *why: what could
 * not be pushed (borrowed static text), or untouched. */
enum plan_rank narrow_condition(const struct narrow *n, const struct scope_table *ref,
                                const char *lead, struct template_builder *b, struct slice *why);

/* column of ref equals a value of source's source_column. */
struct narrow_link {
    uint16_t column;
    const struct scope_table *source;
    uint16_t source_column;
};
/* In the plan's arena. */
STATUS narrow_links(const struct narrow *n, const struct scope_table *ref,
                    const struct narrow_link **out, size_t *n_out);
