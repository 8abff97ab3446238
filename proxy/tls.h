/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS towards clients. A context is immutable and shared; each connection's state hangs on its
 * wire_io. Without a configured certificate a self-signed one is made, so TLS always works.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/status.h"
#include "proxy/wire/io.h"

struct config;
struct tls_context;

STATUS tls_context_new(struct tls_context **out, const struct config *cfg, struct diag *d);
struct tls_context *tls_context_free(struct tls_context *t); /* NULL is fine; returns NULL */
CLEANUP_DEFINE(struct tls_context *, tls_context_free)

/* Turns a plain socket's io into a TLS one; the handshake follows in tls_accept. False: no memory. */
bool tls_start(struct wire_io *io, struct tls_context *t);
/* 1 when done, or WIRE_IO_*. */
ptrdiff_t tls_accept(struct wire_io *io);
/* Does the connection have what the account's REQUIRE asks for? io may be without TLS. */
struct account;
bool tls_satisfies(const struct wire_io *io, bool is_tls, const struct account *acc);
/* Name of the cipher in use; "" without TLS. */
const char *tls_cipher(const struct wire_io *io);
const char *tls_version(const struct wire_io *io);
