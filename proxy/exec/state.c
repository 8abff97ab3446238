/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session state lives in the scratch session: SET runs there, and what matters here is read back. So
 * every variable, with every form of SET, behaves as MySQL's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "proxy/exec/access.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/exec/rest.h"
#include "proxy/wire/protocol.h"

/* ---- the scratch session ---- */

static STATUS
open_scratch(struct exec *e, struct diag *d)
{
    const struct collation_info *info =
        collation_set_find_id(exec_collations_set(e->shared->collations), e->info->collation);
    const char *charset = info ? arena_strdup(e->arena, info->charset) : NULL;
    const struct scratch_session_options options = {
        .charset = charset, .found_rows = (e->info->caps & CLIENT_FOUND_ROWS) != 0};
    TRY(scratch_session_open(e->shared->scratch, &options, &e->scratch, d));
    struct backend_conn *c = scratch_session_conn(e->scratch);
    atomic_store(&e->scratch_thread, backend_thread_id(c));
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_printf(&sql, "SET SESSION wait_timeout=%.*s", SLICE_ARG(e->shared->wait_timeout));
    if (info && !info->is_default) {
        buf_printf(&sql, ",NAMES %.*s COLLATE %.*s", SLICE_ARG(info->charset),
                   SLICE_ARG(info->name));
    }
    TRY(backend_exec(c, buf_slice(&sql), NULL, d));
    TRY(rest_wake(e, d));
    if (e->info->db[0]) {
        const struct status s = backend_init_db(c, slice_of_str(e->info->db), d);
        if (d->mysql_errno != 1049 || !e->state_known) { /* dropped while the session rested */
            return s;
        }
        diag_clear(d);
    }
    return OK;
}

struct status
exec_scratch(struct exec *e, struct backend_conn **out, struct diag *d)
{
    if (e->scratch && scratch_session_is_lost(e->scratch)) {
        if (access_is_on_guard(e)) { /* never another connection in the guard's place */
            FAIL(d, SCRATCH_LOST, "%s", status_info_get(STATUS_SCRATCH_LOST)->text);
        }
        e->scratch = scratch_session_close(e->scratch);
        exec_stmts_lost(e);
        map_deinit(&e->temp_tables);
        e->state_known = false;
    }
    if (e->scratch == NULL) {
        TRY(open_scratch(e, d));
    }
    *out = scratch_session_conn(e->scratch);
    if (e->insert_id_stale) {
        e->insert_id_stale = false;
        CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
        buf_printf(&sql, "SET SESSION last_insert_id=%llu",
                   (unsigned long long) e->info->last_insert_id);
        TRY(backend_exec(*out, buf_slice(&sql), NULL, d));
    }
    return OK;
}

/* autocommit=0 makes the mirror's own reads open a transaction: end it, it would block DDL there. */
void
exec_scratch_idle(struct exec *e)
{
    if (e->scratch == NULL || scratch_session_is_lost(e->scratch)) {
        return;
    }
    struct backend_conn *c = scratch_session_conn(e->scratch);
    if (backend_server_status(c) & SESSION_STATUS_IN_TRANS) {
        struct diag d = DIAG_INIT;
        const struct status s = backend_exec_str(c, "COMMIT", &d);
        (void) s; /* a lost engine shows at the next statement */
    }
}

struct slice
exec_db(const struct exec *e)
{
    return session_info_db(e->info);
}

/* ---- reading variables ---- */

enum state_column {
    COL_AUTOCOMMIT,
    COL_FK,
    COL_UNIQUE,
    COL_AUTO_IS_NULL,
    COL_SAFE,
    COL_MODE,
    COL_COLLATION,
    COL_CLIENT,
    COL_RESULTS,
    COL_SELECT_LIMIT,
    COL_CONCAT_MAX,
    COL_DIV_PRECISION,
    COL_TZ,
    COL_ISOLATION,
    COL_LOCK_WAIT,
    COL_READ_ONLY,
    COL_ID_STEP,
    COL_ID_OFFSET,
    COL_DB,
    COL_COUNT
};

