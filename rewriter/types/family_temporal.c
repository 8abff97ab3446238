/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DATE: 4 bytes, year << 9 | month << 5 | day. DATETIME, TIMESTAMP: 8 bytes, MySQL's packed form,
 * (((year * 13 + month) << 5 | day) << 17 | hour << 12 | minute << 6 | second) << 24 | microsecond;
 * TIMESTAMP in UTC. TIME: 8 bytes, microseconds in two's complement. All big-endian; all parts are
 * kept as they are, so zero dates and 2020-02-00 survive, and order is MySQL's.
 */
#include "rewriter/types/family.h"
#include "rewriter/types/temporal.h"

static const struct type_env utc = {.tz = {.known = true}};

static bool
is_date(const struct type *t)
{
    return t->family == TYPE_DATE;
}

static STATUS
temporal_check(const struct type *t, struct slice value)
{
    if (value.len != (is_date(t) ? 4 : 8)) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

/* of checked bytes */
static struct temporal
temporal_get(const struct type *t, struct slice value)
{
    if (is_date(t)) {
        return temporal_from_date(mem_be32(value.data));
    }
    return t->family == TYPE_TIME ? temporal_from_time((int64_t) mem_be64(value.data))
                                  : temporal_from_packed(mem_be64(value.data));
}

static void
temporal_put(const struct type *t, const struct temporal *x, struct buf *value)
{
    if (is_date(t)) {
        buf_append_be32(value, temporal_to_date(x));
    } else if (t->family == TYPE_TIME) {
        buf_append_be64(value, (uint64_t) temporal_to_time(x));
    } else {
        buf_append_be64(value, temporal_to_packed(x));
    }
}

/* TIMESTAMP only: session time to UTC (sign -1) and back (+1). */
static STATUS
temporal_zone(const struct type *t, const struct type_env *env, int sign, struct temporal *x)
{
    if (t->family != TYPE_TIMESTAMP || temporal_is_zero(x)) {
        return OK;
    }
    if (!env->tz.known) {
        RAISE(UNSUPPORTED);
    }
    temporal_shift(x, (int64_t) sign * env->tz.offset_s);
    return OK;
}

/* ------------------------------------------------------------------------- text and binary --- */

static STATUS
temporal_from_text(const struct type *t, const struct type_env *env, struct slice text,
                   struct buf *value)
{
    struct temporal x;
    const bool ok = t->family == TYPE_TIME ? temporal_parse_time(text, &x)
                                           : temporal_parse(text, &x) && x.has_time == !is_date(t);
    if (!ok) {
        RAISE(PROTOCOL);
    }
    TRY(temporal_zone(t, env, -1, &x));
    temporal_put(t, &x, value);
    return OK;
}

/* UNIX_TIMESTAMP(column) */
static STATUS
timestamp_from_read(const struct type *t, const struct type_env *env, struct slice text,
                    struct buf *value)
{
    struct temporal x;
    if (!temporal_parse_epoch(text, &x)) {
        RAISE(PROTOCOL);
    }
    temporal_put(t, &x, value);
    return OK;
}

static STATUS
temporal_from_binary(const struct type *t, const struct type_env *env, struct slice cell,
                     struct buf *value)
{
    struct temporal x;
    const bool ok =
        t->family == TYPE_TIME ? temporal_parse_time_cell(cell, &x) : temporal_parse_cell(cell, &x);
    if (!ok) {
        RAISE(PROTOCOL);
    }
    TRY(temporal_zone(t, env, -1, &x));
    temporal_put(t, &x, value);
    return OK;
}

static STATUS
temporal_to_text(const struct type *t, const struct type_env *env, struct slice value,
                 struct buf *text)
{
    TRY(temporal_check(t, value));
    struct temporal x = temporal_get(t, value);
    TRY(temporal_zone(t, env, 1, &x));
    if (t->family != TYPE_TIME) {
        temporal_print_date(&x, text);
    }
    if (!is_date(t)) {
        buf_append_str(text, t->family == TYPE_TIME ? "" : " ");
        temporal_print_time(&x, t->fsp, text);
    }
    return OK;
}

static STATUS
temporal_to_binary(const struct type *t, const struct type_env *env, struct slice value,
                   struct buf *cell)
{
    TRY(temporal_check(t, value));
    struct temporal x = temporal_get(t, value);
    TRY(temporal_zone(t, env, 1, &x));
    if (t->family == TYPE_TIME) {
        temporal_put_time_cell(&x, cell);
    } else {
        temporal_put_cell(&x, cell);
    }
    return OK;
}

static STATUS
temporal_to_sql(const struct type *t, const struct type_env *env, struct slice value,
                struct buf *sql)
{
    buf_append_u8(sql, '\'');
    TRY(temporal_to_text(t, &utc, value, sql));
    buf_append_u8(sql, '\'');
    return OK;
}

static uint8_t
temporal_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = false;
    return t->family == TYPE_TIMESTAMP ? TYPE_WIRE_DATETIME : t->wire;
}

