/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror's grant tables. The scratch engine is a MySQL server: it runs account statements, judges
 * privileges and prints SHOW GRANTS itself; what it then holds in mysql.* is the whole truth, read here
 * as a script of INSERT statements (which the catalog keeps sealed) and written back when a mirror is
 * filled.
 *
 * Nobody can log in to the mirror as a client's account, whose password is the client's. What works for an
 * account there is its *identity*: an account of the mirror with the same rights and a password of
 * ours. A guard's identity lacks what would let it see other clients (PROCESS) or files (FILE); a
 * grantor's has all of the account's rights, and runs account statements only.
 *
 * admin: the scratch engine's administrator, in any state; its session variables are changed.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "proxy/accounts.h"
#include "proxy/backend/backend.h"

#define GRANTS_RESERVED "allium_" /* user names that begin so are the mirror's own */

enum grants_kind {
    GRANTS_GUARD,
    GRANTS_GRANTOR
};

/* Appends the script of all clients' accounts and roles, without the users file's (`file`, n). */
STATUS grants_read(struct backend_conn *admin, const struct account_source *file, size_t n,
                   struct buf *script, struct diag *d);
/* Replaces all clients' accounts by those of the script and of the users file, who get all rights. */
STATUS grants_write(struct backend_conn *admin, const struct account_source *file, size_t n,
                    struct slice script, struct diag *d);
/* The users file's accounts anew: whatever a statement did to them is undone. */
STATUS grants_restore_file(struct backend_conn *admin, const struct account_source *file, size_t n,
                           struct diag *d);
/* Everything that login needs of the accounts, without the users file's; in `a`. */
STATUS grants_accounts(struct backend_conn *admin, const struct account_source *file, size_t n,
                       struct arena *a, struct account_source **out, size_t *n_out, struct diag *d);

/* Makes the identity `name` of user@host anew, with this password. */
STATUS grants_identity(struct backend_conn *admin, struct slice user, struct slice host,
                       const char *name, const char *password, enum grants_kind kind,
                       struct diag *d);
STATUS grants_drop_identity(struct backend_conn *admin, const char *name, struct diag *d);
/* A grantor changed its own password (SET PASSWORD = ..): user@host gets what it has now. */
STATUS grants_adopt_password(struct backend_conn *admin, const char *identity, struct slice user,
                             struct slice host, struct diag *d);
/* Plugin and authentication string of name@localhost, in `a`. */
STATUS grants_password(struct backend_conn *admin, const char *name, struct arena *a,
                       struct slice *out, struct diag *d);
