/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allium_add(a, b, n): the HOM cell of the sum of two cells, for `x = x + k` in place. n: the public modulus,
 * little-endian, constant. NULL when a or b is NULL, malformed, or their epochs differ.
 */
#include <stdlib.h>

#include "crypto/hom_pub.h"
#include "udf/abi.h"
#include "udf/args.h"

UDF_DECLARE_STRING(allium_add);

struct add_state {
    struct hom_pub *pub;
    uint8_t out[HOM_PUB_CELL_MAX];
};

bool
allium_add_init(struct udf_init *init, struct udf_args *args, char *message)
{
    if (args_refuse_shape(args, 3, "allium_add(cell, cell, n)", message)) {
        return true;
    }
    struct add_state *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return args_refuse(message, "out of memory");
    }
    if (!status_is_ok(hom_pub_new(&s->pub, args_slice(args, 2)))) {
        free(s);
        return args_refuse(message,
                           "n must be a constant, odd, of 256 or 384 bytes with top bit set");
    }
    init->ptr = (char *) s;
    init->maybe_null = true;
    init->max_length = hom_pub_cell_len(s->pub);
    return false;
}

void
allium_add_deinit(struct udf_init *init)
{
    struct add_state *s = (struct add_state *) init->ptr;
    if (s) {
        hom_pub_free(s->pub);
        free(s);
    }
    init->ptr = NULL;
}

char *
allium_add(struct udf_init *init, struct udf_args *args, char *result, unsigned long *length,
           unsigned char *is_null, unsigned char *error)
{
    struct add_state *s = (struct add_state *) init->ptr;
    const struct slice a = args_slice(args, 0), b = args_slice(args, 1);
    if (slice_is_null(a) || slice_is_null(b) || !status_is_ok(hom_pub_add(s->pub, a, b, s->out))) {
        *is_null = 1;
        return NULL;
    }
    *length = hom_pub_cell_len(s->pub);
    return (char *) s->out;
}
