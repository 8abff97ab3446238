/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a statement: digest, plan cache, or parse and plan; then run. A plan whose literals do
 * not fit its slots is planned afresh; one whose physical table has gone meanwhile is planned again
 * on the new catalog.
 */
#include "proxy/exec/exec.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "proxy/exec/access.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/exec/rest.h"
#include "rewriter/plan/view.h"

#define ATTEMPTS 4

/* ---- life ---- */

struct status
exec_new(struct exec **out, struct exec_shared *s, struct session_info *info, struct diag *d)
{
    struct exec *e = calloc(1, sizeof *e);
    if (e == NULL) {
        RAISE(NO_MEMORY);
    }
    *e = (struct exec){.shared = s, .info = info, .warnings_here = true};
    e->arena = arena_create((size_t) s->cfg->proxy_session_memory);
    e->batch = arena_create(0);
    e->warnings_arena = arena_create(0);
    map_init(&e->temp_tables, false);
    if (e->arena == NULL || e->batch == NULL || e->warnings_arena == NULL) {
        exec_free(e);
        RAISE(NO_MEMORY);
    }
    *out = e;
    return OK;
}

struct exec *
exec_free(struct exec *e)
{
    if (e) {
        exec_stmts_free(e);
        backend_stmt_close(e->renamed);
        backend_pool_give(e->shared->pool, e->server);
        backend_pool_forget(e->shared->pool, e->info->id);
        access_free(e->access);
        rest_free(e->rest);
        scratch_session_close(e->scratch);
        map_deinit(&e->temp_tables);
        arena_free(e->arena);
        arena_free(e->batch);
        arena_free(e->warnings_arena);
        free(e);
    }
    return NULL;
}

void
exec_enter(struct exec *e, struct exec_worker *w)
{
    e->worker = w;
}

void
exec_leave(struct exec *e)
{
    exec_server_release(e);
    if (e->worker) { /* none while the login itself made the session */
        keyring_trim(e->worker->keyring, 4096);
        e->worker = NULL;
    }
}

void
exec_cancel(struct exec *e)
{
    struct diag ignored = DIAG_INIT;
    const uint64_t server = atomic_load(&e->server_thread);
    if (server) {
        const struct status s =
            backend_kill(&e->shared->backend_params, server, BACKEND_KILL_QUERY, &ignored);
        (void) s; /* the statement may have ended meanwhile */
    }
    const uint64_t scratch = atomic_load(&e->scratch_thread);
    if (scratch) {
        const struct status s = scratch_session_cancel(e->shared->scratch, scratch, &ignored);
        (void) s;
    }
}

/* ---- planning ---- */

static bool
is_temp(void *ctx, struct slice db, struct slice name)
{
    struct exec *e = ctx;
    if (e->temp_tables.count == 0) {
        return false;
    }
    const struct slice key = arena_printf(e->arena, "%.*s.%.*s", SLICE_ARG(db), SLICE_ARG(name));
    return map_find(&e->temp_tables, key) != NULL;
}

struct plan_context
exec_plan_context(struct exec *e, struct catalog *cat)
{
    const struct exec_state *st = &e->state;
    return (struct plan_context){
        .catalog = cat,
        .session = {.db = exec_db(e),
                    .cte_case = e->shared->flavour == BACKEND_MYSQL,
                    .is_temp = is_temp,
                    .ctx = e},
        .options = &st->options,
        .env = &st->env,
        .collations = exec_collations_set(e->shared->collations),
        .connection = st->connection,
        .safe_updates = st->safe_updates,
        .select_limit = st->select_limit,
        .auto_is_null = st->auto_is_null,
    };
}

/* MySQL may know a statement that this grammar does not: its own error if not, 1235 if so. */
static STATUS
judge_syntax_error(struct exec *e, struct slice text, struct diag *d)
{
    struct backend_conn *c;
    struct backend_stmt *stmt = NULL;
    const struct diag ours = *d;
    diag_clear(d);
    TRY(exec_scratch(e, &c, d));
    const struct status s = backend_prepare(c, text, &stmt, d);
    if (!status_is_ok(s) && d->mysql_errno != 1295) {
        exec_warnings_of_error(e, d);
        return s; /* wrong in MySQL too: its text */
    }
    backend_stmt_close(stmt);
    diag_clear(d);
    FAIL(d, UNSUPPORTED, "Allium does not understand this statement: %s", ours.message);
}

