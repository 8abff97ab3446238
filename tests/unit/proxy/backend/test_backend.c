/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "support.h"

#define TYPE_TINY       1
#define TYPE_SHORT      2
#define TYPE_LONG       3
#define TYPE_FLOAT      4
#define TYPE_DOUBLE     5
#define TYPE_NULL       6
#define TYPE_TIMESTAMP  7
#define TYPE_LONGLONG   8
#define TYPE_DATE       10
#define TYPE_TIME       11
#define TYPE_DATETIME   12
#define TYPE_NEWDECIMAL 246
#define TYPE_BLOB       252
#define TYPE_VAR_STRING 253

static bool
is_mysql(void)
{
    return strcmp(getenv("TEST_FLAVOUR"), "mysql97") == 0;
}

static int
make_database(void **state)
{
    assert_true(status_is_ok(backend_global_init()));
    struct backend_conn *c = server_connect();
    run(c, "DROP DATABASE IF EXISTS b");
    run(c, "CREATE DATABASE b CHARACTER SET utf8mb4");
    *state = c;
    return 0;
}

static int
close_connection(void **state)
{
    backend_close(*state);
    backend_global_deinit();
    return 0;
}

static void
version(void **state)
{
    struct backend_conn *c = *state;
    assert_int_equal(backend_flavour(c), is_mysql() ? BACKEND_MYSQL : BACKEND_MARIADB);
    assert_true(backend_version_number(c) >= 50700);
    assert_string_equal(backend_version(c), ask(c, "SELECT VERSION()"));
    char id[32];
    snprintf(id, sizeof(id), "%llu", (unsigned long long) backend_thread_id(c));
    assert_string_equal(id, ask(c, "SELECT CONNECTION_ID()"));
}

static void
metadata(void **state)
{
    struct backend_conn *c = *state;
    run(c, "CREATE OR REPLACE VIEW b.nothing AS SELECT 1");
    run(c,
        "CREATE TABLE b.meta (id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT, s VARCHAR(10) NOT NULL,"
        " d DECIMAL(8,3), b VARBINARY(7))");
    struct backend_result *r = NULL;
    for (int mode = BACKEND_STORE; mode <= BACKEND_STREAM; mode++) {
        assert_true(status_is_ok(
            backend_query(c, SLICE("SELECT id, s AS alias, d, b FROM b.meta m"), mode, &r, NULL)));
        assert_int_equal(backend_result_n_columns(r), 4);
        const struct wire_column *col = backend_result_columns(r);
        assert_true(slice_equal_str(col[0].schema, "b") && slice_equal_str(col[0].table, "m") &&
                    slice_equal_str(col[0].org_table, "meta"));
        assert_int_equal(col[0].type, TYPE_LONG);
        assert_int_equal(col[0].flags, 1 | 2 | 32 | 512 | (col[0].flags & 16384));
        assert_int_equal(col[0].charset, 63);
        assert_int_equal(col[0].length, 10);
        assert_true(slice_equal_str(col[1].name, "alias") && slice_equal_str(col[1].org_name, "s"));
        assert_int_equal(col[1].length, 40);
        assert_int_equal(col[2].type, TYPE_NEWDECIMAL);
        assert_int_equal(col[2].decimals, 3);
        assert_int_equal(col[3].charset, 63);
        const struct slice *row;
        assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
        assert_null(row);
        backend_result_free(r);
    }
}

static void
cells(void **state)
{
    struct backend_conn *c = *state;
    for (int mode = BACKEND_STORE; mode <= BACKEND_STREAM; mode++) {
        struct backend_result *r = NULL;
        const struct slice *row;
        assert_true(status_is_ok(backend_query(
            c,
            SLICE(
                "SELECT NULL, '', X'00FF0027', '\xF0\x9F\x8C\xB7', -12 UNION ALL SELECT 1,2,3,4,5"),
            mode, &r, NULL)));
        assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
        assert_true(slice_is_null(row[0]));
        assert_true(row[1].data && row[1].len == 0);
        assert_true(slice_equal(row[2], SLICE("\x00\xFF\x00\x27")));
        assert_true(slice_equal(row[3], SLICE("\xF0\x9F\x8C\xB7")));
        assert_true(slice_equal(row[4], SLICE("-12")));
        if (mode == BACKEND_STREAM) {
            /* unread rows: the connection refuses other statements, and freeing reads them off */
            assert_int_equal(backend_exec_str(c, "SELECT 1", NULL).code, STATUS_BUG);
        } else {
            assert_int_equal(backend_result_n_rows(r), 2);
        }
        backend_result_free(r);
        assert_string_equal(ask(c, "SELECT 7"), "7");
    }
}

