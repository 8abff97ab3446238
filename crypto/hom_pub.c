/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hom_pub.h"

#include <stdlib.h>

#include "base/mem.h"
#include "crypto/hom_limb.h"
#include "crypto/hom_pub_priv.h"

struct status
hom_pub_new(struct hom_pub **out, struct slice n)
{
    if (n.data == NULL || (n.len != HOM_PUB_BITS_DEFAULT / 8 && n.len != HOM_PUB_BITS_STRONG / 8) ||
        !(n.data[0] & 1) || !(n.data[n.len - 1] & 0x80)) {
        RAISE(KEY_WRONG);
    }
    CLEANUP(hom_pub_free_cleanup) struct hom_pub *pub = aligned_alloc(64, sizeof *pub);
    if (pub == NULL) {
        RAISE(NO_MEMORY);
    }
    mem_zero(pub, sizeof *pub);
    pub->n_limbs = (unsigned) (n.len / 8);
    mem_copy(pub->n_bytes, n.data, n.len);
    hom_mont_limbs_from_le(pub->n, n.data, pub->n_limbs);
    hom_limb_mul(pub->n2, pub->n, pub->n, pub->n_limbs);
    TRY(hom_mont_init(&pub->mont, pub->n2, 2 * pub->n_limbs, NULL));
    *out = STEAL(pub);
    return OK;
}

struct hom_pub *
hom_pub_free(struct hom_pub *pub)
{
    free(pub);
    return NULL;
}

struct slice
hom_pub_n(const struct hom_pub *pub)
{
    return slice_of(pub->n_bytes, 8 * pub->n_limbs);
}

unsigned
hom_pub_bits(const struct hom_pub *pub)
{
    return 64 * pub->n_limbs;
}

size_t
hom_pub_cell_len(const struct hom_pub *pub)
{
    return HOM_CELL_LEAD + 16 * (size_t) pub->n_limbs;
}

const char *
hom_pub_kernel(const struct hom_pub *pub)
{
    return pub->mont.ops->name;
}

struct status
hom_pub_open(const struct hom_pub *pub, struct slice cell, uint64_t *c)
{
    const unsigned n = 2 * pub->n_limbs;
    if (cell.data == NULL || cell.len != hom_pub_cell_len(pub) ||
        (cell.data[0] & ~HOM_EPOCH_MASK) != HOM_PUB_SUITE || cell.data[1] != 0) {
        RAISE(CIPHERTEXT);
    }
    hom_mont_limbs_from_le(c, cell.data + HOM_CELL_LEAD, n);
    if (hom_limb_is_zero(c, n) || !hom_limb_less(c, pub->n2, n)) {
        RAISE(CIPHERTEXT);
    }
    return OK;
}

void
hom_pub_seal(const struct hom_pub *pub, uint8_t hdr, const uint64_t *c, uint8_t *cell)
{
    cell[0] = hdr;
    cell[1] = 0;
    hom_mont_limbs_to_le(cell + HOM_CELL_LEAD, c, 2 * pub->n_limbs);
}

struct status
hom_pub_check(const struct hom_pub *pub, struct slice cell)
{
    uint64_t c[HOM_MONT_LIMBS_MAX];
    return hom_pub_open(pub, cell, c);
}

struct status
hom_pub_add(const struct hom_pub *pub, struct slice a, struct slice b, uint8_t *out)
{
    const struct hom_mont *m = &pub->mont;
    uint64_t c[HOM_MONT_LIMBS_MAX];
    _Alignas(64) uint64_t x[HOM_MONT_DIGITS_MAX], y[HOM_MONT_DIGITS_MAX];
    TRY(hom_pub_open(pub, a, c));
    m->ops->load(m, x, c);
    TRY(hom_pub_open(pub, b, c));
    m->ops->load(m, y, c);
    if (a.data[0] != b.data[0]) {
        RAISE(CIPHERTEXT);
    }
    const uint8_t hdr = a.data[0];
    m->ops->mul(m, x, x, y);
    m->ops->mul(m, x, x, m->r2);
    m->ops->store(m, c, x);
    hom_pub_seal(pub, hdr, c, out);
    return OK;
}
