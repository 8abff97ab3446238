/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every three characters in a row of a text, each as the collation weighs them, without repetitions: what
 * the SEARCH onion holds, so that a text that contains a pattern of three or more characters (as LIKE
 * compares: character by character under the column's collation) has all n-grams of the pattern.
 * The converse does not hold: what is found this way has to be checked again.
 *
 * Pure; any thread. Leaks nothing by itself.
 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "rewriter/types/collation.h"
#include "rewriter/types/type.h"

/* More n-grams than this, and the text is not cut up. */
#define NGRAM_MAX 4096u

/* Binary columns, and text whose collation weighs character by character, as LIKE does. */
bool ngram_is_possible(const struct type *t);
/*
 * Appends a list of words as search_append_word makes it (none for less than three characters). coll:
 * of the column, NULL for binary types. *whole = false, with nothing appended, when the text has
 * characters without weights, or too many n-grams: it has to count as containing everything.
 */
STATUS ngram_list(const struct type *t, const struct collation *coll, struct slice text,
                  struct buf *list, bool *whole);
