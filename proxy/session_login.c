/* SPDX-License-Identifier: Apache-2.0 */
/* The connection phase: greeting, TLS upgrade, login, and COM_CHANGE_USER. */
#include <stdio.h>

#include "base/mem.h"
#include "proxy/exec/exec.h"
#include "proxy/session.h"
#include "proxy/wire/lenenc.h"
#include "proxy/wire/protocol.h"

#define COLLATION_MARIADB 45  /* utf8mb4_general_ci */
#define COLLATION_MYSQL   255 /* utf8mb4_0900_ai_ci */

static uint64_t
caps_offered(const struct session *s)
{
    const struct config *cfg = s->settings->cfg;
    uint64_t caps = handshake_caps_all();
    if (s->settings->tls == NULL || s->is_unix) {
        caps &= ~CLIENT_SSL;
    }
    if (!cfg->proxy_compression) {
        caps &= ~(CLIENT_COMPRESS | CLIENT_ZSTD);
    }
    if (s->server->is_mariadb) {
        /* MariaDB says that it is one by leaving out the first bit */
        caps = (caps & ~CLIENT_LONG_PASSWORD) | CLIENT_MARIADB_BULK;
    }
    return cfg->proxy_local_infile ? caps : caps & ~CLIENT_LOCAL_FILES;
}

static bool
begin_auth(struct session *s)
{
    struct accounts *accounts = exec_shared_accounts(s->server->exec);
    const bool ok =
        auth_init(&s->auth, accounts, s->server->rsa, s->settings->cfg->proxy_auth_plugin);
    accounts_unref(accounts);
    s->has_auth = true;
    return ok;
}

void
session_login_greet(struct session *s)
{
    const struct config *cfg = s->settings->cfg;
    if (!begin_auth(s)) {
        s->is_gone = true;
    }
    const struct handshake_greeting g = {
        .version = slice_of_str(s->server->version),
        .connection_id = (uint32_t) s->info.id,
        .scramble = s->auth.scramble,
        .caps = caps_offered(s),
        .collation = s->server->is_mariadb ? COLLATION_MARIADB : COLLATION_MYSQL,
        .status = SESSION_STATUS_AUTOCOMMIT,
        .plugin = cfg->proxy_auth_plugin,
    };
    handshake_greeting_write(&g, wire_channel_begin(&s->ch));
    wire_channel_end(&s->ch);
    s->ch.exact = true; /* a TLS hello may follow the response directly */
    session_set_state(s, SESSION_GREETED);
    (void) wire_channel_flush(&s->ch).code; /* a broken socket shows at the next read */
}

/* Sends an error that ends the connection. */
static bool
refuse(struct session *s, unsigned number, const char *state, const char *text)
{
    struct diag d = DIAG_INIT;
    diag_set_sql(&d, STATUS_ACCESS, number, state, "%s", text);
    session_send_error(s, (struct status){STATUS_ACCESS}, &d);
    stats_add(&s->server->stats.login_failures, 1);
    return false;
}

static bool
deny(struct session *s)
{
    char text[512];
    snprintf(text, sizeof text, "Access denied for user '%.80s'@'%s' (using password: %s)",
             s->info.user, s->info.host, s->auth.used_password ? "YES" : "NO");
    log_warn(&s->log, "login.denied", "%s", text);
    const int64_t now = server_now_us();
    const int64_t delay = throttle_failed_ms(&s->server->throttle, slice_of_str(s->info.host), now,
                                             s->settings->cfg->proxy_login_delay * 1000);
    (void) refuse(s, 1045, "28000", text);
    if (delay == 0) {
        return false;
    }
    s->wake_us = now + delay * 1000;
    session_set_state(s, SESSION_DENIED);
    return true;
}

static bool
copy_name(char *out, struct slice name)
{
    if (name.len > SESSION_NAME_MAX) {
        return false;
    }
    mem_copy(out, name.data, name.len);
    out[name.len] = '\0';
    return true;
}

