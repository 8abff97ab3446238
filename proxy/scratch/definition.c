/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHOW CREATE TABLE prints one column, key or constraint per line and nothing but them between the
 * first line and the line that starts with `)`. Line breaks inside quoted text are escaped by the
 * server (`\n`), so lines can be told apart by how they start.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "proxy/scratch/definition_priv.h"
#include "proxy/scratch/script_priv.h"

enum line_kind {
    LINE_COLUMN,
    LINE_KEY,
    LINE_UNIQUE,
    LINE_FULLTEXT,
    LINE_CHECK,
    LINE_FOREIGN
};

static const struct {
    const char *start;
    enum line_kind kind;
} line_starts[] = {
    {"PRIMARY KEY", LINE_UNIQUE},    {"UNIQUE KEY", LINE_UNIQUE}, {"KEY ", LINE_KEY},
    {"FULLTEXT KEY", LINE_FULLTEXT}, {"SPATIAL KEY", LINE_KEY},   {"CONSTRAINT ", LINE_CHECK},
    {"PERIOD FOR", LINE_COLUMN},
};

struct line {
    struct slice text; /* trimmed, without its comma */
    enum line_kind kind;
};

struct scratch_definition {
    struct buf text; /* what SHOW CREATE TABLE gave; lines and options borrow it */
    struct slice options, partitioning;
    struct line *lines;
    size_t n_lines;
    bool plain;
    bool
        tells_dropped; /* MySQL: a column that may be NULL says DEFAULT NULL, or has lost its default */
};

static void
definition_free(struct scratch_definition *def)
{
    if (def) {
        buf_deinit(&def->text);
        free(def->lines);
        free(def);
    }
}
CLEANUP_DEFINE(struct scratch_definition *, definition_free)

static bool
contains(struct slice s, struct slice what)
{
    for (size_t i = 0; i + what.len <= s.len; i++) {
        if (mem_compare(s.data + i, what.data, what.len) == 0) {
            return true;
        }
    }
    return false;
}

/* Index of the backtick that ends the quoted name whose first character is at i. */
static size_t
quoted_end(struct slice s, size_t i)
{
    while (i < s.len) {
        if (s.data[i] == '`' && (i + 1 == s.len || s.data[i + 1] != '`')) {
            break;
        }
        i += s.data[i] == '`' ? 2 : 1;
    }
    return i;
}

/* After the name: "CONSTRAINT `n` FOREIGN KEY" against "CONSTRAINT `n` CHECK". */
static enum line_kind
constraint_kind(struct slice line)
{
    const size_t end = quoted_end(line, sizeof("CONSTRAINT `") - 1);
    return slice_starts_with(slice_from(line, end + 1), SLICE(" FOREIGN KEY")) ? LINE_FOREIGN
                                                                               : LINE_CHECK;
}

static enum line_kind
kind_of(struct slice line)
{
    for (size_t i = 0; i < sizeof(line_starts) / sizeof(line_starts[0]); i++) {
        if (slice_starts_with(line, slice_of_str(line_starts[i].start))) {
            return line_starts[i].kind == LINE_CHECK ? constraint_kind(line) : line_starts[i].kind;
        }
    }
    return LINE_COLUMN;
}

/* The next line, without its end; false at the end of the text. */
static bool
next_line(struct slice *rest, struct slice *line)
{
    size_t n = 0;
    if (rest->len == 0) {
        return false;
    }
    while (n < rest->len && rest->data[n] != '\n') {
        n++;
    }
    *line = slice_sub(*rest, 0, n);
    *rest = slice_from(*rest, n + 1);
    return true;
}

static struct status
parse(struct scratch_definition *def, struct diag *d)
{
    struct slice rest = buf_slice(&def->text), line;
    size_t cap = 0;
    next_line(&rest, &line); /* CREATE TABLE `t` ( */
    while (next_line(&rest, &line)) {
        if (slice_starts_with(line, SLICE(")"))) {
            def->options = slice_from(line, 1);
            def->partitioning = rest;
            return OK;
        }
        if (def->n_lines == cap) {
            cap = cap ? cap * 2 : 16;
            struct line *lines = reallocarray(def->lines, cap, sizeof(*lines));
            if (!lines) {
                RAISE(NO_MEMORY);
            }
            def->lines = lines;
        }
        while (line.len && line.data[0] == ' ') {
            line = slice_from(line, 1);
        }
        if (line.len && line.data[line.len - 1] == ',') {
            line.len--;
        }
        def->lines[def->n_lines++] = (struct line){line, kind_of(line)};
    }
    FAIL(d, BUG, "SHOW CREATE TABLE of the scratch engine has an unknown form");
}

