/* SPDX-License-Identifier: Apache-2.0 */
/* Names of kinds and operators, and lists. */
#include "rewriter/sql/ast.h"

static const char *const kind_names[SQL_KIND_COUNT] = {
    [SQL_NONE] = "NONE",
#define NODE(kind, stem, ...) [SQL_##kind] = #kind,
#include "rewriter/sql/nodes.def"
#undef NODE
};

static const char *const op_texts[SQL_OP_COUNT] = {
#define OP(name, text, precedence) [SQL_OP_##name] = (text),
#include "rewriter/sql/ops.def"
#undef OP
};

static const char *const unit_texts[SQL_UNIT_COUNT] = {
    "MICROSECOND",
    "SECOND",
    "MINUTE",
    "HOUR",
    "DAY",
    "WEEK",
    "MONTH",
    "QUARTER",
    "YEAR",
    "SECOND_MICROSECOND",
    "MINUTE_MICROSECOND",
    "MINUTE_SECOND",
    "HOUR_MICROSECOND",
    "HOUR_SECOND",
    "HOUR_MINUTE",
    "DAY_MICROSECOND",
    "DAY_SECOND",
    "DAY_MINUTE",
    "DAY_HOUR",
    "YEAR_MONTH",
};

static const char *const aggregate_texts[SQL_AGG_COUNT_KINDS] = {
    "COUNT",    "SUM",      "AVG",          "MIN",           "MAX",
    "BIT_AND",  "BIT_OR",   "BIT_XOR",      "STD",           "STDDEV_SAMP",
    "VARIANCE", "VAR_SAMP", "GROUP_CONCAT", "JSON_ARRAYAGG", "JSON_OBJECTAGG",
};

static const char *const type_texts[SQL_TYPE_COUNT] = {
    "TINYINT",  "SMALLINT",  "MEDIUMINT",  "INT",      "BIGINT",     "DECIMAL",
    "FLOAT",    "DOUBLE",    "BIT",        "BOOL",     "CHAR",       "VARCHAR",
    "BINARY",   "VARBINARY", "TINYTEXT",   "TEXT",     "MEDIUMTEXT", "LONGTEXT",
    "TINYBLOB", "BLOB",      "MEDIUMBLOB", "LONGBLOB", "DATE",       "TIME",
    "DATETIME", "TIMESTAMP", "YEAR",       "ENUM",     "SET",        "JSON",
    "GEOMETRY", "SERIAL",    "SIGNED",     "UNSIGNED", "INTERVAL",   "",
};

const char *
sql_ast_kind_name(unsigned kind)
{
    return kind < SQL_KIND_COUNT ? kind_names[kind] : "?";
}

const char *
sql_ast_op_text(enum sql_op op)
{
    return op < SQL_OP_COUNT ? op_texts[op] : "?";
}

const char *
sql_ast_unit_text(enum sql_unit unit)
{
    return unit < SQL_UNIT_COUNT ? unit_texts[unit] : "?";
}

const char *
sql_ast_aggregate_text(enum sql_aggregate_kind kind)
{
    return kind < SQL_AGG_COUNT_KINDS ? aggregate_texts[kind] : "?";
}

const char *
sql_ast_type_text(enum sql_type_kind kind)
{
    return kind < SQL_TYPE_COUNT ? type_texts[kind] : "?";
}

void
sql_list_add(struct sql_list *list, struct sql_node *n)
{
    n->next = NULL;
    if (list->last) {
        list->last->next = n;
    } else {
        list->first = n;
    }
    list->last = n;
    list->count++;
}

struct sql_node *
sql_list_at(const struct sql_list *list, uint32_t i)
{
    struct sql_node *n = list->first;
    while (n && i--) {
        n = n->next;
    }
    return n;
}
