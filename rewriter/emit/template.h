/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server SQL as data: fixed text with numbered holes. A plan holds templates; binding a statement's
 * literals to the holes (emit/bind.h) gives the text that goes to the server. The fixed text is made by
 * the emitter only: physical names, operators, generated constants. It never holds a byte of the
 * client's statement.
 *
 * Ownership: text and slots live in the plan's arena. Immutable once finished; shared between threads.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

struct cat_table;
struct cat_column;

enum slot_kind {
    SLOT_EQ,    /* X'..' equality token of the literal for the column */
    SLOT_ORD,   /* X'..' order token */
    SLOT_WORDS, /* of a LIKE pattern: t0's text has the n-grams of its fixed parts */
    SLOT_COUNT, /* a row count (LIMIT, OFFSET): an unsigned integer, in clear */
};

struct slot {
    size_t offset; /* into text */
    enum slot_kind kind;
    unsigned literal; /* number of the literal in the statement */
    bool negated;     /* a unary minus stands before it */
    const struct cat_table *table;
    const struct cat_column *column;
};

struct template
{
    struct slice text;
    const struct slot *slots;
    unsigned n_slots;
};

/* Being written. Sticky failure as in struct buf. */
struct template_builder {
    struct buf text;
    struct slot *slots;
    unsigned n_slots, cap;
    bool failed;
};

void template_begin(struct template_builder *b);
void template_text(struct template_builder *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void template_slot(struct template_builder *b, struct slot slot); /* offset is set here */
void template_append(struct template_builder *b, const struct template *part);
/* Forget everything after a mark (a conjunct turned out not to be expressible). */
struct template_mark {
    size_t len;
    unsigned n_slots;
};
struct template_mark template_mark(const struct template_builder *b);
void template_rewind(struct template_builder *b, struct template_mark mark);
/* Moves the result into the arena and frees the builder, also on failure. */
STATUS template_finish(struct template_builder *b, struct arena *a, struct template *out);
void template_abandon(struct template_builder *b);
