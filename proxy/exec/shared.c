/* SPDX-License-Identifier: Apache-2.0 */
/* What all sessions share: key, server pool, scratch engine, catalog, plan cache; and per worker. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "crypto/keystore.h"
#include "crypto/rand.h"
#include "proxy/audit.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/scratch/zones.h"
#include "proxy/store/store_accounts.h"

static const char init_sql[] =
    "SET SESSION sql_mode='',time_zone='+00:00',autocommit=1,foreign_key_checks=1";

static STATUS
load_master(struct exec_shared *s, struct diag *d)
{
    const char *pass = s->cfg->keys_passphrase;
    if (pass[0] == '\0' && s->cfg->keys_passphrase_file[0]) {
        TRY(config_read_line(s->arena, s->cfg->keys_passphrase_file, &pass, d));
    }
    if (s->cfg->keys_file[0] == '\0') {
        FAIL(d, CONFIG, "[keys] file is not set: make one with alliumctl key init");
    }
    return keystore_load(&s->master, s->cfg->keys_file, slice_of_str(pass), d);
}

static enum backend_tls
tls_mode(const char *name)
{
    return strcmp(name, "off") == 0        ? BACKEND_TLS_DISABLED
           : strcmp(name, "required") == 0 ? BACKEND_TLS_REQUIRED
           : strcmp(name, "verify") == 0   ? BACKEND_TLS_VERIFY_IDENTITY
                                           : BACKEND_TLS_PREFERRED;
}

static const char *
or_null(const char *s)
{
    return s[0] ? s : NULL;
}

static STATUS
server_params(struct exec_shared *s, struct diag *d)
{
    const struct config *cfg = s->cfg;
    const char *password = cfg->backend_password;
    if (cfg->backend_password_file[0]) {
        TRY(config_read_line(s->arena, cfg->backend_password_file, &password, d));
    }
    s->backend_params = (struct backend_params){
        .host = or_null(cfg->backend_host),
        .socket = or_null(cfg->backend_socket),
        .port = (uint16_t) cfg->backend_port,
        .user = cfg->backend_user,
        .password = password,
        .init_sql = init_sql,
        .tls = tls_mode(cfg->backend_tls),
        .tls_ca = or_null(cfg->backend_tls_ca),
        .tls_cert = or_null(cfg->backend_tls_cert),
        .tls_key = or_null(cfg->backend_tls_key),
        .connect_timeout_ms = (uint32_t) cfg->backend_connect_timeout * 1000,
        .multi_statements = true,
    };
    return OK;
}

#define CONNECTIONS_SPARED 12 /* for the store, the administrator and other programs */

/* A queue at our pool is better than error 1040 from the server. */
static STATUS
make_pool(struct exec_shared *s, uint64_t server_max)
{
    uint64_t max = (uint64_t) s->cfg->backend_pool_max;
    if (server_max > 2 * CONNECTIONS_SPARED && max > server_max - CONNECTIONS_SPARED) {
        max = server_max - CONNECTIONS_SPARED;
    }
    const struct backend_pool_options options = {
        .max = (uint32_t) max, .close_idle_ms = (uint32_t) s->cfg->backend_pool_idle * 1000};
    return backend_pool_new(&s->pool, &s->backend_params, &options);
}

/* Minutes that SYSTEM is ahead of UTC at a time. */
#define ZONE_AT(time) "TIMESTAMPDIFF(MINUTE,'" time "',CONVERT_TZ('" time "','+00:00','SYSTEM'))"

/* SYSTEM as an offset, or "": only the engine can tell. A name alone says little, for London is at GMT in
 * winter, and with TZ=GMT-3 a server says GMT too; offsets alone as little, for clocks were changed by law. */
static struct slice
fixed_zone(struct exec_shared *s, struct slice name, const struct slice *minutes)
{
    static const char *const fixed[] = {"UTC", "GMT", "Etc/UTC", "Etc/GMT"};
    int64_t offset;
    bool known = slice_parse_i64(minutes[0], &offset) && slice_equal(minutes[0], minutes[1]) &&
                 slice_equal(minutes[0], minutes[2]);
    bool named = false;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        named |= slice_equal_str_ci(name, fixed[i]);
    }
    if (!known || !named) {
        return SLICE("");
    }
    const long distance = labs((long) offset);
    return arena_printf(s->arena, "%c%02ld:%02ld", offset < 0 ? '-' : '+', distance / 60,
                        distance % 60);
}

