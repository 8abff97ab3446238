/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be stored of a column, as people say it: "onions=eager, floor=rnd, search=ngram". The same
 * text stands in the configuration file (per pattern of database.table.column), in a column's comment
 * (COMMENT 'allium: floor=rnd') and behind ADJUST COLUMN. The later source wins, word by word.
 *
 * A new column's policy is resolved once and recorded in the catalog; from then on the record counts.
 * Nothing but ADJUST COLUMN lowers a recorded floor (policy_follow).
 *
 * Pure functions; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"

/* Which onions a column starts with. */
enum policy_onions {
    POLICY_AUTO,  /* what keys need, order included; others when queries need them */
    POLICY_EAGER, /* Eq and Ord of every column, wrapped until they are needed */
    POLICY_LAZY,  /* equality for keys, nothing else, and nothing later by itself */
};

/* The most that the server may ever learn of a column; from the most to the least. */
enum policy_floor {
    POLICY_FLOOR_OPE, /* order */
    POLICY_FLOOR_DET, /* equality */
    POLICY_FLOOR_RND, /* nothing */
};

enum policy_search {
    POLICY_SEARCH_NONE,
    POLICY_SEARCH_NGRAM, /* every three characters in a row: finds parts of words and so whole words */
};

struct policy {
    enum policy_onions onions;
    enum policy_floor floor;
    enum policy_search search;
    bool add;    /* sums on the server (HOM) */
    bool strict; /* no query takes a layer off or adds a token */
    uint32_t
        low_entropy; /* fewer distinct values than this: queries take no layer off. 0: no guard */
    uint32_t given;  /* which words were said, a bit each, in the order of the list in policy.c */
};

/* auto, floor=ope, no search, low_entropy=16; `given` is empty. */
extern const struct policy policy_default;

/* "floor=rnd, onions=eager": words that are not there stay as they are in *p. POLICY names a bad word. */
STATUS policy_parse(struct slice text, struct policy *p, struct diag *d);
/* What follows "allium:" at the start of a comment or after a semicolon in it, or a NULL slice. */
struct slice policy_of_comment(struct slice comment);
/* The words of `over` that were given, put over *p. */
void policy_merge(struct policy *p, const struct policy *over);
/* All words, as policy_parse reads them. */
void policy_print(const struct policy *p, struct buf *out);

/* A record meets newly said words: merges them; POLICY when that would lower the floor or end strict. */
STATUS policy_follow(struct policy *recorded, const struct policy *said, struct slice column,
                     struct diag *d);

/* "shop.*.name = floor=rnd" lines, in order. Immutable after it is built. */
struct policy_rule {
    struct slice pattern; /* db.table.column; each part with * and ? */
    struct policy policy;
    const struct policy_rule *next;
};

/* Appends one rule behind *rules (memory from a). POLICY: not three parts, or a bad word. */
STATUS policy_rule_add(struct arena *a, const struct policy_rule **rules, struct slice pattern,
                       struct slice text, struct diag *d);
/* The policy of a new column: default, rules, comment. POLICY for a bad word in the comment. */
STATUS policy_resolve(const struct policy_rule *rules, struct slice db, struct slice table,
                      struct slice column, struct slice comment, struct policy *out,
                      struct diag *d);