/* Expressions are read by sql_mode: || and NOT, for example. */
static bool
is_plain(const struct scratch_definition *def)
{
    bool plain = scratch_script_is_plain(buf_slice(&def->text));
    for (size_t i = 0; i < def->n_lines && plain; i++) {
        const struct slice text = def->lines[i].text;
        plain = def->lines[i].kind != LINE_CHECK && !contains(text, SLICE(" AS (")) &&
                !contains(text, SLICE("DEFAULT (")) && !contains(text, SLICE(" CHECK ("));
    }
    return plain;
}

static struct status
fetch_with(struct backend_conn *c, struct slice db, struct slice table,
           struct scratch_definition **out, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    CLEANUP(definition_free_cleanup) struct scratch_definition *def = calloc(1, sizeof(*def));
    const struct slice *row;
    if (!def) {
        RAISE(NO_MEMORY);
    }
    buf_append_str(&sql, "SHOW CREATE TABLE ");
    scratch_quote(&sql, db);
    buf_append_u8(&sql, '.');
    scratch_quote(&sql, table);
    TRY(buf_status(&sql));
    TRY(backend_query(c, buf_slice(&sql), BACKEND_STORE, &r, d));
    TRY(backend_result_next(r, &row, d));
    if (!row || !slice_equal_str(backend_result_columns(r)[1].name, "Create Table")) {
        FAIL(d, UNSUPPORTED, "%.*s.%.*s is not a base table", SLICE_ARG(db), SLICE_ARG(table));
    }
    buf_append_slice(&def->text, row[1]);
    TRY(buf_status(&def->text));
    TRY(parse(def, d));
    def->plain = is_plain(def);
    def->tells_dropped = backend_flavour(c) == BACKEND_MYSQL;
    *out = STEAL(def);
    return OK;
}

static struct status
fetch(struct scratch *s, struct slice db, struct slice table, struct scratch_definition **out,
      struct diag *d)
{
    struct backend_conn *c;
    TRY(scratch_aux_take(s, &c, d));
    const struct status st = fetch_with(c, db, table, out, d);
    scratch_aux_give(s, c);
    return st;
}

/* On these, rows come in another order than on InnoDB, full-text search finds other ones, and a statement
 * of several rows goes on after a value that it would refuse in the first. */
static const char *
engine_of(const struct scratch_definition *def)
{
    static const char *const others[] = {"MyISAM", "Aria"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char word[16];
        snprintf(word, sizeof word, " ENGINE=%s", others[i]);
        if (slice_starts_with(def->options, slice_of_str(word))) {
            return others[i];
        }
    }
    return "InnoDB";
}

/* ROW_FORMAT, CHARSET, COMMENT and the like stay; ENGINE and what depends on it go. */
static void
print_options(struct slice options, const char *engine, struct buf *out)
{
    struct slice rest = options;
    bool in_quotes = false;
    buf_printf(out, ") ENGINE=%s", engine);
    while (rest.len) {
        size_t n = 0;
        while (n < rest.len && (in_quotes || rest.data[n] != ' ' || n == 0)) {
            in_quotes = rest.data[n] == '\'' ? !in_quotes : in_quotes;
            n++;
        }
        const struct slice word = slice_sub(rest, 0, n);
        if (contains(word, SLICE("CHARSET=")) || contains(word, SLICE("COLLATE=")) ||
            slice_equal_str(word, " DEFAULT")) {
            buf_append_slice(out, word);
        }
        rest = slice_from(rest, n);
    }
}

