/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/store/journal.h"

#include <inttypes.h>
#include <jansson.h>

#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "proxy/store/query.h"
#include "proxy/store/store_meta.h"

enum {
    JOURNAL_OPEN = 1,
    JOURNAL_COMMITTED = 2
};

#define STATEMENT_BYTES (512u * 1024)

/* ---- building ----------------------------------------------------------------------------------- */

/* Room for one more element of `size` bytes; the items move when they grow. */
static void *
grow(struct arena *a, void *items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return items;
    }
    const size_t more = *cap ? *cap * 2 : 8;
    void *grown = arena_array_(a, more, size);
    if (!grown) {
        return NULL;
    }
    mem_copy(grown, items, n * size);
    *cap = more;
    return grown;
}

struct change_step *
journal_add_step(struct change *c)
{
    struct change_step *steps =
        grow(c->arena, c->steps, c->n_steps, &c->cap_steps, sizeof(*c->steps));
    if (!steps) {
        return arena_new(c->arena, struct change_step); /* the arena is marked failed */
    }
    c->steps = steps;
    return &c->steps[c->n_steps++];
}

void
journal_add_redo(struct change *c, struct slice sql)
{
    struct slice *redo = grow(c->arena, c->redo, c->n_redo, &c->cap_redo, sizeof(*c->redo));
    if (redo) {
        c->redo = redo;
        c->redo[c->n_redo++] = arena_dup(c->arena, sql);
    }
}

void
journal_add_object(struct change *c, uint64_t id, enum store_kind kind, struct slice json)
{
    struct store_object *objects =
        grow(c->arena, c->objects, c->n_objects, &c->cap_objects, sizeof(*c->objects));
    if (objects) {
        c->objects = objects;
        c->objects[c->n_objects++] =
            (struct store_object){.id = id, .kind = kind, .json = arena_dup(c->arena, json)};
    }
}

/* ---- the entry as text -------------------------------------------------------------------------- */

static json_t *
text(struct slice s)
{
    return slice_is_null(s) ? json_null() : json_stringn((const char *) s.data, s.len);
}

static json_t *
entry_json(const struct change *c)
{
    json_t *undo = json_array(), *redo = json_array(), *objects = json_array();
    bool ok = undo && redo && objects;
    for (size_t i = 0; ok && i < c->n_steps; i++) {
        ok = !json_array_append_new(undo, text(c->steps[i].undo));
    }
    for (size_t i = 0; ok && i < c->n_redo; i++) {
        ok = !json_array_append_new(redo, text(c->redo[i]));
    }
    for (size_t i = 0; ok && i < c->n_objects; i++) {
        const struct store_object *o = &c->objects[i];
        ok = !json_array_append_new(
            objects, json_pack("[I,i,o]", (json_int_t) o->id, (int) o->kind, text(o->json)));
    }
    if (!ok) {
        json_decref(undo);
        json_decref(redo);
        json_decref(objects);
        return NULL;
    }
    return json_pack("{s:i,s:o,s:o,s:o,s:[o,o],s:o}", "f", 1, "undo", undo, "redo", redo, "objects",
                     objects, "probe", text(c->probe_db), text(c->probe_table), "on_commit",
                     text(c->on_commit));
}

static struct slice
string_of(struct arena *a, const json_t *j)
{
    return json_is_string(j) ? arena_dup(a, slice_of(json_string_value(j), json_string_length(j)))
                             : SLICE_NULL;
}

