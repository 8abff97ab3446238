/* SPDX-License-Identifier: Apache-2.0 */
/* A store over a private server (with_server.sh) and a scratch engine, and rows in and out of it. */
#pragma once

#include "proxy/store/ddl.h"
#include "proxy/store/store.h"
#include "rewriter/emit/cells.h"

struct fixture {
    struct backend_params params;
    enum backend_flavour flavour;
    struct master *master;
    struct keyring *keyring;
    struct arena *arena;
    struct collation_set *collations;
    struct cells_env cells;
    struct scratch *scratch;
    struct store *store;
    struct scratch_session *session;
    struct diag d;
};

void fixture_open(struct fixture *f, struct master *master);
void fixture_close(struct fixture *f);
/* One DDL statement; names: "db.table" separated by blanks. */
struct status fixture_ddl(struct fixture *f, enum ddl_kind kind, const char *names,
                          const char *text);
/* Fails the test with the message when it does not succeed. */
void fixture_ok(struct fixture *f, enum ddl_kind kind, const char *names, const char *text);
/* Inserts one row given as text cells ("NULL" for NULL). */
void fixture_insert(struct fixture *f, const char *db, const char *table, const char *const *cells);
/* All rows, decrypted, as "1,abc;2,NULL;" by rid. Valid until the next call. */
const char *fixture_rows(struct fixture *f, const char *db, const char *table);
/* One cell of a query on the backend or the scratch engine; "" for no row. Valid until the next call. */
const char *fixture_backend(struct fixture *f, const char *sql);
const char *fixture_scratch(struct fixture *f, const char *sql);
