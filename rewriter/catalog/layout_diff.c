/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/catalog/layout_diff.h"

#include "rewriter/catalog/physical.h"
#include "rewriter/types/type.h"

static const struct cat_column *
column_by_id(const struct cat_table *t, uint32_t id)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i].id == id) {
            return &t->columns[i];
        }
    }
    return NULL;
}

static const struct cat_key *
key_by_id(const struct cat_table *t, uint32_t id)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        if (t->keys[i].id == id) {
            return &t->keys[i];
        }
    }
    return NULL;
}

static const struct cat_fk *
fk_by_id(const struct cat_table *t, uint32_t id)
{
    for (size_t i = 0; i < t->n_fks; i++) {
        if (t->fks[i].id == id) {
            return &t->fks[i];
        }
    }
    return NULL;
}

static enum layout_diff
max_diff(enum layout_diff a, enum layout_diff b)
{
    return a > b ? a : b;
}

static enum layout_diff
diff_added_column(const struct cat_column *c)
{
    const bool plain = c->nullable && c->default_kind == CAT_DEFAULT_NULL &&
                       c->generated == CAT_GENERATED_NO && !c->autoinc;
    return plain ? LAYOUT_DIFF_IN_PLACE : LAYOUT_DIFF_CONVERT;
}

static enum layout_diff
diff_column(const struct cat_column *old, const struct cat_column *c)
{
    if (!slice_equal(old->type_text, c->type_text) || old->type->collation != c->type->collation ||
        old->nullable != c->nullable || old->generated != c->generated ||
        !slice_equal(old->generated_expr, c->generated_expr) || (c->autoinc && !old->autoinc)) {
        return LAYOUT_DIFF_CONVERT;
    }
    if (old->has_eq != c->has_eq || old->has_ord != c->has_ord ||
        old->n_prefixes != c->n_prefixes || old->join_group != c->join_group ||
        old->eq_layer != c->eq_layer || old->ord_layer != c->ord_layer ||
        old->has_add != c->has_add || old->has_search != c->has_search ||
        old->n_shadows != c->n_shadows || old->v_width != c->v_width) {
        return LAYOUT_DIFF_RECODE;
    }
    for (size_t i = 0; i < c->n_prefixes; i++) {
        if (old->prefixes[i].chars != c->prefixes[i].chars) {
            return LAYOUT_DIFF_RECODE;
        }
    }
    return LAYOUT_DIFF_SAME;
}

static enum layout_diff
diff_columns(const struct cat_table *old, const struct cat_table *new_)
{
    enum layout_diff diff = LAYOUT_DIFF_SAME;
    for (size_t i = 0; i < new_->n_columns; i++) {
        const struct cat_column *c = &new_->columns[i], *o = column_by_id(old, c->id);
        diff = max_diff(diff, o ? diff_column(o, c) : diff_added_column(c));
    }
    for (size_t i = 0; i < old->n_columns; i++) {
        if (!column_by_id(new_, old->columns[i].id)) {
            diff = max_diff(diff, LAYOUT_DIFF_IN_PLACE);
        }
    }
    return diff;
}

/* Does an index of the old version have exactly this shape? Else it is made anew. */
static bool
same_index(const struct cat_key *old, const struct cat_key *key)
{
    return slice_equal(old->phys_e, key->phys_e) && slice_equal(old->phys_o, key->phys_o);
}

static enum layout_diff
diff_keys(const struct cat_table *old, const struct cat_table *new_)
{
    enum layout_diff diff = LAYOUT_DIFF_SAME;
    for (size_t i = 0; i < new_->n_keys; i++) {
        const struct cat_key *key = &new_->keys[i], *o = key_by_id(old, key->id);
        if (!o) {
            diff = max_diff(diff, key->unique ? LAYOUT_DIFF_CONVERT : LAYOUT_DIFF_IN_PLACE);
        } else if (physical_is_clustered(old, o) != physical_is_clustered(new_, key)) {
            diff = max_diff(diff, LAYOUT_DIFF_RECODE);
        } else if (!same_index(o, key)) {
            diff = max_diff(diff, LAYOUT_DIFF_IN_PLACE);
        }
    }
    for (size_t i = 0; i < old->n_keys; i++) {
        if (!key_by_id(new_, old->keys[i].id)) {
            diff = max_diff(diff, physical_is_clustered(old, &old->keys[i]) ? LAYOUT_DIFF_RECODE
                                                                            : LAYOUT_DIFF_IN_PLACE);
        }
    }
    return diff;
}

