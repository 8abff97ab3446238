/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building a weight table: read the weights of all code points page by page, then try whether strings
 * weigh as the concatenation of their characters. Every ordered pair of characters of an alphabet (a
 * page, or pages whose scripts mix) stands in one de Bruijn string; one WEIGHT_STRING() of it is
 * compared with the table's answer. Collation data of MySQL and MariaDB come from the UCA's DUCET and
 * CLDR tailorings, whose contractions lie within a script or join a letter and a combining mark, and
 * whose longer contractions begin with shorter ones.
 * De Bruijn strings from Lyndon words: https://en.wikipedia.org/wiki/De_Bruijn_sequence
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "rewriter/types/collation_priv.h"

#define PLANE 65536u

struct build {
    struct collation *c;
    const struct collation_source *source;
    struct slice *found; /* weights by position while an answer comes in; into `pool` */
    struct arena *pool;
};

static void
build_deinit(struct build *b)
{
    free(b->found);
    arena_free(b->pool);
    collation_unref(b->c);
}

/* ------------------------------------------------------------------------- reading weights --- */

static void
take_weight(void *ctx, size_t i, struct slice weight)
{
    struct build *b = ctx;
    b->found[i] = arena_dup(b->pool, weight);
}

static bool
is_linear(const struct slice *w)
{
    if (w[0].len < 2 || w[0].len > PAGE_BASE_MAX) {
        return false;
    }
    const uint32_t base = mem_be16(w[0].data + w[0].len - 2);
    const struct slice head = slice_sub(w[0], 0, w[0].len - 2);
    for (unsigned i = 1; i < 256; i++) {
        if (w[i].len != w[0].len || mem_be16(w[i].data + w[i].len - 2) != base + i ||
            !slice_equal(slice_sub(w[i], 0, w[i].len - 2), head)) {
            return false;
        }
    }
    return true;
}

static bool
is_const(const struct slice *w)
{
    for (unsigned i = 1; i < 256; i++) {
        if (!slice_equal(w[i], w[0])) {
            return false;
        }
    }
    return w[0].len <= PAGE_BASE_MAX;
}

static STATUS
add_list(struct collation *c, const struct slice *w, struct page *p)
{
    struct page_list *lists = realloc(c->lists, (c->n_lists + 1) * sizeof(*lists));
    if (!lists) {
        RAISE(NO_MEMORY);
    }
    c->lists = lists;
    struct page_list *l = &lists[c->n_lists];
    l->start = (uint32_t) c->weights.len;
    for (unsigned i = 0; i <= 256; i++) {
        const size_t offset = c->weights.len - l->start;
        if (offset > UINT16_MAX) {
            RAISE(LIMIT);
        }
        l->offset[i] = (uint16_t) offset;
        if (i < 256) {
            buf_append_slice(&c->weights, w[i]);
        }
    }
    p->kind = PAGE_LIST;
    p->list = (uint32_t) c->n_lists++;
    return buf_status(&c->weights);
}

static STATUS
set_page(struct collation *c, size_t page, const struct slice *w)
{
    struct page *p = &c->pages[page];
    unsigned missing = 0;
    for (unsigned i = 0; i < 256; i++) {
        missing += slice_is_null(w[i]);
    }
    p->marked = missing > 0; /* a weight that is not known must not be used */
    if (missing == 256) {
        p->kind = PAGE_NONE;
        return OK;
    }
    if (missing == 0 && (is_const(w) || is_linear(w))) {
        p->kind = is_const(w) ? PAGE_CONST : PAGE_LINEAR;
        p->len = (uint8_t) w[0].len;
        mem_copy(p->base, w[0].data, w[0].len);
        return OK;
    }
    return add_list(c, w, p);
}

static bool
is_surrogate_page(size_t page)
{
    return page >= 0xd8 && page < 0xe0;
}

