/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays the server: loads the library (argv[1]) and calls every function through the ABI, rightly and wrongly.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/mem.h"
#include "cm.h"
#include "crypto/hom.h"
#include "crypto/rand.h"
#include "crypto/scheme.h"
#include "crypto/search.h"
#include "crypto/strip.h"
#include "udf/abi.h"

enum {
    ARGS_MAX = 4
};

typedef bool init_fn(struct udf_init *, struct udf_args *, char *);
typedef void deinit_fn(struct udf_init *);
typedef char *string_fn(struct udf_init *, struct udf_args *, char *, unsigned long *,
                        unsigned char *, unsigned char *);
typedef long long int_fn(struct udf_init *, struct udf_args *, unsigned char *, unsigned char *);
typedef void clear_fn(struct udf_init *, unsigned char *, unsigned char *);
typedef void add_fn(struct udf_init *, struct udf_args *, unsigned char *, unsigned char *);

static void *library;
static const char *path;

/* One call site: the constants are fixed at `open`, rows follow. */
struct site {
    const char *name;
    struct udf_init init;
    struct udf_args args;
    int type[ARGS_MAX];
    char *arg[ARGS_MAX];
    unsigned long length[ARGS_MAX];
    char maybe_null[ARGS_MAX];
    char message[UDF_MESSAGE_MAX];
};

/* Object to function pointer, as POSIX wants it of dlsym. */
static void *
symbol(const char *name, const char *suffix)
{
    char full[64];
    (void) snprintf(full, sizeof full, "%s%s", name, suffix);
    void *p = dlsym(library, full);
    assert_non_null(p);
    return p;
}

static void
site_arg(struct site *s, unsigned i, struct slice v)
{
    s->arg[i] = (char *) (uintptr_t) v.data;
    s->length[i] = v.len;
}

static bool
site_open(struct site *s, const char *name, unsigned count)
{
    s->name = name;
    s->init = (struct udf_init){.maybe_null = true};
    s->args = (struct udf_args){.arg_count = count,
                                .arg_type = s->type,
                                .args = s->arg,
                                .lengths = s->length,
                                .maybe_null = s->maybe_null};
    s->message[0] = 0;
    const bool refused = ((init_fn *) symbol(name, "_init"))(&s->init, &s->args, s->message);
    assert_int_equal(refused, s->message[0] != 0);
    return !refused;
}

static void
site_close(struct site *s)
{
    ((deinit_fn *) symbol(s->name, "_deinit"))(&s->init);
}

/* A NULL slice is SQL NULL. */
static struct slice
site_row(struct site *s)
{
    static char result[256];
    unsigned long len = 0;
    unsigned char is_null = 0, error = 0;
    char *p =
        ((string_fn *) symbol(s->name, ""))(&s->init, &s->args, result, &len, &is_null, &error);
    assert_int_equal(error, 0);
    if (is_null) {
        return SLICE_NULL;
    }
    assert_non_null(p);
    return slice_of(p, len);
}

static int
site_row_int(struct site *s)
{
    unsigned char is_null = 0, error = 0;
    const long long v = ((int_fn *) symbol(s->name, ""))(&s->init, &s->args, &is_null, &error);
    assert_int_equal(error, 0);
    return is_null ? -1 : (int) v;
}

static void
site_clear(struct site *s)
{
    unsigned char is_null = 0, error = 0;
    ((clear_fn *) symbol(s->name, "_clear"))(&s->init, &is_null, &error);
}

static void
site_add(struct site *s, struct slice cell)
{
    unsigned char is_null = 0, error = 0;
    site_arg(s, 0, cell);
    ((add_fn *) symbol(s->name, "_add"))(&s->init, &s->args, &is_null, &error);
    assert_int_equal(error, 0);
}

static struct hom_key *key;
static struct arena *arena;
static uint8_t material[64];

static struct slice
n_of_key(void)
{
    return hom_pub_n(hom_key_pub(key));
}

static struct slice
hom_cell(int64_t v)
{
    uint8_t *cell = arena_alloc(arena, HOM_PUB_CELL_MAX);
    const struct hom_int m = hom_int_from_value(hom_value_from_i64(v));
    assert_true(status_is_ok(hom_encrypt(key, 1, &m, cell)));
    return slice_of(cell, hom_pub_cell_len(hom_key_pub(key)));
}

static int64_t
hom_open(struct slice cell)
{
    struct hom_int m;
    struct hom_value v;
    int64_t out = 0;
    assert_true(status_is_ok(hom_decrypt(key, cell, &m)));
    assert_true(status_is_ok(hom_int_to_value(&m, &v)));
    assert_true(status_is_ok(hom_value_to_i64(v, &out)));
    return out;
}

