/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An executor with canned answers behind the real session code: what a client sends and how results
 * are framed can be tested without a database. Never part of alliumd.
 *
 * rows N | big N | len ... | sleep MS | fail | infile NAME | types | attrs | qattrs | tx on|off |
 * user | db | START.. COMMIT ROLLBACK.. SAVEPOINT.. RELEASE.. (kept) | history (tells them);
 * prepared "ins ? ?": one affected row, error 1048 for NULL in the first place. `a; b` runs both with multi-statements; prepared: `?` marks are echoed as text, `types`
 * gives binary rows.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "proxy/accounts.h"
#include "proxy/config.h"
#include "proxy/exec/exec.h"
#include "proxy/wire/protocol.h"

#define TEXTS 64

static _Thread_local struct wire_column echo_columns[256];

struct exec_shared {
    pthread_mutex_t lock;
    struct accounts *accounts;
};

struct exec_worker {
    int unused;
};

struct exec {
    struct session_info *info;
    _Atomic bool cancelled;
    uint32_t next_id;
    char *texts[TEXTS]; /* prepared, by id */
    char history[512];
    uint64_t n_inserts;
};

struct status
exec_shared_new(struct exec_shared **out, const struct config *cfg, struct diag *d)
{
    *out = calloc(1, sizeof **out);
    pthread_mutex_init(&(*out)->lock, NULL);
    return exec_shared_set_users(*out, cfg, d);
}

struct exec_shared *
exec_shared_free(struct exec_shared *s)
{
    if (s) {
        accounts_unref(s->accounts);
        free(s);
    }
    return NULL;
}

struct status
exec_shared_set_users(struct exec_shared *s, const struct config *cfg, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct account_source *rows;
    struct accounts *fresh;
    size_t n;
    TRY(accounts_of_config(a, cfg, &rows, &n, d));
    TRY(accounts_new(&fresh, rows, n, s->accounts, d));
    pthread_mutex_lock(&s->lock);
    struct accounts *old = s->accounts;
    s->accounts = fresh;
    pthread_mutex_unlock(&s->lock);
    accounts_unref(old);
    return OK;
}

struct accounts *
exec_shared_accounts(struct exec_shared *s)
{
    pthread_mutex_lock(&s->lock);
    struct accounts *a = accounts_ref(s->accounts);
    pthread_mutex_unlock(&s->lock);
    return a;
}

struct slice
exec_shared_server_version(const struct exec_shared *s)
{
    return SLICE("10.11.14-MariaDB-fake");
}

struct status
exec_operate(struct exec_shared *s, struct slice sql, struct arena *a, struct result_writer *w,
             bool *known, struct diag *d)
{
    *known = false;
    return OK;
}

bool
exec_shared_is_ready(struct exec_shared *s, struct diag *why)
{
    return true;
}

struct status
exec_worker_new(struct exec_worker **out, struct exec_shared *s, struct diag *d)
{
    *out = calloc(1, sizeof **out);
    return OK;
}

struct exec_worker *
exec_worker_free(struct exec_worker *w)
{
    free(w);
    return NULL;
}

struct status
exec_new(struct exec **out, struct exec_shared *s, struct session_info *info, struct diag *d)
{
    *out = calloc(1, sizeof **out);
    (*out)->info = info;
    return OK;
}

struct exec *
exec_free(struct exec *e)
{
    for (size_t i = 0; e && i < TEXTS; i++) {
        free(e->texts[i]);
    }
    free(e);
    return NULL;
}

void
exec_enter(struct exec *e, struct exec_worker *w)
{
}

void
exec_leave(struct exec *e)
{
}

void
exec_rest(struct exec *e)
{
}

void
exec_cancel(struct exec *e)
{
    e->cancelled = true;
}

static struct wire_column
column(const char *name, uint8_t type, uint16_t charset)
{
    return (struct wire_column){.schema = SLICE("fake"),
                                .table = SLICE("t"),
                                .org_table = SLICE("t"),
                                .name = slice_of_str(name),
                                .org_name = slice_of_str(name),
                                .charset = charset,
                                .length = 1024,
                                .type = type};
}

static struct status
one_text(struct result_writer *w, struct slice value, uint16_t flags)
{
    const struct wire_column col = column("value", MYSQL_TYPE_VAR_STRING, 45);
    TRY(result_columns(w, &col, 1));
    TRY(result_row(w, &value, 1));
    return result_end(w, flags, 0);
}

