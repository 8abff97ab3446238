/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ope_trie.h"

#include <stdlib.h>

#include "base/mem.h"
#include "crypto/block.h"

#define CACHE_BITS 12
#define MORE_MAX   (OPE_TRIE_MAX * 7) /* blocks of the middle range, 7 a node */

#define AHEAD_LEVELS 3
#define AHEAD_PATH   16 /* at least 2^AHEAD_LEVELS - 1 */

struct ope_trie_entry {
    ope_u128 tag; /* 0: free */
    uint64_t k;
    uint64_t pad;
};

/* A node and the values below it: v[first .. first + count). */
struct node {
    ope_u128 n, prefix, k;
    uint64_t lo; /* the smallest plaintext below */
    uint32_t first, count;
    unsigned depth;
};

struct walk {
    struct ope_trie *t;
    struct ope_trie_value *v;
    bool opening, bad;
    struct node *level, *next; /* swapped after each level */
    size_t n_level, n_next, n_leaves;
    struct node leaves[OPE_TRIE_MAX], rooms[2][OPE_TRIE_MAX];
};

void
ope_trie_init(struct ope_trie *t, struct aes *split, struct aes *more, struct aes *leaf,
              unsigned domain_bits, unsigned range_bits)
{
    *t = (struct ope_trie){split, more, leaf, domain_bits, range_bits, NULL};
}

void
ope_trie_deinit(struct ope_trie *t)
{
    if (t->cache) {
        mem_wipe(t->cache, sizeof *t->cache << CACHE_BITS);
        free(t->cache);
        t->cache = NULL;
    }
}

/* The fixed bits, a one, zeros: different for each node. */
static ope_u128
tag_of(const struct node *node)
{
    return (node->prefix << 1 | 1) << (127 - node->depth);
}

static void
store(uint8_t *block, ope_u128 v)
{
    block_store64(block, (uint64_t) (v >> 64));
    block_store64(block + 8, (uint64_t) v);
}

static ope_u128
load(const uint8_t *block)
{
    return (ope_u128) block_load64(block) << 64 | block_load64(block + 8);
}

static struct ope_trie_entry *
slot_of(struct ope_trie *t, ope_u128 tag)
{
    if (t->cache == NULL) {
        return NULL;
    }
    uint64_t h = (uint64_t) tag ^ (uint64_t) (tag >> 64) * UINT64_C(0x9E3779B97F4A7C15);
    h *= UINT64_C(0xD6E8FEB86659FD93);
    return &t->cache[h >> (64 - CACHE_BITS)];
}

/* Both halves must be able to hold their plaintexts: keeps the map injective. */
static ope_u128
clamp(ope_u128 k, ope_u128 n, unsigned bits_below)
{
    if (bits_below < 64) {
        const ope_u128 half = (ope_u128) 1 << bits_below;
        if (k > half) {
            k = half;
        }
        if (n - k > half) {
            k = n - half;
        }
    }
    return k;
}

/* k of the nodes at `miss`, in two AES calls. */
static void
sample_nodes(struct walk *w, const uint8_t *miss, size_t n)
{
    uint8_t s[OPE_TRIE_MAX][AES_BLOCK];
    uint8_t more[MORE_MAX][AES_BLOCK];
    size_t n_more = 0;
    if (n == 0) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        store(s[i], tag_of(&w->level[miss[i]]));
    }
    aes_blocks(w->t->split, s[0], s[0], n);
    for (size_t i = 0; i < n; i++) {
        const size_t need = ope_sample_n_more(w->level[miss[i]].n);
        for (size_t j = 1; j <= need; j++) {
            store(more[n_more++], load(s[i]) ^ j);
        }
    }
    if (n_more) {
        aes_blocks(w->t->more, more[0], more[0], n_more);
    }
    const uint8_t *at = more[0];
    for (size_t i = 0; i < n; i++) {
        struct node *node = &w->level[miss[i]];
        const ope_u128 k = ope_sample(node->n, load(s[i]), at);
        at += ope_sample_n_more(node->n) * AES_BLOCK;
        node->k = clamp(k, node->n, w->t->range_bits - node->depth - 1);
        struct ope_trie_entry *e = slot_of(w->t, tag_of(node));
        if (e) {
            e->tag = tag_of(node);
            e->k = (uint64_t) node->k;
        }
    }
}

static void
sample_level(struct walk *w)
{
    uint8_t miss[OPE_TRIE_MAX];
    size_t n = 0;
    for (size_t i = 0; i < w->n_level; i++) {
        const ope_u128 tag = tag_of(&w->level[i]);
        const struct ope_trie_entry *e = slot_of(w->t, tag);
        if (e && e->tag == tag) {
            w->level[i].k = e->k;
        } else {
            miss[n++] = (uint8_t) i;
        }
    }
    sample_nodes(w, miss, n);
}

