/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COLUMN_TYPE texts: word [ '(' numbers or quoted elements ')' ] attributes. The table below says what
 * each word means; the parameter list is read by the word's shape.
 */
#include <ctype.h>

#include "base/cleanup.h"
#include "rewriter/types/type.h"

enum shape {
    SHAPE_PLAIN,    /* no parameters that matter */
    SHAPE_WIDTH,    /* (display width) */
    SHAPE_BITS,     /* (bits), default 1 */
    SHAPE_LENGTH,   /* (characters or bytes), default 1 */
    SHAPE_DECIMAL,  /* (M[,D]), default 10,0 */
    SHAPE_FLOAT,    /* [(M,D)] */
    SHAPE_FSP,      /* (digits) */
    SHAPE_ELEMENTS, /* ('a','b') */
    SHAPE_VECTOR,   /* (dimensions) */
};

struct word {
    const char *name;
    enum type_family family;
    enum type_wire wire;
    enum shape shape;
    uint8_t int_bytes;
    bool is_fixed, is_blob;
    uint32_t byte_len;
};

static const struct word words[] = {
    {"tinyint", TYPE_INT, TYPE_WIRE_TINY, SHAPE_WIDTH, .int_bytes = 1},
    {"smallint", TYPE_INT, TYPE_WIRE_SHORT, SHAPE_WIDTH, .int_bytes = 2},
    {"mediumint", TYPE_INT, TYPE_WIRE_INT24, SHAPE_WIDTH, .int_bytes = 3},
    {"int", TYPE_INT, TYPE_WIRE_LONG, SHAPE_WIDTH, .int_bytes = 4},
    {"bigint", TYPE_INT, TYPE_WIRE_LONGLONG, SHAPE_WIDTH, .int_bytes = 8},
    {"year", TYPE_YEAR, TYPE_WIRE_YEAR, SHAPE_WIDTH, .int_bytes = 2},
    {"bit", TYPE_BIT, TYPE_WIRE_BIT, SHAPE_BITS},
    {"decimal", TYPE_DECIMAL, TYPE_WIRE_NEWDECIMAL, SHAPE_DECIMAL},
    {"float", TYPE_FLOAT, TYPE_WIRE_FLOAT, SHAPE_FLOAT},
    {"double", TYPE_DOUBLE, TYPE_WIRE_DOUBLE, SHAPE_FLOAT},
    {"char", TYPE_STRING, TYPE_WIRE_STRING, SHAPE_LENGTH, .is_fixed = true},
    {"varchar", TYPE_STRING, TYPE_WIRE_VAR_STRING, SHAPE_LENGTH},
    {"tinytext", TYPE_STRING, TYPE_WIRE_BLOB, SHAPE_PLAIN, .is_blob = true, .byte_len = 0xff},
    {"text", TYPE_STRING, TYPE_WIRE_BLOB, SHAPE_PLAIN, .is_blob = true, .byte_len = 0xffff},
    {"mediumtext", TYPE_STRING, TYPE_WIRE_BLOB, SHAPE_PLAIN, .is_blob = true, .byte_len = 0xffffff},
    {"longtext", TYPE_STRING, TYPE_WIRE_BLOB, SHAPE_PLAIN, .is_blob = true, .byte_len = UINT32_MAX},
    {"binary", TYPE_BINARY, TYPE_WIRE_STRING, SHAPE_LENGTH, .is_fixed = true},
    {"varbinary", TYPE_BINARY, TYPE_WIRE_VAR_STRING, SHAPE_LENGTH},
    {"tinyblob", TYPE_BINARY, TYPE_WIRE_BLOB, SHAPE_PLAIN, .is_blob = true, .byte_len = 0xff},
    {"blob", TYPE_BINARY, TYPE_WIRE_BLOB, SHAPE_PLAIN, .is_blob = true, .byte_len = 0xffff},
    {"mediumblob", TYPE_BINARY, TYPE_WIRE_BLOB, SHAPE_PLAIN, .is_blob = true, .byte_len = 0xffffff},
    {"longblob", TYPE_BINARY, TYPE_WIRE_BLOB, SHAPE_PLAIN, .is_blob = true, .byte_len = UINT32_MAX},
    {"vector", TYPE_BINARY, TYPE_WIRE_VECTOR, SHAPE_VECTOR, .is_blob = true},
    {"date", TYPE_DATE, TYPE_WIRE_DATE, SHAPE_PLAIN},
    {"time", TYPE_TIME, TYPE_WIRE_TIME, SHAPE_FSP},
    {"datetime", TYPE_DATETIME, TYPE_WIRE_DATETIME, SHAPE_FSP},
    {"timestamp", TYPE_TIMESTAMP, TYPE_WIRE_TIMESTAMP, SHAPE_FSP},
    {"enum", TYPE_ENUM, TYPE_WIRE_STRING, SHAPE_ELEMENTS},
    {"set", TYPE_SET, TYPE_WIRE_STRING, SHAPE_ELEMENTS},
    {"json", TYPE_JSON, TYPE_WIRE_JSON, SHAPE_PLAIN, .is_blob = true, .byte_len = UINT32_MAX},
    {"geometry", TYPE_GEOMETRY, TYPE_WIRE_GEOMETRY, SHAPE_PLAIN, .is_blob = true,
     .byte_len = UINT32_MAX},
    {"point", TYPE_GEOMETRY, TYPE_WIRE_GEOMETRY, SHAPE_PLAIN, .is_blob = true,
     .byte_len = UINT32_MAX},
    {"linestring", TYPE_GEOMETRY, TYPE_WIRE_GEOMETRY, SHAPE_PLAIN, .is_blob = true,
     .byte_len = UINT32_MAX},
    {"polygon", TYPE_GEOMETRY, TYPE_WIRE_GEOMETRY, SHAPE_PLAIN, .is_blob = true,
     .byte_len = UINT32_MAX},
    {"multipoint", TYPE_GEOMETRY, TYPE_WIRE_GEOMETRY, SHAPE_PLAIN, .is_blob = true,
     .byte_len = UINT32_MAX},
    {"multilinestring", TYPE_GEOMETRY, TYPE_WIRE_GEOMETRY, SHAPE_PLAIN, .is_blob = true,
     .byte_len = UINT32_MAX},
    {"multipolygon", TYPE_GEOMETRY, TYPE_WIRE_GEOMETRY, SHAPE_PLAIN, .is_blob = true,
     .byte_len = UINT32_MAX},
    {"geometrycollection", TYPE_GEOMETRY, TYPE_WIRE_GEOMETRY, SHAPE_PLAIN, .is_blob = true,
     .byte_len = UINT32_MAX},
    {"geomcollection", TYPE_GEOMETRY, TYPE_WIRE_GEOMETRY, SHAPE_PLAIN, .is_blob = true,
     .byte_len = UINT32_MAX},
    {"inet4", TYPE_INET4, TYPE_WIRE_STRING, SHAPE_PLAIN, .byte_len = 4},
    {"inet6", TYPE_INET6, TYPE_WIRE_STRING, SHAPE_PLAIN, .byte_len = 16},
    {"uuid", TYPE_UUID, TYPE_WIRE_STRING, SHAPE_PLAIN, .byte_len = 16},
};

