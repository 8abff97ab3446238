/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/store/store_meta.h"

#include <inttypes.h>

#include "crypto/rand.h"
#include "crypto/seal.h"
#include "proxy/store/query.h"

#define CHECK_TEXT SLICE("allium key check")

static const char *const schema_sql[] = {
    "CREATE DATABASE IF NOT EXISTS " STORE_SCHEMA,
    "CREATE TABLE IF NOT EXISTS " STORE_SCHEMA ".meta (name VARBINARY(32) NOT NULL PRIMARY KEY,"
    " n BIGINT UNSIGNED NOT NULL, body LONGBLOB) ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS " STORE_SCHEMA ".catalog (id BIGINT UNSIGNED NOT NULL PRIMARY KEY,"
    " kind TINYINT UNSIGNED NOT NULL, version BIGINT UNSIGNED NOT NULL, body LONGBLOB,"
    " KEY (version)) ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS " STORE_SCHEMA
    ".sequences (id BIGINT UNSIGNED NOT NULL PRIMARY KEY,"
    " next BIGINT UNSIGNED NOT NULL) ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS " STORE_SCHEMA ".journal (id BIGINT UNSIGNED NOT NULL PRIMARY KEY,"
    " state TINYINT UNSIGNED NOT NULL, body LONGBLOB) ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS " STORE_SCHEMA
    ".transitions (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, finished TINYINT UNSIGNED NOT NULL,"
    " control TINYINT UNSIGNED NOT NULL, tab BIGINT UNSIGNED NOT NULL, rid BIGINT UNSIGNED NOT "
    "NULL,"
    " done BIGINT UNSIGNED NOT NULL, total BIGINT UNSIGNED NOT NULL, body LONGBLOB,"
    " KEY (finished)) ENGINE=InnoDB",
};

/* Name, n, body of the rows of meta; none when there is no such table. */
static struct status
read_rows(struct store *s, struct arena *a, struct query_rows *rows, struct diag *d)
{
    return query_rows(s->conn, a, SLICE("SELECT name, n, body FROM " STORE_SCHEMA ".meta"), rows,
                      d);
}

static const struct slice *
find_row(const struct query_rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (slice_equal_str(query_cell(rows, i, 0), name)) {
            return &rows->cells[i * rows->n_columns];
        }
    }
    return NULL;
}

static bool
number(const struct query_rows *rows, const char *name, uint64_t *out)
{
    const struct slice *row = find_row(rows, name);
    return row && slice_parse_u64(row[1], out);
}

/* Random, and small enough for any integer type. */
static struct status
new_home(uint64_t *home)
{
    TRY(rand_bytes(home, sizeof(*home)));
    *home >>= 1;
    return OK;
}

/* A schema d_<16 digits> without our catalog: somebody dropped it, or a restore is under way. */
static struct status
refuse_orphans(struct store *s, struct arena *a, struct diag *d)
{
    struct query_rows rows;
    TRY(query_rows(s->conn, a,
                   SLICE("SELECT COUNT(*) FROM information_schema.schemata"
                         " WHERE schema_name REGEXP '^d_[0-9a-f]{16}$'"),
                   &rows, d));
    if (!slice_equal_str(query_cell(&rows, 0, 0), "0")) {
        FAIL(d, STARTUP,
             "the server holds encrypted databases, but their catalog, schema " STORE_SCHEMA
             ", is gone: restore it");
    }
    return OK;
}

static struct status
write_first(struct store *s, uint64_t version, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sealed = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    uint64_t home;
    TRY(new_home(&home));
    TRY(seal_encode(s->keyring, SLICE("check"), 0, CHECK_TEXT, &sealed));
    buf_printf(&sql,
               "INSERT INTO " STORE_SCHEMA ".meta VALUES ('format', 1, NULL), ('version', %" PRIu64
               ", NULL), ('home', %" PRIu64 ", NULL), ('next_id', %" PRIu64
               ", NULL), ('check', 0, ",
               version, home, s->end_id);
    query_hex(&sql, buf_slice(&sealed));
    buf_append_str(&sql, ")");
    TRY(buf_status(&sql));
    return backend_exec(s->conn, buf_slice(&sql), NULL, d);
}

static struct status
check_rows(struct store *s, const struct query_rows *rows, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf plain = BUF_INIT;
    const struct slice *check = find_row(rows, "check");
    const struct status status =
        check ? seal_decode(s->keyring, SLICE("check"), 0, check[2], &plain) : OK;
    if (!check || !status_is_ok(status) || !slice_equal(buf_slice(&plain), CHECK_TEXT)) {
        FAIL(d, KEY_WRONG, "the data in the server was written with another key");
    }
    uint64_t format;
    if (!number(rows, "format", &format) || format != 1) {
        FAIL(d, STARTUP, "schema " STORE_SCHEMA " has a format of a newer version");
    }
    if (find_row(rows, "home")) {
        return OK;
    }
    uint64_t home; /* made by a version that had none */
    TRY(new_home(&home));
    return query_exec(s->conn, d,
                      "INSERT INTO " STORE_SCHEMA ".meta VALUES ('home', %" PRIu64 ", NULL)", home);
}

struct status
store_meta_ensure(struct store *s, uint64_t version, bool *made, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    if (!a) {
        RAISE(NO_MEMORY);
    }
    struct query_rows rows;
    TRY(query_rows(s->conn, a,
                   SLICE("SELECT 1 FROM information_schema.tables WHERE table_schema = "
                         "'" STORE_SCHEMA "' AND table_name = 'meta'"),
                   &rows, d));
    if (!rows.n) {
        TRY(refuse_orphans(s, a, d));
    }
    for (size_t i = 0; i < sizeof(schema_sql) / sizeof(schema_sql[0]); i++) {
        TRY(backend_exec_str(s->conn, schema_sql[i], d));
    }
    TRY(read_rows(s, a, &rows, d));
    *made = rows.n == 0;
    return *made ? write_first(s, version, d) : check_rows(s, &rows, d);
}

struct status
store_meta_read(struct store *s, struct store_meta *out, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct query_rows rows;
    if (!a) {
        RAISE(NO_MEMORY);
    }
    TRY(query_rows(
        s->conn, a,
        SLICE("SELECT name, n FROM " STORE_SCHEMA ".meta WHERE name IN ('version', 'home')"), &rows,
        d));
    if (!number(&rows, "version", &out->version) || !number(&rows, "home", &out->home)) {
        FAIL(d, CIPHERTEXT, "schema " STORE_SCHEMA " is damaged: no version");
    }
    return OK;
}

struct status
store_meta_supersede(struct store *s, uint64_t version, struct diag *d)
{
    uint64_t home;
    TRY(new_home(&home));
    return query_exec(s->conn, d,
                      "UPDATE " STORE_SCHEMA ".meta SET n = IF(name = 'home', %" PRIu64 ", %" PRIu64
                      ") WHERE name IN ('home', 'version')",
                      home, version);
}
