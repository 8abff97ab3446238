/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public face of the SQL room: text -> tree -> text, and the digest that keys the plan cache. Pure
 * functions of their arguments; any number of threads, each with its own arena and digester.
 *
 * Literals are numbered in order of appearance from 0 by the one lexer that parser and digest share:
 * numbers, strings ('a' 'b' adjacent is one), x'..', b'..' and `?`. NULL, TRUE, FALSE are words. Some
 * literals are not expressions to the grammar (CHAR(10), 'alias', DECIMAL(10,2), KILL 5): their entry in
 * sql_stmt.slots has no node, and a cached plan must insist on their exact bytes.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "rewriter/sql/ast.h"

/* sql_options.mode */
#define SQL_MODE_ANSI_QUOTES          (1u << 0)
#define SQL_MODE_PIPES_AS_CONCAT      (1u << 1)
#define SQL_MODE_NO_BACKSLASH_ESCAPES (1u << 2)
#define SQL_MODE_HIGH_NOT_PRECEDENCE  (1u << 3)
#define SQL_MODE_IGNORE_SPACE         (1u << 4)

enum sql_flavour {
    SQL_MARIADB,
    SQL_MYSQL
};

struct sql_options {
    enum sql_flavour flavour;
    uint32_t
        version;   /* as in versioned comments: 101100 is MariaDB 10.11.0, 90700 is MySQL 9.7.0 */
    uint32_t mode; /* SQL_MODE_* */
    /* Connection charset where a byte of a character may look like ASCII (big5, gbk, sjis, cp932, gb18030): its
     * name; otherwise SLICE_NULL. Bytes of other charsets need no care. */
    struct slice charset;
    uint32_t max_depth;    /* 0: default (1000) */
    uint32_t max_nodes;    /* 0: default (4 million) */
    uint32_t max_literals; /* 0: default (4 million) */
};

struct sql_literal_token {
    enum sql_literal_kind kind; /* INTEGER .. PARAM */
    struct sql_span
        span; /* of the literal as written; from first to last part of adjacent strings */
    struct slice raw;
};

struct sql_slot_info {
    struct sql_literal_token token;
    struct sql_literal *node; /* NULL: the literal is part of the syntax */
};

struct sql_stmt {
    struct slice text; /* what was given to sql_parse; must outlive the tree */
    struct sql_node *root;
    struct sql_span span; /* of this statement within text, without the `;` */
    uint32_t next;        /* offset where the next statement begins; text.len when none follows */
    uint32_t n_nodes;     /* ids are 0 .. n_nodes - 1 */
    uint32_t n_slots, n_params;
    struct sql_slot_info *slots;
};

/*
 * Parses one statement. Everything is in `a`; slices may point into `text`. Fails with SYNTAX (diag: 1064
 * and MySQL's text), TOO_COMPLEX (depth, nodes), NO_MEMORY, LIMIT. A text of nothing but comments gives EMPTY.
 */
STATUS sql_parse(struct arena *a, struct slice text, const struct sql_options *options,
                 struct sql_stmt **out, struct diag *d);

/* ---- walking ---- */
enum sql_visit {
    SQL_CONTINUE,
    SQL_PRUNE,
    SQL_ABORT
};
typedef enum sql_visit (*sql_walk_fn)(void *ctx, struct sql_node *n);
/* Pre-order. false when a callback aborted. NULL root is fine. */
bool sql_walk(struct sql_node *root, sql_walk_fn fn, void *ctx);
/* Children of n only, in order; false when a callback aborted (PRUNE = CONTINUE here). */
bool sql_walk_children(struct sql_node *n, sql_walk_fn fn, void *ctx);

/* ---- comparing and copying ---- */
/* Same tree: ids, spans, slot numbers are ignored; names compare without ASCII case. NULLs are equal. */
bool sql_equal(const struct sql_node *a, const struct sql_node *b);
/*
 * Deep copy into `a`. `replace` (may be NULL) sees each node first: a non-NULL answer stands in place of the
 * copy of that subtree (it must be a fresh node that is in no list). Copies keep id and span.
 */
typedef struct sql_node *(*sql_replace_fn)(void *ctx, struct arena *a, const struct sql_node *n);
struct sql_node *sql_clone(struct arena *a, const struct sql_node *n, sql_replace_fn replace,
                           void *ctx);
struct sql_list sql_clone_list(struct arena *a, const struct sql_list *list, sql_replace_fn replace,
                               void *ctx);

/* ---- printing ---- */
struct sql_printer {
    uint32_t mode;            /* SQL_MODE_* that the reader of the text will be in */
    enum sql_flavour flavour; /* of the reader */
    struct slice charset;     /* as in sql_options, of the reader */
    bool all_parentheses;     /* around every operator: shows how the text was understood */
    /* Called before a node is printed; true: it has appended its own text (a primary expression). May be NULL.
     * SLOT nodes without a hook print as `?`. */
    bool (*hook)(void *ctx, const struct sql_node *n, struct buf *out);
    void *ctx;
};
/* Appends the text. Expressions are parenthesised as their operators need. The buffer's failure is sticky. */
void sql_print(const struct sql_node *n, const struct sql_printer *printer, struct buf *out);
/* `name`, with quotes doubled: backticks (valid in every sql_mode). */
void sql_print_name(struct slice name, struct buf *out);
/* 'bytes', escaped so that it reads the same in every sql_mode except NO_BACKSLASH_ESCAPES (mode bit given). */
void sql_print_string(struct slice bytes, uint32_t mode, struct buf *out);
/* Indented tree, for people and goldens. */
void sql_dump(const struct sql_node *n, struct buf *out);

/* ---- digest ---- */
struct sql_digester; /* reusable scratch memory; one per session or worker */
struct sql_digest {
    uint8_t hash
        [16]; /* keyed: tokens with literals lifted to their kind; words folded, comments and space gone */
    uint8_t raw_hash
        [16]; /* keyed: every byte outside of literals, as written (column names depend on it) */
    uint32_t n_literals, n_params;
    const struct sql_literal_token *literals; /* valid until the next run */
    struct sql_span span;                     /* as in sql_stmt */
    uint32_t next;       /* of a routine with a body, which sql_parse takes whole, the first `;` */
    uint32_t first_word; /* internal token number of the first word; 0: none */
};
/* key: 16 random bytes of this process. */
STATUS sql_digest_new(struct sql_digester **out, const uint8_t key[16]);
struct sql_digester *sql_digest_free(struct sql_digester *g);
/* One statement of the text. SYNTAX: an unterminated string or comment. */
STATUS sql_digest_run(struct sql_digester *g, struct slice text, const struct sql_options *options,
                      struct sql_digest *out, struct diag *d);
/* Decoded bytes of a literal (escapes resolved, parts joined, hex and bits to bytes), appended. */
void sql_digest_decode(const struct sql_literal_token *t, const struct sql_options *options,
                       struct buf *out);
