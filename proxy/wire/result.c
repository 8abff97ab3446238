/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/result.h"

#include "proxy/wire/protocol.h"

#define UTF8MB4     45
#define COLUMNS_MAX 16

struct status
result_text_columns(struct result_writer *w, const char *const *names, size_t n)
{
    struct wire_column cols[COLUMNS_MAX];
    if (n > COLUMNS_MAX) {
        RAISE(BUG);
    }
    for (size_t i = 0; i < n; i++) {
        cols[i] = (struct wire_column){.name = slice_of_str(names[i]),
                                       .schema = SLICE(""),
                                       .charset = UTF8MB4,
                                       .length = 1024,
                                       .type = MYSQL_TYPE_VAR_STRING};
    }
    return result_columns(w, cols, n);
}
