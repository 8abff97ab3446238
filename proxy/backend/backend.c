/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client library behind backend.h. Rules that keep both libraries happy:
 *  - their booleans differ (my_bool, bool): `lib_bool` is whatever MYSQL_BIND uses;
 *  - TLS modes differ: set_tls_mode has one version for each;
 *  - long data must be sent between bind and execute, so it is kept until then.
 */
#include "proxy/backend/backend.h"

#include <assert.h>
#include <mysql.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "proxy/backend/backend_priv.h"
#include "proxy/backend/temporal_priv.h"

#define INFILE_REFUSED   2068
#define LOST_LOCALLY     2013u
#define COLUMNS_CHANGED  2057u
#define MAX_PACKET       (1ul << 30)
#define LONG_DATA_CHUNK  (1u << 20)
#define CELL_INITIAL_CAP 64u
#define INFO_MAX         192u
#define STATE_CHANGED    0x4000u
#define NUM_COLUMN_FLAG  32768u /* set by the libraries, not by the server */

typedef __typeof__(*((MYSQL_BIND *) NULL)->is_null) lib_bool;

struct backend_conn {
    MYSQL *mysql;
    struct backend_params params;
    struct backend_result *stream; /* unread rows on the wire, or NULL */
    void *owner;
    enum backend_flavour flavour;
    uint32_t version_number;
    bool lost, db_changed;
    const struct backend_infile *infile;
    struct slice infile_rest;
    struct status infile_status; /* of the callbacks, during a statement */
    struct diag infile_diag;
    char version[96];
    char set_names[160]; /* what the handshake set; a reset gives the server's global one instead */
};

/* Where a result cell of an executed statement lands. */
struct cell_slot {
    union {
        uint8_t fixed[8];
        MYSQL_TIME time;
    } u;
    uint8_t temporal[BACKEND_TEMPORAL_MAX];
    uint8_t *bytes; /* malloc'ed, cap */
    unsigned long cap, length;
    lib_bool is_null, error;
};

struct param_slot {
    union {
        uint8_t fixed[8];
        MYSQL_TIME time;
    } u;
    unsigned long length;
    lib_bool is_null;
    struct buf long_data;
    bool has_long_data;
};

struct backend_stmt {
    struct backend_conn *conn;
    MYSQL_STMT *stmt;
    MYSQL_RES *meta; /* owns the names that columns borrow */
    struct backend_result *open;
    size_t n_params, n_columns, slots_cap;
    struct wire_column *columns;
    MYSQL_BIND *param_binds, *cell_binds;
    struct param_slot *params;
    struct cell_slot *slots;
};

struct backend_result {
    struct backend_conn *conn;
    struct backend_stmt *stmt; /* NULL: text */
    MYSQL_RES *res;            /* text rows */
    enum backend_mode mode;
    bool done; /* no unread rows */
    size_t n_columns, cells_cap;
    struct wire_column *columns; /* owned when text, the statement's when binary */
    struct slice *cells;
    struct backend_summary summary;
    char info[INFO_MAX];
};

/* ---- failures ---- */

/* Numbers that a server sends just before it closes the connection. */
static bool
is_farewell(unsigned number)
{
    static const unsigned farewells[] = {1053, 1152, 1153, 1156, 1158, 1159,
                                         1160, 1161, 1927, 3169, 4031};
    for (size_t i = 0; i < sizeof(farewells) / sizeof(farewells[0]); i++) {
        if (farewells[i] == number) {
            return true;
        }
    }
    return false;
}

/* Errors that the library reports about our use of it, the connection being sound. */
static bool
is_misuse(unsigned number)
{
    return number == 2014 || (number >= 2029 && number <= 2036) || number == 2050 || number == 2051;
}

static struct status
fail_lost(struct backend_conn *c, struct diag *d, unsigned number, const char *text)
{
    c->lost = true;
    const enum status_code code = c->params.lost_code ? c->params.lost_code : STATUS_UPSTREAM_LOST;
    if (code == STATUS_UPSTREAM_LOST && number < 2000) {
        diag_set_sql(d, code, number, "08S01", "%s", text);
    } else if (code == STATUS_UPSTREAM_LOST) {
        diag_set_sql(d, code, LOST_LOCALLY, "HY000", "Lost connection to the database server");
    } else {
        diag_set(d, code, "%s", status_info_get(code)->text);
    }
    return status_raise(code, __FILE__, __LINE__);
}

static struct status
fail_with(struct backend_conn *c, struct diag *d, unsigned number, const char *state,
          const char *text)
{
    if (number == 0 || is_misuse(number)) {
        FAIL(d, BUG, "client library: %u %s", number, text);
    }
    if (number == 2008) {
        c->lost = true; /* mid-packet, perhaps */
        RAISE(NO_MEMORY);
    }
    if (number == COLUMNS_CHANGED) {
        c->lost = true; /* rows that nobody can read are on the wire */
        RAISE(CATALOG_CHANGED);
    }
    if ((number >= 2000 && number < 3000) || (number >= 5000 && number < 6000) ||
        is_farewell(number)) {
        return fail_lost(c, d, number, text);
    }
    diag_set_sql(d, STATUS_UPSTREAM_SQL, number, state, "%s", text);
    return status_raise(STATUS_UPSTREAM_SQL, __FILE__, __LINE__);
}

static struct status
fail_conn(struct backend_conn *c, struct diag *d)
{
    return fail_with(c, d, mysql_errno(c->mysql), mysql_sqlstate(c->mysql), mysql_error(c->mysql));
}

