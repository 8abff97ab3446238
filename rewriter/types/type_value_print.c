/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MySQL prints doubles with David Gay's dtoa: the shortest digits that read back as the same number
 * (mode 4: at most six of them for FLOAT), in fixed notation while the decimal point lies within
 * -14 .. 15 of the first digit or digits follow it, else as d.dddde[-]x. With (M,D): those digits when they have at most D
 * decimals, else correctly rounded to D (mode 5). Here glibc's correctly rounding printf finds the
 * digits. Source: strings/dtoa.c of the server (my_gcvt, my_fcvt), checked against live servers by
 * tests/integration/test_types_live.py.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "rewriter/types/type_value.h"

struct digits {
    char d[32];
    int n;     /* count, no trailing zeros; 0 for zero */
    int point; /* value = 0.d1d2… * 10^point */
};

/* v > 0, the n-digit decimal nearest to it */
static void
round_to(double v, int n, struct digits *out)
{
    char text[48];
    snprintf(text, sizeof(text), "%.*e", n - 1, v);
    out->n = 0;
    const char *p = text;
    for (; *p && *p != 'e'; p++) {
        if (*p != '.') {
            out->d[out->n++] = *p;
        }
    }
    out->point = (int) strtol(p + 1, NULL, 10) + 1;
    while (out->n > 0 && out->d[out->n - 1] == '0') {
        out->n--;
    }
}

static double
read_back(const struct digits *g)
{
    char text[64];
    snprintf(text, sizeof(text), "0.%.*se%d", g->n, g->d, g->point);
    return strtod(text, NULL);
}

/* The next larger decimal of n digits; false when it carries (then shorter digits exist). */
static bool
step_up(struct digits *g, int n)
{
    while (g->n < n) {
        g->d[g->n++] = '0';
    }
    if (g->d[n - 1] == '9') {
        return false;
    }
    g->d[n - 1]++;
    return true;
}

/*
 * The nearest n-digit decimal reads back unless the gap below v is half the gap above (powers of
 * two): there the next one up may read back although it is farther away. Denormals have fewer digits.
 */
static void
shortest(double v, struct digits *out)
{
    int e;
    const bool power_of_two = frexp(v, &e) == 0.5;
    /* every decimal of 15 digits survives the way through a double, so try 15 first: a hit there has
     * its trailing zeros cut and is the shortest */
    for (int n = power_of_two || v < DBL_MIN ? 1 : 15; n < 17; n++) {
        round_to(v, n, out);
        if (read_back(out) == v || (power_of_two && step_up(out, n) && read_back(out) == v)) {
            return;
        }
    }
    round_to(v, 17, out);
}

static void
put_zeros(struct buf *text, int n)
{
    for (; n > 0; n--) {
        buf_append_u8(text, '0');
    }
}

static void
put_fixed(const struct digits *g, struct buf *text)
{
    if (g->point <= 0) {
        buf_append_str(text, "0.");
        put_zeros(text, -g->point);
        buf_append(text, g->d, (size_t) g->n);
        return;
    }
    const int whole = g->n < g->point ? g->n : g->point;
    buf_append(text, g->d, (size_t) whole);
    put_zeros(text, g->point - whole);
    if (g->n > whole) {
        buf_append_u8(text, '.');
        buf_append(text, g->d + whole, (size_t) (g->n - whole));
    }
}

static void
put_exponent(const struct digits *g, struct buf *text)
{
    buf_append(text, g->d, 1);
    if (g->n > 1) {
        buf_append_u8(text, '.');
        buf_append(text, g->d + 1, (size_t) (g->n - 1));
    }
    buf_printf(text, "e%d", g->point - 1);
}

/* false: v was zero (printed) */
static bool
put_sign(double v, struct buf *text)
{
    if (signbit(v)) {
        buf_append_u8(text, '-');
    }
    if (v == 0) {
        buf_append_u8(text, '0');
    }
    return v != 0;
}

static void
put_digits(const struct digits *g, struct buf *text)
{
    if (g->point >= -14 && (g->point <= 15 || g->n > g->point)) {
        put_fixed(g, text);
    } else {
        put_exponent(g, text);
    }
}

void
type_value_print_double(double v, struct buf *text)
{
    struct digits g;
    if (put_sign(v, text)) {
        shortest(fabs(v), &g);
        put_digits(&g, text);
    }
}

void
type_value_print_float(float v, struct buf *text)
{
    struct digits g;
    if (put_sign(v, text)) {
        round_to(fabs((double) v), 6, &g);
        put_digits(&g, text);
    }
}

void
type_value_print_fixed(double v, unsigned decimals, struct buf *text)
{
    struct digits g = {.n = 0};
    if (v != 0) {
        shortest(fabs(v), &g);
    }
    if (g.n - g.point > (int) decimals) {
        buf_printf(text, "%.*f", (int) decimals, v);
        return;
    }
    if (signbit(v)) {
        buf_append_u8(text, '-');
    }
    if (g.n == 0) {
        buf_append_u8(text, '0');
        g.point = 1;
    } else {
        put_fixed(&g, text);
    }
    const int shown = g.n > g.point ? g.n - g.point : 0;
    if (decimals > 0 && shown == 0) {
        buf_append_u8(text, '.');
    }
    put_zeros(text, (int) decimals - shown);
}
