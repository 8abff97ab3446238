/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LOCK TABLES. MySQL lets a session use only the names that it locked, and no alias twice: so each
 * table is locked under its own name and under aliases made of it, and while locks are held the aliases
 * of our statements (t0, t1, ..) are made of their tables' names in the same way.
 */
#include "proxy/exec/lock.h"

#include "base/mem.h"
#include "proxy/exec/exec_priv.h"

#define LOCKS_MAX   256
#define ALIASES_MAX 8

struct locks {
    struct exec_run *r;
    size_t n;
    const struct cat_table *tables[LOCKS_MAX];
    bool write[LOCKS_MAX];
};

/* Once each, with the stronger mode: two names of one table, or a view and its table. */
static STATUS
lock_add(struct locks *l, const struct cat_table *t, bool write)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->tables[i] == t) {
            l->write[i] |= write;
            return OK;
        }
    }
    if (l->n == LOCKS_MAX) {
        FAIL(l->r->d, LIMIT, "more than %d tables in one statement", LOCKS_MAX);
    }
    l->tables[l->n] = t;
    l->write[l->n++] = write;
    return OK;
}

/* Locking a view locks the tables that it reads. */
static STATUS
lock_view(struct locks *l, const struct cat_table *view, bool write, unsigned depth)
{
    struct exec *e = l->r->e;
    const struct catalog *cat = l->r->plan->catalog;
    const struct sql_options options = {.flavour = e->state.options.flavour,
                                        .version = e->state.options.version};
    const struct scope_session session = {.db = view->db};
    struct sql_stmt *stmt;
    struct scope *scope;
    TRY(sql_parse(e->arena, view->create_sql, &options, &stmt, l->r->d));
    TRY(scope_build(e->arena, cat, &session, stmt, &scope, l->r->d));
    for (size_t i = 0; i < scope->n_tables; i++) {
        const struct scope_table *t = &scope->tables[i];
        if (t->kind == SCOPE_BASE) {
            TRY(lock_add(l, t->table, write));
        } else if (t->kind == SCOPE_VIEW && t->table != view && depth) {
            TRY(lock_view(l, t->table, write, depth - 1));
        }
    }
    return OK;
}

struct status
lock_tables(struct exec_run *r, const struct sql_lock_tables *lock, struct buf *sql)
{
    struct locks *l = arena_new(r->e->arena, struct locks);
    TRY(arena_status(r->e->arena));
    l->r = r;
    SQL_FOR_EACH(n, &lock->tables)
    {
        const struct sql_lock_item *item = sql_as_lock_item(n);
        const struct sql_table *t = sql_as_table(item->table);
        const struct slice db = t->db.data ? t->db : exec_db(r->e);
        const struct cat_table *table = catalog_find_table(r->plan->catalog, db, t->name);
        const bool write = item->mode >= SQL_TABLE_LOCK_WRITE;
        if (table == NULL) {
            FAIL_SQL(r->d, 1146, "42S02", "Table '%.*s.%.*s' doesn't exist", SLICE_ARG(db),
                     SLICE_ARG(t->name));
        }
        TRY(table->kind == CAT_TABLE ? lock_add(l, table, write) : lock_view(l, table, write, 16));
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct cat_table *t = l->tables[i];
        const char *mode = l->write[i] ? "WRITE" : "READ";
        buf_printf(sql, "%s%.*s.%.*s %s", i ? "," : "LOCK TABLES ", SLICE_ARG(t->phys_db),
                   SLICE_ARG(t->phys), mode);
        for (int k = 0; k < ALIASES_MAX; k++) {
            buf_printf(sql, ",%.*s.%.*s AS %.*s_%d %s", SLICE_ARG(t->phys_db), SLICE_ARG(t->phys),
                       SLICE_ARG(t->phys), k, mode);
        }
    }
    if (l->n == 0) { /* views of no table */
        buf_append_str(sql, "UNLOCK TABLES");
    }
    return buf_status(sql);
}

/* ---- aliases under locks ---- */

static bool
is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The next word of our own SQL from `at`; strings are skipped. Empty at the end. */
static struct slice
next_word(struct slice sql, size_t at)
{
    while (at < sql.len && !is_word(sql.data[at])) {
        if (sql.data[at] == '\'') {
            for (at++; at < sql.len && sql.data[at] != '\''; at++) {
            }
        }
        at++;
    }
    size_t end = at;
    while (end < sql.len && is_word(sql.data[end])) {
        end++;
    }
    return at < sql.len ? slice_sub(sql, at, end - at) : SLICE_NULL;
}

/* t0 .. t7, or -1. */
static int
alias_number(struct slice word)
{
    return word.len == 2 && word.data[0] == 't' && word.data[1] >= '0' &&
                   word.data[1] < '0' + ALIASES_MAX
               ? word.data[1] - '0'
               : -1;
}

/* `table t3`, `table AS t3`: which table each alias is of. */
static void
find_tables(struct slice sql, struct slice tables[ALIASES_MAX])
{
    struct slice before = SLICE_NULL, word;
    for (size_t at = 0; (word = next_word(sql, at)).data;) {
        const size_t begin = (size_t) (word.data - sql.data);
        const int n = alias_number(word);
        const bool declared = begin && sql.data[begin - 1] == ' ' && before.len > 2 &&
                              before.data[0] == 't' && before.data[1] == '_';
        if (n >= 0 && declared) {
            tables[n] = before;
        }
        at = begin + word.len;
        before = slice_equal_str_ci(word, "AS") ? before : word;
    }
}

struct status
lock_text(struct exec *e, struct slice sql, struct slice *out)
{
    struct slice tables[ALIASES_MAX] = {{0}}, word;
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    size_t done = 0;
    *out = sql;
    if (!e->locked_tables) {
        return OK;
    }
    find_tables(sql, tables);
    for (size_t at = 0; (word = next_word(sql, at)).data;) {
        const size_t begin = (size_t) (word.data - sql.data);
        const int n = alias_number(word);
        at = begin + word.len;
        if (n >= 0 && tables[n].data) {
            buf_append_slice(&text, slice_sub(sql, done, begin - done));
            buf_printf(&text, "%.*s_%d", SLICE_ARG(tables[n]), n);
            done = at;
        }
    }
    buf_append_slice(&text, slice_from(sql, done));
    TRY(buf_status(&text));
    *out = arena_dup(e->arena, buf_slice(&text));
    return arena_status(e->arena);
}
