/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CHAR, VARCHAR, *TEXT. Canonical: the bytes in the column's character set; a CHAR without its pad,
 * as MySQL returns it.
 */
#include "rewriter/types/family.h"
#include "rewriter/types/number.h"

/* Bytes of one U+0020 in the character set, at the end of s? */
static size_t
trailing_space(enum charset cs, struct slice s)
{
    uint32_t cp = 0;
    unsigned len = 0;
    size_t unit = 1;
    if (cs == CHARSET_UCS2 || cs == CHARSET_UTF16 || cs == CHARSET_UTF16LE) {
        unit = 2;
    } else if (cs == CHARSET_UTF32) {
        unit = 4;
    }
    if (s.len < unit || (unit > 1 && !charset_decode(cs, slice_from(s, s.len - unit), &cp, &len))) {
        return 0;
    }
    return (unit == 1 ? s.data[s.len - 1] : cp) == 0x20 ? unit : 0;
}

static struct slice
strip_pad(const struct type *t, struct slice s)
{
    for (size_t n; t->is_fixed && (n = trailing_space(t->collation->cs, s)) > 0;) {
        s = slice_sub(s, 0, s.len - n);
    }
    return s;
}

static STATUS
string_check(const struct type *t, struct slice value)
{
    if (value.len > t->byte_len) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

static STATUS
string_from_text(const struct type *t, const struct type_env *env, struct slice text,
                 struct buf *value)
{
    buf_append_slice(value, strip_pad(t, text));
    return OK;
}

static STATUS
string_to_text(const struct type *t, const struct type_env *env, struct slice value,
               struct buf *text)
{
    buf_append_slice(text, value);
    if (t->is_fixed && env->mode & TYPE_MODE_PAD_CHAR) {
        size_t n;
        if (!charset_count(t->collation->cs, value, &n)) {
            RAISE(UNSUPPORTED);
        }
        for (; n < t->char_len; n++) {
            if (!charset_encode(t->collation->cs, ' ', text)) {
                RAISE(UNSUPPORTED);
            }
        }
    }
    return OK;
}

static STATUS
string_to_sql(const struct type *t, const struct type_env *env, struct slice value, struct buf *sql)
{
    buf_append_u8(sql, '_');
    buf_append_slice(sql, t->collation->charset);
    buf_append_u8(sql, ' ');
    family_put_hex(value, sql);
    return OK;
}

static uint8_t
string_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = false;
    return TYPE_WIRE_BLOB;
}

static enum type_key_domain
string_domain(const struct type *t)
{
    return TYPE_KEY_DOMAIN_STRING;
}

static STATUS
string_det(const struct type *t, const struct collation *coll, struct slice value, struct buf *out,
           enum type_key_result *result)
{
    const bool ok = coll && collation_key(coll, value, out) == COLLATION_OK;
    *result = ok ? TYPE_KEY_OK : TYPE_KEY_ASK;
    return OK;
}

static struct type_key_ord
string_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    struct type_key_ord ord = family_ord_clww(string_bytes);
    ord.exact = false;
    return string_bytes ? ord : family_ord_none(t, policy, 0);
}

static STATUS
string_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
           struct slice value, struct buf *out, enum type_key_result *result)
{
    const bool ok = coll && collation_order_key(coll, value, ord->bytes, out) == COLLATION_OK;
    *result = ok ? TYPE_KEY_OK : TYPE_KEY_ASK;
    return OK;
}

/* -------------------------------------------------------------------------------- literals --- */

/* Well-formed and within the column's limits, so that nothing is cut or refused. */
static bool
fits_column(const struct type *t, struct slice s)
{
    size_t n_chars;
    if (!charset_count(t->collation->cs, s, &n_chars) || s.len > t->byte_len) {
        return false;
    }
    return t->is_blob || n_chars <= t->char_len;
}

