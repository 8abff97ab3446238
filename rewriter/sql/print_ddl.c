/* SPDX-License-Identifier: Apache-2.0 */
/* The printer: types and definitions. */
#include <inttypes.h>

#include "rewriter/sql/print.h"

static void
put_flag(struct sql_print *c, bool on, const char *text)
{
    sql_print_str(c, on ? text : "");
}

static void
put_name(struct sql_print *c, const char *before, struct slice name, const char *after)
{
    if (!slice_is_null(name)) {
        sql_print_str(c, before);
        sql_print_ident(c, name);
        sql_print_str(c, after);
    }
}

static void
put_text(struct sql_print *c, const char *before, struct slice text)
{
    if (!slice_is_null(text)) {
        sql_print_str(c, before);
        buf_append_slice(c->out, text);
    }
}

static void
put_type(struct sql_print *c, const struct sql_type *t)
{
    put_flag(c, t->national, "NATIONAL ");
    sql_print_str(c, t->type == SQL_TYPE_GEOMETRY ? "" : sql_ast_type_text(t->type));
    put_text(c, t->type == SQL_TYPE_INTERVAL ? " " : "", t->word);
    if (t->length >= 0) {
        buf_printf(c->out, "(%" PRId64, t->length);
        if (t->decimals >= 0) {
            buf_printf(c->out, ",%" PRId32, t->decimals);
        }
        sql_print_str(c, ")");
    }
    sql_print_clause(c, "(", &t->values, ")");
    put_flag(c, t->is_unsigned, " UNSIGNED");
    put_flag(c, t->zerofill, " ZEROFILL");
    put_name(c, " CHARACTER SET ", t->charset, "");
    put_flag(c, t->binary, " BINARY");
    put_name(c, " COLLATE ", t->collation, "");
    put_flag(c, t->array, " ARRAY");
}

static bool
is_system_option(struct slice name)
{
    return slice_equal_str_ci(name, "WITH SYSTEM VERSIONING") ||
           slice_equal_str_ci(name, "START TRANSACTION") || slice_equal_str_ci(name, "USING") ||
           slice_equal_str_ci(name, "WITH PARSER") ||
           slice_equal_str_ci(name, "WITHOUT SYSTEM VERSIONING") ||
           slice_equal_str_ci(name, "NOT IGNORED") || slice_equal_str_ci(name, "COLUMN_FORMAT") ||
           slice_equal_str_ci(name, "SRID");
}

/* Names of two words are ours; others with odd bytes were quoted. */
static void
put_option_name(struct sql_print *c, struct slice name)
{
    bool plain = true;
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t b = name.data[i];
        plain &=
            (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '_';
    }
    static const char *const phrases[] = {"CHARACTER SET", "DATA DIRECTORY", "INDEX DIRECTORY",
                                          "READ ONLY"};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        plain |= slice_equal_str(name, phrases[i]);
    }
    if (plain || is_system_option(name)) {
        buf_append_slice(c->out, name);
    } else {
        sql_print_ident(c, name);
    }
}

void
sql_print_option(struct sql_print *c, const struct sql_option *o)
{
    put_option_name(c, o->name);
    if (o->value == NULL) {
        return;
    }
    sql_print_str(c, is_system_option(o->name) ? " " : " = ");
    if (slice_equal_str_ci(o->name, "UNION")) {
        sql_print_str(c, "(");
        sql_print_list(c, &sql_as_row(o->value)->items, ", ");
        sql_print_str(c, ")");
    } else {
        sql_print_node(c, o->value);
    }
}

static void
put_options(struct sql_print *c, const struct sql_list *options, bool assigned)
{
    SQL_FOR_EACH(n, options)
    {
        const struct sql_option *o = sql_as_option(n);
        sql_print_str(c, " ");
        if (assigned || o->value == NULL) {
            sql_print_option(c, o);
        } else { /* attributes of a column take no equals sign, except those of an engine */
            put_option_name(c, o->name);
            sql_print_opt(
                c,
                o->value->kind == SQL_WORD && !slice_equal_str(o->name, "COMPRESSED") ? " " : " = ",
                o->value, "");
        }
    }
}

