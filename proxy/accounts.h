/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may log in, and what proves it. A snapshot: immutable besides the cache of fast
 * caching_sha2_password verifiers, which has its own lock. Refcounted; any thread. This is the
 * boundary behind which accounts come from the configuration now.
 *
 * A verifier is text: words separated by spaces, each "$A$005$" + salt + hash
 * (caching_sha2_password) or "*" + 40 hex digits (mysql_native_password). No word: empty password.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "proxy/wire/authhash.h"

struct config;

struct account {
    const char *name;
    bool is_admin;
    bool is_empty; /* logs in with an empty password only */
    bool has_sha2, has_native;
    char salt[AUTHHASH_SALT], crypt[AUTHHASH_CRYPT];
    uint8_t native[AUTHHASH_SHA1];
};

struct accounts;

STATUS accounts_new(struct accounts **out, const struct config *cfg, struct diag *d);
struct accounts *accounts_ref(struct accounts *a);
struct accounts *accounts_unref(struct accounts *a); /* NULL is fine; returns NULL */
CLEANUP_DEFINE(struct accounts *, accounts_unref)

/* Borrowed as long as `a`; NULL when there is none. */
const struct account *accounts_find(const struct accounts *a, struct slice name);

/* SHA256(SHA256(password)) learnt from a full authentication. */
bool accounts_recall(struct accounts *a, const struct account *acc, uint8_t out[AUTHHASH_SHA256]);
void accounts_remember(struct accounts *a, const struct account *acc,
                       const uint8_t stage2[AUTHHASH_SHA256]);

/* Verifier words for a new password. False: no randomness. */
bool accounts_verifier_sha2(struct slice password, struct buf *out);
void accounts_verifier_native(struct slice password, struct buf *out);
