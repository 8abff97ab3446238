/* SPDX-License-Identifier: Apache-2.0 */
/* Constructors of queries, joins, INSERT. */
#include "rewriter/sql/parser.h"

/* `tail`: LOCK, INTO and PROCEDURE nodes as they came; the first go to the query, the last to its SELECT. */
static void
sort_tail(struct sql_query *q)
{
    struct sql_list locks = {NULL, NULL, 0};
    for (struct sql_node *n = q->locks.first, *next; n; n = next) {
        next = n->next;
        if (n->kind == SQL_INTO) {
            q->into = n;
        } else if (n->kind == SQL_PROCEDURE && q->body->kind == SQL_SELECT) {
            sql_as_select(q->body)->procedure = n;
        } else {
            sql_list_add(&locks, n);
        }
    }
    q->locks = locks;
}

void
sql_act_early_into(struct sql_parser *p, struct sql_node *select, struct sql_node *into)
{
    if (into != NULL) {
        p->misplaced_into |= p->early_into != NULL;
        p->early_into = into;
        p->early_select = select;
    }
}

/* Behind UNION .. the INTO of the last SELECT is that of the whole. */
static const struct sql_node *
last_select(const struct sql_node *body)
{
    while (body->kind == SQL_SETOP) {
        body = sql_as_setop(body)->right;
    }
    return body;
}

struct sql_node *
sql_act_query(struct sql_parser *p, struct sql_span span, struct sql_query q)
{
    sort_tail(&q);
    if (p->early_into != NULL && last_select(q.body) == p->early_select) {
        p->misplaced_into |= q.into != NULL;
        q.into = p->early_into;
        p->early_into = NULL;
    }
    const bool bare = q.order.count == 0 && q.limit == NULL && q.locks.count == 0 && q.into == NULL;
    if (bare && q.body->kind == SQL_QUERY) { /* parentheses that say nothing */
        return sql_act_respan(p, q.body, span);
    }
    return sql_act_new(p, span, SQL_QUERY, &q);
}

struct sql_node *
sql_act_with(struct sql_parser *p, struct sql_span span, struct sql_node *with,
             struct sql_node *query)
{
    if (sql_as_query(query)->with != NULL) { /* WITH .. (WITH .. SELECT ..) */
        return NEW(span, QUERY, query, .with = with, .body = query);
    }
    sql_as_query(query)->with = with;
    return sql_act_respan(p, query, span);
}

struct sql_node *
sql_act_setop(struct sql_parser *p, struct sql_span span, enum sql_setop_kind op,
              int64_t quantifier, struct sql_node *l, struct sql_node *r)
{
    return NEW(span, SETOP, setop, .op = op, .all = quantifier == 1, .distinct = quantifier == 2,
               .left = l, .right = r);
}

/* A join in parentheses has their span, so its first table begins behind its own begin. */
static bool
is_open_join(const struct sql_node *n)
{
    return n->kind == SQL_JOIN && sql_as_join(n)->left->span.begin == n->span.begin;
}

/*
 * `a JOIN b JOIN c ON x` binds to the right in the grammar (an ON belongs to the nearest join that lacks
 * one), but a join without condition must take only the next table: a JOIN (b JOIN c ON x) becomes
 * (a JOIN b) JOIN c ON x.
 */
struct sql_node *
sql_act_join_tables(struct sql_parser *p, struct sql_span span, struct sql_join join)
{
    const bool bare = join.on == NULL && join.using.count == 0 && !join.natural;
    if (!bare || !is_open_join(join.right)) {
        return sql_act_new(p, span, SQL_JOIN, &join);
    }
    struct sql_join *outer = sql_as_join(join.right), *leaf = outer;
    while (is_open_join(leaf->left)) {
        leaf->node.span.begin = span.begin;
        leaf = sql_as_join(leaf->left);
    }
    leaf->node.span.begin = span.begin;
    join.right = leaf->left;
    const struct sql_span inner = {span.begin, join.right->span.end};
    leaf->left = sql_act_new(p, inner, SQL_JOIN, &join);
    const uint32_t depth = outer->node.depth + 1u > leaf->left->depth + 1u ? outer->node.depth + 1u
                                                                           : leaf->left->depth + 1u;
    if (depth > p->max_depth) {
        p->failed = STATUS_TOO_COMPLEX;
        return &outer->node;
    }
    outer->node.depth = (uint16_t) depth;
    outer->node.span = span;
    return &outer->node;
}

/* (a, b JOIN c): the comma is a cross join here. */
struct sql_node *
sql_act_paren_tables(struct sql_parser *p, struct sql_span span, struct sql_list tables)
{
    struct sql_node *left = tables.first, *next = left->next;
    left->next = NULL;
    while (next != NULL) {
        struct sql_node *right = next;
        next = next->next;
        right->next = NULL;
        left = NEW(span, JOIN, join, .join = SQL_JOIN_CROSS, .left = left, .right = right);
    }
    if (left->kind == SQL_JOIN) {
        left->span = span;
    }
    return left;
}

struct sql_insert *
sql_act_insert_set(struct sql_parser *p, struct sql_span span, struct sql_list set,
                   struct slice alias, struct sql_list alias_columns)
{
    struct sql_list columns = {NULL, NULL, 0}, values = {NULL, NULL, 0};
    SQL_FOR_EACH(n, &set)
    {
        sql_list_add(&columns, sql_as_assign(n)->column);
        sql_list_add(&values, sql_as_assign(n)->value);
    }
    struct sql_node *row = NEW(span, ROW, row, .items = values);
    return sql_as_insert(NEW(span, INSERT, insert, .column_list = true, .columns = columns,
                             .set_form = true, .rows = sql_act_one(row), .row_alias = alias,
                             .row_columns = alias_columns));
}
