/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/plan/plan.h"

#include <string.h>

#include "base/mem.h"
#include "rewriter/plan/plan_priv.h"

struct status
plan_new(struct plan **out, struct catalog *cat)
{
    struct arena *a = arena_create(0);
    if (a == NULL) {
        RAISE(NO_MEMORY);
    }
    struct plan *p = arena_new(a, struct plan);
    if (!arena_ok(a)) {
        arena_free(a);
        RAISE(NO_MEMORY);
    }
    *p = (struct plan){.refs = 1,
                       .arena = a,
                       .catalog = catalog_ref(cat),
                       .catalog_version = catalog_version(cat)};
    *out = p;
    return OK;
}

struct plan *
plan_ref(struct plan *p)
{
    __atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
    return p;
}

struct plan *
plan_unref(struct plan *p)
{
    if (p && __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        catalog_unref((struct catalog *) p->catalog);
        arena_free(p->arena);
    }
    return NULL;
}

static const char *const kind_names[] = {
    [PLAN_LOCAL] = "local",
    [PLAN_SESSION] = "session",
    [PLAN_TXN] = "pass",
    [PLAN_DDL] = "ddl",
    [PLAN_REWRITE] = "rewrite",
    [PLAN_SPLIT] = "split",
    [PLAN_INSERT] = "rewrite",
    [PLAN_UPDATE] = "read-modify-write",
    [PLAN_DELETE] = "rewrite",
    [PLAN_TRUSTED] = "read-modify-write on the trusted side",
    [PLAN_NOTHING] = "nothing to do",
    [PLAN_NAMED] = "prepared by name",
    [PLAN_SETTINGS] = "with settings of its own",
    [PLAN_EXPLAIN] = "explain",
    [PLAN_ACCOUNT] = "accounts",
};

const char *
plan_kind_name(enum plan_kind kind)
{
    return kind_names[kind];
}

bool
plan_refuse(struct planner *pl, const char *why)
{
    if (pl->p->why.data == NULL) {
        pl->p->why = slice_of_str(why);
    }
    return false;
}

const struct scope_table *
plan_single_table(const struct planner *pl)
{
    return pl->scope->n_tables == 1 && pl->scope->tables[0].kind == SCOPE_BASE
               ? &pl->scope->tables[0]
               : NULL;
}

bool
plan_pins_hold(const struct plan *p, const struct literals *lits)
{
    for (size_t i = 0; i < p->n_pins; i++) {
        if (p->pins[i].slot >= lits->n ||
            !slice_equal(p->pins[i].bytes, lits->items[p->pins[i].slot].bytes)) {
            return false;
        }
    }
    return true;
}

static bool
slot_count(struct planner *pl, const struct sql_node *n, struct template_builder *b)
{
    struct literal_ref lit;
    uint64_t v;
    if (n->kind != SQL_LITERAL || !literal_of_node(n, pl->lits, &lit) || lit.slot < 0 ||
        lit.value.kind != TYPE_LITERAL_INT || !slice_parse_u64(lit.value.bytes, &v)) {
        return plan_refuse(pl, "LIMIT is not a plain number");
    }
    template_slot(b, (struct slot){.kind = SLOT_COUNT, .literal = (unsigned) lit.slot});
    return true;
}

bool
plan_limit(struct planner *pl, const struct sql_node *limit, struct template_builder *b)
{
    if (limit == NULL) {
        return true;
    }
    const struct sql_limit *l = sql_as_limit(limit);
    if (l->with_ties || l->rows_examined || l->count == NULL) {
        return plan_refuse(pl, "LIMIT with an extension");
    }
    template_text(b, " LIMIT ");
    if (!slot_count(pl, l->count, b)) {
        return false;
    }
    if (l->offset) {
        template_text(b, " OFFSET ");
        return slot_count(pl, l->offset, b);
    }
    return true;
}

/* ---- properties of the tree ---- */

struct traits {
    bool side_effects, calc_found_rows, fulltext, outfile, names_keys, introducer;
    const char *forbidden;
};

static bool
name_in(struct slice name, const char *const *names)
{
    for (; *names; names++) {
        if (slice_equal_str_ci(name, *names)) {
            return true;
        }
    }
    return false;
}

