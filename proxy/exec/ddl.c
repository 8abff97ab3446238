/* SPDX-License-Identifier: Apache-2.0 */
/* From the tree of a DDL statement to the store's request. */
#include "proxy/store/ddl.h"

#include "base/mem.h"
#include "proxy/exec/access.h"
#include "proxy/exec/definer.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/exec/partitions.h"

#define NAMES_MAX 256

struct names {
    struct exec *e;
    struct ddl_name items[NAMES_MAX];
    size_t n;
    bool temp, full;
};

static void
add_db(struct names *n, struct slice db)
{
    n->full |= n->n == NAMES_MAX;
    if (!n->full) {
        n->items[n->n++] = (struct ddl_name){.db = db};
    }
}

static void
add_table(struct names *n, const struct sql_node *node)
{
    const struct sql_table *t = sql_as_table(node);
    const struct slice db = t->db.data ? t->db : exec_db(n->e);
    const struct slice key =
        arena_printf(n->e->arena, "%.*s.%.*s", SLICE_ARG(db), SLICE_ARG(t->name));
    n->temp |= map_find(&n->e->temp_tables, key) != NULL;
    n->full |= n->n == NAMES_MAX;
    if (!n->full) {
        n->items[n->n++] = (struct ddl_name){.db = db, .table = t->name};
    }
}

static void
add_tables(struct names *n, const struct sql_list *list)
{
    SQL_FOR_EACH(t, list)
    {
        add_table(n, t);
    }
}

/* ---- ALTER TABLE ---- */

static STATUS
alter_details(struct exec_run *r, const struct sql_alter_table *alter, struct names *names,
              struct ddl_request *req)
{
    struct layout_rename *renames =
        arena_array(r->e->arena, struct layout_rename, alter->actions.count);
    TRY(arena_status(r->e->arena));
    SQL_FOR_EACH(node, &alter->actions)
    {
        const struct sql_alter_action *a = sql_as_alter_action(node);
        switch (a->action) {
        case SQL_ALTER_CHANGE_COLUMN: {
            const struct sql_column_def *def = sql_as_column_def(a->column);
            if (!slice_equal_ci(a->name, def->name)) {
                renames[req->n_columns++] = (struct layout_rename){a->name, def->name};
            }
            break;
        }
        case SQL_ALTER_RENAME_COLUMN:
            renames[req->n_columns++] = (struct layout_rename){a->name, a->new_name};
            break;
        case SQL_ALTER_RENAME_TABLE:
            add_table(names, a->table);
            break;
        case SQL_ALTER_OPTION:
            if (slice_equal_str_ci(a->name, "AUTO_INCREMENT") && a->value &&
                a->value->kind == SQL_LITERAL) {
                slice_parse_u64(sql_as_literal(a->value)->value, &req->auto_increment);
            }
            break;
        case SQL_ALTER_TABLESPACE:
        case SQL_ALTER_VERSIONING:
        case SQL_ALTER_PERIOD:
        case SQL_ALTER_OTHER:
            FAIL(r->d, UNSUPPORTED, "ALTER TABLE .. %.*s is not supported through Allium",
                 SLICE_ARG(a->text));
        default:
            break;
        }
    }
    req->columns = renames;
    return OK;
}

static STATUS
describe_table(struct exec_run *r, const struct sql_node *root, struct names *names,
               struct ddl_request *req)
{
    switch (root->kind) {
    case SQL_CREATE_TABLE: {
        const struct sql_create_table *c = sql_as_create_table(root);
        req->kind = DDL_CREATE_TABLE;
        req->or_replace = c->or_replace;
        add_table(names, c->table);
        names->temp = c->temporary;
        SQL_FOR_EACH(n, &c->options)
        {
            const struct sql_option *o = sql_as_option(n);
            if (slice_equal_str_ci(o->name, "AUTO_INCREMENT") &&
                sql_is_kind(o->value, SQL_LITERAL)) {
                slice_parse_u64(sql_as_literal(o->value)->value, &req->auto_increment);
            }
        }
        return OK;
    }
    case SQL_ALTER_TABLE:
        req->kind = DDL_ALTER_TABLE;
        add_table(names, sql_as_alter_table(root)->table);
        return alter_details(r, sql_as_alter_table(root), names, req);
    case SQL_CREATE_INDEX:
        req->kind = DDL_ALTER_TABLE;
        add_table(names, sql_as_create_index(root)->table);
        return OK;
    case SQL_DROP_INDEX:
        req->kind = DDL_ALTER_TABLE;
        add_table(names, sql_as_drop_index(root)->table);
        return OK;
    case SQL_DROP_TABLE:
        req->kind = DDL_DROP_TABLE;
        add_tables(names, &sql_as_drop_table(root)->tables);
        names->temp |= sql_as_drop_table(root)->temporary;
        return OK;
    case SQL_RENAME_TABLE:
        req->kind = DDL_RENAME_TABLE;
        SQL_FOR_EACH(n, &sql_as_rename_table(root)->pairs)
        {
            add_table(names, sql_as_rename_pair(n)->from);
            add_table(names, sql_as_rename_pair(n)->to);
        }
        return OK;
    case SQL_TRUNCATE:
        req->kind = DDL_TRUNCATE;
        add_table(names, sql_as_truncate(root)->table);
        return OK;
    default:
        RAISE(BUG);
    }
}

