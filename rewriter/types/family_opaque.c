/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (MySQL) and GEOMETRY: carried, never compared. Canonical: JSON as the server prints it
 * (utf8mb4); GEOMETRY as the server stores it (SRID, then WKB). Literals always go to the engine.
 */
#include "rewriter/types/family.h"

static STATUS
opaque_check(const struct type *t, struct slice value)
{
    return OK;
}

static STATUS
json_to_sql(const struct type *t, const struct type_env *env, struct slice value, struct buf *sql)
{
    buf_append_str(sql, "CONVERT(");
    family_put_hex(value, sql);
    buf_append_str(sql, " USING utf8mb4)");
    return OK;
}

static STATUS
geometry_to_sql(const struct type *t, const struct type_env *env, struct slice value,
                struct buf *sql)
{
    family_put_hex(value, sql);
    return OK;
}

static uint8_t
json_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = false;
    return TYPE_WIRE_VAR_STRING;
}

static uint8_t
geometry_param_type(const struct type *t, bool *is_unsigned)
{
    *is_unsigned = false;
    return TYPE_WIRE_BLOB;
}

static enum type_key_domain
opaque_domain(const struct type *t)
{
    return TYPE_KEY_DOMAIN_NONE;
}

static STATUS
opaque_det(const struct type *t, const struct collation *coll, struct slice value, struct buf *out,
           enum type_key_result *result)
{
    RAISE(UNSUPPORTED);
}

static STATUS
opaque_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
           struct slice value, struct buf *out, enum type_key_result *result)
{
    RAISE(UNSUPPORTED);
}

static enum type_fit
opaque_fit(const struct type *t, const struct type_env *env, enum type_fit_use use,
           const struct type_literal *lit, struct buf *value)
{
    return TYPE_FIT_ASK;
}

const struct family_ops family_json_ops = {
    .from_text = family_copy,
    .from_read = family_copy,
    .from_binary = family_copy,
    .to_text = family_copy,
    .to_binary = family_copy,
    .to_sql = json_to_sql,
    .param_type = json_param_type,
    .check = opaque_check,
    .domain = opaque_domain,
    .det = opaque_det,
    .ord_plan = family_ord_none,
    .ord = opaque_ord,
    .fit = opaque_fit,
};

const struct family_ops family_geometry_ops = {
    .from_text = family_copy,
    .from_read = family_copy,
    .from_binary = family_copy,
    .to_text = family_copy,
    .to_binary = family_copy,
    .to_sql = geometry_to_sql,
    .param_type = geometry_param_type,
    .check = opaque_check,
    .domain = opaque_domain,
    .det = opaque_det,
    .ord_plan = family_ord_none,
    .ord = opaque_ord,
    .fit = opaque_fit,
};