static enum sql_visit
find_traits(void *ctx, struct sql_node *n)
{
    static const char *const effects[] = {
        "get_lock", "release_lock", "release_all_locks", "sleep",     "last_insert_id",
        "setval",   "nextval",      "benchmark",         "row_count", "found_rows",
        NULL};
    static const char *const forbidden[] = {"load_file", "sys_exec", "sys_eval", "master_pos_wait",
                                            NULL};
    struct traits *t = ctx;
    if (n->kind == SQL_USERVAR_SET || n->kind == SQL_NEXT_VALUE) {
        t->side_effects = true;
    } else if (n->kind == SQL_INTO) {
        t->side_effects = true;
        t->outfile |= sql_as_into(n)->into != SQL_INTO_VARS;
    } else if (n->kind == SQL_FUNCTION) {
        const struct sql_function *f = sql_as_function(n);
        t->side_effects |= name_in(f->name, effects);
        if (name_in(f->name, forbidden)) {
            t->forbidden = "a function that reads files";
        }
    } else if (n->kind == SQL_SELECT) {
        t->calc_found_rows |= (sql_as_select(n)->options & SQL_SELECT_CALC_FOUND_ROWS) != 0;
    } else if (n->kind == SQL_LITERAL) {
        t->introducer |= sql_as_literal(n)->charset.data != NULL;
    } else if (n->kind == SQL_INDEX_HINT) {
        t->names_keys = true;
    } else if (n->kind == SQL_MATCH) {
        t->fulltext = true;
    } else if (n->kind == SQL_PROCEDURE) {
        t->forbidden = "PROCEDURE ANALYSE";
    }
    return SQL_CONTINUE;
}

/* ---- statement families ---- */

/* TIMESTAMP values are shown in a zone that only the engine knows. */
static bool
needs_zone(struct planner *pl)
{
    const struct scope *s = pl->scope;
    for (size_t i = 0; i < s->n_tables && !pl->ctx->env->tz.known; i++) {
        const struct cat_table *t = s->tables[i].kind == SCOPE_BASE ? s->tables[i].table : NULL;
        for (size_t k = 0; t && k < t->n_columns; k++) {
            if (t->columns[k].type->family == TYPE_TIMESTAMP) {
                return !plan_refuse(pl, "a TIMESTAMP in a zone that only the engine knows");
            }
        }
    }
    return false;
}

static struct status
build_select(struct planner *pl, const struct sql_query *q)
{
    struct plan *p = pl->p;
    const struct scope *s = pl->scope;
    if (scope_count(s, 1u << SCOPE_BASE | 1u << SCOPE_VIEW) == 0) {
        p->kind = PLAN_LOCAL;
        return OK;
    }
    if (pl->ctx->select_limit) {
        plan_refuse(pl, "sql_select_limit");
    } else if (!pl->ctx->trusted_only && !needs_zone(pl) && plan_try_rewrite(pl, q)) {
        p->kind = PLAN_REWRITE;
        return OK;
    }
    p->kind = PLAN_SPLIT;
    return plan_fetches(pl, q->locks.count ? FETCH_UPDATE : FETCH_PLAIN);
}

static struct status
build_change(struct planner *pl, bool fast)
{
    struct plan *p = pl->p;
    if (scope_count(pl->scope, 1u << SCOPE_BASE | 1u << SCOPE_VIEW) == 0) {
        p->kind = PLAN_LOCAL; /* temporary tables only, or wrong */
        return OK;
    }
    if (fast) {
        return OK;
    }
    p->kind = PLAN_TRUSTED;
    return plan_fetches(pl, FETCH_UPDATE);
}

/* Marks what an UPDATE or DELETE writes: the named targets, or every base table of its own block. */
static void
mark_targets(struct planner *pl, const struct sql_list *names)
{
    for (size_t i = 0; i < pl->scope->n_tables; i++) {
        struct scope_table *t = &pl->scope->tables[i];
        if (t->block != 0 || (t->kind != SCOPE_BASE && t->kind != SCOPE_VIEW)) {
            continue;
        }
        t->target = names == NULL || names->count == 0;
        if (names) {
            SQL_FOR_EACH(n, names)
            {
                t->target |= slice_equal(sql_as_table(n)->name, t->alias);
            }
        }
    }
}

static struct status
unsupported(struct planner *pl, const char *what)
{
    FAIL(pl->d, UNSUPPORTED, "%s is not supported through Allium", what);
}

/* There are no such objects, which the mirror says in MySQL's words; SIGNAL only makes an error. */
static bool
mirror_answers(const struct sql_opaque *o)
{
    static const unsigned dropped = 1u << SQL_OPAQUE_ROUTINE | 1u << SQL_OPAQUE_TRIGGER |
                                    1u << SQL_OPAQUE_EVENT | 1u << SQL_OPAQUE_SEQUENCE;
    return (dropped >> o->opaque & 1 && slice_equal_str_ci(slice_sub(o->text, 0, 4), "drop")) ||
           (o->opaque == SQL_OPAQUE_SIGNAL && !slice_equal_str_ci(slice_sub(o->text, 0, 3), "get"));
}

