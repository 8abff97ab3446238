/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between lexer and grammar. The whole statement is at hand here, so everything that would need more
 * than one token of lookahead is settled by looking at neighbours: which parentheses hold a query, which
 * words are keywords, which pairs of words are one token, which parts are kept as text.
 */
#include "rewriter/sql/tokens.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "rewriter/sql/grammar.tab.h"

bool
sql_tokens_is_word(const struct sql_parser *p, const struct sql_token *t, const char *word)
{
    return !t->quoted && slice_equal_str_ci(slice_sub(p->text, t->begin, t->end - t->begin), word);
}

bool
sql_tokens_is_any(const struct sql_parser *p, const struct sql_token *t, const char *const *words)
{
    for (; *words; words++) {
        if (sql_tokens_is_word(p, t, *words)) {
            return true;
        }
    }
    return false;
}

/* ---- parentheses ---- */

#define IS_ROW 1 /* sql_token.value of a parenthesis that holds a row of VALUES */

static bool
begins_query(int type)
{
    return type == T_SELECT || type == T_WITH || type == T_VALUES || type == T_TABLE;
}

static bool
continues_query(int type)
{
    switch (type) {
    case ')':
    case T_UNION:
    case T_EXCEPT:
    case T_INTERSECT:
    case T_ORDER:
    case T_LIMIT:
    case T_FETCH:
    case T_OFFSET:
    case T_FOR:
    case T_LOCK:
    case T_INTO:
        return true;
    default:
        return false;
    }
}

/* Could a parenthesis behind this token hold arguments? */
static bool
is_callable(const struct sql_token *t)
{
    switch (t->type) {
    case T_IDENT:
    case T_IF:
    case T_LEFT:
    case T_RIGHT:
    case T_REPLACE:
    case T_INSERT:
    case T_REPEAT:
    case T_CHAR:
    case T_MOD:
    case T_DEFAULT:
    case T_CONVERT:
    case T_INTERVAL:
    case T_DATABASE:
    case T_NILADIC:
    case T_ROW:
        return true;
    case T_ANY:
    case T_SOME:
    case T_OF:
        return false;
    default:
        return t->word > SQL_WORD_STRICT + 1;
    }
}

/* Partners of parentheses; false when they do not pair. */
static bool
match_parentheses(struct sql_scan *s)
{
    uint32_t open = UINT32_MAX; /* innermost; s->match of an open one holds the next outer */
    for (uint32_t i = 0; i < s->n; i++) {
        s->match[i] = i;
        if (s->raw[i].type == '(') {
            s->match[i] = open;
            open = i;
        } else if (s->raw[i].type == ')') {
            if (open == UINT32_MAX) {
                return false;
            }
            const uint32_t outer = s->match[open];
            s->match[open] = i;
            s->match[i] = open;
            open = outer;
        }
    }
    return open == UINT32_MAX;
}

/* The parentheses of VALUES (..), (..) are rows, whatever is in them. */
static void
mark_rows(struct sql_scan *s)
{
    for (uint32_t i = 0; i + 1 < s->n; i++) {
        if ((s->raw[i].type != T_VALUES && s->raw[i].type != T_VALUE && s->raw[i].type != T_ROW) ||
            s->raw[i + 1].type != '(') {
            continue;
        }
        for (uint32_t k = i + 1; s->raw[k].type == '(';) {
            s->raw[k].value = IS_ROW;
            k = s->match[k] + 1;
            if (s->raw[i].type == T_ROW) {
                break;
            }
            k += s->raw[k].type == ',';
        }
    }
}

/* In INSERT INTO t ((SELECT ..)) and CREATE TABLE t ((SELECT ..)) the name in front calls nothing. */
static bool
is_call(const struct sql_scan *s, uint32_t i)
{
    return i > 0 && i != s->source_at && is_callable(&s->raw[i - 1]);
}

