/* SPDX-License-Identifier: Apache-2.0 */
/* BINARY, VARBINARY, *BLOB, VECTOR. Canonical: the bytes; BINARY(n) with its zero bytes as stored. */
#include "rewriter/types/family.h"
#include "rewriter/types/number.h"

static STATUS
binary_check(const struct type *t, struct slice value)
{
    if (value.len > t->byte_len || (t->is_fixed && value.len != t->byte_len)) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

static STATUS
binary_to_sql(const struct type *t, const struct type_env *env, struct slice value, struct buf *sql)
{
    family_put_hex(value, sql);
    return OK;
}

static uint8_t
binary_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = false;
    return TYPE_WIRE_BLOB;
}

static enum type_key_domain
binary_domain(const struct type *t)
{
    return t->wire == TYPE_WIRE_VECTOR ? TYPE_KEY_DOMAIN_NONE : TYPE_KEY_DOMAIN_BINARY;
}

static STATUS
binary_det(const struct type *t, const struct collation *coll, struct slice value, struct buf *out,
           enum type_key_result *result)
{
    buf_append_slice(out, value);
    return OK;
}

static struct type_key_ord
binary_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    if (string_bytes == 0 || t->wire == TYPE_WIRE_VECTOR) {
        return family_ord_none(t, policy, 0);
    }
    struct type_key_ord ord = family_ord_clww(string_bytes);
    ord.exact = t->is_fixed && t->byte_len <= string_bytes;
    return ord;
}

static STATUS
binary_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
           struct slice value, struct buf *out, enum type_key_result *result)
{
    for (size_t i = 0; i < ord->bytes; i++) {
        buf_append_u8(out, i < value.len ? value.data[i] : 0);
    }
    return OK;
}

/*
 * The bytes of the literal, in whatever character set, are the value; no pad when comparing. So a
 * BINARY(n) is never equal to a shorter literal, but the order of the two hides behind the pad of
 * order keys: ask.
 */
static enum type_fit
binary_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
           const struct type_literal *lit, struct buf *value)
{
    const bool store = use == TYPE_FIT_STORE;
    const size_t mark = value->len;
    struct number n;
    if (t->wire == TYPE_WIRE_VECTOR) {
        return TYPE_FIT_ASK;
    }
    switch (lit->kind) {
    case TYPE_LITERAL_STRING:
    case TYPE_LITERAL_HEX:
        buf_append_slice(value, lit->bytes);
        break;
    case TYPE_LITERAL_INT:
        if (!store || !number_from_literal(lit, false, &n)) {
            return TYPE_FIT_ASK;
        }
        number_print(n.m, value);
        break;
    case TYPE_LITERAL_NULL:
    case TYPE_LITERAL_BIT:
    case TYPE_LITERAL_DECIMAL:
    case TYPE_LITERAL_FLOAT:
    case TYPE_LITERAL_DATE:
    case TYPE_LITERAL_TIME:
    case TYPE_LITERAL_TIMESTAMP:
        return TYPE_FIT_ASK;
    }
    if ((store && value->len - mark > t->byte_len) ||
        (use == TYPE_FIT_COMPARE_ORDER && t->is_fixed && value->len - mark != t->byte_len)) {
        buf_truncate(value, mark);
        return TYPE_FIT_ASK;
    }
    while (store && t->is_fixed && !value->failed && value->len - mark < t->byte_len) {
        buf_append_u8(value, 0);
    }
    return TYPE_FIT_EXACT;
}

const struct family_ops family_binary_ops = {
    .from_text = family_copy,
    .from_read = family_copy,
    .from_binary = family_copy,
    .to_text = family_copy,
    .to_binary = family_copy,
    .to_sql = binary_to_sql,
    .param_type = binary_param_type,
    .check = binary_check,
    .domain = binary_domain,
    .det = binary_det,
    .ord_plan = binary_ord_plan,
    .ord = binary_ord,
    .fit = binary_fit,
};
