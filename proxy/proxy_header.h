/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PROXY protocol, versions 1 and 2: a load balancer's first bytes that name the real client.
 * https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

#define PROXY_HEADER_MAX 600 /* longer ones (TLVs) are refused */

/* How many bytes must still be read before the next call: 0 complete, < 0 malformed. */
ptrdiff_t proxy_header_need(struct slice have);
/* Of a complete header: the client's address as text. False: keep the connection's (LOCAL, UNKNOWN). */
bool proxy_header_client(struct slice header, char *out, size_t out_len);

/* Is the address in one of the comma-separated networks "a.b.c.d/n", "x::y/n" or single addresses? */
bool proxy_header_trusts(const char *networks, const struct sockaddr_storage *peer);
/* False when an element does not parse. */
bool proxy_header_networks_ok(const char *networks);
