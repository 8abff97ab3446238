/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan cache's key: one pass of the lexer that the parser uses. Two byte streams are made of the
 * statement, one of tokens and one of the text between literals, and each is hashed with SipHash-1-3
 * (https://www.aumasson.jp/siphash/siphash.pdf, 128-bit form) under a key of this process, so that
 * clients cannot make two statements meet. Nothing of a literal but its kind is in either stream.
 */
#include "base/cleanup.h"
#include "base/mem.h"
#include "rewriter/sql/grammar.tab.h"
#include "rewriter/sql/lex.h"

struct sql_digester {
    struct sql_lexer lexer;
    uint64_t key[2];
    struct buf tokens, raw;
};

/* ---- SipHash-1-3-128 ---- */

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t
rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void
sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static void
sip_word(struct sip *s, uint64_t m)
{
    s->v3 ^= m;
    sip_round(s);
    s->v0 ^= m;
}

static uint64_t
sip_finish(struct sip *s, uint64_t tweak_v1, uint64_t tweak_v2)
{
    s->v1 ^= tweak_v1;
    s->v2 ^= tweak_v2;
    for (int i = 0; i < 3; i++) {
        sip_round(s);
    }
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static void
siphash(const uint64_t key[2], struct slice in, uint8_t out[16])
{
    struct sip s = {key[0] ^ 0x736f6d6570736575ULL, key[1] ^ 0x646f72616e646f6dULL ^ 0xee,
                    key[0] ^ 0x6c7967656e657261ULL, key[1] ^ 0x7465646279746573ULL};
    size_t i = 0;
    for (; i + 8 <= in.len; i += 8) {
        sip_word(&s, mem_le64(in.data + i));
    }
    uint64_t last = (uint64_t) in.len << 56;
    for (unsigned k = 0; i + k < in.len; k++) {
        last |= (uint64_t) in.data[i + k] << (8 * k);
    }
    sip_word(&s, last);
    mem_put_le64(out, sip_finish(&s, 0, 0xee));
    mem_put_le64(out + 8, sip_finish(&s, 0xdd, 0));
}

/* ---- the pass ---- */

struct status
sql_digest_new(struct sql_digester **out, const uint8_t key[16])
{
    CLEANUP(free_cleanup) struct sql_digester *g = calloc(1, sizeof *g);
    if (g == NULL) {
        RAISE(NO_MEMORY);
    }
    TRY(sql_lex_init(&g->lexer));
    g->key[0] = mem_le64(key);
    g->key[1] = mem_le64(key + 8);
    buf_init(&g->tokens);
    buf_init(&g->raw);
    *out = STEAL(g);
    return OK;
}

struct sql_digester *
sql_digest_free(struct sql_digester *g)
{
    if (g) {
        sql_lex_deinit(&g->lexer);
        buf_deinit(&g->tokens);
        buf_deinit(&g->raw);
        mem_wipe(g->key, sizeof g->key);
        free(g);
    }
    return NULL;
}

/* Reserved words are their number; names, other words and variables keep their spelling. */
static void
add_token(struct sql_digester *g, struct slice text, const struct sql_token *t)
{
    const bool spelled =
        t->slot < 0 && (t->type == T_IDENT || t->type == T_USERVAR || t->type == T_SYSVAR ||
                        t->word > SQL_WORD_STRICT + 1 || t->type == T_NILADIC);
    const size_t len = spelled ? t->end - t->begin : 0;
    uint8_t *p = buf_extend(&g->tokens, 6 + len);
    if (p == NULL) {
        return;
    }
    mem_put_le16(p, (uint16_t) t->type);
    p[1] |= t->quoted ? 0x80 : 0;
    mem_put_le32(p + 2, (uint32_t) len);
    if (t->type == T_STRING && (text.data[t->begin] | 0x20) == 'n') {
        p[2] = 1; /* N'..' has a charset of its own */
    }
    mem_copy(p + 6, text.data + t->begin, len);
}

/* Shared by the words of one token: which of them it was. */
static void
add_value(struct sql_digester *g, const struct sql_token *t)
{
    if (t->value) {
        buf_append_le16(&g->tokens, t->value);
    }
}

static uint32_t
next_statement(struct slice text, uint32_t at)
{
    if (at < text.len) {
        at++;
    }
    while (at < text.len &&
           (text.data[at] == ' ' || (text.data[at] >= '\t' && text.data[at] <= '\r'))) {
        at++;
    }
    return at;
}

static STATUS
pass(struct sql_digester *g, struct slice text, struct sql_digest *out, struct diag *d)
{
    struct sql_token t;
    uint32_t done = 0; /* raw text up to here is in the second stream */
    bool first = true;
    for (;;) {
        sql_lex_next(&g->lexer, &t);
        if (t.type == T_END) {
            break;
        }
        if (t.type == T_BAD) {
            FAIL(d, SYNTAX,
                 "You have an error in your SQL syntax; check the manual that corresponds to your "
                 "server version "
                 "for the right syntax to use near '%.*s'",
                 SLICE_ARG(slice_sub(text, t.begin, 80)));
        }
        if (first) {
            out->span.begin = done = t.begin;
            out->first_word = t.word ? (uint32_t) t.type : 0;
            first = false;
        }
        add_token(g, text, &t);
        add_value(g, &t);
        if (t.slot >= 0) {
            buf_append(&g->raw, text.data + done, t.begin - done);
            buf_append_u8(&g->raw, 0);
            done = t.end;
        }
        out->span.end = t.end;
    }
    if (first) {
        out->span = (struct sql_span){t.begin, t.begin};
    } else {
        buf_append(&g->raw, text.data + done, out->span.end - done);
    }
    out->next = next_statement(text, t.begin);
    return OK;
}

struct status
sql_digest_run(struct sql_digester *g, struct slice text, const struct sql_options *options,
               struct sql_digest *out, struct diag *d)
{
    *out = (struct sql_digest){.n_literals = 0};
    buf_clear(&g->tokens);
    buf_clear(&g->raw);
    TRY(sql_lex_start(&g->lexer, text, options));
    const struct status s = pass(g, text, out, d);
    mem_wipe(g->lexer.copy, text.len); /* it held the literals */
    TRY(s);
    /* the modes that change how the same tokens read */
    buf_append_le32(&g->tokens, options->mode);
    buf_append_u8(&g->tokens, (uint8_t) options->flavour);
    TRY(buf_status(&g->tokens));
    TRY(buf_status(&g->raw));
    siphash(g->key, buf_slice(&g->tokens), out->hash);
    siphash(g->key, buf_slice(&g->raw), out->raw_hash);
    out->literals = g->lexer.literals;
    out->n_literals = g->lexer.n_literals;
    out->n_params = g->lexer.n_params;
    return OK;
}

void
sql_digest_decode(const struct sql_literal_token *t, const struct sql_options *options,
                  struct buf *out)
{
    sql_literal_decode(t->raw, t->kind, options, out);
}
