/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header byte of ciphertexts: suite << 4 | epoch & 15. Index ciphertexts (DET, TAG, OPE, CLWW,
 * TOKEN, SEARCH) carry none. Suite numbers are never reused; docs/formats/ciphertexts.md is the table.
 */
#pragma once

#include <stdint.h>

enum suite {
    SUITE_ROW = 1,  /* hdr | V(16) | C(n), bound to the row's salt */
    SUITE_SELF = 2, /* hdr | N(16) | V(16) | C(n), bound to the column only */
    SUITE_PRINCIPAL = 3,
    SUITE_HOM = 4,
    SUITE_WRAP = 5, /* hdr | N(8) | masked token */
};

static inline uint8_t
suite_header(enum suite suite, uint16_t epoch)
{
    return (uint8_t) ((unsigned) suite << 4 | (epoch & 15));
}

static inline unsigned
suite_of(uint8_t header)
{
    return header >> 4;
}

static inline uint8_t
suite_epoch(uint8_t header)
{
    return header & 15;
}