static STATUS
describe(struct exec_run *r, const struct sql_node *root, struct names *names,
         struct ddl_request *req)
{
    const struct slice current = exec_db(r->e);
    struct slice name;
    switch (root->kind) {
    case SQL_CREATE_DATABASE:
        req->kind = DDL_CREATE_DATABASE;
        req->or_replace = sql_as_create_database(root)->or_replace;
        add_db(names, sql_as_create_database(root)->name);
        return OK;
    case SQL_ALTER_DATABASE:
        req->kind = DDL_ALTER_DATABASE;
        name = sql_as_alter_database(root)->name;
        add_db(names, name.data ? name : current);
        return OK;
    case SQL_DROP_DATABASE:
        req->kind = DDL_DROP_DATABASE;
        add_db(names, sql_as_drop_database(root)->name);
        return OK;
    case SQL_CREATE_VIEW:
        req->kind = DDL_VIEW;
        add_table(names, sql_as_create_view(root)->view);
        return OK;
    case SQL_DROP_VIEW:
        req->kind = DDL_DROP_TABLE;
        add_tables(names, &sql_as_drop_view(root)->views);
        return OK;
    default:
        return describe_table(r, root, names, req);
    }
}

/* A system schema is nobody's to change. */
static STATUS
check_names(struct exec_run *r, const struct names *names)
{
    static const char *const system[] = {"mysql", "information_schema", "performance_schema",
                                         "sys"};
    if (names->full) {
        FAIL(r->d, LIMIT, "more than %d tables in one statement", NAMES_MAX);
    }
    for (size_t i = 0; i < names->n; i++) {
        for (size_t k = 0; k < sizeof system / sizeof system[0]; k++) {
            if (slice_equal_str_ci(names->items[i].db, system[k])) {
                FAIL_SQL(r->d, 1044, "42000", "Access denied for user '%s'@'%s' to database '%s'",
                         r->e->info->user, r->e->info->host, system[k]);
            }
        }
        if (slice_is_null(names->items[i].db)) {
            FAIL_SQL(r->d, 1046, "3D000", "No database selected");
        }
    }
    return OK;
}

/* CREATE TABLE .. SELECT: the rows, by an INSERT of our own making. */
static STATUS
fill_from_query(struct exec_run *r, const struct sql_create_table *create,
                const struct ddl_name *name)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_printf(&sql, "%s INTO ",
               create->duplicates == SQL_DUPLICATES_REPLACE  ? "REPLACE"
               : create->duplicates == SQL_DUPLICATES_IGNORE ? "INSERT IGNORE"
                                                             : "INSERT");
    sql_print_name(name->db, &sql);
    buf_append_u8(&sql, '.');
    sql_print_name(name->table, &sql);
    /* the query's columns are the table's last ones; their names are its text as written */
    struct wire_column const *columns;
    size_t n = 0;
    const struct sql_span at = create->query->span;
    const struct slice query = slice_sub(r->plan->stmt->text, at.begin, at.end - at.begin);
    TRY(exec_describe(r->e, query, true, r->e->arena, &columns, &n, r->d));
    buf_append_str(&sql, " (");
    for (size_t i = 0; i < n; i++) {
        buf_append_str(&sql, i ? "," : "");
        sql_print_name(columns[i].name, &sql);
    }
    buf_append_str(&sql, ") ");
    buf_append_slice(&sql, query);
    TRY(buf_status(&sql));
    return exec_nested(r, buf_slice(&sql));
}

static STATUS
drop_again(struct exec_run *r, const struct ddl_name *name)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct diag ignored = DIAG_INIT;
    const struct cells_env cells = exec_cells(r->e);
    buf_append_str(&sql, "DROP TABLE ");
    sql_print_name(name->db, &sql);
    buf_append_u8(&sql, '.');
    sql_print_name(name->table, &sql);
    const struct ddl_request req = {.kind = DDL_DROP_TABLE,
                                    .text = buf_slice(&sql),
                                    .names = name,
                                    .n_names = 1,
                                    .session = r->e->scratch,
                                    .cells = &cells};
    return store_ddl_execute(r->e->shared->store, &req, NULL, &ignored);
}

static bool
table_exists(struct exec *e, const struct ddl_name *name)
{
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(e->shared->store);
    return catalog_find_table(cat, name->db, name->table) != NULL;
}

/* CREATE DATABASE counts one row; with IF NOT EXISTS of an existing one MariaDB counts none. */
static uint64_t
created_database(const struct exec *e, const struct sql_node *root, uint16_t warnings)
{
    return root->kind == SQL_CREATE_DATABASE &&
           (warnings == 0 || e->shared->flavour == BACKEND_MYSQL);
}

