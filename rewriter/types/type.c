/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/types/type.h"

#include "rewriter/types/type_fit.h"
#include "rewriter/types/type_key.h"
#include "rewriter/types/type_value.h"

const char *
type_family_name(enum type_family f)
{
    static const char *const names[TYPE_FAMILY_COUNT] = {
        [TYPE_INT] = "int",           [TYPE_YEAR] = "year",         [TYPE_BIT] = "bit",
        [TYPE_DECIMAL] = "decimal",   [TYPE_FLOAT] = "float",       [TYPE_DOUBLE] = "double",
        [TYPE_STRING] = "string",     [TYPE_BINARY] = "binary",     [TYPE_DATE] = "date",
        [TYPE_TIME] = "time",         [TYPE_DATETIME] = "datetime", [TYPE_TIMESTAMP] = "timestamp",
        [TYPE_ENUM] = "enum",         [TYPE_SET] = "set",           [TYPE_JSON] = "json",
        [TYPE_GEOMETRY] = "geometry", [TYPE_INET4] = "inet4",       [TYPE_INET6] = "inet6",
        [TYPE_UUID] = "uuid",
    };
    return names[f];
}

/* "+hh:mm" or "-hh:mm", up to 14 hours */
static bool
parse_offset(struct slice s, int32_t *offset)
{
    uint64_t h, m;
    if ((s.len != 6 && s.len != 5) || (s.data[0] != '+' && s.data[0] != '-') ||
        s.data[s.len - 3] != ':' || !slice_parse_u64(slice_sub(s, 1, s.len - 4), &h) ||
        !slice_parse_u64(slice_from(s, s.len - 2), &m) || h > 14 || m > 59) {
        return false;
    }
    *offset = (int32_t) (h * 3600 + m * 60) * (s.data[0] == '-' ? -1 : 1);
    return true;
}

struct type_tz
type_tz_parse(struct slice name, struct slice system)
{
    static const char *const zero[] = {"UTC", "Etc/UTC", "GMT", "Etc/GMT"};
    struct type_tz tz = {.known = true};
    if (slice_equal_str_ci(name, "SYSTEM")) {
        name = system;
    }
    for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
        if (slice_equal_str_ci(name, zero[i])) {
            return tz;
        }
    }
    tz.known = !slice_is_null(name) && parse_offset(name, &tz.offset_s);
    return tz;
}
