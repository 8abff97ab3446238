/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/plan/narrow.h"

#include "rewriter/plan/origin.h"
#include "rewriter/types/type_key.h"

#define KEY_COLUMNS_MAX 64

struct fact {
    const struct sql_node *cond; /* NULL: left = right, of USING */
    struct origin left, right;
    uint32_t block; /* its columns are seen from here .. */
    const struct sql_node
        *below; /* .. and narrow only references under this node of FROM; NULL: any */
    bool where; /* of WHERE: true of every row that the block keeps */
    struct fact *next;
};

struct narrow {
    struct planner *pl;
    struct fact *facts, **tail;
    bool in_where; /* while collecting */
};

/* ---- properties of nodes ---- */

struct search {
    const struct sql_node *what;
    bool found;
};

static enum sql_visit
find_node(void *ctx, struct sql_node *n)
{
    struct search *x = ctx;
    x->found |= n == x->what;
    return x->found ? SQL_ABORT : n->kind == SQL_QUERY ? SQL_PRUNE : SQL_CONTINUE;
}

static bool
is_below(const struct sql_node *root, const struct sql_node *what)
{
    struct search x = {what, false};
    if (root) {
        sql_walk((struct sql_node *) root, find_node, &x);
    }
    return root == NULL || x.found;
}

/* A condition that is never true for a row whose columns are all NULL. */
static bool
rejects_null(const struct sql_node *n)
{
    switch (n->kind) {
    case SQL_BINARY:
        return sql_as_binary(n)->op != SQL_OP_NULL_EQ;
    case SQL_IS:
        return sql_as_is(n)->negated && sql_as_is(n)->what == SQL_IS_NULL;
    case SQL_IN_LIST:
    case SQL_BETWEEN:
    case SQL_LIKE:
        return true;
    default:
        return false;
    }
}

/* The expressions whose NULL makes it NULL. */
static void
operands_of(const struct sql_node *n, const struct sql_node **out)
{
    switch (n->kind) {
    case SQL_BINARY:
        out[0] = sql_as_binary(n)->left;
        out[1] = sql_as_binary(n)->right;
        break;
    case SQL_IS:
        out[0] = sql_as_is(n)->arg;
        break;
    case SQL_IN_LIST:
        out[0] = sql_as_in_list(n)->arg;
        break;
    case SQL_BETWEEN:
        out[0] = sql_as_between(n)->arg;
        break;
    case SQL_LIKE:
        out[0] = sql_as_like(n)->arg;
        break;
    default:
        break;
    }
}

/* ---- collecting ---- */

static void
add_fact(struct narrow *n, struct fact fact)
{
    struct fact *f = arena_new(n->pl->p->arena, struct fact);
    *f = fact;
    f->where = n->in_where;
    *n->tail = f;
    n->tail = &f->next;
}

static void add_conjuncts(struct narrow *n, const struct sql_node *cond, uint32_t block,
                          const struct sql_node *below);

/* Is there a row only where a row combination of FROM passes WHERE? */
static bool
needs_a_row(const struct sql_select *sel)
{
    return sel->rollup == SQL_ROLLUP_NONE && !origin_is_implicit_group(sel);
}

static void
add_subquery(struct narrow *n, const struct sql_node *query, uint32_t block,
             const struct sql_node *below)
{
    const struct sql_node *body = sql_as_query(query)->body;
    if (body->kind == SQL_SELECT && needs_a_row(sql_as_select(body))) {
        add_conjuncts(n, sql_as_select(body)->where, block, below);
    }
}

static bool
has_conjunct(const struct sql_node *cond, const struct sql_node *what)
{
    if (cond->kind != SQL_LOGIC || sql_as_logic(cond)->op != SQL_OP_AND) {
        return sql_equal(cond, what);
    }
    SQL_FOR_EACH(arg, &sql_as_logic(cond)->args)
    {
        if (has_conjunct(arg, what)) {
            return true;
        }
    }
    return false;
}

static bool
compares_columns(const struct sql_node *n)
{
    return n->kind == SQL_BINARY && sql_as_binary(n)->left->kind == SQL_COLUMN &&
           sql_as_binary(n)->right->kind == SQL_COLUMN;
}

/* What each arm of an OR demands is a fact: (a.x = b.y AND ..) OR (a.x = b.y AND ..). Of columns only:
 * literals that are equal today may differ when the plan is used again. */
