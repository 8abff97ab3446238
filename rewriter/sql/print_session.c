/* SPDX-License-Identifier: Apache-2.0 */
/* The printer: session statements and administration. */
#include "rewriter/sql/print.h"

static void
put_flag(struct sql_print *c, bool on, const char *text)
{
    sql_print_str(c, on ? text : "");
}

static void
put_begin(struct sql_print *c, uint32_t options)
{
    static const char *const words[] = {"WITH CONSISTENT SNAPSHOT", "READ ONLY", "READ WRITE"};
    sql_print_str(c, options ? "START TRANSACTION" : "BEGIN");
    const char *separator = " ";
    for (size_t i = 0; i < 3; i++) {
        if (options & 1u << i) {
            sql_print_str(c, separator);
            sql_print_str(c, words[i]);
            separator = ", ";
        }
    }
}

static void
put_commit(struct sql_print *c, const struct sql_commit *m)
{
    static const char *const chain[] = {"", " AND NO CHAIN", " AND CHAIN"};
    static const char *const release[] = {"", " NO RELEASE", " RELEASE"};
    sql_print_str(c, m->rollback ? "ROLLBACK" : "COMMIT");
    sql_print_str(c, chain[m->chain]);
    sql_print_str(c, release[m->release]);
}

static const char *const scopes[] = {"", "SESSION ", "GLOBAL ", "PERSIST ", "PERSIST_ONLY "};

static void
put_set_transaction(struct sql_print *c, const struct sql_set_transaction *t)
{
    static const char *const isolation[] = {"", "READ UNCOMMITTED", "READ COMMITTED",
                                            "REPEATABLE READ", "SERIALIZABLE"};
    static const char *const access[] = {"", "READ ONLY", "READ WRITE"};
    buf_printf(c->out, "SET %sTRANSACTION ", scopes[t->scope]);
    if (t->isolation) {
        buf_printf(c->out, "ISOLATION LEVEL %s%s", isolation[t->isolation], t->access ? ", " : "");
    }
    sql_print_str(c, access[t->access]);
}

static void
put_set_names(struct sql_print *c, const struct sql_set_names *s)
{
    sql_print_str(c, "NAMES ");
    if (slice_is_null(s->charset)) {
        sql_print_str(c, "DEFAULT");
    } else {
        sql_print_string(s->charset, c->options->mode, c->out);
    }
    if (!slice_is_null(s->collation)) {
        sql_print_str(c, " COLLATE ");
        sql_print_string(s->collation, c->options->mode, c->out);
    }
}

static void
put_set_item(struct sql_print *c, const struct sql_node *n)
{
    switch ((enum sql_kind) n->kind) {
    case SQL_SET_VAR: {
        const struct sql_set_var *v = sql_as_set_var(n);
        sql_print_opt(c, "", v->target, " = ");
        sql_print_node(c, v->value);
        break;
    }
    case SQL_SET_NAMES:
        put_set_names(c, sql_as_set_names(n));
        break;
    case SQL_SET_CHARSET:
        sql_print_str(c, "CHARACTER SET ");
        if (slice_is_null(sql_as_set_charset(n)->charset)) {
            sql_print_str(c, "DEFAULT");
        } else {
            sql_print_string(sql_as_set_charset(n)->charset, c->options->mode, c->out);
        }
        break;
    default: /* PASSWORD, ROLE: the text begins with SET */
        break;
    }
}

static void
put_set(struct sql_print *c, const struct sql_set *s)
{
    if (s->items.first->kind == SQL_SET_PASSWORD) {
        buf_append_slice(c->out, sql_as_set_password(s->items.first)->text);
    } else if (s->items.first->kind == SQL_SET_ROLE) {
        buf_append_slice(c->out, sql_as_set_role(s->items.first)->text);
    } else {
        sql_print_clause(c, "SET ", &s->items, "");
    }
}

static void
put_explain(struct sql_print *c, const struct sql_explain *e)
{
    sql_print_str(c, "EXPLAIN ");
    put_flag(c, e->allium, "ALLIUM ");
    put_flag(c, e->analyze, "ANALYZE ");
    put_flag(c, e->extended, "EXTENDED ");
    put_flag(c, e->partitions, "PARTITIONS ");
    if (!slice_is_null(e->format)) {
        sql_print_str(c, "FORMAT = ");
        sql_print_ident(c, e->format);
        sql_print_str(c, " ");
    }
    sql_print_opt(c, "", e->stmt, "");
    sql_print_opt(c, "FOR CONNECTION ", e->connection, "");
}

static void
put_describe(struct sql_print *c, const struct sql_describe *d)
{
    sql_print_opt(c, "DESCRIBE ", d->table, "");
    if (!slice_is_null(d->column)) {
        sql_print_str(c, " ");
        sql_print_ident(c, d->column);
    }
    sql_print_opt(c, " ", d->pattern, "");
}

static void
put_execute(struct sql_print *c, const struct sql_execute *e)
{
    if (e->immediate) {
        sql_print_opt(c, "EXECUTE IMMEDIATE ", e->immediate, "");
    } else {
        sql_print_str(c, "EXECUTE ");
        sql_print_ident(c, e->name);
    }
    sql_print_clause(c, " USING ", &e->using, "");
}

static void
put_call(struct sql_print *c, const struct sql_call *k)
{
    sql_print_str(c, "CALL ");
    if (!slice_is_null(k->db)) {
        sql_print_ident(c, k->db);
        sql_print_str(c, ".");
    }
    sql_print_ident(c, k->name);
    sql_print_str(c, "(");
    sql_print_list(c, &k->args, ", ");
    sql_print_str(c, ")");
}

