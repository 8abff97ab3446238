/* SPDX-License-Identifier: Apache-2.0 */
/* Tables by hand, as introspection would describe them. */
#pragma once

#include "rewriter/catalog/catalog.h"
#include "rewriter/types/collation.h"

extern struct collation_set *make_collations;

void make_setup(void);
void make_teardown(void);
struct cat_table *make_table(uint64_t id, const char *db, const char *name);
/* type as information_schema prints it; a text type gets utf8mb4_general_ci. */
void make_column(struct cat_table *t, const char *name, const char *type, bool nullable);
/* Columns by position, -1 ends; prefix of the last one. */
void make_key(struct cat_table *t, const char *name, bool unique, const int *columns,
              uint32_t prefix);
void make_fk(struct cat_table *t, const char *name, int column, const char *ref_db,
             const char *ref_table, const char *ref_column);