static void
summaries(void **state)
{
    struct backend_conn *c = *state;
    struct backend_result *r = NULL;
    run(c, "CREATE TABLE b.sums (id INT PRIMARY KEY AUTO_INCREMENT, v INT)");
    assert_true(status_is_ok(backend_query(c, SLICE("INSERT INTO b.sums (v) VALUES (1),(1),(2)"),
                                           BACKEND_STORE, &r, NULL)));
    assert_int_equal(backend_result_summary(r)->affected_rows, 3);
    assert_int_equal(backend_result_summary(r)->insert_id, 1);
    assert_true(
        slice_equal_str(backend_result_summary(r)->info, "Records: 3  Duplicates: 0  Warnings: 0"));
    assert_int_equal(backend_result_n_columns(r), 0);
    backend_result_free(r);
    struct backend_summary sum;
    assert_true(status_is_ok(backend_exec(c, SLICE("UPDATE b.sums SET v = 1"), &sum, NULL)));
    assert_int_equal(sum.affected_rows, 1); /* changed, not matched */
    run(c, "SET SESSION sql_mode = ''");
    assert_true(status_is_ok(backend_exec(c, SLICE("UPDATE b.sums SET v = 'x1'"), &sum, NULL)));
    assert_int_equal(sum.warnings, 3);
    run(c, "SET SESSION sql_mode = DEFAULT");
    struct backend_params p = server_params();
    p.found_rows = true;
    struct backend_conn *found = NULL;
    assert_true(status_is_ok(backend_connect(&found, &p, NULL)));
    assert_true(status_is_ok(backend_exec(found, SLICE("UPDATE b.sums SET v = 0"), &sum, NULL)));
    assert_int_equal(sum.affected_rows, 3);
    backend_close(found);
}

static void
errors(void **state)
{
    struct backend_conn *c = *state;
    struct diag d = DIAG_INIT;
    assert_int_equal(backend_exec_str(c, "SELECT * FROM b.none", &d).code, STATUS_UPSTREAM_SQL);
    assert_int_equal(d.mysql_errno, 1146);
    assert_string_equal(d.sqlstate, "42S02");
    assert_string_equal(d.message, "Table 'b.none' doesn't exist");
    diag_clear(&d);
    run(c, "CREATE TABLE b.uniq (a INT UNIQUE)");
    run(c, "INSERT INTO b.uniq VALUES (1)");
    assert_int_equal(backend_exec_str(c, "INSERT INTO b.uniq VALUES (1)", &d).code,
                     STATUS_UPSTREAM_SQL);
    assert_int_equal(d.mysql_errno, 1062);
    assert_string_equal(d.sqlstate, "23000");
    diag_clear(&d);
    /* an error among the rows */
    struct backend_result *r = NULL;
    const struct slice *row;
    run(c, "INSERT INTO b.uniq VALUES (2),(3)");
    assert_true(status_is_ok(backend_query(
                    c, SLICE("SELECT IF(a < 3, a, (SELECT a FROM b.uniq)) FROM b.uniq ORDER BY a"),
                    BACKEND_STREAM, &r, &d)) ||
                d.mysql_errno == 1242);
    struct status s = OK;
    while (r && status_is_ok(s = backend_result_next(r, &row, &d)) && row) {
    }
    assert_int_equal(d.mysql_errno, 1242);
    backend_result_free(r);
    diag_clear(&d);
    assert_int_equal(backend_init_db(c, SLICE("none"), &d).code, STATUS_UPSTREAM_SQL);
    assert_int_equal(d.mysql_errno, 1049);
    assert_false(backend_is_lost(c));
    diag_clear(&d);
    struct backend_params p = server_params();
    struct backend_conn *other = NULL;
    p.socket = "/nowhere/sock";
    assert_int_equal(backend_connect(&other, &p, &d).code, STATUS_UPSTREAM_DOWN);
    diag_clear(&d);
    p = server_params();
    p.user = "nobody-here";
    p.password = "wrong";
    assert_int_equal(backend_connect(&other, &p, &d).code, STATUS_UPSTREAM_REFUSED);
    assert_null(strstr(d.message, "nobody-here"));
}