static STATUS
read_plane(struct build *b, uint32_t plane)
{
    arena_reset(b->pool);
    for (uint32_t i = 0; i < PLANE; i++) {
        b->found[i] = SLICE_NULL;
    }
    TRY(b->source->range(b->source->ctx, b->c->info, plane * PLANE, PLANE, take_weight, b));
    TRY(arena_status(b->pool));
    for (uint32_t page = 0; page < 256; page++) {
        const size_t at = plane * 256 + page;
        if (!is_surrogate_page(at)) {
            TRY(set_page(b->c, at, b->found + page * 256));
        }
    }
    return OK;
}

/* A page of an unassigned plane: constant or linear through its samples, else not known. */
static void
set_sampled_page(struct page *p, const struct slice w[4], const uint32_t at[4])
{
    const size_t len = w[0].len;
    bool constant = true, linear = len >= 2;
    p->marked = slice_is_null(w[0]) || len > PAGE_BASE_MAX;
    for (unsigned i = 1; i < 4 && !p->marked; i++) {
        p->marked = slice_is_null(w[i]) || w[i].len != len;
        constant = constant && slice_equal(w[i], w[0]);
        linear = linear && !p->marked &&
                 slice_equal(slice_sub(w[i], 0, len - 2), slice_sub(w[0], 0, len - 2)) &&
                 mem_be16(w[i].data + len - 2) == mem_be16(w[0].data + len - 2) + at[i];
    }
    p->marked = p->marked || (!constant && !linear);
    if (!p->marked) {
        p->kind = constant ? PAGE_CONST : PAGE_LINEAR;
        p->len = (uint8_t) len;
        mem_copy(p->base, w[0].data, len);
    }
}

#define SAMPLES      4
#define SAMPLE_PAGES 64

static STATUS
sample_pages(struct build *b, size_t first_page)
{
    static const uint32_t at[SAMPLES] = {0, 1, 127, 255};
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    struct slice strings[SAMPLES * SAMPLE_PAGES];
    size_t ends[SAMPLES * SAMPLE_PAGES];
    const size_t n = SAMPLES * SAMPLE_PAGES;
    for (size_t i = 0; i < n; i++) {
        const uint32_t cp = (uint32_t) ((first_page + i / SAMPLES) << 8) + at[i % SAMPLES];
        charset_encode(b->c->info->cs, cp, &text);
        ends[i] = text.len;
    }
    TRY(buf_status(&text));
    arena_reset(b->pool);
    for (size_t i = 0; i < n; i++) {
        const size_t start = i ? ends[i - 1] : 0;
        strings[i] = slice_of(text.data + start, ends[i] - start);
        b->found[i] = SLICE_NULL;
    }
    TRY(b->source->strings(b->source->ctx, b->c->info, strings, n, take_weight, b));
    TRY(arena_status(b->pool));
    for (size_t i = 0; i < SAMPLE_PAGES; i++) {
        set_sampled_page(&b->c->pages[first_page + i], b->found + i * SAMPLES, at);
    }
    return OK;
}

static STATUS
read_8bit(struct build *b)
{
    uint8_t bytes[256];
    struct slice strings[256];
    const bool ascii = b->c->info->cs == CHARSET_ASCII;
    const size_t n = ascii ? 128 : 256;
    for (unsigned i = 0; i < n; i++) {
        bytes[i] = (uint8_t) i;
        strings[i] = slice_of(&bytes[i], 1);
    }
    TRY(b->source->strings(b->source->ctx, b->c->info, strings, n, take_weight, b));
    TRY(arena_status(b->pool));
    for (unsigned i = 0; i < 256; i++) {
        if (slice_is_null(b->found[i])) {
            b->found[i] = SLICE("");
            b->c->safe = b->c->safe && i >= n;
        }
    }
    return set_page(b->c, 0, b->found);
}

