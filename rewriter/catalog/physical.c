/* SPDX-License-Identifier: Apache-2.0 */
/* DDL text of physical tables; DESIGN section "Data at rest" is the layout's definition. */
#include "rewriter/catalog/physical.h"

#include "rewriter/types/type.h"

#define EQ_BYTES   16u
#define WRAP_BYTES 9u   /* header and nonce of an RND layer over a token */
#define ADD_BYTES  514u /* Paillier, 2048 bits */

size_t
physical_columns(const struct cat_table *t, struct physical_column *out)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_columns; i++) {
        struct physical_column pc = {.column = (uint16_t) i};
        for (size_t k = 0; catalog_onion_next(&t->columns[i], &k, &pc.onion); n++) {
            if (out) {
                out[n] = pc;
            }
        }
    }
    return n;
}

static void
append_name(struct buf *sql, struct slice name)
{
    buf_append_u8(sql, '`');
    buf_append_slice(sql, name);
    buf_append_u8(sql, '`');
}

void
physical_table_name(const struct cat_table *t, struct buf *sql)
{
    append_name(sql, t->phys_db);
    buf_append_u8(sql, '.');
    append_name(sql, t->phys);
}

static void
append_value_type(const struct cat_column *c, uint32_t width, struct buf *sql)
{
    const uint64_t need = (uint64_t) c->type->byte_len + PHYSICAL_CELL_OVERHEAD;
    if (width) {
        buf_printf(sql, "VARBINARY(%u)", width);
    } else if (c->type->byte_len && need < 1u << 16) {
        buf_append_str(sql, "BLOB");
    } else if (c->type->byte_len && need < 1u << 24) {
        buf_append_str(sql, "MEDIUMBLOB");
    } else {
        buf_append_str(sql, "LONGBLOB");
    }
}

uint32_t
physical_width(const struct cat_onion *onion)
{
    const uint32_t wrap = onion->layer ? WRAP_BYTES : 0;
    switch (onion->kind) {
    case CAT_ONION_VALUE:
        return onion->width;
    case CAT_ONION_EQ:
    case CAT_ONION_PREFIX:
        return EQ_BYTES + wrap;
    case CAT_ONION_ORD:
        return onion->width + wrap;
    case CAT_ONION_ADD:
        return ADD_BYTES;
    case CAT_ONION_SEARCH:
        return 0;
    }
    return 0;
}

void
physical_column_def(const struct cat_table *t, const struct physical_column *pc, struct buf *sql)
{
    const struct cat_column *c = &t->columns[pc->column];
    const struct cat_onion *o = &pc->onion;
    append_name(sql, o->phys);
    buf_append_u8(sql, ' ');
    switch (o->kind) {
    case CAT_ONION_VALUE:
        append_value_type(c, o->width, sql);
        break;
    case CAT_ONION_EQ:
    case CAT_ONION_PREFIX:
    case CAT_ONION_ORD:
    case CAT_ONION_ADD:
        buf_printf(sql, "BINARY(%u)", physical_width(o));
        break;
    case CAT_ONION_SEARCH:
        buf_append_str(sql, "MEDIUMBLOB");
        break;
    }
    /* a shadow is empty at first, a text that cannot be cut up has no search words */
    const bool may_be_null = c->nullable || o->transition || o->kind == CAT_ONION_SEARCH;
    buf_append_str(sql, may_be_null ? " NULL" : " NOT NULL");
}

/* Engines whose rows lie as they came. */
static bool
is_heap(const struct cat_table *t)
{
    return slice_equal_str_ci(t->engine, "MyISAM") || slice_equal_str_ci(t->engine, "Aria") ||
           slice_equal_str_ci(t->engine, "MEMORY");
}

bool
physical_is_clustered(const struct cat_table *t, const struct cat_key *key)
{
    return !is_heap(t) && key->primary && key->n_parts == 1 && !key->parts[0].prefix &&
           !slice_is_null(key->phys_o) && t->columns[key->parts[0].column].has_ord;
}

