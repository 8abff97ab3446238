/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of statement is it, from its first words; and the parts that are kept as text instead of
 * being parsed: administration that the proxy refuses or runs on the mirror as it is written.
 */
#include "rewriter/sql/grammar.tab.h"
#include "rewriter/sql/tokens.h"

/* ---- statements known by their first words ---- */

struct first_words {
    const char *first, *second; /* second NULL: any */
    enum sql_opaque_kind kind;
};

static const struct first_words opaque_rows[] = {
    {"GRANT", NULL, SQL_OPAQUE_GRANT},
    {"REVOKE", NULL, SQL_OPAQUE_GRANT},
    {"RENAME", "USER", SQL_OPAQUE_USER},
    {"XA", NULL, SQL_OPAQUE_XA},
    {"SIGNAL", NULL, SQL_OPAQUE_SIGNAL},
    {"RESIGNAL", NULL, SQL_OPAQUE_SIGNAL},
    {"GET", NULL, SQL_OPAQUE_SIGNAL},
    {"HELP", NULL, SQL_OPAQUE_HELP},
    {"BACKUP", NULL, SQL_OPAQUE_BACKUP},
    {"CLONE", NULL, SQL_OPAQUE_BACKUP},
    {"LOCK", "INSTANCE", SQL_OPAQUE_BACKUP},
    {"UNLOCK", "INSTANCE", SQL_OPAQUE_BACKUP},
    {"SHUTDOWN", NULL, SQL_OPAQUE_SERVER},
    {"RESTART", NULL, SQL_OPAQUE_SERVER},
    {"INSTALL", NULL, SQL_OPAQUE_SERVER},
    {"UNINSTALL", NULL, SQL_OPAQUE_SERVER},
    {"ALTER", "INSTANCE", SQL_OPAQUE_SERVER},
    {"CHANGE", NULL, SQL_OPAQUE_REPLICATION},
    {"START", "SLAVE", SQL_OPAQUE_REPLICATION},
    {"START", "REPLICA", SQL_OPAQUE_REPLICATION},
    {"START", "ALL", SQL_OPAQUE_REPLICATION},
    {"START", "GROUP_REPLICATION", SQL_OPAQUE_REPLICATION},
    {"STOP", NULL, SQL_OPAQUE_REPLICATION},
    {"RESET", NULL, SQL_OPAQUE_REPLICATION},
    {"PURGE", NULL, SQL_OPAQUE_REPLICATION},
    {"BINLOG", NULL, SQL_OPAQUE_REPLICATION},
    {"BEGIN", "NOT", SQL_OPAQUE_COMPOUND},
    {"IF", NULL, SQL_OPAQUE_COMPOUND},
    {"CASE", NULL, SQL_OPAQUE_COMPOUND},
    {"LOOP", NULL, SQL_OPAQUE_COMPOUND},
    {"REPEAT", NULL, SQL_OPAQUE_COMPOUND},
    {"WHILE", NULL, SQL_OPAQUE_COMPOUND},
    {"FOR", NULL, SQL_OPAQUE_COMPOUND},
    {"DECLARE", NULL, SQL_OPAQUE_COMPOUND},
    {"CACHE", NULL, SQL_OPAQUE_OTHER},
    {"CHECK", "VIEW", SQL_OPAQUE_OTHER},
    {"REPAIR", "VIEW", SQL_OPAQUE_OTHER},
    {"LOAD", "INDEX", SQL_OPAQUE_OTHER},
    {"IMPORT", NULL, SQL_OPAQUE_OTHER},
    {"SET", "RESOURCE", SQL_OPAQUE_OTHER},
    {"SET", "DEFAULT", SQL_OPAQUE_USER},
};

