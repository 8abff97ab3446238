/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which installation the server's catalog belongs to, and what to do when it is another one than this
 * proxy has read: the server was restored from a backup, or set up anew. The proxy then does what a
 * restart would do, without one: everything is read again. Catalog versions keep growing all the same,
 * so nothing that was planned for an older one can be taken for current.
 */
#pragma once

#include "proxy/store/store_priv.h"

struct store_meta {
    uint64_t version; /* of the catalog */
    uint64_t home;    /* random; another one after a restore */
};

/*
 * Under ddl_lock and the cluster lock, connected. Makes schema `allium` when the server has none, with
 * the catalog at `version`; *made tells. KEY_WRONG: the data is another master key's. STARTUP: the
 * format is newer, or the schema is gone while the server still has our databases.
 */
STATUS store_meta_ensure(struct store *s, uint64_t version, bool *made, struct diag *d);
/* Upstream errors 1049 and 1146 when there is no catalog. */
STATUS store_meta_read(struct store *s, struct store_meta *out, struct diag *d);
/* Declares the server's catalog a new one, at `version`: every other proxy reads it anew, too. */
STATUS store_meta_supersede(struct store *s, uint64_t version, struct diag *d);
