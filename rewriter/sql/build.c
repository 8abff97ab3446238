/* SPDX-License-Identifier: Apache-2.0 */
/* Constructors: sizes from nodes.def, then the shapes that emitters write by hand. */
#include "rewriter/sql/build.h"

#include <inttypes.h>
#include <stdarg.h>

static const uint16_t sizes[SQL_KIND_COUNT] = {
#define NODE(kind, stem, ...) [SQL_##kind] = sizeof(struct sql_##stem),
#include "rewriter/sql/nodes.def"
#undef NODE
};

size_t
sql_build_size(enum sql_kind kind)
{
    return sizes[kind];
}

struct sql_node *
sql_build_node(struct arena *a, enum sql_kind kind)
{
    struct sql_node *n = arena_alloc(a, sizes[kind]);
    n->kind = (uint16_t) kind;
    n->depth = 1;
    return n;
}

static void
cover(struct sql_node *n, const struct sql_node *child)
{
    if (child && child->depth >= n->depth) {
        n->depth = child->depth == UINT16_MAX ? UINT16_MAX : (uint16_t) (child->depth + 1);
    }
}

struct sql_node *
sql_build_raw(struct arena *a, struct slice text)
{
    struct sql_raw *n = sql_new(a, RAW, raw);
    n->text = text;
    return &n->node;
}

struct sql_node *
sql_build_slot(struct arena *a, int32_t slot, int32_t form)
{
    struct sql_slot *n = sql_new(a, SLOT, slot);
    n->slot = slot;
    n->form = form;
    return &n->node;
}

static struct sql_node *
literal(struct arena *a, enum sql_literal_kind kind, struct slice value)
{
    struct sql_literal *n = sql_new(a, LITERAL, literal);
    n->literal = kind;
    n->slot = -1;
    n->value = value;
    return &n->node;
}

struct sql_node *
sql_build_null(struct arena *a)
{
    return literal(a, SQL_LITERAL_NULL, SLICE_NULL);
}

struct sql_node *
sql_build_integer(struct arena *a, int64_t v)
{
    const uint64_t size = v < 0 ? 0 - (uint64_t) v : (uint64_t) v;
    struct sql_node *n = literal(a, SQL_LITERAL_INTEGER, arena_printf(a, "%" PRIu64, size));
    return v < 0 ? sql_build_unary(a, SQL_OP_NEG, n) : n;
}

struct sql_node *
sql_build_string(struct arena *a, struct slice bytes)
{
    return literal(a, SQL_LITERAL_STRING, bytes);
}

struct sql_node *
sql_build_hex(struct arena *a, struct slice bytes)
{
    return literal(a, SQL_LITERAL_HEX, bytes);
}

struct sql_node *
sql_build_column(struct arena *a, struct slice table, struct slice name)
{
    struct sql_column *n = sql_new(a, COLUMN, column);
    n->table = table;
    n->name = name;
    return &n->node;
}

struct sql_node *
sql_build_unary(struct arena *a, enum sql_op op, struct sql_node *arg)
{
    struct sql_unary *n = sql_new(a, UNARY, unary);
    n->op = op;
    n->arg = arg;
    cover(&n->node, arg);
    return &n->node;
}

struct sql_node *
sql_build_binary(struct arena *a, enum sql_op op, struct sql_node *left, struct sql_node *right)
{
    struct sql_binary *n = sql_new(a, BINARY, binary);
    n->op = op;
    n->left = left;
    n->right = right;
    cover(&n->node, left);
    cover(&n->node, right);
    return &n->node;
}

static bool
is_logic(const struct sql_node *n, enum sql_op op)
{
    return n->kind == SQL_LOGIC && sql_as_logic(n)->op == op;
}

static void
add_operand(struct sql_logic *to, struct sql_node *n)
{
    if (!is_logic(n, to->op)) {
        sql_list_add(&to->args, n);
        cover(&to->node, n);
        return;
    }
    for (struct sql_node *arg = sql_as_logic(n)->args.first, *next; arg; arg = next) {
        next = arg->next;
        sql_list_add(&to->args, arg);
        cover(&to->node, arg);
    }
}