static bool
same_fk(const struct cat_fk *a, const struct cat_fk *b)
{
    if (!a || a->n_columns != b->n_columns || a->on_delete != b->on_delete ||
        !slice_equal(a->phys, b->phys) || !slice_equal(a->ref_db, b->ref_db)) {
        return false;
    }
    return true;
}

static enum layout_diff
diff_fks(const struct cat_table *old, const struct cat_table *new_)
{
    for (size_t i = 0; i < new_->n_fks; i++) {
        if (!same_fk(fk_by_id(old, new_->fks[i].id), &new_->fks[i])) {
            return LAYOUT_DIFF_IN_PLACE;
        }
    }
    for (size_t i = 0; i < old->n_fks; i++) {
        if (!fk_by_id(new_, old->fks[i].id)) {
            return LAYOUT_DIFF_IN_PLACE;
        }
    }
    return LAYOUT_DIFF_SAME;
}

/* The next occurrence of "CHECK (" with its rest of line, or a NULL slice. */
static struct slice
next_check(struct slice text, size_t *at)
{
    static const char word[] = "CHECK (";
    for (; *at + sizeof(word) - 1 <= text.len; (*at)++) {
        if (slice_equal(slice_sub(text, *at, sizeof(word) - 1), SLICE(word))) {
            size_t end = *at;
            while (end < text.len && text.data[end] != '\n') {
                end++;
            }
            const struct slice found = slice_sub(text, *at, end - *at);
            *at = end;
            return found;
        }
    }
    return SLICE_NULL;
}

/* A CHECK of the new definition that the old one did not have must be tested against the rows. */
static bool
has_new_check(const struct cat_table *old, const struct cat_table *new_)
{
    struct slice check;
    for (size_t i = 0; !slice_is_null(check = next_check(new_->create_sql, &i));) {
        bool known = false;
        struct slice other;
        for (size_t j = 0; !known && !slice_is_null(other = next_check(old->create_sql, &j));) {
            /* the last of a list has no comma behind it */
            const size_t a = check.len - (check.data[check.len - 1] == ',');
            const size_t b = other.len - (other.data[other.len - 1] == ',');
            known = slice_equal(slice_sub(check, 0, a), slice_sub(other, 0, b));
        }
        if (!known) {
            return true;
        }
    }
    return false;
}

enum layout_diff
layout_diff_tables(const struct cat_table *old, const struct cat_table *new_)
{
    if (new_->kind == CAT_VIEW) {
        return LAYOUT_DIFF_SAME;
    }
    if (new_->has_check && has_new_check(old, new_)) {
        return LAYOUT_DIFF_CONVERT;
    }
    enum layout_diff diff = diff_columns(old, new_);
    diff = max_diff(diff, diff_keys(old, new_));
    diff = max_diff(diff, diff_fks(old, new_));
    if (!slice_equal(old->phys_db, new_->phys_db)) {
        diff = max_diff(diff, LAYOUT_DIFF_IN_PLACE);
    }
    return diff;
}

/* ---- as the client is told ---------------------------------------------------------------------- */

static bool
is_longer_list(const struct type *old, const struct type *now)
{
    if (now->n_elements < old->n_elements || (old->n_elements < 256) != (now->n_elements < 256)) {
        return false;
    }
    for (uint16_t i = 0; i < old->n_elements; i++) {
        if (!slice_equal(old->elements[i], now->elements[i])) {
            return false;
        }
    }
    return true;
}

/* Types between which InnoDB needs not touch the rows. */
static bool
is_extension(const struct type *old, const struct type *now)
{
    if (old->family != now->family || old->collation != now->collation) {
        return false;
    }
    switch (old->family) {
    case TYPE_INT:
        return old->int_bytes == now->int_bytes && old->is_unsigned == now->is_unsigned &&
               old->zerofill == now->zerofill;
    case TYPE_STRING:
    case TYPE_BINARY:
        return !old->is_fixed && !now->is_fixed && !old->is_blob && !now->is_blob &&
               now->byte_len >= old->byte_len && (old->byte_len > 255 || now->byte_len <= 255);
    case TYPE_ENUM:
    case TYPE_SET:
        return is_longer_list(old, now);
    default:
        return false;
    }
}

