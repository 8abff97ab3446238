/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/printer.h"

#include "rewriter/types/type_value.h"

#define UNSIGNED_FLAG 32

static bool
is_text(const struct type *t)
{
    return t->family == TYPE_STRING || t->family == TYPE_ENUM || t->family == TYPE_SET;
}

static bool
is_known(enum charset cs)
{
    return cs != CHARSET_OTHER && cs != CHARSET_OTHER_8BIT;
}

static bool
is_charset(const struct type *t, enum charset cs, struct slice name)
{
    return t->collation->cs == cs && (is_known(cs) || slice_equal_ci(t->collation->charset, name));
}

bool
printer_can(const struct exec_run *r, const struct type *t)
{
    const struct slice name = slice_of_str(r->e->state.charset_results);
    if (type_needs_tz(t) && !r->e->state.env.tz.known) {
        return false; /* a named zone */
    }
    const enum charset to = charset_from_name(name, 4);
    return !is_text(t) || name.len == 0 || slice_equal_str_ci(name, "binary") ||
           is_charset(t, to, name) || (is_known(t->collation->cs) && is_known(to));
}

struct status
printer_init(struct printer *p, struct exec_run *r, size_t n)
{
    struct exec *e = r->e;
    *p = (struct printer){.r = r, .n = n};
    p->offsets = arena_array(e->arena, size_t, n + 1);
    p->nulls = arena_array(e->arena, bool, n + 1);
    p->cells = arena_array(e->arena, struct slice, n + 1);
    const struct slice name = slice_of_str(e->state.charset_results);
    if (name.len && !slice_equal_str_ci(name, "binary")) {
        p->convert = true;
        p->to = charset_from_name(name, 4);
        p->to_name = name;
    }
    return arena_status(e->arena);
}

void
printer_deinit(struct printer *p)
{
    buf_deinit(&p->row);
}

/* What the target cannot hold becomes '?', as in MySQL. */
static void
convert_lossy(enum charset from, enum charset to, struct slice s, struct buf *out)
{
    while (s.len) {
        uint32_t cp;
        unsigned len;
        if (!charset_decode(from, s, &cp, &len)) {
            buf_append_u8(out, '?');
            s = slice_from(s, 1);
            continue;
        }
        if (!charset_encode(to, cp, out)) {
            buf_append_u8(out, '?');
        }
        s = slice_from(s, len);
    }
}

static STATUS
print_value(struct printer *p, const struct type *t, struct slice value)
{
    const struct type_env *env = &p->r->e->state.env;
    if (!is_text(t) || !p->convert || is_charset(t, p->to, p->to_name)) {
        return p->r->w->binary ? type_value_to_binary(t, env, value, &p->row)
                               : type_value_to_text(t, env, value, &p->row);
    }
    CLEANUP(buf_deinit_cleanup) struct buf own = BUF_INIT;
    TRY(type_value_to_text(t, env, value, &own));
    if (!charset_convert(t->collation->cs, p->to, buf_slice(&own), &p->row)) {
        convert_lossy(t->collation->cs, p->to, buf_slice(&own), &p->row);
    }
    return buf_status(&p->row);
}

void
printer_begin(struct printer *p)
{
    buf_clear(&p->row);
    p->at = 0;
}

static bool
begin_cell(struct printer *p, struct slice value)
{
    p->offsets[p->at] = p->row.len;
    p->nulls[p->at] = value.data == NULL;
    return !p->nulls[p->at++];
}

struct status
printer_value(struct printer *p, const struct type *t, struct slice value)
{
    return begin_cell(p, value) ? print_value(p, t, value) : OK;
}

struct status
printer_text(struct printer *p, struct slice text)
{
    if (!begin_cell(p, text)) {
        return OK;
    }
    if (!p->r->w->binary) {
        buf_append_slice(&p->row, text);
        return buf_status(&p->row);
    }
    const struct wire_column *c = &p->r->columns[p->at - 1];
    return type_value_text_to_binary(c->type, (c->flags & UNSIGNED_FLAG) != 0, text, &p->row);
}

struct status
printer_send(struct printer *p)
{
    p->offsets[p->n] = p->row.len;
    TRY(buf_status(&p->row));
    const struct slice all = buf_slice(&p->row);
    for (size_t i = 0; i < p->n; i++) {
        p->cells[i] = p->nulls[i]
                          ? SLICE_NULL
                          : slice_sub(all, p->offsets[i], p->offsets[i + 1] - p->offsets[i]);
    }
    return result_row(p->r->w, p->cells, p->n);
}
