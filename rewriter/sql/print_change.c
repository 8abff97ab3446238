/* SPDX-License-Identifier: Apache-2.0 */
/* The printer: INSERT, REPLACE, UPDATE, DELETE, LOAD DATA. */
#include "rewriter/sql/print.h"

static const char *const priorities[] = {"", "LOW_PRIORITY ", "DELAYED ", "HIGH_PRIORITY ",
                                         "CONCURRENT "};

static void
put_columns(struct sql_print *c, bool given, const struct sql_list *columns)
{
    if (given) {
        sql_print_str(c, " (");
        sql_print_list(c, columns, ", ");
        sql_print_str(c, ")");
    }
}

static void
put_row(struct sql_print *c, const struct sql_node *n)
{
    sql_print_str(c, "(");
    sql_print_list(c, &sql_as_row(n)->items, ", ");
    sql_print_str(c, n->next ? "), " : ")");
}

/* SET a = 1, ..: columns and the one row side by side */
static void
put_set_form(struct sql_print *c, const struct sql_insert *i)
{
    sql_print_str(c, " SET ");
    const struct sql_node *value = sql_as_row(i->rows.first)->items.first;
    SQL_FOR_EACH(column, &i->columns)
    {
        sql_print_node(c, column);
        sql_print_opt(c, " = ", value, column->next ? ", " : "");
        value = value->next;
    }
}

static bool
begins_with_values(const struct sql_node *n)
{
    while (n->kind == SQL_SETOP || (n->kind == SQL_QUERY && sql_as_query(n)->with == NULL)) {
        n = n->kind == SQL_SETOP ? sql_as_setop(n)->left : sql_as_query(n)->body;
    }
    return n->kind == SQL_VALUES;
}

static void
put_source(struct sql_print *c, const struct sql_insert *i)
{
    if (i->set_form) {
        put_set_form(c, i);
        return;
    }
    put_columns(c, i->column_list, &i->columns);
    if (i->query) {
        const bool values = begins_with_values(i->query); /* as a query, not the rows of INSERT */
        sql_print_opt(c, values ? " (" : " ", i->query, values ? ")" : "");
        return;
    }
    sql_print_str(c, " VALUES ");
    SQL_FOR_EACH(n, &i->rows)
    {
        put_row(c, n);
    }
}

static void
put_insert(struct sql_print *c, const struct sql_insert *i)
{
    sql_print_str(c, i->replace ? "REPLACE " : "INSERT ");
    sql_print_str(c, priorities[i->priority]);
    sql_print_str(c, i->ignore ? "IGNORE " : "");
    sql_print_opt(c, "INTO ", i->table, "");
    put_source(c, i);
    if (!slice_is_null(i->row_alias)) {
        sql_print_str(c, " AS ");
        sql_print_ident(c, i->row_alias);
        put_columns(c, i->row_columns.count > 0, &i->row_columns);
    }
    sql_print_clause(c, " ON DUPLICATE KEY UPDATE ", &i->on_duplicate, "");
    sql_print_clause(c, " RETURNING ", &i->returning, "");
}

static void
put_update(struct sql_print *c, const struct sql_update *u)
{
    sql_print_opt(c, "", u->with, " ");
    sql_print_str(c, "UPDATE ");
    sql_print_str(c, u->low_priority ? "LOW_PRIORITY " : "");
    sql_print_str(c, u->ignore ? "IGNORE " : "");
    sql_print_list(c, &u->tables, ", ");
    sql_print_opt(c, " ", u->portion, "");
    sql_print_clause(c, " SET ", &u->set, "");
    sql_print_opt(c, " WHERE ", u->where, "");
    sql_print_clause(c, " ORDER BY ", &u->order, "");
    sql_print_opt(c, " ", u->limit, "");
    sql_print_clause(c, " RETURNING ", &u->returning, "");
}

static void
put_delete(struct sql_print *c, const struct sql_delete *d)
{
    sql_print_opt(c, "", d->with, " ");
    sql_print_str(c, "DELETE ");
    sql_print_str(c, d->low_priority ? "LOW_PRIORITY " : "");
    sql_print_str(c, d->quick ? "QUICK " : "");
    sql_print_str(c, d->ignore ? "IGNORE " : "");
    sql_print_str(c, d->history ? "HISTORY " : "");
    if (d->using_form) {
        sql_print_clause(c, "FROM ", &d->targets, " USING ");
    } else {
        sql_print_list(c, &d->targets, ", ");
        sql_print_str(c, d->targets.count ? " FROM " : "FROM ");
    }
    sql_print_list(c, &d->from, ", ");
    sql_print_opt(c, " ", d->portion, "");
    sql_print_opt(c, " WHERE ", d->where, "");
    sql_print_clause(c, " ORDER BY ", &d->order, "");
    sql_print_opt(c, " ", d->limit, "");
    sql_print_clause(c, " RETURNING ", &d->returning, "");
}

static void
put_load(struct sql_print *c, const struct sql_load_data *l)
{
    static const char *const duplicates[] = {"", " IGNORE", " REPLACE"};
    sql_print_str(c, l->xml ? "LOAD XML " : "LOAD DATA ");
    sql_print_str(c, priorities[l->priority]);
    sql_print_opt(c, l->local ? "LOCAL INFILE " : "INFILE ", l->file, "");
    sql_print_str(c, duplicates[l->duplicates]);
    sql_print_opt(c, " INTO TABLE ", l->table, "");
    if (!slice_is_null(l->charset)) {
        sql_print_str(c, " CHARACTER SET ");
        sql_print_ident(c, l->charset);
    }
    sql_print_format(c, &l->format);
    sql_print_opt(c, " IGNORE ", l->ignore_lines, " LINES");
    sql_print_clause(c, " (", &l->columns, ")");
    sql_print_clause(c, " SET ", &l->set, "");
}

void
sql_print_change(struct sql_print *c, const struct sql_node *n)
{
    switch ((enum sql_kind) n->kind) {
    case SQL_INSERT:
        put_insert(c, sql_as_insert(n));
        break;
    case SQL_ASSIGN:
        sql_print_opt(c, "", sql_as_assign(n)->column, " = ");
        sql_print_node(c, sql_as_assign(n)->value);
        break;
    case SQL_UPDATE:
        put_update(c, sql_as_update(n));
        break;
    case SQL_DELETE:
        put_delete(c, sql_as_delete(n));
        break;
    case SQL_PORTION:
        sql_print_str(c, "FOR PORTION OF ");
        sql_print_ident(c, sql_as_portion(n)->period);
        sql_print_opt(c, " FROM ", sql_as_portion(n)->from, " TO ");
        sql_print_node(c, sql_as_portion(n)->to);
        break;
    case SQL_LOAD_DATA:
        put_load(c, sql_as_load_data(n));
        break;
    default: /* OPTION */
        sql_print_option(c, sql_as_option(n));
        break;
    }
}
