/* SPDX-License-Identifier: Apache-2.0 */
/* The printer: queries, table references, clauses. */
#include "rewriter/sql/print.h"

/* A query where the grammar wants parentheses around whatever is not a plain body. */
static void
put_operand(struct sql_print *c, const struct sql_node *n, bool parenthesised)
{
    sql_print_str(c, parenthesised ? "(" : "");
    sql_print_node(c, n);
    sql_print_str(c, parenthesised ? ")" : "");
}

/* Would the operand swallow, or be swallowed by, the operator around it? */
static bool
needs_parentheses(const struct sql_node *operand, enum sql_setop_kind outer, bool right)
{
    if (operand->kind == SQL_QUERY) {
        return true;
    }
    if (operand->kind != SQL_SETOP) {
        return false;
    }
    const bool tighter =
        sql_as_setop(operand)->op == SQL_SETOP_INTERSECT && outer != SQL_SETOP_INTERSECT;
    const bool same =
        (sql_as_setop(operand)->op == SQL_SETOP_INTERSECT) == (outer == SQL_SETOP_INTERSECT);
    return !(tighter || (same && !right));
}

static void
put_setop(struct sql_print *c, const struct sql_setop *s)
{
    static const char *const ops[] = {" UNION ", " INTERSECT ", " EXCEPT "};
    put_operand(c, s->left, needs_parentheses(s->left, s->op, false));
    sql_print_str(c, ops[s->op]);
    sql_print_str(c, s->all ? "ALL " : s->distinct ? "DISTINCT " : "");
    put_operand(c, s->right, needs_parentheses(s->right, s->op, true));
}

static void
put_query(struct sql_print *c, const struct sql_query *q)
{
    sql_print_opt(c, "", q->with, " ");
    put_operand(c, q->body, q->body->kind == SQL_QUERY);
    sql_print_clause(c, " ORDER BY ", &q->order, "");
    sql_print_opt(c, " ", q->limit, "");
    SQL_FOR_EACH(n, &q->locks)
    {
        sql_print_opt(c, " ", n, "");
    }
    sql_print_opt(c, " ", q->into, "");
    if (q->body->kind == SQL_SELECT) {
        sql_print_opt(c, " ", sql_as_select(q->body)->procedure, "");
    }
}

static void
put_select_options(struct sql_print *c, uint32_t options)
{
    static const char *const words[] = {"DISTINCT ",          "ALL ",
                                        "STRAIGHT_JOIN ",     "HIGH_PRIORITY ",
                                        "SQL_SMALL_RESULT ",  "SQL_BIG_RESULT ",
                                        "SQL_BUFFER_RESULT ", "SQL_CACHE ",
                                        "SQL_NO_CACHE ",      "SQL_CALC_FOUND_ROWS "};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (options & 1u << i) {
            sql_print_str(c, words[i]);
        }
    }
}

static void
put_select(struct sql_print *c, const struct sql_select *s)
{
    sql_print_str(c, "SELECT ");
    put_select_options(c, s->options);
    sql_print_list(c, &s->items, ", ");
    sql_print_clause(c, " FROM ", &s->from, "");
    if (s->from.count == 0 && (s->where || s->group.count || s->having)) {
        sql_print_str(c, " FROM DUAL");
    }
    sql_print_opt(c, " WHERE ", s->where, "");
    sql_print_clause(c, s->rollup == SQL_ROLLUP_CALL ? " GROUP BY ROLLUP (" : " GROUP BY ",
                     &s->group, "");
    sql_print_str(c, s->rollup == SQL_ROLLUP_WITH   ? " WITH ROLLUP"
                     : s->rollup == SQL_ROLLUP_CALL ? ")"
                                                    : "");
    sql_print_opt(c, " HAVING ", s->having, "");
    sql_print_clause(c, " WINDOW ", &s->windows, "");
    sql_print_opt(c, " QUALIFY ", s->qualify, "");
}

static void
put_columns(struct sql_print *c, const struct sql_list *columns)
{
    sql_print_clause(c, " (", columns, ")");
}

static void
put_alias(struct sql_print *c, struct slice alias)
{
    if (!slice_is_null(alias)) {
        sql_print_str(c, " AS ");
        sql_print_ident(c, alias);
    }
}

static void
put_table(struct sql_print *c, const struct sql_table *t)
{
    if (!slice_is_null(t->db)) {
        sql_print_ident(c, t->db);
        sql_print_str(c, ".");
    }
    sql_print_ident(c, t->name);
    sql_print_clause(c, " PARTITION (", &t->partitions, ")");
    sql_print_opt(c, " ", t->history, "");
    put_alias(c, t->alias);
    SQL_FOR_EACH(n, &t->hints)
    {
        sql_print_opt(c, " ", n, "");
    }
}

