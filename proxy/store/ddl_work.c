/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of an ALTER TABLE that concerns the rows: what is run over the working table. That table is
 * TEMPORARY, so it has no foreign keys, FULLTEXT keys or partitions, and actions on them (and those that
 * touch no row) are left out.
 */
#include "base/mem.h"
#include "proxy/store/ddl_priv.h"
#include "proxy/store/query.h"
#include "rewriter/sql/sql.h"

static bool
has_mode(struct slice modes, const char *mode)
{
    const struct slice m = slice_of_str(mode);
    for (size_t i = 0; i + m.len <= modes.len; i++) {
        if (slice_equal(slice_sub(modes, i, m.len), m)) {
            return true;
        }
    }
    return false;
}

static uint32_t
parse_mode(struct slice modes)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } bits[] = {{"ANSI_QUOTES", SQL_MODE_ANSI_QUOTES},
                {"PIPES_AS_CONCAT", SQL_MODE_PIPES_AS_CONCAT},
                {"NO_BACKSLASH_ESCAPES", SQL_MODE_NO_BACKSLASH_ESCAPES},
                {"HIGH_NOT_PRECEDENCE", SQL_MODE_HIGH_NOT_PRECEDENCE},
                {"IGNORE_SPACE", SQL_MODE_IGNORE_SPACE}};
    uint32_t mode = 0;
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        mode |= has_mode(modes, bits[i].name) ? bits[i].bit : 0;
    }
    return mode;
}

static enum sql_flavour
flavour(const struct ddl *x)
{
    return scratch_flavour(x->s->config.scratch) == BACKEND_MARIADB ? SQL_MARIADB : SQL_MYSQL;
}

struct status
ddl_work_parse(struct ddl *x)
{
    struct backend_conn *conn = scratch_session_conn(x->req->session);
    struct query_rows rows;
    TRY(query_rows(conn, x->arena, SLICE("SELECT @@foreign_key_checks, @@sql_mode"), &rows, x->d));
    if (rows.n != 1) {
        RAISE(BUG);
    }
    x->check_fks = slice_equal_str(query_cell(&rows, 0, 0), "1");
    x->sql_mode = parse_mode(query_cell(&rows, 0, 1));
    const struct sql_options options = {
        .flavour = flavour(x), .version = backend_version_number(conn), .mode = x->sql_mode};
    struct sql_stmt *stmt;
    TRY(sql_parse(x->arena, x->req->text, &options, &stmt, x->d));
    x->root = stmt->root;
    return OK;
}

static bool
is_fk(const struct cat_table *t, struct slice name)
{
    for (size_t i = 0; i < t->n_fks; i++) {
        if (slice_equal_ci(t->fks[i].name, name)) {
            return true;
        }
    }
    return false;
}

static bool
is_working_key(const struct cat_table *t, struct slice name)
{
    const struct cat_key *key = catalog_find_key(t, name);
    return !key || key->unique;
}

static bool
is_charset_option(struct slice name)
{
    static const char *const names[] = {"CHARSET", "CHARACTER SET",         "DEFAULT CHARSET",
                                        "COLLATE", "DEFAULT CHARACTER SET", "DEFAULT COLLATE"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_equal_str_ci(name, names[i])) {
            return true;
        }
    }
    return false;
}

static bool
concerns_rows(const struct cat_table *t, const struct sql_alter_action *a)
{
    switch (a->action) {
    case SQL_ALTER_ADD_COLUMN:
    case SQL_ALTER_DROP_COLUMN:
    case SQL_ALTER_MODIFY_COLUMN:
    case SQL_ALTER_CHANGE_COLUMN:
    case SQL_ALTER_RENAME_COLUMN:
    case SQL_ALTER_SET_DEFAULT:
    case SQL_ALTER_DROP_DEFAULT:
    case SQL_ALTER_DROP_PRIMARY:
    case SQL_ALTER_CONVERT_CHARSET:
    case SQL_ALTER_CONSTRAINT:
        return true;
    case SQL_ALTER_ADD_KEY:
        switch (sql_as_key_def(a->key)->key) {
        case SQL_KEY_INDEX: /* an AUTO_INCREMENT column needs one */
        case SQL_KEY_UNIQUE:
        case SQL_KEY_PRIMARY:
        case SQL_KEY_CHECK:
            return true;
        case SQL_KEY_FULLTEXT:
        case SQL_KEY_SPATIAL:
        case SQL_KEY_FOREIGN:
            return false;
        }
        return false;
    case SQL_ALTER_DROP_INDEX:
        return is_working_key(t, a->name);
    case SQL_ALTER_DROP_CONSTRAINT:
        return !is_fk(t, a->name);
    case SQL_ALTER_OPTION:
        return is_charset_option(a->name);
    default:
        return false;
    }
}

