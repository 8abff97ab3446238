/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata of one result or parameter column, as protocol 4.1 sends it. A value type: every slice is
 * borrowed from whoever made the array (a plan, a backend result, an arena).
 */
#pragma once

#include <stdint.h>

#include "base/slice.h"

struct wire_column {
    struct slice schema, table, org_table, name, org_name;
    uint16_t charset; /* collation id; 63: binary, numbers and temporals */
    uint32_t length;  /* display length in bytes */
    uint8_t type;     /* MYSQL_TYPE_*, see wire/protocol.h */
    uint16_t flags;   /* NOT_NULL_FLAG ... */
    uint8_t decimals;
};
