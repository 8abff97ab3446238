/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <stdlib.h>

#include "base/mem.h"

static char tombstone;

void
map_init(struct map *m, bool fold_case)
{
    *m = (struct map){.fold_case = fold_case};
}

void
map_deinit(struct map *m)
{
    for (size_t i = 0; i < m->cap; i++) {
        free((void *) m->slots[i].key.data);
    }
    free(m->slots);
    map_init(m, m->fold_case);
}

static uint64_t
hash_key(const struct map *m, struct slice key)
{
    if (!m->fold_case) {
        return slice_hash(key);
    }
    uint64_t h = 0xcbf29ce484222325ULL;
    for (size_t i = 0; i < key.len; i++) {
        const uint8_t c = key.data[i];
        h = (h ^ (c >= 'A' && c <= 'Z' ? c | 0x20 : c)) * 0x100000001b3ULL;
    }
    return h ^ (h >> 29);
}

static struct map_entry *
probe(const struct map *m, struct slice key, uint64_t h)
{
    for (size_t i = h & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        struct map_entry *e = &m->slots[i];
        if (e->key.data == NULL && e->value == NULL) {
            return NULL;
        }
        if (e->key.data && e->hash == h &&
            (m->fold_case ? slice_equal_ci(e->key, key) : slice_equal(e->key, key))) {
            return e;
        }
    }
}

void *
map_find(const struct map *m, struct slice key)
{
    if (m->cap == 0) {
        return NULL;
    }
    struct map_entry *e = probe(m, key, hash_key(m, key));
    return e ? e->value : NULL;
}

static void
place(struct map *m, struct map_entry entry)
{
    size_t i = entry.hash & (m->cap - 1);
    while (m->slots[i].key.data || m->slots[i].value) {
        i = (i + 1) & (m->cap - 1);
    }
    m->slots[i] = entry;
    m->count++;
    m->used++;
}

static struct status
grow(struct map *m)
{
    struct map old = *m;
    m->cap = old.count * 4 < 16 ? 16 : old.cap * (old.count * 2 >= old.cap ? 2 : 1);
    m->slots = calloc(m->cap, sizeof *m->slots);
    if (m->slots == NULL) {
        *m = old;
        RAISE(NO_MEMORY);
    }
    m->count = m->used = 0;
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].key.data) {
            place(m, old.slots[i]);
        }
    }
    free(old.slots);
    return OK;
}

struct status
map_put(struct map *m, struct slice key, void *value)
{
    const uint64_t h = hash_key(m, key);
    struct map_entry *e = m->cap ? probe(m, key, h) : NULL;
    if (e) {
        e->value = value;
        return OK;
    }
    if ((m->used + 1) * 4 > m->cap * 3) {
        TRY(grow(m));
    }
    uint8_t *copy = malloc(key.len + 1);
    if (copy == NULL) {
        RAISE(NO_MEMORY);
    }
    mem_copy(copy, key.data, key.len);
    copy[key.len] = 0;
    place(m, (struct map_entry){slice_of(copy, key.len), value, h});
    return OK;
}

void *
map_remove(struct map *m, struct slice key)
{
    struct map_entry *e = m->cap ? probe(m, key, hash_key(m, key)) : NULL;
    if (e == NULL) {
        return NULL;
    }
    void *value = e->value;
    free((void *) e->key.data);
    e->key = SLICE_NULL;
    e->value = &tombstone;
    m->count--;
    return value;
}

struct map_entry *
map_next(const struct map *m, size_t *i)
{
    while (*i < m->cap) {
        struct map_entry *e = &m->slots[(*i)++];
        if (e->key.data) {
            return e;
        }
    }
    return NULL;
}