static struct status
fail_stmt(struct backend_stmt *s, struct diag *d)
{
    const unsigned number = mysql_stmt_errno(s->stmt);
    if (number == 0) {
        return fail_conn(s->conn, d);
    }
    return fail_with(s->conn, d, number, mysql_stmt_sqlstate(s->stmt), mysql_stmt_error(s->stmt));
}

/* Before anything is sent: the connection must live and have no unread rows. */
static struct status
check_ready(struct backend_conn *c, struct diag *d)
{
    if (c->lost) {
        return fail_lost(c, d, LOST_LOCALLY, "");
    }
    if (c->stream) {
        FAIL(d, BUG, "a streaming result is still open on this connection");
    }
    return OK;
}

/* ---- connections ---- */

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static bool library_failed;

static void
library_init(void)
{
    /* A peer that goes away must be an error code, also inside the TLS library. */
    signal(SIGPIPE, SIG_IGN);
    library_failed = mysql_library_init(0, NULL, NULL) != 0;
}

struct status
backend_global_init(void)
{
    pthread_once(&library_once, library_init);
    if (library_failed) {
        RAISE(STARTUP);
    }
    return OK;
}

void
backend_global_deinit(void)
{
    mysql_library_end();
}

void
backend_thread_deinit(void)
{
    mysql_thread_end();
}

/* ---- LOCAL INFILE: the library's four callbacks around backend_infile's two ---- */

static struct status
refuse_infile(struct diag *d)
{
    FAIL(d, POLICY, "LOAD DATA LOCAL INFILE is refused on this connection");
}

static int
infile_init(void **state, const char *filename, void *ctx)
{
    struct backend_conn *c = ctx;
    *state = c;
    c->infile_rest = SLICE_NULL;
    c->infile_status = OK;
    diag_clear(&c->infile_diag);
    c->infile_status =
        c->infile ? c->infile->open(c->infile->ctx, slice_of_str(filename), &c->infile_diag)
                  : refuse_infile(&c->infile_diag);
    return status_is_ok(c->infile_status) ? 0 : 1;
}

static int
infile_read(void *state, char *out, unsigned len)
{
    struct backend_conn *c = state;
    if (c->infile_rest.len == 0) {
        c->infile_status = c->infile->read(c->infile->ctx, &c->infile_rest, &c->infile_diag);
        if (!status_is_ok(c->infile_status)) {
            return -1;
        }
    }
    const struct slice chunk = slice_sub(c->infile_rest, 0, len);
    mem_copy(out, chunk.data, chunk.len);
    c->infile_rest = slice_from(c->infile_rest, chunk.len);
    return (int) chunk.len;
}

static void
infile_end(void *state)
{
}

static int
infile_error(void *state, char *out, unsigned len)
{
    if (len) {
        out[0] = '\0';
    }
    return INFILE_REFUSED;
}

void
backend_set_infile(struct backend_conn *c, const struct backend_infile *infile)
{
    c->infile = infile;
}

#ifdef LIBMARIADB
/* libmariadb verifies chain and name together, and goes on in plaintext when a server has no TLS:
 * open_checked looks at the outcome. */
