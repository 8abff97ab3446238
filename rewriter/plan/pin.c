/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which literals a cached plan depends on. Where a literal can only filter rows (WHERE, ON, HAVING,
 * LIMIT) it is a slot like any other: binding looks at it each time. Everywhere else it may decide a
 * column's name, type or length, or be part of the syntax: such a literal must be the same again.
 */
#include "base/mem.h"
#include "rewriter/plan/plan_priv.h"

struct pins {
    bool *is_free; /* by slot */
};

static enum sql_visit
free_literal(void *ctx, struct sql_node *n)
{
    if (n->kind == SQL_LITERAL && sql_as_literal(n)->slot >= 0) {
        ((struct pins *) ctx)->is_free[sql_as_literal(n)->slot] = true;
    }
    return SQL_CONTINUE;
}

static enum sql_visit
find_filters(void *ctx, struct sql_node *n)
{
    if (n->kind == SQL_SELECT) {
        sql_walk(sql_as_select(n)->where, free_literal, ctx);
        sql_walk(sql_as_select(n)->having, free_literal, ctx);
    } else if (n->kind == SQL_JOIN) {
        sql_walk(sql_as_join(n)->on, free_literal, ctx);
    } else if (n->kind == SQL_QUERY) {
        sql_walk(sql_as_query(n)->limit, free_literal, ctx);
    }
    return SQL_CONTINUE;
}

struct status
plan_pin(struct planner *pl, const struct sql_stmt *stmt)
{
    struct plan *p = pl->p;
    struct pins pins = {arena_array(p->arena, bool, stmt->n_slots)};
    struct plan_pin *out = arena_array(p->arena, struct plan_pin, stmt->n_slots);
    TRY(arena_status(p->arena));
    const bool has_metadata = p->kind == PLAN_REWRITE || p->kind == PLAN_SPLIT;
    if (has_metadata) {
        sql_walk(stmt->root, find_filters, &pins);
    }
    for (uint32_t i = 0; i < stmt->n_slots; i++) {
        const bool is_free = has_metadata ? pins.is_free[i] : stmt->slots[i].node != NULL;
        if (!is_free) {
            out[p->n_pins++] = (struct plan_pin){
                .slot = i, .bytes = arena_dup(p->arena, pl->lits->items[i].bytes)};
        }
    }
    p->pins = out;
    return arena_status(p->arena);
}
