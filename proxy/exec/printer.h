/* SPDX-License-Identifier: Apache-2.0 */
/* Result rows made here: values and texts as the client's protocol and character set want them. */
#pragma once

#include "proxy/exec/exec_priv.h"
#include "rewriter/types/charset.h"

struct printer {
    struct exec_run *r;
    bool convert; /* character_set_results asks for a conversion */
    enum charset to;
    struct slice to_name;
    struct buf row; /* cells of one row, back to back */
    size_t *offsets;
    bool *nulls;
    struct slice *cells;
    size_t n, at;
};

/* False: this session wants t's values in a character set or time zone that is not known here. */
bool printer_can(const struct exec_run *r, const struct type *t);
/* For rows of n columns; deinit also after a failure. */
STATUS printer_init(struct printer *p, struct exec_run *r, size_t n);
void printer_deinit(struct printer *p);

/* A row: begin, n cells from left to right, send. */
void printer_begin(struct printer *p);
STATUS printer_value(struct printer *p, const struct type *t, struct slice value);
/* A number as text. */
STATUS printer_text(struct printer *p, struct slice text);
STATUS printer_send(struct printer *p);
