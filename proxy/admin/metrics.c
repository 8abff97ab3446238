/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/admin/metrics.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "proxy/server.h"

#ifndef ALLIUM_VERSION
#    define ALLIUM_VERSION "unknown"
#endif

struct metrics {
    struct server *server;
    struct evhttp *http;
};

CLEANUP_DEFINE(struct metrics *, metrics_free)

static void
reply(struct evhttp_request *req, int code, const char *reason, struct evbuffer *body)
{
    evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type",
                      "text/plain; version=0.0.4; charset=utf-8");
    evhttp_send_reply(req, code, reason, body);
    evbuffer_free(body);
}

static void
one(struct evbuffer *out, const char *name, const char *suffix, const char *type, const char *help,
    uint64_t value)
{
    evbuffer_add_printf(out, "# HELP allium_%s%s %s\n# TYPE allium_%s%s %s\nallium_%s%s %llu\n",
                        name, suffix, help, name, suffix, type, name, suffix,
                        (unsigned long long) value);
}

static void
on_metrics(struct evhttp_request *req, void *arg)
{
    const struct metrics *m = arg;
    const struct stats *st = &m->server->stats;
    struct evbuffer *out = evbuffer_new();
    if (out == NULL) {
        evhttp_send_error(req, HTTP_INTERNAL, NULL);
        return;
    }
#define STATS_COUNTER(name, help) one(out, #name, "_total", "counter", help, st->name);
#define STATS_GAUGE(name, help)   one(out, #name, "", "gauge", help, st->name);
    STATS_LIST
#undef STATS_COUNTER
#undef STATS_GAUGE
    one(out, "uptime", "_seconds", "gauge", "Seconds since the start.",
        (uint64_t) (server_now_us() - m->server->started_us) / 1000000);
    evbuffer_add_printf(out,
                        "# HELP allium_build_info Version.\n# TYPE allium_build_info gauge\n"
                        "allium_build_info{version=\"%s\"} 1\n",
                        ALLIUM_VERSION);
    reply(req, HTTP_OK, "OK", out);
}

static void
text(struct evhttp_request *req, int code, const char *reason, const char *body)
{
    struct evbuffer *out = evbuffer_new();
    if (out) {
        evbuffer_add_printf(out, "%s\n", body);
        reply(req, code, reason, out);
    } else {
        evhttp_send_error(req, HTTP_INTERNAL, NULL);
    }
}

static void
on_live(struct evhttp_request *req, void *arg)
{
    text(req, HTTP_OK, "OK", "alive");
}

static void
on_ready(struct evhttp_request *req, void *arg)
{
    const struct metrics *m = arg;
    struct diag why = DIAG_INIT;
    if (m->server->is_draining) {
        text(req, HTTP_SERVUNAVAIL, "Draining", "draining");
    } else if (background_is_ready(&m->server->background, &why)) {
        text(req, HTTP_OK, "OK", "ready");
    } else {
        text(req, HTTP_SERVUNAVAIL, "Not ready", why.message);
    }
}

struct status
metrics_new(struct metrics **out, struct server *sv, struct event_base *base, struct diag *d)
{
    const char *where = sv->settings->cfg->admin_http;
    char host[128];
    const char *colon = strrchr(where, ':');
    uint64_t port;
    if (where[0] == '\0') {
        return OK;
    }
    if (colon == NULL || !slice_parse_u64(slice_of_str(colon + 1), &port) || port > 65535) {
        FAIL(d, CONFIG, "admin.http: %s is not host:port", where);
    }
    CLEANUP(metrics_free_cleanup) struct metrics *m = calloc(1, sizeof *m);
    if (m == NULL || (m->http = evhttp_new(base)) == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    m->server = sv;
    snprintf(host, sizeof host, "%.*s", (int) (colon - where), where);
    evhttp_set_allowed_methods(m->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_cb(m->http, "/metrics", on_metrics, m);
    evhttp_set_cb(m->http, "/health/live", on_live, m);
    evhttp_set_cb(m->http, "/health/ready", on_ready, m);
    if (evhttp_bind_socket(m->http, host, (uint16_t) port) != 0) {
        FAIL(d, STARTUP, "cannot listen on %s: %s", where, strerror(errno));
    }
    *out = STEAL(m);
    return OK;
}

struct metrics *
metrics_free(struct metrics *m)
{
    if (m) {
        if (m->http) {
            evhttp_free(m->http);
        }
        free(m);
    }
    return NULL;
}