struct reader {
    struct arena *arena;
    const struct collation_set *set;
    struct slice text; /* what is left */
    struct diag *d;
};

static int
peek(const struct reader *r)
{
    return r->text.len ? r->text.data[0] : -1;
}

static bool
accept(struct reader *r, char c)
{
    while (peek(r) == ' ') {
        r->text = slice_from(r->text, 1);
    }
    if (peek(r) != c) {
        return false;
    }
    r->text = slice_from(r->text, 1);
    return true;
}

static struct slice
read_word(struct reader *r)
{
    while (peek(r) == ' ') {
        r->text = slice_from(r->text, 1);
    }
    size_t n = 0;
    while (n < r->text.len && (isalnum(r->text.data[n]) || r->text.data[n] == '_')) {
        n++;
    }
    const struct slice word = slice_sub(r->text, 0, n);
    r->text = slice_from(r->text, n);
    return word;
}

/* Up to two numbers in parentheses; *n says how many there were. */
static STATUS
read_numbers(struct reader *r, uint64_t v[2], unsigned *n)
{
    *n = 0;
    if (!accept(r, '(')) {
        return OK;
    }
    do {
        if (*n == 2 || !slice_parse_u64(read_word(r), &v[*n]) || v[*n] > UINT32_MAX) {
            FAIL(r->d, SYNTAX, "malformed type parameters");
        }
        ++*n;
    } while (accept(r, ','));
    if (!accept(r, ')')) {
        FAIL(r->d, SYNTAX, "malformed type parameters");
    }
    return OK;
}