static void
put_hint(struct sql_print *c, const struct sql_index_hint *h)
{
    static const char *const kinds[] = {"USE INDEX", "FORCE INDEX", "IGNORE INDEX"};
    static const char *const purposes[] = {" (", " FOR JOIN (", " FOR ORDER BY (",
                                           " FOR GROUP BY ("};
    sql_print_str(c, kinds[h->hint]);
    sql_print_str(c, purposes[h->purpose]);
    sql_print_list(c, &h->indexes, ", ");
    sql_print_str(c, ")");
}

static void
put_history(struct sql_print *c, const struct sql_history *h)
{
    static const char *const from[] = {" ALL", " AS OF ", " FROM ", " BETWEEN "};
    static const char *const to[] = {"", "", " TO ", " AND "};
    sql_print_str(c, "FOR SYSTEM_TIME");
    sql_print_str(c, from[h->history]);
    sql_print_str(c, h->transaction ? "TRANSACTION " : "");
    if (h->from) {
        sql_print_expr(c, h->from, PREC_BIT);
    }
    if (h->to) {
        sql_print_str(c, to[h->history]);
        sql_print_expr(c, h->to, PREC_BIT);
    }
}

static void
put_derived(struct sql_print *c, const struct sql_derived *d)
{
    sql_print_str(c, d->lateral ? "LATERAL (" : "(");
    sql_print_node(c, d->query);
    sql_print_str(c, ")");
    put_alias(c, d->alias);
    put_columns(c, &d->columns);
}

/* Joins are printed left-deep; a join on the right side needs parentheses. */
static void
put_join(struct sql_print *c, const struct sql_join *j)
{
    static const char *const words[] = {"JOIN ", "CROSS JOIN ", "LEFT JOIN ", "RIGHT JOIN ",
                                        "STRAIGHT_JOIN "};
    sql_print_node(c, j->left);
    sql_print_str(c, j->natural ? " NATURAL " : " ");
    sql_print_str(c, words[j->join]);
    put_operand(c, j->right, j->right->kind == SQL_JOIN);
    if (j->on) {
        sql_print_opt(c, " ON ", j->on, "");
    }
    sql_print_clause(c, " USING (", &j->using, ")");
}

static void
put_json_table(struct sql_print *c, const struct sql_json_table *t)
{
    sql_print_opt(c, "JSON_TABLE(", t->arg, ", ");
    sql_print_opt(c, "", t->path, "");
    sql_print_clause(c, " COLUMNS (", &t->columns, "))");
    put_alias(c, t->alias);
}

void
sql_print_json_event(struct sql_print *c, const struct sql_node *n, const char *when)
{
    if (n) {
        sql_print_opt(c, n->kind == SQL_LITERAL ? " DEFAULT " : " ", n, when);
    }
}

static void
put_json_column(struct sql_print *c, const struct sql_json_column *j)
{
    if (j->column == SQL_JSON_COLUMN_NESTED) {
        sql_print_opt(c, "NESTED PATH ", j->path, "");
        sql_print_clause(c, " COLUMNS (", &j->columns, ")");
        return;
    }
    sql_print_ident(c, j->name);
    if (j->column == SQL_JSON_COLUMN_ORDINALITY) {
        sql_print_str(c, " FOR ORDINALITY");
        return;
    }
    sql_print_opt(c, " ", j->type, "");
    sql_print_opt(c, j->column == SQL_JSON_COLUMN_EXISTS ? " EXISTS PATH " : " PATH ", j->path, "");
    sql_print_json_event(c, j->on_empty, " ON EMPTY");
    sql_print_json_event(c, j->on_error, " ON ERROR");
}

static void
put_limit(struct sql_print *c, const struct sql_limit *l)
{
    if (l->with_ties || (l->offset && !l->count)) {
        sql_print_opt(c, "OFFSET ", l->offset, " ROWS");
        sql_print_opt(c, l->offset ? " FETCH FIRST " : "FETCH FIRST ", l->count, " ROWS");
        sql_print_str(c, l->count ? (l->with_ties ? " WITH TIES" : " ONLY") : "");
        return;
    }
    sql_print_str(c, "LIMIT");
    sql_print_opt(c, " ", l->count, "");
    sql_print_opt(c, " OFFSET ", l->offset, "");
    sql_print_opt(c, " ROWS EXAMINED ", l->rows_examined, "");
}

static void
put_lock(struct sql_print *c, const struct sql_lock *l)
{
    static const char *const modes[] = {"FOR UPDATE", "FOR SHARE", "LOCK IN SHARE MODE"};
    static const char *const waits[] = {"", " NOWAIT", " SKIP LOCKED", " WAIT "};
    sql_print_str(c, modes[l->mode]);
    sql_print_clause(c, " OF ", &l->tables, "");
    sql_print_str(c, waits[l->wait]);
    sql_print_opt(c, "", l->seconds, "");
}

