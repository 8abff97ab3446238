/* SPDX-License-Identifier: Apache-2.0 */
/* alliumctl user .. --as ADMIN: accounts of the catalog, through a running proxy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/backend/backend.h"
#include "proxy/ctl/ctl.h"

static void
quote(struct buf *sql, struct slice text)
{
    buf_append_u8(sql, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'' || text.data[i] == '\\') {
            buf_append_u8(sql, '\\');
        }
        buf_append_u8(sql, text.data[i]);
    }
    buf_append_u8(sql, '\'');
}

/* name or name@host */
static void
account(struct buf *sql, const char *word)
{
    const char *at = strrchr(word, '@');
    quote(sql, at ? slice_of(word, (size_t) (at - word)) : slice_of_str(word));
    buf_append_u8(sql, '@');
    quote(sql, slice_of_str(at ? at + 1 : "%"));
}

static bool
identified_by(int argc, char **argv, struct buf *sql)
{
    CLEANUP(buf_deinit_cleanup) struct buf password = BUF_INIT;
    if (!ctl_secret(argc, argv, "password-file", "ALLIUM_USER_PASSWORD", "password", true,
                    &password)) {
        return false;
    }
    buf_append_str(sql, " IDENTIFIED BY ");
    quote(sql, buf_slice(&password));
    return true;
}

/* The statement, or false with a message. */
static bool
statement(int argc, char **argv, struct buf *sql)
{
    const char *what = ctl_word(argc, argv, 0), *name = ctl_word(argc, argv, 1);
    const char *rights = ctl_word(argc, argv, 2);
    if (name == NULL) {
        fputs("alliumctl: which account? NAME or NAME@HOST\n", stderr);
        return false;
    }
    if (strcmp(what, "add") == 0 || strcmp(what, "passwd") == 0) {
        buf_append_str(sql, strcmp(what, "add") == 0 ? "CREATE USER " : "ALTER USER ");
        account(sql, name);
        return identified_by(argc, argv, sql);
    }
    if (strcmp(what, "drop") == 0) {
        buf_append_str(sql, "DROP USER ");
        account(sql, name);
        return true;
    }
    if (strcmp(what, "list") == 0) {
        buf_append_str(sql, "SHOW GRANTS FOR ");
        account(sql, name);
        return true;
    }
    if (rights == NULL) {
        fputs("alliumctl: which rights? for example \"SELECT, INSERT ON shop.*\"\n", stderr);
        return false;
    }
    const bool grant = strcmp(what, "grant") == 0;
    buf_printf(sql, "%s %s %s ", grant ? "GRANT" : "REVOKE", rights, grant ? "TO" : "FROM");
    account(sql, name);
    return true;
}

static struct status
run(const struct backend_params *params, struct slice sql, struct diag *d)
{
    CLEANUP(backend_close_cleanup) struct backend_conn *c = NULL;
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    const struct slice *row;
    TRY(backend_connect(&c, params, d));
    TRY(backend_query(c, sql, BACKEND_STORE, &r, d));
    while (backend_result_n_columns(r)) {
        TRY(backend_result_next(r, &row, d));
        if (row == NULL) {
            break;
        }
        printf("%.*s\n", SLICE_ARG(row[0]));
    }
    return OK;
}

int
ctl_account(int argc, char **argv)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf password = BUF_INIT;
    struct diag d = DIAG_INIT;
    uint64_t port = 6033;
    const char *host = ctl_option(argc, argv, "host"), *number = ctl_option(argc, argv, "port");
    if (number && (!slice_parse_u64(slice_of_str(number), &port) || port > UINT16_MAX)) {
        fputs("alliumctl: --port is not a port\n", stderr);
        return EXIT_FAILURE;
    }
    if (!statement(argc, argv, &sql) ||
        !ctl_secret(argc, argv, "as-password-file", "ALLIUM_ADMIN_PASSWORD",
                    "the administrator's password", false, &password)) {
        return EXIT_FAILURE;
    }
    const struct backend_params params = {.host = host ? host : "127.0.0.1",
                                          .socket = ctl_option(argc, argv, "socket"),
                                          .port = (uint16_t) port,
                                          .user = ctl_option(argc, argv, "as"),
                                          .password = buf_cstr(&password),
                                          .program_name = "alliumctl"};
    const struct status st = run(&params, buf_slice(&sql), &d);
    return status_is_ok(st) ? EXIT_SUCCESS : ctl_fail(st, &d);
}
