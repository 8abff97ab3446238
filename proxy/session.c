/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/session.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "proxy/exec/exec.h"
#include "proxy/loop.h"
#include "proxy/proxy_header.h"
#include "proxy/tls.h"
#include "proxy/wire/message.h"

#define LOGIN_PACKET_MAX (256u << 10) /* a stranger may not make us hold more */
#define CHECK_RUNNING_US 1000000      /* a command that runs longer has its client watched */

static enum session_wait advance_packet(struct session *s);
static enum session_wait advance_tls(struct session *s);
static enum session_wait advance_proxy_header(struct session *s);
static enum session_wait advance_denied(struct session *s);

static const struct {
    const char *name;
    unsigned allowed_next;
} states[SESSION_STATES] = {
#define SESSION_STATE(id, name, waits_for, next) [SESSION_##id] = {name, next},
#include "proxy/session_states.def"
#undef SESSION_STATE
};

/* What bytes from the client do; NULL where the event loop does not watch the socket. */
static const struct {
    enum session_wait (*advance)(struct session *s);           /* owner: bytes may have come */
    bool (*on_packet)(struct session *s, struct slice packet); /* worker */
} actions[SESSION_STATES] = {
    [SESSION_PROXY_HEADER] = {advance_proxy_header, NULL},
    [SESSION_GREETED] = {advance_packet, session_login_greeted},
    [SESSION_TLS] = {advance_tls, NULL},
    [SESSION_AUTH] = {advance_packet, session_login_auth},
    [SESSION_DENIED] = {advance_denied, session_login_denied},
    [SESSION_IDLE] = {advance_packet, session_command_run},
};

const char *
session_state_name(enum session_state state)
{
    return states[state].name;
}

bool
session_state_allowed(enum session_state from, enum session_state to)
{
    return (states[from].allowed_next >> to & 1u) != 0;
}

void
session_set_state(struct session *s, enum session_state next)
{
    const enum session_state now = (enum session_state) s->state;
    assert(session_state_allowed(now, next));
    log_debug(&s->log, "session.state", "%s -> %s", states[now].name, states[next].name);
    s->since_us = server_now_us();
    s->is_in_trans = (s->info.status & SESSION_STATUS_IN_TRANS) != 0;
    s->state = next;
}

/* Text of the peer's address. */
static void
set_host(struct session *s, const struct sockaddr_storage *peer)
{
    const void *addr = NULL;
    if (peer->ss_family == AF_INET) {
        addr = &((const struct sockaddr_in *) peer)->sin_addr;
    } else if (peer->ss_family == AF_INET6) {
        addr = &((const struct sockaddr_in6 *) peer)->sin6_addr;
    }
    if (addr == NULL ||
        inet_ntop(peer->ss_family, addr, s->info.host, sizeof s->info.host) == NULL) {
        snprintf(s->info.host, sizeof s->info.host, "localhost");
    }
}

static struct session *
session_alloc(struct server *sv)
{
    struct session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->settings = server_settings_ref(sv);
    s->arena = arena_create((size_t) s->settings->cfg->proxy_session_memory);
    if (s->arena == NULL) {
        settings_unref(s->settings);
        free(s);
        return NULL;
    }
    return s;
}

struct session *
session_new(struct server *sv, int fd, bool is_unix, bool is_admin_port,
            const struct sockaddr_storage *peer)
{
    struct session *s = session_alloc(sv);
    if (s == NULL) {
        close(fd);
        return NULL;
    }
    s->server = sv;
    list_init(&s->in_queue);
    list_init(&s->in_cancel);
    session_info_init(&s->info);
    s->info.sessions = &sv->sessions;
    s->info.services = &session_table_services;
    s->info.is_local = is_unix;
    s->info.wait_timeout_s = (uint32_t) s->settings->cfg->proxy_idle_timeout;
    s->is_unix = is_unix;
    s->is_admin_port = is_admin_port;
    map_init(&s->prepared, false);
    wire_channel_init(&s->ch, LOGIN_PACKET_MAX);
    s->ch.write_timeout_us = s->settings->cfg->proxy_write_timeout * 1000000;
    wire_io_init_socket(&s->ch.io, fd);
    set_host(s, peer);
    s->since_us = s->login_us = server_now_us();
    session_table_add(&sv->sessions, s);
    s->log.session_id = s->info.id;
    snprintf(s->log.who, sizeof s->log.who, "%s", s->info.host);
    stats_add(&sv->stats.sessions, 1);
    s->expects_header = !is_unix && !is_admin_port &&
                        proxy_header_trusts(s->settings->cfg->proxy_proxy_networks, peer);
    return s;
}