static void
multi_statements(void **state)
{
    struct backend_params p = server_params();
    p.multi_statements = true;
    struct backend_conn *c = NULL;
    struct backend_result *r = NULL;
    const struct slice *row;
    assert_true(status_is_ok(backend_connect(&c, &p, NULL)));
    assert_true(status_is_ok(
        backend_query(c, SLICE("SET @x = 5; SELECT @x; SELECT 2, 3"), BACKEND_STREAM, &r, NULL)));
    assert_int_equal(backend_result_n_columns(r), 0);
    assert_true(backend_result_has_more(r));
    assert_true(status_is_ok(backend_result_advance(r, NULL)));
    assert_int_equal(backend_result_n_columns(r), 1);
    assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
    assert_true(slice_equal_str(row[0], "5"));
    assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
    assert_null(row);
    assert_true(status_is_ok(backend_result_advance(r, NULL)));
    assert_int_equal(backend_result_n_columns(r), 2);
    backend_result_free(r); /* with unread rows */
    run(c, "SELECT 1; SELECT 2; SET @x = 1");
    assert_string_equal(ask(c, "SELECT @x"), "1");
    struct diag d = DIAG_INIT;
    assert_int_equal(backend_exec_str(c, "SELECT 1; SELECT none; SELECT 2", &d).code,
                     STATUS_UPSTREAM_SQL);
    assert_int_equal(d.mysql_errno, 1054);
    assert_string_equal(ask(c, "SELECT 3"), "3");
    backend_close(c);
    /* refused without the option */
    assert_int_equal(backend_exec_str(*state, "SELECT 1; SELECT 2", NULL).code,
                     STATUS_UPSTREAM_SQL);
}

static void
big_packets(void **state)
{
    struct backend_conn *c = *state;
    const size_t n = 20u << 20;
    struct buf sql = BUF_INIT;
    buf_append_str(&sql, "SELECT '");
    uint8_t *at = buf_extend(&sql, n);
    for (size_t i = 0; i < n; i++) {
        at[i] = (uint8_t) ('a' + i % 23);
    }
    buf_append_str(&sql, "', 1");
    struct backend_result *r = NULL;
    const struct slice *row;
    assert_true(status_is_ok(backend_query(c, buf_slice(&sql), BACKEND_STREAM, &r, NULL)));
    assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
    assert_int_equal(row[0].len, n);
    assert_int_equal(mem_compare(row[0].data, sql.data + 8, n), 0);
    backend_result_free(r);
    /* the same through a statement: long parameter, long cells among short ones */
    struct backend_stmt *s = NULL;
    run(c, "CREATE TABLE b.big (i INT PRIMARY KEY, l LONGBLOB, s VARCHAR(10))");
    run(c, "INSERT INTO b.big VALUES (1, 'tiny', 'a')");
    assert_true(status_is_ok(backend_prepare(
        c, SLICE("INSERT INTO b.big VALUES (2,?,'b'),(3,?,'c'),(4,'x','d')"), &s, NULL)));
    const struct backend_param p[] = {
        {.type = TYPE_BLOB, .value = slice_of(sql.data + 8, n)},
        {.type = TYPE_BLOB, .is_long_data = true},
    };
    for (size_t done = 0; done < n; done += n / 4) {
        assert_true(
            status_is_ok(backend_stmt_long_data(s, 1, slice_of(sql.data + 8 + done, n / 4), NULL)));
    }
    assert_true(status_is_ok(backend_stmt_execute(s, p, BACKEND_STREAM, &r, NULL)));
    backend_result_free(r);
    backend_stmt_close(s);
    assert_true(
        status_is_ok(backend_prepare(c, SLICE("SELECT l, s FROM b.big ORDER BY i"), &s, NULL)));
    for (int mode = BACKEND_STORE; mode <= BACKEND_STREAM; mode++) {
        assert_true(status_is_ok(backend_stmt_execute(s, NULL, mode, &r, NULL)));
        for (int i = 0; i < 4; i++) {
            assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
            assert_int_equal(row[1].data[0], 'a' + i);
            if (i == 1 || i == 2) {
                assert_int_equal(row[0].len, n);
                assert_int_equal(mem_compare(row[0].data, sql.data + 8, n), 0);
            } else {
                assert_true(slice_equal_str(row[0], i ? "x" : "tiny"));
            }
        }
        backend_result_free(r);
    }
    backend_stmt_close(s);
    buf_deinit(&sql);
}

