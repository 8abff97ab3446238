/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirror tables' definitions as text, cached, from which working tables are made: CREATE TABLE ..
 * LIKE can neither shadow its own source nor add a column nor leave keys out.
 */
#pragma once

#include "proxy/scratch/scratch_priv.h"

enum scratch_definition_kind {
    SCRATCH_FOR_TEMPORARY,
    SCRATCH_FOR_WORK
};

/* Appends "CREATE [TEMPORARY] TABLE `to_db`.`table` (…)" of mirror table db.table. */
STATUS scratch_definition_print(struct scratch *s, struct slice db, struct slice table,
                                struct slice to_db, enum scratch_definition_kind kind,
                                unsigned flags, struct buf *out, struct diag *d);
