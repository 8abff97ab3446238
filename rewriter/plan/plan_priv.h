/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the planner's files. Each try_* fills p and returns true, or leaves p->why. */
#pragma once

#include "rewriter/plan/plan.h"
#include "rewriter/plan/push.h"

struct planner {
    struct plan *p;
    const struct plan_context *ctx;
    const struct literals *lits;
    struct scope *scope;
    struct diag *d;
    bool asks_last_id; /* plan.c: IS NULL of an AUTO_INCREMENT column stands somewhere */
};

bool plan_try_rewrite(struct planner *pl, const struct sql_query *q);
bool plan_try_insert(struct planner *pl, const struct sql_insert *ins);
bool plan_try_update(struct planner *pl, const struct sql_update *upd);
bool plan_try_delete(struct planner *pl, const struct sql_delete *del);

enum fetch_lock {
    FETCH_PLAIN,
    FETCH_SHARE,
    FETCH_UPDATE
};
/* Adds fetches for every base table of the scope (targets as told). */
STATUS plan_fetches(struct planner *pl, enum fetch_lock lock);

/* push.alias for statements on one table: "t0", or the physical table's own name. */
struct plan_alias {
    const struct scope_table *table;
};
const char *plan_alias_t0(void *ctx, const struct scope_table *t);
const char *plan_alias_phys(void *ctx, const struct scope_table *t);

/* Notes the literals that a cached plan must insist on. */
STATUS plan_pin(struct planner *pl, const struct sql_stmt *stmt);

/* Remembers the first reason. */
bool plan_refuse(struct planner *pl, const char *why);
/* The one base table reference of a single-table statement, or NULL. */
const struct scope_table *plan_single_table(const struct planner *pl);
/* Append " LIMIT n[ OFFSET m]" with slots; false when not plain literals. */
bool plan_limit(struct planner *pl, const struct sql_node *limit, struct template_builder *b);
