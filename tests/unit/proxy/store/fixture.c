/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cm.h"
#include "base/mem.h"
#include "proxy/store/query.h"
#include "rewriter/types/type_value.h"

static void
check(struct fixture *f, struct status s, const char *what)
{
    if (!status_is_ok(s)) {
        fail_msg("%s: status %d, error %u: %s", what, (int) s.code, f->d.mysql_errno, f->d.message);
    }
}

static struct status
no_collation(void *ctx, const struct collation_info *info, const struct collation **out,
             struct diag *d)
{
    FAIL(d, UNSUPPORTED, "these tests have no keys over text");
}

static void
load_collations(struct fixture *f)
{
    struct backend_conn *admin;
    struct query_rows rows;
    check(f, scratch_admin_take(f->scratch, &admin, &f->d), "admin");
    check(f,
          query_rows(admin, f->arena,
                     slice_of_str(collation_set_sql(f->flavour == BACKEND_MARIADB)), &rows, &f->d),
          "collations");
    for (size_t i = 0; i < rows.n; i++) {
        check(f,
              collation_set_add_row(f->collations, rows.cells + i * rows.n_columns, rows.n_columns),
              "collation");
    }
    scratch_admin_give(f->scratch, admin);
}

void
fixture_open(struct fixture *f, struct master *master)
{
    *f = (struct fixture){.d = DIAG_INIT};
    f->params = (struct backend_params){.socket = getenv("TEST_SOCKET"), .user = "root"};
    f->flavour = strcmp(getenv("TEST_FLAVOUR"), "mariadb") == 0 ? BACKEND_MARIADB : BACKEND_MYSQL;
    f->arena = arena_create(0);
    f->master = master_ref(master);
    f->collations = collation_set_new();
    check(f, keyring_new(&f->keyring, master), "keyring");
    f->cells = (struct cells_env){
        .keyring = f->keyring, .arena = f->arena, .collation = no_collation, .ctx = f};
    const char *root = getenv("MYSQL97_ROOT");
    char path[256], basedir[256];
    snprintf(path, sizeof(path), "%s/bin/mysqld", root ? root : "/tmp/mysql97");
    const char *const args[] = {basedir, NULL};
    snprintf(basedir, sizeof(basedir), "--basedir=%s", root ? root : "/tmp/mysql97");
    static int n_dirs;
    char run_dir[64];
    snprintf(run_dir, sizeof(run_dir), "/dev/shm/allium-store-%d-%d", (int) getpid(), ++n_dirs);
    const struct scratch_config config = {
        .run_dir = run_dir,
        .flavour = f->flavour,
        .server_path = f->flavour == BACKEND_MYSQL ? path : NULL,
        .server_args = f->flavour == BACKEND_MYSQL ? args : NULL,
    };
    check(f, scratch_start(&f->scratch, &config, &f->d), "scratch");
    load_collations(f);
    const struct store_config store = {.backend = &f->params,
                                       .scratch = f->scratch,
                                       .master = f->master,
                                       .collations = f->collations,
                                       .lock_wait_s = 3};
    check(f, store_open(&f->store, &store, &f->d), "store");
    check(f, scratch_session_open(f->scratch, NULL, &f->session, &f->d), "session");
}

void
fixture_close(struct fixture *f)
{
    scratch_session_close(f->session);
    store_close(f->store);
    scratch_stop(f->scratch);
    keyring_free(f->keyring);
    collation_set_free(f->collations);
    master_unref(f->master);
    arena_free(f->arena);
}

struct status
fixture_ddl(struct fixture *f, enum ddl_kind kind, const char *names, const char *text)
{
    struct ddl_name list[16];
    size_t n = 0;
    diag_clear(&f->d);
    for (struct slice rest = slice_of_str(names); rest.len;) {
        size_t end = 0, dot = 0;
        while (end < rest.len && rest.data[end] != ' ') {
            dot = rest.data[end] == '.' ? end : dot;
            end++;
        }
        list[n].db = slice_sub(rest, 0, dot ? dot : end);
        list[n++].table = dot ? slice_sub(rest, dot + 1, end - dot - 1) : SLICE_NULL;
        rest = slice_from(rest, end + 1);
    }
    const struct ddl_request req = {.kind = kind,
                                    .text = slice_of_str(text),
                                    .names = list,
                                    .n_names = n,
                                    .or_replace = strstr(text, "OR REPLACE") != NULL,
                                    .session = f->session,
                                    .cells = &f->cells};
    return store_ddl_execute(f->store, &req, NULL, &f->d);
}

