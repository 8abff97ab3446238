/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts and rights at rest: the mirror's grant tables as a script (grants.h), sealed in the catalog
 * and followed by every proxy. The users file's accounts are not part of it: they have all rights, at
 * every proxy that has the file, and no statement changes them for long.
 *
 * Threads: any.
 */
#pragma once

#include "proxy/accounts.h"
#include "proxy/store/store.h"

#define STORE_IDENTITY_MAX 33 /* bytes of an identity's name, with its NUL */

/* The users file, at the start and when it was read again; copied. */
STATUS store_accounts_set_file(struct store *s, const struct account_source *file, size_t n,
                               struct diag *d);
/* A reference of the caller's own. Never NULL once the file was set. */
struct accounts *store_accounts(struct store *s);
/* Goes up with each change of accounts or rights: one atomic load. */
uint64_t store_accounts_generation(struct store *s);

/* The guard's identity of user@host in the mirror (grants.h), made when there is none yet: its name,
 * for scratch_session_options.user. */
STATUS store_accounts_identity(struct store *s, const char *user, const char *host,
                               char name[STORE_IDENTITY_MAX], struct diag *d);
/* The password of all identities. */
const char *store_accounts_password(const struct store *s);

/* Runs an account statement on `c`, which has all rights of the client's account. */
typedef STATUS (*store_accounts_fn)(void *ctx, struct backend_conn *c, struct diag *d);
/*
 * Lets `run` change accounts as user@host would, keeps what became of them, also when it failed (some
 * of several accounts may have been changed). The outcome is run's.
 */
STATUS store_accounts_change(struct store *s, const char *user, const char *host,
                             store_accounts_fn run, void *ctx, struct diag *d);
/* Lets `run` read account information with the mirror administrator's rights. */
STATUS store_accounts_read(struct store *s, store_accounts_fn run, void *ctx, struct diag *d);
