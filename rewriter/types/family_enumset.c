/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ENUM: canonical 2 bytes, the index (0 is the error value ''). SET: canonical 8 bytes, the bitmap.
 * Both travel as text on both protocols.
 */
#include "rewriter/types/family.h"
#include "rewriter/types/number.h"

static unsigned
value_bytes(const struct type *t)
{
    return t->family == TYPE_ENUM ? 2 : 8;
}

static uint64_t
value_max(const struct type *t)
{
    return t->family == TYPE_ENUM ? t->n_elements : ~(uint64_t) 0 >> (64 - t->n_elements);
}

static STATUS
enumset_check(const struct type *t, struct slice value)
{
    if (value.len != value_bytes(t) || family_get_be(value) > value_max(t)) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

/* 1-based; 0: none */
static unsigned
find_element(const struct type *t, struct slice s)
{
    for (unsigned i = 0; i < t->n_elements; i++) {
        if (slice_equal(t->element_bytes[i], s)) {
            return i + 1;
        }
    }
    return 0;
}

/* The comma between SET elements, in the column's character set. */
static struct slice
set_comma(const struct type *t, struct buf *scratch)
{
    return charset_encode(t->collation->cs, ',', scratch) ? buf_slice(scratch) : SLICE(",");
}

static struct slice
next_element(struct slice *rest, struct slice comma)
{
    const struct slice s = *rest;
    for (size_t i = 0; i + comma.len <= s.len; i += comma.len) {
        if (slice_equal(slice_sub(s, i, comma.len), comma)) {
            *rest = slice_from(s, i + comma.len);
            return slice_sub(s, 0, i);
        }
    }
    *rest = SLICE_NULL;
    return s;
}

/* *in_order: each element once, in the order of the definition: how MySQL prints it */
static bool
set_parse(const struct type *t, struct slice text, uint64_t *bits, bool *in_order)
{
    CLEANUP(buf_deinit_cleanup) struct buf scratch = BUF_INIT;
    const struct slice comma = set_comma(t, &scratch);
    *bits = 0;
    *in_order = true;
    for (struct slice rest = text; text.len > 0 && !slice_is_null(rest);) {
        const unsigned i = find_element(t, next_element(&rest, comma));
        if (i == 0) {
            return false;
        }
        const uint64_t bit = (uint64_t) 1 << (i - 1);
        *in_order = *in_order && *bits < bit;
        *bits |= bit;
    }
    return true;
}

static STATUS
enum_from_text(const struct type *t, const struct type_env *env, struct slice text,
               struct buf *value)
{
    const unsigned i = find_element(t, text);
    if (i == 0 && text.len > 0) {
        RAISE(PROTOCOL);
    }
    buf_append_be16(value, (uint16_t) i);
    return OK;
}

static STATUS
set_from_text(const struct type *t, const struct type_env *env, struct slice text,
              struct buf *value)
{
    uint64_t bits;
    bool in_order;
    if (!set_parse(t, text, &bits, &in_order)) {
        RAISE(PROTOCOL);
    }
    buf_append_be64(value, bits);
    return OK;
}

static STATUS
enum_to_text(const struct type *t, const struct type_env *env, struct slice value, struct buf *text)
{
    TRY(enumset_check(t, value));
    const uint64_t i = family_get_be(value);
    if (i > 0) {
        buf_append_slice(text, t->element_bytes[i - 1]);
    }
    return OK;
}

static STATUS
set_to_text(const struct type *t, const struct type_env *env, struct slice value, struct buf *text)
{
    CLEANUP(buf_deinit_cleanup) struct buf scratch = BUF_INIT;
    const struct slice comma = set_comma(t, &scratch);
    TRY(enumset_check(t, value));
    bool first = true;
    const uint64_t bits = family_get_be(value);
    for (unsigned i = 0; i < t->n_elements; i++) {
        if (bits >> i & 1) {
            buf_append_slice(text, first ? SLICE("") : comma);
            buf_append_slice(text, t->element_bytes[i]);
            first = false;
        }
    }
    return OK;
}

static STATUS
enumset_to_sql(const struct type *t, const struct type_env *env, struct slice value,
               struct buf *sql)
{
    TRY(enumset_check(t, value));
    buf_append_u64_dec(sql, family_get_be(value));
    return OK;
}

static uint8_t
enumset_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = false;
    return TYPE_WIRE_BLOB;
}

