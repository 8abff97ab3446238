/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/discard.h"

static struct status
discard_columns(struct result_writer *w, const struct wire_column *cols, size_t n)
{
    ((struct discard *) w)->has_rows = true;
    return OK;
}

static struct status
discard_row(struct result_writer *w, const struct slice *cells, size_t n)
{
    return OK;
}

static struct status
discard_end(struct result_writer *w, uint16_t flags, uint16_t warnings)
{
    return OK;
}

static struct status
discard_ok(struct result_writer *w, const struct result_ok *ok)
{
    struct result_ok *sum = &((struct discard *) w)->sum;
    sum->affected += ok->affected;
    sum->warnings = (uint16_t) (sum->warnings + ok->warnings);
    sum->insert_id = sum->insert_id ? sum->insert_id : ok->insert_id;
    return OK;
}

static struct status
discard_infile(struct result_writer *w, struct slice filename)
{
    RAISE(POLICY);
}

static struct status
discard_infile_next(struct result_writer *w, struct slice *chunk)
{
    RAISE(BUG);
}

void
discard_init(struct discard *d, bool binary)
{
    static const struct result_ops ops = {discard_columns, discard_row,    discard_end,
                                          discard_ok,      discard_infile, discard_infile_next};
    *d = (struct discard){.writer = {&ops, binary}};
}
