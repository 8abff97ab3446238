/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A result_writer that keeps only sums: for statements the proxy runs on its own behalf and for the
 * rows of a bulk execute. One thread.
 */
#pragma once

#include <stdbool.h>

#include "proxy/wire/result.h"

struct discard {
    struct result_writer writer; /* first */
    struct result_ok sum;        /* affected and warnings added up; the first insert id */
    bool has_rows;               /* some statement gave a result set */
};

void discard_init(struct discard *d, bool binary);
