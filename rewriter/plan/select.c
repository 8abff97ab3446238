/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELECT as one server statement: when every table is a base table, every condition can be pushed,
 * grouping and ordering have tokens, and every output is a column, a count, or MIN/MAX of an ordered
 * column. Then decrypting the server's rows gives exactly MySQL's answer.
 */
#include <stdio.h>

#include "base/mem.h"
#include "rewriter/plan/select_priv.h"
#include "rewriter/types/type_key.h"

static size_t
table_index(const struct rewrite *r, const struct scope_table *t)
{
    return (size_t) (t - r->pl->scope->tables);
}

static const char *
alias_of(void *ctx, const struct scope_table *t)
{
    struct rewrite *r = ctx;
    return t->kind == SCOPE_BASE ? r->aliases[table_index(r, t)] : NULL;
}

static bool
no(struct rewrite *r, const char *why)
{
    return plan_refuse(r->pl, why);
}

/* ---- outputs ---- */

static struct plan_output *
add_output(struct rewrite *r, enum output_kind kind)
{
    if (r->n_outputs == r->cap_outputs) {
        const size_t cap = r->cap_outputs ? r->cap_outputs * 2 : 16;
        struct plan_output *p = arena_array(r->pl->p->arena, struct plan_output, cap);
        if (p == NULL) {
            return NULL;
        }
        mem_copy(p, r->outputs, r->n_outputs * sizeof *p);
        r->outputs = p;
        r->cap_outputs = cap;
    }
    struct plan_output *o = &r->outputs[r->n_outputs++];
    *o = (struct plan_output){.kind = kind};
    return o;
}

static uint16_t
server_column(struct rewrite *r)
{
    if (r->n_server) {
        template_text(&r->b, ",");
    }
    return r->n_server++;
}

static uint16_t
salt_column(struct rewrite *r, const struct scope_table *t)
{
    const size_t i = table_index(r, t);
    if (r->salt[i] < 0) {
        r->salt[i] = server_column(r);
        template_text(&r->b, "%s." CAT_SALT, r->aliases[i]);
    }
    return (uint16_t) r->salt[i];
}

/* The first row of a group stands for it: row id, salt and cell are picked as one value. */
static bool
output_representative(struct rewrite *r, const struct scope_column *c)
{
    const struct cat_column *col = &c->table->table->columns[c->column];
    const char *alias = r->aliases[table_index(r, c->table)];
    struct plan_output *o = add_output(r, OUTPUT_MINMAX);
    if (o == NULL) {
        return false;
    }
    o->table = c->table->table;
    o->column = col;
    o->skip = 16;
    o->cell = server_column(r);
    template_text(&r->b, "MIN(CONCAT(LPAD(HEX(%s." CAT_RID "),16,'0'),%s." CAT_SALT ",%s.%.*s))",
                  alias, alias, alias, SLICE_ARG(col->phys_v));
    return true;
}

bool
plan_select_column(struct rewrite *r, const struct scope_column *c)
{
    if (r->grouped) {
        return output_representative(r, c);
    }
    const struct cat_column *col = &c->table->table->columns[c->column];
    struct plan_output *o = add_output(r, OUTPUT_VALUE);
    if (o == NULL) {
        return false;
    }
    o->table = c->table->table;
    o->column = col;
    o->ref = c->table;
    o->salt = salt_column(r, c->table);
    o->cell = server_column(r);
    template_text(&r->b, "%s.%.*s", r->aliases[table_index(r, c->table)], SLICE_ARG(col->phys_v));
    return true;
}

static bool
output_star(struct rewrite *r, const struct sql_star *star)
{
    const struct scope *s = r->pl->scope;
    if (r->grouped) {
        return no(r, "* under GROUP BY");
    }
    for (size_t i = 0; i < s->n_tables; i++) {
        const struct scope_table *t = &s->tables[i];
        if (star->table.data && !(slice_equal(t->alias, star->table) &&
                                  (star->db.data == NULL || slice_equal(t->db, star->db)))) {
            continue;
        }
        for (size_t k = 0; k < t->table->n_columns; k++) {
            const struct scope_column c = {t, (int) k};
            if (!t->table->columns[k].invisible && !plan_select_column(r, &c)) {
                return false;
            }
        }
    }
    return true;
}

