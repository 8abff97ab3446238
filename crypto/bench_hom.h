/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times the HOM scheme: key generation, encryption (fresh, pooled), decryption, the server's sum, and every
 * arithmetic kernel that this CPU has. One thread, CPU time, least of several runs (the machine may be
 * shared).
 */
#pragma once

#include "base/status.h"

struct bench_hom_line {
    const char *what, *kernel;
    unsigned bits; /* of n */
    double ns;
};

typedef void (*bench_hom_fn)(void *ctx, const struct bench_hom_line *line);

/* ms: for each figure; 0: 30. */
STATUS bench_hom_run(unsigned ms, bench_hom_fn fn, void *ctx);
/* As a text table on stdout. */
STATUS bench_hom_print(unsigned ms);
