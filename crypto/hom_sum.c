/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two accumulators take turns, so that a kernel that interleaves two products can hide its latency. Each
 * starts with its first cell as it is; after k cells in total and two accumulators joined, the product has
 * been through k - 1 Montgomery products and lacks R^(k-1).
 */
#include <stdlib.h>

#include "base/mem.h"
#include "crypto/hom_pub.h"
#include "crypto/hom_pub_priv.h"

struct hom_sum {
    _Alignas(64) uint64_t acc[2][HOM_MONT_DIGITS_MAX];
    _Alignas(64) uint64_t pending[2][HOM_MONT_DIGITS_MAX];
    const struct hom_pub *pub;
    uint64_t count;
    uint8_t hdr;
    bool failed;
};

struct status
hom_sum_new(struct hom_sum **out, const struct hom_pub *pub)
{
    struct hom_sum *s = aligned_alloc(64, sizeof *s);
    if (s == NULL) {
        RAISE(NO_MEMORY);
    }
    mem_zero(s, sizeof *s);
    s->pub = pub;
    *out = s;
    return OK;
}

struct hom_sum *
hom_sum_free(struct hom_sum *sum)
{
    free(sum);
    return NULL;
}

void
hom_sum_clear(struct hom_sum *sum)
{
    sum->count = 0;
    sum->failed = false;
}

uint64_t
hom_sum_count(const struct hom_sum *sum)
{
    return sum->count;
}

struct status
hom_sum_add(struct hom_sum *sum, struct slice cell)
{
    const struct hom_mont *m = &sum->pub->mont;
    uint64_t c[HOM_MONT_LIMBS_MAX];
    if (sum->failed || !status_is_ok(hom_pub_open(sum->pub, cell, c)) ||
        (sum->count > 0 && cell.data[0] != sum->hdr)) {
        sum->failed = true;
        RAISE(CIPHERTEXT);
    }
    sum->hdr = cell.data[0];
    const uint64_t i = sum->count++;
    if (i < 2) {
        m->ops->load(m, sum->acc[i], c);
        return OK;
    }
    m->ops->load(m, sum->pending[i & 1], c);
    if (i & 1) {
        m->ops->mul2((const struct hom_mont *const[2]){m, m},
                     (uint64_t *const[2]){sum->acc[0], sum->acc[1]},
                     (const uint64_t *const[2]){sum->acc[0], sum->acc[1]},
                     (const uint64_t *const[2]){sum->pending[0], sum->pending[1]});
    }
    return OK;
}

struct status
hom_sum_result(struct hom_sum *sum, uint8_t *out)
{
    const struct hom_mont *m = &sum->pub->mont;
    _Alignas(64) uint64_t x[HOM_MONT_DIGITS_MAX], fix[HOM_MONT_DIGITS_MAX];
    uint64_t c[HOM_MONT_LIMBS_MAX];
    if (sum->failed || sum->count == 0) {
        RAISE(CIPHERTEXT);
    }
    mem_copy(x, sum->acc[0], sizeof x);
    if (sum->count > 2 && (sum->count & 1)) {
        m->ops->mul(m, x, x, sum->pending[0]);
    }
    if (sum->count > 1) {
        m->ops->mul(m, x, x, sum->acc[1]);
        hom_mont_pow_r(m, fix, sum->count - 1);
        m->ops->mul(m, x, x, fix);
    }
    m->ops->store(m, c, x);
    hom_pub_seal(sum->pub, sum->hdr, c, out);
    return OK;
}
