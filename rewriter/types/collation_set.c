/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "rewriter/types/collation.h"

#define ID_MAX 8192 /* MariaDB's highest is below 5000 */

struct collation_set {
    struct arena *arena; /* infos and their names */
    struct map by_name;
    struct collation_info *by_id[ID_MAX];
};

const char *
collation_set_sql(bool is_mariadb)
{
    return is_mariadb ? "SELECT a.ID, a.FULL_COLLATION_NAME, a.CHARACTER_SET_NAME, a.IS_DEFAULT,"
                        " IF(a.FULL_COLLATION_NAME LIKE '%\\_nopad\\_%' OR"
                        " a.CHARACTER_SET_NAME = 'binary', 'NO PAD', 'PAD SPACE'), c.MAXLEN"
                        " FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY a"
                        " JOIN information_schema.CHARACTER_SETS c"
                        " ON c.CHARACTER_SET_NAME = a.CHARACTER_SET_NAME WHERE a.ID IS NOT NULL"
                      : "SELECT a.ID, a.COLLATION_NAME, a.CHARACTER_SET_NAME, a.IS_DEFAULT,"
                        " a.PAD_ATTRIBUTE, c.MAXLEN FROM information_schema.COLLATIONS a"
                        " JOIN information_schema.CHARACTER_SETS c"
                        " ON c.CHARACTER_SET_NAME = a.CHARACTER_SET_NAME";
}

static struct slice
dup_lower(struct arena *a, struct slice s)
{
    const struct slice copy = arena_dup(a, s);
    uint8_t *p = (uint8_t *) copy.data;
    for (size_t i = 0; i < copy.len; i++) {
        p[i] = (uint8_t) tolower(p[i]);
    }
    return copy;
}

static bool
ends_with(struct slice s, struct slice tail)
{
    return s.len >= tail.len && slice_equal(slice_from(s, s.len - tail.len), tail);
}

struct status
collation_set_add_row(struct collation_set *set, const struct slice *cells, size_t n)
{
    uint64_t id, maxlen;
    if (n != COLLATION_SET_COLUMNS || !slice_parse_u64(cells[0], &id) || id == 0 || id >= ID_MAX ||
        !slice_parse_u64(cells[5], &maxlen) || maxlen == 0 || maxlen > 8) {
        RAISE(PROTOCOL);
    }
    if (set->by_id[id]) {
        return OK;
    }
    struct collation_info *info = arena_new(set->arena, struct collation_info);
    info->id = (uint16_t) id;
    info->name = dup_lower(set->arena, cells[1]);
    info->charset = dup_lower(set->arena, cells[2]);
    info->is_default = slice_equal_str_ci(cells[3], "Yes");
    info->pad_space = slice_equal_str_ci(cells[4], "PAD SPACE");
    info->max_bytes = (uint8_t) maxlen;
    info->cs = charset_from_name(info->charset, info->max_bytes);
    info->is_bin = info->cs == CHARSET_BINARY || ends_with(info->name, SLICE("_bin"));
    TRY(arena_status(set->arena));
    TRY(map_put(&set->by_name, info->name, info));
    set->by_id[id] = info;
    return OK;
}

static const char *const built_in[][COLLATION_SET_COLUMNS] = {
    {"63", "binary", "binary", "Yes", "NO PAD", "1"},
    {"46", "utf8mb4_bin", "utf8mb4", "", "PAD SPACE", "4"},
    {"45", "utf8mb4_general_ci", "utf8mb4", "", "PAD SPACE", "4"},
};

static STATUS
add_built_in(struct collation_set *set)
{
    for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
        struct slice cells[COLLATION_SET_COLUMNS];
        for (size_t k = 0; k < COLLATION_SET_COLUMNS; k++) {
            cells[k] = slice_of_str(built_in[i][k]);
        }
        TRY(collation_set_add_row(set, cells, COLLATION_SET_COLUMNS));
    }
    return OK;
}

struct collation_set *
collation_set_new(void)
{
    struct collation_set *set = calloc(1, sizeof(*set));
    if (!set) {
        return NULL;
    }
    map_init(&set->by_name, true);
    set->arena = arena_create(0);
    if (!set->arena || !status_is_ok(add_built_in(set))) {
        return collation_set_free(set);
    }
    return set;
}

struct collation_set *
collation_set_free(struct collation_set *set)
{
    if (set) {
        map_deinit(&set->by_name);
        arena_free(set->arena);
        free(set);
    }
    return NULL;
}

const struct collation_info *
collation_set_find(const struct collation_set *set, struct slice name)
{
    return slice_is_null(name) ? NULL : map_find(&set->by_name, name);
}

const struct collation_info *
collation_set_find_id(const struct collation_set *set, uint16_t id)
{
    return id < ID_MAX ? set->by_id[id] : NULL;
}

const struct collation_info *
collation_set_find_default(const struct collation_set *set, struct slice charset)
{
    const struct slice name = slice_equal_str_ci(charset, "utf8") ? SLICE("utf8mb3") : charset;
    for (size_t i = 0; i < ID_MAX; i++) {
        const struct collation_info *info = set->by_id[i];
        if (info && info->is_default && slice_equal_ci(info->charset, name)) {
            return info;
        }
    }
    return NULL;
}

const struct collation_info *
collation_set_binary(const struct collation_set *set)
{
    return set->by_id[63];
}