static STATUS
parse(struct exec *e, struct arena *a, struct slice text, const struct sql_options *options,
      struct sql_stmt **out, struct diag *d)
{
    const struct status s = sql_parse(a, text, options, out, d);
    if (s.code == STATUS_SYNTAX || s.code == STATUS_TOO_COMPLEX) {
        return judge_syntax_error(e, text, d);
    }
    return s;
}

bool
exec_may_name_view(const struct sql_node *root)
{
    return root->kind == SQL_QUERY || root->kind == SQL_INSERT || root->kind == SQL_UPDATE ||
           root->kind == SQL_DELETE || root->kind == SQL_DO || root->kind == SQL_SET;
}

/* ---- CURRENT_USER() and USER() in statements that the trusted side runs over rows ---- */

struct identity {
    struct exec *e;
    const struct catalog *cat;
    struct slice text;
    struct buf out;
    size_t done;
    bool any, table;
};

static enum sql_visit
name_client(void *ctx, struct sql_node *n)
{
    struct identity *x = ctx;
    const struct session_info *info = x->e->info;
    if (n->kind == SQL_TABLE) {
        const struct sql_table *t = sql_as_table(n);
        const struct slice db = t->db.data ? t->db : exec_db(x->e);
        x->table |= db.data && catalog_find_table(x->cat, db, t->name) != NULL;
    }
    if (n->kind != SQL_FUNCTION || sql_as_function(n)->args.count || n->span.begin < x->done) {
        return SQL_CONTINUE;
    }
    const struct slice name = sql_as_function(n)->name;
    const bool account = slice_equal_str_ci(name, "current_user");
    if (!account && !slice_equal_str_ci(name, "user") &&
        !slice_equal_str_ci(name, "session_user") && !slice_equal_str_ci(name, "system_user")) {
        return SQL_CONTINUE;
    }
    const struct slice who =
        account ? arena_printf(x->e->arena, "%s@%s", info->account_user, info->account_host)
                : arena_printf(x->e->arena, "%s@%s", info->user, info->host);
    buf_append_slice(&x->out, slice_sub(x->text, x->done, n->span.begin - x->done));
    sql_print_string(who, x->e->state.options.mode, &x->out);
    x->done = n->span.end;
    x->any = true;
    return SQL_CONTINUE;
}

/* The scratch session's account is not the client's: its names are put in as strings. */
static STATUS
put_identity(struct exec *e, struct plan *p, const struct catalog *cat, struct sql_stmt **stmt,
             struct diag *d)
{
    struct identity x = {.e = e, .cat = cat, .text = (*stmt)->text};
    if (!exec_may_name_view((*stmt)->root)) {
        return OK;
    }
    sql_walk((*stmt)->root, name_client, &x);
    struct status s = OK;
    if (x.any && (x.table || (*stmt)->root->kind != SQL_QUERY)) {
        buf_append_slice(&x.out, slice_from(x.text, x.done));
        p->run_text = arena_dup(p->arena, buf_slice(&x.out));
        s = buf_status(&x.out);
        s = status_is_ok(s) ? parse(e, p->arena, p->run_text, &e->state.options, stmt, d) : s;
    }
    buf_deinit(&x.out);
    return s;
}

/* Names of tables that do not exist are the mirror's to report, with MySQL's words. */
struct status
exec_plan_text(struct exec *e, struct slice text, bool trusted_only, struct plan **out,
               struct diag *d)
{
    const struct sql_options *options = &e->state.options;
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(e->shared->store);
    struct plan *p;
    struct sql_stmt *stmt;
    TRY(plan_new(&p, cat));
    struct plan_context ctx = exec_plan_context(e, cat);
    ctx.trusted_only = trusted_only;
    struct status s = parse(e, p->arena, arena_dup(p->arena, text), options, &stmt, d);
    if (status_is_ok(s) && exec_may_name_view(stmt->root)) {
        s = view_expand(p->arena, cat, &ctx.session, options, text, &p->run_text, d);
        if (status_is_ok(s) && p->run_text.data) {
            s = parse(e, p->arena, p->run_text, options, &stmt, d);
        }
    }
    if (status_is_ok(s)) {
        s = put_identity(e, p, cat, &stmt, d);
    }
    if (status_is_ok(s)) {
        struct type_literal *items;
        s = literal_from_stmt(p->arena, stmt, ctx.collations, ctx.connection, &items);
        const struct literals lits = {items, stmt->n_slots};
        if (status_is_ok(s)) {
            s = plan_build(p, &ctx, stmt, &lits, d);
        }
    }
    if (!status_is_ok(s)) {
        plan_unref(p);
        return s;
    }
    *out = p;
    return OK;
}

