/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869). Thread-safe, constant time in the key. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"

#define PRF_LEN        32
#define PRF_EXPAND_MAX (255 * PRF_LEN)

STATUS prf_hmac(struct slice key, struct slice msg, uint8_t out[PRF_LEN]);
STATUS prf_extract(struct slice salt, struct slice ikm, uint8_t prk[PRF_LEN]);
/* len <= PRF_EXPAND_MAX, info <= 128 bytes; RANGE otherwise. */
STATUS prf_expand(struct slice prk, struct slice info, uint8_t *out, size_t len);