/* What CREATE, ALTER and DROP act on, where the grammar does not know it. */
static const struct {
    const char *object;
    enum sql_opaque_kind kind;
} object_rows[] = {
    {"USER", SQL_OPAQUE_USER},         {"ROLE", SQL_OPAQUE_USER},
    {"PROCEDURE", SQL_OPAQUE_ROUTINE}, {"FUNCTION", SQL_OPAQUE_ROUTINE},
    {"PACKAGE", SQL_OPAQUE_ROUTINE},   {"AGGREGATE", SQL_OPAQUE_ROUTINE},
    {"TRIGGER", SQL_OPAQUE_TRIGGER},   {"EVENT", SQL_OPAQUE_EVENT},
    {"SEQUENCE", SQL_OPAQUE_SEQUENCE}, {"SERVER", SQL_OPAQUE_SERVER},
    {"TABLESPACE", SQL_OPAQUE_SERVER}, {"LOGFILE", SQL_OPAQUE_SERVER},
    {"UNDO", SQL_OPAQUE_SERVER},       {"RESOURCE", SQL_OPAQUE_SERVER},
    {"LIBRARY", SQL_OPAQUE_ROUTINE},   {"JSON", SQL_OPAQUE_OTHER},
    {"REFERENCE", SQL_OPAQUE_SERVER},
};

static bool
is_word(const struct sql_scan *s, uint32_t i, const char *word)
{
    return i < s->n && sql_tokens_is_word(s->p, &s->raw[i], word);
}

/* Behind OR REPLACE, DEFINER = x, SQL SECURITY x, TEMPORARY, IF NOT EXISTS, ..: the object. */
static uint32_t
object_at(const struct sql_scan *s, uint32_t i)
{
    static const char *const skipped[] = {"OR",        "REPLACE", "IF",      "NOT", "EXISTS",
                                          "TEMPORARY", "ONLINE",  "OFFLINE", NULL};
    for (;;) {
        if (is_word(s, i, "DEFINER") || is_word(s, i, "ALGORITHM")) {
            for (i += 2; s->raw[i].type != T_END && s->raw[i + 1].type == T_USERVAR; i++) {
            }
            i++;
            if (s->raw[i].type == '(') {
                i += 2; /* CURRENT_USER() */
            }
        } else if (is_word(s, i, "SQL")) {
            i += 3;
        } else if (i < s->n && sql_tokens_is_any(s->p, &s->raw[i], skipped)) {
            i++;
        } else {
            return i < s->n ? i : s->n - 1;
        }
    }
}

static bool
find_opaque(struct sql_scan *s, uint32_t i)
{
    for (size_t k = 0; k < sizeof opaque_rows / sizeof opaque_rows[0]; k++) {
        const struct first_words *r = &opaque_rows[k];
        if (is_word(s, i, r->first) && (r->second == NULL || is_word(s, i + 1, r->second))) {
            s->opaque = (uint16_t) r->kind;
            return !(r->kind == SQL_OPAQUE_USER && is_word(s, i, "SET") &&
                     !is_word(s, i + 2, "ROLE"));
        }
    }
    if (!is_word(s, i, "CREATE") && !is_word(s, i, "ALTER") && !is_word(s, i, "DROP")) {
        return false;
    }
    const uint32_t at = object_at(s, i + 1);
    for (size_t k = 0; k < sizeof object_rows / sizeof object_rows[0]; k++) {
        if (is_word(s, at, object_rows[k].object)) {
            s->opaque = (uint16_t) object_rows[k].kind;
            return true;
        }
    }
    return false;
}

/* Bodies may hold `;`: then the statement is all of the text. */
static uint32_t
opaque_end(const struct sql_scan *s, uint32_t i)
{
    const bool body = s->opaque == SQL_OPAQUE_COMPOUND ||
                      (!is_word(s, i, "DROP") &&
                       (s->opaque == SQL_OPAQUE_ROUTINE || s->opaque == SQL_OPAQUE_TRIGGER ||
                        s->opaque == SQL_OPAQUE_EVENT));
    return body ? (uint32_t) s->p->text.len : s->raw[s->n - 1].begin;
}

/* ---- EXPLAIN and SET STATEMENT in front of a statement ---- */

static bool
begins_explained(const struct sql_token *t)
{
    switch (t->type) {
    case T_SELECT:
    case T_INSERT:
    case T_REPLACE:
    case T_UPDATE:
    case T_DELETE:
    case T_WITH:
    case T_VALUES:
    case T_TABLE:
    case '(':
    case T_FOR:
        return true;
    default:
        return false;
    }
}

