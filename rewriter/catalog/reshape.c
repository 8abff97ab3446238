/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/catalog/reshape.h"

#include "base/mem.h"
#include "rewriter/catalog/layout.h"

static struct cat_column *
column_of(const struct cat_table *t, const struct reshape_item *item)
{
    for (size_t i = 0; item->table == t->id && i < t->n_columns; i++) {
        if (t->columns[i].id == item->column) {
            return &t->columns[i];
        }
    }
    return NULL;
}

static struct cat_onion *
shadow_of(const struct reshape *r, const struct cat_column *c, const struct cat_onion *what)
{
    for (size_t i = 0; i < c->n_shadows; i++) {
        struct cat_onion *s = &c->shadows[i];
        if (s->transition == r->id && s->kind == what->kind && s->chars == what->chars) {
            return s;
        }
    }
    return NULL;
}

static struct status
put_shadow(struct cat_table *t, struct cat_column *c, const struct cat_onion *shadow)
{
    struct cat_onion *grown = arena_array(t->arena, struct cat_onion, c->n_shadows + 1);
    TRY(arena_status(t->arena));
    mem_copy(grown, c->shadows, c->n_shadows * sizeof(*grown));
    grown[c->n_shadows++] = *shadow;
    c->shadows = grown;
    return OK;
}

static void
take_shadow(struct cat_column *c, struct cat_onion *shadow)
{
    const size_t at = (size_t) (shadow - c->shadows);
    mem_move(shadow, shadow + 1, (c->n_shadows - at - 1) * sizeof(*shadow));
    c->n_shadows--;
}

struct status
reshape_add(const struct reshape *r, struct cat_table *t)
{
    for (size_t i = 0; i < r->n_items; i++) {
        const struct reshape_item *item = &r->items[i];
        struct cat_column *c = column_of(t, item);
        if (!c || item->gone || shadow_of(r, c, &item->to)) {
            continue;
        }
        struct cat_onion shadow = item->to;
        shadow.transition = r->id;
        shadow.phys = layout_shadow_name(t, c, shadow.kind);
        TRY(put_shadow(t, c, &shadow));
    }
    return arena_status(t->arena);
}

bool
reshape_has_shadows(const struct reshape *r, const struct cat_table *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        for (size_t k = 0; k < t->columns[i].n_shadows; k++) {
            if (t->columns[i].shadows[k].transition == r->id) {
                return true;
            }
        }
    }
    return false;
}

static void
swap_slices(struct slice *a, struct slice *b)
{
    const struct slice t = *a;
    *a = *b;
    *b = t;
}

/* One onion changes places with its shadow; either may be absent. was: the column before anything of it
 * changed, because onions share what the column knows once (its key, its group). */
static void
switch_onion(const struct reshape *r, struct cat_table *t, struct cat_column *c,
             const struct cat_column *was, const struct cat_onion *what)
{
    struct cat_onion live, *shadow = shadow_of(r, c, what);
    const bool had = catalog_onion_find(was, what->kind, what->chars, &live);
    if (shadow) {
        struct cat_onion now = *shadow;
        take_shadow(c, shadow);
        now.transition = 0;
        catalog_onion_put(t, c, &now);
    } else if (had) {
        catalog_onion_remove(c, what->kind, what->chars);
    }
    if (had) {
        live.transition = r->id;
        live.phys = arena_dup(t->arena, live.phys);
        const struct status s = put_shadow(t, c, &live);
        (void) s; /* the arena remembers */
    }
}

struct status
reshape_switch(const struct reshape *r, struct cat_table *t)
{
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *before = NULL;
    TRY(catalog_table_clone(t, &before));
    for (size_t i = 0; i < r->n_items; i++) {
        struct cat_column *c = column_of(t, &r->items[i]);
        if (c) {
            switch_onion(r, t, c, &before->columns[c - t->columns], &r->items[i].to);
        }
    }
    for (size_t i = 0; i < t->n_keys; i++) {
        const struct reshape_key changes = reshape_key_changes(before, t, i);
        if (changes.e) {
            swap_slices(&t->keys[i].phys_e, &t->keys[i].shadow_e);
        }
        if (changes.o) {
            swap_slices(&t->keys[i].phys_o, &t->keys[i].shadow_o);
        }
    }
    for (size_t i = 0; i < t->n_fks; i++) {
        if (!slice_is_null(t->fks[i].shadow)) {
            swap_slices(&t->fks[i].phys, &t->fks[i].shadow);
        }
    }
    return arena_status(t->arena);
}

void
reshape_drop(const struct reshape *r, struct cat_table *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        struct cat_column *c = &t->columns[i];
        for (size_t k = c->n_shadows; k-- > 0;) {
            if (c->shadows[k].transition == r->id) {
                take_shadow(c, &c->shadows[k]);
            }
        }
    }
    for (size_t i = 0; i < t->n_keys; i++) {
        t->keys[i].shadow_e = t->keys[i].shadow_o = SLICE_NULL;
    }
    for (size_t i = 0; i < t->n_fks; i++) {
        t->fks[i].shadow = SLICE_NULL;
    }
}

/* ---- indexes ------------------------------------------------------------------------------------ */

/* May an index end in the order token of this column? */
static bool
is_orderable(const struct cat_key *key, const struct cat_column *c)
{
    return !key->parts[key->n_parts - 1].prefix && c->has_ord && c->ord_layer == 0 &&
           c->policy.onions != POLICY_LAZY;
}

struct reshape_key
reshape_key_changes(const struct cat_table *t, const struct cat_table *after, size_t at)
{
    const struct cat_key *key = &t->keys[at];
    struct reshape_key changes = {false, false};
    if (slice_is_null(key->phys_e) && slice_is_null(key->phys_o)) {
        return changes; /* not held on tokens */
    }
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct cat_key_part *p = &key->parts[i];
        const struct slice was = catalog_token_column(&t->columns[p->column], p->prefix);
        const struct slice is = catalog_token_column(&after->columns[p->column], p->prefix);
        const bool differs = !slice_equal(was, is);
        changes.e |= differs;
        changes.o |= differs && i + 1 < key->n_parts && !slice_is_null(key->phys_o);
    }
    const uint16_t last = key->parts[key->n_parts - 1].column;
    const struct cat_column *c = &t->columns[last], *now = &after->columns[last];
    const bool could = is_orderable(key, c), can = is_orderable(key, now);
    changes.o |= could != can || (can && !slice_equal(c->phys_o, now->phys_o));
    return changes;
}

struct status
reshape_name_indexes(const struct reshape *r, struct keyring *k, struct cat_table *t, bool *changed)
{
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *after = NULL;
    TRY(catalog_table_clone(t, &after));
    TRY(reshape_switch(r, after));
    for (size_t i = 0; i < t->n_keys; i++) {
        struct cat_key *key = &t->keys[i];
        const struct cat_column *last = &after->columns[key->parts[key->n_parts - 1].column];
        const struct reshape_key changes = reshape_key_changes(t, after, i);
        if (changes.e && slice_is_null(key->shadow_e)) {
            TRY(layout_shadow_index(k, t, i, false, &key->shadow_e));
            *changed = true;
        }
        if (changes.o && slice_is_null(key->shadow_o) && is_orderable(key, last)) {
            TRY(layout_shadow_index(k, t, i, true, &key->shadow_o));
            *changed = true;
        }
    }
    return arena_status(t->arena);
}
