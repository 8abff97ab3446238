/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256 key wrap, RFC 3394: 8 bytes longer, deterministic, authenticated. Thread-safe. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"

#define KEYWRAP_EXTRA 8

/* key 32 bytes; plain a multiple of 8, from 16 to 4096. out: plain.len + 8. */
STATUS keywrap_encode(struct slice key, struct slice plain, uint8_t *out);
/* KEY_WRONG when the key is wrong or the bytes are changed. out: wrapped.len - 8; wiped then. */
STATUS keywrap_decode(struct slice key, struct slice wrapped, uint8_t *out);
