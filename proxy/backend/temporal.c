/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "proxy/backend/temporal_priv.h"

size_t
backend_temporal_put_datetime(const struct backend_temporal *t, bool date_only,
                              uint8_t out[BACKEND_TEMPORAL_MAX])
{
    mem_put_le16(out, (uint16_t) t->year);
    out[2] = (uint8_t) t->month;
    out[3] = (uint8_t) t->day;
    out[4] = (uint8_t) t->hour;
    out[5] = (uint8_t) t->minute;
    out[6] = (uint8_t) t->second;
    mem_put_le32(out + 7, t->micros);
    if (!date_only && t->micros) {
        return 11;
    }
    if (!date_only && (t->hour || t->minute || t->second)) {
        return 7;
    }
    return t->year || t->month || t->day ? 4 : 0;
}

size_t
backend_temporal_put_time(const struct backend_temporal *t, uint8_t out[BACKEND_TEMPORAL_MAX])
{
    const uint32_t days = t->hour / 24 + t->day;
    const uint32_t hour = t->hour % 24;
    out[0] = t->negative ? 1 : 0;
    mem_put_le32(out + 1, days);
    out[5] = (uint8_t) hour;
    out[6] = (uint8_t) t->minute;
    out[7] = (uint8_t) t->second;
    mem_put_le32(out + 8, t->micros);
    if (t->micros) {
        return 12;
    }
    return days || hour || t->minute || t->second ? 8 : 0;
}

bool
backend_temporal_get_datetime(struct slice body, struct backend_temporal *out)
{
    *out = (struct backend_temporal){0};
    if (body.len != 0 && body.len != 4 && body.len != 7 && body.len != 11) {
        return false;
    }
    if (body.len >= 4) {
        out->year = mem_le16(body.data);
        out->month = body.data[2];
        out->day = body.data[3];
    }
    if (body.len >= 7) {
        out->hour = body.data[4];
        out->minute = body.data[5];
        out->second = body.data[6];
    }
    if (body.len == 11) {
        out->micros = mem_le32(body.data + 7);
    }
    return true;
}

bool
backend_temporal_get_time(struct slice body, struct backend_temporal *out)
{
    *out = (struct backend_temporal){0};
    if (body.len != 0 && body.len != 8 && body.len != 12) {
        return false;
    }
    if (body.len >= 8) {
        out->negative = body.data[0] != 0;
        out->day = mem_le32(body.data + 1);
        out->hour = body.data[5];
        out->minute = body.data[6];
        out->second = body.data[7];
    }
    if (body.len == 12) {
        out->micros = mem_le32(body.data + 8);
    }
    return true;
}
