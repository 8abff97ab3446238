/* SPDX-License-Identifier: Apache-2.0 */
/* sql_parse: lexer, token pass, grammar, and MySQL's text for what does not fit. */
#include "base/cleanup.h"
#include "base/mem.h"
#include "rewriter/sql/grammar.tab.h"
#include "rewriter/sql/parser.h"

#define DEFAULT_DEPTH 1000
#define DEFAULT_NODES 4000000

static STATUS
make_slots(struct sql_parser *p, const struct sql_lexer *lx)
{
    struct sql_stmt *stmt = p->stmt;
    stmt->n_slots = lx->n_literals;
    stmt->n_params = lx->n_params;
    stmt->slots = arena_array(p->arena, struct sql_slot_info, lx->n_literals);
    if (stmt->slots == NULL) {
        return arena_status(p->arena);
    }
    for (uint32_t i = 0; i < lx->n_literals; i++) {
        stmt->slots[i].token = lx->literals[i];
    }
    return OK;
}

/* Line of an offset, from 1. */
static unsigned
line_of(struct slice text, uint32_t offset)
{
    unsigned line = 1;
    for (uint32_t i = 0; i < offset && i < text.len; i++) {
        line += text.data[i] == '\n';
    }
    return line;
}

static STATUS
syntax_error(const struct sql_parser *p, struct diag *d)
{
    const struct slice near = slice_sub(p->text, p->error_at, 80);
    const bool maria = p->options->flavour == SQL_MARIADB;
    FAIL(d, SYNTAX,
         "You have an error in your SQL syntax; check the manual that corresponds to your %s "
         "server version for "
         "the right syntax to use near '%.*s' at line %u",
         maria ? "MariaDB" : "MySQL", SLICE_ARG(near), line_of(p->text, p->error_at));
}

static STATUS
outcome(const struct sql_parser *p, int result, struct diag *d)
{
    switch (p->failed) {
    case STATUS_OK:
        break;
    case STATUS_TOO_COMPLEX:
        FAIL(d, TOO_COMPLEX, "the statement is nested too deeply or has too many parts");
    default:
        FAIL(d, NO_MEMORY, "out of memory while parsing");
    }
    TRY(arena_status(p->arena));
    if (result != 0 || p->root == NULL || p->misplaced_into || p->early_into != NULL) {
        return syntax_error(p, d);
    }
    return OK;
}

/* The end of the statement, and where the next begins. */
static void
set_extent(struct sql_parser *p, struct sql_stmt *stmt)
{
    const struct sql_token *end = &p->tokens[p->n_tokens - 1];
    const uint32_t begin = p->n_tokens > 1 ? p->tokens[0].begin : end->begin;
    uint32_t stop = p->n_tokens > 1 ? p->tokens[p->n_tokens - 2].end : end->begin;
    stmt->span = (struct sql_span){begin, stop < begin ? begin : stop};
    uint32_t next = end->begin < p->text.len ? end->begin + 1 : end->begin;
    while (next < p->text.len && (p->text.data[next] == ' ' ||
                                  (p->text.data[next] >= '\t' && p->text.data[next] <= '\r'))) {
        next++;
    }
    stmt->next = next;
}

static STATUS
run(struct sql_parser *p, struct sql_lexer *lx, struct diag *d)
{
    TRY(sql_lex_init(lx));
    TRY(sql_lex_start(lx, p->text, p->options));
    TRY(sql_tokens_read(p, lx));
    TRY(make_slots(p, lx));
    set_extent(p, p->stmt);
    const int result = sql_gram_parse(p);
    return outcome(p, result, d);
}

struct status
sql_parse(struct arena *a, struct slice text, const struct sql_options *options,
          struct sql_stmt **out, struct diag *d)
{
    struct sql_lexer lx = {0};
    struct sql_parser p = {
        .arena = a,
        .text = text,
        .options = options,
        .max_depth = options->max_depth ? options->max_depth : DEFAULT_DEPTH,
        .max_nodes = options->max_nodes ? options->max_nodes : DEFAULT_NODES,
        .stmt = arena_new(a, struct sql_stmt),
    };
    p.stmt->text = text;
    const struct status s = run(&p, &lx, d);
    sql_lex_deinit(&lx);
    free(p.tokens);
    sql_act_release(&p);
    TRY(s);
    p.stmt->root = p.root;
    p.stmt->n_nodes = p.n_nodes;
    *out = p.stmt;
    return OK;
}