/* ---- running ---- */

/*
 * A transaction that began before a table was switched to other columns may have a snapshot in which
 * those are still empty: it has to begin again. Its other tables and older plans are not concerned.
 */
static STATUS
check_snapshot(struct exec_run *r)
{
    struct exec *e = r->e;
    const struct plan *p = r->plan;
    if (!e->in_trans) {
        e->trans_version = p->catalog_version;
        return OK;
    }
    for (size_t i = 0; p->scope && i < p->scope->n_tables; i++) {
        const struct cat_table *t = p->scope->tables[i].table;
        if (t && t->switched > e->trans_version) {
            FAIL(r->d, CATALOG_CHANGED, "Table definition has changed, please retry transaction");
        }
    }
    return OK;
}

static struct status
run_plan(struct exec_run *r, bool *fits)
{
    *fits = true;
    TRY(check_snapshot(r));
    if (r->plan->kind != PLAN_REWRITE) {
        exec_adapt_see(r->e, &r->plan->wants);
    }
    if (r->plan->stmt && r->plan->stmt->root->kind == SQL_EMPTY && r->sql.len == 0) {
        FAIL_SQL(r->d, 1065, "42000", "Query was empty"); /* a comment alone is none */
    }
    switch (r->plan->kind) {
    case PLAN_LOCAL:
        return exec_local(r);
    case PLAN_SESSION:
        return r->plan->n_fetches ? exec_over_rows(r, fits, exec_session_statement)
                                  : exec_session_statement(r);
    case PLAN_TXN:
        return exec_txn(r);
    case PLAN_DDL:
        return exec_ddl(r);
    case PLAN_NOTHING: {
        const struct result_ok ok = {.flags = r->more};
        exec_warnings_clear(r->e);
        return result_ok(r->w, &ok);
    }
    case PLAN_NAMED:
        return exec_named(r);
    case PLAN_SETTINGS:
        return exec_settings(r);
    case PLAN_EXPLAIN:
        return exec_explain(r);
    case PLAN_ACCOUNT:
        return exec_account(r);
    case PLAN_REWRITE:
        return exec_rewrite(r, fits);
    case PLAN_SPLIT:
        return exec_split(r, fits);
    case PLAN_INSERT:
        return exec_insert(r, fits);
    case PLAN_UPDATE:
        return exec_update(r, fits);
    case PLAN_DELETE:
        return exec_delete(r, fits);
    case PLAN_TRUSTED:
        return exec_trusted(r, fits);
    }
    RAISE(BUG);
}

struct status
exec_run_plan(struct exec_run *r, bool *fits)
{
    rest_note_statement(r);
    return access_run_plan(r, fits, run_plan);
}

/* Columns that the proxy sends itself: of a query, or of INSERT .. RETURNING. */
static bool
needs_metadata(const struct plan *p)
{
    const bool query = p->kind == PLAN_REWRITE || p->kind == PLAN_SPLIT;
    return query ? p->stmt->root->kind == SQL_QUERY : p->kind == PLAN_INSERT && p->n_outputs;
}

/* The columns of INSERT .. RETURNING, as a SELECT that the mirror can describe. */
static STATUS
returning_query(struct exec *e, const struct plan *p, struct slice *out)
{
    const struct sql_list *items = &sql_as_insert(p->stmt->root)->returning;
    const size_t begin = items->first->span.begin, end = items->last->span.end;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "SELECT ");
    buf_append_slice(&sql, slice_sub(p->stmt->text, begin, end - begin));
    buf_append_str(&sql, " FROM ");
    sql_print_name(p->target->db, &sql);
    buf_append_u8(&sql, '.');
    sql_print_name(p->target->name, &sql);
    TRY(buf_status(&sql));
    *out = arena_dup(e->arena, buf_slice(&sql));
    return arena_status(e->arena);
}

