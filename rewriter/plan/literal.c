/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/plan/literal.h"

#include "base/cleanup.h"

static const enum type_literal_kind kinds[] = {
    [SQL_LITERAL_NULL] = TYPE_LITERAL_NULL,
    [SQL_LITERAL_TRUE] = TYPE_LITERAL_INT,
    [SQL_LITERAL_FALSE] = TYPE_LITERAL_INT,
    [SQL_LITERAL_INTEGER] = TYPE_LITERAL_INT,
    [SQL_LITERAL_DECIMAL] = TYPE_LITERAL_DECIMAL,
    [SQL_LITERAL_FLOAT] = TYPE_LITERAL_FLOAT,
    [SQL_LITERAL_STRING] = TYPE_LITERAL_STRING,
    [SQL_LITERAL_HEX] = TYPE_LITERAL_HEX,
    [SQL_LITERAL_BIT] = TYPE_LITERAL_BIT,
    [SQL_LITERAL_PARAM] = TYPE_LITERAL_NULL,
    [SQL_LITERAL_DATE] = TYPE_LITERAL_DATE,
    [SQL_LITERAL_TIME] = TYPE_LITERAL_TIME,
    [SQL_LITERAL_TIMESTAMP] = TYPE_LITERAL_TIMESTAMP,
};

static struct type_literal
from_node(const struct sql_literal *l, const struct collation_set *collations,
          const struct collation_info *connection)
{
    struct type_literal out = {
        .kind = kinds[l->literal], .bytes = l->value, .collation = connection};
    if (l->literal == SQL_LITERAL_TRUE) {
        out.bytes = SLICE("1");
    } else if (l->literal == SQL_LITERAL_FALSE) {
        out.bytes = SLICE("0");
    }
    if (l->charset.data) {
        out.has_introducer = true;
        out.collation = collation_set_find_default(collations, l->charset);
    }
    return out;
}

struct status
literal_from_stmt(struct arena *a, const struct sql_stmt *stmt,
                  const struct collation_set *collations, const struct collation_info *connection,
                  struct type_literal **out)
{
    struct type_literal *items = arena_array(a, struct type_literal, stmt->n_slots);
    TRY(arena_status(a));
    for (uint32_t i = 0; i < stmt->n_slots; i++) {
        const struct sql_literal *node = stmt->slots[i].node;
        if (node) {
            items[i] = from_node(node, collations, connection);
        } else {
            items[i] = (struct type_literal){.kind = kinds[stmt->slots[i].token.kind],
                                             .collation = connection,
                                             .bytes = stmt->slots[i].token.raw};
        }
    }
    *out = items;
    return OK;
}

struct status
literal_from_token(struct arena *a, const struct sql_literal_token *token,
                   const struct sql_options *options, const struct collation_info *connection,
                   struct type_literal *out)
{
    CLEANUP(buf_deinit_cleanup) struct buf bytes = BUF_INIT;
    sql_digest_decode(token, options, &bytes);
    TRY(buf_status(&bytes));
    *out = (struct type_literal){.kind = kinds[token->kind],
                                 .bytes = arena_dup(a, buf_slice(&bytes)),
                                 .collation = connection};
    return arena_status(a);
}

static bool
is_number(enum type_literal_kind k)
{
    return k == TYPE_LITERAL_INT || k == TYPE_LITERAL_DECIMAL || k == TYPE_LITERAL_FLOAT;
}

/* A hexadecimal literal of a wide character set is filled up to whole characters: MySQL's work. */
static bool
is_cut_short(const struct type_literal *l)
{
    static const struct {
        const char *charset;
        size_t min;
    } wide[] = {{"ucs2", 2}, {"utf16", 2}, {"utf16le", 2}, {"utf32", 4}};
    if (!l->has_introducer || l->collation == NULL || l->kind == TYPE_LITERAL_STRING) {
        return false;
    }
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        if (slice_equal_str_ci(l->collation->charset, wide[i].charset)) {
            return l->bytes.len % wide[i].min != 0;
        }
    }
    return false;
}

bool
literal_of_node(const struct sql_node *n, const struct literals *lits, struct literal_ref *out)
{
    bool negated = false;
    if (n->kind == SQL_UNARY) {
        const struct sql_unary *u = sql_as_unary(n);
        if (u->op != SQL_OP_NEG || u->arg->kind != SQL_LITERAL) {
            return false;
        }
        negated = true;
        n = u->arg;
    }
    if (n->kind != SQL_LITERAL) {
        return false;
    }
    const struct sql_literal *l = sql_as_literal(n);
    *out = (struct literal_ref){.slot = l->slot, .negated = negated};
    if (l->slot >= 0) {
        if ((uint32_t) l->slot >= lits->n) {
            return false;
        }
        out->value = lits->items[l->slot];
    } else {
        out->value = from_node(l, NULL, NULL);
    }
    if (is_cut_short(&out->value)) {
        return false;
    }
    if (negated) {
        if (!is_number(out->value.kind)) {
            return false;
        }
        out->value.negative = !out->value.negative;
    }
    return true;
}
