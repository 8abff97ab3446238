/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's life. One supervisor thread forks it (so that PDEATHSIG means the proxy), waits for
 * it, and starts it again when it dies:
 *
 *     STARTING -> READY -> DOWN -> STARTING ...        any -> STOPPING
 *
 * READY is entered after accounts are made and, from the second time on, after on_restart rebuilt
 * the mirror. Sessions carry the generation in which they were opened.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "proxy/scratch/options_priv.h"
#include "proxy/scratch/scratch_priv.h"

#define DEFAULT_START_MS 30000u
#define POLL_US          5000u
#define BACKOFF_FIRST_MS 50u
#define BACKOFF_MAX_MS   5000u
#define LOG_ID           "scratch"
#define POOL_IDLE_MAX    32 /* each is a thread of the engine */

struct status
scratch_random_hex(char *out, size_t n)
{
    uint8_t byte;
    for (size_t i = 0; i < n; i++) {
        if (getrandom(&byte, 1, 0) != 1) {
            RAISE(STARTUP);
        }
        snprintf(out + 2 * i, 3, "%02x", byte);
    }
    return OK;
}

struct status
scratch_random_password(char out[33])
{
    return scratch_random_hex(out, 16);
}

void
scratch_quote(struct buf *out, struct slice name)
{
    buf_append_u8(out, '`');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '`') {
            buf_append_u8(out, '`');
        }
        buf_append_u8(out, name.data[i]);
    }
    buf_append_u8(out, '`');
}

/* ---- starting ---- */

static uint64_t
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

static bool
is_listening(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof(addr.sun_path)) {
        return false;
    }
    mem_copy(addr.sun_path, path, strlen(path));
    const bool up = connect(fd, (struct sockaddr *) &addr, sizeof(addr)) == 0;
    close(fd);
    return up;
}

static bool
is_stopping(struct scratch *s)
{
    pthread_mutex_lock(&s->mutex);
    const bool stopping = s->stopping;
    pthread_mutex_unlock(&s->mutex);
    return stopping;
}

static void
set_child(struct scratch *s, pid_t pid, enum scratch_state state)
{
    pthread_mutex_lock(&s->mutex);
    s->pid = pid;
    s->state = state;
    if (pid && s->stopping) {
        kill(pid, SIGKILL);
    }
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mutex);
}

/* Reaps *pid and sets it to 0 when the child ended. */
static struct status
await_listening(struct scratch *s, pid_t *pid, struct diag *d)
{
    const uint64_t deadline = now_ms() + s->start_timeout_ms;
    while (!is_listening(s->dir.socket)) {
        if (scratch_process_has_ended(*pid)) {
            *pid = 0;
            return scratch_process_fail(d, s->dir.server, s->dir.log);
        }
        if (now_ms() > deadline || is_stopping(s)) {
            FAIL(d, STARTUP, "the scratch engine did not accept connections within %u ms",
                 s->start_timeout_ms);
        }
        usleep(POLL_US);
    }
    return OK;
}

/* The template's only account is root without a password, behind a directory that only we enter. */
static struct status
make_accounts(struct scratch *s, struct diag *d)
{
    static const char client[] = "'" SCRATCH_CLIENT "'@'localhost'";
    struct backend_params p = s->admin_params;
    CLEANUP(backend_close_cleanup) struct backend_conn *c = NULL;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    p.user = "root";
    p.password = "";
    TRY(backend_connect(&c, &p, d));
    const bool mariadb = backend_flavour(c) == BACKEND_MARIADB;
    if (mariadb) {
        buf_append_str(&sql, "DELETE FROM mysql.global_priv WHERE NOT (User = 'root' AND"
                             " Host = 'localhost') AND User <> 'mariadb.sys'; FLUSH PRIVILEGES; ");
    }
    buf_printf(&sql, "CREATE USER %s IDENTIFIED BY '%s'; ", client, s->client_password);
    /* ALTER VIEW of another account's view; a statement that names a definer is not run here */
    buf_printf(&sql,
               mariadb
                   ? "GRANT SET USER ON *.* TO %s; "
                   : "GRANT SESSION_VARIABLES_ADMIN, SET_ANY_DEFINER, SYSTEM_USER ON *.* TO %s; ",
               client);
    /* Any database, also one that does not exist yet, so that errors are MySQL's for a full account;
     * the exact names rank before the pattern and leave nothing of it for the grant tables. */
    buf_printf(&sql, "GRANT ALL PRIVILEGES ON `%%`.* TO %s; ", client);
    buf_printf(&sql, "GRANT EXECUTE ON `mysql`.* TO %s; GRANT EXECUTE ON `sys`.* TO %s; ", client,
               client);
    /* the names of MySQL's own accounts are for the clients' */
    buf_printf(&sql,
               "CREATE USER '" SCRATCH_ADMIN "'@'localhost' IDENTIFIED BY '%s';"
               " GRANT ALL PRIVILEGES ON *.* TO '" SCRATCH_ADMIN "'@'localhost' WITH GRANT OPTION;"
               " GRANT PROXY ON ''@'' TO '" SCRATCH_ADMIN "'@'localhost' WITH GRANT OPTION;"
               " DROP USER 'root'@'localhost'",
               s->admin_password);
    TRY(buf_status(&sql));
    pthread_mutex_lock(&s->mutex);
    mem_copy(s->version, backend_version(c), strlen(backend_version(c)) + 1);
    pthread_mutex_unlock(&s->mutex);
    return backend_exec(c, buf_slice(&sql), NULL, d);
}