static bool
convert(const struct type *t, const struct type_literal *lit, struct buf *out)
{
    const struct collation_info *from = lit->collation;
    if (!from ||
        (from->cs != t->collation->cs &&
         (from->cs == CHARSET_OTHER_8BIT || from->cs == CHARSET_OTHER)) ||
        ((from->cs == CHARSET_OTHER_8BIT || from->cs == CHARSET_OTHER) &&
         t->collation->cs == from->cs && !slice_equal(from->charset, t->collation->charset) &&
         !charset_is_ascii(lit->bytes))) {
        /* two sets that look alike to the proxy only agree on ASCII */
        return from && charset_is_ascii(lit->bytes) && charset_is_ascii_superset(from->cs) &&
               charset_convert(from->cs, t->collation->cs, lit->bytes, out);
    }
    return charset_convert(from->cs, t->collation->cs, lit->bytes, out);
}

static enum type_fit
finish(const struct type *t, enum type_fit_use use, struct buf *value, size_t mark)
{
    const struct slice s = strip_pad(t, slice_from(buf_slice(value), mark));
    if (use == TYPE_FIT_STORE) {
        buf_truncate(value, mark + s.len);
    }
    if (value->failed || (use == TYPE_FIT_STORE && !fits_column(t, s))) {
        buf_truncate(value, mark);
        return TYPE_FIT_ASK;
    }
    return TYPE_FIT_EXACT;
}

/* 5 -> '5', 1.50 -> '1.50': as MySQL prints the number. */
static bool
number_text(const struct type_literal *lit, struct buf *out)
{
    struct number n;
    struct slice s = lit->bytes;
    if (!number_from_literal(lit, false, &n)) {
        return false;
    }
    if (lit->kind == TYPE_LITERAL_INT) {
        number_print(n.m, out);
        return true;
    }
    const bool plain = s.len > 1 && s.data[0] >= '0' && s.data[0] <= '9' &&
                       s.data[s.len - 1] != '.' && (s.data[0] != '0' || s.data[1] == '.');
    if (!plain || n.m == 0 || n.scale > 30) {
        return false;
    }
    if (lit->negative) {
        buf_append_u8(out, '-');
    }
    buf_append_slice(out, s);
    return true;
}

static enum type_fit
string_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
           const struct type_literal *lit, struct buf *value)
{
    const size_t mark = value->len;
    const bool store = use == TYPE_FIT_STORE;
    bool ok = false;
    switch (lit->kind) {
    case TYPE_LITERAL_STRING:
        ok = lit->collation && lit->collation->cs != CHARSET_BINARY && convert(t, lit, value);
        break;
    case TYPE_LITERAL_HEX:
        ok = store && !lit->has_introducer && charset_is_ascii_superset(t->collation->cs);
        if (ok) {
            buf_append_slice(value, lit->bytes);
        }
        break;
    case TYPE_LITERAL_INT:
    case TYPE_LITERAL_DECIMAL:
        ok = store && charset_is_ascii_superset(t->collation->cs) && number_text(lit, value);
        break;
    case TYPE_LITERAL_NULL:
    case TYPE_LITERAL_FLOAT:
    case TYPE_LITERAL_BIT:
    case TYPE_LITERAL_DATE:
    case TYPE_LITERAL_TIME:
    case TYPE_LITERAL_TIMESTAMP:
        break;
    }
    if (!ok) {
        buf_truncate(value, mark);
        return TYPE_FIT_ASK;
    }
    return finish(t, use, value, mark);
}

const struct family_ops family_string_ops = {
    .from_text = string_from_text,
    .from_read = string_from_text,
    .from_binary = string_from_text,
    .to_text = string_to_text,
    .to_binary = string_to_text,
    .to_sql = string_to_sql,
    .param_type = string_param_type,
    .check = string_check,
    .domain = string_domain,
    .det = string_det,
    .ord_plan = string_ord_plan,
    .ord = string_ord,
    .fit = string_fit,
};