static struct scheme_key *
scheme_key_of(enum scheme_id id)
{
    const struct scheme_ops *ops = scheme_find(id);
    const struct scheme_params p = {.material = slice_of(material, ops->key_len),
                                    .id = {.db = 1, .tab = 2, .col = 3, .epoch = 1}};
    struct scheme_key *k = NULL;
    assert_true(status_is_ok(ops->key_new(&k, &p)));
    return k;
}

static struct slice
encrypt_one(enum scheme_id id, struct slice plain, const struct slice *tweak)
{
    struct scheme_key *k = scheme_key_of(id);
    struct slice out;
    const struct cells in = {.n = 1, .data = &plain, .tweak = tweak};
    assert_true(status_is_ok(scheme_encrypt(k, &in, arena, &out)));
    scheme_key_free(k);
    return out;
}

/* --- right use --- */

static void
strip_takes_the_layer_off(void **unused)
{
    static const uint8_t salt[16] = {1, 2, 3};
    const struct slice tweak = slice_of(salt, sizeof salt);
    uint8_t *big = malloc(100000);
    struct site s = {.type = {0}};
    assert_non_null(big);
    assert_true(status_is_ok(rand_bytes(big, 100000)));
    static const size_t lens[] = {0, 1, 8, 15, 16, 17, 255, 256, 4096, 100000};
    site_arg(&s, 1, slice_of(material + 32, 32));
    assert_true(site_open(&s, "allium_strip", 2));
    for (size_t i = 0; i < 2 * sizeof lens / sizeof lens[0]; i++) {
        const struct slice plain = slice_of(big, lens[i / 2]);
        site_arg(&s, 0, encrypt_one(SCHEME_RND, plain, i % 2 ? &tweak : NULL));
        assert_true(slice_equal(site_row(&s), plain));
    }
    site_arg(&s, 0, SLICE_NULL);
    assert_true(slice_is_null(site_row(&s)));
    site_close(&s);
    free(big);
}

static void
unmask_takes_the_mask_off_tokens_only(void **unused)
{
    static const uint8_t token[16] = {7, 7, 7};
    struct site s = {.type = {0}};
    site_arg(&s, 1, slice_of(material, 32));
    assert_true(site_open(&s, "allium_unmask", 2));
    site_arg(&s, 0, encrypt_one(SCHEME_WRAP, slice_of(token, sizeof token), NULL));
    assert_true(slice_equal(site_row(&s), slice_of(token, sizeof token)));
    site_arg(&s, 0, encrypt_one(SCHEME_RND, slice_of(token, sizeof token), NULL));
    assert_true(slice_is_null(site_row(&s)));
    site_arg(&s, 0, slice_of(token, 0));
    assert_true(slice_is_null(site_row(&s)));
    site_close(&s);
}

static void
sum_adds_groups(void **unused)
{
    struct site s = {.type = {0}};
    site_arg(&s, 1, n_of_key());
    assert_true(site_open(&s, "allium_sum", 2));
    site_clear(&s);
    assert_true(slice_is_null(site_row(&s))); /* no row */
    site_add(&s, SLICE_NULL);
    assert_true(slice_is_null(site_row(&s))); /* only NULLs */
    for (int rows = 1; rows < 6; rows++) {
        site_clear(&s);
        for (int i = 0; i < rows; i++) {
            site_add(&s, hom_cell(-1000 + i));
            site_add(&s, SLICE_NULL);
        }
        assert_int_equal(hom_open(site_row(&s)), -1000 * rows + rows * (rows - 1) / 2);
    }
    site_add(&s, slice_of("x", 1));
    assert_true(slice_is_null(site_row(&s))); /* a bad cell spoils its group, not the next */
    unsigned char is_null = 0, error = 0;
    site_arg(&s, 0, hom_cell(11));
    ((add_fn *) symbol("allium_sum", "_reset"))(&s.init, &s.args, &is_null, &error);
    assert_int_equal(hom_open(site_row(&s)), 11);
    site_close(&s);
}

static void
add_adds_two(void **unused)
{
    struct site s = {.type = {0}};
    site_arg(&s, 2, n_of_key());
    assert_true(site_open(&s, "allium_add", 3));
    site_arg(&s, 0, hom_cell(40));
    site_arg(&s, 1, hom_cell(2));
    assert_int_equal(hom_open(site_row(&s)), 42);
    site_arg(&s, 1, SLICE_NULL);
    assert_true(slice_is_null(site_row(&s)));
    site_arg(&s, 1, slice_of("abc", 3));
    assert_true(slice_is_null(site_row(&s)));
    site_close(&s);
}

