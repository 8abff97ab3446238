/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allium_search(words, trapdoor): 1 when the SEARCH cell holds the trapdoor's word, else 0; NULL for NULL or a
 * malformed cell. trapdoor: 32 bytes, constant. Leaks to the server: which cells hold that word.
 */
#include "crypto/isolate.h"
#include "crypto/match.h"
#include "udf/abi.h"
#include "udf/args.h"

UDF_DECLARE_INT(allium_search);

bool
allium_search_init(struct udf_init *init, struct udf_args *args, char *message)
{
    if (args_refuse_shape(args, 2, "allium_search(words, trapdoor)", message)) {
        return true;
    }
    const struct slice trapdoor = args_slice(args, 1);
    if (trapdoor.len != MATCH_TRAPDOOR_LEN || slice_is_null(trapdoor)) {
        return args_refuse(message, "the trapdoor must be a constant of 32 bytes");
    }
    struct match *m = NULL;
    isolate_libcrypto();
    if (!status_is_ok(match_new(&m, trapdoor.data))) {
        return args_refuse(message, "out of memory, or no AES in this server process");
    }
    init->ptr = (char *) m;
    init->maybe_null = true;
    return false;
}

void
allium_search_deinit(struct udf_init *init)
{
    match_free((struct match *) init->ptr);
    init->ptr = NULL;
}

long long
allium_search(struct udf_init *init, struct udf_args *args, unsigned char *is_null,
              unsigned char *error)
{
    const struct slice words = args_slice(args, 0);
    bool found = false;
    if (slice_is_null(words) ||
        !status_is_ok(match_cell((struct match *) init->ptr, words, &found))) {
        *is_null = 1;
        return 0;
    }
    return found;
}
