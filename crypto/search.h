/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SEARCH: the words of a cell in the manner of Song, Wagner and Perrig (2000), 16 bytes each, in random
 * order. X = AES-CMAC_Kw(word), k = AES_Kk(X) (used as an AES-128 key), S random;
 * C = X ^ (S(10) | AES128_k(S | 0)[0..5]). Nothing is equal at rest; leaks the number of words, and for
 * each word asked for the cells that hold it. The plaintext of a cell is a list of words, see
 * search_append_word. No two words of a cell should be equal (the tokeniser's duty).
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "crypto/match.h"
#include "crypto/scheme.h"

#define SEARCH_S_LEN     10
#define SEARCH_CHECK_LEN 6

/* length as 16 bits big-endian, bytes. RANGE above 65535. */
STATUS search_append_word(struct buf *list, struct slice word);
/* What the server needs to find one word. key: of SCHEME_SEARCH. */
STATUS search_trapdoor(struct scheme_key *key, struct slice word, uint8_t out[MATCH_TRAPDOOR_LEN]);
