/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/plan/push.h"

#include "rewriter/catalog/layout.h"
#include "rewriter/types/type_key.h"

static bool push_expr(struct push *p, const struct sql_node *n);

static bool
refuse(struct push *p, const char *why)
{
    if (p->why.data == NULL) {
        p->why = slice_of_str(why);
    }
    return false;
}

/* ---- columns ---- */

static void
note_want(struct push *p, const struct scope_column *at, enum cat_onion_kind kind)
{
    struct push_wants *w = p->wants;
    const struct cat_table *t = at->table->table;
    const struct cat_column *c = &t->columns[at->column];
    const bool possible = kind == CAT_ONION_EQ ? type_key_class(c->type) != TYPE_KEY_NONE
                                               : layout_ord_width(c->type) != 0;
    for (size_t i = 0; w && i < w->n; i++) {
        if (w->items[i].column == c && w->items[i].kind == kind) {
            return;
        }
    }
    if (w && possible && w->n < PUSH_WANTS_MAX) {
        w->items[w->n++] = (struct push_want){t, c, kind};
    }
}

static bool
column_of(struct push *p, const struct sql_node *n, struct scope_column *out, const char **alias)
{
    if (n->kind != SQL_COLUMN) {
        return refuse(p, "an expression over columns");
    }
    *out = p->resolve ? p->resolve(p->ctx, n) : scope_resolve(p->scope, n);
    if (out->table == NULL) {
        return refuse(p, "a column that belongs to no single table");
    }
    *alias = p->alias(p->ctx, out->table);
    if (*alias == NULL) {
        return refuse(p, "a column of another table");
    }
    return true;
}

static const struct cat_column *
cat_column_of(const struct scope_column *c)
{
    return &c->table->table->columns[c->column];
}

bool
push_has_tokens(const struct cat_column *c)
{
    return c->has_eq && c->eq_layer == 0 && type_key_class(c->type) != TYPE_KEY_NONE;
}

bool
push_eq_column(struct push *p, const struct sql_node *column, struct scope_column *out)
{
    const char *alias;
    if (!column_of(p, column, out, &alias)) {
        return false;
    }
    const struct cat_column *c = cat_column_of(out);
    if (!push_has_tokens(c)) {
        note_want(p, out, CAT_ONION_EQ);
        return refuse(p, "no equality token (Eq onion)");
    }
    template_text(p->out, "%s.%.*s", alias, SLICE_ARG(c->phys_e));
    return true;
}

bool
push_ord_column(struct push *p, const struct sql_node *column, struct scope_column *out)
{
    const char *alias;
    if (!column_of(p, column, out, &alias)) {
        return false;
    }
    const struct cat_column *c = cat_column_of(out);
    if (!c->has_ord || c->ord_layer != 0) {
        note_want(p, out, CAT_ONION_ORD);
        return refuse(p, "no order token (Ord onion)");
    }
    if (!type_key_ord_plan(c->type, TYPE_KEY_ORD_COMPACT, 0).exact) {
        return refuse(p, "an order token of a prefix");
    }
    template_text(p->out, "%s.%.*s", alias, SLICE_ARG(c->phys_o));
    return true;
}

/* ---- literals ---- */

static void
put_slot(struct push *p, enum slot_kind kind, const struct scope_column *c,
         const struct literal_ref *lit)
{
    template_slot(p->out, (struct slot){.kind = kind,
                                        .literal = (unsigned) lit->slot,
                                        .negated = lit->negated,
                                        .table = c->table->table,
                                        .column = cat_column_of(c)});
}

/* Appends the literal as a token for column c; a NULL literal as NULL. */
static bool
push_literal(struct push *p, enum slot_kind kind, const struct scope_column *c,
             const struct sql_node *n)
{
    struct literal_ref lit;
    if (!literal_of_node(n, p->literals, &lit)) {
        return refuse(p, "an expression instead of a literal");
    }
    if (lit.value.kind == TYPE_LITERAL_NULL && lit.slot < 0) {
        template_text(p->out, "NULL");
        return true;
    }
    CLEANUP(buf_deinit_cleanup) struct buf value = BUF_INIT;
    const enum type_fit_use use = kind == SLOT_EQ ? TYPE_FIT_COMPARE_EQ : TYPE_FIT_COMPARE_ORDER;
    const enum type_fit fit =
        type_fit_literal(cat_column_of(c)->type, p->env, use, &lit.value, &value);
    if (fit == TYPE_FIT_ASK) {
        return refuse(p, "a literal whose conversion to the column's type is MySQL's to make");
    }
    if (lit.slot < 0) {
        return refuse(p, "TRUE or FALSE compared with a column");
    }
    put_slot(p, kind, c, &lit);
    return true;
}

