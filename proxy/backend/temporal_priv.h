/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of temporal values in the binary protocol, without their length byte.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html
 * The server leaves out trailing zero parts; so does the encoder, exactly.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define BACKEND_TEMPORAL_MAX 12

struct backend_temporal {
    bool negative;                                           /* TIME only */
    uint32_t year, month, day, hour, minute, second, micros; /* TIME: hour holds the days too */
};

/* Bytes written (0, 4, 7 or 11). */
size_t backend_temporal_put_datetime(const struct backend_temporal *t, bool date_only,
                                     uint8_t out[BACKEND_TEMPORAL_MAX]);
/* Bytes written (0, 8 or 12). */
size_t backend_temporal_put_time(const struct backend_temporal *t,
                                 uint8_t out[BACKEND_TEMPORAL_MAX]);
/* False when the length is none of the valid ones. */
bool backend_temporal_get_datetime(struct slice body, struct backend_temporal *out);
bool backend_temporal_get_time(struct slice body, struct backend_temporal *out);
