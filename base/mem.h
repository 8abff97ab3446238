/* SPDX-License-Identifier: Apache-2.0 */
/* The only place for raw byte copying; every other folder goes through these. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

/* n may be 0 with any pointers; ranges must not overlap. */
static inline void
mem_copy(void *to, const void *from, size_t n)
{
    if (n) {
        memcpy(to, from, n);
    }
}

static inline void
mem_move(void *to, const void *from, size_t n)
{
    if (n) {
        memmove(to, from, n);
    }
}

static inline void
mem_zero(void *p, size_t n)
{
    if (n) {
        memset(p, 0, n);
    }
}

static inline int
mem_compare(const void *a, const void *b, size_t n)
{
    return n ? memcmp(a, b, n) : 0;
}

/* Zeroises so that the compiler cannot drop it. */
void mem_wipe(void *p, size_t n);
/* Constant time in n; for MACs and password hashes. */
int mem_equal_ct(const void *a, const void *b, size_t n);
/* A NUL-terminated heap copy; NULL when out of memory. Caller frees. */
char *mem_strdup(struct slice s);

static inline uint16_t
mem_be16(const uint8_t *p)
{
    return (uint16_t) (p[0] << 8 | p[1]);
}
static inline uint32_t
mem_be32(const uint8_t *p)
{
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}
static inline uint64_t
mem_be64(const uint8_t *p)
{
    return (uint64_t) mem_be32(p) << 32 | mem_be32(p + 4);
}
static inline void
mem_put_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t) (v >> 8);
    p[1] = (uint8_t) v;
}
static inline void
mem_put_be32(uint8_t *p, uint32_t v)
{
    mem_put_be16(p, (uint16_t) (v >> 16));
    mem_put_be16(p + 2, (uint16_t) v);
}
static inline void
mem_put_be64(uint8_t *p, uint64_t v)
{
    mem_put_be32(p, (uint32_t) (v >> 32));
    mem_put_be32(p + 4, (uint32_t) v);
}
static inline uint16_t
mem_le16(const uint8_t *p)
{
    return (uint16_t) (p[1] << 8 | p[0]);
}
static inline uint32_t
mem_le32(const uint8_t *p)
{
    return (uint32_t) mem_le16(p + 2) << 16 | mem_le16(p);
}
static inline uint64_t
mem_le64(const uint8_t *p)
{
    return (uint64_t) mem_le32(p + 4) << 32 | mem_le32(p);
}
static inline void
mem_put_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t) v;
    p[1] = (uint8_t) (v >> 8);
}
static inline void
mem_put_le32(uint8_t *p, uint32_t v)
{
    mem_put_le16(p, (uint16_t) v);
    mem_put_le16(p + 2, (uint16_t) (v >> 16));
}
static inline void
mem_put_le64(uint8_t *p, uint64_t v)
{
    mem_put_le32(p, (uint32_t) v);
    mem_put_le32(p + 4, (uint32_t) (v >> 32));
}
