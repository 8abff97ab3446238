/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times every registered scheme by walking the registry. Used by the bench_crypto program and by
 * `alliumctl bench crypto`. One thread, CPU time, median of several runs; random keys and data.
 */
#pragma once

#include <stddef.h>

#include "base/slice.h"
#include "base/status.h"

struct bench_line {
    const char *scheme;
    const char *values; /* "random" or "sequential" */
    size_t pt_len, ct_len;
    size_t batch;                  /* cells per call */
    double encrypt_ns, decrypt_ns; /* per cell; decrypt 0: not decryptable */
};

typedef void (*bench_fn)(void *ctx, const struct bench_line *line);

struct bench_options {
    struct slice scheme; /* only this one; SLICE_NULL: all */
    unsigned ms;         /* for each figure; 0: 30 */
};

STATUS bench_run(const struct bench_options *options, bench_fn fn, void *ctx);
/* As a text table on stdout. */
STATUS bench_print(const struct bench_options *options);