static void
set_tls_mode(MYSQL *m, enum backend_tls tls)
{
    const lib_bool on = 1;
    const lib_bool verify = tls >= BACKEND_TLS_VERIFY_CA;
    if (tls != BACKEND_TLS_DISABLED) {
        mysql_options(m, MYSQL_OPT_SSL_ENFORCE, &on);
        mysql_options(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    }
}
#else
static void
set_tls_mode(MYSQL *m, enum backend_tls tls)
{
    static const unsigned modes[] = {
        [BACKEND_TLS_PREFERRED] = SSL_MODE_PREFERRED,
        [BACKEND_TLS_DISABLED] = SSL_MODE_DISABLED,
        [BACKEND_TLS_REQUIRED] = SSL_MODE_REQUIRED,
        [BACKEND_TLS_VERIFY_CA] = SSL_MODE_VERIFY_CA,
        [BACKEND_TLS_VERIFY_IDENTITY] = SSL_MODE_VERIFY_IDENTITY,
    };
    const lib_bool fetch_key = tls < BACKEND_TLS_REQUIRED;
    mysql_options(m, MYSQL_OPT_SSL_MODE, &modes[tls]);
    mysql_options(m, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &fetch_key);
}
#endif

static enum backend_tls
effective_tls(const struct backend_params *p)
{
    return p->socket && p->tls == BACKEND_TLS_PREFERRED ? BACKEND_TLS_DISABLED : p->tls;
}

static void
set_seconds(MYSQL *m, enum mysql_option option, uint32_t ms)
{
    const unsigned seconds = (ms + 999) / 1000;
    if (seconds) {
        mysql_options(m, option, &seconds);
    }
}

static void
set_options(MYSQL *m, const struct backend_params *p)
{
    const unsigned infile = p->local_infile;
    const unsigned protocol = p->socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    const unsigned long max_packet = MAX_PACKET;
    mysql_options(m, MYSQL_OPT_LOCAL_INFILE, &infile);
    mysql_options(m, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(m, MYSQL_OPT_MAX_ALLOWED_PACKET, &max_packet);
    mysql_options(m, MYSQL_SET_CHARSET_NAME, p->charset ? p->charset : "utf8mb4");
    set_seconds(m, MYSQL_OPT_CONNECT_TIMEOUT, p->connect_timeout_ms);
    set_seconds(m, MYSQL_OPT_READ_TIMEOUT, p->read_timeout_ms);
    set_seconds(m, MYSQL_OPT_WRITE_TIMEOUT, p->write_timeout_ms);
    if (p->tls_ca) {
        mysql_options(m, MYSQL_OPT_SSL_CA, p->tls_ca);
    }
    if (p->tls_cert) {
        mysql_options(m, MYSQL_OPT_SSL_CERT, p->tls_cert);
    }
    if (p->tls_key) {
        mysql_options(m, MYSQL_OPT_SSL_KEY, p->tls_key);
    }
    set_tls_mode(m, effective_tls(p));
    mysql_options(m, MYSQL_OPT_CONNECT_ATTR_RESET, NULL);
    mysql_options4(m, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name",
                   p->program_name ? p->program_name : "alliumd");
}

/* "5.5.5-10.11.19-MariaDB-…" (older libraries leave the prefix) or "9.7.4". */
static void
read_version(struct backend_conn *c)
{
    const char *v = mysql_get_server_info(c->mysql);
    struct slice s = slice_of_str(v ? v : "");
    c->flavour = v && strstr(v, "MariaDB") ? BACKEND_MARIADB : BACKEND_MYSQL;
    if (c->flavour == BACKEND_MARIADB && slice_starts_with(s, SLICE("5.5.5-"))) {
        s = slice_from(s, 6);
    }
    s.len = s.len < sizeof(c->version) ? s.len : sizeof(c->version) - 1;
    mem_copy(c->version, s.data, s.len);
    c->version[s.len] = '\0';
    uint32_t part[3] = {0};
    const char *at = c->version;
    for (size_t i = 0; i < 3; i++) {
        char *end = NULL;
        part[i] = (uint32_t) strtoul(at, &end, 10);
        at = *end == '.' ? end + 1 : end;
    }
    c->version_number = part[0] * 10000 + part[1] * 100 + part[2];
}

static void
read_charset(struct backend_conn *c)
{
    MY_CHARSET_INFO info = {0};
    mysql_get_character_set_info(c->mysql, &info);
    snprintf(c->set_names, sizeof(c->set_names), "SET NAMES '%s' COLLATE '%s'", info.csname,
             info.name);
}

static struct status
fail_connect(const struct backend_conn *c, struct diag *d)
{
    const unsigned number = mysql_errno(c->mysql);
    if (number == 1040 || number == 1044 || number == 1049 || number == 1203) {
        diag_set_sql(d, STATUS_UPSTREAM_SQL, number, mysql_sqlstate(c->mysql), "%s",
                     mysql_error(c->mysql));
        return status_raise(STATUS_UPSTREAM_SQL, __FILE__, __LINE__);
    }
    /* The text may name the proxy's account: for the log, not for the client. */
    log_warn(&log_process, "backend.connect", "%s:%u: %u %s",
             c->params.socket ? c->params.socket : c->params.host, c->params.port, number,
             mysql_error(c->mysql));
    if (number < 2000) {
        FAIL(d, UPSTREAM_REFUSED, "the database server refuses the proxy's account (error %u)",
             number);
    }
    FAIL(d, UPSTREAM_DOWN, "the database server cannot be reached (error %u)", number);
}

static struct status
run_init_sql(struct backend_conn *c, struct diag *d)
{
    return c->params.init_sql ? backend_exec_str(c, c->params.init_sql, d) : OK;
}

struct status
backend_connect(struct backend_conn **out, const struct backend_params *params, struct diag *d)
{
    TRY(backend_global_init());
    CLEANUP(backend_close_cleanup) struct backend_conn *c = calloc(1, sizeof(*c));
    if (!c || !(c->mysql = mysql_init(NULL))) {
        RAISE(NO_MEMORY);
    }
    c->params = *params;
    set_options(c->mysql, params);
    mysql_set_local_infile_handler(c->mysql, infile_init, infile_read, infile_end, infile_error, c);
    const unsigned long flags =
        CLIENT_MULTI_RESULTS | (params->found_rows ? (unsigned long) CLIENT_FOUND_ROWS : 0) |
        (params->multi_statements ? (unsigned long) CLIENT_MULTI_STATEMENTS : 0);
    if (!mysql_real_connect(c->mysql, params->socket ? NULL : params->host, params->user,
                            params->password, params->database, params->port, params->socket,
                            flags)) {
        return fail_connect(c, d);
    }
    if (effective_tls(params) >= BACKEND_TLS_REQUIRED && !mysql_get_ssl_cipher(c->mysql)) {
        FAIL(d, UPSTREAM_DOWN, "the database server does not offer TLS");
    }
    read_version(c);
    read_charset(c);
    TRY(run_init_sql(c, d));
    *out = STEAL(c);
    return OK;
}

struct backend_conn *
backend_close(struct backend_conn *c)
{
    if (c) {
        assert(!c->stream);
        if (c->mysql) {
            mysql_close(c->mysql);
        }
        free(c);
    }
    return NULL;
}

void **
backend_owner(struct backend_conn *c)
{
    return &c->owner;
}

enum backend_flavour
backend_flavour(const struct backend_conn *c)
{
    return c->flavour;
}

const char *
backend_version(const struct backend_conn *c)
{
    return c->version;
}

uint32_t
backend_version_number(const struct backend_conn *c)
{
    return c->version_number;
}

uint64_t
backend_thread_id(const struct backend_conn *c)
{
    return mysql_thread_id(c->mysql);
}

bool
backend_is_lost(const struct backend_conn *c)
{
    return c->lost;
}

bool
backend_is_closed(const struct backend_conn *c)
{
    struct pollfd fd = {.fd = c->mysql->net.fd, .events = POLLRDHUP};
    return c->lost || poll(&fd, 1, 0) > 0;
}

uint16_t
backend_server_status(const struct backend_conn *c)
{
    return (uint16_t) c->mysql->server_status;
}

const char *
backend_tls_cipher(const struct backend_conn *c)
{
    return mysql_get_ssl_cipher(c->mysql);
}

struct status
backend_ping(struct backend_conn *c, struct diag *d)
{
    TRY(check_ready(c, d));
    return mysql_ping(c->mysql) ? fail_conn(c, d) : OK;
}

struct status
backend_init_db(struct backend_conn *c, struct slice db, struct diag *d)
{
    TRY(check_ready(c, d));
    CLEANUP(free_cleanup) char *name = mem_strdup(db);
    if (!name) {
        RAISE(NO_MEMORY);
    }
    if (mysql_select_db(c->mysql, name)) {
        return fail_conn(c, d);
    }
    c->db_changed = true;
    return OK;
}

struct status
backend_reset(struct backend_conn *c, struct diag *d)
{
    TRY(check_ready(c, d));
    const struct backend_params *p = &c->params;
    c->infile = NULL;
    if (c->db_changed) {
        /* COM_RESET_CONNECTION keeps the current database; only a new login can have none. */
        if (mysql_change_user(c->mysql, p->user, p->password, p->database)) {
            return fail_conn(c, d);
        }
        c->db_changed = false;
    } else {
        if (mysql_reset_connection(c->mysql)) {
            return fail_conn(c, d);
        }
    }
    TRY(backend_exec_str(c, c->set_names, d));
    return run_init_sql(c, d);
}

struct status
backend_kill(const struct backend_params *params, uint64_t thread_id, enum backend_kill what,
             struct diag *d)
{
    struct backend_params p = *params;
    p.init_sql = NULL;
    CLEANUP(backend_close_cleanup) struct backend_conn *c = NULL;
    TRY(backend_connect(&c, &p, d));
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, what == BACKEND_KILL_QUERY ? "KILL QUERY " : "KILL CONNECTION ");
    buf_append_u64_dec(&sql, thread_id);
    TRY(buf_status(&sql));
    struct diag own = DIAG_INIT;
    const struct status s = backend_exec(c, buf_slice(&sql), NULL, &own);
    if (s.code == STATUS_UPSTREAM_SQL && own.mysql_errno == 1094) {
        return OK; /* gone already */
    }
    if (!status_is_ok(s) && d) {
        *d = own;
    }
    return s;
}

/* ---- results ---- */

static void
column_of_field(struct wire_column *out, const MYSQL_FIELD *f)
{
    *out = (struct wire_column){
        .schema = slice_of(f->db ? f->db : "", f->db_length),
        .table = slice_of(f->table ? f->table : "", f->table_length),
        .org_table = slice_of(f->org_table ? f->org_table : "", f->org_table_length),
        .name = slice_of(f->name ? f->name : "", f->name_length),
        .org_name = slice_of(f->org_name ? f->org_name : "", f->org_name_length),
        .charset = (uint16_t) f->charsetnr,
        .length = (uint32_t) f->length,
        .type = (uint8_t) f->type,
        .flags = (uint16_t) (IS_NUM(f->type) ? f->flags & ~NUM_COLUMN_FLAG : f->flags),
        .decimals = (uint8_t) f->decimals,
    };
}

static struct wire_column *
columns_of(MYSQL_RES *res, size_t n)
{
    struct wire_column *columns = calloc(n ? n : 1, sizeof(*columns));
    const MYSQL_FIELD *fields = mysql_fetch_fields(res);
    for (size_t i = 0; columns && i < n; i++) {
        column_of_field(&columns[i], &fields[i]);
    }
    return columns;
}

/* What the library holds about the last OK or EOF packet. */
static void
note_summary(struct backend_result *r)
{
    MYSQL *m = r->conn->mysql;
    r->summary.warnings = (uint16_t) mysql_warning_count(m);
    r->summary.status = (uint16_t) m->server_status;
    if (r->n_columns) {
        return;
    }
    r->summary.affected_rows =
        r->stmt ? mysql_stmt_affected_rows(r->stmt->stmt) : mysql_affected_rows(m);
    r->summary.insert_id = r->stmt ? mysql_stmt_insert_id(r->stmt->stmt) : mysql_insert_id(m);
    struct slice info = slice_of_str(mysql_info(m));
    if (!slice_is_null(info)) {
        info.len = info.len < INFO_MAX ? info.len : INFO_MAX;
        mem_copy(r->info, info.data, info.len);
        r->summary.info = slice_of(r->info, info.len);
    }
    const char *db;
    size_t len;
    if ((m->server_status & STATE_CHANGED) &&
        mysql_session_track_get_first(m, SESSION_TRACK_SCHEMA, &db, &len) == 0) {
        r->conn->db_changed = true;
    }
}

static void
set_done(struct backend_result *r)
{
    r->done = true;
    if (r->conn->stream == r) {
        r->conn->stream = NULL;
    }
    note_summary(r);
}

static struct status
grow_cells(struct backend_result *r)
{
    if (r->n_columns > r->cells_cap) {
        struct slice *cells = reallocarray(r->cells, r->n_columns, sizeof(*cells));
        if (!cells) {
            RAISE(NO_MEMORY);
        }
        r->cells = cells;
        r->cells_cap = r->n_columns;
    }
    return OK;
}

/* The answer to a text statement has begun to arrive: takes its head, and its rows when stored. */
static struct status
begin_text(struct backend_result *r, struct diag *d)
{
    MYSQL *m = r->conn->mysql;
    r->n_columns = mysql_field_count(m);
    r->summary = (struct backend_summary){0};
    if (r->n_columns == 0) {
        set_done(r);
        return OK;
    }
    r->res = r->mode == BACKEND_STORE ? mysql_store_result(m) : mysql_use_result(m);
    if (!r->res) {
        return fail_conn(r->conn, d);
    }
    r->done = false;
    if (r->mode == BACKEND_STORE) {
        set_done(r);
    } else {
        r->conn->stream = r;
    }
    r->columns = columns_of(r->res, r->n_columns);
    if (!r->columns) {
        RAISE(NO_MEMORY);
    }
    return grow_cells(r);
}

static void
drop_text(struct backend_result *r)
{
    if (r->res) {
        mysql_free_result(r->res); /* reads off what is unread */
        r->res = NULL;
    }
    free(r->columns);
    r->columns = NULL;
}

/* The callback's own failure is the statement's, whatever the server made of the data so far. */
static struct status
fail_infile(struct backend_conn *c, struct diag *d)
{
    const struct status st = c->infile_status;
    c->infile_status = OK;
    if (d) {
        *d = c->infile_diag;
    }
    return st;
}

struct status
backend_query(struct backend_conn *c, struct slice sql, enum backend_mode mode,
              struct backend_result **out, struct diag *d)
{
    TRY(check_ready(c, d));
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = calloc(1, sizeof(*r));
    if (!r) {
        RAISE(NO_MEMORY);
    }
    r->conn = c;
    r->mode = mode;
    r->done = true;
    const bool failed = mysql_real_query(c->mysql, (const char *) sql.data, sql.len) != 0;
    if (!status_is_ok(c->infile_status)) {
        return fail_infile(c, d);
    }
    if (failed) {
        return fail_conn(c, d);
    }
    TRY(begin_text(r, d));
    *out = STEAL(r);
    return OK;
}

struct status
backend_exec(struct backend_conn *c, struct slice sql, struct backend_summary *summary,
             struct diag *d)
{
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    TRY(backend_query(c, sql, BACKEND_STREAM, &r, d));
    for (;;) {
        const struct slice *row;
        do {
            TRY(backend_result_next(r, &row, d));
        } while (row);
        if (!backend_result_has_more(r)) {
            break;
        }
        TRY(backend_result_advance(r, d));
    }
    if (summary) {
        *summary = r->summary;
        summary->info = SLICE_NULL;
    }
    return OK;
}

struct status
backend_exec_str(struct backend_conn *c, const char *sql, struct diag *d)
{
    return backend_exec(c, slice_of_str(sql), NULL, d);
}

size_t
backend_result_n_columns(const struct backend_result *r)
{
    return r->n_columns;
}

const struct wire_column *
backend_result_columns(const struct backend_result *r)
{
    return r->columns;
}

bool
backend_result_is_binary(const struct backend_result *r)
{
    return r->stmt != NULL;
}

uint64_t
backend_result_n_rows(const struct backend_result *r)
{
    if (r->n_columns == 0) {
        return 0;
    }
    return r->stmt ? mysql_stmt_num_rows(r->stmt->stmt) : mysql_num_rows(r->res);
}

const struct backend_summary *
backend_result_summary(const struct backend_result *r)
{
    return &r->summary;
}

bool
backend_result_has_more(const struct backend_result *r)
{
    return !r->conn->lost && r->done && mysql_more_results(r->conn->mysql);
}

static struct status
next_text(struct backend_result *r, const struct slice **row, struct diag *d)
{
    MYSQL_ROW cells = mysql_fetch_row(r->res);
    if (!cells) {
        if (r->mode == BACKEND_STREAM && !r->done) {
            const bool failed = mysql_errno(r->conn->mysql) != 0;
            set_done(r);
            if (failed) {
                return fail_conn(r->conn, d);
            }
        }
        *row = NULL;
        return OK;
    }
    const unsigned long *lengths = mysql_fetch_lengths(r->res);
    for (size_t i = 0; i < r->n_columns; i++) {
        r->cells[i] = slice_of(cells[i], cells[i] ? lengths[i] : 0);
    }
    *row = r->cells;
    return OK;
}

/* ---- prepared statements ---- */

static bool
is_date_type(enum enum_field_types t)
{
    return t == MYSQL_TYPE_DATE || t == MYSQL_TYPE_DATETIME || t == MYSQL_TYPE_TIMESTAMP ||
           t == MYSQL_TYPE_NEWDATE;
}

/* Bytes of a fixed-width binary cell; 0 for everything else. */
static size_t
fixed_width(enum enum_field_types t)
{
    switch ((int) t) {
    case MYSQL_TYPE_TINY:
        return 1;
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
        return 2;
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_FLOAT:
        return 4;
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_DOUBLE:
        return 8;
    default:
        return 0;
    }
}

/* (Re)reads the statement's result columns; the server may send new ones with each execution. */
static struct status
read_columns(struct backend_stmt *s)
{
    if (s->meta) {
        mysql_free_result(s->meta);
        s->meta = NULL;
    }
    free(s->columns);
    s->columns = NULL;
    s->n_columns = mysql_stmt_field_count(s->stmt);
    if (s->n_columns == 0) {
        return OK;
    }
    s->meta = mysql_stmt_result_metadata(s->stmt);
    if (!s->meta || !(s->columns = columns_of(s->meta, s->n_columns))) {
        RAISE(NO_MEMORY);
    }
    if (s->n_columns > s->slots_cap) {
        struct cell_slot *slots = reallocarray(s->slots, s->n_columns, sizeof(*slots));
        s->slots = slots ? slots : s->slots;
        MYSQL_BIND *binds = reallocarray(s->cell_binds, s->n_columns, sizeof(*binds));
        s->cell_binds = binds ? binds : s->cell_binds;
        if (!slots || !binds) {
            RAISE(NO_MEMORY);
        }
        mem_zero(slots + s->slots_cap, (s->n_columns - s->slots_cap) * sizeof(*slots));
        s->slots_cap = s->n_columns;
    }
    return OK;
}

static struct status
new_params(struct backend_stmt *s)
{
    s->n_params = mysql_stmt_param_count(s->stmt);
    s->params = calloc(s->n_params + 1, sizeof(*s->params));
    s->param_binds = calloc(s->n_params + 1, sizeof(*s->param_binds));
    if (!s->params || !s->param_binds) {
        s->n_params = 0;
        RAISE(NO_MEMORY);
    }
    return OK;
}

struct status
backend_prepare(struct backend_conn *c, struct slice sql, struct backend_stmt **out, struct diag *d)
{
    TRY(check_ready(c, d));
    CLEANUP(backend_stmt_close_cleanup) struct backend_stmt *s = calloc(1, sizeof(*s));
    if (!s || !(s->stmt = mysql_stmt_init(c->mysql))) {
        RAISE(NO_MEMORY);
    }
    s->conn = c;
    if (mysql_stmt_prepare(s->stmt, (const char *) sql.data, sql.len)) {
        return fail_stmt(s, d);
    }
    TRY(new_params(s));
    TRY(read_columns(s));
    *out = STEAL(s);
    return OK;
}

struct backend_stmt *
backend_stmt_close(struct backend_stmt *s)
{
    if (!s) {
        return NULL;
    }
    assert(!s->open);
    if (s->meta) {
        mysql_free_result(s->meta);
    }
    if (s->stmt) {
        mysql_stmt_close(s->stmt);
    }
    for (size_t i = 0; i < s->n_params; i++) {
        buf_deinit(&s->params[i].long_data);
    }
    for (size_t i = 0; i < s->slots_cap; i++) {
        free(s->slots[i].bytes);
    }
    free(s->columns);
    free(s->slots);
    free(s->cell_binds);
    free(s->params);
    free(s->param_binds);
    free(s);
    return NULL;
}

size_t
backend_stmt_n_params(const struct backend_stmt *s)
{
    return s->n_params;
}

size_t
backend_stmt_n_columns(const struct backend_stmt *s)
{
    return s->n_columns;
}

const struct wire_column *
backend_stmt_columns(const struct backend_stmt *s)
{
    return s->columns;
}

struct status
backend_stmt_long_data(struct backend_stmt *s, unsigned index, struct slice data, struct diag *d)
{
    if (index >= s->n_params) {
        FAIL(d, BUG, "parameter %u of %zu", index, s->n_params);
    }
    s->params[index].has_long_data = true;
    buf_append_slice(&s->params[index].long_data, data);
    return buf_status(&s->params[index].long_data);
}

static void
drop_long_data(struct backend_stmt *s)
{
    for (size_t i = 0; i < s->n_params; i++) {
        if (s->params[i].has_long_data) {
            buf_deinit(&s->params[i].long_data);
            s->params[i].has_long_data = false;
        }
    }
}

static bool
bind_temporal(struct param_slot *slot, enum enum_field_types type, struct slice body)
{
    struct backend_temporal t;
    const bool is_time = type == MYSQL_TYPE_TIME;
    if (!(is_time ? backend_temporal_get_time(body, &t)
                  : backend_temporal_get_datetime(body, &t))) {
        return false;
    }
    slot->u.time = (MYSQL_TIME){
        .year = t.year,
        .month = t.month,
        .day = t.day,
        .hour = t.hour,
        .minute = t.minute,
        .second = t.second,
        .second_part = t.micros,
        .neg = t.negative,
        .time_type = is_time                   ? MYSQL_TIMESTAMP_TIME
                     : type == MYSQL_TYPE_DATE ? MYSQL_TIMESTAMP_DATE
                                               : MYSQL_TIMESTAMP_DATETIME,
    };
    return true;
}

/* The type that both libraries accept for a parameter and that travels as the same bytes. */
static enum enum_field_types
param_type(enum enum_field_types t)
{
    switch ((int) t) {
    case MYSQL_TYPE_YEAR:
        return MYSQL_TYPE_SHORT;
    case MYSQL_TYPE_INT24:
        return MYSQL_TYPE_LONG;
    case MYSQL_TYPE_NEWDATE:
        return MYSQL_TYPE_DATE;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
        return MYSQL_TYPE_NEWDECIMAL;
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB:
    case MYSQL_TYPE_BIT:
    case MYSQL_TYPE_GEOMETRY:
        return MYSQL_TYPE_BLOB;
    default:
        return fixed_width(t) || is_date_type(t) || t == MYSQL_TYPE_TIME ||
                       t == MYSQL_TYPE_VAR_STRING
                   ? t
                   : MYSQL_TYPE_STRING;
    }
}

static struct status
bind_param(struct backend_stmt *s, size_t i, const struct backend_param *p, struct diag *d)
{
    struct param_slot *slot = &s->params[i];
    MYSQL_BIND *b = &s->param_binds[i];
    const enum enum_field_types type = param_type((enum enum_field_types) p->type);
    const size_t width = fixed_width(type);
    mem_zero(b, sizeof(*b));
    b->buffer_type = type;
    b->is_unsigned = p->is_unsigned;
    b->is_null = &slot->is_null;
    b->length = &slot->length;
    b->buffer = slot->u.fixed;
    slot->is_null = 0;
    slot->length = 0;
    if (p->is_long_data && slot->has_long_data) {
        const bool text = type == MYSQL_TYPE_STRING || type == MYSQL_TYPE_VAR_STRING;
        b->buffer_type = text ? type : MYSQL_TYPE_BLOB;
    } else if (p->type == MYSQL_TYPE_NULL || slice_is_null(p->value)) {
        slot->is_null = 1;
    } else if (width) {
        if (p->value.len != width) {
            FAIL(d, PROTOCOL, "parameter %zu: %zu bytes for a type of %zu", i, p->value.len, width);
        }
        mem_copy(slot->u.fixed, p->value.data, width);
    } else if (is_date_type(type) || type == MYSQL_TYPE_TIME) {
        if (!bind_temporal(slot, type, p->value)) {
            FAIL(d, PROTOCOL, "parameter %zu: malformed temporal value", i);
        }
        slot->length = sizeof(MYSQL_TIME);
        b->buffer_length = sizeof(MYSQL_TIME);
    } else {
        b->buffer = (void *) p->value.data;
        b->buffer_length = p->value.len;
        slot->length = p->value.len;
    }
    return OK;
}

static struct status
send_long_data(struct backend_stmt *s, struct diag *d)
{
    for (size_t i = 0; i < s->n_params; i++) {
        struct slice rest = buf_slice(&s->params[i].long_data);
        if (!s->params[i].has_long_data) {
            continue;
        }
        do {
            const struct slice chunk = slice_sub(rest, 0, LONG_DATA_CHUNK);
            rest = slice_from(rest, chunk.len);
            if (mysql_stmt_send_long_data(s->stmt, (unsigned) i,
                                          chunk.len ? (const char *) chunk.data : "", chunk.len)) {
                return fail_stmt(s, d);
            }
        } while (rest.len);
    }
    drop_long_data(s);
    return OK;
}

static struct status
bind_params(struct backend_stmt *s, const struct backend_param *params, struct diag *d)
{
    for (size_t i = 0; i < s->n_params; i++) {
        TRY(bind_param(s, i, &params[i], d));
    }
    if (s->n_params && mysql_stmt_bind_param(s->stmt, s->param_binds)) {
        return fail_stmt(s, d);
    }
    return send_long_data(s, d);
}

static struct status
bind_cells(struct backend_stmt *s, struct diag *d)
{
    mem_zero(s->cell_binds, s->n_columns * sizeof(*s->cell_binds));
    for (size_t i = 0; i < s->n_columns; i++) {
        struct cell_slot *slot = &s->slots[i];
        MYSQL_BIND *b = &s->cell_binds[i];
        const enum enum_field_types type = (enum enum_field_types) s->columns[i].type;
        b->is_null = &slot->is_null;
        b->error = &slot->error;
        b->length = &slot->length;
        b->is_unsigned = (s->columns[i].flags & UNSIGNED_FLAG) != 0;
        if (fixed_width(type)) {
            b->buffer_type = type;
            b->buffer = slot->u.fixed;
            b->buffer_length = sizeof(slot->u.fixed);
        } else if (is_date_type(type) || type == MYSQL_TYPE_TIME) {
            b->buffer_type = type;
            b->buffer = &slot->u.time;
            b->buffer_length = sizeof(slot->u.time);
        } else {
            if (!slot->bytes) {
                slot->bytes = malloc(CELL_INITIAL_CAP);
                slot->cap = slot->bytes ? CELL_INITIAL_CAP : 0;
            }
            b->buffer_type = MYSQL_TYPE_BLOB;
            b->buffer = slot->bytes;
            b->buffer_length = slot->cap;
        }
    }
    return mysql_stmt_bind_result(s->stmt, s->cell_binds) ? fail_stmt(s, d) : OK;
}

/* As begin_text, for an executed statement. */
static struct status
begin_binary(struct backend_result *r, struct diag *d)
{
    struct backend_stmt *s = r->stmt;
    r->summary = (struct backend_summary){0};
    r->n_columns = mysql_stmt_field_count(s->stmt);
    if (r->n_columns == 0) {
        r->columns = NULL;
        set_done(r);
        return OK;
    }
    r->done = false;
    r->conn->stream = r;
    TRY(read_columns(s));
    r->columns = s->columns;
    TRY(grow_cells(r));
    TRY(bind_cells(s, d));
    if (r->mode == BACKEND_STORE) {
        if (mysql_stmt_store_result(s->stmt)) {
            return fail_stmt(s, d);
        }
        set_done(r);
    }
    return OK;
}

struct status
backend_stmt_execute(struct backend_stmt *s, const struct backend_param *params,
                     enum backend_mode mode, struct backend_result **out, struct diag *d)
{
    TRY(check_ready(s->conn, d));
    if (s->open) {
        FAIL(d, BUG, "the statement's last result is still open");
    }
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = calloc(1, sizeof(*r));
    if (!r) {
        RAISE(NO_MEMORY);
    }
    r->conn = s->conn;
    r->mode = mode;
    r->done = true;
    TRY(bind_params(s, params, d));
    if (mysql_stmt_execute(s->stmt)) {
        return fail_stmt(s, d);
    }
    r->stmt = s;
    s->open = r;
    TRY(begin_binary(r, d));
    *out = STEAL(r);
    return OK;
}

struct status
backend_stmt_reset(struct backend_stmt *s, struct diag *d)
{
    drop_long_data(s);
    TRY(check_ready(s->conn, d));
    return mysql_stmt_reset(s->stmt) ? fail_stmt(s, d) : OK;
}

static struct slice
cell_of_temporal(struct cell_slot *slot, enum enum_field_types type)
{
    const MYSQL_TIME *m = &slot->u.time;
    const struct backend_temporal t = {
        .negative = m->neg,
        .year = m->year,
        .month = m->month,
        .day = m->day,
        .hour = m->hour,
        .minute = m->minute,
        .second = m->second,
        .micros = (uint32_t) m->second_part,
    };
    const size_t len =
        type == MYSQL_TYPE_TIME
            ? backend_temporal_put_time(&t, slot->temporal)
            : backend_temporal_put_datetime(&t, type == MYSQL_TYPE_DATE, slot->temporal);
    return slice_of(slot->temporal, len);
}

/* The cell did not fit: makes room (for the rows to come as well) and fetches it again. */
static struct status
refetch_cell(struct backend_stmt *s, size_t i, bool *rebind, struct diag *d)
{
    struct cell_slot *slot = &s->slots[i];
    MYSQL_BIND *b = &s->cell_binds[i];
    const unsigned long want = slot->length;
    uint8_t *bytes = realloc(slot->bytes, want + want / 2);
    if (!bytes) {
        RAISE(NO_MEMORY);
    }
    slot->bytes = bytes;
    slot->cap = want + want / 2;
    b->buffer = bytes;
    b->buffer_length = slot->cap;
    *rebind = true;
    return mysql_stmt_fetch_column(s->stmt, b, (unsigned) i, 0) ? fail_stmt(s, d) : OK;
}

static struct status
take_binary_row(struct backend_result *r, struct diag *d)
{
    struct backend_stmt *s = r->stmt;
    bool rebind = false;
    for (size_t i = 0; i < r->n_columns; i++) {
        struct cell_slot *slot = &s->slots[i];
        const enum enum_field_types type = (enum enum_field_types) r->columns[i].type;
        const size_t width = fixed_width(type);
        if (slot->is_null || type == MYSQL_TYPE_NULL) {
            r->cells[i] = SLICE_NULL;
        } else if (width) {
            r->cells[i] = slice_of(slot->u.fixed, width);
        } else if (is_date_type(type) || type == MYSQL_TYPE_TIME) {
            r->cells[i] = cell_of_temporal(slot, type);
        } else {
            if (slot->length > slot->cap) {
                TRY(refetch_cell(s, i, &rebind, d));
            }
            r->cells[i] = slice_of(slot->bytes, slot->length);
        }
    }
    if (rebind && mysql_stmt_bind_result(s->stmt, s->cell_binds)) {
        return fail_stmt(s, d);
    }
    return OK;
}

static struct status
next_binary(struct backend_result *r, const struct slice **row, struct diag *d)
{
    *row = NULL;
    switch (mysql_stmt_fetch(r->stmt->stmt)) {
    case 0:
    case MYSQL_DATA_TRUNCATED:
        TRY(take_binary_row(r, d));
        *row = r->cells;
        return OK;
    case MYSQL_NO_DATA:
        if (!r->done) {
            set_done(r);
        }
        return OK;
    default:
        set_done(r);
        return fail_stmt(r->stmt, d);
    }
}

/* ---- results of either kind ---- */

struct status
backend_result_next(struct backend_result *r, const struct slice **row, struct diag *d)
{
    *row = NULL;
    if (r->n_columns == 0 || (r->done && r->mode == BACKEND_STREAM)) {
        return OK;
    }
    return r->stmt ? next_binary(r, row, d) : next_text(r, row, d);
}

static void
drop_rows(struct backend_result *r)
{
    if (!r->stmt) {
        drop_text(r);
    } else if (r->n_columns) {
        mysql_stmt_free_result(r->stmt->stmt);
    }
    r->done = true;
    if (r->conn->stream == r) {
        r->conn->stream = NULL;
    }
}

struct status
backend_result_advance(struct backend_result *r, struct diag *d)
{
    if (!r->done) {
        FAIL(d, BUG, "rows of the result before are unread");
    }
    drop_rows(r);
    r->n_columns = 0;
    if (r->stmt) {
        const int next = mysql_stmt_next_result(r->stmt->stmt);
        if (next > 0) {
            return fail_stmt(r->stmt, d);
        }
        return next < 0 ? OK : begin_binary(r, d);
    }
    const int next = mysql_next_result(r->conn->mysql);
    if (next > 0) {
        return fail_conn(r->conn, d);
    }
    return next < 0 ? OK : begin_text(r, d);
}

struct backend_result *
backend_result_free(struct backend_result *r)
{
    if (!r) {
        return NULL;
    }
    drop_rows(r);
    while (backend_result_has_more(r)) {
        if (!status_is_ok(backend_result_advance(r, NULL))) {
            break; /* an error ends the sequence */
        }
        drop_rows(r);
    }
    if (r->stmt) {
        r->stmt->open = NULL;
    }
    free(r->cells);
    free(r);
    return NULL;
}

bool
backend_track_next(struct backend_conn *c, enum backend_track type, bool restart, struct slice *out)
{
    const char *data;
    size_t len;
    const enum enum_session_state_type t = (enum enum_session_state_type) type;
    if (!(c->mysql->server_status & STATE_CHANGED)) {
        return false;
    }
    if ((restart ? mysql_session_track_get_first : mysql_session_track_get_next)(c->mysql, t, &data,
                                                                                 &len)) {
        return false;
    }
    *out = slice_of(data, len);
    return true;
}
