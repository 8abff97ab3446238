/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/io.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static ptrdiff_t
failure(ptrdiff_t again)
{
    return errno == EAGAIN || errno == EWOULDBLOCK ? again : WIRE_IO_CLOSED;
}

static ptrdiff_t
socket_read(struct wire_io *io, void *p, size_t n)
{
    ssize_t got;
    do {
        got = recv(io->fd, p, n, 0);
    } while (got < 0 && errno == EINTR);
    if (got == 0) {
        return WIRE_IO_CLOSED;
    }
    return got > 0 ? got : failure(WIRE_IO_AGAIN_READ);
}

static ptrdiff_t
socket_write(struct wire_io *io, const void *p, size_t n)
{
    ssize_t put;
    do {
        put = send(io->fd, p, n, MSG_NOSIGNAL);
    } while (put < 0 && errno == EINTR);
    return put > 0 ? put : failure(WIRE_IO_AGAIN_WRITE);
}

static void
socket_close(struct wire_io *io)
{
    close(io->fd);
}

static const struct wire_io_ops socket_ops = {socket_read, socket_write, socket_close};

void
wire_io_init_socket(struct wire_io *io, int fd)
{
    *io = (struct wire_io){&socket_ops, fd, NULL};
}

void
wire_io_close(struct wire_io *io)
{
    if (io->ops) {
        io->ops->close(io);
        *io = (struct wire_io){NULL, -1, NULL};
    }
}

int
wire_io_wait(const struct wire_io *io, ptrdiff_t again, int64_t timeout_us)
{
    struct pollfd p = {io->fd, again == WIRE_IO_AGAIN_WRITE ? POLLOUT : POLLIN, 0};
    const struct timespec ts = {timeout_us / 1000000, timeout_us % 1000000 * 1000};
    int n;
    do {
        n = ppoll(&p, 1, timeout_us < 0 ? NULL : &ts, NULL);
    } while (n < 0 && errno == EINTR);
    return n;
}