/* ------------------------------------------------------------------------------------ keys --- */

static enum type_key_domain
temporal_domain(const struct type *t)
{
    return t->family == TYPE_TIME        ? TYPE_KEY_DOMAIN_TIME
           : t->family == TYPE_TIMESTAMP ? TYPE_KEY_DOMAIN_TIMESTAMP
                                         : TYPE_KEY_DOMAIN_DATETIME;
}

/* A DATE compares with a DATETIME as its midnight. */
static STATUS
temporal_det(const struct type *t, const struct collation *coll, struct slice value,
             struct buf *out, enum type_key_result *result)
{
    TRY(temporal_check(t, value));
    const struct temporal x = temporal_get(t, value);
    family_put_i128(t->family == TYPE_TIME ? (__int128) temporal_to_time(&x)
                                           : (__int128) temporal_to_packed(&x),
                    out);
    return OK;
}

static const uint32_t unit[7] = {1000000, 100000, 10000, 1000, 100, 10, 1}; /* µs per digit */

static unsigned
fraction_bytes(const struct type *t)
{
    return (t->fsp + 1u) / 2;
}

static unsigned
time_bytes(const struct type *t)
{
    static const uint8_t bytes[7] = {3, 4, 4, 5,
                                     5, 5, 6}; /* of +-838:59:59 in units of 10^-fsp s */
    return bytes[t->fsp];
}

static struct type_key_ord
temporal_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    if (is_date(t)) {
        return family_ord_integer(3, policy);
    }
    return family_ord_clww(t->family == TYPE_TIME ? time_bytes(t) : 5 + fraction_bytes(t));
}

static STATUS
temporal_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
             struct slice value, struct buf *out, enum type_key_result *result)
{
    TRY(temporal_check(t, value));
    if (is_date(t)) {
        family_put_be(mem_be32(value.data), ord->bytes, out);
        return OK;
    }
    if (t->family == TYPE_TIME) {
        const int64_t v = (int64_t) mem_be64(value.data) / unit[t->fsp];
        family_put_be((uint64_t) v + ((uint64_t) 1 << (8 * ord->bytes - 1)), ord->bytes, out);
        return OK;
    }
    const uint64_t packed = mem_be64(value.data);
    const unsigned fb = fraction_bytes(t);
    family_put_be(packed >> 24, 5, out);
    family_put_be((packed & 0xffffff) / unit[2 * fb], fb, out);
    return OK;
}

/* -------------------------------------------------------------------------------- literals --- */

static bool
literal_text(const struct type_literal *lit, struct slice *text)
{
    *text = lit->bytes;
    return lit->kind != TYPE_LITERAL_STRING ||
           (lit->collation && charset_is_ascii_superset(lit->collation->cs));
}

static bool
is_fine_date(const struct type_env *env, const struct temporal *x)
{
    if (temporal_is_zero(x)) {
        return !(env->mode & TYPE_MODE_NO_ZERO_DATE);
    }
    return temporal_is_calendar(x);
}

/* What the column cannot hold (time of day, digits beyond fsp): *rest, floor in x. */
static bool
cut_rest(const struct type *t, struct temporal *x)
{
    bool rest = false;
    if (is_date(t)) {
        rest = x->hour || x->minute || x->second || x->micro;
        x->hour = x->minute = x->second = x->micro = 0;
    } else if (x->micro % unit[t->fsp]) {
        rest = true;
        x->micro -= x->micro % unit[t->fsp];
    }
    return rest;
}

