/* SPDX-License-Identifier: Apache-2.0 */
/* test_scratch mariadb|mysql97: starts its own engines. Exit 77 when that server is not there. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../cm.h"
#include "base/mem.h"
#include "proxy/scratch/scratch.h"

static bool mysql;
static char template_dir[] = "/tmp/allium-template.XXXXXX";
static char server[300], basedir[300], messages[320], charsets[340];
static const char *server_args[4];
static struct scratch *engine; /* the one that most tests share */

static double
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

static bool
find_server(void)
{
    if (!mysql) {
        return access("/usr/sbin/mariadbd", X_OK) == 0;
    }
    const char *root = getenv("MYSQL97_ROOT");
    root = root ? root : "/tmp/mysql97";
    snprintf(server, sizeof(server), "%s/bin/mysqld", root);
    snprintf(basedir, sizeof(basedir), "--basedir=%s/root/usr", root);
    snprintf(messages, sizeof(messages), "--lc-messages-dir=%s/root/usr/share/mysql", root);
    snprintf(charsets, sizeof(charsets), "--character-sets-dir=%s/root/usr/share/mysql/charsets",
             root);
    server_args[0] = basedir;
    server_args[1] = messages;
    server_args[2] = charsets;
    return access(server, X_OK) == 0;
}

static struct scratch_config
config(void)
{
    return (struct scratch_config){
        .flavour = mysql ? BACKEND_MYSQL : BACKEND_MARIADB,
        .server_path = mysql ? server : NULL,
        .server_args = mysql ? server_args : NULL,
        .template_dir = template_dir,
    };
}

static struct scratch *
start(const struct scratch_config *c)
{
    struct scratch *s = NULL;
    struct diag d = DIAG_INIT;
    if (!status_is_ok(scratch_start(&s, c, &d))) {
        fail_msg("start: %s", d.message);
    }
    return s;
}

