/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../cm.h"
#include "fixture.h"

static struct master *master;

static const struct cat_table *
table(struct catalog *cat, const char *db, const char *name)
{
    return catalog_find_table(cat, slice_of_str(db), slice_of_str(name));
}

static void
test_create_insert_reopen(void **state)
{
    struct fixture f;
    fixture_open(&f, master);
    fixture_ok(&f, DDL_CREATE_DATABASE, "shop", "CREATE DATABASE shop");
    fixture_ok(
        &f, DDL_CREATE_TABLE, "shop.t",
        "CREATE TABLE shop.t (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) DEFAULT 'x',"
        " price DECIMAL(10,2) NOT NULL DEFAULT '1.50', KEY (price, id)) COMMENT 'secret'");
    fixture_insert(&f, "shop", "t", (const char *const[]){"1", "apple", "3.25"});
    fixture_insert(&f, "shop", "t", (const char *const[]){"2", "NULL", "-7.00"});
    assert_string_equal(fixture_rows(&f, "shop", "t"), "1,apple,3.25;2,NULL,-7.00;");
    struct catalog *cat = store_snapshot(f.store);
    const struct cat_table *t = table(cat, "shop", "t");
    assert_int_equal(t->n_columns, 3);
    assert_int_equal(t->autoinc, 0);
    assert_true(t->columns[0].has_eq && t->columns[0].has_ord);
    assert_true(t->columns[2].has_eq && !t->columns[2].has_ord);
    assert_false(t->columns[1].has_eq);
    assert_int_equal(t->columns[1].default_kind, CAT_DEFAULT_CONSTANT);
    assert_int_equal(t->n_keys, 2);
    catalog_unref(cat);
    assert_string_equal(fixture_backend(&f, "SELECT COUNT(*) FROM information_schema.tables WHERE"
                                            " table_name IN ('t') OR table_comment <> ''"
                                            " AND table_schema LIKE 'd%'"),
                        "0");
    fixture_close(&f);

    fixture_open(&f, master);
    assert_string_equal(fixture_rows(&f, "shop", "t"), "1,apple,3.25;2,NULL,-7.00;");
    assert_string_equal(fixture_scratch(&f, "SELECT COUNT(*) FROM shop.t"), "0");
    assert_string_equal(fixture_scratch(&f, "SELECT table_comment FROM information_schema.tables"
                                            " WHERE table_name = 't'"),
                        "secret");
    assert_int_equal(
        fixture_ddl(&f, DDL_CREATE_TABLE, "shop.t", "CREATE TABLE shop.t (a INT)").code,
        STATUS_UPSTREAM_SQL);
    assert_int_equal(f.d.mysql_errno, 1050);
    fixture_ok(&f, DDL_TRUNCATE, "shop.t", "TRUNCATE shop.t");
    assert_string_equal(fixture_rows(&f, "shop", "t"), "");
    fixture_ok(&f, DDL_DROP_TABLE, "shop.t", "DROP TABLE shop.t");
    cat = store_snapshot(f.store);
    assert_null(table(cat, "shop", "t"));
    catalog_unref(cat);
    fixture_ok(&f, DDL_DROP_DATABASE, "shop", "DROP DATABASE shop");
    assert_string_equal(fixture_backend(&f, "SELECT COUNT(*) FROM information_schema.schemata"
                                            " WHERE schema_name LIKE 'd\\_%'"),
                        "0");
    assert_string_equal(fixture_backend(&f, "SELECT COUNT(*) FROM allium.journal"), "0");
    fixture_close(&f);
}

static void
test_wrong_key_is_recognised(void **state)
{
    struct fixture f;
    fixture_open(&f, master);
    struct master *other;
    struct store *store = NULL;
    assert_true(status_is_ok(master_new_random(&other)));
    const struct store_config config = {
        .backend = &f.params, .scratch = f.scratch, .master = other, .collations = f.collations};
    assert_int_equal(store_open(&store, &config, &f.d).code, STATUS_KEY_WRONG);
    master_unref(other);
    fixture_close(&f);
}