static bool
is_copied_column(const struct cat_column *old, const struct cat_column *c)
{
    if (!old) {
        return c->generated == CAT_GENERATED_STORED;
    }
    const bool same_type =
        slice_equal(old->type_text, c->type_text) && old->type->collation == c->type->collation;
    return (!same_type && !is_extension(old->type, c->type)) || old->generated != c->generated ||
           !slice_equal(old->generated_expr, c->generated_expr);
}

/* A table may lose its primary key in place only when another key takes over (MariaDB). */
static bool
loses_primary(const struct cat_table *old, const struct cat_table *new_, bool is_mysql)
{
    if (!catalog_primary_key(old) || catalog_primary_key(new_)) {
        return false;
    }
    for (size_t i = 0; !is_mysql && i < new_->n_keys; i++) {
        const struct cat_key *key = &new_->keys[i];
        bool usable = key->unique && !key->functional;
        for (size_t p = 0; usable && p < key->n_parts; p++) {
            usable = !key->parts[p].prefix && !new_->columns[key->parts[p].column].nullable;
        }
        if (usable) {
            return false;
        }
    }
    return true;
}

bool
layout_diff_is_copy(const struct cat_table *old, const struct cat_table *new_, bool check_fks,
                    bool is_mysql)
{
    if (loses_primary(old, new_, is_mysql)) {
        return true;
    }
    if ((new_->has_check && has_new_check(old, new_)) ||
        !slice_equal_ci(old->engine, new_->engine)) {
        return true;
    }
    for (size_t i = 0; i < new_->n_columns; i++) {
        if (is_copied_column(column_by_id(old, new_->columns[i].id), &new_->columns[i])) {
            return true;
        }
    }
    for (size_t i = 0; check_fks && i < new_->n_fks; i++) {
        if (!fk_by_id(old, new_->fks[i].id)) {
            return true;
        }
    }
    return false;
}

/* ---- physical columns --------------------------------------------------------------------------- */

struct columns {
    struct physical_column *items; /* owned */
    size_t n;
};

static bool
columns_init(struct columns *c, const struct cat_table *t)
{
    c->n = 0;
    c->items = calloc(physical_columns(t, NULL) + 1, sizeof(*c->items));
    if (c->items) {
        c->n = physical_columns(t, c->items);
    }
    return c->items != NULL;
}

static const struct physical_column *
columns_find(const struct columns *c, struct slice phys)
{
    for (size_t i = 0; i < c->n; i++) {
        if (slice_equal(c->items[i].onion.phys, phys)) {
            return &c->items[i];
        }
    }
    return NULL;
}

static bool
same_column_def(const struct cat_table *ta, const struct physical_column *a,
                const struct cat_table *tb, const struct physical_column *b)
{
    CLEANUP(buf_deinit_cleanup) struct buf x = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf y = BUF_INIT;
    physical_column_def(ta, a, &x);
    physical_column_def(tb, b, &y);
    return status_is_ok(buf_status(&x)) && status_is_ok(buf_status(&y)) &&
           slice_equal(buf_slice(&x), buf_slice(&y));
}

static bool
same_clustering(const struct cat_table *a, const struct cat_table *b)
{
    for (size_t i = 0; i < a->n_keys; i++) {
        const struct cat_key *other = key_by_id(b, a->keys[i].id);
        if (physical_is_clustered(a, &a->keys[i]) !=
            (other != NULL && physical_is_clustered(b, other))) {
            return false;
        }
    }
    return true;
}

bool
layout_diff_suits_empty(const struct cat_table *old, const struct cat_table *new_)
{
    struct columns was, now;
    bool suits = columns_init(&was, old);
    suits = columns_init(&now, new_) && suits && same_clustering(old, new_) &&
            same_clustering(new_, old);
    for (size_t i = 0; suits && i < now.n; i++) {
        const struct physical_column *o = columns_find(&was, now.items[i].onion.phys);
        suits =
            !o || o->onion.kind == CAT_ONION_VALUE || same_column_def(old, o, new_, &now.items[i]);
    }
    free(was.items);
    free(now.items);
    return suits;
}

/* ---- the ALTER ---------------------------------------------------------------------------------- */

struct alter {
    struct buf *sql;
    bool any;
};

static void
next_spec(struct alter *a)
{
    buf_append_str(a->sql, a->any ? ", " : " ");
    a->any = true;
}

static void
drop_named(struct alter *a, const char *what, struct slice name)
{
    if (!slice_is_null(name)) {
        next_spec(a);
        buf_printf(a->sql, "DROP %s `%.*s`", what, SLICE_ARG(name));
    }
}

