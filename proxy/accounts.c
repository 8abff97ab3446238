/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/accounts.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proxy/config.h"

#define SHA2_PREFIX "$A$005$"
#define SHA2_HEAD   7u

struct entry {
    struct account pub;
    bool is_known; /* stage2 is valid; under the lock */
    uint8_t stage2[AUTHHASH_SHA256];
};

struct accounts {
    _Atomic unsigned refs;
    pthread_mutex_t lock;
    struct entry *entries; /* the most specific first */
    size_t n;
    struct arena *arena;
    uint8_t decoy_key[AUTHHASH_SCRAMBLE];
};

static bool
parse_hex(struct slice hex, uint8_t *out, size_t n)
{
    if (hex.len != 2 * n) {
        return false;
    }
    for (size_t i = 0; i < hex.len; i++) {
        const uint8_t c = hex.data[i];
        const int v = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
        if (v < 0) {
            return false;
        }
        out[i / 2] = (uint8_t) (out[i / 2] << 4 | v);
    }
    return true;
}

/* $A$nnn$ + salt + hash; nnn: thousands of rounds in hexadecimal. */
static bool
parse_sha2(struct account *acc, struct slice word)
{
    uint8_t n[2];
    CLEANUP(buf_deinit_cleanup) struct buf digits = BUF_INIT;
    if (word.len != SHA2_HEAD + AUTHHASH_SALT + AUTHHASH_CRYPT || word.data[6] != '$') {
        return false;
    }
    buf_append_str(&digits, "0");
    buf_append_slice(&digits, slice_sub(word, 3, 3));
    if (!parse_hex(buf_slice(&digits), n, sizeof n) || (n[0] == 0 && n[1] == 0)) {
        return false;
    }
    acc->rounds = (n[0] * 256u + n[1]) * 1000u;
    mem_copy(acc->salt, word.data + SHA2_HEAD, AUTHHASH_SALT);
    mem_copy(acc->crypt, word.data + SHA2_HEAD + AUTHHASH_SALT, AUTHHASH_CRYPT);
    return acc->has_sha2 = true;
}

static bool
parse_word(struct account *acc, struct slice word)
{
    if (slice_starts_with(word, SLICE("$A$"))) {
        return parse_sha2(acc, word);
    }
    if (slice_starts_with(word, SLICE("*"))) {
        acc->has_native = parse_hex(slice_from(word, 1), acc->native, sizeof acc->native);
        return acc->has_native;
    }
    return false;
}

/* The users file: one word per method. */
static bool
parse_words(struct account *acc, struct slice text)
{
    while (text.len) {
        size_t n = 0;
        while (n < text.len && text.data[n] != ' ') {
            n++;
        }
        if (n && !parse_word(acc, slice_sub(text, 0, n))) {
            return false;
        }
        text = slice_from(text, n + 1);
    }
    acc->is_empty = !acc->has_sha2 && !acc->has_native;
    return true;
}

/* What this proxy cannot verify lets nobody in. */
static void
parse_auth(struct account *acc, const struct account_source *row)
{
    const bool native =
        slice_equal_str(row->plugin, "mysql_native_password") || row->plugin.len == 0;
    if (!native && !slice_equal_str(row->plugin, "caching_sha2_password")) {
        return;
    }
    acc->is_empty = row->auth.len == 0;
    if (row->auth.len && !parse_word(acc, row->auth)) {
        acc->has_native = acc->has_sha2 = false;
    }
}

static bool
is_listed(const char *list, const char *name)
{
    struct slice rest = slice_of_str(list), item;
    while (config_list_next(&rest, &item)) {
        if (slice_equal_str(item, name)) {
            return true;
        }
    }
    return false;
}

struct status
accounts_of_config(struct arena *a, const struct config *cfg, struct account_source **out,
                   size_t *n, struct diag *d)
{
    size_t count = 0;
    for (const struct config_user *u = cfg->users; u; u = u->next) {
        count++;
    }
    *n = 0;
    *out = arena_array(a, struct account_source, count);
    TRY(arena_status(a));
    for (const struct config_user *u = cfg->users; u; u = u->next) {
        struct account parsed = {0};
        if (!parse_words(&parsed, slice_of_str(u->verifier))) {
            FAIL(d, CONFIG, "user %s: the verifier is not one that alliumctl user add writes",
                 u->name);
        }
        (*out)[(*n)++] = (struct account_source){.user = slice_of_str(u->name),
                                                 .host = SLICE("%"),
                                                 .auth = slice_of_str(u->verifier),
                                                 .is_admin = is_listed(cfg->admin_users, u->name)};
    }
    return OK;
}

/* ---- host patterns ---- */

