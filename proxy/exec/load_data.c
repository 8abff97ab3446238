/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LOAD DATA LOCAL INFILE. The client's file is loaded piece by piece: each piece holds whole records, the
 * statement as written reads it into the working copy of the target, and what that gives is written to
 * the server, all in one transaction. So memory is bounded, unless the format does not say where a record
 * ends without reading all of it: such a file may have SPOOL_MAX bytes.
 */
#include "base/mem.h"
#include "proxy/exec/infile_records.h"
#include "proxy/exec/insertion.h"
#include "proxy/wire/protocol.h"
#include "rewriter/types/charset.h"

#define PIECE_BYTES   (512u << 10)
#define PIECE_RECORDS 4000
#define SPOOL_MAX     (64u << 20)

struct totals {
    uint64_t records, deleted, skipped, warnings, affected, insert_id;
};

struct load {
    struct insertion in; /* first */
    struct exec_run *r;
    const struct sql_load_data *stmt;
    struct infile_format format;
    bool cuttable;
    uint64_t skip_lines;

    struct buf pending;  /* received, not loaded */
    size_t piece, given; /* bytes of pending that the running statement reads; that it has read */
    bool asked, ended;   /* the client: for the file; it has sent all of it */

    struct totals totals;
    struct exec_warning *warnings, **last_warning;
    uint64_t n_warnings, max_warnings;
};

/* ---- the client's side ---- */

static STATUS
receive(struct load *l)
{
    struct slice chunk;
    TRY(result_infile_next(l->r->w, &chunk));
    l->ended = chunk.len == 0;
    buf_append_slice(&l->pending, chunk);
    return buf_status(&l->pending);
}

/* Receives until the next piece is known: l->piece bytes of whole records, or all the rest. */
static STATUS
next_piece(struct load *l)
{
    size_t want = PIECE_BYTES, n;
    for (;;) {
        while (!l->ended && l->pending.len < want) {
            TRY(receive(l));
        }
        l->piece = 0;
        if (l->cuttable) {
            l->piece = infile_records_cut(&l->format, buf_slice(&l->pending),
                                          (size_t) l->skip_lines, PIECE_RECORDS, &n);
        }
        if (l->ended && (l->piece == 0 || n < PIECE_RECORDS)) {
            l->piece = l->pending.len;
        }
        if (l->ended || l->piece) {
            return OK;
        }
        if (l->pending.len > SPOOL_MAX) {
            FAIL(l->r->d, LIMIT, "LOAD DATA of more than %u MiB in a format without plain records",
                 SPOOL_MAX >> 20);
        }
        want = l->pending.len * 2;
    }
}

static STATUS
ask(struct load *l, struct slice filename, struct diag *d)
{
    const struct exec *e = l->r->e;
    const bool mariadb = e->shared->flavour == BACKEND_MARIADB;
    l->asked = true;
    if (!e->shared->cfg->proxy_local_infile || !(e->info->caps & CLIENT_LOCAL_FILES)) {
        FAIL_SQL(d, mariadb ? 4166 : 3948, mariadb ? "HY000" : "42000", "%s",
                 mariadb
                     ? "The used command is not allowed because the MariaDB server or client has "
                       "disabled the local infile capability"
                     : "Loading local data is disabled; this must be enabled on both the client "
                       "and server sides");
    }
    TRY(result_infile(l->r->w, filename));
    return next_piece(l);
}

static STATUS
on_open(void *ctx, struct slice filename, struct diag *d)
{
    struct load *l = ctx;
    l->given = 0;
    return l->asked ? OK : ask(l, filename, d);
}

static STATUS
on_read(void *ctx, struct slice *chunk, struct diag *d)
{
    struct load *l = ctx;
    (void) d;
    *chunk = slice_sub(buf_slice(&l->pending), l->given, l->piece - l->given);
    l->given = l->piece;
    return OK;
}

/* ---- the format ---- */

static bool
one_byte(struct slice s, int *out)
{
    *out = s.len ? s.data[0] : INFILE_NO_CHAR;
    return s.len <= 1 && charset_is_ascii(s);
}

/* What FIELDS and LINES say; false: records are not plainly delimited. */
static bool
read_format(const struct load *l, struct infile_format *f)
{
    const bool backslash = !(l->r->e->state.options.mode & SQL_MODE_NO_BACKSLASH_ESCAPES);
    bool lines = false, plain = !l->stmt->xml;
    *f = (struct infile_format){.escape = backslash ? '\\' : INFILE_NO_CHAR,
                                .enclosed = INFILE_NO_CHAR,
                                .field_end = SLICE("\t"),
                                .line_end = SLICE("\n")};
    SQL_FOR_EACH(n, &l->stmt->format)
    {
        const struct sql_option *o = sql_as_option(n);
        if (o->value == NULL) {
            lines = slice_equal_str(o->name, "LINES");
            continue;
        }
        const struct slice v = sql_as_literal(o->value)->value;
        if (slice_equal_str(o->name, "TERMINATED")) {
            *(lines ? &f->line_end : &f->field_end) = v;
        } else if (slice_equal_str(o->name, "ESCAPED")) {
            plain &= one_byte(v, &f->escape);
        } else if (slice_equal_str(o->name, "STARTING")) {
            plain &= v.len == 0;
        } else {
            plain &= one_byte(v, &f->enclosed);
        }
    }
    return plain && f->line_end.len && f->field_end.len && charset_is_ascii(f->line_end) &&
           charset_is_ascii(f->field_end) && !slice_equal(f->line_end, f->field_end);
}