static struct status
rebuild(struct scratch *s, struct diag *d)
{
    scratch_invalidate(s, SLICE_NULL, SLICE_NULL);
    if (!s->on_restart) {
        return OK;
    }
    /* Not through `admin`: its holder may be waiting for this very restart. */
    CLEANUP(backend_close_cleanup) struct backend_conn *c = NULL;
    TRY(backend_connect(&c, &s->admin_params, d));
    return s->on_restart(s->restart_ctx, s, c, d);
}

/* From nothing to READY. *pid is the child to reap, also on failure; 0: there is none. */
static struct status
bring_up(struct scratch *s, bool first, pid_t *pid, struct diag *d)
{
    struct scratch_process_spec spec = scratch_datadir_spec(&s->dir);
    spec.argv = s->options;
    *pid = 0;
    TRY(scratch_datadir_fresh(&s->dir, d));
    TRY(scratch_process_spawn(pid, &spec, d));
    set_child(s, *pid, SCRATCH_STARTING);
    TRY(await_listening(s, pid, d));
    TRY(make_accounts(s, d));
    if (!first) {
        TRY(rebuild(s, d));
    }
    set_child(s, *pid, SCRATCH_READY);
    return OK;
}

static void
reap(struct scratch *s, pid_t pid, bool alive)
{
    if (pid) {
        if (!alive) {
            kill(pid, SIGKILL); /* it started, but not all the way */
        }
        scratch_process_wait(pid);
    }
    pthread_mutex_lock(&s->mutex);
    s->pid = 0;
    s->state = s->stopping ? SCRATCH_STOPPING : SCRATCH_DOWN;
    s->generation++;
    pthread_mutex_unlock(&s->mutex);
    backend_pool_flush(s->pools[0]);
    backend_pool_flush(s->pools[1]);
}

/* The creator waits for the outcome of the first start. */
static void
report_first(struct scratch *s, struct status st, const struct diag *d)
{
    pthread_mutex_lock(&s->mutex);
    s->first = st;
    s->first_diag = *d;
    s->first_done = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mutex);
}

static void *
supervise(void *arg)
{
    struct scratch *s = arg;
    uint32_t backoff_ms = BACKOFF_FIRST_MS;
    for (bool first = true; !is_stopping(s); first = false) {
        struct diag d = DIAG_INIT;
        pid_t pid;
        const struct status st = bring_up(s, first, &pid, &d);
        diag_complete(&d, st);
        if (status_is_ok(st)) {
            log_info(&log_process, LOG_ID ".up", "pid %ld, %s", (long) pid, s->version);
            backoff_ms = BACKOFF_FIRST_MS;
        }
        if (first) {
            report_first(s, st, &d);
        }
        reap(s, pid, status_is_ok(st));
        if (first && !status_is_ok(st)) {
            break;
        }
        if (!is_stopping(s)) {
            log_error(&log_process, LOG_ID ".down", "%s", status_is_ok(st) ? "it died" : d.message);
            usleep(backoff_ms * 1000);
            backoff_ms = backoff_ms * 2 < BACKOFF_MAX_MS ? backoff_ms * 2 : BACKOFF_MAX_MS;
        }
    }
    backend_thread_deinit();
    return NULL;
}

static void
link_init(struct scratch_link *l)
{
    pthread_mutex_init(&l->mutex, NULL);
}

static void
link_deinit(struct scratch_link *l)
{
    backend_close(l->conn);
    pthread_mutex_destroy(&l->mutex);
}

