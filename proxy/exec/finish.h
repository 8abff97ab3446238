/* SPDX-License-Identifier: Apache-2.0 */
/* Carries out struct plan_finish over decoded rows: grouping, DISTINCT, ORDER BY, LIMIT. */
#pragma once

#include "proxy/exec/printer.h"

struct finish;

/* *out may be freed with NULL in it. */
STATUS finish_new(struct finish **out, struct exec_run *r);
void finish_free(struct finish *f);
/* Rows 0..n-1 of values[output * stride + row]; copies what it keeps. *fits false: it is for the
 * trusted side (too much for here, or a string that only the engine can weigh). */
STATUS finish_rows(struct finish *f, const struct slice *values, size_t stride, size_t n,
                   bool *fits);
/* After the last row; *fits as above. */
STATUS finish_end(struct finish *f, bool *fits);
/* Sends the rows; *n of them. */
STATUS finish_send(struct finish *f, struct printer *p, uint64_t *n);
