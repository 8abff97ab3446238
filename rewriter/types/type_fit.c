/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/types/type_fit.h"

#include "rewriter/types/family.h"

enum type_fit
type_fit_literal(const struct type *t, const struct type_env *env, enum type_fit_use use,
                 const struct type_literal *lit, struct buf *value)
{
    static const struct type_env env_default = {.tz = {.known = true}};
    const size_t mark = value->len;
    if (lit->kind == TYPE_LITERAL_NULL) {
        return TYPE_FIT_NULL;
    }
    const enum type_fit fit =
        family_get(t->family)->fit(t, env ? env : &env_default, use, lit, value);
    if (fit != TYPE_FIT_EXACT && fit != TYPE_FIT_BETWEEN) {
        buf_truncate(value, mark);
    }
    return value->failed ? TYPE_FIT_ASK : fit;
}
