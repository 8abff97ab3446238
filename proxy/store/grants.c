/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/store/grants.h"

#include "base/mem.h"
#include "proxy/store/query.h"

/* Which tables hold rights, and in which columns the account's name is. */
struct grant_table {
    const char *table, *user, *host;
};

static const struct grant_table mariadb_tables[] = {
    {"global_priv", "User", "Host"},  {"db", "User", "Host"},
    {"tables_priv", "User", "Host"},  {"columns_priv", "User", "Host"},
    {"procs_priv", "User", "Host"},   {"proxies_priv", "User", "Host"},
    {"roles_mapping", "User", "Host"}};

static const struct grant_table mysql_tables[] = {
    {"user", "User", "Host"},          {"db", "User", "Host"},
    {"tables_priv", "User", "Host"},   {"columns_priv", "User", "Host"},
    {"procs_priv", "User", "Host"},    {"proxies_priv", "User", "Host"},
    {"global_grants", "USER", "HOST"}, {"role_edges", "TO_USER", "TO_HOST"},
    {"default_roles", "USER", "HOST"}, {"password_history", "User", "Host"}};

struct grant_tables {
    const struct grant_table *items;
    size_t n;
};

static struct grant_tables
tables_of(const struct backend_conn *c)
{
    return backend_flavour(c) == BACKEND_MARIADB
               ? (struct grant_tables){mariadb_tables,
                                       sizeof mariadb_tables / sizeof mariadb_tables[0]}
               : (struct grant_tables){mysql_tables, sizeof mysql_tables / sizeof mysql_tables[0]};
}

/* Rows that are a client's; the file's belong to the file. */
static void
where_clients(struct buf *sql, const struct grant_table *t, const struct account_source *file,
              size_t n)
{
    buf_printf(sql,
               " WHERE %s NOT LIKE 'allium\\_%%' AND %s NOT IN"
               " ('mariadb.sys', 'mysql.sys', 'mysql.session', 'mysql.infoschema', 'PUBLIC')",
               t->user, t->user);
    for (size_t i = 0; i < n; i++) {
        buf_printf(sql, " AND NOT (%s = ", t->user);
        query_quote(sql, file[i].user);
        buf_printf(sql, " AND %s = ", t->host);
        query_quote(sql, file[i].host);
        buf_append_u8(sql, ')');
    }
}

static void
where_account(struct buf *sql, const struct grant_table *t, struct slice user, struct slice host)
{
    buf_printf(sql, " WHERE %s = ", t->user);
    query_quote(sql, user);
    buf_printf(sql, " AND %s = ", t->host);
    query_quote(sql, host);
}

static struct status
neutral(struct backend_conn *admin, struct diag *d)
{
    return backend_exec_str(admin, "SET SESSION sql_mode = '', time_zone = '+00:00'", d);
}

/* user, host: what to write in place of the row's own, or NULL slices. */
static void
insert_row(struct buf *script, const struct grant_table *t, const struct query_rows *rows,
           size_t row, struct slice user, struct slice host)
{
    buf_printf(script, "INSERT INTO mysql.%s (", t->table);
    for (size_t i = 0; i < rows->n_columns; i++) {
        buf_append_str(script, i ? "," : "");
        query_name(script, rows->columns[i].name);
    }
    buf_append_str(script, ") VALUES (");
    for (size_t i = 0; i < rows->n_columns; i++) {
        struct slice cell = query_cell(rows, row, i);
        if (!slice_is_null(user) && slice_equal_str_ci(rows->columns[i].name, t->user)) {
            cell = user;
        } else if (!slice_is_null(host) && slice_equal_str_ci(rows->columns[i].name, t->host)) {
            cell = host;
        }
        buf_append_str(script, i ? "," : "");
        if (slice_is_null(cell)) {
            buf_append_str(script, "NULL");
        } else {
            query_quote(script, cell);
        }
    }
    buf_append_str(script, ");\n");
}

static struct status
read_table(struct backend_conn *admin, const struct grant_table *t, struct slice where,
           struct slice user, struct slice host, struct buf *script, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct query_rows rows;
    if (!a) {
        RAISE(NO_MEMORY);
    }
    const struct slice sql = arena_printf(a, "SELECT * FROM mysql.%s%.*s ORDER BY %s, %s", t->table,
                                          SLICE_ARG(where), t->user, t->host);
    TRY(query_rows(admin, a, sql, &rows, d));
    for (size_t i = 0; i < rows.n; i++) {
        insert_row(script, t, &rows, i, user, host);
    }
    return buf_status(script);
}

