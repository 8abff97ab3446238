/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ALTER TABLE of partitions. Rows lie unpartitioned in the server: what happens to them is found out by
 * running the statement over a copy that has the partitions, all rows in it. So a value without partition
 * is MySQL's error, and the rows of a dropped partition are deleted.
 */
#pragma once

#include "proxy/exec/exec_priv.h"

enum partitions_work {
    PARTITIONS_NOTHING, /* no partition action, or none that concerns rows */
    PARTITIONS_ROWS,
    PARTITIONS_LOCAL, /* ANALYZE PARTITION and the like: a result of the mirror */
};

STATUS partitions_work(struct exec_run *r, enum partitions_work *out);
/* Runs the statement over a copy of t, writes back which rows go, then calls ddl; all or nothing. *sum: of
 * the statement over the copy. */
STATUS partitions_alter(struct exec_run *r, const struct cat_table *t, STATUS (*ddl)(void *ctx),
                        void *ctx, struct backend_summary *sum);
