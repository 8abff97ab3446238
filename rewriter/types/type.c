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
