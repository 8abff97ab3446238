/* SPDX-License-Identifier: Apache-2.0 */
/* One table of words; parser, printer and merge walk it. */
#include "rewriter/catalog/policy.h"

const struct policy policy_default = {.low_entropy = 16};

enum word_kind {
    WORD_ENUM,
    WORD_BOOL,
    WORD_NUMBER
};

struct word {
    const char *name;
    enum word_kind kind;
    size_t offset;
    const char *values[4]; /* WORD_ENUM: by number */
};

static const struct word words[] = {
    {"onions", WORD_ENUM, offsetof(struct policy, onions), {"auto", "eager", "lazy"}},
    {"floor", WORD_ENUM, offsetof(struct policy, floor), {"ope", "det", "rnd"}},
    {"search", WORD_ENUM, offsetof(struct policy, search), {"none", "ngram"}},
    {"add", WORD_BOOL, offsetof(struct policy, add), {"no", "yes"}},
    {"strict", WORD_BOOL, offsetof(struct policy, strict), {"no", "yes"}},
    {"low_entropy", WORD_NUMBER, offsetof(struct policy, low_entropy), {0}},
};
#define N_WORDS (sizeof(words) / sizeof(words[0]))

static unsigned
get(const struct policy *p, const struct word *w)
{
    const void *at = (const char *) p + w->offset;
    switch (w->kind) {
    case WORD_ENUM:
        return *(const unsigned *) at;
    case WORD_BOOL:
        return *(const bool *) at;
    case WORD_NUMBER:
        return *(const uint32_t *) at;
    }
    return 0;
}

static void
set(struct policy *p, const struct word *w, unsigned v)
{
    void *at = (char *) p + w->offset;
    switch (w->kind) {
    case WORD_ENUM:
        *(unsigned *) at = v;
        break;
    case WORD_BOOL:
        *(bool *) at = v != 0;
        break;
    case WORD_NUMBER:
        *(uint32_t *) at = v;
        break;
    }
    p->given |= 1u << (w - words);
}

static struct slice
trim(struct slice s)
{
    while (s.len && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s = slice_from(s, 1);
    }
    while (s.len && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

/* Up to the next `stop`, which is skipped; the rest stays in *text. */
static struct slice
cut(struct slice *text, char stop)
{
    size_t n = 0;
    while (n < text->len && text->data[n] != stop) {
        n++;
    }
    const struct slice head = slice_sub(*text, 0, n);
    *text = slice_from(*text, n < text->len ? n + 1 : n);
    return trim(head);
}

static bool
parse_value(const struct word *w, struct slice value, unsigned *out)
{
    uint64_t n;
    if (w->kind == WORD_NUMBER) {
        if (!slice_parse_u64(value, &n) || n > UINT32_MAX) {
            return false;
        }
        *out = (unsigned) n;
        return true;
    }
    for (unsigned i = 0; i < 4 && w->values[i]; i++) {
        if (slice_equal_str_ci(value, w->values[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

struct status
policy_parse(struct slice text, struct policy *p, struct diag *d)
{
    while (text.len) {
        struct slice item = cut(&text, ',');
        if (!item.len) {
            continue;
        }
        const struct slice whole = item, name = cut(&item, '=');
        const struct slice value = trim(item);
        const struct word *w = words;
        unsigned v;
        while (w < words + N_WORDS && !slice_equal_str_ci(name, w->name)) {
            w++;
        }
        if (w == words + N_WORDS || !parse_value(w, value, &v)) {
            FAIL(d, POLICY,
                 "bad policy word '%.*s': known are onions=auto|eager|lazy, floor=ope|det|rnd,"
                 " search=none|ngram, add=yes|no, strict=yes|no, low_entropy=N",
                 SLICE_ARG(whole));
        }
        set(p, w, v);
    }
    return OK;
}

struct slice
policy_of_comment(struct slice comment)
{
    static const char mark[] = "allium:";
    for (size_t i = 0; i + sizeof(mark) - 1 <= comment.len; i++) {
        const struct slice before = trim(slice_sub(comment, 0, i));
        if ((!before.len || before.data[before.len - 1] == ';') &&
            slice_equal_str_ci(slice_sub(comment, i, sizeof(mark) - 1), mark)) {
            return trim(slice_from(comment, i + sizeof(mark) - 1));
        }
    }
    return SLICE_NULL;
}

void
policy_merge(struct policy *p, const struct policy *over)
{
    for (size_t i = 0; i < N_WORDS; i++) {
        if (over->given >> i & 1) {
            set(p, &words[i], get(over, &words[i]));
        }
    }
}

void
policy_print(const struct policy *p, struct buf *out)
{
    for (size_t i = 0; i < N_WORDS; i++) {
        const struct word *w = &words[i];
        buf_printf(out, "%s%s=", i ? ", " : "", w->name);
        if (w->kind == WORD_NUMBER) {
            buf_append_u64_dec(out, get(p, w));
        } else {
            buf_append_str(out, w->values[get(p, w)]);
        }
    }
}

struct status
policy_follow(struct policy *recorded, const struct policy *said, struct slice column,
              struct diag *d)
{
    struct policy next = *recorded;
    policy_merge(&next, said);
    if (next.floor < recorded->floor || (recorded->strict && !next.strict)) {
        FAIL(d, POLICY,
             "column '%.*s': a comment cannot lower its floor; ADJUST COLUMN on the admin port can",
             SLICE_ARG(column));
    }
    *recorded = next;
    return OK;
}

/* ---- rules -------------------------------------------------------------------------------------- */

static bool
matches(struct slice pattern, struct slice name)
{
    if (!pattern.len) {
        return !name.len;
    }
    if (pattern.data[0] == '*') {
        for (size_t skip = 0; skip <= name.len; skip++) {
            if (matches(slice_from(pattern, 1), slice_from(name, skip))) {
                return true;
            }
        }
        return false;
    }
    return name.len && (pattern.data[0] == '?' || pattern.data[0] == name.data[0]) &&
           matches(slice_from(pattern, 1), slice_from(name, 1));
}

struct status
policy_rule_add(struct arena *a, const struct policy_rule **rules, struct slice pattern,
                struct slice text, struct diag *d)
{
    unsigned dots = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        dots += pattern.data[i] == '.';
    }
    if (dots != 2) {
        FAIL(d, POLICY, "[policy] %.*s: expected database.table.column", SLICE_ARG(pattern));
    }
    struct policy_rule *rule = arena_new(a, struct policy_rule);
    rule->pattern = arena_dup(a, pattern);
    TRY(policy_parse(text, &rule->policy, d));
    while (*rules) {
        rules = (const struct policy_rule **) &(*rules)->next;
    }
    *rules = rule;
    return arena_status(a);
}

struct status
policy_resolve(const struct policy_rule *rules, struct slice db, struct slice table,
               struct slice column, struct slice comment, struct policy *out, struct diag *d)
{
    *out = policy_default;
    for (const struct policy_rule *r = rules; r; r = r->next) {
        struct slice rest = r->pattern;
        const struct slice pd = cut(&rest, '.'), pt = cut(&rest, '.');
        if (matches(pd, db) && matches(pt, table) && matches(rest, column)) {
            policy_merge(out, &r->policy);
        }
    }
    const struct slice said = policy_of_comment(comment);
    return slice_is_null(said) ? OK : policy_parse(said, out, d);
}
