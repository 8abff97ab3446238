/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/accounts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "proxy/config.h"

#define SHA2_PREFIX "$A$005$"

struct entry {
    struct account pub;
    bool is_known; /* stage2 is valid; under the lock */
    uint8_t stage2[AUTHHASH_SHA256];
};

struct accounts {
    _Atomic unsigned refs;
    pthread_mutex_t lock;
    struct map by_name; /* struct entry */
    struct arena *arena;
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

static bool
parse_word(struct account *acc, struct slice word)
{
    const struct slice prefix = SLICE(SHA2_PREFIX);
    if (slice_starts_with(word, prefix)) {
        word = slice_from(word, prefix.len);
        if (word.len != AUTHHASH_SALT + AUTHHASH_CRYPT) {
            return false;
        }
        mem_copy(acc->salt, word.data, AUTHHASH_SALT);
        mem_copy(acc->crypt, word.data + AUTHHASH_SALT, AUTHHASH_CRYPT);
        return acc->has_sha2 = true;
    }
    if (slice_starts_with(word, SLICE("*"))) {
        acc->has_native = parse_hex(slice_from(word, 1), acc->native, sizeof acc->native);
        return acc->has_native;
    }
    return false;
}

static bool
parse_verifier(struct account *acc, struct slice text)
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

static struct status
add(struct accounts *a, const struct config *cfg, const struct config_user *u, struct diag *d)
{
    struct entry *e = arena_new(a->arena, struct entry);
    e->pub.name = arena_strdup(a->arena, slice_of_str(u->name));
    e->pub.is_admin = is_listed(cfg->admin_users, u->name);
    if (!parse_verifier(&e->pub, slice_of_str(u->verifier))) {
        FAIL(d, CONFIG, "user %s: the verifier is not one that alliumctl user add writes", u->name);
    }
    TRY(arena_status(a->arena));
    return map_put(&a->by_name, slice_of_str(u->name), e);
}

struct status
accounts_new(struct accounts **out, const struct config *cfg, struct diag *d)
{
    CLEANUP(accounts_unref_cleanup) struct accounts *a = calloc(1, sizeof *a);
    if (a == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    a->refs = 1;
    pthread_mutex_init(&a->lock, NULL);
    map_init(&a->by_name, false);
    a->arena = arena_create(0);
    if (a->arena == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    for (const struct config_user *u = cfg->users; u; u = u->next) {
        TRY(add(a, cfg, u, d));
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
        map_deinit(&a->by_name);
        arena_free(a->arena);
        pthread_mutex_destroy(&a->lock);
        free(a);
    }
    return NULL;
}

const struct account *
accounts_find(const struct accounts *a, struct slice name)
{
    const struct entry *e = map_find(&a->by_name, name);
    return e ? &e->pub : NULL;
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