static void
drop_physical(struct fixture *f)
{
    const char *name;
    while (*(name = fixture_backend(f, "SELECT schema_name FROM information_schema.schemata"
                                       " WHERE schema_name LIKE 'd\\_%' LIMIT 1"))) {
        char sql[80];
        snprintf(sql, sizeof(sql), "DROP DATABASE `%s`", name);
        fixture_backend(f, sql);
    }
}

/* A restored backup, and a server that was set up anew: as after a restart of the proxy. */
static void
test_server_replaced(void **state)
{
    struct fixture f;
    fixture_open(&f, master);
    fixture_ok(&f, DDL_CREATE_DATABASE, "shop", "CREATE DATABASE shop");
    fixture_ok(&f, DDL_CREATE_TABLE, "shop.old", "CREATE TABLE shop.old (id INT PRIMARY KEY)");
    fixture_backend(&f, "CREATE TABLE allium.backup SELECT * FROM allium.meta");
    fixture_backend(&f, "CREATE TABLE allium.backup2 SELECT * FROM allium.catalog");
    fixture_ok(&f, DDL_CREATE_TABLE, "shop.t", "CREATE TABLE shop.t (id INT PRIMARY KEY)");
    uint64_t seen = store_version(f.store);
    fixture_backend(&f, "REPLACE INTO allium.meta SELECT * FROM allium.backup");
    fixture_backend(&f, "DELETE FROM allium.catalog");
    fixture_backend(&f, "INSERT INTO allium.catalog SELECT * FROM allium.backup2");
    assert_true(status_is_ok(store_refresh(f.store, &f.d)));
    assert_true(store_version(f.store) > seen);
    struct catalog *cat = store_snapshot(f.store);
    assert_null(table(cat, "shop", "t"));
    assert_non_null(table(cat, "shop", "old"));
    catalog_unref(cat);

    seen = store_version(f.store);
    fixture_backend(&f, "DROP DATABASE allium");
    assert_int_equal(store_refresh(f.store, &f.d).code, STATUS_STARTUP); /* the rest is there */
    drop_physical(&f);
    fixture_backend(&f, "CREATE DATABASE taken CHARACTER SET latin1");
    fixture_ok(&f, DDL_CREATE_DATABASE, "shop", "CREATE DATABASE shop");
    assert_true(store_version(f.store) > seen);
    cat = store_snapshot(f.store);
    assert_null(table(cat, "shop", "old"));
    assert_non_null(catalog_find_db(cat, SLICE("taken")));
    catalog_unref(cat);
    fixture_ok(&f, DDL_CREATE_TABLE, "taken.t", "CREATE TABLE taken.t (id INT PRIMARY KEY)");
    fixture_ok(&f, DDL_DROP_DATABASE, "shop", "DROP DATABASE shop");
    fixture_ok(&f, DDL_DROP_DATABASE, "taken", "DROP DATABASE taken");
    fixture_backend(&f, "DROP DATABASE taken"); /* the administrator's own */
    fixture_close(&f);
}

static void
test_sequences(void **state)
{
    struct fixture f;
    uint64_t first;
    fixture_open(&f, master);
    for (uint64_t i = 1; i <= 2500; i++) {
        assert_true(status_is_ok(store_sequence_reserve(f.store, 77, 1, &first, &f.d)));
        assert_int_equal(first, i);
    }
    assert_true(status_is_ok(store_sequence_reserve(f.store, 77, 5000, &first, &f.d)));
    assert_int_equal(first, 2501);
    assert_true(status_is_ok(store_sequence_bump(f.store, 77, 10, &f.d)));
    assert_true(status_is_ok(store_sequence_bump(f.store, 77, 100000, &f.d)));
    assert_true(status_is_ok(store_sequence_peek(f.store, 77, &first, &f.d)));
    assert_int_equal(first, 100001);
    assert_true(status_is_ok(store_sequence_reserve(f.store, 77, 2, &first, &f.d)));
    assert_int_equal(first, 100001);
    fixture_close(&f);
    fixture_open(&f, master);
    assert_true(status_is_ok(store_sequence_reserve(f.store, 77, 1, &first, &f.d)));
    assert_int_equal(first, 100003);
    assert_true(status_is_ok(store_sequence_bump(f.store, 77, UINT64_MAX - 5, &f.d)));
    assert_true(status_is_ok(store_sequence_reset(f.store, 77, 1, &f.d)));
    assert_true(status_is_ok(store_sequence_reserve(f.store, 77, 1, &first, &f.d)));
    assert_int_equal(first, 1);
    fixture_close(&f);
}