/* After a complete login or change of user. */
static void
start_compression(struct session *s)
{
    if (s->ch.compress) {
        return;
    }
    if (s->info.caps & CLIENT_ZSTD) {
        s->ch.compress = compress_zstd();
        s->ch.compress_level = s->hello.zstd_level ? s->hello.zstd_level : 3;
    } else if (s->info.caps & CLIENT_COMPRESS) {
        s->ch.compress = &compress_zlib;
        s->ch.compress_level = compress_zlib.default_level;
    }
}

/* The executor side of a login: a new one, or the old one for a new user; then the database. */
static struct status
open_executor(struct session *s, struct diag *d)
{
    if (s->is_admin_port) {
        return OK;
    }
    if (s->exec) {
        TRY(exec_change_user(s->exec, d));
    } else {
        struct exec *e = NULL;
        TRY(exec_new(&e, s->server->exec, &s->info, d));
        pthread_mutex_lock(&s->server->sessions.lock);
        s->exec = e;
        pthread_mutex_unlock(&s->server->sessions.lock);
        exec_enter(e, s->worker);
    }
    return s->pending_db[0] ? exec_init_db(s->exec, slice_of_str(s->pending_db), d) : OK;
}

/* What MySQL asks of an account besides the password, each with its own error. */
static bool
account_may_enter(struct session *s)
{
    const struct account *acc = s->auth.account;
    char text[512];
    if (acc->is_locked) {
        snprintf(text, sizeof text,
                 s->server->is_mariadb ? "Access denied, this account is locked"
                                       : "Access denied for user '%.80s'@'%s'. Account is locked.",
                 s->info.user, s->info.host);
        return refuse(s, s->server->is_mariadb ? 4151 : 3118, "HY000", text);
    }
    if (!tls_satisfies(&s->ch.io, s->info.is_tls, acc)) {
        return deny(s);
    }
    if (acc->is_expired) {
        return refuse(s, 1862, "HY000",
                      "Your password has expired. To log in you must change it using a client that "
                      "supports expired passwords.");
    }
    if (acc->max_connections &&
        session_table_count_user(&s->server->sessions, s) >= acc->max_connections) {
        snprintf(
            text, sizeof text,
            "User '%.80s' has exceeded the 'max_user_connections' resource (current value: %u)",
            s->info.user, acc->max_connections);
        return refuse(s, 1226, "42000", text);
    }
    return true;
}

static bool
login_complete(struct session *s)
{
    struct diag d = DIAG_INIT;
    const bool first = s->exec == NULL;
    const struct account *acc = s->auth.account;
    (void) snprintf(s->info.account_user, sizeof s->info.account_user, "%s", acc->user);
    (void) snprintf(s->info.account_host, sizeof s->info.account_host, "%s", acc->host);
    s->info.is_admin = acc->is_admin;
    s->info.is_restricted = acc->is_restricted;
    if (s->is_admin_port && !s->info.is_admin) {
        return refuse(s, 1045, "28000", "This account may not use the admin port");
    }
    snprintf(s->log.who, sizeof s->log.who, "%.40s@%.20s", s->info.user, s->pending_db);
    const struct status st = open_executor(s, &d);
    if (!status_is_ok(st)) {
        session_send_error(s, st, &d);
        return false;
    }
    s->login_us = 0;
    s->ch.max_packet = (size_t) s->settings->cfg->proxy_max_packet;
    throttle_succeeded(&s->server->throttle, slice_of_str(s->info.host));
    stats_add(&s->server->stats.logins, 1);
    log_info(&s->log, first ? "login.ok" : "login.changed", "%s from %s%s", auth_method(&s->auth),
             s->info.host, s->info.is_tls ? " over TLS" : "");
    auth_deinit(&s->auth);
    s->has_auth = false;
    session_set_state(s, SESSION_IDLE);
    session_send_ok(s, NULL);
    if (!status_is_ok(wire_channel_flush(&s->ch))) {
        return false;
    }
    start_compression(s);
    return true;
}

