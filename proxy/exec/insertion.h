/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that the trusted side makes for one table: INSERT, REPLACE and LOAD DATA. The statement runs over
 * an empty working copy of the target (with the target's own rows when it reads them), which gives ids
 * from the target's sequence.
 */
#pragma once

#include "proxy/exec/change.h"

struct insertion {
    struct change ch; /* first: one target */
    struct plan_fetch target;
    STATUS (*run)(struct insertion *in, struct backend_result **out); /* NULL: as written */
    uint64_t first_id; /* of the ids that the next run gives */
    bool alone;     /* one row; if it meets another that is an error: written without a look, which
                        * would lock the gaps between tokens, where others insert */
    bool always;    /* the statement leaves every row's id to us */
    bool reserved;  /* first_id and those after it are this statement's */
    uint64_t n_own; /* so many of them are from the sequence */
};

/* The working copies of the plan's sources are the caller's to drop: exec_working_tables_drop. */
STATUS insertion_init(struct insertion *in, struct exec_run *r, const struct cat_table *t);
void insertion_deinit(struct insertion *in);
/* Makes the target's working copy, fetches what the statement reads. */
STATUS insertion_prepare(struct insertion *in, const struct slice *wheres);
/* Runs and writes back. generates: rows may want ids. n_rows: of the statement, 0: not known before. */
STATUS insertion_execute(struct insertion *in, bool generates, uint64_t n_rows);
void insertion_drop(struct insertion *in);
