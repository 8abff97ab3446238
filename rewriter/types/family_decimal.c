/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DECIMAL(p,s), p <= 65. Canonical: the value times 10^s in two's complement, big-endian, 8 bytes for
 * p <= 18, 16 for p <= 38, else 28. All arithmetic is on seven 32-bit limbs, or on __int128 where the
 * number fits.
 */
#include <ctype.h>

#include "rewriter/types/family.h"
#include "rewriter/types/number.h"

#define LIMBS 7 /* 224 bits: 10^65 < 2^216 */

struct wide {
    uint32_t limb[LIMBS]; /* magnitude, least significant first */
    bool neg;
};

static unsigned
value_bytes(const struct type *t)
{
    return t->precision <= 18 ? 8 : t->precision <= 38 ? 16 : 28;
}

static bool
is_zero(const struct wide *w)
{
    uint32_t any = 0;
    for (unsigned i = 0; i < LIMBS; i++) {
        any |= w->limb[i];
    }
    return any == 0;
}

static void
mul_add(struct wide *w, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;
    for (unsigned i = 0; i < LIMBS; i++) {
        carry += (uint64_t) w->limb[i] * factor;
        w->limb[i] = (uint32_t) carry;
        carry >>= 32;
    }
}

static uint32_t
div_rem(struct wide *w, uint32_t divisor)
{
    uint64_t rem = 0;
    for (unsigned i = LIMBS; i-- > 0;) {
        rem = rem << 32 | w->limb[i];
        w->limb[i] = (uint32_t) (rem / divisor);
        rem %= divisor;
    }
    return (uint32_t) rem;
}

/* two's complement of the magnitude when negative; writes the last `bytes` bytes */
static void
put_wide(const struct wide *w, unsigned bytes, struct buf *out)
{
    uint8_t raw[4 * LIMBS];
    uint64_t carry = w->neg;
    for (unsigned i = 0; i < LIMBS; i++) {
        carry += w->neg ? ~w->limb[i] : w->limb[i];
        mem_put_be32(raw + 4 * (LIMBS - 1 - i), (uint32_t) carry);
        carry >>= 32;
    }
    buf_append(out, raw + sizeof(raw) - bytes, bytes);
}

static void
get_wide(struct slice value, struct wide *w)
{
    uint8_t raw[4 * LIMBS];
    w->neg = value.data[0] >> 7;
    for (size_t i = 0; i < sizeof(raw); i++) {
        const size_t pad = sizeof(raw) - value.len;
        raw[i] = i < pad ? (w->neg ? 0xff : 0) : value.data[i - pad];
    }
    uint64_t carry = w->neg;
    for (unsigned i = 0; i < LIMBS; i++) {
        const uint32_t limb = mem_be32(raw + 4 * (LIMBS - 1 - i));
        carry += w->neg ? ~limb : limb;
        w->limb[i] = (uint32_t) carry;
        carry >>= 32;
    }
}

static STATUS
decimal_check(const struct type *t, struct slice value)
{
    if (value.len != value_bytes(t)) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

/* of checked bytes, precision <= 38 */
static __int128
narrow_value(struct slice value)
{
    if (value.len == 8) {
        return (int64_t) mem_be64(value.data);
    }
    const unsigned __int128 hi = mem_be64(value.data);
    return (__int128) (hi << 64 | mem_be64(value.data + 8));
}

static void
put_narrow(const struct type *t, __int128 v, struct buf *value)
{
    if (value_bytes(t) == 8) {
        buf_append_be64(value, (uint64_t) v);
    } else {
        family_put_i128(v, value);
    }
}

/* ------------------------------------------------------------------------------------ text --- */

/* digits [. digits] into w at the column's scale; false when malformed or it does not fit */
static bool
read_digits(const struct type *t, struct slice s, struct wide *w)
{
    unsigned whole = 0, frac = 0;
    bool point = false, any = false;
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t c = s.data[i];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (!isdigit(c)) {
            return false;
        }
        any = true;
        whole += !point && (whole > 0 || c != '0');
        frac += point;
        if (whole > (unsigned) (t->precision - t->scale) || frac > t->scale) {
            return false;
        }
        mul_add(w, 10, c - '0');
    }
    for (; frac < t->scale; frac++) {
        mul_add(w, 10, 0);
    }
    return any;
}