static struct status
build_opaque(struct planner *pl, const struct sql_opaque *o)
{
    static const char *const names[SQL_OPAQUE_COUNT] = {
        [SQL_OPAQUE_ROUTINE] = "stored routines",
        [SQL_OPAQUE_TRIGGER] = "triggers",
        [SQL_OPAQUE_EVENT] = "events",
        [SQL_OPAQUE_SEQUENCE] = "sequences",
        [SQL_OPAQUE_COMPOUND] = "compound statements",
        [SQL_OPAQUE_XA] = "XA",
        [SQL_OPAQUE_SERVER] = "server administration",
        [SQL_OPAQUE_REPLICATION] = "replication control",
        [SQL_OPAQUE_SIGNAL] = "GET DIAGNOSTICS",
        [SQL_OPAQUE_HELP] = "HELP",
        [SQL_OPAQUE_BACKUP] = "BACKUP and CLONE",
        [SQL_OPAQUE_OTHER] = "this statement",
    };
    if (o->opaque == SQL_OPAQUE_GRANT || o->opaque == SQL_OPAQUE_USER) {
        pl->p->kind = PLAN_ACCOUNT;
        return OK;
    }
    if (mirror_answers(o)) {
        pl->p->kind = PLAN_LOCAL;
        return OK;
    }
    return unsupported(pl, names[o->opaque]);
}

/* Is there a base table with this option? */
static bool
has_option(const struct scope *s, const char *option)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        const struct cat_table *t = s->tables[i].table;
        if (t && memmem(t->create_sql.data, t->create_sql.len, option, strlen(option))) {
            return true;
        }
    }
    return false;
}

/* A checksum is of the rows as they lie in the working table. QUICK is one that the engine keeps, or NULL. */
static struct status
build_maintenance(struct planner *pl, const struct sql_maintenance *m)
{
    pl->p->kind = PLAN_LOCAL;
    if (m->maintenance != SQL_MAINTENANCE_CHECKSUM ||
        scope_count(pl->scope, 1u << SCOPE_BASE) == 0) {
        return OK;
    }
    if (has_option(pl->scope, " ROW_FORMAT=FIXED")) {
        return unsupported(pl, "CHECKSUM TABLE with ROW_FORMAT = FIXED");
    }
    if (slice_equal_str_ci(m->text, "quick")) {
        return has_option(pl->scope, " CHECKSUM=1")
                   ? unsupported(pl, "QUICK of a table with CHECKSUM = 1")
                   : OK;
    }
    pl->p->kind = PLAN_SPLIT;
    return plan_fetches(pl, FETCH_PLAIN);
}

static struct status
build_root(struct planner *pl, const struct sql_node *root)
{
    struct plan *p = pl->p;
    const bool fast = !pl->ctx->trusted_only;
    switch (root->kind) {
    case SQL_QUERY:
        return build_select(pl, sql_as_query(root));
    case SQL_INSERT:
        return build_change(pl, fast && plan_try_insert(pl, sql_as_insert(root)));
    case SQL_UPDATE:
        mark_targets(pl, NULL);
        return build_change(pl, fast && plan_try_update(pl, sql_as_update(root)));
    case SQL_DELETE:
        mark_targets(pl, &sql_as_delete(root)->targets);
        return build_change(pl, fast && plan_try_delete(pl, sql_as_delete(root)));
    case SQL_LOAD_DATA:
        if (!sql_as_load_data(root)->local) {
            return unsupported(pl, "LOAD DATA INFILE without LOCAL: reading the server's files");
        }
        p->kind = PLAN_TRUSTED;
        return plan_fetches(pl, FETCH_UPDATE);
    case SQL_BEGIN:
    case SQL_COMMIT:
    case SQL_SAVEPOINT:
    case SQL_SET_TRANSACTION:
    case SQL_LOCK_TABLES:
    case SQL_UNLOCK_TABLES:
        p->kind = PLAN_TXN;
        return OK;
    case SQL_SET:
        if (sql_as_set(root)->items.count == 1 &&
            sql_as_set(root)->items.first->kind == SQL_SET_PASSWORD) {
            p->kind = PLAN_ACCOUNT;
            return OK;
        }
        p->kind = PLAN_SESSION;
        return plan_fetches(pl, FETCH_PLAIN); /* SET @v = (SELECT ..) */
    case SQL_USE:
        p->kind = PLAN_SESSION;
        return OK;
    case SQL_ALTER_TABLE:
        p->kind = PLAN_DDL;
        p->in_schema = true; /* if its rows must be looked at */
        return OK;
    case SQL_CREATE_TABLE:
        p->kind = PLAN_DDL;
        return sql_as_create_table(root)->temporary ? plan_fetches(pl, FETCH_PLAIN) : OK;
    case SQL_CREATE_INDEX:
    case SQL_DROP_INDEX:
    case SQL_DROP_TABLE:
    case SQL_RENAME_TABLE:
    case SQL_TRUNCATE:
    case SQL_CREATE_DATABASE:
    case SQL_ALTER_DATABASE:
    case SQL_DROP_DATABASE:
    case SQL_CREATE_VIEW:
    case SQL_DROP_VIEW:
        p->kind = PLAN_DDL;
        return OK;
    case SQL_FLUSH:
    case SQL_EMPTY:
        p->kind = PLAN_NOTHING;
        return OK;
    case SQL_EXPLAIN:
        p->kind = sql_as_explain(root)->allium ? PLAN_EXPLAIN : PLAN_LOCAL;
        return OK;
    case SQL_MAINTENANCE:
        return build_maintenance(pl, sql_as_maintenance(root));
    case SQL_SHOW:
    case SQL_DESCRIBE:
    case SQL_CALL: /* there are no routines: the mirror says so */
    case SQL_KILL:
        p->kind = PLAN_LOCAL;
        return OK;
    case SQL_DO:
        p->kind = PLAN_LOCAL;
        if (scope_count(pl->scope, 1u << SCOPE_BASE | 1u << SCOPE_VIEW)) {
            p->kind = PLAN_SPLIT;
            return plan_fetches(pl, FETCH_PLAIN);
        }
        return OK;
    case SQL_SET_STATEMENT:
        p->kind = PLAN_SETTINGS;
        return OK;
    case SQL_PREPARE:
    case SQL_EXECUTE:
    case SQL_DEALLOCATE:
        p->kind = PLAN_NAMED;
        return OK;
    case SQL_OPAQUE:
        return build_opaque(pl, sql_as_opaque(root));
    default:
        return unsupported(pl, sql_ast_kind_name(root->kind));
    }
}

