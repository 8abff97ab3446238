/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The saved values live in user variables whose names no client meets by accident; they are set to
 * NULL again. SET leaves LAST_INSERT_ID() and the transaction alone. A SET STATEMENT is restored by
 * the server, also when its statement fails.
 */
#include "proxy/scratch/script_priv.h"

#define FOR_CREATE 1u /* decides what a definition means */
#define FOR_INSERT 2u /* decides what a value becomes */
#define FOR_TEXT   4u /* decides how text is read: only the full way can set it */
#define ON_MARIADB 8u
#define ON_MYSQL   16u
#define ON_BOTH    (ON_MARIADB | ON_MYSQL)

/* In the order of setting and restoring. The first that a list holds marks whether it was saved. */
static const struct {
    const char *name, *value;
    unsigned flags;
} neutral[] = {
    {"sql_mode", "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'", FOR_CREATE | FOR_INSERT | ON_BOTH},
    {"time_zone", "'+00:00'", FOR_CREATE | FOR_INSERT | ON_BOTH},
    {"character_set_client", "'utf8mb4'", FOR_TEXT | ON_BOTH},
    {"collation_connection", "'utf8mb4_bin'", FOR_TEXT | ON_BOTH},
    {"foreign_key_checks", "0", FOR_INSERT | ON_BOTH},
    {"unique_checks", "0", FOR_INSERT | ON_BOTH},
    {"innodb_strict_mode", "0", FOR_CREATE | ON_BOTH},
    {"check_constraint_checks", "0", FOR_INSERT | ON_MARIADB},
    {"max_statement_time", "0", FOR_CREATE | FOR_INSERT | ON_MARIADB},
};
#define N_NEUTRAL (sizeof(neutral) / sizeof(neutral[0]))
#define ALL       (FOR_CREATE | FOR_INSERT | FOR_TEXT)

static bool
on_mariadb(const struct scratch_script *s)
{
    return scratch_flavour(s->session->scratch) == BACKEND_MARIADB;
}

static bool
applies(const struct scratch_script *s, size_t i, unsigned purposes)
{
    return (neutral[i].flags & (on_mariadb(s) ? ON_MARIADB : ON_MYSQL)) &&
           (neutral[i].flags & purposes);
}

/* SET @saved = @@name, name = neutral, …; */
static void
append_save(struct scratch_script *s, unsigned purposes)
{
    const char *separator = "SET ";
    for (size_t i = 0; i < N_NEUTRAL; i++) {
        if (applies(s, i, purposes)) {
            buf_printf(&s->sql, "%s@_allium_%zu=@@%s,%s=%s", separator, i, neutral[i].name,
                       neutral[i].name, neutral[i].value);
            separator = ",";
        }
    }
    buf_append_u8(&s->sql, ';');
}

static void
append_restore(const struct scratch_script *s, unsigned purposes, struct buf *sql)
{
    const char *separator = "SET ";
    for (size_t i = 0; i < N_NEUTRAL; i++) {
        if (applies(s, i, purposes)) {
            buf_printf(sql, "%s%s=@_allium_%zu,@_allium_%zu=NULL", separator, neutral[i].name, i,
                       i);
            separator = ",";
        }
    }
    buf_append_u8(sql, ';');
}

/* SET STATEMENT name = neutral, … FOR */
static void
append_statement_prefix(struct scratch_script *s, unsigned purposes)
{
    const char *separator = "SET STATEMENT ";
    for (size_t i = 0; i < N_NEUTRAL; i++) {
        if (applies(s, i, purposes)) {
            buf_printf(&s->sql, "%s%s=%s", separator, neutral[i].name, neutral[i].value);
            separator = ",";
        }
    }
    buf_append_str(&s->sql, " FOR ");
}

bool
scratch_script_is_plain(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 0x80 || text.data[i] == '\\') {
            return false;
        }
    }
    return true;
}

void
scratch_script_init(struct scratch_script *s, struct scratch_session *ss, bool plain)
{
    *s = (struct scratch_script){.session = ss, .plain = plain};
    if (!plain) {
        append_save(s, ALL);
    }
}

void
scratch_script_deinit(struct scratch_script *s)
{
    buf_deinit(&s->sql);
}

void
scratch_script_create(struct scratch_script *s, struct slice create)
{
    const bool save = s->plain && !on_mariadb(s);
    if (save) {
        append_save(s, FOR_CREATE);
    } else if (s->plain) {
        append_statement_prefix(s, FOR_CREATE);
    }
    buf_append_slice(&s->sql, create);
    buf_append_u8(&s->sql, ';');
    if (save) {
        append_restore(s, FOR_CREATE, &s->sql);
    }
}

void
scratch_script_insert(struct scratch_script *s)
{
    if (s->plain && on_mariadb(s)) {
        append_statement_prefix(s, FOR_INSERT);
    }
    buf_append_str(&s->sql, "INSERT ");
    if (s->plain && !on_mariadb(s)) {
        buf_append_str(&s->sql, "/*+ ");
        for (size_t i = 0; i < N_NEUTRAL; i++) {
            if (applies(s, i, FOR_INSERT)) {
                buf_printf(&s->sql, "SET_VAR(%s=%s) ", neutral[i].name, neutral[i].value);
            }
        }
        buf_append_str(&s->sql, "*/ ");
    }
    buf_append_str(&s->sql, "INTO ");
}

/* Its first saved value tells whether there is something to restore. */
void
scratch_script_abort(struct scratch_script *s)
{
    const unsigned purposes = s->plain ? FOR_CREATE : ALL;
    struct backend_conn *c = s->session->conn;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    const struct slice *row = NULL;
    if (!s->sent || (s->plain && on_mariadb(s)) || backend_is_lost(c) ||
        !status_is_ok(backend_query(c, SLICE("SELECT @_allium_0"), BACKEND_STORE, &r, NULL)) ||
        !status_is_ok(backend_result_next(r, &row, NULL)) || !row || slice_is_null(row[0])) {
        return;
    }
    append_restore(s, purposes, &sql);
    struct status ignored = backend_exec(c, buf_slice(&sql), NULL, NULL);
    (void) ignored;
}

struct status
scratch_script_flush(struct scratch_script *s, struct diag *d)
{
    struct status st = buf_status(&s->sql);
    if (status_is_ok(st) && s->sql.len) {
        s->sent = true;
        st = backend_exec(s->session->conn, buf_slice(&s->sql), NULL, d);
    }
    buf_clear(&s->sql);
    if (!status_is_ok(st)) {
        scratch_script_abort(s);
    }
    return st;
}

struct status
scratch_script_run(struct scratch_script *s, struct diag *d)
{
    if (!s->plain) {
        append_restore(s, ALL, &s->sql);
    }
    return scratch_script_flush(s, d);
}
