/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data changes that the trusted side computes. The rows that may change are locked in the server,
 * fetched, loaded into working tables; the client's own statement runs there, with MySQL's own
 * conversions, defaults, checks, warnings and counts; what it changed is written back by row id in the
 * same transaction. So no update is lost, and nothing is approximated.
 */
#include "base/mem.h"
#include "proxy/exec/image.h"

#define TARGETS_MAX 16
#define ROUNDS      8 /* of looking for rows that the statement collides with */

struct change {
    struct exec_run *r;
    struct arena *arena; /* images: the whole unit */
    struct image images[TARGETS_MAX];
    struct image_diff diffs[TARGETS_MAX];
    size_t n_targets;
    struct backend_result *result; /* of the statement on the trusted side */
};

struct fetch_ctx {
    struct exec_run *r;
    const struct plan_fetch *f;
    struct image *image; /* NULL: only read */
    bool load;           /* into the working table */
};

static STATUS
take_batch(void *ctx, const struct exec_rows *rows, struct diag *d)
{
    struct fetch_ctx *fc = ctx;
    if (fc->image) {
        TRY(image_add(fc->image, rows));
    }
    return fc->load ? exec_load_rows(fc->r, fc->f, rows) : OK;
}

static STATUS
fetch_all(struct change *ch, const struct slice *texts)
{
    struct exec_run *r = ch->r;
    for (size_t i = 0; i < r->plan->n_fetches; i++) {
        const struct plan_fetch *f = &r->plan->fetches[i];
        struct fetch_ctx ctx = {.r = r, .f = f, .load = true};
        if (f->target) {
            if (ch->n_targets == TARGETS_MAX) {
                FAIL(r->d, LIMIT, "a statement that changes more than %d tables", TARGETS_MAX);
            }
            ctx.image = &ch->images[ch->n_targets++];
            *ctx.image = (struct image){.f = f, .arena = ch->arena};
        }
        arena_reset(r->e->batch);
        TRY(exec_fetch(r->e, f, texts[i], r->e->batch, false, take_batch, &ctx, r->d));
    }
    return OK;
}

/* The statement itself, its warnings, and what it changed. */
static STATUS
run_and_compare(struct change *ch)
{
    struct exec_run *r = ch->r;
    TRY(exec_scratch_run(r, BACKEND_STORE, &ch->result));
    TRY(exec_warnings_capture(r->e, backend_result_summary(ch->result)->warnings, r->d));
    for (size_t i = 0; i < ch->n_targets; i++) {
        TRY(image_compare(r, &ch->images[i], &ch->diffs[i]));
    }
    return OK;
}

static STATUS
apply_all(struct change *ch)
{
    for (size_t i = 0; i < ch->n_targets; i++) {
        const struct status s = image_apply(ch->r, &ch->diffs[i]);
        if (!status_is_ok(s)) {
            exec_map_error(ch->r, ch->diffs[i].table, ch->r->d);
            return s;
        }
    }
    return OK;
}

static void
select_head(const struct plan_fetch *f, struct buf *sql)
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