static void
lost_and_killed(void **state)
{
    const struct backend_params p = server_params();
    struct backend_conn *c = server_connect();
    struct diag d = DIAG_INIT;
    assert_true(status_is_ok(backend_kill(&p, backend_thread_id(c), BACKEND_KILL_CONNECTION, &d)));
    usleep(100000);
    assert_int_equal(backend_exec_str(c, "SELECT 1", &d).code, STATUS_UPSTREAM_LOST);
    assert_true(backend_is_lost(c));
    assert_true(d.mysql_errno == 2013 || d.mysql_errno == 1927 || d.mysql_errno == 4031);
    assert_int_equal(backend_ping(c, NULL).code, STATUS_UPSTREAM_LOST);
    const uint64_t gone = backend_thread_id(c);
    backend_close(c);
    assert_true(status_is_ok(backend_kill(&p, gone, BACKEND_KILL_QUERY, NULL)));
}

struct killer {
    uint64_t id;
};

static void *
kill_soon(void *arg)
{
    const struct backend_params p = server_params();
    usleep(200000);
    assert_true(
        status_is_ok(backend_kill(&p, ((struct killer *) arg)->id, BACKEND_KILL_QUERY, NULL)));
    backend_thread_deinit();
    return NULL;
}

#include <pthread.h>

static void
kill_query(void **state)
{
    struct backend_conn *c = *state;
    struct killer k = {backend_thread_id(c)};
    pthread_t thread;
    struct diag d = DIAG_INIT;
    pthread_create(&thread, NULL, kill_soon, &k);
    const struct status s = backend_exec_str(
        c,
        "SELECT COUNT(*) FROM information_schema.collations a, information_schema.collations b,"
        " information_schema.collations c, information_schema.collations d",
        &d);
    pthread_join(thread, NULL);
    assert_int_equal(s.code, STATUS_UPSTREAM_SQL);
    assert_int_equal(d.mysql_errno, 1317);
    assert_string_equal(ask(c, "SELECT 1"), "1");
}

