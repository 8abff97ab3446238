/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "../../base/cm.h"
#include "make.h"
#include "rewriter/catalog/layout.h"
#include "rewriter/catalog/layout_diff.h"
#include "rewriter/catalog/physical.h"

static struct keyring *keyring;
static struct catalog *empty;
static const struct cat_db db = {.id = 1, .name = SLICE("db"), .phys = SLICE("d_0")};
static uint64_t last_id;

static struct status
next_id(void *ctx, uint64_t *id, struct diag *d)
{
    *id = ++last_id;
    return OK;
}

static struct layout_input
input(struct catalog *cat, const struct cat_table *old)
{
    return (struct layout_input){
        .cat = cat, .db = &db, .old = old, .keyring = keyring, .new_id = next_id};
}

static void
assign(struct layout_input *in, struct cat_table *t)
{
    struct diag d = DIAG_INIT;
    if (!status_is_ok(layout_assign(in, t, &d))) {
        fail_msg("%s", d.message);
    }
}

static struct cat_table *
plain_table(const char *type)
{
    struct cat_table *t = make_table(0, "db", "t");
    make_column(t, "a", type, false);
    make_column(t, "b", "int(11)", true);
    make_key(t, "PRIMARY", true, (const int[]){0, -1}, 0);
    return t;
}