#define MUST(expr)                                                                     \
    do {                                                                               \
        struct diag why_ = DIAG_INIT, *why = &why_;                                    \
        const struct status st_ = (expr);                                              \
        if (!status_is_ok(st_)) {                                                      \
            fail_msg("%s: %d %u %s", #expr, st_.code, why->mysql_errno, why->message); \
        }                                                                              \
    } while (0)

static void
run(struct backend_conn *c, const char *sql)
{
    struct diag d = DIAG_INIT;
    if (!status_is_ok(backend_exec_str(c, sql, &d))) {
        fail_msg("%s: %u %s", sql, d.mysql_errno, d.message);
    }
}

static const char *
ask(struct backend_conn *c, const char *sql)
{
    static char answers[4][1000];
    static int turn;
    char *answer = answers[turn++ % 4];
    struct backend_result *r = NULL;
    const struct slice *row = NULL;
    MUST(backend_query(c, slice_of_str(sql), BACKEND_STORE, &r, why));
    MUST(backend_result_next(r, &row, why));
    snprintf(answer, sizeof(answers[0]), "%s", row ? "NULL" : "no row");
    if (row && !slice_is_null(row[0])) {
        snprintf(answer, sizeof(answers[0]), "%.*s", SLICE_ARG(row[0]));
    }
    backend_result_free(r);
    return answer;
}

/* Mirror DDL as the administrator; the database is `m`. */
static void
mirror(struct scratch *s, const char *sql)
{
    struct backend_conn *c = NULL;
    MUST(scratch_admin_take(s, &c, why));
    run(c, "CREATE DATABASE IF NOT EXISTS m CHARACTER SET utf8mb4");
    MUST(scratch_grant(s, c, SLICE("m"), why));
    run(c, "USE m");
    struct diag d = DIAG_INIT;
    const struct status st = backend_exec_str(c, sql, &d);
    scratch_admin_give(s, c); /* before a failure: other tests need it */
    if (!status_is_ok(st)) {
        fail_msg("%s: %s", sql, d.message);
    }
    scratch_invalidate(s, SLICE("m"), SLICE_NULL);
}

static struct scratch_session *
session(void)
{
    struct scratch_session *ss = NULL;
    MUST(scratch_session_open(engine, NULL, &ss, why));
    return ss;
}

static int
start_engine(void **state)
{
    assert_non_null(mkdtemp(template_dir));
    chmod(template_dir, 0711);
    MUST(backend_global_init());
    double t0 = now_ms();
    const struct scratch_config c = config();
    struct scratch *s = start(&c);
    print_message("first start: %.0f ms\n", now_ms() - t0);
    scratch_stop(s);
    t0 = now_ms();
    engine = start(&c);
    print_message("start from the template: %.0f ms\n", now_ms() - t0);
    t0 = now_ms();
    return 0;
}

static int
stop_engine(void **state)
{
    const double t0 = now_ms();
    char path[100];
    snprintf(path, sizeof(path), "/dev/shm/allium-%ld", (long) getpid());
    scratch_stop(engine);
    print_message("stop: %.0f ms\n", now_ms() - t0);
    assert_int_equal(access(path, F_OK), -1);
    char sql[100];
    snprintf(sql, sizeof(sql), "rm -rf %s", template_dir);
    assert_int_equal(system(sql), 0);
    backend_global_deinit();
    return 0;
}

static void
accounts(void **state)
{
    mirror(engine, "CREATE TABLE IF NOT EXISTS acc (a INT)");
    struct scratch_session *ss = session();
    struct backend_conn *c = scratch_session_conn(ss);
    assert_string_equal(backend_version(c), scratch_version(engine));
    static const char *const forbidden[] = {
        "SELECT * FROM mysql.user",
        "SELECT LOAD_FILE('/etc/passwd') INTO OUTFILE '/tmp/x'",
        "SET GLOBAL max_connections = 10",
        "CREATE USER u",
        "SHUTDOWN",
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE m.acc",
        "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE m.acc",
        "GRANT SELECT ON m.* TO root@localhost",
    };
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
        struct diag d = DIAG_INIT;
        if (status_is_ok(backend_exec_str(c, forbidden[i], &d))) {
            fail_msg("allowed: %s", forbidden[i]);
        }
        assert_false(backend_is_lost(c));
    }
    assert_string_equal(ask(c, "SELECT LOAD_FILE('/etc/passwd')"), "NULL");
    scratch_session_close(ss);
    char path[100];
    struct stat st;
    snprintf(path, sizeof(path), "/dev/shm/allium-%ld", (long) getpid());
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static struct slice columns_abc[] = {{(const uint8_t *) "id", 2}, {(const uint8_t *) "s", 1}};

struct rows {
    unsigned next, n;
};

static struct status
next_row(void *ctx, struct buf *out, bool *done, struct diag *d)
{
    struct rows *r = ctx;
    if (r->next == r->n) {
        *done = true;
        return OK;
    }
    r->next++;
    buf_printf(out, "(%u,'name %u')", r->next, r->next);
    return OK;
}

static void
load_rows(struct scratch_session *ss, unsigned n)
{
    struct rows rows = {0, n};
    struct scratch_load load = {.db = SLICE("m"),
                                .table = SLICE("t"),
                                .columns = columns_abc,
                                .n_columns = 2,
                                .next_row = next_row,
                                .ctx = &rows};
    MUST(scratch_load(ss, &load, why));
    assert_int_equal(load.n_rows, n);
}

static void
temp_tables_are_private(void **state)
{
    mirror(engine, "CREATE TABLE t (id BIGINT PRIMARY KEY AUTO_INCREMENT, s VARCHAR(30), KEY (s))");
    struct scratch_session *a = session(), *b = session();
    struct backend_conn *ca = scratch_session_conn(a), *cb = scratch_session_conn(b);
    MUST(scratch_temp_create(a, SLICE("m"), SLICE("t"), SCRATCH_TEMP_RID, why));
    MUST(scratch_temp_create(b, SLICE("m"), SLICE("t"), 0, why));
    load_rows(a, 3);
    load_rows(b, 0);
    assert_string_equal(ask(ca, "SELECT COUNT(*) FROM m.t"), "3");
    assert_string_equal(ask(cb, "SELECT COUNT(*) FROM m.t"), "0");
    run(ca, "UPDATE m.t SET _rid = 7");
    assert_string_equal(ask(ca, "SELECT CONCAT(id, s, _rid) FROM m.t WHERE id = 2"), "2name 27");
    struct backend_result *r = NULL;
    MUST(backend_query(ca, SLICE("SELECT * FROM m.t"), BACKEND_STORE, &r, why));
    assert_int_equal(backend_result_n_columns(r), 2); /* _rid is invisible */
    assert_true(slice_equal_str(backend_result_columns(r)[0].org_table, "t"));
    backend_result_free(r);
    MUST(scratch_temp_drop(a, SLICE("m"), SLICE("t"), why));
    assert_string_equal(ask(ca, "SELECT COUNT(*) FROM m.t"), "0");
    /* nothing of a's rows for the next user of its connection */
    MUST(scratch_temp_create(a, SLICE("m"), SLICE("t"), 0, why));
    load_rows(a, 2);
    scratch_session_close(a);
    a = session();
    assert_string_equal(ask(scratch_session_conn(a), "SELECT COUNT(*) FROM m.t"), "0");
    scratch_session_close(a);
    scratch_session_close(b);
}

/* Definitions that LIKE cannot do, or that SHOW CREATE TABLE prints in awkward ways. */
static void
awkward_definitions(void **state)
{
    static const char *const definitions[] = {
        "CREATE TABLE x (a INT PRIMARY KEY, b INT UNIQUE, c INT, KEY (c), CHECK (a > 0),"
        " CONSTRAINT `na``me` CHECK (c < 9))",
        "CREATE TABLE x (a INT, `odd ``name,` VARCHAR(30) DEFAULT '),\\n) ENGINE=x'"
        " COMMENT 'it''s, FOREIGN KEY')  COMMENT='x ENGINE=MyISAM PARTITION'",
        "CREATE TABLE x (a INT NOT NULL, b INT, PRIMARY KEY (a, b)) PARTITION BY HASH (a)"
        " PARTITIONS 4",
        "CREATE TABLE x (a INT, b INT AS (a * 2) STORED, c INT AS (a + 1) VIRTUAL, KEY (c))",
        "CREATE TABLE x (a TEXT, b BLOB, c LONGTEXT, d JSON, FULLTEXT KEY f (a), KEY k (a(10)))",
        "CREATE TABLE x (a TIMESTAMP NOT NULL DEFAULT '2001-02-03 04:05:06', b DATETIME(6) DEFAULT"
        " CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6))",
        "CREATE TABLE x (`\xC3\xA9t\xC3\xA9` VARCHAR(20) CHARACTER SET latin1 COLLATE"
        " latin1_german1_ci DEFAULT '\xC3\xA9', b ENUM('\xC3\xA9','b') NOT NULL, c SET('x','y'))"
        " CHARACTER SET latin1",
        "CREATE TABLE x (a INT AUTO_INCREMENT, b INT, KEY (a)) AUTO_INCREMENT=50",
        "CREATE TABLE x (a GEOMETRY NOT NULL, SPATIAL KEY (a)) ROW_FORMAT=COMPRESSED",
    };
    struct scratch_session *ss = session();
    struct backend_conn *c = scratch_session_conn(ss);
    run(c, "SET NAMES latin1");
    for (size_t i = 0; i < sizeof(definitions) / sizeof(definitions[0]); i++) {
        mirror(engine, "DROP TABLE IF EXISTS x");
        mirror(engine, definitions[i]);
        char before[1000], after[1000];
        static const char *const sql =
            "SELECT GROUP_CONCAT(column_name, '|', column_type, '|', IFNULL(column_default, 'no'),"
            " '|', extra ORDER BY ordinal_position) FROM information_schema.columns WHERE"
            " table_name = 'x' AND table_schema = '%s'";
        char query[400];
        snprintf(query, sizeof(query), sql, "m");
        snprintf(before, sizeof(before), "%s", ask(c, query));
        MUST(scratch_temp_create(ss, SLICE("m"), SLICE("x"), SCRATCH_TEMP_RID, why));
        run(c, "SELECT * FROM m.x");
        MUST(scratch_temp_drop(ss, SLICE("m"), SLICE("x"), why));
        MUST(scratch_temp_create(ss, SLICE("m"), SLICE("x"), SCRATCH_TEMP_FEW_KEYS, why));
        MUST(scratch_temp_drop(ss, SLICE("m"), SLICE("x"), why));
        struct slice name;
        MUST(scratch_work_schema(ss, SLICE("m"), &name, why));
        MUST(scratch_work_create(ss, SLICE("m"), SLICE("x"), 0, why));
        snprintf(query, sizeof(query), sql, "");
        snprintf(strstr(query, "table_schema"), 100, "table_schema = '%.*s'", SLICE_ARG(name));
        snprintf(after, sizeof(after), "%s", ask(c, query));
        assert_string_equal(before, after);
        MUST(scratch_work_drop(ss, SLICE("m"), SLICE("x"), why));
    }
    scratch_session_close(ss);
    mirror(engine, "DROP TABLE x");
    mirror(engine, "CREATE OR REPLACE VIEW v AS SELECT 1");
    ss = session();
    assert_int_equal(scratch_temp_create(ss, SLICE("m"), SLICE("v"), 0, NULL).code,
                     STATUS_UNSUPPORTED);
    struct diag d = DIAG_INIT;
    assert_int_equal(scratch_temp_create(ss, SLICE("m"), SLICE("none"), 0, &d).code,
                     STATUS_UPSTREAM_SQL);
    assert_int_equal(d.mysql_errno, 1146);
    scratch_session_close(ss);
}

static struct status
next_value_row(void *ctx, struct buf *out, bool *done, struct diag *d)
{
    const char *const **at = ctx;
    *done = **at == NULL;
    if (!*done) {
        buf_append_str(out, *(*at)++);
    }
    return OK;
}

/* Values that an ordinary INSERT would change go in as they are; the session is as before. */
static void
loads_are_exact(void **state)
{
    mirror(engine, "DROP TABLE IF EXISTS e");
    mirror(engine, "CREATE TABLE e (id INT PRIMARY KEY AUTO_INCREMENT, d DATE, ts TIMESTAMP NULL,"
                   " s VARCHAR(20) CHARACTER SET latin1, b BIT(9), f DOUBLE, bl BLOB)");
    struct scratch_session *ss = session();
    struct backend_conn *c = scratch_session_conn(ss);
    run(c, "SET sql_mode = 'TRADITIONAL,ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone = '+05:00'");
    run(c, "SET NAMES cp1251 COLLATE cp1251_bulgarian_ci");
    run(c, "SET unique_checks = 0");
    run(c, "DO LAST_INSERT_ID(42)");
    static const char *const questions[] = {
        "SELECT CONCAT_WS('|', @@sql_mode, @@time_zone, @@foreign_key_checks, @@unique_checks)",
        "SELECT CONCAT_WS('|', @@character_set_client, @@character_set_connection,"
        " @@collation_connection, @@character_set_results, LAST_INSERT_ID(),"
        " @@innodb_strict_mode)",
    };
    char before[2][1000];
    for (size_t i = 0; i < 2; i++) {
        snprintf(before[i], sizeof(before[i]), "%s", ask(c, questions[i]));
    }
    static const char *const values[] = {
        "(0,'0000-00-00','2024-02-29 12:00:00',_latin1 X'E9',b'101',-1.5e300,X'0027FF5C')",
        "(-5,'2024-02-31',NULL,'',NULL,NULL,'')",
        NULL,
    };
    static const char *const names[] = {"id", "d", "ts", "s", "b", "f", "bl"};
    struct slice columns[7];
    for (size_t i = 0; i < 7; i++) {
        columns[i] = slice_of_str(names[i]);
    }
    const char *const *at = values;
    struct scratch_load load = {.db = SLICE("m"),
                                .table = SLICE("e"),
                                .columns = columns,
                                .n_columns = 7,
                                .next_row = next_value_row,
                                .ctx = &at};
    MUST(scratch_load_temp(ss, SCRATCH_TEMP_RID, &load, why));
    assert_int_equal(load.n_rows, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(ask(c, questions[i]), before[i]);
    }
    assert_string_equal(ask(c,
                            "SELECT CONCAT_WS('|', id, d, ts, HEX(s), b + 0, f, HEX(bl)) FROM m.e"
                            " WHERE id = 0"),
                        "0|0000-00-00|2024-02-29 17:00:00|E9|5|-1.5e300|0027FF5C");
    assert_string_equal(ask(c, "SELECT CONCAT_WS('|', id, d, ts IS NULL, HEX(s), b IS NULL,"
                               " HEX(bl)) FROM m.e WHERE id = -5"),
                        "-5|2024-02-31|1||1|");
    /* a failing load: its error, and the session restored */
    static const char *const duplicate[] = {"(0,NULL,NULL,NULL,NULL,NULL,NULL)", NULL};
    at = duplicate;
    struct diag d = DIAG_INIT;
    assert_int_equal(scratch_load(ss, &load, &d).code, STATUS_UPSTREAM_SQL);
    assert_int_equal(d.mysql_errno, 1062);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(ask(c, questions[i]), before[i]);
    }
    MUST(scratch_temp_drop(ss, SLICE("m"), SLICE("e"), why));
    scratch_session_close(ss);
}

