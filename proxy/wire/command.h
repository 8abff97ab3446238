/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding of command payloads that have structure: typed parameters of COM_STMT_EXECUTE and query
 * attributes of COM_QUERY. Everything is borrowed from the packet or the arena.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "proxy/session_info.h"
#include "proxy/wire/lenenc.h"

#define COMMAND_CURSOR_READ_ONLY 0x01
#define COMMAND_PARAMETER_COUNT  0x08

struct command_query {
    struct slice sql;
    const struct exec_param *attrs;
    size_t n_attrs;
};

/* Without the command byte. PROTOCOL when malformed. */
STATUS command_query_read(struct slice body, uint64_t caps, struct arena *a,
                          struct command_query *out);

/* One value of the given type: fixed, length byte (temporals), or length-encoded. */
struct slice command_value_read(struct lenenc_reader *r, uint8_t type);
/* Bytes of a fixed-length type, 0 for others. */
size_t command_type_fixed_len(uint8_t type);
bool command_type_is_temporal(uint8_t type);
bool command_type_is_known(uint8_t type);
