/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/infile_records.h"

#include "base/mem.h"

struct reader {
    const struct infile_format *f;
    struct slice data;
    size_t at;
    bool line_ended, out; /* out: the data ended inside a record */
};

static int
next(struct reader *r)
{
    if (r->at == r->data.len) {
        r->out = true;
        return INFILE_NO_CHAR;
    }
    return r->data.data[r->at++];
}

/* Does `end` stand here, its first byte being the one just read? */
static bool
ends(struct reader *r, int c, struct slice end)
{
    if (end.len == 0 || c != end.data[0] || r->out) {
        return false;
    }
    if (r->data.len - r->at < end.len - 1) {
        r->out = true; /* not known yet */
        return false;
    }
    if (mem_compare(r->data.data + r->at, end.data + 1, end.len - 1) != 0) {
        return false;
    }
    r->at += end.len - 1;
    return true;
}

/* After a closing quote: is it one? False: it was a byte of the value. */
static bool
quote_closes(struct reader *r)
{
    const size_t mark = r->at;
    const int c = next(r);
    if (c == r->f->enclosed) {
        return false;
    }
    if (ends(r, c, r->f->line_end)) {
        r->line_ended = true;
        return true;
    }
    if (ends(r, c, r->f->field_end)) {
        return true;
    }
    r->at = mark;
    return false;
}

static void
skip_field(struct reader *r)
{
    const struct infile_format *f = r->f;
    int c = next(r);
    const bool quoted = f->enclosed != INFILE_NO_CHAR && c == f->enclosed;
    r->at -= !quoted && !r->out;
    while (!r->out) {
        c = next(r);
        if (c == f->escape && f->escape != INFILE_NO_CHAR) {
            if (f->escape != f->enclosed || (r->at < r->data.len && r->data.data[r->at] == c)) {
                next(r);
                continue;
            }
            r->out |= r->at == r->data.len; /* a doubled one may follow */
        }
        if (!quoted && ends(r, c, f->line_end)) {
            r->line_ended = true;
            return;
        }
        if (quoted ? c == f->enclosed && quote_closes(r) : ends(r, c, f->field_end)) {
            return;
        }
    }
}

static void
skip_line(struct reader *r)
{
    while (!r->out) {
        const int c = next(r);
        if (c == r->f->escape && c != INFILE_NO_CHAR) {
            next(r);
        } else if (ends(r, c, r->f->line_end)) {
            return;
        }
    }
}

static void
skip_record(struct reader *r)
{
    r->line_ended = false;
    for (size_t i = 0; i < r->f->n_fields && !r->line_ended && !r->out; i++) {
        skip_field(r);
    }
    if (!r->line_ended) {
        skip_line(r);
    }
}

size_t
infile_records_cut(const struct infile_format *f, struct slice data, size_t skip,
                   size_t max_records, size_t *n_records)
{
    struct reader r = {.f = f, .data = data};
    *n_records = 0;
    for (size_t i = 0; i < skip && !r.out; i++) {
        skip_line(&r);
    }
    size_t whole = 0;
    while (!r.out && *n_records < max_records && r.at < data.len) {
        skip_record(&r);
        if (!r.out) {
            whole = r.at;
            ++*n_records;
        }
    }
    return whole;
}
