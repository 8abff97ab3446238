/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives rewriter/types from a script: one command per line on stdin, one answer per line on stdout.
 * Fields are separated by one space; bytes are hex ("." is the empty string).
 *
 *     I id name charset default pad maxlen    register a collation ("-" for an empty field)
 *     T slot collation type                   define column type number `slot`
 *     E my|maria mode offset|?                environment
 *     F|R|B slot bytes                        from text, from read, from binary -> value
 *     t|b|s slot value                        to text, to binary, to SQL
 *     d|o|O slot value                        det key, order key (compact, strict)
 *     r slot                                  read expression of column `c`
 *     P slot                                  parameter type: wire type, unsigned
 *     L slot use kind collation neg bytes     fit of a literal -> fit value
 *     X wire unsigned bytes                   text to binary
 *     K name                                  build a weight table; asks "Q sql" lines, each to be
 *                                             answered by rows ("R cell cell ..") and "."
 *     V name file engine / U name file engine save to, load from a file
 *     k|p name bytes                          key, prefix key
 *     w name weights                          key from weights
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "rewriter/types/type_fit.h"
#include "rewriter/types/type_key.h"
#include "rewriter/types/type_value.h"

#define FIELDS_MAX 260
#define SLOTS_MAX  256
#define TABLES_MAX 64

static struct {
    struct arena *arena;
    struct collation_set *set;
    struct type types[SLOTS_MAX];
    struct type_env env;
    struct collation *tables[TABLES_MAX];
    size_t n_tables;
    char *line;
    size_t line_cap;
    struct slice fields[FIELDS_MAX];
    size_t n_fields;
} tool = {.env.tz.known = true};

/* ----------------------------------------------------------------------------------- lines --- */

static bool
read_line(void)
{
    const ssize_t n = getline(&tool.line, &tool.line_cap, stdin);
    struct slice rest = slice_of(tool.line, n > 0 ? (size_t) n - (tool.line[n - 1] == '\n') : 0);
    for (tool.n_fields = 0; tool.n_fields < FIELDS_MAX && rest.len > 0; tool.n_fields++) {
        size_t i = 0;
        while (i < rest.len && rest.data[i] != ' ') {
            i++;
        }
        tool.fields[tool.n_fields] = slice_sub(rest, 0, i);
        rest = slice_from(rest, i + 1);
    }
    return n > 0;
}

static struct slice
field(size_t i)
{
    return i < tool.n_fields ? tool.fields[i] : SLICE("");
}

static uint64_t
number(size_t i)
{
    uint64_t v = 0;
    return slice_parse_u64(field(i), &v) ? v : 0;
}

static void
unhex(struct slice s, struct buf *out)
{
    for (size_t i = 0; i + 1 < s.len; i += 2) {
        char digits[3] = {(char) s.data[i], (char) s.data[i + 1], 0};
        buf_append_u8(out, (uint8_t) strtoul(digits, NULL, 16));
    }
}

static void
say_status(struct status s)
{
    printf("!%s\n", status_info_get(s.code)->name);
}

static void
say_bytes(const struct buf *b)
{
    for (size_t i = 0; i < b->len; i++) {
        printf("%02x", b->data[i]);
    }
    printf("%s\n", b->len ? "" : ".");
}

/* -------------------------------------------------------------------------------- commands --- */

static struct type *
type_slot(void)
{
    return &tool.types[number(1) % SLOTS_MAX];
}

static struct collation *
table_find(struct slice name)
{
    for (size_t i = 0; i < tool.n_tables; i++) {
        if (slice_equal_ci(collation_info_of(tool.tables[i])->name, name)) {
            return tool.tables[i];
        }
    }
    return NULL;
}

static void
table_put(struct collation *c)
{
    if (c && tool.n_tables < TABLES_MAX) {
        tool.tables[tool.n_tables++] = c;
        printf("%s\n", collation_is_token_safe(c) ? "safe" : "unsafe");
    } else {
        printf("none\n");
    }
}

static void
do_register(void)
{
    struct slice cells[COLLATION_SET_COLUMNS];
    for (size_t i = 0; i < COLLATION_SET_COLUMNS; i++) {
        cells[i] = slice_equal_str(field(i + 1), "-") ? SLICE("") : field(i + 1);
    }
    cells[4] = slice_equal_str(cells[4], "PAD_SPACE") ? SLICE("PAD SPACE") : SLICE("NO PAD");
    say_status(collation_set_add_row(tool.set, cells, COLLATION_SET_COLUMNS));
}

