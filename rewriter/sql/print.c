/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tree to text: the entry, names, literals, dispatch. parse(print(tree)) equals the tree for every tree that
 * the parser makes; the golden and fuzz tests check it. Parentheses come from precedence, never from the source.
 */
#include "rewriter/sql/print.h"

#include <inttypes.h>

#include "rewriter/sql/lex.h"

void
sql_print_str(struct sql_print *c, const char *s)
{
    buf_append_str(c->out, s);
}

void
sql_print_name(struct slice name, struct buf *out)
{
    buf_append_u8(out, '`');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '`') {
            buf_append_u8(out, '`');
        }
        buf_append_u8(out, name.data[i]);
    }
    buf_append_u8(out, '`');
}

void
sql_print_ident(struct sql_print *c, struct slice name)
{
    sql_print_name(name, c->out);
}

/* `wide`: in which charsets a trailing byte may look like a backslash. */
static void
put_string(struct slice bytes, uint32_t mode, enum sql_wide wide, struct buf *out)
{
    buf_append_u8(out, '\'');
    size_t plain = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        const uint8_t b = bytes.data[i];
        const bool backslash = b == '\\' && !(mode & SQL_MODE_NO_BACKSLASH_ESCAPES);
        if (sql_literal_is_pair(bytes.data + i, bytes.len - i, wide)) {
            i++;
        } else if (b == '\'' || backslash) {
            buf_append(out, bytes.data + plain, i - plain);
            buf_append_u8(out, b);
            plain = i; /* once more with the rest: doubled */
        }
    }
    buf_append(out, bytes.data + plain, bytes.len - plain);
    buf_append_u8(out, '\'');
}

void
sql_print_string(struct slice bytes, uint32_t mode, struct buf *out)
{
    put_string(bytes, mode, SQL_WIDE_NONE, out);
}

static void
put_bits(struct slice bytes, struct buf *out)
{
    buf_append_str(out, "b'");
    for (size_t i = 0; i < bytes.len * 8; i++) {
        buf_append_u8(out, bytes.data[i / 8] >> (7 - i % 8) & 1 ? '1' : '0');
    }
    buf_append_str(out, "'");
}

static void
put_hex(struct slice bytes, struct buf *out)
{
    buf_append_str(out, "x'");
    buf_append_hex(out, bytes);
    buf_append_str(out, "'");
}

static void
put_literal(struct sql_print *c, const struct sql_literal *l)
{
    static const char *const words[] = {
        [SQL_LITERAL_NULL] = "NULL",           [SQL_LITERAL_TRUE] = "TRUE",
        [SQL_LITERAL_FALSE] = "FALSE",         [SQL_LITERAL_PARAM] = "?",
        [SQL_LITERAL_DATE] = "DATE",           [SQL_LITERAL_TIME] = "TIME",
        [SQL_LITERAL_TIMESTAMP] = "TIMESTAMP",
    };
    if (!slice_is_null(l->charset)) {
        buf_printf(c->out, "_%.*s%s", SLICE_ARG(l->charset),
                   l->literal == SQL_LITERAL_STRING ? "" : " ");
    }
    switch (l->literal) {
    case SQL_LITERAL_NULL:
    case SQL_LITERAL_TRUE:
    case SQL_LITERAL_FALSE:
    case SQL_LITERAL_PARAM:
        sql_print_str(c, words[l->literal]);
        break;
    case SQL_LITERAL_INTEGER:
    case SQL_LITERAL_DECIMAL:
    case SQL_LITERAL_FLOAT:
        buf_append_slice(c->out, l->value);
        break;
    case SQL_LITERAL_STRING:
        put_string(l->value, c->options->mode, sql_literal_wide(c->options->charset), c->out);
        break;
    case SQL_LITERAL_HEX:
        put_hex(l->value, c->out);
        break;
    case SQL_LITERAL_BIT:
        put_bits(l->value, c->out);
        break;
    case SQL_LITERAL_DATE:
    case SQL_LITERAL_TIME:
    case SQL_LITERAL_TIMESTAMP:
        sql_print_str(c, words[l->literal]);
        put_string(l->value, c->options->mode, sql_literal_wide(c->options->charset), c->out);
        break;
    }
}

void
sql_print_list(struct sql_print *c, const struct sql_list *list, const char *separator)
{
    SQL_FOR_EACH(n, list)
    {
        sql_print_node(c, n);
        if (n->next) {
            sql_print_str(c, separator);
        }
    }
}

void
sql_print_clause(struct sql_print *c, const char *before, const struct sql_list *list,
                 const char *after)
{
    if (list->count) {
        sql_print_str(c, before);
        sql_print_list(c, list, ", ");
        sql_print_str(c, after);
    }
}

