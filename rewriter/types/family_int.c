/* SPDX-License-Identifier: Apache-2.0 */
/* TINYINT .. BIGINT and YEAR. Canonical: 8 bytes (INT) or 2 bytes (YEAR), big-endian. */
#include "rewriter/types/family.h"
#include "rewriter/types/number.h"

/* ------------------------------------------------------------------------------------- INT --- */

static STATUS
int_check(const struct type *t, struct slice value)
{
    if (value.len != 8) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

static __int128
int_min(const struct type *t)
{
    return t->is_unsigned ? 0 : -((__int128) 1 << (8 * t->int_bytes - 1));
}

static __int128
int_max(const struct type *t)
{
    return ((__int128) 1 << (8 * t->int_bytes - !t->is_unsigned)) - 1;
}

/* of checked canonical bytes */
static __int128
int_value(const struct type *t, struct slice value)
{
    const uint64_t v = family_get_be(value);
    return t->is_unsigned ? (__int128) v : (__int128) (int64_t) v;
}

static STATUS
int_from_text(const struct type *t, const struct type_env *env, struct slice text,
              struct buf *value)
{
    uint64_t u;
    int64_t s;
    __int128 v;
    if (slice_parse_u64(text, &u)) {
        v = u;
    } else if (slice_parse_i64(text, &s)) {
        v = s;
    } else {
        RAISE(PROTOCOL);
    }
    if (v < int_min(t) || v > int_max(t)) {
        RAISE(PROTOCOL);
    }
    buf_append_be64(value, (uint64_t) v);
    return OK;
}

/* MEDIUMINT travels as four bytes */
static unsigned
int_cell_bytes(const struct type *t)
{
    return t->int_bytes == 3 ? 4 : t->int_bytes;
}

static STATUS
int_from_binary(const struct type *t, const struct type_env *env, struct slice cell,
                struct buf *value)
{
    const unsigned n = int_cell_bytes(t);
    if (cell.len != n) {
        RAISE(PROTOCOL);
    }
    uint64_t v = 0;
    for (unsigned i = n; i-- > 0;) {
        v = v << 8 | cell.data[i];
    }
    if (!t->is_unsigned && n < 8 && v >> (8 * n - 1)) {
        v |= ~(uint64_t) 0 << (8 * n);
    }
    buf_append_be64(value, v);
    return OK;
}

static STATUS
int_to_text(const struct type *t, const struct type_env *env, struct slice value, struct buf *text)
{
    TRY(int_check(t, value));
    const uint64_t v = family_get_be(value);
    if (!t->is_unsigned) {
        buf_append_i64_dec(text, (int64_t) v);
        return OK;
    }
    if (t->zerofill) {
        unsigned digits = 1;
        for (uint64_t x = v; x >= 10; x /= 10) {
            digits++;
        }
        for (; digits < t->display; digits++) {
            buf_append_u8(text, '0');
        }
    }
    buf_append_u64_dec(text, v);
    return OK;
}

static STATUS
int_to_binary(const struct type *t, const struct type_env *env, struct slice value,
              struct buf *cell)
{
    TRY(int_check(t, value));
    for (unsigned i = 0; i < int_cell_bytes(t); i++) {
        buf_append_u8(cell, value.data[7 - i]);
    }
    return OK;
}

static STATUS
int_to_sql(const struct type *t, const struct type_env *env, struct slice value, struct buf *sql)
{
    TRY(int_check(t, value));
    number_print(int_value(t, value), sql);
    return OK;
}

static uint8_t
int_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = t->is_unsigned;
    return t->int_bytes == 3 ? TYPE_WIRE_LONG : t->wire;
}

static enum type_key_domain
exact_domain(const struct type *t)
{
    return TYPE_KEY_DOMAIN_EXACT;
}

static STATUS
int_det(const struct type *t, const struct collation *coll, struct slice value, struct buf *out,
        enum type_key_result *result)
{
    TRY(int_check(t, value));
    family_put_exact(int_value(t, value), 0, out);
    return OK;
}

