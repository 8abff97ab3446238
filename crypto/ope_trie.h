/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order-preserving map of Boldyreva, Chenette, Lee and O'Neill (EUROCRYPT 2009,
 * https://eprint.iacr.org/2012/624) as a walk down the binary trie of ciphertexts, sampled lazily: at a
 * node i ciphertext bits are fixed and n plaintexts are left; k of them, drawn from Bin(n, 1/2) by AES of
 * the node's tag, have a 0 as next bit. When one plaintext is left, AES fills the remaining bits.
 *
 * Many values walk together, level by level; values with a common prefix share its nodes. A cache
 * keeps k by tag. Lookups are indexed by secret-dependent values and the number of levels depends on the
 * value: not constant time. One thread each. Within crypto/ only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto/aes.h"
#include "crypto/ope_sample.h"

#define OPE_TRIE_MAX 64 /* values in one walk */

struct ope_trie_entry;

struct ope_trie {
    struct aes *split, *more, *leaf; /* K1, K2, K3; borrowed */
    unsigned domain_bits, range_bits;
    struct ope_trie_entry *cache; /* made on first use; NULL: none */
};

struct ope_trie_value {
    ope_u128 ct;
    uint64_t pt;
    uint32_t index; /* the caller's */
};

void ope_trie_init(struct ope_trie *t, struct aes *split, struct aes *more, struct aes *leaf,
                   unsigned domain_bits, unsigned range_bits);
void ope_trie_deinit(struct ope_trie *t); /* wipes the cache */

/* v: n <= OPE_TRIE_MAX values ascending by pt; writes ct. */
void ope_trie_encrypt(struct ope_trie *t, struct ope_trie_value *v, size_t n);
/* v: ascending by ct; writes pt. False when some ct is not the image of any plaintext. */
bool ope_trie_decrypt(struct ope_trie *t, struct ope_trie_value *v, size_t n);