struct file {
    const char *name;
    unsigned chunks, fail_at;
};

static struct status
file_open(void *ctx, struct slice filename, struct diag *d)
{
    struct file *f = ctx;
    if (!slice_equal_str(filename, f->name)) {
        FAIL(d, POLICY, "no such file here");
    }
    return OK;
}

static struct status
file_read(void *ctx, struct slice *chunk, struct diag *d)
{
    struct file *f = ctx;
    if (f->chunks == f->fail_at) {
        FAIL(d, CLOSED, "the client went away");
    }
    *chunk = f->chunks-- ? SLICE("1\tone\n2\ttwo\n") : SLICE("");
    return OK;
}

/* LOAD DATA LOCAL reads what its source gives, and nothing without one. */
static void
local_infile(void **state)
{
    struct scratch_session *ss = session();
    struct backend_conn *c = scratch_session_conn(ss);
    static const char sql[] = "LOAD DATA LOCAL INFILE '/etc/passwd' REPLACE INTO TABLE m.t";
    struct file f = {"/etc/passwd", 3, 99};
    const struct backend_infile infile = {file_open, file_read, &f};
    MUST(scratch_temp_create(ss, SLICE("m"), SLICE("t"), 0, why));
    assert_int_equal(backend_exec_str(c, sql, NULL).code, STATUS_POLICY);
    assert_string_equal(ask(c, "SELECT COUNT(*) FROM m.t"), "0");
    backend_set_infile(c, &infile);
    run(c, sql);
    assert_string_equal(ask(c, "SELECT GROUP_CONCAT(s ORDER BY id) FROM m.t"), "one,two");
    struct diag d = DIAG_INIT;
    f = (struct file){"/etc/passwd", 3, 2};
    assert_int_equal(backend_exec_str(c, sql, &d).code, STATUS_CLOSED);
    assert_string_equal(d.message, "the client went away");
    f.name = "other";
    assert_int_equal(backend_exec_str(c, sql, NULL).code, STATUS_POLICY);
    assert_string_equal(ask(c, "SELECT 1"), "1");
    backend_set_infile(c, NULL);
    assert_int_equal(backend_exec_str(c, sql, NULL).code, STATUS_POLICY);
    scratch_session_close(ss);
}

