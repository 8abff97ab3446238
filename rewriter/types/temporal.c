/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/types/temporal.h"

#include <ctype.h>

#include "base/mem.h"

/* ------------------------------------------------------------------------------------ read --- */

/* `n` digits at *s, not above max */
static bool
take_digits(struct slice *s, unsigned n, uint32_t max, uint32_t *out)
{
    if (s->len < n) {
        return false;
    }
    *out = 0;
    for (unsigned i = 0; i < n; i++) {
        if (!isdigit(s->data[i])) {
            return false;
        }
        *out = *out * 10 + (s->data[i] - '0');
    }
    *s = slice_from(*s, n);
    return *out <= max;
}

static bool
take_char(struct slice *s, char c)
{
    if (s->len == 0 || s->data[0] != (uint8_t) c) {
        return false;
    }
    *s = slice_from(*s, 1);
    return true;
}

/* [.f{1,6}] and the end */
static bool
take_fraction(struct slice s, uint32_t *micro)
{
    *micro = 0;
    if (s.len == 0) {
        return true;
    }
    if (!take_char(&s, '.') || s.len == 0 || s.len > 6) {
        return false;
    }
    const unsigned n = (unsigned) s.len;
    if (!take_digits(&s, n, 999999, micro)) {
        return false;
    }
    for (unsigned i = n; i < 6; i++) {
        *micro *= 10;
    }
    return true;
}

static bool
take_minutes(struct slice s, struct temporal *out)
{
    return take_char(&s, ':') && take_digits(&s, 2, 59, &out->minute) && take_char(&s, ':') &&
           take_digits(&s, 2, 59, &out->second) && take_fraction(s, &out->micro);
}

bool
temporal_parse(struct slice s, struct temporal *out)
{
    *out = (struct temporal){0};
    if (!take_digits(&s, 4, 9999, &out->year) || !take_char(&s, '-') ||
        !take_digits(&s, 2, 12, &out->month) || !take_char(&s, '-') ||
        !take_digits(&s, 2, 31, &out->day)) {
        return false;
    }
    if (s.len == 0) {
        return true;
    }
    out->has_time = true;
    return (take_char(&s, ' ') || take_char(&s, 'T')) && take_digits(&s, 2, 23, &out->hour) &&
           take_minutes(s, out);
}

#define TIME_MAX ((838ll * 3600 + 59 * 60 + 59) * 1000000)

bool
temporal_parse_time(struct slice s, struct temporal *out)
{
    *out = (struct temporal){.has_time = true};
    out->neg = take_char(&s, '-');
    const unsigned n = s.len > 2 && isdigit(s.data[2]) ? 3 : 2;
    if (!take_digits(&s, n, 838, &out->hour) || !take_minutes(s, out)) {
        return false;
    }
    const int64_t v = temporal_to_time(out);
    return v >= -TIME_MAX - 999999 && v <= TIME_MAX + 999999;
}

bool
temporal_parse_epoch(struct slice s, struct temporal *out)
{
    size_t n = 0;
    int64_t epoch;
    uint32_t micro;
    while (n < s.len && isdigit(s.data[n])) {
        n++;
    }
    if (!slice_parse_i64(slice_sub(s, 0, n), &epoch) || epoch > (int64_t) 1 << 37 ||
        !take_fraction(slice_from(s, n), &micro)) {
        return false;
    }
    *out = (struct temporal){.has_time = true};
    if (epoch != 0 || micro != 0) {
        *out = (struct temporal){.year = 1970, .month = 1, .day = 1, .has_time = true};
        temporal_shift(out, epoch);
        out->micro = micro;
    }
    return true;
}

bool
temporal_parse_cell(struct slice c, struct temporal *out)
{
    *out = (struct temporal){.has_time = c.len > 4};
    if (c.len != 0 && c.len != 4 && c.len != 7 && c.len != 11) {
        return false;
    }
    if (c.len >= 4) {
        out->year = mem_le16(c.data);
        out->month = c.data[2];
        out->day = c.data[3];
    }
    if (c.len >= 7) {
        out->hour = c.data[4];
        out->minute = c.data[5];
        out->second = c.data[6];
    }
    out->micro = c.len == 11 ? mem_le32(c.data + 7) : 0;
    return out->year <= 9999 && out->month <= 12 && out->day <= 31 && out->hour <= 23 &&
           out->minute <= 59 && out->second <= 59 && out->micro <= 999999;
}

bool
temporal_parse_time_cell(struct slice c, struct temporal *out)
{
    *out = (struct temporal){.has_time = true};
    if (c.len == 0) {
        return true;
    }
    if (c.len != 8 && c.len != 12) {
        return false;
    }
    const uint32_t days = mem_le32(c.data + 1);
    out->neg = c.data[0] != 0;
    out->hour = days * 24 + c.data[5];
    out->minute = c.data[6];
    out->second = c.data[7];
    out->micro = c.len == 12 ? mem_le32(c.data + 8) : 0;
    return days <= 34 && out->hour <= 838 && out->minute <= 59 && out->second <= 59 &&
           out->micro <= 999999;
}

/* ----------------------------------------------------------------------------------- write --- */

void
temporal_put_cell(const struct temporal *x, struct buf *cell)
{
    if (temporal_is_zero(x)) {
        return;
    }
    buf_append_le16(cell, (uint16_t) x->year);
    buf_append_u8(cell, (uint8_t) x->month);
    buf_append_u8(cell, (uint8_t) x->day);
    if (x->hour || x->minute || x->second || x->micro) {
        buf_append_u8(cell, (uint8_t) x->hour);
        buf_append_u8(cell, (uint8_t) x->minute);
        buf_append_u8(cell, (uint8_t) x->second);
    }
    if (x->micro) {
        buf_append_le32(cell, x->micro);
    }
}