void
sql_print_opt(struct sql_print *c, const char *before, const struct sql_node *n, const char *after)
{
    if (n) {
        sql_print_str(c, before);
        sql_print_node(c, n);
        sql_print_str(c, after);
    }
}

static bool
hooked(struct sql_print *c, const struct sql_node *n)
{
    return c->options->hook && c->options->hook(c->options->ctx, n, c->out);
}

/* ---- expressions: who needs parentheses ---- */

static const uint8_t op_precedence[SQL_OP_COUNT] = {
#define OP(name, text, precedence) [SQL_OP_##name] = (precedence),
#include "rewriter/sql/ops.def"
#undef OP
};

static int
precedence_of(const struct sql_node *n)
{
    switch (n->kind) {
    case SQL_UNARY:
        return op_precedence[sql_as_unary(n)->op];
    case SQL_BINARY:
        return op_precedence[sql_as_binary(n)->op];
    case SQL_LOGIC:
        return op_precedence[sql_as_logic(n)->op];
    case SQL_IS:
    case SQL_QUANTIFIED:
        return PREC_COMPARE;
    case SQL_IN_LIST:
    case SQL_IN_QUERY:
    case SQL_LIKE:
    case SQL_REGEXP:
        return PREC_PREDICATE;
    case SQL_BETWEEN:
        return PREC_BETWEEN;
    case SQL_USERVAR_SET:
        return PREC_ASSIGN;
    case SQL_COLLATE:
        return PREC_UNARY;
    default:
        return PREC_PRIMARY;
    }
}

static void
put_unary(struct sql_print *c, const struct sql_unary *u)
{
    sql_print_str(c, sql_ast_op_text(u->op));
    if (u->op == SQL_OP_NOT) { /* in parentheses: the same in every sql_mode */
        sql_print_str(c, " (");
        sql_print_expr(c, u->arg, PREC_EXPR);
        sql_print_str(c, ")");
        return;
    }
    sql_print_str(c, u->op == SQL_OP_BINARY ? " " : "");
    sql_print_expr(c, u->arg, PREC_PRIMARY);
}

/* Left-associative: the right operand must bind tighter. */
static void
put_binary(struct sql_print *c, const struct sql_binary *b)
{
    const int own = op_precedence[b->op];
    const bool json = b->op == SQL_OP_JSON_GET || b->op == SQL_OP_JSON_GET_TEXT;
    /* comparisons take predicates on both sides, predicates take bit expressions on their right */
    const int right = own == PREC_PREDICATE ? PREC_BIT : own + 1;
    sql_print_expr(c, b->left, own);
    if (json) {
        sql_print_str(c, sql_ast_op_text(b->op));
        sql_print_expr(c, b->right, PREC_PRIMARY);
        return;
    }
    buf_printf(c->out, " %s ", sql_ast_op_text(b->op));
    if (b->op == SQL_OP_MEMBER_OF) {
        sql_print_str(c, "(");
        sql_print_expr(c, b->right, PREC_BIT);
        sql_print_str(c, ")");
    } else {
        sql_print_expr(c, b->right, right);
    }
}

static void
put_logic(struct sql_print *c, const struct sql_logic *l)
{
    SQL_FOR_EACH(arg, &l->args)
    {
        sql_print_expr(c, arg, op_precedence[l->op] + 1);
        if (arg->next) {
            buf_printf(c->out, " %s ", sql_ast_op_text(l->op));
        }
    }
}

static void
put_is(struct sql_print *c, const struct sql_is *i)
{
    static const char *const what[] = {"NULL", "TRUE", "FALSE", "UNKNOWN", "JSON"};
    sql_print_expr(c, i->arg, PREC_COMPARE);
    buf_printf(c->out, " IS %s%s", i->negated ? "NOT " : "", what[i->what]);
}

static void
put_in(struct sql_print *c, const struct sql_node *arg, bool negated, const struct sql_list *items,
       const struct sql_node *query)
{
    sql_print_expr(c, arg, PREC_PREDICATE);
    sql_print_str(c, negated ? " NOT IN (" : " IN (");
    if (query) {
        sql_print_query(c, query);
    } else {
        sql_print_list(c, items, ", ");
    }
    sql_print_str(c, ")");
}

static void
put_between(struct sql_print *c, const struct sql_between *b)
{
    sql_print_expr(c, b->arg, PREC_PREDICATE);
    sql_print_str(c, b->negated ? " NOT BETWEEN " : " BETWEEN ");
    sql_print_expr(c, b->low, PREC_BIT);
    sql_print_str(c, " AND ");
    sql_print_expr(c, b->high, PREC_BIT);
}

static void
put_like(struct sql_print *c, const struct sql_like *l)
{
    sql_print_expr(c, l->arg, PREC_PREDICATE);
    sql_print_str(c, l->negated ? " NOT LIKE " : " LIKE ");
    sql_print_expr(c, l->pattern, PREC_BIT);
    if (l->escape) {
        sql_print_str(c, " ESCAPE ");
        sql_print_expr(c, l->escape, PREC_PRIMARY);
    }
}

