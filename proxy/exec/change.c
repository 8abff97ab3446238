/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/change.h"

#include <stdlib.h>

#include "base/mem.h"
#include "proxy/exec/cascade.h"
#include "proxy/wire/protocol.h"

#define ROUNDS     8   /* of looking for rows that the statement collides with */
#define ROWS_ASKED 500 /* whose keys one SELECT looks for */

struct status
change_init(struct change *ch, struct exec_run *r)
{
    *ch = (struct change){.r = r, .arena = arena_create(0)};
    if (ch->arena == NULL) {
        RAISE(NO_MEMORY);
    }
    ch->last_refused = &ch->refused;
    return OK;
}

void
change_deinit(struct change *ch)
{
    for (size_t i = 0; i < ch->n_targets; i++) {
        image_diff_deinit(&ch->diffs[i]);
    }
    backend_result_free(ch->result);
    arena_free(ch->arena);
}

struct status
change_add_target(struct change *ch, const struct plan_fetch *f, struct image **out)
{
    if (ch->n_targets == CHANGE_TARGETS_MAX) {
        FAIL(ch->r->d, LIMIT, "a statement that changes more than %d tables", CHANGE_TARGETS_MAX);
    }
    *out = &ch->images[ch->n_targets++];
    **out = (struct image){.f = f, .arena = ch->arena};
    return OK;
}

/* ---- fetching ---- */

struct status
change_all_columns(struct arena *a, const struct cat_table *t, struct plan_fetch *f)
{
    uint16_t *columns = arena_array(a, uint16_t, t->n_columns);
    TRY(arena_status(a));
    *f = (struct plan_fetch){.table = t, .columns = columns};
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i].generated == CAT_GENERATED_NO) {
            columns[f->n_columns++] = (uint16_t) i;
        }
    }
    return OK;
}

static STATUS
take_rows(void *ctx, const struct plan_fetch *f, const struct exec_rows *rows, struct diag *d)
{
    struct change *ch = ctx;
    for (size_t i = 0; i < ch->n_targets; i++) {
        if (ch->images[i].f->table == f->table) {
            TRY(image_add(&ch->images[i], rows));
        }
    }
    return exec_load_rows(ch->r, f, rows);
}

struct status
change_fetch(struct change *ch, const struct slice *wheres)
{
    return exec_fetch_parts(ch->r, wheres, take_rows, ch);
}

/* ---- running ---- */

struct variables {
    struct buf save, restore; /* "SET @kept=@v,.." and back */
    unsigned n;
};

static void
add_variable(struct variables *v, struct slice name)
{
    const char *head = v->n ? "," : "SET ";
    buf_printf(&v->save, "%s@_allium_kept_%u=@", head, v->n);
    sql_print_name(name, &v->save);
    buf_printf(&v->restore, "%s@", head);
    sql_print_name(name, &v->restore);
    buf_printf(&v->restore, "=@_allium_kept_%u", v->n++);
}

static enum sql_visit
find_variables(void *ctx, struct sql_node *n)
{
    struct variables *v = ctx;
    if (n->kind == SQL_USERVAR_SET) {
        add_variable(v, sql_as_uservar_set(n)->name);
    } else if (n->kind == SQL_LOAD_DATA) {
        SQL_FOR_EACH(column, &sql_as_load_data(n)->columns)
        {
            if (column->kind == SQL_USERVAR) {
                add_variable(v, sql_as_uservar(column)->name);
            }
        }
    }
    return SQL_CONTINUE;
}

/* Before the first run what the statement assigns is kept; before the others it is given back. */
static STATUS
same_variables(struct change *ch)
{
    if (ch->r->plan->stmt == NULL) {
        return OK;
    }
    struct variables v = {0};
    sql_walk(ch->r->plan->stmt->root, find_variables, &v);
    struct status s = OK;
    if (v.n) {
        struct buf *sql = ch->variables_kept ? &v.restore : &v.save;
        s = buf_status(sql);
        if (status_is_ok(s)) {
            s = backend_exec(scratch_session_conn(ch->r->e->scratch), buf_slice(sql), NULL,
                             ch->r->d);
        }
    }
    ch->variables_kept = true;
    buf_deinit(&v.save);
    buf_deinit(&v.restore);
    return s;
}

