/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allium_strip(cell, key): the RND layer off a cell, row-bound, self-salted or wrapped token, as its header
 * tells. allium_unmask(cell, key): the same for wrapped tokens only, for transitions that must not touch
 * anything else by mistake. key: the 32-byte strip key of that layer, constant. A cell that is malformed
 * gives NULL; nothing is authenticated here (crypto/strip.h). Leaks to the server: the layer below.
 */
#include "crypto/strip.h"

#include <stdlib.h>

#include "crypto/isolate.h"
#include "crypto/suite.h"
#include "udf/abi.h"
#include "udf/args.h"

UDF_DECLARE_STRING(allium_strip);
UDF_DECLARE_STRING(allium_unmask);

enum {
    FIRST_BUFFER = 256
};

struct strip_state {
    struct strip *strip;
    uint8_t *buf;
    size_t cap;
};

static bool
state_open(struct udf_init *init, struct udf_args *args, const char *usage, char *message)
{
    if (args_refuse_shape(args, 2, usage, message)) {
        return true;
    }
    const struct slice key = args_slice(args, 1);
    if (key.len != STRIP_KEY_LEN || slice_is_null(key)) {
        return args_refuse(message, "the strip key must be a constant of 32 bytes");
    }
    isolate_libcrypto();
    struct strip_state *s = calloc(1, sizeof *s);
    if (s == NULL || !status_is_ok(strip_new(&s->strip, key.data))) {
        free(s);
        return args_refuse(message, "out of memory, or no AES in this server process");
    }
    init->ptr = (char *) s;
    init->maybe_null = true;
    init->max_length = args->lengths[0];
    return false;
}

/* Doubling, so at most twice the largest cell; given back in _deinit. */
static bool
state_reserve(struct strip_state *s, size_t n)
{
    if (n <= s->cap && s->buf) {
        return true;
    }
    size_t cap = s->cap ? s->cap : FIRST_BUFFER;
    while (cap < n) {
        cap *= 2;
    }
    uint8_t *buf = realloc(s->buf, cap);
    if (buf) {
        s->buf = buf;
        s->cap = cap;
    }
    return buf != NULL;
}

static void
state_close(struct udf_init *init)
{
    struct strip_state *s = (struct strip_state *) init->ptr;
    if (s) {
        strip_free(s->strip);
        free(s->buf);
        free(s);
    }
    init->ptr = NULL;
}

static char *
decode(struct strip_state *s, struct slice cell, unsigned long *length, unsigned char *is_null)
{
    size_t len = 0;
    if (slice_is_null(cell) || !state_reserve(s, cell.len) ||
        !status_is_ok(strip_decode(s->strip, cell, s->buf, &len))) {
        *is_null = 1;
        return NULL;
    }
    *length = len;
    return (char *) s->buf;
}

bool
allium_strip_init(struct udf_init *init, struct udf_args *args, char *message)
{
    return state_open(init, args, "allium_strip(cell, key)", message);
}

void
allium_strip_deinit(struct udf_init *init)
{
    state_close(init);
}

char *
allium_strip(struct udf_init *init, struct udf_args *args, char *result, unsigned long *length,
             unsigned char *is_null, unsigned char *error)
{
    return decode((struct strip_state *) init->ptr, args_slice(args, 0), length, is_null);
}

bool
allium_unmask_init(struct udf_init *init, struct udf_args *args, char *message)
{
    return state_open(init, args, "allium_unmask(cell, key)", message);
}

void
allium_unmask_deinit(struct udf_init *init)
{
    state_close(init);
}

char *
allium_unmask(struct udf_init *init, struct udf_args *args, char *result, unsigned long *length,
              unsigned char *is_null, unsigned char *error)
{
    const struct slice cell = args_slice(args, 0);
    if (cell.len == 0 || suite_of(cell.data[0]) != SUITE_WRAP) {
        *is_null = 1;
        return NULL;
    }
    return decode((struct strip_state *) init->ptr, cell, length, is_null);
}
