/* SPDX-License-Identifier: Apache-2.0 */
/* Node allocation with the limits, lists, and the values of single tokens. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "rewriter/sql/parser.h"

static enum sql_visit
measure(void *ctx, struct sql_node *child)
{
    uint32_t *depth = ctx;
    if (child->depth > *depth) {
        *depth = child->depth;
    }
    return SQL_CONTINUE;
}

/*
 * An exhausted arena lends one block to everybody, and actions that run before the parser notices would
 * find another kind there. Such nodes come from the heap and go away with the parser.
 */
struct sql_spare {
    struct sql_spare *next;
    _Alignas(16) uint8_t node[];
};

static struct sql_node *
spare_node(struct sql_parser *p, enum sql_kind kind)
{
    struct sql_spare *s = calloc(1, sizeof *s + sql_build_size(kind));
    if (s == NULL) {
        abort(); /* not even a few hundred bytes: nothing sensible is left to do */
    }
    s->next = p->spare;
    p->spare = s;
    struct sql_node *n = (struct sql_node *) (void *) s->node;
    n->kind = (uint16_t) kind;
    p->failed = STATUS_NO_MEMORY;
    return n;
}

void
sql_act_release(struct sql_parser *p)
{
    while (p->spare) {
        struct sql_spare *next = p->spare->next;
        free(p->spare);
        p->spare = next;
    }
}

struct sql_node *
sql_act_new(struct sql_parser *p, struct sql_span span, enum sql_kind kind, void *body)
{
    struct sql_node *n = sql_build_node(p->arena, kind);
    uint32_t depth = 0;
    if (!arena_ok(p->arena)) {
        n = spare_node(p, kind);
    }
    mem_copy(n + 1, (struct sql_node *) body + 1, sql_build_size(kind) - sizeof *n);
    sql_walk_children(n, measure, &depth);
    if (p->failed != STATUS_OK || depth >= p->max_depth || p->n_nodes >= p->max_nodes) {
        p->failed = p->failed != STATUS_OK ? p->failed : STATUS_TOO_COMPLEX;
        depth = 0;
    }
    n->depth = (uint16_t) (depth + 1);
    n->id = p->n_nodes++;
    n->span = span;
    return n;
}

struct sql_node *
sql_act_respan(struct sql_parser *p, struct sql_node *n, struct sql_span span)
{
    uint32_t depth = 0;
    sql_walk_children(n, measure, &depth);
    if (depth >= p->max_depth) {
        p->failed = STATUS_TOO_COMPLEX;
    } else {
        n->depth = (uint16_t) (depth + 1);
    }
    n->span = span;
    return n;
}

int32_t
sql_act_small(struct sql_parser *p, struct sql_token t)
{
    const int64_t v = sql_act_number(p, t);
    return v > INT32_MAX ? INT32_MAX : (int32_t) v;
}

struct sql_list
sql_act_one(struct sql_node *n)
{
    struct sql_list list = {NULL, NULL, 0};
    sql_list_add(&list, n);
    return list;
}

struct sql_list
sql_act_add(struct sql_list list, struct sql_node *n)
{
    sql_list_add(&list, n);
    return list;
}

struct sql_list
sql_act_join(struct sql_list a, struct sql_list b)
{
    if (a.first == NULL) {
        return b;
    }
    if (b.first != NULL) {
        a.last->next = b.first;
        a.last = b.last;
        a.count += b.count;
    }
    return a;
}

struct slice
sql_act_text(struct sql_parser *p, struct sql_span span)
{
    return slice_sub(p->text, span.begin, span.end - span.begin);
}

static struct slice
token_text(struct sql_parser *p, struct sql_token t)
{
    return slice_sub(p->text, t.begin, t.end - t.begin);
}

struct slice
sql_act_name(struct sql_parser *p, struct sql_token t)
{
    const struct slice s = token_text(p, t);
    if (t.quoted) {
        return sql_literal_name(p->arena, s);
    }
    return s;
}

struct slice
sql_act_introducer(struct sql_parser *p, struct sql_token t)
{
    return slice_from(token_text(p, t), 1);
}

int64_t
sql_act_number(struct sql_parser *p, struct sql_token t)
{
    uint64_t v;
    if (!slice_parse_u64(token_text(p, t), &v) || v > INT64_MAX) {
        return INT64_MAX;
    }
    return (int64_t) v;
}

int64_t
sql_act_whole(struct sql_parser *p, struct sql_token t)
{
    uint32_t end = t.begin;
    while (end < t.end && p->text.data[end] != '.') {
        end++;
    }
    t.end = end;
    return sql_act_number(p, t);
}

/* Without escapes the value is a piece of the text. */
static bool
is_plain(struct slice raw)
{
    return raw.len >= 2 && (raw.data[0] == '\'' || raw.data[0] == '"') &&
           memchr(raw.data + 1, raw.data[0], raw.len - 2) == NULL &&
           memchr(raw.data, '\\', raw.len) == NULL;
}

struct slice
sql_act_string(struct sql_parser *p, struct sql_token t)
{
    const struct slice raw = token_text(p, t);
    if (is_plain(raw)) {
        return slice_sub(raw, 1, raw.len - 2);
    }
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    const enum sql_literal_kind kind = p->stmt->slots[t.slot].token.kind;
    sql_literal_decode(raw, kind, p->options, &b);
    if (b.failed) {
        p->failed = STATUS_NO_MEMORY;
    }
    return b.len ? arena_dup(p->arena, buf_slice(&b)) : SLICE("");
}