struct status
change_run(struct change *ch)
{
    struct exec_run *r = ch->r;
    ch->result = backend_result_free(ch->result);
    TRY(same_variables(ch));
    TRY(ch->run ? ch->run(ch, &ch->result) : exec_scratch_run(r, BACKEND_STORE, &ch->result));
    TRY(exec_warnings_capture(r->e, backend_result_summary(ch->result)->warnings, r->d));
    exec_work_messages(r, NULL);
    for (size_t i = 0; i < ch->n_targets; i++) {
        image_diff_deinit(&ch->diffs[i]);
        TRY(image_compare(r, &ch->images[i], &ch->diffs[i]));
    }
    return OK;
}

/* ---- collisions ---- */

void
change_select_head(const struct plan_fetch *f, struct buf *sql)
{
    buf_append_str(sql, "SELECT t0." CAT_RID ",t0." CAT_SALT);
    for (size_t i = 0; i < f->n_columns; i++) {
        buf_printf(sql, ",t0.%.*s", SLICE_ARG(f->table->columns[f->columns[i]].phys_v));
    }
    buf_printf(sql, " FROM %.*s.%.*s t0 WHERE ", SLICE_ARG(f->table->phys_db),
               SLICE_ARG(f->table->phys));
}

/* "(t0.e1=X'..' AND t0.e2=X'..')" for one row and key; nothing when a part is NULL. */
static STATUS
key_condition(struct exec_run *r, const struct cat_table *t, const struct cat_key *key,
              const struct slice *row, struct buf *sql, bool *some)
{
    const struct cells_env cells = exec_cells(r->e);
    const size_t mark = sql->len;
    buf_append_str(sql, *some ? " OR (" : "(");
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct cat_key_part *part = &key->parts[i];
        if (part->column == CAT_NO_COLUMN || row[part->column].data == NULL) {
            buf_truncate(sql, mark);
            return OK;
        }
        const struct cat_column *c = &t->columns[part->column];
        CLEANUP(buf_deinit_cleanup) struct buf token = BUF_INIT;
        if (part->prefix == 0) {
            TRY(cells_eq_token(&cells, c, row[part->column], &token, r->d));
        } else {
            for (size_t k = 0; k < c->n_prefixes; k++) {
                if (c->prefixes[k].chars == part->prefix) {
                    TRY(cells_prefix_token(&cells, c, &c->prefixes[k], row[part->column], &token,
                                           r->d));
                }
            }
        }
        const struct slice phys = catalog_token_column(c, part->prefix);
        buf_printf(sql, "%st0.%.*s=X'", i ? " AND " : "", SLICE_ARG(phys));
        buf_append_hex(sql, buf_slice(&token));
        buf_append_u8(sql, '\'');
    }
    buf_append_u8(sql, ')');
    *some = true;
    return buf_status(sql);
}

static STATUS
take_collisions(void *ctx, const struct exec_rows *rows, struct diag *d)
{
    return image_add(ctx, rows);
}

/* Of new rows from..to: rows of the server that share a unique key with one of them, into the image. */
static STATUS
ask_for_rows(struct change *ch, size_t at, size_t from, size_t to)
{
    struct exec_run *r = ch->r;
    const struct image_diff *diff = &ch->diffs[at];
    struct image *im = &ch->images[at];
    const struct cat_table *t = diff->table;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    bool some = false;
    change_select_head(im->f, &sql);
    arena_reset(r->e->batch);
    for (size_t row = from; row < to; row++) {
        for (size_t k = 0; k < t->n_keys; k++) {
            if (t->keys[k].unique) {
                TRY(key_condition(r, t, &t->keys[k], diff->new_rows + row * t->n_columns, &sql,
                                  &some));
            }
        }
    }
    if (!some) {
        return OK;
    }
    buf_append_str(&sql, " FOR UPDATE");
    TRY(buf_status(&sql));
    arena_reset(r->e->batch);
    return exec_fetch(r->e, im->f, buf_slice(&sql), r->e->batch, false, take_collisions, im, r->d);
}

static STATUS
find_collisions(struct change *ch, size_t at)
{
    const size_t n = ch->diffs[at].n_new;
    for (size_t from = 0; from < n; from += ROWS_ASKED) {
        TRY(ask_for_rows(ch, at, from, n - from < ROWS_ASKED ? n : from + ROWS_ASKED));
    }
    return OK;
}

static int
by_rid(const void *a, const void *b)
{
    const uint64_t x = ((const struct image_row *) a)->rid, y = ((const struct image_row *) b)->rid;
    return (x > y) - (x < y);
}

/* Rows already known (source rows of the same table, earlier collisions) are found again: drop them. */
static void
drop_repeats(struct image *im)
{
    size_t n = 0;
    if (im->n == 0) {
        return;
    }
    qsort(im->rows, im->n, sizeof *im->rows, by_rid);
    for (size_t i = 0; i < im->n; i++) {
        if (n == 0 || im->rows[n - 1].rid != im->rows[i].rid) {
            im->rows[n++] = im->rows[i];
        }
    }
    im->n = n;
}

