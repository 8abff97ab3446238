/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "proxy/notify.h"
#include "proxy/wire/message.h"
#include "proxy/workers.h"

#define BACKLOG       1024
#define LISTENERS_MAX 16
#define THREADS_MAX   16

/* An idle session keeps its connection to the scratch engine so long. */
static const struct timeval rest_after = {1, 0};

struct listener {
    struct loop *loop;
    struct evconnlistener *ev;
    bool is_unix, is_admin;
};

struct loop {
    struct server *server;
    struct event_base *bases[THREADS_MAX];
    pthread_t threads[THREADS_MAX]; /* [0] is the caller of loop_run */
    unsigned n_bases, next_base;
    struct listener listeners[LISTENERS_MAX];
    unsigned n_listeners;
    bool is_paused;
    struct event *signals[3], *tick, *drain;
    char unix_path[sizeof((struct sockaddr_un *) 0)->sun_path];
    int64_t drain_started_us;
    void (*on_reload)(void *);
    void *reload_ctx;
};

/* Hung on session.watch: the session's event and the base it lives on. */
struct watch {
    struct event *read, *write, *timer;
};

/* ---- sessions ---- */

static void
free_event(struct event **ev)
{
    if (*ev) {
        event_free(*ev);
        *ev = NULL;
    }
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
    struct session *s = arg;
    if (what == EV_TIMEOUT && s->state == SESSION_IDLE) {
        s->is_resting = true;
        workers_submit(s->server->workers, s);
        return;
    }
    const enum session_wait wait = session_advance(s);
    if (wait == SESSION_READY) {
        workers_submit(s->server->workers, s); /* not ours from here on */
    } else {
        loop_watch(s, wait);
    }
}

void
loop_watch(struct session *s, enum session_wait wait)
{
    const struct watch *watch = s->watch;
    wire_channel_trim(&s->ch); /* idle clients hold no buffers */
    if (wait == SESSION_WAIT_TIME) {
        const int64_t us = s->wake_us - server_now_us();
        const struct timeval tv = {us > 0 ? us / 1000000 : 0, us > 0 ? us % 1000000 : 0};
        event_add(watch->timer, &tv);
        return;
    }
    const bool may_rest = s->state == SESSION_IDLE && s->exec && !s->has_rested;
    event_add(wait == SESSION_WAIT_WRITE ? watch->write : watch->read,
              may_rest ? &rest_after : NULL);
}

void
loop_unwatch(struct session *s)
{
    struct watch *watch = s->watch;
    if (watch) {
        free_event(&watch->read); /* waits for a callback of this event that still runs */
        free_event(&watch->write);
        free_event(&watch->timer);
        free(watch);
        s->watch = NULL;
    }
}

static bool
watch_new(struct loop *l, struct session *s)
{
    struct watch *watch = calloc(1, sizeof *watch);
    struct event_base *base = l->bases[l->next_base++ % l->n_bases];
    if (watch) {
        watch->read = event_new(base, s->ch.io.fd, EV_READ, on_socket, s);
        watch->write = event_new(base, s->ch.io.fd, EV_WRITE, on_socket, s);
        watch->timer = event_new(base, -1, 0, on_socket, s);
    }
    s->watch = watch;
    return watch && watch->read && watch->write && watch->timer;
}

/* ---- listeners ---- */

/* No session: an ERR packet as the whole conversation. */
static void
refuse(struct server *sv, evutil_socket_t fd)
{
    struct diag d = DIAG_INIT;
    struct wire_channel ch;
    stats_add(&sv->stats.connections_refused, 1);
    diag_set_sql(&d, STATUS_LIMIT, 1040, "08004", "Too many connections");
    wire_channel_init(&ch, 0);
    wire_io_init_socket(&ch.io, fd);
    message_err_write(wire_channel_begin(&ch), &d);
    wire_channel_end(&ch);
    (void) wire_channel_flush(&ch).code;
    wire_channel_deinit(&ch);
}

static bool
is_full(struct server *sv)
{
    struct settings *settings = server_settings_ref(sv);
    const bool full = sv->stats.sessions >= (uint64_t) settings->cfg->proxy_max_connections;
    settings_unref(settings);
    return full;
}

static void
on_accept(struct evconnlistener *ev, evutil_socket_t fd, struct sockaddr *addr, int len, void *arg)
{
    const struct listener *li = arg;
    struct server *sv = li->loop->server;
    struct sockaddr_storage peer = {.ss_family = AF_UNIX};
    const int on = 1;
    if (!li->is_unix) {
        (void) getpeername(fd, (struct sockaddr *) &peer, &(socklen_t){sizeof peer});
        (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void) setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    }
    stats_add(&sv->stats.connections, 1);
    if (!li->is_admin && is_full(sv)) {
        refuse(sv, fd);
        return;
    }
    struct session *s = session_new(sv, fd, li->is_unix, li->is_admin, &peer);
    if (s == NULL || !watch_new(li->loop, s)) {
        log_error(&log_process, "accept.memory", "out of memory for a client");
        if (s) {
            session_free(s);
        }
        return;
    }
    loop_watch(s, session_start(s));
}