static void
append_index(const struct cat_table *t, const struct cat_key *key, bool ordered, struct buf *sql)
{
    buf_append_str(sql, key->unique && !ordered ? "UNIQUE KEY " : "KEY ");
    append_name(sql, ordered ? key->phys_o : key->phys_e);
    buf_append_str(sql, " (");
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct cat_key_part *part = &key->parts[i];
        const struct cat_column *c = &t->columns[part->column];
        const bool last_ordered = ordered && i + 1 == key->n_parts;
        if (i) {
            buf_append_u8(sql, ',');
        }
        append_name(sql, last_ordered ? c->phys_o : catalog_token_column(c, part->prefix));
    }
    buf_append_u8(sql, ')');
}

void
physical_key_def(const struct cat_table *t, const struct cat_key *key, struct buf *sql)
{
    if (!slice_is_null(key->phys_e)) {
        append_index(t, key, false, sql);
    }
    if (slice_is_null(key->phys_o)) {
        return;
    }
    buf_append_str(sql, slice_is_null(key->phys_e) ? "" : ", ");
    if (physical_is_clustered(t, key)) {
        buf_append_str(sql, "PRIMARY KEY (");
        append_name(sql, t->columns[key->parts[0].column].phys_o);
        buf_append_str(sql, ",`" CAT_RID "`)");
    } else {
        append_index(t, key, true, sql);
    }
}

static const char *
on_delete_text(const struct cat_fk *fk)
{
    return fk->on_delete == CAT_CASCADE ? "CASCADE" : "RESTRICT";
}

bool
physical_fk_def(const struct cat_table *t, const struct cat_fk *fk, const struct cat_table *parent,
                struct buf *sql)
{
    for (size_t i = 0; i < fk->n_columns; i++) {
        const int at = catalog_find_column(parent, fk->ref_columns[i]);
        if (at < 0 || !parent->columns[at].has_eq || !t->columns[fk->columns[i]].has_eq) {
            return false;
        }
    }
    buf_append_str(sql, "CONSTRAINT ");
    append_name(sql, fk->phys);
    buf_append_str(sql, " FOREIGN KEY (");
    for (size_t i = 0; i < fk->n_columns; i++) {
        buf_append_str(sql, i ? "," : "");
        append_name(sql, t->columns[fk->columns[i]].phys_e);
    }
    buf_append_str(sql, ") REFERENCES ");
    physical_table_name(parent, sql);
    buf_append_str(sql, " (");
    for (size_t i = 0; i < fk->n_columns; i++) {
        buf_append_str(sql, i ? "," : "");
        append_name(sql, parent->columns[catalog_find_column(parent, fk->ref_columns[i])].phys_e);
    }
    buf_printf(sql, ") ON DELETE %s ON UPDATE RESTRICT", on_delete_text(fk));
    return true;
}

void
physical_create_table(const struct cat_table *t, struct buf *sql)
{
    struct physical_column *cols = calloc(physical_columns(t, NULL) + 1, sizeof(*cols));
    if (!cols) {
        sql->failed = true;
        return;
    }
    const size_t n = physical_columns(t, cols);
    bool clustered = false;
    for (size_t i = 0; i < t->n_keys; i++) {
        clustered |= physical_is_clustered(t, &t->keys[i]);
    }
    buf_append_str(sql, "CREATE TABLE ");
    physical_table_name(t, sql);
    buf_append_str(sql, " (`" CAT_RID "` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT ");
    buf_append_str(sql, clustered ? "UNIQUE" : "PRIMARY KEY");
    buf_append_str(sql, ", `" CAT_SALT "` BINARY(16) NOT NULL");
    for (size_t i = 0; i < n; i++) {
        buf_append_str(sql, ", ");
        physical_column_def(t, &cols[i], sql);
    }
    for (size_t i = 0; i < t->n_keys; i++) {
        if (!slice_is_null(t->keys[i].phys_e) || !slice_is_null(t->keys[i].phys_o)) {
            buf_append_str(sql, ", ");
            physical_key_def(t, &t->keys[i], sql);
        }
    }
    buf_append_str(sql, ") ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=binary");
    free(cols);
}