static bool
after_step(struct session *s, enum auth_result result, struct buf *reply)
{
    if (reply->len && (result == AUTH_MORE || result == AUTH_OK)) {
        buf_append_slice(wire_channel_begin(&s->ch), buf_slice(reply));
        wire_channel_end(&s->ch);
    }
    switch (result) {
    case AUTH_MORE:
        if (s->state != SESSION_AUTH) {
            session_set_state(s, SESSION_AUTH);
        }
        return true;
    case AUTH_OK:
        return account_may_enter(s) ? login_complete(s) : s->state == SESSION_DENIED;
    case AUTH_DENIED:
        return deny(s);
    case AUTH_TOO_OLD:
        return refuse(s, 1251, "08004",
                      "Client does not support authentication protocol requested by server; "
                      "consider upgrading MySQL client");
    case AUTH_MALFORMED:
        break;
    }
    return refuse(s, 1043, "08S01", "Bad handshake");
}

/* Common to the handshake response and COM_CHANGE_USER. */
static bool
begin_login(struct session *s, bool force_switch)
{
    const struct handshake_response *h = &s->hello;
    if (!copy_name(s->info.user, h->user) || !copy_name(s->pending_db, h->db)) {
        return refuse(s, 1043, "08S01", "Bad handshake");
    }
    s->info.collation = h->collation;
    buf_clear(&s->info.attrs);
    buf_append_slice(&s->info.attrs, h->attrs);
    const struct auth_hello hello = {
        .user = h->user,
        .response = h->auth,
        .plugin = h->plugin,
        .has_plugins = (h->caps & CLIENT_PLUGIN_AUTH) != 0,
        .is_secure = s->info.is_tls || s->is_unix,
        .force_switch = force_switch,
        .host = s->info.host,
    };
    struct buf reply = BUF_INIT;
    const bool goes_on = after_step(s, auth_begin(&s->auth, &hello, &reply), &reply);
    buf_deinit(&reply);
    return goes_on;
}

bool
session_login_greeted(struct session *s, struct slice packet)
{
    const uint64_t offered = caps_offered(s);
    if (!handshake_response_read(packet, offered, &s->hello)) {
        return refuse(s, 1043, "08S01", "Bad handshake");
    }
    if (s->hello.is_ssl_request) {
        if (s->info.is_tls || !tls_start(&s->ch.io, s->settings->tls)) {
            return refuse(s, 1043, "08S01", "Bad handshake");
        }
        s->ch.exact = false;
        session_set_state(s, SESSION_TLS);
        return true;
    }
    const bool wants_tls = slice_equal_str(SLICE("required"), s->settings->cfg->proxy_tls);
    if (wants_tls && !s->info.is_tls && !s->is_unix) {
        return refuse(s, 3159, "HY000",
                      "Connections using insecure transport are prohibited while "
                      "--require_secure_transport=ON.");
    }
    s->ch.exact = false;
    s->info.caps = s->hello.caps;
    s->info.multi_statements = (s->hello.caps & CLIENT_MULTI_STATEMENTS) != 0;
    return begin_login(s, false);
}

/* The answer was written when the login was refused; it is sent when the state is left. */
bool
session_login_denied(struct session *s, struct slice packet)
{
    (void) wire_channel_flush(&s->ch).code;
    return false;
}

bool
session_login_auth(struct session *s, struct slice packet)
{
    struct buf reply = BUF_INIT;
    const bool goes_on = after_step(s, auth_continue(&s->auth, packet, &reply), &reply);
    buf_deinit(&reply);
    return goes_on;
}

bool
session_login_change_user(struct session *s, struct slice body)
{
    if (!handshake_change_user_read(body, s->info.caps, &s->hello)) {
        return refuse(s, 1043, "08S01", "Malformed packet");
    }
    session_command_drop_prepared(s);
    s->info.db[0] = '\0';
    s->login_us = server_now_us();
    return begin_auth(s) && begin_login(s, true);
}