static void
do_type(void)
{
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    unhex(field(3), &text);
    say_status(type_parse(tool.arena, tool.set, arena_dup(tool.arena, buf_slice(&text)), field(2),
                          type_slot(), NULL));
}

static void
do_env(void)
{
    int64_t offset = 0;
    tool.env.flavour = slice_equal_str(field(1), "maria") ? TYPE_MARIADB : TYPE_MYSQL;
    tool.env.mode = (uint32_t) number(2);
    tool.env.tz.known = slice_parse_i64(field(3), &offset);
    tool.env.tz.offset_s = (int32_t) offset;
    printf("ok\n");
}

static void
do_convert(char command)
{
    static const struct {
        char command;
        STATUS (*fn)(const struct type *, const struct type_env *, struct slice, struct buf *);
    } table[] = {
        {'F', type_value_from_text}, {'R', type_value_from_read}, {'B', type_value_from_binary},
        {'t', type_value_to_text},   {'b', type_value_to_binary}, {'s', type_value_to_sql},
    };
    CLEANUP(buf_deinit_cleanup) struct buf in = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    unhex(field(2), &in);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].command == command) {
            const struct status s = table[i].fn(type_slot(), &tool.env, buf_slice(&in), &out);
            if (!status_is_ok(s)) {
                say_status(s);
            } else {
                say_bytes(&out);
            }
        }
    }
}

static void
do_key(char command)
{
    CLEANUP(buf_deinit_cleanup) struct buf in = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    const struct type *t = type_slot();
    const struct type_key_ord ord =
        type_key_ord_plan(t, command == 'o' ? TYPE_KEY_ORD_COMPACT : TYPE_KEY_ORD_STRICT, 16);
    const struct collation *c = t->collation ? table_find(t->collation->name) : NULL;
    enum type_key_result result;
    unhex(field(2), &in);
    const struct status s = command == 'd'
                                ? type_key_det(t, c, buf_slice(&in), &out, &result)
                                : type_key_ord(t, &ord, c, buf_slice(&in), &out, &result);
    if (!status_is_ok(s)) {
        say_status(s);
    } else if (result == TYPE_KEY_ASK) {
        printf("ask\n");
    } else {
        say_bytes(&out);
    }
}

static void
do_fit(void)
{
    static const char *const kinds[] = {"null", "int", "decimal", "float", "string",
                                        "hex",  "bit", "date",    "time",  "timestamp"};
    static const char *const uses[] = {"store", "eq", "order"};
    static const char *const fits[] = {"exact", "null",  "ask",    "never",
                                       "below", "above", "between"};
    CLEANUP(buf_deinit_cleanup) struct buf in = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    struct type_literal lit = {.collation = collation_set_find(tool.set, field(4)),
                               .negative = number(5) != 0};
    enum type_fit_use use = TYPE_FIT_STORE;
    for (unsigned i = 0; i < 10; i++) {
        lit.kind = slice_equal_str(field(3), kinds[i]) ? (enum type_literal_kind) i : lit.kind;
    }
    for (unsigned i = 0; i < 3; i++) {
        use = slice_equal_str(field(2), uses[i]) ? (enum type_fit_use) i : use;
    }
    unhex(field(6), &in);
    lit.bytes = buf_slice(&in);
    printf("%s ", fits[type_fit_literal(type_slot(), &tool.env, use, &lit, &out)]);
    say_bytes(&out);
}

static void
do_cell(void)
{
    CLEANUP(buf_deinit_cleanup) struct buf in = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    unhex(field(3), &in);
    const struct status s =
        type_value_text_to_binary((uint8_t) number(1), number(2) != 0, buf_slice(&in), &out);
    if (!status_is_ok(s)) {
        say_status(s);
    } else {
        say_bytes(&out);
    }
}

static void
do_param(void)
{
    bool is_unsigned;
    const unsigned wire = type_value_param_type(type_slot(), &is_unsigned);
    printf("%u %d\n", wire, is_unsigned);
}

static void
do_read_sql(void)
{
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    type_value_read_sql(type_slot(), SLICE("c"), &out);
    printf("%s\n", buf_cstr(&out));
}

/* ------------------------------------------------------------------------------ collations --- */