void
sql_print_format(struct sql_print *c, const struct sql_list *format)
{
    SQL_FOR_EACH(n, format)
    {
        const struct sql_option *o = sql_as_option(n);
        buf_printf(c->out, " %.*s", SLICE_ARG(o->name));
        sql_print_opt(c, " BY ", o->value, "");
    }
}

static void
put_into(struct sql_print *c, const struct sql_into *i)
{
    static const char *const kinds[] = {"INTO ", "INTO OUTFILE ", "INTO DUMPFILE "};
    sql_print_str(c, kinds[i->into]);
    sql_print_list(c, &i->vars, ", ");
    sql_print_opt(c, "", i->file, "");
    if (!slice_is_null(i->charset)) {
        sql_print_str(c, " CHARACTER SET ");
        sql_print_ident(c, i->charset);
    }
    sql_print_format(c, &i->format);
}

static void
put_cte(struct sql_print *c, const struct sql_cte *t)
{
    sql_print_ident(c, t->name);
    put_columns(c, &t->columns);
    sql_print_opt(c, " AS (", t->query, ")");
    sql_print_opt(c, " ", t->cycle, "");
}

/* In VALUES as a query MySQL wants ROW before each row. */
static void
put_values(struct sql_print *c, const struct sql_values *v)
{
    sql_print_str(c, "VALUES ");
    SQL_FOR_EACH(n, &v->rows)
    {
        const bool word = c->options->flavour == SQL_MYSQL;
        sql_print_str(c, word ? "ROW(" : "(");
        sql_print_list(c, &sql_as_row(n)->items, ", ");
        sql_print_str(c, n->next ? "), " : ")");
    }
}

void
sql_print_query_body(struct sql_print *c, const struct sql_node *n)
{
    switch ((enum sql_kind) n->kind) {
    case SQL_QUERY:
        put_query(c, sql_as_query(n));
        break;
    case SQL_SELECT:
        put_select(c, sql_as_select(n));
        break;
    case SQL_ITEM:
        sql_print_node(c, sql_as_item(n)->expr);
        put_alias(c, sql_as_item(n)->alias);
        break;
    case SQL_SETOP:
        put_setop(c, sql_as_setop(n));
        break;
    case SQL_VALUES:
        put_values(c, sql_as_values(n));
        break;
    case SQL_TABLE_VALUE:
        sql_print_opt(c, "TABLE ", sql_as_table_value(n)->table, "");
        break;
    case SQL_WITH:
        sql_print_str(c, sql_as_with(n)->recursive ? "WITH RECURSIVE " : "WITH ");
        sql_print_list(c, &sql_as_with(n)->ctes, ", ");
        break;
    case SQL_CTE:
        put_cte(c, sql_as_cte(n));
        break;
    case SQL_CYCLE:
        sql_print_clause(c, "CYCLE ", &sql_as_cycle(n)->columns, " RESTRICT");
        break;
    case SQL_ORDER:
        sql_print_node(c, sql_as_order(n)->expr);
        sql_print_str(c, sql_as_order(n)->desc ? " DESC" : sql_as_order(n)->asc ? " ASC" : "");
        break;
    case SQL_LIMIT:
        put_limit(c, sql_as_limit(n));
        break;
    case SQL_LOCK:
        put_lock(c, sql_as_lock(n));
        break;
    case SQL_INTO:
        put_into(c, sql_as_into(n));
        break;
    case SQL_PROCEDURE:
        sql_print_str(c, "PROCEDURE ");
        sql_print_ident(c, sql_as_procedure(n)->name);
        sql_print_str(c, "(");
        sql_print_list(c, &sql_as_procedure(n)->args, ", ");
        sql_print_str(c, ")");
        break;
    case SQL_TABLE:
        put_table(c, sql_as_table(n));
        break;
    case SQL_INDEX_HINT:
        put_hint(c, sql_as_index_hint(n));
        break;
    case SQL_HISTORY:
        put_history(c, sql_as_history(n));
        break;
    case SQL_DERIVED:
        put_derived(c, sql_as_derived(n));
        break;
    case SQL_JOIN:
        put_join(c, sql_as_join(n));
        break;
    case SQL_JSON_TABLE:
        put_json_table(c, sql_as_json_table(n));
        break;
    case SQL_JSON_COLUMN:
        put_json_column(c, sql_as_json_column(n));
        break;
    default: /* TABLE_FUNCTION */
        sql_print_node(c, sql_as_table_function(n)->call);
        put_alias(c, sql_as_table_function(n)->alias);
        break;
    }
}
