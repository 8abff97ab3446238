/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AUTO_INCREMENT values of one statement, in the lots in which MySQL's handler takes them from InnoDB: the
 * first lot is as large as the list of rows, whether or not each row wants an id; further ones double. So
 * the gaps that a statement leaves are MySQL's too.
 * handler::update_auto_increment(), ha_innobase::get_auto_increment().
 */
#include "proxy/exec/ids.h"

#include "proxy/store/store.h"

#define LOT_BITS_MAX 16

static uint64_t
largest_id(const struct type *t)
{
    if (t->family != TYPE_INT) {
        return UINT64_MAX;
    }
    return UINT64_MAX >> (64 - 8 * t->int_bytes + !t->is_unsigned);
}

uint64_t
ids_align(const struct exec_state *st, uint64_t id)
{
    const uint64_t step = st->id_step, offset = st->id_offset > step ? 1 : st->id_offset;
    const uint64_t past = (id + step - offset % step) % step;
    return past ? id + (step - past) : id;
}

struct status
ids_reserve(struct exec *e, const struct cat_table *t, uint64_t n, uint64_t *first, struct diag *d)
{
    if (e->client_insert_id) {
        *first = e->client_insert_id;
        e->client_insert_id = 0;
        return store_sequence_bump(e->shared->store, t->id, *first + n - 1, d);
    }
    TRY(store_sequence_reserve(e->shared->store, t->id, n * e->state.id_step, first, d));
    *first = ids_align(&e->state, *first);
    const uint64_t max = largest_id(t->columns[t->autoinc].type);
    if (e->shared->flavour == BACKEND_MYSQL && *first > max) {
        *first = max; /* MySQL stays there and reports the duplicate; MariaDB says out of range */
    }
    return OK;
}

static STATUS
next_lot(struct ids *ids)
{
    struct exec *e = ids->e;
    const bool forced = e->client_insert_id != 0;
    const unsigned bits = ids->n_lots < LOT_BITS_MAX ? ids->n_lots : LOT_BITS_MAX;
    const uint64_t lot = ids->left ? ids->left : ids->n_lots == 0 ? ids->n_rows : 1ull << bits;
    if (ids->given && !forced) {
        TRY(store_sequence_bump(e->shared->store, ids->t->id, ids->given, ids->d));
    }
    TRY(ids_reserve(e, ids->t, lot, &ids->next, ids->d));
    ids->end = forced ? UINT64_MAX : ids->next + lot * e->state.id_step;
    ids->first = ids->n_lots++ ? ids->first : ids->next;
    ids->left = lot;
    return OK;
}

struct status
ids_take(struct ids *ids, uint64_t *id)
{
    if (ids->n_lots == 0 || ids->next >= ids->end) {
        TRY(next_lot(ids));
    }
    *id = ids->next;
    ids->next += ids->e->state.id_step;
    ids->left -= ids->left > 0;
    return OK;
}

void
ids_given(struct ids *ids, uint64_t id)
{
    ids->given = id > ids->given ? id : ids->given;
    if (ids->n_lots && id >= ids->next && id < UINT64_MAX) {
        ids->next = ids_align(&ids->e->state, id + 1);
    }
    ids->left -= ids->left > 0;
}

/* The item of a row of VALUES that gives the AUTO_INCREMENT column, -1: none does. */
static int
id_item(const struct cat_table *t, const struct sql_insert *ins)
{
    int at = 0;
    if (!ins->column_list && !ins->set_form) {
        for (int i = 0; i < t->autoinc; i++) {
            at += !t->columns[i].invisible;
        }
        return at;
    }
    SQL_FOR_EACH(n, &ins->columns)
    {
        if (slice_equal_ci(sql_as_column(n)->name, t->columns[t->autoinc].name)) {
            return at;
        }
        at++;
    }
    return -1;
}

/* Does a row of VALUES bring its id as a plain number? Else it wants one, or only MySQL can tell. */
static bool
brings_id(const struct exec_run *r, const struct sql_row *row, int item, uint64_t *id)
{
    struct literal_ref lit;
    const struct sql_node *n = item < 0 ? NULL : row->items.first;
    for (; n && item > 0; item--) {
        n = n->next;
    }
    *id = 0;
    if (n == NULL || !literal_of_node(n, r->lits, &lit) || lit.negated || lit.value.negative ||
        lit.value.kind != TYPE_LITERAL_INT) {
        return false;
    }
    const bool beyond = !slice_parse_u64(lit.value.bytes, id); /* out of range, but given */
    return beyond || *id || r->e->state.no_auto_value_on_zero;
}

bool
ids_wanted(const struct exec_run *r, const struct cat_table *t, const struct sql_insert *ins,
           uint64_t *given)
{
    const int item = id_item(t, ins);
    *given = 0;
    SQL_FOR_EACH(row, &ins->rows)
    {
        uint64_t id;
        if (!brings_id(r, sql_as_row(row), item, &id)) {
            return true;
        }
        *given = id > *given ? id : *given;
    }
    return false;
}
