/* SPDX-License-Identifier: Apache-2.0 */
/* Who defines a view: definer.c. */
#pragma once

#include "base/status.h"
#include "proxy/store/ddl.h"
#include "rewriter/sql/sql.h"

struct exec_run;

/* Sets req->definer, and takes it out of req->text where the mirror cannot judge it. */
STATUS definer_apply(struct exec_run *r, const struct sql_create_view *v, struct ddl_request *req);
