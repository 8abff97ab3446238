/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/block.h"
#include "crypto/rand.h"
#include "crypto/scheme.h"

#define CELLS        1024
#define LEN_MAX      1024
#define RUNS         7
#define MS_DEFAULT   30
#define MATERIAL_MAX 256

struct bench {
    const struct scheme_ops *ops;
    struct scheme_key *key;
    struct arena *a, *data;
    struct slice pt[CELLS], tweak[CELLS], ct[CELLS], out[CELLS];
    unsigned ms;
};

static double
cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static struct status
make_key(struct bench *b)
{
    uint8_t material[MATERIAL_MAX] = {0};
    if (b->ops->key_len > sizeof material) {
        RAISE(RANGE);
    }
    struct scheme_params p = {.material = slice_of(material, b->ops->key_len), .id = {.epoch = 1}};
    TRY(rand_bytes(material, b->ops->key_len));
    TRY(rand_bytes(p.inst, sizeof p.inst));
    const struct status s = b->ops->key_new(&b->key, &p);
    mem_wipe(material, sizeof material);
    return s;
}

/* SEARCH reads a list of words: the cell is made one word. */
static void
shape(const struct bench *b, uint8_t *p, size_t len)
{
    if (b->ops->id == SCHEME_SEARCH && len >= 2) {
        mem_put_be16(p, (uint16_t) (len - 2));
    }
}

static struct status
make_values(struct bench *b, size_t len, bool sequential)
{
    for (size_t i = 0; i < CELLS; i++) {
        uint8_t *p = arena_array(b->data, uint8_t, len + 16);
        if (p == NULL) {
            return arena_status(b->data);
        }
        TRY(rand_bytes(p, len + 16));
        if (sequential) {
            mem_zero(p, len);
            mem_put_be16(p + len - 2, (uint16_t) i);
        }
        shape(b, p, len);
        b->pt[i] = slice_of(p, len);
        b->tweak[i] = slice_of(p + len, 16);
    }
    return OK;
}

typedef struct status (*op_fn)(struct scheme_key *, const struct cells *, struct arena *,
                               struct slice *);

/* All cells once, `batch` at a time. */
static struct status
pass(struct bench *b, op_fn op, const struct slice *data, size_t batch)
{
    for (size_t at = 0; at + batch <= CELLS; at += batch) {
        const struct cells in = {
            .n = batch,
            .data = data + at,
            .tweak = b->ops->caps & SCHEME_CAP_TWEAK ? b->tweak + at : NULL,
        };
        TRY(op(b->key, &in, b->a, b->out + at));
        arena_reset(b->a);
    }
    return OK;
}

static int
by_value(const void *x, const void *y)
{
    const double a = *(const double *) x;
    const double b = *(const double *) y;
    return a < b ? -1 : a > b;
}

static struct status
measure(struct bench *b, op_fn op, const struct slice *data, size_t batch, double *ns)
{
    double runs[RUNS];
    TRY(pass(b, op, data, batch)); /* warms caches and tells how long one takes */
    double start = cpu_ns();
    TRY(pass(b, op, data, batch));
    const double once = cpu_ns() - start + 1;
    const size_t turns = (size_t) (b->ms * 1e6 / RUNS / once) + 1;
    for (size_t r = 0; r < RUNS; r++) {
        start = cpu_ns();
        for (size_t i = 0; i < turns; i++) {
            TRY(pass(b, op, data, batch));
        }
        runs[r] = (cpu_ns() - start) / (double) turns / (double) (CELLS / batch * batch);
    }
    qsort(runs, RUNS, sizeof runs[0], by_value);
    *ns = runs[RUNS / 2];
    return OK;
}

static struct status
bench_values(struct bench *b, struct bench_line *line, bench_fn fn, void *ctx)
{
    static const size_t batches[] = {1, 64, CELLS};
    const struct cells all = {
        .n = CELLS, .data = b->pt, .tweak = b->ops->caps & SCHEME_CAP_TWEAK ? b->tweak : NULL};
    TRY(scheme_encrypt(b->key, &all, b->data, b->ct));
    line->ct_len = b->ct[0].len;
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        line->batch = batches[i];
        line->decrypt_ns = 0;
        TRY(measure(b, b->ops->encrypt, b->pt, batches[i], &line->encrypt_ns));
        if (b->ops->decrypt) {
            TRY(measure(b, b->ops->decrypt, b->ct, batches[i], &line->decrypt_ns));
        }
        fn(ctx, line);
    }
    return OK;
}

static struct status
bench_len(struct bench *b, size_t len, bench_fn fn, void *ctx)
{
    const int orders = b->ops->caps & SCHEME_CAP_ORDER ? 2 : 1;
    for (int sequential = 0; sequential < orders; sequential++) {
        struct bench_line line = {
            .scheme = b->ops->name, .values = sequential ? "sequential" : "random", .pt_len = len};
        arena_reset(b->data);
        TRY(make_values(b, len, sequential));
        TRY(bench_values(b, &line, fn, ctx));
    }
    return OK;
}

static struct status
bench_scheme(const struct scheme_ops *ops, unsigned ms, bench_fn fn, void *ctx)
{
    static const size_t lens[] = {4, 8, 16, 64, LEN_MAX};
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    CLEANUP(arena_free_cleanup) struct arena *data = arena_create(0);
    CLEANUP(free_cleanup) struct bench *b = calloc(1, sizeof *b);
    if (a == NULL || data == NULL || b == NULL) {
        RAISE(NO_MEMORY);
    }
    *b = (struct bench){.ops = ops, .a = a, .data = data, .ms = ms ? ms : MS_DEFAULT};
    TRY(make_key(b));
    CLEANUP(scheme_key_free_cleanup) struct scheme_key *key = b->key;
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        const bool wide_order = ops->caps & SCHEME_CAP_ORDER && lens[i] > 16;
        if (ops->accepts(lens[i]) && !wide_order) {
            TRY(bench_len(b, lens[i], fn, ctx));
        }
    }
    (void) key;
    return OK;
}

struct status
bench_run(const struct bench_options *options, bench_fn fn, void *ctx)
{
    const struct scheme_ops *ops;
    for (size_t i = 0; (ops = scheme_at(i)); i++) {
        if (options->scheme.data == NULL || slice_equal_str_ci(options->scheme, ops->name)) {
            TRY(bench_scheme(ops, options->ms, fn, ctx));
        }
    }
    return OK;
}

static void
print_line(void *ctx, const struct bench_line *line)
{
    (void) ctx;
    printf("%-7s %-10s %5zu -> %5zu  batch %4zu  encrypt %9.1f ns", line->scheme, line->values,
           line->pt_len, line->ct_len, line->batch, line->encrypt_ns);
    if (line->decrypt_ns > 0) {
        printf("  decrypt %9.1f ns", line->decrypt_ns);
    }
    printf("\n");
    fflush(stdout);
}

struct status
bench_print(const struct bench_options *options)
{
    return bench_run(options, print_line, NULL);
}