static void
load_speed(void **state)
{
    struct scratch_session *ss = session();
    double t0 = now_ms();
    for (int i = 0; i < 100; i++) {
        MUST(scratch_temp_create(ss, SLICE("m"), SLICE("t"), SCRATCH_TEMP_RID, why));
        MUST(scratch_temp_drop(ss, SLICE("m"), SLICE("t"), why));
    }
    print_message("temp create + drop: %.0f us\n", (now_ms() - t0) * 10);
    t0 = now_ms();
    for (int i = 0; i < 100; i++) {
        struct rows rows = {0, 1};
        struct scratch_load load = {SLICE("m"), SLICE("t"), columns_abc, 2, next_row, &rows, 0};
        MUST(scratch_load_temp(ss, SCRATCH_TEMP_RID, &load, why));
        MUST(scratch_temp_drop(ss, SLICE("m"), SLICE("t"), why));
    }
    print_message("temp create + 1 row + drop: %.0f us\n", (now_ms() - t0) * 10);
    MUST(scratch_temp_create(ss, SLICE("m"), SLICE("t"), SCRATCH_TEMP_FEW_KEYS, why));
    t0 = now_ms();
    load_rows(ss, 200000);
    print_message("load: %.0f rows/s\n", 200000 / (now_ms() - t0) * 1000);
    assert_string_equal(
        ask(scratch_session_conn(ss), "SELECT CONCAT(COUNT(*), '|', SUM(id)) FROM m.t"),
        "200000|20000100000");
    scratch_session_close(ss);
    t0 = now_ms();
    for (int i = 0; i < 100; i++) {
        scratch_session_close(session());
    }
    print_message("session open + close: %.0f us\n", (now_ms() - t0) * 10);
}