static bool
goes_right(const struct walk *w, const struct node *node, const struct ope_trie_value *v)
{
    return w->opening ? v->ct >> (w->t->range_bits - node->depth - 1) & 1
                      : (ope_u128) (v->pt - node->lo) >= node->k;
}

static void
add_child(struct walk *w, const struct node *child)
{
    if (child->count == 0) {
        return;
    }
    if (child->n == 0) {
        w->bad = true; /* only when opening: no plaintext maps here */
    } else if (child->n == 1) {
        w->leaves[w->n_leaves++] = *child;
    } else {
        w->next[w->n_next++] = *child;
    }
}

static void
split_node(struct walk *w, const struct node *node)
{
    uint32_t left = 0;
    while (left < node->count && !goes_right(w, node, &w->v[node->first + left])) {
        left++;
    }
    const struct node zero = {.n = node->k,
                              .prefix = node->prefix << 1,
                              .lo = node->lo,
                              .first = node->first,
                              .count = left,
                              .depth = node->depth + 1};
    const struct node one = {.n = node->n - node->k,
                             .prefix = node->prefix << 1 | 1,
                             .lo = node->lo + (uint64_t) node->k,
                             .first = node->first + left,
                             .count = node->count - left,
                             .depth = node->depth + 1};
    add_child(w, &zero);
    add_child(w, &one);
}

static void
descend(struct walk *w)
{
    while (w->n_level) {
        sample_level(w);
        w->n_next = 0;
        for (size_t i = 0; i < w->n_level; i++) {
            split_node(w, &w->level[i]);
        }
        struct node *done = w->level;
        w->level = w->next;
        w->next = done;
        w->n_level = w->n_next;
    }
}

/* The bits below each leaf, and with them its whole ciphertext in k. */
static void
fill_leaves(struct walk *w)
{
    uint8_t s[OPE_TRIE_MAX][AES_BLOCK];
    for (size_t i = 0; i < w->n_leaves; i++) {
        const struct node *leaf = &w->leaves[i];
        store(s[i], leaf->depth < 128 ? tag_of(leaf) : 0);
    }
    aes_blocks(w->t->leaf, s[0], s[0], w->n_leaves);
    for (size_t i = 0; i < w->n_leaves; i++) {
        struct node *leaf = &w->leaves[i];
        const unsigned below = w->t->range_bits - leaf->depth;
        leaf->k = below ? leaf->prefix << below | load(s[i]) >> (128 - below) : leaf->prefix;
    }
}

static void
make_cache(struct ope_trie *t)
{
    if (t->cache == NULL) {
        t->cache = calloc((size_t) 1 << CACHE_BITS, sizeof *t->cache); /* may stay NULL */
    }
}

static void
walk_many(struct walk *w, size_t n)
{
    w->n_leaves = 0;
    w->level = w->rooms[0];
    w->next = w->rooms[1];
    w->level[0] = (struct node){.n = (ope_u128) 1 << w->t->domain_bits, .count = (uint32_t) n};
    w->n_level = 1;
    descend(w);
    fill_leaves(w);
}

/* --- one value: no lists, and AES a few levels ahead ------------------------------------------------- */

/* S of the nodes that may come next: the subtree below `top` as a heap, or when the ciphertext is known the
 * path. */
struct ahead {
    uint8_t s[AHEAD_PATH][AES_BLOCK];
    unsigned left; /* levels still in it */
    unsigned at;   /* the current node's place, from 0 */
};

static void
look_ahead(struct ope_trie *t, struct ahead *ahead, const struct node *node,
           const struct ope_trie_value *known)
{
    const unsigned most = t->range_bits - node->depth;
    unsigned n = 0;
    if (known) {
        ahead->left = most < AHEAD_PATH ? most : AHEAD_PATH;
        for (; n < ahead->left; n++) {
            const unsigned depth = node->depth + n;
            const struct node below = {.prefix = depth ? known->ct >> (t->range_bits - depth) : 0,
                                       .depth = depth};
            store(ahead->s[n], tag_of(&below));
        }
    } else {
        ahead->left = most < AHEAD_LEVELS ? most : AHEAD_LEVELS;
        for (unsigned level = 0; level < ahead->left; level++) {
            for (unsigned i = 0; i < 1U << level; i++) {
                const struct node below = {.prefix = node->prefix << level | i,
                                           .depth = node->depth + level};
                store(ahead->s[n++], tag_of(&below));
            }
        }
    }
    ahead->at = 0;
    aes_blocks(t->split, ahead->s[0], ahead->s[0], n);
}

