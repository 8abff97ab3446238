/* SPDX-License-Identifier: Apache-2.0 */
/* SHOW: the words in front of LIKE and WHERE, read without grammar. */
#include "rewriter/sql/grammar.tab.h"
#include "rewriter/sql/parser.h"

struct words {
    struct sql_parser *p;
    const struct sql_token *t;
    uint32_t n, at;
};

/* Takes the next word when it is this one. */
static bool
take(struct words *w, const char *word)
{
    if (w->at < w->n && sql_tokens_is_word(w->p, &w->t[w->at], word)) {
        w->at++;
        return true;
    }
    return false;
}

static bool
take_any(struct words *w, const char *a, const char *b)
{
    return take(w, a) || take(w, b);
}

static struct slice
take_name(struct words *w)
{
    if (w->at >= w->n) {
        return SLICE_NULL;
    }
    return sql_act_name(w->p, w->t[w->at++]);
}

/* name or db.name */
static struct sql_node *
take_table(struct words *w)
{
    if (w->at >= w->n) {
        return NULL;
    }
    const uint32_t begin = w->t[w->at].begin;
    struct sql_table table = {.name = take_name(w)};
    if (w->at + 1 < w->n && w->t[w->at].type == '.') {
        w->at++;
        table.db = table.name;
        table.name = take_name(w);
    }
    const struct sql_span span = {begin, w->t[w->at - 1].end};
    return sql_act_new(w->p, span, SQL_TABLE, &table);
}

/* [FROM|IN db] */
static void
take_db(struct words *w, struct sql_show *show)
{
    if (take_any(w, "FROM", "IN")) {
        show->db = take_name(w);
    }
}

static bool
rest_is_empty(const struct words *w)
{
    return w->at >= w->n;
}

static enum sql_show_kind
show_create(struct words *w, struct sql_show *show)
{
    enum sql_show_kind kind = SQL_SHOW_CREATE_OTHER;
    if (take(w, "TABLE")) {
        kind = SQL_SHOW_CREATE_TABLE;
    } else if (take(w, "VIEW")) {
        kind = SQL_SHOW_CREATE_VIEW;
    } else if (take_any(w, "DATABASE", "SCHEMA")) {
        if (take(w, "IF")) {
            w->at += 2;
        }
        show->name = take_name(w);
        return SQL_SHOW_CREATE_DATABASE;
    } else {
        show->name = take_name(w);
    }
    show->table = take_table(w);
    return kind;
}

/* COLUMNS|INDEX FROM t [FROM db] */
static enum sql_show_kind
show_of_table(struct words *w, struct sql_show *show, enum sql_show_kind kind)
{
    if (take_any(w, "FROM", "IN")) {
        show->table = take_table(w);
    }
    take_db(w, show);
    if (!slice_is_null(show->db) && show->table) {
        sql_as_table(show->table)->db = show->db;
    }
    return show->table ? kind : SQL_SHOW_OTHER;
}

static enum sql_show_kind
show_of_db(struct words *w, struct sql_show *show, enum sql_show_kind kind)
{
    take_db(w, show);
    return kind;
}

static const struct {
    const char *word, *second;
    enum sql_show_kind kind;
} plain_rows[] = {
    {"VARIABLES", NULL, SQL_SHOW_VARIABLES},     {"STATUS", NULL, SQL_SHOW_STATUS},
    {"PROCESSLIST", NULL, SQL_SHOW_PROCESSLIST}, {"WARNINGS", NULL, SQL_SHOW_WARNINGS},
    {"ERRORS", NULL, SQL_SHOW_ERRORS},           {"ENGINES", NULL, SQL_SHOW_ENGINES},
    {"STORAGE", "ENGINES", SQL_SHOW_ENGINES},    {"CHARSET", NULL, SQL_SHOW_CHARSET},
    {"CHARACTER", "SET", SQL_SHOW_CHARSET},      {"COLLATION", NULL, SQL_SHOW_COLLATION},
    {"PLUGINS", NULL, SQL_SHOW_PLUGINS},         {"PRIVILEGES", NULL, SQL_SHOW_PRIVILEGES},
    {"GRANTS", NULL, SQL_SHOW_GRANTS},           {"PROFILE", NULL, SQL_SHOW_PROFILE},
    {"PROFILES", NULL, SQL_SHOW_PROFILE},        {"MASTER", NULL, SQL_SHOW_REPLICATION},
    {"SLAVE", NULL, SQL_SHOW_REPLICATION},       {"REPLICA", NULL, SQL_SHOW_REPLICATION},
    {"REPLICAS", NULL, SQL_SHOW_REPLICATION},    {"BINARY", NULL, SQL_SHOW_REPLICATION},
    {"BINLOG", NULL, SQL_SHOW_REPLICATION},      {"RELAYLOG", NULL, SQL_SHOW_REPLICATION},
    {"DATABASES", NULL, SQL_SHOW_DATABASES},     {"SCHEMAS", NULL, SQL_SHOW_DATABASES},
};