static void
put_generated(struct sql_print *c, const struct sql_column_def *d)
{
    static const char *const stored[] = {"", " VIRTUAL", " STORED"};
    if (d->generated == NULL) {
        return;
    }
    if (d->generated->kind == SQL_WORD) {
        sql_print_opt(c, " GENERATED ALWAYS AS ", d->generated, "");
        return;
    }
    sql_print_opt(c, " GENERATED ALWAYS AS (", d->generated, ")");
    sql_print_str(c, stored[d->stored]);
}

/* DEFAULT NOW(): MySQL wants no parentheses there and insists on them around other functions. */
static bool
is_now(const struct sql_node *n)
{
    static const char *const names[] = {"NOW", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"};
    for (size_t i = 0; n->kind == SQL_FUNCTION && i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_equal_str_ci(sql_as_function(n)->name, names[i])) {
            return true;
        }
    }
    return false;
}

static void
put_default(struct sql_print *c, const char *before, const struct sql_node *n)
{
    if (n) { /* in parentheses unless it is a plain literal: the grammar's narrow forms read both */
        const bool plain = n->kind == SQL_LITERAL || is_now(n);
        sql_print_str(c, before);
        sql_print_str(c, plain ? "" : "(");
        sql_print_node(c, n);
        sql_print_str(c, plain ? "" : ")");
    }
}

static void
put_column_def(struct sql_print *c, const struct sql_column_def *d)
{
    static const char *const nullability[] = {"", " NULL", " NOT NULL"};
    static const char *const keys[] = {"", " KEY", " UNIQUE", " PRIMARY KEY"};
    sql_print_ident(c, d->name);
    sql_print_opt(c, " ", d->type, "");
    put_generated(c, d);
    sql_print_str(c, nullability[d->nullability]);
    put_default(c, " DEFAULT ", d->default_value);
    sql_print_opt(c, " ON UPDATE ", d->on_update, "");
    put_flag(c, d->autoinc, " AUTO_INCREMENT");
    put_flag(c, d->serial, " SERIAL DEFAULT VALUE");
    sql_print_str(c, keys[d->key]);
    put_flag(c, d->invisible, " INVISIBLE");
    sql_print_opt(c, " COMMENT ", d->comment, "");
    put_options(c, &d->options, false);
    SQL_FOR_EACH(n, &d->checks)
    {
        sql_print_opt(c, " ", n, "");
    }
    sql_print_opt(c, " ", d->references, "");
}

static void
put_references(struct sql_print *c, const struct sql_references *r)
{
    static const char *const actions[] = {"",         "RESTRICT",  "CASCADE",
                                          "SET NULL", "NO ACTION", "SET DEFAULT"};
    sql_print_opt(c, "REFERENCES ", r->table, "");
    sql_print_clause(c, " (", &r->columns, ")");
    put_text(c, " MATCH ", r->match);
    if (r->on_delete) {
        buf_printf(c->out, " ON DELETE %s", actions[r->on_delete]);
    }
    if (r->on_update) {
        buf_printf(c->out, " ON UPDATE %s", actions[r->on_update]);
    }
}

static void
put_key_def(struct sql_print *c, const struct sql_key_def *k)
{
    static const char *const kinds[] = {"INDEX",          "UNIQUE INDEX",  "PRIMARY KEY",
                                        "FULLTEXT INDEX", "SPATIAL INDEX", "FOREIGN KEY",
                                        "CHECK"};
    static const char *const algorithms[] = {"", " USING BTREE", " USING HASH", " USING RTREE"};
    put_name(c, "CONSTRAINT ", k->constraint, " ");
    sql_print_str(c, kinds[k->key]);
    put_flag(c, k->if_not_exists, " IF NOT EXISTS");
    put_name(c, " ", k->name, "");
    sql_print_str(c, algorithms[k->algorithm]);
    sql_print_clause(c, " (", &k->parts, ")");
    sql_print_opt(c, " (", k->check, ")");
    put_flag(c, k->not_enforced, " NOT ENFORCED");
    sql_print_opt(c, " ", k->references, "");
    put_options(c, &k->options, true);
}

static void
put_key_part(struct sql_print *c, const struct sql_key_part *p)
{
    put_name(c, "", p->column, "");
    sql_print_opt(c, "(", p->expr, ")");
    if (p->length >= 0) {
        buf_printf(c->out, "(%" PRId64 ")", p->length);
    }
    put_flag(c, p->desc, " DESC");
    put_flag(c, p->without_overlaps, " WITHOUT OVERLAPS");
}

