/* SPDX-License-Identifier: Apache-2.0 */
/* MariaDB Connector/ODBC through unixODBC. One line per check, ends with their count. usage: odbc DRIVER.so */
#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int passed, failed;

static void
check(const char *name, int ok)
{
    *(ok ? &passed : &failed) += 1;
    printf("%s %s\n", ok ? "ok" : "not ok", name);
}

static int
run(SQLHSTMT st, const char *sql)
{
    SQLFreeStmt(st, SQL_CLOSE);
    return SQL_SUCCEEDED(SQLExecDirect(st, (SQLCHAR *) sql, SQL_NTS));
}

static SQLINTEGER
error_of(SQLHSTMT st, const char *sql)
{
    SQLCHAR state[6], text[512];
    SQLINTEGER number = 0;
    SQLSMALLINT len;
    if (run(st, sql)) {
        return 0;
    }
    SQLGetDiagRec(SQL_HANDLE_STMT, st, 1, state, &number, text, sizeof text, &len);
    return number;
}

static int
text_is(SQLHSTMT st, const char *sql, const char *wanted)
{
    char got[256] = "";
    SQLLEN len;
    return run(st, sql) && SQL_SUCCEEDED(SQLFetch(st)) &&
           SQL_SUCCEEDED(SQLGetData(st, 1, SQL_C_CHAR, got, sizeof got, &len)) &&
           strcmp(got, wanted) == 0;
}

static void
prepared(SQLHSTMT st)
{
    char name[] = "p?", binary[] = {0, 39, 92, -1};
    SQLINTEGER number = 0;
    SQLLEN len = SQL_NTS, four = sizeof binary;
    SQLFreeStmt(st, SQL_CLOSE);
    int ok = SQL_SUCCEEDED(
        SQLPrepare(st, (SQLCHAR *) "INSERT INTO odbc_t (s, d, b) VALUES (?, ?, ?)", SQL_NTS));
    SQLBindParameter(st, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 30, 0, name, 0, &len);
    SQLBindParameter(st, 2, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0, &number, 0, NULL);
    SQLBindParameter(st, 3, SQL_PARAM_INPUT, SQL_C_BINARY, SQL_VARBINARY, 100, 0, binary, 0, &four);
    for (number = 0; number < 10; number++) {
        name[1] = (char) ('0' + number);
        ok = ok && SQL_SUCCEEDED(SQLExecute(st));
    }
    check("prepared inserts", ok);
    SQLFreeStmt(st, SQL_RESET_PARAMS);
    check("their rows",
          text_is(st, "SELECT COUNT(*) FROM odbc_t WHERE s LIKE 'p%' AND d BETWEEN 3 AND 7", "5"));
    check("their bytes", text_is(st, "SELECT HEX(b) FROM odbc_t WHERE s = 'p3'", "00275CFF"));
}

static void
metadata(SQLHSTMT st)
{
    SQLCHAR name[64];
    SQLSMALLINT len, type, digits, null, columns;
    SQLULEN size;
    check("columns", run(st, "SELECT id, d AS alias FROM odbc_t") &&
                         SQL_SUCCEEDED(SQLNumResultCols(st, &columns)) && columns == 2 &&
                         SQL_SUCCEEDED(SQLDescribeCol(st, 2, name, sizeof name, &len, &type, &size,
                                                      &digits, &null)) &&
                         strcmp((char *) name, "alias") == 0 && type == SQL_DECIMAL && digits == 2);
    SQLFreeStmt(st, SQL_CLOSE);
    int n = 0;
    if (SQL_SUCCEEDED(SQLColumns(st, (SQLCHAR *) "drivers", SQL_NTS, NULL, 0, (SQLCHAR *) "odbc_t",
                                 SQL_NTS, NULL, 0))) {
        while (SQL_SUCCEEDED(SQLFetch(st))) {
            n++;
        }
    }
    check("SQLColumns", n == 4);
    SQLFreeStmt(st, SQL_CLOSE);
    check("SQLPrimaryKeys", SQL_SUCCEEDED(SQLPrimaryKeys(st, (SQLCHAR *) "drivers", SQL_NTS, NULL,
                                                         0, (SQLCHAR *) "odbc_t", SQL_NTS)) &&
                                SQL_SUCCEEDED(SQLFetch(st)));
}

int
main(int argc, char **argv)
{
    SQLHENV env;
    SQLHDBC db;
    SQLHSTMT st;
    char dsn[512];
    snprintf(dsn, sizeof dsn,
             "DRIVER=%s;SERVER=%s;PORT=%s;UID=%s;PWD=%s;DATABASE=drivers;CHARSET=utf8mb4",
             argc > 1 ? argv[1] : "", getenv("ALLIUM_HOST"), getenv("ALLIUM_PORT"),
             getenv("ALLIUM_USER"), getenv("ALLIUM_PASSWORD"));
    SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
    SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER) SQL_OV_ODBC3, 0);
    SQLAllocHandle(SQL_HANDLE_DBC, env, &db);
    const int open = SQL_SUCCEEDED(
        SQLDriverConnect(db, NULL, (SQLCHAR *) dsn, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT));
    check("connect", open);
    if (!open) {
        return 1;
    }
    SQLAllocHandle(SQL_HANDLE_STMT, db, &st);
    run(st, "DROP TABLE IF EXISTS odbc_t");
    check("create", run(st, "CREATE TABLE odbc_t (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(30) "
                            "UNIQUE, d DECIMAL(8,2), b BLOB)"));
    check("insert", run(st, "INSERT INTO odbc_t (s, d) VALUES ('ünï😀', -12.34)"));
    check("read", text_is(st, "SELECT s FROM odbc_t WHERE s = 'ÜNÏ😀' AND d < 0", "ünï😀"));
    check("decimal", text_is(st, "SELECT d FROM odbc_t", "-12.34"));
    check("1062", error_of(st, "INSERT INTO odbc_t (s) VALUES ('ünï😀')") == 1062);
    check("1146", error_of(st, "SELECT * FROM nowhere_at_all") == 1146);
    check("1064", error_of(st, "SELEC 1") == 1064);
    prepared(st);
    metadata(st);
    SQLSetConnectAttr(db, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER) SQL_AUTOCOMMIT_OFF, 0);
    run(st, "DELETE FROM odbc_t");
    SQLEndTran(SQL_HANDLE_DBC, db, SQL_ROLLBACK);
    check("rollback", text_is(st, "SELECT COUNT(*) FROM odbc_t", "11"));
    SQLFreeHandle(SQL_HANDLE_STMT, st);
    SQLEndTran(SQL_HANDLE_DBC, db, SQL_ROLLBACK);
    SQLDisconnect(db);
    printf("%d checks passed, %d failed\n", passed, failed);
    return failed != 0;
}
