/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Literals of a statement as the types room wants them. The planner sees a statement together with its
 * actual literals (of the tree, or the parameters of an execution): what it proves about them holds for
 * every literal of the same kind that fits the same way, which binding checks again each time.
 */
#pragma once

#include "rewriter/sql/sql.h"
#include "rewriter/types/type_fit.h"

/* By slot number; n of them. A slot whose literal is part of the syntax is never asked for. */
struct literals {
    const struct type_literal *items;
    uint32_t n;
};

/* The literals of a parsed text. Parameters stay `kind = TYPE_LITERAL_NULL`: bind them first. */
STATUS literal_from_stmt(struct arena *a, const struct sql_stmt *stmt,
                         const struct collation_set *collations,
                         const struct collation_info *connection, struct type_literal **out);
/* One token of a digest, decoded into the arena. */
STATUS literal_from_token(struct arena *a, const struct sql_literal_token *token,
                          const struct sql_options *options,
                          const struct collation_info *connection, struct type_literal *out);

/* A constant operand: LITERAL, or NEG of a number. */
struct literal_ref {
    int32_t slot; /* -1: a constant of the text's words (NULL, TRUE, FALSE) */
    bool negated;
    struct type_literal value; /* with the sign folded in */
};
/* False when n is not such a constant. */
bool literal_of_node(const struct sql_node *n, const struct literals *lits,
                     struct literal_ref *out);
