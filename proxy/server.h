/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the whole process shares. Made by main before any thread starts; members change only as
 * written beside them.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/status.h"
#include "proxy/accounts.h"
#include "proxy/background.h"
#include "proxy/config.h"
#include "proxy/session_table.h"
#include "proxy/stats.h"
#include "proxy/throttle.h"
#include "proxy/tls.h"

struct exec_shared;
struct loop;
struct workers;

/* What SIGHUP replaces as a whole; a session keeps the one it started with. Immutable, refcounted. */
struct settings {
    _Atomic unsigned refs;
    struct config *cfg;
    struct tls_context *tls; /* NULL: off */
};

STATUS settings_new(struct settings **out, struct config *cfg,
                    struct diag *d); /* takes cfg if OK */
struct settings *settings_unref(struct settings *s);

struct server {
    pthread_mutex_t settings_lock;
    struct settings *settings; /* current; under the lock */
    struct settings *boot;     /* of the start: the executor keeps its config */
    struct authhash_rsa *rsa;
    char version[160]; /* as told to clients */
    bool is_mariadb;
    struct session_table sessions;
    struct workers *workers;
    struct loop *loop;
    struct exec_shared *exec;
    struct background background;
    struct throttle throttle;
    struct stats stats;
    int64_t started_us;
    _Atomic bool is_draining;
};

/* Takes cfg. Opens keys, login methods, the executor. */
STATUS server_init(struct server *sv, struct config *cfg, struct diag *d);
void server_deinit(struct server *sv);
struct settings *server_settings_ref(struct server *sv);
/* SIGHUP: takes cfg; keeps what needs a restart. On failure nothing changes. */
STATUS server_reload(struct server *sv, struct config *cfg, struct diag *d);

int64_t server_now_us(void); /* monotonic */