static const char state_sql_mariadb[] =
    "SELECT @@autocommit,@@foreign_key_checks,@@unique_checks,@@sql_auto_is_null,"
    "@@sql_safe_updates,@@sql_mode,@@collation_connection,@@character_set_client,"
    "@@character_set_results,@@sql_select_limit,"
    "@@group_concat_max_len,@@div_precision_increment,@@time_zone,@@tx_isolation,@@innodb_lock_"
    "wait_timeout,@@tx_read_only,"
    "@@auto_increment_increment,@@auto_increment_offset,DATABASE() LIMIT 1";
static const char state_sql_mysql[] =
    "SELECT @@autocommit,@@foreign_key_checks,@@unique_checks,@@sql_auto_is_null,"
    "@@sql_safe_updates,@@sql_mode,@@collation_connection,@@character_set_client,"
    "@@character_set_results,@@sql_select_limit,"
    "@@group_concat_max_len,@@div_precision_increment,@@time_zone,@@transaction_isolation,@@innodb_"
    "lock_wait_timeout,"
    "@@transaction_read_only,@@auto_increment_increment,@@auto_increment_offset,DATABASE() LIMIT 1";

static bool
is_on(struct slice s)
{
    return s.len == 1 && s.data[0] == '1';
}

static void
keep(char *to, size_t cap, struct slice from)
{
    snprintf(to, cap, "%.*s", SLICE_ARG(from));
}

static bool
mode_has(struct slice mode, const char *name)
{
    while (mode.len) {
        size_t n = 0;
        while (n < mode.len && mode.data[n] != ',') {
            n++;
        }
        if (slice_equal_str_ci(slice_sub(mode, 0, n), name)) {
            return true;
        }
        mode = slice_from(mode, n + 1);
    }
    return false;
}

static void
read_mode(struct exec_state *st, struct slice mode)
{
    static const struct {
        const char *name;
        uint32_t sql, type;
    } bits[] = {
        {"ANSI_QUOTES", SQL_MODE_ANSI_QUOTES, 0},
        {"PIPES_AS_CONCAT", SQL_MODE_PIPES_AS_CONCAT, 0},
        {"NO_BACKSLASH_ESCAPES", SQL_MODE_NO_BACKSLASH_ESCAPES, 0},
        {"HIGH_NOT_PRECEDENCE", SQL_MODE_HIGH_NOT_PRECEDENCE, 0},
        {"IGNORE_SPACE", SQL_MODE_IGNORE_SPACE, 0},
        {"STRICT_TRANS_TABLES", 0, TYPE_MODE_STRICT},
        {"STRICT_ALL_TABLES", 0, TYPE_MODE_STRICT},
        {"NO_ZERO_DATE", 0, TYPE_MODE_NO_ZERO_DATE},
        {"NO_ZERO_IN_DATE", 0, TYPE_MODE_NO_ZERO_IN_DATE},
        {"ALLOW_INVALID_DATES", 0, TYPE_MODE_ALLOW_INVALID_DATES},
        {"PAD_CHAR_TO_FULL_LENGTH", 0, TYPE_MODE_PAD_CHAR},
        {"TIME_TRUNCATE_FRACTIONAL", 0, TYPE_MODE_TIME_TRUNCATE},
    };
    st->options.mode = 0;
    st->env.mode = 0;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        if (mode_has(mode, bits[i].name)) {
            st->options.mode |= bits[i].sql;
            st->env.mode |= bits[i].type;
        }
    }
    st->no_auto_value_on_zero = mode_has(mode, "NO_AUTO_VALUE_ON_ZERO");
}

/* Charsets whose second byte may look like ASCII. */
static struct slice
tricky_charset(struct slice client)
{
    static const char *const names[] = {"big5", "gbk", "sjis", "cp932", "gb18030"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal_str_ci(client, names[i])) {
            return slice_of_str(names[i]);
        }
    }
    return SLICE_NULL;
}