static void
search_finds_words(void **unused)
{
    struct buf list = BUF_INIT;
    uint8_t trapdoor[MATCH_TRAPDOOR_LEN];
    struct site s = {.type = {0}};
    static const char *const words[] = {"onion", "leek", "garlic"};
    for (int i = 0; i < 3; i++) {
        assert_true(status_is_ok(search_append_word(&list, slice_of_str(words[i]))));
    }
    const struct slice cell = encrypt_one(SCHEME_SEARCH, buf_slice(&list), NULL);
    struct scheme_key *k = scheme_key_of(SCHEME_SEARCH);
    static const struct {
        const char *word;
        int found;
    } asked[] = {{"leek", 1}, {"onion", 1}, {"chive", 0}, {"lee", 0}};
    for (size_t i = 0; i < 4; i++) {
        assert_true(status_is_ok(search_trapdoor(k, slice_of_str(asked[i].word), trapdoor)));
        site_arg(&s, 1, slice_of(trapdoor, sizeof trapdoor));
        assert_true(site_open(&s, "allium_search", 2));
        site_arg(&s, 0, cell);
        assert_int_equal(site_row_int(&s), asked[i].found);
        site_arg(&s, 0, SLICE_NULL);
        assert_int_equal(site_row_int(&s), -1);
        site_arg(&s, 0, slice_of(cell.data, 17));
        assert_int_equal(site_row_int(&s), -1);
        site_arg(&s, 0, slice_of("", 0));
        assert_int_equal(site_row_int(&s), 0);
        site_close(&s);
    }
    scheme_key_free(k);
    buf_deinit(&list);
}

static void
version_tells(void **unused)
{
    struct site s = {.type = {0}};
    assert_true(site_open(&s, "allium_version", 0));
    const struct slice v = site_row(&s);
    char text[128];
    (void) snprintf(text, sizeof text, "%.*s", SLICE_ARG(v));
    assert_non_null(strstr(text, " formats=1 kernel="));
    site_close(&s);
}

/* --- wrong use --- */

static const struct {
    const char *name;
    unsigned count;
    size_t const_len[2]; /* accepted lengths of the last argument */
    bool is_int, is_aggregate;
} functions[] = {
    {"allium_strip", 2, {32, 32}, false, false}, {"allium_unmask", 2, {32, 32}, false, false},
    {"allium_sum", 2, {256, 384}, false, true},  {"allium_add", 3, {256, 384}, false, false},
    {"allium_search", 2, {32, 32}, true, false}, {"allium_version", 0, {0, 0}, false, false},
};
enum {
    N_FUNCTIONS = sizeof functions / sizeof functions[0]
};

static void
bad_shapes_are_refused(void **unused)
{
    uint8_t bytes[512];
    memset(bytes, 0xff, sizeof bytes);
    for (size_t f = 0; f < N_FUNCTIONS; f++) {
        const unsigned right = functions[f].count;
        const struct slice constant = slice_of(bytes, functions[f].const_len[0]);
        for (unsigned count = 0; count <= ARGS_MAX; count++) {
            struct site s = {.type = {0}};
            for (unsigned i = 0; i < count; i++) {
                site_arg(&s, i, constant);
            }
            if (count != right) {
                assert_false(site_open(&s, functions[f].name, count));
            }
        }
        for (unsigned i = 0; i < right; i++) {
            for (int type = UDF_TYPE_REAL; type <= UDF_TYPE_DECIMAL; type++) {
                struct site s = {.type = {0}};
                site_arg(&s, right - 1, constant);
                s.type[i] = type;
                assert_false(site_open(&s, functions[f].name, right));
            }
        }
        for (size_t len = 0; right > 0 && len <= 400; len++) {
            struct site s = {.type = {0}};
            site_arg(&s, right - 1, slice_of(bytes, len));
            if (len == functions[f].const_len[0] || len == functions[f].const_len[1]) {
                assert_true(site_open(&s, functions[f].name, right));
                site_close(&s);
            } else {
                assert_false(site_open(&s, functions[f].name, right));
            }
        }
        if (right > 0) { /* not constant, or NULL */
            struct site s = {.type = {0}};
            s.length[right - 1] = 32;
            assert_false(site_open(&s, functions[f].name, right));
        }
    }
}