/* Behind the options of EXPLAIN at i: where its statement begins; i itself when it describes a table. */
static uint32_t
explained_at(const struct sql_scan *s, uint32_t i)
{
    static const char *const options[] = {"ALLIUM", "EXTENDED", "PARTITIONS", "ANALYZE", NULL};
    uint32_t k = i + 1;
    for (;;) {
        if (begins_explained(&s->raw[k])) {
            return k;
        }
        if (is_word(s, k, "FORMAT") && s->raw[k + 1].type == '=') {
            k += 3;
        } else if (k < s->n && sql_tokens_is_any(s->p, &s->raw[k], options)) {
            k++;
        } else {
            return i;
        }
        if (k >= s->n) {
            return i;
        }
    }
}

static uint32_t
behind_prefixes(struct sql_scan *s)
{
    uint32_t i = 0;
    if (is_word(s, 0, "SET") && is_word(s, 1, "STATEMENT") && s->raw[2].type != '=') {
        while (i < s->n && !(s->raw[i].type == T_FOR)) {
            i++;
        }
        i = i + 1 < s->n ? i + 1 : 0;
    }
    const int type = s->raw[i].type;
    if (type == T_EXPLAIN || type == T_DESCRIBE || type == T_DESC) {
        const uint32_t at = explained_at(s, i);
        s->explain_at = i;
        s->raw[i].type = at > i ? T_EXPLAIN : T_DESCRIBE_TABLE;
        return at;
    }
    if (type == T_ANALYZE) {
        const uint32_t at = explained_at(s, i);
        s->explain_at = i;
        if (at > i && s->raw[at].type != T_TABLE) {
            s->raw[i].type = T_ANALYZE_QUERY;
            return at;
        }
    }
    return i;
}

/* The statement behind WITH .. : its first SELECT, UPDATE, .. outside of parentheses. */
static int
behind_with(const struct sql_scan *s, uint32_t i)
{
    int depth = 0;
    for (; i < s->n; i++) {
        const int type = s->raw[i].type;
        depth += type == '(';
        depth -= type == ')';
        if (depth == 0 &&
            (type == T_SELECT || type == T_UPDATE || type == T_DELETE || type == T_INSERT)) {
            return type;
        }
    }
    return T_WITH;
}

int
sql_tokens_statement(struct sql_scan *s)
{
    s->raw_first = s->raw[0].type;
    s->explain_at = UINT32_MAX;
    s->body = behind_prefixes(s);
    const int type = s->raw[s->body].type;
    const bool change = type == T_SELECT || type == T_INSERT || type == T_UPDATE ||
                        type == T_DELETE || type == T_REPLACE;
    if (s->body == 0 && !change && find_opaque(s, 0)) {
        s->opaque_end = opaque_end(s, 0);
        return T_OPAQUE;
    }
    if (type == T_WITH) {
        return behind_with(s, s->body);
    }
    return type == T_REPLACE ? T_INSERT : type;
}

/* ---- parts kept as text ---- */

static uint32_t
last(const struct sql_scan *s)
{
    return s->n - 1; /* T_END */
}

/* Puts raw[i] out as it is and the rest of the statement as one text. */
static uint32_t
word_and_rest(struct sql_scan *s, uint32_t i)
{
    sql_tokens_put(s, s->raw[i].type, i, i);
    sql_tokens_put_text(s, i + 1, last(s));
    return last(s) - i;
}

static uint32_t
rest(struct sql_scan *s, uint32_t i)
{
    sql_tokens_put_text(s, i, last(s));
    return last(s) - i;
}

/* SHOW up to LIKE, WHERE or LIMIT; act_show.c reads the head again. */
static uint32_t
show_head(struct sql_scan *s)
{
    uint32_t i = 1;
    while (i < last(s) && s->raw[i].type != T_LIKE && s->raw[i].type != T_WHERE &&
           s->raw[i].type != T_LIMIT) {
        i++;
    }
    sql_tokens_put(s, T_SHOW_HEAD, 0, i - 1);
    return i;
}

/* Behind a list of names at i. */
static uint32_t
names_end(const struct sql_scan *s, uint32_t i)
{
    while (i < last(s)) {
        i += s->raw[i + 1].type == '.' ? 3 : 1;
        if (i >= last(s) || s->raw[i].type != ',') {
            break;
        }
        i++;
    }
    return i < last(s) ? i : last(s);
}

