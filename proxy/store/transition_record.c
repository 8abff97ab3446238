/* SPDX-License-Identifier: Apache-2.0 */
/* The row of a transition: what people steer and what changes with every chunk in clear, the rest sealed. */
#include <inttypes.h>
#include <jansson.h>
#include <time.h>

#include "crypto/seal.h"
#include "proxy/store/query.h"
#include "proxy/store/transition_priv.h"

static const char *const state_names[] = {
    [TRANSITION_STATE_ADD] = "adding columns", [TRANSITION_STATE_FILL] = "filling",
    [TRANSITION_STATE_INDEX] = "indexing",     [TRANSITION_STATE_VERIFY] = "verifying",
    [TRANSITION_STATE_SWITCH] = "switching",   [TRANSITION_STATE_GRACE] = "switched",
    [TRANSITION_STATE_DROP] = "dropping",      [TRANSITION_STATE_DONE] = "done",
};

const char *
transition_record_state(const struct transition *t)
{
    return t->backout && t->state == TRANSITION_STATE_DONE ? "rolled back" : state_names[t->state];
}

uint64_t
transition_record_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

/* ---- body --------------------------------------------------------------------------------------- */

static json_t *
text_json(struct slice s)
{
    return json_stringn(s.len ? (const char *) s.data : "", s.len);
}

static json_t *
item_json(const struct reshape_item *i)
{
    return json_pack("[I,I,i,i,i,i,I,I,I,b]", (json_int_t) i->table, (json_int_t) i->column,
                     (int) i->to.kind, (int) i->to.chars, (int) i->to.layer, (int) i->to.epoch,
                     (json_int_t) i->to.key, (json_int_t) i->to.group, (json_int_t) i->to.width,
                     (int) i->gone);
}

static void
read_item(const json_t *j, struct reshape_item *out)
{
    uint64_t n[9];
    for (size_t i = 0; i < 9; i++) {
        n[i] = (uint64_t) json_integer_value(json_array_get(j, i));
    }
    *out = (struct reshape_item){.table = n[0],
                                 .column = (uint32_t) n[1],
                                 .to = {.kind = (enum cat_onion_kind) n[2],
                                        .chars = (uint32_t) n[3],
                                        .layer = (uint8_t) n[4],
                                        .epoch = (uint16_t) n[5],
                                        .key = (uint32_t) n[6],
                                        .group = n[7],
                                        .width = (uint32_t) n[8]},
                                 .gone = json_is_true(json_array_get(j, 9))};
}

static char *
body_text(const struct transition *t)
{
    json_t *items = json_array();
    bool ok = items != NULL;
    for (size_t i = 0; ok && i < t->n_items; i++) {
        ok = !json_array_append_new(items, item_json(&t->items[i]));
    }
    json_t *o = json_pack(
        "{s:i,s:i,s:i,s:b,s:b,s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:I}", "f", 1, "kind", (int) t->kind,
        "state", (int) t->state, "switched", (int) t->switched, "backout", (int) t->backout,
        "items", items, "object", text_json(t->object), "why", text_json(t->why), "error",
        text_json(t->error), "created", (json_int_t) t->created_ms, "changed",
        (json_int_t) t->changed_ms, "rate", (json_int_t) t->rate, "grace", (json_int_t) t->grace_s);
    char *text = ok && o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    return text;
}

static uint64_t
number(const json_t *o, const char *name)
{
    return (uint64_t) json_integer_value(json_object_get(o, name));
}

static struct slice
text_of(struct arena *a, const json_t *o, const char *name)
{
    const json_t *j = json_object_get(o, name);
    return arena_dup(a, slice_of(json_string_value(j), json_string_length(j)));
}

static struct status
read_body(struct arena *a, const json_t *o, struct transition *t)
{
    const json_t *items = json_object_get(o, "items");
    t->kind = (enum transition_kind) number(o, "kind");
    t->state = (enum transition_state) number(o, "state");
    t->switched = json_is_true(json_object_get(o, "switched"));
    t->backout = json_is_true(json_object_get(o, "backout"));
    t->object = text_of(a, o, "object");
    t->why = text_of(a, o, "why");
    t->error = text_of(a, o, "error");
    t->created_ms = number(o, "created");
    t->changed_ms = number(o, "changed");
    t->rate = (uint32_t) number(o, "rate");
    t->grace_s = (uint32_t) number(o, "grace");
    t->n_items = json_array_size(items);
    t->items = arena_array(a, struct reshape_item, t->n_items);
    for (size_t i = 0; t->items && i < t->n_items; i++) {
        read_item(json_array_get(items, i), &t->items[i]);
    }
    return t->state > TRANSITION_STATE_DONE ? status_raise(STATUS_CIPHERTEXT, __FILE__, __LINE__)
                                            : arena_status(a);
}

