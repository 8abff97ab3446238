/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allium_sum(cell, n): aggregate. The HOM cell whose plaintext is the sum of the plaintexts of all cells
 * that are not NULL; NULL for none. n: the public modulus, little-endian, constant. One malformed cell, or
 * one of another epoch, makes its group NULL: a sum that leaves rows out would be wrong.
 */
#include <stdlib.h>

#include "crypto/hom_pub.h"
#include "udf/abi.h"
#include "udf/args.h"

UDF_DECLARE_AGGREGATE(allium_sum);

struct sum_state {
    struct hom_pub *pub;
    struct hom_sum *sum;
    uint8_t out[HOM_PUB_CELL_MAX];
};

static void
state_free(struct sum_state *s)
{
    if (s) {
        hom_sum_free(s->sum);
        hom_pub_free(s->pub);
        free(s);
    }
}

bool
allium_sum_init(struct udf_init *init, struct udf_args *args, char *message)
{
    if (args_refuse_shape(args, 2, "allium_sum(cell, n)", message)) {
        return true;
    }
    struct sum_state *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return args_refuse(message, "out of memory");
    }
    if (!status_is_ok(hom_pub_new(&s->pub, args_slice(args, 1)))) {
        state_free(s);
        return args_refuse(message,
                           "n must be a constant, odd, of 256 or 384 bytes with top bit set");
    }
    if (!status_is_ok(hom_sum_new(&s->sum, s->pub))) {
        state_free(s);
        return args_refuse(message, "out of memory");
    }
    init->ptr = (char *) s;
    init->maybe_null = true;
    init->max_length = hom_pub_cell_len(s->pub);
    return false;
}

void
allium_sum_deinit(struct udf_init *init)
{
    state_free((struct sum_state *) init->ptr);
    init->ptr = NULL;
}

void
allium_sum_clear(struct udf_init *init, unsigned char *is_null, unsigned char *error)
{
    hom_sum_clear(((struct sum_state *) init->ptr)->sum);
}

void
allium_sum_add(struct udf_init *init, struct udf_args *args, unsigned char *is_null,
               unsigned char *error)
{
    const struct slice cell = args_slice(args, 0);
    if (!slice_is_null(cell)) {
        /* Sticky: the result reports it. */
        const struct status st = hom_sum_add(((struct sum_state *) init->ptr)->sum, cell);
        (void) st;
    }
}

void
allium_sum_reset(struct udf_init *init, struct udf_args *args, unsigned char *is_null,
                 unsigned char *error)
{
    allium_sum_clear(init, is_null, error);
    allium_sum_add(init, args, is_null, error);
}

char *
allium_sum(struct udf_init *init, struct udf_args *args, char *result, unsigned long *length,
           unsigned char *is_null, unsigned char *error)
{
    struct sum_state *s = (struct sum_state *) init->ptr;
    if (!status_is_ok(hom_sum_result(s->sum, s->out))) {
        *is_null = 1;
        return NULL;
    }
    *is_null = 0;
    *length = hom_pub_cell_len(s->pub);
    return (char *) s->out;
}