static void
put_create_table(struct sql_print *c, const struct sql_create_table *t)
{
    static const char *const duplicates[] = {"", " IGNORE", " REPLACE"};
    sql_print_str(c, t->or_replace ? "CREATE OR REPLACE " : "CREATE ");
    put_flag(c, t->temporary, "TEMPORARY ");
    sql_print_str(c, t->if_not_exists ? "TABLE IF NOT EXISTS " : "TABLE ");
    sql_print_node(c, t->table);
    sql_print_opt(c, " LIKE ", t->like, "");
    sql_print_clause(c, " (", &t->items, ")");
    put_options(c, &t->options, true);
    sql_print_opt(c, " ", t->partitioning, "");
    sql_print_str(c, duplicates[t->duplicates]);
    sql_print_opt(c, " AS ", t->query, "");
}

static void
put_position(struct sql_print *c, const struct sql_alter_action *a)
{
    put_flag(c, a->first, " FIRST");
    put_name(c, " AFTER ", a->after, "");
}

static void
put_alter_column(struct sql_print *c, const struct sql_alter_action *a)
{
    const char *exists = a->if_exists ? "IF EXISTS " : a->if_not_exists ? "IF NOT EXISTS " : "";
    switch (a->action) {
    case SQL_ALTER_ADD_COLUMN:
        buf_printf(c->out, "ADD COLUMN %s", exists);
        sql_print_opt(c, "", a->column, "");
        sql_print_clause(c, "(", &a->order, ")");
        put_position(c, a);
        break;
    case SQL_ALTER_MODIFY_COLUMN:
        buf_printf(c->out, "MODIFY COLUMN %s", exists);
        sql_print_opt(c, "", a->column, "");
        put_position(c, a);
        break;
    case SQL_ALTER_CHANGE_COLUMN:
        buf_printf(c->out, "CHANGE COLUMN %s", exists);
        put_name(c, "", a->name, " ");
        sql_print_node(c, a->column);
        put_position(c, a);
        break;
    case SQL_ALTER_RENAME_COLUMN:
    case SQL_ALTER_RENAME_INDEX:
        sql_print_str(c, a->action == SQL_ALTER_RENAME_COLUMN ? "RENAME COLUMN " : "RENAME INDEX ");
        put_name(c, exists, a->name, " TO ");
        sql_print_ident(c, a->new_name);
        break;
    case SQL_ALTER_SET_DEFAULT:
        buf_printf(c->out, "ALTER COLUMN %s", exists);
        put_name(c, "", a->name, " SET");
        put_default(c, " DEFAULT ", a->value);
        break;
    case SQL_ALTER_DROP_DEFAULT:
        buf_printf(c->out, "ALTER COLUMN %s", exists);
        put_name(c, "", a->name, " DROP DEFAULT");
        break;
    case SQL_ALTER_SET_VISIBILITY:
    case SQL_ALTER_INDEX_VISIBILITY:
        buf_printf(c->out, "ALTER %s%s",
                   a->action == SQL_ALTER_SET_VISIBILITY ? "COLUMN " : "INDEX ", exists);
        put_name(c, "", a->name, a->action == SQL_ALTER_SET_VISIBILITY ? " SET " : " ");
        put_text(c, "", a->text);
        break;
    default: /* DROP .. */
        sql_print_str(c, a->action == SQL_ALTER_DROP_COLUMN    ? "DROP COLUMN "
                         : a->action == SQL_ALTER_DROP_INDEX   ? "DROP INDEX "
                         : a->action == SQL_ALTER_DROP_FOREIGN ? "DROP FOREIGN KEY "
                                                               : "DROP CONSTRAINT ");
        put_name(c, exists, a->name, "");
        break;
    }
}

