/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/types/family.h"

const struct family_ops *
family_get(enum type_family f)
{
    static const struct family_ops *const table[TYPE_FAMILY_COUNT] = {
        [TYPE_INT] = &family_int_ops,           [TYPE_YEAR] = &family_year_ops,
        [TYPE_BIT] = &family_bit_ops,           [TYPE_DECIMAL] = &family_decimal_ops,
        [TYPE_FLOAT] = &family_float_ops,       [TYPE_DOUBLE] = &family_double_ops,
        [TYPE_STRING] = &family_string_ops,     [TYPE_BINARY] = &family_binary_ops,
        [TYPE_DATE] = &family_date_ops,         [TYPE_TIME] = &family_time_ops,
        [TYPE_DATETIME] = &family_datetime_ops, [TYPE_TIMESTAMP] = &family_timestamp_ops,
        [TYPE_ENUM] = &family_enum_ops,         [TYPE_SET] = &family_set_ops,
        [TYPE_JSON] = &family_json_ops,         [TYPE_GEOMETRY] = &family_geometry_ops,
        [TYPE_INET4] = &family_inet4_ops,       [TYPE_INET6] = &family_inet6_ops,
        [TYPE_UUID] = &family_uuid_ops,
    };
    return table[f];
}

STATUS
family_copy(const struct type *t, const struct type_env *env, struct slice in, struct buf *out)
{
    buf_append_slice(out, in);
    return OK;
}

void
family_put_be(uint64_t v, unsigned bytes, struct buf *out)
{
    for (unsigned i = bytes; i-- > 0;) {
        buf_append_u8(out, (uint8_t) (v >> (8 * i)));
    }
}

uint64_t
family_get_be(struct slice s)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        v = v << 8 | s.data[i];
    }
    return v;
}

void
family_put_i128(__int128 v, struct buf *out)
{
    buf_append_be64(out, (uint64_t) ((unsigned __int128) v >> 64));
    buf_append_be64(out, (uint64_t) v);
}

void
family_put_hex(struct slice s, struct buf *sql)
{
    buf_append_str(sql, "x'");
    buf_append_hex(sql, s);
    buf_append_u8(sql, '\'');
}

/*
 * The top five bits tell integers (all equal: a sign extension) from fractions (the scale, 1..30), so
 * one 128-bit space holds every DECIMAL(<=36) in lowest terms and every integer, injectively.
 */
void
family_put_exact(__int128 m, unsigned scale, struct buf *out)
{
    if (scale > 0) {
        const unsigned __int128 low = ((unsigned __int128) 1 << 123) - 1;
        m = (__int128) (((unsigned __int128) m & low) | (unsigned __int128) scale << 123);
    }
    family_put_i128(m, out);
}

struct type_key_ord
family_ord_clww(unsigned bytes)
{
    return (struct type_key_ord){TYPE_KEY_ORD_CLWW, (uint8_t) bytes, true};
}

struct type_key_ord
family_ord_integer(unsigned bytes, enum type_key_ord_policy policy)
{
    if (policy == TYPE_KEY_ORD_STRICT) {
        return family_ord_clww(bytes);
    }
    return bytes <= 4 ? (struct type_key_ord){TYPE_KEY_ORD_OPE32, 4, true}
                      : (struct type_key_ord){TYPE_KEY_ORD_OPE64, 8, true};
}

struct type_key_ord
family_ord_none(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    return (struct type_key_ord){TYPE_KEY_ORD_NONE, 0, false};
}

enum type_fit
family_fit_outside(enum type_fit_use use, bool below)
{
    switch (use) {
    case TYPE_FIT_STORE:
        return TYPE_FIT_ASK;
    case TYPE_FIT_COMPARE_EQ:
        return TYPE_FIT_NEVER;
    case TYPE_FIT_COMPARE_ORDER:
        return below ? TYPE_FIT_BELOW : TYPE_FIT_ABOVE;
    }
    return TYPE_FIT_ASK;
}