static void
count_bytes(struct session *s)
{
    stats_add(&s->server->stats.received_bytes, s->ch.bytes_in - s->bytes_in_seen);
    stats_add(&s->server->stats.sent_bytes, s->ch.bytes_out - s->bytes_out_seen);
    s->bytes_in_seen = s->ch.bytes_in;
    s->bytes_out_seen = s->ch.bytes_out;
}

void
session_free(struct session *s)
{
    struct server *sv = s->server;
    if (s->state != SESSION_CLOSING) {
        session_set_state(s, SESSION_CLOSING);
    }
    session_table_remove(&sv->sessions, s); /* from here on nobody else can reach it */
    log_debug(&s->log, "session.end", "closed");
    background_settle(&sv->background, s);
    session_command_drop_prepared(s);
    s->exec = exec_free(s->exec);
    loop_unwatch(s);
    count_bytes(s);
    wire_channel_deinit(&s->ch);
    if (s->has_auth) {
        auth_deinit(&s->auth);
    }
    map_deinit(&s->prepared);
    session_info_deinit(&s->info);
    arena_free(s->arena);
    settings_unref(s->settings);
    free(s);
    stats_sub(&sv->stats.sessions, 1);
}

enum session_wait
session_start(struct session *s)
{
    if (s->expects_header) {
        session_set_state(s, SESSION_PROXY_HEADER);
    } else {
        session_login_greet(s);
    }
    return SESSION_WAIT_READ;
}

static enum session_wait
gone(struct session *s)
{
    s->is_gone = true;
    return SESSION_READY;
}

static enum session_wait
wait_for(ptrdiff_t again)
{
    return again == WIRE_IO_AGAIN_WRITE ? SESSION_WAIT_WRITE : SESSION_WAIT_READ;
}

static enum session_wait
advance_packet(struct session *s)
{
    for (;;) {
        s->input = wire_channel_next(&s->ch, &s->packet);
        if (s->input != WIRE_NEXT_MORE) {
            return SESSION_READY;
        }
        const ptrdiff_t got = wire_channel_fill(&s->ch);
        if (got == WIRE_IO_CLOSED) {
            return gone(s);
        }
        if (got < 0) {
            return wait_for(got);
        }
    }
}

static enum session_wait
advance_tls(struct session *s)
{
    const ptrdiff_t got = tls_accept(&s->ch.io);
    if (got == 1) {
        s->info.is_tls = true;
        snprintf(s->info.tls_cipher, sizeof s->info.tls_cipher, "%s", tls_cipher(&s->ch.io));
        snprintf(s->info.tls_version, sizeof s->info.tls_version, "%s", tls_version(&s->ch.io));
        session_set_state(s, SESSION_GREETED);
        return advance_packet(s);
    }
    return got == WIRE_IO_CLOSED ? gone(s) : wait_for(got);
}

static enum session_wait
advance_proxy_header(struct session *s)
{
    for (;;) {
        struct buf *in = &s->ch.in;
        const ptrdiff_t need = proxy_header_need(buf_slice(in));
        if (need < 0) {
            log_warn(&s->log, "proxy_header.bad", "no PROXY header where one is expected");
            return gone(s);
        }
        if (need == 0) {
            (void) proxy_header_client(buf_slice(in), s->info.host, sizeof s->info.host);
            snprintf(s->log.who, sizeof s->log.who, "%s", s->info.host);
            buf_clear(in);
            session_login_greet(s);
            return SESSION_WAIT_READ;
        }
        uint8_t *p = buf_reserve(in, (size_t) need);
        const ptrdiff_t got = p ? s->ch.io.ops->read(&s->ch.io, p, (size_t) need) : WIRE_IO_CLOSED;
        if (got < 0) {
            return got == WIRE_IO_CLOSED ? gone(s) : wait_for(got);
        }
        in->len += (size_t) got;
    }
}

/* What the client sends meanwhile stays unread. */
static enum session_wait
advance_denied(struct session *s)
{
    return server_now_us() >= s->wake_us ? SESSION_READY : SESSION_WAIT_TIME;
}

enum session_wait
session_advance(struct session *s)
{
    return actions[s->state].advance(s);
}

bool
session_is_drained(const struct session *s)
{
    return s->state == SESSION_IDLE && !s->info.is_tls && !wire_channel_has_input(&s->ch);
}

