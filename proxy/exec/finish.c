/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/finish.h"

#include <stdlib.h>

#include "base/mem.h"
#include "rewriter/types/collation.h"
#include "rewriter/types/type_key.h"
#include "rewriter/types/type_value.h"

#define ROWS_MAX  200000
#define BYTES_MAX (48u << 20)
#define PAD_LEN   12 /* a whole number of weights of 1, 2, 3, 4 or 6 bytes */

/* What a group has of one item. */
struct cell {
    struct slice value, key; /* COLUMN, MIN, MAX */
    uint64_t count;
    __int128 sum;
    struct map *seen; /* COUNT(DISTINCT) */
};

struct row {
    struct cell *cells; /* by item */
    struct slice *keys; /* by sort */
    size_t number;
};

struct finish {
    struct exec_run *r;
    const struct plan_finish *plan;
    const struct plan_output *outputs;
    struct arena *arena;
    const struct collation **collations; /* by output; of strings */
    uint8_t (*pads)[PAD_LEN];            /* by output: what shorter strings are compared with */
    struct map index;                    /* group or distinct key -> row */
    struct row **rows;
    size_t n, cap;
    uint64_t limit, offset;
    bool unfit;
};

/* ---- life ---- */

static bool
limit_of(const struct exec_run *r, int32_t slot, uint64_t absent, uint64_t *out)
{
    *out = absent;
    if (slot < 0) {
        return true;
    }
    const struct type_literal *lit = &r->lits->items[slot];
    return lit->kind == TYPE_LITERAL_INT && !lit->negative && slice_parse_u64(lit->bytes, out);
}

static STATUS
load_collations(struct finish *f)
{
    struct exec *e = f->r->e;
    for (size_t i = 0; i < f->r->plan->n_outputs; i++) {
        const struct type *t = f->outputs[i].column->type;
        if (t->family != TYPE_STRING) {
            continue;
        }
        CLEANUP(buf_deinit_cleanup) struct buf pad = BUF_INIT;
        TRY(exec_collation_get(e->shared->collations, t->collation, &f->collations[i], f->r->d));
        if (collation_order_key(f->collations[i], SLICE(""), PAD_LEN, &pad) != COLLATION_OK) {
            f->unfit = true;
            return OK;
        }
        mem_copy(f->pads[i], pad.data, PAD_LEN);
    }
    return OK;
}

struct status
finish_new(struct finish **out, struct exec_run *r)
{
    struct finish *f = calloc(1, sizeof *f);
    *out = f;
    if (f == NULL) {
        RAISE(NO_MEMORY);
    }
    *f = (struct finish){.r = r, .plan = r->plan->finish, .outputs = r->plan->outputs};
    map_init(&f->index, false);
    f->arena = arena_create(0);
    if (f->arena == NULL) {
        RAISE(NO_MEMORY);
    }
    f->collations = arena_array(f->arena, const struct collation *, r->plan->n_outputs);
    f->pads = arena_array_(f->arena, r->plan->n_outputs, sizeof *f->pads);
    TRY(arena_status(f->arena));
    f->unfit = !limit_of(r, f->plan->limit, UINT64_MAX, &f->limit) ||
               !limit_of(r, f->plan->offset, 0, &f->offset);
    return load_collations(f);
}

void
finish_free(struct finish *f)
{
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < f->n; i++) {
        for (size_t k = 0; k < f->plan->n_items; k++) {
            if (f->rows[i]->cells[k].seen) {
                map_deinit(f->rows[i]->cells[k].seen);
            }
        }
    }
    map_deinit(&f->index);
    free(f->rows);
    arena_free(f->arena);
    free(f);
}

/* ---- keys ---- */

/* Equal values, equal keys. A NULL is equal to another. */
static STATUS
equal_key(struct finish *f, int output, struct slice value, struct buf *out)
{
    const struct type *t = f->outputs[output].column->type;
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    enum type_key_result result = TYPE_KEY_OK;
    if (value.data == NULL) {
        buf_append_be32(out, UINT32_MAX);
        return OK;
    }
    TRY(type_key_det(t, f->collations[output], value, &key, &result));
    f->unfit |= result != TYPE_KEY_OK;
    buf_append_be32(out, (uint32_t) key.len);
    buf_append_slice(out, buf_slice(&key));
    return buf_status(out);
}