/* ---- rows --------------------------------------------------------------------------------------- */

static struct status
open_body(struct keyring *k, struct arena *a, struct slice sealed, struct transition *t)
{
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf plain = BUF_INIT;
    store_load_seal_name("transition", t->id, &name);
    TRY(buf_status(&name));
    TRY(seal_decode(k, buf_slice(&name), 0, sealed, &plain));
    json_t *o = json_loadb((const char *) plain.data, plain.len, 0, NULL);
    const struct status s =
        o ? read_body(a, o, t) : status_raise(STATUS_CIPHERTEXT, __FILE__, __LINE__);
    json_decref(o);
    return s;
}

static struct status
read_row(struct keyring *k, struct arena *a, const struct slice *row, struct transition *t,
         struct diag *d)
{
    uint64_t control;
    *t = (struct transition){0};
    if (!slice_parse_u64(row[0], &t->id) || !slice_parse_u64(row[1], &control) ||
        !slice_parse_u64(row[2], &t->tab) || !slice_parse_u64(row[3], &t->rid) ||
        !slice_parse_u64(row[4], &t->done) || !slice_parse_u64(row[5], &t->total) ||
        control > TRANSITION_ROLLBACK || !status_is_ok(open_body(k, a, row[6], t))) {
        FAIL(d, CIPHERTEXT, "schema " STORE_SCHEMA " is damaged: transitions");
    }
    t->control = (enum transition_control) control;
    return OK;
}

struct status
transition_record_list(struct backend_conn *conn, struct keyring *k, struct arena *a,
                       const char *where, struct transition **out, size_t *n, struct diag *d)
{
    struct query_rows rows;
    const struct slice sql =
        arena_printf(a,
                     "SELECT id, control, tab, rid, done, total, body FROM " STORE_SCHEMA
                     ".transitions WHERE %s ORDER BY id DESC",
                     where);
    TRY(query_rows(conn, a, sql, &rows, d));
    *n = rows.n;
    *out = arena_array(a, struct transition, rows.n);
    TRY(arena_status(a));
    for (size_t i = 0; i < rows.n; i++) {
        TRY(read_row(k, a, &rows.cells[i * rows.n_columns], &(*out)[i], d));
    }
    return OK;
}

struct status
transition_record_load(struct backend_conn *conn, struct keyring *k, struct arena *a, uint64_t id,
                       struct transition *out, struct diag *d)
{
    struct transition *found;
    size_t n;
    const struct slice where = arena_printf(a, "id = %" PRIu64, id);
    TRY(arena_status(a));
    TRY(transition_record_list(conn, k, a, (const char *) where.data, &found, &n, d));
    if (n != 1) {
        FAIL(d, SQL, "there is no transition %" PRIu64, id);
    }
    *out = *found;
    return OK;
}

struct status
transition_record_sql(struct keyring *k, const struct transition *t, bool is_new, struct buf *sql)
{
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf sealed = BUF_INIT;
    char *plain = body_text(t);
    if (!plain) {
        RAISE(NO_MEMORY);
    }
    store_load_seal_name("transition", t->id, &name);
    const struct status s = seal_encode(k, buf_slice(&name), 0, slice_of_str(plain), &sealed);
    free(plain);
    TRY(s);
    if (is_new) {
        buf_printf(sql,
                   "INSERT INTO " STORE_SCHEMA ".transitions VALUES (%" PRIu64
                   ", 0, %d, 0, 0, 0, %" PRIu64 ", ",
                   t->id, (int) t->control, t->total);
        query_hex(sql, buf_slice(&sealed));
        buf_append_str(sql, ")");
    } else {
        buf_printf(sql, "UPDATE " STORE_SCHEMA ".transitions SET finished = %d, body = ",
                   t->state == TRANSITION_STATE_DONE);
        query_hex(sql, buf_slice(&sealed));
        buf_printf(sql, " WHERE id = %" PRIu64, t->id);
    }
    return buf_status(sql);
}

struct status
transition_record_save(struct backend_conn *conn, struct keyring *k, const struct transition *t,
                       struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(transition_record_sql(k, t, false, &sql));
    return backend_exec(conn, buf_slice(&sql), NULL, d);
}
