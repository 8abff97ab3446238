/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking the outer layer off with the strip key alone, as the server's UDFs do. Knows no keyring and no
 * registry. Holding a strip key (RND: K2 of K1||K2; WRAP: the layer key) lets one read the layer below
 * but not make ciphertexts that RND would accept; nothing is authenticated here.
 * One struct strip per thread. Never crashes on any input: CIPHERTEXT is returned.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"

#define STRIP_KEY_LEN 32

struct strip;

STATUS strip_new(struct strip **out, const uint8_t key[STRIP_KEY_LEN]);
struct strip *strip_free(struct strip *s); /* wipes; returns NULL */

/* Room that `out` of strip_decode needs; never more than ct_len. */
size_t strip_max(size_t ct_len);
/* RND (suites 1, 2) and WRAP (suite 5), told by the header. *len is set. */
STATUS strip_decode(struct strip *s, struct slice ct, uint8_t *out, size_t *len);
