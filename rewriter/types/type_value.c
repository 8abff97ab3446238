/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/types/type_value.h"

#include "rewriter/types/family.h"
#include "rewriter/types/number.h"
#include "rewriter/types/temporal.h"

static const struct type_env env_default = {.tz = {.known = true}};

static const struct type_env *
env_or_default(const struct type_env *env)
{
    return env ? env : &env_default;
}

struct status
type_value_from_text(const struct type *t, const struct type_env *env, struct slice text,
                     struct buf *value)
{
    return family_get(t->family)->from_text(t, env_or_default(env), text, value);
}

struct status
type_value_from_read(const struct type *t, const struct type_env *env, struct slice text,
                     struct buf *value)
{
    return family_get(t->family)->from_read(t, env_or_default(env), text, value);
}

struct status
type_value_from_binary(const struct type *t, const struct type_env *env, struct slice cell,
                       struct buf *value)
{
    return family_get(t->family)->from_binary(t, env_or_default(env), cell, value);
}

struct status
type_value_to_text(const struct type *t, const struct type_env *env, struct slice value,
                   struct buf *text)
{
    return family_get(t->family)->to_text(t, env_or_default(env), value, text);
}

struct status
type_value_to_binary(const struct type *t, const struct type_env *env, struct slice value,
                     struct buf *cell)
{
    return family_get(t->family)->to_binary(t, env_or_default(env), value, cell);
}

struct status
type_value_to_sql(const struct type *t, const struct type_env *env, struct slice value,
                  struct buf *sql)
{
    return family_get(t->family)->to_sql(t, env_or_default(env), value, sql);
}

uint8_t
type_value_param_type(const struct type *t, bool *is_unsigned)
{
    return family_get(t->family)->param_type(t, is_unsigned);
}

struct status
type_value_check(const struct type *t, struct slice value)
{
    return family_get(t->family)->check(t, value);
}

void
type_value_read_sql(const struct type *t, struct slice column, struct buf *sql)
{
    const bool is_real = t->family == TYPE_FLOAT || t->family == TYPE_DOUBLE;
    const bool is_rounded = t->family == TYPE_FLOAT || t->scale != TYPE_SCALE_NONE;
    const bool is_timestamp = t->family == TYPE_TIMESTAMP;
    buf_append_str(sql, is_timestamp ? "UNIX_TIMESTAMP(" : "");
    buf_append_slice(sql, column);
    buf_append_str(sql, is_timestamp ? ")" : is_real && is_rounded ? " * 1e0" : "");
}

/* ------------------------------------------------------- results of arbitrary expressions --- */

static STATUS
integer_cell(struct slice text, unsigned bytes, bool is_unsigned, struct buf *cell)
{
    uint64_t u;
    int64_t s;
    if (is_unsigned && slice_parse_u64(text, &u)) {
        s = (int64_t) u;
    } else if (!slice_parse_i64(text, &s)) {
        RAISE(PROTOCOL);
    }
    for (unsigned i = 0; i < bytes; i++) {
        buf_append_u8(cell, (uint8_t) ((uint64_t) s >> (8 * i)));
    }
    return OK;
}

static STATUS
real_cell(struct slice text, bool is_float, struct buf *cell)
{
    double d;
    if (!number_to_double(text, false, &d)) {
        RAISE(PROTOCOL);
    }
    if (is_float) {
        const float f = (float) d;
        uint32_t bits;
        mem_copy(&bits, &f, sizeof(bits));
        buf_append_le32(cell, bits);
    } else {
        uint64_t bits;
        mem_copy(&bits, &d, sizeof(bits));
        buf_append_le64(cell, bits);
    }
    return OK;
}

static STATUS
temporal_cell(struct slice text, bool is_time, struct buf *cell)
{
    struct temporal x;
    if (is_time ? !temporal_parse_time(text, &x) : !temporal_parse(text, &x)) {
        RAISE(PROTOCOL);
    }
    if (is_time) {
        temporal_put_time_cell(&x, cell);
    } else {
        temporal_put_cell(&x, cell);
    }
    return OK;
}

struct status
type_value_text_to_binary(uint8_t wire, bool is_unsigned, struct slice text, struct buf *cell)
{
    switch (wire) {
    case TYPE_WIRE_TINY:
        return integer_cell(text, 1, is_unsigned, cell);
    case TYPE_WIRE_SHORT:
    case TYPE_WIRE_YEAR:
        return integer_cell(text, 2, is_unsigned, cell);
    case TYPE_WIRE_LONG:
    case TYPE_WIRE_INT24:
        return integer_cell(text, 4, is_unsigned, cell);
    case TYPE_WIRE_LONGLONG:
        return integer_cell(text, 8, is_unsigned, cell);
    case TYPE_WIRE_FLOAT:
    case TYPE_WIRE_DOUBLE:
        return real_cell(text, wire == TYPE_WIRE_FLOAT, cell);
    case TYPE_WIRE_DATE:
    case TYPE_WIRE_NEWDATE:
    case TYPE_WIRE_DATETIME:
    case TYPE_WIRE_TIMESTAMP:
        return temporal_cell(text, false, cell);
    case TYPE_WIRE_TIME:
        return temporal_cell(text, true, cell);
    default:
        buf_append_slice(cell, text);
        return OK;
    }
}
