/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHOW PROCESSLIST and KILL speak of the proxy's clients. The scratch engine's own threads are nobody's
 * business: all clients share one account there, so it would let each end the others' statements.
 */
#include "proxy/exec/text_rows.h"
#include "rewriter/plan/literal.h"

static STATUS
show(struct exec_run *r)
{
    struct exec *e = r->e;
    const struct session_services *services = e->info->services;
    const struct wire_column *cols;
    size_t n;
    TRY(exec_describe(e, SLICE("SHOW PROCESSLIST"), false, e->arena, &cols, &n, r->d));
    struct text_rows rows;
    text_rows_init(&rows, r);
    return services->show(e->info, cols, n, r->more, &rows.writer);
}

static STATUS
kill_session(struct exec_run *r, const struct sql_kill *k)
{
    struct literal_ref id;
    uint64_t number;
    if (k->user || k->query_id) {
        FAIL(r->d, UNSUPPORTED, "KILL USER and KILL QUERY ID");
    }
    if (r->lits == NULL || !literal_of_node(k->id, r->lits, &id) ||
        id.value.kind != TYPE_LITERAL_INT || id.value.negative ||
        !slice_parse_u64(id.value.bytes, &number)) {
        FAIL(r->d, UNSUPPORTED, "KILL with anything but a number");
    }
    TRY(r->e->info->services->kill(r->e->info, number,
                                   k->query ? SESSION_KILL_QUERY : SESSION_KILL_CONNECTION, r->d));
    return result_ok(r->w, &(struct result_ok){.flags = r->more});
}

struct status
exec_sessions(struct exec_run *r, bool *handled)
{
    const struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    const bool kills = sql_is_kind(root, SQL_KILL);
    const bool shows =
        sql_is_kind(root, SQL_SHOW) && sql_as_show(root)->show == SQL_SHOW_PROCESSLIST;
    *handled = r->e->info->services && (kills || shows);
    if (!*handled) {
        return OK;
    }
    return kills ? kill_session(r, sql_as_kill(root)) : show(r);
}