void
temporal_put_time_cell(const struct temporal *x, struct buf *cell)
{
    if (temporal_to_time(x) == 0) {
        return;
    }
    buf_append_u8(cell, x->neg);
    buf_append_le32(cell, x->hour / 24);
    buf_append_u8(cell, (uint8_t) (x->hour % 24));
    buf_append_u8(cell, (uint8_t) x->minute);
    buf_append_u8(cell, (uint8_t) x->second);
    if (x->micro) {
        buf_append_le32(cell, x->micro);
    }
}

static void
put_digits(uint32_t v, unsigned n, struct buf *text)
{
    uint8_t *p = buf_extend(text, n);
    for (unsigned i = n; p && i-- > 0; v /= 10) {
        p[i] = (uint8_t) ('0' + v % 10);
    }
}

void
temporal_print_date(const struct temporal *x, struct buf *text)
{
    put_digits(x->year, 4, text);
    buf_append_u8(text, '-');
    put_digits(x->month, 2, text);
    buf_append_u8(text, '-');
    put_digits(x->day, 2, text);
}

void
temporal_print_time(const struct temporal *x, unsigned fsp, struct buf *text)
{
    static const uint32_t cut[7] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    if (x->neg) {
        buf_append_u8(text, '-');
    }
    put_digits(x->hour, x->hour > 99 ? 3 : 2, text);
    buf_append_u8(text, ':');
    put_digits(x->minute, 2, text);
    buf_append_u8(text, ':');
    put_digits(x->second, 2, text);
    if (fsp > 0) {
        buf_append_u8(text, '.');
        put_digits(x->micro / cut[fsp], fsp, text);
    }
}

/* ----------------------------------------------------------------------------------- forms --- */

uint32_t
temporal_to_date(const struct temporal *x)
{
    return x->year << 9 | x->month << 5 | x->day;
}

struct temporal
temporal_from_date(uint32_t v)
{
    return (struct temporal){.year = v >> 9, .month = v >> 5 & 15, .day = v & 31};
}

uint64_t
temporal_to_packed(const struct temporal *x)
{
    const uint64_t ymd = ((uint64_t) x->year * 13 + x->month) << 5 | x->day;
    const uint64_t hms = x->hour << 12 | x->minute << 6 | x->second;
    return (ymd << 17 | hms) << 24 | x->micro;
}

struct temporal
temporal_from_packed(uint64_t v)
{
    const uint32_t hms = (uint32_t) (v >> 24) & 0x1ffff;
    const uint32_t ymd = (uint32_t) (v >> 41);
    return (struct temporal){
        .year = (ymd >> 5) / 13,
        .month = (ymd >> 5) % 13,
        .day = ymd & 31,
        .hour = hms >> 12,
        .minute = hms >> 6 & 63,
        .second = hms & 63,
        .micro = (uint32_t) v & 0xffffff,
        .has_time = true,
    };
}

int64_t
temporal_to_time(const struct temporal *x)
{
    const int64_t s = (int64_t) x->hour * 3600 + x->minute * 60 + x->second;
    const int64_t v = s * 1000000 + x->micro;
    return x->neg ? -v : v;
}

struct temporal
temporal_from_time(int64_t v)
{
    const uint64_t u = v < 0 ? 0 - (uint64_t) v : (uint64_t) v;
    const uint64_t s = u / 1000000;
    return (struct temporal){
        .hour = (uint32_t) (s / 3600),
        .minute = (uint32_t) (s / 60 % 60),
        .second = (uint32_t) (s % 60),
        .micro = (uint32_t) (u % 1000000),
        .neg = v < 0,
        .has_time = true,
    };
}

/* -------------------------------------------------------------------------------- calendar --- */

bool
temporal_is_zero(const struct temporal *x)
{
    return !(x->year | x->month | x->day | x->hour | x->minute | x->second | x->micro);
}

bool
temporal_is_calendar(const struct temporal *x)
{
    static const uint8_t days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = x->year % 4 == 0 && (x->year % 100 != 0 || x->year % 400 == 0);
    return x->year >= 1 && x->month >= 1 && x->month <= 12 && x->day >= 1 &&
           x->day <= days[x->month] + (leap && x->month == 2 ? 1u : 0u);
}

/* Days since 1970-01-01 and back, proleptic Gregorian, years counted from March.
 * https://howardhinnant.github.io/date_algorithms.html */
static int64_t
days_from_civil(int64_t y, uint32_t m, uint32_t d)
{
    y -= m <= 2;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t yoe = y - era * 400;
    const int64_t doy = (153 * ((int64_t) m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void
civil_from_days(int64_t z, struct temporal *x)
{
    z += 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const int64_t doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    x->day = (uint32_t) (doy - (153 * mp + 2) / 5 + 1);
    x->month = (uint32_t) (mp < 10 ? mp + 3 : mp - 9);
    x->year = (uint32_t) (yoe + era * 400 + (x->month <= 2));
}

int64_t
temporal_to_epoch(const struct temporal *x)
{
    return days_from_civil(x->year, x->month, x->day) * 86400 + x->hour * 3600 + x->minute * 60 +
           x->second;
}

void
temporal_shift(struct temporal *x, int64_t seconds)
{
    const int64_t epoch = temporal_to_epoch(x) + seconds;
    const int64_t days = epoch >= 0 ? epoch / 86400 : -((86399 - epoch) / 86400);
    const uint32_t s = (uint32_t) (epoch - days * 86400);
    civil_from_days(days, x);
    x->hour = s / 3600;
    x->minute = s / 60 % 60;
    x->second = s % 60;
}