/* Compares by order_compare. The value is not NULL. */
static STATUS
order_bytes(struct finish *f, int output, struct slice value, struct buf *key)
{
    const struct type *t = f->outputs[output].column->type;
    if (t->family == TYPE_BINARY) {
        buf_append_slice(key, value);
    } else if (t->family == TYPE_STRING) {
        f->unfit |= collation_key(f->collations[output], value, key) != COLLATION_OK;
    } else {
        const struct type_key_ord plan = type_key_ord_plan(t, TYPE_KEY_ORD_COMPACT, 0);
        enum type_key_result result;
        TRY(type_key_ord(t, &plan, NULL, value, key, &result));
        f->unfit |= result != TYPE_KEY_OK;
    }
    return buf_status(key);
}

static struct slice
bytes_of(const struct buf *b)
{
    return b->len ? buf_slice(b) : SLICE("");
}

/* A NULL slice for NULL. In f->arena. */
static STATUS
order_key(struct finish *f, int output, struct slice value, struct slice *out)
{
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    *out = SLICE_NULL;
    if (value.data) {
        TRY(order_bytes(f, output, value, &key));
        *out = arena_dup(f->arena, bytes_of(&key));
    }
    return arena_status(f->arena);
}

/* How the rest of the longer string compares with the padding of the shorter. */
static int
compare_rest(struct slice rest, const uint8_t *pad)
{
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.data[i] != pad[i % PAD_LEN]) {
            return rest.data[i] < pad[i % PAD_LEN] ? -1 : 1;
        }
    }
    return 0;
}

static int
order_compare(const struct finish *f, int output, struct slice a, struct slice b)
{
    if (a.data == NULL || b.data == NULL) {
        return (a.data != NULL) - (b.data != NULL);
    }
    const size_t n = a.len < b.len ? a.len : b.len;
    const int head = mem_compare(a.data, b.data, n);
    if (head || a.len == b.len) {
        return head;
    }
    const bool text = output >= 0 && f->outputs[output].column->type->family == TYPE_STRING;
    if (!text) {
        return a.len < b.len ? -1 : 1;
    }
    const uint8_t *pad = f->pads[output];
    return a.len > n ? compare_rest(slice_from(a, n), pad) : -compare_rest(slice_from(b, n), pad);
}

/* ---- aggregates ---- */

/* The value times 10^scale. */
static bool
integer_of(const struct finish *f, const struct type *t, struct slice value, __int128 *out)
{
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    __int128 v = 0;
    bool negative = false;
    if (!status_is_ok(type_value_to_text(t, &f->r->e->state.env, value, &text))) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '-') {
            negative = true;
        } else if (text.data[i] != '.') {
            v = v * 10 + (text.data[i] - '0');
        }
    }
    *out = negative ? -v : v;
    return true;
}

static STATUS
add_minmax(struct finish *f, const struct plan_item *item, struct slice value, struct cell *c)
{
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    TRY(order_bytes(f, item->input, value, &key));
    const int order = c->count ? order_compare(f, item->input, bytes_of(&key), c->key) : 0;
    if (c->count++ == 0 || (item->kind == PLAN_ITEM_MIN ? order < 0 : order > 0)) {
        c->key = arena_dup(f->arena, bytes_of(&key));
        c->value = arena_dup(f->arena, value);
    }
    return arena_status(f->arena);
}

static STATUS
add_distinct(struct finish *f, const struct plan_item *item, struct slice value, struct cell *c)
{
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    TRY(equal_key(f, item->input, value, &key));
    if (c->seen == NULL) {
        c->seen = arena_new(f->arena, struct map);
        map_init(c->seen, false);
    }
    TRY(map_put(c->seen, buf_slice(&key), f));
    c->count = c->seen->count;
    return OK;
}

static STATUS
add_to_cell(struct finish *f, const struct plan_item *item, struct slice value, struct cell *c)
{
    __int128 v;
    if (value.data == NULL && item->input != PLAN_NO_INPUT) {
        return OK;
    }
    switch (item->kind) {
    case PLAN_ITEM_COLUMN:
        break;
    case PLAN_ITEM_COUNT:
        c->count++;
        break;
    case PLAN_ITEM_COUNT_DISTINCT:
        return add_distinct(f, item, value, c);
    case PLAN_ITEM_SUM:
    case PLAN_ITEM_AVG:
        f->unfit |= !integer_of(f, f->outputs[item->input].column->type, value, &v);
        c->sum += f->unfit ? 0 : v;
        c->count++;
        break;
    case PLAN_ITEM_MIN:
    case PLAN_ITEM_MAX:
        return add_minmax(f, item, value, c);
    }
    return OK;
}

/* ---- rows ---- */