struct status
exec_describe_plan(struct exec_run *r, const struct plan *p, struct arena *a)
{
    struct slice sql = r->sql;
    if (p->kind == PLAN_INSERT) {
        TRY(returning_query(r->e, p, &sql));
    }
    return exec_describe(r->e, sql, p->side_effects, a, &r->columns, &r->n_columns, r->d);
}

static void
cache_key(struct exec *e, const struct sql_digest *g, struct exec_key *key)
{
    mem_copy(key->bytes, g->hash, 16);
    mem_copy(key->bytes + 16, g->raw_hash, 16);
    mem_put_le64(key->bytes + 32, e->state.context_hash);
    mem_put_le64(key->bytes + 40, slice_hash(exec_db(e)));
}

static bool
cacheable(const struct plan *p)
{
    switch (p->kind) {
    case PLAN_REWRITE:
    case PLAN_SPLIT:
    case PLAN_INSERT:
    case PLAN_UPDATE:
    case PLAN_DELETE:
        return !p->side_effects && !p->introducer && p->run_text.data == NULL;
    default:
        return false;
    }
}

static STATUS
literals_of_digest(struct exec *e, const struct sql_digest *g, struct literals *out)
{
    struct type_literal *items = arena_array(e->arena, struct type_literal, g->n_literals);
    TRY(arena_status(e->arena));
    for (uint32_t i = 0; i < g->n_literals; i++) {
        TRY(literal_from_token(e->arena, &g->literals[i], &e->state.options, e->state.connection,
                               &items[i]));
    }
    *out = (struct literals){items, g->n_literals};
    return OK;
}

/* Under which the plan for literals that the faster one does not fit is kept. */
static struct exec_key
slow_key(const struct exec_key *key)
{
    struct exec_key slow = *key;
    slow.bytes[47] ^= 0xff;
    return slow;
}

/* A hit runs without parsing. *done false: plan afresh; *unfit: there is a plan, for other literals. */
static STATUS
run_cached(struct exec_run *r, const struct sql_digest *g, const struct exec_key *key, bool *done,
           bool *unfit)
{
    struct exec *e = r->e;
    struct exec_cached hit;
    struct literals lits;
    *done = false;
    if (e->temp_tables.count ||
        !exec_cache_find(e->shared->cache, key, store_version(e->shared->store), &hit)) {
        return OK;
    }
    struct status s = literals_of_digest(e, g, &lits);
    if (status_is_ok(s) && plan_pins_hold(hit.plan, &lits)) {
        bool fits;
        r->plan = hit.plan;
        r->lits = &lits;
        r->columns = hit.columns;
        r->n_columns = hit.n_columns;
        s = exec_run_plan(r, &fits);
        *done = fits || !status_is_ok(s);
        *unfit = !*done;
        r->plan = NULL;
        r->columns = NULL;
    }
    plan_unref(hit.plan);
    return s;
}

static STATUS run_slow(struct exec_run *r, const struct exec_key *key);

