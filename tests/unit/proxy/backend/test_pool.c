/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proxy/backend/pool.h"
#include "support.h"

static double
now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

static struct backend_pool *
new_pool(uint32_t max)
{
    const struct backend_params p = server_params();
    struct backend_pool *pool = NULL;
    assert_true(
        status_is_ok(backend_pool_new(&pool, &p, &(struct backend_pool_options){.max = max})));
    return pool;
}

static struct backend_conn *
take(struct backend_pool *pool)
{
    struct backend_conn *c = NULL;
    struct diag d = DIAG_INIT;
    if (!status_is_ok(backend_pool_take(pool, 1000, &c, &d))) {
        fail_msg("take: %s", d.message);
    }
    return c;
}

/* What one user leaves must not reach the next, on the same server connection. */
static void
nothing_leaks(void **state)
{
    struct backend_pool *pool = new_pool(1);
    struct backend_conn *c = take(pool);
    run(c, "CREATE DATABASE IF NOT EXISTS p");
    run(c, "CREATE TABLE IF NOT EXISTS p.t (a INT) ENGINE=InnoDB");
    run(c, "DELETE FROM p.t");
    static const char *const questions[] = {
        "SELECT CONCAT_WS('|', @@autocommit, @@sql_mode, @@time_zone, @@character_set_client,"
        " @@character_set_results, @@character_set_connection, @@foreign_key_checks,"
        " @@collation_connection, @@sql_safe_updates, @@insert_id)",
        "SELECT DATABASE()",
        "SELECT @leak",
        "SELECT IS_USED_LOCK('leak')",
        "SELECT LAST_INSERT_ID()",
        "SELECT COUNT(*) FROM p.t",
    };
    enum {
        N = sizeof(questions) / sizeof(questions[0])
    };
    char *before[N];
    const char *isolation = strstr(backend_version(c), "MariaDB")
                                ? "SELECT @@tx_isolation"
                                : "SELECT @@transaction_isolation";
    char *isolation_before = strdup(ask(c, isolation));
    for (size_t i = 0; i < N; i++) {
        before[i] = strdup(ask(c, questions[i]));
    }
    for (int use_db = 0; use_db < 2; use_db++) {
        const uint64_t id = backend_thread_id(c);
        run(c,
            "SET autocommit = 0, sql_mode = 'ANSI', time_zone = '+03:00', foreign_key_checks = 0,"
            " sql_safe_updates = 1, @leak = 'x', insert_id = 9");
        run(c, "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE");
        run(c, "SET NAMES latin1");
        run(c, "CREATE TEMPORARY TABLE p.leak (a INT PRIMARY KEY AUTO_INCREMENT)");
        run(c, "INSERT INTO p.leak VALUES (NULL)");
        run(c, "INSERT INTO p.t VALUES (1)");
        run(c, "SELECT GET_LOCK('leak', 0)");
        run(c, "SELECT LAST_INSERT_ID(77)");
        if (use_db == 1) {
            run(c, "USE p");
        }
        run(c, "LOCK TABLES p.t WRITE");
        backend_pool_give(pool, c);
        c = take(pool);
        assert_int_equal(backend_thread_id(c), id);
        for (size_t i = 0; i < N; i++) {
            /* the transaction was rolled back, or committed by LOCK TABLES */
            if (i != N - 1) {
                assert_string_equal(ask(c, questions[i]), before[i]);
            }
        }
        assert_string_equal(ask(c, isolation), isolation_before);
        assert_int_equal(backend_exec_str(c, "SELECT * FROM p.leak", NULL).code,
                         STATUS_UPSTREAM_SQL);
        run(c, "DELETE FROM p.t");
    }
    /* an open transaction is rolled back */
    run(c, "BEGIN");
    run(c, "INSERT INTO p.t VALUES (1)");
    backend_pool_give(pool, c);
    c = take(pool);
    assert_string_equal(ask(c, "SELECT COUNT(*) FROM p.t"), "0");
    backend_pool_give(pool, c);
    for (size_t i = 0; i < N; i++) {
        free(before[i]);
    }
    free(isolation_before);
    backend_pool_free(pool);
}

static void
broken_ones_are_replaced(void **state)
{
    struct backend_pool *pool = new_pool(2);
    struct backend_conn *c = take(pool);
    const struct backend_params p = server_params();
    const uint64_t id = backend_thread_id(c);
    assert_true(status_is_ok(backend_kill(&p, id, BACKEND_KILL_CONNECTION, NULL)));
    usleep(50000);
    assert_false(status_is_ok(backend_exec_str(c, "SELECT 1", NULL)));
    backend_pool_give(pool, c);
    assert_int_equal(backend_pool_stats(pool).open, 0);
    c = take(pool);
    assert_string_equal(ask(c, "SELECT 1"), "1");
    backend_pool_flush(pool);
    backend_pool_give(pool, c); /* older than the flush */
    assert_int_equal(backend_pool_stats(pool).open, 0);
    c = take(pool);
    backend_pool_discard(pool, c);
    assert_int_equal(backend_pool_stats(pool).open, 0);
    backend_pool_free(pool);
}

struct user {
    struct backend_pool *pool;
    int rounds;
};

