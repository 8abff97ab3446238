/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/emit/bind.h"

#define TRAPDOOR_LEN 32

static struct type_literal
literal_at(const struct bind *b, uint32_t slot, bool negated)
{
    struct type_literal lit = b->literals->items[slot];
    lit.negative ^= negated;
    return lit;
}

static void
append_token(struct buf *sql, struct slice token)
{
    buf_append_str(sql, "X'");
    buf_append_hex(sql, token);
    buf_append_str(sql, "'");
}

static struct status
token_of(const struct bind *b, const struct slot *slot, struct slice value, struct buf *token,
         struct diag *d)
{
    return slot->kind == SLOT_EQ
               ? cells_eq_token(b->cells, slot->column, value, token, d)
               : cells_ord_token(b->cells, slot->table, slot->column, value, token, d);
}

/*
 * Tokens of one column have one length and are compared as bytes, so that a literal which no value
 * equals has its place among them too; the comparison operator stays as it is.
 */
static struct status
bind_token(const struct bind *b, const struct slot *slot, struct buf *sql, bool *fits,
           struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf value = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf token = BUF_INIT;
    const struct type_literal lit = literal_at(b, slot->literal, slot->negated);
    const enum type_fit_use use =
        slot->kind == SLOT_EQ ? TYPE_FIT_COMPARE_EQ : TYPE_FIT_COMPARE_ORDER;
    const enum type_fit fit = type_fit_literal(slot->column->type, b->env, use, &lit, &value);
    TRY(buf_status(&value));
    switch (fit) {
    case TYPE_FIT_NULL:
        buf_append_str(sql, "NULL");
        return OK;
    case TYPE_FIT_ASK:
        *fits = false;
        return OK;
    case TYPE_FIT_NEVER: /* no token is empty, and every one is more than nothing .. */
    case TYPE_FIT_BELOW:
        break;
    case TYPE_FIT_ABOVE: /* .. and less than what begins with more ones than it is long */
        for (unsigned i = 0; i <= slot->column->ord_width; i++) {
            buf_append_u8(&token, 0xff);
        }
        break;
    case TYPE_FIT_BETWEEN: /* more than the value's token, less than any next one */
    case TYPE_FIT_EXACT:
        TRY(token_of(b, slot, buf_slice(&value), &token, d));
        if (fit == TYPE_FIT_BETWEEN) {
            buf_append_u8(&token, 0);
        }
        break;
    }
    TRY(buf_status(&token));
    append_token(sql, buf_slice(&token));
    return OK;
}

/* Each n-gram of a part of the pattern that stands for itself. */
static struct status
bind_part(const struct bind *b, const struct slot *slot, struct slice part, struct buf *sql,
          struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf doors = BUF_INIT;
    TRY(cells_trapdoors(b->cells, slot->table, slot->column, part, &doors, d));
    for (size_t i = 0; i + TRAPDOOR_LEN <= doors.len; i += TRAPDOOR_LEN) {
        buf_printf(sql, " AND allium_search(t0.%.*s,", SLICE_ARG(slot->column->phys_w));
        append_token(sql, slice_sub(buf_slice(&doors), i, TRAPDOOR_LEN));
        buf_append_u8(sql, ')');
    }
    return buf_status(sql);
}

/* The escape character may be in force or not: it ends a part, with what follows it. */
static struct status
bind_words(const struct bind *b, const struct slot *slot, struct buf *sql, bool *fits,
           struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf value = BUF_INIT;
    const struct type_literal lit = literal_at(b, slot->literal, false);
    *fits = lit.kind == TYPE_LITERAL_STRING && !lit.has_introducer &&
            type_fit_literal(slot->column->type, b->env, TYPE_FIT_COMPARE_EQ, &lit, &value) ==
                TYPE_FIT_EXACT;
    TRY(buf_status(&value));
    if (!*fits) {
        return OK;
    }
    const struct slice pattern = buf_slice(&value);
    size_t begin = 0;
    buf_append_str(sql, "TRUE");
    for (size_t i = 0; i <= pattern.len; i++) {
        const uint8_t c = i < pattern.len ? pattern.data[i] : '%';
        if (c != '%' && c != '_' && c != '\\') {
            continue;
        }
        if (i > begin) {
            TRY(bind_part(b, slot, slice_sub(pattern, begin, i - begin), sql, d));
        }
        i += c == '\\';
        begin = i + 1;
    }
    return OK;
}

static struct status
bind_slot(const struct bind *b, const struct slot *slot, struct buf *sql, bool *fits,
          struct diag *d)
{
    uint64_t count;
    switch (slot->kind) {
    case SLOT_EQ:
    case SLOT_ORD:
        return bind_token(b, slot, sql, fits, d);
    case SLOT_WORDS:
        return bind_words(b, slot, sql, fits, d);
    case SLOT_COUNT:
        if (b->literals->items[slot->literal].kind != TYPE_LITERAL_INT ||
            b->literals->items[slot->literal].negative ||
            !slice_parse_u64(b->literals->items[slot->literal].bytes, &count)) {
            *fits = false;
            return OK;
        }
        buf_append_u64_dec(sql, count);
        return OK;
    }
    return OK;
}

struct status
bind_template(const struct bind *b, const struct template *t, struct buf *sql, bool *fits,
              struct diag *d)
{
    size_t done = 0;
    *fits = true;
    for (unsigned i = 0; i < t->n_slots && *fits; i++) {
        buf_append_slice(sql, slice_sub(t->text, done, t->slots[i].offset - done));
        done = t->slots[i].offset;
        TRY(bind_slot(b, &t->slots[i], sql, fits, d));
    }
    buf_append_slice(sql, slice_from(t->text, done));
    return buf_status(sql);
}

struct status
bind_store(const struct bind *b, const struct cat_column *c, uint32_t slot, bool negated,
           struct arena *a, struct slice *value, bool *fits)
{
    CLEANUP(buf_deinit_cleanup) struct buf bytes = BUF_INIT;
    const struct type_literal lit = literal_at(b, slot, negated);
    *fits = true;
    *value = SLICE_NULL;
    switch (type_fit_literal(c->type, b->env, TYPE_FIT_STORE, &lit, &bytes)) {
    case TYPE_FIT_NULL:
        *fits = c->nullable;
        return OK;
    case TYPE_FIT_EXACT:
        TRY(buf_status(&bytes));
        *value = arena_dup(a, buf_slice(&bytes));
        return arena_status(a);
    case TYPE_FIT_ASK:
    case TYPE_FIT_NEVER:
    case TYPE_FIT_BELOW:
    case TYPE_FIT_ABOVE:
    case TYPE_FIT_BETWEEN:
        break;
    }
    *fits = false;
    return OK;
}