static void
add_common(struct narrow *n, const struct sql_logic * or, uint32_t block,
           const struct sql_node *below)
{
    const struct sql_node *arm = or->args.first;
    if (arm->kind != SQL_LOGIC) {
        return;
    }
    SQL_FOR_EACH(what, &sql_as_logic(arm)->args)
    {
        bool all = compares_columns(what);
        for (const struct sql_node *other = arm->next; other && all; other = other->next) {
            all = has_conjunct(other, what);
        }
        if (all) {
            add_conjuncts(n, what, block, below);
        }
    }
}

static void
add_conjuncts(struct narrow *n, const struct sql_node *cond, uint32_t block,
              const struct sql_node *below)
{
    if (cond == NULL) {
        return;
    }
    if (cond->kind == SQL_LOGIC && sql_as_logic(cond)->op == SQL_OP_OR) {
        add_common(n, sql_as_logic(cond), block, below);
    }
    if (cond->kind == SQL_LOGIC && sql_as_logic(cond)->op == SQL_OP_AND) {
        SQL_FOR_EACH(arg, &sql_as_logic(cond)->args)
        {
            add_conjuncts(n, arg, block, below);
        }
        return;
    }
    add_fact(n, (struct fact){.cond = cond, .block = block, .below = below});
    if (cond->kind == SQL_EXISTS) {
        add_subquery(n, sql_as_exists(cond)->query, block, below);
    } else if (cond->kind == SQL_IN_QUERY && !sql_as_in_query(cond)->negated) {
        add_subquery(n, sql_as_in_query(cond)->query, block, below);
    }
}

/* The leftmost reference under n that has the column; *n_tables: how many have it. */
static const struct scope_table *
using_side(const struct scope *s, const struct sql_node *n, struct slice name, bool *certain)
{
    if (n->kind == SQL_JOIN) {
        const struct sql_join *j = sql_as_join(n);
        *certain &= j->join != SQL_JOIN_RIGHT;
        const struct scope_table *left = using_side(s, j->left, name, certain);
        const struct scope_table *right = using_side(s, j->right, name, certain);
        return left ? left : right;
    }
    for (size_t i = 0; i < s->n_tables; i++) {
        if (s->tables[i].node == n) {
            *certain &= s->tables[i].kind == SCOPE_BASE || s->tables[i].query != NULL;
            return origin_in_table(s, &s->tables[i], name).table ? &s->tables[i] : NULL;
        }
    }
    *certain = false;
    return NULL;
}

static void
add_using(struct narrow *n, const struct sql_join *j, uint32_t block, const struct sql_node *below)
{
    const struct scope *s = n->pl->scope;
    SQL_FOR_EACH(node, &j->using)
    {
        const struct slice name = sql_as_ident(node)->name;
        bool certain = true;
        const struct scope_table *left = using_side(s, j->left, name, &certain);
        const struct scope_table *right = using_side(s, j->right, name, &certain);
        if (certain && left && right) {
            add_fact(n, (struct fact){.left = origin_in_table(s, left, name),
                                      .right = origin_in_table(s, right, name),
                                      .block = block,
                                      .below = below});
        }
    }
}

