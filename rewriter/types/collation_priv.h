/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to collation*.c: the weight table. Code units (bytes of an 8-bit character set, else code
 * points) fall into pages of 256. A page's weights are one constant, or a constant whose last two
 * bytes count up (general_ci outside its exceptions, implicit UCA weights), or listed.
 */
#pragma once

#include <stdatomic.h>

#include "rewriter/types/collation.h"

enum page_kind {
    PAGE_NONE,   /* no characters: every one is COLLATION_ASK */
    PAGE_CONST,  /* base */
    PAGE_LINEAR, /* base, its last two bytes plus the position in the page */
    PAGE_LIST,   /* weights[start + offset[i]] .. weights[start + offset[i + 1]] */
};

#define PAGE_BASE_MAX 14

struct page {
    uint8_t kind;   /* enum page_kind */
    uint8_t marked; /* its characters take part in contractions or context rules */
    uint8_t len;    /* of base */
    uint8_t base[PAGE_BASE_MAX];
    uint32_t list; /* PAGE_LIST: index into lists */
};

struct page_list {
    uint32_t start; /* into weights */
    uint16_t offset[257];
};

struct collation {
    const struct collation_info *info;
    atomic_uint refs;
    bool safe;
    uint8_t space_len;
    uint8_t space[PAGE_BASE_MAX]; /* weight of U+0020; PAD SPACE only */
    size_t n_pages;
    struct page *pages;
    size_t n_lists;
    struct page_list *lists;
    struct buf weights;
    uint8_t ascii_len; /* 1 or 2: ascii[] holds all weights below 0x80; else 0 */
    uint16_t ascii[128];
};

struct collation *collation_new(const struct collation_info *info); /* NULL: out of memory */
/* After pages are filled: space weight, ASCII table, the alignment that PAD stripping relies on. */
void collation_finish(struct collation *c);
/* 8-bit character sets are indexed by byte. */
bool collation_is_8bit(const struct collation_info *info);
/* The weight of one code unit; false when it has none. `scratch` holds a LINEAR one. */
bool collation_weight(const struct collation *c, uint32_t unit, uint8_t scratch[PAGE_BASE_MAX],
                      struct slice *weight);
/* Key without PAD handling and without regard to marks; false on ill-formed bytes. */
bool collation_concat(const struct collation *c, struct slice s, bool ignore_marks,
                      struct buf *key);
