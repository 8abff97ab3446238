/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constructors for trees made by hand. All nodes come from the arena, zeroed; NULL children of OPT fields
 * are absent. sql_new(a, BINARY, binary) is the general form; the helpers below cover what emitters write.
 * Names and texts are borrowed: they must live as long as the tree.
 */
#pragma once

#include "base/arena.h"
#include "rewriter/sql/ast.h"

struct sql_node *sql_build_node(struct arena *a,
                                enum sql_kind kind); /* zeroed struct of that kind */
size_t sql_build_size(enum sql_kind kind);
#define sql_new(a, KIND, stem) ((struct sql_##stem *) sql_build_node((a), SQL_##KIND))

struct sql_node *sql_build_raw(struct arena *a, struct slice text);
struct sql_node *sql_build_slot(struct arena *a, int32_t slot, int32_t form);
struct sql_node *sql_build_null(struct arena *a);
struct sql_node *sql_build_integer(struct arena *a, int64_t v);
struct sql_node *sql_build_string(struct arena *a, struct slice bytes);
struct sql_node *sql_build_hex(struct arena *a, struct slice bytes); /* prints x'..' */
struct sql_node *sql_build_column(struct arena *a, struct slice table,
                                  struct slice name); /* table may be NULL */
struct sql_node *sql_build_unary(struct arena *a, enum sql_op op, struct sql_node *arg);
struct sql_node *sql_build_binary(struct arena *a, enum sql_op op, struct sql_node *left,
                                  struct sql_node *right);
/* AND/OR: either side may be NULL (the other is returned); flattens. */
struct sql_node *sql_build_logic(struct arena *a, enum sql_op op, struct sql_node *left,
                                 struct sql_node *right);
struct sql_node *sql_build_is_null(struct arena *a, struct sql_node *arg, bool negated);
/* Up to four arguments, NULL ends: sql_build_call(a, "CONCAT", x, y, NULL) */
struct sql_node *sql_build_call(struct arena *a, const char *name, ...) __attribute__((sentinel));
struct sql_node *sql_build_aggregate(struct arena *a, enum sql_aggregate_kind kind, bool distinct,
                                     struct sql_node *arg);
struct sql_node *sql_build_item(struct arena *a, struct sql_node *expr, struct slice alias);
struct sql_node *sql_build_table(struct arena *a, struct slice db, struct slice name,
                                 struct slice alias);
struct sql_node *sql_build_join(struct arena *a, enum sql_join_kind kind, struct sql_node *left,
                                struct sql_node *right, struct sql_node *on);
struct sql_node *sql_build_order(struct arena *a, struct sql_node *expr, bool desc);
struct sql_node *sql_build_limit(struct arena *a, struct sql_node *count, struct sql_node *offset);
struct sql_node *sql_build_ident(struct arena *a, struct slice name);
struct sql_node *sql_build_assign(struct arena *a, struct sql_node *column, struct sql_node *value);
struct sql_query *sql_build_query(struct arena *a, struct sql_node *body);