static size_t
n_fields(const struct load *l)
{
    const struct cat_table *t = l->in.target.table;
    size_t n = 0;
    for (size_t i = 0; i < t->n_columns; i++) {
        n += !t->columns[i].invisible;
    }
    return l->stmt->columns.count ? l->stmt->columns.count : n;
}

/* One more question to the session: its defaults for LOAD DATA. */
static STATUS
describe_file(struct load *l)
{
    struct exec_run *r = l->r;
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    const struct slice *row;
    TRY(backend_query(scratch_session_conn(r->e->scratch),
                      SLICE("SELECT @@character_set_database,@@max_error_count"), BACKEND_STORE,
                      &result, r->d));
    TRY(backend_result_next(result, &row, r->d));
    if (row == NULL || !slice_parse_u64(row[1], &l->max_warnings)) {
        RAISE(PROTOCOL);
    }
    const struct slice name = slice_is_null(l->stmt->charset) ? row[0] : l->stmt->charset;
    const enum charset cs = charset_from_name(name, 4);
    const bool known = cs != CHARSET_OTHER || slice_equal_str_ci(name, "binary");
    l->cuttable = read_format(l, &l->format) && known && charset_is_ascii_superset(cs);
    l->format.n_fields = n_fields(l);
    if (l->stmt->ignore_lines) {
        slice_parse_u64(sql_as_literal(l->stmt->ignore_lines)->value, &l->skip_lines);
    }
    return OK;
}

/* ---- warnings and counts of the pieces ---- */

/* "… at row 3", "Row 3 …": the number is of the piece. */
static struct slice
renumber(struct load *l, struct slice m)
{
    struct arena *a = l->r->e->arena;
    static const char at[] = " at row ", head[] = "Row ";
    size_t digits = m.len, end = sizeof head - 1;
    uint64_t n;
    while (digits && m.data[digits - 1] >= '0' && m.data[digits - 1] <= '9') {
        digits--;
    }
    const size_t mark = digits - (sizeof at - 1);
    if (digits < m.len && digits >= sizeof at - 1 &&
        slice_equal_str(slice_sub(m, mark, sizeof at - 1), at) &&
        slice_parse_u64(slice_from(m, digits), &n)) {
        return arena_printf(a, "%.*s%llu", SLICE_ARG(slice_sub(m, 0, digits)),
                            (unsigned long long) (n + l->totals.records));
    }
    while (end < m.len && m.data[end] >= '0' && m.data[end] <= '9') {
        end++;
    }
    if (m.len > sizeof head && slice_equal_str(slice_sub(m, 0, sizeof head - 1), head) &&
        slice_parse_u64(slice_sub(m, sizeof head - 1, end - (sizeof head - 1)), &n)) {
        return arena_printf(a, "Row %llu%.*s", (unsigned long long) (n + l->totals.records),
                            SLICE_ARG(slice_from(m, end)));
    }
    return arena_dup(a, m);
}

static STATUS
keep_warnings(struct load *l)
{
    const struct exec_warning *w = l->r->e->warnings;
    for (; w && l->n_warnings < l->max_warnings; w = w->next) {
        struct exec_warning *copy = arena_new(l->r->e->arena, struct exec_warning);
        *copy = (struct exec_warning){
            .level = w->level, .code = w->code, .message = renumber(l, w->message)};
        copy->level = arena_strdup(l->r->e->arena, slice_of_str(w->level));
        TRY(arena_status(l->r->e->arena));
        *l->last_warning = copy;
        l->last_warning = &copy->next;
        l->n_warnings++;
    }
    return OK;
}

/* "Records: 3  Deleted: 0  Skipped: 1  Warnings: 2" */
static void
add_counts(struct load *l, const struct backend_summary *s)
{
    uint64_t *const counts[] = {&l->totals.records, &l->totals.deleted, &l->totals.skipped,
                                &l->totals.warnings};
    struct slice rest = s->info;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        size_t from = 0, to;
        uint64_t n;
        while (from < rest.len && (rest.data[from] < '0' || rest.data[from] > '9')) {
            from++;
        }
        for (to = from; to < rest.len && rest.data[to] >= '0' && rest.data[to] <= '9'; to++) {
        }
        if (slice_parse_u64(slice_sub(rest, from, to - from), &n)) {
            *counts[i] += n;
        }
        rest = slice_from(rest, to);
    }
    l->totals.affected += s->affected_rows;
    l->totals.insert_id = l->totals.insert_id ? l->totals.insert_id : s->insert_id;
}

