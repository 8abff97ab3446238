/* SPDX-License-Identifier: Apache-2.0 */
/* alliumd: reads the settings, starts the server, runs until it is told to drain. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/secret.h"
#include "proxy/admin/metrics.h"
#include "proxy/config.h"
#include "proxy/loop.h"
#include "proxy/notify.h"
#include "proxy/server.h"

#ifndef ALLIUM_VERSION
#    define ALLIUM_VERSION "unknown"
#endif
#define DEFAULT_CONFIG "/etc/allium/allium.conf"
#define ARGS_MAX       64

struct options {
    const char *config_path;
    const char *args[ARGS_MAX]; /* section.key=value */
    size_t n_args;
    bool check, print, version, help;
};

static const char usage[] =
    "usage: alliumd [--config FILE] [--section.key=value ...]\n"
    "       alliumd --check-config | --print-config | --version | --help\n"
    "Settings: alliumd --print-config lists them; allium.conf(5) explains them.\n";

static bool
parse_args(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (strcmp(a, "--config") == 0 && i + 1 < argc) {
            o->config_path = argv[++i];
        } else if (strncmp(a, "--config=", 9) == 0) {
            o->config_path = a + 9;
        } else if (strcmp(a, "--check-config") == 0) {
            o->check = true;
        } else if (strcmp(a, "--print-config") == 0) {
            o->print = true;
        } else if (strcmp(a, "--version") == 0) {
            o->version = true;
        } else if (strcmp(a, "--help") == 0) {
            o->help = true;
        } else if (strncmp(a, "--", 2) == 0 && o->n_args < ARGS_MAX) {
            o->args[o->n_args++] = a + 2;
        } else {
            return false;
        }
    }
    return true;
}

static struct status
load(const struct options *o, struct config **cfg, struct diag *d)
{
    return config_load(cfg, o->config_path, o->args, o->n_args, d);
}

/* SIGHUP, on the first event thread. */
struct reload {
    const struct options *options;
    struct server *server;
};

static void
on_reload(void *ctx)
{
    const struct reload *r = ctx;
    struct config *cfg = NULL;
    struct diag d = DIAG_INIT;
    struct status st = load(r->options, &cfg, &d);
    notify_reloading();
    if (status_is_ok(st)) {
        st = server_reload(r->server, cfg, &d);
        if (!status_is_ok(st)) {
            config_free(cfg);
        }
    }
    if (status_is_ok(st)) {
        log_info(&log_process, "config.reload", "settings and certificates read again");
    } else {
        diag_complete(&d, st);
        log_error(&log_process, "config.reload", "not reloaded: %s", d.message);
    }
    notify_ready();
}

static struct status
serve(struct server *sv, const struct options *o, struct diag *d)
{
    struct reload reload = {o, sv};
    struct metrics *metrics = NULL;
    TRY(loop_new(&sv->loop, sv, on_reload, &reload, d));
    TRY(metrics_new(&metrics, sv, loop_base(sv->loop), d));
    log_info(&log_process, "server.ready", "version %s; clients on %s%s%s; speaking as %s",
             ALLIUM_VERSION, sv->settings->cfg->proxy_listen,
             sv->settings->cfg->proxy_socket[0] ? " and " : "", sv->settings->cfg->proxy_socket,
             sv->version);
    notify_ready();
    loop_run(sv->loop);
    notify_stopping();
    metrics_free(metrics);
    return OK;
}

static int
fail(struct status st, struct diag *d)
{
    diag_complete(d, st);
    fprintf(stderr, "alliumd: %s\n", d->message);
    return EXIT_FAILURE;
}

static void
print_config(const struct config *cfg)
{
    struct buf out = BUF_INIT;
    config_print(cfg, &out);
    fputs(buf_cstr(&out), stdout);
    buf_deinit(&out);
}

/* One descriptor per client and one per server connection: take what the system allows. */
static void
raise_descriptor_limit(void)
{
    struct rlimit lim;
    if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < lim.rlim_max) {
        lim.rlim_cur = lim.rlim_max;
        (void) setrlimit(RLIMIT_NOFILE, &lim);
    }
}

static int
run(struct config *cfg, const struct options *o)
{
    static struct server sv;
    struct diag d = DIAG_INIT;
    if (log_open(cfg->log_file, strcmp(cfg->log_format, "json") == 0,
                 log_level_parse(cfg->log_level)) != 0) {
        fprintf(stderr, "alliumd: cannot open the log file %s\n", cfg->log_file);
        config_free(cfg);
        return EXIT_FAILURE;
    }
    if (secret_process_protect() != 0) {
        log_warn(&log_process, "memory.lock", "memory cannot be locked; keys may be swapped out");
    }
    struct status st = server_init(&sv, cfg, &d);
    if (status_is_ok(st)) {
        st = serve(&sv, o, &d);
    } else if (sv.settings == NULL) {
        config_free(cfg);
    }
    if (!status_is_ok(st)) {
        diag_complete(&d, st);
        log_error(&log_process, "server.start", "%s", d.message);
    }
    struct loop *loop = sv.loop;
    server_deinit(&sv); /* sessions are gone; their workers end before the loop's memory goes */
    loop_free(loop);
    log_info(&log_process, "server.stop", "bye");
    return status_is_ok(st) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
    static struct options o;
    struct config *cfg = NULL;
    struct diag d = DIAG_INIT;
    if (!parse_args(argc, argv, &o) || o.help) {
        fputs(usage, o.help ? stdout : stderr);
        return o.help ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (o.version) {
        puts("alliumd " ALLIUM_VERSION);
        return EXIT_SUCCESS;
    }
    const struct status st = load(&o, &cfg, &d);
    if (!status_is_ok(st)) {
        return fail(st, &d);
    }
    if (o.check || o.print) {
        struct settings *settings = NULL;
        const struct status checked = settings_new(&settings, cfg, &d);
        if (o.print) {
            print_config(cfg);
        }
        if (!status_is_ok(checked)) {
            config_free(cfg);
            return fail(checked, &d);
        }
        settings_unref(settings);
        return EXIT_SUCCESS;
    }
    (void) signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    return run(cfg, &o);
}