static bool
is_address(struct slice host)
{
    for (size_t i = 0; i < host.len; i++) {
        if (!(host.data[i] >= '0' && host.data[i] <= '9') && host.data[i] != '.') {
            return false;
        }
    }
    return host.len > 0;
}

/* Pattern a.b.c.d/mask, the mask as an address or as a number of bits. */
static bool
in_network(struct slice pattern, size_t slash, const char *host)
{
    char net[INET_ADDRSTRLEN], mask[INET_ADDRSTRLEN];
    struct in_addr n, m, h;
    uint64_t bits;
    const struct slice tail = slice_from(pattern, slash + 1);
    if (slash >= sizeof net || tail.len >= sizeof mask) {
        return false;
    }
    snprintf(net, sizeof net, "%.*s", SLICE_ARG(slice_sub(pattern, 0, slash)));
    snprintf(mask, sizeof mask, "%.*s", SLICE_ARG(tail));
    if (inet_pton(AF_INET, net, &n) != 1 || inet_pton(AF_INET, host, &h) != 1) {
        return false;
    }
    if (slice_parse_u64(tail, &bits) && bits <= 32) {
        m.s_addr = bits ? htonl(UINT32_MAX << (32 - bits)) : 0;
    } else if (inet_pton(AF_INET, mask, &m) != 1) {
        return false;
    }
    return (h.s_addr & m.s_addr) == n.s_addr;
}

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t) (c + 32) : c;
}

/* LIKE without escapes but \, case folded. */
static bool
matches_wild(struct slice p, struct slice host)
{
    if (p.len == 0) {
        return host.len == 0;
    }
    if (p.data[0] == '%') {
        for (size_t i = 0; i <= host.len; i++) {
            if (matches_wild(slice_from(p, 1), slice_from(host, i))) {
                return true;
            }
        }
        return false;
    }
    const bool escaped = p.data[0] == '\\' && p.len > 1;
    const uint8_t c = p.data[escaped];
    return host.len > 0 && ((c == '_' && !escaped) || lower(c) == lower(host.data[0])) &&
           matches_wild(slice_from(p, escaped + 1u), slice_from(host, 1));
}

static bool
matches_host(const char *pattern, const char *host)
{
    const struct slice p = slice_of_str(pattern);
    const uint8_t *slash = p.len ? memchr(p.data, '/', p.len) : NULL;
    if (slash && is_address(slice_sub(p, 0, (size_t) (slash - p.data)))) {
        return in_network(p, (size_t) (slash - p.data), host);
    }
    const bool loopback = strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0;
    return p.len == 0 || matches_wild(p, slice_of_str(host)) ||
           (loopback && matches_wild(p, SLICE("localhost")));
}

/* MySQL's order: hosts without a wildcard, then those with the longer text before it; named users
 * before anonymous ones. */
static unsigned
specificity(const struct account *acc)
{
    const size_t plain = strcspn(acc->host, "%_");
    const size_t rank = acc->host[0] == '\0' ? 0 : acc->host[plain] == '\0' ? 255 : plain + 1;
    return (unsigned) (rank < 255 ? rank : 255) * 2 + (acc->user[0] != '\0');
}

static int
compare(const void *a, const void *b)
{
    const unsigned x = specificity(&((const struct entry *) a)->pub);
    const unsigned y = specificity(&((const struct entry *) b)->pub);
    return x > y ? -1 : x < y;
}

/* ---- snapshots ---- */

static void
add(struct accounts *a, const struct account_source *row)
{
    struct account *acc = &a->entries[a->n++].pub;
    *acc = (struct account){.user = arena_strdup(a->arena, row->user),
                            .host = arena_strdup(a->arena, row->host),
                            .is_admin = row->is_admin,
                            .is_locked = row->is_locked,
                            .is_expired = row->is_expired,
                            .is_restricted = row->is_restricted,
                            .tls = row->tls,
                            .tls_issuer = arena_strdup(a->arena, row->tls_issuer),
                            .tls_subject = arena_strdup(a->arena, row->tls_subject),
                            .max_connections = row->max_connections};
    if (slice_is_null(row->plugin)) {
        (void) parse_words(acc, row->auth); /* accounts_of_config looked at it */
    } else {
        parse_auth(acc, row);
    }
}

static void
keep_verifiers(struct accounts *a, struct accounts *before)
{
    pthread_mutex_lock(&before->lock);
    for (size_t i = 0; i < a->n; i++) {
        struct entry *e = &a->entries[i];
        for (size_t k = 0; k < before->n; k++) {
            const struct entry *was = &before->entries[k];
            if (was->is_known && e->pub.has_sha2 && strcmp(e->pub.user, was->pub.user) == 0 &&
                strcmp(e->pub.host, was->pub.host) == 0 &&
                mem_equal_ct(e->pub.salt, was->pub.salt, sizeof was->pub.salt) &&
                mem_equal_ct(e->pub.crypt, was->pub.crypt, sizeof was->pub.crypt)) {
                mem_copy(e->stage2, was->stage2, sizeof e->stage2);
                e->is_known = true;
            }
        }
    }
    pthread_mutex_unlock(&before->lock);
}

