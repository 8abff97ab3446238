/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may log in, from where, and what proves it. A snapshot: immutable besides the cache of fast
 * caching_sha2_password verifiers, which has its own lock. Refcounted; any thread.
 *
 * Accounts are user@host patterns as MySQL has them; the most specific one that fits a client is the
 * only one tried. A verifier in the users file is text: words separated by spaces, each "$A$005$" +
 * salt + hash (caching_sha2_password) or "*" + 40 hex digits (mysql_native_password). No word: empty
 * password.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "proxy/wire/authhash.h"

struct config;

enum account_tls {
    ACCOUNT_TLS_NONE,
    ACCOUNT_TLS_ANY,
    ACCOUNT_TLS_X509,
    ACCOUNT_TLS_SPECIFIED, /* issuer, subject, cipher */
};

struct account {
    const char *user, *host; /* host: the pattern */
    bool is_admin;
    bool is_empty; /* logs in with an empty password only */
    bool has_sha2, has_native;
    bool is_locked, is_expired;
    bool is_restricted; /* has not every right on every table: the mirror checks its statements */
    enum account_tls tls;
    const char *tls_issuer, *tls_subject;
    uint32_t max_connections; /* MAX_USER_CONNECTIONS; 0: no limit */
    unsigned rounds;          /* of the salted hash */
    char salt[AUTHHASH_SALT], crypt[AUTHHASH_CRYPT];
    uint8_t native[AUTHHASH_SHA1];
};

/* What an account is made from: texts as the grant tables have them. Borrowed during accounts_new. */
struct account_source {
    struct slice user, host;
    struct slice plugin, auth; /* authentication plugin and its string */
    bool is_admin, is_locked, is_expired, is_restricted;
    enum account_tls tls;
    struct slice tls_issuer, tls_subject;
    uint32_t max_connections;
};

struct accounts;

/* Fast verifiers that `before` (may be NULL) learnt are kept where the password is the same. */
STATUS accounts_new(struct accounts **out, const struct account_source *rows, size_t n,
                    struct accounts *before, struct diag *d);
/* The accounts of the users file: name@'%', all rights, `auth` = the words, `plugin` NULL. In `a`. */
STATUS accounts_of_config(struct arena *a, const struct config *cfg, struct account_source **out,
                          size_t *n, struct diag *d);
struct accounts *accounts_ref(struct accounts *a);
struct accounts *accounts_unref(struct accounts *a); /* NULL is fine; returns NULL */
CLEANUP_DEFINE(struct accounts *, accounts_unref)

/* The account of a client at `host` ("localhost" on a unix socket, else its address). Borrowed as long
 * as `a`; NULL when there is none. */
const struct account *accounts_find(const struct accounts *a, struct slice user, const char *host);

/* Exactly user@host, or NULL. */
const struct account *accounts_get(const struct accounts *a, const char *user, const char *host);
/* For a name that is no account's: always the same one of the others, to be imitated so that nobody
 * learns which names exist. NULL when there are none. */
const struct account *accounts_decoy(const struct accounts *a, struct slice user);

/* SHA256(SHA256(password)) learnt from a full authentication. */
bool accounts_recall(struct accounts *a, const struct account *acc, uint8_t out[AUTHHASH_SHA256]);
void accounts_remember(struct accounts *a, const struct account *acc,
                       const uint8_t stage2[AUTHHASH_SHA256]);

/* Verifier words for a new password. False: no randomness. */
bool accounts_verifier_sha2(struct slice password, struct buf *out);
void accounts_verifier_native(struct slice password, struct buf *out);