static void
self_join_in_work_schema(void **state)
{
    struct scratch_session *ss = session();
    struct slice name, again;
    MUST(scratch_work_schema(ss, SLICE("m"), &name, why));
    MUST(scratch_work_schema(ss, SLICE("m"), &again, why));
    assert_true(slice_equal(name, again));
    const double t0 = now_ms();
    MUST(scratch_work_create(ss, SLICE("m"), SLICE("t"), SCRATCH_TEMP_RID, why));
    print_message("work table: %.2f ms\n", now_ms() - t0);
    struct rows rows = {0, 5};
    struct scratch_load load = {name, SLICE("t"), columns_abc, 2, next_row, &rows, 0};
    MUST(scratch_load(ss, &load, why));
    char sql[300];
    snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM %.*s.t a JOIN %.*s.t b", SLICE_ARG(name),
             SLICE_ARG(name));
    assert_string_equal(ask(scratch_session_conn(ss), sql), "25");
    char schema[100];
    snprintf(schema, sizeof(schema), "%.*s", SLICE_ARG(name));
    scratch_session_close(ss);
    ss = session();
    snprintf(sql, sizeof(sql),
             "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = '%s'", schema);
    assert_string_equal(ask(scratch_session_conn(ss), sql), "0");
    scratch_session_close(ss);
}

