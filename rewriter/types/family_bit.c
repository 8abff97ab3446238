/* SPDX-License-Identifier: Apache-2.0 */
/* BIT(n). Canonical: 8 bytes, big-endian, whatever n. On both protocols: (n + 7) / 8 raw bytes. */
#include "rewriter/types/family.h"
#include "rewriter/types/number.h"

static STATUS
bit_check(const struct type *t, struct slice value)
{
    if (value.len != 8) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

static unsigned
bit_bytes(const struct type *t)
{
    return (t->display + 7u) / 8;
}

static uint64_t
bit_max(const struct type *t)
{
    return ~(uint64_t) 0 >> (64 - t->display);
}

static STATUS
bit_from_bytes(const struct type *t, const struct type_env *env, struct slice bytes,
               struct buf *value)
{
    if (bytes.len != bit_bytes(t) || family_get_be(bytes) > bit_max(t)) {
        RAISE(PROTOCOL);
    }
    buf_append_be64(value, family_get_be(bytes));
    return OK;
}

static STATUS
bit_to_bytes(const struct type *t, const struct type_env *env, struct slice value, struct buf *out)
{
    TRY(bit_check(t, value));
    family_put_be(family_get_be(value), bit_bytes(t), out);
    return OK;
}

static STATUS
bit_to_sql(const struct type *t, const struct type_env *env, struct slice value, struct buf *sql)
{
    TRY(bit_check(t, value));
    buf_append_u64_dec(sql, family_get_be(value));
    return OK;
}

static uint8_t
bit_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = true;
    return TYPE_WIRE_BLOB;
}

static enum type_key_domain
bit_domain(const struct type *t)
{
    return TYPE_KEY_DOMAIN_EXACT;
}

static STATUS
bit_det(const struct type *t, const struct collation *coll, struct slice value, struct buf *out,
        enum type_key_result *result)
{
    TRY(bit_check(t, value));
    family_put_exact(family_get_be(value), 0, out);
    return OK;
}

static struct type_key_ord
bit_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    return family_ord_integer(bit_bytes(t), policy);
}

static STATUS
bit_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
        struct slice value, struct buf *out, enum type_key_result *result)
{
    TRY(bit_check(t, value));
    family_put_be(family_get_be(value), ord->bytes, out);
    return OK;
}

/* b'..' is a number beside a BIT on both flavours; x'..' is a string in MariaDB. */
static enum type_fit
bit_fit_bytes(const struct type *t, const struct type_env *env, enum type_fit_use use,
              const struct type_literal *lit, struct buf *value)
{
    struct slice s = lit->bytes;
    if (lit->has_introducer ||
        (lit->kind == TYPE_LITERAL_HEX && use != TYPE_FIT_STORE && env->flavour == TYPE_MARIADB)) {
        return TYPE_FIT_ASK;
    }
    while (s.len > 0 && s.data[0] == 0) {
        s = slice_from(s, 1);
    }
    if (s.len > 8 || family_get_be(s) > bit_max(t)) {
        return TYPE_FIT_ASK;
    }
    buf_append_be64(value, family_get_be(s));
    return TYPE_FIT_EXACT;
}

static enum type_fit
bit_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
        const struct type_literal *lit, struct buf *value)
{
    struct number n;
    if (lit->kind == TYPE_LITERAL_BIT || lit->kind == TYPE_LITERAL_HEX) {
        return bit_fit_bytes(t, env, use, lit, value);
    }
    if (lit->kind != TYPE_LITERAL_INT || !number_from_literal(lit, false, &n) || n.neg) {
        return TYPE_FIT_ASK;
    }
    if (n.m > (__int128) bit_max(t)) {
        return family_fit_outside(use, false);
    }
    buf_append_be64(value, (uint64_t) n.m);
    return TYPE_FIT_EXACT;
}

const struct family_ops family_bit_ops = {
    .from_text = bit_from_bytes,
    .from_read = bit_from_bytes,
    .from_binary = bit_from_bytes,
    .to_text = bit_to_bytes,
    .to_binary = bit_to_bytes,
    .to_sql = bit_to_sql,
    .param_type = bit_param_type,
    .check = bit_check,
    .domain = bit_domain,
    .det = bit_det,
    .ord_plan = bit_ord_plan,
    .ord = bit_ord,
    .fit = bit_fit,
};
