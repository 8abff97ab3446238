/* SPDX-License-Identifier: Apache-2.0 */
/* Words of class CONTEXT: keywords only beside certain neighbours, identifiers everywhere else. */
#include "rewriter/sql/grammar.tab.h"
#include "rewriter/sql/tokens.h"

#define IN(value, ...) in((value), (const int[]){__VA_ARGS__, 0})

static bool
in(int value, const int *set)
{
    for (; *set; set++) {
        if (*set == value) {
            return true;
        }
    }
    return false;
}

static bool
is_name(const struct sql_token *t)
{
    return t->type == T_IDENT || t->word > SQL_WORD_STRICT + 1;
}

/* Outside of the parentheses of CREATE and ALTER, where options stand. */
static bool
in_definition(const struct sql_scan *s)
{
    return s->depth == 0 && IN(s->statement, T_CREATE, T_ALTER);
}

/* In the options behind EXPLAIN, before its statement? */
static bool
is_explain_option(const struct sql_scan *s, uint32_t i)
{
    return s->body > s->explain_at && i > s->explain_at && i < s->body;
}

static bool
in_set(const struct sql_scan *s, uint32_t i, const struct sql_token *next)
{
    return s->raw_first == T_SET && IN(s->prev, T_SET, ',', T_STATEMENT) &&
           !IN(next->type, '=', T_ASSIGN, '.', T_END);
}

static bool
is_row(const struct sql_scan *s, int next, uint32_t i)
{
    if (s->prev == T_CURRENT || next == '(') {
        return true;
    }
    if (s->prev == T_AS) {
        return next == T_START || next == T_END_WORD;
    }
    return IN(s->prev, T_INTEGER, T_PARAM, T_FIRST, T_NEXT) &&
           (IN(next, T_ONLY, T_WITH, T_FETCH, ')') || next == T_END);
}

static bool
is_charset_word(const struct sql_scan *s, const struct sql_token *next)
{
    if (!IN(next->type, '=', T_STRING, T_BINARY, T_DEFAULT) && !is_name(next)) {
        return false;
    }
    return IN(s->statement, T_CREATE, T_ALTER, T_LOAD) ||
           (s->raw_first == T_SET && IN(s->prev, T_SET, ',', T_STATEMENT)) ||
           IN(s->prev, T_CHAR, T_VARCHAR, T_CHARACTER, T_TEXT_WORD, T_BINARY) ||
           (s->prev == ')' && s->depth > 0);
}

static bool
is_offset(const struct sql_scan *s, int next)
{
    if (s->p->options->flavour == SQL_MARIADB) {
        return IN(next, T_INTEGER, T_PARAM, T_IDENT, T_HEX);
    }
    return IN(s->prev, T_INTEGER, T_PARAM, T_IDENT, T_HEX) &&
           IN(next, T_INTEGER, T_PARAM, T_IDENT, T_HEX);
}

/* Words of queries and expressions. 1 yes, 0 no, -1 not one of them. */
static int
query_word(const struct sql_scan *s, uint32_t i)
{
    const struct sql_token *next = &s->raw[i + 1];
    switch (s->raw[i].type) {
    case T_ESCAPE:
        return IN(next->type, T_STRING, T_PARAM, T_HEX, '(', T_NULL, T_USERVAR, T_BITS, T_INTEGER,
                  T_SYSVAR) ||
               is_name(next);
    case T_WINDOW:
        return is_name(next) && s->raw[i + 2].type == T_AS && s->raw[i + 3].type == '(';
    case T_WITHIN:
        return next->type == T_GROUP && s->raw[i + 2].type == '(';
    case T_LATERAL:
        return IN(next->type, '(', T_QPAREN);
    case T_OFFSET:
        return is_offset(s, next->type);
    case T_RETURNING:
        /* MySQL has it in JSON_VALUE(x, 'path' RETURNING type) only */
        return s->p->options->flavour == SQL_MARIADB || (s->prev == T_STRING && s->depth > 0);
    case T_QUALIFY:
        return s->p->options->flavour == SQL_MYSQL;
    case T_ROW:
        return is_row(s, next->type, i);
    case T_ROLLUP:
    case T_CUBE:
        return next->type == '(' && s->prev == T_BY;
    case T_ANY:
    case T_SOME:
        return IN(next->type, '(', T_QPAREN) &&
               IN(s->prev, '=', T_NULL_EQ, T_NE, '<', '>', T_LE, T_GE);
    case T_UNKNOWN:
        return IN(s->prev, T_IS, T_NOT);
    case T_GROUPS:
        return IN(next->type, T_BETWEEN, T_UNBOUNDED, T_CURRENT, T_INTEGER, T_PARAM, T_INTERVAL);
    case T_SQL_BUFFER_RESULT:
    case T_SQL_CACHE:
    case T_SQL_NO_CACHE:
        return IN(s->prev, T_SELECT, T_DISTINCT, T_ALL, T_STRAIGHT_JOIN, T_HIGH_PRIORITY,
                  T_SQL_SMALL_RESULT, T_SQL_BIG_RESULT, T_SQL_BUFFER_RESULT, T_SQL_CACHE,
                  T_SQL_NO_CACHE, T_SQL_CALC_FOUND_ROWS, T_DISTINCTROW);
    case T_CURRENT:
        return next->type == T_ROW;
    case T_UNBOUNDED:
        return IN(next->type, T_PRECEDING, T_FOLLOWING);
    case T_CYCLE:
        return s->prev == ')' && is_name(next) && IN(s->raw[i + 2].type, T_RESTRICT, ',');
    case T_NESTED:
        return IN(next->type, T_PATH, T_STRING) && IN(s->prev, '(', ',');
    case T_ORDINALITY:
        return s->prev == T_FOR;
    case T_OJ:
        return s->prev == '{';
    case T_NEXT:
        return s->prev == T_FETCH || (next->type == T_VALUE && s->raw[i + 2].type == T_FOR);
    case T_PREVIOUS:
        return next->type == T_VALUE && s->raw[i + 2].type == T_FOR;
    case T_LEVEL:
        return s->prev == T_ISOLATION || next->type == T_INTEGER;
    case T_QUERY:
        return IN(s->prev, T_KILL, T_HARD, T_SOFT, T_WITH);
    case T_SOUNDS:
    case T_MEMBER:
    case T_RESPECT:
    case T_PORTION:
    case T_SYSTEM_TIME: /* where they matter they are half of a pair */
        return s->raw[i].type == T_SYSTEM_TIME && s->prev == T_FOR;
    default:
        return -1;
    }
}

