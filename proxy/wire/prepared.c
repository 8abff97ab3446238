/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/prepared.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "proxy/wire/channel.h"
#include "proxy/wire/command.h"
#include "proxy/wire/lenenc.h"
#include "proxy/wire/message.h"
#include "proxy/wire/protocol.h"
#include "proxy/wire/resultset.h"

#define FLAG_UNSIGNED 0x80
#define VALUES_MAX    65535u

struct prepared *
prepared_new(uint32_t id, uint16_t n_params)
{
    struct prepared *p = calloc(1, sizeof *p);
    if (p) {
        p->id = id;
        p->n_params = n_params;
        p->params = calloc(n_params ? n_params : 1, sizeof *p->params);
        if (p->params == NULL) {
            p = prepared_free(p);
        }
    }
    return p;
}

struct prepared *
prepared_free(struct prepared *p)
{
    if (p) {
        for (size_t i = 0; p->params && i < p->n_params; i++) {
            buf_deinit(&p->params[i].data);
        }
        buf_deinit(&p->cursor);
        free(p->params);
        free(p);
    }
    return NULL;
}

void
prepared_drop_long(struct prepared *p)
{
    for (size_t i = 0; i < p->n_params; i++) {
        buf_deinit(&p->params[i].data);
        p->params[i].has_long = false;
    }
    diag_clear(&p->long_error);
}

void
prepared_reset(struct prepared *p)
{
    prepared_drop_long(p);
    buf_deinit(&p->cursor);
    p->has_cursor = false;
    p->cursor_pos = 0;
}

void
prepared_long_data(struct prepared *p, uint16_t index, struct slice data, size_t limit)
{
    if (index >= p->n_params) {
        diag_set_sql(&p->long_error, STATUS_SQL, 1210, "HY000",
                     "Incorrect arguments to mysqld_stmt_send_long_data");
        return;
    }
    struct prepared_param *param = &p->params[index];
    param->has_long = true;
    param->data.limit = limit;
    buf_append_slice(&param->data, data);
    if (param->data.failed) {
        diag_set_sql(&p->long_error, STATUS_SQL, 1301, "HY000",
                     "Parameter of prepared statement which is set through "
                     "mysql_send_long_data() is longer than 'max_allowed_packet' bytes");
    }
}

/* Where the values of one execution are read to. */
struct reading {
    struct prepared *p;
    struct exec_param *all; /* parameters, then attributes */
    size_t n;
    bool named;
};

static void
read_types(struct lenenc_reader *r, struct reading *x)
{
    for (size_t i = 0; i < x->n && !r->failed; i++) {
        const uint16_t type = lenenc_read_u16(r);
        x->all[i].type = (uint8_t) type;
        x->all[i].is_unsigned = (type >> 8 & FLAG_UNSIGNED) != 0;
        if (x->named) {
            x->all[i].name = lenenc_read_string(r);
        }
        if (i < x->p->n_params) {
            x->p->params[i].type = x->all[i].type;
            x->p->params[i].is_unsigned = x->all[i].is_unsigned;
        }
    }
    x->p->has_types = !r->failed;
}

static void
recall_types(struct lenenc_reader *r, struct reading *x)
{
    r->failed |= !x->p->has_types || x->n != x->p->n_params;
    for (size_t i = 0; i < x->n && !r->failed; i++) {
        x->all[i].type = x->p->params[i].type;
        x->all[i].is_unsigned = x->p->params[i].is_unsigned;
    }
}

static void
read_value(struct lenenc_reader *r, struct reading *x, size_t i, bool is_null)
{
    struct exec_param *v = &x->all[i];
    if (i < x->p->n_params && x->p->params[i].has_long) {
        static const uint8_t none[1];
        const struct slice s = buf_slice(&x->p->params[i].data);
        v->data = s.data ? s : slice_of(none, 0);
        return;
    }
    v->is_null = is_null || v->type == MYSQL_TYPE_NULL;
    if (!v->is_null) {
        v->data = command_value_read(r, v->type);
    }
}

struct status
prepared_values_read(struct prepared *p, struct slice body, uint8_t flags, uint64_t caps,
                     struct arena *a, struct prepared_values *out, struct diag *d)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    struct reading x = {p, NULL, p->n_params, (caps & CLIENT_QUERY_ATTRIBUTES) != 0};
    *out = (struct prepared_values){0};
    if (p->long_error.code != STATUS_OK) {
        *d = p->long_error;
        RAISE(SQL);
    }
    if (x.named && (p->n_params || flags & COMMAND_PARAMETER_COUNT)) {
        const uint64_t n = lenenc_read_int(&r);
        if (!lenenc_reader_ok(&r) || n < p->n_params || n > VALUES_MAX) {
            FAIL(d, PROTOCOL, "Malformed communication packet.");
        }
        x.n = (size_t) n;
    }
    x.all = arena_array(a, struct exec_param, x.n);
    TRY(arena_status(a));
    if (x.n) {
        const struct slice nulls = lenenc_read_bytes(&r, (x.n + 7) / 8);
        if (lenenc_read_u8(&r) == 1) {
            read_types(&r, &x);
        } else {
            recall_types(&r, &x);
        }
        for (size_t i = 0; i < x.n && !r.failed; i++) {
            read_value(&r, &x, i, (nulls.data[i / 8] >> i % 8 & 1) != 0);
        }
    }
    if (r.failed) {
        FAIL_SQL(d, 1210, "HY000", "Incorrect arguments to mysqld_stmt_execute");
    }
    *out = (struct prepared_values){x.all, x.all + p->n_params, x.n - p->n_params};
    return OK;
}

void
prepared_answer_write(struct wire_channel *ch, struct session_info *info,
                      const struct exec_prepared *p)
{
    struct buf *out = wire_channel_begin(ch);
    const bool metadata = resultset_wants_metadata(info);
    buf_append_u8(out, WIRE_OK);
    buf_append_le32(out, p->id);
    buf_append_le16(out, p->n_columns);
    buf_append_le16(out, p->n_params);
    buf_append_u8(out, 0);
    buf_append_le16(out, p->warnings);
    if (info->caps & CLIENT_OPTIONAL_METADATA) {
        buf_append_u8(out, metadata);
    }
    wire_channel_end(ch);
    if (metadata) {
        resultset_columns_write(ch, info, p->params, p->n_params);
        resultset_columns_write(ch, info, p->columns, p->n_columns);
    }
}
