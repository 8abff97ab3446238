/* SPDX-License-Identifier: Apache-2.0 */
#include "udf/args.h"

#include <stdio.h>

bool
args_refuse(char *message, const char *text)
{
    (void) snprintf(message, UDF_MESSAGE_MAX, "%s", text);
    return true;
}

bool
args_refuse_shape(const struct udf_args *args, unsigned count, const char *usage, char *message)
{
    bool wrong = args->arg_count != count;
    for (unsigned i = 0; i < count && !wrong; i++) {
        wrong = args->arg_type[i] != UDF_TYPE_STRING;
    }
    if (wrong) {
        (void) snprintf(message, UDF_MESSAGE_MAX, "usage: %s, all arguments binary strings", usage);
    }
    return wrong;
}

struct slice
args_slice(const struct udf_args *args, unsigned i)
{
    if (args->args[i] == NULL) {
        return SLICE_NULL;
    }
    return slice_of(args->args[i], args->lengths[i]);
}
