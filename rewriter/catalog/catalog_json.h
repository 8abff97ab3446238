/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database or table of the catalog as JSON text and back (docs/formats/catalog.md). The text is
 * plaintext: the store seals it before it leaves the proxy. Readers accept exactly the formats that
 * they know: CIPHERTEXT for anything else.
 */
#pragma once

#include "base/buf.h"
#include "base/diag.h"
#include "rewriter/catalog/catalog.h"
#include "rewriter/types/collation.h"

#define CATALOG_JSON_FORMAT 1

STATUS catalog_json_write_db(const struct cat_db *db, struct buf *out);
STATUS catalog_json_write_table(const struct cat_table *t, struct buf *out);

/* Strings of *db point into `a`. */
STATUS catalog_json_read_db(struct arena *a, struct slice json, struct cat_db *db, struct diag *d);
/* One reference. `version` is not part of the text: the caller sets it. */
STATUS catalog_json_read_table(const struct collation_set *collations, struct slice json,
                               struct cat_table **out, struct diag *d);