static void
handshake_options(void **state)
{
    const struct scratch_session_options options = {
        .charset = "latin1", .collation = "latin1_bin", .found_rows = true};
    struct scratch_session *ss = NULL;
    mirror(engine, "CREATE TABLE IF NOT EXISTS hs (a INT)");
    MUST(scratch_session_open(engine, &options, &ss, why));
    struct backend_conn *c = scratch_session_conn(ss);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(ask(c, "SELECT @@collation_connection"), "latin1_bin");
        MUST(scratch_temp_create(ss, SLICE("m"), SLICE("hs"), 0, why));
        run(c, "INSERT INTO m.hs VALUES (1)");
        struct backend_summary sum;
        MUST(backend_exec(c, SLICE("UPDATE m.hs SET a = 1"), &sum, why));
        assert_int_equal(sum.affected_rows, 1);
        run(c, "SET NAMES utf8mb4");
        MUST(scratch_session_reset(ss, why));
    }
    scratch_session_close(ss);
}

struct tally {
    uint32_t n, last, special;
    size_t bytes;
    uint8_t weight_a[64], weight_tulip[64];
    size_t len_a, len_tulip;
};

static struct status
count_weight(void *ctx, uint32_t code, struct slice weight, struct diag *d)
{
    struct tally *t = ctx;
    assert_true(t->n == 0 || code > t->last);
    t->n++;
    t->last = code;
    t->bytes += weight.len;
    if (code == 'a' && weight.len <= sizeof(t->weight_a)) {
        mem_copy(t->weight_a, weight.data, weight.len);
        t->len_a = weight.len;
    }
    return OK;
}

static void
collation_weights(void **state)
{
    struct arena *a = arena_create(0);
    struct scratch_collation *list = NULL;
    size_t n = 0;
    MUST(scratch_collations(engine, a, &list, &n, why));
    bool seen = false;
    for (size_t i = 0; i < n; i++) {
        if (slice_equal_str(list[i].name, "utf8mb4_general_ci")) {
            seen = list[i].id == 45 && list[i].pad_space;
        }
        if (slice_equal_str(list[i].name, mysql ? "utf8mb4_0900_ai_ci" : "utf8mb4_nopad_bin")) {
            assert_false(list[i].pad_space);
        }
    }
    assert_true(seen);
    arena_free(a);
    struct tally t = {0};
    double t0 = now_ms();
    MUST(scratch_collation_weights(engine, SLICE("utf8mb4"), SLICE("utf8mb4_general_ci"), 0,
                                   0x10FFFF, count_weight, &t, why));
    assert_int_equal(t.n, 1112064);
    assert_int_equal(t.len_a, 2);
    assert_memory_equal(t.weight_a, "\0A", 2);
    print_message("utf8mb4_general_ci: %.0f ms, %zu bytes\n", now_ms() - t0, t.bytes);
    t = (struct tally){0};
    t0 = now_ms();
    const struct slice uca = mysql ? SLICE("utf8mb4_0900_ai_ci") : SLICE("utf8mb4_unicode_ci");
    MUST(scratch_collation_weights(engine, SLICE("utf8mb4"), uca, 0, 0x10FFFF, count_weight, &t,
                                   why));
    assert_int_equal(t.n, 1112064);
    print_message("%.*s: %.0f ms, %zu bytes\n", SLICE_ARG(uca), now_ms() - t0, t.bytes);
    t = (struct tally){0};
    MUST(scratch_collation_weights(engine, SLICE("latin1"), SLICE("latin1_swedish_ci"), 0, 255,
                                   count_weight, &t, why));
    assert_int_equal(t.n, 256);
    assert_int_equal(t.weight_a[0], 'A');
    t = (struct tally){0};
    MUST(scratch_collation_weights(engine, SLICE("utf8mb3"), SLICE("utf8mb3_general_ci"), 0xFF00,
                                   0x100FF, count_weight, &t, why));
    assert_int_equal(t.n, 256); /* no supplementary characters there */
    const struct slice strings[] = {SLICE(""), SLICE("ab"), SLICE("\xC3\xA9")};
    t = (struct tally){0};
    MUST(scratch_collation_strings(engine, SLICE("utf8mb4"), SLICE("utf8mb4_general_ci"), strings,
                                   3, count_weight, &t, why));
    assert_int_equal(t.n, 3);
    assert_int_equal(t.bytes, 6);
}