/* The engine that each partition names goes. */
static void
print_partitioning(struct slice clause, struct buf *out)
{
    static const char engine[] = " ENGINE = ";
    bool in_quotes = false;
    if (clause.len) {
        buf_append_u8(out, ' ');
    }
    for (size_t i = 0; i < clause.len; i++) {
        in_quotes = clause.data[i] == '\'' ? !in_quotes : in_quotes;
        if (!in_quotes && slice_starts_with(slice_from(clause, i), SLICE(" ENGINE = "))) {
            i += sizeof engine - 1;
            while (i < clause.len && clause.data[i] >= 'A') {
                i++;
            }
        }
        if (i < clause.len) {
            buf_append_u8(out, clause.data[i]);
        }
    }
}

/* "(`name`" of the AUTO_INCREMENT column, or NULL: some key must start with it. */
static struct slice
find_autoinc(const struct scratch_definition *def, struct buf *out)
{
    for (size_t i = 0; i < def->n_lines; i++) {
        const struct slice text = def->lines[i].text;
        if (def->lines[i].kind == LINE_COLUMN && contains(text, SLICE(" AUTO_INCREMENT"))) {
            buf_append_u8(out, '(');
            buf_append_slice(out, slice_sub(text, 0, quoted_end(text, 1) + 1));
            return buf_slice(out);
        }
    }
    return SLICE_NULL;
}

/* The key that AUTO_INCREMENT leans on when the other non-unique ones are left out, or NULL. */
static const struct line *
find_autoinc_key(const struct scratch_definition *def)
{
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    const struct slice start = find_autoinc(def, &text);
    const struct line *found = NULL;
    for (size_t i = 0; i < def->n_lines && !slice_is_null(start); i++) {
        const struct line *l = &def->lines[i];
        const bool is_key = l->kind == LINE_UNIQUE || l->kind == LINE_KEY;
        if (is_key && contains(l->text, start) && (!found || l->kind == LINE_UNIQUE)) {
            found = l;
        }
    }
    return found;
}

/* MIN and MAX of an ENUM or SET with a key go by its number, without one by its text. */
static bool
is_on_enum(const struct scratch_definition *def, const struct line *key)
{
    for (size_t i = 0; i < def->n_lines; i++) {
        const struct slice text = def->lines[i].text;
        if (def->lines[i].kind != LINE_COLUMN) {
            continue;
        }
        const size_t name_end = quoted_end(text, 1) + 1;
        const struct slice type = slice_from(text, name_end);
        if ((slice_starts_with(type, SLICE(" enum(")) || slice_starts_with(type, SLICE(" set("))) &&
            contains(key->text, slice_sub(text, 0, name_end))) {
            return true;
        }
    }
    return false;
}

static bool
is_wanted(const struct scratch_definition *def, const struct line *l,
          const struct scratch_definition_want *want, const struct line *autoinc_key)
{
    switch (l->kind) {
    case LINE_COLUMN:
    case LINE_UNIQUE:
    case LINE_CHECK:
        return true;
    case LINE_KEY:
        return !(want->flags & SCRATCH_TEMP_FEW_KEYS) || l == autoinc_key || is_on_enum(def, l);
    case LINE_FULLTEXT:
        return want->kind == SCRATCH_FOR_WORK;
    case LINE_FOREIGN:
        break;
    }
    return false;
}

/* Types that never say DEFAULT NULL. */
static bool
says_no_default(struct slice type)
{
    static const char *const words[] = {
        "tinyblob",     "blob",          "mediumblob", "longblob",   "tinytext",
        "text",         "mediumtext",    "longtext",   "json",       "geometry",
        "point",        "linestring",    "polygon",    "multipoint", "multilinestring",
        "multipolygon", "geomcollection"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_starts_with(type, slice_of_str(words[i]))) {
            return true;
        }
    }
    return false;
}

/* CREATE TABLE cannot say that a default was dropped; an INSERT without the column is then an error. */
static void
print_dropped_defaults(const struct scratch_definition *def,
                       const struct scratch_definition_want *want, struct buf *out)
{
    for (size_t i = 0; i < def->n_lines && def->tells_dropped; i++) {
        const struct slice text = def->lines[i].text;
        const size_t end = quoted_end(text, 1) + 1;
        if (def->lines[i].kind != LINE_COLUMN || contains(text, SLICE(" NOT NULL")) ||
            contains(text, SLICE(" DEFAULT ")) || contains(text, SLICE(" GENERATED ALWAYS ")) ||
            says_no_default(slice_from(text, end + 1))) {
            continue;
        }
        buf_append_str(out, ";ALTER TABLE ");
        scratch_quote(out, want->to_db);
        buf_append_u8(out, '.');
        scratch_quote(out, want->table);
        buf_append_str(out, " ALTER ");
        buf_append_slice(out, slice_sub(text, 0, end));
        buf_append_str(out, " DROP DEFAULT");
    }
}

