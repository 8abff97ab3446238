/* SPDX-License-Identifier: Apache-2.0 */
/* The printer: primary expressions that are not literals. */
#include "rewriter/sql/lex.h"
#include "rewriter/sql/print.h"

static void
put_dotted(struct sql_print *c, struct slice a, struct slice b)
{
    if (!slice_is_null(a)) {
        sql_print_ident(c, a);
        sql_print_str(c, ".");
    }
    if (!slice_is_null(b)) {
        sql_print_ident(c, b);
    }
}

static void
put_column(struct sql_print *c, const struct sql_column *col)
{
    put_dotted(c, col->db, col->table);
    sql_print_str(c, slice_is_null(col->table) ? "" : ".");
    sql_print_ident(c, col->name);
}

static void
put_sysvar(struct sql_print *c, const struct sql_sysvar *v)
{
    static const char *const scopes[] = {"", "session.", "global.", "persist.", "persist_only."};
    sql_print_str(c, "@@");
    sql_print_str(c, scopes[v->scope]);
    put_dotted(c, v->base, v->name);
}

/* A name that reads as a call without quotes; built-in names must not be quoted (NOW, COUNT, ..). */
static bool
is_plain_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t b = name.data[i];
        const bool letter = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_' ||
                            (i && b >= '0' && b <= '9');
        if (!letter) {
            return false;
        }
    }
    return name.len > 0;
}

static void
put_function(struct sql_print *c, const struct sql_function *f)
{
    if (!slice_is_null(f->db) || !is_plain_name(f->name) || sql_lex_is_call_word(f->name)) {
        put_dotted(c, f->db, f->name);
    } else {
        buf_append_slice(c->out, f->name);
    }
    sql_print_str(c, "(");
    sql_print_list(c, &f->args, ", ");
    sql_print_str(c, ")");
}

static void
put_aggregate(struct sql_print *c, const struct sql_aggregate *a)
{
    sql_print_str(c, sql_ast_aggregate_text(a->func));
    sql_print_str(c, a->distinct ? "(DISTINCT " : "(");
    sql_print_list(c, &a->args, ", ");
    sql_print_clause(c, " ORDER BY ", &a->order, "");
    sql_print_opt(c, " SEPARATOR ", a->separator, "");
    sql_print_opt(c, " ", a->limit, "");
    sql_print_str(c, ")");
}

static void
put_window(struct sql_print *c, const struct sql_window *w)
{
    if (!slice_is_null(w->name)) {
        sql_print_ident(c, w->name);
        sql_print_str(c, " AS ");
    }
    sql_print_str(c, "(");
    if (!slice_is_null(w->base)) {
        sql_print_ident(c, w->base);
        sql_print_str(c, " ");
    }
    sql_print_clause(c, "PARTITION BY ", &w->partition, " ");
    sql_print_clause(c, "ORDER BY ", &w->order, " ");
    sql_print_opt(c, "", w->frame, "");
    sql_print_str(c, ")");
}

static void
put_frame(struct sql_print *c, const struct sql_frame *f)
{
    static const char *const units[] = {"ROWS ", "RANGE ", "GROUPS "};
    static const char *const exclude[] = {"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP",
                                          " EXCLUDE TIES", " EXCLUDE NO OTHERS"};
    sql_print_str(c, units[f->unit]);
    sql_print_str(c, f->end ? "BETWEEN " : "");
    sql_print_node(c, f->start);
    sql_print_opt(c, " AND ", f->end, "");
    sql_print_str(c, exclude[f->exclude]);
}

static void
put_bound(struct sql_print *c, const struct sql_bound *b)
{
    static const char *const texts[] = {"UNBOUNDED PRECEDING", " PRECEDING", "CURRENT ROW",
                                        " FOLLOWING", "UNBOUNDED FOLLOWING"};
    if (b->offset) {
        sql_print_expr(c, b->offset, PREC_BIT);
    }
    sql_print_str(c, texts[b->bound]);
}