static enum type_key_domain
enumset_domain(const struct type *t)
{
    return t->family == TYPE_ENUM ? TYPE_KEY_DOMAIN_ENUM : TYPE_KEY_DOMAIN_SET;
}

static STATUS
enumset_det(const struct type *t, const struct collation *coll, struct slice value, struct buf *out,
            enum type_key_result *result)
{
    TRY(enumset_check(t, value));
    family_put_i128((__int128) family_get_be(value), out);
    return OK;
}

static struct type_key_ord
enumset_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    unsigned bytes = 1;
    while (bytes < 8 && value_max(t) >> (8 * bytes)) {
        bytes++;
    }
    return family_ord_integer(bytes, policy);
}

static STATUS
enumset_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
            struct slice value, struct buf *out, enum type_key_result *result)
{
    TRY(enumset_check(t, value));
    family_put_be(family_get_be(value), ord->bytes, out);
    return OK;
}

/* -------------------------------------------------------------------------------- literals --- */

static enum type_fit
fit_number(const struct type *t, enum type_fit_use use, const struct type_literal *lit,
           struct buf *value)
{
    struct number n;
    const bool zero_ok = t->family == TYPE_SET || use != TYPE_FIT_STORE;
    if (!number_from_literal(lit, false, &n) || n.neg || (n.m == 0 && !zero_ok)) {
        return TYPE_FIT_ASK;
    }
    if (n.m > (__int128) value_max(t)) {
        return family_fit_outside(use, false);
    }
    family_put_be((uint64_t) n.m, value_bytes(t), value);
    return TYPE_FIT_EXACT;
}

/* An element that MySQL might find first under the collation. */
static bool
has_earlier_twin(const struct type *t, unsigned index)
{
    for (unsigned i = 0; i + 1 < index; i++) {
        if (slice_equal_ci(t->element_bytes[i], t->element_bytes[index - 1])) {
            return true;
        }
    }
    return false;
}

static bool
fit_text(const struct type *t, enum type_fit_use use, struct slice text, uint64_t *v)
{
    bool in_order;
    if (t->family == TYPE_SET) {
        return set_parse(t, text, v, &in_order) && (in_order || use == TYPE_FIT_STORE);
    }
    *v = find_element(t, text);
    return *v > 0 && !has_earlier_twin(t, (unsigned) *v);
}

/*
 * Numbers mean indexes and bitmaps. Strings are compared as strings, so only exact names count, and
 * never for order (which is lexical then, not by index).
 */
static enum type_fit
enumset_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
            const struct type_literal *lit, struct buf *value)
{
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    uint64_t v;
    if (lit->kind == TYPE_LITERAL_INT) {
        return fit_number(t, use, lit, value);
    }
    if (lit->kind != TYPE_LITERAL_STRING || use == TYPE_FIT_COMPARE_ORDER || !lit->collation ||
        !charset_convert(lit->collation->cs, t->collation->cs, lit->bytes, &text) ||
        (!charset_is_ascii(lit->bytes) && lit->collation->cs == CHARSET_OTHER_8BIT) ||
        !fit_text(t, use, buf_slice(&text), &v)) {
        return TYPE_FIT_ASK;
    }
    family_put_be(v, value_bytes(t), value);
    return TYPE_FIT_EXACT;
}

const struct family_ops family_enum_ops = {
    .from_text = enum_from_text,
    .from_read = enum_from_text,
    .from_binary = enum_from_text,
    .to_text = enum_to_text,
    .to_binary = enum_to_text,
    .to_sql = enumset_to_sql,
    .param_type = enumset_param_type,
    .check = enumset_check,
    .domain = enumset_domain,
    .det = enumset_det,
    .ord_plan = enumset_ord_plan,
    .ord = enumset_ord,
    .fit = enumset_fit,
};

const struct family_ops family_set_ops = {
    .from_text = set_from_text,
    .from_read = set_from_text,
    .from_binary = set_from_text,
    .to_text = set_to_text,
    .to_binary = set_to_text,
    .to_sql = enumset_to_sql,
    .param_type = enumset_param_type,
    .check = enumset_check,
    .domain = enumset_domain,
    .det = enumset_det,
    .ord_plan = enumset_ord_plan,
    .ord = enumset_ord,
    .fit = enumset_fit,
};