static struct type_key_ord
int_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    return family_ord_integer(t->int_bytes, policy);
}

static STATUS
int_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
        struct slice value, struct buf *out, enum type_key_result *result)
{
    TRY(int_check(t, value));
    const uint64_t bias = t->is_unsigned ? 0 : (uint64_t) 1 << (8 * ord->bytes - 1);
    family_put_be(family_get_be(value) + bias, ord->bytes, out);
    return OK;
}

/* floor(n) against the column's range. */
static enum type_fit
int_fit_number(const struct type *t, enum type_fit_use use, const struct number *n,
               struct buf *value)
{
    __int128 v;
    bool exact;
    if (!number_at_scale(n, 0, &v, &exact)) {
        return TYPE_FIT_ASK;
    }
    if (use == TYPE_FIT_STORE && (!exact || (n->neg && t->is_unsigned))) {
        return TYPE_FIT_ASK;
    }
    if (v < int_min(t) || v > int_max(t) || (!exact && v == int_max(t))) {
        return family_fit_outside(use, v < int_min(t));
    }
    if (!exact && use == TYPE_FIT_COMPARE_EQ) {
        return TYPE_FIT_NEVER;
    }
    buf_append_be64(value, (uint64_t) v);
    return exact ? TYPE_FIT_EXACT : TYPE_FIT_BETWEEN;
}

/*
 * 1. INT and DECIMAL literals compare as integers or decimals: exact.
 * 2. FLOAT literals compare as doubles: exact below 2^53 in magnitude.
 * 3. A string compares as a double (or is converted to the column's type when that loses nothing):
 *    both agree for whole numbers of at most 15 digits. To be stored it may be any in range.
 */
static enum type_fit
int_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
        const struct type_literal *lit, struct buf *value)
{
    const __int128 safe = (__int128) 1 << 53;
    struct number n;
    if (!number_from_literal(lit, false, &n)) {
        return TYPE_FIT_ASK;
    }
    switch (lit->kind) {
    case TYPE_LITERAL_INT:
        break;
    case TYPE_LITERAL_DECIMAL:
        if (n.scale > 30) {
            return TYPE_FIT_ASK;
        }
        break;
    case TYPE_LITERAL_FLOAT:
        if (n.digits > 15 || n.scale > 15 || n.m <= -safe || n.m >= safe) {
            return TYPE_FIT_ASK;
        }
        break;
    case TYPE_LITERAL_STRING:
        for (size_t i = 0; i < lit->bytes.len; i++) {
            if (lit->bytes.data[i] == '.') {
                return TYPE_FIT_ASK;
            }
        }
        if (n.digits > (use == TYPE_FIT_STORE ? 20 : 15) || lit->bytes.len > 60) {
            return TYPE_FIT_ASK;
        }
        break;
    case TYPE_LITERAL_NULL:
    case TYPE_LITERAL_HEX:
    case TYPE_LITERAL_BIT:
    case TYPE_LITERAL_DATE:
    case TYPE_LITERAL_TIME:
    case TYPE_LITERAL_TIMESTAMP:
        return TYPE_FIT_ASK;
    }
    return int_fit_number(t, use, &n, value);
}

const struct family_ops family_int_ops = {
    .from_text = int_from_text,
    .from_read = int_from_text,
    .from_binary = int_from_binary,
    .to_text = int_to_text,
    .to_binary = int_to_binary,
    .to_sql = int_to_sql,
    .param_type = int_param_type,
    .check = int_check,
    .domain = exact_domain,
    .det = int_det,
    .ord_plan = int_ord_plan,
    .ord = int_ord,
    .fit = int_fit,
};

/* ------------------------------------------------------------------------------------ YEAR --- */

#define YEAR_MIN 1901
#define YEAR_MAX 2155

