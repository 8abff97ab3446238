/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/figures.h"

#include "base/mem.h"

/* ---- AUTO_INCREMENT of the mirror's tables ---- */

static STATUS
set_id(struct exec_run *r, struct backend_conn *admin, const struct cat_table *t, struct slice now)
{
    uint64_t next, old;
    TRY(store_sequence_peek(r->e->shared->store, t->id, &next, r->d));
    if (slice_parse_u64(now, &old) && old == next) {
        return OK;
    }
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "ALTER TABLE ");
    sql_print_name(t->db, &sql);
    buf_append_u8(&sql, '.');
    sql_print_name(t->name, &sql);
    buf_printf(&sql, " AUTO_INCREMENT=%llu", (unsigned long long) next);
    TRY(buf_status(&sql));
    return backend_exec(admin, buf_slice(&sql), NULL, r->d);
}

/* Of one table, or (a NULL slice) of all tables of the database. */
static STATUS
set_ids(struct exec_run *r, struct backend_conn *admin, struct slice db, struct slice name)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    const struct slice *row;
    buf_append_str(&sql, "SELECT table_name, auto_increment FROM information_schema.tables"
                         " WHERE table_schema = X'");
    buf_append_hex(&sql, db);
    if (name.data) {
        buf_append_str(&sql, "' AND table_name = X'");
        buf_append_hex(&sql, name);
    }
    buf_append_str(&sql, "'");
    TRY(buf_status(&sql));
    TRY(backend_query(admin, buf_slice(&sql), BACKEND_STORE, &result, r->d));
    for (;;) {
        TRY(backend_result_next(result, &row, r->d));
        if (row == NULL) {
            return OK;
        }
        const struct cat_table *t = catalog_find_table(r->plan->catalog, db, row[0]);
        if (t && t->kind == CAT_TABLE && t->autoinc >= 0) {
            TRY(set_id(r, admin, t, row[1]));
        }
    }
}

/* ---- which tables a query of information_schema is about ---- */

struct reading {
    struct exec_run *r;
    bool tables, statistics, figures, star, qualified;
    const struct cat_db *dbs[16]; /* that it names; none: all */
    size_t n_dbs;
};

static bool
is_schema_table(const struct exec *e, const struct sql_node *n, const char *name)
{
    if (n->kind != SQL_TABLE) {
        return false;
    }
    const struct sql_table *t = sql_as_table(n);
    const struct slice db = t->db.data ? t->db : exec_db((struct exec *) e);
    return db.data && slice_equal_str_ci(db, "information_schema") &&
           slice_equal_str_ci(t->name, name);
}

static void
note_db(struct reading *x, struct slice name)
{
    const struct cat_db *db = name.data ? catalog_find_db(x->r->plan->catalog, name) : NULL;
    if (db && x->n_dbs < sizeof x->dbs / sizeof x->dbs[0]) {
        x->dbs[x->n_dbs++] = db;
    }
}

static enum sql_visit
read_node(void *ctx, struct sql_node *n)
{
    struct reading *x = ctx;
    const struct exec *e = x->r->e;
    x->tables |= is_schema_table(e, n, "tables");
    x->statistics |= is_schema_table(e, n, "statistics");
    x->star |= n->kind == SQL_STAR;
    if (n->kind == SQL_COLUMN) {
        const struct sql_column *c = sql_as_column(n);
        x->figures |=
            slice_equal_str_ci(c->name, "table_rows") || slice_equal_str_ci(c->name, "cardinality");
        x->qualified |= c->db.data != NULL;
    } else if (n->kind == SQL_LITERAL && sql_as_literal(n)->literal == SQL_LITERAL_STRING) {
        note_db(x, sql_as_literal(n)->value);
    } else if (n->kind == SQL_FUNCTION &&
               (slice_equal_str_ci(sql_as_function(n)->name, "database") ||
                slice_equal_str_ci(sql_as_function(n)->name, "schema"))) {
        note_db(x, exec_db((struct exec *) e));
    }
    return SQL_CONTINUE;
}