void
fixture_ok(struct fixture *f, enum ddl_kind kind, const char *names, const char *text)
{
    check(f, fixture_ddl(f, kind, names, text), text);
}

static const struct cat_table *
find(struct fixture *f, struct catalog *cat, const char *db, const char *table)
{
    const struct cat_table *t = catalog_find_table(cat, slice_of_str(db), slice_of_str(table));
    if (!t) {
        fail_msg("no table %s.%s in the catalog", db, table);
    }
    return t;
}

void
fixture_insert(struct fixture *f, const char *db, const char *table, const char *const *cells)
{
    struct catalog *cat = store_snapshot(f->store);
    const struct cat_table *t = find(f, cat, db, table);
    const struct type_env env = {.tz = {.known = true}};
    struct slice values[32];
    struct buf sql = BUF_INIT;
    for (size_t i = 0; i < t->n_columns; i++) {
        struct buf value = BUF_INIT;
        if (strcmp(cells[i], "NULL") == 0) {
            values[i] = SLICE_NULL;
            continue;
        }
        buf_append_str(&value, "");
        check(f, type_value_from_text(t->columns[i].type, &env, slice_of_str(cells[i]), &value),
              "value");
        values[i] = arena_dup(f->arena, value.len ? buf_slice(&value) : SLICE(""));
        buf_deinit(&value);
    }
    buf_printf(&sql, "INSERT INTO `%.*s`.`%.*s` (", SLICE_ARG(t->phys_db), SLICE_ARG(t->phys));
    cells_row_columns(t, &sql);
    buf_append_str(&sql, ") VALUES ");
    check(f, cells_row_values(&f->cells, t, values, &sql, &f->d), "cells");
    struct backend_conn *c;
    check(f, backend_connect(&c, &f->params, &f->d), "connect");
    check(f, backend_exec(c, buf_slice(&sql), NULL, &f->d), "insert");
    backend_close(c);
    buf_deinit(&sql);
    catalog_unref(cat);
}

static void
read_rows(struct fixture *f, const struct cat_table *t, struct buf *out)
{
    const struct type_env env = {.tz = {.known = true}};
    struct buf sql = BUF_INIT;
    struct query_rows rows;
    struct backend_conn *c;
    buf_append_str(&sql, "SELECT _s");
    for (size_t i = 0; i < t->n_columns; i++) {
        buf_printf(&sql, ",%.*s", SLICE_ARG(t->columns[i].phys_v));
    }
    buf_printf(&sql, " FROM `%.*s`.`%.*s` ORDER BY rid", SLICE_ARG(t->phys_db), SLICE_ARG(t->phys));
    check(f, backend_connect(&c, &f->params, &f->d), "connect");
    check(f, query_rows(c, f->arena, buf_slice(&sql), &rows, &f->d), "select");
    for (size_t r = 0; r < rows.n; r++) {
        const struct slice salt = query_cell(&rows, r, 0);
        for (size_t i = 0; i < t->n_columns; i++) {
            const struct slice cell = query_cell(&rows, r, i + 1);
            struct slice value;
            check(f, cells_decode(&f->cells, t, &t->columns[i], &cell, &salt, 1, &value, &f->d),
                  "decode");
            buf_append_str(out, i ? "," : "");
            if (slice_is_null(value)) {
                buf_append_str(out, "NULL");
            } else {
                check(f, type_value_to_text(t->columns[i].type, &env, value, out), "text");
            }
        }
        buf_append_str(out, ";");
    }
    backend_close(c);
    buf_deinit(&sql);
}

const char *
fixture_rows(struct fixture *f, const char *db, const char *table)
{
    struct catalog *cat = store_snapshot(f->store);
    struct buf out = BUF_INIT;
    read_rows(f, find(f, cat, db, table), &out);
    const char *text = arena_strdup(f->arena, buf_slice(&out));
    buf_deinit(&out);
    catalog_unref(cat);
    return text;
}

static const char *
one_cell(struct fixture *f, struct backend_conn *c, const char *sql)
{
    struct query_rows rows;
    diag_clear(&f->d);
    check(f, query_rows(c, f->arena, slice_of_str(sql), &rows, &f->d), sql);
    return rows.n ? arena_strdup(f->arena, query_cell(&rows, 0, 0)) : "";
}

const char *
fixture_backend(struct fixture *f, const char *sql)
{
    struct backend_conn *c;
    check(f, backend_connect(&c, &f->params, &f->d), "connect");
    const char *cell = one_cell(f, c, sql);
    backend_close(c);
    return cell;
}

const char *
fixture_scratch(struct fixture *f, const char *sql)
{
    return one_cell(f, scratch_session_conn(f->session), sql);
}