static void
free_all(struct scratch *s)
{
    if (!s) {
        return;
    }
    backend_pool_free(s->pools[0]);
    backend_pool_free(s->pools[1]);
    link_deinit(&s->admin);
    link_deinit(&s->aux);
    scratch_invalidate(s, SLICE_NULL, SLICE_NULL);
    map_deinit(&s->definitions);
    scratch_options_free(s->options);
    scratch_datadir_deinit(&s->dir);
    pthread_mutex_destroy(&s->definitions_mutex);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mutex);
    mem_wipe(s, sizeof(*s));
    free(s);
}
CLEANUP_DEFINE(struct scratch *, free_all)

static struct scratch *
scratch_alloc(void)
{
    struct scratch *s = calloc(1, sizeof(*s));
    if (s) {
        pthread_condattr_t attr;
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&s->changed, &attr);
        pthread_condattr_destroy(&attr);
        pthread_mutex_init(&s->mutex, NULL);
        pthread_mutex_init(&s->definitions_mutex, NULL);
        link_init(&s->admin);
        link_init(&s->aux);
        map_init(&s->definitions, false);
    }
    return s;
}

static struct status
make_pools(struct scratch *s, const struct scratch_config *config)
{
    const struct backend_pool_options options = {
        .max = config->max_sessions, .max_idle = POOL_IDLE_MAX, .check_idle_ms = UINT32_MAX};
    s->admin_params = (struct backend_params){
        .socket = s->dir.socket,
        .user = SCRATCH_ADMIN,
        .password = s->admin_password,
        .tls = BACKEND_TLS_DISABLED,
        .multi_statements = true,
        .lost_code = STATUS_SCRATCH_LOST,
    };
    s->client_params = s->admin_params;
    s->client_params.user = SCRATCH_CLIENT;
    s->client_params.password = s->client_password;
    s->client_params.local_infile = true;
    for (int found = 0; found < 2; found++) {
        s->client_params.found_rows = found;
        TRY(backend_pool_new(&s->pools[found], &s->client_params, &options));
    }
    return OK;
}

static struct status
await_first(struct scratch *s, struct diag *d)
{
    pthread_mutex_lock(&s->mutex);
    while (!s->first_done) {
        pthread_cond_wait(&s->changed, &s->mutex);
    }
    const bool failed = !status_is_ok(s->first);
    pthread_mutex_unlock(&s->mutex);
    if (failed) {
        pthread_join(s->supervisor, NULL);
        if (d) {
            *d = s->first_diag;
        }
        return s->first;
    }
    return OK;
}

struct status
scratch_start(struct scratch **out, const struct scratch_config *config, struct diag *d)
{
    CLEANUP(free_all_cleanup) struct scratch *s = scratch_alloc();
    if (!s) {
        RAISE(NO_MEMORY);
    }
    s->start_timeout_ms = config->start_timeout_ms ? config->start_timeout_ms : DEFAULT_START_MS;
    s->on_restart = config->on_restart;
    s->restart_ctx = config->restart_ctx;
    TRY(scratch_random_hex(s->admin_password, 16));
    TRY(scratch_random_hex(s->client_password, 16));
    TRY(scratch_datadir_init(&s->dir, config, d));
    s->options = scratch_options_new(&s->dir, config);
    if (!s->options) {
        RAISE(NO_MEMORY);
    }
    TRY(make_pools(s, config));
    if (pthread_create(&s->supervisor, NULL, supervise, s) != 0) {
        FAIL(d, STARTUP, "cannot start a thread");
    }
    TRY(await_first(s, d));
    *out = STEAL(s);
    return OK;
}

struct scratch *
scratch_stop(struct scratch *s)
{
    if (s) {
        pthread_mutex_lock(&s->mutex);
        s->stopping = true;
        if (s->pid) {
            kill(s->pid, SIGKILL); /* nothing in it is worth a shutdown */
        }
        pthread_cond_broadcast(&s->changed);
        pthread_mutex_unlock(&s->mutex);
        pthread_join(s->supervisor, NULL);
        free_all(s);
    }
    return NULL;
}

enum backend_flavour
scratch_flavour(const struct scratch *s)
{
    return s->dir.flavour;
}

const char *
scratch_version(const struct scratch *s)
{
    return s->version;
}

int
scratch_pid(struct scratch *s)
{
    pthread_mutex_lock(&s->mutex);
    const pid_t pid = s->pid;
    pthread_mutex_unlock(&s->mutex);
    return (int) pid;
}

