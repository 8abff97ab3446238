/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/command.h"

#include "base/mem.h"
#include "proxy/wire/protocol.h"

#define ATTRS_MAX     65535
#define FLAG_UNSIGNED 0x80

/* How a type's value stands in a binary message. */
enum layout {
    LAYOUT_UNKNOWN,
    LAYOUT_FIXED,
    LAYOUT_TEMPORAL,
    LAYOUT_STRING,
    LAYOUT_NULL
};

static const struct {
    uint8_t layout, len;
} types[256] = {
    [MYSQL_TYPE_NULL] = {LAYOUT_NULL, 0},         [MYSQL_TYPE_TINY] = {LAYOUT_FIXED, 1},
    [MYSQL_TYPE_BOOL] = {LAYOUT_FIXED, 1},        [MYSQL_TYPE_SHORT] = {LAYOUT_FIXED, 2},
    [MYSQL_TYPE_YEAR] = {LAYOUT_FIXED, 2},        [MYSQL_TYPE_LONG] = {LAYOUT_FIXED, 4},
    [MYSQL_TYPE_INT24] = {LAYOUT_FIXED, 4},       [MYSQL_TYPE_FLOAT] = {LAYOUT_FIXED, 4},
    [MYSQL_TYPE_LONGLONG] = {LAYOUT_FIXED, 8},    [MYSQL_TYPE_DOUBLE] = {LAYOUT_FIXED, 8},
    [MYSQL_TYPE_DATE] = {LAYOUT_TEMPORAL, 0},     [MYSQL_TYPE_NEWDATE] = {LAYOUT_TEMPORAL, 0},
    [MYSQL_TYPE_DATETIME] = {LAYOUT_TEMPORAL, 0}, [MYSQL_TYPE_TIMESTAMP] = {LAYOUT_TEMPORAL, 0},
    [MYSQL_TYPE_TIME] = {LAYOUT_TEMPORAL, 0},     [MYSQL_TYPE_DECIMAL] = {LAYOUT_STRING, 0},
    [MYSQL_TYPE_NEWDECIMAL] = {LAYOUT_STRING, 0}, [MYSQL_TYPE_VARCHAR] = {LAYOUT_STRING, 0},
    [MYSQL_TYPE_VAR_STRING] = {LAYOUT_STRING, 0}, [MYSQL_TYPE_STRING] = {LAYOUT_STRING, 0},
    [MYSQL_TYPE_BIT] = {LAYOUT_STRING, 0},        [MYSQL_TYPE_ENUM] = {LAYOUT_STRING, 0},
    [MYSQL_TYPE_SET] = {LAYOUT_STRING, 0},        [MYSQL_TYPE_JSON] = {LAYOUT_STRING, 0},
    [MYSQL_TYPE_TINY_BLOB] = {LAYOUT_STRING, 0},  [MYSQL_TYPE_MEDIUM_BLOB] = {LAYOUT_STRING, 0},
    [MYSQL_TYPE_LONG_BLOB] = {LAYOUT_STRING, 0},  [MYSQL_TYPE_BLOB] = {LAYOUT_STRING, 0},
    [MYSQL_TYPE_GEOMETRY] = {LAYOUT_STRING, 0},   [MYSQL_TYPE_VECTOR] = {LAYOUT_STRING, 0},
};

size_t
command_type_fixed_len(uint8_t type)
{
    return types[type].len;
}

bool
command_type_is_temporal(uint8_t type)
{
    return types[type].layout == LAYOUT_TEMPORAL;
}

bool
command_type_is_known(uint8_t type)
{
    return types[type].layout != LAYOUT_UNKNOWN;
}

static bool
temporal_len_ok(uint8_t type, size_t n)
{
    return type == MYSQL_TYPE_TIME ? n == 0 || n == 8 || n == 12
                                   : n == 0 || n == 4 || n == 7 || n == 11;
}

struct slice
command_value_read(struct lenenc_reader *r, uint8_t type)
{
    struct slice s = SLICE_NULL;
    switch ((enum layout) types[type].layout) {
    case LAYOUT_FIXED:
        return lenenc_read_bytes(r, types[type].len);
    case LAYOUT_TEMPORAL:
        s = lenenc_read_bytes(r, lenenc_read_u8(r));
        r->failed |= !temporal_len_ok(type, s.len);
        return s;
    case LAYOUT_STRING:
        return lenenc_read_string(r);
    case LAYOUT_NULL:
        break;
    case LAYOUT_UNKNOWN:
        r->failed = true;
        break;
    }
    return s;
}

/* Types and names, then values, of n attributes. */
static void
read_attrs(struct lenenc_reader *r, struct exec_param *attrs, size_t n)
{
    const struct slice nulls = lenenc_read_bytes(r, (n + 7) / 8);
    if (lenenc_read_u8(r) != 1 || !lenenc_reader_ok(r)) {
        r->failed = true; /* attributes always come with their types */
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const uint16_t type = lenenc_read_u16(r);
        attrs[i].type = (uint8_t) type;
        attrs[i].is_unsigned = (type >> 8 & FLAG_UNSIGNED) != 0;
        attrs[i].name = lenenc_read_string(r);
        attrs[i].is_null = (nulls.data[i / 8] >> i % 8 & 1) != 0;
    }
    for (size_t i = 0; i < n && !r->failed; i++) {
        if (!attrs[i].is_null) {
            attrs[i].data = command_value_read(r, attrs[i].type);
        }
    }
}

struct status
command_query_read(struct slice body, uint64_t caps, struct arena *a, struct command_query *out)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    *out = (struct command_query){0};
    if (caps & CLIENT_QUERY_ATTRIBUTES) {
        const uint64_t n = lenenc_read_int(&r);
        const uint64_t sets = lenenc_read_int(&r);
        if (!lenenc_reader_ok(&r) || sets != 1 || n > ATTRS_MAX || n > body.len) {
            RAISE(PROTOCOL);
        }
        if (n) {
            struct exec_param *attrs = arena_array(a, struct exec_param, (size_t) n);
            TRY(arena_status(a));
            read_attrs(&r, attrs, (size_t) n);
            out->attrs = attrs;
            out->n_attrs = (size_t) n;
        }
    }
    out->sql = lenenc_read_rest(&r);
    if (!lenenc_reader_ok(&r)) {
        RAISE(PROTOCOL);
    }
    return OK;
}
