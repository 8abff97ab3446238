/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/types/collation.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "rewriter/types/collation_priv.h"

bool
collation_is_8bit(const struct collation_info *info)
{
    return info->cs == CHARSET_LATIN1 || info->cs == CHARSET_ASCII ||
           info->cs == CHARSET_OTHER_8BIT;
}

struct collation *
collation_new(const struct collation_info *info)
{
    struct collation *c = calloc(1, sizeof(*c));
    if (c) {
        c->info = info;
        atomic_init(&c->refs, 1);
        buf_init(&c->weights);
    }
    return c;
}

struct collation *
collation_ref(const struct collation *c)
{
    struct collation *mutable = (struct collation *) c;
    atomic_fetch_add(&mutable->refs, 1);
    return mutable;
}

struct collation *
collation_unref(struct collation *c)
{
    if (c && atomic_fetch_sub(&c->refs, 1) == 1) {
        free(c->pages);
        free(c->lists);
        buf_deinit(&c->weights);
        free(c);
    }
    return NULL;
}

const struct collation_info *
collation_info_of(const struct collation *c)
{
    return c->info;
}

bool
collation_is_token_safe(const struct collation *c)
{
    return c->safe;
}

/* --------------------------------------------------------------------------------- weights --- */

bool
collation_weight(const struct collation *c, uint32_t unit, uint8_t scratch[PAGE_BASE_MAX],
                 struct slice *weight)
{
    if (unit >> 8 >= c->n_pages) {
        return false;
    }
    const struct page *p = &c->pages[unit >> 8];
    const uint32_t i = unit & 0xff;
    switch ((enum page_kind) p->kind) {
    case PAGE_NONE:
        return false;
    case PAGE_CONST:
        *weight = slice_of(p->base, p->len);
        return true;
    case PAGE_LINEAR:
        mem_copy(scratch, p->base, p->len);
        mem_put_be16(scratch + p->len - 2, (uint16_t) (mem_be16(p->base + p->len - 2) + i));
        *weight = slice_of(scratch, p->len);
        return true;
    case PAGE_LIST: {
        const struct page_list *l = &c->lists[p->list];
        *weight = slice_of(c->weights.data + l->start + l->offset[i],
                           (size_t) (l->offset[i + 1] - l->offset[i]));
        return true;
    }
    }
    return false;
}

/* The ASCII run at the start of s; returns its length. */
static size_t
concat_ascii(const struct collation *c, struct slice s, struct buf *key)
{
    size_t n = 0;
    while (n < s.len && s.data[n] < 0x80) {
        n++;
    }
    uint8_t *p = buf_extend(key, n * c->ascii_len);
    for (size_t i = 0; p && i < n; i++) {
        if (c->ascii_len == 2) {
            mem_put_be16(p + 2 * i, c->ascii[s.data[i]]);
        } else {
            p[i] = (uint8_t) c->ascii[s.data[i]];
        }
    }
    return n;
}

bool
collation_concat(const struct collation *c, struct slice s, bool ignore_marks, struct buf *key)
{
    const bool bytes = collation_is_8bit(c->info);
    const bool fast = c->ascii_len > 0 && c->n_pages > 0 && (ignore_marks || !c->pages[0].marked);
    for (size_t i = 0; i < s.len;) {
        uint8_t scratch[PAGE_BASE_MAX];
        struct slice w;
        uint32_t unit = s.data[i];
        unsigned len = 1;
        if (fast && unit < 0x80) {
            i += concat_ascii(c, slice_from(s, i), key);
            continue;
        }
        if ((unit >= 0x80 && c->info->cs == CHARSET_ASCII) ||
            (!bytes && !charset_decode(c->info->cs, slice_from(s, i), &unit, &len)) ||
            !collation_weight(c, unit, scratch, &w) ||
            (c->pages[unit >> 8].marked && !ignore_marks)) {
            return false;
        }
        buf_append_slice(key, w);
        i += len;
    }
    return true;
}

/* ------------------------------------------------------------------------------------ keys --- */

/* Bytes of U+0020 in the character set of a bin collation. */
static struct slice
bin_space(enum charset cs)
{
    switch (cs) {
    case CHARSET_UCS2:
    case CHARSET_UTF16:
        return SLICE("\0 ");
    case CHARSET_UTF16LE:
        return SLICE(" \0");
    case CHARSET_UTF32:
        return SLICE("\0\0\0 ");
    case CHARSET_BINARY:
    case CHARSET_ASCII:
    case CHARSET_LATIN1:
    case CHARSET_UTF8MB3:
    case CHARSET_UTF8MB4:
    case CHARSET_OTHER_8BIT:
    case CHARSET_OTHER:
        return SLICE(" ");
    }
    return SLICE(" ");
}

