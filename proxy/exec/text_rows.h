/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that are made here as text, for a client that may want them in binary form: a result_writer that
 * takes text cells and passes on what the client's own writer wants.
 */
#pragma once

#include "proxy/exec/exec_priv.h"

struct text_rows {
    struct result_writer writer; /* give this one to who makes the rows */
    struct exec_run *r;
    const struct wire_column *columns; /* as given to `columns`; borrowed */
    struct slice *cells;
};

void text_rows_init(struct text_rows *t, struct exec_run *r);