/* Out of descriptors or memory: accepting again at once would only spin; the tick resumes. */
static void
on_accept_error(struct evconnlistener *ev, void *arg)
{
    const struct listener *li = arg;
    log_error(&log_process, "accept.failed", "accept: %s; trying again in a second",
              strerror(errno));
    evconnlistener_disable(ev);
    li->loop->is_paused = true;
}

static void
resume_accepting(struct loop *l)
{
    for (unsigned i = 0; l->is_paused && i < l->n_listeners; i++) {
        evconnlistener_enable(l->listeners[i].ev);
    }
    l->is_paused = false;
}

static struct status
add_listener(struct loop *l, const struct sockaddr *addr, socklen_t len, const char *name,
             bool is_admin, struct diag *d)
{
    if (l->n_listeners == LISTENERS_MAX) {
        FAIL(d, CONFIG, "more than %d listeners", LISTENERS_MAX);
    }
    struct listener *li = &l->listeners[l->n_listeners];
    *li = (struct listener){.loop = l, .is_unix = addr->sa_family == AF_UNIX, .is_admin = is_admin};
    li->ev =
        evconnlistener_new_bind(l->bases[0], on_accept, li,
                                LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
                                BACKLOG, addr, (int) len);
    if (li->ev == NULL) {
        FAIL(d, STARTUP, "cannot listen on %s: %s", name, strerror(errno));
    }
    evconnlistener_set_error_cb(li->ev, on_accept_error);
    l->n_listeners++;
    return OK;
}

static struct status
listen_tcp(struct loop *l, const char *list, bool is_admin, struct diag *d)
{
    struct slice rest = slice_of_str(list), item;
    while (config_list_next(&rest, &item)) {
        char text[128];
        struct sockaddr_storage addr;
        int len = sizeof addr;
        snprintf(text, sizeof text, "%.*s", SLICE_ARG(item));
        if (evutil_parse_sockaddr_port(text, (struct sockaddr *) &addr, &len) != 0) {
            FAIL(d, CONFIG, "%s is not an address (expected 127.0.0.1:6033 or [::1]:6033)", text);
        }
        TRY(add_listener(l, (struct sockaddr *) &addr, (socklen_t) len, text, is_admin, d));
    }
    return OK;
}

static struct status
listen_unix(struct loop *l, const struct config *cfg, struct diag *d)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (cfg->proxy_socket[0] == '\0') {
        return OK;
    }
    if (strlen(cfg->proxy_socket) >= sizeof addr.sun_path) {
        FAIL(d, CONFIG, "proxy.socket: the path is too long");
    }
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", cfg->proxy_socket);
    (void) unlink(addr.sun_path); /* of a run that was killed */
    TRY(add_listener(l, (struct sockaddr *) &addr, sizeof addr, cfg->proxy_socket, false, d));
    snprintf(l->unix_path, sizeof l->unix_path, "%s", addr.sun_path);
    if (chmod(addr.sun_path, (mode_t) cfg->proxy_socket_mode) != 0) {
        FAIL(d, STARTUP, "cannot set the mode of %s: %s", cfg->proxy_socket, strerror(errno));
    }
    return OK;
}

unsigned
loop_port(const struct loop *l, const char *kind)
{
    const bool admin = strcmp(kind, "admin") == 0;
    for (unsigned i = 0; i < l->n_listeners; i++) {
        struct sockaddr_in addr;
        socklen_t len = sizeof addr;
        if (l->listeners[i].is_admin == admin && !l->listeners[i].is_unix &&
            getsockname(evconnlistener_get_fd(l->listeners[i].ev), (struct sockaddr *) &addr,
                        &len) == 0) {
            return ntohs(addr.sin_port);
        }
    }
    return 0;
}

/* ---- signals, watchdog, draining ---- */

static void
check_one(void *ctx, struct session *s)
{
    session_check(s, *(const int64_t *) ctx);
}

/* Draining: what is between transactions goes now; at the deadline everything goes. */
static void
drain_one(void *ctx, struct session *s)
{
    const bool all = *(const bool *) ctx;
    if (all || (s->state != SESSION_RUNNING && !s->is_in_trans)) {
        session_interrupt(s, SESSION_KILL_CONNECTION);
    }
}