static STATUS
run_fresh(struct exec_run *r, const struct exec_key *key, bool trusted_only)
{
    struct exec *e = r->e;
    struct plan *plan;
    TRY(exec_plan_text(e, r->sql, trusted_only, &plan, r->d));
    struct type_literal *items;
    const struct plan_context ctx = exec_plan_context(e, (struct catalog *) plan->catalog);
    struct status s =
        literal_from_stmt(e->arena, plan->stmt, ctx.collations, ctx.connection, &items);
    const struct literals lits = {items, plan->stmt->n_slots};
    r->plan = plan;
    r->lits = &lits;
    r->columns = NULL;
    if (status_is_ok(s) && needs_metadata(plan)) {
        s = access_prepare(e, r->sql, r->d); /* rather than the mirror's errors of a full account */
    }
    if (status_is_ok(s) && needs_metadata(plan)) {
        s = exec_describe_plan(r, plan, plan->arena);
        if (status_is_ok(s) && e->describe_warned && plan->kind == PLAN_REWRITE) {
            /* the warning is the statement's own: let the trusted side run it and give it */
            r->plan = NULL;
            plan_unref(plan);
            return run_fresh(r, NULL, true);
        }
    }
    if (status_is_ok(s)) {
        if (key && cacheable(plan) && e->temp_tables.count == 0) {
            const struct exec_cached entry = {plan, r->columns, r->n_columns};
            exec_cache_put(e->shared->cache, key, &entry);
        }
        bool fits = true;
        s = exec_run_plan(r, &fits);
        if (status_is_ok(s) && !fits) {
            r->plan = NULL;
            plan_unref(plan);
            if (trusted_only) {
                FAIL(r->d, BUG, "a plan does not fit the statement it was made for");
            }
            return run_slow(r, key);
        }
    }
    r->plan = NULL;
    plan_unref(plan);
    return s;
}

/* The literals do not fit the fast plan: one that leaves them to the trusted side, kept beside it. */
static STATUS
run_slow(struct exec_run *r, const struct exec_key *key)
{
    const struct exec_key slow = key ? slow_key(key) : (struct exec_key){{0}};
    return run_fresh(r, key ? &slow : NULL, true);
}

/* Physical names change when a table does: then the statement is planned again. */
static bool
is_stale(const struct exec_run *r, struct status s)
{
    return s.code == STATUS_UPSTREAM_SQL &&
           (r->d->mysql_errno == 1146 || r->d->mysql_errno == 1054);
}

/* Inside a transaction there is no waiting: whoever changes the table may be waiting for us. */
static STATUS
stale_in_transaction(struct exec_run *r)
{
    diag_clear(r->d);
    store_poll(r->e->shared->store);
    FAIL(r->d, CATALOG_CHANGED, "Table definition has changed, please retry transaction");
}

static STATUS
run_planned(struct exec_run *r, const struct sql_digest *g, const struct exec_key *key)
{
    bool done, unfit = false, again;
    const struct exec_key slow = slow_key(key);
    TRY(run_cached(r, g, key, &done, &unfit));
    if (unfit) {
        TRY(run_cached(r, g, &slow, &done, &again));
        return done ? OK : run_slow(r, key);
    }
    return done ? OK : run_fresh(r, key, false);
}

struct status
exec_retry_stale(struct exec_run *r, exec_attempt_fn *attempt, void *ctx)
{
    struct store *store = r->e->shared->store;
    struct status s = OK;
    for (int i = 0; i < ATTEMPTS; i++) {
        const uint64_t version = store_version(store);
        bool changed = false;
        r->server_stale = false;
        s = attempt(r, ctx);
        if (!is_stale(r, s) || i + 1 == ATTEMPTS) {
            return s;
        }
        if (r->e->in_trans) { /* what the mirror says is missing is missing */
            return r->server_stale ? stale_in_transaction(r) : s;
        }
        const struct diag first = *r->d;
        diag_clear(r->d);
        if (!status_is_ok(store_wait(store, version, &changed, r->d)) || !changed) {
            *r->d = first;
            return s;
        }
        diag_clear(r->d);
    }
    return s;
}

static STATUS
attempt_planned(struct exec_run *r, void *ctx)
{
    struct exec_key key;
    cache_key(r->e, ctx, &key);
    return run_planned(r, ctx, &key);
}

static STATUS
run_one(struct exec_run *r, struct sql_digest *g)
{
    return exec_retry_stale(r, attempt_planned, g);
}

