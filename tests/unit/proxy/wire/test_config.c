/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cm.h"
#include "proxy/config.h"
#include "proxy/proxy_header.h"
#include "proxy/session.h"

static void
order_of_sources(void **state)
{
    char path[] = "/tmp/allium-config-XXXXXX";
    const char text[] =
        "[proxy]\nworkers = 5\nlinger_us = 1k\n[log]\nlevel = warn\n[users]\nu = \n";
    const int fd = mkstemp(path);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    setenv("ALLIUM_PROXY_WORKERS", "6", 1);
    setenv("ALLIUM_LOG_LEVEL", "error", 1);
    const char *args[] = {"proxy.workers=7"};
    struct config *c = NULL;
    struct diag d = DIAG_INIT;
    assert_true(status_is_ok(config_load(&c, path, args, 1, &d)));
    assert_int_equal(c->proxy_workers, 7);
    assert_int_equal(c->proxy_linger_us, 1024);
    assert_string_equal(c->log_level, "error");
    assert_string_equal(c->users->name, "u");
    config_free(c);
    unsetenv("ALLIUM_PROXY_WORKERS");
    unsetenv("ALLIUM_LOG_LEVEL");
    unlink(path);
}

static void
bad_arguments(void **state)
{
    static const char *const bad[] = {"proxy.workers",
                                      "proxy.workers=",
                                      "proxy.workers=-1",
                                      "proxy.workers=5x",
                                      "proxy.x=1",
                                      "workers=5",
                                      "proxy.tls=no",
                                      "proxy.compression=maybe",
                                      "proxy.max_packet=99999999999G"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct config *c = NULL;
        struct diag d = DIAG_INIT;
        assert_int_equal(config_load(&c, NULL, &bad[i], 1, &d).code, STATUS_CONFIG);
        assert_null(c);
        assert_true(d.message[0] != '\0');
    }
}

/* What --print-config writes can be read again and says the same. */
static void
print_and_load(void **state)
{
    struct config *c = NULL, *again = NULL;
    struct diag d = DIAG_INIT;
    struct buf one = BUF_INIT, two = BUF_INIT;
    char path[] = "/tmp/allium-config-XXXXXX";
    assert_true(status_is_ok(config_load(&c, NULL, NULL, 0, &d)));
    config_print(c, &one);
    const int fd = mkstemp(path);
    assert_int_equal(write(fd, one.data, one.len), one.len);
    close(fd);
    assert_true(status_is_ok(config_load(&again, path, NULL, 0, &d)));
    config_print(again, &two);
    assert_true(slice_equal(buf_slice(&one), buf_slice(&two)));
    unlink(path);
    config_free(c);
    config_free(again);
    buf_deinit(&one);
    buf_deinit(&two);
}

static void
reload_keeps_start_settings(void **state)
{
    const char *old_args[] = {"proxy.listen=127.0.0.1:1", "proxy.idle_timeout=5"};
    const char *new_args[] = {"proxy.listen=127.0.0.1:2", "proxy.idle_timeout=6"};
    struct config *old = NULL, *fresh = NULL;
    struct diag d = DIAG_INIT;
    struct buf changed = BUF_INIT;
    assert_true(status_is_ok(config_load(&old, NULL, old_args, 2, &d)));
    assert_true(status_is_ok(config_load(&fresh, NULL, new_args, 2, &d)));
    config_keep_start(fresh, old, &changed);
    assert_string_equal(fresh->proxy_listen, "127.0.0.1:1");
    assert_int_equal(fresh->proxy_idle_timeout, 6);
    assert_string_equal(buf_cstr(&changed), " proxy.listen");
    config_free(old);
    config_free(fresh);
    buf_deinit(&changed);
}

static void
networks(void **state)
{
    struct sockaddr_storage peer = {0};
    struct sockaddr_in *in = (struct sockaddr_in *) &peer;
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl(0x0a010203); /* 10.1.2.3 */
    assert_true(proxy_header_trusts("10.0.0.0/8", &peer));
    assert_true(proxy_header_trusts("192.168.0.0/16, 10.1.2.3", &peer));
    assert_true(proxy_header_trusts("0.0.0.0/0", &peer));
    assert_false(proxy_header_trusts("10.1.2.4/32", &peer));
    assert_false(proxy_header_trusts("::/0", &peer));
    assert_false(proxy_header_trusts("", &peer));
    assert_false(proxy_header_networks_ok("10.0.0.0/33"));
    assert_false(proxy_header_networks_ok("ten"));
    assert_true(proxy_header_networks_ok("10.0.0.0/8,::1/128"));
}

/* Each state but the last can end; nothing follows the end; nothing returns to "new". */
static void
states(void **state)
{
    for (int s = 0; s < SESSION_STATES; s++) {
        const enum session_state from = (enum session_state) s;
        assert_int_equal(session_state_allowed(from, SESSION_CLOSING), from != SESSION_CLOSING);
        assert_false(session_state_allowed(from, SESSION_NEW));
        assert_false(session_state_allowed(from, from));
        assert_non_null(session_state_name(from));
    }
    assert_false(session_state_allowed(SESSION_GREETED, SESSION_RUNNING));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_sources), cmocka_unit_test(bad_arguments),
        cmocka_unit_test(print_and_load),   cmocka_unit_test(reload_keeps_start_settings),
        cmocka_unit_test(networks),         cmocka_unit_test(states)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