static struct status
run_rows(struct result_writer *w, uint64_t n, uint16_t flags)
{
    const struct wire_column cols[] = {column("id", MYSQL_TYPE_LONGLONG, 63),
                                       column("name", MYSQL_TYPE_VAR_STRING, 45)};
    TRY(result_columns(w, cols, 2));
    for (uint64_t i = 0; i < n; i++) {
        char id[24], name[32];
        uint8_t le[8];
        mem_put_le64(le, i);
        snprintf(id, sizeof id, "%llu", (unsigned long long) i);
        snprintf(name, sizeof name, "name-%llu", (unsigned long long) i);
        const struct slice cells[] = {w->binary ? slice_of(le, 8) : slice_of_str(id),
                                      i % 7 == 6 ? SLICE_NULL : slice_of_str(name)};
        TRY(result_row(w, cells, 2));
    }
    return result_end(w, flags, 0);
}

static struct status
run_big(struct result_writer *w, uint64_t n, uint16_t flags)
{
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    uint8_t *p = buf_extend(&b, n);
    for (uint64_t i = 0; i < n; i++) {
        p[i] = (uint8_t) ('a' + i % 26);
    }
    return one_text(w, buf_slice(&b), flags);
}

static struct status
run_types(struct result_writer *w, uint16_t flags)
{
    const struct wire_column cols[] = {
        column("tiny", MYSQL_TYPE_TINY, 63),   column("short", MYSQL_TYPE_SHORT, 63),
        column("long", MYSQL_TYPE_LONG, 63),   column("longlong", MYSQL_TYPE_LONGLONG, 63),
        column("float", MYSQL_TYPE_FLOAT, 63), column("double", MYSQL_TYPE_DOUBLE, 63),
        column("date", MYSQL_TYPE_DATE, 63),   column("dt", MYSQL_TYPE_DATETIME, 63),
        column("time", MYSQL_TYPE_TIME, 63),   column("dec", MYSQL_TYPE_NEWDECIMAL, 63),
        column("blob", MYSQL_TYPE_BLOB, 63),   column("null", MYSQL_TYPE_LONG, 63),
    };
    static const struct slice text[] = {SLICE("-1"),         SLICE("-300"),
                                        SLICE("70000"),      SLICE("-5000000000"),
                                        SLICE("1.5"),        SLICE("-2.25"),
                                        SLICE("2024-02-29"), SLICE("2024-02-29 12:34:56.000007"),
                                        SLICE("-26:01:02"),  SLICE("123.4500"),
                                        SLICE("\0\1\2"),     {NULL, 0}};
    static const struct slice binary[] = {SLICE("\xff"),
                                          SLICE("\xd4\xfe"),
                                          SLICE("\x70\x11\x01\x00"),
                                          SLICE("\x00\x0e\xfa\xd5\xfe\xff\xff\xff"),
                                          SLICE("\x00\x00\xc0\x3f"),
                                          SLICE("\x00\x00\x00\x00\x00\x00\x02\xc0"),
                                          SLICE("\xe8\x07\x02\x1d"),
                                          SLICE("\xe8\x07\x02\x1d\x0c\x22\x38\x07\x00\x00\x00"),
                                          SLICE("\x01\x01\x00\x00\x00\x02\x01\x02"),
                                          SLICE("123.4500"),
                                          SLICE("\0\1\2"),
                                          {NULL, 0}};
    TRY(result_columns(w, cols, 12));
    TRY(result_row(w, w->binary ? binary : text, 12));
    return result_end(w, flags, 0);
}

static struct status
run_attrs(struct exec *e, struct result_writer *w, uint16_t flags)
{
    const struct wire_column cols[] = {column("name", MYSQL_TYPE_VAR_STRING, 45),
                                       column("value", MYSQL_TYPE_VAR_STRING, 45)};
    struct slice cells[2];
    TRY(result_columns(w, cols, 2));
    for (size_t i = 0; session_info_attr(e->info, i, &cells[0], &cells[1]); i++) {
        TRY(result_row(w, cells, 2));
    }
    return result_end(w, flags, 0);
}