/* ---- operators ---- */

static const char *
op_text(enum sql_op op)
{
    switch (op) {
    case SQL_OP_EQ:
        return "=";
    case SQL_OP_NULL_EQ:
        return "<=>";
    case SQL_OP_NE:
        return "<>";
    case SQL_OP_LT:
        return "<";
    case SQL_OP_LE:
        return "<=";
    case SQL_OP_GT:
        return ">";
    case SQL_OP_GE:
        return ">=";
    default:
        return NULL;
    }
}

static enum sql_op
mirrored(enum sql_op op)
{
    switch (op) {
    case SQL_OP_LT:
        return SQL_OP_GT;
    case SQL_OP_LE:
        return SQL_OP_GE;
    case SQL_OP_GT:
        return SQL_OP_LT;
    case SQL_OP_GE:
        return SQL_OP_LE;
    default:
        return op;
    }
}

static bool
is_equality(enum sql_op op)
{
    return op == SQL_OP_EQ || op == SQL_OP_NE || op == SQL_OP_NULL_EQ;
}

static bool
push_columns(struct push *p, enum sql_op op, const struct sql_node *left,
             const struct sql_node *right)
{
    if (!is_equality(op)) {
        return refuse(p, "an order comparison of two columns");
    }
    struct scope_column l, r;
    if (!push_eq_column(p, left, &l)) {
        return false;
    }
    template_text(p->out, " %s ", op_text(op));
    if (!push_eq_column(p, right, &r)) {
        return false;
    }
    const struct cat_column *a = cat_column_of(&l), *b = cat_column_of(&r);
    if (a->join_group != b->join_group || a->epoch_e != b->epoch_e ||
        !type_key_comparable(a->type, b->type)) {
        return refuse(p, "columns of different join groups");
    }
    return true;
}

static bool
push_comparison(struct push *p, const struct sql_binary *n)
{
    const struct sql_node *left = n->left, *right = n->right;
    enum sql_op op = n->op;
    if (left->kind != SQL_COLUMN) {
        const struct sql_node *t = left;
        left = right;
        right = t;
        op = mirrored(op);
    }
    if (left->kind != SQL_COLUMN) {
        return refuse(p, "an expression over columns");
    }
    if (right->kind == SQL_COLUMN) {
        return push_columns(p, op, left, right);
    }
    struct scope_column c;
    const bool eq = is_equality(op);
    if (!(eq ? push_eq_column(p, left, &c) : push_ord_column(p, left, &c))) {
        return false;
    }
    template_text(p->out, " %s ", op_text(op));
    return push_literal(p, eq ? SLOT_EQ : SLOT_ORD, &c, right);
}

/*
 * Where several literals stand beside one column, MySQL picks one way of comparing from all of them
 * (`v BETWEEN 1 AND 'b'` compares numbers), so that what type_fit says about each alone is no proof.
 * Exact numbers agree with each other; the word NULL decides nothing among the items of IN.
 */
static bool
literals_agree(struct push *p, const struct sql_node *a, const struct sql_node *b)
{
    struct literal_ref x, y;
    if (!literal_of_node(a, p->literals, &x) || !literal_of_node(b, p->literals, &y)) {
        return refuse(p, "an expression instead of a literal");
    }
    const enum type_literal_kind k = x.value.kind, l = y.value.kind;
    const bool numbers = (k == TYPE_LITERAL_INT || k == TYPE_LITERAL_DECIMAL) &&
                         (l == TYPE_LITERAL_INT || l == TYPE_LITERAL_DECIMAL);
    return k == l || numbers || refuse(p, "literals of different kinds compared with one column");
}

