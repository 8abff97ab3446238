/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by tokens.c (the pass) and context.c (what single words mean). Private to rewriter/sql. */
#pragma once

#include "rewriter/sql/parser.h"

/* One statement: `raw` is rewritten in place, `out` never overtakes the reader. */
struct sql_scan {
    struct sql_parser *p;
    struct sql_token *raw;
    uint32_t *match; /* partner of a parenthesis */
    uint32_t n, out;
    int prev;            /* type of the last token put out; 0 at the start */
    int depth;           /* of parentheses */
    int raw_first;       /* type of the first token, whatever it leads */
    int statement;       /* its leading keyword: T_INSERT for REPLACE too; T_OPAQUE */
    uint32_t body;       /* where the statement begins behind EXPLAIN .. and SET STATEMENT .. FOR */
    uint32_t explain_at; /* of EXPLAIN in front of it; UINT32_MAX */
    uint16_t opaque;     /* enum sql_opaque_kind */
    uint32_t opaque_end;
    uint32_t duplicate_at; /* of ON DUPLICATE KEY; UINT32_MAX */
    bool is_insert, source_seen;
    uint32_t source_at; /* first parenthesis behind the name of CREATE TABLE, INSERT; UINT32_MAX */
};

/* Puts out one token that covers raw[first .. last]. */
void sql_tokens_put(struct sql_scan *s, int type, uint32_t first, uint32_t last);
/* A T_TEXT over raw[first .. end), nothing when that is empty. */
void sql_tokens_put_text(struct sql_scan *s, uint32_t first, uint32_t end);
bool sql_tokens_is_any(const struct sql_parser *p, const struct sql_token *t,
                       const char *const *words);

/* context.c: is a word of class CONTEXT a keyword at i? */
bool sql_tokens_in_context(const struct sql_scan *s, uint32_t i);
/* statement.c: the leading keyword; sets body, opaque, opaque_end. */
int sql_tokens_statement(struct sql_scan *s);
/* statement.c: parts kept as text; puts them out and returns how many raw tokens that took, or 0. */
uint32_t sql_tokens_special(struct sql_scan *s, uint32_t i);
