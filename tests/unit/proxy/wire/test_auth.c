/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "cm.h"
#include "proxy/config.h"
#include "proxy/wire/auth.h"

/* SHA-crypt.txt's own vectors and two of glibc's crypt(3); salts as they use them. */
static void
crypt_vectors(void **state)
{
    static const struct {
        const char *password, *salt, *hash;
        unsigned rounds;
    } cases[] = {
        {"Hello world!", "saltstring", "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", 5000},
        {"Hello world!", "saltstringsaltst", "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA", 10000},
        {"This is just a test", "toolongsaltstrin", "Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5",
         5000},
        {"a very much longer text to encrypt.  This one even stretches over morethan one line.",
         "anotherlongsalts", "Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1", 1400},
        {"we have a short salt string but not a short password", "short",
         "JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/", 77777},
        {"", "0123456789abcdef", "Zn36wCiXtVKLQsl4EZaBU/Ag5FUHHzFRXevhCLkg7x/", 5000},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "s",
         "KIt7xq80LRDWx/Lea5BsoTm2hbJA9SSKnJmieEQPbl4", 1000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[AUTHHASH_CRYPT];
        authhash_crypt(slice_of_str(cases[i].password), slice_of_str(cases[i].salt),
                       cases[i].rounds, out);
        assert_memory_equal(out, cases[i].hash, sizeof out);
    }
}

static void
verifier_round_trip(void **state)
{
    struct buf v = BUF_INIT;
    char crypt[AUTHHASH_CRYPT];
    assert_true(accounts_verifier_sha2(SLICE("pw"), &v));
    assert_int_equal(v.len, 7 + AUTHHASH_SALT + AUTHHASH_CRYPT);
    authhash_crypt(SLICE("pw"), slice_of(v.data + 7, AUTHHASH_SALT), 5000, crypt);
    assert_memory_equal(crypt, v.data + 7 + AUTHHASH_SALT, sizeof crypt);
    buf_clear(&v);
    accounts_verifier_native(SLICE("secret"), &v);
    assert_true(slice_equal_str(buf_slice(&v), "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7"));
    buf_deinit(&v);
}

struct fixture {
    struct accounts *accounts;
    struct auth auth;
    struct buf reply;
};

static void
setup(struct fixture *f)
{
    static struct buf sha2;
    struct diag d = DIAG_INIT;
    buf_clear(&sha2);
    (void) accounts_verifier_sha2(SLICE("pw"), &sha2);
    struct config_user nat = {NULL, "nat", "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7"};
    struct config_user bob = {&nat, "bob", buf_cstr(&sha2)};
    struct config_user none = {&bob, "none", ""};
    const struct config cfg = {.users = &none, .admin_users = "nat"};
    *f = (struct fixture){0};
    struct arena *a = arena_create(0);
    struct account_source *rows;
    size_t n;
    assert_true(status_is_ok(accounts_of_config(a, &cfg, &rows, &n, &d)));
    assert_true(status_is_ok(accounts_new(&f->accounts, rows, n, NULL, &d)));
    arena_free(a);
    assert_true(auth_init(&f->auth, f->accounts, NULL, "caching_sha2_password"));
}

static void
teardown(struct fixture *f)
{
    auth_deinit(&f->auth);
    accounts_unref(f->accounts);
    buf_deinit(&f->reply);
}

static void
native_response(const uint8_t *scramble, struct slice password, uint8_t out[AUTHHASH_SHA1])
{
    uint8_t one[AUTHHASH_SHA1], joined[40];
    authhash_sha1(password, one);
    mem_copy(joined, scramble, 20);
    authhash_sha1(slice_of(one, 20), joined + 20);
    authhash_sha1(slice_of(joined, 40), out);
    for (int i = 0; i < 20; i++) {
        out[i] ^= one[i];
    }
}

static void
sha2_response(const uint8_t *scramble, struct slice password, uint8_t out[AUTHHASH_SHA256])
{
    uint8_t one[32], joined[52];
    authhash_sha256(password, one);
    authhash_sha256(slice_of(one, 32), joined);
    mem_copy(joined + 32, scramble, 20);
    authhash_sha256(slice_of(joined, 52), out);
    for (int i = 0; i < 32; i++) {
        out[i] ^= one[i];
    }
}

static void
native_direct_and_switched(void **state)
{
    struct fixture f;
    uint8_t response[AUTHHASH_SHA1];
    setup(&f);
    native_response(f.auth.scramble, SLICE("secret"), response);
    struct auth_hello hello = {
        SLICE("nat"), slice_of(response, 20), SLICE("mysql_native_password"), true, false, false};
    assert_int_equal(auth_begin(&f.auth, &hello, &f.reply), AUTH_OK);
    assert_int_equal(f.reply.len, 0);
    teardown(&f);
    setup(&f);
    hello.plugin = SLICE("caching_sha2_password");
    assert_int_equal(auth_begin(&f.auth, &hello, &f.reply), AUTH_MORE);
    assert_int_equal(f.reply.data[0], 0xfe);
    native_response(f.auth.scramble, SLICE("secret"), response);
    assert_int_equal(auth_continue(&f.auth, slice_of(response, 20), &f.reply), AUTH_OK);
    assert_int_equal(auth_continue(&f.auth, slice_of(response, 20), &f.reply), AUTH_MALFORMED);
    teardown(&f);
}

