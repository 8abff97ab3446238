/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/scheme.h"

#include "base/mem.h"

#define INST_PART 8

static const struct scheme_ops *const registry[] = {
#define SCHEME(name, number, symbol) &scheme_##symbol,
#include "crypto/schemes.def"
#undef SCHEME
};

const struct scheme_ops *
scheme_at(size_t i)
{
    return i < sizeof registry / sizeof registry[0] ? registry[i] : NULL;
}

const struct scheme_ops *
scheme_find(enum scheme_id id)
{
    const struct scheme_ops *ops;
    for (size_t i = 0; (ops = scheme_at(i)); i++) {
        if (ops->id == id) {
            return ops;
        }
    }
    return NULL;
}

const struct scheme_ops *
scheme_find_name(struct slice name)
{
    const struct scheme_ops *ops;
    for (size_t i = 0; (ops = scheme_at(i)); i++) {
        if (slice_equal_str_ci(name, ops->name)) {
            return ops;
        }
    }
    return NULL;
}

static const struct scheme_ops *
ops_of(const struct scheme_key *key)
{
    return ((const struct scheme_key_head *) key)->ops;
}

struct status
scheme_encrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    return ops_of(key)->encrypt(key, in, a, out);
}

struct status
scheme_decrypt(struct scheme_key *key, const struct cells *in, struct arena *a, struct slice *out)
{
    const struct scheme_ops *ops = ops_of(key);
    if (ops->decrypt == NULL) {
        RAISE(RANGE);
    }
    return ops->decrypt(key, in, a, out);
}

void
scheme_key_free(struct scheme_key *key)
{
    if (key) {
        ops_of(key)->key_free(key);
    }
}

void
scheme_context(uint8_t out[SCHEME_CONTEXT_LEN], const struct scheme_params *params, uint16_t fmt)
{
    const struct key_id *id = &params->id;
    mem_copy(out, "e1", 2);
    mem_copy(out + 2, params->inst, INST_PART);
    mem_put_be32(out + 10, (uint32_t) id->db);
    mem_put_be32(out + 14, (uint32_t) id->tab);
    mem_put_be32(out + 18, id->col);
    out[22] = id->onion;
    out[23] = id->layer;
    mem_put_be16(out + 24, id->epoch);
    mem_put_be16(out + 26, fmt);
}
