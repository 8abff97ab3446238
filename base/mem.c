/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "base/mem.h"

#include <stdlib.h>

void
mem_wipe(void *p, size_t n)
{
    if (n) {
        explicit_bzero(p, n);
    }
}

int
mem_equal_ct(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t diff = 0;
    for (size_t i = 0; i < n; i++) {
        diff |= x[i] ^ y[i];
    }
    return diff == 0;
}

char *
mem_strdup(struct slice s)
{
    char *out = malloc(s.len + 1);
    if (out) {
        mem_copy(out, s.data, s.len);
        out[s.len] = '\0';
    }
    return out;
}