static STATUS
read_unicode(struct build *b)
{
    const uint32_t n_planes = b->c->n_pages / 256;
    for (uint32_t plane = 0; plane < n_planes; plane++) {
        if (plane < 4 || plane == 14) {
            TRY(read_plane(b, plane));
            continue;
        }
        for (size_t page = 0; page < 256; page += SAMPLE_PAGES) {
            TRY(sample_pages(b, plane * 256 + page));
        }
    }
    return OK;
}

/* --------------------------------------------------------------------------------- probing --- */

struct probe {
    struct build *b;
    struct buf units;   /* uint32_t each: the alphabet */
    struct buf text;    /* in the character set */
    struct buf weights; /* the engine's */
    struct buf key;     /* the table's */
};

static void
probe_deinit(struct probe *p)
{
    buf_deinit(&p->units);
    buf_deinit(&p->text);
    buf_deinit(&p->weights);
    buf_deinit(&p->key);
}

static void
put_unit(struct probe *p, uint32_t unit)
{
    if (collation_is_8bit(p->b->c->info)) {
        buf_append_u8(&p->text, (uint8_t) unit);
    } else {
        charset_encode(p->b->c->info->cs, unit, &p->text);
    }
}

static void
add_page(struct probe *p, size_t page)
{
    const struct collation *c = p->b->c;
    if (page >= c->n_pages || c->pages[page].kind == PAGE_NONE) {
        return;
    }
    const uint32_t end = c->info->cs == CHARSET_ASCII ? 128 : 256;
    for (uint32_t i = 0; i < end; i++) {
        const uint32_t unit = (uint32_t) (page << 8) + i;
        buf_append(&p->units, &unit, sizeof(unit));
    }
}

static void
take_probe(void *ctx, size_t i, struct slice weight)
{
    struct probe *p = ctx;
    buf_append_slice(&p->weights, weight);
}

/* Does p->text weigh as its characters do? */
static STATUS
ask(struct probe *p, bool *same)
{
    const struct slice text = buf_slice(&p->text);
    buf_clear(&p->weights);
    buf_clear(&p->key);
    TRY(buf_status(&p->text));
    TRY(p->b->source->strings(p->b->source->ctx, p->b->c->info, &text, 1, take_probe, p));
    TRY(buf_status(&p->weights));
    *same = collation_concat(p->b->c, text, true, &p->key) &&
            slice_equal(buf_slice(&p->key), buf_slice(&p->weights));
    return buf_status(&p->key);
}

static uint32_t
unit_at(const struct probe *p, size_t i)
{
    uint32_t unit;
    mem_copy(&unit, p->units.data + i * sizeof(unit), sizeof(unit));
    return unit;
}

/* All ordered pairs of the alphabet. */
static STATUS
probe_pairs(struct probe *p, bool *same)
{
    const size_t n = p->units.len / sizeof(uint32_t);
    buf_clear(&p->text);
    for (size_t i = 0; i < n; i++) {
        put_unit(p, unit_at(p, i));
        for (size_t k = i + 1; k < n; k++) {
            put_unit(p, unit_at(p, i));
            put_unit(p, unit_at(p, k));
        }
    }
    put_unit(p, n ? unit_at(p, 0) : ' ');
    return ask(p, same);
}

/* Each character of the alphabet before each combining mark of U+0300..036F. */
static STATUS
probe_marks(struct probe *p, bool *same)
{
    const size_t n = p->units.len / sizeof(uint32_t);
    buf_clear(&p->text);
    for (size_t i = 0; i < n; i++) {
        for (uint32_t mark = 0x300; mark < 0x370; mark++) {
            put_unit(p, unit_at(p, i));
            put_unit(p, mark);
        }
    }
    return ask(p, same);
}

#define ALPHABET_PAGES 5

struct alphabet {
    uint16_t pages[ALPHABET_PAGES];
    uint8_t n;
    bool with_marks;
};