static struct reading
read_query(struct exec_run *r)
{
    struct reading x = {.r = r};
    if (r->plan->stmt && r->plan->stmt->root->kind == SQL_QUERY) {
        sql_walk(r->plan->stmt->root, read_node, &x);
    }
    return x;
}

static STATUS
set_ids_of_query(struct exec_run *r, struct backend_conn *admin)
{
    const struct reading x = read_query(r);
    const struct cat_db *db;
    for (size_t i = 0; i < x.n_dbs; i++) {
        TRY(set_ids(r, admin, x.dbs[i]->name, SLICE_NULL));
    }
    for (size_t i = 0; x.n_dbs == 0 && (db = catalog_next_db(r->plan->catalog, &i));) {
        TRY(set_ids(r, admin, db->name, SLICE_NULL));
    }
    return OK;
}

static STATUS
set_ids_of_show(struct exec_run *r, struct backend_conn *admin, const struct sql_show *show)
{
    const struct slice own = exec_db(r->e);
    if (show->show == SQL_SHOW_CREATE_TABLE) {
        const struct sql_table *t = sql_as_table(show->table);
        const struct slice db = t->db.data ? t->db : own;
        return db.data ? set_ids(r, admin, db, t->name) : OK;
    }
    const struct slice db = show->db.data ? show->db : own;
    return db.data ? set_ids(r, admin, db, SLICE_NULL) : OK;
}

struct status
figures_set_ids(struct exec_run *r)
{
    const struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    const struct sql_show *show = sql_is_kind(root, SQL_SHOW) ? sql_as_show(root) : NULL;
    const bool shows =
        show && (show->show == SQL_SHOW_CREATE_TABLE || show->show == SQL_SHOW_TABLE_STATUS);
    if (!shows && !read_query(r).tables) {
        return OK;
    }
    struct backend_conn *admin;
    TRY(scratch_admin_take(r->e->shared->scratch, &admin, r->d));
    const struct status s = shows ? set_ids_of_show(r, admin, show) : set_ids_of_query(r, admin);
    scratch_admin_give(r->e->shared->scratch, admin);
    return s;
}

/* ---- the server's figures ---- */

struct figure {
    const struct cat_table *table;
    struct slice key; /* a NULL slice: rows of the table */
    uint64_t part, value;
};

struct figures {
    struct exec_run *r;
    struct figure *items;
    size_t n, cap;
};

static STATUS
add_figure(struct figures *f, const struct figure *item)
{
    if (f->n == f->cap) {
        const size_t cap = f->cap ? f->cap * 2 : 64;
        struct figure *more = arena_array(f->r->e->arena, struct figure, cap);
        TRY(arena_status(f->r->e->arena));
        mem_copy(more, f->items, f->n * sizeof *more);
        f->items = more;
        f->cap = cap;
    }
    f->items[f->n++] = *item;
    return OK;
}

/* Rows are (table, index, part, cardinality), or (table, NULL, NULL, rows). */
static STATUS
take_figure(struct figures *f, const struct slice *row)
{
    struct figure item = {.table = catalog_find_table_by_phys(f->r->plan->catalog, row[0])};
    if (item.table == NULL || !slice_parse_u64(row[3], &item.value)) {
        return OK;
    }
    if (row[1].data) {
        const struct cat_key *key = catalog_find_key_by_phys(item.table, row[1]);
        if (key == NULL || !slice_equal(key->phys_e, row[1]) ||
            !slice_parse_u64(row[2], &item.part)) {
            return OK;
        }
        item.key = key->name;
    }
    return add_figure(f, &item);
}

