/* SPDX-License-Identifier: Apache-2.0 */
/* LOCK TABLES on the server: lock.c. */
#pragma once

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "rewriter/sql/sql.h"

struct exec;
struct exec_run;

/* The server's statement; MySQL's error for a table that is not there. */
STATUS lock_tables(struct exec_run *r, const struct sql_lock_tables *lock, struct buf *sql);
/* One of our statements with the aliases that it may use while tables are locked. */
STATUS lock_text(struct exec *e, struct slice sql, struct slice *out);