/* Every type there and back in the binary protocol. */
static void
prepared_types(void **state)
{
    struct backend_conn *c = *state;
    run(c,
        "CREATE TABLE b.types (i INT PRIMARY KEY AUTO_INCREMENT, t TINYINT, tu TINYINT UNSIGNED,"
        " s SMALLINT, m MEDIUMINT, l INT, ll BIGINT, llu BIGINT UNSIGNED, f FLOAT, d DOUBLE,"
        " dec_ DECIMAL(20,4), da DATE, ti TIME(6), dt DATETIME(6), ts TIMESTAMP NULL, y YEAR,"
        " vc VARCHAR(20), vb VARBINARY(20), bl BLOB, bi BIT(12), en ENUM('x','y'), se SET('p','q'),"
        " js JSON)");
    struct backend_stmt *s = NULL;
    struct diag d = DIAG_INIT;
    assert_true(status_is_ok(backend_prepare(
        c, SLICE("INSERT INTO b.types VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
        &s, &d)));
    assert_int_equal(backend_stmt_n_params(s), 22);
    assert_int_equal(backend_stmt_n_columns(s), 0);
    float f = 1.5f;
    double dd = -2.5e-300;
#define FIXED(t, bytes)                    \
    {                                      \
        .type = (t), .value = SLICE(bytes) \
    }
    const struct backend_param full[] = {
        FIXED(TYPE_TINY, "\x80"),
        {.type = TYPE_TINY, .is_unsigned = true, .value = SLICE("\xFF")},
        FIXED(TYPE_SHORT, "\x00\x80"),
        FIXED(9 /* INT24 */, "\x00\x00\x80\xFF"),
        FIXED(TYPE_LONG, "\x00\x00\x00\x80"),
        FIXED(TYPE_LONGLONG, "\x00\x00\x00\x00\x00\x00\x00\x80"),
        {.type = TYPE_LONGLONG,
         .is_unsigned = true,
         .value = SLICE("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")},
        {.type = TYPE_FLOAT, .value = slice_of(&f, 4)},
        {.type = TYPE_DOUBLE, .value = slice_of(&dd, 8)},
        FIXED(TYPE_NEWDECIMAL, "-1234567890123456.7891"),
        FIXED(TYPE_DATE, "\xE8\x07\x02\x1D"),
        FIXED(TYPE_TIME, "\x01\x22\x00\x00\x00\x15\x3B\x3A\x07\x00\x00\x00"),
        FIXED(TYPE_DATETIME, "\x0F\x27\x0C\x1F\x17\x3B\x3B\x3F\x42\x0F\x00"),
        FIXED(TYPE_TIMESTAMP, "\xE8\x07\x02\x1D\x01\x02\x03"),
        FIXED(13 /* YEAR */, "\x6B\x08"),
        FIXED(TYPE_VAR_STRING, "\xF0\x9F\x8C\xB7z"),
        FIXED(TYPE_BLOB, "\x00\x01\xFF"),
        {.type = TYPE_BLOB, .is_long_data = true},
        FIXED(16 /* BIT */, "\x0A\xBC"),
        FIXED(247 /* ENUM */, "y"),
        FIXED(248 /* SET */, "p,q"),
        FIXED(TYPE_VAR_STRING, "{\"a\": 1}"),
    };
    assert_true(status_is_ok(backend_stmt_long_data(s, 17, SLICE("long "), NULL)));
    assert_true(status_is_ok(backend_stmt_long_data(s, 17, SLICE("data"), NULL)));
    struct backend_result *r = NULL;
    struct status st = backend_stmt_execute(s, full, BACKEND_STORE, &r, &d);
    if (!status_is_ok(st)) {
        fail_msg("%u %s", d.mysql_errno, d.message);
    }
    assert_int_equal(backend_result_summary(r)->affected_rows, 1);
    assert_int_equal(backend_result_summary(r)->insert_id, 1);
    backend_result_free(r);
    struct backend_param nulls[22] = {0};
    for (size_t i = 0; i < 22; i++) {
        nulls[i].type = i % 2 ? TYPE_NULL : full[i].type;
    }
    assert_true(status_is_ok(backend_stmt_execute(s, nulls, BACKEND_STORE, &r, NULL)));
    backend_result_free(r);
    /* a fixed-width value of the wrong length never reaches the library */
    struct backend_param wrong[22];
    mem_copy(wrong, full, sizeof(full));
    wrong[4].value = SLICE("\x01");
    assert_int_equal(backend_stmt_execute(s, wrong, BACKEND_STORE, &r, NULL).code, STATUS_PROTOCOL);
    backend_stmt_close(s);

    for (int mode = BACKEND_STORE; mode <= BACKEND_STREAM; mode++) {
        const struct slice *row;
        assert_true(status_is_ok(
            backend_prepare(c, SLICE("SELECT * FROM b.types WHERE i < ? ORDER BY i"), &s, NULL)));
        assert_int_equal(backend_stmt_n_columns(s), 23);
        assert_true(slice_equal_str(backend_stmt_columns(s)[1].name, "t"));
        const struct backend_param limit = {.type = TYPE_VAR_STRING, .value = SLICE("10")};
        assert_true(status_is_ok(backend_stmt_execute(s, &limit, mode, &r, NULL)));
        assert_true(backend_result_is_binary(r));
        assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
        for (size_t i = 0; i < 22; i++) {
            struct slice want = full[i].value;
            if (i == 11) {
                want = SLICE("\x01\x22\x00\x00\x00\x15\x3B\x3A\x07\x00\x00\x00");
            } else if (i == 17) {
                want = SLICE("long data");
            }
            if (!slice_equal(row[i + 1], want)) {
                fail_msg("column %zu: %zu bytes, first %02x", i, row[i + 1].len,
                         row[i + 1].len ? row[i + 1].data[0] : 0);
            }
        }
        assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
        assert_true(slice_equal(row[0], SLICE("\x02\0\0\0")));
        for (size_t i = 1; i < 23; i++) {
            assert_true(slice_is_null(row[i]));
        }
        assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
        assert_null(row);
        backend_result_free(r);
        /* again with the same handle, abandoned half-way */
        assert_true(status_is_ok(backend_stmt_execute(s, &limit, mode, &r, NULL)));
        assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
        backend_result_free(r);
        assert_true(status_is_ok(backend_stmt_reset(s, NULL)));
        backend_stmt_close(s);
    }
}

static void
prepared_after_ddl(void **state)
{
    struct backend_conn *c = *state;
    struct backend_stmt *s = NULL;
    struct backend_result *r = NULL;
    const struct slice *row;
    run(c, "CREATE TABLE b.ddl (a INT, b CHAR(3))");
    run(c, "INSERT INTO b.ddl VALUES (5, 'new')");
    assert_true(status_is_ok(backend_prepare(c, SLICE("SELECT * FROM b.ddl"), &s, NULL)));
    run(c, "ALTER TABLE b.ddl MODIFY b VARCHAR(9) DEFAULT 'new', MODIFY a BIGINT");
    assert_true(status_is_ok(backend_stmt_execute(s, NULL, BACKEND_STREAM, &r, NULL)));
    assert_int_equal(backend_result_n_columns(r), 2);
    assert_int_equal(backend_result_columns(r)[0].type, TYPE_LONGLONG);
    assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
    assert_true(slice_equal(row[0], SLICE("\5\0\0\0\0\0\0\0")));
    assert_true(slice_equal_str(row[1], "new"));
    backend_result_free(r);
    backend_stmt_close(s);
    /* more columns than prepared: the library cannot read them */
    struct backend_conn *other = server_connect();
    assert_true(status_is_ok(backend_prepare(other, SLICE("SELECT * FROM b.ddl"), &s, NULL)));
    run(c, "ALTER TABLE b.ddl ADD x INT");
    assert_int_equal(backend_stmt_execute(s, NULL, BACKEND_STREAM, &r, NULL).code,
                     STATUS_CATALOG_CHANGED);
    assert_true(backend_is_lost(other));
    backend_stmt_close(s);
    backend_close(other);
}

static void
prepared_errors(void **state)
{
    struct backend_conn *c = *state;
    struct backend_stmt *s = NULL;
    struct diag d = DIAG_INIT;
    assert_int_equal(backend_prepare(c, SLICE("SELECT FROM"), &s, &d).code, STATUS_UPSTREAM_SQL);
    assert_int_equal(d.mysql_errno, 1064);
    diag_clear(&d);
    assert_true(status_is_ok(backend_prepare(c, SLICE("INSERT INTO b.uniq VALUES (?)"), &s, NULL)));
    const struct backend_param one = {.type = TYPE_LONG, .value = SLICE("\1\0\0\0")};
    struct backend_result *r = NULL;
    assert_int_equal(backend_stmt_execute(s, &one, BACKEND_STORE, &r, &d).code,
                     STATUS_UPSTREAM_SQL);
    assert_int_equal(d.mysql_errno, 1062);
    backend_stmt_close(s);
    assert_string_equal(ask(c, "SELECT 1"), "1");
}

static void
prepared_call(void **state)
{
    struct backend_conn *c = *state;
    run(c, "CREATE PROCEDURE b.two(IN n INT) BEGIN SELECT n, 'a'; SELECT n + 1; END");
    struct backend_stmt *s = NULL;
    struct backend_result *r = NULL;
    const struct slice *row;
    assert_true(status_is_ok(backend_prepare(c, SLICE("CALL b.two(?)"), &s, NULL)));
    const struct backend_param p = {.type = TYPE_LONG, .value = SLICE("\7\0\0\0")};
    for (int mode = BACKEND_STORE; mode <= BACKEND_STREAM; mode++) {
        assert_true(status_is_ok(backend_stmt_execute(s, &p, mode, &r, NULL)));
        assert_int_equal(backend_result_n_columns(r), 2);
        assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
        assert_true(slice_equal(row[0], SLICE("\7\0\0\0")));
        assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
        assert_true(backend_result_has_more(r));
        assert_true(status_is_ok(backend_result_advance(r, NULL)));
        assert_int_equal(backend_result_n_columns(r), 1);
        assert_true(status_is_ok(backend_result_next(r, &row, NULL)));
        assert_int_equal(row[0].data[0], 8);
        backend_result_free(r);
        assert_string_equal(ask(c, "SELECT 1"), "1");
    }
    backend_stmt_close(s);
}

static void
infile_refused(void **state)
{
    struct backend_conn *c = *state;
    char path[] = "/tmp/allium-infile.XXXXXX";
    const int fd = mkstemp(path);
    assert_int_equal(write(fd, "secret\n", 7), 7);
    run(c, "SET GLOBAL local_infile = 1");
    run(c, "CREATE TABLE b.infile (s VARCHAR(100))");
    char sql[200];
    snprintf(sql, sizeof(sql), "LOAD DATA LOCAL INFILE '%s' INTO TABLE b.infile", path);
    struct diag d = DIAG_INIT;
    assert_false(status_is_ok(backend_exec_str(c, sql, &d)));
    struct backend_conn *fresh = server_connect();
    assert_string_equal(ask(fresh, "SELECT COUNT(*) FROM b.infile"), "0");
    backend_close(fresh);
    close(fd);
    unlink(path);
}

static void
tls(void **state)
{
    if (!is_mysql()) {
        return; /* MariaDB 10.11 has no certificate of its own accord */
    }
    struct backend_params p = server_params();
    p.socket = NULL;
    p.host = "127.0.0.1";
    p.port = (uint16_t) strtoul(getenv("TEST_PORT"), NULL, 10);
    p.tls = BACKEND_TLS_REQUIRED;
    struct backend_conn *c = NULL;
    struct diag d = DIAG_INIT;
    run(*state, "CREATE USER IF NOT EXISTS 'u'@'%' IDENTIFIED BY 'pw'");
    p.user = "u";
    p.password = "pw";
    if (!status_is_ok(backend_connect(&c, &p, &d))) {
        fail_msg("%s", d.message);
    }
    assert_non_null(backend_tls_cipher(c));
    backend_close(c);
    p.tls = BACKEND_TLS_DISABLED;
    assert_true(status_is_ok(backend_connect(&c, &p, NULL)));
    assert_null(backend_tls_cipher(c));
    backend_close(c);
    p.tls = BACKEND_TLS_VERIFY_IDENTITY; /* self-signed, unknown */
    assert_int_equal(backend_connect(&c, &p, NULL).code, STATUS_UPSTREAM_DOWN);
}

static void
no_tls_offered(void **state)
{
    if (is_mysql()) {
        return;
    }
    struct backend_params p = server_params();
    p.socket = NULL;
    p.host = "127.0.0.1";
    p.port = (uint16_t) strtoul(getenv("TEST_PORT"), NULL, 10);
    struct backend_conn *c = NULL;
    p.tls = BACKEND_TLS_PREFERRED;
    assert_true(status_is_ok(backend_connect(&c, &p, NULL)));
    assert_null(backend_tls_cipher(c));
    backend_close(c);
    p.tls = BACKEND_TLS_REQUIRED;
    assert_int_equal(backend_connect(&c, &p, NULL).code, STATUS_UPSTREAM_DOWN);
}

static void
tracking(void **state)
{
    struct backend_conn *c = server_connect();
    struct slice value;
    run(c, "USE b");
    assert_true(backend_track_next(c, BACKEND_TRACK_SCHEMA, true, &value));
    assert_true(slice_equal_str(value, "b"));
    assert_false(backend_track_next(c, BACKEND_TRACK_SCHEMA, false, &value));
    run(c, "SET NAMES latin1");
    bool seen = false;
    for (bool first = true; backend_track_next(c, BACKEND_TRACK_VARIABLES, first, &value);
         first = false) {
        seen = seen || slice_equal_str(value, "character_set_client");
    }
    assert_true(seen);
    backend_close(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version),
        cmocka_unit_test(metadata),
        cmocka_unit_test(cells),
        cmocka_unit_test(summaries),
        cmocka_unit_test(errors),
        cmocka_unit_test(multi_statements),
        cmocka_unit_test(big_packets),
        cmocka_unit_test(lost_and_killed),
        cmocka_unit_test(kill_query),
        cmocka_unit_test(prepared_types),
        cmocka_unit_test(prepared_after_ddl),
        cmocka_unit_test(prepared_errors),
        cmocka_unit_test(prepared_call),
        cmocka_unit_test(tls),
        cmocka_unit_test(no_tls_offered),
        cmocka_unit_test(tracking),
        cmocka_unit_test(infile_refused),
    };
    return cmocka_run_group_tests(tests, make_database, close_connection);
}
