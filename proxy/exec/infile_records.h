/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where records of a LOAD DATA file end, so that a big one can be loaded piece by piece. Follows what
 * MySQL's reader does (READ_INFO in sql_load.cc): a record ends at an unescaped line terminator outside
 * quotes, or, when all columns have been read, at the next one whether quoted or not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

#define INFILE_NO_CHAR (-1)

struct infile_format {
    int escape, enclosed; /* bytes, or INFILE_NO_CHAR */
    struct slice field_end, line_end;
    size_t n_fields; /* that the statement reads */
};

/* Bytes of the whole records that data begins with, at most max_records of them; *n_records: how many.
 * `skip` lines are passed over first (IGNORE n LINES) and not counted. 0: not one record is complete. */
size_t infile_records_cut(const struct infile_format *f, struct slice data, size_t skip,
                          size_t max_records, size_t *n_records);
