/* SPDX-License-Identifier: Apache-2.0 */
/* A wire_io over memory: gives `input` in pieces of `step` bytes, collects what is written. */
#pragma once

#include "base/buf.h"
#include "base/mem.h"
#include "base/slice.h"
#include "proxy/wire/io.h"

struct memory_io {
    struct slice input;
    size_t step;        /* bytes per read; 0: random 1..9, driven by `seed` */
    size_t fail_writes; /* the n-th write fails; 0: none */
    size_t n_writes;
    uint32_t seed;
    struct buf output;
};

static inline ptrdiff_t
memory_io_read(struct wire_io *io, void *p, size_t n)
{
    struct memory_io *m = io->state;
    size_t step = m->step;
    if (step == 0) {
        m->seed = m->seed * 1664525u + 1013904223u;
        step = 1 + (m->seed >> 24) % 9;
    }
    const size_t len = n < step ? n : step;
    const struct slice part = slice_sub(m->input, 0, len);
    m->input = slice_from(m->input, part.len);
    mem_copy(p, part.data, part.len);
    return part.len ? (ptrdiff_t) part.len : WIRE_IO_CLOSED;
}

static inline ptrdiff_t
memory_io_write(struct wire_io *io, const void *p, size_t n)
{
    struct memory_io *m = io->state;
    if (m->fail_writes && ++m->n_writes >= m->fail_writes) {
        return WIRE_IO_CLOSED;
    }
    buf_append(&m->output, p, n);
    return (ptrdiff_t) n;
}

static inline void
memory_io_close(struct wire_io *io)
{
}

static inline void
memory_io_attach(struct wire_io *io, struct memory_io *m)
{
    static const struct wire_io_ops ops = {memory_io_read, memory_io_write, memory_io_close};
    *io = (struct wire_io){&ops, -1, m};
}
