/* SPDX-License-Identifier: Apache-2.0 */
/* The tree as indented text, from nodes.def. Fields that are absent, zero or empty are left out. */
#include "rewriter/sql/sql.h"

static void dump(const struct sql_node *n, const char *field, int indent, struct buf *out);

static void
put_indent(int indent, const char *field, struct buf *out)
{
    for (int i = 0; i < indent; i++) {
        buf_append_str(out, "  ");
    }
    if (field) {
        buf_printf(out, "%s: ", field);
    }
}

static void
dump_list(const struct sql_list *list, const char *field, int indent, struct buf *out)
{
    SQL_FOR_EACH(n, list)
    {
        dump(n, field, indent, out);
    }
}

static void
put_bytes(const char *field, struct slice s, struct buf *out)
{
    if (slice_is_null(s)) {
        return;
    }
    buf_printf(out, " %s=\"", field);
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < 0x20 || s.data[i] == 0x7f || s.data[i] == '"' || s.data[i] == '\\') {
            buf_printf(out, "\\x%02x", s.data[i]);
        } else {
            buf_append_u8(out, s.data[i]);
        }
    }
    buf_append_str(out, "\"");
}

static void
put_number(const char *field, int64_t v, struct buf *out)
{
    if (v != 0) {
        buf_printf(out, " %s=%lld", field, (long long) v);
    }
}

static void
put_scalars(const struct sql_node *n, struct buf *out)
{
#define ONE(f)
#define OPT(f)
#define MANY(f)
#define NAME(f) put_bytes(#f, s->f, out);
#define TEXT(f) put_bytes(#f, s->f, out);
#define FLAG(f) put_number(#f, s->f, out);
#define POS(f)
#define NUM(type, f)  put_number(#f, (int64_t) s->f, out);
#define ENUM(type, f) put_number(#f, (int64_t) s->f, out);
#define NODE(kind_, stem, ...)                         \
    case SQL_##kind_: {                                \
        const struct sql_##stem *s = sql_as_##stem(n); \
        (void) s;                                      \
        __VA_ARGS__                                    \
        break;                                         \
    }
    switch ((enum sql_kind) n->kind) {
#include "rewriter/sql/nodes.def"
    case SQL_NONE:
    case SQL_KIND_COUNT:
        break;
    }
#undef ONE
#undef OPT
#undef MANY
#undef NAME
#undef TEXT
#undef FLAG
#undef POS
#undef NUM
#undef ENUM
#undef NODE
}

static void
put_children(const struct sql_node *n, int indent, struct buf *out)
{
#define ONE(f)  dump(s->f, #f, indent, out);
#define OPT(f)  dump(s->f, #f, indent, out);
#define MANY(f) dump_list(&s->f, #f, indent, out);
#define NAME(f)
#define TEXT(f)
#define FLAG(f)
#define POS(f)
#define NUM(type, f)
#define ENUM(type, f)
#define NODE(kind_, stem, ...)                         \
    case SQL_##kind_: {                                \
        const struct sql_##stem *s = sql_as_##stem(n); \
        (void) s;                                      \
        __VA_ARGS__                                    \
        break;                                         \
    }
    switch ((enum sql_kind) n->kind) {
#include "rewriter/sql/nodes.def"
    case SQL_NONE:
    case SQL_KIND_COUNT:
        break;
    }
#undef ONE
#undef OPT
#undef MANY
#undef NAME
#undef TEXT
#undef FLAG
#undef POS
#undef NUM
#undef ENUM
#undef NODE
}

static const char *
op_of(const struct sql_node *n)
{
    switch (n->kind) {
    case SQL_UNARY:
        return sql_ast_op_text(sql_as_unary(n)->op);
    case SQL_BINARY:
        return sql_ast_op_text(sql_as_binary(n)->op);
    case SQL_LOGIC:
        return sql_ast_op_text(sql_as_logic(n)->op);
    case SQL_AGGREGATE:
        return sql_ast_aggregate_text(sql_as_aggregate(n)->func);
    case SQL_TYPE:
        return sql_ast_type_text(sql_as_type(n)->type);
    default:
        return NULL;
    }
}

static void
dump(const struct sql_node *n, const char *field, int indent, struct buf *out)
{
    if (n == NULL) {
        return;
    }
    put_indent(indent, field, out);
    buf_append_str(out, sql_ast_kind_name(n->kind));
    const char *op = op_of(n);
    if (op) {
        buf_printf(out, " %s", op);
    }
    buf_printf(out, " [%u,%u)", n->span.begin, n->span.end);
    put_scalars(n, out);
    buf_append_str(out, "\n");
    put_children(n, indent + 1, out);
}

void
sql_dump(const struct sql_node *n, struct buf *out)
{
    dump(n, NULL, 0, out);
}
