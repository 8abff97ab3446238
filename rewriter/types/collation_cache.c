/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache file: "ALCW" version(be32) engine(len be16, bytes) name(len be16, bytes) safe(u8) pages lists
 * weights fnv1a64(be64). Layout in docs/formats/values.md.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "rewriter/types/collation_priv.h"

#define MAGIC   "ALCW"
#define VERSION 1u

static uint64_t
fnv1a(struct slice s)
{
    uint64_t h = 0xcbf29ce484222325;
    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ s.data[i]) * 0x100000001b3;
    }
    return h;
}

static void
put_text(struct slice s, struct buf *out)
{
    buf_append_be16(out, (uint16_t) s.len);
    buf_append_slice(out, slice_sub(s, 0, UINT16_MAX));
}

static void
put_pages(const struct collation *c, struct buf *out)
{
    buf_append_be32(out, (uint32_t) c->n_pages);
    for (size_t i = 0; i < c->n_pages; i++) {
        const struct page *p = &c->pages[i];
        buf_append_u8(out, (uint8_t) (p->kind | p->marked << 4));
        if (p->kind == PAGE_LIST) {
            buf_append_be32(out, p->list);
        } else if (p->kind != PAGE_NONE) {
            buf_append_u8(out, p->len);
            buf_append(out, p->base, p->len);
        }
    }
}

static void
put_lists(const struct collation *c, struct buf *out)
{
    buf_append_be32(out, (uint32_t) c->n_lists);
    for (size_t i = 0; i < c->n_lists; i++) {
        buf_append_be32(out, c->lists[i].start);
        for (unsigned k = 0; k <= 256; k++) {
            buf_append_be16(out, c->lists[i].offset[k]);
        }
    }
    buf_append_be32(out, (uint32_t) c->weights.len);
    buf_append_slice(out, buf_slice(&c->weights));
}

void
collation_save(const struct collation *c, struct slice engine, struct buf *out)
{
    const size_t start = out->len;
    buf_append_str(out, MAGIC);
    buf_append_be32(out, VERSION);
    put_text(engine, out);
    put_text(c->info->name, out);
    buf_append_u8(out, c->safe);
    put_pages(c, out);
    put_lists(c, out);
    buf_append_be64(out, fnv1a(slice_from(buf_slice(out), start)));
}

/* ------------------------------------------------------------------------------------ load --- */

struct reader {
    struct slice rest;
    bool failed;
};

static struct slice
take(struct reader *r, size_t n)
{
    static const uint8_t zeros[16];
    if (r->failed || r->rest.len < n) {
        r->failed = true;
        return slice_of(zeros, n < sizeof(zeros) ? n : 0);
    }
    const struct slice s = slice_sub(r->rest, 0, n);
    r->rest = slice_from(r->rest, n);
    return s;
}

static uint32_t
take_be32(struct reader *r)
{
    return mem_be32(take(r, 4).data);
}

static uint16_t
take_be16(struct reader *r)
{
    return mem_be16(take(r, 2).data);
}

static struct slice
take_text(struct reader *r)
{
    const size_t n = take_be16(r);
    return take(r, n);
}

static bool
take_page(struct reader *r, size_t n_lists_max, struct page *p)
{
    const uint8_t head = take(r, 1).data[0];
    p->kind = head & 15;
    p->marked = head >> 4;
    if (p->kind == PAGE_LIST) {
        p->list = take_be32(r);
        return p->list < n_lists_max;
    }
    if (p->kind > PAGE_LIST || p->kind == PAGE_NONE) {
        return p->kind == PAGE_NONE;
    }
    p->len = take(r, 1).data[0];
    if (p->len > PAGE_BASE_MAX || (p->kind == PAGE_LINEAR && p->len < 2)) {
        return false;
    }
    mem_copy(p->base, take(r, p->len).data, r->failed ? 0 : p->len);
    return true;
}

static bool
take_pages(struct reader *r, struct collation *c, size_t *lists_needed)
{
    c->n_pages = take_be32(r);
    if (r->failed || c->n_pages > 17 * 256) {
        c->n_pages = 0;
        return false;
    }
    c->pages = calloc(c->n_pages + 1, sizeof(*c->pages));
    *lists_needed = 0;
    for (size_t i = 0; c->pages && i < c->n_pages; i++) {
        struct page *p = &c->pages[i];
        if (!take_page(r, SIZE_MAX, p)) {
            return false;
        }
        if (p->kind == PAGE_LIST && p->list >= *lists_needed) {
            *lists_needed = (size_t) p->list + 1;
        }
    }
    return c->pages && !r->failed;
}

static bool
take_list(struct reader *r, struct page_list *l)
{
    l->start = take_be32(r);
    for (unsigned k = 0; k <= 256; k++) {
        l->offset[k] = take_be16(r);
        if (k > 0 && l->offset[k] < l->offset[k - 1]) {
            return false;
        }
    }
    return true;
}

static bool
take_lists(struct reader *r, struct collation *c, size_t lists_needed)
{
    c->n_lists = take_be32(r);
    if (r->failed || c->n_lists < lists_needed || c->n_lists > 17 * 256) {
        c->n_lists = 0;
        return false;
    }
    c->lists = calloc(c->n_lists + 1, sizeof(*c->lists));
    for (size_t i = 0; c->lists && i < c->n_lists; i++) {
        if (!take_list(r, &c->lists[i])) {
            return false;
        }
    }
    buf_append_slice(&c->weights, take(r, take_be32(r)));
    for (size_t i = 0; c->lists && i < c->n_lists; i++) {
        if ((size_t) c->lists[i].start + c->lists[i].offset[256] > c->weights.len) {
            return false;
        }
    }
    return c->lists && !r->failed && r->rest.len == 0 && !c->weights.failed;
}

static void
unref_cleanup(struct collation **c)
{
    collation_unref(*c);
}

struct status
collation_load(struct collation **out, const struct collation_info *info, struct slice engine,
               struct slice bytes)
{
    size_t lists_needed;
    *out = NULL;
    if (bytes.len < 32 ||
        fnv1a(slice_sub(bytes, 0, bytes.len - 8)) != mem_be64(bytes.data + bytes.len - 8)) {
        return OK;
    }
    struct reader r = {slice_sub(bytes, 0, bytes.len - 8), false};
    if (!slice_equal(take(&r, 4), SLICE(MAGIC)) || take_be32(&r) != VERSION ||
        !slice_equal(take_text(&r), engine) || !slice_equal(take_text(&r), info->name)) {
        return OK;
    }
    CLEANUP(unref_cleanup) struct collation *c = collation_new(info);
    if (!c) {
        RAISE(NO_MEMORY);
    }
    c->safe = take(&r, 1).data[0] != 0;
    if (take_pages(&r, c, &lists_needed) && take_lists(&r, c, lists_needed)) {
        collation_finish(c);
        *out = STEAL(c);
    }
    return OK;
}
