/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/types/number.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

__int128
number_pow10(unsigned n)
{
    __int128 v = 1;
    while (n-- > 0) {
        v *= 10;
    }
    return v;
}

struct scan {
    struct slice s;
    size_t i;
    __int128 m;
    unsigned digits, n_read;
};

/* false: more digits than fit */
static bool
scan_digits(struct scan *c)
{
    for (; c->i < c->s.len && isdigit(c->s.data[c->i]); c->i++, c->n_read++) {
        const bool counts = c->digits > 0 || c->s.data[c->i] != '0';
        if (counts && c->digits == 38) {
            return false; /* before it overflows */
        }
        c->m = c->m * 10 + (c->s.data[c->i] - '0');
        c->digits += counts;
    }
    return true;
}

static int
scan_at(const struct scan *c)
{
    return c->i < c->s.len ? c->s.data[c->i] : -1;
}

/* [e [+-] digits], at the end of the text */
static bool
scan_exponent(struct scan *c, long *exp)
{
    if (scan_at(c) != 'e' && scan_at(c) != 'E') {
        return true;
    }
    c->i++;
    const bool neg = scan_at(c) == '-';
    c->i += neg || scan_at(c) == '+';
    const size_t start = c->i;
    for (; isdigit(scan_at(c)); c->i++) {
        *exp = *exp * 10 + (c->s.data[c->i] - '0');
        if (*exp > 10000) {
            return false;
        }
    }
    *exp = neg ? -*exp : *exp;
    return c->i > start;
}

bool
number_parse(struct slice text, bool allow_exponent, struct number *out)
{
    struct scan c = {.s = text};
    out->neg = scan_at(&c) == '-';
    c.i = out->neg || scan_at(&c) == '+';
    long exp = 0, scale = 0;
    if (!scan_digits(&c)) {
        return false;
    }
    if (scan_at(&c) == '.') {
        const unsigned before = c.n_read;
        c.i++;
        if (!scan_digits(&c)) {
            return false;
        }
        scale = (long) c.n_read - before;
    }
    if (c.n_read == 0 || (allow_exponent && !scan_exponent(&c, &exp)) || c.i != text.len) {
        return false;
    }
    scale -= exp;
    out->digits = c.digits;
    for (; c.m != 0 && scale > 0 && c.m % 10 == 0; scale--) {
        c.m /= 10;
    }
    scale = c.m == 0 ? 0 : scale;
    if (scale > 60 || (scale < 0 && (long) c.digits - scale > 38)) {
        return false;
    }
    for (; scale < 0; scale++) {
        c.m *= 10;
    }
    out->m = out->neg ? -c.m : c.m;
    out->scale = (unsigned) scale;
    return true;
}

bool
number_from_literal(const struct type_literal *lit, bool allow_exponent, struct number *out)
{
    switch (lit->kind) {
    case TYPE_LITERAL_INT:
    case TYPE_LITERAL_DECIMAL:
    case TYPE_LITERAL_FLOAT:
        if (!number_parse(lit->bytes, true, out)) {
            return false;
        }
        out->neg ^= lit->negative;
        out->m = lit->negative ? -out->m : out->m;
        return true;
    case TYPE_LITERAL_STRING:
        return lit->collation && charset_is_ascii_superset(lit->collation->cs) &&
               number_parse(lit->bytes, allow_exponent, out);
    case TYPE_LITERAL_NULL:
    case TYPE_LITERAL_HEX:
    case TYPE_LITERAL_BIT:
    case TYPE_LITERAL_DATE:
    case TYPE_LITERAL_TIME:
    case TYPE_LITERAL_TIMESTAMP:
        return false;
    }
    return false;
}

bool
number_at_scale(const struct number *n, unsigned scale, __int128 *v, bool *exact)
{
    *exact = true;
    *v = n->m;
    for (unsigned s = n->scale; s < scale; s++) {
        if (__builtin_mul_overflow(*v, (__int128) 10, v)) {
            return false;
        }
    }
    if (n->scale > scale) {
        if (n->scale - scale > 38) {
            *exact = false;
            *v = n->m < 0 ? -1 : 0;
            return true;
        }
        const __int128 p = number_pow10(n->scale - scale);
        *v = n->m / p - (n->m % p < 0);
        *exact = n->m % p == 0;
    }
    return true;
}

void
number_print(__int128 v, struct buf *out)
{
    char text[41];
    size_t i = sizeof(text);
    unsigned __int128 u = v < 0 ? -(unsigned __int128) v : (unsigned __int128) v;
    do {
        text[--i] = (char) ('0' + (int) (u % 10));
        u /= 10;
    } while (u);
    if (v < 0) {
        text[--i] = '-';
    }
    buf_append(out, text + i, sizeof(text) - i);
}

static bool
is_number_text(struct slice s)
{
    size_t i = s.len > 0 && (s.data[0] == '-' || s.data[0] == '+');
    size_t digits = 0;
    for (bool point = false; i < s.len; i++) {
        if (isdigit(s.data[i])) {
            digits++;
        } else if (s.data[i] == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    if (digits == 0) {
        return false;
    }
    if (i < s.len && (s.data[i] | 0x20) == 'e') {
        i += 1 + (i + 1 < s.len && (s.data[i + 1] == '-' || s.data[i + 1] == '+'));
        const size_t start = i;
        while (i < s.len && isdigit(s.data[i])) {
            i++;
        }
        return i == s.len && i > start;
    }
    return i == s.len;
}

bool
number_to_double(struct slice text, bool negative, double *out)
{
    char stack[400];
    if (!is_number_text(text) || text.len >= sizeof(stack)) {
        return false;
    }
    mem_copy(stack, text.data, text.len);
    stack[text.len] = 0;
    const double v = strtod(stack, NULL);
    *out = negative ? -v : v;
    return isfinite(v);
}