static unsigned rebuilt;

static struct status
rebuild(void *ctx, struct scratch *s, struct backend_conn *admin, struct diag *d)
{
    TRY(backend_exec_str(admin, "CREATE DATABASE m; CREATE TABLE m.t (id INT, s INT)", d));
    TRY(scratch_grant(s, admin, SLICE("m"), d));
    rebuilt++;
    return OK;
}

static void
restart(void **state)
{
    struct scratch_config c = config();
    struct scratch_session *ss = NULL;
    struct backend_conn *admin = NULL;
    char run_dir[100];
    snprintf(run_dir, sizeof(run_dir), "/dev/shm/allium-restart-%ld", (long) getpid());
    c.run_dir = run_dir;
    c.on_restart = rebuild;
    struct scratch *s = start(&c);
    MUST(scratch_admin_take(s, &admin, why));
    MUST(rebuild(NULL, s, admin, why));
    scratch_admin_give(s, admin);
    MUST(scratch_session_open(s, NULL, &ss, why));
    MUST(scratch_temp_create(ss, SLICE("m"), SLICE("t"), 0, why));
    for (unsigned round = 1; round <= 2; round++) {
        const double t0 = now_ms();
        const int pid = scratch_pid(s);
        kill(pid, SIGKILL);
        while (scratch_generation(s) < round) {
            usleep(1000);
        }
        struct diag d = DIAG_INIT;
        assert_int_equal(backend_exec_str(scratch_session_conn(ss), "SELECT 1", &d).code,
                         STATUS_SCRATCH_LOST);
        assert_int_equal(d.mysql_errno, 1213);
        assert_true(scratch_session_is_lost(ss));
        scratch_session_close(ss);
        MUST(scratch_session_open(s, NULL, &ss, why)); /* waits for the mirror */
        assert_int_equal(rebuilt, round + 1);
        assert_string_equal(ask(scratch_session_conn(ss), "SELECT COUNT(*) FROM m.t"), "0");
        MUST(scratch_temp_create(ss, SLICE("m"), SLICE("t"), 0, why));
        assert_int_not_equal(scratch_pid(s), pid);
        MUST(scratch_admin_take(s, &admin, why));
        run(admin, "SELECT 1");
        scratch_admin_give(s, admin);
        print_message("usable again after kill -9: %.0f ms\n", now_ms() - t0);
    }
    scratch_session_close(ss);
    scratch_stop(s);
    assert_int_equal(access(run_dir, F_OK), -1);
}

static void
copied_variables(void **state)
{
    struct arena *a = arena_create(0);
    struct scratch_variable *variables = NULL;
    size_t n = 0;
    struct backend_conn *admin = NULL;
    MUST(scratch_admin_take(engine, &admin, why));
    run(admin, "SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_ZERO_DATE', GLOBAL time_zone = '+02:00',"
               " GLOBAL div_precision_increment = 7, GLOBAL character_set_server = latin1");
    MUST(scratch_variables_read(admin, a, &variables, &n, why));
    run(admin, "SET GLOBAL sql_mode = DEFAULT, GLOBAL time_zone = DEFAULT,"
               " GLOBAL div_precision_increment = DEFAULT, GLOBAL character_set_server = DEFAULT");
    scratch_admin_give(engine, admin);
    assert_true(n > 12);
    struct scratch_config c = config();
    char run_dir[100];
    snprintf(run_dir, sizeof(run_dir), "/dev/shm/allium-copied-%ld", (long) getpid());
    c.run_dir = run_dir;
    c.variables = variables;
    c.n_variables = n;
    setenv("TZ", "XYZ-7", 1); /* the proxy is elsewhere now */
    tzset();
    struct scratch *s = start(&c);
    struct scratch_session *ss = NULL;
    MUST(scratch_session_open(s, NULL, &ss, why));
    assert_string_equal(ask(scratch_session_conn(ss),
                            "SELECT CONCAT_WS('|', @@sql_mode, @@time_zone,"
                            " @@div_precision_increment, @@character_set_server)"),
                        "ANSI_QUOTES,NO_ZERO_DATE|+02:00|7|latin1");
    assert_string_equal(ask(scratch_session_conn(ss), "SELECT @@system_time_zone"), "XYZ");
    /* what the reader finds out about a server in another zone */
    unsetenv("TZ");
    tzset();
    MUST(scratch_variables_read(scratch_session_conn(ss), a, &variables, &n, why));
    assert_true(slice_equal_str(variables[n - 1].value, "<XYZ>-07:00"));
    scratch_session_close(ss);
    scratch_stop(s);
    c.variables = variables;
    c.n_variables = n;
    s = start(&c);
    MUST(scratch_session_open(s, NULL, &ss, why));
    assert_string_equal(ask(scratch_session_conn(ss),
                            "SELECT CONCAT_WS('|', @@system_time_zone,"
                            " CONVERT_TZ('2024-01-01', '+00:00', 'SYSTEM'))"),
                        "XYZ|2024-01-01 07:00:00");
    scratch_session_close(ss);
    scratch_stop(s);
    arena_free(a);
}