static enum sql_show_kind
show_plain(struct words *w, struct sql_show *show)
{
    for (size_t i = 0; i < sizeof plain_rows / sizeof plain_rows[0]; i++) {
        const uint32_t at = w->at;
        if (take(w, plain_rows[i].word) &&
            (plain_rows[i].second == NULL || take(w, plain_rows[i].second))) {
            return plain_rows[i].kind;
        }
        w->at = at;
    }
    show->name = take_name(w);
    if ((slice_equal_str_ci(show->name, "PROCEDURE") ||
         slice_equal_str_ci(show->name, "FUNCTION") || slice_equal_str_ci(show->name, "PACKAGE")) &&
        (take(w, "STATUS") || (take(w, "BODY") && take(w, "STATUS")))) {
        return SQL_SHOW_ROUTINE_STATUS;
    }
    if (slice_equal_str_ci(show->name, "ENGINE")) {
        show->name = take_name(w);
        return SQL_SHOW_ENGINE;
    }
    return SQL_SHOW_OTHER;
}

static enum sql_show_kind
show_kind(struct words *w, struct sql_show *show)
{
    if (take(w, "CREATE")) {
        return show_create(w, show);
    }
    if (take(w, "TABLES")) {
        return show_of_db(w, show, SQL_SHOW_TABLES);
    }
    if (take(w, "TABLE")) {
        return take(w, "STATUS") ? show_of_db(w, show, SQL_SHOW_TABLE_STATUS) : SQL_SHOW_OTHER;
    }
    if (take(w, "OPEN")) {
        return take(w, "TABLES") ? show_of_db(w, show, SQL_SHOW_OPEN_TABLES) : SQL_SHOW_OTHER;
    }
    if (take_any(w, "COLUMNS", "FIELDS")) {
        return show_of_table(w, show, SQL_SHOW_COLUMNS);
    }
    if (take_any(w, "INDEX", "INDEXES") || take(w, "KEYS")) {
        return show_of_table(w, show, SQL_SHOW_INDEX);
    }
    if (take(w, "TRIGGERS")) {
        return show_of_db(w, show, SQL_SHOW_TRIGGERS);
    }
    if (take(w, "EVENTS")) {
        return show_of_db(w, show, SQL_SHOW_EVENTS);
    }
    if (take(w, "COUNT")) {
        w->at += 3; /* ( * ) */
        return take(w, "WARNINGS") ? SQL_SHOW_COUNT_WARNINGS : SQL_SHOW_COUNT_ERRORS;
    }
    return show_plain(w, show);
}

/* Reads the head's tokens from the text again: the grammar saw one token. */
static uint32_t
head_tokens(struct sql_parser *p, struct sql_token head, struct sql_token *out, uint32_t max)
{
    struct sql_lexer lx;
    uint32_t n = 0;
    if (!status_is_ok(sql_lex_init(&lx))) {
        p->failed = STATUS_NO_MEMORY;
        return 0;
    }
    if (status_is_ok(sql_lex_start(&lx, slice_sub(p->text, 0, head.end), p->options))) {
        while (n < max) {
            sql_lex_next(&lx, &out[n]);
            if (out[n].type == T_END || out[n].type == T_BAD) {
                break;
            }
            n += out[n].begin >= head.begin;
        }
    }
    sql_lex_deinit(&lx);
    return n;
}

struct sql_node *
sql_act_show(struct sql_parser *p, struct sql_span span, struct sql_token head,
             struct sql_node *like, struct sql_node *where, struct sql_node *limit)
{
    struct sql_token tokens[64];
    struct words w = {p, tokens, head_tokens(p, head, tokens, 64), 1};
    struct sql_show show = {
        .like = like, .where = where, .limit = limit, .text = sql_act_text(p, span)};
    for (;;) {
        if (take(&w, "FULL")) {
            show.full = true;
        } else if (take(&w, "EXTENDED")) {
            show.extended = true;
        } else if (take(&w, "GLOBAL")) {
            show.scope = SQL_SCOPE_GLOBAL;
        } else if (take_any(&w, "SESSION", "LOCAL")) {
            show.scope = SQL_SCOPE_SESSION;
        } else {
            break;
        }
    }
    show.show = show_kind(&w, &show);
    if (!rest_is_empty(&w) &&
        (show.show <= SQL_SHOW_EVENTS || show.show == SQL_SHOW_CREATE_TABLE)) {
        show.show = SQL_SHOW_OTHER;
    }
    return sql_act_new(p, span, SQL_SHOW, &show);
}
