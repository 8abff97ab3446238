/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indexes and foreign keys over new columns. Made outside the catalog's locks, because they take long on
 * large tables; what exists is asked of the server, so it can be done again after a kill.
 */
#include <inttypes.h>

#include "proxy/store/query.h"
#include "proxy/store/transition_priv.h"
#include "rewriter/catalog/physical.h"

struct status
transition_index_exists(struct backend_conn *conn, struct arena *a, const struct cat_table *t,
                        struct slice name, bool constraint, bool *yes, struct diag *d)
{
    struct query_rows rows;
    *yes = false;
    if (slice_is_null(name)) {
        return OK;
    }
    const struct slice sql = arena_printf(
        a,
        "SELECT 1 FROM information_schema.%s WHERE table_schema = '%.*s' AND"
        " table_name = '%.*s' AND %s = '%.*s' LIMIT 1",
        constraint ? "table_constraints" : "statistics", SLICE_ARG(t->phys_db), SLICE_ARG(t->phys),
        constraint ? "constraint_name" : "index_name", SLICE_ARG(name));
    TRY(query_rows(conn, a, sql, &rows, d));
    *yes = rows.n > 0;
    return OK;
}

/* ---- the primary key ---------------------------------------------------------------------------- */

static struct status
first_column(struct backend_conn *conn, struct arena *a, const struct cat_table *where,
             const char *index, struct slice *out, struct diag *d)
{
    struct query_rows rows;
    const struct slice sql =
        arena_printf(a,
                     "SELECT column_name FROM information_schema.statistics WHERE table_schema ="
                     " '%.*s' AND table_name = '%.*s' AND index_name = '%s' AND seq_in_index = 1",
                     SLICE_ARG(where->phys_db), SLICE_ARG(where->phys), index);
    TRY(query_rows(conn, a, sql, &rows, d));
    *out = rows.n == 1 ? query_cell(&rows, 0, 0) : SLICE_NULL;
    return OK;
}

static const struct cat_column *
clustering_column(const struct cat_table *t)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        if (physical_is_clustered(t, &t->keys[i])) {
            return &t->columns[t->keys[i].parts[0].column];
        }
    }
    return NULL;
}

/* The order token in a primary key may not be NULL, as shadows are. */
static void
not_null(const struct cat_table *t, const struct cat_column *c, struct buf *sql)
{
    struct physical_column pc = {.column = (uint16_t) (c - t->columns)};
    if (catalog_onion_find(c, CAT_ONION_ORD, 0, &pc.onion)) {
        buf_append_str(sql, " MODIFY COLUMN ");
        physical_column_def(t, &pc, sql);
        buf_append_u8(sql, ',');
    }
}

struct status
transition_index_primary(struct backend_conn *conn, struct arena *a, const struct cat_table *where,
                         const struct cat_table *shape, struct buf *sql, struct diag *d)
{
    const struct cat_column *c = clustering_column(shape);
    const struct slice want = c ? c->phys_o : SLICE(CAT_RID);
    struct slice is, rid;
    TRY(first_column(conn, a, where, "PRIMARY", &is, d));
    TRY(first_column(conn, a, where, CAT_RID, &rid, d));
    if (slice_equal(is, want)) {
        return OK;
    }
    if (c) {
        not_null(shape, c, sql);
    }
    if (slice_is_null(rid)) {
        buf_append_str(sql, " ADD UNIQUE KEY `" CAT_RID "` (`" CAT_RID "`),");
    }
    buf_printf(sql, " DROP PRIMARY KEY, ADD PRIMARY KEY (`%.*s`%s),", SLICE_ARG(want),
               c ? ",`" CAT_RID "`" : "");
    return buf_status(sql);
}

/* ---- all ---------------------------------------------------------------------------------------- */

/* One index or constraint that the new columns need: its name, and its definition over them. */
struct wanted {
    const struct cat_table *table;
    struct slice name;
    bool constraint;
    struct slice def;
};

typedef STATUS wanted_fn(struct transition_work *w, const struct wanted *want, void *ctx);

/* The table as it will be, with the second indexes in the first ones' places. */
static struct status
switched(struct transition_work *w, const struct cat_table *t, struct cat_table **out)
{
    const struct reshape r = transition_reshape(w->t);
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *after = NULL;
    TRY(catalog_table_clone(t, &after));
    TRY(reshape_switch(&r, after));
    *out = STEAL(after);
    return OK;
}

static struct status
each_index(struct transition_work *w, const struct cat_table *t, wanted_fn *fn, void *ctx)
{
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *after = NULL;
    TRY(switched(w, t, &after));
    for (size_t i = 0; i < t->n_keys; i++) {
        const struct reshape_key changes = reshape_key_changes(t, after, i);
        for (int ordered = 0; ordered < 2; ordered++) {
            CLEANUP(buf_deinit_cleanup) struct buf def = BUF_INIT;
            struct cat_key one = after->keys[i];
            if (!(ordered ? changes.o : changes.e)) {
                continue;
            }
            if (ordered && (physical_is_clustered(t, &t->keys[i]) ||
                            physical_is_clustered(after, &after->keys[i]))) {
                continue; /* the primary key, see below */
            }
            *(ordered ? &one.phys_e : &one.phys_o) = SLICE_NULL;
            const struct slice name = ordered ? one.phys_o : one.phys_e;
            const uint16_t last = one.parts[one.n_parts - 1].column;
            if (ordered && !after->columns[last].has_ord) {
                continue; /* this index only goes */
            }
            physical_key_def(after, &one, &def);
            TRY(buf_status(&def));
            TRY(fn(w, &(struct wanted){t, name, false, buf_slice(&def)}, ctx));
        }
    }
    return OK;
}

