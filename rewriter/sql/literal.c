/* SPDX-License-Identifier: Apache-2.0 */
/* Extent and value of quoted things; all of it independent of the grammar. */
#include "base/mem.h"
#include "rewriter/sql/lex.h"

enum sql_wide
sql_literal_wide(struct slice charset)
{
    static const struct {
        const char *name;
        enum sql_wide wide;
    } rows[] = {
        {"sjis", SQL_WIDE_SJIS}, {"cp932", SQL_WIDE_SJIS},  {"gbk", SQL_WIDE_GBK},
        {"big5", SQL_WIDE_BIG5}, {"gb18030", SQL_WIDE_GBK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (slice_equal_str_ci(charset, rows[i].name)) {
            return rows[i].wide;
        }
    }
    return SQL_WIDE_NONE;
}

bool
sql_literal_is_pair(const uint8_t *s, size_t n, enum sql_wide wide)
{
    if (n < 2 || s[0] < 0x81) {
        return false;
    }
    const bool trail = s[1] >= 0x40 && s[1] != 0x7f && s[1] != 0xff;
    switch (wide) {
    case SQL_WIDE_NONE:
        return false;
    case SQL_WIDE_SJIS:
        return trail && s[1] <= 0xfc && (s[0] <= 0x9f || (s[0] >= 0xe0 && s[0] <= 0xfc));
    case SQL_WIDE_GBK:
        return trail && s[0] <= 0xfe;
    case SQL_WIDE_BIG5:
        return trail && s[0] >= 0xa1 && s[0] <= 0xf9 && (s[1] <= 0x7e || s[1] >= 0xa1);
    }
    return false;
}

size_t
sql_literal_string_end(struct slice s, enum sql_wide wide, bool backslash)
{
    const uint8_t quote = s.data[0];
    for (size_t i = 1; i < s.len; i++) {
        const uint8_t c = s.data[i];
        if (c == quote) {
            if (i + 1 >= s.len || s.data[i + 1] != quote) {
                return i + 1;
            }
            i++;
        } else if (c == '\\' && backslash) {
            i++;
        } else if (c >= 0x80 && wide != SQL_WIDE_NONE &&
                   sql_literal_is_pair(s.data + i, s.len - i, wide)) {
            i++;
        }
    }
    return 0;
}

static size_t
comment_length(struct slice s)
{
    if (s.data[0] == '#' ||
        (s.len > 2 && s.data[0] == '-' && s.data[1] == '-' && s.data[2] <= ' ')) {
        const uint8_t *nl = memchr(s.data, '\n', s.len);
        return nl ? (size_t) (nl - s.data) + 1 : s.len;
    }
    if (s.len < 4 || s.data[0] != '/' || s.data[1] != '*' || s.data[2] == '!' || s.data[2] == 'M') {
        return 0;
    }
    for (size_t i = 2; i + 1 < s.len; i++) {
        if (s.data[i] == '*' && s.data[i + 1] == '/') {
            return i + 2;
        }
    }
    return 0;
}

size_t
sql_literal_blank(struct slice s)
{
    size_t i = 0;
    while (i < s.len) {
        const uint8_t c = s.data[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            i++;
            continue;
        }
        const size_t n = comment_length(slice_from(s, i));
        if (n == 0) {
            break;
        }
        i += n;
    }
    return i;
}

/* ---- values ---- */

static uint8_t
unescape(uint8_t c)
{
    switch (c) {
    case '0':
        return 0;
    case 'b':
        return '\b';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'Z':
        return 0x1a;
    default:
        return c;
    }
}

/* s: one part with its quotes. */
static void
decode_part(struct slice s, enum sql_wide wide, bool backslash, struct buf *out)
{
    const uint8_t quote = s.data[0];
    size_t plain = 1, i = 1;
    while (i < s.len - 1) {
        const uint8_t c = s.data[i];
        if (c == quote) { /* doubled */
            buf_append(out, s.data + plain, i - plain);
            plain = i + 1;
            i += 2;
        } else if (c == '\\' && backslash) {
            const uint8_t e = s.data[i + 1];
            buf_append(out, s.data + plain, i - plain);
            if (e == '%' || e == '_') { /* stays escaped: LIKE wants it so */
                plain = i;
            } else {
                buf_append_u8(out, unescape(e));
                plain = i + 2;
            }
            i += 2;
        } else {
            i += sql_literal_is_pair(s.data + i, s.len - i, wide) ? 2 : 1;
        }
    }
    buf_append(out, s.data + plain, s.len - 1 - plain);
}

static void
decode_string(struct slice s, const struct sql_options *options, struct buf *out)
{
    const enum sql_wide wide = sql_literal_wide(options->charset);
    const bool backslash = !(options->mode & SQL_MODE_NO_BACKSLASH_ESCAPES);
    if (s.len && (s.data[0] == 'n' || s.data[0] == 'N')) {
        s = slice_from(s, 1);
    }
    while (s.len) {
        const size_t n = sql_literal_string_end(s, wide, backslash);
        if (n < 2) {
            return;
        }
        decode_part(slice_sub(s, 0, n), wide, backslash, out);
        s = slice_from(s, n);
        s = slice_from(s, sql_literal_blank(s));
    }
}

static unsigned
digit_value(uint8_t c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10u;
}

/* Digits of x'..', 0x.., b'..', 0b.. without their frame. */
static struct slice
digits_of(struct slice s)
{
    s = slice_from(s, 2);
    if (s.len && s.data[s.len - 1] == '\'') {
        s.len--;
    }
    return s;
}

/* Big-endian, padded on the left to whole bytes. */
static void
decode_digits(struct slice digits, unsigned bits_per_digit, struct buf *out)
{
    const size_t per_byte = 8 / bits_per_digit;
    size_t fill = (per_byte - digits.len % per_byte) % per_byte;
    unsigned byte = 0;
    for (size_t i = 0; i < digits.len; i++) {
        byte = byte << bits_per_digit | digit_value(digits.data[i]);
        if (++fill == per_byte) {
            buf_append_u8(out, (uint8_t) byte);
            byte = 0;
            fill = 0;
        }
    }
}

void
sql_literal_decode(struct slice raw, enum sql_literal_kind kind, const struct sql_options *options,
                   struct buf *out)
{
    switch (kind) {
    case SQL_LITERAL_STRING:
    case SQL_LITERAL_DATE:
    case SQL_LITERAL_TIME:
    case SQL_LITERAL_TIMESTAMP:
        decode_string(raw, options, out);
        break;
    case SQL_LITERAL_HEX:
        decode_digits(digits_of(raw), 4, out);
        break;
    case SQL_LITERAL_BIT:
        decode_digits(digits_of(raw), 1, out);
        break;
    case SQL_LITERAL_INTEGER:
    case SQL_LITERAL_DECIMAL:
    case SQL_LITERAL_FLOAT:
        buf_append_slice(out, raw);
        break;
    case SQL_LITERAL_NULL:
    case SQL_LITERAL_TRUE:
    case SQL_LITERAL_FALSE:
    case SQL_LITERAL_PARAM:
        break;
    }
}

struct slice
sql_literal_name(struct arena *a, struct slice quoted)
{
    const struct slice inner = slice_sub(quoted, 1, quoted.len - 2);
    const uint8_t quote = quoted.data[0];
    if (memchr(inner.data, quote, inner.len) == NULL) {
        return inner;
    }
    uint8_t *p = arena_array(a, uint8_t, inner.len);
    size_t n = 0;
    if (p == NULL) {
        return SLICE("");
    }
    for (size_t i = 0; i < inner.len; i++) {
        p[n++] = inner.data[i];
        i += inner.data[i] == quote;
    }
    return slice_of(p, n);
}
