/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/plan/origin.h"

static const struct origin nowhere = {.column = -1};

enum found {
    FOUND_NO,
    FOUND_YES,
    FOUND_MAYBE /* not decided here */
};

static enum found output_called(const struct scope *s, const struct scope_table *t,
                                struct slice name, struct origin *out);

/* ---- what a query block does to its rows ---- */

static enum sql_visit
note_aggregate(void *ctx, struct sql_node *n)
{
    if (n->kind == SQL_QUERY) {
        return SQL_PRUNE;
    }
    *(bool *) ctx |= n->kind == SQL_AGGREGATE || n->kind == SQL_WITHIN_GROUP;
    return SQL_CONTINUE;
}

static enum sql_visit
note_window(void *ctx, struct sql_node *n)
{
    if (n->kind == SQL_QUERY) {
        return SQL_PRUNE;
    }
    *(bool *) ctx |= n->kind == SQL_OVER;
    return SQL_CONTINUE;
}

static bool
items_have(const struct sql_select *sel, sql_walk_fn note)
{
    bool found = false;
    SQL_FOR_EACH(n, &sel->items)
    {
        sql_walk(n, note, &found);
    }
    sql_walk(sel->having, note, &found);
    return found;
}

bool
origin_is_implicit_group(const struct sql_select *sel)
{
    return sel->group.count == 0 && items_have(sel, note_aggregate);
}

static bool
is_grouped_by(const struct scope *s, const struct sql_select *sel, const struct origin *o)
{
    SQL_FOR_EACH(n, &sel->group)
    {
        const struct sql_node *expr = sql_as_order(n)->expr;
        if (expr->kind == SQL_COLUMN) {
            const struct origin g = origin_of_column(s, expr);
            if (g.table == o->table && g.column == o->column && g.top == o->top) {
                return true;
            }
        }
    }
    return false;
}

/* Does leaving out rows by the value of one output column leave the other rows as they are? */
static bool
is_filterable(const struct scope *s, const struct sql_query *q, const struct sql_select *sel,
              const struct origin *o)
{
    if (q->limit || sel->procedure || sel->qualify || sel->rollup != SQL_ROLLUP_NONE ||
        items_have(sel, note_window)) {
        return false;
    }
    return sel->group.count ? is_grouped_by(s, sel, o) : !items_have(sel, note_aggregate);
}

/* ---- one output column ---- */

static const struct sql_select *
select_of(const struct sql_node *query)
{
    const struct sql_node *body = sql_is_kind(query, SQL_QUERY) ? sql_as_query(query)->body : NULL;
    return sql_is_kind(body, SQL_SELECT) ? sql_as_select(body) : NULL;
}

static struct origin
through(const struct scope *s, const struct sql_node *query, struct origin o)
{
    const struct sql_select *sel = select_of(query);
    if (o.table == NULL || o.top->block != s->column_blocks[sel->node.id]) {
        return nowhere; /* a column of an outer block is a constant here */
    }
    o.filter = o.filter && is_filterable(s, sql_as_query(query), sel, &o);
    return o;
}

static struct origin
of_item(const struct scope *s, const struct sql_node *query, const struct sql_node *expr)
{
    return expr->kind == SQL_COLUMN ? through(s, query, origin_of_column(s, expr)) : nowhere;
}

struct origin
origin_of_output(const struct scope *s, const struct sql_node *query, uint32_t n)
{
    const struct sql_select *sel = select_of(query);
    if (sel == NULL || n >= sel->items.count) {
        return nowhere;
    }
    for (uint32_t i = 0; i <= n; i++) {
        if (sql_as_item(sql_list_at(&sel->items, i))->expr->kind == SQL_STAR) {
            return nowhere;
        }
    }
    return of_item(s, query, sql_as_item(sql_list_at(&sel->items, n))->expr);
}

/* ---- by name ---- */

static enum found
in_star(const struct scope *s, const struct sql_node *query, const struct sql_star *star,
        struct slice name, struct origin *out)
{
    const uint32_t block = s->column_blocks[sql_as_query(query)->body->id];
    enum found found = FOUND_NO;
    if (s->blocks[block].natural) {
        return FOUND_MAYBE;
    }
    for (size_t i = 0; i < s->n_tables; i++) {
        const struct scope_table *t = &s->tables[i];
        if (t->block != block || (star->table.data && !slice_equal(t->alias, star->table))) {
            continue;
        }
        struct origin o;
        const enum found f = output_called(s, t, name, &o);
        if (f == FOUND_MAYBE || (f == FOUND_YES && found == FOUND_YES)) {
            return FOUND_MAYBE;
        }
        if (f == FOUND_YES) {
            found = FOUND_YES;
            *out = through(s, query, o);
        }
    }
    return found;
}

