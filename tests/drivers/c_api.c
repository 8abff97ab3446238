/* SPDX-License-Identifier: Apache-2.0 */
/* libmariadb: text and prepared protocol, cursors, long data. */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond)                                                                 \
    do {                                                                            \
        if (!(cond)) {                                                              \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #cond, mysql_error(db)); \
            exit(1);                                                                \
        }                                                                           \
    } while (0)

static MYSQL *db;

static void
run(const char *sql)
{
    if (mysql_query(db, sql)) {
        fprintf(stderr, "%s: %s\n", sql, mysql_error(db));
        exit(1);
    }
}

static void
prepared_insert(void)
{
    MYSQL_STMT *stmt = mysql_stmt_init(db);
    const char *sql = "INSERT INTO c_api (n, s, b) VALUES (?, ?, ?)";
    CHECK(mysql_stmt_prepare(stmt, sql, (unsigned long) strlen(sql)) == 0);
    CHECK(mysql_stmt_param_count(stmt) == 3);
    long long n = -5000000000LL;
    char text[] = "prep\xc3\xa4r\xf0\x9f\x98\x80";
    unsigned long text_len = (unsigned long) strlen(text);
    MYSQL_BIND in[3] = {{0}};
    in[0].buffer_type = MYSQL_TYPE_LONGLONG;
    in[0].buffer = &n;
    in[1].buffer_type = MYSQL_TYPE_STRING;
    in[1].buffer = text;
    in[1].buffer_length = text_len;
    in[1].length = &text_len;
    in[2].buffer_type = MYSQL_TYPE_BLOB;
    CHECK(mysql_stmt_bind_param(stmt, in) == 0);
    for (int i = 0; i < 10; i++) {
        CHECK(mysql_stmt_send_long_data(stmt, 2, "0123456789", 10) == 0);
    }
    CHECK(mysql_stmt_execute(stmt) == 0);
    CHECK(mysql_stmt_affected_rows(stmt) == 1);
    CHECK(mysql_stmt_insert_id(stmt) == 3);
    CHECK(mysql_stmt_close(stmt) == 0);
}

static void
prepared_select(void)
{
    MYSQL_STMT *stmt = mysql_stmt_init(db);
    const char *sql = "SELECT n, s, LENGTH(b) FROM c_api WHERE n < ?";
    CHECK(mysql_stmt_prepare(stmt, sql, (unsigned long) strlen(sql)) == 0);
    int limit = 0;
    MYSQL_BIND in[1] = {{0}}, out[3] = {{0}};
    in[0].buffer_type = MYSQL_TYPE_LONG;
    in[0].buffer = &limit;
    CHECK(mysql_stmt_bind_param(stmt, in) == 0);
    for (int round = 0; round < 2; round++) {
        CHECK(mysql_stmt_execute(stmt) == 0);
        long long n = 0, length = 0;
        char text[64] = {0};
        unsigned long text_len = 0;
        out[0].buffer_type = out[2].buffer_type = MYSQL_TYPE_LONGLONG;
        out[0].buffer = &n;
        out[1].buffer_type = MYSQL_TYPE_STRING;
        out[1].buffer = text;
        out[1].buffer_length = sizeof(text);
        out[1].length = &text_len;
        out[2].buffer = &length;
        CHECK(mysql_stmt_bind_result(stmt, out) == 0);
        CHECK(mysql_stmt_fetch(stmt) == 0);
        CHECK(n == -5000000000LL && length == 100 && text_len == 11);
        CHECK(mysql_stmt_fetch(stmt) == MYSQL_NO_DATA);
        CHECK(mysql_stmt_free_result(stmt) == 0);
    }
    CHECK(mysql_stmt_close(stmt) == 0);
}

int
main(void)
{
    db = mysql_init(NULL);
    mysql_options(db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    CHECK(mysql_real_connect(
        db, getenv("ALLIUM_HOST"), getenv("ALLIUM_USER"), getenv("ALLIUM_PASSWORD"), "drivers",
        (unsigned) strtoul(getenv("ALLIUM_PORT"), NULL, 10), NULL, CLIENT_MULTI_STATEMENTS));
    run("DROP TABLE IF EXISTS c_api");
    run("CREATE TABLE c_api (id INT AUTO_INCREMENT PRIMARY KEY, n BIGINT, s VARCHAR(20), b BLOB, "
        "KEY (n))");
    run("INSERT INTO c_api (n, s) VALUES (1, 'one'), (2, NULL)");
    CHECK(mysql_affected_rows(db) == 2 && mysql_insert_id(db) == 1);
    prepared_insert();
    prepared_select();
    run("SELECT id, n, s FROM c_api ORDER BY id");
    MYSQL_RES *res = mysql_store_result(db);
    CHECK(res && mysql_num_rows(res) == 3 && mysql_num_fields(res) == 3);
    CHECK(mysql_fetch_field_direct(res, 1)->type == MYSQL_TYPE_LONGLONG);
    MYSQL_ROW row = mysql_fetch_row(res);
    CHECK(strcmp(row[2], "one") == 0);
    row = mysql_fetch_row(res);
    CHECK(row[2] == NULL);
    mysql_free_result(res);
    run("SELECT 1; SELECT 2");
    int results = 0;
    do {
        res = mysql_store_result(db);
        CHECK(res != NULL);
        mysql_free_result(res);
        results++;
    } while (mysql_next_result(db) == 0);
    CHECK(results == 2);
    CHECK(mysql_query(db, "SELECT * FROM no_such_table") != 0 && mysql_errno(db) == 1146);
    CHECK(mysql_ping(db) == 0);
    CHECK(mysql_select_db(db, "drivers") == 0);
    CHECK(mysql_reset_connection(db) == 0);
    CHECK(mysql_change_user(db, getenv("ALLIUM_USER"), getenv("ALLIUM_PASSWORD"), "drivers") == 0);
    run("SELECT COUNT(*) FROM c_api");
    res = mysql_use_result(db);
    CHECK(strcmp(mysql_fetch_row(res)[0], "3") == 0 && mysql_fetch_row(res) == NULL);
    mysql_free_result(res);
    mysql_close(db);
    return 0;
}
