/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row per sequence in the server holds the first id that nobody has reserved. A proxy reserves a
 * block in one autocommitted UPDATE and hands its ids out from memory, in order, so that within one
 * proxy ids are consecutive as in MySQL. A clean stop gives the rest of a block back when no other
 * block was reserved after it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proxy/store/query.h"
#include "proxy/store/store_priv.h"

struct sequence {
    uint64_t id;
    uint64_t next, end; /* ours: next <= id < end */
};

static struct status
find_sequence(struct store *s, uint64_t id, struct sequence **out)
{
    const struct slice key = slice_of(&id, sizeof(id));
    struct sequence *q = map_find(&s->sequences, key);
    if (!q) {
        q = calloc(1, sizeof(*q));
        if (!q) {
            RAISE(NO_MEMORY);
        }
        q->id = id;
        const struct status status = map_put(&s->sequences, key, q);
        if (!status_is_ok(status)) {
            free(q);
            return status;
        }
    }
    *out = q;
    return OK;
}

/* Adds n to the row; *first is what it was. The row is made on first use, at 1. */
static struct status
advance(struct store *s, uint64_t id, uint64_t n, uint64_t *first, struct diag *d)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        char sql[192];
        struct backend_summary summary;
        const int len = snprintf(sql, sizeof(sql),
                                 "UPDATE " STORE_SCHEMA ".sequences SET next = LAST_INSERT_ID("
                                 "IF(next > 18446744073709551615 - %" PRIu64
                                 ", next, next + %" PRIu64 ")) WHERE id = %" PRIu64,
                                 n, n, id);
        TRY(backend_exec(s->seq_conn, slice_of(sql, (size_t) len), &summary, d));
        if (summary.affected_rows) {
            *first = summary.insert_id - n;
            return OK;
        }
        TRY(query_exec(s->seq_conn, d,
                       "INSERT IGNORE INTO " STORE_SCHEMA ".sequences VALUES (%" PRIu64 ", 1)",
                       id));
    }
    FAIL_SQL(d, 1467, "HY000", "Failed to read auto-increment value from storage engine");
}

static struct status
reserve_locked(struct store *s, uint64_t id, uint64_t n, uint64_t *first, struct diag *d)
{
    struct sequence *q;
    TRY(find_sequence(s, id, &q));
    if (q->end - q->next < n) {
        TRY(store_connect(s, &s->seq_conn, d));
        const uint64_t left = q->end - q->next;
        const uint64_t want =
            n - left > s->config.sequence_block ? n - left : s->config.sequence_block;
        uint64_t start;
        TRY(advance(s, id, want, &start, d));
        if (start != q->end) { /* another proxy reserved in between: our rest is a gap */
            q->next = start;
            q->end = start + want;
            if (want < n) {
                return reserve_locked(s, id, n, first, d);
            }
        }
        q->end = start + want;
    }
    *first = q->next;
    q->next += n;
    return OK;
}

struct status
store_sequence_reserve(struct store *s, uint64_t sequence, uint64_t n, uint64_t *first,
                       struct diag *d)
{
    pthread_mutex_lock(&s->seq_lock);
    const struct status status = reserve_locked(s, sequence, n, first, d);
    pthread_mutex_unlock(&s->seq_lock);
    return status;
}

void
store_sequence_release(struct store *s, uint64_t sequence, uint64_t first, uint64_t n)
{
    pthread_mutex_lock(&s->seq_lock);
    struct sequence *q = map_find(&s->sequences, slice_of(&sequence, sizeof(sequence)));
    if (q && q->next > first && q->next - first <= n && q->end >= q->next) {
        q->next = first;
    }
    pthread_mutex_unlock(&s->seq_lock);
}