static void
wrong_program(void **state)
{
    struct scratch_config c = config();
    struct scratch *s = NULL;
    struct diag d = DIAG_INIT;
    char run_dir[100];
    snprintf(run_dir, sizeof(run_dir), "/dev/shm/allium-wrong-%ld", (long) getpid());
    c.run_dir = run_dir;
    c.server_path = "/bin/false";
    c.template_dir = NULL;
    assert_int_equal(scratch_start(&s, &c, &d).code, STATUS_STARTUP);
    assert_true(strlen(d.message) > 0);
    assert_int_equal(access(run_dir, F_OK), -1);
    diag_clear(&d);
    c.server_path = "/nowhere/mysqld";
    assert_int_equal(scratch_start(&s, &c, &d).code, STATUS_CONFIG);
}

/* A proxy that is killed takes the engine along; the next proxy removes what it left. */
static void
dies_with_the_proxy(void **state)
{
    int out[2];
    assert_int_equal(pipe(out), 0);
    const pid_t proxy = fork();
    if (proxy == 0) {
        struct scratch *s = NULL;
        const struct scratch_config c = config();
        const bool up = status_is_ok(scratch_start(&s, &c, NULL));
        const int pid = up ? scratch_pid(s) : 0;
        const ssize_t n = write(out[1], &pid, sizeof(pid));
        pause();
        _exit(n != 0);
    }
    int pid = 0;
    assert_int_equal(read(out[0], &pid, sizeof(pid)), sizeof(pid));
    assert_int_not_equal(pid, 0);
    kill(proxy, SIGKILL);
    waitpid(proxy, NULL, 0);
    for (int i = 0; i < 300 && kill(pid, 0) == 0; i++) {
        usleep(10000);
        /* an orphan of a container without an init process stays a zombie */
        char path[64], text[256] = "";
        snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        FILE *f = fopen(path, "r");
        if (!f || !fgets(text, sizeof(text), f) || strstr(text, ") Z ")) {
            pid = 0;
        }
        if (f) {
            fclose(f);
        }
        if (!pid) {
            break;
        }
    }
    assert_true(pid == 0 || kill(pid, 0) != 0);
    char left[64];
    snprintf(left, sizeof(left), "/dev/shm/allium-%ld", (long) proxy);
    assert_int_equal(access(left, F_OK), 0);
    scratch_stop(engine);
    const struct scratch_config c = config();
    engine = start(&c);
    assert_int_equal(access(left, F_OK), -1);
    close(out[0]);
    close(out[1]);
}

int
main(int argc, char **argv)
{
    mysql = argc > 1 && strcmp(argv[1], "mysql97") == 0;
    if (!find_server()) {
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts),
        cmocka_unit_test(temp_tables_are_private),
        cmocka_unit_test(awkward_definitions),
        cmocka_unit_test(loads_are_exact),
        cmocka_unit_test(local_infile),
        cmocka_unit_test(load_speed),
        cmocka_unit_test(self_join_in_work_schema),
        cmocka_unit_test(handshake_options),
        cmocka_unit_test(collation_weights),
        cmocka_unit_test(restart),
        cmocka_unit_test(copied_variables),
        cmocka_unit_test(wrong_program),
        cmocka_unit_test(dies_with_the_proxy),
    };
    return cmocka_run_group_tests(tests, start_engine, stop_engine);
}
