/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/proxy_header.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/mem.h"
#include "proxy/config.h"

#define V1_MAX   107
#define V2_FIXED 16

static const uint8_t v2_magic[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                     0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

static bool
is_v2(struct slice have)
{
    return slice_starts_with(have, slice_of(v2_magic, sizeof v2_magic));
}

/* Version 1 is a line: after its first bytes it is read byte by byte, so as not to read past it. */
static ptrdiff_t
need_v1(struct slice have)
{
    if (!slice_starts_with(have, SLICE("PROXY "))) {
        return -1;
    }
    if (have.data[have.len - 1] == '\n') {
        return have.data[have.len - 2] == '\r' ? 0 : -1;
    }
    return have.len < V1_MAX ? 1 : -1;
}

ptrdiff_t
proxy_header_need(struct slice have)
{
    if (have.len < sizeof v2_magic) {
        return (ptrdiff_t) (sizeof v2_magic - have.len);
    }
    if (!is_v2(have)) {
        return need_v1(have);
    }
    if (have.len < V2_FIXED) {
        return (ptrdiff_t) (V2_FIXED - have.len);
    }
    const size_t total = V2_FIXED + mem_be16(have.data + 14);
    if (have.data[12] >> 4 != 2 || total > PROXY_HEADER_MAX || have.len > total) {
        return -1;
    }
    return (ptrdiff_t) (total - have.len);
}

static bool
client_v2(struct slice h, char *out, size_t out_len)
{
    const unsigned command = h.data[12] & 15, family = h.data[13] >> 4;
    if (command != 1) {
        return false;
    }
    if (family == 1 && h.len >= V2_FIXED + 12) {
        return inet_ntop(AF_INET, h.data + V2_FIXED, out, (socklen_t) out_len) != NULL;
    }
    if (family == 2 && h.len >= V2_FIXED + 36) {
        return inet_ntop(AF_INET6, h.data + V2_FIXED, out, (socklen_t) out_len) != NULL;
    }
    return false;
}

bool
proxy_header_client(struct slice header, char *out, size_t out_len)
{
    if (is_v2(header)) {
        return client_v2(header, out, out_len);
    }
    /* PROXY TCP4 source destination port port */
    struct slice rest = slice_from(header, 6);
    const bool tcp4 = slice_starts_with(rest, SLICE("TCP4 "));
    if (!tcp4 && !slice_starts_with(rest, SLICE("TCP6 "))) {
        return false;
    }
    rest = slice_from(rest, 5);
    size_t n = 0;
    while (n < rest.len && rest.data[n] != ' ') {
        n++;
    }
    uint8_t check[16];
    snprintf(out, out_len, "%.*s", (int) n, (const char *) rest.data);
    return inet_pton(tcp4 ? AF_INET : AF_INET6, out, check) == 1;
}

struct network {
    int family;
    uint8_t addr[16];
    unsigned bits;
};

static bool
network_parse(struct slice text, struct network *net)
{
    char addr[64];
    size_t n = 0;
    uint64_t bits;
    while (n < text.len && text.data[n] != '/') {
        n++;
    }
    if (n >= sizeof addr) {
        return false;
    }
    snprintf(addr, sizeof addr, "%.*s", (int) n, (const char *) text.data);
    net->family = inet_pton(AF_INET, addr, net->addr) == 1    ? AF_INET
                  : inet_pton(AF_INET6, addr, net->addr) == 1 ? AF_INET6
                                                              : AF_UNSPEC;
    const unsigned max = net->family == AF_INET ? 32 : 128;
    net->bits = max;
    if (n < text.len) {
        if (!slice_parse_u64(slice_from(text, n + 1), &bits) || bits > max) {
            return false;
        }
        net->bits = (unsigned) bits;
    }
    return net->family != AF_UNSPEC;
}

static bool
network_has(const struct network *net, const uint8_t *addr)
{
    for (unsigned i = 0; i < net->bits; i++) {
        const unsigned mask = 0x80u >> i % 8;
        if ((net->addr[i / 8] & mask) != (addr[i / 8] & mask)) {
            return false;
        }
    }
    return true;
}

bool
proxy_header_trusts(const char *networks, const struct sockaddr_storage *peer)
{
    struct slice list = slice_of_str(networks), item;
    struct network net;
    const uint8_t *addr = NULL;
    if (peer->ss_family == AF_INET) {
        addr = (const uint8_t *) &((const struct sockaddr_in *) peer)->sin_addr;
    } else if (peer->ss_family == AF_INET6) {
        addr = (const uint8_t *) &((const struct sockaddr_in6 *) peer)->sin6_addr;
    }
    while (addr && config_list_next(&list, &item)) {
        if (network_parse(item, &net) && net.family == peer->ss_family && network_has(&net, addr)) {
            return true;
        }
    }
    return false;
}

bool
proxy_header_networks_ok(const char *networks)
{
    struct slice list = slice_of_str(networks), item;
    struct network net;
    while (config_list_next(&list, &item)) {
        if (!network_parse(item, &net)) {
            return false;
        }
    }
    return true;
}