/* Rows of the server that share a unique key with one of the new rows, added to the image. */
static STATUS
find_collisions(struct change *ch, size_t at)
{
    struct exec_run *r = ch->r;
    const struct image_diff *diff = &ch->diffs[at];
    struct image *im = &ch->images[at];
    const struct cat_table *t = diff->table;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    bool some = false;
    select_head(im->f, &sql);
    arena_reset(r->e->batch);
    for (size_t row = 0; row < diff->n_new; row++) {
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
    struct fetch_ctx ctx = {.r = r, .f = im->f, .image = im};
    arena_reset(r->e->batch);
    return exec_fetch(r->e, im->f, buf_slice(&sql), r->e->batch, false, take_batch, &ctx, r->d);
}

/* Rows already known (source rows of the same table, earlier collisions) are found again: drop them. */
static void
drop_repeats(struct image *im)
{
    size_t n = 0;
    for (size_t i = 0; i < im->n; i++) {
        bool repeat = false;
        for (size_t k = 0; k < n && !repeat; k++) {
            repeat = im->rows[k].rid == im->rows[i].rid;
        }
        if (!repeat) {
            im->rows[n++] = im->rows[i];
        }
    }
    im->n = n;
}

/* A fresh working copy of the target that holds the image's rows. */
static STATUS
reload(struct change *ch, size_t at)
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

static STATUS
rerun(struct change *ch)
{
    for (size_t i = 0; i < ch->n_targets; i++) {
        image_diff_deinit(&ch->diffs[i]);
        TRY(reload(ch, i));
    }
    ch->result = backend_result_free(ch->result);
    return run_and_compare(ch);
}

static STATUS
finish(struct change *ch)
{
    struct exec_run *r = ch->r;
    const uint64_t id = backend_result_summary(ch->result)->insert_id;
    if (id) {
        r->e->info->last_insert_id = id;
    }
    return exec_relay(r, ch->result, r->columns, r->n_columns, false);
}

static void
change_deinit(struct change *ch)
{
    for (size_t i = 0; i < ch->n_targets; i++) {
        image_diff_deinit(&ch->diffs[i]);
    }
    backend_result_free(ch->result);
    arena_free(ch->arena);
}

static STATUS
change_in_unit(struct change *ch, const struct slice *texts)
{
    struct exec_unit unit;
    TRY(exec_unit_begin(ch->r->e, &unit, false, ch->r->d));
    struct status s = fetch_all(ch, texts);
    if (status_is_ok(s)) {
        s = run_and_compare(ch);
    }
    for (int round = 0; status_is_ok(s) && round < ROUNDS; round++) {
        size_t added;
        s = add_collisions(ch, &added);
        if (status_is_ok(s) && added == 0) {
            break;
        }
        s = status_is_ok(s) ? rerun(ch) : s;
    }
    if (status_is_ok(s)) {
        s = apply_all(ch);
    }
    if (!status_is_ok(s)) {
        exec_unit_rollback(ch->r->e, &unit);
        return s;
    }
    return exec_unit_commit(ch->r->e, &unit, ch->r->d);
}

struct status
exec_trusted(struct exec_run *r, bool *fits)
{
    if (sql_is_kind(r->plan->stmt->root, SQL_INSERT)) {
        return exec_trusted_insert(r, fits);
    }
    struct slice *texts;
    TRY(exec_bind_fetches(r, &texts, fits));
    if (!*fits) {
        return OK;
    }
    struct change ch = {.r = r, .arena = arena_create(0)};
    if (ch.arena == NULL) {
        RAISE(NO_MEMORY);
    }
    struct status s = exec_working_tables(r);
    if (status_is_ok(s)) {
        s = change_in_unit(&ch, texts);
    }
    exec_working_tables_drop(r);
    exec_server_seen(r->e);
    if (status_is_ok(s)) {
        s = finish(&ch);
    }
    change_deinit(&ch);
    return s;
}

/* ---- INSERT ---- */

struct insertion {
    struct change ch; /* one target */
    struct plan_fetch target;
    const struct sql_insert *ins;
    struct scope_table ref;
    uint64_t first_id, n_ids;
};

/* A SELECT of all stored columns of the target, without WHERE. */
static STATUS
target_fetch(struct insertion *in, const struct cat_table *t)
{
    struct arena *a = in->ch.arena;
    uint16_t *columns = arena_array(a, uint16_t, t->n_columns);
    TRY(arena_status(a));
    size_t n = 0;
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i].generated == CAT_GENERATED_NO) {
            columns[n++] = (uint16_t) i;
        }
    }
    in->target =
        (struct plan_fetch){.table = t, .columns = columns, .n_columns = n, .target = true};
    return OK;
}

static STATUS
set_insert_id(struct insertion *in)
{
    if (in->target.table->autoinc < 0) {
        return OK;
    }
    uint64_t next = in->first_id;
    if (next == 0) {
        TRY(store_sequence_peek(in->ch.r->e->shared->store, in->target.table->id, &next,
                                in->ch.r->d));
    }
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_printf(&sql, "SET insert_id=%llu", (unsigned long long) next);
    return backend_exec(scratch_session_conn(in->ch.r->e->scratch), buf_slice(&sql), NULL,
                        in->ch.r->d);
}

static STATUS
run_insert(struct insertion *in)
{
    image_diff_deinit(&in->ch.diffs[0]);
    in->ch.result = backend_result_free(in->ch.result);
    TRY(set_insert_id(in));
    return run_and_compare(&in->ch);
}

