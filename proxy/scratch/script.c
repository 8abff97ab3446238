/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The neutral session state for our own statements on a client's session, and its exact restoring.
 * The saved values live in user variables of names that no client can see by accident; they are set
 * to NULL again. SELECT and SET leave LAST_INSERT_ID() and the transaction alone.
 */
#include "proxy/scratch/session_priv.h"

/* In the order of setting; restored in the same order. */
static const struct {
    const char *name, *value;
    bool mariadb, mysql;
} neutral[] = {
    {"character_set_client", "'utf8mb4'", true, true},
    {"collation_connection", "'utf8mb4_bin'", true, true},
    {"sql_mode", "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'", true, true},
    {"time_zone", "'+00:00'", true, true},
    {"foreign_key_checks", "0", true, true},
    {"unique_checks", "0", true, true},
    {"innodb_strict_mode", "0", true, true},
    {"check_constraint_checks", "0", true, false},
    {"max_statement_time", "0", true, false},
};
#define N_NEUTRAL (sizeof(neutral) / sizeof(neutral[0]))

static bool
applies(const struct scratch_session *ss, size_t i)
{
    return scratch_flavour(ss->scratch) == BACKEND_MARIADB ? neutral[i].mariadb : neutral[i].mysql;
}

void
scratch_script_begin(const struct scratch_session *ss, struct buf *sql)
{
    const char *separator = "SET ";
    for (size_t i = 0; i < N_NEUTRAL; i++) {
        if (applies(ss, i)) {
            buf_printf(sql, "%s@_allium_%zu = @@%s, %s = %s", separator, i, neutral[i].name,
                       neutral[i].name, neutral[i].value);
            separator = ", ";
        }
    }
    buf_append_u8(sql, ';');
}

static void
append_restore(const struct scratch_session *ss, struct buf *sql)
{
    const char *separator = "SET ";
    for (size_t i = 0; i < N_NEUTRAL; i++) {
        if (applies(ss, i)) {
            buf_printf(sql, "%s%s = @_allium_%zu, @_allium_%zu = NULL", separator, neutral[i].name,
                       i, i);
            separator = ", ";
        }
    }
}

void
scratch_script_abort(struct scratch_session *ss)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    /* The saving itself may not have been reached: then there is nothing to restore. */
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    const struct slice *row = NULL;
    if (backend_is_lost(ss->conn) ||
        !status_is_ok(
            backend_query(ss->conn, SLICE("SELECT @_allium_0"), BACKEND_STORE, &r, NULL)) ||
        !status_is_ok(backend_result_next(r, &row, NULL)) || !row || slice_is_null(row[0])) {
        return;
    }
    append_restore(ss, &sql);
    struct status ignored = backend_exec(ss->conn, buf_slice(&sql), NULL, NULL);
    (void) ignored;
}

struct status
scratch_script_flush(struct scratch_session *ss, struct buf *sql, struct diag *d)
{
    struct status st = buf_status(sql);
    if (status_is_ok(st)) {
        st = backend_exec(ss->conn, buf_slice(sql), NULL, d);
    }
    buf_clear(sql);
    if (!status_is_ok(st)) {
        scratch_script_abort(ss);
    }
    return st;
}

struct status
scratch_script_run(struct scratch_session *ss, struct buf *sql, struct diag *d)
{
    append_restore(ss, sql);
    return scratch_script_flush(ss, sql, d);
}