/* Of one table, or of all of a database. The hint is a comment to MariaDB, and fresh figures in MySQL. */
static STATUS
load_figures(struct figures *f, struct slice phys_db, const struct cat_table *only, bool keys)
{
    struct exec *e = f->r->e;
    struct backend_conn *c;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    const struct slice *row;
    buf_append_str(&sql, "SELECT /*+ SET_VAR(information_schema_stats_expiry=0) */ table_name, ");
    buf_append_str(&sql, keys ? "index_name, seq_in_index, cardinality FROM"
                                " information_schema.statistics WHERE table_schema = '"
                              : "NULL, NULL, table_rows FROM"
                                " information_schema.tables WHERE table_schema = '");
    buf_append_slice(&sql, phys_db);
    if (only) {
        buf_printf(&sql, "' AND table_name = '%.*s", SLICE_ARG(only->phys));
    }
    buf_append_str(&sql, "'");
    TRY(buf_status(&sql));
    TRY(exec_server(e, &c, f->r->d));
    TRY(backend_query(c, buf_slice(&sql), BACKEND_STORE, &result, f->r->d));
    for (;;) {
        TRY(backend_result_next(result, &row, f->r->d));
        if (row == NULL) {
            exec_server_seen(e);
            return OK;
        }
        TRY(take_figure(f, row));
    }
}

/* ---- queries of information_schema ---- */

struct rewriting {
    struct figures rows, keys;
    struct slice tables, statistics; /* their columns, to be selected from X */
};

/* "CAST(CASE 'db' 'table' WHEN .. THEN 5 .. ELSE X.TABLE_ROWS END AS UNSIGNED)": as a mirror's name in
 * bytes, whatever collation names have. */
static void
print_case(const struct figures *f, const char *value, struct buf *sql)
{
    const bool keys = f->items[0].key.data != NULL;
    buf_append_str(sql, "CAST(CASE CAST(CONCAT_WS(CHAR(0),X.TABLE_SCHEMA,X.TABLE_NAME");
    buf_append_str(sql, keys ? ",X.INDEX_NAME,X.SEQ_IN_INDEX) AS BINARY)" : ") AS BINARY)");
    for (size_t i = 0; i < f->n; i++) {
        const struct figure *g = &f->items[i];
        buf_append_str(sql, " WHEN X'");
        buf_append_hex(sql, g->table->db);
        buf_append_str(sql, "00");
        buf_append_hex(sql, g->table->name);
        if (keys) {
            CLEANUP(buf_deinit_cleanup) struct buf part = BUF_INIT;
            buf_append_u64_dec(&part, g->part);
            buf_append_str(sql, "00");
            buf_append_hex(sql, g->key);
            buf_append_str(sql, "00");
            buf_append_hex(sql, buf_slice(&part));
        }
        buf_printf(sql, "' THEN %llu", (unsigned long long) g->value);
    }
    buf_printf(sql, " ELSE X.%s END AS %s)", value, keys ? "SIGNED" : "UNSIGNED");
}

/* All columns of a table X of information_schema, one of them with figures: "X.a,X.b,CAST(..) AS c,.." */
static STATUS
print_columns(struct figures *f, const char *table, const char *value, struct slice *out)
{
    struct exec *e = f->r->e;
    struct backend_conn *c;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    const struct slice *row;
    TRY(exec_scratch(e, &c, f->r->d));
    buf_printf(&sql,
               "SELECT column_name FROM information_schema.columns WHERE table_schema ="
               " 'information_schema' AND table_name = '%s' ORDER BY ordinal_position",
               table);
    TRY(buf_status(&sql));
    TRY(backend_query(c, buf_slice(&sql), BACKEND_STORE, &result, f->r->d));
    buf_clear(&sql);
    for (;;) {
        TRY(backend_result_next(result, &row, f->r->d));
        if (row == NULL) {
            break;
        }
        buf_append_str(&sql, sql.len ? "," : "");
        if (slice_equal_str_ci(row[0], value)) {
            print_case(f, value, &sql);
            buf_printf(&sql, " AS %s", value);
        } else {
            buf_append_str(&sql, "X.");
            sql_print_name(row[0], &sql);
        }
    }
    TRY(buf_status(&sql));
    *out = arena_dup(e->arena, buf_slice(&sql));
    return arena_status(e->arena);
}