static void
test_alter_in_place(void **state)
{
    struct fixture f;
    fixture_open(&f, master);
    fixture_ok(&f, DDL_CREATE_DATABASE, "a", "CREATE DATABASE a");
    fixture_ok(&f, DDL_CREATE_TABLE, "a.t", "CREATE TABLE a.t (id INT PRIMARY KEY, n INT, s INT)");
    fixture_insert(&f, "a", "t", (const char *const[]){"1", "10", "5"});
    fixture_insert(&f, "a", "t", (const char *const[]){"2", "20", "NULL"});
    fixture_ok(&f, DDL_ALTER_TABLE, "a.t", "ALTER TABLE a.t ALTER n SET DEFAULT 9, COMMENT 'hi'");
    fixture_ok(&f, DDL_ALTER_TABLE, "a.t", "ALTER TABLE a.t ADD x INT");
    assert_string_equal(fixture_rows(&f, "a", "t"), "1,10,5,NULL;2,20,NULL,NULL;");
    fixture_ok(&f, DDL_ALTER_TABLE, "a.t", "ALTER TABLE a.t DROP s");
    assert_string_equal(fixture_rows(&f, "a", "t"), "1,10,NULL;2,20,NULL;");
    fixture_ok(&f, DDL_ALTER_TABLE, "a.t", "ALTER TABLE a.t ADD KEY k (n)");
    fixture_ok(&f, DDL_ALTER_TABLE, "a.t", "ALTER TABLE a.t RENAME KEY k TO k2");
    fixture_ok(&f, DDL_ALTER_TABLE, "a.t a.u", "ALTER TABLE a.t RENAME TO a.u");
    fixture_ok(&f, DDL_ALTER_TABLE, "a.u", "DROP INDEX k2 ON a.u");
    assert_string_equal(fixture_rows(&f, "a", "u"), "1,10,NULL;2,20,NULL;");
    fixture_ok(&f, DDL_CREATE_DATABASE, "b", "CREATE DATABASE b");
    fixture_ok(&f, DDL_RENAME_TABLE, "a.u b.v", "RENAME TABLE a.u TO b.v");
    assert_string_equal(fixture_rows(&f, "b", "v"), "1,10,NULL;2,20,NULL;");
    fixture_ok(&f, DDL_DROP_DATABASE, "a", "DROP DATABASE a");
    assert_string_equal(fixture_rows(&f, "b", "v"), "1,10,NULL;2,20,NULL;");
    fixture_ok(&f, DDL_DROP_DATABASE, "b", "DROP DATABASE b");
    fixture_close(&f);
}