/* From right to left: an outer parenthesis is a query when it begins with one that is, and goes on like one. */
static void
mark_queries(struct sql_scan *s)
{
    for (uint32_t i = s->n; i-- > 0;) {
        if (s->raw[i].type != '(' || s->raw[i].value == IS_ROW) {
            continue;
        }
        const struct sql_token *inner = &s->raw[i + 1];
        bool query = begins_query(inner->type);
        if (inner->type == T_QPAREN) {
            const struct sql_token *after = &s->raw[s->match[i + 1] + 1];
            query = continues_query(after->type) && !is_call(s, i);
        } else if (inner->type == T_VALUES && s->duplicate_at < i) {
            query = false; /* VALUES(col) in ON DUPLICATE KEY UPDATE */
        }
        if (query) {
            s->raw[i].type = T_QPAREN;
        }
    }
}

/* ---- pairs of words ---- */

static const struct {
    int first, second, result;
} pairs[] = {
    {T_NOT, T_IN, T_NOT_IN},
    {T_NOT, T_LIKE, T_NOT_LIKE},
    {T_NOT, T_BETWEEN, T_NOT_BETWEEN},
    {T_NOT, T_REGEXP, T_NOT_REGEXP},
    {T_NOT, T_ENFORCED, T_NOT_ENFORCED},
    {T_WITH, T_ROLLUP, T_WITH_ROLLUP},
    {T_WITH, T_CUBE, T_WITH_CUBE},
    {T_CHAR, T_SET, T_CHARSET},
    {T_SOUNDS, T_LIKE, T_SOUNDS_LIKE},
    {T_MEMBER, T_OF, T_MEMBER_OF},
    {T_RESPECT, T_NULLS, T_RESPECT_NULLS},
    {T_FOR, T_SYSTEM_TIME, T_FOR_SYSTEM_TIME},
    {T_FOR, T_PORTION, T_FOR_PORTION},
};

/* How many raw tokens at i become the one that is put out; 0: no pair here. */
static uint32_t
merge(struct sql_scan *s, uint32_t i)
{
    const int first = s->raw[i].type, second = s->raw[i + 1].type;
    if (first == T_ON && second == T_DUPLICATE && s->raw[i + 2].type == T_KEY) {
        sql_tokens_put(s, T_ON_DUPLICATE, i, i + 2);
        return 3;
    }
    if (first == T_WITH && second == T_SYSTEM && s->raw[i + 2].type == T_VERSIONING) {
        sql_tokens_put(s, T_WITH_SYSTEM_VERSIONING, i, i + 2);
        return 3;
    }
    for (size_t k = 0; k < sizeof pairs / sizeof pairs[0]; k++) {
        if (pairs[k].first == first && pairs[k].second == second) {
            sql_tokens_put(s, pairs[k].result, i, i + 1);
            return 2;
        }
    }
    return 0;
}

/* ---- single tokens ---- */

static bool
is_charset(struct slice name)
{
    static const char *const names[] = {
        "utf8mb4",  "utf8",    "utf8mb3",  "binary", "latin1", "ascii",    "ucs2",    "utf16",
        "utf16le",  "utf32",   "big5",     "gbk",    "gb2312", "gb18030",  "sjis",    "cp932",
        "ujis",     "eucjpms", "euckr",    "latin2", "latin5", "latin7",   "cp850",   "cp852",
        "cp866",    "cp1250",  "cp1251",   "cp1256", "cp1257", "dec8",     "hp8",     "koi8r",
        "koi8u",    "swe7",    "hebrew",   "tis620", "greek",  "armscii8", "keybcs2", "macce",
        "macroman", "geostd8", "filename",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal_str_ci(name, names[i])) {
            return true;
        }
    }
    return false;
}

static bool
is_introducer(const struct sql_scan *s, uint32_t i)
{
    const struct sql_token *t = &s->raw[i];
    const int next = s->raw[i + 1].type;
    if (t->type != T_IDENT || t->quoted || (next != T_STRING && next != T_HEX && next != T_BITS)) {
        return false;
    }
    const struct slice word = slice_sub(s->p->text, t->begin, t->end - t->begin);
    return word.data[0] == '_' && is_charset(slice_from(word, 1));
}

/* INTERVAL(a, b, ..), the function: a comma right inside its parentheses. */
static bool
is_interval_call(const struct sql_scan *s, uint32_t i)
{
    if (s->raw[i + 1].type != '(') {
        return false;
    }
    for (uint32_t k = i + 2; k < s->match[i + 1]; k++) {
        if (s->raw[k].type == '(' || s->raw[k].type == T_QPAREN) {
            k = s->match[k];
        } else if (s->raw[k].type == ',') {
            return true;
        }
    }
    return false;
}