static void
test_keys_decide_onions(void **state)
{
    static const struct {
        const char *type;
        bool ord;
        uint16_t width;
    } cases[] = {{"int(11)", true, 8},      {"bigint(20) unsigned", true, 16}, {"date", true, 0},
                 {"datetime(6)", true, 0},  {"decimal(10,2)", true, 0},        {"double", true, 0},
                 {"varchar(20)", false, 0}, {"binary(16)", false, 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cat_table *t = plain_table(cases[i].type);
        struct layout_input in = input(empty, NULL);
        assign(&in, t);
        assert_true(t->columns[0].has_eq);
        assert_int_equal(t->columns[0].has_ord, cases[i].ord);
        if (cases[i].width) {
            assert_int_equal(t->columns[0].ord_width, cases[i].width);
        }
        assert_int_equal(slice_is_null(t->keys[0].phys_o), !cases[i].ord);
        assert_true(t->columns[0].join_group != 0);
        assert_false(t->columns[1].has_eq || t->columns[1].has_ord);
        assert_true(slice_starts_with(t->phys, SLICE("t_")) && t->phys.len == 18);
        catalog_table_unref(t);
    }
}

/* One column under a policy given in its comment, with or without a key over it. */
static void
test_policy_decides_onions(void **state)
{
    static const struct {
        const char *comment;
        bool key, eq, ord, index;
        uint8_t layer;
    } cases[] = {
        {"", false, false, false, false, 0},
        {"allium: onions=eager", false, true, true, false, 1},
        {"allium: onions=eager", true, true, true, true, 0},
        {"allium: onions=eager, floor=det", false, true, false, false, 1},
        {"allium: floor=rnd", true, false, false, false, 0},
        {"allium: floor=rnd, onions=eager", false, false, false, false, 0},
        {"allium: floor=det", true, true, false, true, 0},
        {"allium: onions=lazy", true, true, false, true, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cat_table *t = make_table(0, "db", "t");
        make_column(t, "a", "int(11)", false);
        t->columns[0].comment = slice_of_str(cases[i].comment);
        if (cases[i].key) {
            make_key(t, "k", false, (const int[]){0, -1}, 0);
        }
        struct layout_input in = input(empty, NULL);
        assign(&in, t);
        const struct cat_column *c = &t->columns[0];
        assert_int_equal(c->has_eq, cases[i].eq);
        assert_int_equal(c->has_ord, cases[i].ord);
        assert_int_equal(c->eq_layer, cases[i].layer);
        assert_int_equal(c->ord_layer, c->has_ord ? cases[i].layer : 0);
        assert_int_equal(t->n_keys && !slice_is_null(t->keys[0].phys_e), cases[i].index);
        catalog_table_unref(t);
    }
}

static void
test_search_is_for_text(void **state)
{
    struct cat_table *t = make_table(0, "db", "t");
    make_column(t, "a", "varchar(20)", false);
    make_column(t, "b", "int(11)", false);
    t->columns[0].comment = t->columns[1].comment = SLICE("allium: search=ngram");
    struct layout_input in = input(empty, NULL);
    assign(&in, t);
    assert_true(t->columns[0].has_search && !t->columns[1].has_search);
    catalog_table_unref(t);
}

static void
test_floor_forbids_unique_key(void **state)
{
    struct diag d = DIAG_INIT;
    struct cat_table *t = plain_table("int(11)");
    t->columns[0].comment = SLICE("allium: floor=rnd");
    struct layout_input in = input(empty, NULL);
    assert_int_equal(layout_assign(&in, t, &d).code, STATUS_POLICY);
    catalog_table_unref(t);
}

/* ALTER TABLE: the recorded floor may be raised by the comment, never lowered. */
static void
test_floor_goes_up_only(void **state)
{
    static const struct {
        const char *from, *to;
        bool ok;
    } cases[] = {{"allium: floor=det", "allium: floor=rnd", true},
                 {"allium: floor=rnd", "allium: floor=det", false},
                 {"allium: floor=rnd", "", true},
                 {"allium: strict=yes", "allium: strict=no", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diag d = DIAG_INIT;
        struct cat_table *old = make_table(0, "db", "t"), *t = make_table(0, "db", "t");
        make_column(old, "a", "int(11)", false);
        make_column(t, "a", "int(11)", false);
        old->columns[0].comment = slice_of_str(cases[i].from);
        t->columns[0].comment = slice_of_str(cases[i].to);
        struct layout_input in = input(empty, NULL);
        assign(&in, old);
        in.old = old;
        assert_int_equal(status_is_ok(layout_assign(&in, t, &d)), cases[i].ok);
        if (cases[i].ok) {
            assert_true(t->columns[0].policy.floor >= old->columns[0].policy.floor);
        }
        catalog_table_unref(t);
        catalog_table_unref(old);
    }
}

static void
test_unique_key_without_token_is_refused(void **state)
{
    struct diag d = DIAG_INIT;
    struct cat_table *t = make_table(0, "db", "t");
    make_column(t, "g", "geometry", false);
    make_key(t, "u", true, (const int[]){0, -1}, 10);
    struct layout_input in = input(empty, NULL);
    assert_int_equal(layout_assign(&in, t, &d).code, STATUS_UNSUPPORTED);
    catalog_table_unref(t);
}

static void
test_physical_create(void **state)
{
    struct cat_table *t = make_table(0, "db", "t");
    struct buf sql = BUF_INIT;
    make_column(t, "id", "int(11)", false);
    make_column(t, "s", "varchar(20)", true);
    make_column(t, "x", "longtext", true);
    make_key(t, "PRIMARY", true, (const int[]){0, -1}, 0);
    make_key(t, "k", false, (const int[]){0, 1, -1}, 5);
    struct layout_input in = input(empty, NULL);
    assign(&in, t);
    physical_create_table(t, &sql);
    const char *text = buf_cstr(&sql);
    assert_non_null(strstr(text, "`rid` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE"));
    assert_non_null(strstr(text, "_o`,`rid`)")); /* rows lie as the primary key orders them */
    assert_non_null(strstr(text, "_p5` BINARY(16) NULL"));
    assert_non_null(strstr(text, "_v` VARBINARY(113) NULL")); /* 20 * 4 + 33 */
    assert_non_null(strstr(text, "LONGBLOB NULL"));
    assert_non_null(strstr(text, "UNIQUE KEY `i_"));
    assert_null(strstr(text, "`t`"));
    assert_int_equal(physical_columns(t, NULL), 3 + 1 + 1 + 1);
    buf_deinit(&sql);
    catalog_table_unref(t);
}

/* A primary key without order tokens cannot order the rows: they lie as they came. */
static void
test_physical_create_unordered(void **state)
{
    struct cat_table *t = make_table(0, "db", "t");
    struct buf sql = BUF_INIT;
    make_column(t, "s", "varchar(20)", false);
    make_key(t, "PRIMARY", true, (const int[]){0, -1}, 0);
    struct layout_input in = input(empty, NULL);
    assign(&in, t);
    physical_create_table(t, &sql);
    assert_non_null(
        strstr(buf_cstr(&sql), "`rid` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY"));
    buf_deinit(&sql);
    catalog_table_unref(t);
}

/* A wide table stays within the row budget: later columns become BLOBs. */
static void
test_row_budget(void **state)
{
    struct cat_table *t = make_table(0, "db", "t");
    size_t declared = 0;
    for (int i = 0; i < 12; i++) {
        char name[8] = {'c', (char) ('a' + i), 0};
        make_column(t, name, "varchar(255)", true);
    }
    struct layout_input in = input(empty, NULL);
    assign(&in, t);
    for (size_t i = 0; i < t->n_columns; i++) {
        declared += t->columns[i].v_width;
    }
    assert_true(declared > 4000 && declared <= PHYSICAL_ROW_BUDGET);
    catalog_table_unref(t);
}

static enum layout_diff
diff_after(void (*change)(struct cat_table *t))
{
    struct cat_table *old = plain_table("int(11)"), *now = plain_table("int(11)");
    struct layout_input in = input(empty, NULL);
    assign(&in, old);
    change(now);
    in = input(empty, old);
    assign(&in, now);
    const enum layout_diff diff = layout_diff_tables(old, now);
    catalog_table_unref(old);
    catalog_table_unref(now);
    return diff;
}

static void
change_comment(struct cat_table *t)
{
    t->columns[1].comment = SLICE("hello");
    t->columns[1].default_text = SLICE("7");
}

static void
change_add_nullable(struct cat_table *t)
{
    make_column(t, "c", "text", true);
}

static void
change_add_not_null(struct cat_table *t)
{
    make_column(t, "c", "int(11)", false);
}

static void
change_drop(struct cat_table *t)
{
    t->n_columns = 1;
}

static void
change_type(struct cat_table *t)
{
    t->n_columns = 1;
    make_column(t, "b", "bigint(20)", true);
}

static void
change_add_key_with_tokens(struct cat_table *t)
{
    make_key(t, "k", false, (const int[]){0, 0, -1}, 0);
}

static void
change_add_key(struct cat_table *t)
{
    make_key(t, "k", false, (const int[]){1, -1}, 0);
}

static void
change_add_unique(struct cat_table *t)
{
    make_key(t, "k", true, (const int[]){1, -1}, 0);
}

static void
change_check(struct cat_table *t)
{
    t->has_check = true;
    t->create_sql = SLICE("CREATE TABLE `t` (\n CONSTRAINT `c` CHECK (`a` > 0)\n)");
}

static void
test_what_a_change_costs(void **state)
{
    assert_int_equal(diff_after(change_comment), LAYOUT_DIFF_SAME);
    assert_int_equal(diff_after(change_add_nullable), LAYOUT_DIFF_IN_PLACE);
    assert_int_equal(diff_after(change_drop), LAYOUT_DIFF_IN_PLACE);
    assert_int_equal(diff_after(change_add_key_with_tokens), LAYOUT_DIFF_IN_PLACE);
    assert_int_equal(diff_after(change_add_key), LAYOUT_DIFF_RECODE);
    assert_int_equal(diff_after(change_add_not_null), LAYOUT_DIFF_CONVERT);
    assert_int_equal(diff_after(change_type), LAYOUT_DIFF_CONVERT);
    assert_int_equal(diff_after(change_add_unique), LAYOUT_DIFF_CONVERT);
    assert_int_equal(diff_after(change_check), LAYOUT_DIFF_CONVERT);
}

static struct catalog *
catalog_with(struct cat_table *t)
{
    struct catalog_builder *b = catalog_builder_new(NULL);
    struct catalog *cat;
    catalog_builder_put_db(b, &db);
    catalog_builder_put_table(b, t);
    assert_true(status_is_ok(catalog_builder_finish(b, 1, &cat)));
    catalog_builder_free(b);
    return cat;
}

static struct cat_table *
child_table(void)
{
    struct cat_table *c = make_table(0, "db", "child");
    make_column(c, "id", "int(11)", false);
    make_column(c, "t_a", "int(11)", true);
    make_key(c, "PRIMARY", true, (const int[]){0, -1}, 0);
    make_key(c, "f", false, (const int[]){1, -1}, 0);
    make_fk(c, "f", 1, "db", "t", "a");
    return c;
}

static void
test_foreign_key_joins_groups(void **state)
{
    struct cat_table *p = plain_table("int(11)"), *c = child_table();
    struct layout_input in = input(empty, NULL);
    struct buf sql = BUF_INIT;
    assign(&in, p);
    struct catalog *cat = catalog_with(p);
    in = input(cat, NULL);
    assign(&in, c);
    assert_int_equal(c->columns[1].join_group, p->columns[0].join_group);
    assert_true(c->columns[0].join_group != p->columns[0].join_group);
    assert_false(slice_is_null(c->fks[0].phys));
    assert_true(physical_fk_def(c, &c->fks[0], p, &sql));
    assert_non_null(strstr(buf_cstr(&sql), "ON DELETE RESTRICT ON UPDATE RESTRICT"));
    buf_deinit(&sql);
    catalog_unref(cat);
    catalog_table_unref(p);
    catalog_table_unref(c);
}

/* foreign_key_checks = 0: the child comes first, the parent takes its group. */
static void
test_child_before_parent(void **state)
{
    struct cat_table *p = plain_table("int(11)"), *c = child_table();
    struct layout_input in = input(empty, NULL);
    assign(&in, c);
    assert_true(slice_is_null(c->fks[0].phys));
    struct catalog *cat = catalog_with(c);
    in = input(cat, NULL);
    assign(&in, p);
    assert_int_equal(p->columns[0].join_group, c->columns[1].join_group);
    catalog_unref(cat);
    catalog_table_unref(p);
    catalog_table_unref(c);
}

/* Two groups that existed already: the input says who has to follow. */
static void
test_late_foreign_key_merges(void **state)
{
    struct cat_table *p = plain_table("int(11)"), *c = child_table(), *c2 = child_table();
    struct layout_input in = input(empty, NULL);
    assign(&in, p);
    c->n_fks = 0;
    in = input(empty, NULL);
    assign(&in, c);
    struct catalog *cat = catalog_with(p);
    in = input(cat, c);
    assign(&in, c2);
    assert_int_equal(in.n_merges, 1);
    assert_int_equal(in.merges[0].from, c->columns[1].join_group);
    assert_int_equal(in.merges[0].to, p->columns[0].join_group);
    assert_int_equal(layout_diff_tables(c, c2), LAYOUT_DIFF_RECODE);
    catalog_unref(cat);
    catalog_table_unref(p);
    catalog_table_unref(c);
    catalog_table_unref(c2);
}

static void
test_rename_keeps_identity(void **state)
{
    struct cat_table *old = plain_table("int(11)"), *now = plain_table("int(11)");
    struct layout_input in = input(empty, NULL);
    const struct layout_rename rename = {SLICE("a"), SLICE("aa")};
    assign(&in, old);
    now->columns[0].name = SLICE("aa");
    in = input(empty, old);
    in.renames = &rename;
    in.n_renames = 1;
    assign(&in, now);
    assert_int_equal(now->columns[0].id, old->columns[0].id);
    assert_true(slice_equal(now->columns[0].phys_v, old->columns[0].phys_v));
    assert_int_equal(layout_diff_tables(old, now), LAYOUT_DIFF_SAME);
    catalog_table_unref(old);
    catalog_table_unref(now);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_decide_onions),
        cmocka_unit_test(test_policy_decides_onions),
        cmocka_unit_test(test_search_is_for_text),
        cmocka_unit_test(test_floor_forbids_unique_key),
        cmocka_unit_test(test_floor_goes_up_only),
        cmocka_unit_test(test_unique_key_without_token_is_refused),
        cmocka_unit_test(test_physical_create),
        cmocka_unit_test(test_physical_create_unordered),
        cmocka_unit_test(test_row_budget),
        cmocka_unit_test(test_what_a_change_costs),
        cmocka_unit_test(test_foreign_key_joins_groups),
        cmocka_unit_test(test_child_before_parent),
        cmocka_unit_test(test_late_foreign_key_merges),
        cmocka_unit_test(test_rename_keeps_identity),
    };
    struct master *master;
    make_setup();
    empty = catalog_new_empty();
    if (!status_is_ok(master_new_random(&master)) || !status_is_ok(keyring_new(&keyring, master))) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    keyring_free(keyring);
    master_unref(master);
    catalog_unref(empty);
    make_teardown();
    return failed;
}
