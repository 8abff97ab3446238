/* SPDX-License-Identifier: Apache-2.0 */
/* Constructors of types, column definitions, views, SET, HANDLER. */
#include "base/mem.h"
#include "rewriter/sql/parser.h"

struct sql_type *
sql_act_type(struct sql_parser *p, struct sql_span span, enum sql_type_kind kind, int64_t length,
             int32_t decimals)
{
    return sql_as_type(NEW(span, TYPE, type, .type = kind, .length = length, .decimals = decimals));
}

/* A definition under construction: not numbered yet, sql_act_column_def copies it. */
struct sql_column_def *
sql_act_attributes(struct sql_parser *p)
{
    return arena_new(p->arena, struct sql_column_def);
}

void
sql_act_attribute(struct sql_parser *p, struct sql_column_def *def, struct sql_span span,
                  const char *name, struct slice value)
{
    struct sql_node *word = slice_is_null(value) ? NULL : NEW(span, WORD, word, .word = value);
    sql_list_add(&def->options,
                 NEW(span, OPTION, option, .name = slice_of_str(name), .value = word));
}

struct sql_node *
sql_act_column_def(struct sql_parser *p, struct sql_span span, struct slice name,
                   struct sql_type *type, struct sql_column_def *attributes)
{
    attributes->name = name;
    attributes->type = type ? &type->node : NULL;
    return sql_act_new(p, span, SQL_COLUMN_DEF, attributes);
}

struct sql_node *
sql_act_view(struct sql_parser *p, struct sql_span span, struct sql_view_attributes attributes,
             struct sql_create_view view)
{
    view.algorithm = attributes.algorithm;
    view.definer = attributes.definer;
    view.security = attributes.security;
    return sql_act_new(p, span, SQL_CREATE_VIEW, &view);
}

/* SET sql_mode = ANSI: a bare word, not a column. */
struct sql_node *
sql_act_set_value(struct sql_parser *p, struct sql_node *value)
{
    if (value->kind != SQL_COLUMN || !slice_is_null(sql_as_column(value)->table)) {
        return value;
    }
    const bool quoted =
        p->text.data[value->span.begin] == '`' || p->text.data[value->span.begin] == '"';
    const struct slice name = sql_as_column(value)->name;
    return quoted ? NEW(value->span, IDENT, ident, .name = name)
                  : NEW(value->span, WORD, word, .word = name);
}

struct sql_node *
sql_act_set_var(struct sql_parser *p, struct sql_span span, enum sql_var_scope scope,
                struct slice base, struct slice name, struct sql_node *value)
{
    struct sql_node *target = NEW(span, SYSVAR, sysvar, .scope = scope, .base = base, .name = name);
    return NEW(span, SET_VAR, set_var, .target = target, .value = sql_act_set_value(p, value));
}

struct sql_node *
sql_act_handler(struct sql_parser *p, struct sql_span span, struct sql_node *table,
                struct sql_token rest)
{
    const struct slice text = slice_sub(p->text, rest.begin, rest.end - rest.begin);
    enum sql_handler_kind kind = SQL_HANDLER_READ;
    if (slice_equal_ci(slice_sub(text, 0, 4), SLICE("OPEN"))) {
        kind = SQL_HANDLER_OPEN;
    } else if (slice_equal_ci(slice_sub(text, 0, 5), SLICE("CLOSE"))) {
        kind = SQL_HANDLER_CLOSE;
    }
    return NEW(span, HANDLER, handler, .handler = kind, .table = table, .text = text);
}