static int
values_type(struct sql_scan *s, uint32_t i)
{
    if (s->is_insert && !s->source_seen && s->depth == 0) {
        s->source_seen = true;
        return T_INSERT_VALUES;
    }
    if (s->raw[i + 1].type != '(') {
        return T_VALUES;
    }
    if (i == s->body || (s->statement == T_CREATE && s->depth == 0)) {
        return T_VALUES;
    }
    switch (s->prev) {
    case 0:
    case T_QPAREN:
    case T_UNION:
    case T_EXCEPT:
    case T_INTERSECT:
    case T_ALL:
    case T_DISTINCT:
    case T_AS:
    case ')':
        return s->duplicate_at < i ? T_VALUES_CALL : T_VALUES;
    default:
        return T_VALUES_CALL;
    }
}

/* DELETE FROM t .., DELETE t FROM .., DELETE FROM t USING .. */
static int
delete_type(const struct sql_scan *s, uint32_t i)
{
    i++;
    while (s->raw[i].type == T_LOW_PRIORITY || s->raw[i].type == T_IGNORE ||
           (s->raw[i].type == T_QUICK && s->raw[i + 1].type != ',' && s->raw[i + 1].type != '.')) {
        i++;
    }
    if (s->raw[i].type == T_HISTORY && s->raw[i + 1].type == T_FROM) {
        return T_DELETE;
    }
    if (s->raw[i].type != T_FROM) {
        return T_DELETE_MULTI;
    }
    for (i++; s->raw[i].type != T_END; i++) { /* names, points, stars, commas */
        const int t = s->raw[i].type;
        if (t == T_USING) {
            return s->raw[i + 1].type == '(' ? T_DELETE : T_DELETE_USING;
        }
        if (t != ',' && t != '.' && t != '*' && t != T_IDENT &&
            s->raw[i].word <= SQL_WORD_STRICT + 1) {
            return T_DELETE;
        }
    }
    return T_DELETE;
}

static bool
is_not2(const struct sql_scan *s, uint32_t i)
{
    return (s->p->options->mode & SQL_MODE_HIGH_NOT_PRECEDENCE) && s->prev != T_IS &&
           s->prev != T_IF && s->statement != T_CREATE && s->statement != T_ALTER;
}

static int
type_of(struct sql_scan *s, uint32_t i)
{
    const struct sql_token *t = &s->raw[i];
    const int next = s->raw[i + 1].type;
    if (t->word == SQL_WORD_CONTEXT + 1) {
        return sql_tokens_in_context(s, i) ? t->type : T_IDENT;
    }
    switch (t->type) {
    case T_IDENT:
        return is_introducer(s, i) ? T_INTRODUCER : T_IDENT;
    case T_IF:
    case T_LEFT:
    case T_RIGHT:
    case T_REPLACE:
    case T_INSERT:
    case T_REPEAT:
    case T_DATABASE:
        return next == '(' ? T_IDENT : t->type;
    case T_DATE:
    case T_TIME:
    case T_TIMESTAMP:
        return next == T_STRING && s->prev != T_AS ? T_TEMPORAL : t->type;
    case T_INTERVAL:
        return is_interval_call(s, i) ? T_INTERVAL_CALL : T_INTERVAL;
    case T_VALUES:
        return values_type(s, i);
    case T_VALUE:
        return next == '(' && s->is_insert && !s->source_seen && s->depth == 0 &&
                       (s->prev == ')' || s->prev == T_IDENT)
                   ? values_type(s, i)
                   : T_VALUE;
    case T_DELETE:
        return s->depth == 0 && (s->statement == T_DELETE || s->prev == 0 || s->prev == ')' ||
                                 s->prev == T_FOR)
                   ? delete_type(s, i)
                   : T_DELETE;
    case T_NOT:
        return is_not2(s, i) ? T_NOT2 : T_NOT;
    default:
        return t->type;
    }
}

