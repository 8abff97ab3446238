/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the logical description of a table or view out of the mirror: what the scratch engine made of
 * the client's DDL. Only the logical members are filled; ids and everything physical are layout's.
 */
#pragma once

#include "proxy/backend/backend.h"
#include "rewriter/catalog/catalog.h"
#include "rewriter/types/collation.h"

/* How SHOW CREATE and defaults are to be printed; once per connection, before the functions below. */
STATUS introspect_prepare(struct backend_conn *admin, struct diag *d);

/* `admin` is a connection to the scratch engine in utf8mb4. *out is NULL when there is no such table;
 * else one reference. UNSUPPORTED: a column type that is not known. */
STATUS introspect_table(struct backend_conn *admin, const struct collation_set *collations,
                        struct slice db, struct slice name, struct cat_table **out, struct diag *d);

/* SHOW CREATE DATABASE; a NULL slice when there is none. */
STATUS introspect_db(struct backend_conn *admin, struct arena *a, struct slice db,
                     struct slice *create_sql, struct diag *d);
