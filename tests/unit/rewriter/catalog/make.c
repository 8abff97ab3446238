/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include <string.h>

#include "../../base/cm.h"
#include "rewriter/types/type.h"

struct collation_set *make_collations;

void
make_setup(void)
{
    make_collations = collation_set_new();
}

void
make_teardown(void)
{
    make_collations = collation_set_free(make_collations);
}

struct cat_table *
make_table(uint64_t id, const char *db, const char *name)
{
    struct cat_table *t = catalog_table_new();
    assert_non_null(t);
    t->id = id;
    t->kind = CAT_TABLE;
    t->db = arena_dup(t->arena, slice_of_str(db));
    t->name = arena_dup(t->arena, slice_of_str(name));
    t->create_sql = arena_printf(t->arena, "CREATE TABLE `%s` (..)", name);
    t->columns = arena_array(t->arena, struct cat_column, 16);
    t->keys = arena_array(t->arena, struct cat_key, 16);
    t->fks = arena_array(t->arena, struct cat_fk, 4);
    return t;
}

void
make_column(struct cat_table *t, const char *name, const char *type, bool nullable)
{
    struct cat_column *c = &t->columns[t->n_columns++];
    struct type *parsed = arena_new(t->arena, struct type);
    struct diag d = DIAG_INIT;
    const bool text = strstr(type, "char") || strstr(type, "text") || strstr(type, "enum");
    c->name = arena_dup(t->arena, slice_of_str(name));
    c->type_text = arena_dup(t->arena, slice_of_str(type));
    c->nullable = nullable;
    c->default_kind = nullable ? CAT_DEFAULT_NULL : CAT_DEFAULT_NONE;
    const struct status s = type_parse(t->arena, make_collations, c->type_text,
                                       text ? SLICE("utf8mb4_general_ci") : SLICE_NULL, parsed, &d);
    if (!status_is_ok(s)) {
        fail_msg("%s: %s", type, d.message);
    }
    c->type = parsed;
}

void
make_key(struct cat_table *t, const char *name, bool unique, const int *columns, uint32_t prefix)
{
    struct cat_key *key = &t->keys[t->n_keys++];
    key->name = arena_dup(t->arena, slice_of_str(name));
    key->primary = strcmp(name, "PRIMARY") == 0;
    key->unique = unique;
    key->parts = arena_array(t->arena, struct cat_key_part, 8);
    for (; columns[key->n_parts] >= 0; key->n_parts++) {
        key->parts[key->n_parts].column = (uint16_t) columns[key->n_parts];
    }
    key->parts[key->n_parts - 1].prefix = prefix;
}

void
make_fk(struct cat_table *t, const char *name, int column, const char *ref_db,
        const char *ref_table, const char *ref_column)
{
    struct cat_fk *fk = &t->fks[t->n_fks++];
    fk->name = arena_dup(t->arena, slice_of_str(name));
    fk->ref_db = arena_dup(t->arena, slice_of_str(ref_db));
    fk->ref_table = arena_dup(t->arena, slice_of_str(ref_table));
    fk->columns = arena_new(t->arena, uint16_t);
    fk->columns[0] = (uint16_t) column;
    fk->ref_columns = arena_new(t->arena, struct slice);
    fk->ref_columns[0] = arena_dup(t->arena, slice_of_str(ref_column));
    fk->n_columns = 1;
}