static void
follow(struct sql_scan *s, uint32_t i, int type)
{
    if (type == '(' || type == T_QPAREN) {
        s->depth++;
    } else if (type == ')') {
        s->depth--;
    } else if (s->depth == 0 && i >= s->body &&
               (type == T_SELECT || type == T_SET || type == T_TABLE)) {
        s->source_seen = true;
    }
}

/* ---- the pass ---- */

void
sql_tokens_put(struct sql_scan *s, int type, uint32_t first, uint32_t last)
{
    struct sql_token t = s->raw[first];
    t.type = type;
    t.end = s->raw[last].end;
    s->raw[s->out++] = t;
    s->prev = type;
}

void
sql_tokens_put_text(struct sql_scan *s, uint32_t first, uint32_t end)
{
    if (first < end) {
        sql_tokens_put(s, T_TEXT, first, end - 1);
    }
}

static void
filter(struct sql_scan *s)
{
    uint32_t i = 0;
    while (i < s->n) {
        uint32_t taken = sql_tokens_special(s, i);
        if (taken == 0) {
            taken = merge(s, i);
        }
        if (taken == 0) {
            const int type = type_of(s, i);
            sql_tokens_put(s, type, i, i);
            follow(s, i, type);
            taken = 1;
        }
        i += taken;
    }
    s->p->n_tokens = s->out;
}

static STATUS
collect(struct sql_parser *p, struct sql_lexer *lx)
{
    uint32_t cap = 0;
    do {
        if (p->n_tokens + 4 > cap) { /* room for the terminators that lookahead relies on */
            cap = cap ? cap * 2 : 64;
            void *grown =
                cap > 4 * p->max_nodes ? NULL : realloc(p->tokens, cap * sizeof *p->tokens);
            if (grown == NULL) {
                RAISE(LIMIT);
            }
            p->tokens = grown;
        }
        sql_lex_next(lx, &p->tokens[p->n_tokens++]);
    } while (p->tokens[p->n_tokens - 1].type != T_END && p->tokens[p->n_tokens - 1].type != T_BAD);
    if (lx->failed) {
        RAISE(LIMIT);
    }
    for (int k = 0; k < 3; k++) {
        p->tokens[p->n_tokens + (uint32_t) k] = p->tokens[p->n_tokens - 1];
    }
    return OK;
}

/* The first parenthesis of CREATE TABLE t (.., INSERT INTO t (.. */
static uint32_t
find_source(const struct sql_scan *s)
{
    for (uint32_t i = s->body; i < s->n && (s->is_insert || s->statement == T_CREATE); i++) {
        const int type = s->raw[i].type;
        if (type == '(') {
            return i;
        }
        if (type == T_SELECT || type == T_SET || type == T_VALUES || type == T_AS) {
            break;
        }
    }
    return UINT32_MAX;
}

static uint32_t
find_duplicate(const struct sql_scan *s)
{
    for (uint32_t i = 0; i + 2 < s->n; i++) {
        if (s->raw[i].type == T_ON && s->raw[i + 1].type == T_DUPLICATE &&
            s->raw[i + 2].type == T_KEY) {
            return i;
        }
    }
    return UINT32_MAX;
}

struct status
sql_tokens_read(struct sql_parser *p, struct sql_lexer *lx)
{
    TRY(collect(p, lx));
    struct sql_scan s = {.p = p, .raw = p->tokens, .n = p->n_tokens};
    CLEANUP(free_cleanup) uint32_t *match = malloc(s.n * sizeof *match);
    if (match == NULL) {
        RAISE(NO_MEMORY);
    }
    s.match = match;
    s.statement = sql_tokens_statement(&s);
    if (s.statement == T_OPAQUE) {
        p->tokens[0].type = T_OPAQUE;
        p->tokens[0].value = s.opaque;
        p->tokens[0].end = s.opaque_end;
        p->tokens[1].type = T_END;
        p->tokens[1].begin = p->tokens[1].end = s.opaque_end;
        p->n_tokens = 2;
        return OK;
    }
    if (p->tokens[s.n - 1].type == T_BAD || !match_parentheses(&s)) {
        return OK; /* the grammar reports it */
    }
    s.duplicate_at = find_duplicate(&s);
    s.is_insert = s.statement == T_INSERT;
    mark_rows(&s);
    s.source_at = find_source(&s);
    mark_queries(&s);
    filter(&s);
    return OK;
}