static void
read_entry(const json_t *o, struct change *c)
{
    const json_t *undo = json_object_get(o, "undo"), *redo = json_object_get(o, "redo"),
                 *objects = json_object_get(o, "objects"), *probe = json_object_get(o, "probe");
    for (size_t i = 0; i < json_array_size(undo); i++) {
        journal_add_step(c)->undo = string_of(c->arena, json_array_get(undo, i));
    }
    for (size_t i = 0; i < json_array_size(redo); i++) {
        journal_add_redo(c, string_of(c->arena, json_array_get(redo, i)));
    }
    for (size_t i = 0; i < json_array_size(objects); i++) {
        const json_t *row = json_array_get(objects, i);
        journal_add_object(c, (uint64_t) json_integer_value(json_array_get(row, 0)),
                           (enum store_kind) json_integer_value(json_array_get(row, 1)),
                           string_of(c->arena, json_array_get(row, 2)));
    }
    c->probe_db = string_of(c->arena, json_array_get(probe, 0));
    c->probe_table = string_of(c->arena, json_array_get(probe, 1));
    c->on_commit = string_of(c->arena, json_object_get(o, "on_commit"));
}

/* ---- steps -------------------------------------------------------------------------------------- */

struct status
journal_begin(struct store *s, struct change *c, struct diag *d)
{
    TRY(arena_status(c->arena));
    TRY(store_new_id(s, &c->id, d));
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf sealed = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    json_t *o = entry_json(c);
    char *plain = o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    if (!plain) {
        RAISE(NO_MEMORY);
    }
    store_load_seal_name("journal", c->id, &name);
    const struct status status =
        seal_encode(s->keyring, buf_slice(&name), 0, slice_of_str(plain), &sealed);
    free(plain);
    TRY(status);
    buf_printf(&sql, "INSERT INTO " STORE_SCHEMA ".journal VALUES (%" PRIu64 ", %d, ", c->id,
               JOURNAL_OPEN);
    query_hex(&sql, buf_slice(&sealed));
    buf_append_str(&sql, ")");
    TRY(buf_status(&sql));
    TRY(backend_exec(s->conn, buf_slice(&sql), NULL, d));
    FAULT("ddl.begin");
    return OK;
}

/* Appends "(id, kind, version, X'..')". */
static struct status
append_object(struct store *s, const struct store_object *o, uint64_t version, struct buf *sql)
{
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf sealed = BUF_INIT;
    store_load_seal_name("catalog", o->id, &name);
    buf_append_u8(&name, (uint8_t) o->kind);
    TRY(buf_status(&name));
    TRY(seal_encode(s->keyring, buf_slice(&name), version,
                    slice_is_null(o->json) ? SLICE("") : o->json, &sealed));
    buf_printf(sql, "(%" PRIu64 ", %d, %" PRIu64 ", ", o->id, (int) o->kind, version);
    query_hex(sql, buf_slice(&sealed));
    buf_append_str(sql, ")");
    return buf_status(sql);
}

static struct status
write_objects(struct store *s, struct change *c, uint64_t version, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    for (size_t i = 0; i < c->n_objects; i++) {
        c->objects[i].version = version;
        buf_append_str(&sql, sql.len ? ", " : "REPLACE INTO " STORE_SCHEMA ".catalog VALUES ");
        TRY(append_object(s, &c->objects[i], version, &sql));
        if (sql.len > STATEMENT_BYTES || i + 1 == c->n_objects) {
            TRY(backend_exec(s->conn, buf_slice(&sql), NULL, d));
            buf_clear(&sql);
        }
    }
    return OK;
}

static struct status
commit_rows(struct store *s, struct change *c, uint64_t *version, struct diag *d)
{
    struct backend_summary summary;
    TRY(backend_exec_str(s->conn, "START TRANSACTION", d));
    TRY(backend_exec(
        s->conn,
        SLICE("UPDATE " STORE_SCHEMA ".meta SET n = LAST_INSERT_ID(n + 1) WHERE name = 'version'"),
        &summary, d));
    *version = summary.insert_id;
    TRY(write_objects(s, c, *version, d));
    if (!slice_is_null(c->on_commit)) {
        TRY(backend_exec(s->conn, c->on_commit, NULL, d));
    }
    TRY(query_exec(s->conn, d, "UPDATE " STORE_SCHEMA ".journal SET state = %d WHERE id = %" PRIu64,
                   JOURNAL_COMMITTED, c->id));
    FAULT("ddl.commit");
    return backend_exec_str(s->conn, "COMMIT", d);
}

