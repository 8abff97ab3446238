/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to rewriter/types: what each family of types implements, one const table per family. The
 * public functions of type_value.h, type_key.h and type_fit.h only dispatch to these.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "rewriter/types/type.h"
#include "rewriter/types/type_fit.h"
#include "rewriter/types/type_key.h"
#include "rewriter/types/type_value.h"

typedef STATUS family_convert_fn(const struct type *t, const struct type_env *env, struct slice in,
                                 struct buf *out);

struct family_ops {
    family_convert_fn *from_text, *from_read, *from_binary, *to_text, *to_binary, *to_sql;
    uint8_t (*param_type)(const struct type *t, bool *is_unsigned);
    STATUS (*check)(const struct type *t, struct slice value);
    enum type_key_domain (*domain)(const struct type *t);
    STATUS (*det)(const struct type *t, const struct collation *coll, struct slice value,
                  struct buf *out, enum type_key_result *result);
    struct type_key_ord (*ord_plan)(const struct type *t, enum type_key_ord_policy policy,
                                    uint8_t string_bytes);
    STATUS (*ord)(const struct type *t, const struct type_key_ord *ord,
                  const struct collation *coll, struct slice value, struct buf *out,
                  enum type_key_result *result);
    enum type_fit (*fit)(const struct type *t, const struct type_env *env, enum type_fit_use use,
                         const struct type_literal *lit, struct buf *value);
};

extern const struct family_ops family_int_ops, family_year_ops, family_bit_ops, family_decimal_ops,
    family_float_ops, family_double_ops, family_string_ops, family_binary_ops, family_date_ops,
    family_time_ops, family_datetime_ops, family_timestamp_ops, family_enum_ops, family_set_ops,
    family_json_ops, family_geometry_ops, family_inet4_ops, family_inet6_ops, family_uuid_ops;

const struct family_ops *family_get(enum type_family f);

/* Shared by several families. */
STATUS family_copy(const struct type *t, const struct type_env *env, struct slice in,
                   struct buf *out);               /* bytes are the value */
void family_put_i128(__int128 v, struct buf *out); /* 16 bytes big-endian */
void family_put_be(uint64_t v, unsigned bytes, struct buf *out);
uint64_t family_get_be(struct slice s); /* at most 8 bytes */
/* x'…' with lower-case digits */
void family_put_hex(struct slice s, struct buf *sql);
/* An integer of the EXACT domain: |m| < 2^122 when scale is 0, else scale 1..30 and m no multiple of
 * ten. */
void family_put_exact(__int128 m, unsigned scale, struct buf *out);
/* OPE32/64 under the compact policy, CLWW of `bytes` otherwise. bytes <= 8. */
struct type_key_ord family_ord_integer(unsigned bytes, enum type_key_ord_policy policy);
struct type_key_ord family_ord_clww(unsigned bytes);
struct type_key_ord family_ord_none(const struct type *t, enum type_key_ord_policy policy,
                                    uint8_t string_bytes);
/* How an integer literal relates to lo..hi (only when comparing; STORE gives ASK outside). */
enum type_fit family_fit_outside(enum type_fit_use use, bool below);