static struct status
each_constraint(struct transition_work *w, const struct catalog *cat, const struct cat_table *t,
                wanted_fn *fn, void *ctx)
{
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *after = NULL;
    TRY(switched(w, t, &after));
    for (size_t i = 0; i < t->n_fks; i++) {
        CLEANUP(buf_deinit_cleanup) struct buf def = BUF_INIT;
        CLEANUP(catalog_table_unref_cleanup) struct cat_table *parent_after = NULL;
        const struct cat_fk *fk = &t->fks[i];
        const struct cat_table *parent = catalog_find_table(cat, fk->ref_db, fk->ref_table);
        if (slice_is_null(fk->shadow) || !parent) {
            continue;
        }
        TRY(switched(w, parent, &parent_after));
        struct cat_fk next = *fk;
        next.phys = fk->shadow;
        if (physical_fk_def(after, &next, parent_after, &def)) {
            TRY(fn(w, &(struct wanted){t, fk->shadow, true, buf_slice(&def)}, ctx));
        }
    }
    return OK;
}

/* Indexes of all tables, then constraints between them. */
static struct status
each_wanted(struct transition_work *w, const struct catalog *cat, wanted_fn *fn, void *ctx)
{
    const struct cat_table *t;
    for (uint64_t from = 0; (t = transition_next_table(w->t, cat, from)); from = t->id + 1) {
        TRY(each_index(w, t, fn, ctx));
    }
    for (uint64_t from = 0; (t = transition_next_table(w->t, cat, from)); from = t->id + 1) {
        TRY(each_constraint(w, cat, t, fn, ctx));
    }
    return OK;
}

/* Strict: then InnoDB makes a column NOT NULL in place, while others write. */
static struct status
alter(struct transition_work *w, const struct cat_table *t, struct slice specs)
{
    struct diag server = DIAG_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "ALTER TABLE ");
    physical_table_name(t, &sql);
    buf_append_slice(&sql, specs);
    TRY(buf_status(&sql));
    TRY(backend_exec_str(w->conn, "SET sql_mode = 'STRICT_ALL_TABLES'", w->d));
    const struct status status = backend_exec(w->conn, buf_slice(&sql), NULL, &server);
    if (!backend_is_lost(w->conn)) {
        TRY(backend_exec_str(w->conn, "SET sql_mode = ''", w->d));
    }
    if (status.code == STATUS_UPSTREAM_SQL) {
        diag_set_sql(w->d, status.code, server.mysql_errno, server.sqlstate,
                     "the server could not make an index of table '%.*s.%.*s' (error %u)",
                     SLICE_ARG(t->db), SLICE_ARG(t->name), server.mysql_errno);
    } else if (!status_is_ok(status)) {
        diag_set(w->d, status.code, "%s", server.message);
    }
    return status;
}

static struct status
make(struct transition_work *w, const struct wanted *want, void *ctx)
{
    bool exists;
    CLEANUP(buf_deinit_cleanup) struct buf specs = BUF_INIT;
    TRY(transition_index_exists(w->conn, w->arena, want->table, want->name, want->constraint,
                                &exists, w->d));
    if (exists || slice_is_null(want->name)) {
        return OK; /* without a name it came after names were given: the switch will notice */
    }
    buf_append_str(&specs, " ADD ");
    buf_append_slice(&specs, want->def);
    return alter(w, want->table, buf_slice(&specs));
}

/* The rows are put into the new order last: until the switch nobody needs it. */
static struct status
move_primary(struct transition_work *w, const struct cat_table *t)
{
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *after = NULL;
    CLEANUP(buf_deinit_cleanup) struct buf specs = BUF_INIT;
    TRY(switched(w, t, &after));
    TRY(transition_index_primary(w->conn, w->arena, t, after, &specs, w->d));
    return specs.len ? alter(w, t, slice_sub(buf_slice(&specs), 0, specs.len - 1)) : OK;
}

struct status
transition_index(struct transition_work *w)
{
    TRY(transition_change_names(w));
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(w->s);
    const struct cat_table *t;
    TRY(each_wanted(w, cat, make, NULL));
    for (uint64_t from = 0; (t = transition_next_table(w->t, cat, from)); from = t->id + 1) {
        TRY(move_primary(w, t));
    }
    return OK;
}

static struct status
note_missing(struct transition_work *w, const struct wanted *want, void *ctx)
{
    bool *complete = ctx, exists;
    TRY(transition_index_exists(w->s->conn, w->arena, want->table, want->name, want->constraint,
                                &exists, w->d));
    *complete &= exists;
    return OK;
}

struct status
transition_index_complete(struct transition_work *w, const struct catalog *cat, bool *complete)
{
    const struct cat_table *t;
    *complete = true;
    for (uint64_t from = 0; (t = transition_next_table(w->t, cat, from)); from = t->id + 1) {
        CLEANUP(catalog_table_unref_cleanup) struct cat_table *after = NULL;
        CLEANUP(buf_deinit_cleanup) struct buf specs = BUF_INIT;
        TRY(switched(w, t, &after));
        TRY(transition_index_primary(w->s->conn, w->arena, t, after, &specs, w->d));
        *complete &= specs.len == 0;
    }
    return each_wanted(w, cat, note_missing, complete);
}
