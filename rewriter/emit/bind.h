/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting an execution's literals into a plan: templates become server SQL, sources become canonical
 * values. The fast conversion is tried anew for every literal; one that does not fit exactly gives
 * *fits = false, and the caller plans that execution afresh. It never produces a wrong token.
 */
#pragma once

#include "rewriter/emit/cells.h"
#include "rewriter/emit/template.h"
#include "rewriter/plan/literal.h"

struct bind {
    const struct cells_env *cells;
    const struct type_env *env;
    const struct literals *literals;
};

STATUS bind_template(const struct bind *b, const struct template *t, struct buf *sql, bool *fits,
                     struct diag *d);

/* The value that literal `slot` stores into c; a NULL slice for SQL NULL. Bytes are appended to
 * `bytes`; *value points there only until the next append: copy or use offsets. */
STATUS bind_store(const struct bind *b, const struct cat_column *c, uint32_t slot, bool negated,
                  struct arena *a, struct slice *value, bool *fits);
