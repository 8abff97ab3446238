/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/partitions.h"

#include "proxy/exec/change.h"

/* The word that a partition action begins with. */
static struct slice
first_word(struct slice text)
{
    size_t n = 0;
    while (n < text.len && ((text.data[n] | 0x20) >= 'a' && (text.data[n] | 0x20) <= 'z')) {
        n++;
    }
    return slice_sub(text, 0, n);
}

static bool
is_one_of(struct slice word, const char *const *words)
{
    for (; *words; words++) {
        if (slice_equal_str_ci(word, *words)) {
            return true;
        }
    }
    return false;
}

static bool
changes_columns(const struct sql_alter_table *alter)
{
    SQL_FOR_EACH(n, &alter->actions)
    {
        switch (sql_as_alter_action(n)->action) {
        case SQL_ALTER_PARTITION:
        case SQL_ALTER_OPTION:
        case SQL_ALTER_ALGORITHM:
        case SQL_ALTER_KEYS:
        case SQL_ALTER_ORDER_BY:
            break;
        default:
            return true;
        }
    }
    return false;
}

struct status
partitions_work(struct exec_run *r, enum partitions_work *out)
{
    static const char *const tells[] = {"ANALYZE", "CHECK", "OPTIMIZE", "REPAIR", NULL};
    static const char *const moves[] = {"EXCHANGE", "CONVERT", "DISCARD", "IMPORT", NULL};
    const struct sql_alter_table *alter = sql_as_alter_table(r->plan->stmt->root);
    *out = PARTITIONS_NOTHING;
    SQL_FOR_EACH(n, &alter->actions)
    {
        const struct sql_alter_action *a = sql_as_alter_action(n);
        if (a->action != SQL_ALTER_PARTITION) {
            continue;
        }
        const struct slice word = first_word(a->text);
        if (is_one_of(word, moves)) {
            FAIL(r->d, UNSUPPORTED, "ALTER TABLE .. %.*s PARTITION is not supported through Allium",
                 SLICE_ARG(word));
        }
        if (is_one_of(word, tells)) {
            *out = PARTITIONS_LOCAL;
            return OK;
        }
        const bool removes = slice_equal_str_ci(word, "REMOVE");
        if (changes_columns(alter)) {
            if (removes) {
                return OK;
            }
            FAIL(r->d, UNSUPPORTED,
                 "ALTER TABLE of columns and partitions in one statement is not supported through "
                 "Allium");
        }
        *out = PARTITIONS_ROWS;
    }
    return OK;
}

/* The statement with the copy's name. */
static STATUS
run_over_copy(struct change *ch, struct backend_result **out)
{
    struct exec_run *r = ch->r;
    const struct sql_alter_table *alter = sql_as_alter_table(r->plan->stmt->root);
    const struct cat_table *t = ch->images[0].f->table;
    const struct sql_span span = alter->table->span;
    const struct slice text = r->plan->stmt->text;
    struct slice db;
    TRY(exec_work_db(r, t, &db));
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_slice(&sql, slice_sub(text, 0, span.begin));
    sql_print_name(db, &sql);
    buf_append_u8(&sql, '.');
    sql_print_name(t->name, &sql);
    buf_append_slice(&sql, slice_from(text, span.end));
    TRY(buf_status(&sql));
    return backend_query(scratch_session_conn(r->e->scratch), buf_slice(&sql), BACKEND_STORE, out,
                         r->d);
}

static STATUS
take_rows(void *ctx, const struct exec_rows *rows, struct diag *d)
{
    (void) d;
    return image_add(ctx, rows);
}

static STATUS
copy_and_run(struct change *ch, const struct plan_fetch *f)
{
    struct image *image;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct exec *e = ch->r->e;
    TRY(change_add_target(ch, f, &image));
    change_select_head(f, &sql);
    buf_append_str(&sql, "TRUE FOR UPDATE");
    TRY(buf_status(&sql));
    arena_reset(e->batch);
    TRY(exec_fetch(e, f, buf_slice(&sql), e->batch, false, take_rows, image, ch->r->d));
    TRY(change_reload(ch, 0));
    const struct status s = change_run(ch);
    if (!status_is_ok(s)) {
        exec_warnings_of_error(e, ch->r->d);
        exec_work_messages(ch->r, ch->r->d);
    }
    return s;
}

struct status
partitions_alter(struct exec_run *r, const struct cat_table *t, STATUS (*ddl)(void *ctx), void *ctx,
                 struct backend_summary *sum)
{
    struct change ch;
    struct exec_unit unit;
    struct plan_fetch f;
    struct diag ignored = DIAG_INIT;
    TRY(change_init(&ch, r));
    ch.run = run_over_copy;
    struct status s = change_all_columns(ch.arena, t, &f);
    f.target = true;
    if (status_is_ok(s)) {
        s = exec_unit_begin(r->e, &unit, false, r->d);
    }
    if (!status_is_ok(s)) {
        change_deinit(&ch);
        return s;
    }
    s = copy_and_run(&ch, &f);
    if (status_is_ok(s)) {
        *sum = *backend_result_summary(ch.result);
        sum->info = arena_dup(r->e->arena, sum->info);
        s = change_apply(&ch);
    }
    if (status_is_ok(s)) {
        s = ddl(ctx);
    }
    const struct status dropped = exec_work_drop(r, t, &ignored);
    (void) dropped;
    change_deinit(&ch);
    if (!status_is_ok(s)) {
        exec_unit_rollback(r->e, &unit);
        return s;
    }
    s = exec_unit_commit(r->e, &unit, r->d);
    exec_server_seen(r->e);
    return s;
}
