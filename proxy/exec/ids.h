/* SPDX-License-Identifier: Apache-2.0 */
/* AUTO_INCREMENT values of one INSERT, taken from the table's sequence. One statement's worker uses it. */
#pragma once

#include "proxy/exec/exec_priv.h"

struct ids {
    struct exec *e;
    const struct cat_table *t;
    struct diag *d;
    uint64_t n_rows; /* of the statement */
    uint64_t left;   /* rows that the last lot still counts on */
    uint64_t next, end;
    uint64_t first; /* generated */
    uint64_t given; /* largest that the client gave itself */
    unsigned n_lots;
};

/* The id of the next row, which wants one. */
STATUS ids_take(struct ids *ids, uint64_t *id);
/* The next row brings its own (positive) id. */
void ids_given(struct ids *ids, uint64_t id);

/* The smallest id >= `id` that auto_increment_increment and auto_increment_offset allow. */
uint64_t ids_align(const struct exec_state *st, uint64_t id);
/* n ids of t's sequence, id_step apart, or those that SET insert_id asked for. */
STATUS ids_reserve(struct exec *e, const struct cat_table *t, uint64_t n, uint64_t *first,
                   struct diag *d);
/* May a row of INSERT .. VALUES want an id? *given is the largest plain id that rows before it bring. */
bool ids_wanted(const struct exec_run *r, const struct cat_table *t, const struct sql_insert *ins,
                uint64_t *given);