static bool
is_null_word(const struct push *p, const struct sql_node *n)
{
    struct literal_ref lit;
    return literal_of_node(n, p->literals, &lit) && lit.slot < 0 &&
           lit.value.kind == TYPE_LITERAL_NULL;
}

static bool
push_in(struct push *p, const struct sql_in_list *n)
{
    struct scope_column c;
    const struct sql_node *sample = NULL;
    if (!push_eq_column(p, n->arg, &c)) {
        return false;
    }
    template_text(p->out, "%s IN (", n->negated ? " NOT" : "");
    bool first = true;
    SQL_FOR_EACH(item, &n->items)
    {
        if (!first) {
            template_text(p->out, ",");
        }
        first = false;
        if (!push_literal(p, SLOT_EQ, &c, item)) {
            return false;
        }
        if (is_null_word(p, item)) {
            continue;
        }
        sample = sample ? sample : item;
        if (!literals_agree(p, sample, item)) {
            return false;
        }
    }
    template_text(p->out, ")");
    return true;
}

static bool
push_between(struct push *p, const struct sql_between *n)
{
    struct scope_column c;
    if (!push_ord_column(p, n->arg, &c) || !literals_agree(p, n->low, n->high)) {
        return false;
    }
    template_text(p->out, "%s BETWEEN ", n->negated ? " NOT" : "");
    if (!push_literal(p, SLOT_ORD, &c, n->low)) {
        return false;
    }
    template_text(p->out, " AND ");
    return push_literal(p, SLOT_ORD, &c, n->high);
}

/* `date_not_null IS NULL` finds zero dates, `auto_increment IS NULL` may find the last id: ask. */
static bool
null_test_is_plain(const struct cat_column *c)
{
    if (c->nullable) {
        return true;
    }
    return !c->autoinc && c->type->family != TYPE_DATE && c->type->family != TYPE_DATETIME &&
           c->type->family != TYPE_TIMESTAMP;
}

static bool
push_is(struct push *p, const struct sql_is *n)
{
    struct scope_column c;
    const char *alias;
    if (n->what != SQL_IS_NULL) {
        return refuse(p, "IS TRUE or IS FALSE");
    }
    if (!column_of(p, n->arg, &c, &alias)) {
        return false;
    }
    if (!null_test_is_plain(cat_column_of(&c))) {
        return refuse(p, "IS NULL of a NOT NULL date or AUTO_INCREMENT column");
    }
    template_text(p->out, "%s.%.*s IS %sNULL", alias, SLICE_ARG(cat_column_of(&c)->phys_v),
                  n->negated ? "NOT " : "");
    return true;
}

static bool
push_logic(struct push *p, const struct sql_logic *n)
{
    bool first = true;
    template_text(p->out, "(");
    SQL_FOR_EACH(arg, &n->args)
    {
        if (!first) {
            template_text(p->out, n->op == SQL_OP_AND ? " AND " : " OR ");
        }
        first = false;
        if (!push_expr(p, arg)) {
            return false;
        }
    }
    template_text(p->out, ")");
    return true;
}

static bool
push_word(struct push *p, const struct sql_literal *l)
{
    if (l->literal == SQL_LITERAL_TRUE || l->literal == SQL_LITERAL_FALSE) {
        template_text(p->out, l->literal == SQL_LITERAL_TRUE ? "TRUE" : "FALSE");
        return true;
    }
    return refuse(p, "a constant condition");
}

static bool
push_expr(struct push *p, const struct sql_node *n)
{
    switch (n->kind) {
    case SQL_BINARY: {
        const struct sql_binary *b = sql_as_binary(n);
        return op_text(b->op) ? push_comparison(p, b) : refuse(p, "an operator on values");
    }
    case SQL_LOGIC:
        return push_logic(p, sql_as_logic(n));
    case SQL_UNARY: {
        const struct sql_unary *u = sql_as_unary(n);
        if (u->op != SQL_OP_NOT) {
            return refuse(p, "an operator on values");
        }
        template_text(p->out, "(NOT ");
        const bool ok = push_expr(p, u->arg);
        template_text(p->out, ")");
        return ok;
    }
    case SQL_IN_LIST:
        return push_in(p, sql_as_in_list(n));
    case SQL_BETWEEN:
        return push_between(p, sql_as_between(n));
    case SQL_IS:
        return push_is(p, sql_as_is(n));
    case SQL_LITERAL:
        return push_word(p, sql_as_literal(n));
    default:
        return refuse(p, "a function or subquery");
    }
}