static STATUS
decimal_from_text(const struct type *t, const struct type_env *env, struct slice text,
                  struct buf *value)
{
    struct wide w = {.neg = text.len > 0 && text.data[0] == '-'};
    if (!read_digits(t, slice_from(text, w.neg), &w)) {
        RAISE(PROTOCOL);
    }
    w.neg = w.neg && !is_zero(&w);
    put_wide(&w, value_bytes(t), value);
    return OK;
}

static STATUS
decimal_print(const struct type *t, struct slice value, bool pad, struct buf *text)
{
    char digits[81]; /* nine per limb and some */
    int n = 0;
    struct wide w;
    TRY(decimal_check(t, value));
    get_wide(value, &w);
    while (!is_zero(&w)) {
        uint32_t chunk = div_rem(&w, 1000000000);
        for (int i = 0; i < 9; i++, chunk /= 10) {
            digits[n++] = (char) ('0' + chunk % 10);
        }
    }
    while (n > 0 && digits[n - 1] == '0') {
        n--;
    }
    const int least = pad && t->precision > t->scale ? t->precision : t->scale + 1;
    while (n < least) {
        digits[n++] = '0';
    }
    if (w.neg) {
        buf_append_u8(text, '-');
    }
    while (n-- > 0) {
        buf_append_u8(text, (uint8_t) digits[n]);
        if (n == t->scale && n > 0) {
            buf_append_u8(text, '.');
        }
    }
    return OK;
}

static STATUS
decimal_to_text(const struct type *t, const struct type_env *env, struct slice value,
                struct buf *text)
{
    return decimal_print(t, value, t->zerofill, text);
}

static STATUS
decimal_to_sql(const struct type *t, const struct type_env *env, struct slice value,
               struct buf *sql)
{
    return decimal_print(t, value, false, sql);
}

static uint8_t
decimal_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = false;
    return TYPE_WIRE_NEWDECIMAL;
}

/* ------------------------------------------------------------------------------------ keys --- */

static enum type_key_domain
decimal_domain(const struct type *t)
{
    return t->precision <= 36 && t->scale <= 30 ? TYPE_KEY_DOMAIN_EXACT : TYPE_KEY_DOMAIN_WIDE;
}

/* lowest terms: the scale byte, then the number */
static void
det_wide(const struct type *t, struct slice value, struct buf *out)
{
    struct wide w;
    unsigned scale = t->scale;
    get_wide(value, &w);
    while (scale > 0) {
        struct wide q = w;
        if (div_rem(&q, 10) != 0) {
            break;
        }
        w = q;
        scale--;
    }
    buf_append_u8(out, (uint8_t) scale);
    put_wide(&w, 4 * LIMBS, out);
}

static STATUS
decimal_det(const struct type *t, const struct collation *coll, struct slice value, struct buf *out,
            enum type_key_result *result)
{
    TRY(decimal_check(t, value));
    if (decimal_domain(t) == TYPE_KEY_DOMAIN_WIDE) {
        det_wide(t, value, out);
        return OK;
    }
    __int128 m = narrow_value(value);
    unsigned scale = m == 0 ? 0 : t->scale;
    while (scale > 0 && m % 10 == 0) {
        m /= 10;
        scale--;
    }
    family_put_exact(m, scale, out);
    return OK;
}

/* bytes that hold +-(10^p - 1) */
static unsigned
ord_bytes(const struct type *t)
{
    unsigned bytes = 1;
    struct wide w = {.limb = {1}};
    for (unsigned i = 0; i < t->precision; i++) {
        mul_add(&w, 10, 0);
    }
    for (;; bytes++) {
        const unsigned bit = 8 * bytes - 1;
        struct wide q = w;
        for (unsigned i = 0; i < bit / 31; i++) {
            div_rem(&q, 1u << 31);
        }
        div_rem(&q, 1u << bit % 31);
        if (is_zero(&q)) {
            return bytes;
        }
    }
}

static struct type_key_ord
decimal_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    return family_ord_clww(ord_bytes(t));
}