static uint32_t
maintenance_rest(struct sql_scan *s, uint32_t i)
{
    if (s->statement != T_ANALYZE && s->statement != T_CHECK && s->statement != T_CHECKSUM &&
        s->statement != T_OPTIMIZE && s->statement != T_REPAIR) {
        return 0;
    }
    if (s->prev != T_TABLE && s->prev != T_TABLES) {
        return 0;
    }
    const uint32_t end = names_end(s, i);
    for (uint32_t k = i; k < end; k++) {
        const int type = s->raw[k].type;
        sql_tokens_put(s, type == ',' || type == '.' ? type : T_IDENT, k, k);
    }
    sql_tokens_put_text(s, end, last(s));
    return last(s) - i;
}

/* PARTITION BY of CREATE TABLE: up to the query that may follow. */
static uint32_t
create_partition(struct sql_scan *s, uint32_t i)
{
    uint32_t k = i + 1;
    int depth = 0;
    for (; k < last(s); k++) {
        const int type = s->raw[k].type;
        depth += type == '(';
        depth -= type == ')' && depth > 0;
        if (depth == 0 &&
            (type == T_SELECT || type == T_AS || type == T_IGNORE || type == T_REPLACE ||
             type == T_QPAREN || type == T_WITH || type == T_TABLE)) {
            break;
        }
    }
    sql_tokens_put(s, T_PARTITION, i, i);
    sql_tokens_put_text(s, i + 1, k);
    return k - i;
}

static bool
is_partition_word(const struct sql_scan *s, uint32_t i)
{
    static const char *const words[] = {
        "ADD",   "DROP",     "TRUNCATE", "REORGANIZE", "COALESCE", "REBUILD", "EXCHANGE", "ANALYZE",
        "CHECK", "OPTIMIZE", "REPAIR",   "REMOVE",     "DISCARD",  "IMPORT",  "CONVERT",  NULL};
    return i > 0 && sql_tokens_is_any(s->p, &s->raw[i], words);
}

static uint32_t
alter_special(struct sql_scan *s, uint32_t i)
{
    const int type = s->raw[i].type;
    if (s->depth != 0) {
        return 0;
    }
    if (type == T_PARTITION && s->raw[i + 1].type == T_BY) {
        return word_and_rest(s, i);
    }
    const bool converted = type == T_CONVERT && s->raw[i + 1].type == T_TABLE;
    if (converted || (is_partition_word(s, i) &&
                      (s->raw[i + 1].type == T_PARTITION || is_word(s, i + 1, "PARTITIONING")))) {
        return word_and_rest(s, i);
    }
    if (type == T_PERIOD && s->raw[i + 1].type == T_FOR &&
        (s->prev == T_ADD || s->prev == T_DROP)) {
        return word_and_rest(s, i);
    }
    return 0;
}

/* DEFINER = user[@host]: the word, then one text. */
static uint32_t
definer(struct sql_scan *s, uint32_t i)
{
    if (s->raw[i].type != T_DEFINER || !sql_tokens_in_context(s, i)) {
        return 0;
    }
    uint32_t end = i + 3;
    if (s->raw[end].type == T_USERVAR) {
        end++;
    } else if (s->raw[end].type == '(') {
        end += 2;
    }
    if (end > last(s)) {
        return 0;
    }
    sql_tokens_put(s, T_DEFINER, i, i);
    sql_tokens_put_text(s, i + 2, end);
    return end - i;
}

uint32_t
sql_tokens_special(struct sql_scan *s, uint32_t i)
{
    if (i >= last(s)) {
        return 0;
    }
    switch (s->statement) {
    case T_SHOW:
        return i == 0 ? show_head(s) : 0;
    case T_FLUSH:
        return i == 0 ? word_and_rest(s, i) : 0;
    case T_HANDLER:
        return i == (s->raw[2].type == '.' ? 4u : 2u) ? rest(s, i) : 0;
    case T_SET:
        return i == 1 && s->raw[2].type != T_ASSIGN && sql_tokens_in_context(s, i) &&
                       (s->raw[i].type == T_PASSWORD || s->raw[i].type == T_ROLE)
                   ? word_and_rest(s, i)
                   : 0;
    case T_CREATE:
        if (s->depth == 0 && s->raw[i].type == T_PARTITION && s->raw[i + 1].type == T_BY) {
            return create_partition(s, i);
        }
        return definer(s, i);
    case T_ALTER: {
        const uint32_t taken = alter_special(s, i);
        return taken ? taken : definer(s, i);
    }
    default:
        return maintenance_rest(s, i);
    }
}