static struct status
bump_locked(struct store *s, uint64_t sequence, uint64_t id, struct diag *d)
{
    struct sequence *q;
    TRY(find_sequence(s, sequence, &q));
    if (id == UINT64_MAX || id < q->next) {
        return OK;
    }
    if (id < q->end) {
        q->next = id + 1;
        return OK;
    }
    /* Beyond our block: what the server's row says decides. */
    TRY(store_connect(s, &s->seq_conn, d));
    TRY(query_exec(s->seq_conn, d,
                   "INSERT INTO " STORE_SCHEMA ".sequences VALUES (%" PRIu64 ", %" PRIu64
                   ") ON DUPLICATE KEY UPDATE next = GREATEST(next, %" PRIu64 ")",
                   sequence, id + 1, id + 1));
    q->next = q->end = 0;
    if (id > UINT64_MAX - 2 - s->config.sequence_block) {
        return OK; /* nothing left to reserve */
    }
    TRY(advance(s, sequence, s->config.sequence_block, &q->next, d));
    q->end = q->next + s->config.sequence_block;
    return OK;
}

struct status
store_sequence_bump(struct store *s, uint64_t sequence, uint64_t id, struct diag *d)
{
    pthread_mutex_lock(&s->seq_lock);
    const struct status status = bump_locked(s, sequence, id, d);
    pthread_mutex_unlock(&s->seq_lock);
    return status;
}

static struct status
reset_locked(struct store *s, uint64_t sequence, uint64_t next, struct diag *d)
{
    struct sequence *q;
    TRY(find_sequence(s, sequence, &q));
    TRY(store_connect(s, &s->seq_conn, d));
    TRY(query_exec(s->seq_conn, d,
                   "REPLACE INTO " STORE_SCHEMA ".sequences VALUES (%" PRIu64 ", %" PRIu64 ")",
                   sequence, next ? next : 1));
    q->next = q->end = 0;
    return OK;
}

struct status
store_sequence_reset(struct store *s, uint64_t sequence, uint64_t next, struct diag *d)
{
    pthread_mutex_lock(&s->seq_lock);
    const struct status status = reset_locked(s, sequence, next, d);
    pthread_mutex_unlock(&s->seq_lock);
    return status;
}

static struct status
peek_locked(struct store *s, uint64_t sequence, uint64_t *next, struct diag *d)
{
    struct sequence *q;
    TRY(find_sequence(s, sequence, &q));
    *next = q->next;
    if (q->next < q->end) {
        return OK;
    }
    TRY(store_connect(s, &s->seq_conn, d));
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct query_rows rows;
    if (!a) {
        RAISE(NO_MEMORY);
    }
    const struct slice sql = arena_printf(
        a, "SELECT next FROM " STORE_SCHEMA ".sequences WHERE id = %" PRIu64, sequence);
    TRY(query_rows(s->seq_conn, a, sql, &rows, d));
    if (!rows.n || !slice_parse_u64(query_cell(&rows, 0, 0), next)) {
        *next = 1;
    }
    return OK;
}

struct status
store_sequence_peek(struct store *s, uint64_t sequence, uint64_t *next, struct diag *d)
{
    pthread_mutex_lock(&s->seq_lock);
    const struct status status = peek_locked(s, sequence, next, d);
    pthread_mutex_unlock(&s->seq_lock);
    return status;
}

void
store_sequence_forget(struct store *s)
{
    const struct map_entry *e;
    pthread_mutex_lock(&s->seq_lock);
    for (size_t i = 0; (e = map_next(&s->sequences, &i));) {
        free(e->value);
    }
    map_deinit(&s->sequences);
    map_init(&s->sequences, false);
    pthread_mutex_unlock(&s->seq_lock);
}

void
store_sequence_deinit(struct store *s)
{
    const struct map_entry *e;
    for (size_t i = 0; (e = map_next(&s->sequences, &i));) {
        struct sequence *q = e->value;
        if (q->next < q->end && s->seq_conn && !backend_is_lost(s->seq_conn)) {
            struct status given = query_exec(s->seq_conn, NULL,
                                             "UPDATE " STORE_SCHEMA ".sequences SET next = %" PRIu64
                                             " WHERE id = %" PRIu64 " AND next = %" PRIu64,
                                             q->next, q->id, q->end);
            (void) given; /* a gap in the ids, no harm */
        }
        free(q);
    }
    map_deinit(&s->sequences);
}
