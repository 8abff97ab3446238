/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slice.h"

#include <ctype.h>
#include <string.h>

struct slice
slice_of(const void *data, size_t len)
{
    return (struct slice){data, len};
}

struct slice
slice_of_str(const char *cstr)
{
    return cstr ? (struct slice){(const uint8_t *) cstr, strlen(cstr)} : SLICE_NULL;
}

bool
slice_is_null(struct slice s)
{
    return s.data == NULL;
}

bool
slice_equal(struct slice a, struct slice b)
{
    if (a.data == NULL || b.data == NULL) {
        return a.data == b.data;
    }
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static uint8_t
fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t) (c | 0x20) : c;
}

bool
slice_equal_ci(struct slice a, struct slice b)
{
    if (a.data == NULL || b.data == NULL) {
        return a.data == b.data;
    }
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (fold(a.data[i]) != fold(b.data[i])) {
            return false;
        }
    }
    return true;
}

bool
slice_equal_str(struct slice a, const char *b)
{
    return slice_equal(a, slice_of_str(b));
}

bool
slice_equal_str_ci(struct slice a, const char *b)
{
    return slice_equal_ci(a, slice_of_str(b));
}

bool
slice_starts_with(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}

int
slice_compare(struct slice a, struct slice b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int c = n ? memcmp(a.data, b.data, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

struct slice
slice_from(struct slice s, size_t offset)
{
    if (offset > s.len) {
        offset = s.len;
    }
    return (struct slice){s.data ? s.data + offset : NULL, s.len - offset};
}

struct slice
slice_sub(struct slice s, size_t offset, size_t len)
{
    s = slice_from(s, offset);
    if (len < s.len) {
        s.len = len;
    }
    return s;
}

uint64_t
slice_hash(struct slice s)
{
    uint64_t h = 0xcbf29ce484222325ULL; /* FNV-1a, then one avalanche step */
    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ s.data[i]) * 0x100000001b3ULL;
    }
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93ULL;
    return h ^ (h >> 32);
}

bool
slice_parse_u64(struct slice s, uint64_t *out)
{
    uint64_t v = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (!isdigit(s.data[i]) || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t) (s.data[i] - '0'), &v)) {
            return false;
        }
    }
    *out = v;
    return true;
}

bool
slice_parse_i64(struct slice s, int64_t *out)
{
    uint64_t v;
    const bool neg = s.len > 0 && s.data[0] == '-';
    if (!slice_parse_u64(slice_from(s, neg), &v) || v > (uint64_t) INT64_MAX + neg) {
        return false;
    }
    *out = neg ? (int64_t) (0 - v) : (int64_t) v;
    return true;
}