static void
test_alter_converts(void **state)
{
    struct fixture f;
    fixture_open(&f, master);
    fixture_ok(&f, DDL_CREATE_DATABASE, "a", "CREATE DATABASE a");
    fixture_ok(&f, DDL_CREATE_TABLE, "a.t", "CREATE TABLE a.t (id INT PRIMARY KEY, s VARCHAR(10))");
    fixture_insert(&f, "a", "t", (const char *const[]){"1", "100"});
    fixture_insert(&f, "a", "t", (const char *const[]){"2", "300"});
    fixture_ok(&f, DDL_ALTER_TABLE, "a.t", "ALTER TABLE a.t ADD n INT NOT NULL DEFAULT 4 AFTER id");
    assert_string_equal(fixture_rows(&f, "a", "t"), "1,4,100;2,4,300;");
    /* MySQL's own error, and nothing changes */
    assert_false(
        status_is_ok(fixture_ddl(&f, DDL_ALTER_TABLE, "a.t", "ALTER TABLE a.t MODIFY s TINYINT")));
    assert_int_equal(f.d.mysql_errno, 1264);
    assert_string_equal(fixture_rows(&f, "a", "t"), "1,4,100;2,4,300;");
    assert_string_equal(fixture_scratch(&f, "SELECT data_type FROM information_schema.columns WHERE"
                                            " table_name = 't' AND column_name = 's'"),
                        "varchar");
    fixture_ok(&f, DDL_ALTER_TABLE, "a.t", "ALTER TABLE a.t MODIFY s BIGINT");
    assert_string_equal(fixture_rows(&f, "a", "t"), "1,4,100;2,4,300;");
    fixture_ok(&f, DDL_ALTER_TABLE, "a.t", "CREATE UNIQUE INDEX u ON a.t (s)");
    assert_false(
        status_is_ok(fixture_ddl(&f, DDL_ALTER_TABLE, "a.t", "ALTER TABLE a.t ADD UNIQUE (n)")));
    assert_int_equal(f.d.mysql_errno, 1062);
    fixture_ok(&f, DDL_ALTER_TABLE, "a.t",
               "ALTER TABLE a.t DROP PRIMARY KEY, ADD k INT AUTO_INCREMENT PRIMARY KEY FIRST");
    assert_string_equal(fixture_rows(&f, "a", "t"), "1,1,4,100;2,2,4,300;");
    fixture_ok(&f, DDL_DROP_DATABASE, "a", "DROP DATABASE a");
    fixture_close(&f);
}

static void
test_foreign_keys(void **state)
{
    struct fixture f;
    fixture_open(&f, master);
    fixture_ok(&f, DDL_CREATE_DATABASE, "a", "CREATE DATABASE a");
    fixture_ok(&f, DDL_CREATE_TABLE, "a.p", "CREATE TABLE a.p (id INT PRIMARY KEY)");
    fixture_ok(&f, DDL_CREATE_TABLE, "a.c",
               "CREATE TABLE a.c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES a.p (id)"
               " ON DELETE CASCADE)");
    fixture_ok(&f, DDL_CREATE_TABLE, "a.g", "CREATE TABLE a.g (id INT PRIMARY KEY, c INT)");
    fixture_insert(&f, "a", "p", (const char *const[]){"1"});
    fixture_insert(&f, "a", "c", (const char *const[]){"7", "1"});
    fixture_insert(&f, "a", "g", (const char *const[]){"3", "7"});
    /* g gets the group of c; its rows are encoded again */
    fixture_ok(&f, DDL_ALTER_TABLE, "a.g",
               "ALTER TABLE a.g ADD CONSTRAINT gc FOREIGN KEY (c) REFERENCES a.c (id)");
    assert_string_equal(fixture_rows(&f, "a", "g"), "3,7;");
    struct catalog *cat = store_snapshot(f.store);
    assert_int_equal(table(cat, "a", "g")->columns[1].join_group,
                     table(cat, "a", "c")->columns[0].join_group);
    catalog_unref(cat);
    /* a parent that is rebuilt keeps its children */
    fixture_ok(&f, DDL_ALTER_TABLE, "a.p", "ALTER TABLE a.p ADD x INT NOT NULL DEFAULT 5");
    assert_string_equal(fixture_rows(&f, "a", "p"), "1,5;");
    assert_string_equal(
        fixture_backend(&f, "SELECT COUNT(*) FROM information_schema.referential_constraints"
                            " WHERE constraint_schema LIKE 'd\\_%'"),
        "2");
    assert_false(status_is_ok(fixture_ddl(&f, DDL_DROP_TABLE, "a.p", "DROP TABLE a.p")));
    fixture_ok(&f, DDL_RENAME_TABLE, "a.p a.q", "RENAME TABLE a.p TO a.q");
    cat = store_snapshot(f.store);
    assert_true(slice_equal_str(table(cat, "a", "c")->fks[0].ref_table, "q"));
    catalog_unref(cat);
    fixture_ok(&f, DDL_ALTER_TABLE, "a.g", "ALTER TABLE a.g DROP FOREIGN KEY gc");
    fixture_ok(&f, DDL_ALTER_TABLE, "a.g", /* in place: the groups are one already */
               "ALTER TABLE a.g ADD CONSTRAINT gc2 FOREIGN KEY (c) REFERENCES a.c (id)");
    fixture_ok(&f, DDL_ALTER_TABLE, "a.g", "ALTER TABLE a.g DROP FOREIGN KEY gc2");
    fixture_insert(&f, "a", "g", (const char *const[]){"4", "8"});
    assert_false(status_is_ok(
        fixture_ddl(&f, DDL_ALTER_TABLE, "a.g",
                    "ALTER TABLE a.g ADD CONSTRAINT gc3 FOREIGN KEY (c) REFERENCES a.c (id)")));
    assert_int_equal(f.d.mysql_errno, 1452);
    assert_string_equal(fixture_rows(&f, "a", "g"), "3,7;4,8;");
    fixture_ok(&f, DDL_DROP_TABLE, "a.c a.q a.g", "DROP TABLE a.c, a.q, a.g");
    fixture_ok(&f, DDL_DROP_DATABASE, "a", "DROP DATABASE a");
    fixture_close(&f);
}

