/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building a weight table, page by page of 256 code points. Four samples tell whether a page looks
 * constant or linear, the weight of the whole page as one string proves it; other pages are asked
 * character by character. Then: do strings weigh as the concatenation of their characters? Every ordered pair of characters of an alphabet (a
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

#define STRINGS_MAX 256

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

/* From the weights of all 256 characters. One without a weight is never used. */
static STATUS
set_list_page(struct collation *c, size_t page, const struct slice *w)
{
    struct page *p = &c->pages[page];
    unsigned missing = 0;
    for (unsigned i = 0; i < 256; i++) {
        missing += slice_is_null(w[i]);
    }
    p->marked = missing > 0;
    return missing == 256 ? OK : add_list(c, w, p);
}

static bool
is_surrogate_page(size_t page)
{
    return page >= 0xd8 && page < 0xe0;
}

#define SAMPLES 4

static const uint32_t sample_at[SAMPLES] = {0, 1, 127, 255};

/* Constant or linear through its samples? */
static bool
guess_page(struct page *p, const struct slice w[SAMPLES])
{
    const size_t len = w[0].len;
    bool constant = true, linear = len >= 2;
    if (slice_is_null(w[0]) || len > PAGE_BASE_MAX) {
        return false;
    }
    for (unsigned i = 1; i < SAMPLES; i++) {
        if (slice_is_null(w[i]) || w[i].len != len) {
            return false;
        }
        constant = constant && slice_equal(w[i], w[0]);
        linear = linear && slice_equal(slice_sub(w[i], 0, len - 2), slice_sub(w[0], 0, len - 2)) &&
                 mem_be16(w[i].data + len - 2) == mem_be16(w[0].data + len - 2) + sample_at[i];
    }
    p->kind = constant ? PAGE_CONST : linear ? PAGE_LINEAR : PAGE_NONE;
    p->len = (uint8_t) len;
    mem_copy(p->base, w[0].data, len);
    return constant || linear;
}

/* The weight of all 256 characters as one string proves or refutes the guess. */
static bool
weighs_like(const struct collation *c, size_t page, struct slice whole, struct buf *scratch)
{
    buf_clear(scratch);
    for (uint32_t i = 0; i < 256; i++) {
        uint8_t bytes[PAGE_BASE_MAX];
        struct slice w;
        if (!collation_weight(c, (uint32_t) (page << 8) + i, bytes, &w)) {
            return false;
        }
        buf_append_slice(scratch, w);
    }
    return !scratch->failed && slice_equal(buf_slice(scratch), whole);
}

/* Strings for one question, in the character set. */
struct question {
    struct buf text;
    size_t n, ends[STRINGS_MAX];
};

static void
question_deinit(struct question *q)
{
    buf_deinit(&q->text);
}

static void
question_end(struct question *q)
{
    q->ends[q->n++] = q->text.len;
}

/* Answers in b->found. */
static STATUS
question_ask(struct question *q, struct build *b)
{
    struct slice strings[STRINGS_MAX];
    TRY(buf_status(&q->text));
    arena_reset(b->pool);
    for (size_t i = 0; i < q->n; i++) {
        const size_t start = i ? q->ends[i - 1] : 0;
        strings[i] = slice_of(q->text.data + start, q->ends[i] - start);
        b->found[i] = SLICE_NULL;
    }
    TRY(b->source->strings(b->source->ctx, b->c->info, strings, q->n, take_weight, b));
    return arena_status(b->pool);
}

static STATUS
read_list_page(struct build *b, size_t page)
{
    CLEANUP(question_deinit) struct question q = {.n = 0};
    for (uint32_t i = 0; i < 256; i++) {
        charset_encode(b->c->info->cs, (uint32_t) (page << 8) + i, &q.text);
        question_end(&q);
    }
    TRY(question_ask(&q, b));
    return set_list_page(b->c, page, b->found);
}

#define BATCH 32 /* pages; (SAMPLES + 1) strings each */

static void
put_page_strings(const struct collation *c, size_t page, struct question *q)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        charset_encode(c->info->cs, (uint32_t) (page << 8) + sample_at[i], &q->text);
        question_end(q);
    }
    for (uint32_t i = 0; i < 256; i++) {
        charset_encode(c->info->cs, (uint32_t) (page << 8) + i, &q->text);
    }
    question_end(q);
}

static STATUS
read_batch(struct build *b, size_t first)
{
    CLEANUP(question_deinit) struct question q = {.n = 0};
    CLEANUP(buf_deinit_cleanup) struct buf scratch = BUF_INIT;
    struct collation *c = b->c;
    bool listed[BATCH];
    for (size_t i = 0; i < BATCH; i++) {
        put_page_strings(c, first + i, &q);
    }
    TRY(question_ask(&q, b));
    for (size_t i = 0; i < BATCH; i++) {
        const struct slice *w = b->found + i * (SAMPLES + 1);
        listed[i] = !guess_page(&c->pages[first + i], w) ||
                    !weighs_like(c, first + i, w[SAMPLES], &scratch);
    }
    for (size_t i = 0; i < BATCH; i++) {
        if (is_surrogate_page(first + i)) {
            c->pages[first + i] = (struct page){.kind = PAGE_NONE};
        } else if (listed[i]) {
            c->pages[first + i] = (struct page){.kind = PAGE_NONE};
            TRY(read_list_page(b, first + i));
        }
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
    return set_list_page(b->c, 0, b->found);
}

static STATUS
read_unicode(struct build *b)
{
    for (size_t page = 0; page < b->c->n_pages; page += BATCH) {
        TRY(read_batch(b, page));
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

/*
 * Several levels show as a zero unit between them in the weight of one letter, or as a weight of two
 * letters that is not the letters' weights side by side (qx: no language contracts it). Then no string
 * is the concatenation of its characters: no table, every key is asked for. With PAD SPACE not even that
 * helps: no cut of trailing weights makes equal strings equal.
 */
static STATUS
read_levels(struct build *b, bool *several)
{
    static const char *const words[] = {"a", "q", "x", "qx"};
    const struct collation_info *info = b->c->info;
    const enum charset cs = collation_is_8bit(info) ? CHARSET_ASCII : info->cs;
    CLEANUP(question_deinit) struct question q = {.n = 0};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (const char *s = words[i]; *s; s++) {
            charset_encode(cs, (uint32_t) *s, &q.text);
        }
        question_end(&q);
    }
    TRY(question_ask(&q, b));
    const struct slice w = b->found[0], head = b->found[1], tail = b->found[2], both = b->found[3];
    *several = slice_is_null(w) || both.len != head.len + tail.len ||
               !slice_starts_with(both, head) || !slice_equal(slice_from(both, head.len), tail);
    for (size_t i = 0; i + 1 < w.len; i += 2) {
        *several = *several || mem_be16(w.data + i) == 0;
    }
    return OK;
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
    b->found = calloc(STRINGS_MAX, sizeof(*b->found));
    b->pool = arena_create(0);
    if (!c->pages || !b->found || !b->pool) {
        RAISE(NO_MEMORY);
    }
    bool several;
    TRY(read_levels(b, &several));
    c->safe = true;
    if (several) {
        c->safe = !c->info->pad_space;
        c->n_pages = 0;
        return OK;
    }
    TRY(collation_is_8bit(c->info) ? read_8bit(b) : read_unicode(b));
    TRY(probe_all(b));
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