/* Words of SET, EXPLAIN, KILL, transactions. */
static int
session_word(const struct sql_scan *s, uint32_t i)
{
    const struct sql_token *next = &s->raw[i + 1];
    switch (s->raw[i].type) {
    case T_ALLIUM:
    case T_EXTENDED:
    case T_PARTITIONS:
    case T_FORMAT:
        return is_explain_option(s, i);
    case T_NAMES:
    case T_GLOBAL:
    case T_SESSION:
    case T_PERSIST:
    case T_PERSIST_ONLY:
        return in_set(s, i, next);
    case T_STATEMENT:
    case T_ROLE:
        return i == 1 && in_set(s, i, next);
    case T_LOCAL:
        return in_set(s, i, next) || next->type == T_INFILE ||
               IN(s->prev, T_READ, T_WITH, T_ANALYZE, T_REPAIR, T_OPTIMIZE);
    case T_PASSWORD:
        return s->raw_first == T_SET ? i == 1 : next->type == '=' && in_definition(s);
    case T_TRANSACTION:
        return (IN(s->prev, T_SET, T_GLOBAL, T_SESSION, T_LOCAL, T_OF) && next->type != '=') ||
               s->prev == T_START;
    case T_WORK:
        return IN(s->prev, T_BEGIN, T_COMMIT, T_ROLLBACK);
    case T_NO:
        return IN(next->type, T_ACTION, T_CHAIN, T_RELEASE, T_OTHERS);
    case T_HARD:
    case T_SOFT:
        return s->prev == T_KILL;
    case T_USER:
        return IN(s->prev, T_KILL, T_HARD, T_SOFT, T_QUERY, T_CONNECTION);
    case T_ID:
        return s->prev == T_QUERY;
    case T_CONNECTION:
        return IN(s->prev, T_KILL, T_HARD, T_SOFT, T_FOR) ||
               (in_definition(s) && IN(next->type, '=', T_STRING));
    case T_IMMEDIATE:
        return s->prev == T_EXECUTE;
    default:
        return -1;
    }
}

/* Words of data change and definition. */
static int
definition_word(const struct sql_scan *s, uint32_t i)
{
    const struct sql_token *next = &s->raw[i + 1];
    switch (s->raw[i].type) {
    case T_QUICK:
        return IN(s->prev, T_DELETE, T_DELETE_MULTI, T_DELETE_USING, T_LOW_PRIORITY, T_IGNORE) &&
               !IN(next->type, ',', '.');
    case T_HISTORY:
        return s->prev == T_DELETE && next->type == T_FROM;
    case T_PERIOD:
        return next->type == T_FOR;
    case T_SYSTEM:
        return next->type == T_VERSIONING;
    case T_DEFINER:
        return next->type == '=' && s->depth == 0 && !s->source_seen &&
               IN(s->statement, T_CREATE, T_ALTER);
    case T_SEQUENCE:
        return next->type == '=' && in_definition(s);
    case T_ONLINE:
        return IN(s->prev, T_ALTER, T_DROP, T_CREATE);
    case T_MODIFY:
        return s->statement == T_ALTER && s->depth == 0 && !IN(next->type, '=', ',', T_TO) &&
               !IN(s->prev, T_COLUMN, T_ADD, T_DROP, T_CHANGE, T_TO, T_AFTER, T_TABLE, T_EXISTS,
                   T_ALTER);
    case T_XML:
        return s->prev == T_LOAD;
    case T_CONCURRENT:
        return IN(s->prev, T_DATA, T_XML, T_WRITE);
    case T_CHARSET:
        return is_charset_word(s, next);
    default:
        return 0;
    }
}

bool
sql_tokens_in_context(const struct sql_scan *s, uint32_t i)
{
    int answer = query_word(s, i);
    if (answer < 0) {
        answer = session_word(s, i);
    }
    return answer < 0 ? definition_word(s, i) == 1 : answer == 1;
}