/* Does a condition of WHERE refuse the rows in which `inner` was made up of NULLs? */
static bool
is_demanded(const struct narrow *n, const struct sql_node *inner, uint32_t block)
{
    for (const struct fact *f = n->facts; f; f = f->next) {
        const struct sql_node *operands[2] = {NULL, NULL};
        if (f->block != block || !f->where || f->cond == NULL || !rejects_null(f->cond)) {
            continue;
        }
        operands_of(f->cond, operands);
        for (int i = 0; i < 2; i++) {
            if (sql_is_kind(operands[i], SQL_COLUMN)) {
                const struct origin o = origin_of_column(n->pl->scope, operands[i]);
                if (o.table && o.top->block == block && is_below(inner, o.top->node)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static void
add_joins(struct narrow *n, const struct sql_node *from, uint32_t block)
{
    if (from->kind != SQL_JOIN) {
        return;
    }
    const struct sql_join *j = sql_as_join(from);
    const struct sql_node *below = j->join == SQL_JOIN_LEFT    ? j->right
                                   : j->join == SQL_JOIN_RIGHT ? j->left
                                                               : NULL;
    if (below && is_demanded(n, below, block)) {
        below = NULL; /* as good as an inner join */
    }
    add_conjuncts(n, j->on, block, below);
    add_using(n, j, block, below);
    add_joins(n, j->left, block);
    add_joins(n, j->right, block);
}

static void
add_from(struct narrow *n, const struct sql_list *from, uint32_t block)
{
    SQL_FOR_EACH(node, from)
    {
        add_joins(n, node, block);
    }
}

static void
add_where(struct narrow *n, const struct sql_node *where, uint32_t block)
{
    n->in_where = true;
    add_conjuncts(n, where, block, NULL);
    n->in_where = false;
}

struct status
narrow_new(struct planner *pl, struct narrow **out)
{
    struct narrow *n = arena_new(pl->p->arena, struct narrow);
    *n = (struct narrow){.pl = pl};
    n->tail = &n->facts;
    for (uint32_t i = 0; i < pl->scope->n_blocks; i++) {
        const struct sql_node *node = pl->scope->blocks[i].node;
        if (node->kind == SQL_SELECT) {
            add_where(n, sql_as_select(node)->where, i);
            add_from(n, &sql_as_select(node)->from, i);
        } else if (node->kind == SQL_UPDATE) {
            add_where(n, sql_as_update(node)->where, i);
            add_from(n, &sql_as_update(node)->tables, i);
        } else if (node->kind == SQL_DELETE) {
            add_where(n, sql_as_delete(node)->where, i);
            add_from(n, &sql_as_delete(node)->from, i);
        }
    }
    *out = n;
    return arena_status(pl->p->arena);
}

/* ---- which references a fact narrows ---- */

/* Relevance is judged over all rows. */
static bool
is_searched(const struct narrow *n, const struct cat_table *t)
{
    bool found = false;
    for (size_t i = 0; n->pl->p->fulltext && i < t->n_keys; i++) {
        found |= t->keys[i].fulltext;
    }
    return found;
}

/* Does the fact narrow o.table by this column? */
static bool
narrows(const struct narrow *n, const struct fact *f, const struct origin *o)
{
    /* side effects (@n := @n + 1 in a derived table) see every row that the table gives */
    return o->table && o->filter && o->top->block == f->block && is_below(f->below, o->top->node) &&
           (o->top == o->table || !n->pl->p->side_effects);
}

/* ---- conditions ---- */

struct condition {
    const struct narrow *n;
    const struct fact *fact;
    const struct scope_table *ref;
    bool foreign; /* a column of something else was seen */
};

static struct scope_column
resolve(void *ctx, const struct sql_node *column)
{
    struct condition *c = ctx;
    const struct origin o = origin_of_column(c->n->pl->scope, column);
    if (o.table != c->ref || !narrows(c->n, c->fact, &o) ||
        (o.null_supplied && !rejects_null(c->fact->cond))) {
        c->foreign = true;
        return (struct scope_column){NULL, -1};
    }
    return (struct scope_column){o.table, o.column};
}

static const char *
alias(void *ctx, const struct scope_table *t)
{
    (void) ctx;
    (void) t;
    return "t0";
}

/* The column that `cond` gives one value, or -1. */
static int
fixed_column(struct condition *c, const struct sql_node *cond)
{
    if (cond->kind != SQL_BINARY || sql_as_binary(cond)->op != SQL_OP_EQ) {
        return -1;
    }
    const struct sql_binary *b = sql_as_binary(cond);
    const struct sql_node *column = b->left->kind == SQL_COLUMN ? b->left : b->right;
    return column->kind == SQL_COLUMN ? resolve(c, column).column : -1;
}

static enum plan_rank
rank_of(const struct cat_table *t, const bool *fixed, bool equal)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        bool all = t->keys[i].unique;
        for (size_t k = 0; k < t->keys[i].n_parts && all; k++) {
            const uint16_t c = t->keys[i].parts[k].column;
            all = c < KEY_COLUMNS_MAX && fixed[c];
        }
        if (all) {
            return PLAN_RANK_ROW;
        }
    }
    return equal ? PLAN_RANK_EQUAL : PLAN_RANK_SOME;
}

enum plan_rank
narrow_condition(const struct narrow *n, const struct scope_table *ref, const char *lead,
                 struct template_builder *b, struct slice *why)
{
    bool fixed[KEY_COLUMNS_MAX] = {0}, equal = false;
    unsigned pushed = 0;
    if (is_searched(n, ref->table)) {
        *why = SLICE("MATCH looks at every row");
        return PLAN_RANK_ALL;
    }
    for (const struct fact *f = n->facts; f; f = f->next) {
        struct condition c = {.n = n, .fact = f, .ref = ref};
        struct push push = {.scope = n->pl->scope,
                            .literals = n->pl->lits,
                            .env = n->pl->ctx->env,
                            .alias = alias,
                            .resolve = resolve,
                            .ctx = &c,
                            .out = b,
                            .wants = &n->pl->p->wants};
        const struct template_mark mark = template_mark(b);
        template_text(b, "%s", pushed ? " AND " : lead);
        if (f->cond == NULL || !push_superset(&push, f->cond)) {
            template_rewind(b, mark);
            if (!c.foreign && push.why.data) {
                *why = push.why;
            }
            continue;
        }
        pushed++;
        const int column = fixed_column(&c, f->cond);
        if (column >= 0 && column < KEY_COLUMNS_MAX) {
            fixed[column] = true;
        }
        equal |= column >= 0 || f->cond->kind == SQL_IN_LIST;
    }
    return pushed ? rank_of(ref->table, fixed, equal) : PLAN_RANK_ALL;
}

/* ---- links ---- */

struct links {
    const struct narrow *n;
    const struct fact *fact;
    const struct scope_table *ref;
    struct narrow_link *items;
    size_t count, cap;
};

static const struct cat_column *
column_of(const struct origin *o)
{
    return &o->table->table->columns[o->column];
}

static void
add_link(struct links *l, const struct origin *column, const struct origin *source)
{
    if (source->table == NULL || source->table == column->table || l->count == l->cap ||
        !push_has_tokens(column_of(column)) ||
        !type_key_comparable(column_of(column)->type, column_of(source)->type)) {
        return;
    }
    for (size_t i = 0; i < l->count; i++) {
        const struct narrow_link *x = &l->items[i];
        if (x->column == column->column && x->source == source->table &&
            x->source_column == source->column) {
            return;
        }
    }
    l->items[l->count++] = (struct narrow_link){.column = (uint16_t) column->column,
                                                .source = source->table,
                                                .source_column = (uint16_t) source->column};
}

static void
link_origins(struct links *l, const struct origin *column, const struct origin *source)
{
    if (column->table == l->ref && narrows(l->n, l->fact, column)) {
        add_link(l, column, source);
    }
}

static void
link_nodes(struct links *l, const struct sql_node *column, const struct sql_node *source)
{
    const struct scope *s = l->n->pl->scope;
    if (column->kind != SQL_COLUMN) {
        return;
    }
    const struct origin c = origin_of_column(s, column);
    if (source->kind == SQL_COLUMN) {
        const struct origin o = origin_of_column(s, source);
        link_origins(l, &c, &o);
    } else if (source->kind == SQL_SUBQUERY) {
        const struct origin o = origin_of_output(s, sql_as_subquery(source)->query, 0);
        link_origins(l, &c, &o);
    }
}

/* `c IN (SELECT i ..)`: c is among the i, and only those i count that are among the c. */
static void
link_in_query(struct links *l, const struct sql_in_query *in)
{
    const struct scope *s = l->n->pl->scope;
    if (in->negated || in->arg->kind != SQL_COLUMN) {
        return;
    }
    const struct origin c = origin_of_column(s, in->arg);
    const struct origin i = origin_of_output(s, in->query, 0);
    link_origins(l, &c, &i);
    if (i.table == l->ref && i.filter && c.table) {
        add_link(l, &i, &c);
    }
}

struct status
narrow_links(const struct narrow *n, const struct scope_table *ref, const struct narrow_link **out,
             size_t *n_out)
{
    struct links l = {.n = n, .ref = ref, .cap = 16};
    l.items = arena_array(n->pl->p->arena, struct narrow_link, l.cap);
    TRY(arena_status(n->pl->p->arena));
    for (const struct fact *f = n->facts; f && !is_searched(n, ref->table); f = f->next) {
        l.fact = f;
        if (f->cond == NULL) {
            link_origins(&l, &f->left, &f->right);
            link_origins(&l, &f->right, &f->left);
        } else if (f->cond->kind == SQL_BINARY && sql_as_binary(f->cond)->op == SQL_OP_EQ) {
            link_nodes(&l, sql_as_binary(f->cond)->left, sql_as_binary(f->cond)->right);
            link_nodes(&l, sql_as_binary(f->cond)->right, sql_as_binary(f->cond)->left);
        } else if (f->cond->kind == SQL_IN_QUERY) {
            link_in_query(&l, sql_as_in_query(f->cond));
        }
    }
    *out = l.items;
    *n_out = l.count;
    return OK;
}