/* Upper bound of the ids that the statement will use. */
static STATUS
reserve_ids(struct insertion *in, uint64_t n)
{
    if (in->target.table->autoinc < 0 || n == 0 || in->first_id) {
        return OK;
    }
    in->n_ids = n;
    return exec_reserve_ids(in->ch.r->e, in->target.table, n, &in->first_id, in->ch.r->d);
}

/* Did a row of VALUES or the column list leave the id to us? Cheap and safe: an unneeded id is a gap,
 * as InnoDB leaves them too. */
static bool
may_generate(const struct insertion *in)
{
    const struct cat_table *t = in->target.table;
    if (t->autoinc < 0) {
        return false;
    }
    if (!in->ins->column_list && !in->ins->set_form) {
        return true;
    }
    SQL_FOR_EACH(n, &in->ins->columns)
    {
        if (slice_equal_ci(sql_as_column(n)->name, t->columns[t->autoinc].name)) {
            SQL_FOR_EACH(row, &in->ins->rows)
            {
                SQL_FOR_EACH(item, &sql_as_row(row)->items)
                {
                    if (item->kind != SQL_LITERAL ||
                        sql_as_literal(item)->literal == SQL_LITERAL_NULL ||
                        sql_as_literal(item)->literal == SQL_LITERAL_PARAM) {
                        return true;
                    }
                }
            }
            return in->ins->query != NULL;
        }
    }
    return true;
}

static STATUS
insert_in_unit(struct insertion *in)
{
    struct exec_run *r = in->ch.r;
    if (in->ins->query == NULL && may_generate(in)) {
        TRY(reserve_ids(in, in->ins->rows.count));
    }
    TRY(run_insert(in));
    if (in->ins->query && may_generate(in) && in->ch.diffs[0].n_inserted) {
        TRY(reserve_ids(in, in->ch.diffs[0].n_inserted));
        TRY(reload(&in->ch, 0));
        TRY(run_insert(in));
    }
    for (int round = 0; round < ROUNDS; round++) {
        size_t added;
        TRY(add_collisions(&in->ch, &added));
        if (added == 0) {
            break;
        }
        TRY(reload(&in->ch, 0));
        TRY(run_insert(in));
    }
    const struct status s = apply_all(&in->ch);
    if (status_is_ok(s) && in->target.table->autoinc >= 0) {
        const uint64_t max = image_max_id(r, &in->ch.diffs[0]);
        if (max) {
            TRY(store_sequence_bump(r->e->shared->store, in->target.table->id, max, r->d));
        }
    }
    return s;
}

/* MariaDB lets a working table (a temporary one) ignore in silence what a stored table refuses. */
static STATUS
check_generated(struct insertion *in)
{
    const struct cat_table *t = in->target.table;
    const struct exec *e = in->ch.r->e;
    if (!t->has_generated || e->shared->flavour != BACKEND_MARIADB ||
        !(e->state.env.mode & TYPE_MODE_STRICT) || in->ins->ignore) {
        return OK;
    }
    SQL_FOR_EACH(row, &in->ins->rows)
    {
        const struct sql_node *name = in->ins->columns.first;
        size_t at = 0;
        SQL_FOR_EACH(item, &sql_as_row(row)->items)
        {
            const int c = name ? catalog_find_column(t, sql_as_column(name)->name) : (int) at++;
            const bool allowed =
                item->kind == SQL_DEFAULT ||
                (item->kind == SQL_LITERAL && sql_as_literal(item)->literal == SQL_LITERAL_NULL);
            if (c >= 0 && (size_t) c < t->n_columns &&
                t->columns[c].generated != CAT_GENERATED_NO && !allowed) {
                FAIL_SQL(in->ch.r->d, 1906, "HY000",
                         "The value specified for generated column '%.*s' in table '%.*s' has been "
                         "ignored",
                         SLICE_ARG(t->columns[c].name), SLICE_ARG(t->name));
            }
            name = name ? name->next : NULL;
        }
    }
    return OK;
}

