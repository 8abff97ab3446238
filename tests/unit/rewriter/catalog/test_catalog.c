/* SPDX-License-Identifier: Apache-2.0 */
#include "../../base/cm.h"
#include "make.h"
#include "rewriter/catalog/catalog_json.h"

static struct catalog *
finish(struct catalog_builder *b, uint64_t version)
{
    struct catalog *cat;
    assert_true(status_is_ok(catalog_builder_finish(b, version, &cat)));
    catalog_builder_free(b);
    return cat;
}

/* db holds p, c (references p) and x */
static struct catalog *
sample(void)
{
    const struct cat_db db = {.id = 1, .name = SLICE("db"), .phys = SLICE("d_1")};
    struct catalog_builder *b = catalog_builder_new(NULL);
    struct cat_table *p = make_table(10, "db", "p"), *c = make_table(11, "db", "c"),
                     *x = make_table(12, "db", "x");
    make_column(p, "id", "int(11)", false);
    make_column(c, "p_id", "int(11)", true);
    make_fk(c, "fk", 0, "db", "p", "id");
    catalog_builder_put_db(b, &db);
    catalog_builder_put_table(b, p);
    catalog_builder_put_table(b, c);
    catalog_builder_put_table(b, x);
    catalog_table_unref(p);
    catalog_table_unref(c);
    catalog_table_unref(x);
    return finish(b, 1);
}

static void
test_find(void **state)
{
    struct catalog *cat = sample();
    const struct cat_table *p = catalog_find_table(cat, SLICE("db"), SLICE("p"));
    size_t n;
    assert_non_null(p);
    assert_null(catalog_find_table(cat, SLICE("db"), SLICE("P"))); /* bytewise */
    assert_null(catalog_find_table(cat, SLICE("no"), SLICE("p")));
    assert_int_equal(catalog_find_column(p, SLICE("ID")), 0); /* folded */
    assert_int_equal(catalog_find_column(p, SLICE("idx")), -1);
    assert_ptr_equal(catalog_find_table_by_id(cat, 10), p);
    const struct cat_fk_ref *refs = catalog_fk_refs(cat, p, &n);
    assert_int_equal(n, 1);
    assert_true(slice_equal_str(refs[0].child->name, "c"));
    catalog_fk_refs(cat, catalog_find_table(cat, SLICE("db"), SLICE("x")), &n);
    assert_int_equal(n, 0);
    catalog_unref(cat);
}

static void
test_old_snapshot_stays_as_it_was(void **state)
{
    struct catalog *old = sample();
    struct catalog_builder *b = catalog_builder_new(old);
    catalog_builder_drop_table(b, SLICE("db"), SLICE("x"));
    struct cat_table *y = make_table(13, "db", "y");
    catalog_builder_put_table(b, y);
    catalog_table_unref(y);
    struct catalog *cat = finish(b, 2);
    assert_null(catalog_find_table(cat, SLICE("db"), SLICE("x")));
    assert_non_null(catalog_find_table(old, SLICE("db"), SLICE("x")));
    assert_null(catalog_find_table(old, SLICE("db"), SLICE("y")));
    assert_ptr_equal(catalog_find_table(cat, SLICE("db"), SLICE("p")),
                     catalog_find_table(old, SLICE("db"), SLICE("p"))); /* shared */
    const struct cat_table *kept =
        catalog_table_ref(catalog_find_table(cat, SLICE("db"), SLICE("y")));
    catalog_unref(old);
    catalog_unref(cat);
    assert_true(slice_equal_str(kept->name, "y"));
    catalog_table_unref(kept);
}

/* RENAME TABLE p TO tmp, x TO p, tmp TO x arrives as two tables under each other's names. */
static void
test_names_change_places(void **state)
{
    struct catalog *old = sample();
    struct catalog_builder *b = catalog_builder_new(old);
    struct cat_table *p = make_table(10, "db", "x"), *x = make_table(12, "db", "p");
    catalog_builder_put_table(b, p);
    catalog_builder_put_table(b, x);
    catalog_table_unref(p);
    catalog_table_unref(x);
    struct catalog *cat = finish(b, 2);
    size_t n = 0;
    assert_int_equal(catalog_find_table(cat, SLICE("db"), SLICE("x"))->id, 10);
    assert_int_equal(catalog_find_table(cat, SLICE("db"), SLICE("p"))->id, 12);
    for (size_t i = 0; catalog_next_table(cat, SLICE("db"), &i);) {
        n++;
    }
    assert_int_equal(n, 3);
    catalog_unref(cat);
    catalog_unref(old);
}