static void
put_over(struct sql_print *c, const struct sql_over *o)
{
    sql_print_node(c, o->call);
    sql_print_str(c, " OVER ");
    if (o->spec) {
        sql_print_node(c, o->spec);
    } else {
        sql_print_ident(c, o->window);
    }
}

static void
put_case(struct sql_print *c, const struct sql_case *k)
{
    sql_print_str(c, "CASE");
    sql_print_opt(c, " ", k->operand, "");
    SQL_FOR_EACH(n, &k->whens)
    {
        sql_print_str(c, " ");
        sql_print_node(c, n);
    }
    sql_print_opt(c, " ELSE ", k->otherwise, "");
    sql_print_str(c, " END");
}

static void
put_trim(struct sql_print *c, const struct sql_trim *t)
{
    static const char *const sides[] = {"", "BOTH ", "LEADING ", "TRAILING "};
    sql_print_str(c, "TRIM(");
    sql_print_str(c, sides[t->side]);
    sql_print_opt(c, "", t->what, " ");
    sql_print_str(c, t->what || t->side ? "FROM " : "");
    sql_print_node(c, t->arg);
    sql_print_str(c, ")");
}

static void
put_match(struct sql_print *c, const struct sql_match *m)
{
    static const char *const modes[] = {"", " IN NATURAL LANGUAGE MODE",
                                        " IN NATURAL LANGUAGE MODE WITH QUERY EXPANSION",
                                        " IN BOOLEAN MODE", " WITH QUERY EXPANSION"};
    sql_print_clause(c, "MATCH (", &m->columns, ") AGAINST (");
    sql_print_expr(c, m->against, PREC_BIT);
    sql_print_str(c, modes[m->mode]);
    sql_print_str(c, ")");
}

static void
put_weight_string(struct sql_print *c, const struct sql_weight_string *w)
{
    sql_print_str(c, "WEIGHT_STRING(");
    sql_print_node(c, w->arg);
    sql_print_opt(c, " AS ", w->type, "");
    if (!slice_is_null(w->levels)) {
        buf_printf(c->out, " LEVEL %.*s", SLICE_ARG(w->levels));
    }
    sql_print_str(c, ")");
}

static void
put_convert(struct sql_print *c, const struct sql_convert *v)
{
    sql_print_str(c, "CONVERT(");
    sql_print_node(c, v->arg);
    sql_print_str(c, " USING ");
    if (slice_is_null(v->charset)) {
        sql_print_str(c, "DEFAULT)");
    } else {
        sql_print_ident(c, v->charset);
        sql_print_str(c, ")");
    }
}

static void
put_parenthesised(struct sql_print *c, const char *before, const struct sql_node *n)
{
    sql_print_str(c, before);
    sql_print_node(c, n);
    sql_print_str(c, ")");
}

static void
put_default(struct sql_print *c, const struct sql_default *d)
{
    if (d->column) {
        put_parenthesised(c, "DEFAULT(", d->column);
    } else {
        sql_print_str(c, "DEFAULT");
    }
}