static void *
use_pool(void *arg)
{
    struct user *u = arg;
    for (int i = 0; i < u->rounds; i++) {
        struct backend_conn *c = NULL;
        assert_true(status_is_ok(backend_pool_take(u->pool, 5000, &c, NULL)));
        /* set by nobody before in this connection's state; ask() has one buffer for all threads */
        assert_true(status_is_ok(
            backend_exec_str(c, "SELECT IF(@mine IS NULL, 1, (SELECT 1 UNION SELECT 2))", NULL)));
        assert_true(status_is_ok(backend_exec_str(c, "SET @mine = 1", NULL)));
        backend_pool_give(u->pool, c);
    }
    backend_thread_deinit();
    return NULL;
}

static void
waiting(void **state)
{
    struct backend_pool *pool = new_pool(1);
    struct backend_conn *c = take(pool), *second = NULL;
    const double t0 = now_us();
    struct diag d = DIAG_INIT;
    assert_int_equal(backend_pool_take(pool, 100, &second, &d).code, STATUS_UPSTREAM_DOWN);
    assert_true(now_us() - t0 > 95000);
    struct user u = {pool, 1};
    pthread_t thread;
    pthread_create(&thread, NULL, use_pool, &u);
    usleep(50000);
    assert_int_equal(backend_pool_stats(pool).waiting, 1);
    backend_pool_give(pool, c);
    pthread_join(thread, NULL);
    assert_int_equal(backend_pool_stats(pool).connected, 1);
    backend_pool_free(pool);
}

static void
many_threads(void **state)
{
    struct backend_pool *pool = new_pool(3);
    struct user u = {pool, 40};
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++) {
        pthread_create(&threads[i], NULL, use_pool, &u);
    }
    for (int i = 0; i < 20; i++) {
        usleep(2000);
        backend_pool_flush(pool);
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
    }
    const struct backend_pool_stats stats = backend_pool_stats(pool);
    assert_int_equal(stats.taken, 8 * 40);
    assert_true(stats.open <= 3 && stats.open == stats.idle && stats.waiting == 0);
    backend_pool_free(pool);
}

/* A parked connection comes back as it was to its owner, and reset to anybody else. */
static void
parking(void **state)
{
    struct backend_pool *pool = new_pool(2);
    struct backend_conn *a = take(pool), *b = NULL, *c = NULL;
    bool kept;
    run(a, "SET @mine = 'a'");
    backend_pool_park(pool, a, 1);
    assert_true(status_is_ok(backend_pool_take_back(pool, 1, 100, &b, &kept, NULL)));
    assert_true(kept);
    assert_ptr_equal(a, b);
    assert_string_equal(ask(b, "SELECT @mine"), "a");
    backend_pool_park(pool, b, 1);
    /* while there is room others leave it alone */
    assert_true(status_is_ok(backend_pool_take_back(pool, 2, 100, &b, &kept, NULL)));
    assert_false(kept);
    assert_ptr_not_equal(a, b);
    /* full: a third user gets it, without a's state */
    assert_true(status_is_ok(backend_pool_take_back(pool, 3, 100, &c, &kept, NULL)));
    assert_false(kept);
    assert_ptr_equal(a, c);
    assert_string_equal(ask(c, "SELECT @mine"), "NULL");
    backend_pool_park(pool, b, 2);
    backend_pool_give(pool, c);
    assert_true(status_is_ok(backend_pool_take_back(pool, 1, 100, &c, &kept, NULL)));
    assert_false(kept);
    run(c, "SET @mine = 'a'");
    backend_pool_park(pool, c, 1);
    /* an owner that is gone */
    backend_pool_forget(pool, 1);
    backend_pool_forget(pool, 77);
    assert_true(status_is_ok(backend_pool_take_back(pool, 1, 100, &c, &kept, NULL)));
    assert_false(kept);
    assert_string_equal(ask(c, "SELECT @mine"), "NULL");
    backend_pool_give(pool, c);
    assert_int_equal(backend_pool_stats(pool).open, 2);
    assert_int_equal(backend_pool_stats(pool).idle, 2);
    backend_pool_free(pool);
}

static void
speed(void **state)
{
    struct backend_pool *pool = new_pool(8);
    double t0 = now_us();
    for (int i = 0; i < 200; i++) {
        backend_pool_give(pool, take(pool));
    }
    print_message("pool take + give with reset: %.0f us\n", (now_us() - t0) / 200);
    struct backend_conn *c = take(pool);
    t0 = now_us();
    for (int i = 0; i < 200; i++) {
        bool kept;
        backend_pool_park(pool, c, 5);
        assert_true(status_is_ok(backend_pool_take_back(pool, 5, 0, &c, &kept, NULL)));
    }
    print_message("pool park + take back: %.1f us\n", (now_us() - t0) / 200);
    t0 = now_us();
    for (int i = 0; i < 200; i++) {
        run(c, "DO 1");
    }
    print_message("DO 1: %.0f us\n", (now_us() - t0) / 200);
    t0 = now_us();
    run(c, "CREATE DATABASE IF NOT EXISTS p");
    for (int i = 0; i < 100; i++) {
        run(c, "USE p");
        assert_true(status_is_ok(backend_reset(c, NULL)));
    }
    print_message("USE + reset by a new login: %.0f us\n", (now_us() - t0) / 100);
    backend_pool_give(pool, c);
    backend_pool_free(pool);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaks), cmocka_unit_test(broken_ones_are_replaced),
        cmocka_unit_test(waiting),       cmocka_unit_test(many_threads),
        cmocka_unit_test(parking),       cmocka_unit_test(speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
