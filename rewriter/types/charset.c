/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latin1 is MySQL's: cp1252 with its five holes mapped to the C1 controls of the same number.
 * UTF-8 is the strict one of RFC 3629: no overlong forms, no surrogates.
 */
#include "rewriter/types/charset.h"

/* cp1252 bytes 0x80..0x9f */
static const uint16_t latin1_high[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

static const struct {
    const char *name;
    enum charset cs;
} charset_names[] = {
    {"binary", CHARSET_BINARY}, {"ascii", CHARSET_ASCII},     {"latin1", CHARSET_LATIN1},
    {"utf8", CHARSET_UTF8MB3},  {"utf8mb3", CHARSET_UTF8MB3}, {"utf8mb4", CHARSET_UTF8MB4},
    {"ucs2", CHARSET_UCS2},     {"utf16", CHARSET_UTF16},     {"utf16le", CHARSET_UTF16LE},
    {"utf32", CHARSET_UTF32},
};

enum charset
charset_from_name(struct slice name, unsigned maxlen)
{
    for (size_t i = 0; i < sizeof(charset_names) / sizeof(charset_names[0]); i++) {
        if (slice_equal_str_ci(name, charset_names[i].name)) {
            return charset_names[i].cs;
        }
    }
    /* swe7 is the one 8-bit set whose ASCII half is not ASCII */
    const bool simple = maxlen == 1 && !slice_equal_str_ci(name, "swe7");
    return simple ? CHARSET_OTHER_8BIT : CHARSET_OTHER;
}

/* ---------------------------------------------------------------------------------- decode --- */

static bool
is_surrogate(uint32_t cp)
{
    return cp >= 0xd800 && cp < 0xe000;
}

static bool
decode_utf8(struct slice s, unsigned max, uint32_t *cp, unsigned *len)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t b = s.data[0];
    const unsigned n = b < 0x80 ? 1 : b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;
    if (n == 0 || n > max || n > s.len) {
        return false;
    }
    uint32_t v = n == 1 ? b : b & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((s.data[i] & 0xc0) != 0x80) {
            return false;
        }
        v = v << 6 | (s.data[i] & 0x3f);
    }
    if (v < least[n] || is_surrogate(v) || v > 0x10ffff) {
        return false;
    }
    *cp = v;
    *len = n;
    return true;
}

static bool
decode_utf16(struct slice s, bool little, bool pairs, uint32_t *cp, unsigned *len)
{
    if (s.len < 2) {
        return false;
    }
    const uint32_t hi = (uint32_t) s.data[little] << 8 | s.data[!little];
    *cp = hi;
    *len = 2;
    if (!is_surrogate(hi)) {
        return true;
    }
    if (!pairs || hi >= 0xdc00 || s.len < 4) {
        return false;
    }
    const uint32_t lo = (uint32_t) s.data[2 + little] << 8 | s.data[2 + !little];
    *cp = 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
    *len = 4;
    return lo >= 0xdc00 && lo < 0xe000;
}

static bool
decode_utf32(struct slice s, uint32_t *cp, unsigned *len)
{
    if (s.len < 4) {
        return false;
    }
    *cp = (uint32_t) s.data[0] << 24 | (uint32_t) s.data[1] << 16 | (uint32_t) s.data[2] << 8 |
          s.data[3];
    *len = 4;
    return *cp <= 0x10ffff && !is_surrogate(*cp);
}

bool
charset_decode(enum charset cs, struct slice s, uint32_t *cp, unsigned *len)
{
    if (s.len == 0) {
        return false;
    }
    const uint8_t b = s.data[0];
    *len = 1;
    *cp = b;
    switch (cs) {
    case CHARSET_BINARY:
        return true;
    case CHARSET_ASCII:
    case CHARSET_OTHER_8BIT:
        return b < 0x80;
    case CHARSET_LATIN1:
        *cp = b >= 0x80 && b < 0xa0 ? latin1_high[b - 0x80] : b;
        return true;
    case CHARSET_UTF8MB3:
        return decode_utf8(s, 3, cp, len);
    case CHARSET_UTF8MB4:
        return decode_utf8(s, 4, cp, len);
    case CHARSET_UCS2:
        return decode_utf16(s, false, false, cp, len);
    case CHARSET_UTF16:
        return decode_utf16(s, false, true, cp, len);
    case CHARSET_UTF16LE:
        return decode_utf16(s, true, true, cp, len);
    case CHARSET_UTF32:
        return decode_utf32(s, cp, len);
    case CHARSET_OTHER:
        return false;
    }
    return false;
}

/* ---------------------------------------------------------------------------------- encode --- */

static bool
encode_latin1(uint32_t cp, struct buf *out)
{
    if (cp < 0x80 || (cp >= 0xa0 && cp < 0x100)) {
        buf_append_u8(out, (uint8_t) cp);
        return true;
    }
    for (unsigned i = 0; i < 32; i++) {
        if (latin1_high[i] == cp) {
            buf_append_u8(out, (uint8_t) (0x80 + i));
            return true;
        }
    }
    return false;
}