/* ------------------------------------------------------------------------- ENUM and SET --- */

static uint8_t
unescape(uint8_t c)
{
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c == '0' ? 0 : c;
}

/* One 'element' with '' and backslash escapes; the opening quote was read. */
static STATUS
read_element(struct reader *r, struct buf *out)
{
    const struct slice s = r->text;
    size_t i = 0;
    for (; i < s.len; i++) {
        const bool pair = i + 1 < s.len;
        if (s.data[i] == '\'') {
            if (!pair || s.data[i + 1] != '\'') {
                r->text = slice_from(s, i + 1);
                return buf_status(out);
            }
            i++;
            buf_append_u8(out, '\'');
        } else if (s.data[i] == '\\' && pair) {
            i++;
            buf_append_u8(out, unescape(s.data[i]));
        } else {
            buf_append_u8(out, s.data[i]);
        }
    }
    FAIL(r->d, SYNTAX, "unterminated element");
}

#define ELEMENTS_MAX 65535

static STATUS
count_elements(struct reader r, size_t *n)
{
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    *n = 0;
    do {
        buf_clear(&text);
        if (!accept(&r, '\'') || ++*n > ELEMENTS_MAX) {
            FAIL(r.d, SYNTAX, "malformed element list");
        }
        TRY(read_element(&r, &text));
    } while (accept(&r, ','));
    return OK;
}

static STATUS
read_elements(struct reader *r, struct type *t)
{
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf bytes = BUF_INIT;
    size_t n;
    if (!accept(r, '(')) {
        FAIL(r->d, SYNTAX, "ENUM and SET need elements");
    }
    TRY(count_elements(*r, &n));
    if (t->family == TYPE_SET && n > 64) {
        FAIL(r->d, SYNTAX, "SET has at most 64 elements");
    }
    struct slice *elements = arena_array(r->arena, struct slice, n);
    struct slice *raw = arena_array(r->arena, struct slice, n);
    TRY(arena_status(r->arena));
    for (size_t i = 0; i < n; i++) {
        buf_clear(&text);
        buf_clear(&bytes);
        accept(r, '\'');
        TRY(read_element(r, &text));
        accept(r, ',');
        if (!charset_convert(CHARSET_UTF8MB4, t->collation->cs, buf_slice(&text), &bytes)) {
            FAIL(r->d, UNSUPPORTED, "ENUM or SET elements in character set %.*s",
                 SLICE_ARG(t->collation->charset));
        }
        elements[i] = arena_dup(r->arena, buf_slice(&text));
        raw[i] = arena_dup(r->arena, buf_slice(&bytes));
        TRY(buf_status(&bytes));
    }
    if (!accept(r, ')')) {
        FAIL(r->d, SYNTAX, "malformed element list");
    }
    t->n_elements = (uint16_t) n;
    t->elements = elements;
    t->element_bytes = raw;
    return arena_status(r->arena);
}

/* --------------------------------------------------------------------------- parameters --- */

static STATUS
read_decimal(struct reader *r, struct type *t, const uint64_t v[2], unsigned n)
{
    t->precision = n > 0 ? (uint8_t) v[0] : 10;
    t->scale = n > 1 ? (uint8_t) v[1] : 0;
    if (n > 0 && (v[0] == 0 || v[0] > 65 || (n > 1 && (v[1] > 38 || v[1] > v[0])))) {
        FAIL(r->d, SYNTAX, "DECIMAL out of range");
    }
    return OK;
}