static void
print(const struct scratch_definition *def, const struct scratch_definition_want *want,
      struct buf *out)
{
    const char *separator = "";
    const struct line *autoinc_key = find_autoinc_key(def);
    buf_append_str(out, want->kind == SCRATCH_FOR_TEMPORARY ? "CREATE TEMPORARY TABLE "
                                                            : "CREATE TABLE ");
    scratch_quote(out, want->to_db);
    buf_append_u8(out, '.');
    scratch_quote(out, want->table);
    buf_append_str(out, " (");
    if (want->flags & SCRATCH_TEMP_RID) {
        buf_append_str(out, "`_rid` BIGINT UNSIGNED NULL INVISIBLE");
        separator = ",";
    }
    for (size_t i = 0; i < def->n_lines; i++) {
        if (is_wanted(def, &def->lines[i], want, autoinc_key)) {
            buf_append_str(out, separator);
            buf_append_slice(out, def->lines[i].text);
            separator = ",";
        }
    }
    print_options(def->options, engine_of(def), out);
    if (want->kind == SCRATCH_FOR_WORK) { /* no temporary table has partitions */
        print_partitioning(def->partitioning, out);
    }
    print_dropped_defaults(def, want, out);
}

/* "db\0table" */
static void
append_key(struct buf *key, struct slice db, struct slice table)
{
    buf_append_slice(key, db);
    buf_append_u8(key, 0);
    buf_append_slice(key, table);
}

/* From the cache; false when it is not there. *version: of the cache, for keep. */
static bool
print_cached(struct scratch *s, struct slice key, const struct scratch_definition_want *want,
             struct buf *out, bool *plain, uint64_t *version)
{
    pthread_mutex_lock(&s->definitions_mutex);
    const struct scratch_definition *def = map_find(&s->definitions, key);
    if (def) {
        print(def, want, out);
        *plain = def->plain;
    }
    *version = s->definitions_version;
    pthread_mutex_unlock(&s->definitions_mutex);
    return def != NULL;
}

/* Takes *def over, unless a DDL came in between or another thread was first. */
static void
keep(struct scratch *s, struct slice key, struct scratch_definition **def, uint64_t version)
{
    pthread_mutex_lock(&s->definitions_mutex);
    if (version == s->definitions_version && !map_find(&s->definitions, key) &&
        status_is_ok(map_put(&s->definitions, key, *def))) {
        *def = NULL;
    }
    pthread_mutex_unlock(&s->definitions_mutex);
}

struct status
scratch_definition_print(struct scratch *s, const struct scratch_definition_want *want,
                         struct buf *out, bool *plain, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    CLEANUP(definition_free_cleanup) struct scratch_definition *fresh = NULL;
    uint64_t version;
    append_key(&key, want->db, want->table);
    TRY(buf_status(&key));
    if (!print_cached(s, buf_slice(&key), want, out, plain, &version)) {
        TRY(fetch(s, want->db, want->table, &fresh, d));
        print(fresh, want, out);
        *plain = fresh->plain;
        keep(s, buf_slice(&key), &fresh, version);
    }
    return buf_status(out);
}

void
scratch_invalidate(struct scratch *s, struct slice db, struct slice table)
{
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    append_key(&key, db, table);
    pthread_mutex_lock(&s->definitions_mutex);
    s->definitions_version++;
    if (!slice_is_null(table) && !slice_is_null(db)) {
        definition_free(map_remove(&s->definitions, buf_slice(&key)));
        pthread_mutex_unlock(&s->definitions_mutex);
        return;
    }
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&s->definitions, &i));) {
        if (slice_is_null(db) || slice_starts_with(e->key, buf_slice(&key))) {
            definition_free(map_remove(&s->definitions, e->key));
        }
    }
    pthread_mutex_unlock(&s->definitions_mutex);
}
