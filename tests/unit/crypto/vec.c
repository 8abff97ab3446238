/* SPDX-License-Identifier: Apache-2.0 */
#include "vec.h"

#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cm.h"

static int
hex(int c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int) (at - digits) : -1;
}

static struct slice
from_hex(struct arena *a, struct slice text)
{
    uint8_t *to = arena_array(a, uint8_t, text.len / 2);
    for (size_t i = 0; i < text.len; i++) {
        const int v = hex(text.data[i]);
        if (v < 0 || text.len % 2) {
            return SLICE_NULL;
        }
        to[i / 2] = (uint8_t) (to[i / 2] << 4 | v);
    }
    return slice_of(to, text.len / 2);
}

static void
add_field(struct arena *a, struct vec *v, const char *file, struct slice line)
{
    const uint8_t *eq = memchr(line.data, '=', line.len);
    assert_non_null(eq);
    const size_t name_len = (size_t) (eq - line.data) - 1;
    struct slice text = slice_from(line, name_len + 2);
    if (text.len && text.data[0] == ' ') {
        text = slice_from(text, 1);
    }
    assert_true(v->n < VEC_FIELDS && name_len < sizeof v->fields[0].name);
    mem_zero(v->fields[v->n].name, sizeof v->fields[0].name);
    mem_copy(v->fields[v->n].name, line.data, name_len);
    v->fields[v->n].text = arena_dup(a, text);
    v->fields[v->n].data = from_hex(a, text);
    v->n++;
    if (strcmp(v->fields[v->n - 1].name, "name") == 0) {
        snprintf(v->line, sizeof v->line, "%s: %.*s", file, SLICE_ARG(text));
    }
}

static size_t
flush(struct arena *a, struct vec *v, vec_fn fn)
{
    const size_t had = v->n;
    if (had) {
        fn(v);
    }
    v->n = 0;
    arena_reset(a);
    return had != 0;
}

size_t
vec_each(const char *file, vec_fn fn)
{
    char path[512];
    const char *dir = getenv("ALLIUM_VECTORS");
    snprintf(path, sizeof path, "%s/%s", dir ? dir : "tests/vectors", file);
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        fail_msg("cannot open %s", path);
    }
    char *line = NULL;
    size_t cap = 0, count = 0;
    struct arena *a = arena_create(0);
    struct vec v = {.n = 0};
    for (ssize_t n; (n = getline(&line, &cap, f)) > 0;) {
        n -= line[n - 1] == '\n';
        if (n == 0) {
            count += flush(a, &v, fn);
        } else if (line[0] != '#') {
            add_field(a, &v, file, slice_of(line, (size_t) n));
        }
    }
    count += flush(a, &v, fn);
    arena_free(a);
    free(line);
    fclose(f);
    return count;
}

struct slice
vec_find(const struct vec *v, const char *name)
{
    for (size_t i = 0; i < v->n; i++) {
        if (strcmp(v->fields[i].name, name) == 0) {
            return v->fields[i].data;
        }
    }
    return SLICE_NULL;
}

struct slice
vec_get(const struct vec *v, const char *name)
{
    const struct slice s = vec_find(v, name);
    if (s.data == NULL) {
        fail_msg("%s: no field %s", v->line, name);
    }
    return s;
}

bool
vec_is(const struct vec *v, const char *name, const char *text)
{
    for (size_t i = 0; i < v->n; i++) {
        if (strcmp(v->fields[i].name, name) == 0) {
            return slice_equal_str(v->fields[i].text, text);
        }
    }
    return false;
}

struct key_id
vec_id(struct slice s)
{
    assert_int_equal(s.len, 24);
    return (struct key_id){.db = mem_be64(s.data),
                           .tab = mem_be64(s.data + 8),
                           .col = mem_be32(s.data + 16),
                           .onion = s.data[20],
                           .layer = s.data[21],
                           .epoch = mem_be16(s.data + 22)};
}

struct scheme_params
vec_params(const struct vec *v)
{
    struct scheme_params p = {.material = vec_get(v, "key"), .id = vec_id(vec_get(v, "id"))};
    const struct slice inst = vec_get(v, "inst");
    assert_int_equal(inst.len, sizeof p.inst);
    mem_copy(p.inst, inst.data, inst.len);
    return p;
}

void
vec_assert_equal(struct slice got, struct slice want, const char *what)
{
    if (!slice_equal(got, want)) {
        fprintf(stderr, "%s: got ", what);
        for (size_t i = 0; i < got.len; i++) {
            fprintf(stderr, "%02x", got.data[i]);
        }
        fprintf(stderr, "\n");
        fail_msg("%s differs", what);
    }
}

void
vec_assert_status(struct status s, enum status_code code, const char *what)
{
    if (s.code != code) {
        char trace[512];
        status_trace_print(trace, sizeof trace);
        fail_msg("%s: %s instead of %s (%s)", what, status_info_get(s.code)->name,
                 status_info_get(code)->name, trace);
    }
}

void
vec_assert_ok(struct status s, const char *what)
{
    vec_assert_status(s, STATUS_OK, what);
}

uint64_t
vec_rand(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

void
vec_rand_bytes(uint64_t *state, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = (uint8_t) (vec_rand(state) >> 56);
    }
}

void
vec_sha256(struct slice s, uint8_t out[32])
{
    SHA256(s.data, s.len, out);
}
