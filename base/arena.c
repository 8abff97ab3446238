/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define ALIGN       16
#define FIRST_BLOCK 8192
#define SCRATCH     4096

struct block {
    struct block *next;
    size_t cap, used;
    _Alignas(ALIGN) uint8_t data[];
};

struct arena {
    struct block *head; /* newest */
    size_t limit, total;
    bool failed;
};

/* Lent by arenas that have failed: what is written here nobody reads. */
static _Thread_local _Alignas(ALIGN) uint8_t scratch[SCRATCH];

struct arena *
arena_create(size_t limit)
{
    struct arena *a = aligned_alloc(ALIGN, (sizeof *a + ALIGN - 1) / ALIGN * ALIGN);
    if (a) {
        mem_zero(a, sizeof *a);
        a->limit = limit;
    }
    return a;
}

static void
drop_blocks(struct arena *a, struct block *keep)
{
    struct block *b = a->head;
    while (b) {
        struct block *next = b->next;
        mem_wipe(b->data, b->used);
        b->used = 0;
        if (b != keep) {
            free(b);
        }
        b = next;
    }
    a->head = keep;
    if (keep) {
        keep->next = NULL;
    }
    a->total = keep ? keep->cap : 0;
}

struct arena *
arena_free(struct arena *a)
{
    if (a) {
        drop_blocks(a, NULL);
        free(a);
    }
    return NULL;
}

void
arena_trim(struct arena *a)
{
    arena_reset(a);
    drop_blocks(a, NULL);
    a->head = NULL;
}

void
arena_reset(struct arena *a)
{
    struct block *keep = a->head && a->head->cap <= 16 * FIRST_BLOCK ? a->head : NULL;
    drop_blocks(a, keep);
    a->failed = false;
}

static struct block *
add_block(struct arena *a, size_t n)
{
    size_t cap = a->head ? a->head->cap * 2 : FIRST_BLOCK;
    if (cap > (size_t) 1 << 20) {
        cap = (size_t) 1 << 20;
    }
    if (cap < n) {
        cap = n;
    }
    if (a->limit && a->total + cap > a->limit) {
        cap = n;
        if (a->total + cap > a->limit) {
            return NULL;
        }
    }
    struct block *b = aligned_alloc(ALIGN, (sizeof *b + cap + ALIGN - 1) / ALIGN * ALIGN);
    if (b == NULL) {
        return NULL;
    }
    b->next = a->head;
    b->cap = cap;
    b->used = 0;
    a->head = b;
    a->total += cap;
    return b;
}

static void *
bump(struct arena *a, size_t n)
{
    if (n > SIZE_MAX / 4) {
        a->failed = true;
        return NULL;
    }
    n = n ? (n + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    struct block *b = a->head;
    if (b == NULL || b->cap - b->used < n) {
        b = add_block(a, n);
    }
    if (b == NULL) {
        a->failed = true;
        return NULL;
    }
    void *p = b->data + b->used;
    b->used += n;
    mem_zero(p, n);
    return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
    void *p = bump(a, n);
    if (p == NULL) {
        mem_zero(scratch, SCRATCH);
        return n <= SCRATCH ? scratch : NULL;
    }
    return p;
}

void *
arena_array_(struct arena *a, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) {
        a->failed = true;
        return NULL;
    }
    return bump(a, n);
}

struct slice
arena_dup(struct arena *a, struct slice s)
{
    if (s.data == NULL) {
        return s;
    }
    uint8_t *p = bump(a, s.len);
    if (p == NULL) {
        return SLICE("");
    }
    mem_copy(p, s.data, s.len);
    return slice_of(p, s.len);
}

const char *
arena_strdup(struct arena *a, struct slice s)
{
    char *p = bump(a, s.len + 1);
    if (p == NULL) {
        return "";
    }
    mem_copy(p, s.data, s.len);
    return p;
}

struct slice
arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n >= 0 ? bump(a, (size_t) n + 1) : NULL;
    if (p) {
        vsnprintf(p, (size_t) n + 1, fmt, again);
    }
    va_end(again);
    return p ? slice_of(p, (size_t) n) : SLICE("");
}

bool
arena_ok(const struct arena *a)
{
    return !a->failed;
}

struct status
arena_status(const struct arena *a)
{
    if (!a->failed) {
        return OK;
    }
    if (a->limit) {
        RAISE(LIMIT);
    }
    RAISE(NO_MEMORY);
}

size_t
arena_used(const struct arena *a)
{
    size_t n = 0;
    for (const struct block *b = a->head; b; b = b->next) {
        n += b->used;
    }
    return n;
}