static void
put_kill(struct sql_print *c, const struct sql_kill *k)
{
    sql_print_str(c, "KILL ");
    put_flag(c, k->soft, "SOFT ");
    put_flag(c, k->query, "QUERY ");
    put_flag(c, k->query_id, "ID ");
    put_flag(c, k->user, "USER ");
    sql_print_node(c, k->id);
}

static void
put_maintenance(struct sql_print *c, const struct sql_maintenance *m)
{
    static const char *const words[] = {"ANALYZE ", "CHECK ",       "CHECKSUM ",  "OPTIMIZE ",
                                        "REPAIR ",  "CACHE INDEX ", "LOAD INDEX "};
    sql_print_str(c, words[m->maintenance]);
    put_flag(c, m->no_write, "NO_WRITE_TO_BINLOG ");
    sql_print_clause(c, "TABLE ", &m->tables, "");
    if (!slice_is_null(m->text)) {
        sql_print_str(c, " ");
        buf_append_slice(c->out, m->text);
    }
}

static void
put_savepoint(struct sql_print *c, const struct sql_savepoint *s)
{
    static const char *const words[] = {"SAVEPOINT ", "ROLLBACK TO SAVEPOINT ",
                                        "RELEASE SAVEPOINT "};
    sql_print_str(c, words[s->savepoint]);
    sql_print_ident(c, s->name);
}

static void
put_text_statement(struct sql_print *c, const struct sql_node *n)
{
    switch ((enum sql_kind) n->kind) {
    case SQL_SHOW:
        buf_append_slice(c->out, sql_as_show(n)->text);
        break;
    case SQL_HANDLER:
        sql_print_opt(c, "HANDLER ", sql_as_handler(n)->table, " ");
        buf_append_slice(c->out, sql_as_handler(n)->text);
        break;
    case SQL_FLUSH:
        sql_print_str(c, "FLUSH ");
        buf_append_slice(c->out, sql_as_flush(n)->text);
        break;
    case SQL_OPAQUE:
        buf_append_slice(c->out, sql_as_opaque(n)->text);
        break;
    default: /* EMPTY */
        break;
    }
}

static void
put_other(struct sql_print *c, const struct sql_node *n)
{
    static const char *const locks[] = {" READ", " READ LOCAL", " WRITE", " LOW_PRIORITY WRITE",
                                        " WRITE CONCURRENT"};
    switch ((enum sql_kind) n->kind) {
    case SQL_LOCK_TABLES:
        sql_print_clause(c, "LOCK TABLES ", &sql_as_lock_tables(n)->tables, "");
        sql_print_opt(c, " WAIT ", sql_as_lock_tables(n)->wait, "");
        break;
    case SQL_LOCK_ITEM:
        sql_print_opt(c, "", sql_as_lock_item(n)->table, locks[sql_as_lock_item(n)->mode]);
        break;
    case SQL_UNLOCK_TABLES:
        sql_print_str(c, "UNLOCK TABLES");
        break;
    case SQL_USE:
        sql_print_str(c, "USE ");
        sql_print_ident(c, sql_as_use(n)->db);
        break;
    case SQL_PREPARE:
        sql_print_str(c, "PREPARE ");
        sql_print_ident(c, sql_as_prepare(n)->name);
        sql_print_opt(c, " FROM ", sql_as_prepare(n)->from, "");
        break;
    case SQL_DEALLOCATE:
        sql_print_str(c, "DEALLOCATE PREPARE ");
        sql_print_ident(c, sql_as_deallocate(n)->name);
        break;
    case SQL_DO:
        sql_print_clause(c, "DO ", &sql_as_do(n)->args, "");
        break;
    default:
        put_text_statement(c, n);
        break;
    }
}

void
sql_print_session(struct sql_print *c, const struct sql_node *n)
{
    switch ((enum sql_kind) n->kind) {
    case SQL_BEGIN:
        put_begin(c, sql_as_begin(n)->options);
        break;
    case SQL_COMMIT:
        put_commit(c, sql_as_commit(n));
        break;
    case SQL_SAVEPOINT:
        put_savepoint(c, sql_as_savepoint(n));
        break;
    case SQL_SET_TRANSACTION:
        put_set_transaction(c, sql_as_set_transaction(n));
        break;
    case SQL_SET:
        put_set(c, sql_as_set(n));
        break;
    case SQL_SET_STATEMENT:
        sql_print_clause(c, "SET STATEMENT ", &sql_as_set_statement(n)->items, " FOR ");
        sql_print_node(c, sql_as_set_statement(n)->stmt);
        break;
    case SQL_SET_VAR:
    case SQL_SET_NAMES:
    case SQL_SET_CHARSET:
    case SQL_SET_PASSWORD:
    case SQL_SET_ROLE:
        put_set_item(c, n);
        break;
    case SQL_DESCRIBE:
        put_describe(c, sql_as_describe(n));
        break;
    case SQL_EXPLAIN:
        put_explain(c, sql_as_explain(n));
        break;
    case SQL_EXECUTE:
        put_execute(c, sql_as_execute(n));
        break;
    case SQL_CALL:
        put_call(c, sql_as_call(n));
        break;
    case SQL_KILL:
        put_kill(c, sql_as_kill(n));
        break;
    case SQL_MAINTENANCE:
        put_maintenance(c, sql_as_maintenance(n));
        break;
    default:
        put_other(c, n);
        break;
    }
}
