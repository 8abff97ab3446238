/* SPDX-License-Identifier: Apache-2.0 */
/* Constructors of expressions. */
#include "base/cleanup.h"
#include "rewriter/sql/parser.h"

struct sql_node *
sql_act_literal(struct sql_parser *p, struct sql_span span, struct sql_token t,
                struct slice charset)
{
    struct sql_slot_info *info = &p->stmt->slots[t.slot];
    const enum sql_literal_kind kind = info->token.kind;
    struct sql_literal lit = {.literal = kind, .slot = t.slot, .charset = charset};
    switch (kind) {
    case SQL_LITERAL_STRING:
        lit.value = sql_act_string(p, t);
        if (slice_is_null(charset) && (info->token.raw.data[0] | 0x20) == 'n') {
            lit.charset = SLICE("utf8");
        }
        break;
    case SQL_LITERAL_HEX:
    case SQL_LITERAL_BIT:
        lit.value = sql_act_string(p, t);
        break;
    case SQL_LITERAL_PARAM:
        break;
    default:
        lit.value = info->token.raw;
        break;
    }
    struct sql_node *n = sql_act_new(p, span, SQL_LITERAL, &lit);
    info->node = sql_as_literal(n);
    return n;
}

struct sql_node *
sql_act_word_literal(struct sql_parser *p, struct sql_span span, enum sql_literal_kind kind)
{
    return NEW(span, LITERAL, literal, .literal = kind, .slot = -1);
}

static enum sql_literal_kind
temporal_kind(struct sql_parser *p, const struct sql_token *word)
{
    if (sql_tokens_is_word(p, word, "TIMESTAMP") || sql_tokens_is_word(p, word, "ts")) {
        return SQL_LITERAL_TIMESTAMP;
    }
    if (sql_tokens_is_word(p, word, "TIME") || sql_tokens_is_word(p, word, "t")) {
        return SQL_LITERAL_TIME;
    }
    return SQL_LITERAL_DATE;
}

struct sql_node *
sql_act_temporal(struct sql_parser *p, struct sql_span span, struct sql_token word,
                 struct sql_token string)
{
    struct sql_node *n = sql_act_literal(p, span, string, SLICE_NULL);
    sql_as_literal(n)->literal = temporal_kind(p, &word);
    return n;
}

struct sql_node *
sql_act_odbc(struct sql_parser *p, struct sql_span span, struct sql_token word,
             struct sql_node *arg)
{
    const bool temporal = sql_tokens_is_word(p, &word, "d") || sql_tokens_is_word(p, &word, "t") ||
                          sql_tokens_is_word(p, &word, "ts");
    if (temporal && sql_is_kind(arg, SQL_LITERAL) &&
        sql_as_literal(arg)->literal == SQL_LITERAL_STRING) {
        sql_as_literal(arg)->literal = temporal_kind(p, &word);
        return sql_act_respan(p, arg, span);
    }
    return NEW(span, ODBC, odbc, .word = sql_act_name(p, word), .arg = arg);
}

/* Name of @x, @`x`, @'x' behind the @. */
static struct slice
variable_name(struct sql_parser *p, struct slice s)
{
    if (s.len < 2) {
        return s;
    }
    if (s.data[0] == '`') {
        return sql_literal_name(p->arena, s);
    }
    if (s.data[0] == '\'' || s.data[0] == '"') {
        CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
        sql_literal_decode(s, SQL_LITERAL_STRING, p->options, &b);
        return arena_dup(p->arena, b.len ? buf_slice(&b) : SLICE(""));
    }
    return s;
}

struct slice
sql_act_uservar_name(struct sql_parser *p, struct sql_token t)
{
    return variable_name(p, slice_sub(p->text, t.begin + 1, t.end - t.begin - 1));
}

struct sql_node *
sql_act_uservar(struct sql_parser *p, struct sql_span span, struct sql_token t)
{
    return NEW(span, USERVAR, uservar, .name = sql_act_uservar_name(p, t));
}