/* MySQL: a nullable column whose default was dropped; CREATE TABLE cannot say that of the working table. */
static STATUS
check_defaults(const struct insertion *in)
{
    const struct cat_table *t = in->target.table;
    const struct exec *e = in->ch.r->e;
    if (e->shared->flavour != BACKEND_MYSQL || !(e->state.env.mode & TYPE_MODE_STRICT) ||
        in->ins->ignore || in->ins->columns.count == 0) {
        return OK;
    }
    for (size_t i = 0; i < t->n_columns; i++) {
        const struct cat_column *c = &t->columns[i];
        bool named =
            !c->nullable || c->default_kind != CAT_DEFAULT_NONE || c->generated != CAT_GENERATED_NO;
        SQL_FOR_EACH(n, &in->ins->columns)
        {
            named |= slice_equal_ci(sql_as_column(n)->name, c->name);
        }
        if (!named) {
            FAIL_SQL(in->ch.r->d, 1364, "HY000", "Field '%.*s' doesn't have a default value",
                     SLICE_ARG(c->name));
        }
    }
    return OK;
}

/* Sources first, so that rows of the target that the statement reads are in its working copy. */
static STATUS
insert_sources(struct insertion *in, const struct slice *texts)
{
    struct exec_run *r = in->ch.r;
    const struct cat_table *t = in->target.table;
    TRY(exec_work_create(r, t, SCRATCH_TEMP_RID));
    in->ch.n_targets = 1;
    in->ch.images[0] = (struct image){.f = &in->target, .arena = in->ch.arena};
    for (size_t i = 0; i < r->plan->n_fetches; i++) {
        const struct plan_fetch *f = &r->plan->fetches[i];
        struct fetch_ctx ctx = {.r = r, .f = f, .load = true};
        struct slice text = texts[i];
        CLEANUP(buf_deinit_cleanup) struct buf own = BUF_INIT;
        if (f->table == t) {
            /* all columns, and kept: these rows are part of the image */
            select_head(&in->target, &own);
            buf_append_str(&own, "TRUE FOR UPDATE");
            text = buf_slice(&own);
            ctx = (struct fetch_ctx){
                .r = r, .f = &in->target, .image = &in->ch.images[0], .load = true};
        } else {
            TRY(exec_work_create(r, f->table, SCRATCH_TEMP_FEW_KEYS));
        }
        arena_reset(r->e->batch);
        TRY(exec_fetch(r->e, ctx.f, text, r->e->batch, false, take_batch, &ctx, r->d));
    }
    return OK;
}

static STATUS
insert_unit(struct insertion *in, const struct slice *texts)
{
    struct exec_run *r = in->ch.r;
    struct backend_conn *ignored;
    struct exec_unit unit;
    TRY(exec_scratch(r->e, &ignored, r->d));
    TRY(exec_unit_begin(r->e, &unit, false, r->d));
    struct status s = insert_sources(in, texts);
    if (status_is_ok(s)) {
        s = insert_in_unit(in);
    }
    exec_working_tables_drop(r);
    struct diag dropped = DIAG_INIT;
    const struct status drop = exec_work_drop(r, in->target.table, &dropped);
    (void) drop;
    if (!status_is_ok(s)) {
        exec_unit_rollback(r->e, &unit);
        return s;
    }
    return exec_unit_commit(r->e, &unit, r->d);
}

struct status
exec_trusted_insert(struct exec_run *r, bool *fits)
{
    const struct sql_insert *ins = sql_as_insert(r->plan->stmt->root);
    const struct scope *scope = r->plan->scope;
    struct slice *texts;
    TRY(exec_bind_fetches(r, &texts, fits));
    if (!*fits) {
        return OK;
    }
    if (scope->n_tables == 0 || scope->tables[0].kind != SCOPE_BASE) {
        return exec_split(r, fits); /* into a temporary table: it lives where the statement runs */
    }
    struct insertion in = {.ins = ins};
    in.ch = (struct change){.r = r, .arena = arena_create(0)};
    if (in.ch.arena == NULL) {
        RAISE(NO_MEMORY);
    }
    struct status s = target_fetch(&in, scope->tables[0].table);
    if (status_is_ok(s)) {
        s = check_generated(&in);
    }
    if (status_is_ok(s)) {
        s = check_defaults(&in);
    }
    if (status_is_ok(s)) {
        s = insert_unit(&in, texts);
    }
    exec_server_seen(r->e);
    if (status_is_ok(s)) {
        s = finish(&in.ch);
    }
    change_deinit(&in.ch);
    return s;
}