static ope_u128
draw_one(struct ope_trie *t, const struct node *node, ope_u128 s)
{
    uint8_t more[7][AES_BLOCK];
    const size_t need = ope_sample_n_more(node->n);
    for (size_t j = 0; j < need; j++) {
        store(more[j], s ^ (j + 1));
    }
    if (need) {
        aes_blocks(t->more, more[0], more[0], need);
    }
    return clamp(ope_sample(node->n, s, more[0]), node->n, t->range_bits - node->depth - 1);
}

/* k of a node that the cache lacks. */
static ope_u128
split_one(struct ope_trie *t, struct ahead *ahead, const struct node *node,
          const struct ope_trie_value *known, struct ope_trie_entry *e)
{
    if (ahead->left == 0) {
        look_ahead(t, ahead, node, known);
    }
    const ope_u128 k = draw_one(t, node, load(ahead->s[ahead->at]));
    if (e) {
        e->tag = tag_of(node);
        e->k = (uint64_t) k;
    }
    return k;
}

/*
 * Down to the leaf of v->pt, or of v->ct when opening; false when there is none. The tag of a child is
 * its parent's plus or minus half the parent's lowest bit. Written with branches on purpose: the
 * predictor then runs ahead of the cache's loads along a path walked before.
 */
static bool
descend_one(struct ope_trie *t, const struct ope_trie_value *v, bool opening, struct node *leaf)
{
    struct ahead ahead;
    struct node node = {.n = (ope_u128) 1 << t->domain_bits};
    ope_u128 tag = (ope_u128) 1 << 127, half = (ope_u128) 1 << 126;
    ope_u128 path = v->ct << (128 - t->range_bits); /* next bit on top */
    bool right = false;
    ahead.left = ahead.at = 0;
    while (node.n > 1) {
        struct ope_trie_entry *e = slot_of(t, tag);
        ope_u128 k;
        if (e && e->tag == tag) {
            k = e->k;
        } else {
            node.prefix = node.depth ? tag >> (128 - node.depth) : 0;
            k = split_one(t, &ahead, &node, opening ? v : NULL, e);
        }
        right = opening ? path >> 127 : (ope_u128) (v->pt - node.lo) >= k;
        if (right) {
            node.lo += (uint64_t) k;
            node.n -= k;
            tag += half;
        } else {
            node.n = k;
            tag -= half;
        }
        half >>= 1;
        path <<= 1;
        node.depth++;
        if (ahead.left) {
            ahead.left--;
            ahead.at = opening ? ahead.at + 1 : 2 * ahead.at + 1 + right;
        }
    }
    node.prefix = node.depth == 0    ? 0
                  : node.depth < 128 ? tag >> (128 - node.depth)
                                     : (tag & ~(ope_u128) 1) | right; /* half was 0 */
    *leaf = node;
    return node.n == 1;
}

static ope_u128
leaf_ct(struct ope_trie *t, const struct node *leaf)
{
    uint8_t s[AES_BLOCK];
    const unsigned below = t->range_bits - leaf->depth;
    if (below == 0) {
        return leaf->prefix;
    }
    store(s, tag_of(leaf));
    aes_blocks(t->leaf, s, s, 1);
    return leaf->prefix << below | load(s) >> (128 - below);
}

/* --- entry ----------------------------------------------------------------------------------------- */

void
ope_trie_encrypt(struct ope_trie *t, struct ope_trie_value *v, size_t n)
{
    make_cache(t);
    if (n == 1) {
        struct node leaf;
        descend_one(t, v, false, &leaf);
        v->ct = leaf_ct(t, &leaf);
        return;
    }
    struct walk w;
    w.t = t;
    w.v = v;
    w.opening = w.bad = false;
    walk_many(&w, n);
    for (size_t i = 0; i < w.n_leaves; i++) {
        for (uint32_t j = 0; j < w.leaves[i].count; j++) {
            v[w.leaves[i].first + j].ct = w.leaves[i].k;
        }
    }
    mem_wipe(&w.leaves, w.n_leaves * sizeof w.leaves[0]);
}

bool
ope_trie_decrypt(struct ope_trie *t, struct ope_trie_value *v, size_t n)
{
    make_cache(t);
    if (n == 1) {
        struct node leaf;
        const bool found = descend_one(t, v, true, &leaf);
        v->pt = leaf.lo;
        return found && leaf_ct(t, &leaf) == v->ct;
    }
    struct walk w;
    w.t = t;
    w.v = v;
    w.opening = true;
    w.bad = false;
    walk_many(&w, n);
    for (size_t i = 0; i < w.n_leaves; i++) {
        for (uint32_t j = 0; j < w.leaves[i].count; j++) {
            struct ope_trie_value *value = &v[w.leaves[i].first + j];
            w.bad |= value->ct != w.leaves[i].k;
            value->pt = w.leaves[i].lo;
        }
    }
    mem_wipe(&w.leaves, w.n_leaves * sizeof w.leaves[0]);
    return !w.bad;
}
