/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed bytes, passed by value. Never NUL-terminated, never owned. A slice with data == NULL is
 * "absent" (SQL NULL where that applies); data != NULL with len 0 is the empty string.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const uint8_t *data;
    size_t len;
};

#define SLICE_NULL ((struct slice){NULL, 0})
/* Of a string literal. */
#define SLICE(lit) ((struct slice){(const uint8_t *) (lit), sizeof(lit) - 1})
/* printf: "%.*s", SLICE_ARG(s) */
#define SLICE_ARG(s) (int) (s).len, (const char *) (s).data

struct slice slice_of(const void *data, size_t len);
struct slice slice_of_str(const char *cstr); /* NULL gives SLICE_NULL */
bool slice_is_null(struct slice s);
bool slice_equal(struct slice a, struct slice b);    /* bytewise; NULL equals only NULL */
bool slice_equal_ci(struct slice a, struct slice b); /* ASCII case folded */
bool slice_equal_str(struct slice a, const char *b);
bool slice_equal_str_ci(struct slice a, const char *b);
bool slice_starts_with(struct slice s, struct slice prefix);
int slice_compare(struct slice a, struct slice b);                 /* memcmp order, shorter first */
struct slice slice_from(struct slice s, size_t offset);            /* clamped */
struct slice slice_sub(struct slice s, size_t offset, size_t len); /* clamped */
uint64_t slice_hash(struct slice s);
/* Whole slice as decimal; false when it is not one or does not fit. */
bool slice_parse_u64(struct slice s, uint64_t *out);
bool slice_parse_i64(struct slice s, int64_t *out);
