/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allium_version(): "<release> formats=1 kernel=<arithmetic>", for the proxy's check at start. `formats` counts up
 * when a cell format is added that older libraries do not know.
 */
#include <stdio.h>
#include <stdlib.h>

#include "crypto/hom_mont.h"
#include "udf/abi.h"
#include "udf/args.h"

UDF_DECLARE_STRING(allium_version);

enum {
    FORMATS = 1,
    TEXT_MAX = 96
};

bool
allium_version_init(struct udf_init *init, struct udf_args *args, char *message)
{
    if (args_refuse_shape(args, 0, "allium_version()", message)) {
        return true;
    }
    char *text = malloc(TEXT_MAX);
    if (text == NULL) {
        return args_refuse(message, "out of memory");
    }
    (void) snprintf(text, TEXT_MAX, "%s formats=%d kernel=%s", ALLIUM_VERSION, FORMATS,
                    hom_mont_best()->name);
    init->ptr = text;
    init->max_length = TEXT_MAX;
    init->maybe_null = false;
    return false;
}

void
allium_version_deinit(struct udf_init *init)
{
    free(init->ptr);
    init->ptr = NULL;
}

char *
allium_version(struct udf_init *init, struct udf_args *args, char *result, unsigned long *length,
               unsigned char *is_null, unsigned char *error)
{
    *length = slice_of_str(init->ptr).len;
    return init->ptr;
}