static STATUS
read_server(struct exec_shared *s, struct backend_conn *c, struct diag *d)
{
    s->flavour = backend_flavour(c);
    s->version = backend_version_number(c);
    s->version_text = arena_dup(s->arena, slice_of_str(backend_version(c)));
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    TRY(backend_query(
        c,
        SLICE("SELECT @@system_time_zone,@@max_connections,@@wait_timeout," ZONE_AT(
            "1970-06-15 12:00:00") "," ZONE_AT("2024-01-15 12:00:00") "," ZONE_AT("2024-07-15 "
                                                                                  "12:00:00")),
        BACKEND_STORE, &r, d));
    const struct slice *row;
    TRY(backend_result_next(r, &row, d));
    uint64_t max = 0;
    s->system_tz = row ? fixed_zone(s, row[0], row + 3) : SLICE("");
    if (row) {
        slice_parse_u64(row[1], &max);
        s->wait_timeout = arena_dup(s->arena, row[2]);
    }
    TRY(arena_status(s->arena));
    return make_pool(s, max);
}

static STATUS
on_restart(void *ctx, struct scratch *scratch, struct backend_conn *admin, struct diag *d)
{
    struct exec_shared *s = ctx;
    CLEANUP(backend_close_cleanup) struct backend_conn *c = NULL;
    TRY(backend_connect(&c, &s->backend_params, d));
    TRY(scratch_zones_copy(c, admin, d));
    return s->store ? store_mirror_fill(s->store, scratch, admin, d) : OK;
}

/* "a b 'c d'" -> NULL-terminated array; no quoting: paths with blanks need a wrapper script. */
static const char *const *
split_args(struct arena *a, const char *text)
{
    const char **args = arena_array(a, const char *, 64);
    size_t n = 0;
    while (args && *text && n < 63) {
        const size_t skip = strspn(text, " ");
        const size_t len = strcspn(text + skip, " ");
        if (len) {
            args[n++] = arena_strdup(a, slice_of(text + skip, len));
        }
        text += skip + len;
    }
    return args;
}

static STATUS
start_scratch(struct exec_shared *s, struct backend_conn *c, struct diag *d)
{
    struct scratch_variable *variables;
    size_t n;
    TRY(scratch_variables_read(c, s->arena, &variables, &n, d));
    const struct scratch_config config = {
        .flavour = s->flavour,
        .server_path = or_null(s->cfg->scratch_server),
        .server_args = split_args(s->arena, s->cfg->scratch_server_args),
        .run_dir = or_null(s->cfg->scratch_directory),
        .template_dir = or_null(s->cfg->scratch_template),
        .variables = variables,
        .n_variables = n,
        .max_sessions = (uint32_t) s->cfg->proxy_max_connections,
        .on_restart = on_restart,
        .restart_ctx = s,
    };
    TRY(scratch_start(&s->scratch, &config, d));
    struct backend_conn *admin;
    TRY(scratch_admin_take(s->scratch, &admin, d));
    const struct status zones = scratch_zones_copy(c, admin, d);
    scratch_admin_give(s->scratch, admin);
    return zones;
}

/* Machines come up in any order: a server that cannot be reached yet is waited for. */
static STATUS
wait_for_server(struct exec_shared *s, struct backend_conn **conn, struct diag *d)
{
    struct status st = backend_connect(conn, &s->backend_params, d);
    for (int64_t left = s->cfg->backend_start_timeout; left > 0 && st.code == STATUS_UPSTREAM_DOWN;
         left--) {
        sleep(1);
        diag_clear(d);
        st = backend_connect(conn, &s->backend_params, d);
    }
    return st;
}

