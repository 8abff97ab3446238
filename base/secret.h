/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key bytes: in memory that is locked where the limit allows, excluded from core dumps, and wiped on
 * free. Keys live only here (or inside a keyed cipher context), never in an arena, buf or log line.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct secret {
    uint8_t *data;
    size_t len;
};

/* Process-wide, once at start: no core dumps, not ptrace-able by the same user, memory locked when
 * permitted. Returns 0, or -1 when locking was refused (the caller logs a warning). */
int secret_process_protect(void);

struct secret *secret_new(size_t len); /* zeroed; NULL when out of memory */
struct secret *secret_new_copy(const void *p, size_t len);
struct secret *secret_free(struct secret *s); /* wipes; NULL is fine; returns NULL */
struct slice secret_slice(const struct secret *s);

static inline void
secret_free_cleanup(struct secret **s)
{
    secret_free(*s);
}