static STATUS
new_row(struct finish *f, const struct slice *values, size_t stride, struct row **out)
{
    if (f->n == f->cap) {
        const size_t cap = f->cap ? f->cap * 2 : 128;
        struct row **rows = realloc(f->rows, cap * sizeof(struct row *));
        if (rows == NULL) {
            RAISE(NO_MEMORY);
        }
        f->rows = rows;
        f->cap = cap;
    }
    struct row *row = arena_new(f->arena, struct row);
    row->cells = arena_array(f->arena, struct cell, f->plan->n_items);
    TRY(arena_status(f->arena));
    row->number = f->n;
    f->rows[f->n++] = row;
    for (size_t i = 0; i < f->plan->n_items; i++) {
        const struct plan_item *item = &f->plan->items[i];
        if (item->kind == PLAN_ITEM_COLUMN && values) {
            row->cells[i].value = arena_dup(f->arena, values[(size_t) item->input * stride]);
        }
    }
    *out = row;
    return arena_status(f->arena);
}

static STATUS
row_key(struct finish *f, const struct slice *values, size_t stride, struct buf *key)
{
    if (f->plan->grouped) {
        for (size_t i = 0; i < f->plan->n_group; i++) {
            const uint16_t output = f->plan->group[i];
            TRY(equal_key(f, output, values[output * stride], key));
        }
        return OK;
    }
    for (size_t i = 0; i < f->plan->n_visible; i++) {
        const int output = f->plan->items[i].input;
        TRY(equal_key(f, output, values[(size_t) output * stride], key));
    }
    return OK;
}

static STATUS
add_row(struct finish *f, const struct slice *values, size_t stride)
{
    struct row *row;
    if (!f->plan->grouped && !f->plan->distinct) {
        return new_row(f, values, stride, &row);
    }
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    TRY(row_key(f, values, stride, &key));
    const struct slice k = bytes_of(&key);
    row = map_find(&f->index, k);
    if (row == NULL) {
        TRY(new_row(f, values, stride, &row));
        TRY(map_put(&f->index, k, row));
    }
    for (size_t i = 0; f->plan->grouped && i < f->plan->n_items; i++) {
        const struct plan_item *item = &f->plan->items[i];
        const struct slice value =
            item->input == PLAN_NO_INPUT ? SLICE("") : values[(size_t) item->input * stride];
        TRY(add_to_cell(f, item, value, &row->cells[i]));
    }
    return OK;
}

struct status
finish_rows(struct finish *f, const struct slice *values, size_t stride, size_t n, bool *fits)
{
    for (size_t i = 0; i < n && !f->unfit; i++) {
        TRY(add_row(f, values + i, stride));
    }
    *fits = !f->unfit && f->n <= ROWS_MAX && arena_used(f->arena) <= BYTES_MAX;
    return OK;
}

/* ---- printing ---- */

static void
append_number(__int128 v, unsigned decimals, struct buf *out)
{
    char digits[48];
    unsigned n = 0;
    const bool negative = v < 0;
    for (v = negative ? -v : v; v > 0 || n <= decimals; v /= 10) {
        digits[n++] = (char) ('0' + (int) (v % 10));
    }
    buf_append_str(out, negative ? "-" : "");
    while (n) {
        buf_append_u8(out, (uint8_t) digits[--n]);
        if (n == decimals && n) {
            buf_append_u8(out, '.');
        }
    }
}

/* sum / count, rounded half away from zero to so many decimals. */
static __int128
average(const struct cell *c, unsigned scale, unsigned decimals)
{
    __int128 v = c->sum < 0 ? -c->sum : c->sum;
    for (unsigned i = scale; i < decimals; i++) {
        v *= 10;
    }
    v = (2 * v + (__int128) c->count) / (2 * (__int128) c->count);
    return c->sum < 0 ? -v : v;
}

static unsigned
scale_of(const struct type *t)
{
    return t->family == TYPE_DECIMAL ? t->scale : 0;
}

/* The text of a COUNT, SUM or AVG; nothing for NULL. */
static void
number_text(const struct finish *f, size_t i, const struct cell *c, struct buf *out)
{
    const struct plan_item *item = &f->plan->items[i];
    if (item->kind == PLAN_ITEM_COUNT || item->kind == PLAN_ITEM_COUNT_DISTINCT) {
        buf_append_u64_dec(out, c->count);
        return;
    }
    const unsigned scale = scale_of(f->outputs[item->input].column->type);
    if (c->count && item->kind == PLAN_ITEM_SUM) {
        append_number(c->sum, scale, out);
    } else if (c->count) {
        const unsigned decimals = f->r->columns[i].decimals;
        append_number(average(c, scale, decimals), decimals, out);
    }
}