static bool
scope_of(struct slice word, enum sql_var_scope *scope)
{
    static const struct {
        const char *word;
        enum sql_var_scope scope;
    } rows[] = {
        {"global", SQL_SCOPE_GLOBAL},
        {"session", SQL_SCOPE_SESSION},
        {"local", SQL_SCOPE_SESSION},
        {"persist", SQL_SCOPE_PERSIST},
        {"persist_only", SQL_SCOPE_PERSIST_ONLY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (slice_equal_str_ci(word, rows[i].word)) {
            *scope = rows[i].scope;
            return true;
        }
    }
    return false;
}

/* The text up to the next point outside of backticks; *s moves behind it. */
static struct slice
next_part(struct sql_parser *p, struct slice *s)
{
    size_t n = 0;
    bool quoted = false;
    while (n < s->len && (quoted || s->data[n] != '.')) {
        quoted ^= s->data[n++] == '`';
    }
    const struct slice part = variable_name(p, slice_sub(*s, 0, n));
    *s = slice_from(*s, n + 1);
    return part;
}

struct sql_node *
sql_act_sysvar(struct sql_parser *p, struct sql_span span, struct sql_token t)
{
    struct slice s = slice_sub(p->text, t.begin + 2, t.end - t.begin - 2);
    struct sql_sysvar v = {.name = next_part(p, &s)};
    if (s.len && scope_of(v.name, &v.scope)) {
        v.name = next_part(p, &s);
    }
    if (s.len) {
        v.base = v.name;
        v.name = next_part(p, &s);
    }
    return sql_act_new(p, span, SQL_SYSVAR, &v);
}

struct sql_node *
sql_act_unary(struct sql_parser *p, struct sql_span span, enum sql_op op, struct sql_node *arg)
{
    return NEW(span, UNARY, unary, .op = op, .arg = arg);
}

struct sql_node *
sql_act_binary(struct sql_parser *p, struct sql_span span, enum sql_op op, struct sql_node *l,
               struct sql_node *r)
{
    return NEW(span, BINARY, binary, .op = op, .left = l, .right = r);
}

static bool
is_logic(const struct sql_node *n, enum sql_op op)
{
    return n->kind == SQL_LOGIC && sql_as_logic(n)->op == op;
}

/* A chain of ANDs or ORs becomes one node that grows to the right. */
struct sql_node *
sql_act_logic(struct sql_parser *p, struct sql_span span, enum sql_op op, struct sql_node *l,
              struct sql_node *r)
{
    struct sql_list right = is_logic(r, op) ? sql_as_logic(r)->args : sql_act_one(r);
    if (!is_logic(l, op)) {
        return NEW(span, LOGIC, logic, .op = op, .args = sql_act_join(sql_act_one(l), right));
    }
    struct sql_logic *n = sql_as_logic(l);
    const uint32_t depth = is_logic(r, op) ? r->depth : r->depth + 1u;
    n->args = sql_act_join(n->args, right);
    if (depth > n->node.depth) {
        n->node.depth = (uint16_t) depth;
        if (depth > p->max_depth) {
            p->failed = STATUS_TOO_COMPLEX;
        }
    }
    n->node.span = span;
    return l;
}

struct sql_node *
sql_act_concat(struct sql_parser *p, struct sql_span span, struct sql_node *l, struct sql_node *r)
{
    return NEW(span, FUNCTION, function, .name = SLICE("CONCAT"),
               .args = sql_act_add(sql_act_one(l), r));
}

struct sql_node *
sql_act_row(struct sql_parser *p, struct sql_span span, struct sql_node *first,
            struct sql_list rest)
{
    return NEW(span, ROW, row, .items = sql_act_join(sql_act_one(first), rest));
}

/* Functions whose first argument is a bare word. */
static bool
takes_word(struct slice name)
{
    return slice_equal_str_ci(name, "TIMESTAMPADD") || slice_equal_str_ci(name, "TIMESTAMPDIFF") ||
           slice_equal_str_ci(name, "GET_FORMAT");
}

struct sql_node *
sql_act_call(struct sql_parser *p, struct sql_span span, struct slice db, struct slice name,
             struct sql_list args)
{
    struct sql_node *first = args.first;
    if (sql_is_kind(first, SQL_COLUMN) && slice_is_null(db) && takes_word(name)) {
        struct sql_node *word = NEW(first->span, WORD, word, .word = sql_as_column(first)->name);
        word->next = first->next;
        args.first = word;
        if (args.last == first) {
            args.last = word;
        }
    }
    return NEW(span, FUNCTION, function, .db = db, .name = name, .args = args);
}

struct sql_node *
sql_act_over(struct sql_parser *p, struct sql_span span, struct sql_node *call,
             struct sql_node *over)
{
    sql_as_over(over)->call = call;
    return sql_act_respan(p, over, span);
}

struct sql_node *
sql_act_count_star(struct sql_parser *p, struct sql_span span, struct sql_span star,
                   struct sql_token func)
{
    struct sql_node *arg = NEW(star, STAR, star, .db = SLICE_NULL);
    return NEW(span, AGGREGATE, aggregate, .func = func.value, .args = sql_act_one(arg));
}

struct sql_node *
sql_act_star(struct sql_parser *p, struct sql_span span, struct slice db, struct slice table)
{
    return NEW(span, ITEM, item, .expr = NEW(span, STAR, star, .db = db, .table = table));
}

/* FETCH FIRST ROW ONLY */
struct sql_node *
sql_act_one_row(struct sql_parser *p, struct sql_span span)
{
    return NEW(span, LITERAL, literal, .literal = SQL_LITERAL_INTEGER, .slot = -1,
               .value = SLICE("1"));
}