struct status
grants_read(struct backend_conn *admin, const struct account_source *file, size_t n,
            struct buf *script, struct diag *d)
{
    const struct grant_tables tables = tables_of(admin);
    TRY(neutral(admin, d));
    for (size_t i = 0; i < tables.n; i++) {
        CLEANUP(buf_deinit_cleanup) struct buf where = BUF_INIT;
        where_clients(&where, &tables.items[i], file, n);
        TRY(buf_status(&where));
        TRY(read_table(admin, &tables.items[i], buf_slice(&where), SLICE_NULL, SLICE_NULL, script,
                       d));
    }
    return OK;
}

static void
append_account(struct buf *sql, struct slice user, struct slice host)
{
    query_quote(sql, user);
    buf_append_u8(sql, '@');
    query_quote(sql, host);
}

static void
append_delete(struct buf *sql, struct grant_tables tables, struct slice user, struct slice host)
{
    for (size_t i = 0; i < tables.n; i++) {
        buf_printf(sql, "DELETE FROM mysql.%s", tables.items[i].table);
        where_account(sql, &tables.items[i], user, host);
        buf_append_str(sql, "; ");
    }
}

/* The first word of the users file's verifier that the flavour knows, else the first. */
static struct slice
verifier_for(enum backend_flavour flavour, struct slice words)
{
    struct slice first = SLICE("");
    for (struct slice rest = words; rest.len;) {
        size_t n = 0;
        while (n < rest.len && rest.data[n] != ' ') {
            n++;
        }
        const struct slice word = slice_sub(rest, 0, n);
        if (n && (word.data[0] == '*') == (flavour == BACKEND_MARIADB)) {
            return word;
        }
        first = first.len ? first : word;
        rest = slice_from(rest, n + 1);
    }
    return first;
}

/* Made with a password of no meaning, since the flavour may not have the verifier's method. */
static void
append_file_account(struct buf *sql, struct backend_conn *admin, const struct account_source *f)
{
    const bool mariadb = backend_flavour(admin) == BACKEND_MARIADB;
    const struct slice verifier = verifier_for(backend_flavour(admin), f->auth);
    const char *plugin = verifier.len && verifier.data[0] == '*' ? "mysql_native_password"
                         : verifier.len || !mariadb              ? "caching_sha2_password"
                                                                 : "mysql_native_password";
    append_delete(sql, tables_of(admin), f->user, f->host);
    buf_append_str(sql, "FLUSH PRIVILEGES; CREATE USER ");
    append_account(sql, f->user, f->host);
    buf_append_str(sql, "; GRANT ALL PRIVILEGES ON *.* TO ");
    append_account(sql, f->user, f->host);
    buf_append_str(sql, " WITH GRANT OPTION; ");
    if (mariadb) {
        buf_printf(sql,
                   "UPDATE mysql.global_priv SET Priv = JSON_SET(Priv, '$.plugin', '%s',"
                   " '$.authentication_string', ",
                   plugin);
        query_quote(sql, verifier);
        buf_append_u8(sql, ')');
        where_account(sql, &mariadb_tables[0], f->user, f->host);
    } else {
        buf_printf(sql, "UPDATE mysql.user SET plugin = '%s', authentication_string = ", plugin);
        query_quote(sql, verifier);
        where_account(sql, &mysql_tables[0], f->user, f->host);
    }
    buf_append_str(sql, "; ");
}

struct status
grants_restore_file(struct backend_conn *admin, const struct account_source *file, size_t n,
                    struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(neutral(admin, d));
    for (size_t i = 0; i < n; i++) {
        append_file_account(&sql, admin, &file[i]);
    }
    buf_append_str(&sql, "FLUSH PRIVILEGES");
    TRY(buf_status(&sql));
    return backend_exec(admin, buf_slice(&sql), NULL, d);
}

struct status
grants_write(struct backend_conn *admin, const struct account_source *file, size_t n,
             struct slice script, struct diag *d)
{
    const struct grant_tables tables = tables_of(admin);
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(neutral(admin, d));
    for (size_t i = 0; i < tables.n; i++) {
        buf_printf(&sql, "DELETE FROM mysql.%s", tables.items[i].table);
        where_clients(&sql, &tables.items[i], NULL, 0);
        buf_append_str(&sql, "; ");
    }
    buf_append_slice(&sql, script);
    buf_append_str(&sql, "FLUSH PRIVILEGES");
    TRY(buf_status(&sql));
    TRY(backend_exec(admin, buf_slice(&sql), NULL, d));
    return grants_restore_file(admin, file, n, d);
}