uint32_t
scratch_generation(struct scratch *s)
{
    pthread_mutex_lock(&s->mutex);
    const uint32_t generation = s->generation;
    pthread_mutex_unlock(&s->mutex);
    return generation;
}

struct status
scratch_await(struct scratch *s, struct diag *d)
{
    const uint64_t deadline = now_ms() + s->start_timeout_ms;
    const struct timespec until = {(time_t) (deadline / 1000), (long) (deadline % 1000) * 1000000};
    int waited = 0;
    pthread_mutex_lock(&s->mutex);
    while (s->state != SCRATCH_READY && !s->stopping && !waited) {
        waited = pthread_cond_timedwait(&s->changed, &s->mutex, &until);
    }
    const bool ready = s->state == SCRATCH_READY;
    pthread_mutex_unlock(&s->mutex);
    if (!ready) {
        FAIL(d, SCRATCH_LOST, "%s", status_info_get(STATUS_SCRATCH_LOST)->text);
    }
    return OK;
}

/* ---- the administrator's connections ---- */

static struct status
link_take(struct scratch *s, struct scratch_link *l, const char *init_sql,
          struct backend_conn **out, struct diag *d)
{
    pthread_mutex_lock(&l->mutex);
    struct status st = OK;
    if (l->conn && backend_is_lost(l->conn)) {
        l->conn = backend_close(l->conn);
    }
    /* A connection to a process that died meanwhile shows that only when used. */
    if (l->conn && !status_is_ok(backend_ping(l->conn, NULL))) {
        l->conn = backend_close(l->conn);
    }
    if (!l->conn) {
        struct backend_params p = s->admin_params;
        p.init_sql = init_sql;
        st = scratch_await(s, d);
        if (status_is_ok(st)) {
            st = backend_connect(&l->conn, &p, d);
        }
    }
    if (!status_is_ok(st)) {
        pthread_mutex_unlock(&l->mutex);
        return st;
    }
    *out = l->conn;
    return OK;
}

struct status
scratch_admin_take(struct scratch *s, struct backend_conn **out, struct diag *d)
{
    return link_take(s, &s->admin, NULL, out, d);
}

void
scratch_admin_give(struct scratch *s, struct backend_conn *c)
{
    if (c) {
        if (!status_is_ok(backend_reset(c, NULL))) {
            s->admin.conn = backend_close(c);
        }
        pthread_mutex_unlock(&s->admin.mutex);
    }
}

struct status
scratch_aux_take(struct scratch *s, struct backend_conn **out, struct diag *d)
{
    /* SHOW CREATE TABLE prints by these; TIMESTAMP defaults are printed in the time zone. */
    static const char mariadb[] = "SET sql_mode = '', sql_quote_show_create = 1,"
                                  " time_zone = '+00:00', foreign_key_checks = 0";
    static const char mysql[] = "SET sql_mode = '', sql_quote_show_create = 1,"
                                " time_zone = '+00:00', foreign_key_checks = 0,"
                                " cte_max_recursion_depth = 1200000";
    return link_take(s, &s->aux, scratch_flavour(s) == BACKEND_MARIADB ? mariadb : mysql, out, d);
}

void
scratch_aux_give(struct scratch *s, struct backend_conn *c)
{
    if (c) {
        pthread_mutex_unlock(&s->aux.mutex);
    }
}

struct status
scratch_connect_as(struct scratch *s, const char *user, const char *password,
                   struct backend_conn **out, struct diag *d)
{
    struct backend_params p = s->client_params;
    p.user = user;
    p.password = password;
    p.local_infile = p.multi_statements = p.found_rows = false;
    TRY(scratch_await(s, d));
    return backend_connect(out, &p, d);
}

/* `_` and `%` in a database name of GRANT are wildcards unless escaped. */
struct status
scratch_grant(struct scratch *s, struct backend_conn *admin, struct slice db, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf pattern = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    for (size_t i = 0; i < db.len; i++) {
        if (db.data[i] == '_' || db.data[i] == '%' || db.data[i] == '\\') {
            buf_append_u8(&pattern, '\\');
        }
        buf_append_u8(&pattern, db.data[i]);
    }
    buf_append_str(&sql, "GRANT ALL PRIVILEGES ON ");
    scratch_quote(&sql, buf_slice(&pattern));
    buf_append_str(&sql, ".* TO '" SCRATCH_CLIENT "'@'localhost'");
    TRY(buf_status(&pattern));
    TRY(buf_status(&sql));
    return backend_exec(admin, buf_slice(&sql), NULL, d);
}