static bool
encode_utf8(uint32_t cp, uint32_t max, struct buf *out)
{
    if (cp > max) {
        return false;
    }
    if (cp < 0x80) {
        buf_append_u8(out, (uint8_t) cp);
    } else if (cp < 0x800) {
        buf_append_u8(out, (uint8_t) (0xc0 | cp >> 6));
        buf_append_u8(out, (uint8_t) (0x80 | (cp & 0x3f)));
    } else if (cp < 0x10000) {
        buf_append_u8(out, (uint8_t) (0xe0 | cp >> 12));
        buf_append_u8(out, (uint8_t) (0x80 | (cp >> 6 & 0x3f)));
        buf_append_u8(out, (uint8_t) (0x80 | (cp & 0x3f)));
    } else {
        buf_append_u8(out, (uint8_t) (0xf0 | cp >> 18));
        buf_append_u8(out, (uint8_t) (0x80 | (cp >> 12 & 0x3f)));
        buf_append_u8(out, (uint8_t) (0x80 | (cp >> 6 & 0x3f)));
        buf_append_u8(out, (uint8_t) (0x80 | (cp & 0x3f)));
    }
    return true;
}

static void
encode_unit16(uint32_t unit, bool little, struct buf *out)
{
    if (little) {
        buf_append_le16(out, (uint16_t) unit);
    } else {
        buf_append_be16(out, (uint16_t) unit);
    }
}

static bool
encode_utf16(uint32_t cp, bool little, bool pairs, struct buf *out)
{
    if (cp < 0x10000) {
        encode_unit16(cp, little, out);
        return true;
    }
    if (!pairs) {
        return false;
    }
    encode_unit16(0xd800 + ((cp - 0x10000) >> 10), little, out);
    encode_unit16(0xdc00 + (cp & 0x3ff), little, out);
    return true;
}

bool
charset_encode(enum charset cs, uint32_t cp, struct buf *out)
{
    if (cp > 0x10ffff || (is_surrogate(cp) && cs != CHARSET_BINARY)) {
        return false;
    }
    switch (cs) {
    case CHARSET_BINARY:
        return encode_utf8(cp, 0x7f, out);
    case CHARSET_ASCII:
    case CHARSET_OTHER_8BIT:
        return encode_utf8(cp, 0x7f, out);
    case CHARSET_LATIN1:
        return encode_latin1(cp, out);
    case CHARSET_UTF8MB3:
        return encode_utf8(cp, 0xffff, out);
    case CHARSET_UTF8MB4:
        return encode_utf8(cp, 0x10ffff, out);
    case CHARSET_UCS2:
        return encode_utf16(cp, false, false, out);
    case CHARSET_UTF16:
        return encode_utf16(cp, false, true, out);
    case CHARSET_UTF16LE:
        return encode_utf16(cp, true, true, out);
    case CHARSET_UTF32:
        buf_append_be32(out, cp);
        return true;
    case CHARSET_OTHER:
        return false;
    }
    return false;
}

/* --------------------------------------------------------------------------------- strings --- */

bool
charset_is_ascii(struct slice s)
{
    uint8_t any = 0;
    for (size_t i = 0; i < s.len; i++) {
        any |= s.data[i];
    }
    return any < 0x80;
}

/* The multi-byte sets of MySQL (sjis, gbk, big5, ..) use ASCII bytes as trail bytes. */
bool
charset_is_ascii_superset(enum charset cs)
{
    switch (cs) {
    case CHARSET_ASCII:
    case CHARSET_LATIN1:
    case CHARSET_UTF8MB3:
    case CHARSET_UTF8MB4:
    case CHARSET_OTHER_8BIT:
        return true;
    case CHARSET_BINARY:
    case CHARSET_UCS2:
    case CHARSET_UTF16:
    case CHARSET_UTF16LE:
    case CHARSET_UTF32:
    case CHARSET_OTHER:
        return false;
    }
    return false;
}

bool
charset_count(enum charset cs, struct slice s, size_t *n_chars)
{
    if (cs == CHARSET_BINARY || cs == CHARSET_LATIN1 || cs == CHARSET_OTHER_8BIT ||
        (charset_is_ascii_superset(cs) && charset_is_ascii(s))) {
        *n_chars = s.len;
        return true;
    }
    size_t n = 0;
    for (size_t i = 0; i < s.len; n++) {
        uint32_t cp;
        unsigned len;
        if (!charset_decode(cs, slice_from(s, i), &cp, &len)) {
            return false;
        }
        i += len;
    }
    *n_chars = n;
    return true;
}

static bool
convert_chars(enum charset from, enum charset to, bool replace, struct slice s, struct buf *out)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t cp;
        unsigned len;
        if (!charset_decode(from, slice_from(s, i), &cp, &len) ||
            (!charset_encode(to, cp, out) && !(replace && charset_encode(to, '?', out)))) {
            return false;
        }
        i += len;
    }
    return true;
}

static bool
convert(enum charset from, enum charset to, bool replace, struct slice s, struct buf *out)
{
    size_t n_chars;
    if (from == to && from != CHARSET_OTHER) {
        if (charset_count(from, s, &n_chars)) {
            buf_append_slice(out, s);
            return true;
        }
        return false;
    }
    if (from == CHARSET_BINARY || to == CHARSET_BINARY) {
        return false;
    }
    if (charset_is_ascii_superset(from) && charset_is_ascii_superset(to) && charset_is_ascii(s)) {
        buf_append_slice(out, s);
        return true;
    }
    if (from == CHARSET_OTHER_8BIT || to == CHARSET_OTHER_8BIT) {
        return false;
    }
    const size_t mark = out->len;
    if (!convert_chars(from, to, replace, s, out)) {
        buf_truncate(out, mark);
        return false;
    }
    return true;
}

bool
charset_convert(enum charset from, enum charset to, struct slice s, struct buf *out)
{
    return convert(from, to, false, s, out);
}

bool
charset_convert_results(enum charset from, enum charset to, struct slice s, struct buf *out)
{
    return convert(from, to, true, s, out);
}