static bool
print_table(void *ctx, const struct sql_node *n, struct buf *out)
{
    const struct rewriting *w = ctx;
    const struct exec *e = w->rows.r->e;
    const bool tables = w->tables.data && is_schema_table(e, n, "tables");
    if (!tables && !(w->statistics.data && is_schema_table(e, n, "statistics"))) {
        return false;
    }
    const struct sql_table *t = sql_as_table(n);
    buf_append_str(out, "(SELECT ");
    buf_append_slice(out, tables ? w->tables : w->statistics);
    buf_append_str(out, tables ? " FROM information_schema.TABLES X) AS "
                               : " FROM information_schema.STATISTICS X) AS ");
    sql_print_name(t->alias.data ? t->alias : t->name, out);
    return true;
}

static STATUS
load_for_query(struct rewriting *w, const struct reading *x)
{
    const struct cat_db *db;
    for (size_t i = 0, k = 0;;) {
        db = x->n_dbs ? (k < x->n_dbs ? x->dbs[k++] : NULL)
                      : catalog_next_db(w->rows.r->plan->catalog, &i);
        if (db == NULL) {
            break;
        }
        if (x->tables) {
            TRY(load_figures(&w->rows, db->phys, NULL, false));
        }
        if (x->statistics) {
            TRY(load_figures(&w->keys, db->phys, NULL, true));
        }
    }
    if (w->rows.n) {
        TRY(print_columns(&w->rows, "TABLES", "TABLE_ROWS", &w->tables));
    }
    return w->keys.n ? print_columns(&w->keys, "STATISTICS", "CARDINALITY", &w->statistics) : OK;
}

static STATUS
run_rewritten(struct exec_run *r, struct slice sql)
{
    struct exec *e = r->e;
    struct backend_conn *c;
    CLEANUP(backend_stmt_close_cleanup) struct backend_stmt *stmt = NULL;
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    TRY(exec_describe(e, r->sql, true, e->arena, &r->columns, &r->n_columns, r->d));
    TRY(exec_scratch(e, &c, r->d));
    if (r->stmt) { /* the client wants binary rows */
        TRY(backend_prepare(c, sql, &stmt, r->d));
        TRY(backend_stmt_execute(stmt, NULL, BACKEND_STORE, &result, r->d));
    } else {
        TRY(backend_query(c, sql, BACKEND_STORE, &result, r->d));
    }
    e->warnings_here = false;
    return exec_relay(r, result, r->columns, r->n_columns, false);
}

struct status
figures_query(struct exec_run *r, bool *handled)
{
    struct exec *e = r->e;
    const struct reading x = read_query(r);
    struct rewriting w = {.rows = {.r = r}, .keys = {.r = r}};
    *handled = false;
    if (!(x.tables || x.statistics) || !(x.figures || x.star) || x.qualified ||
        r->plan->stmt->n_params) {
        return OK;
    }
    TRY(load_for_query(&w, &x));
    if (w.tables.data == NULL && w.statistics.data == NULL) {
        return OK;
    }
    const struct sql_printer printer = {.mode = e->state.options.mode,
                                        .flavour = e->state.options.flavour,
                                        .hook = print_table,
                                        .ctx = &w};
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    sql_print(r->plan->stmt->root, &printer, &sql);
    TRY(buf_status(&sql));
    *handled = true;
    return run_rewritten(r, buf_slice(&sql));
}

/* ---- SHOW INDEX, SHOW TABLE STATUS ---- */

static struct figures_rows *
self(struct result_writer *w)
{
    return (struct figures_rows *) w;
}

