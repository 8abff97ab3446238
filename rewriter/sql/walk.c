/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes generated from nodes.def: children, equality, copy. Recursion is bounded by the depth limit
 * that the parser enforces.
 */
#include "base/mem.h"
#include "rewriter/sql/build.h"
#include "rewriter/sql/sql.h"

/* ---- children ---- */

static bool
visit(struct sql_node *n, sql_walk_fn fn, void *ctx)
{
    return n == NULL || fn(ctx, n) != SQL_ABORT;
}

bool
sql_walk_children(struct sql_node *n, sql_walk_fn fn, void *ctx)
{
#define ONE(f)                   \
    if (!visit(s->f, fn, ctx)) { \
        return false;            \
    }
#define OPT(f) ONE(f)
#define MANY(f)                       \
    SQL_FOR_EACH(child, &s->f)        \
    {                                 \
        if (!visit(child, fn, ctx)) { \
            return false;             \
        }                             \
    }
#define NAME(f)
#define TEXT(f)
#define FLAG(f)
#define POS(f)
#define NUM(type, f)
#define ENUM(type, f)
#define NODE(kind_, stem, ...)                         \
    case SQL_##kind_: {                                \
        const struct sql_##stem *s = sql_as_##stem(n); \
        (void) s;                                      \
        __VA_ARGS__                                    \
        break;                                         \
    }
    switch ((enum sql_kind) n->kind) {
#include "rewriter/sql/nodes.def"
    case SQL_NONE:
    case SQL_KIND_COUNT:
        break;
    }
    return true;
#undef ONE
#undef OPT
#undef MANY
#undef NAME
#undef TEXT
#undef FLAG
#undef POS
#undef NUM
#undef ENUM
#undef NODE
}

struct walk {
    sql_walk_fn fn;
    void *ctx;
};

static enum sql_visit
walk_node(void *ctx, struct sql_node *n)
{
    const struct walk *w = ctx;
    const enum sql_visit v = w->fn(w->ctx, n);
    if (v != SQL_CONTINUE) {
        return v;
    }
    return sql_walk_children(n, walk_node, ctx) ? SQL_CONTINUE : SQL_ABORT;
}

bool
sql_walk(struct sql_node *root, sql_walk_fn fn, void *ctx)
{
    struct walk w = {fn, ctx};
    return root == NULL || walk_node(&w, root) != SQL_ABORT;
}

/* ---- equality ---- */

static bool
lists_equal(const struct sql_list *a, const struct sql_list *b)
{
    if (a->count != b->count) {
        return false;
    }
    for (const struct sql_node *x = a->first, *y = b->first; x; x = x->next, y = y->next) {
        if (!sql_equal(x, y)) {
            return false;
        }
    }
    return true;
}

static bool
fields_equal(const struct sql_node *a, const struct sql_node *b)
{
#define ONE(f)  &&sql_equal(x->f, y->f)
#define OPT(f)  &&sql_equal(x->f, y->f)
#define MANY(f) &&lists_equal(&x->f, &y->f)
#define NAME(f) &&slice_equal_ci(x->f, y->f)
#define TEXT(f) &&slice_equal(x->f, y->f)
#define FLAG(f) &&x->f == y->f
#define POS(f)
#define NUM(type, f)  &&x->f == y->f
#define ENUM(type, f) &&x->f == y->f
#define NODE(kind_, stem, ...)                                                \
    case SQL_##kind_: {                                                       \
        const struct sql_##stem *x = sql_as_##stem(a), *y = sql_as_##stem(b); \
        return x->node.kind == y->node.kind __VA_ARGS__;                      \
    }
    switch ((enum sql_kind) a->kind) {
#include "rewriter/sql/nodes.def"
    case SQL_NONE:
    case SQL_KIND_COUNT:
        break;
    }
    return false;
#undef ONE
#undef OPT
#undef MANY
#undef NAME
#undef TEXT
#undef FLAG
#undef POS
#undef NUM
#undef ENUM
#undef NODE
}

bool
sql_equal(const struct sql_node *a, const struct sql_node *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    if (a->kind != b->kind) {
        return false;
    }
    if (a->kind == SQL_LITERAL) { /* the slot number is a position, not a value */
        const struct sql_literal *x = sql_as_literal(a), *y = sql_as_literal(b);
        return x->literal == y->literal && slice_equal(x->value, y->value) &&
               slice_equal_ci(x->charset, y->charset);
    }
    return fields_equal(a, b);
}

/* ---- copy ---- */

struct copy {
    struct arena *a;
    sql_replace_fn replace;
    void *ctx;
};

static struct sql_node *copy_node(const struct copy *c, const struct sql_node *n);

static struct sql_list
copy_list(const struct copy *c, const struct sql_list *list)
{
    struct sql_list out = {NULL, NULL, 0};
    SQL_FOR_EACH(n, list)
    {
        sql_list_add(&out, copy_node(c, n));
    }
    return out;
}

static void
copy_children(const struct copy *c, struct sql_node *n)
{
#define ONE(f)  s->f = copy_node(c, s->f);
#define OPT(f)  s->f = copy_node(c, s->f);
#define MANY(f) s->f = copy_list(c, &s->f);
#define NAME(f)
#define TEXT(f)
#define FLAG(f)
#define POS(f)
#define NUM(type, f)
#define ENUM(type, f)
#define NODE(kind_, stem, ...)                   \
    case SQL_##kind_: {                          \
        struct sql_##stem *s = sql_as_##stem(n); \
        (void) s;                                \
        __VA_ARGS__                              \
        break;                                   \
    }
    switch ((enum sql_kind) n->kind) {
#include "rewriter/sql/nodes.def"
    case SQL_NONE:
    case SQL_KIND_COUNT:
        break;
    }
#undef ONE
#undef OPT
#undef MANY
#undef NAME
#undef TEXT
#undef FLAG
#undef POS
#undef NUM
#undef ENUM
#undef NODE
}

static struct sql_node *
copy_node(const struct copy *c, const struct sql_node *n)
{
    if (n == NULL) {
        return NULL;
    }
    struct sql_node *other = c->replace ? c->replace(c->ctx, c->a, n) : NULL;
    if (other) {
        return other;
    }
    struct sql_node *out = arena_alloc(c->a, sql_build_size(n->kind));
    mem_copy(out, n, sql_build_size(n->kind));
    out->next = NULL;
    copy_children(c, out);
    return out;
}

struct sql_node *
sql_clone(struct arena *a, const struct sql_node *n, sql_replace_fn replace, void *ctx)
{
    const struct copy c = {a, replace, ctx};
    return copy_node(&c, n);
}

struct sql_list
sql_clone_list(struct arena *a, const struct sql_list *list, sql_replace_fn replace, void *ctx)
{
    const struct copy c = {a, replace, ctx};
    return copy_list(&c, list);
}