static enum found
in_items(const struct scope *s, const struct sql_node *query, struct slice name, struct origin *out)
{
    enum found found = FOUND_NO;
    bool unnamed = false;
    SQL_FOR_EACH(n, &select_of(query)->items)
    {
        const struct sql_item *it = sql_as_item(n);
        enum found f = FOUND_NO;
        struct origin o = nowhere;
        if (it->expr->kind == SQL_STAR) {
            f = in_star(s, query, sql_as_star(it->expr), name, &o);
        } else if (it->alias.data || it->expr->kind == SQL_COLUMN) {
            const struct slice own = it->alias.data ? it->alias : sql_as_column(it->expr)->name;
            f = slice_equal_ci(own, name) ? FOUND_YES : FOUND_NO;
            o = of_item(s, query, it->expr);
        } else {
            unnamed = true; /* named by its own text */
        }
        if (f == FOUND_MAYBE || (f == FOUND_YES && found == FOUND_YES)) {
            return FOUND_MAYBE;
        }
        if (f == FOUND_YES) {
            found = FOUND_YES;
            *out = o;
        }
    }
    return found == FOUND_NO && unnamed ? FOUND_MAYBE : found;
}

static unsigned
references_to(const struct scope *s, const struct sql_node *query)
{
    unsigned n = 0;
    for (size_t i = 0; i < s->n_tables; i++) {
        n += s->tables[i].query == query;
    }
    return n;
}

/* A recursive common table expression names itself. */
static bool
is_within_itself(const struct scope *s, const struct scope_table *t)
{
    const uint32_t body = s->column_blocks[select_of(t->query)->node.id];
    uint32_t block = t->block;
    while (block != SCOPE_NO_BLOCK && block != body) {
        block = s->blocks[block].parent;
    }
    return block == body;
}

static enum found
in_query(const struct scope *s, const struct scope_table *t, struct slice name, struct origin *out)
{
    if (select_of(t->query) == NULL || is_within_itself(s, t)) {
        return FOUND_MAYBE;
    }
    enum found found = FOUND_NO;
    if (t->names->count) {
        uint32_t i = 0;
        SQL_FOR_EACH(n, t->names)
        {
            if (slice_equal_ci(sql_as_ident(n)->name, name)) {
                *out = origin_of_output(s, t->query, i);
                found = FOUND_YES;
            }
            i++;
        }
    } else {
        found = in_items(s, t->query, name, out);
    }
    out->top = t;
    out->null_supplied |= t->null_supplied;
    out->filter = out->filter && references_to(s, t->query) == 1;
    return found;
}

static enum found
output_called(const struct scope *s, const struct scope_table *t, struct slice name,
              struct origin *out)
{
    *out = nowhere;
    if (t->kind == SCOPE_BASE) {
        const int c = catalog_find_column(t->table, name);
        *out = (struct origin){
            .table = t, .column = c, .top = t, .filter = true, .null_supplied = t->null_supplied};
        return c >= 0 ? FOUND_YES : FOUND_NO;
    }
    return t->query ? in_query(s, t, name, out) : FOUND_MAYBE;
}

struct origin
origin_in_table(const struct scope *s, const struct scope_table *t, struct slice name)
{
    struct origin o;
    return output_called(s, t, name, &o) == FOUND_YES && o.table ? o : nowhere;
}

static enum found
in_block(const struct scope *s, uint32_t block, const struct sql_column *c, struct origin *out)
{
    enum found found = FOUND_NO;
    for (size_t i = 0; i < s->n_tables; i++) {
        const struct scope_table *t = &s->tables[i];
        if (t->block != block || !scope_table_matches(t, c)) {
            continue;
        }
        struct origin o;
        const enum found f = output_called(s, t, c->name, &o);
        if (f == FOUND_MAYBE || (f == FOUND_YES && found == FOUND_YES)) {
            return FOUND_MAYBE;
        }
        if (f == FOUND_YES) {
            found = FOUND_YES;
            *out = o;
        }
    }
    return found;
}

struct origin
origin_of_column(const struct scope *s, const struct sql_node *column)
{
    struct origin o = nowhere;
    uint32_t block = column->id < s->n_nodes ? s->column_blocks[column->id] : SCOPE_NO_BLOCK;
    for (; block != SCOPE_NO_BLOCK; block = s->blocks[block].parent) {
        const enum found f = in_block(s, block, sql_as_column(column), &o);
        if (f != FOUND_NO) {
            return f == FOUND_YES && o.table ? o : nowhere;
        }
    }
    return nowhere;
}
