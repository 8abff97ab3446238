/* SPDX-License-Identifier: Apache-2.0 */
#include "shop.h"

#include <stdio.h>
#include <string.h>

#include "rewriter/types/type_key.h"

enum flags {
    NN = 1,   /* NOT NULL */
    EQ = 2,   /* has Eq */
    ORD = 4,  /* has Ord */
    AUTO = 8, /* AUTO_INCREMENT */
    PK = 16,  /* the primary key */
    KEY = 32, /* a key of its own */
    GEN = 64, /* GENERATED */
};
#define KEYED (EQ | ORD | KEY)

struct column {
    const char *name, *type;
    unsigned flags;
    uint64_t group; /* join group; 0: its own */
};

#define COLUMNS_MAX 10
struct table {
    const char *name;
    struct column columns[COLUMNS_MAX];
};

static const struct table tables[] = {
    {"people",
     {{"id", "int(11)", NN | EQ | ORD | AUTO | PK, 1},
      {"name", "varchar(40)", EQ | KEY, 0},
      {"email", "varchar(80)", 0, 0},
      {"born", "datetime", KEYED, 0},
      {"balance", "decimal(10,2)", KEYED, 0},
      {"age", "int(11)", KEYED, 0},
      {"points", "int(11)", NN, 0},
      {"score", "double", 0, 0}}},
    {"orders",
     {{"id", "int(11)", NN | EQ | ORD | PK, 2},
      {"person", "int(11)", KEYED, 1},
      {"placed", "datetime", NN | KEYED, 0},
      {"note", "varchar(200)", 0, 0},
      {"qty", "int(11)", KEYED, 0}}},
    {"logs", {{"id", "int(11)", NN | EQ | ORD | PK, 3}, {"person", "int(11)", KEYED, 0}}},
    {"totals",
     {{"id", "int(11)", NN | EQ | ORD | PK, 4}, {"a", "int(11)", 0, 0}, {"b", "int(11)", GEN, 0}}},
    {"parents", {{"id", "int(11)", NN | EQ | ORD | PK, 5}, {"a", "int(11)", 0, 0}}},
    {"children", {{"id", "int(11)", NN | EQ | ORD | PK, 6}, {"parent", "int(11)", KEYED, 5}}},
};

static const struct {
    const char *name, *sql;
} views[] = {
    {"elders",
     "CREATE VIEW `elders` AS select `shop`.`people`.`id` AS `id`,`shop`.`people`.`name` AS "
     "`name` from `shop`.`people` where `shop`.`people`.`age` > 60"},
    {"firsts",
     "CREATE VIEW `firsts` AS select `shop`.`elders`.`id` AS `id` from `shop`.`elders` where "
     "`shop`.`elders`.`id` < 10"},
};

static void
add_column(struct shop *s, struct cat_table *t, const struct column *def)
{
    static uint64_t own_group = 100;
    struct arena *a = t->arena;
    struct cat_column *c = &t->columns[t->n_columns];
    struct type *type = arena_new(a, struct type);
    struct diag d = DIAG_INIT;
    const bool text = strstr(def->type, "char") != NULL;
    const struct status st = type_parse(a, s->collations, slice_of_str(def->type),
                                        text ? SLICE("utf8mb4_general_ci") : SLICE_NULL, type, &d);
    assert_true(status_is_ok(st));
    *c = (struct cat_column){.id = (uint32_t) t->n_columns + 1,
                             .name = slice_of_str(def->name),
                             .type = type,
                             .type_text = slice_of_str(def->type)};
    c->nullable = !(def->flags & NN);
    c->autoinc = def->flags & AUTO;
    c->default_kind = c->nullable ? CAT_DEFAULT_NULL : CAT_DEFAULT_NONE;
    c->phys_v = arena_printf(a, "%s_v", def->name);
    c->v_width = 100;
    if (def->flags & GEN) {
        c->generated = CAT_GENERATED_STORED;
        t->has_generated = true;
    }
    if (def->flags & EQ) {
        c->has_eq = true;
        c->phys_e = arena_printf(a, "%s_e", def->name);
        c->join_group = def->group ? def->group : own_group++;
    }
    if (def->flags & ORD) {
        c->has_ord = true;
        c->phys_o = arena_printf(a, "%s_o", def->name);
        c->ord_width = 16;
    }
    if (def->flags & (PK | KEY)) {
        struct cat_key *k = &t->keys[t->n_keys++];
        k->primary = k->unique = def->flags & PK;
        k->name = k->primary ? SLICE("PRIMARY") : c->name;
        k->parts = arena_new(a, struct cat_key_part);
        *k->parts = (struct cat_key_part){.column = (uint16_t) t->n_columns};
        k->n_parts = 1;
    }
    if (c->autoinc) {
        t->autoinc = (int32_t) t->n_columns;
    }
    t->n_columns++;
}

static struct cat_table *
new_table(const char *name, enum cat_kind kind, uint64_t id)
{
    struct cat_table *t = catalog_table_new();
    assert_non_null(t);
    t->id = id;
    t->kind = kind;
    t->db = SLICE("shop");
    t->name = slice_of_str(name);
    t->autoinc = -1;
    t->columns = arena_array(t->arena, struct cat_column, COLUMNS_MAX);
    t->keys = arena_array(t->arena, struct cat_key, COLUMNS_MAX);
    t->fks = arena_array(t->arena, struct cat_fk, 1);
    return t;
}

