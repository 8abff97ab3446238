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

struct scratch_definition_want {
    struct slice db, table; /* of the mirror */
    struct slice to_db;     /* where the working table goes, under the same name */
    enum scratch_definition_kind kind;
    unsigned flags; /* enum scratch_temp_flags */
};

/* Appends "CREATE [TEMPORARY] TABLE `to_db`.`table` (…)". *plain: the text means the same under any
 * sql_mode and client character set. */
STATUS scratch_definition_print(struct scratch *s, const struct scratch_definition_want *want,
                                struct buf *out, bool *plain, struct diag *d);