/* ---- what login needs ---- */

/* Rights on every table: bits of SELECT .. DROP, REFERENCES .. SHOW_DB, CREATE TEMPORARY .. EXECUTE,
 * CREATE VIEW .. ALTER ROUTINE, EVENT, TRIGGER in MariaDB's privilege_t. */
#define MARIADB_ALL_RIGHTS "233273407"

static const char mariadb_accounts[] =
    "SELECT User, Host, COALESCE(JSON_VALUE(Priv, '$.plugin'), ''),"
    " COALESCE(JSON_VALUE(Priv, '$.authentication_string'), ''),"
    " COALESCE(JSON_VALUE(Priv, '$.account_locked'), 0) IN ('1', 'true'),"
    " COALESCE(JSON_VALUE(Priv, '$.password_last_changed'), 1) = 0,"
    " (COALESCE(JSON_VALUE(Priv, '$.access'), 0) & " MARIADB_ALL_RIGHTS ") <> " MARIADB_ALL_RIGHTS
    ","
    " COALESCE(JSON_VALUE(Priv, '$.ssl_type'), 0), COALESCE(JSON_VALUE(Priv, '$.x509_issuer'), ''),"
    " COALESCE(JSON_VALUE(Priv, '$.x509_subject'), ''),"
    " COALESCE(JSON_VALUE(Priv, '$.max_user_connections'), 0) FROM mysql.global_priv";

static const char mysql_accounts[] =
    "SELECT User, Host, plugin, COALESCE(authentication_string, ''), account_locked = 'Y',"
    " password_expired = 'Y', 'N' IN (Select_priv, Insert_priv, Update_priv, Delete_priv,"
    " Create_priv, Drop_priv, References_priv, Index_priv, Alter_priv, Show_db_priv,"
    " Create_tmp_table_priv, Lock_tables_priv, Execute_priv, Create_view_priv, Show_view_priv,"
    " Create_routine_priv, Alter_routine_priv, Event_priv, Trigger_priv),"
    " FIELD(ssl_type, 'ANY', 'X509', 'SPECIFIED'), CONVERT(x509_issuer USING utf8mb4),"
    " CONVERT(x509_subject USING utf8mb4), max_user_connections FROM mysql.user";

enum account_column {
    ACC_USER,
    ACC_HOST,
    ACC_PLUGIN,
    ACC_AUTH,
    ACC_LOCKED,
    ACC_EXPIRED,
    ACC_RESTRICTED,
    ACC_TLS,
    ACC_ISSUER,
    ACC_SUBJECT,
    ACC_MAX
};

static bool
is_one(struct slice cell)
{
    return slice_equal_str(cell, "1");
}

struct status
grants_accounts(struct backend_conn *admin, const struct account_source *file, size_t n,
                struct arena *a, struct account_source **out, size_t *n_out, struct diag *d)
{
    const bool mariadb = backend_flavour(admin) == BACKEND_MARIADB;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct query_rows rows;
    TRY(neutral(admin, d));
    buf_append_str(&sql, mariadb ? mariadb_accounts : mysql_accounts);
    where_clients(&sql, mariadb ? &mariadb_tables[0] : &mysql_tables[0], file, n);
    if (mariadb) {
        buf_append_str(&sql,
                       " AND COALESCE(JSON_VALUE(Priv, '$.is_role'), 0) NOT IN ('1', 'true')");
    }
    TRY(buf_status(&sql));
    TRY(query_rows(admin, a, buf_slice(&sql), &rows, d));
    *out = arena_array(a, struct account_source, rows.n);
    *n_out = rows.n;
    TRY(arena_status(a));
    for (size_t i = 0; i < rows.n; i++) {
        uint64_t tls = 0, max = 0;
        (void) slice_parse_u64(query_cell(&rows, i, ACC_TLS), &tls);
        (void) slice_parse_u64(query_cell(&rows, i, ACC_MAX), &max);
        (*out)[i] =
            (struct account_source){.user = query_cell(&rows, i, ACC_USER),
                                    .host = query_cell(&rows, i, ACC_HOST),
                                    .plugin = query_cell(&rows, i, ACC_PLUGIN),
                                    .auth = query_cell(&rows, i, ACC_AUTH),
                                    .is_locked = is_one(query_cell(&rows, i, ACC_LOCKED)),
                                    .is_expired = is_one(query_cell(&rows, i, ACC_EXPIRED)),
                                    .is_restricted = is_one(query_cell(&rows, i, ACC_RESTRICTED)),
                                    .tls = (enum account_tls)(tls & 3),
                                    .tls_issuer = query_cell(&rows, i, ACC_ISSUER),
                                    .tls_subject = query_cell(&rows, i, ACC_SUBJECT),
                                    .max_connections = (uint32_t) max};
    }
    return OK;
}