static void
alter_columns(struct alter *a, const struct cat_table *old, const struct cat_table *new_)
{
    struct columns was, now;
    const bool ok = columns_init(&was, old);
    if (!columns_init(&now, new_) || !ok) {
        a->sql->failed = true;
    }
    for (size_t i = 0; i < was.n; i++) {
        if (!columns_find(&now, was.items[i].onion.phys)) {
            drop_named(a, "COLUMN", was.items[i].onion.phys);
        }
    }
    for (size_t i = 0; i < now.n; i++) {
        const struct physical_column *o = columns_find(&was, now.items[i].onion.phys);
        if (!o || !same_column_def(old, o, new_, &now.items[i])) {
            next_spec(a);
            buf_append_str(a->sql, o ? "MODIFY COLUMN " : "ADD COLUMN ");
            physical_column_def(new_, &now.items[i], a->sql);
        }
    }
    free(was.items);
    free(now.items);
}

static void
add_keys(struct alter *a, const struct cat_table *new_, const struct cat_key *key)
{
    CLEANUP(buf_deinit_cleanup) struct buf def = BUF_INIT;
    struct cat_key one = *key;
    one.phys_o = SLICE_NULL;
    physical_key_def(new_, &one, &def);
    if (def.len) {
        next_spec(a);
        buf_append_str(a->sql, "ADD ");
        buf_append_slice(a->sql, buf_slice(&def));
    }
    buf_clear(&def);
    one = *key;
    one.phys_e = SLICE_NULL;
    physical_key_def(new_, &one, &def);
    if (def.len) {
        next_spec(a);
        buf_append_str(a->sql, "ADD ");
        buf_append_slice(a->sql, buf_slice(&def));
    }
}

static void
alter_keys(struct alter *a, const struct cat_table *old, const struct cat_table *new_)
{
    for (size_t i = 0; i < old->n_keys; i++) {
        const struct cat_key *now = key_by_id(new_, old->keys[i].id);
        if (!now || !same_index(&old->keys[i], now)) {
            drop_named(a, "INDEX", old->keys[i].phys_e);
            drop_named(a, "INDEX", old->keys[i].phys_o);
        }
    }
    for (size_t i = 0; i < new_->n_keys; i++) {
        const struct cat_key *was = key_by_id(old, new_->keys[i].id);
        if (!was || !same_index(was, &new_->keys[i])) {
            add_keys(a, new_, &new_->keys[i]);
        }
    }
}

static void
alter_fks(struct alter *a, const struct catalog *cat, const struct cat_table *old,
          const struct cat_table *new_)
{
    for (size_t i = 0; i < old->n_fks; i++) {
        const struct cat_fk *now = fk_by_id(new_, old->fks[i].id);
        if (!now || !same_fk(&old->fks[i], now)) {
            drop_named(a, "FOREIGN KEY", old->fks[i].phys);
        }
    }
    for (size_t i = 0; i < new_->n_fks; i++) {
        const struct cat_fk *fk = &new_->fks[i];
        const struct cat_table *parent = catalog_find_table(cat, fk->ref_db, fk->ref_table);
        if (same_fk(fk_by_id(old, fk->id), fk) || slice_is_null(fk->phys) || !parent) {
            continue;
        }
        CLEANUP(buf_deinit_cleanup) struct buf def = BUF_INIT;
        if (physical_fk_def(new_, fk, parent->id == new_->id ? old : parent, &def)) {
            next_spec(a);
            buf_append_str(a->sql, "ADD ");
            buf_append_slice(a->sql, buf_slice(&def));
        }
    }
}

bool
layout_diff_alter_sql(const struct catalog *cat, const struct cat_table *old,
                      const struct cat_table *new_, struct buf *sql)
{
    struct alter a = {.sql = sql};
    buf_append_str(sql, "ALTER TABLE ");
    physical_table_name(old, sql);
    alter_fks(&a, cat, old, new_);
    alter_keys(&a, old, new_);
    alter_columns(&a, old, new_);
    if (!slice_equal(old->phys, new_->phys) || !slice_equal(old->phys_db, new_->phys_db)) {
        next_spec(&a);
        buf_append_str(sql, "RENAME TO ");
        physical_table_name(new_, sql);
    }
    return a.any;
}

bool
layout_diff_regroup(struct cat_table *t, uint64_t from, uint64_t to)
{
    bool changed = false;
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i].join_group == from) {
            t->columns[i].join_group = to;
            changed = true;
        }
    }
    return changed;
}
