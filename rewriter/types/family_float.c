/* SPDX-License-Identifier: Apache-2.0 */
/* FLOAT and DOUBLE. Canonical: the IEEE bits, big-endian, 4 or 8 bytes; -0.0 is kept. */
#include <math.h>

#include "rewriter/types/family.h"
#include "rewriter/types/number.h"

static unsigned
float_bytes(const struct type *t)
{
    return t->family == TYPE_FLOAT ? 4 : 8;
}

static STATUS
float_check(const struct type *t, struct slice value)
{
    if (value.len != float_bytes(t)) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

static float
bits_to_float(uint32_t bits)
{
    float f;
    mem_copy(&f, &bits, sizeof(f));
    return f;
}

static double
bits_to_double(uint64_t bits)
{
    double d;
    mem_copy(&d, &bits, sizeof(d));
    return d;
}

static uint64_t
double_to_bits(double d)
{
    uint64_t bits;
    mem_copy(&bits, &d, sizeof(bits));
    return bits;
}

static double
float_value(const struct type *t, struct slice value)
{
    return t->family == TYPE_FLOAT ? (double) bits_to_float(mem_be32(value.data))
                                   : bits_to_double(mem_be64(value.data));
}

static void
float_put(const struct type *t, double d, struct buf *value)
{
    if (t->family == TYPE_FLOAT) {
        const float f = (float) d;
        uint32_t bits;
        mem_copy(&bits, &f, sizeof(bits));
        buf_append_be32(value, bits);
    } else {
        buf_append_be64(value, double_to_bits(d));
    }
}

static STATUS
float_from_read(const struct type *t, const struct type_env *env, struct slice text,
                struct buf *value)
{
    double d;
    if (!number_to_double(text, false, &d) ||
        (t->family == TYPE_FLOAT && (double) (float) d != d)) {
        RAISE(PROTOCOL);
    }
    float_put(t, d, value);
    return OK;
}

static STATUS
float_from_text(const struct type *t, const struct type_env *env, struct slice text,
                struct buf *value)
{
    if (t->family == TYPE_FLOAT || t->scale != TYPE_SCALE_NONE) {
        RAISE(UNSUPPORTED);
    }
    return float_from_read(t, env, text, value);
}

static STATUS
float_from_binary(const struct type *t, const struct type_env *env, struct slice cell,
                  struct buf *value)
{
    if (cell.len != float_bytes(t)) {
        RAISE(PROTOCOL);
    }
    if (t->family == TYPE_FLOAT) {
        buf_append_be32(value, mem_le32(cell.data));
    } else {
        buf_append_be64(value, mem_le64(cell.data));
    }
    return OK;
}

static STATUS
float_to_text(const struct type *t, const struct type_env *env, struct slice value,
              struct buf *text)
{
    TRY(float_check(t, value));
    const double d = float_value(t, value);
    const size_t start = text->len;
    if (t->scale != TYPE_SCALE_NONE) {
        type_value_print_fixed(d, t->scale, text);
    } else if (t->family == TYPE_FLOAT) {
        type_value_print_float((float) d, text);
    } else {
        type_value_print_double(d, text);
    }
    const size_t len = text->len - start;
    if (t->zerofill && len < t->display) {
        const size_t pad = t->display - len;
        if (buf_extend(text, pad)) {
            mem_move(text->data + start + pad, text->data + start, len);
            for (size_t i = 0; i < pad; i++) {
                text->data[start + i] = '0';
            }
        }
    }
    return OK;
}

static STATUS
float_to_binary(const struct type *t, const struct type_env *env, struct slice value,
                struct buf *cell)
{
    TRY(float_check(t, value));
    for (size_t i = value.len; i-- > 0;) {
        buf_append_u8(cell, value.data[i]);
    }
    return OK;
}

/* Seventeen digits and an exponent: read as a double, never as a decimal; a FLOAT is exact in it. */
static STATUS
float_to_sql(const struct type *t, const struct type_env *env, struct slice value, struct buf *sql)
{
    TRY(float_check(t, value));
    const double d = float_value(t, value);
    if (!isfinite(d)) {
        RAISE(CIPHERTEXT);
    }
    buf_printf(sql, "%.16e", d);
    return OK;
}

static uint8_t
float_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = false;
    return t->wire;
}

