/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to raw tokens, shared by parser and digest so that both number literals alike. A lexer works on
 * a private copy (flex writes into its input); offsets are those of the caller's text. One statement at
 * a time: T_END is the `;` or the end. Private to rewriter/sql.
 */
#pragma once

#include "rewriter/sql/sql.h"

enum sql_word_class {
    SQL_WORD_STRICT,
    SQL_WORD_LOOSE,
    SQL_WORD_CONTEXT,
    SQL_WORD_CALL,
    SQL_WORD_CALL_LOOSE
};

struct sql_token {
    int type;     /* token number of the grammar */
    int32_t slot; /* literals: number in order; otherwise -1 */
    uint32_t begin, end;
    uint16_t value; /* keywords.def */
    uint8_t word;   /* enum sql_word_class + 1 of a word with a token of its own; 0: none */
    bool quoted;    /* `name` or "name" */
};

/* Which bytes of the connection charset may hide a quote or a backslash. */
enum sql_wide {
    SQL_WIDE_NONE,
    SQL_WIDE_SJIS,
    SQL_WIDE_GBK,
    SQL_WIDE_BIG5
};

struct sql_lexer {
    struct slice text; /* the caller's */
    uint8_t *copy;     /* text.len + 2 bytes, owned */
    size_t copy_cap;
    void *scanner; /* flex */
    void *buffer;
    struct sql_options options;
    enum sql_wide wide;
    bool after_dot, in_version_comment, failed;
    uint32_t name_end;                  /* end of the last word or quoted name: `t.5a` needs it */
    struct sql_literal_token *literals; /* owned, grows */
    uint32_t n_literals, cap_literals, n_params;
};

STATUS sql_lex_init(struct sql_lexer *lx); /* zeroes; allocates the scanner */
void sql_lex_deinit(struct sql_lexer *lx); /* wipes the copy */
/* Begins with text; earlier state is dropped, memory is kept. */
STATUS sql_lex_start(struct sql_lexer *lx, struct slice text, const struct sql_options *options);
/* T_END at `;` and at the end; T_BAD for what no rule knows (unterminated string, stray byte). */
void sql_lex_next(struct sql_lexer *lx, struct sql_token *t);

/* COUNT, CAST, ..: a call of that name without quotes would be read by a rule of its own. */
bool sql_lex_is_call_word(struct slice name);

/* Decoded value of a literal token; appends. */
void sql_literal_decode(struct slice raw, enum sql_literal_kind kind,
                        const struct sql_options *options, struct buf *out);
/* Length of a string, quotes included, at s; 0 when it does not end. Shared with the decoder. */
size_t sql_literal_string_end(struct slice s, enum sql_wide wide, bool backslash);
/* Bytes of white space and plain comments at s; stops at anything else. */
size_t sql_literal_blank(struct slice s);
/* Is s[0], s[1] one character of two bytes? */
bool sql_literal_is_pair(const uint8_t *s, size_t n, enum sql_wide wide);
enum sql_wide sql_literal_wide(struct slice charset);
/* Undoes the doubling of the quote in a `name`; copies only when needed. */
struct slice sql_literal_name(struct arena *a, struct slice quoted);