static bool
output_count(struct rewrite *r, const struct sql_aggregate *agg)
{
    const struct sql_node *arg = agg->args.first;
    struct plan_output *o = add_output(r, OUTPUT_PLAIN);
    if (o == NULL || agg->args.count != 1) {
        return no(r, "COUNT of several expressions");
    }
    o->cell = server_column(r);
    template_text(&r->b, "COUNT(");
    if (arg->kind == SQL_STAR || arg->kind == SQL_LITERAL) {
        if (arg->kind == SQL_LITERAL && sql_as_literal(arg)->literal == SQL_LITERAL_NULL) {
            return no(r, "COUNT of a constant");
        }
        template_text(&r->b, "%s*", agg->distinct ? "DISTINCT " : "");
        if (agg->distinct) {
            return no(r, "COUNT(DISTINCT constant)");
        }
    } else {
        struct scope_column c;
        template_text(&r->b, "%s", agg->distinct ? "DISTINCT " : "");
        if (agg->distinct) {
            if (!push_eq_column(&r->push, arg, &c)) {
                return no(r, "COUNT(DISTINCT) of a column without an equality token");
            }
        } else {
            c = scope_resolve(r->pl->scope, arg);
            if (c.table == NULL) {
                return no(r, "COUNT of an expression");
            }
            template_text(&r->b, "%s.%.*s", r->aliases[table_index(r, c.table)],
                          SLICE_ARG(c.table->table->columns[c.column].phys_v));
        }
    }
    template_text(&r->b, ")");
    return true;
}

/* MIN(y) of YEAR or ZEROFILL prints a plain number, of ENUM compares text. */
bool
plan_select_prints_alike(const struct type *t)
{
    return t->family != TYPE_YEAR && t->family != TYPE_ENUM && t->family != TYPE_SET &&
           t->family != TYPE_BIT && !t->zerofill;
}

/* MIN(CONCAT(order token, salt, cell)): the token decides, the rest rides along. */
static bool
output_minmax(struct rewrite *r, const struct sql_aggregate *agg)
{
    const struct scope_column c = scope_resolve(r->pl->scope, agg->args.first);
    if (c.table == NULL) {
        return no(r, "MIN or MAX of an expression");
    }
    const struct cat_column *col = &c.table->table->columns[c.column];
    const struct type_key_ord ord = type_key_ord_plan(col->type, TYPE_KEY_ORD_COMPACT, 0);
    if (!col->has_ord || col->ord_layer || !ord.exact || !plan_select_prints_alike(col->type)) {
        return no(r, "MIN or MAX of a column without an order token");
    }
    struct plan_output *o = add_output(r, OUTPUT_MINMAX);
    if (o == NULL) {
        return false;
    }
    const char *alias = r->aliases[table_index(r, c.table)];
    o->table = c.table->table;
    o->column = col;
    o->skip = col->ord_width;
    o->cell = server_column(r);
    template_text(&r->b, "%s(CONCAT(%s.%.*s,%s." CAT_SALT ",%s.%.*s))",
                  agg->func == SQL_AGG_MIN ? "MIN" : "MAX", alias, SLICE_ARG(col->phys_o), alias,
                  alias, SLICE_ARG(col->phys_v));
    return true;
}

static bool
output_item(struct rewrite *r, const struct sql_node *expr)
{
    if (expr->kind == SQL_STAR) {
        return output_star(r, sql_as_star(expr));
    }
    if (expr->kind == SQL_COLUMN) {
        const struct scope_column c = scope_resolve(r->pl->scope, expr);
        return c.table ? plan_select_column(r, &c) : no(r, "a column of no single table");
    }
    if (expr->kind == SQL_AGGREGATE) {
        const struct sql_aggregate *agg = sql_as_aggregate(expr);
        if (agg->func == SQL_AGG_COUNT) {
            return output_count(r, agg);
        }
        if ((agg->func == SQL_AGG_MIN || agg->func == SQL_AGG_MAX) && agg->args.count == 1) {
            return output_minmax(r, agg);
        }
        return no(r, "an aggregate over values");
    }
    struct literal_ref lit;
    if (!r->pl->ctx->binary && expr->kind == SQL_LITERAL &&
        literal_of_node(expr, r->pl->lits, &lit) && lit.slot >= 0 &&
        (lit.value.kind == TYPE_LITERAL_INT)) {
        uint64_t v;
        struct plan_output *o = add_output(r, OUTPUT_LITERAL);
        if (o && slice_parse_u64(lit.value.bytes, &v) && lit.value.bytes.data[0] != '0') {
            o->literal = lit;
            return true;
        }
    }
    return no(r, "an expression in the select list");
}

/* ---- FROM ---- */

