/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "proxy/exec/exec.h"
#include "proxy/loop.h"
#include "proxy/proxy_header.h"
#include "proxy/wire/authhash.h"
#include "proxy/workers.h"

int64_t
server_now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

CLEANUP_DEFINE(struct settings *, settings_unref)

struct status
settings_new(struct settings **out, struct config *cfg, struct diag *d)
{
    CLEANUP(settings_unref_cleanup) struct settings *s = calloc(1, sizeof *s);
    if (s == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    s->refs = 1;
    if (!proxy_header_networks_ok(cfg->proxy_proxy_networks)) {
        FAIL(d, CONFIG, "proxy.proxy_networks: expected addresses or networks like 10.0.0.0/8");
    }
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct account_source *rows;
    size_t n;
    if (a == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    TRY(accounts_of_config(a, cfg, &rows, &n, d)); /* only to find what is wrong with it */
    if (strcmp(cfg->proxy_tls, "off") != 0) {
        TRY(tls_context_new(&s->tls, cfg, d));
    }
    s->cfg = cfg;
    *out = STEAL(s);
    return OK;
}

struct settings *
settings_unref(struct settings *s)
{
    if (s && atomic_fetch_sub(&s->refs, 1) == 1) {
        tls_context_free(s->tls);
        config_free(s->cfg);
        free(s);
    }
    return NULL;
}

struct settings *
server_settings_ref(struct server *sv)
{
    pthread_mutex_lock(&sv->settings_lock);
    struct settings *s = sv->settings;
    atomic_fetch_add(&s->refs, 1);
    pthread_mutex_unlock(&sv->settings_lock);
    return s;
}

struct status
server_reload(struct server *sv, struct config *cfg, struct diag *d)
{
    struct settings *fresh = NULL;
    struct buf changed = BUF_INIT;
    struct settings *old = server_settings_ref(sv);
    config_keep_start(cfg, old->cfg, &changed);
    settings_unref(old);
    if (changed.len) {
        log_warn(&log_process, "config.restart", "these settings change at the next restart:%s",
                 buf_cstr(&changed));
    }
    buf_deinit(&changed);
    TRY(settings_new(&fresh, cfg, d));
    const struct status st = exec_shared_set_users(sv->exec, cfg, d);
    if (!status_is_ok(st)) {
        fresh->cfg = NULL; /* still the caller's */
        settings_unref(fresh);
        return st;
    }
    pthread_mutex_lock(&sv->settings_lock);
    old = sv->settings;
    sv->settings = fresh;
    pthread_mutex_unlock(&sv->settings_lock);
    settings_unref(old);
    return OK;
}

/*
 * MariaDB 10 puts "5.5.5-" before its version, since replication once read the first digit only;
 * its connectors expect and remove it.
 */
static void
set_version(struct server *sv, const struct config *cfg)
{
    const struct slice backend = exec_shared_server_version(sv->exec);
    char own[128];
    snprintf(own, sizeof own, "%.*s", SLICE_ARG(backend));
    const char *v = cfg->proxy_server_version[0] ? cfg->proxy_server_version : own;
    sv->is_mariadb = strstr(v, "MariaDB") != NULL;
    const bool prefix = sv->is_mariadb && strncmp(v, "10.", 3) == 0;
    snprintf(sv->version, sizeof sv->version, "%s%s", prefix ? "5.5.5-" : "", v);
}

struct status
server_init(struct server *sv, struct config *cfg, struct diag *d)
{
    *sv = (struct server){.started_us = server_now_us()};
    pthread_mutex_init(&sv->settings_lock, NULL);
    session_table_init(&sv->sessions);
    throttle_init(&sv->throttle);
    TRY(settings_new(&sv->settings, cfg, d));
    sv->boot = server_settings_ref(sv);
    TRY(authhash_rsa_new(&sv->rsa));
    TRY(exec_shared_new(&sv->exec, cfg, d));
    set_version(sv, cfg);
    TRY(background_start(&sv->background, sv, d));
    return workers_new(&sv->workers, sv, (unsigned) cfg->proxy_workers, d);
}

void
server_deinit(struct server *sv)
{
    sv->workers = workers_free(sv->workers);
    background_stop(&sv->background);
    sv->exec = exec_shared_free(sv->exec);
    sv->rsa = authhash_rsa_free(sv->rsa);
    sv->settings = settings_unref(sv->settings);
    sv->boot = settings_unref(sv->boot);
    session_table_deinit(&sv->sessions);
    throttle_deinit(&sv->throttle);
    pthread_mutex_destroy(&sv->settings_lock);
}
