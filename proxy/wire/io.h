/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connected byte stream behind three functions: a plain socket, TLS (proxy/tls.h), or a test's
 * memory. Sockets are always non-blocking; wire_io_wait blocks where a worker wants to.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct wire_io;

enum {
    WIRE_IO_AGAIN_READ = -1,  /* try again when the socket is readable */
    WIRE_IO_AGAIN_WRITE = -2, /* … writable */
    WIRE_IO_CLOSED = -3,      /* end of stream or a hard error */
};

struct wire_io_ops {
    /* > 0 bytes, or one of the above. */
    ptrdiff_t (*read)(struct wire_io *io, void *p, size_t n);
    ptrdiff_t (*write)(struct wire_io *io, const void *p, size_t n);
    void (*close)(struct wire_io *io); /* frees `state`, closes fd */
};

struct wire_io {
    const struct wire_io_ops *ops;
    int fd;
    void *state; /* TLS object */
};

/* Takes ownership of a connected socket. */
void wire_io_init_socket(struct wire_io *io, int fd);
void wire_io_close(struct wire_io *io);
/* Waits as `again` (WIRE_IO_AGAIN_*) asks; 1 ready, 0 timed out, -1 failed. timeout < 0: no limit. */
int wire_io_wait(const struct wire_io *io, ptrdiff_t again, int64_t timeout_us);