static enum type_fit
fit_rest(enum type_fit_use use)
{
    switch (use) {
    case TYPE_FIT_STORE:
        return TYPE_FIT_ASK;
    case TYPE_FIT_COMPARE_EQ:
        return TYPE_FIT_NEVER;
    case TYPE_FIT_COMPARE_ORDER:
        return TYPE_FIT_BETWEEN;
    }
    return TYPE_FIT_ASK;
}

/* 1970-01-01 00:00:01 .. 2038-01-19 03:14:07.999999 UTC */
static bool
timestamp_in_range(const struct temporal *x)
{
    const int64_t epoch = temporal_to_epoch(x);
    return temporal_is_zero(x) || (epoch >= 1 && epoch <= INT32_MAX);
}

/*
 * Canonical forms of calendar dates only (and the zero date where sql_mode has no objection). A DATE
 * compared with a time of day, and a DATETIME with more digits than its fsp, compare as DATETIME(6).
 */
static enum type_fit
datetime_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
             const struct type_literal *lit, struct buf *value)
{
    struct slice text;
    struct temporal x;
    const bool kind = lit->kind == TYPE_LITERAL_STRING || lit->kind == TYPE_LITERAL_DATE ||
                      lit->kind == TYPE_LITERAL_TIMESTAMP;
    if (!kind || !literal_text(lit, &text) || !temporal_parse(text, &x) || !is_fine_date(env, &x) ||
        (lit->kind == TYPE_LITERAL_DATE && x.has_time) ||
        (lit->kind == TYPE_LITERAL_TIMESTAMP && !x.has_time) ||
        (use == TYPE_FIT_STORE && is_date(t) && x.has_time)) {
        return TYPE_FIT_ASK;
    }
    const bool rest = cut_rest(t, &x);
    if (!status_is_ok(temporal_zone(t, env, -1, &x)) ||
        (t->family == TYPE_TIMESTAMP && !timestamp_in_range(&x))) {
        return TYPE_FIT_ASK;
    }
    const enum type_fit fit = rest ? fit_rest(use) : TYPE_FIT_EXACT;
    if (fit == TYPE_FIT_EXACT || fit == TYPE_FIT_BETWEEN) {
        temporal_put(t, &x, value);
    }
    return fit;
}

/* hh:mm:ss[.f] only: MySQL reads 10:11 and 101112 in other ways, and rounds digits beyond fsp even to
 * compare, where MariaDB does not. */
static enum type_fit
time_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
         const struct type_literal *lit, struct buf *value)
{
    struct slice text;
    struct temporal x;
    const bool kind = lit->kind == TYPE_LITERAL_STRING || lit->kind == TYPE_LITERAL_TIME;
    if (!kind || !literal_text(lit, &text) || !temporal_parse_time(text, &x)) {
        return TYPE_FIT_ASK;
    }
    if (cut_rest(t, &x)) {
        return TYPE_FIT_ASK;
    }
    temporal_put(t, &x, value);
    return TYPE_FIT_EXACT;
}

#define TEMPORAL_OPS(read, fit_fn)                                                               \
    {                                                                                            \
        .from_text = temporal_from_text, .from_read = read, .from_binary = temporal_from_binary, \
        .to_text = temporal_to_text, .to_binary = temporal_to_binary, .to_sql = temporal_to_sql, \
        .param_type = temporal_param_type, .check = temporal_check, .domain = temporal_domain,   \
        .det = temporal_det, .ord_plan = temporal_ord_plan, .ord = temporal_ord, .fit = fit_fn   \
    }
const struct family_ops family_date_ops = TEMPORAL_OPS(temporal_from_text, datetime_fit);
const struct family_ops family_datetime_ops = TEMPORAL_OPS(temporal_from_text, datetime_fit);
const struct family_ops family_timestamp_ops = TEMPORAL_OPS(timestamp_from_read, datetime_fit);
const struct family_ops family_time_ops = TEMPORAL_OPS(temporal_from_text, time_fit);