static struct slice
space_weight(const struct collation *c)
{
    return c->info->is_bin ? bin_space(c->info->cs) : slice_of(c->space, c->space_len);
}

/* Cuts trailing weights of U+0020 off what was appended after `mark`. */
static void
strip_spaces(const struct collation *c, struct buf *key, size_t mark)
{
    const struct slice space = space_weight(c);
    if (!c->info->pad_space || space.len == 0) {
        return;
    }
    size_t len = key->len;
    while (len - mark >= space.len &&
           mem_compare(key->data + len - space.len, space.data, space.len) == 0) {
        len -= space.len;
    }
    buf_truncate(key, len);
}

enum collation_result
collation_prefix_key(const struct collation *c, struct slice s, struct buf *key)
{
    const size_t mark = key->len;
    if (c->info->is_bin) {
        buf_append_slice(key, s);
        return COLLATION_OK;
    }
    if (!c->safe || !collation_concat(c, s, false, key)) {
        buf_truncate(key, mark);
        return COLLATION_ASK;
    }
    return COLLATION_OK;
}

enum collation_result
collation_key(const struct collation *c, struct slice s, struct buf *key)
{
    const size_t mark = key->len;
    const enum collation_result r = collation_prefix_key(c, s, key);
    if (r == COLLATION_OK && !key->failed) {
        strip_spaces(c, key, mark);
    }
    return r;
}

static bool
is_all_zero(struct slice s)
{
    uint8_t any = 0;
    for (size_t i = 0; i < s.len; i++) {
        any |= s.data[i];
    }
    return any == 0;
}

void
collation_key_from_weights(const struct collation *c, struct slice weights, struct buf *key)
{
    const size_t mark = key->len;
    if (!c->info->is_bin && c->n_pages == 0 && is_all_zero(weights)) {
        return; /* separators between levels without weights: equal to the empty string */
    }
    buf_append_slice(key, weights);
    if (!key->failed) {
        strip_spaces(c, key, mark);
    }
}

enum collation_result
collation_order_key(const struct collation *c, struct slice s, size_t n, struct buf *key)
{
    CLEANUP(buf_deinit_cleanup) struct buf whole = BUF_INIT;
    if (c->info->is_bin && (c->info->cs == CHARSET_UTF16 || c->info->cs == CHARSET_UTF16LE ||
                            c->info->cs == CHARSET_OTHER)) {
        return COLLATION_ASK; /* not in byte order */
    }
    if (collation_key(c, s, &whole) != COLLATION_OK || whole.failed) {
        return COLLATION_ASK;
    }
    const struct slice space = c->info->pad_space ? space_weight(c) : SLICE("\0");
    const size_t have = whole.len < n ? whole.len : n;
    buf_append(key, whole.data, have);
    for (size_t i = 0; i < n - have; i++) {
        buf_append_u8(key, space.data[i % space.len]);
    }
    return COLLATION_OK;
}

/* ---------------------------------------------------------------------------------- finish --- */

static void
fill_ascii(struct collation *c)
{
    if (!collation_is_8bit(c->info) && c->info->cs != CHARSET_UTF8MB3 &&
        c->info->cs != CHARSET_UTF8MB4) {
        return;
    }
    for (uint32_t i = 0; i < 128; i++) {
        uint8_t scratch[PAGE_BASE_MAX];
        struct slice w;
        if (!collation_weight(c, i, scratch, &w) || (w.len != 1 && w.len != 2) ||
            (i > 0 && w.len != c->ascii_len)) {
            c->ascii_len = 0;
            return;
        }
        c->ascii_len = (uint8_t) w.len;
        c->ascii[i] = w.len == 2 ? mem_be16(w.data) : w.data[0];
    }
}

/* Every weight a multiple of the space's: only then does cutting from the end meet whole weights. */
static bool
is_aligned(const struct collation *c)
{
    for (size_t i = 0; i < c->n_pages; i++) {
        const struct page *p = &c->pages[i];
        if (p->kind == PAGE_LIST) {
            for (unsigned k = 0; k <= 256; k++) {
                if (c->lists[p->list].offset[k] % c->space_len) {
                    return false;
                }
            }
        } else if (p->kind != PAGE_NONE && p->len % c->space_len) {
            return false;
        }
    }
    return true;
}

void
collation_finish(struct collation *c)
{
    uint8_t scratch[PAGE_BASE_MAX];
    struct slice w;
    if (c->info->is_bin || !c->safe) {
        return;
    }
    fill_ascii(c);
    if (!c->info->pad_space) {
        return;
    }
    c->safe = collation_weight(c, ' ', scratch, &w) && w.len > 0 && w.len <= PAGE_BASE_MAX;
    if (c->safe) {
        mem_copy(c->space, w.data, w.len);
        c->space_len = (uint8_t) w.len;
        c->safe = is_aligned(c);
    }
}
