/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures that the mirror's empty tables cannot know: the next AUTO_INCREMENT value, row counts and the
 * cardinality of keys. The first is set in the mirror before somebody looks; the others are the server's
 * estimates for the physical tables and indexes, put into the answer.
 */
#pragma once

#include "proxy/exec/exec_priv.h"

/* Before SHOW CREATE TABLE, SHOW TABLE STATUS and queries of information_schema.TABLES run. */
STATUS figures_set_ids(struct exec_run *r);

/* Answers a query of information_schema that asks for counts or cardinalities; *handled: did it? */
STATUS figures_query(struct exec_run *r, bool *handled);

/* Writer of SHOW INDEX and SHOW TABLE STATUS: puts the figures into the mirror's rows. */
struct figures_rows {
    struct result_writer writer; /* in place of the client's */
    struct result_writer *client;
    struct exec_run *r;
    const struct figure *items;
    size_t n_items;
    int name, key, part, value; /* columns of the answer */
    struct slice *cells;
    size_t n_columns;
};
/* *wanted false: the statement is none of those, or the server has no figures. */
STATUS figures_rows_init(struct figures_rows *f, struct exec_run *r, bool *wanted);
