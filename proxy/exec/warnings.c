/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions of the last statement. The scratch session holds them as long as nothing else ran there;
 * where the executor's own work follows a statement they are copied here first, and SHOW WARNINGS is
 * answered from the copy.
 */
#include "base/mem.h"
#include "proxy/exec/access.h"
#include "proxy/exec/text_rows.h"

void
exec_warnings_clear(struct exec *e)
{
    arena_reset(e->warnings_arena);
    e->warnings = NULL;
    e->n_warnings = 0;
    e->warnings_here = true;
    e->info->warning_count = 0;
}

void
exec_warnings_add(struct exec *e, const char *level, uint32_t code, struct slice message)
{
    struct exec_warning *w = arena_new(e->warnings_arena, struct exec_warning);
    *w = (struct exec_warning){.level = arena_strdup(e->warnings_arena, slice_of_str(level)),
                               .code = code,
                               .message = arena_dup(e->warnings_arena, message)};
    struct exec_warning **tail = &e->warnings;
    while (*tail) {
        tail = &(*tail)->next;
    }
    *tail = w;
    e->n_warnings++;
}

struct status
exec_warnings_capture(struct exec *e, uint16_t count, struct diag *d)
{
    if (e->scratch == NULL) {
        exec_warnings_clear(e);
        return OK;
    }
    return exec_warnings_read(e, scratch_session_conn(e->scratch), count, d);
}

struct status
exec_warnings_read(struct exec *e, struct backend_conn *c, uint16_t count, struct diag *d)
{
    exec_warnings_clear(e);
    if (count == 0) {
        return OK;
    }
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    TRY(backend_query(c, SLICE("SHOW WARNINGS"), BACKEND_STORE, &r, d));
    for (;;) {
        const struct slice *row;
        uint64_t code;
        TRY(backend_result_next(r, &row, d));
        if (row == NULL) {
            break;
        }
        if (slice_parse_u64(row[1], &code)) {
            exec_warnings_add(e,
                              slice_equal_str(row[0], "Note")      ? "Note"
                              : slice_equal_str(row[0], "Warning") ? "Warning"
                                                                   : "Error",
                              (uint32_t) code, access_text(e, (unsigned) code, row[2]));
        }
    }
    e->info->warning_count = count;
    return arena_status(e->warnings_arena);
}

void
exec_warnings_of_error(struct exec *e, const struct diag *d)
{
    struct diag ignored = DIAG_INIT;
    if (d->code == STATUS_UPSTREAM_SQL && e->scratch && !scratch_session_is_lost(e->scratch)) {
        e->error_here = status_is_ok(exec_warnings_capture(e, 1, &ignored)) && e->n_warnings;
        e->info->warning_count = (uint16_t) e->n_warnings;
    }
}

void
exec_warnings_error(struct exec *e, const struct diag *d)
{
    if (e->error_here) {
        return;
    }
    exec_warnings_clear(e);
    exec_warnings_add(e, "Error", d->mysql_errno, slice_of_str(d->message));
    e->info->warning_count = 1;
}

static bool
in_limit(const struct sql_show *s, const struct literals *lits, uint64_t i)
{
    if (s->limit == NULL) {
        return true;
    }
    const struct sql_limit *l = sql_as_limit(s->limit);
    uint64_t count = UINT64_MAX, offset = 0;
    struct literal_ref lit;
    if (l->count && literal_of_node(l->count, lits, &lit)) {
        slice_parse_u64(lit.value.bytes, &count);
    }
    if (l->offset && literal_of_node(l->offset, lits, &lit)) {
        slice_parse_u64(lit.value.bytes, &offset);
    }
    return i >= offset && i - offset < count;
}

struct status
exec_show_warnings(struct exec_run *r, bool *handled)
{
    struct exec *e = r->e;
    const struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    *handled = false;
    if (!e->warnings_here || !sql_is_kind(root, SQL_SHOW)) {
        return OK;
    }
    const struct sql_show *show = sql_as_show(root);
    const bool errors = show->show == SQL_SHOW_ERRORS;
    if (show->show != SQL_SHOW_WARNINGS && !errors) {
        return OK;
    }
    *handled = true;
    /* the scratch session gives the metadata; its own list is another statement's */
    struct backend_conn *c;
    CLEANUP(backend_result_free_cleanup) struct backend_result *like = NULL;
    TRY(exec_scratch(e, &c, r->d));
    TRY(backend_query(c, SLICE("SHOW WARNINGS LIMIT 0"), BACKEND_STORE, &like, r->d));
    struct text_rows rows;
    text_rows_init(&rows, r);
    TRY(result_columns(&rows.writer, backend_result_columns(like), backend_result_n_columns(like)));
    uint64_t i = 0;
    for (const struct exec_warning *w = e->warnings; w; w = w->next) {
        if ((errors && w->level[0] != 'E') || !in_limit(show, r->lits, i++)) {
            continue;
        }
        const struct slice cells[] = {slice_of_str(w->level), arena_printf(e->arena, "%u", w->code),
                                      w->message};
        TRY(result_row(&rows.writer, cells, 3));
    }
    return result_end(r->w, r->more, 0);
}
