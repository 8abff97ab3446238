/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan cache: digest and session context to plan and metadata. Sharded; each shard is a fixed
 * array of buckets with a lock held for a look-up's moment. A full bucket gives up its oldest entry; an
 * entry of another catalog version is as good as absent and the first to go.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "proxy/exec/exec_priv.h"

#define SHARDS 16
#define WAYS   8

struct entry {
    struct exec_key key;
    struct exec_cached value; /* plan NULL: free */
    uint64_t used;
};

struct shard {
    pthread_mutex_t lock;
    struct entry *entries; /* n_buckets * WAYS */
    uint64_t clock;
};

struct exec_cache {
    struct shard shards[SHARDS];
    size_t n_buckets;
};

struct status
exec_cache_new(struct exec_cache **out, size_t max)
{
    struct exec_cache *c = calloc(1, sizeof *c);
    if (c == NULL) {
        RAISE(NO_MEMORY);
    }
    c->n_buckets = max / (SHARDS * WAYS) + 1;
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&c->shards[i].lock, NULL);
        c->shards[i].entries = calloc(c->n_buckets * WAYS, sizeof *c->shards[i].entries);
        if (c->shards[i].entries == NULL) {
            exec_cache_free(c);
            RAISE(NO_MEMORY);
        }
    }
    *out = c;
    return OK;
}

struct exec_cache *
exec_cache_free(struct exec_cache *c)
{
    if (c) {
        for (int i = 0; i < SHARDS; i++) {
            for (size_t k = 0; c->shards[i].entries && k < c->n_buckets * WAYS; k++) {
                plan_unref(c->shards[i].entries[k].value.plan);
            }
            free(c->shards[i].entries);
            pthread_mutex_destroy(&c->shards[i].lock);
        }
        free(c);
    }
    return NULL;
}

static struct entry *
bucket(struct exec_cache *c, const struct exec_key *key, struct shard **shard)
{
    const uint64_t h = slice_hash(slice_of(key->bytes, sizeof key->bytes));
    *shard = &c->shards[h % SHARDS];
    return &(*shard)->entries[(h / SHARDS) % c->n_buckets * WAYS];
}

bool
exec_cache_find(struct exec_cache *c, const struct exec_key *key, uint64_t catalog_version,
                struct exec_cached *out)
{
    struct shard *shard;
    struct entry *e = bucket(c, key, &shard);
    bool found = false;
    pthread_mutex_lock(&shard->lock);
    for (int i = 0; i < WAYS && !found; i++) {
        if (e[i].value.plan && e[i].value.plan->catalog_version == catalog_version &&
            mem_compare(e[i].key.bytes, key->bytes, sizeof key->bytes) == 0) {
            e[i].used = ++shard->clock;
            *out = e[i].value;
            plan_ref(out->plan);
            found = true;
        }
    }
    pthread_mutex_unlock(&shard->lock);
    return found;
}

void
exec_cache_put(struct exec_cache *c, const struct exec_key *key, const struct exec_cached *value)
{
    struct shard *shard;
    struct entry *e = bucket(c, key, &shard);
    struct plan *old;
    pthread_mutex_lock(&shard->lock);
    int victim = 0;
    for (int i = 0; i < WAYS; i++) {
        const bool same =
            e[i].value.plan && mem_compare(e[i].key.bytes, key->bytes, sizeof key->bytes) == 0;
        if (e[i].value.plan == NULL || same) {
            victim = i;
            break;
        }
        if (e[i].used < e[victim].used) {
            victim = i;
        }
    }
    old = e[victim].value.plan;
    e[victim] = (struct entry){*key, *value, ++shard->clock};
    plan_ref(value->plan);
    pthread_mutex_unlock(&shard->lock);
    plan_unref(old);
}
