/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the printer's files. Private to rewriter/sql. */
#pragma once

#include "rewriter/sql/sql.h"

struct sql_print {
    const struct sql_printer *options;
    struct buf *out;
};

/* Precedences, as in ops.def: the loosest form that may stand there without parentheses. */
enum {
    PREC_EXPR = 0,    /* anything */
    PREC_ASSIGN = 1,  /* @a := .. */
    PREC_NOT = 5,     /* operand of AND */
    PREC_COMPARE = 7, /* left of = */
    PREC_BETWEEN = 8, /* its last operand takes the predicates behind it */
    PREC_PREDICATE = 9,
    PREC_BIT = 10, /* operand of LIKE, IN, BETWEEN */
    PREC_UNARY = 16,
    PREC_PRIMARY = 20,
};

void sql_print_expr(struct sql_print *c, const struct sql_node *n, int precedence);
void sql_print_call(struct sql_print *c, const struct sql_node *n);
void sql_print_query(struct sql_print *c, const struct sql_node *n);
void sql_print_query_body(struct sql_print *c,
                          const struct sql_node *n); /* queries, table references, clauses */
void sql_print_change(struct sql_print *c, const struct sql_node *n);
void sql_print_ddl(struct sql_print *c, const struct sql_node *n);
void sql_print_session(struct sql_print *c, const struct sql_node *n);
/* Any node by its kind; expressions unparenthesised. */
void sql_print_node(struct sql_print *c, const struct sql_node *n);

void sql_print_str(struct sql_print *c, const char *s);
void sql_print_ident(struct sql_print *c, struct slice name);
void sql_print_list(struct sql_print *c, const struct sql_list *list, const char *separator);
/* `before` list `after`; nothing when the list is empty. */
void sql_print_clause(struct sql_print *c, const char *before, const struct sql_list *list,
                      const char *after);
void sql_print_opt(struct sql_print *c, const char *before, const struct sql_node *n,
                   const char *after);
/* NULL ON EMPTY and the like; nothing when n is NULL. */
void sql_print_json_event(struct sql_print *c, const struct sql_node *n, const char *when);
void sql_print_option(struct sql_print *c, const struct sql_option *o);
void sql_print_format(struct sql_print *c, const struct sql_list *format); /* FIELDS .. LINES .. */