struct status
accounts_new(struct accounts **out, const struct account_source *rows, size_t n,
             struct accounts *before, struct diag *d)
{
    CLEANUP(accounts_unref_cleanup) struct accounts *a = calloc(1, sizeof *a);
    if (a == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    a->refs = 1;
    pthread_mutex_init(&a->lock, NULL);
    a->arena = arena_create(0);
    if (a->arena == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    a->entries = arena_array(a->arena, struct entry, n);
    TRY(arena_status(a->arena));
    for (size_t i = 0; i < n; i++) {
        add(a, &rows[i]);
    }
    TRY(arena_status(a->arena));
    qsort(a->entries, a->n, sizeof a->entries[0], compare);
    if (before) {
        mem_copy(a->decoy_key, before->decoy_key, sizeof a->decoy_key);
        keep_verifiers(a, before);
    } else if (!authhash_scramble(a->decoy_key, sizeof a->decoy_key)) {
        FAIL(d, NO_MEMORY, "no randomness");
    }
    *out = STEAL(a);
    return OK;
}

struct accounts *
accounts_ref(struct accounts *a)
{
    atomic_fetch_add(&a->refs, 1);
    return a;
}

struct accounts *
accounts_unref(struct accounts *a)
{
    if (a && atomic_fetch_sub(&a->refs, 1) == 1) {
        arena_free(a->arena);
        pthread_mutex_destroy(&a->lock);
        free(a);
    }
    return NULL;
}

const struct account *
accounts_find(const struct accounts *a, struct slice user, const char *host)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct account *acc = &a->entries[i].pub;
        if ((acc->user[0] == '\0' || slice_equal_str(user, acc->user)) &&
            matches_host(acc->host, host)) {
            return acc;
        }
    }
    return NULL;
}

const struct account *
accounts_get(const struct accounts *a, const char *user, const char *host)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct account *acc = &a->entries[i].pub;
        if (strcmp(acc->user, user) == 0 && strcmp(acc->host, host) == 0) {
            return acc;
        }
    }
    return NULL;
}

const struct account *
accounts_decoy(const struct accounts *a, struct slice user)
{
    uint8_t digest[AUTHHASH_SHA256];
    struct buf keyed = BUF_INIT;
    buf_append(&keyed, a->decoy_key, sizeof a->decoy_key);
    buf_append_slice(&keyed, user);
    authhash_sha256(buf_slice(&keyed), digest);
    buf_deinit(&keyed);
    return a->n ? &a->entries[mem_le64(digest) % a->n].pub : NULL;
}

bool
accounts_recall(struct accounts *a, const struct account *acc, uint8_t out[AUTHHASH_SHA256])
{
    const struct entry *e = (const struct entry *) acc;
    pthread_mutex_lock(&a->lock);
    const bool known = e->is_known;
    mem_copy(out, e->stage2, AUTHHASH_SHA256);
    pthread_mutex_unlock(&a->lock);
    return known;
}

void
accounts_remember(struct accounts *a, const struct account *acc,
                  const uint8_t stage2[AUTHHASH_SHA256])
{
    struct entry *e = (struct entry *) acc;
    pthread_mutex_lock(&a->lock);
    mem_copy(e->stage2, stage2, AUTHHASH_SHA256);
    e->is_known = true;
    pthread_mutex_unlock(&a->lock);
}

bool
accounts_verifier_sha2(struct slice password, struct buf *out)
{
    static const char abc[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    uint8_t salt[AUTHHASH_SALT];
    char crypt[AUTHHASH_CRYPT];
    if (!authhash_scramble(salt, sizeof salt)) {
        return false;
    }
    for (size_t i = 0; i < sizeof salt; i++) {
        salt[i] = (uint8_t) abc[salt[i] % 64];
    }
    authhash_crypt(password, slice_of(salt, sizeof salt), 5000, crypt);
    buf_append_str(out, SHA2_PREFIX);
    buf_append(out, salt, sizeof salt);
    buf_append(out, crypt, sizeof crypt);
    return true;
}

void
accounts_verifier_native(struct slice password, struct buf *out)
{
    uint8_t once[AUTHHASH_SHA1], twice[AUTHHASH_SHA1];
    authhash_sha1(password, once);
    authhash_sha1(slice_of(once, sizeof once), twice);
    buf_append_str(out, "*");
    for (size_t i = 0; i < sizeof twice; i++) {
        buf_printf(out, "%02X", twice[i]);
    }
}