static void
random_cells_never_crash(void **unused)
{
    enum {
        ROUNDS = 3000,
        LEN = 1600
    };
    uint8_t bytes[LEN];
    for (size_t f = 0; f < N_FUNCTIONS; f++) {
        const unsigned right = functions[f].count;
        struct site s = {.type = {0}};
        const bool is_hom = functions[f].const_len[0] == 256;
        if (right == 0) {
            continue;
        }
        site_arg(&s, right - 1, is_hom ? n_of_key() : slice_of(material, 32));
        assert_true(site_open(&s, functions[f].name, right));
        for (int i = 0; i < ROUNDS; i++) {
            uint16_t pick;
            assert_true(status_is_ok(rand_bytes(&pick, sizeof pick)));
            size_t len = pick % 3 ? pick % 64 : pick % LEN;
            if (is_hom && pick % 4 == 0) {
                len = 514;
            }
            assert_true(status_is_ok(rand_bytes(bytes, LEN)));
            if (pick & 0x8000) { /* a plausible header */
                bytes[0] = (uint8_t) ((1 + i % 5) << 4 | 1);
                bytes[1] = is_hom ? 0 : bytes[1];
            }
            for (unsigned a = 0; a + 1 < right; a++) {
                site_arg(&s, a, pick % 50 == 0 ? SLICE_NULL : slice_of(bytes, len));
            }
            if (functions[f].is_int) {
                (void) site_row_int(&s);
            } else if (functions[f].is_aggregate) {
                if (i % 3 == 0) {
                    site_clear(&s);
                }
                site_add(&s, slice_of(bytes, len));
                (void) site_row(&s);
            } else {
                (void) site_row(&s);
            }
        }
        site_close(&s);
        site_close(&s); /* MariaDB may call it after a failed preparation */
    }
}

static long
resident_kib(void)
{
    long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &size, &resident), 2);
    (void) fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
a_million_rows_take_no_memory(void **unused)
{
    enum {
        ROWS = 1000000,
        SUM_ROWS = 20000,
        OPENS = 3000,
        ALLOWED_KIB = 2048
    };
    struct site strip = {.type = {0}}, sum = {.type = {0}};
    const struct slice cell = encrypt_one(SCHEME_RND, slice_of("12345678", 8), NULL);
    const struct slice hom = hom_cell(1);
    site_arg(&strip, 1, slice_of(material + 32, 32));
    site_arg(&sum, 1, n_of_key());
    assert_true(site_open(&strip, "allium_strip", 2));
    assert_true(site_open(&sum, "allium_sum", 2));
    site_clear(&sum);
    site_arg(&strip, 0, cell);
    (void) site_row(&strip);
    const long before = resident_kib();
    string_fn *const row = (string_fn *) symbol("allium_strip", "");
    for (int i = 0; i < ROWS; i++) {
        unsigned long len = 0;
        unsigned char is_null = 0, error = 0;
        (void) row(&strip.init, &strip.args, NULL, &len, &is_null, &error);
    }
    for (int i = 0; i < SUM_ROWS; i++) {
        site_add(&sum, hom);
    }
    assert_int_equal(hom_open(site_row(&sum)), SUM_ROWS);
    for (int i = 0; i < OPENS; i++) {
        struct site s = {.type = {0}};
        site_arg(&s, 1, slice_of(material, 32));
        assert_true(site_open(&s, i % 2 ? "allium_strip" : "allium_search", 2));
        site_close(&s);
        site_arg(&s, 1, slice_of(material, 31));
        assert_false(site_open(&s, "allium_strip", 2));
    }
    const long grown = resident_kib() - before;
    site_close(&strip);
    site_close(&sum);
#ifndef __SANITIZE_ADDRESS__ /* which keeps freed memory for a while */
    assert_true(grown < ALLOWED_KIB);
#endif
    (void) grown;
}

static int
set_up(void **unused)
{
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        print_error("%s\n", dlerror());
        return 1;
    }
    arena = arena_create(0);
    for (size_t i = 0; i < sizeof material; i++) {
        material[i] = (uint8_t) (7 * i + 1);
    }
    return hom_key_generate(&key, HOM_PUB_BITS_DEFAULT).code;
}

static int
tear_down(void **unused)
{
    hom_key_unref(key);
    arena_free(arena);
    return dlclose(library);
}

int
main(int argc, char **argv)
{
    path = argc > 1 ? argv[1] : "allium_udf.so";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strip_takes_the_layer_off),
        cmocka_unit_test(unmask_takes_the_mask_off_tokens_only),
        cmocka_unit_test(sum_adds_groups),
        cmocka_unit_test(add_adds_two),
        cmocka_unit_test(search_finds_words),
        cmocka_unit_test(version_tells),
        cmocka_unit_test(bad_shapes_are_refused),
        cmocka_unit_test(random_cells_never_crash),
        cmocka_unit_test(a_million_rows_take_no_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