struct status
journal_commit(struct store *s, struct change *c, uint64_t *version, struct diag *d)
{
    const struct status status = commit_rows(s, c, version, d);
    if (!status_is_ok(status)) {
        const struct status undone = backend_exec_str(s->conn, "ROLLBACK", NULL);
        (void) undone; /* a lost connection has rolled back */
    } else {
        FAULT("ddl.committed");
    }
    return status;
}

/* Runs one repair statement. "Already so" in any form is fine; only a lost connection, or a lock that
 * cannot be had, means that it has to be tried again later. */
static bool
repair(struct store *s, struct slice sql)
{
    struct diag d = DIAG_INIT;
    const struct status status = backend_exec(s->conn, sql, NULL, &d);
    if (status_is_ok(status)) {
        return true;
    }
    log_warn(&log_process, "store.repair", "error %u", d.mysql_errno);
    return status.code == STATUS_UPSTREAM_SQL && d.mysql_errno != 1205 && d.mysql_errno != 1213;
}

static bool
close_entry(struct store *s, const struct change *c)
{
    return status_is_ok(query_exec(
        s->conn, NULL, "DELETE FROM " STORE_SCHEMA ".journal WHERE id = %" PRIu64, c->id));
}

static bool
undo(struct store *s, const struct change *c, size_t n_done)
{
    bool ok = true;
    for (size_t i = n_done; ok && i-- > 0;) {
        if (!slice_is_null(c->steps[i].undo)) {
            ok = repair(s, c->steps[i].undo);
            FAULT("ddl.undo");
        }
    }
    return ok && close_entry(s, c);
}

static bool
redo(struct store *s, const struct change *c)
{
    bool ok = true;
    for (size_t i = 0; i < c->n_redo; i++) {
        ok &= repair(s, c->redo[i]);
        FAULT("ddl.redo");
    }
    return ok && close_entry(s, c);
}

/* The mark of the commit, as the server has it. */
static struct status
read_state(struct store *s, const struct change *c, uint64_t *state)
{
    struct query_rows rows;
    const struct slice sql = arena_printf(
        c->arena, "SELECT state FROM " STORE_SCHEMA ".journal WHERE id = %" PRIu64, c->id);
    TRY(query_rows(s->conn, c->arena, sql, &rows, NULL));
    if (rows.n != 1 || !slice_parse_u64(query_cell(&rows, 0, 0), state)) {
        RAISE(BUG);
    }
    return OK;
}

void
journal_abort(struct store *s, struct change *c, size_t n_done, bool *committed)
{
    uint64_t state = 0;
    *committed = false;
    if (status_is_ok(store_connect(s, &s->conn, NULL)) && status_is_ok(read_state(s, c, &state)) &&
        state == JOURNAL_COMMITTED) {
        *committed = true;
        return;
    }
    if (!state || !undo(s, c, n_done)) {
        log_error(&log_process, "store.abort", "schema change %" PRIu64 " is repaired later",
                  c->id);
    }
}

void
journal_finish(struct store *s, struct change *c)
{
    if (!redo(s, c)) {
        log_warn(&log_process, "store.finish", "schema change %" PRIu64 " is finished later",
                 c->id);
    }
}

/* ---- recovery ----------------------------------------------------------------------------------- */

static struct status
probe_exists(struct store *s, const struct change *c, bool *exists, struct diag *d)
{
    *exists = false;
    if (slice_is_null(c->probe_table)) {
        return OK;
    }
    struct query_rows rows;
    const struct slice sql =
        arena_printf(c->arena,
                     "SELECT 1 FROM information_schema.tables WHERE table_schema = '%.*s'"
                     " AND table_name = '%.*s'",
                     SLICE_ARG(c->probe_db), SLICE_ARG(c->probe_table));
    TRY(query_rows(s->conn, c->arena, sql, &rows, d));
    *exists = rows.n > 0;
    return OK;
}

