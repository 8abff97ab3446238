/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of an ALTER TABLE that concerns the rows: what is run over the working table. That table is
 * TEMPORARY, so it has no foreign keys, FULLTEXT keys or partitions, and actions on them (and those that
 * touch no row) are left out.
 */
#include "proxy/store/ddl_priv.h"
#include "rewriter/sql/sql.h"

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
        .mode = x->req->sql_mode,
        .flavour =
            scratch_flavour(x->s->config.scratch) == BACKEND_MARIADB ? SQL_MARIADB : SQL_MYSQL,
    };
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    sql_print(n, &printer, &text);
    TRY(buf_status(&text));
    x->work_text = arena_dup(x->arena, buf_slice(&text));
    return arena_status(x->arena);
}

static struct status
alter_text(struct ddl *x, const struct cat_table *t, const struct sql_alter_table *alter)
{
    struct sql_list kept = {0};
    SQL_FOR_EACH(n, &alter->actions)
    {
        if (concerns_rows(t, sql_as_alter_action(n))) {
            append(&kept, sql_clone(x->arena, n, NULL, NULL));
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
    const struct sql_node *root = x->req->root;
    if (!root) {
        return OK;
    }
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
