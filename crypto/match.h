/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding a word in a SEARCH cell, as the server's UDF does with a trapdoor. Knows no keyring and no
 * registry. A trapdoor is X(16) | k(16): it finds the cells that hold its word and reveals nothing about
 * other words. False positives 2^-48 per word. One struct match per thread; never crashes on any input.
 * Source: Song, Wagner, Perrig, "Practical techniques for searches on encrypted data", 2000.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"

#define MATCH_TRAPDOOR_LEN 32
#define MATCH_WORD_LEN     16

struct match;

STATUS match_new(struct match **out, const uint8_t trapdoor[MATCH_TRAPDOOR_LEN]);
struct match *match_free(struct match *m); /* wipes; returns NULL */
/* A cell whose length is no multiple of 16 gives CIPHERTEXT. */
STATUS match_cell(struct match *m, struct slice ct, bool *found);
