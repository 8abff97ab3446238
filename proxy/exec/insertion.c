/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/insertion.h"

#include "proxy/exec/ids.h"

#define BULK_IDS_MAX 65536

static STATUS
next_id(struct insertion *in)
{
    struct exec *e = in->ch.r->e;
    in->first_id = e->client_insert_id;
    if (in->first_id) {
        return OK;
    }
    TRY(store_sequence_peek(e->shared->store, in->target.table->id, &in->first_id, in->ch.r->d));
    in->first_id = ids_align(&e->state, in->first_id);
    return OK;
}

/* The id that the working table gives first. Nothing is reserved yet: the next one of the sequence. */
static STATUS
set_insert_id(struct insertion *in)
{
    if (in->target.table->autoinc < 0) {
        return OK;
    }
    if (!in->reserved) {
        TRY(next_id(in));
    }
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_printf(&sql, "SET insert_id=%llu", (unsigned long long) in->first_id);
    return backend_exec(scratch_session_conn(in->ch.r->e->scratch), buf_slice(&sql), NULL,
                        in->ch.r->d);
}

static STATUS
run_insert(struct change *ch, struct backend_result **out)
{
    struct insertion *in = (struct insertion *) ch;
    TRY(set_insert_id(in));
    return in->run ? in->run(in, out) : exec_scratch_run(ch->r, BACKEND_STORE, out);
}

/* Upper bound of the ids that the statement will use. */
static STATUS
reserve_ids(struct insertion *in, uint64_t n)
{
    if (in->target.table->autoinc < 0 || n == 0 || in->reserved) {
        return OK;
    }
    in->reserved = true;
    in->n_own = in->ch.r->e->client_insert_id ? 0 : n;
    return ids_reserve(in->ch.r->e, in->target.table, n, &in->first_id, in->ch.r->d);
}

struct status
insertion_init(struct insertion *in, struct exec_run *r, const struct cat_table *t)
{
    *in = (struct insertion){.first_id = 0};
    TRY(change_init(&in->ch, r));
    in->ch.run = run_insert;
    TRY(change_all_columns(in->ch.arena, t, &in->target));
    in->target.target = true;
    return OK;
}

void
insertion_deinit(struct insertion *in)
{
    change_deinit(&in->ch);
}

/* ---- the working copy ---- */

/* Sources first, so that rows of the target that the statement reads are in its working copy: the plan
 * fetches all their columns, for they are part of the image. */
struct status
insertion_prepare(struct insertion *in, const struct slice *wheres)
{
    struct exec_run *r = in->ch.r;
    struct image *image;
    TRY(exec_work_create(r, in->target.table, SCRATCH_TEMP_RID));
    TRY(change_add_target(&in->ch, &in->target, &image));
    for (size_t i = 0; i < r->plan->n_fetches; i++) {
        if (r->plan->fetches[i].table != in->target.table) {
            TRY(exec_work_create(r, r->plan->fetches[i].table, exec_read_flags(r)));
        }
    }
    TRY(exec_work_views(r));
    return change_fetch(&in->ch, wheres);
}

void
insertion_drop(struct insertion *in)
{
    struct diag ignored = DIAG_INIT;
    const struct status s = exec_work_drop(in->ch.r, in->target.table, &ignored);
    (void) s; /* the engine is gone, and its tables with it */
}

/* ---- running ---- */

/* A statement that does not say how many rows it brings takes ids in blocks of 1, 2, 4, .. like InnoDB. */
static uint64_t
bulk_ids(uint64_t n_rows)
{
    uint64_t n = 0;
    for (uint64_t block = 1; n < n_rows; block *= block < BULK_IDS_MAX ? 2 : 1) {
        n += block;
    }
    return n;
}

/* The statement ran with the next ids of the sequence: now they are taken, as many as rows stayed that made
 * one, or one if rows tried. When others took them meanwhile it runs again. */
static STATUS
reserve_bulk(struct insertion *in)
{
    const uint64_t assumed = in->first_id;
    const struct slice info = backend_result_summary(in->ch.result)->info;
    const bool tried = in->always && slice_starts_with(info, SLICE("Records: ")) &&
                       !slice_starts_with(info, SLICE("Records: 0 "));
    uint64_t n = image_count_ids(in->ch.r, &in->ch.diffs[0], assumed);
    n = n == 0 && tried ? 1 : n;
    if (n == 0) {
        return OK;
    }
    TRY(reserve_ids(in, bulk_ids(n)));
    if (in->first_id == assumed) {
        return OK;
    }
    TRY(change_reload(&in->ch, 0));
    TRY(change_run(&in->ch));
    return change_settle(&in->ch);
}

/* MySQL takes ids when it writes a row: a first row whose values are refused has taken none. */
static void
give_back_ids(const struct insertion *in, uint64_t n_rows)
{
    static const char first_row[] = " at row 1";
    const struct exec_run *r = in->ch.r;
    const struct slice text = slice_of_str(r->d->message);
    const size_t n = sizeof first_row - 1;
    const bool in_first =
        n_rows == 1 || (text.len > n && slice_equal_str(slice_from(text, text.len - n), first_row));
    if (in->n_own && in_first && r->d->mysql_errno != 1062 && r->d->mysql_errno != 167) {
        store_sequence_release(r->e->shared->store, in->target.table->id, in->first_id,
                               in->n_own * r->e->state.id_step);
    }
}

struct status
insertion_execute(struct insertion *in, bool generates, uint64_t n_rows)
{
    if (generates && n_rows) {
        TRY(reserve_ids(in, n_rows));
    }
    const struct status s = change_run(&in->ch);
    if (!status_is_ok(s)) {
        give_back_ids(in, n_rows);
        return s;
    }
    if (in->alone) {
        const struct status done = change_apply(&in->ch);
        if (status_is_ok(done) || in->ch.r->d->mysql_errno != 1062) {
            return done;
        }
        diag_clear(in->ch.r->d); /* which key it was, and the value, the working copy tells */
    }
    TRY(change_settle(&in->ch));
    if (generates && n_rows == 0) {
        TRY(reserve_bulk(in));
    }
    return change_apply(&in->ch);
}
