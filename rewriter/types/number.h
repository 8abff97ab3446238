/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to rewriter/types: exact decimal numbers of up to 38 digits, read from literals and texts.
 * Pure functions.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "rewriter/types/type_fit.h"

/* (-1)^neg * m / 10^scale, in lowest terms: scale 0, or m no multiple of ten. */
struct number {
    __int128 m; /* signed */
    unsigned scale;
    bool neg;        /* a minus sign was written, also before zero */
    unsigned digits; /* significant digits as written, leading zeros not counted */
};

/* [+-] digits [. digits] [e [+-] digits], at least one digit; nothing else around. False when it is
 * not one, or has more than 38 digits, or a scale above 60. */
bool number_parse(struct slice text, bool allow_exponent, struct number *out);
/* Of a literal: INT, DECIMAL, FLOAT by their digits; STRING (in an ASCII superset) by its text, with
 * an exponent only if allowed. False for other kinds and for what does not parse. */
bool number_from_literal(const struct type_literal *lit, bool allow_exponent, struct number *out);
/* floor(n * 10^scale); *exact when nothing was cut. False on overflow. */
bool number_at_scale(const struct number *n, unsigned scale, __int128 *v, bool *exact);
/* 10^n, n <= 38 */
__int128 number_pow10(unsigned n);
/* Decimal digits of v, with sign. */
void number_print(__int128 v, struct buf *out);
/* The double nearest to the text (C locale's strtod): false when it is not a plain number or it
 * overflows. The whole text must be [+-] digits [. digits] [e..]. */
bool number_to_double(struct slice text, bool negative, double *out);
