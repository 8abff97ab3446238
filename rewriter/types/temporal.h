/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to rewriter/types: dates and times in parts; reading and printing them as MySQL does. Parts
 * need not be a calendar date (0000-00-00, 2020-02-00). Pure functions.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

struct temporal {
    uint32_t year, month, day;
    uint32_t hour, minute, second, micro; /* hour to 838 for a TIME */
    bool neg;                             /* TIME */
    bool has_time;                        /* as parsed: a time of day was given */
};

/* YYYY-MM-DD[( |T)hh:mm:ss[.f{1,6}]], fixed widths; parts within 0..12, 0..31, 0..23, 0..59 */
bool temporal_parse(struct slice text, struct temporal *out);
/* [-]hh[h]:mm:ss[.f{1,6}] up to 838:59:59 */
bool temporal_parse_time(struct slice text, struct temporal *out);
/* seconds since 1970 [. digits]; 0 is the zero date */
bool temporal_parse_epoch(struct slice text, struct temporal *out);
/* binary protocol, without length byte */
bool temporal_parse_cell(struct slice cell, struct temporal *out);
bool temporal_parse_time_cell(struct slice cell, struct temporal *out);
void temporal_put_cell(const struct temporal *x, struct buf *cell);
void temporal_put_time_cell(const struct temporal *x, struct buf *cell);

void temporal_print_date(const struct temporal *x, struct buf *text);
void temporal_print_time(const struct temporal *x, unsigned fsp, struct buf *text);

uint32_t temporal_to_date(const struct temporal *x);
struct temporal temporal_from_date(uint32_t v);
uint64_t temporal_to_packed(const struct temporal *x);
struct temporal temporal_from_packed(uint64_t v);
int64_t temporal_to_time(const struct temporal *x); /* microseconds */
struct temporal temporal_from_time(int64_t v);

bool temporal_is_zero(const struct temporal *x);     /* all parts */
bool temporal_is_calendar(const struct temporal *x); /* year 1.., a day that exists */
/* Calendar dates only: seconds since 1970 (micro apart), and adding seconds. */
int64_t temporal_to_epoch(const struct temporal *x);
void temporal_shift(struct temporal *x, int64_t seconds);