static STATUS
decimal_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
            struct slice value, struct buf *out, enum type_key_result *result)
{
    TRY(decimal_check(t, value));
    const uint8_t sign = value.data[0] >> 7;
    for (unsigned i = 0; i < ord->bytes; i++) {
        const size_t skip = ord->bytes - i;
        const uint8_t b = skip > value.len ? (sign ? 0xff : 0) : value.data[value.len - skip];
        buf_append_u8(out, i == 0 ? b ^ 0x80 : b);
    }
    return OK;
}

/* -------------------------------------------------------------------------------- literals --- */

/*
 * INT and DECIMAL literals compare as decimals: exact. FLOAT and STRING compare as doubles, which are
 * distinct and in order for numbers of at most 15 digits on both sides; to be stored they are read as
 * decimals (STRING), or are whole and below 2^53 (FLOAT).
 */
static bool
kind_allowed(const struct type *t, enum type_fit_use use, const struct type_literal *lit,
             const struct number *n)
{
    switch (lit->kind) {
    case TYPE_LITERAL_INT:
        return true;
    case TYPE_LITERAL_DECIMAL:
        return n->scale <= 30;
    case TYPE_LITERAL_FLOAT:
        return n->digits <= 15 && n->scale + n->digits <= 15 &&
               (use == TYPE_FIT_STORE ? n->scale == 0 : t->precision <= 15);
    case TYPE_LITERAL_STRING:
        return n->scale <= 30 && lit->bytes.len < 60 &&
               (use == TYPE_FIT_STORE || (t->precision <= 15 && n->digits <= 15));
    case TYPE_LITERAL_NULL:
    case TYPE_LITERAL_HEX:
    case TYPE_LITERAL_BIT:
    case TYPE_LITERAL_DATE:
    case TYPE_LITERAL_TIME:
    case TYPE_LITERAL_TIMESTAMP:
        return false;
    }
    return false;
}

static enum type_fit
fit_wide(const struct type *t, enum type_fit_use use, const struct number *n, struct buf *value)
{
    const size_t mark = value->len;
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    if (n->scale > 0) {
        return TYPE_FIT_ASK;
    }
    number_print(n->m, &text);
    if (status_is_ok(decimal_from_text(t, NULL, buf_slice(&text), value))) {
        return TYPE_FIT_EXACT;
    }
    buf_truncate(value, mark);
    return TYPE_FIT_ASK;
}

static enum type_fit
decimal_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
            const struct type_literal *lit, struct buf *value)
{
    struct number n;
    __int128 v;
    bool exact;
    if (!number_from_literal(lit, lit->kind != TYPE_LITERAL_STRING, &n) ||
        !kind_allowed(t, use, lit, &n) || (use == TYPE_FIT_STORE && n.neg && t->is_unsigned)) {
        return TYPE_FIT_ASK;
    }
    if (t->precision > 38) {
        return fit_wide(t, use, &n, value);
    }
    if (!number_at_scale(&n, t->scale, &v, &exact)) {
        return TYPE_FIT_ASK;
    }
    const __int128 max = number_pow10(t->precision) - 1;
    const __int128 min = t->is_unsigned ? 0 : -max;
    if (v < min || v > max || (!exact && v == max)) {
        return family_fit_outside(use, v < min);
    }
    if (!exact && use != TYPE_FIT_COMPARE_ORDER) {
        return use == TYPE_FIT_COMPARE_EQ ? TYPE_FIT_NEVER : TYPE_FIT_ASK;
    }
    put_narrow(t, v, value);
    return exact ? TYPE_FIT_EXACT : TYPE_FIT_BETWEEN;
}

const struct family_ops family_decimal_ops = {
    .from_text = decimal_from_text,
    .from_read = decimal_from_text,
    .from_binary = decimal_from_text,
    .to_text = decimal_to_text,
    .to_binary = decimal_to_text,
    .to_sql = decimal_to_sql,
    .param_type = decimal_param_type,
    .check = decimal_check,
    .domain = decimal_domain,
    .det = decimal_det,
    .ord_plan = decimal_ord_plan,
    .ord = decimal_ord,
    .fit = decimal_fit,
};
