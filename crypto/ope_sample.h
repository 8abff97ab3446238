/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawing from Bin(n, 1/2) with given random bits, in integers only, so that every compiler and CPU
 * draws the same. Exact for n <= 1024 (population counts); above that the inverse of the normal
 * distribution (ope_table.py) with a second-order Cornish-Fisher correction, whose statistical distance
 * from the binomial is 2^-33.4 at n = 1025 and falls 8-fold per doubling of n.
 * Pure functions; time depends on n and the bits. Within crypto/ only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 ope_u128;
__extension__ typedef __int128 ope_i128;

#define OPE_SAMPLE_DIRECT 128  /* up to here the 128 bits suffice */
#define OPE_SAMPLE_EXACT  1024 /* up to here more blocks are counted */

/* (n - 1) / 128 for n in the middle range: how many blocks E(s ^ 1), E(s ^ 2), ... are needed. */
static inline size_t
ope_sample_n_more(ope_u128 n)
{
    return n > OPE_SAMPLE_DIRECT && n <= OPE_SAMPLE_EXACT ? ((size_t) n - 1) / 128 : 0;
}

/* s: 128 random bits. more: ope_sample_n_more(n) blocks, or NULL when that is 0. At most n. */
ope_u128 ope_sample(ope_u128 n, ope_u128 s, const uint8_t *more);

extern const int64_t ope_sample_table[1024][8];
extern const uint16_t ope_sample_roots[768];
