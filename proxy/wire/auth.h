/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server side of a login as a state machine without I/O: packets in, packets out. An unknown
 * user, a wrong password and a locked method look the same from outside: same packets, same error,
 * same cost (the slow hash is computed against a fixed salt).
 *
 *   START ── response of the handshake ──▶ verified here, or
 *         ├─ switch ─▶ SWITCHED ── response ─▶ verified, or
 *         └─ perform full authentication ─▶ FULL ── clear text (TLS, unix socket) ─▶ verified
 *                                            └─ 0x02 ─▶ KEY_SENT ── RSA-sealed ─▶ verified
 */
#pragma once

#include "proxy/accounts.h"

enum auth_step {
    AUTH_START,
    AUTH_SWITCHED,
    AUTH_FULL,
    AUTH_KEY_SENT,
    AUTH_END
};

enum auth_result {
    AUTH_MORE,   /* send `reply`, wait for a packet */
    AUTH_OK,     /* send `reply` if it is not empty, then OK */
    AUTH_DENIED, /* send the access-denied error */
    AUTH_MALFORMED,
    AUTH_TOO_OLD, /* the client has no authentication plugins and the account needs one */
};

struct auth_plugin;

struct auth {
    struct accounts *accounts;     /* a reference of its own */
    const struct account *account; /* NULL: unknown user */
    const struct account *model;   /* `account`, or whom an unknown user is like */
    struct authhash_rsa *rsa;      /* NULL: full authentication needs a secure channel */
    const struct auth_plugin *plugin;
    const char *first_offer; /* name of the plugin of the greeting */
    bool is_secure, has_plugins;
    bool used_password;
    enum auth_step step;
    uint8_t scramble[AUTHHASH_SCRAMBLE];
};

/* Fresh scramble; false: no randomness. `offer` is the configured method. */
bool auth_init(struct auth *a, struct accounts *accounts, struct authhash_rsa *rsa,
               const char *offer);
void auth_deinit(struct auth *a);

/* What the client said first (handshake response or COM_CHANGE_USER). */
struct auth_hello {
    struct slice user, response, plugin; /* plugin NULL: not told */
    bool has_plugins, is_secure;
    /* COM_CHANGE_USER answers a scramble of long ago: always switch. */
    bool force_switch;
    const char *host; /* of the client, as accounts_find takes it; NULL: a unix socket */
};
enum auth_result auth_begin(struct auth *a, const struct auth_hello *hello, struct buf *reply);
enum auth_result auth_continue(struct auth *a, struct slice packet, struct buf *reply);
/* Name of the method in use; after auth_begin. */
const char *auth_method(const struct auth *a);