static STATUS
year_check(const struct type *t, struct slice value)
{
    if (value.len != 2) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

/* YEAR(2) shows two digits: 70..99 are 19xx, the others 20xx */
static STATUS
year_put(const struct type *t, uint64_t year, struct buf *value)
{
    if (t->display == 2 && year < 100) {
        year += year < 70 ? 2000 : 1900;
    }
    if (year != 0 && (year < YEAR_MIN || year > YEAR_MAX)) {
        RAISE(PROTOCOL);
    }
    buf_append_be16(value, (uint16_t) year);
    return OK;
}

static STATUS
year_from_text(const struct type *t, const struct type_env *env, struct slice text,
               struct buf *value)
{
    uint64_t v;
    if (!slice_parse_u64(text, &v)) {
        RAISE(PROTOCOL);
    }
    return year_put(t, v, value);
}

static STATUS
year_from_binary(const struct type *t, const struct type_env *env, struct slice cell,
                 struct buf *value)
{
    if (cell.len != 2) {
        RAISE(PROTOCOL);
    }
    return year_put(t, mem_le16(cell.data), value);
}

static unsigned
year_shown(const struct type *t, struct slice value)
{
    const unsigned year = mem_be16(value.data);
    return t->display == 2 ? year % 100 : year;
}

static STATUS
year_to_text(const struct type *t, const struct type_env *env, struct slice value, struct buf *text)
{
    TRY(year_check(t, value));
    buf_printf(text, "%0*u", t->display == 2 ? 2 : 4, year_shown(t, value));
    return OK;
}

static STATUS
year_to_binary(const struct type *t, const struct type_env *env, struct slice value,
               struct buf *cell)
{
    TRY(year_check(t, value));
    buf_append_le16(cell, (uint16_t) year_shown(t, value));
    return OK;
}

static STATUS
year_to_sql(const struct type *t, const struct type_env *env, struct slice value, struct buf *sql)
{
    TRY(year_check(t, value));
    buf_append_u64_dec(sql, mem_be16(value.data));
    return OK;
}

static uint8_t
year_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = true;
    return TYPE_WIRE_SHORT;
}

static STATUS
year_det(const struct type *t, const struct collation *coll, struct slice value, struct buf *out,
         enum type_key_result *result)
{
    TRY(year_check(t, value));
    family_put_exact(mem_be16(value.data), 0, out);
    return OK;
}

static struct type_key_ord
year_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    return family_ord_integer(2, policy);
}

static STATUS
year_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
         struct slice value, struct buf *out, enum type_key_result *result)
{
    TRY(year_check(t, value));
    family_put_be(mem_be16(value.data), ord->bytes, out);
    return OK;
}

/* Four digits only: MySQL reads one and two digits as 19xx or 20xx, and not everywhere alike. */
static enum type_fit
year_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
         const struct type_literal *lit, struct buf *value)
{
    struct number n;
    const bool is_int = lit->kind == TYPE_LITERAL_INT;
    const bool is_string = lit->kind == TYPE_LITERAL_STRING && lit->bytes.len == 4;
    if (t->display == 2 || (!is_int && !is_string) || !number_from_literal(lit, false, &n) ||
        n.scale != 0 || n.digits != 4 || n.m < YEAR_MIN || n.m > YEAR_MAX) {
        return TYPE_FIT_ASK;
    }
    buf_append_be16(value, (uint16_t) n.m);
    return TYPE_FIT_EXACT;
}

const struct family_ops family_year_ops = {
    .from_text = year_from_text,
    .from_read = year_from_text,
    .from_binary = year_from_binary,
    .to_text = year_to_text,
    .to_binary = year_to_binary,
    .to_sql = year_to_sql,
    .param_type = year_param_type,
    .check = year_check,
    .domain = exact_domain,
    .det = year_det,
    .ord_plan = year_ord_plan,
    .ord = year_ord,
    .fit = year_fit,
};