static void
put_operator(struct sql_print *c, const struct sql_node *n)
{
    switch (n->kind) {
    case SQL_UNARY:
        put_unary(c, sql_as_unary(n));
        break;
    case SQL_BINARY:
        put_binary(c, sql_as_binary(n));
        break;
    case SQL_LOGIC:
        put_logic(c, sql_as_logic(n));
        break;
    case SQL_IS:
        put_is(c, sql_as_is(n));
        break;
    case SQL_IN_LIST:
        put_in(c, sql_as_in_list(n)->arg, sql_as_in_list(n)->negated, &sql_as_in_list(n)->items,
               NULL);
        break;
    case SQL_IN_QUERY:
        put_in(c, sql_as_in_query(n)->arg, sql_as_in_query(n)->negated, NULL,
               sql_as_in_query(n)->query);
        break;
    case SQL_BETWEEN:
        put_between(c, sql_as_between(n));
        break;
    case SQL_LIKE:
        put_like(c, sql_as_like(n));
        break;
    case SQL_REGEXP:
        sql_print_expr(c, sql_as_regexp(n)->arg, PREC_PREDICATE);
        sql_print_str(c, sql_as_regexp(n)->negated ? " NOT REGEXP " : " REGEXP ");
        sql_print_expr(c, sql_as_regexp(n)->pattern, PREC_BIT);
        break;
    case SQL_QUANTIFIED:
        sql_print_expr(c, sql_as_quantified(n)->arg, PREC_COMPARE);
        buf_printf(c->out, " %s %s (", sql_ast_op_text(sql_as_quantified(n)->op),
                   sql_as_quantified(n)->all ? "ALL" : "ANY");
        sql_print_query(c, sql_as_quantified(n)->query);
        sql_print_str(c, ")");
        break;
    case SQL_USERVAR_SET:
        sql_print_str(c, "@");
        sql_print_ident(c, sql_as_uservar_set(n)->name);
        sql_print_str(c, " := ");
        sql_print_expr(c, sql_as_uservar_set(n)->value, PREC_ASSIGN);
        break;
    default: /* COLLATE */
        sql_print_expr(c, sql_as_collate(n)->arg, PREC_PRIMARY);
        sql_print_str(c, " COLLATE ");
        sql_print_ident(c, sql_as_collate(n)->collation);
        break;
    }
}

void
sql_print_expr(struct sql_print *c, const struct sql_node *n, int precedence)
{
    const int own = precedence_of(n);
    if (own == PREC_PRIMARY) {
        sql_print_node(c, n);
        return;
    }
    if (hooked(c, n)) {
        return;
    }
    if (own < precedence || c->options->all_parentheses) {
        sql_print_str(c, "(");
        put_operator(c, n);
        sql_print_str(c, ")");
    } else {
        put_operator(c, n);
    }
}

/* ---- dispatch ---- */

static void
put_simple(struct sql_print *c, const struct sql_node *n)
{
    switch (n->kind) {
    case SQL_LITERAL:
        put_literal(c, sql_as_literal(n));
        break;
    case SQL_SLOT:
        sql_print_str(c, "?");
        break;
    case SQL_RAW:
        buf_append_slice(c->out, sql_as_raw(n)->text);
        break;
    case SQL_IDENT:
        sql_print_ident(c, sql_as_ident(n)->name);
        break;
    default: /* WORD */
        buf_append_slice(c->out, sql_as_word(n)->word);
        break;
    }
}

void
sql_print_node(struct sql_print *c, const struct sql_node *n)
{
    if (precedence_of(n) != PREC_PRIMARY) {
        sql_print_expr(c, n, PREC_EXPR);
        return;
    }
    if (hooked(c, n)) {
        return;
    }
    if (n->kind == SQL_LITERAL || n->kind == SQL_SLOT || n->kind == SQL_RAW ||
        n->kind == SQL_IDENT || n->kind == SQL_WORD) {
        put_simple(c, n);
    } else if (n->kind < SQL_QUERY) {
        sql_print_call(c, n);
    } else if (n->kind < SQL_INSERT) {
        sql_print_query_body(c, n);
    } else if (n->kind < SQL_TYPE) {
        sql_print_change(c, n);
    } else if (n->kind < SQL_BEGIN) {
        sql_print_ddl(c, n);
    } else {
        sql_print_session(c, n);
    }
}

void
sql_print_query(struct sql_print *c, const struct sql_node *n)
{
    sql_print_node(c, n);
}

void
sql_print(const struct sql_node *n, const struct sql_printer *printer, struct buf *out)
{
    struct sql_print c = {printer, out};
    sql_print_node(&c, n);
}