/* A second proxy on the same server sees what the first one does. */
static void
test_two_stores(void **state)
{
    struct fixture a, b;
    bool changed;
    fixture_open(&a, master);
    fixture_open(&b, master);
    fixture_ok(&a, DDL_CREATE_DATABASE, "two", "CREATE DATABASE two");
    fixture_ok(&a, DDL_CREATE_TABLE, "two.t", "CREATE TABLE two.t (id INT PRIMARY KEY)");
    fixture_insert(&a, "two", "t", (const char *const[]){"1"});
    const uint64_t seen = store_version(a.store);
    assert_true(status_is_ok(store_refresh(b.store, &b.d)));
    assert_string_equal(fixture_rows(&b, "two", "t"), "1;");
    assert_string_equal(fixture_scratch(&b, "SELECT COUNT(*) FROM two.t"), "0");
    fixture_ok(&b, DDL_ALTER_TABLE, "two.t", "ALTER TABLE two.t ADD x INT");
    assert_true(status_is_ok(store_wait(a.store, seen, &changed, &a.d)));
    assert_true(changed);
    assert_string_equal(fixture_rows(&a, "two", "t"), "1,NULL;");
    uint64_t ia, ib;
    assert_true(status_is_ok(store_sequence_reserve(a.store, 5, 10, &ia, &a.d)));
    assert_true(status_is_ok(store_sequence_reserve(b.store, 5, 10, &ib, &b.d)));
    assert_true(ib >= ia + 10);
    fixture_ok(&b, DDL_DROP_DATABASE, "two", "DROP DATABASE two");
    assert_true(status_is_ok(store_refresh(a.store, &a.d)));
    struct catalog *cat = store_snapshot(a.store);
    assert_null(catalog_find_db(cat, SLICE("two")));
    catalog_unref(cat);
    fixture_close(&a);
    fixture_close(&b);
}

static void
test_view_follows_table(void **state)
{
    struct fixture f;
    fixture_open(&f, master);
    fixture_ok(&f, DDL_CREATE_DATABASE, "a", "CREATE DATABASE a");
    fixture_ok(&f, DDL_CREATE_TABLE, "a.t", "CREATE TABLE a.t (id INT PRIMARY KEY)");
    fixture_ok(&f, DDL_VIEW, "a.v", "CREATE VIEW a.v AS SELECT id + 1 AS n FROM a.t");
    fixture_close(&f);
    fixture_open(&f, master);
    assert_string_equal(fixture_scratch(&f, "SELECT COUNT(*) FROM a.v"), "0");
    fixture_ok(&f, DDL_DROP_TABLE, "a.v", "DROP VIEW a.v");
    fixture_ok(&f, DDL_DROP_DATABASE, "a", "DROP DATABASE a");
    fixture_close(&f);
}

/* ---- kill -9 ------------------------------------------------------------------------------------ */

struct kill_case {
    const char *names, *text;
    enum ddl_kind kind;
    const char *rows_before, *rows_after; /* of k.t */
};