/* The client broke framing: say so where the protocol lets us, and end. */
static bool
bad_input(struct session *s)
{
    struct diag d = DIAG_INIT;
    switch (s->input) {
    case WIRE_NEXT_ORDER:
        diag_set_sql(&d, STATUS_PROTOCOL, 1156, "08S01", "Got packets out of order");
        break;
    case WIRE_NEXT_TOO_BIG:
        diag_set_sql(&d, STATUS_PROTOCOL, 1153, "08S01",
                     "Got a packet bigger than 'max_allowed_packet' bytes");
        break;
    case WIRE_NEXT_PACKET:
    case WIRE_NEXT_MORE:
    case WIRE_NEXT_MALFORMED:
        diag_set_sql(&d, STATUS_PROTOCOL, 1043, "08S01", "Malformed packet");
        break;
    }
    s->ch.seq = s->ch.seq ? s->ch.seq : 1;
    session_send_error(s, (struct status){STATUS_PROTOCOL}, &d);
    (void) wire_channel_flush(&s->ch).code;
    return false;
}

bool
session_handle(struct session *s)
{
    if (s->is_gone || s->info.kill == SESSION_KILL_CONNECTION) {
        return false;
    }
    if (s->input != WIRE_NEXT_PACKET) {
        return bad_input(s);
    }
    const bool goes_on = actions[s->state].on_packet(s, s->packet);
    const bool sent = s->state == SESSION_DENIED || status_is_ok(wire_channel_flush(&s->ch));
    if (s->state == SESSION_IDLE) {
        wire_channel_restart(&s->ch);
    }
    count_bytes(s);
    arena_reset(s->arena);
    return goes_on && sent && s->info.kill != SESSION_KILL_CONNECTION;
}

void
session_send_error(struct session *s, struct status st, struct diag *d)
{
    diag_complete(d, st);
    if (s->is_timed_out) {
        diag_clear(d);
        diag_set_sql(d, STATUS_SQL, 3024, "HY000",
                     "Query execution was interrupted, maximum statement execution time exceeded");
    }
    stats_add(&s->server->stats.errors, 1);
    message_err_write(wire_channel_begin(&s->ch), d);
    wire_channel_end(&s->ch);
}

void
session_send_ok(struct session *s, const char *info)
{
    const struct result_ok ok = {.info = slice_of_str(info)};
    message_ok_write(wire_channel_begin(&s->ch), &s->info, &ok);
    wire_channel_end(&s->ch);
}

void
session_interrupt(struct session *s, enum session_kill kind)
{
    int none = SESSION_KILL_NONE;
    if (kind == SESSION_KILL_CONNECTION) {
        s->info.kill = kind;
    } else {
        atomic_compare_exchange_strong(&s->info.kill, &none, (int) kind);
    }
    if (s->state == SESSION_RUNNING) {
        background_cancel(&s->server->background, s);
    } else if (kind == SESSION_KILL_CONNECTION) {
        (void) shutdown(s->ch.io.fd, SHUT_RDWR); /* the owner sees the end of the stream */
    }
}

/* Has the client closed its end? Only asks the kernel, reads nothing. */
static bool
is_hung_up(const struct session *s)
{
    struct pollfd p = {s->ch.io.fd, POLLRDHUP, 0};
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void
check_running(struct session *s, int64_t age_us)
{
    const int64_t limit = s->settings->cfg->proxy_query_timeout * 1000000;
    if (limit && age_us > limit && !s->is_timed_out) {
        s->is_timed_out = true;
        log_info(&s->log, "query.timeout", "cancelled after %lld s", (long long) age_us / 1000000);
        session_interrupt(s, SESSION_KILL_QUERY);
    }
    if (age_us > CHECK_RUNNING_US && is_hung_up(s)) {
        log_info(&s->log, "query.client_gone", "cancelled: the client closed its connection");
        session_interrupt(s, SESSION_KILL_CONNECTION);
    }
}

void
session_check(struct session *s, int64_t now_us)
{
    const int64_t age = now_us - s->since_us;
    switch ((enum session_state) s->state) {
    case SESSION_RUNNING:
        check_running(s, age);
        break;
    case SESSION_IDLE:
        if (age > (int64_t) s->info.wait_timeout_s * 1000000) {
            log_info(&s->log, "session.idle", "closed after %lld idle s",
                     (long long) age / 1000000);
            session_interrupt(s, SESSION_KILL_CONNECTION);
        }
        break;
    case SESSION_NEW:
    case SESSION_PROXY_HEADER:
    case SESSION_GREETED:
    case SESSION_TLS:
    case SESSION_AUTH:
    case SESSION_DENIED:
        if (s->login_us &&
            now_us - s->login_us > s->settings->cfg->proxy_handshake_timeout * 1000000) {
            log_info(&s->log, "login.timeout", "no login in time");
            session_interrupt(s, SESSION_KILL_CONNECTION);
        }
        break;
    case SESSION_CLOSING:
    case SESSION_STATES:
        break;
    }
}
