/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/bench_hom.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/hom.h"
#include "crypto/hom_mont.h"

enum {
    RUNS = 15,
    MS_DEFAULT = 30,
    POOL = 256,
    WAIT_US = 20000
};

struct bench {
    struct hom_key *key;
    struct hom_sum *sum;
    struct hom_int small, wide;
    uint8_t cell[HOM_PUB_CELL_MAX], out[HOM_PUB_CELL_MAX];
    struct hom_mont mont;
    _Alignas(64) uint64_t x[HOM_MONT_DIGITS_MAX], y[HOM_MONT_DIGITS_MAX];
    unsigned bits, ms;
    bench_hom_fn fn;
    void *ctx;
};

typedef struct status (*op_fn)(struct bench *b);

static double
cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static struct slice
cell_of(const struct bench *b, const uint8_t *cell)
{
    return slice_of(cell, hom_pub_cell_len(hom_key_pub(b->key)));
}

static struct status
op_encrypt(struct bench *b)
{
    return hom_encrypt(b->key, 1, &b->small, b->cell);
}

static struct status
op_encrypt_wide(struct bench *b)
{
    return hom_encrypt(b->key, 1, &b->wide, b->cell);
}

static struct status
op_decrypt(struct bench *b)
{
    struct hom_int m;
    return hom_decrypt(b->key, cell_of(b, b->cell), &m);
}

static struct status
op_sum(struct bench *b)
{
    return hom_sum_add(b->sum, cell_of(b, b->cell));
}

static struct status
op_add(struct bench *b)
{
    return hom_pub_add(hom_key_pub(b->key), cell_of(b, b->cell), cell_of(b, b->cell), b->out);
}

static struct status
op_mont(struct bench *b)
{
    b->mont.ops->mul(&b->mont, b->x, b->x, b->y);
    return OK;
}

static void
report(struct bench *b, const char *what, const char *kernel, double ns)
{
    b->fn(b->ctx, &(struct bench_hom_line){what, kernel, b->bits, ns});
}

/* The least time per operation over RUNS runs of `count` operations, or of as many as fit into ms. */
static struct status
measure(struct bench *b, op_fn op, unsigned count, double *best)
{
    *best = 0;
    if (count == 0) {
        const double start = cpu_ns();
        TRY(op(b));
        const double once = cpu_ns() - start;
        count = 1 + (unsigned) (b->ms * 1e6 / RUNS / (once + 1));
    }
    for (unsigned run = 0; run < RUNS; run++) {
        const double start = cpu_ns();
        for (unsigned i = 0; i < count; i++) {
            TRY(op(b));
        }
        const double ns = (cpu_ns() - start) / count;
        *best = *best == 0 || ns < *best ? ns : *best;
    }
    return OK;
}

static struct status
time_op(struct bench *b, const char *what, op_fn op, unsigned count)
{
    double ns;
    TRY(measure(b, op, count, &ns));
    report(b, what, hom_pub_kernel(hom_key_pub(b->key)), ns);
    return OK;
}

static struct status
time_pooled(struct bench *b, const char *what, op_fn op)
{
    TRY(hom_pool_start(b->key, POOL));
    while (hom_pool_level(b->key) < POOL) {
        usleep(WAIT_US);
    }
    const struct status st = time_op(b, what, op, POOL / RUNS - 4); /* never runs dry */
    hom_pool_stop(b->key);
    return st;
}

static struct status
time_kernels(struct bench *b)
{
    uint64_t modulus[HOM_MONT_LIMBS_MAX];
    const unsigned limbs = b->bits / 32;
    const struct hom_mont_ops *ops;
    for (unsigned i = 0; i < limbs; i++) {
        modulus[i] = 0xfedcba9876543211ULL * (2 * i + 1) | 1ULL << 63;
    }
    modulus[0] |= 1;
    for (size_t i = 0; (ops = hom_mont_at(i)); i++) {
        double ns;
        if (!ops->usable()) {
            continue;
        }
        TRY(hom_mont_init(&b->mont, modulus, limbs, ops));
        mem_copy(b->x, b->mont.r2, sizeof b->x);
        mem_copy(b->y, b->mont.r2, sizeof b->y);
        TRY(measure(b, op_mont, 0, &ns));
        report(b, "product mod n^2", ops->name, ns);
    }
    return OK;
}

static struct status
time_key(struct bench *b)
{
    const double start = cpu_ns();
    TRY(hom_key_generate(&b->key, b->bits));
    report(b, "key generation", "-", cpu_ns() - start);
    const double tables = cpu_ns();
    TRY(op_encrypt(b));
    report(b, "tables", hom_pub_kernel(hom_key_pub(b->key)), cpu_ns() - tables);
    TRY(hom_sum_new(&b->sum, hom_key_pub(b->key)));
    TRY(time_op(b, "encrypt, fresh randomiser", op_encrypt, 0));
    TRY(time_pooled(b, "encrypt, pooled, 64 bits", op_encrypt));
    TRY(time_pooled(b, "encrypt, pooled, packed row", op_encrypt_wide));
    TRY(time_op(b, "decrypt", op_decrypt, 0));
    TRY(time_op(b, "sum, per row", op_sum, 0));
    TRY(time_op(b, "add two cells", op_add, 0));
    return time_kernels(b);
}

struct status
bench_hom_run(unsigned ms, bench_hom_fn fn, void *ctx)
{
    static const unsigned bits[] = {HOM_PUB_BITS_DEFAULT, HOM_PUB_BITS_STRONG};
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        struct bench b = {.bits = bits[i], .ms = ms ? ms : MS_DEFAULT, .fn = fn, .ctx = ctx};
        b.small = hom_int_from_value(hom_value_from_i64(-123456789012345));
        for (unsigned j = 0; j < bits[i] / 64 - 1; j++) {
            b.wide.limb[j] = 0x0123456789abcdefULL * (j + 1);
        }
        const struct status st = time_key(&b);
        hom_sum_free(b.sum);
        hom_key_unref(b.key);
        TRY(st);
    }
    return OK;
}

static void
print_line(void *ctx, const struct bench_hom_line *line)
{
    printf("hom %u  %-28s %-9s %14.0f ns\n", line->bits, line->what, line->kernel, line->ns);
}

struct status
bench_hom_print(unsigned ms)
{
    return bench_hom_run(ms, print_line, NULL);
}