/* ---- piece by piece ---- */

/* IGNORE n LINES is for the first piece only. */
static STATUS
text_without_skip(struct load *l)
{
    if (l->skip_lines == 0) {
        return OK;
    }
    const struct sql_span span = l->stmt->ignore_lines->span;
    const struct slice text = l->r->plan->stmt->text;
    l->skip_lines = 0;
    l->r->sql = arena_printf(l->r->e->arena, "%.*s0%.*s", SLICE_ARG(slice_sub(text, 0, span.begin)),
                             SLICE_ARG(slice_from(text, span.end)));
    return arena_status(l->r->e->arena);
}

static STATUS
load_piece(struct load *l, const struct slice *wheres)
{
    TRY(insertion_prepare(&l->in, wheres));
    TRY(insertion_execute(&l->in, l->in.target.table->autoinc >= 0, 0));
    struct backend_summary s;
    TRY(change_summary(&l->in.ch, &s));
    TRY(keep_warnings(l));
    add_counts(l, &s);
    exec_working_tables_drop(l->r);
    insertion_drop(&l->in);
    buf_consume(&l->pending, l->piece);
    return text_without_skip(l);
}

static STATUS
load_pieces(struct load *l, const struct slice *wheres)
{
    do {
        TRY(load_piece(l, wheres));
        insertion_deinit(&l->in);
        TRY(insertion_init(&l->in, l->r, l->in.target.table));
        TRY(next_piece(l));
    } while (l->pending.len);
    return OK;
}

static STATUS
load_in_unit(struct load *l, const struct slice *wheres)
{
    struct exec_run *r = l->r;
    struct exec_unit unit;
    TRY(exec_unit_begin(r->e, &unit, false, r->d));
    const struct status s = load_pieces(l, wheres);
    exec_working_tables_drop(r);
    insertion_drop(&l->in);
    if (!status_is_ok(s)) {
        exec_unit_rollback(r->e, &unit);
        return s;
    }
    return exec_unit_commit(r->e, &unit, r->d);
}

static STATUS
answer(struct load *l)
{
    struct exec *e = l->r->e;
    exec_warnings_clear(e);
    for (const struct exec_warning *w = l->warnings; w; w = w->next) {
        exec_warnings_add(e, w->level, w->code, w->message);
    }
    if (l->totals.insert_id) {
        e->info->last_insert_id = l->totals.insert_id;
    }
    const uint64_t warnings = l->totals.warnings < UINT16_MAX ? l->totals.warnings : UINT16_MAX;
    e->info->warning_count = (uint16_t) warnings;
    e->row_count = (int64_t) l->totals.affected;
    const struct result_ok ok = {
        .affected = l->totals.affected,
        .insert_id = l->totals.insert_id,
        .flags = l->r->more,
        .warnings = (uint16_t) warnings,
        .info = arena_printf(
            e->arena, "Records: %llu  Deleted: %llu  Skipped: %llu  Warnings: %llu",
            (unsigned long long) l->totals.records, (unsigned long long) l->totals.deleted,
            (unsigned long long) l->totals.skipped, (unsigned long long) l->totals.warnings)};
    return result_ok(l->r->w, &ok);
}

static STATUS
load_stored(struct load *l, const struct slice *wheres)
{
    struct status s = describe_file(l);
    if (status_is_ok(s)) {
        s = load_in_unit(l, wheres);
    }
    exec_server_seen(l->r->e);
    return status_is_ok(s) ? answer(l) : s;
}

struct status
exec_load_data(struct exec_run *r, bool *fits)
{
    const struct scope_table *target = &r->plan->scope->tables[0];
    struct backend_conn *c;
    struct slice *wheres;
    struct load l = {.r = r, .stmt = sql_as_load_data(r->plan->stmt->root)};
    l.last_warning = &l.warnings;
    TRY(exec_bind_parts(r, &wheres, fits));
    if (!*fits) {
        return OK;
    }
    TRY(exec_scratch(r->e, &c, r->d));
    const struct backend_infile source = {.open = on_open, .read = on_read, .ctx = &l};
    backend_set_infile(c, &source);
    struct status s;
    const struct cat_table *t = target->kind == SCOPE_VIEW ? r->plan->target : target->table;
    if (t) {
        s = insertion_init(&l.in, r, t);
        s = status_is_ok(s) ? load_stored(&l, wheres) : s;
        insertion_deinit(&l.in);
    } else { /* a temporary table, or a wrong one */
        s = exec_split(r, fits);
    }
    backend_set_infile(c, NULL);
    buf_deinit(&l.pending);
    return s;
}
