/* SPDX-License-Identifier: Apache-2.0 */
/* Types by their text, and bytes by their hex digits. One arena and set per test program. */
#pragma once

#include "cm.h"
#include "rewriter/types/type_fit.h"
#include "rewriter/types/type_key.h"
#include "rewriter/types/type_value.h"

const struct collation_set *fixture_set(void);
/* The column type; the test fails when it does not parse. collation may be NULL. */
struct type fixture_type(const char *column_type, const char *collation);
/* Bytes in lower-case hex, in the fixture's memory. */
const char *fixture_hex(const struct buf *b);
struct slice fixture_bytes(const char *hex);
void fixture_free(void);