static void
put_alter_action(struct sql_print *c, const struct sql_alter_action *a)
{
    switch (a->action) {
    case SQL_ALTER_ADD_KEY:
        sql_print_opt(c, "ADD ", a->key, "");
        break;
    case SQL_ALTER_DROP_PRIMARY:
        sql_print_str(c, "DROP PRIMARY KEY");
        break;
    case SQL_ALTER_CONSTRAINT:
        put_name(c, "ALTER CONSTRAINT ", a->name, " ");
        put_text(c, "", a->text);
        break;
    case SQL_ALTER_RENAME_TABLE:
        sql_print_opt(c, "RENAME TO ", a->table, "");
        break;
    case SQL_ALTER_CONVERT_CHARSET:
        sql_print_str(c, "CONVERT TO CHARACTER SET ");
        sql_print_str(c, slice_is_null(a->charset) ? "DEFAULT" : "");
        put_name(c, "", a->charset, "");
        put_name(c, " COLLATE ", a->collation, "");
        break;
    case SQL_ALTER_OPTION: {
        const struct sql_option o = {.name = a->name, .value = a->value};
        sql_print_option(c, &o);
        break;
    }
    case SQL_ALTER_ORDER_BY:
        sql_print_clause(c, "ORDER BY ", &a->order, "");
        break;
    case SQL_ALTER_KEYS:
        put_text(c, "", a->text);
        sql_print_str(c, " KEYS");
        break;
    case SQL_ALTER_TABLESPACE:
        put_text(c, "", a->text);
        sql_print_str(c, " TABLESPACE");
        break;
    case SQL_ALTER_ALGORITHM:
    case SQL_ALTER_PARTITION:
    case SQL_ALTER_VERSIONING:
    case SQL_ALTER_PERIOD:
    case SQL_ALTER_OTHER:
        put_text(c, "", a->text);
        break;
    default:
        put_alter_column(c, a);
        break;
    }
}

static void
put_alter_table(struct sql_print *c, const struct sql_alter_table *t)
{
    sql_print_str(c, t->online ? "ALTER ONLINE " : "ALTER ");
    put_flag(c, t->ignore, "IGNORE ");
    sql_print_str(c, t->if_exists ? "TABLE IF EXISTS " : "TABLE ");
    sql_print_node(c, t->table);
    SQL_FOR_EACH(n, &t->actions)
    {
        /* PARTITION BY comes last, without a comma */
        const bool by = sql_as_alter_action(n)->action == SQL_ALTER_PARTITION &&
                        slice_equal_ci(slice_sub(sql_as_alter_action(n)->text, 0, 2), SLICE("BY"));
        sql_print_str(c, n == t->actions.first || by ? " " : ", ");
        put_flag(c, by, "PARTITION ");
        sql_print_node(c, n);
    }
}

static void
put_create_index(struct sql_print *c, const struct sql_create_index *i)
{
    static const char *const kinds[] = {"", "UNIQUE ", "", "FULLTEXT ", "SPATIAL ", "", ""};
    static const char *const algorithms[] = {"", " USING BTREE", " USING HASH", " USING RTREE"};
    const struct sql_key_def *k = sql_as_key_def(i->key);
    sql_print_str(c, i->or_replace ? "CREATE OR REPLACE " : "CREATE ");
    buf_printf(c->out, "%sINDEX %s", kinds[k->key], i->if_not_exists ? "IF NOT EXISTS " : "");
    sql_print_ident(c, k->name);
    sql_print_str(c, algorithms[k->algorithm]);
    sql_print_opt(c, " ON ", i->table, "");
    sql_print_clause(c, " (", &k->parts, ")");
    put_options(c, &k->options, true);
}

static void
put_view(struct sql_print *c, const struct sql_create_view *v)
{
    sql_print_str(c, v->alter ? "ALTER " : v->or_replace ? "CREATE OR REPLACE " : "CREATE ");
    put_text(c, "ALGORITHM = ", v->algorithm);
    put_text(c, " DEFINER = ", v->definer);
    put_text(c, " SQL SECURITY ", v->security);
    sql_print_str(c, v->if_not_exists ? " VIEW IF NOT EXISTS " : " VIEW ");
    sql_print_node(c, v->view);
    sql_print_clause(c, " (", &v->columns, ")");
    sql_print_opt(c, " AS ", v->query, "");
    if (!slice_is_null(v->check_option)) {
        buf_printf(c->out, " WITH %.*s CHECK OPTION", SLICE_ARG(v->check_option));
    }
}

static void
put_drop(struct sql_print *c, const char *what, bool if_exists, const struct sql_list *tables,
         enum sql_drop_behavior behavior)
{
    static const char *const behaviors[] = {"", " RESTRICT", " CASCADE"};
    sql_print_str(c, what);
    put_flag(c, if_exists, "IF EXISTS ");
    sql_print_list(c, tables, ", ");
    sql_print_str(c, behaviors[behavior]);
}

