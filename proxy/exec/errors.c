/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of the server speak of physical tables, columns and keys. What the client sees is the error
 * MySQL would have given on the logical table. Anything not recognised is reported without the server's
 * text, because that may carry ciphertext or physical names.
 */
#include "base/log.h"
#include "base/mem.h"
#include "proxy/exec/exec_priv.h"

static bool
contains(const char *message, struct slice needle)
{
    const struct slice m = slice_of_str(message);
    for (size_t i = 0; needle.len && i + needle.len <= m.len; i++) {
        if (mem_compare(m.data + i, needle.data, needle.len) == 0) {
            return true;
        }
    }
    return false;
}

static void
append_names(struct buf *out, const struct cat_table *t, const struct cat_fk *fk)
{
    for (size_t i = 0; i < fk->n_columns; i++) {
        buf_append_str(out, i ? ", " : "");
        sql_print_name(t->columns[fk->columns[i]].name, out);
    }
}

/* `db`.`child`, CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `parent` (`id`) [ON DELETE CASCADE] */
static void
fk_text(struct buf *out, const struct cat_table *child, const struct cat_fk *fk)
{
    static const char *const actions[] = {[CAT_NO_ACTION] = NULL,
                                          [CAT_RESTRICT] = NULL,
                                          [CAT_CASCADE] = "CASCADE",
                                          [CAT_SET_NULL] = "SET NULL",
                                          [CAT_SET_DEFAULT] = "SET DEFAULT"};
    sql_print_name(child->db, out);
    buf_append_u8(out, '.');
    sql_print_name(child->name, out);
    buf_append_str(out, ", CONSTRAINT ");
    sql_print_name(fk->name, out);
    buf_append_str(out, " FOREIGN KEY (");
    append_names(out, child, fk);
    buf_append_str(out, ") REFERENCES ");
    if (!slice_equal(fk->ref_db, child->db)) {
        sql_print_name(fk->ref_db, out);
        buf_append_u8(out, '.');
    }
    sql_print_name(fk->ref_table, out);
    buf_append_str(out, " (");
    for (size_t i = 0; i < fk->n_columns; i++) {
        buf_append_str(out, i ? ", " : "");
        sql_print_name(fk->ref_columns[i], out);
    }
    buf_append_u8(out, ')');
    if (actions[fk->on_delete]) {
        buf_printf(out, " ON DELETE %s", actions[fk->on_delete]);
    }
    if (actions[fk->on_update]) {
        buf_printf(out, " ON UPDATE %s", actions[fk->on_update]);
    }
}

static void
set(struct diag *d, unsigned number, const char *state, struct buf *text)
{
    diag_clear(d);
    diag_set_sql(d, STATUS_UPSTREAM_SQL, number, state, "%s", buf_cstr(text));
}

static void
fk_error(unsigned number, const struct cat_table *child, const struct cat_fk *fk, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    buf_append_str(&text,
                   number == 1452
                       ? "Cannot add or update a child row: a foreign key constraint fails ("
                       : "Cannot delete or update a parent row: a foreign key constraint fails (");
    fk_text(&text, child, fk);
    buf_append_u8(&text, ')');
    set(d, number, "23000", &text);
}

void
exec_fk_error(const struct cat_fk_ref *ref, struct diag *d)
{
    fk_error(1451, ref->child, ref->fk, d);
    d->code = STATUS_SQL; /* complete: nothing left to map */
}

/* The constraint may be of a table that the statement does not name: rows go by cascade. */
static bool
map_fk_of(const struct catalog *cat, const struct cat_db *db, struct diag *d)
{
    size_t i = 0;
    const struct cat_table *t;
    while ((t = catalog_next_table(cat, db->name, &i))) {
        for (size_t k = 0; k < t->n_fks; k++) {
            if (t->fks[k].phys.data && contains(d->message, t->fks[k].phys)) {
                fk_error(d->mysql_errno, t, &t->fks[k], d);
                return true;
            }
        }
    }
    return false;
}

static bool
map_fk(struct exec_run *r, struct diag *d)
{
    size_t i = 0;
    const struct cat_db *db;
    while ((db = catalog_next_db(r->plan->catalog, &i))) {
        if (map_fk_of(r->plan->catalog, db, d)) {
            return true;
        }
    }
    return false;
}

static bool
map_duplicate(struct exec_run *r, const struct cat_table *t, struct diag *d)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        const struct cat_key *k = &t->keys[i];
        if ((k->phys_e.data && contains(d->message, k->phys_e)) ||
            (k->shadow_e.data && contains(d->message, k->shadow_e))) {
            diag_clear(d);
            if (r->e->shared->flavour == BACKEND_MARIADB) {
                diag_set_sql(d, STATUS_UPSTREAM_SQL, 1062, "23000",
                             "Duplicate entry for key '%.*s'", SLICE_ARG(k->name));
            } else {
                diag_set_sql(d, STATUS_UPSTREAM_SQL, 1062, "23000",
                             "Duplicate entry for key '%.*s.%.*s'", SLICE_ARG(t->name),
                             SLICE_ARG(k->name));
            }
            return true;
        }
    }
    return false;
}

static bool
map_lock(const struct cat_table *t, struct diag *d)
{
    const bool not_locked = d->mysql_errno == 1100;
    diag_clear(d);
    if (not_locked) {
        diag_set_sql(d, STATUS_UPSTREAM_SQL, 1100, "HY000",
                     "Table '%.*s' was not locked with LOCK TABLES", SLICE_ARG(t->name));
    } else {
        diag_set_sql(d, STATUS_UPSTREAM_SQL, 1099, "HY000",
                     "Table '%.*s' was locked with a READ lock and can't be updated",
                     SLICE_ARG(t->name));
    }
    return true;
}

void
exec_map_error(struct exec_run *r, const struct cat_table *t, struct diag *d)
{
    if (d->code != STATUS_UPSTREAM_SQL) {
        return;
    }
    switch (d->mysql_errno) {
    case 1205: /* lock wait timeout */
    case 1213: /* deadlock */
    case 1317: /* interrupted */
    case 1969: /* statement timeout */
    case 3024:
    case 1792: /* read only transaction */
    case 1290:
    case 1053:
        return; /* the text names nothing */
    case 1099:  /* LOCK TABLES */
    case 1100:
        if (map_lock(t, d)) {
            return;
        }
        break;
    case 1146: /* planned again by the caller */
    case 1054:
        r->server_stale = true;
        break;
    case 1451:
    case 1452:
        if (map_fk(r, d)) {
            return;
        }
        break;
    case 1062:
        if (map_duplicate(r, t, d)) {
            return;
        }
        break;
    default:
        break;
    }
    const unsigned number = d->mysql_errno;
    char state[6];
    mem_copy(state, d->sqlstate, sizeof state);
    log_warn(&log_process, "exec.server_error", "server error %u on table id %llu", number,
             (unsigned long long) t->id);
    diag_clear(d);
    diag_set_sql(d, STATUS_UPSTREAM_SQL, number, state,
                 "the database server reported error %u on table '%.*s.%.*s'", number,
                 SLICE_ARG(t->db), SLICE_ARG(t->name));
}