static struct status
recover_entry(struct store *s, struct change *c, uint64_t state, struct slice sealed,
              struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf plain = BUF_INIT;
    store_load_seal_name("journal", c->id, &name);
    TRY(buf_status(&name));
    TRY(seal_decode(s->keyring, buf_slice(&name), 0, sealed, &plain));
    json_t *o = json_loadb((const char *) plain.data, plain.len, 0, NULL);
    if (!o) {
        FAIL(d, CIPHERTEXT, "a journal entry has an unknown format");
    }
    read_entry(o, c);
    json_decref(o);
    TRY(arena_status(c->arena));
    if (state == JOURNAL_OPEN) {
        bool done;
        TRY(probe_exists(s, c, &done, d));
        if (!done) {
            log_info(&log_process, "store.undo", "schema change %" PRIu64 " is undone", c->id);
            bool committed;
            journal_abort(s, c, c->n_steps, &committed);
            return OK;
        }
        uint64_t version;
        TRY(journal_commit(s, c, &version, d));
    }
    log_info(&log_process, "store.redo", "schema change %" PRIu64 " is finished", c->id);
    journal_finish(s, c);
    return OK;
}

struct status
journal_recover(struct store *s, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct query_rows rows;
    if (!a) {
        RAISE(NO_MEMORY);
    }
    TRY(query_rows(s->conn, a,
                   SLICE("SELECT id, state, body FROM " STORE_SCHEMA ".journal ORDER BY id"), &rows,
                   d));
    for (size_t i = 0; i < rows.n; i++) {
        struct change c = {.arena = a};
        uint64_t state;
        if (!slice_parse_u64(query_cell(&rows, i, 0), &c.id) ||
            !slice_parse_u64(query_cell(&rows, i, 1), &state)) {
            FAIL(d, CIPHERTEXT, "schema " STORE_SCHEMA " is damaged: journal");
        }
        TRY(recover_entry(s, &c, state, query_cell(&rows, i, 2), d));
    }
    return OK;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static struct status
run_steps(struct change *c, journal_step_fn *step, void *ctx, size_t *n_done)
{
    for (*n_done = 0; *n_done < c->n_steps; (*n_done)++) {
        TRY(step(ctx, &c->steps[*n_done]));
        FAULT("ddl.step");
    }
    return OK;
}

struct status
journal_apply(struct store *s, const struct catalog *before, struct change *c,
              journal_step_fn *step, void *ctx, struct diag *d)
{
    if (!c->n_objects) {
        return OK;
    }
    uint64_t version = 0;
    size_t n_done;
    TRY(journal_begin(s, c, d));
    struct status status = run_steps(c, step, ctx, &n_done);
    if (status_is_ok(status)) {
        status = journal_commit(s, c, &version, d);
    }
    if (!status_is_ok(status)) {
        bool committed;
        journal_abort(s, c, n_done < c->n_steps ? n_done + 1 : n_done, &committed);
        if (!committed) {
            return status;
        }
        diag_clear(d);
        struct store_meta meta;
        TRY(store_meta_read(s, &meta, d));
        version = meta.version;
    }
    struct catalog *next;
    TRY(store_load_apply(s, before, c->objects, c->n_objects, version, &next, d));
    store_publish(s, next);
    journal_finish(s, c);
    FAULT("ddl.end");
    return OK;
}

static struct status
newest(struct store *s, struct diag *d)
{
    TRY(store_refresh_locked(s, d));
    TRY(journal_recover(s, d));
    return store_refresh_locked(s, d);
}

struct status
journal_alone(struct store *s, journal_fn *fn, void *ctx, struct diag *d)
{
    TRY(store_lock_cluster(s, d));
    struct status status = newest(s, d);
    if (status_is_ok(status)) {
        status = fn(s, ctx, d);
    }
    store_unlock_cluster(s);
    return status;
}
