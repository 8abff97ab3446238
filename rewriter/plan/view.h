/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views. The trusted side's working tables are temporary ones, which a view does not see; so a view in
 * a statement is written out as the derived table it stands for, with the definition that the mirror
 * printed (fully qualified, every column named).
 */
#pragma once

#include "rewriter/plan/scope.h"

/*
 * *out: the statement's text with its views written out, in `a`; a NULL slice when it has none.
 * UNSUPPORTED when a view is the target of a change, or views nest too deeply.
 */
STATUS view_expand(struct arena *a, const struct catalog *cat, const struct scope_session *session,
                   const struct sql_options *options, struct slice text, struct slice *out,
                   struct diag *d);