/* ---- identities ---- */

static const struct slice here = {(const uint8_t *) "localhost", 9};

struct status
grants_drop_identity(struct backend_conn *admin, const char *name, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    append_delete(&sql, tables_of(admin), slice_of_str(name), here);
    buf_append_str(&sql, "FLUSH PRIVILEGES");
    TRY(buf_status(&sql));
    return backend_exec(admin, buf_slice(&sql), NULL, d);
}

static struct status
copy_rights(struct backend_conn *admin, struct slice user, struct slice host, const char *name,
            enum grants_kind kind, struct buf *sql, struct diag *d)
{
    const struct grant_tables tables = tables_of(admin);
    append_delete(sql, tables, slice_of_str(name), here);
    for (size_t i = 0; i < tables.n; i++) {
        const struct grant_table *t = &tables.items[i];
        CLEANUP(buf_deinit_cleanup) struct buf where = BUF_INIT;
        if (kind == GRANTS_GUARD && slice_equal_str(slice_of_str(t->table), "global_grants")) {
            continue; /* MySQL's administrative rights */
        }
        where_account(&where, t, user, host);
        TRY(buf_status(&where));
        TRY(read_table(admin, t, buf_slice(&where), slice_of_str(name), here, sql, d));
    }
    return OK;
}

struct status
grants_identity(struct backend_conn *admin, struct slice user, struct slice host, const char *name,
                const char *password, enum grants_kind kind, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(neutral(admin, d));
    TRY(copy_rights(admin, user, host, name, kind, &sql, d));
    buf_printf(&sql,
               "FLUSH PRIVILEGES; ALTER USER '%s'@'localhost' IDENTIFIED BY '%s' REQUIRE NONE WITH"
               " MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0"
               " MAX_USER_CONNECTIONS 0 PASSWORD EXPIRE NEVER ACCOUNT UNLOCK",
               name, password);
    if (kind == GRANTS_GUARD) {
        buf_printf(&sql, "; REVOKE PROCESS, FILE ON *.* FROM '%s'@'localhost'", name);
    }
    TRY(buf_status(&sql));
    return backend_exec(admin, buf_slice(&sql), NULL, d);
}

struct status
grants_password(struct backend_conn *admin, const char *name, struct arena *a, struct slice *out,
                struct diag *d)
{
    struct query_rows rows;
    const char *what = backend_flavour(admin) == BACKEND_MARIADB
                           ? "JSON_VALUE(Priv, '$.authentication_string') FROM mysql.global_priv"
                           : "authentication_string FROM mysql.user";
    TRY(query_rows(
        admin, a, arena_printf(a, "SELECT %s WHERE User = '%s' AND Host = 'localhost'", what, name),
        &rows, d));
    *out = rows.n ? query_cell(&rows, 0, 0) : SLICE_NULL;
    return OK;
}

struct status
grants_adopt_password(struct backend_conn *admin, const char *identity, struct slice user,
                      struct slice host, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(neutral(admin, d));
    if (backend_flavour(admin) == BACKEND_MARIADB) {
        buf_printf(&sql,
                   "UPDATE mysql.global_priv, (SELECT Priv AS own FROM mysql.global_priv WHERE"
                   " User = '%s' AND Host = 'localhost') x SET Priv = JSON_SET(Priv, '$.plugin',"
                   " JSON_VALUE(own, '$.plugin'), '$.authentication_string',"
                   " JSON_VALUE(own, '$.authentication_string'), '$.password_last_changed',"
                   " UNIX_TIMESTAMP())",
                   identity);
        where_account(&sql, &mariadb_tables[0], user, host);
    } else {
        buf_printf(
            &sql,
            "UPDATE mysql.user u, (SELECT plugin, authentication_string FROM mysql.user WHERE"
            " User = '%s' AND Host = 'localhost') x SET u.plugin = x.plugin,"
            " u.authentication_string = x.authentication_string, u.password_expired = 'N',"
            " u.password_last_changed = NOW()",
            identity);
        where_account(&sql, &mysql_tables[0], user, host);
    }
    buf_append_str(&sql, "; FLUSH PRIVILEGES");
    TRY(buf_status(&sql));
    return backend_exec(admin, buf_slice(&sql), NULL, d);
}
