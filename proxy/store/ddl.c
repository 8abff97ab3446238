/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a schema change: mirror, description, journal, server, catalog. */
#include "proxy/store/ddl.h"

#include "base/fault.h"
#include "base/log.h"
#include "proxy/store/ddl_priv.h"
#include "proxy/store/introspect.h"
#include "proxy/store/query.h"
#include "rewriter/catalog/layout_diff.h"
#include "rewriter/catalog/physical.h"
#include "rewriter/sql/ast.h"

/* The server's texts name physical objects: the client gets logical ones, or none. */
static struct status
translate(struct ddl *x, const struct diag *server, struct status status)
{
    const struct ddl_name *n = &x->req->names[0];
    if (status.code != STATUS_UPSTREAM_SQL) {
        diag_set(x->d, status.code, "%s", server->message);
        return status;
    }
    log_warn(&log_process, "ddl.server", "error %u: %s", server->mysql_errno, server->message);
    switch (server->mysql_errno) {
    case 1205: /* lock wait timeout, deadlock: texts without names */
    case 1213:
        diag_set_sql(x->d, STATUS_UPSTREAM_SQL, server->mysql_errno, server->sqlstate, "%s",
                     server->message);
        return status;
    case 1452:
        FAIL_SQL(x->d, 1452, "23000",
                 "Cannot add or update a child row: a foreign key constraint fails (`%.*s`.`%.*s`)",
                 SLICE_ARG(n->db), SLICE_ARG(n->table));
    case 1062:
    case 1586:
        FAIL_SQL(x->d, 1062, "23000", "Duplicate entry in a key of table '%.*s'",
                 SLICE_ARG(n->table));
    default:
        FAIL(x->d, UNSUPPORTED,
             "the server refused the physical change of '%.*s'.'%.*s' (error %u)", SLICE_ARG(n->db),
             SLICE_ARG(n->table), server->mysql_errno);
    }
}

static struct status
run_sql_step(struct ddl *x, const struct change_step *step)
{
    struct diag server = DIAG_INIT;
    struct status status = OK;
    if (step->check_fks) {
        status = backend_exec_str(x->s->conn, "SET foreign_key_checks = 1", &server);
    }
    if (status_is_ok(status)) {
        status = backend_exec(x->s->conn, step->sql, NULL, &server);
    }
    if (step->check_fks && !backend_is_lost(x->s->conn)) {
        const struct status back = backend_exec_str(x->s->conn, "SET foreign_key_checks = 0", NULL);
        (void) back; /* a lost connection is replaced */
    }
    return status_is_ok(status) ? OK : translate(x, &server, status);
}

static struct status
run_step(void *ctx, const struct change_step *step)
{
    struct ddl *x = ctx;
    switch (step->kind) {
    case CHANGE_SQL:
        return run_sql_step(x, step);
    case CHANGE_COPY:
        return ddl_copy_rows(x, step);
    case CHANGE_EMPTY:
        return ddl_copy_check_empty(x, step->from_phys);
    }
    RAISE(BUG);
}

static struct status
carry_out(struct ddl *x)
{
    return journal_apply(x->s, x->before, &x->change, run_step, x, x->d);
}

/* ---- tables ------------------------------------------------------------------------------------- */

static struct status
run_on_mirror(struct ddl *x)
{
    struct backend_summary summary = {0};
    TRY(backend_exec(scratch_session_conn(x->req->session), x->req->text, &summary, x->d));
    x->warnings = summary.warnings;
    if (x->req->records &&
        (x->req->kind == DDL_ALTER_DATABASE || x->req->kind == DDL_DROP_DATABASE)) {
        *x->req->records = summary.affected_rows;
    }
    FAULT("ddl.mirror");
    return OK;
}