static void
mark_pages(struct collation *c, const struct alphabet *a)
{
    for (unsigned i = 0; i < a->n; i++) {
        if (a->pages[i] < c->n_pages) {
            c->pages[a->pages[i]].marked = true;
        }
    }
}

static STATUS
probe_alphabet(struct probe *p, const struct alphabet *a)
{
    bool same = true;
    buf_clear(&p->units);
    for (unsigned i = 0; i < a->n; i++) {
        add_page(p, a->pages[i]);
    }
    TRY(buf_status(&p->units));
    TRY(probe_pairs(p, &same));
    if (same && a->with_marks) {
        TRY(probe_marks(p, &same));
    }
    if (!same) {
        mark_pages(p->b->c, a);
    }
    return OK;
}

/* Scripts that spread over pages: Latin; Greek; Cyrillic; kana with its wide and narrow forms. */
static const struct alphabet mixed[] = {
    {{0x00, 0x01, 0x02, 0x1e}, 4, true},
    {{0x03, 0x1f}, 2, true},
    {{0x04, 0x05}, 2, true},
    {{0x30, 0x31, 0xff}, 3, false},
};

static STATUS
probe_all(struct build *b)
{
    CLEANUP(probe_deinit) struct probe p = {.b = b};
    const struct collation *c = b->c;
    for (size_t i = 0; c->n_pages > 1 && i < sizeof(mixed) / sizeof(mixed[0]); i++) {
        TRY(probe_alphabet(&p, &mixed[i]));
    }
    for (size_t page = 0; page < c->n_pages; page++) {
        if (c->pages[page].kind == PAGE_LIST && !c->pages[page].marked) {
            const struct alphabet a = {{(uint16_t) page}, 1, c->n_pages > 1 && page < 0x20};
            TRY(probe_alphabet(&p, &a));
        }
    }
    return OK;
}

/* Several levels show as a zero unit between them in the weight of one letter. With PAD SPACE no
 * cut of trailing weights makes equal strings equal then. */
static bool
has_levels(const struct collation *c)
{
    uint8_t scratch[PAGE_BASE_MAX];
    struct slice w;
    if (!collation_weight(c, 'a', scratch, &w)) {
        return true;
    }
    for (size_t i = 0; i + 1 < w.len; i += 2) {
        if (mem_be16(w.data + i) == 0) {
            return true;
        }
    }
    return false;
}

/* ----------------------------------------------------------------------------------- build --- */

static size_t
count_pages(const struct collation_info *info)
{
    if (collation_is_8bit(info)) {
        return 1;
    }
    return info->cs == CHARSET_UTF8MB3 || info->cs == CHARSET_UCS2 ? 256 : 17 * 256;
}

static STATUS
build_table(struct build *b)
{
    struct collation *c = b->c;
    c->n_pages = count_pages(c->info);
    c->pages = calloc(c->n_pages, sizeof(*c->pages));
    b->found = calloc(PLANE, sizeof(*b->found));
    b->pool = arena_create(0);
    if (!c->pages || !b->found || !b->pool) {
        RAISE(NO_MEMORY);
    }
    c->safe = true;
    TRY(collation_is_8bit(c->info) ? read_8bit(b) : read_unicode(b));
    TRY(probe_all(b));
    c->safe = c->safe && !(c->info->pad_space && has_levels(c));
    collation_finish(c);
    return OK;
}

struct status
collation_build(struct collation **out, const struct collation_info *info,
                const struct collation_source *source, struct diag *d)
{
    CLEANUP(build_deinit) struct build b = {.c = collation_new(info), .source = source};
    if (!b.c) {
        RAISE(NO_MEMORY);
    }
    if (info->is_bin) {
        b.c->safe = true;
    } else if (info->cs != CHARSET_OTHER) {
        if (!source) {
            FAIL(d, BUG, "collation %.*s needs a source of weights", SLICE_ARG(info->name));
        }
        TRY(build_table(&b));
    }
    *out = STEAL(b.c);
    return OK;
}