static void
put_database(struct sql_print *c, const struct sql_create_database *d)
{
    sql_print_str(c, d->or_replace ? "CREATE OR REPLACE DATABASE " : "CREATE DATABASE ");
    put_flag(c, d->if_not_exists, "IF NOT EXISTS ");
    sql_print_ident(c, d->name);
    put_options(c, &d->options, true);
}

void
sql_print_ddl(struct sql_print *c, const struct sql_node *n)
{
    switch ((enum sql_kind) n->kind) {
    case SQL_TYPE:
        put_type(c, sql_as_type(n));
        break;
    case SQL_COLUMN_DEF:
        put_column_def(c, sql_as_column_def(n));
        break;
    case SQL_KEY_DEF:
        put_key_def(c, sql_as_key_def(n));
        break;
    case SQL_KEY_PART:
        put_key_part(c, sql_as_key_part(n));
        break;
    case SQL_REFERENCES:
        put_references(c, sql_as_references(n));
        break;
    case SQL_PERIOD_DEF:
        put_name(c, "PERIOD FOR ", sql_as_period_def(n)->name, " (");
        put_name(c, "", sql_as_period_def(n)->from, ", ");
        put_name(c, "", sql_as_period_def(n)->to, ")");
        break;
    case SQL_PARTITIONING:
        buf_append_slice(c->out, sql_as_partitioning(n)->text);
        break;
    case SQL_CREATE_TABLE:
        put_create_table(c, sql_as_create_table(n));
        break;
    case SQL_ALTER_TABLE:
        put_alter_table(c, sql_as_alter_table(n));
        break;
    case SQL_ALTER_ACTION:
        put_alter_action(c, sql_as_alter_action(n));
        break;
    case SQL_CREATE_INDEX:
        put_create_index(c, sql_as_create_index(n));
        break;
    case SQL_DROP_INDEX:
        sql_print_str(c, sql_as_drop_index(n)->if_exists ? "DROP INDEX IF EXISTS " : "DROP INDEX ");
        put_name(c, "", sql_as_drop_index(n)->name, " ON ");
        sql_print_node(c, sql_as_drop_index(n)->table);
        break;
    case SQL_DROP_TABLE: {
        const struct sql_drop_table *d = sql_as_drop_table(n);
        put_drop(c, d->temporary ? "DROP TEMPORARY TABLE " : "DROP TABLE ", d->if_exists,
                 &d->tables, d->behavior);
        break;
    }
    case SQL_RENAME_TABLE:
        sql_print_str(c, sql_as_rename_table(n)->if_exists ? "RENAME TABLE IF EXISTS "
                                                           : "RENAME TABLE ");
        sql_print_list(c, &sql_as_rename_table(n)->pairs, ", ");
        break;
    case SQL_RENAME_PAIR:
        sql_print_opt(c, "", sql_as_rename_pair(n)->from, " TO ");
        sql_print_node(c, sql_as_rename_pair(n)->to);
        break;
    case SQL_TRUNCATE:
        sql_print_opt(c, "TRUNCATE TABLE ", sql_as_truncate(n)->table, "");
        break;
    case SQL_CREATE_DATABASE:
        put_database(c, sql_as_create_database(n));
        break;
    case SQL_ALTER_DATABASE:
        sql_print_str(c, "ALTER DATABASE");
        put_name(c, " ", sql_as_alter_database(n)->name, "");
        put_options(c, &sql_as_alter_database(n)->options, true);
        break;
    case SQL_DROP_DATABASE:
        sql_print_str(c, sql_as_drop_database(n)->if_exists ? "DROP DATABASE IF EXISTS "
                                                            : "DROP DATABASE ");
        sql_print_ident(c, sql_as_drop_database(n)->name);
        break;
    case SQL_CREATE_VIEW:
        put_view(c, sql_as_create_view(n));
        break;
    default: /* DROP_VIEW */
        put_drop(c, "DROP VIEW ", sql_as_drop_view(n)->if_exists, &sql_as_drop_view(n)->views,
                 sql_as_drop_view(n)->behavior);
        break;
    }
}