/* Full over a secure channel first; then the fast path knows. A wrong password forgets nothing. */
static void
sha2_full_then_fast(void **state)
{
    struct fixture f;
    uint8_t response[AUTHHASH_SHA256];
    setup(&f);
    sha2_response(f.auth.scramble, SLICE("pw"), response);
    struct auth_hello hello = {
        SLICE("bob"), slice_of(response, 32), SLICE("caching_sha2_password"), true, true, false};
    assert_int_equal(auth_begin(&f.auth, &hello, &f.reply), AUTH_MORE);
    assert_true(slice_equal(buf_slice(&f.reply), SLICE("\1\4")));
    assert_int_equal(auth_continue(&f.auth, SLICE("pw\0"), &f.reply), AUTH_OK);
    auth_deinit(&f.auth);
    assert_true(auth_init(&f.auth, f.accounts, NULL, "caching_sha2_password"));
    buf_clear(&f.reply);
    sha2_response(f.auth.scramble, SLICE("pw"), response);
    assert_int_equal(auth_begin(&f.auth, &hello, &f.reply), AUTH_OK);
    assert_true(slice_equal(buf_slice(&f.reply), SLICE("\1\3")));
    auth_deinit(&f.auth);
    assert_true(auth_init(&f.auth, f.accounts, NULL, "caching_sha2_password"));
    buf_clear(&f.reply);
    sha2_response(f.auth.scramble, SLICE("no"), response);
    assert_int_equal(auth_begin(&f.auth, &hello, &f.reply), AUTH_MORE);
    assert_int_equal(auth_continue(&f.auth, SLICE("no\0"), &f.reply), AUTH_DENIED);
    teardown(&f);
}

static void
sha2_malformed(void **state)
{
    struct fixture f;
    setup(&f);
    uint8_t response[AUTHHASH_SHA256] = {1};
    struct auth_hello hello = {
        SLICE("bob"), slice_of(response, 31), SLICE("caching_sha2_password"), true, true, false};
    assert_int_equal(auth_begin(&f.auth, &hello, &f.reply), AUTH_DENIED);
    teardown(&f);
    setup(&f);
    hello.response.len = 32;
    assert_int_equal(auth_begin(&f.auth, &hello, &f.reply), AUTH_MORE);
    assert_int_equal(auth_continue(&f.auth, SLICE("pw"), &f.reply), AUTH_MALFORMED); /* no NUL */
    teardown(&f);
    setup(&f);
    hello.is_secure = false; /* and no RSA: the password never travels in clear */
    assert_int_equal(auth_begin(&f.auth, &hello, &f.reply), AUTH_MORE);
    assert_int_equal(auth_continue(&f.auth, SLICE("pw\0"), &f.reply), AUTH_DENIED);
    teardown(&f);
}

static void
empty_passwords(void **state)
{
    static const struct {
        const char *user;
        struct slice response;
        enum auth_result want;
    } cases[] = {
        {"none", SLICE(""), AUTH_OK},    {"none", SLICE("\0"), AUTH_OK},
        {"bob", SLICE(""), AUTH_DENIED}, {"bob", SLICE("\0"), AUTH_DENIED},
        {"zed", SLICE(""), AUTH_DENIED}, {"", SLICE(""), AUTH_DENIED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        setup(&f);
        const struct auth_hello hello = {slice_of_str(cases[i].user),
                                         cases[i].response,
                                         SLICE("caching_sha2_password"),
                                         true,
                                         true,
                                         false};
        enum auth_result got = auth_begin(&f.auth, &hello, &f.reply);
        if (got == AUTH_MORE) { /* unknown users are asked as some other account would be */
            got = auth_continue(&f.auth, cases[i].response, &f.reply);
        }
        assert_int_equal(got, cases[i].want);
        teardown(&f);
    }
}

static void
client_without_plugins(void **state)
{
    struct fixture f;
    setup(&f);
    const struct auth_hello hello = {
        SLICE("bob"), SLICE("01234567890123456789"), SLICE_NULL, false, false, false};
    assert_int_equal(auth_begin(&f.auth, &hello, &f.reply), AUTH_TOO_OLD);
    teardown(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(crypt_vectors),
                                       cmocka_unit_test(verifier_round_trip),
                                       cmocka_unit_test(native_direct_and_switched),
                                       cmocka_unit_test(sha2_full_then_fast),
                                       cmocka_unit_test(sha2_malformed),
                                       cmocka_unit_test(empty_passwords),
                                       cmocka_unit_test(client_without_plugins)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
