/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statement-lifetime memory: bump allocation, freed (and wiped: it held plaintext literals) all at
 * once. `arena_new` never returns NULL: when exhausted the arena is marked failed and lends its own
 * zeroed scratch block, so callers stay one line; each pass ends with one `arena_status()`.
 * Everything returned is zeroed and aligned for any type. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "base/status.h"

struct arena;

/* limit in bytes; 0 means none. NULL when out of memory. */
struct arena *arena_create(size_t limit);
struct arena *arena_free(struct arena *a); /* wipes; returns NULL */
void arena_reset(struct arena *a);         /* wipes; keeps one block */
void arena_trim(struct arena *a);          /* wipes; keeps nothing */

/* Never NULL; n up to 4 KiB is safe even when failed. */
void *arena_alloc(struct arena *a, size_t n);
#define arena_new(a, type) ((type *) arena_alloc((a), sizeof(type)))
/* May be NULL (failed) as arrays can be larger than the scratch block. count 0 gives non-NULL. */
void *arena_array_(struct arena *a, size_t count, size_t size);
#define arena_array(a, type, count) ((type *) arena_array_((a), (count), sizeof(type)))

/* Copies; on failure an empty non-NULL slice. NULL slice stays NULL. */
struct slice arena_dup(struct arena *a, struct slice s);
/* NUL-terminated copy, "" on failure. */
const char *arena_strdup(struct arena *a, struct slice s);
struct slice arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

bool arena_ok(const struct arena *a);
STATUS arena_status(const struct arena *a);
size_t arena_used(const struct arena *a);

static inline void
arena_free_cleanup(struct arena **a)
{
    arena_free(*a);
}
