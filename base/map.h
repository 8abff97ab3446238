/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open-addressing hash map from bytes to a pointer. The map copies keys and borrows values. Optional
 * ASCII case folding of keys (column and index names). Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "base/status.h"

struct map_entry {
    struct slice key; /* owned; data NULL: free slot, or deleted when value is map's tombstone */
    void *value;
    uint64_t hash;
};

struct map {
    struct map_entry *slots;
    size_t cap, count, used;
    bool fold_case;
};

void map_init(struct map *m, bool fold_case);
void map_deinit(struct map *m);
void *map_find(const struct map *m, struct slice key);        /* NULL when absent */
STATUS map_put(struct map *m, struct slice key, void *value); /* value not NULL; replaces */
void *map_remove(struct map *m, struct slice key);            /* the old value, or NULL */
/* Iterate: for (size_t i = 0; (e = map_next(m, &i));) */
struct map_entry *map_next(const struct map *m, size_t *i);