static bool
from_node(struct rewrite *r, const struct sql_node *n)
{
    const struct scope *s = r->pl->scope;
    if (n->kind == SQL_TABLE) {
        for (size_t i = 0; i < s->n_tables; i++) {
            if (s->tables[i].node == n) {
                const struct cat_table *t = s->tables[i].table;
                template_text(&r->b, "%.*s.%.*s %s", SLICE_ARG(t->phys_db), SLICE_ARG(t->phys),
                              r->aliases[i]);
                return true;
            }
        }
        return no(r, "a table that is not stored");
    }
    if (n->kind != SQL_JOIN) {
        return no(r, "a derived table");
    }
    static const char *const words[] = {
        [SQL_JOIN_INNER] = " JOIN ",
        [SQL_JOIN_CROSS] = " CROSS JOIN ",
        [SQL_JOIN_LEFT] = " LEFT JOIN ",
        [SQL_JOIN_RIGHT] = " RIGHT JOIN ",
        [SQL_JOIN_STRAIGHT] = " STRAIGHT_JOIN ",
    };
    const struct sql_join *j = sql_as_join(n);
    if (j->natural || j->using.count) {
        return no(r, "NATURAL JOIN or USING");
    }
    template_text(&r->b, "(");
    if (!from_node(r, j->left)) {
        return false;
    }
    template_text(&r->b, "%s", words[j->join]);
    if (!from_node(r, j->right)) {
        return false;
    }
    if (j->on) {
        template_text(&r->b, " ON ");
        if (!push_condition(&r->push, j->on)) {
            return no(r, "a join condition over values");
        }
    }
    template_text(&r->b, ")");
    return true;
}

static bool
from_list(struct rewrite *r)
{
    bool first = true;
    template_text(&r->b, " FROM ");
    SQL_FOR_EACH(n, &r->sel->from)
    {
        template_text(&r->b, "%s", first ? "" : ",");
        first = false;
        if (!from_node(r, n)) {
            return false;
        }
    }
    return true;
}

/* ---- GROUP BY, ORDER BY ---- */

/* An unqualified name that is also another item's alias may mean that item. */
bool
plan_select_is_other(const struct rewrite *r, const struct sql_node *n)
{
    if (n->kind != SQL_COLUMN || sql_as_column(n)->table.data) {
        return false;
    }
    SQL_FOR_EACH(item, &r->sel->items)
    {
        const struct sql_item *it = sql_as_item(item);
        if (it->alias.data && slice_equal_ci(it->alias, sql_as_column(n)->name)) {
            const struct scope_column a = scope_resolve(r->pl->scope, n);
            const struct scope_column b = scope_resolve(r->pl->scope, it->expr);
            if (a.table == NULL || a.table != b.table || a.column != b.column) {
                return true;
            }
        }
    }
    return false;
}

static bool
group_by(struct rewrite *r)
{
    bool first = true;
    SQL_FOR_EACH(n, &r->sel->group)
    {
        const struct sql_order *o = sql_as_order(n);
        struct scope_column c;
        template_text(&r->b, "%s", first ? " GROUP BY " : ",");
        first = false;
        if (o->desc || plan_select_is_other(r, o->expr) || !push_eq_column(&r->push, o->expr, &c)) {
            return no(r, "GROUP BY of something without an equality token");
        }
    }
    return true;
}

static bool
order_by(struct rewrite *r)
{
    bool first = true;
    SQL_FOR_EACH(n, &r->q->order)
    {
        const struct sql_order *o = sql_as_order(n);
        struct scope_column c;
        template_text(&r->b, "%s", first ? " ORDER BY " : ",");
        first = false;
        if (plan_select_is_other(r, o->expr) || !push_ord_column(&r->push, o->expr, &c)) {
            return no(r, "ORDER BY of something without an order token");
        }
        const struct cat_column *col = &c.table->table->columns[c.column];
        if (!type_key_ord_plan(col->type, TYPE_KEY_ORD_COMPACT, 0).exact || r->grouped) {
            return no(r, "ORDER BY that needs the values");
        }
        template_text(&r->b, "%s", o->desc ? " DESC" : "");
    }
    return true;
}

/* ---- the whole ---- */

static bool
shape_fits(struct rewrite *r)
{
    const struct sql_query *q = r->q;
    const struct scope *s = r->pl->scope;
    if (q->with || q->into || q->body->kind != SQL_SELECT) {
        return no(r, "WITH, INTO or a set operation");
    }
    r->sel = sql_as_select(q->body);
    const uint32_t allowed = SQL_SELECT_ALL | SQL_SELECT_DISTINCT | SQL_SELECT_STRAIGHT_JOIN |
                             SQL_SELECT_HIGH_PRIORITY | SQL_SELECT_CACHE | SQL_SELECT_NO_CACHE |
                             SQL_SELECT_BUFFER_RESULT;
    if ((r->sel->options & ~allowed) || r->sel->having || r->sel->windows.count ||
        r->sel->qualify || r->sel->procedure || r->sel->rollup != SQL_ROLLUP_NONE) {
        return no(r, "HAVING, ROLLUP, windows or SQL_CALC_FOUND_ROWS");
    }
    if (s->n_blocks != 1 || s->n_tables > SELECT_TABLES_MAX ||
        scope_count(s, 1u << SCOPE_BASE) != s->n_tables) {
        return no(r, "subqueries, derived or temporary tables");
    }
    if (q->locks.count > 1) {
        return no(r, "several locking clauses");
    }
    for (size_t i = 0; i < s->n_tables; i++) {
        const struct sql_table *t = sql_as_table(s->tables[i].node);
        if (t->partitions.count || t->history) {
            return no(r, "partition or history selection");
        }
    }
    return true;
}