static struct status
run_query_attrs(struct exec *e, struct result_writer *w, uint16_t flags)
{
    const struct wire_column cols[] = {column("name", MYSQL_TYPE_VAR_STRING, 45),
                                       column("value", MYSQL_TYPE_VAR_STRING, 45)};
    TRY(result_columns(w, cols, 2));
    for (size_t i = 0; i < e->info->n_query_attrs; i++) {
        const struct exec_param *a = &e->info->query_attrs[i];
        const struct slice cells[] = {a->name, a->is_null ? SLICE_NULL : a->data};
        TRY(result_row(w, cells, 2));
    }
    return result_end(w, flags, 0);
}

static struct status
run_sleep(struct exec *e, struct result_writer *w, uint64_t ms, uint16_t flags, struct diag *d)
{
    e->cancelled = false;
    for (uint64_t i = 0; i < ms && !e->cancelled; i += 5) {
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    if (e->cancelled) {
        FAIL_SQL(d, 1317, "70100", "Query execution was interrupted");
    }
    return result_ok(w, &(struct result_ok){.flags = flags});
}

static struct status
run_infile(struct result_writer *w, struct slice name, uint16_t flags)
{
    struct slice chunk;
    uint64_t total = 0, sum = 0;
    char info[64];
    TRY(result_infile(w, name));
    do {
        TRY(result_infile_next(w, &chunk));
        for (size_t i = 0; i < chunk.len; i++) {
            sum += chunk.data[i];
        }
        total += chunk.len;
    } while (chunk.len);
    snprintf(info, sizeof info, "sum %llu", (unsigned long long) sum);
    return result_ok(
        w, &(struct result_ok){.affected = total, .flags = flags, .info = slice_of_str(info)});
}

static struct status
run_tx(struct exec *e, struct result_writer *w, bool on, uint16_t flags)
{
    e->info->status = (uint16_t) (on ? e->info->status | SESSION_STATUS_IN_TRANS
                                     : e->info->status & ~SESSION_STATUS_IN_TRANS);
    return result_ok(w, &(struct result_ok){.flags = flags});
}

static struct status
run_transaction(struct exec *e, struct slice sql, struct result_writer *w, uint16_t flags)
{
    const size_t n = strlen(e->history);
    snprintf(e->history + n, sizeof e->history - n, "%.*s;", SLICE_ARG(sql));
    if (slice_equal_str(sql, "START TRANSACTION")) {
        return run_tx(e, w, true, flags);
    }
    const bool ends = slice_equal_str(sql, "COMMIT") || slice_equal_str(sql, "ROLLBACK");
    return run_tx(e, w, !ends && (e->info->status & SESSION_STATUS_IN_TRANS), flags);
}

static struct status
run_one(struct exec *e, struct slice sql, struct result_writer *w, uint16_t flags, struct diag *d)
{
    char word[16] = "";
    uint64_t n = 0;
    size_t k = 0;
    while (k < sql.len && k < 15 && sql.data[k] != ' ') {
        word[k] = (char) sql.data[k];
        word[++k] = '\0';
    }
    const struct slice arg = slice_from(sql, k + 1);
    (void) slice_parse_u64(arg, &n);
    if (strcmp(word, "rows") == 0) {
        return run_rows(w, n, flags);
    }
    if (strcmp(word, "big") == 0) {
        return run_big(w, n, flags);
    }
    if (strcmp(word, "len") == 0) {
        return result_ok(w, &(struct result_ok){.affected = sql.len,
                                                .insert_id = slice_hash(sql) >> 1,
                                                .flags = flags});
    }
    if (strcmp(word, "sleep") == 0) {
        return run_sleep(e, w, n, flags, d);
    }
    if (strcmp(word, "fail") == 0) {
        FAIL_SQL(d, 1146, "42S02", "Table 'fake.fail' doesn't exist");
    }
    if (strcmp(word, "infile") == 0) {
        return run_infile(w, arg, flags);
    }
    if (strcmp(word, "types") == 0) {
        return run_types(w, flags);
    }
    if (strcmp(word, "attrs") == 0) {
        return run_attrs(e, w, flags);
    }
    if (strcmp(word, "qattrs") == 0) {
        return run_query_attrs(e, w, flags);
    }
    if (strcmp(word, "tx") == 0) {
        return run_tx(e, w, slice_equal_str(arg, "on"), flags);
    }
    if (strcmp(word, "history") == 0) {
        const struct status st = one_text(w, slice_of_str(e->history), flags);
        e->history[0] = '\0';
        return st;
    }
    if (strcmp(word, "START") == 0 || strcmp(word, "COMMIT") == 0 ||
        strcmp(word, "ROLLBACK") == 0 || strcmp(word, "SAVEPOINT") == 0 ||
        strcmp(word, "RELEASE") == 0) {
        return run_transaction(e, sql, w, flags);
    }
    if (strcmp(word, "user") == 0) {
        return one_text(w, slice_of_str(e->info->user), flags);
    }
    if (strcmp(word, "db") == 0) {
        return one_text(w, session_info_db(e->info), flags);
    }
    if (strcmp(word, "SELECT") == 0) {
        return run_rows(w, 0, flags);
    }
    return result_ok(w, &(struct result_ok){.affected = 1,
                                            .insert_id = 7,
                                            .warnings = 2,
                                            .flags = flags,
                                            .info = SLICE("Rows matched: 1")});
}

struct status
exec_query(struct exec *e, struct slice sql, struct result_writer *w, struct diag *d)
{
    while (e->info->multi_statements) {
        size_t n = 0;
        while (n < sql.len && sql.data[n] != ';') {
            n++;
        }
        if (n + 1 >= sql.len) {
            sql.len = n;
            break;
        }
        TRY(run_one(e, slice_sub(sql, 0, n), w, RESULT_MORE, d));
        sql = slice_from(sql, n + 1);
    }
    return run_one(e, sql, w, 0, d);
}

struct status
exec_init_db(struct exec *e, struct slice db, struct diag *d)
{
    if (slice_equal_str(db, "nope")) {
        FAIL_SQL(d, 1049, "42000", "Unknown database 'nope'");
    }
    return session_info_set_db(e->info, db);
}

struct status
exec_reset(struct exec *e, struct diag *d)
{
    e->info->status = SESSION_STATUS_AUTOCOMMIT;
    return OK;
}

struct status
exec_change_user(struct exec *e, struct diag *d)
{
    return exec_reset(e, d);
}

struct status
exec_prepare(struct exec *e, struct slice sql, struct exec_prepared *out, struct diag *d)
{
    static const struct wire_column col = {
        .name = SLICE("value"), .type = MYSQL_TYPE_VAR_STRING, .charset = 45, .length = 1024};
    if (slice_equal_str(sql, "fail") || e->next_id == TEXTS - 1) {
        FAIL_SQL(d, 1064, "42000", "You have an error in your SQL syntax");
    }
    *out = (struct exec_prepared){.id = ++e->next_id, .columns = &col, .n_columns = 1};
    e->texts[out->id] = mem_strdup(sql);
    for (size_t i = 0; i < sql.len && out->n_params < 256; i++) {
        if (sql.data[i] == '?') {
            echo_columns[out->n_params++] = column("?", MYSQL_TYPE_VAR_STRING, 63);
        }
    }
    out->params = echo_columns;
    return OK;
}

/* "type:hex" of every parameter. */
static struct status
echo_params(struct exec *e, const struct exec_param *p, size_t n, struct result_writer *w)
{
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        buf_printf(&b, "%s%02x%s:", i ? " " : "", p[i].type, p[i].is_unsigned ? "u" : "");
        if (p[i].is_null) {
            buf_append_str(&b, "NULL");
        } else {
            buf_append_hex(&b, p[i].data);
        }
    }
    return one_text(w, buf_slice(&b), 0);
}

struct status
exec_execute(struct exec *e, uint32_t id, const struct exec_param *params, size_t n,
             struct result_writer *w, struct diag *d)
{
    if (strncmp(e->texts[id], "ins", 3) == 0) {
        if (params[0].is_null) {
            FAIL_SQL(d, 1048, "23000", "Column 'a' cannot be null");
        }
        return result_ok(w, &(struct result_ok){.affected = 1, .insert_id = ++e->n_inserts});
    }
    if (n) {
        return echo_params(e, params, n, w);
    }
    return run_one(e, slice_of_str(e->texts[id]), w, 0, d);
}

void
exec_close_stmt(struct exec *e, uint32_t id)
{
    free(e->texts[id]);
    e->texts[id] = NULL;
}