static void
drain_step(struct loop *l, int64_t now)
{
    struct settings *settings = server_settings_ref(l->server);
    const bool all = now - l->drain_started_us >= settings->cfg->proxy_drain_timeout * 1000000;
    settings_unref(settings);
    session_table_walk(&l->server->sessions, drain_one, (void *) &all);
    if (l->server->stats.sessions == 0) {
        for (unsigned i = 0; i < l->n_bases; i++) {
            event_base_loopbreak(l->bases[i]);
        }
    }
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct loop *l = arg;
    int64_t now = server_now_us();
    notify_watchdog();
    if (l->server->is_draining) {
        drain_step(l, now);
    } else {
        session_table_walk(&l->server->sessions, check_one, &now);
        resume_accepting(l);
    }
}

static void
on_drain(evutil_socket_t fd, short what, void *arg)
{
    static const struct timeval often = {0, 50000};
    struct loop *l = arg;
    if (l->server->is_draining) {
        return;
    }
    l->server->is_draining = true;
    l->drain_started_us = server_now_us();
    for (unsigned i = 0; i < l->n_listeners; i++) {
        evconnlistener_free(l->listeners[i].ev);
    }
    l->n_listeners = 0;
    log_info(&log_process, "server.drain", "draining %llu sessions",
             (unsigned long long) l->server->stats.sessions);
    event_add(l->tick, &often);
}

void
loop_drain(struct loop *l)
{
    event_active(l->drain, EV_TIMEOUT, 0);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
    struct loop *l = arg;
    if (number == SIGHUP) {
        log_reopen();
        l->on_reload(l->reload_ctx);
    } else if (l->server->is_draining) {
        log_warn(&log_process, "server.abort", "second signal: ending at once");
        l->drain_started_us = INT64_MIN / 2; /* the next tick kills every session */
    } else {
        on_drain(-1, 0, l);
    }
}

static struct status
add_timers(struct loop *l, struct diag *d)
{
    static const int numbers[3] = {SIGTERM, SIGINT, SIGHUP};
    static const struct timeval second = {1, 0};
    bool ok = true;
    for (int i = 0; i < 3; i++) {
        l->signals[i] = evsignal_new(l->bases[0], numbers[i], on_signal, l);
        ok = ok && l->signals[i] && event_add(l->signals[i], NULL) == 0;
    }
    l->tick = event_new(l->bases[0], -1, EV_PERSIST, on_tick, l);
    l->drain = event_new(l->bases[0], -1, 0, on_drain, l);
    if (!ok || l->drain == NULL || l->tick == NULL || event_add(l->tick, &second) != 0) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    return OK;
}

/* ---- life ---- */

CLEANUP_DEFINE(struct loop *, loop_free)

struct status
loop_new(struct loop **out, struct server *sv, void (*on_reload)(void *), void *ctx, struct diag *d)
{
    const struct config *cfg = sv->settings->cfg;
    if (evthread_use_pthreads() != 0) {
        FAIL(d, STARTUP, "libevent has no threads");
    }
    CLEANUP(loop_free_cleanup) struct loop *l = calloc(1, sizeof *l);
    if (l == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    l->server = sv;
    l->on_reload = on_reload;
    l->reload_ctx = ctx;
    const int64_t n = cfg->proxy_event_threads < 1 ? 1 : cfg->proxy_event_threads;
    for (int64_t i = 0; i < n && i < THREADS_MAX; i++) {
        if ((l->bases[i] = event_base_new()) == NULL) {
            FAIL(d, NO_MEMORY, "out of memory");
        }
        l->n_bases++;
    }
    TRY(listen_tcp(l, cfg->proxy_listen, false, d));
    TRY(listen_unix(l, cfg, d));
    TRY(listen_tcp(l, cfg->admin_listen, true, d));
    TRY(add_timers(l, d));
    *out = STEAL(l);
    return OK;
}

struct loop *
loop_free(struct loop *l)
{
    if (l == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < l->n_listeners; i++) {
        evconnlistener_free(l->listeners[i].ev);
    }
    for (int i = 0; i < 3; i++) {
        free_event(&l->signals[i]);
    }
    free_event(&l->tick);
    free_event(&l->drain);
    for (unsigned i = 0; i < l->n_bases; i++) {
        event_base_free(l->bases[i]);
    }
    if (l->unix_path[0]) {
        (void) unlink(l->unix_path);
    }
    free(l);
    return NULL;
}

static void *
thread_main(void *base)
{
    event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
    return NULL;
}

void
loop_run(struct loop *l)
{
    for (unsigned i = 1; i < l->n_bases; i++) {
        if (pthread_create(&l->threads[i], NULL, thread_main, l->bases[i]) != 0) {
            log_error(&log_process, "loop.thread", "cannot start an event thread");
            l->n_bases = i;
        }
    }
    thread_main(l->bases[0]);
    for (unsigned i = 1; i < l->n_bases; i++) {
        pthread_join(l->threads[i], NULL);
    }
}

struct event_base *
loop_base(struct loop *l)
{
    return l->bases[0];
}
