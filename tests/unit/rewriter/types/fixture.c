/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

static struct arena *arena;
static struct collation_set *set;

static const char *const rows[][COLLATION_SET_COLUMNS] = {
    {"8", "latin1_swedish_ci", "latin1", "Yes", "PAD SPACE", "1"},
    {"47", "latin1_bin", "latin1", "", "PAD SPACE", "1"},
    {"11", "ascii_general_ci", "ascii", "Yes", "PAD SPACE", "1"},
    {"33", "utf8mb3_general_ci", "utf8mb3", "Yes", "PAD SPACE", "3"},
    {"255", "utf8mb4_0900_ai_ci", "utf8mb4", "Yes", "NO PAD", "4"},
    {"309", "utf8mb4_0900_bin", "utf8mb4", "", "NO PAD", "4"},
    {"54", "utf16_general_ci", "utf16", "Yes", "PAD SPACE", "4"},
    {"28", "gbk_chinese_ci", "gbk", "Yes", "PAD SPACE", "2"},
    {"7", "koi8r_general_ci", "koi8r", "Yes", "PAD SPACE", "1"},
};

static void
prepare(void)
{
    if (arena) {
        return;
    }
    arena = arena_create(0);
    set = collation_set_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice cells[COLLATION_SET_COLUMNS];
        for (size_t k = 0; k < COLLATION_SET_COLUMNS; k++) {
            cells[k] = slice_of_str(rows[i][k]);
        }
        assert_true(status_is_ok(collation_set_add_row(set, cells, COLLATION_SET_COLUMNS)));
    }
}

const struct collation_set *
fixture_set(void)
{
    prepare();
    return set;
}

struct type
fixture_type(const char *column_type, const char *collation)
{
    struct type t;
    struct diag d = DIAG_INIT;
    prepare();
    const struct status s =
        type_parse(arena, set, slice_of_str(column_type), slice_of_str(collation), &t, &d);
    if (!status_is_ok(s)) {
        fail_msg("%s: %s", column_type, d.message);
    }
    return t;
}

const char *
fixture_hex(const struct buf *b)
{
    struct buf hex = BUF_INIT;
    prepare();
    buf_append_hex(&hex, buf_slice(b));
    const char *text = arena_strdup(arena, buf_slice(&hex));
    buf_deinit(&hex);
    return text;
}

struct slice
fixture_bytes(const char *hex)
{
    struct buf out = BUF_INIT;
    prepare();
    for (; hex[0] && hex[1]; hex += 2) {
        const char digits[3] = {hex[0], hex[1], 0};
        buf_append_u8(&out, (uint8_t) strtoul(digits, NULL, 16));
    }
    const struct slice s = arena_dup(arena, buf_slice(&out));
    buf_deinit(&out);
    return s;
}

void
fixture_free(void)
{
    set = collation_set_free(set);
    arena = arena_free(arena);
}
