/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views. The trusted side's working tables are temporary ones, which a view does not see; so a view in
 * a statement is written out as the derived table it stands for, with the definition that the mirror
 * printed (fully qualified, every column named). A derived table cannot be changed: a statement that
 * changes rows through a view runs over ordinary working tables with real views over them.
 */
#pragma once

#include "rewriter/plan/scope.h"

/*
 * *out: the statement's text with its views written out, in `a`; a NULL slice when it has none, or when
 * it may change rows through one. UNSUPPORTED when views nest too deeply.
 */
STATUS view_expand(struct arena *a, const struct catalog *cat, const struct scope_session *session,
                   const struct sql_options *options, struct slice text, struct slice *out,
                   struct diag *d);

/* The query of a view, parsed, with its scope. Names without database are of the view's own. */
STATUS view_query(struct arena *a, const struct catalog *cat, const struct cat_table *view,
                  const struct sql_options *options, struct sql_stmt **stmt, struct scope **scope,
                  struct diag *d);

/* What the views of a statement are made of. */
struct view_base {
    const struct cat_table *table;
    bool target; /* its rows may change: it stands in FROM of a view that is changed */
    bool read;   /* it stands elsewhere, or a view is only read */
};

struct view_parts {
    const struct cat_table **views; /* each after those that it is made of */
    struct view_base *bases;
    size_t n_views, n_bases;
};

STATUS view_take_apart(struct arena *a, const struct catalog *cat, const struct scope *scope,
                       const struct sql_options *options, struct view_parts *out, struct diag *d);