static void
reference(struct cat_table *t, int column, const char *parent, bool set_null)
{
    struct cat_fk *fk = &t->fks[t->n_fks++];
    *fk = (struct cat_fk){.name = SLICE("fk"),
                          .n_columns = 1,
                          .ref_db = SLICE("shop"),
                          .ref_table = slice_of_str(parent),
                          .phys = SLICE("f_1")};
    fk->columns = arena_new(t->arena, uint16_t);
    fk->columns[0] = (uint16_t) column;
    fk->ref_columns = arena_new(t->arena, struct slice);
    fk->ref_columns[0] = SLICE("id");
    fk->on_delete = set_null ? CAT_SET_NULL : CAT_RESTRICT;
    fk->proxy_on_delete = set_null;
}

static void
build_catalog(struct shop *s)
{
    CLEANUP(catalog_builder_free_cleanup) struct catalog_builder *b = catalog_builder_new(NULL);
    const struct cat_db db = {.id = 1, .name = SLICE("shop"), .phys = SLICE("d")};
    uint64_t id = 10;
    catalog_builder_put_db(b, &db);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct cat_table *t = new_table(tables[i].name, CAT_TABLE, id++);
        t->phys_db = SLICE("d");
        t->phys = arena_printf(t->arena, "t_%s", tables[i].name);
        for (const struct column *c = tables[i].columns; c->name; c++) {
            add_column(s, t, c);
        }
        if (strcmp(tables[i].name, "orders") == 0) {
            reference(t, 1, "people", false);
        } else if (strcmp(tables[i].name, "children") == 0) {
            reference(t, 1, "parents", true);
        }
        catalog_builder_put_table(b, t);
        catalog_table_unref(t);
    }
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        struct cat_table *t = new_table(views[i].name, CAT_VIEW, id++);
        t->create_sql = slice_of_str(views[i].sql);
        catalog_builder_put_table(b, t);
        catalog_table_unref(t);
    }
    assert_true(status_is_ok(catalog_builder_finish(b, 1, &s->catalog)));
}

void
shop_open(struct shop *s)
{
    *s = (struct shop){.options = {.flavour = SQL_MARIADB, .version = 101100},
                       .env = {.flavour = TYPE_MARIADB}};
    s->collations = collation_set_new();
    s->env.tz = type_tz_parse(SLICE("+00:00"), SLICE("UTC"));
    build_catalog(s);
    s->ctx = (struct plan_context){
        .catalog = s->catalog,
        .session = {.db = SLICE("shop")},
        .options = &s->options,
        .env = &s->env,
        .collations = s->collations,
        .connection = collation_set_find(s->collations, SLICE("utf8mb4_general_ci"))};
}

void
shop_close(struct shop *s)
{
    catalog_unref(s->catalog);
    collation_set_free(s->collations);
}

struct plan *
shop_plan(struct shop *s, struct slice text, uint32_t *next, struct diag *d)
{
    struct plan *p;
    struct sql_stmt *stmt;
    struct type_literal *items;
    assert_true(status_is_ok(plan_new(&p, s->catalog)));
    struct status st = sql_parse(p->arena, text, &s->options, &stmt, d);
    if (!status_is_ok(st)) {
        fail_msg("%.*s: %s", SLICE_ARG(slice_sub(text, 0, 200)), d->message);
    }
    if (next) {
        *next = stmt->next;
    }
    st = literal_from_stmt(p->arena, stmt, s->collations, s->ctx.connection, &items);
    assert_true(status_is_ok(st));
    const struct literals lits = {items, stmt->n_slots};
    st = plan_build(p, &s->ctx, stmt, &lits, d);
    return status_is_ok(st) ? p : plan_unref(p);
}

void
shop_server(const struct plan *p, struct buf *out)
{
    CLEANUP(buf_deinit_cleanup) struct buf all = BUF_INIT;
    plan_explain(p, &all);
    const char *at = strstr(buf_cstr(&all), "\nserver\t");
    if (at) {
        buf_append(out, at + 8, strcspn(at + 8, "\n"));
    }
}

static void
describe_source(const struct plan_source *src, struct buf *out)
{
    static const char *const names[] = {[SOURCE_LITERAL] = "literal",
                                        [SOURCE_NULL] = "NULL",
                                        [SOURCE_DEFAULT] = "default",
                                        [SOURCE_AUTOINC] = "next id",
                                        [SOURCE_ADD] = "plus"};
    buf_append_str(out, names[src->kind]);
    if (src->kind == SOURCE_LITERAL || src->kind == SOURCE_ADD) {
        buf_printf(out, " %s?%u", src->negated ? "-" : "", src->slot + 1);
    }
}

void
shop_describe(const struct plan *p, struct buf *out)
{
    plan_explain(p, out);
    if (p->side_effects) {
        buf_append_str(out, "side effects\n");
    }
    if (p->target == NULL) {
        return; /* what a fast kind that gave up has left means nothing */
    }
    for (size_t i = 0; i < p->n_rows; i++) {
        buf_printf(out, "row %zu\t", i + 1);
        for (size_t c = 0; c < p->target->n_columns; c++) {
            buf_append_str(out, c ? ", " : "");
            describe_source(&p->sources[i * p->target->n_columns + c], out);
        }
        buf_append_u8(out, '\n');
    }
    for (size_t i = 0; i < p->n_sets; i++) {
        buf_printf(out, "set %.*s\t", SLICE_ARG(p->target->columns[p->sets[i].column].name));
        describe_source(&p->sets[i].source, out);
        buf_append_u8(out, '\n');
    }
    if (p->replace) {
        buf_append_str(out, "replace\n");
    }
}