/* CREATE TABLE .. SELECT of constants leaves rows in the mirror. */
static struct status
empty_mirror_table(struct ddl *x)
{
    struct backend_conn *admin;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "DELETE FROM ");
    query_name(&sql, x->req->names[0].db);
    buf_append_u8(&sql, '.');
    query_name(&sql, x->req->names[0].table);
    TRY(buf_status(&sql));
    TRY(scratch_admin_take(x->s->config.scratch, &admin, x->d));
    const struct status status = backend_exec(admin, buf_slice(&sql), NULL, x->d);
    scratch_admin_give(x->s->config.scratch, admin);
    return status;
}

/* What the OK packet of an ALTER TABLE says. */
static struct status
count_records(struct ddl *x)
{
    const struct ddl_target *t = x->n_targets ? &x->targets[x->req->n_names - 1] : NULL;
    if (!x->req->records || x->req->kind != DDL_ALTER_TABLE || !t->old || !t->fresh ||
        t->fresh->kind != CAT_TABLE ||
        !layout_diff_is_copy(t->old, t->fresh, x->check_fks,
                             scratch_flavour(x->s->config.scratch) == BACKEND_MYSQL)) {
        return OK;
    }
    struct query_rows rows;
    const struct slice sql = arena_printf(x->arena, "SELECT COUNT(*) FROM `%.*s`.`%.*s`",
                                          SLICE_ARG(t->fresh->phys_db), SLICE_ARG(t->fresh->phys));
    TRY(query_rows(x->s->conn, x->arena, sql, &rows, NULL));
    return slice_parse_u64(query_cell(&rows, 0, 0), x->req->records)
               ? OK
               : status_raise(STATUS_BUG, __FILE__, __LINE__);
}

/* ALTER TABLE .. AUTO_INCREMENT = n: never below the rows' ids. */
static struct status
set_next_id(struct ddl *x, const struct cat_table *t)
{
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    const uint64_t next = x->req->auto_increment;
    bool rows;
    physical_table_name(t, &name);
    TRY(buf_status(&name));
    TRY(ddl_copy_has_rows(x, buf_slice(&name), &rows));
    if (!rows) {
        return store_sequence_reset(x->s, t->id, next, x->d);
    }
    return next > 1 ? store_sequence_bump(x->s, t->id, next - 1, x->d) : OK;
}

static struct status
change_tables(struct ddl *x)
{
    TRY(ddl_target_introspect(x));
    if (x->root->kind == SQL_CREATE_TABLE && sql_as_create_table(x->root)->query &&
        !x->targets[0].old) {
        TRY(empty_mirror_table(x));
    }
    TRY(ddl_change_build(x));
    TRY(carry_out(x));
    const struct status counted = count_records(x);
    (void) counted; /* the change is made */
    const struct cat_table *t = x->n_targets ? x->targets[x->req->n_names - 1].fresh : NULL;
    return x->req->auto_increment && t && t->id && t->kind == CAT_TABLE ? set_next_id(x, t) : OK;
}

static struct status
execute_tables(struct ddl *x)
{
    TRY(ddl_target_collect(x));
    TRY(ddl_copy_prepare(x));
    const struct status ran = run_on_mirror(x);
    /* Some of the tables of a failed DROP TABLE are gone all the same. */
    if (!status_is_ok(ran) && x->req->kind != DDL_DROP_TABLE) {
        return ran;
    }
    struct diag *const d = x->d;
    struct diag second = DIAG_INIT;
    x->d = status_is_ok(ran) ? d : &second;
    const struct status changed = change_tables(x);
    x->d = d;
    if (!status_is_ok(changed)) {
        ddl_target_restore(x);
    }
    return status_is_ok(ran) ? changed : ran;
}

static struct status
execute_truncate(struct ddl *x)
{
    const struct ddl_name *n = &x->req->names[0];
    TRY(run_on_mirror(x));
    const struct cat_table *t = catalog_find_table(x->before, n->db, n->table);
    if (!t || t->kind != CAT_TABLE) {
        RAISE(BUG);
    }
    struct change_step step = {.sql = arena_printf(x->arena, "TRUNCATE TABLE `%.*s`.`%.*s`",
                                                   SLICE_ARG(t->phys_db), SLICE_ARG(t->phys))};
    TRY(run_sql_step(x, &step));
    return t->autoinc >= 0 ? store_sequence_reset(x->s, t->id, 1, x->d) : OK;
}