static const struct kill_case kill_cases[] = {
    {"k.n", "CREATE TABLE k.n (id INT PRIMARY KEY)", DDL_CREATE_TABLE, "1,5;", "1,5;"},
    {"k.t", "ALTER TABLE k.t ADD x INT NOT NULL DEFAULT 3", DDL_ALTER_TABLE, "1,5;", "1,5,3;"},
    {"k.t", "ALTER TABLE k.t DROP v", DDL_ALTER_TABLE, "1,5;", "1;"},
    {"k.t", "ALTER TABLE k.t ADD x INT, ADD KEY (v)", DDL_ALTER_TABLE, "1,5;", "1,5,NULL;"},
};

static const char *const faults[] = {"ddl.mirror",    "ddl.begin",  "ddl.step",
                                     "ddl.step:2",    "ddl.step:3", "ddl.commit",
                                     "ddl.committed", "ddl.redo",   "ddl.end"};

static void
run_child(const struct kill_case *k, const char *fault)
{
    const pid_t pid = fork();
    if (pid == 0) {
        struct fixture f;
        fixture_open(&f, master);
        setenv("ALLIUM_FAULT", fault, 1);
        const struct status s = fixture_ddl(&f, k->kind, k->names, k->text);
        unsetenv("ALLIUM_FAULT");
        fixture_close(&f);
        _exit(status_is_ok(s) ? 0 : 1);
    }
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true((WIFEXITED(how) && WEXITSTATUS(how) == 0) ||
                (WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL));
}

static void
test_kill_at_each_step(void **state)
{
    for (size_t i = 0; i < sizeof(kill_cases) / sizeof(kill_cases[0]); i++) {
        const struct kill_case *k = &kill_cases[i];
        for (size_t j = 0; j < sizeof(faults) / sizeof(faults[0]); j++) {
            struct fixture f;
            fixture_open(&f, master);
            fixture_ok(&f, DDL_CREATE_DATABASE, "k", "CREATE DATABASE k");
            fixture_ok(&f, DDL_CREATE_TABLE, "k.t", "CREATE TABLE k.t (id INT PRIMARY KEY, v INT)");
            fixture_insert(&f, "k", "t", (const char *const[]){"1", "5"});
            fixture_close(&f);
            run_child(k, faults[j]);
            fixture_open(&f, master);
            const char *rows = fixture_rows(&f, "k", "t");
            if (strcmp(rows, k->rows_before) != 0 && strcmp(rows, k->rows_after) != 0) {
                fail_msg("%s at %s: %s", k->text, faults[j], rows);
            }
            assert_string_equal(fixture_backend(&f, "SELECT COUNT(*) FROM allium.journal"), "0");
            struct catalog *cat = store_snapshot(f.store);
            char sql[160];
            size_t n = 0;
            for (size_t at = 0; catalog_next_table(cat, SLICE("k"), &at);) {
                n++;
            }
            catalog_unref(cat);
            snprintf(sql, sizeof(sql),
                     "SELECT COUNT(*) = %zu FROM information_schema.tables"
                     " WHERE table_schema LIKE 'd\\_%%'",
                     n);
            assert_string_equal(fixture_backend(&f, sql), "1"); /* nothing is left over */
            fixture_ok(&f, DDL_DROP_DATABASE, "k", "DROP DATABASE k");
            fixture_close(&f);
        }
    }
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_insert_reopen), cmocka_unit_test(test_wrong_key_is_recognised),
        cmocka_unit_test(test_server_replaced),      cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_alter_in_place),       cmocka_unit_test(test_alter_converts),
        cmocka_unit_test(test_foreign_keys),         cmocka_unit_test(test_view_follows_table),
        cmocka_unit_test(test_two_stores),
    };
    const struct CMUnitTest kills[] = {cmocka_unit_test(test_kill_at_each_step)};
    if (!getenv("TEST_SOCKET") || !status_is_ok(backend_global_init()) ||
        !status_is_ok(master_new_random(&master))) {
        return 77;
    }
    const char *only = getenv("TEST_ONLY");
    if (only) {
        cmocka_set_test_filter(only);
    }
    const int failed = argc > 1 ? cmocka_run_group_tests(kills, NULL, NULL)
                                : cmocka_run_group_tests(tests, NULL, NULL);
    master_unref(master);
    backend_global_deinit();
    return failed;
}