static STATUS
start(struct exec_shared *s, struct backend_conn **conn, struct diag *d)
{
    TRY(load_master(s, d));
    if (s->cfg->audit_file[0]) {
        TRY(audit_open(&s->audit, s->cfg->audit_file, s->master, d));
    }
    TRY(server_params(s, d));
    TRY(wait_for_server(s, conn, d));
    TRY(read_server(s, *conn, d));
    TRY(exec_collations_new(&s->collations, s, d));
    TRY(start_scratch(s, *conn, d));
    exec_collations_attach(s->collations, s->scratch);
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct account_source *file;
    size_t n_file;
    if (a == NULL) {
        RAISE(NO_MEMORY);
    }
    TRY(accounts_of_config(a, s->cfg, &file, &n_file, d));
    const struct store_config config = {.backend = &s->backend_params,
                                        .file = file,
                                        .n_file = n_file,
                                        .scratch = s->scratch,
                                        .master = s->master,
                                        .rules = s->cfg->policy,
                                        .audit = s->audit,
                                        .collations = exec_collations_set(s->collations)};
    TRY(store_open(&s->store, &config, d));
    TRY(exec_cache_new(&s->cache, (size_t) s->cfg->cache_plans));
    TRY(exec_adapt_new(&s->adapt));
    TRY(exec_transitions_new(&s->transitions, s));
    return rand_bytes(s->digest_key, sizeof s->digest_key);
}

struct status
exec_shared_new(struct exec_shared **out, const struct config *cfg, struct diag *d)
{
    struct exec_shared *s = calloc(1, sizeof *s);
    if (s == NULL) {
        RAISE(NO_MEMORY);
    }
    s->cfg = cfg;
    s->arena = arena_create(0);
    struct backend_conn *conn = NULL;
    struct status st =
        s->arena ? start(s, &conn, d) : status_raise(STATUS_NO_MEMORY, __FILE__, __LINE__);
    backend_close(conn);
    if (!status_is_ok(st)) {
        exec_shared_free(s);
        return st;
    }
    log_info(&log_process, "exec.ready", "server %.*s, scratch engine %s, catalog version %llu",
             SLICE_ARG(s->version_text), scratch_version(s->scratch),
             (unsigned long long) store_version(s->store));
    *out = s;
    return OK;
}

struct exec_shared *
exec_shared_free(struct exec_shared *s)
{
    if (s) {
        exec_transitions_free(s->transitions);
        exec_adapt_free(s->adapt);
        exec_cache_free(s->cache);
        store_close(s->store);
        exec_collations_free(s->collations);
        scratch_stop(s->scratch);
        backend_pool_free(s->pool);
        audit_close(s->audit);
        master_unref(s->master);
        arena_free(s->arena);
        free(s);
    }
    return NULL;
}

struct status
exec_shared_set_users(struct exec_shared *s, const struct config *cfg, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct account_source *rows;
    size_t n;
    if (a == NULL) {
        RAISE(NO_MEMORY);
    }
    TRY(accounts_of_config(a, cfg, &rows, &n, d));
    return store_accounts_set_file(s->store, rows, n, d);
}

struct accounts *
exec_shared_accounts(struct exec_shared *s)
{
    return store_accounts(s->store);
}

struct slice
exec_shared_server_version(const struct exec_shared *s)
{
    return s->version_text;
}

bool
exec_shared_is_ready(struct exec_shared *s, struct diag *why)
{
    struct backend_conn *c;
    if (scratch_pid(s->scratch) == 0) {
        diag_set(why, STATUS_SCRATCH_LOST, "the scratch engine is down");
        return false;
    }
    if (!status_is_ok(backend_pool_take(s->pool, 1000, &c, why))) {
        return false;
    }
    const bool ok = status_is_ok(backend_ping(c, why));
    backend_pool_give(s->pool, c);
    return ok;
}

struct status
exec_worker_new(struct exec_worker **out, struct exec_shared *s, struct diag *d)
{
    struct exec_worker *w = calloc(1, sizeof *w);
    if (w == NULL) {
        RAISE(NO_MEMORY);
    }
    w->shared = s;
    struct status st = keyring_new(&w->keyring, s->master);
    if (status_is_ok(st)) {
        st = sql_digest_new(&w->digester, s->digest_key);
    }
    if (!status_is_ok(st)) {
        exec_worker_free(w);
        return st;
    }
    *out = w;
    return OK;
}

struct exec_worker *
exec_worker_free(struct exec_worker *w)
{
    if (w) {
        keyring_free(w->keyring);
        sql_digest_free(w->digester);
        backend_thread_deinit();
        free(w);
    }
    return NULL;
}