struct status
change_reload(struct change *ch, size_t at)
{
    struct exec_run *r = ch->r;
    struct image *im = &ch->images[at];
    const struct plan_fetch *f = im->f;
    const struct cat_table *t = f->table;
    TRY(exec_work_drop(r, t, r->d));
    TRY(exec_work_create(r, t, SCRATCH_TEMP_RID));
    if (im->n == 0) {
        return OK;
    }
    uint64_t *rids = arena_array(im->arena, uint64_t, im->n);
    struct slice *values = arena_array(im->arena, struct slice, im->n * f->n_columns);
    TRY(arena_status(im->arena));
    for (size_t i = 0; i < im->n; i++) {
        rids[i] = im->rows[i].rid;
        mem_copy(values + i * f->n_columns, im->rows[i].values, f->n_columns * sizeof *values);
    }
    const struct exec_rows rows = {
        .n = im->n, .n_columns = f->n_columns, .rids = rids, .values = values};
    return exec_load_rows(r, f, &rows);
}

/* Adds to the images the server's rows that the changed rows collide with. How many are new. */
static STATUS
add_collisions(struct change *ch, size_t *n_added)
{
    *n_added = 0;
    for (size_t i = 0; i < ch->n_targets; i++) {
        const size_t before = ch->images[i].n;
        TRY(find_collisions(ch, i));
        drop_repeats(&ch->images[i]);
        *n_added += ch->images[i].n - before;
    }
    return OK;
}

struct status
change_settle(struct change *ch)
{
    for (int round = 0; round < ROUNDS; round++) {
        size_t added;
        TRY(add_collisions(ch, &added));
        if (added == 0) {
            return OK;
        }
        for (size_t i = 0; i < ch->n_targets; i++) {
            TRY(change_reload(ch, i));
        }
        TRY(change_run(ch));
    }
    FAIL(ch->r->d, UNSUPPORTED, "a change whose rows still meet other rows after %d rounds",
         ROUNDS);
}

/* ---- the end ---- */

/* Ids that the statement wrote, made or given: the next one is larger. */
static STATUS
bump_sequence(struct change *ch, size_t at)
{
    struct exec_run *r = ch->r;
    const uint64_t max = image_max_id(r, &ch->diffs[at]);
    return max ? store_sequence_bump(r->e->shared->store, ch->diffs[at].table->id, max, r->d) : OK;
}

static STATUS
note_refused(void *ctx, const struct cat_table *t, bool *go_on)
{
    struct change *ch = ctx;
    struct diag *d = ch->r->d;
    *go_on = d->mysql_errno == 1451 || d->mysql_errno == 1452;
    if (!*go_on) {
        return OK;
    }
    exec_map_error(ch->r, t, d);
    struct exec_warning *w = arena_new(ch->arena, struct exec_warning);
    *w = (struct exec_warning){.level = "Warning",
                               .code = d->mysql_errno,
                               .message = arena_dup(ch->arena, slice_of_str(d->message))};
    *ch->last_refused = w;
    ch->last_refused = &w->next;
    ch->n_refused++;
    diag_clear(d);
    return arena_status(ch->arena);
}

/* All at once; when a foreign key refuses something under IGNORE, row by row. */
static STATUS
apply(struct change *ch, const struct image_diff *diff)
{
    struct exec_run *r = ch->r;
    struct backend_conn *c;
    if (!diff->by_row) {
        return image_apply(r, diff);
    }
    TRY(exec_server(r->e, &c, r->d));
    TRY(backend_exec_str(c, "SAVEPOINT allium_rows", r->d));
    const struct status s = image_apply(r, diff);
    if (status_is_ok(s) || (r->d->mysql_errno != 1451 && r->d->mysql_errno != 1452) ||
        diff->n_parents) {
        return s;
    }
    diag_clear(r->d);
    TRY(backend_exec_str(c, "ROLLBACK TO SAVEPOINT allium_rows", r->d));
    return image_apply_rows(r, diff, note_refused, ch);
}

