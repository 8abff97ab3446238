/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/types/ngram.h"

#include "base/map.h"
#include "crypto/search.h"

#define CHARS 3

bool
ngram_is_possible(const struct type *t)
{
    if (t->family != TYPE_STRING) {
        return t->family == TYPE_BINARY;
    }
    return t->collation->is_bin || t->collation->cs == CHARSET_UTF8MB3 ||
           t->collation->cs == CHARSET_UTF8MB4 || t->collation->cs == CHARSET_ASCII;
}

/* Bytes of the first character; 0: ill-formed. */
static size_t
char_len(const struct type *t, struct slice s)
{
    uint32_t cp;
    unsigned len = 1;
    if (t->family == TYPE_STRING && t->collation->max_bytes > 1 &&
        !charset_decode(t->collation->cs, s, &cp, &len)) {
        return 0;
    }
    return len;
}

struct window {
    const struct type *type;
    const struct collation *coll;
    struct map seen;
    struct buf list, gram;
};

static struct status
add_gram(struct window *w, struct slice chars, bool *whole)
{
    buf_clear(&w->gram);
    if (w->coll == NULL) {
        buf_append_slice(&w->gram, chars);
    } else if (collation_prefix_key(w->coll, chars, &w->gram) != COLLATION_OK) {
        *whole = false;
        return OK;
    }
    TRY(buf_status(&w->gram));
    const struct slice gram = buf_slice(&w->gram);
    if (!gram.len || map_find(&w->seen, gram)) {
        return OK;
    }
    if (w->seen.count == NGRAM_MAX) {
        *whole = false;
        return OK;
    }
    TRY(map_put(&w->seen, gram, w));
    return search_append_word(&w->list, gram);
}

static struct status
slide(struct window *w, struct slice text, bool *whole)
{
    size_t starts[CHARS] = {0}; /* of the last characters, oldest first */
    size_t n = 0;
    *whole = true;
    for (size_t at = 0; *whole && at < text.len; n++) {
        const size_t len = char_len(w->type, slice_from(text, at));
        if (len == 0) {
            *whole = false;
            break;
        }
        starts[n % CHARS] = at;
        at += len;
        if (n + 1 >= CHARS) {
            const size_t from = starts[(n + 1) % CHARS];
            TRY(add_gram(w, slice_sub(text, from, at - from), whole));
        }
    }
    return OK;
}

struct status
ngram_list(const struct type *t, const struct collation *coll, struct slice text, struct buf *list,
           bool *whole)
{
    struct window w = {.type = t, .coll = coll};
    map_init(&w.seen, false);
    struct status status = slide(&w, text, whole);
    if (status_is_ok(status) && *whole) {
        buf_append_slice(list, buf_slice(&w.list));
        status = buf_status(list);
    }
    map_deinit(&w.seen);
    buf_deinit(&w.list);
    buf_deinit(&w.gram);
    return status;
}
