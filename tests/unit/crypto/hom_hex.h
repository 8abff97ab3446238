/* SPDX-License-Identifier: Apache-2.0 */
/* Reading tests/vectors/hom.txt: words of a line, hex, plaintexts. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "crypto/hom.h"

/* Next blank-separated word, NUL-terminated in place; NULL at the end. */
static inline char *
hom_hex_word(char **at)
{
    char *p = *at;
    while (*p == ' ' || *p == '\n') {
        p++;
    }
    if (*p == 0) {
        return NULL;
    }
    char *end = p;
    while (*end && *end != ' ' && *end != '\n') {
        end++;
    }
    *at = *end ? end + 1 : end;
    *end = 0;
    return p;
}

static inline size_t
hom_hex_bytes(const char *hex, uint8_t *out, size_t max)
{
    size_t n = 0;
    for (; hex[0] && hex[1] && n < max; hex += 2) {
        const char two[3] = {hex[0], hex[1], 0};
        out[n++] = (uint8_t) strtoul(two, NULL, 16);
    }
    return n;
}

/* 384 bytes, big-endian two's complement. */
static inline struct hom_int
hom_hex_int(const char *hex)
{
    uint8_t be[8 * HOM_INT_LIMBS] = {0};
    struct hom_int t;
    hom_hex_bytes(hex, be, sizeof be);
    for (size_t i = 0; i < HOM_INT_LIMBS; i++) {
        t.limb[i] = mem_be64(be + sizeof be - 8 * (i + 1));
    }
    return t;
}
