/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of tests/vectors files: blocks of `name = value`; test helpers. Test code only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "base/status.h"
#include "crypto/scheme.h"

#define VEC_FIELDS 16

struct vec {
    char line[64]; /* "file: name", for messages */
    struct {
        char name[16];
        struct slice text; /* as written */
        struct slice data; /* from hex; NULL when it is no hex */
    } fields[VEC_FIELDS];
    size_t n;
};

typedef void (*vec_fn)(const struct vec *v);

/* Calls fn for each block; returns how many there were. Fails the test when the file is unreadable. */
size_t vec_each(const char *file, vec_fn fn);
struct slice vec_get(const struct vec *v, const char *name);  /* fails the test when absent */
struct slice vec_find(const struct vec *v, const char *name); /* SLICE_NULL when absent */
bool vec_is(const struct vec *v, const char *name, const char *text);

struct key_id vec_id(struct slice s); /* 24 bytes */
struct scheme_params vec_params(const struct vec *v);

void vec_assert_equal(struct slice got, struct slice want, const char *what);
void vec_assert_ok(struct status s, const char *what);
void vec_assert_status(struct status s, enum status_code code, const char *what);

void vec_sha256(struct slice s, uint8_t out[32]);

/* xorshift64*: reproducible. */
uint64_t vec_rand(uint64_t *state);
void vec_rand_bytes(uint64_t *state, uint8_t *to, size_t n);
