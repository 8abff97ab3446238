/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work on decoded rows that needs no engine: DISTINCT, GROUP BY, ORDER BY and LIMIT over plain columns
 * (their keys say what is equal and what is less, exactly as MySQL's collations do), COUNT, MIN, MAX, and
 * SUM and AVG of exact numbers, which have one result in whatever order they are added.
 */
#include "base/mem.h"
#include "rewriter/plan/select_priv.h"
#include "rewriter/types/type_key.h"

#define DIGITS_MAX \
    27 /* of a summed column: a million rows and AVG's decimals stay below 38 digits */

struct finishing {
    struct rewrite *r;
    struct plan_finish *f;
    struct plan_item *items;
    const struct sql_node **exprs; /* by visible item; NULL: of a star */
    size_t cap;
    struct plan_sort *sort;
    uint16_t *group;
};

static bool
no(struct finishing *x, const char *why)
{
    return plan_refuse(x->r->pl, why);
}

/* ---- inputs ---- */

/* The output of column c, added when it is not there yet; -1 when out of memory. */
static int
input_of(struct finishing *x, const struct scope_column *c)
{
    const struct cat_column *column = &c->table->table->columns[c->column];
    for (size_t i = 0; i < x->r->n_outputs; i++) {
        const struct plan_output *o = &x->r->outputs[i];
        if (o->column == column && o->ref == c->table) {
            return (int) i;
        }
    }
    return plan_select_column(x->r, c) ? (int) x->r->n_outputs - 1 : -1;
}

static const struct type *
type_of(const struct finishing *x, int input)
{
    return x->r->outputs[input].column->type;
}

static bool
has_order(const struct type *t)
{
    return t->family == TYPE_BINARY ||
           (t->family == TYPE_STRING && type_key_class(t) != TYPE_KEY_NONE) ||
           type_key_ord_plan(t, TYPE_KEY_ORD_COMPACT, 0).exact;
}

static bool
can_sum(const struct type *t)
{
    return t->family == TYPE_INT || (t->family == TYPE_DECIMAL && t->precision <= DIGITS_MAX);
}

/* ---- items ---- */

static bool
add_item(struct finishing *x, enum plan_item_kind kind, int input, const struct sql_node *expr)
{
    if (x->f->n_items == x->cap) {
        const size_t cap = x->cap ? x->cap * 2 : 32;
        struct arena *a = x->r->pl->p->arena;
        struct plan_item *items = arena_array(a, struct plan_item, cap);
        const struct sql_node **exprs = arena_array(a, const struct sql_node *, cap);
        if (items == NULL || exprs == NULL) {
            return false;
        }
        mem_copy(items, x->items, x->f->n_items * sizeof *items);
        mem_copy(exprs, x->exprs, x->f->n_items * sizeof *exprs);
        x->items = items;
        x->exprs = exprs;
        x->cap = cap;
    }
    x->items[x->f->n_items] = (struct plan_item){kind, input};
    x->exprs[x->f->n_items++] = expr;
    return true;
}

static bool
add_column(struct finishing *x, const struct scope_column *c, const struct sql_node *expr)
{
    const int input = input_of(x, c);
    return input >= 0 && add_item(x, PLAN_ITEM_COLUMN, input, expr);
}

static bool
add_star(struct finishing *x, const struct sql_star *star)
{
    const struct scope *s = x->r->pl->scope;
    for (size_t i = 0; i < s->n_tables; i++) {
        const struct scope_table *t = &s->tables[i];
        if (star->table.data && !(slice_equal(t->alias, star->table) &&
                                  (star->db.data == NULL || slice_equal(t->db, star->db)))) {
            continue;
        }
        for (size_t k = 0; k < t->table->n_columns; k++) {
            const struct scope_column c = {t, (int) k};
            if (!t->table->columns[k].invisible && !add_column(x, &c, NULL)) {
                return false;
            }
        }
    }
    return true;
}

static bool
add_count(struct finishing *x, const struct sql_aggregate *agg)
{
    const struct sql_node *arg = agg->args.first;
    const bool constant =
        arg->kind == SQL_STAR ||
        (arg->kind == SQL_LITERAL && sql_as_literal(arg)->literal == SQL_LITERAL_INTEGER);
    if (agg->args.count != 1 || (constant && agg->distinct)) {
        return no(x, "COUNT of several expressions or of a constant");
    }
    if (constant) {
        return add_item(x, PLAN_ITEM_COUNT, PLAN_NO_INPUT, &agg->node);
    }
    const struct scope_column c = scope_resolve(x->r->pl->scope, arg);
    const int input = c.table ? input_of(x, &c) : -1;
    if (input < 0 || (agg->distinct && type_key_class(type_of(x, input)) == TYPE_KEY_NONE)) {
        return no(x, "COUNT of an expression");
    }
    return add_item(x, agg->distinct ? PLAN_ITEM_COUNT_DISTINCT : PLAN_ITEM_COUNT, input,
                    &agg->node);
}

static bool
add_aggregate(struct finishing *x, const struct sql_aggregate *agg)
{
    static const enum plan_item_kind kinds[SQL_AGG_COUNT_KINDS] = {[SQL_AGG_SUM] = PLAN_ITEM_SUM,
                                                                   [SQL_AGG_AVG] = PLAN_ITEM_AVG,
                                                                   [SQL_AGG_MIN] = PLAN_ITEM_MIN,
                                                                   [SQL_AGG_MAX] = PLAN_ITEM_MAX};
    if (agg->func == SQL_AGG_COUNT) {
        return add_count(x, agg);
    }
    const enum plan_item_kind kind = kinds[agg->func];
    const struct scope_column c = agg->args.count == 1
                                      ? scope_resolve(x->r->pl->scope, agg->args.first)
                                      : (struct scope_column){NULL, -1};
    if (kind == PLAN_ITEM_COLUMN || agg->distinct || c.table == NULL) {
        return no(x, "an aggregate over values");
    }
    const int input = input_of(x, &c);
    const bool sums = kind == PLAN_ITEM_SUM || kind == PLAN_ITEM_AVG;
    if (input < 0 || (sums && !can_sum(type_of(x, input))) ||
        (!sums &&
         (!has_order(type_of(x, input)) || !plan_select_prints_alike(type_of(x, input))))) {
        return no(x, "an aggregate over values");
    }
    return add_item(x, kind, input, &agg->node);
}

static bool
add_expr(struct finishing *x, const struct sql_node *expr)
{
    if (expr->kind == SQL_STAR) {
        return add_star(x, sql_as_star(expr));
    }
    if (expr->kind == SQL_AGGREGATE) {
        return add_aggregate(x, sql_as_aggregate(expr));
    }
    const struct scope_column c = scope_resolve(x->r->pl->scope, expr);
    return c.table ? add_column(x, &c, expr) : no(x, "an expression in the select list");
}

static bool
add_visible(struct finishing *x)
{
    bool aggregates = false, columns = false;
    SQL_FOR_EACH(n, &x->r->sel->items)
    {
        if (!add_expr(x, sql_as_item(n)->expr)) {
            return false;
        }
    }
    for (size_t i = 0; i < x->f->n_items; i++) {
        aggregates |= x->items[i].kind != PLAN_ITEM_COLUMN;
        columns |= x->items[i].kind == PLAN_ITEM_COLUMN;
    }
    x->f->n_visible = x->f->n_items;
    x->f->grouped = aggregates || x->r->sel->group.count;
    if (aggregates && columns && x->r->sel->group.count == 0) {
        return no(x, "a bare column beside an aggregate");
    }
    return true;
}

/* ---- which item an ORDER BY or GROUP BY expression means ---- */

static struct slice
name_of(const struct sql_item *it)
{
    return it->alias.data                 ? it->alias
           : it->expr->kind == SQL_COLUMN ? sql_as_column(it->expr)->name
                                          : SLICE_NULL;
}

/* The place of the one item of the list whose name it is; -1: none, -2: several, or behind a star. */
static int
item_called(const struct finishing *x, struct slice name)
{
    int found = -1, at = 0;
    bool star = false;
    SQL_FOR_EACH(n, &x->r->sel->items)
    {
        const struct sql_item *it = sql_as_item(n);
        star |= it->expr->kind == SQL_STAR;
        if (name_of(it).data && slice_equal_ci(name_of(it), name)) {
            found = found == -1 && !star ? at : -2;
        }
        at++;
    }
    return found;
}

static int
item_at(const struct finishing *x, const struct sql_node *expr)
{
    struct literal_ref lit;
    uint64_t v;
    if (!literal_of_node(expr, x->r->pl->lits, &lit) || lit.value.kind != TYPE_LITERAL_INT ||
        lit.negated || lit.slot < 0 || !slice_parse_u64(lit.value.bytes, &v) || v == 0 ||
        v > x->f->n_visible) {
        return -2;
    }
    return (int) v - 1;
}

static int
item_of_column(const struct finishing *x, int input)
{
    for (size_t i = 0; i < x->f->n_items; i++) {
        if (x->items[i].kind == PLAN_ITEM_COLUMN && x->items[i].input == input) {
            return (int) i;
        }
    }
    return -1;
}

static bool
is_grouped_by(const struct finishing *x, int input)
{
    bool found = false;
    for (size_t i = 0; i < x->f->n_group; i++) {
        found |= x->group[i] == input;
    }
    return found;
}

/* ---- GROUP BY, ORDER BY, LIMIT ---- */

static bool
add_group(struct finishing *x, const struct sql_order *o)
{
    int input = -1;
    const struct scope_column c = scope_resolve(x->r->pl->scope, o->expr);
    if (o->desc || (o->expr->kind == SQL_COLUMN && plan_select_is_other(x->r, o->expr))) {
        return no(x, "GROUP BY of an alias");
    }
    if (c.table) {
        input = input_of(x, &c);
    } else if (o->expr->kind == SQL_LITERAL) {
        const int at = item_at(x, o->expr);
        input = at >= 0 && x->items[at].kind == PLAN_ITEM_COLUMN ? x->items[at].input : -1;
    }
    if (input < 0 || type_key_class(type_of(x, input)) == TYPE_KEY_NONE ||
        !has_order(type_of(x, input))) {
        return no(x, "GROUP BY of an expression");
    }
    x->group[x->f->n_group++] = (uint16_t) input;
    return true;
}

/* An item that only sorts, or -1. */
static int
hidden_item(struct finishing *x, const struct sql_node *expr)
{
    if (x->f->distinct) {
        return -1;
    }
    if (expr->kind == SQL_AGGREGATE && x->f->grouped) {
        for (size_t i = 0; i < x->f->n_items; i++) {
            if (x->exprs[i] && sql_equal(x->exprs[i], expr)) {
                return (int) i;
            }
        }
        /* how many decimals a hidden AVG is compared by is the session's to say */
        return sql_as_aggregate(expr)->func != SQL_AGG_AVG &&
                       add_aggregate(x, sql_as_aggregate(expr))
                   ? (int) x->f->n_items - 1
                   : -1;
    }
    const struct scope_column c = scope_resolve(x->r->pl->scope, expr);
    const int input = c.table ? input_of(x, &c) : -1;
    if (input < 0 || (x->f->grouped && !is_grouped_by(x, input))) {
        return -1;
    }
    const int known = item_of_column(x, input);
    return known >= 0                                   ? known
           : add_item(x, PLAN_ITEM_COLUMN, input, NULL) ? (int) x->f->n_items - 1
                                                        : -1;
}

static int
sort_item(struct finishing *x, const struct sql_node *expr)
{
    if (expr->kind == SQL_LITERAL) {
        return item_at(x, expr);
    }
    if (expr->kind == SQL_COLUMN && sql_as_column(expr)->table.data == NULL) {
        const int called = item_called(x, sql_as_column(expr)->name);
        if (called != -1) {
            return called;
        }
    }
    return hidden_item(x, expr);
}

static bool
add_sort(struct finishing *x, const struct sql_order *o)
{
    const int item = sort_item(x, o->expr);
    if (item < 0 ||
        (x->items[item].kind == PLAN_ITEM_COLUMN && !has_order(type_of(x, x->items[item].input)))) {
        return no(x, "ORDER BY of an expression");
    }
    x->sort[x->f->n_sort++] = (struct plan_sort){(uint16_t) item, o->desc};
    return true;
}

/* MariaDB gives the groups of a statement without ORDER BY in their order. */
static bool
sort_groups(struct finishing *x)
{
    if (x->r->q->order.count || x->r->pl->ctx->env->flavour != TYPE_MARIADB) {
        return true;
    }
    for (size_t i = 0; i < x->f->n_group; i++) {
        int item = item_of_column(x, x->group[i]);
        if (item < 0 && !x->f->distinct && add_item(x, PLAN_ITEM_COLUMN, x->group[i], NULL)) {
            item = (int) x->f->n_items - 1;
        }
        if (item >= 0) {
            x->sort[x->f->n_sort++] = (struct plan_sort){(uint16_t) item, false};
        }
    }
    return true;
}

static bool
slot_of(struct finishing *x, const struct sql_node *n, int32_t *out)
{
    struct literal_ref lit;
    *out = -1;
    if (n == NULL) {
        return true;
    }
    if (n->kind != SQL_LITERAL || !literal_of_node(n, x->r->pl->lits, &lit) || lit.slot < 0 ||
        lit.value.kind != TYPE_LITERAL_INT) {
        return no(x, "LIMIT is not a plain number");
    }
    *out = lit.slot;
    return true;
}

static bool
take_limit(struct finishing *x)
{
    x->f->limit = x->f->offset = -1;
    if (x->r->q->limit == NULL) {
        return true;
    }
    const struct sql_limit *l = sql_as_limit(x->r->q->limit);
    if (l->with_ties || l->rows_examined || l->count == NULL) {
        return no(x, "LIMIT with an extension");
    }
    return slot_of(x, l->count, &x->f->limit) && slot_of(x, l->offset, &x->f->offset);
}

static bool
distinct_fits(struct finishing *x)
{
    for (size_t i = 0; i < x->f->n_visible && x->f->distinct; i++) {
        if (x->items[i].kind != PLAN_ITEM_COLUMN ||
            type_key_class(type_of(x, x->items[i].input)) == TYPE_KEY_NONE) {
            return no(x, "DISTINCT of an aggregate");
        }
    }
    return true;
}

bool
plan_finish_select(struct rewrite *r, struct plan_finish *out)
{
    struct arena *a = r->pl->p->arena;
    struct finishing x = {.r = r, .f = out};
    *out = (struct plan_finish){.distinct = (r->sel->options & SQL_SELECT_DISTINCT) != 0};
    x.group = arena_array(a, uint16_t, r->sel->group.count);
    x.sort = arena_array(a, struct plan_sort, r->q->order.count + r->sel->group.count);
    if (x.group == NULL || x.sort == NULL) {
        return false;
    }
    template_text(&r->b, "SELECT ");
    if (!add_visible(&x) || !distinct_fits(&x) || !take_limit(&x)) {
        return false;
    }
    SQL_FOR_EACH(n, &r->sel->group)
    {
        if (!add_group(&x, sql_as_order(n))) {
            return false;
        }
    }
    SQL_FOR_EACH(n, &r->q->order)
    {
        if (!add_sort(&x, sql_as_order(n))) {
            return false;
        }
    }
    if (!sort_groups(&x) || r->n_outputs == 0) {
        return false;
    }
    out->items = x.items;
    out->group = x.group;
    out->sort = x.sort;
    return true;
}