static void
append(struct sql_list *list, struct sql_node *n)
{
    n->next = NULL;
    if (list->last) {
        list->last->next = n;
    } else {
        list->first = n;
    }
    list->last = n;
    list->count++;
}

static struct status
print(struct ddl *x, const struct sql_node *n)
{
    const struct sql_printer printer = {
        .mode = x->sql_mode,
        .flavour = flavour(x),
    };
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    sql_print(n, &printer, &text);
    TRY(buf_status(&text));
    x->work_text = arena_dup(x->arena, buf_slice(&text));
    return arena_status(x->arena);
}

/*
 * MySQL's check constraints have names that are unique in a database, and the mirror has this one by
 * now: the working table gets it under another name, which ddl_work_clean_text takes out of errors.
 */
static void
rename_check(struct ddl *x, const struct cat_table *t, struct sql_alter_action *a)
{
    if (a->action != SQL_ALTER_ADD_KEY || flavour(x) != SQL_MYSQL) {
        return;
    }
    struct sql_key_def *key = sql_as_key_def(a->key);
    if (key->key == SQL_KEY_CHECK) {
        key->constraint =
            slice_is_null(key->constraint)
                ? arena_printf(x->arena, DDL_WORK_PREFIX "%.*s_chk_1", SLICE_ARG(t->name))
                : arena_printf(x->arena, DDL_WORK_PREFIX "%.*s", SLICE_ARG(key->constraint));
    }
}

void
ddl_work_clean_text(struct diag *d)
{
    const size_t n = sizeof(DDL_WORK_PREFIX) - 1;
    const size_t len = slice_of_str(d->message).len;
    for (size_t i = 0; i + n <= len; i++) {
        if (mem_compare(d->message + i, DDL_WORK_PREFIX, n) == 0) {
            mem_move(d->message + i, d->message + i + n, len - i - n + 1);
            return;
        }
    }
}

static struct status
alter_text(struct ddl *x, const struct cat_table *t, const struct sql_alter_table *alter)
{
    struct sql_list kept = {0};
    SQL_FOR_EACH(n, &alter->actions)
    {
        if (concerns_rows(t, sql_as_alter_action(n))) {
            struct sql_node *copy = sql_clone(x->arena, n, NULL, NULL);
            TRY(arena_status(x->arena));
            rename_check(x, t, sql_as_alter_action(copy));
            append(&kept, copy);
        }
    }
    TRY(arena_status(x->arena));
    if (!kept.count) {
        return OK;
    }
    struct sql_alter_table copy = *alter;
    copy.actions = kept;
    return print(x, (const struct sql_node *) &copy);
}

struct status
ddl_work_text(struct ddl *x, const struct cat_table *t)
{
    const struct sql_node *root = x->root;
    switch (root->kind) {
    case SQL_ALTER_TABLE:
        return alter_text(x, t, sql_as_alter_table(root));
    case SQL_CREATE_INDEX: {
        struct sql_create_index *create = sql_as_create_index(root);
        return sql_as_key_def(create->key)->key == SQL_KEY_UNIQUE ? print(x, root) : OK;
    }
    case SQL_DROP_INDEX: {
        struct sql_drop_index *drop = sql_as_drop_index(root);
        return is_working_key(t, drop->name) ? print(x, root) : OK;
    }
    default:
        return OK;
    }
}
