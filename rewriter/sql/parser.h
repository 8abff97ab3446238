/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the grammar's actions see: the token array, the arena, counters, and constructors. Private to
 * rewriter/sql. Failures are sticky in `failed`; the parser stops at the next token.
 */
#pragma once

#include "rewriter/sql/build.h"
#include "rewriter/sql/lex.h"
#include "rewriter/sql/sql.h"

struct sql_parser {
    struct arena *arena;
    struct slice text;
    const struct sql_options *options;
    struct sql_token *tokens; /* of one statement; ends with T_END */
    uint32_t n_tokens, at;
    uint32_t max_depth, max_nodes;
    uint32_t n_nodes;
    uint32_t error_at; /* offset of the token that did not fit */
    enum status_code failed;
    struct sql_stmt *stmt;
    struct sql_node *root;
    struct sql_spare *spare; /* nodes made after the arena was exhausted; freed at the end */
    struct sql_node *early_into,
        *early_select; /* SELECT .. INTO before FROM, until its query takes it */
    bool misplaced_into;
};

struct sql_char_attributes {
    struct slice charset, collation;
    bool binary;
};

struct sql_view_attributes {
    struct slice algorithm, definer, security;
};

/* A node of the kind with everything behind the header taken from `body` (a struct of that kind). */
struct sql_node *sql_act_new(struct sql_parser *p, struct sql_span span, enum sql_kind kind,
                             void *body);