struct status
exec_finish(struct exec *e, struct status s, struct diag *d)
{
    if (!status_is_ok(s) && d->mysql_errno) {
        access_error(e, d);
        exec_warnings_error(e, d);
        exec_server_ask(e, d);
        e->row_count = -1;
    }
    e->error_here = false;
    exec_scratch_idle(e);
    if (e->server && backend_is_lost(e->server)) {
        exec_server_drop(e);
    }
    return s;
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without the `;` and outer space. Not from first to last token: a versioned comment may open before
 * the one and close after the other. */
static struct slice
statement_text(struct slice part, struct sql_span span)
{
    size_t begin = 0, end = part.len;
    while (begin < span.begin && is_space(part.data[begin])) {
        begin++;
    }
    while (end > span.end && is_space(part.data[end - 1])) {
        end--;
    }
    end -= end > span.end && part.data[end - 1] == ';';
    return slice_sub(part, begin, end - begin);
}

/* A second statement that the client has not asked leave for is a syntax error, in MySQL's words. */
static STATUS
refuse_second(struct exec *e, struct slice rest, struct slice all, struct diag *d)
{
    struct sql_digest g;
    struct backend_conn *c;
    struct backend_stmt *stmt = NULL;
    TRY(sql_digest_run(e->worker->digester, rest, &e->state.options, &g, d));
    if (g.first_word == 0 && g.n_literals == 0 && g.span.begin == g.span.end) {
        return OK;
    }
    TRY(exec_scratch(e, &c, d));
    const struct status s = backend_prepare(c, all, &stmt, d);
    backend_stmt_close(stmt);
    if (!status_is_ok(s)) {
        exec_warnings_of_error(e, d);
        return s;
    }
    FAIL(d, SYNTAX, "several statements in one text");
}

struct status
exec_query(struct exec *e, struct slice sql, struct result_writer *w, struct diag *d)
{
    size_t at = 0;
    do {
        arena_reset(e->arena);
        arena_reset(e->batch);
        struct sql_digest g;
        TRY(exec_state_need(e, d));
        const struct status lexed =
            sql_digest_run(e->worker->digester, slice_from(sql, at), &e->state.options, &g, d);
        if (!status_is_ok(lexed)) { /* an open quote or comment: MySQL's own words for it */
            return exec_finish(e, judge_syntax_error(e, slice_from(sql, at), d), d);
        }
        const size_t next = at + g.next;
        const bool more = next < sql.len && e->info->multi_statements;
        if (next < sql.len && !e->info->multi_statements) {
            TRY(exec_finish(e, refuse_second(e, slice_from(sql, next), sql, d), d));
            TRY(sql_digest_run(e->worker->digester, sql, &e->state.options, &g, d));
        }
        struct exec_run r = {.e = e, .w = w, .d = d, .more = more ? RESULT_MORE : 0};
        r.sql = statement_text(slice_sub(sql, at, next - at), g.span);
        TRY(exec_finish(e, run_one(&r, &g), d));
        at = next;
    } while (at < sql.len && e->info->multi_statements);
    return OK;
}

struct status
exec_nested(struct exec_run *outer, struct slice sql)
{
    struct exec_run r = {
        .e = outer->e, .w = outer->w, .d = outer->d, .more = outer->more, .sql = sql};
    return run_fresh(&r, NULL, false);
}

/* ---- session commands ---- */

struct status
exec_init_db(struct exec *e, struct slice db, struct diag *d)
{
    struct backend_conn *c;
    arena_reset(e->arena);
    TRY(exec_scratch(e, &c, d));
    struct status s = access_init_db(e, db, d);
    if (status_is_ok(s)) {
        s = backend_init_db(c, db, d);
    }
    TRY(exec_finish(e, s, d));
    TRY(exec_state_sync(e, d));
    exec_warnings_clear(e);
    return OK;
}

struct status
exec_reset(struct exec *e, struct diag *d)
{
    exec_stmts_free(e);
    e->renamed = backend_stmt_close(e->renamed);
    arena_reset(e->arena);
    map_deinit(&e->temp_tables);
    if (e->server) {
        e->in_trans = e->locked_tables = e->next_trans_set = e->has_savepoint = false;
        backend_pool_give(e->shared->pool, STEAL(e->server));
    }
    backend_pool_forget(e->shared->pool, e->info->id);
    e->info->status = SESSION_STATUS_AUTOCOMMIT;
    e->info->last_insert_id = 0;
    e->insert_id_stale = false;
    e->names_set = false;
    access_reset(e);
    e->rest = rest_free(e->rest);
    e->scratch = scratch_session_close(e->scratch);
    e->state_known = false;
    exec_warnings_clear(e);
    return exec_state_need(e, d);
}

struct status
exec_change_user(struct exec *e, struct diag *d)
{
    return exec_reset(e, d);
}