static struct status
columns(struct result_writer *w, const struct wire_column *cols, size_t n)
{
    struct figures_rows *f = self(w);
    const bool keys = f->items[0].key.data != NULL;
    f->n_columns = n;
    f->name = f->key = f->part = f->value = -1;
    for (size_t i = 0; i < n; i++) {
        f->name = slice_equal_str_ci(cols[i].name, keys ? "Table" : "Name") ? (int) i : f->name;
        f->key = slice_equal_str_ci(cols[i].name, "Key_name") ? (int) i : f->key;
        f->part = slice_equal_str_ci(cols[i].name, "Seq_in_index") ? (int) i : f->part;
        f->value =
            slice_equal_str_ci(cols[i].name, keys ? "Cardinality" : "Rows") ? (int) i : f->value;
    }
    f->cells = arena_array(f->r->e->arena, struct slice, n);
    TRY(arena_status(f->r->e->arena));
    return result_columns(f->client, cols, n);
}

static bool
part_is(const struct figures_rows *f, struct slice cell, uint64_t part)
{
    uint64_t n = 0;
    if (!f->client->binary) {
        return slice_parse_u64(cell, &n) && n == part;
    }
    for (size_t i = cell.len; i-- > 0;) {
        n = n << 8 | cell.data[i];
    }
    return n == part;
}

static struct status
row(struct result_writer *w, const struct slice *cells, size_t n)
{
    struct figures_rows *f = self(w);
    uint8_t bytes[8];
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    mem_copy(f->cells, cells, n * sizeof *cells);
    for (size_t i = 0; f->value >= 0 && f->name >= 0 && i < f->n_items; i++) {
        const struct figure *g = &f->items[i];
        if (cells[f->value].data == NULL || !slice_equal(g->table->name, cells[f->name]) ||
            (g->key.data && (f->key < 0 || f->part < 0 || !slice_equal(g->key, cells[f->key]) ||
                             !part_is(f, cells[f->part], g->part)))) {
            continue;
        }
        mem_put_le64(bytes, g->value);
        buf_append_u64_dec(&text, g->value);
        f->cells[f->value] = f->client->binary ? slice_of(bytes, sizeof bytes) : buf_slice(&text);
        break;
    }
    TRY(buf_status(&text));
    return result_row(f->client, f->cells, n);
}

static struct status
end(struct result_writer *w, uint16_t flags, uint16_t warnings)
{
    return result_end(self(w)->client, flags, warnings);
}

static struct status
ok(struct result_writer *w, const struct result_ok *o)
{
    return result_ok(self(w)->client, o);
}

static STATUS
load_for_show(struct figures *f, const struct sql_show *show)
{
    const struct catalog *cat = f->r->plan->catalog;
    const struct slice own = exec_db(f->r->e);
    if (show->show == SQL_SHOW_INDEX) {
        const struct sql_table *t = sql_as_table(show->table);
        const struct slice db = t->db.data ? t->db : show->db.data ? show->db : own;
        const struct cat_table *table = db.data ? catalog_find_table(cat, db, t->name) : NULL;
        return table && table->kind == CAT_TABLE ? load_figures(f, table->phys_db, table, true)
                                                 : OK;
    }
    const struct slice db = show->db.data ? show->db : own;
    const struct cat_db *found = db.data ? catalog_find_db(cat, db) : NULL;
    return found ? load_figures(f, found->phys, NULL, false) : OK;
}

struct status
figures_rows_init(struct figures_rows *f, struct exec_run *r, bool *wanted)
{
    static const struct result_ops ops = {.columns = columns, .row = row, .end = end, .ok = ok};
    const struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    *wanted = false;
    if (!sql_is_kind(root, SQL_SHOW) || (sql_as_show(root)->show != SQL_SHOW_INDEX &&
                                         sql_as_show(root)->show != SQL_SHOW_TABLE_STATUS)) {
        return OK;
    }
    struct figures figures = {.r = r};
    TRY(load_for_show(&figures, sql_as_show(root)));
    *wanted = figures.n > 0;
    *f = (struct figures_rows){.writer = {.ops = &ops, .binary = r->w->binary},
                               .client = r->w,
                               .r = r,
                               .items = figures.items,
                               .n_items = figures.n};
    return OK;
}
