/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public side of the HOM scheme (Paillier, EUROCRYPT 1999, g = n + 1): what the database server
 * needs to add ciphertexts. Holds no secret. docs/formats/hom.md has the byte layout.
 *
 * A cell is `hdr | 0x00 | c`: hdr = 0x40 | epoch, c little-endian in exactly twice the bytes of n.
 * A cell is well-formed when the length and both lead bytes fit and 0 < c < n^2. Adding plaintexts
 * is multiplying ciphertexts mod n^2. Nothing authenticates a cell: never trust a sum alone.
 *
 * Threads: a hom_pub is immutable after hom_pub_new and may be shared. A hom_sum belongs to one
 * thread. No function here allocates except the _new ones, and none touches libgmp's allocator.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "base/status.h"

enum {
    HOM_PUB_BITS_DEFAULT = 2048,
    HOM_PUB_BITS_STRONG = 3072,
    HOM_PUB_N_MAX = 384,                      /* bytes of n */
    HOM_PUB_CELL_MAX = 2 + 2 * HOM_PUB_N_MAX, /* bytes of a cell */
    HOM_PUB_SUITE = 0x40,                     /* high half of the header byte */
};

struct hom_pub;

/* n: little-endian, 256 or 384 bytes, odd, top bit set. KEY_WRONG otherwise. */
STATUS hom_pub_new(struct hom_pub **out, struct slice n);
struct hom_pub *hom_pub_free(struct hom_pub *pub);
CLEANUP_DEFINE(struct hom_pub *, hom_pub_free)

struct slice hom_pub_n(const struct hom_pub *pub); /* the bytes hom_pub_new takes; borrowed */
unsigned hom_pub_bits(const struct hom_pub *pub);
size_t hom_pub_cell_len(const struct hom_pub *pub);    /* 514 or 770 */
const char *hom_pub_kernel(const struct hom_pub *pub); /* name of the arithmetic chosen */

/* CIPHERTEXT unless well-formed. */
STATUS hom_pub_check(const struct hom_pub *pub, struct slice cell);
/* out gets hom_pub_cell_len bytes: a cell of the sum. CIPHERTEXT when malformed or epochs differ. */
STATUS hom_pub_add(const struct hom_pub *pub, struct slice a, struct slice b, uint8_t *out);

/*
 * A running sum. Ciphertexts stay in normal form: each Montgomery product leaves a factor 1/R, and
 * one multiplication by a power of R at the end repairs them all.
 */
struct hom_sum;

STATUS hom_sum_new(struct hom_sum **out, const struct hom_pub *pub); /* pub must outlive it */
struct hom_sum *hom_sum_free(struct hom_sum *sum);
CLEANUP_DEFINE(struct hom_sum *, hom_sum_free)
void hom_sum_clear(struct hom_sum *sum);
/* A malformed cell or another epoch than the first cell's: CIPHERTEXT now and from the result. */
STATUS hom_sum_add(struct hom_sum *sum, struct slice cell);
uint64_t hom_sum_count(const struct hom_sum *sum); /* cells added since clear */
/* out gets hom_pub_cell_len bytes. The caller checks count first: an empty sum is CIPHERTEXT. */
STATUS hom_sum_result(struct hom_sum *sum, uint8_t *out);