#define NEW(span_, KIND, stem, ...) \
    sql_act_new(p, (span_), SQL_##KIND, &(struct sql_##stem){__VA_ARGS__})
void sql_act_release(struct sql_parser *p);
/* Changes the span of a node that was just made. */
struct sql_node *sql_act_respan(struct sql_parser *p, struct sql_node *n, struct sql_span span);

struct slice sql_act_name(struct sql_parser *p, struct sql_token t);   /* identifier, unquoted */
struct slice sql_act_string(struct sql_parser *p, struct sql_token t); /* value of a string token */
struct slice sql_act_text(struct sql_parser *p, struct sql_span span); /* the source text */
struct slice sql_act_introducer(struct sql_parser *p, struct sql_token t);
int64_t sql_act_number(struct sql_parser *p, struct sql_token t); /* clamped to int64 */
int64_t sql_act_whole(struct sql_parser *p,
                      struct sql_token t); /* of 5.2: 5, as MariaDB reads a length */
int32_t sql_act_small(struct sql_parser *p, struct sql_token t); /* clamped to int32 */
struct sql_list sql_act_one(struct sql_node *n);
struct sql_list sql_act_add(struct sql_list list, struct sql_node *n);
struct sql_list sql_act_join(struct sql_list a, struct sql_list b);

/* ---- expressions (act_expr.c) ---- */
struct sql_node *sql_act_literal(struct sql_parser *p, struct sql_span span, struct sql_token t,
                                 struct slice charset);
struct sql_node *sql_act_word_literal(struct sql_parser *p, struct sql_span span,
                                      enum sql_literal_kind kind);
struct sql_node *sql_act_temporal(struct sql_parser *p, struct sql_span span, struct sql_token word,
                                  struct sql_token string);
struct sql_node *sql_act_odbc(struct sql_parser *p, struct sql_span span, struct sql_token word,
                              struct sql_node *arg);
struct slice sql_act_uservar_name(struct sql_parser *p, struct sql_token t);
struct sql_node *sql_act_uservar(struct sql_parser *p, struct sql_span span, struct sql_token t);
struct sql_node *sql_act_sysvar(struct sql_parser *p, struct sql_span span, struct sql_token t);
struct sql_node *sql_act_unary(struct sql_parser *p, struct sql_span span, enum sql_op op,
                               struct sql_node *arg);
struct sql_node *sql_act_binary(struct sql_parser *p, struct sql_span span, enum sql_op op,
                                struct sql_node *l, struct sql_node *r);
struct sql_node *sql_act_logic(struct sql_parser *p, struct sql_span span, enum sql_op op,
                               struct sql_node *l, struct sql_node *r);
struct sql_node *sql_act_concat(struct sql_parser *p, struct sql_span span, struct sql_node *l,
                                struct sql_node *r);
struct sql_node *sql_act_row(struct sql_parser *p, struct sql_span span, struct sql_node *first,
                             struct sql_list rest);
struct sql_node *sql_act_call(struct sql_parser *p, struct sql_span span, struct slice db,
                              struct slice name, struct sql_list args);
struct sql_node *sql_act_over(struct sql_parser *p, struct sql_span span, struct sql_node *call,
                              struct sql_node *over);
struct sql_node *sql_act_count_star(struct sql_parser *p, struct sql_span span,
                                    struct sql_span star, struct sql_token func);
struct sql_node *sql_act_star(struct sql_parser *p, struct sql_span span, struct slice db,
                              struct slice table);
struct sql_node *sql_act_one_row(struct sql_parser *p, struct sql_span span);

/* ---- queries and data change (act_query.c) ---- */
struct sql_node *sql_act_query(struct sql_parser *p, struct sql_span span, struct sql_query q);
/* Remembers SELECT .. INTO .. FROM .. until the query of that SELECT takes it. */
void sql_act_early_into(struct sql_parser *p, struct sql_node *select, struct sql_node *into);
struct sql_node *sql_act_with(struct sql_parser *p, struct sql_span span, struct sql_node *with,
                              struct sql_node *query);
struct sql_node *sql_act_setop(struct sql_parser *p, struct sql_span span, enum sql_setop_kind op,
                               int64_t quantifier, struct sql_node *l, struct sql_node *r);
struct sql_node *sql_act_join_tables(struct sql_parser *p, struct sql_span span,
                                     struct sql_join join);
struct sql_node *sql_act_paren_tables(struct sql_parser *p, struct sql_span span,
                                      struct sql_list tables);
struct sql_insert *sql_act_insert_set(struct sql_parser *p, struct sql_span span,
                                      struct sql_list set, struct slice alias,
                                      struct sql_list alias_columns);

/* ---- definition, session (act_ddl.c) ---- */
struct sql_type *sql_act_type(struct sql_parser *p, struct sql_span span, enum sql_type_kind kind,
                              int64_t length, int32_t decimals);
struct sql_column_def *sql_act_attributes(struct sql_parser *p);
void sql_act_attribute(struct sql_parser *p, struct sql_column_def *def, struct sql_span span,
                       const char *name, struct slice value);
struct sql_node *sql_act_column_def(struct sql_parser *p, struct sql_span span, struct slice name,
                                    struct sql_type *type, struct sql_column_def *attributes);
struct sql_node *sql_act_view(struct sql_parser *p, struct sql_span span,
                              struct sql_view_attributes attributes, struct sql_create_view view);
struct sql_node *sql_act_set_value(struct sql_parser *p, struct sql_node *value);
struct sql_node *sql_act_set_var(struct sql_parser *p, struct sql_span span,
                                 enum sql_var_scope scope, struct slice base, struct slice name,
                                 struct sql_node *value);
struct sql_node *sql_act_handler(struct sql_parser *p, struct sql_span span, struct sql_node *table,
                                 struct sql_token rest);
/* act_show.c */
struct sql_node *sql_act_show(struct sql_parser *p, struct sql_span span, struct sql_token head,
                              struct sql_node *like, struct sql_node *where,
                              struct sql_node *limit);

/* tokens.c: reads one statement and settles what needs more than one token of lookahead. */
STATUS sql_tokens_read(struct sql_parser *p, struct sql_lexer *lx);
/* Word i (from 0) of a run of tokens: for what is looked at without grammar. Compares without case. */
bool sql_tokens_is_word(const struct sql_parser *p, const struct sql_token *t, const char *word);
int sql_gram_parse(struct sql_parser *p);