static STATUS
print_cell(const struct finish *f, const struct row *row, size_t i, struct printer *p)
{
    const struct plan_item *item = &f->plan->items[i];
    const struct cell *c = &row->cells[i];
    if (item->kind == PLAN_ITEM_COLUMN || item->kind == PLAN_ITEM_MIN ||
        item->kind == PLAN_ITEM_MAX) {
        return printer_value(p, f->outputs[item->input].column->type, c->value);
    }
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    number_text(f, i, c, &text);
    TRY(buf_status(&text));
    return printer_text(p, text.len ? buf_slice(&text) : SLICE_NULL);
}

/* ---- order ---- */

/* Of a COUNT, SUM or AVG: 17 bytes, sign first; AVG is compared as it is printed. */
static STATUS
number_key(struct finish *f, size_t i, const struct cell *c, struct slice *out)
{
    const struct plan_item *item = &f->plan->items[i];
    const bool counts = item->kind == PLAN_ITEM_COUNT || item->kind == PLAN_ITEM_COUNT_DISTINCT;
    *out = SLICE_NULL;
    if (!counts && c->count == 0) {
        return OK;
    }
    __int128 v = counts ? (__int128) c->count : c->sum;
    if (item->kind == PLAN_ITEM_AVG) {
        v = average(c, scale_of(f->outputs[item->input].column->type), f->r->columns[i].decimals);
    }
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    const unsigned __int128 u = (unsigned __int128) v ^ ((unsigned __int128) 1 << 127);
    buf_append_be64(&key, (uint64_t) (u >> 64));
    buf_append_be64(&key, (uint64_t) u);
    *out = arena_dup(f->arena, buf_slice(&key));
    return arena_status(f->arena);
}

static STATUS
sort_keys(struct finish *f, struct row *row)
{
    row->keys = arena_array(f->arena, struct slice, f->plan->n_sort);
    TRY(arena_status(f->arena));
    for (size_t i = 0; i < f->plan->n_sort; i++) {
        const size_t at = f->plan->sort[i].item;
        const struct plan_item *item = &f->plan->items[at];
        const struct cell *c = &row->cells[at];
        switch (item->kind) {
        case PLAN_ITEM_COLUMN:
            TRY(order_key(f, item->input, c->value, &row->keys[i]));
            break;
        case PLAN_ITEM_MIN:
        case PLAN_ITEM_MAX:
            row->keys[i] = c->key;
            break;
        case PLAN_ITEM_COUNT:
        case PLAN_ITEM_COUNT_DISTINCT:
        case PLAN_ITEM_SUM:
        case PLAN_ITEM_AVG:
            TRY(number_key(f, at, c, &row->keys[i]));
            break;
        }
    }
    return OK;
}

static bool
is_number(enum plan_item_kind kind)
{
    return kind != PLAN_ITEM_COLUMN && kind != PLAN_ITEM_MIN && kind != PLAN_ITEM_MAX;
}

static int
compare_rows(const void *a, const void *b, void *ctx)
{
    const struct row *x = *(struct row *const *) a, *y = *(struct row *const *) b;
    const struct finish *f = ctx;
    for (size_t i = 0; i < f->plan->n_sort; i++) {
        const struct plan_item *item = &f->plan->items[f->plan->sort[i].item];
        const int output = is_number(item->kind) ? -1 : item->input;
        const int order = order_compare(f, output, x->keys[i], y->keys[i]);
        if (order) {
            return f->plan->sort[i].desc ? -order : order;
        }
    }
    return (x->number > y->number) - (x->number < y->number);
}

struct status
finish_end(struct finish *f, bool *fits)
{
    struct row *row;
    if (f->plan->grouped && f->plan->n_group == 0 && f->n == 0) {
        TRY(new_row(f, NULL, 0, &row)); /* aggregates of no rows */
    }
    for (size_t i = 0; i < f->n && f->plan->n_sort; i++) {
        TRY(sort_keys(f, f->rows[i]));
    }
    *fits = !f->unfit;
    if (*fits && f->plan->n_sort && f->n) {
        qsort_r(f->rows, f->n, sizeof(struct row *), compare_rows, f);
    }
    return OK;
}

struct status
finish_send(struct finish *f, struct printer *p, uint64_t *n)
{
    *n = 0;
    for (uint64_t i = f->offset; i < f->n && *n < f->limit; i++) {
        printer_begin(p);
        for (size_t k = 0; k < f->plan->n_visible; k++) {
            TRY(print_cell(f, f->rows[i], k, p));
        }
        TRY(printer_send(p));
        (*n)++;
    }
    return OK;
}