static enum type_key_domain
float_domain(const struct type *t)
{
    return TYPE_KEY_DOMAIN_FLOAT;
}

/* A FLOAT compares as the double that it is. */
static STATUS
float_det(const struct type *t, const struct collation *coll, struct slice value, struct buf *out,
          enum type_key_result *result)
{
    TRY(float_check(t, value));
    const double d = float_value(t, value);
    buf_append_be64(out, 0);
    buf_append_be64(out, double_to_bits(d == 0 ? 0.0 : d));
    return OK;
}

static struct type_key_ord
float_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    return family_ord_clww(float_bytes(t));
}

static STATUS
float_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
          struct slice value, struct buf *out, enum type_key_result *result)
{
    TRY(float_check(t, value));
    const unsigned bits = 8 * ord->bytes;
    const uint64_t sign = (uint64_t) 1 << (bits - 1);
    uint64_t v = family_get_be(value);
    v = v == sign ? 0 : v; /* -0.0 */
    family_put_be(v & sign ? ~v : v | sign, ord->bytes, out);
    return OK;
}

/*
 * 1. Without (M,D) every number is stored as the nearest double, then the nearest float, with no
 *    warning while it is finite, and comparisons are comparisons of doubles.
 * 2. With (M,D) MySQL rounds on store and compares decimals within half a unit: ask.
 */
static enum type_fit
float_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
          const struct type_literal *lit, struct buf *value)
{
    double d;
    const bool is_number = lit->kind == TYPE_LITERAL_INT || lit->kind == TYPE_LITERAL_DECIMAL ||
                           lit->kind == TYPE_LITERAL_FLOAT ||
                           (lit->kind == TYPE_LITERAL_STRING && lit->collation &&
                            charset_is_ascii_superset(lit->collation->cs));
    if (t->scale != TYPE_SCALE_NONE || !is_number ||
        !number_to_double(lit->bytes, lit->negative, &d) || (t->is_unsigned && signbit(d))) {
        return TYPE_FIT_ASK;
    }
    if (d == 0 && (lit->kind == TYPE_LITERAL_INT || lit->kind == TYPE_LITERAL_DECIMAL)) {
        d = 0; /* -0.0 is an exact number to MySQL, and those have no negative zero */
    }
    if (d == 0 && signbit(d)) {
        return TYPE_FIT_ASK; /* -0e0: whether the sign survives depends on how the server folds it */
    }
    float f = (float) d;
    if (t->family == TYPE_DOUBLE || (double) f == d) {
        float_put(t, d, value);
        return TYPE_FIT_EXACT;
    }
    switch (use) {
    case TYPE_FIT_STORE:
        if (!isfinite(f)) {
            return TYPE_FIT_ASK;
        }
        float_put(t, d, value);
        return TYPE_FIT_EXACT;
    case TYPE_FIT_COMPARE_EQ:
        return TYPE_FIT_NEVER;
    case TYPE_FIT_COMPARE_ORDER:
        f = (double) f > d ? nextafterf(f, -INFINITY) : f;
        if (!isfinite(f) || !isfinite(nextafterf(f, INFINITY)) || (t->is_unsigned && f <= 0)) {
            return TYPE_FIT_ASK;
        }
        float_put(t, f, value);
        return TYPE_FIT_BETWEEN;
    }
    return TYPE_FIT_ASK;
}

#define FLOAT_OPS                                                                                 \
    {                                                                                             \
        .from_text = float_from_text, .from_read = float_from_read,                               \
        .from_binary = float_from_binary, .to_text = float_to_text, .to_binary = float_to_binary, \
        .to_sql = float_to_sql, .param_type = float_param_type, .check = float_check,             \
        .domain = float_domain, .det = float_det, .ord_plan = float_ord_plan, .ord = float_ord,   \
        .fit = float_fit                                                                          \
    }
const struct family_ops family_float_ops = FLOAT_OPS;
const struct family_ops family_double_ops = FLOAT_OPS;