/* "R" cells, "-" is NULL. */
static STATUS
ask_query(void *ctx, struct slice sql, collation_row_fn *row, void *row_ctx)
{
    CLEANUP(buf_deinit_cleanup) struct buf bytes = BUF_INIT;
    struct slice cells[FIELDS_MAX];
    size_t ends[FIELDS_MAX];
    printf("Q %.*s\n", SLICE_ARG(sql));
    fflush(stdout);
    while (read_line() && !slice_equal_str(field(0), ".")) {
        buf_clear(&bytes);
        for (size_t i = 1; i < tool.n_fields; i++) {
            unhex(field(i), &bytes);
            ends[i] = bytes.len;
        }
        ends[0] = 0;
        for (size_t i = 1; i < tool.n_fields; i++) {
            cells[i - 1] =
                slice_equal_str(field(i), "-")
                    ? SLICE_NULL
                    : slice_of(buf_slice(&bytes).data + ends[i - 1], ends[i] - ends[i - 1]);
        }
        row(row_ctx, cells, tool.n_fields - 1);
    }
    return OK;
}

static void
do_build(void)
{
    struct collation_sql sql = {.query = ask_query};
    struct collation_source source;
    struct collation *c = NULL;
    struct diag d = DIAG_INIT;
    collation_sql_source(&sql, &source);
    const struct collation_info *info = collation_set_find(tool.set, field(1));
    if (!info) {
        printf("unknown\n");
        return;
    }
    const struct status s = collation_build(&c, info, &source, &d);
    if (!status_is_ok(s)) {
        say_status(s);
        return;
    }
    table_put(c);
}

static void
do_save(void)
{
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    const struct collation *c = table_find(field(1));
    FILE *f = c ? fopen((const char *) arena_strdup(tool.arena, field(2)), "wb") : NULL;
    if (f) {
        collation_save(c, field(3), &out);
        fwrite(out.data, 1, out.len, f);
        fclose(f);
    }
    printf("%zu\n", out.len);
}

static void
do_load(void)
{
    CLEANUP(buf_deinit_cleanup) struct buf in = BUF_INIT;
    FILE *f = fopen((const char *) arena_strdup(tool.arena, field(2)), "rb");
    char chunk[4096];
    for (size_t n; f && (n = fread(chunk, 1, sizeof(chunk), f)) > 0;) {
        buf_append(&in, chunk, n);
    }
    if (f) {
        fclose(f);
    }
    struct collation *c = NULL;
    const struct collation_info *info = collation_set_find(tool.set, field(1));
    if (info && status_is_ok(collation_load(&c, info, field(3), buf_slice(&in)))) {
        table_put(c);
    } else {
        printf("none\n");
    }
}

static void
do_weigh(char command)
{
    CLEANUP(buf_deinit_cleanup) struct buf in = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    const struct collation *c = table_find(field(1));
    enum collation_result r = COLLATION_OK;
    unhex(field(2), &in);
    if (!c) {
        printf("unknown\n");
        return;
    }
    if (command == 'k') {
        r = collation_key(c, buf_slice(&in), &out);
    } else if (command == 'p') {
        r = collation_prefix_key(c, buf_slice(&in), &out);
    } else {
        collation_key_from_weights(c, buf_slice(&in), &out);
    }
    if (r == COLLATION_OK) {
        say_bytes(&out);
    } else {
        printf("ask\n");
    }
}

static void
dispatch(char c)
{
    switch (c) {
    case 'I':
        do_register();
        break;
    case 'T':
        do_type();
        break;
    case 'E':
        do_env();
        break;
    case 'd':
    case 'o':
    case 'O':
        do_key(c);
        break;
    case 'r':
        do_read_sql();
        break;
    case 'P':
        do_param();
        break;
    case 'L':
        do_fit();
        break;
    case 'X':
        do_cell();
        break;
    case 'K':
        do_build();
        break;
    case 'V':
        do_save();
        break;
    case 'U':
        do_load();
        break;
    case 'k':
    case 'p':
    case 'w':
        do_weigh(c);
        break;
    default:
        do_convert(c);
        break;
    }
}

int
main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    tool.arena = arena_create(0);
    tool.set = collation_set_new();
    while (read_line()) {
        if (tool.n_fields > 0) {
            dispatch((char) field(0).data[0]);
        }
    }
    for (size_t i = 0; i < tool.n_tables; i++) {
        collation_unref(tool.tables[i]);
    }
    collation_set_free(tool.set);
    arena_free(tool.arena);
    free(tool.line);
    return 0;
}