/* Itself, or by a common table expression that stands twice: MySQL may write that out twice. */
static bool
names_table_twice(const struct scope *s)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct scope_table *a = &s->tables[i], *b = &s->tables[k];
            if ((a->table && a->table == b->table) ||
                (a->kind == SCOPE_CTE && a->query && a->query == b->query)) {
                return true;
            }
        }
    }
    return false;
}

/* sql_auto_is_null: id IS NULL is the last generated id, which only the session that made it knows. */
static enum sql_visit
find_id_null(void *ctx, struct sql_node *n)
{
    struct planner *pl = ctx;
    if (n->kind == SQL_IS && sql_as_is(n)->what == SQL_IS_NULL &&
        sql_as_is(n)->arg->kind == SQL_COLUMN) {
        const struct scope_column c = scope_resolve(pl->scope, sql_as_is(n)->arg);
        pl->asks_last_id |= c.table && c.table->table && c.table->table->autoinc == c.column;
    }
    return SQL_CONTINUE;
}

static bool
needs_partitions(const struct scope *s)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        const struct scope_table *t = &s->tables[i];
        if (t->kind == SCOPE_BASE &&
            (sql_as_table(t->node)->partitions.count ||
             (t->target && catalog_partitioning(t->table) == CAT_PARTITIONS_SOME))) {
            return true;
        }
    }
    return false;
}

struct status
plan_build(struct plan *p, const struct plan_context *ctx, const struct sql_stmt *stmt,
           const struct literals *lits, struct diag *d)
{
    struct planner pl = {.p = p, .ctx = ctx, .lits = lits, .d = d};
    p->stmt = stmt;
    TRY(scope_build(p->arena, ctx->catalog, &ctx->session, stmt, &pl.scope, d));
    p->scope = pl.scope;
    struct traits traits = {0};
    sql_walk(stmt->root, find_traits, &traits);
    if (traits.outfile) {
        FAIL(d, UNSUPPORTED,
             "SELECT .. INTO OUTFILE and DUMPFILE are not supported through Allium");
    }
    if (traits.forbidden) {
        FAIL(d, UNSUPPORTED, "%s is not supported through Allium", traits.forbidden);
    }
    if (ctx->auto_is_null) {
        sql_walk(stmt->root, find_id_null, &pl);
    }
    if (pl.asks_last_id) {
        return unsupported(&pl, "IS NULL of an AUTO_INCREMENT column under sql_auto_is_null");
    }
    p->names_keys = traits.names_keys;
    p->introducer = traits.introducer;
    p->side_effects = traits.side_effects;
    p->calc_found_rows = traits.calc_found_rows;
    p->fulltext = traits.fulltext;
    TRY(build_root(&pl, stmt->root));
    p->in_schema |= (ctx->env->flavour == TYPE_MYSQL && names_table_twice(pl.scope)) ||
                    needs_partitions(pl.scope) || p->fulltext;
    TRY(plan_pin(&pl, stmt));
    return arena_status(p->arena);
}