static STATUS
read_float(struct reader *r, struct type *t, const uint64_t v[2], unsigned n)
{
    t->scale = TYPE_SCALE_NONE;
    if (n == 2) {
        if (v[0] > 255 || v[1] > 30) {
            FAIL(r->d, SYNTAX, "FLOAT or DOUBLE out of range");
        }
        t->display = (uint8_t) v[0];
        t->scale = (uint8_t) v[1];
    } else {
        t->display = t->family == TYPE_FLOAT ? 12 : 22;
    }
    return OK;
}

static STATUS
read_length(struct reader *r, struct type *t, const uint64_t v[2], unsigned n)
{
    const uint64_t len = n ? v[0] : 1;
    const uint64_t bytes = len * (t->collation ? t->collation->max_bytes : 1);
    if (bytes > UINT32_MAX) {
        FAIL(r->d, SYNTAX, "length out of range");
    }
    t->char_len = (uint32_t) len;
    t->byte_len = (uint32_t) bytes;
    return OK;
}

static STATUS
read_small(struct reader *r, uint8_t *out, uint64_t v, uint64_t min, uint64_t max)
{
    if (v < min || v > max) {
        FAIL(r->d, SYNTAX, "type parameter out of range");
    }
    *out = (uint8_t) v;
    return OK;
}

static STATUS
read_parameters(struct reader *r, const struct word *w, struct type *t)
{
    uint64_t v[2] = {0, 0};
    unsigned n = 0;
    if (w->shape == SHAPE_ELEMENTS) {
        return read_elements(r, t);
    }
    TRY(read_numbers(r, v, &n));
    switch (w->shape) {
    case SHAPE_PLAIN:
    case SHAPE_ELEMENTS:
        t->char_len = t->byte_len;
        return OK;
    case SHAPE_WIDTH:
        return read_small(r, &t->display, v[0], 0, 255);
    case SHAPE_BITS:
        return read_small(r, &t->display, n ? v[0] : 1, 1, 64);
    case SHAPE_LENGTH:
        return read_length(r, t, v, n);
    case SHAPE_DECIMAL:
        return read_decimal(r, t, v, n);
    case SHAPE_FLOAT:
        return read_float(r, t, v, n);
    case SHAPE_FSP:
        return read_small(r, &t->fsp, v[0], 0, 6);
    case SHAPE_VECTOR:
        t->char_len = n ? (uint32_t) v[0] : 2048;
        t->byte_len = 4 * t->char_len;
        return OK;
    }
    return OK;
}

static bool
has_collation(const struct type *t)
{
    return t->family == TYPE_STRING || t->family == TYPE_ENUM || t->family == TYPE_SET;
}

static STATUS
find_collation(struct reader *r, struct slice name, struct type *t)
{
    if (!has_collation(t)) {
        return OK;
    }
    t->collation = collation_set_find(r->set, name);
    if (!t->collation) {
        FAIL(r->d, UNSUPPORTED, "unknown collation %.*s", SLICE_ARG(name));
    }
    if (t->collation->cs == CHARSET_BINARY && t->family == TYPE_STRING) {
        FAIL(r->d, SYNTAX, "a character column cannot have the binary character set");
    }
    return OK;
}

STATUS
type_parse(struct arena *a, const struct collation_set *set, struct slice column_type,
           struct slice collation, struct type *out, struct diag *d)
{
    struct reader r = {a, set, column_type, d};
    const struct slice name = read_word(&r);
    const struct word *w = NULL;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !w; i++) {
        w = slice_equal_str_ci(name, words[i].name) ? &words[i] : NULL;
    }
    if (!w) {
        FAIL(d, SYNTAX, "unknown column type %.*s", SLICE_ARG(name));
    }
    *out = (struct type){.family = w->family,
                         .wire = (uint8_t) w->wire,
                         .is_fixed = w->is_fixed,
                         .is_blob = w->is_blob,
                         .int_bytes = w->int_bytes,
                         .byte_len = w->byte_len};
    TRY(find_collation(&r, collation, out));
    TRY(read_parameters(&r, w, out));
    for (struct slice attr; (attr = read_word(&r)).len > 0;) {
        if (slice_equal_str_ci(attr, "unsigned")) {
            out->is_unsigned = true;
        } else if (slice_equal_str_ci(attr, "zerofill")) {
            out->is_unsigned = out->zerofill = true;
        }
    }
    return OK;
}
