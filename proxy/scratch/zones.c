/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/scratch/zones.h"

#define BATCH_BYTES (256u << 10)

static const struct {
    const char *name, *columns;
} tables[] = {
    {"time_zone", "Time_zone_id,Use_leap_seconds"},
    {"time_zone_leap_second", "Transition_time,Correction"},
    {"time_zone_name", "Name,Time_zone_id"},
    {"time_zone_transition", "Time_zone_id,Transition_time,Transition_type_id"},
    {"time_zone_transition_type", "Time_zone_id,Transition_type_id,`Offset`,Is_DST,Abbreviation"},
};

/* ('12','Europe/Berlin'): numbers are converted; text is ASCII. */
static void
print_row(const struct slice *row, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        buf_append_str(out, i ? ",'" : "('");
        for (size_t k = 0; k < row[i].len; k++) {
            if (row[i].data[k] == '\'' || row[i].data[k] == '\\') {
                buf_append_u8(out, row[i].data[k] == '\'' ? '\'' : '\\');
            }
            buf_append_u8(out, row[i].data[k]);
        }
        buf_append_u8(out, '\'');
    }
    buf_append_u8(out, ')');
}

static STATUS
copy_rows(struct backend_result *rows, size_t table, struct backend_conn *to, struct diag *d)
{
    const size_t n = backend_result_n_columns(rows);
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    for (;;) {
        const struct slice *row;
        TRY(backend_result_next(rows, &row, d));
        if (row) {
            if (sql.len) {
                buf_append_u8(&sql, ',');
            } else {
                buf_printf(&sql, "INSERT INTO mysql.%s (%s) VALUES ", tables[table].name,
                           tables[table].columns);
            }
            print_row(row, n, &sql);
        }
        if (sql.len > (row ? BATCH_BYTES : 0)) {
            TRY(buf_status(&sql));
            TRY(backend_exec(to, buf_slice(&sql), NULL, d));
            buf_clear(&sql);
        }
        if (row == NULL) {
            return OK;
        }
    }
}

static STATUS
copy_table(struct backend_conn *from, size_t table, struct backend_conn *to, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(backend_result_free_cleanup) struct backend_result *rows = NULL;
    buf_printf(&sql, "SELECT %s FROM mysql.%s", tables[table].columns, tables[table].name);
    TRY(buf_status(&sql));
    TRY(backend_query(from, buf_slice(&sql), BACKEND_STREAM, &rows, d));
    return copy_rows(rows, table, to, d);
}

static bool
has_zones(struct backend_conn *from)
{
    struct diag ignored = DIAG_INIT;
    CLEANUP(backend_result_free_cleanup) struct backend_result *rows = NULL;
    const struct slice *row = NULL;
    const struct status s = backend_query(from, SLICE("SELECT 1 FROM mysql.time_zone_name LIMIT 1"),
                                          BACKEND_STORE, &rows, &ignored);
    return status_is_ok(s) && status_is_ok(backend_result_next(rows, &row, &ignored)) && row;
}

struct status
scratch_zones_copy(struct backend_conn *from, struct backend_conn *to, struct diag *d)
{
    if (!has_zones(from) || has_zones(to)) {
        return OK;
    }
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        TRY(copy_table(from, i, to, d));
    }
    return OK;
}