static enum sql_visit
find_aggregate(void *ctx, struct sql_node *n)
{
    *(bool *) ctx |= n->kind == SQL_AGGREGATE;
    return SQL_CONTINUE;
}

static bool
select_list(struct rewrite *r)
{
    sql_walk_children((struct sql_node *) &r->sel->node, find_aggregate, &r->aggregated);
    SQL_FOR_EACH(n, &r->sel->items)
    {
        sql_walk(n, find_aggregate, &r->aggregated);
    }
    r->grouped = r->sel->group.count || r->aggregated;
    if (r->sel->group.count == 0 && r->aggregated) {
        SQL_FOR_EACH(n, &r->sel->items)
        {
            if (sql_as_item(n)->expr->kind != SQL_AGGREGATE) {
                return no(r, "a bare column beside an aggregate");
            }
        }
    }
    template_text(&r->b, "SELECT ");
    SQL_FOR_EACH(n, &r->sel->items)
    {
        if (!output_item(r, sql_as_item(n)->expr)) {
            return false;
        }
    }
    if (r->n_server == 0) {
        server_column(r);
        template_text(&r->b, "1");
    }
    return true;
}

static bool
lock_clause(struct rewrite *r)
{
    if (r->q->locks.count == 0) {
        return true;
    }
    const struct sql_lock *l = sql_as_lock(r->q->locks.first);
    if (l->tables.count || l->seconds) {
        return no(r, "a locking clause of some tables");
    }
    template_text(&r->b, "%s",
                  l->mode == SQL_LOCK_FOR_UPDATE ? " FOR UPDATE" : " LOCK IN SHARE MODE");
    template_text(&r->b, "%s",
                  l->wait == SQL_LOCK_NOWAIT        ? " NOWAIT"
                  : l->wait == SQL_LOCK_SKIP_LOCKED ? " SKIP LOCKED"
                                                    : "");
    return true;
}

static bool
where_clause(struct rewrite *r)
{
    bool all;
    push_conjuncts(&r->push, r->sel->where, " WHERE ", &all);
    if (!all) {
        plan_refuse(r->pl,
                    r->push.why.data ? (const char *) r->push.why.data : "a condition over values");
    }
    return all;
}

static void
begin(struct rewrite *r, struct planner *pl, const struct sql_query *q)
{
    *r = (struct rewrite){.pl = pl, .q = q, .sel = sql_as_select(q->body)};
    for (size_t i = 0; i < pl->scope->n_tables; i++) {
        snprintf(r->aliases[i], sizeof r->aliases[i], "t%u", (unsigned) (i % 100));
        r->salt[i] = -1;
    }
    template_begin(&r->b);
    r->push = (struct push){.scope = pl->scope,
                            .literals = pl->lits,
                            .env = pl->ctx->env,
                            .alias = alias_of,
                            .ctx = r,
                            .out = &r->b,
                            .wants = &pl->p->wants};
}

static bool
end(struct rewrite *r, bool ok)
{
    if (!ok) {
        template_abandon(&r->b);
        return false;
    }
    r->pl->p->outputs = r->outputs;
    r->pl->p->n_outputs = r->n_outputs;
    return status_is_ok(template_finish(&r->b, r->pl->p->arena, &r->pl->p->sql));
}

/* The server does all but the decryption. */
static bool
on_server(struct rewrite *r)
{
    if (r->sel->options & SQL_SELECT_DISTINCT) {
        return no(r, "DISTINCT");
    }
    return select_list(r) && from_list(r) && where_clause(r) && group_by(r) && order_by(r) &&
           plan_limit(r->pl, r->q->limit, &r->b) && lock_clause(r);
}

bool
plan_try_rewrite(struct planner *pl, const struct sql_query *q)
{
    struct rewrite *r = arena_new(pl->p->arena, struct rewrite);
    struct plan_finish *finish = arena_new(pl->p->arena, struct plan_finish);
    *r = (struct rewrite){.pl = pl, .q = q};
    if (!shape_fits(r)) {
        return false;
    }
    begin(r, pl, q);
    if (end(r, on_server(r))) {
        return true;
    }
    begin(r, pl, q);
    if (end(r,
            plan_finish_select(r, finish) && from_list(r) && where_clause(r) && lock_clause(r))) {
        pl->p->finish = finish;
        return true;
    }
    return false;
}