void
sql_print_call(struct sql_print *c, const struct sql_node *n)
{
    switch ((enum sql_kind) n->kind) {
    case SQL_COLUMN:
        put_column(c, sql_as_column(n));
        break;
    case SQL_STAR:
        put_dotted(c, sql_as_star(n)->db, sql_as_star(n)->table);
        sql_print_str(c, slice_is_null(sql_as_star(n)->table) ? "*" : ".*");
        break;
    case SQL_USERVAR:
        sql_print_str(c, "@");
        sql_print_ident(c, sql_as_uservar(n)->name);
        break;
    case SQL_SYSVAR:
        put_sysvar(c, sql_as_sysvar(n));
        break;
    case SQL_EXISTS:
        put_parenthesised(c, "EXISTS (", sql_as_exists(n)->query);
        break;
    case SQL_SUBQUERY:
        put_parenthesised(c, "(", sql_as_subquery(n)->query);
        break;
    case SQL_ROW:
        sql_print_str(c, sql_as_row(n)->items.count == 1 ? "ROW(" : "(");
        sql_print_list(c, &sql_as_row(n)->items, ", ");
        sql_print_str(c, ")");
        break;
    case SQL_CASE:
        put_case(c, sql_as_case(n));
        break;
    case SQL_WHEN:
        sql_print_opt(c, "WHEN ", sql_as_when(n)->condition, " THEN ");
        sql_print_node(c, sql_as_when(n)->result);
        break;
    case SQL_FUNCTION:
        put_function(c, sql_as_function(n));
        break;
    case SQL_AGGREGATE:
        put_aggregate(c, sql_as_aggregate(n));
        break;
    case SQL_OVER:
        put_over(c, sql_as_over(n));
        break;
    case SQL_WINDOW:
        put_window(c, sql_as_window(n));
        break;
    case SQL_FRAME:
        put_frame(c, sql_as_frame(n));
        break;
    case SQL_BOUND:
        put_bound(c, sql_as_bound(n));
        break;
    case SQL_CAST:
        sql_print_opt(c, "CAST(", sql_as_cast(n)->arg, " AS ");
        put_parenthesised(c, "", sql_as_cast(n)->type);
        break;
    case SQL_CONVERT:
        put_convert(c, sql_as_convert(n));
        break;
    case SQL_INTERVAL:
        sql_print_opt(c, "INTERVAL ", sql_as_interval(n)->value, " ");
        sql_print_str(c, sql_ast_unit_text(sql_as_interval(n)->unit));
        break;
    case SQL_EXTRACT:
        buf_printf(c->out, "EXTRACT(%s", sql_ast_unit_text(sql_as_extract(n)->unit));
        put_parenthesised(c, " FROM ", sql_as_extract(n)->arg);
        break;
    case SQL_TRIM:
        put_trim(c, sql_as_trim(n));
        break;
    case SQL_MATCH:
        put_match(c, sql_as_match(n));
        break;
    case SQL_VALUES_OF:
        put_parenthesised(c, "VALUES(", sql_as_values_of(n)->column);
        break;
    case SQL_DEFAULT:
        put_default(c, sql_as_default(n));
        break;
    case SQL_CHAR_USING:
        sql_print_clause(c, "CHAR(", &sql_as_char_using(n)->args, " USING ");
        sql_print_ident(c, sql_as_char_using(n)->charset);
        sql_print_str(c, ")");
        break;
    case SQL_WEIGHT_STRING:
        put_weight_string(c, sql_as_weight_string(n));
        break;
    case SQL_JSON_VALUE:
        sql_print_opt(c, "JSON_VALUE(", sql_as_json_value(n)->arg, ", ");
        sql_print_opt(c, "", sql_as_json_value(n)->path, "");
        sql_print_opt(c, " RETURNING ", sql_as_json_value(n)->type, "");
        sql_print_json_event(c, sql_as_json_value(n)->on_empty, " ON EMPTY");
        sql_print_json_event(c, sql_as_json_value(n)->on_error, " ON ERROR");
        sql_print_str(c, ")");
        break;
    case SQL_NEXT_VALUE:
        sql_print_str(c,
                      sql_as_next_value(n)->previous ? "PREVIOUS VALUE FOR " : "NEXT VALUE FOR ");
        sql_print_node(c, sql_as_next_value(n)->sequence);
        break;
    case SQL_NAMED_ARG:
        sql_print_opt(c, "", sql_as_named_arg(n)->value, " AS ");
        if (sql_as_named_arg(n)->type) {
            sql_print_node(c, sql_as_named_arg(n)->type);
        } else {
            sql_print_string(sql_as_named_arg(n)->name, c->options->mode, c->out);
        }
        break;
    case SQL_WITHIN_GROUP:
        sql_print_node(c, sql_as_within_group(n)->call);
        sql_print_clause(c, " WITHIN GROUP (ORDER BY ", &sql_as_within_group(n)->order, ")");
        break;
    case SQL_ODBC:
        buf_printf(c->out, "{%.*s ", SLICE_ARG(sql_as_odbc(n)->word));
        sql_print_opt(c, "", sql_as_odbc(n)->arg, "}");
        break;
    default: /* operators and simple ones are print.c's */
        break;
    }
}