bool
push_condition(struct push *p, const struct sql_node *cond)
{
    const struct template_mark mark = template_mark(p->out);
    if (!push_expr(p, cond)) {
        template_rewind(p->out, mark);
        return false;
    }
    return true;
}

/* Parts of the pattern are cut at wildcards, which are single bytes in these character sets. */
static bool
can_cut(const struct type *t)
{
    return t->family == TYPE_BINARY ||
           (t->family == TYPE_STRING &&
            (t->collation->max_bytes == 1 || t->collation->cs == CHARSET_UTF8MB3 ||
             t->collation->cs == CHARSET_UTF8MB4));
}

/* A text that is LIKE the pattern has the n-grams of its fixed parts, or counts as having them all. */
static bool
superset_of_like(struct push *p, const struct sql_like *n)
{
    struct scope_column c;
    struct literal_ref lit;
    const char *alias;
    CLEANUP(buf_deinit_cleanup) struct buf value = BUF_INIT;
    if (n->negated || n->escape || !column_of(p, n->arg, &c, &alias)) {
        return refuse(p, "NOT LIKE, or ESCAPE");
    }
    if (!cat_column_of(&c)->has_search || !can_cut(cat_column_of(&c)->type)) {
        return refuse(p, "LIKE on a column without search words");
    }
    if (!literal_of_node(n->pattern, p->literals, &lit) || lit.slot < 0 ||
        lit.value.kind != TYPE_LITERAL_STRING || lit.value.has_introducer ||
        type_fit_literal(cat_column_of(&c)->type, p->env, TYPE_FIT_COMPARE_EQ, &lit.value,
                         &value) != TYPE_FIT_EXACT) {
        return refuse(p, "a pattern that is not a plain string");
    }
    template_text(p->out, "(%s.%.*s IS NULL OR (", alias, SLICE_ARG(cat_column_of(&c)->phys_w));
    put_slot(p, SLOT_WORDS, &c, &lit);
    template_text(p->out, "))");
    return true;
}

static bool
superset_of_args(struct push *p, const struct sql_logic *n)
{
    const bool is_and = n->op == SQL_OP_AND;
    unsigned pushed = 0;
    template_text(p->out, "(");
    SQL_FOR_EACH(arg, &n->args)
    {
        const struct template_mark mark = template_mark(p->out);
        template_text(p->out, "%s", pushed == 0 ? "" : is_and ? " AND " : " OR ");
        if (push_superset(p, arg)) {
            pushed++;
        } else if (is_and) {
            template_rewind(p->out, mark);
        } else {
            return false;
        }
    }
    template_text(p->out, ")");
    return pushed > 0;
}

bool
push_superset(struct push *p, const struct sql_node *cond)
{
    if (push_condition(p, cond)) {
        return true;
    }
    const struct template_mark mark = template_mark(p->out);
    const bool ok = cond->kind == SQL_LOGIC  ? superset_of_args(p, sql_as_logic(cond))
                    : cond->kind == SQL_LIKE ? superset_of_like(p, sql_as_like(cond))
                                             : false;
    if (!ok) {
        template_rewind(p->out, mark);
    }
    return ok;
}

unsigned
push_conjuncts(struct push *p, const struct sql_node *cond, const char *lead, bool *all)
{
    *all = true;
    if (cond == NULL) {
        return 0;
    }
    unsigned n = 0;
    const bool is_and = cond->kind == SQL_LOGIC && sql_as_logic(cond)->op == SQL_OP_AND;
    const struct sql_node *arg = is_and ? sql_as_logic(cond)->args.first : cond;
    while (arg) {
        const struct template_mark mark = template_mark(p->out);
        template_text(p->out, "%s", n ? " AND " : lead);
        if (push_condition(p, arg)) {
            n++;
        } else {
            template_rewind(p->out, mark);
            *all = false;
        }
        arg = is_and ? arg->next : NULL;
    }
    return n;
}
