/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RND: AES-256-SIV of the exact value bytes. Cells with a tweak (the row salt) are bound to their row
 * (suite 1); without, they carry a salt of their own (suite 2) and are bound to the column only.
 * Leaks the length. Two cells show that they are equal only if value and salt are. See scheme.h for the
 * ops table.
 */
#pragma once

#include <stdbool.h>

#include "base/slice.h"

#define RND_SALT_LEN   16
#define RND_ROW_EXTRA  17 /* header, V */
#define RND_SELF_EXTRA 33 /* header, N, V */

/* Whether the cell carries its own salt, so that decrypting it needs no row salt. */
bool rnd_is_self_salted(struct slice ct);