/* MySQL 9 leaves children alone when the row that comes has the same key as the one that goes. */
static STATUS
check_replace(struct change *ch)
{
    const struct sql_node *root = ch->r->plan->stmt ? ch->r->plan->stmt->root : NULL;
    size_t n;
    const bool replaces = (sql_is_kind(root, SQL_INSERT) && sql_as_insert(root)->replace) ||
                          (sql_is_kind(root, SQL_LOAD_DATA) &&
                           sql_as_load_data(root)->duplicates == SQL_DUPLICATES_REPLACE);
    if (!replaces || ch->r->e->shared->flavour != BACKEND_MYSQL || ch->diffs[0].n_deleted == 0) {
        return OK;
    }
    catalog_fk_refs(ch->r->plan->catalog, ch->diffs[0].table, &n);
    if (n) {
        FAIL(ch->r->d, UNSUPPORTED,
             "REPLACE of rows of table '%.*s', which a foreign key references, is not supported "
             "through Allium",
             SLICE_ARG(ch->diffs[0].table->name));
    }
    return OK;
}

struct status
change_apply(struct change *ch)
{
    TRY(check_replace(ch));
    TRY(cascade_run(ch));
    for (size_t i = 0; i < ch->n_targets; i++) {
        const struct status s = apply(ch, &ch->diffs[i]);
        if (!status_is_ok(s)) {
            exec_map_error(ch->r, ch->diffs[i].table, ch->r->d);
            return s;
        }
        TRY(bump_sequence(ch, i));
    }
    return OK;
}

/* Numbers of an info string: "Records: 4  Duplicates: 2  Warnings: 2". */
static struct slice
add_to_info(struct change *ch, struct slice info, const int64_t *deltas, size_t n)
{
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    for (size_t i = 0; i < n && info.len; i++) {
        size_t from = 0, to;
        uint64_t value = 0;
        while (from < info.len && (info.data[from] < '0' || info.data[from] > '9')) {
            from++;
        }
        for (to = from; to < info.len && info.data[to] >= '0' && info.data[to] <= '9'; to++) {
        }
        buf_append_slice(&out, slice_sub(info, 0, from));
        if (slice_parse_u64(slice_sub(info, from, to - from), &value)) {
            buf_append_u64_dec(&out, value + (uint64_t) deltas[i]);
        }
        info = slice_from(info, to);
    }
    return arena_dup(ch->r->e->arena, buf_slice(&out));
}

struct status
change_summary(struct change *ch, struct backend_summary *out)
{
    struct exec *e = ch->r->e;
    const struct sql_node *root = ch->r->plan->stmt->root;
    const bool update = root->kind == SQL_UPDATE;
    const int64_t n = (int64_t) ch->n_refused;
    /* MariaDB does not tell of rows that UPDATE IGNORE leaves alone */
    const int64_t told = update && e->shared->flavour == BACKEND_MARIADB ? 0 : n;
    /* MySQL does not count the others among the records */
    const int64_t gone = e->shared->flavour == BACKEND_MYSQL ? -n : 0, skipped = n + gone;
    const int64_t changes[] = {0, -n, told}, inserts[] = {gone, skipped, told},
                  loads[] = {gone, 0, skipped, told};
    *out = *backend_result_summary(ch->result);
    if (n == 0) {
        return OK;
    }
    const bool matched = update && (e->info->caps & CLIENT_FOUND_ROWS);
    out->affected_rows -= matched ? 0 : (uint64_t) n;
    out->insert_id = out->affected_rows ? out->insert_id : 0;
    out->warnings = (uint16_t) (out->warnings + told);
    out->info = root->kind == SQL_LOAD_DATA
                    ? add_to_info(ch, out->info, loads, 4)
                    : add_to_info(ch, out->info, update ? changes : inserts, 3);
    for (const struct exec_warning *w = told ? ch->refused : NULL; w; w = w->next) {
        exec_warnings_add(e, w->level, w->code, w->message);
    }
    e->info->warning_count = out->warnings;
    return arena_status(e->arena);
}

struct status
change_finish(struct change *ch)
{
    struct exec_run *r = ch->r;
    struct backend_summary s;
    TRY(change_summary(ch, &s));
    if (s.insert_id) {
        r->e->info->last_insert_id = s.insert_id;
    }
    if (ch->n_refused == 0) {
        return exec_relay(r, ch->result, r->columns, r->n_columns, false);
    }
    if (backend_result_n_columns(ch->result)) {
        FAIL(r->d, UNSUPPORTED, "RETURNING of rows that a foreign key refuses");
    }
    r->e->row_count = (int64_t) s.affected_rows;
    const struct result_ok ok = {.affected = s.affected_rows,
                                 .insert_id = s.insert_id,
                                 .flags = r->more,
                                 .warnings = s.warnings,
                                 .info = s.info};
    return result_ok(r->w, &ok);
}