static void
read_row(struct exec *e, const struct slice *row)
{
    struct exec_state *st = &e->state;
    st->autocommit = is_on(row[COL_AUTOCOMMIT]);
    st->foreign_key_checks = is_on(row[COL_FK]);
    st->safe_updates = is_on(row[COL_SAFE]);
    st->auto_is_null = is_on(row[COL_AUTO_IS_NULL]);
    st->select_limit = !slice_equal_str(row[COL_SELECT_LIMIT], "18446744073709551615");
    st->options = (struct sql_options){
        .flavour = e->shared->flavour == BACKEND_MARIADB ? SQL_MARIADB : SQL_MYSQL,
        .version = e->shared->version,
        .charset = tricky_charset(row[COL_CLIENT])};
    st->env = (struct type_env){.flavour = e->shared->flavour == BACKEND_MARIADB ? TYPE_MARIADB
                                                                                 : TYPE_MYSQL,
                                .tz = type_tz_parse(row[COL_TZ], e->shared->system_tz)};
    read_mode(st, row[COL_MODE]);
    st->connection =
        collation_set_find(exec_collations_set(e->shared->collations), row[COL_COLLATION]);
    if (st->connection && !slice_equal_ci(st->connection->charset, row[COL_CLIENT])) {
        st->connection = NULL; /* literals are converted, perhaps with loss: MySQL's to do */
    }
    keep(st->charset_results, sizeof st->charset_results, row[COL_RESULTS]);
    keep(st->time_zone, sizeof st->time_zone, row[COL_TZ]);
    keep(st->isolation, sizeof st->isolation, row[COL_ISOLATION]);
    keep(st->lock_wait, sizeof st->lock_wait, row[COL_LOCK_WAIT]);
    keep(st->read_only, sizeof st->read_only, row[COL_READ_ONLY]);
    if (!slice_parse_u64(row[COL_ID_STEP], &st->id_step) ||
        !slice_parse_u64(row[COL_ID_OFFSET], &st->id_offset)) {
        st->id_step = st->id_offset = 1;
    }
    uint64_t h = 0;
    for (size_t i = COL_AUTO_IS_NULL; i <= COL_TZ; i++) {
        h = (h ^ slice_hash(row[i])) * 0x9e3779b97f4a7c15ULL;
    }
    st->context_hash = h;
}

struct status
exec_state_sync(struct exec *e, struct diag *d)
{
    struct backend_conn *c;
    TRY(exec_scratch(e, &c, d));
    const char *sql = e->shared->flavour == BACKEND_MARIADB ? state_sql_mariadb : state_sql_mysql;
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    TRY(backend_query(c, slice_of_str(sql), BACKEND_STORE, &r, d));
    const struct slice *row;
    TRY(backend_result_next(r, &row, d));
    if (row == NULL || backend_result_n_columns(r) != COL_COUNT) {
        FAIL(d, BUG, "session state cannot be read");
    }
    const bool was_known = e->state_known;
    const struct exec_state before = e->state;
    read_row(e, row);
    e->state_known = true;
    e->info->status = (uint16_t) ((e->info->status & ~(SESSION_STATUS_AUTOCOMMIT |
                                                       SESSION_STATUS_NO_BACKSLASH_ESCAPES)) |
                                  (e->state.autocommit ? SESSION_STATUS_AUTOCOMMIT : 0) |
                                  (e->state.options.mode & SQL_MODE_NO_BACKSLASH_ESCAPES
                                       ? SESSION_STATUS_NO_BACKSLASH_ESCAPES
                                       : 0));
    if (!slice_equal(row[COL_DB], exec_db(e))) {
        TRY(session_info_set_db(e->info, row[COL_DB]));
    }
    if (was_known && e->server) {
        return exec_server_settings(e, &before, d);
    }
    return OK;
}

struct status
exec_state_need(struct exec *e, struct diag *d)
{
    return e->state_known ? OK : exec_state_sync(e, d);
}
