/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/types/type_key.h"

#include "rewriter/types/family.h"

enum type_key_domain
type_key_domain(const struct type *t)
{
    return family_get(t->family)->domain(t);
}

enum type_key_class
type_key_class(const struct type *t)
{
    switch (type_key_domain(t)) {
    case TYPE_KEY_DOMAIN_NONE:
        return TYPE_KEY_NONE;
    case TYPE_KEY_DOMAIN_WIDE:
    case TYPE_KEY_DOMAIN_STRING:
    case TYPE_KEY_DOMAIN_BINARY:
        return TYPE_KEY_BYTES;
    case TYPE_KEY_DOMAIN_EXACT:
    case TYPE_KEY_DOMAIN_FLOAT:
    case TYPE_KEY_DOMAIN_DATETIME:
    case TYPE_KEY_DOMAIN_TIMESTAMP:
    case TYPE_KEY_DOMAIN_TIME:
    case TYPE_KEY_DOMAIN_ENUM:
    case TYPE_KEY_DOMAIN_SET:
    case TYPE_KEY_DOMAIN_INET4:
    case TYPE_KEY_DOMAIN_INET6:
    case TYPE_KEY_DOMAIN_UUID:
        return TYPE_KEY_INT128;
    }
    return TYPE_KEY_NONE;
}

static bool
same_elements(const struct type *a, const struct type *b)
{
    if (a->n_elements != b->n_elements || a->collation != b->collation) {
        return false;
    }
    for (unsigned i = 0; i < a->n_elements; i++) {
        if (!slice_equal(a->elements[i], b->elements[i])) {
            return false;
        }
    }
    return true;
}

bool
type_key_comparable(const struct type *a, const struct type *b)
{
    const enum type_key_domain domain = type_key_domain(a);
    if (domain != type_key_domain(b) || domain == TYPE_KEY_DOMAIN_NONE) {
        return false;
    }
    if (domain == TYPE_KEY_DOMAIN_ENUM || domain == TYPE_KEY_DOMAIN_SET) {
        return same_elements(a, b);
    }
    if (domain == TYPE_KEY_DOMAIN_FLOAT) {
        /* two columns with (M,D) compare within half a unit: safe on one grid only */
        return a->scale == TYPE_SCALE_NONE || b->scale == TYPE_SCALE_NONE ||
               (a->scale == b->scale && a->family == b->family);
    }
    return domain != TYPE_KEY_DOMAIN_STRING || a->collation == b->collation;
}

struct status
type_key_det(const struct type *t, const struct collation *coll, struct slice value,
             struct buf *out, enum type_key_result *result)
{
    *result = TYPE_KEY_OK;
    return family_get(t->family)->det(t, coll, value, out, result);
}

struct type_key_ord
type_key_ord_plan(const struct type *t, enum type_key_ord_policy policy, uint8_t string_bytes)
{
    return family_get(t->family)->ord_plan(t, policy, string_bytes);
}

struct status
type_key_ord(const struct type *t, const struct type_key_ord *ord, const struct collation *coll,
             struct slice value, struct buf *out, enum type_key_result *result)
{
    *result = TYPE_KEY_OK;
    if (ord->scheme == TYPE_KEY_ORD_NONE) {
        RAISE(UNSUPPORTED);
    }
    return family_get(t->family)->ord(t, ord, coll, value, out, result);
}

struct status
type_key_prefix(const struct type *t, struct slice value, uint32_t chars, struct slice *prefix)
{
    if (t->family == TYPE_BINARY) {
        *prefix = slice_sub(value, 0, chars);
        return OK;
    }
    if (t->family != TYPE_STRING) {
        RAISE(UNSUPPORTED);
    }
    size_t i = 0;
    for (uint32_t n = 0; n < chars && i < value.len; n++) {
        uint32_t cp;
        unsigned len = 1;
        if (t->collation->max_bytes > 1 &&
            !charset_decode(t->collation->cs, slice_from(value, i), &cp, &len)) {
            RAISE(UNSUPPORTED);
        }
        i += len;
    }
    *prefix = slice_sub(value, 0, i);
    return OK;
}