/* ---- databases ---------------------------------------------------------------------------------- */

/* The client's account needs the right to the name before it can create it. */
static struct status
grant_db(struct ddl *x)
{
    struct backend_conn *admin;
    TRY(scratch_admin_take(x->s->config.scratch, &admin, x->d));
    const struct status status =
        scratch_grant(x->s->config.scratch, admin, x->req->names[0].db, x->d);
    scratch_admin_give(x->s->config.scratch, admin);
    return status;
}

static struct status
describe_db(struct ddl *x, struct slice *create_sql)
{
    const struct slice name = x->req->names[0].db;
    struct backend_conn *admin;
    TRY(scratch_admin_take(x->s->config.scratch, &admin, x->d));
    struct status status = introspect_prepare(admin, x->d);
    if (status_is_ok(status)) {
        status = introspect_db(admin, x->arena, name, create_sql, x->d);
    }
    scratch_admin_give(x->s->config.scratch, admin);
    scratch_invalidate(x->s->config.scratch, name, SLICE_NULL);
    return status;
}

static struct status
change_db(struct ddl *x)
{
    struct slice create_sql;
    TRY(describe_db(x, &create_sql));
    TRY(ddl_db_build(x, create_sql));
    return carry_out(x);
}

static struct status
execute_db(struct ddl *x)
{
    static const char *const reserved[] = {STORE_SCHEMA, "mysql", "information_schema",
                                           "performance_schema", "sys"};
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (slice_equal_str_ci(x->req->names[0].db, reserved[i])) {
            FAIL_SQL(x->d, 1044, "42000", "Access denied to database '%s'", reserved[i]);
        }
    }
    if (x->req->kind == DDL_CREATE_DATABASE) {
        TRY(grant_db(x));
    }
    TRY(run_on_mirror(x));
    const struct status status = change_db(x);
    if (!status_is_ok(status)) {
        ddl_target_restore(x);
    }
    return status;
}

/* ---- entry -------------------------------------------------------------------------------------- */

static struct status
execute(struct ddl *x)
{
    TRY(ddl_work_parse(x));
    switch (x->req->kind) {
    case DDL_CREATE_DATABASE:
    case DDL_ALTER_DATABASE:
    case DDL_DROP_DATABASE:
        return execute_db(x);
    case DDL_TRUNCATE:
        return execute_truncate(x);
    case DDL_CREATE_TABLE:
    case DDL_DROP_TABLE:
    case DDL_ALTER_TABLE:
    case DDL_RENAME_TABLE:
    case DDL_VIEW:
        return execute_tables(x);
    }
    RAISE(BUG);
}

static struct status
execute_alone(struct store *s, void *ctx, struct diag *d)
{
    struct ddl *x = ctx;
    x->before = store_snapshot(s);
    x->draft = catalog_ref(x->before);
    return execute(x);
}

struct status
ddl_execute_locked(struct store *s, const struct ddl_request *req, uint16_t *warnings,
                   struct diag *d)
{
    struct ddl x = {.s = s, .req = req, .d = d, .arena = arena_create(0)};
    if (!x.arena) {
        RAISE(NO_MEMORY);
    }
    const struct status status = journal_alone(s, execute_alone, &x, d);
    ddl_copy_deinit(&x);
    ddl_target_deinit(&x);
    catalog_unref(x.draft);
    catalog_unref(x.before);
    arena_free(x.arena);
    if (warnings) {
        *warnings = x.warnings;
    }
    return status;
}

struct status
store_ddl_execute(struct store *s, const struct ddl_request *req, uint16_t *warnings,
                  struct diag *d)
{
    pthread_mutex_lock(&s->ddl_lock);
    const struct status status = ddl_execute_locked(s, req, warnings, d);
    pthread_mutex_unlock(&s->ddl_lock);
    return status;
}