struct sql_node *
sql_build_logic(struct arena *a, enum sql_op op, struct sql_node *left, struct sql_node *right)
{
    if (left == NULL || right == NULL) {
        return left ? left : right;
    }
    if (is_logic(left, op)) { /* grows in place, so that a long chain stays linear */
        add_operand(sql_as_logic(left), right);
        return left;
    }
    struct sql_logic *n = sql_new(a, LOGIC, logic);
    n->op = op;
    add_operand(n, left);
    add_operand(n, right);
    return &n->node;
}

struct sql_node *
sql_build_is_null(struct arena *a, struct sql_node *arg, bool negated)
{
    struct sql_is *n = sql_new(a, IS, is);
    n->what = SQL_IS_NULL;
    n->negated = negated;
    n->arg = arg;
    cover(&n->node, arg);
    return &n->node;
}

struct sql_node *
sql_build_call(struct arena *a, const char *name, ...)
{
    struct sql_function *n = sql_new(a, FUNCTION, function);
    n->name = slice_of_str(name);
    va_list ap;
    va_start(ap, name);
    for (struct sql_node *arg; (arg = va_arg(ap, struct sql_node *)) != NULL;) {
        sql_list_add(&n->args, arg);
        cover(&n->node, arg);
    }
    va_end(ap);
    return &n->node;
}

struct sql_node *
sql_build_aggregate(struct arena *a, enum sql_aggregate_kind kind, bool distinct,
                    struct sql_node *arg)
{
    struct sql_aggregate *n = sql_new(a, AGGREGATE, aggregate);
    n->func = kind;
    n->distinct = distinct;
    sql_list_add(&n->args, arg);
    cover(&n->node, arg);
    return &n->node;
}

struct sql_node *
sql_build_item(struct arena *a, struct sql_node *expr, struct slice alias)
{
    struct sql_item *n = sql_new(a, ITEM, item);
    n->expr = expr;
    n->alias = alias;
    cover(&n->node, expr);
    return &n->node;
}

struct sql_node *
sql_build_table(struct arena *a, struct slice db, struct slice name, struct slice alias)
{
    struct sql_table *n = sql_new(a, TABLE, table);
    n->db = db;
    n->name = name;
    n->alias = alias;
    return &n->node;
}

struct sql_node *
sql_build_join(struct arena *a, enum sql_join_kind kind, struct sql_node *left,
               struct sql_node *right, struct sql_node *on)
{
    struct sql_join *n = sql_new(a, JOIN, join);
    n->join = kind;
    n->left = left;
    n->right = right;
    n->on = on;
    cover(&n->node, left);
    cover(&n->node, right);
    cover(&n->node, on);
    return &n->node;
}

struct sql_node *
sql_build_order(struct arena *a, struct sql_node *expr, bool desc)
{
    struct sql_order *n = sql_new(a, ORDER, order);
    n->expr = expr;
    n->desc = desc;
    cover(&n->node, expr);
    return &n->node;
}

struct sql_node *
sql_build_limit(struct arena *a, struct sql_node *count, struct sql_node *offset)
{
    struct sql_limit *n = sql_new(a, LIMIT, limit);
    n->count = count;
    n->offset = offset;
    cover(&n->node, count);
    cover(&n->node, offset);
    return &n->node;
}

struct sql_node *
sql_build_ident(struct arena *a, struct slice name)
{
    struct sql_ident *n = sql_new(a, IDENT, ident);
    n->name = name;
    return &n->node;
}

struct sql_node *
sql_build_assign(struct arena *a, struct sql_node *column, struct sql_node *value)
{
    struct sql_assign *n = sql_new(a, ASSIGN, assign);
    n->column = column;
    n->value = value;
    cover(&n->node, column);
    cover(&n->node, value);
    return &n->node;
}

struct sql_query *
sql_build_query(struct arena *a, struct sql_node *body)
{
    struct sql_query *n = sql_new(a, QUERY, query);
    n->body = body;
    cover(&n->node, body);
    return n;
}
