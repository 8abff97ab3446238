/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MariaDB's INET4, INET6 and UUID. Canonical: the bytes in network order, or in the order of the
 * UUID's text. Text as MariaDB prints it: INET6 with its longest run of zero groups cut,
 * mapped and compatible addresses with a dotted tail; UUID in lower case.
 */
#include <arpa/inet.h>

#include "rewriter/types/family.h"

static STATUS
net_check(const struct type *t, struct slice value)
{
    if (value.len != t->byte_len) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

static bool
parse_address(struct slice text, int af, uint8_t out[16])
{
    char copy[64];
    if (text.len >= sizeof(copy)) {
        return false;
    }
    mem_copy(copy, text.data, text.len);
    copy[text.len] = 0;
    return inet_pton(af, copy, out) == 1;
}

static int
hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* 8-4-4-4-12 */
static bool
parse_uuid(struct slice text, uint8_t out[16])
{
    if (text.len != 36) {
        return false;
    }
    unsigned n = 0;
    for (size_t i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text.data[i] != '-') {
                return false;
            }
            continue;
        }
        const int d = hex_digit(text.data[i]);
        if (d < 0) {
            return false;
        }
        out[n / 2] = (uint8_t) (out[n / 2] << 4 | d);
        n++;
    }
    return true;
}

static bool
net_parse(const struct type *t, struct slice text, struct buf *value)
{
    uint8_t raw[16] = {0};
    const bool ok = t->family == TYPE_UUID
                        ? parse_uuid(text, raw)
                        : parse_address(text, t->family == TYPE_INET4 ? AF_INET : AF_INET6, raw);
    if (ok) {
        buf_append(value, raw, t->byte_len);
    }
    return ok;
}

static STATUS
net_from_text(const struct type *t, const struct type_env *env, struct slice text,
              struct buf *value)
{
    if (!net_parse(t, text, value)) {
        RAISE(PROTOCOL);
    }
    return OK;
}

static void
print_inet4(const uint8_t *p, struct buf *text)
{
    buf_printf(text, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
}

static void
print_uuid(const uint8_t *p, struct buf *text)
{
    for (unsigned i = 0; i < 16; i++) {
        buf_printf(text, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", p[i]);
    }
}

/* the first longest run of zero groups, also of one */
static void
zero_run(const uint8_t *p, unsigned *start, unsigned *len)
{
    *start = 8;
    *len = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned n = 0;
        while (i + n < 8 && mem_be16(p + 2 * (i + n)) == 0) {
            n++;
        }
        if (n > *len) {
            *start = i;
            *len = n;
        }
    }
}

static void
print_inet6(const uint8_t *p, struct buf *text)
{
    unsigned start, len;
    zero_run(p, &start, &len);
    const bool mapped = start == 0 && len == 5 && mem_be16(p + 10) == 0xffff;
    const bool compatible = start == 0 && len == 6;
    for (unsigned i = 0; i < 8; i++) {
        if (i == start) {
            buf_append_str(text, "::");
            i += len - 1;
        } else if (i == 6 && (mapped || compatible)) {
            buf_append_str(text, mapped ? ":" : "");
            print_inet4(p + 12, text);
            return;
        } else {
            buf_printf(text, i > 0 && i != start + len ? ":%x" : "%x", mem_be16(p + 2 * i));
        }
    }
}

static STATUS
net_to_text(const struct type *t, const struct type_env *env, struct slice value, struct buf *text)
{
    TRY(net_check(t, value));
    if (t->family == TYPE_UUID) {
        print_uuid(value.data, text);
    } else if (t->family == TYPE_INET4) {
        print_inet4(value.data, text);
    } else {
        print_inet6(value.data, text);
    }
    return OK;
}

static STATUS
net_to_sql(const struct type *t, const struct type_env *env, struct slice value, struct buf *sql)
{
    buf_append_u8(sql, '\'');
    TRY(net_to_text(t, env, value, sql));
    buf_append_u8(sql, '\'');
    return OK;
}

static uint8_t
net_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = false;
    return TYPE_WIRE_VAR_STRING;
}

static enum type_key_domain
net_domain(const struct type *t)
{
    return t->family == TYPE_INET4   ? TYPE_KEY_DOMAIN_INET4
           : t->family == TYPE_INET6 ? TYPE_KEY_DOMAIN_INET6
                                     : TYPE_KEY_DOMAIN_UUID;
}

static STATUS
net_det(const struct type *t, const struct collation *coll, struct slice value, struct buf *out,
        enum type_key_result *result)
{
    TRY(net_check(t, value));
    for (size_t i = value.len; i < 16; i++) {
        buf_append_u8(out, 0);
    }
    buf_append_slice(out, value);
    return OK;
}

/* UUIDs are not ordered by their text, and how depends on the server's version: no order. */
static struct type_key_ord
net_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    switch (t->family == TYPE_UUID ? 0 : t->byte_len) {
    case 4:
        return family_ord_integer(4, policy);
    case 16:
        return family_ord_clww(16);
    default:
        return family_ord_none(t, policy, 0);
    }
}

static STATUS
net_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
        struct slice value, struct buf *out, enum type_key_result *result)
{
    TRY(net_check(t, value));
    buf_append_slice(out, value);
    return OK;
}

static enum type_fit
net_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
        const struct type_literal *lit, struct buf *value)
{
    const bool ok = lit->kind == TYPE_LITERAL_STRING && lit->collation &&
                    charset_is_ascii_superset(lit->collation->cs) &&
                    net_parse(t, lit->bytes, value);
    return ok ? TYPE_FIT_EXACT : TYPE_FIT_ASK;
}

#define NET_OPS                                                                                 \
    {                                                                                           \
        .from_text = net_from_text, .from_read = net_from_text, .from_binary = net_from_text,   \
        .to_text = net_to_text, .to_binary = net_to_text, .to_sql = net_to_sql,                 \
        .param_type = net_param_type, .check = net_check, .domain = net_domain, .det = net_det, \
        .ord_plan = net_ord_plan, .ord = net_ord, .fit = net_fit                                \
    }
const struct family_ops family_inet4_ops = NET_OPS;
const struct family_ops family_inet6_ops = NET_OPS;
const struct family_ops family_uuid_ops = NET_OPS;