static void
test_drop_database(void **state)
{
    struct catalog *old = sample();
    struct catalog_builder *b = catalog_builder_new(old);
    catalog_builder_drop_db(b, SLICE("db"));
    struct catalog *cat = finish(b, 2);
    assert_null(catalog_find_db(cat, SLICE("db")));
    assert_null(catalog_find_table_by_id(cat, 10));
    catalog_unref(cat);
    catalog_unref(old);
}

static struct cat_table *
rich_table(void)
{
    struct cat_table *t = make_table(5, "d\xc3\xa9", "t'\"`");
    make_column(t, "id", "bigint(20) unsigned", false);
    make_column(t, "e", "enum('a','it''s','\xc3\xa4')", true);
    make_column(t, "s", "varchar(30)", true);
    make_key(t, "PRIMARY", true, (const int[]){0, -1}, 0);
    make_key(t, "k", false, (const int[]){1, 2, -1}, 7);
    make_fk(t, "f", 0, "o", "p", "q");
    t->autoinc = 0;
    t->columns[0].autoinc = true;
    t->columns[2].default_kind = CAT_DEFAULT_CONSTANT;
    t->columns[2].default_value = arena_dup(t->arena, slice_of("\xff\x00\x01", 3));
    t->columns[2].default_text = arena_dup(t->arena, slice_of("\xff'", 2)); /* not UTF-8 */
    t->columns[2].join_group = UINT64_MAX / 2;
    t->columns[2].n_prefixes = 1;
    t->columns[2].prefixes = arena_new(t->arena, struct cat_prefix);
    t->columns[2].prefixes[0] = (struct cat_prefix){7, SLICE("c_1_p7")};
    return t;
}

static void
test_json_round_trip(void **state)
{
    struct cat_table *t = rich_table(), *back = NULL, *copy = NULL;
    struct buf a = BUF_INIT, b = BUF_INIT, c = BUF_INIT;
    struct diag d = DIAG_INIT;
    assert_true(status_is_ok(catalog_json_write_table(t, &a)));
    assert_true(status_is_ok(catalog_json_read_table(make_collations, buf_slice(&a), &back, &d)));
    assert_true(status_is_ok(catalog_json_write_table(back, &b)));
    assert_true(slice_equal(buf_slice(&a), buf_slice(&b)));
    assert_int_equal(back->keys[1].parts[1].prefix, 7);
    assert_true(slice_equal(back->columns[2].default_value, slice_of("\xff\x00\x01", 3)));
    assert_true(slice_equal(back->columns[2].default_text, slice_of("\xff'", 2)));
    assert_true(status_is_ok(catalog_table_clone(back, &copy)));
    catalog_table_unref(back);
    assert_true(status_is_ok(catalog_json_write_table(copy, &c)));
    assert_true(slice_equal(buf_slice(&a), buf_slice(&c)));
    catalog_table_unref(copy);
    catalog_table_unref(t);
    buf_deinit(&a);
    buf_deinit(&b);
    buf_deinit(&c);
}

static void
test_json_refuses_what_it_does_not_know(void **state)
{
    static const char *const texts[] = {"",   "{",         "[]",
                                        "{}", "{\"f\":2}", "{\"f\":1,\"columns\":[{}]}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct cat_table *t = NULL;
        assert_false(status_is_ok(
            catalog_json_read_table(make_collations, slice_of_str(texts[i]), &t, NULL)));
        assert_null(t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_old_snapshot_stays_as_it_was),
        cmocka_unit_test(test_names_change_places),
        cmocka_unit_test(test_drop_database),
        cmocka_unit_test(test_json_round_trip),
        cmocka_unit_test(test_json_refuses_what_it_does_not_know),
    };
    make_setup();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    make_teardown();
    return failed;
}
