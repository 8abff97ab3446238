/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owning locals: `CLEANUP(foo_freep) struct foo *f = NULL;` frees on every exit; success ends with
 * `*out = STEAL(f)`. CLEANUP_DEFINE(struct foo *, foo_free) makes foo_free_cleanup.
 */
#pragma once

#include <stdlib.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define CLEANUP_DEFINE(type, fn)             \
    static inline void fn##_cleanup(type *p) \
    {                                        \
        fn(*p);                              \
    }
#define STEAL(p)                    \
    ({                              \
        __typeof__(p) steal_ = (p); \
        (p) = NULL;                 \
        steal_;                     \
    })

static inline void
free_cleanup(void *p)
{
    free(*(void **) p);
}