static struct slice
alter_info(struct exec *e, const struct sql_node *root, uint64_t records, uint16_t warnings)
{
    bool says_nothing = root->kind == SQL_ALTER_TABLE;
    if (root->kind != SQL_ALTER_TABLE && root->kind != SQL_CREATE_INDEX &&
        root->kind != SQL_DROP_INDEX) {
        return SLICE_NULL;
    }
    if (root->kind == SQL_ALTER_TABLE) {
        SQL_FOR_EACH(n, &sql_as_alter_table(root)->actions)
        {
            const enum sql_alter_kind kind = sql_as_alter_action(n)->action;
            says_nothing &= kind == SQL_ALTER_RENAME_TABLE || kind == SQL_ALTER_KEYS;
        }
    }
    if (says_nothing) {
        return SLICE_NULL;
    }
    return arena_printf(e->arena, "Records: %llu  Duplicates: 0  Warnings: %u",
                        (unsigned long long) records, warnings);
}

/* The mirror's half with the account's own rights. */
struct request {
    struct exec_run *r;
    struct ddl_request *req;
    uint16_t *warnings;
};

static STATUS
run_request(void *ctx)
{
    const struct request *x = ctx;
    struct exec_run *r = x->r;
    struct ddl_request *req = x->req;
    uint16_t *warnings = x->warnings;
    struct exec *e = r->e;
    bool entered;
    TRY(access_enter(e, &entered, r->d));
    req->session = e->scratch;
    struct status s = store_ddl_execute(e->shared->store, req, warnings, r->d);
    if (status_is_ok(s)) {
        s = exec_warnings_capture(e, *warnings, r->d);
    } else {
        exec_warnings_of_error(e, r->d);
        access_error(e, r->d);
    }
    access_leave(e, entered);
    return s;
}

/* Where partitions move rows, carries the request out; *moved: what it did to them. */
static STATUS
alter_partitions(struct request *x, struct backend_summary *moved, enum partitions_work *work)
{
    const struct ddl_name *name = x->req->names;
    const struct cat_table *t = catalog_find_table(x->r->plan->catalog, name->db, name->table);
    TRY(partitions_work(x->r, work));
    if (t == NULL) {
        *work = PARTITIONS_NOTHING; /* the mirror says so */
    }
    return *work == PARTITIONS_ROWS ? partitions_alter(x->r, t, run_request, x, moved) : OK;
}

struct status
exec_ddl(struct exec_run *r)
{
    struct exec *e = r->e;
    const struct sql_node *root = r->plan->stmt->root;
    struct backend_conn *conn;
    TRY(exec_scratch(e, &conn, r->d));
    CLEANUP(free_cleanup) struct names *names = calloc(1, sizeof *names);
    if (names == NULL) {
        RAISE(NO_MEMORY);
    }
    names->e = e;
    const struct cells_env cells = exec_cells(e);
    struct ddl_request req = {.text = r->sql, .session = e->scratch, .cells = &cells};
    TRY(describe(r, root, names, &req));
    if (names->temp) {
        TRY(access_run(e, r->sql, r->d)); /* the guard has the same temporary tables, empty */
        return r->plan->n_fetches ? exec_split(r, &(bool){true}) : exec_local(r);
    }
    if (r->stmt && r->plan->stmt->n_params) {
        FAIL(r->d, UNSUPPORTED, "CREATE TABLE .. SELECT with parameters");
    }
    TRY(check_names(r, names));
    if (root->kind == SQL_CREATE_VIEW) {
        TRY(definer_apply(r, sql_as_create_view(root), &req));
    }
    TRY(exec_commit_for_ddl(e, r->d));
    req.names = names->items;
    req.n_names = names->n;
    uint16_t warnings = 0;
    uint64_t records = 0;
    req.records = &records;
    const bool existed =
        root->kind == SQL_CREATE_TABLE && !req.or_replace && table_exists(e, &names->items[0]);
    struct request request = {r, &req, &warnings};
    struct backend_summary moved = {0};
    enum partitions_work work = PARTITIONS_NOTHING;
    if (root->kind == SQL_ALTER_TABLE) {
        TRY(alter_partitions(&request, &moved, &work));
    }
    if (work == PARTITIONS_LOCAL) {
        return exec_local(r);
    }
    TRY(work == PARTITIONS_ROWS ? OK : run_request(&request));
    TRY(exec_state_sync(e, r->d)); /* DROP DATABASE may have taken the current one */
    e->row_count = 0;
    if (root->kind == SQL_CREATE_TABLE && sql_as_create_table(root)->query && !existed) {
        const struct status s = fill_from_query(r, sql_as_create_table(root), &names->items[0]);
        if (!status_is_ok(s)) {
            const struct status dropped = drop_again(r, &names->items[0]);
            (void) dropped;
        }
        return s;
    }
    if (work == PARTITIONS_ROWS) {
        const struct result_ok ok = {.flags = r->more,
                                     .warnings = moved.warnings,
                                     .info = moved.info,
                                     .affected = moved.affected_rows};
        return result_ok(r->w, &ok);
    }
    const struct result_ok ok = {.flags = r->more,
                                 .warnings = warnings,
                                 .info = alter_info(e, root, records, warnings),
                                 .affected = records + created_database(e, root, warnings)};
    return result_ok(r->w, &ok);
}
