/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "proxy/ctl/ctl.h"

#ifndef ALLIUM_VERSION
#    define ALLIUM_VERSION "unknown"
#endif

static const struct {
    const char *name;
    int (*run)(int, char **);
    const char *usage;
} commands[] = {
    {"key", ctl_key,
     "key init --file FILE [--raw] [--passphrase-file FILE]   make a new master key\n"
     "  key status --file FILE [--passphrase-file FILE]         check it, list its epochs"},
    {"user", ctl_user,
     "user add|passwd --file USERS NAME [--native] [--password-file FILE]\n"
     "  user drop --file USERS NAME\n"
     "  user list --file USERS\n"
     "  user add|passwd|drop|list|grant|revoke --as ADMIN [--host H] [--port P] [--socket S]\n"
     "       NAME[@HOST] [\"SELECT ON db.*\"]   accounts of the catalog, through a running proxy"},
    {"audit", ctl_audit,
     "audit verify LOG --key FILE [--passphrase-file FILE]   check the chain of an audit log"},
    {"messages", ctl_messages, "messages [NUMBER]    what a status or MySQL error number means"},
    {"states", ctl_states, "states [--dot]       states of a client session"},
    {"bench", ctl_bench, "bench crypto         nanoseconds per operation of each scheme"},
};

static int
usage(FILE *out)
{
    fputs("usage:\n", out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        fprintf(out, "  %s\n", commands[i].usage);
    }
    fputs("EXPLAIN ALLIUM <statement>, sent through the proxy, explains a statement.\n", out);
    return out == stdout ? EXIT_SUCCESS : EXIT_FAILURE;
}

static const char *
value_of(int argc, char **argv, int i, const char *name)
{
    const size_t len = strlen(name);
    if (strncmp(argv[i], "--", 2) != 0 || strncmp(argv[i] + 2, name, len) != 0) {
        return NULL;
    }
    if (argv[i][2 + len] == '=') {
        return argv[i] + 3 + len;
    }
    return argv[i][2 + len] == '\0' && i + 1 < argc ? argv[i + 1] : NULL;
}

const char *
ctl_option(int argc, char **argv, const char *name)
{
    for (int i = 0; i < argc; i++) {
        const char *v = value_of(argc, argv, i, name);
        if (v) {
            return v;
        }
    }
    return NULL;
}

bool
ctl_flag(int argc, char **argv, const char *name)
{
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0) {
            return true;
        }
    }
    return false;
}

const char *
ctl_word(int argc, char **argv, int i)
{
    static const char *const flags[] = {"--raw", "--native", "--dot"};
    for (int k = 0; k < argc; k++) {
        if (strncmp(argv[k], "--", 2) != 0) {
            if (i-- == 0) {
                return argv[k];
            }
            continue;
        }
        bool is_flag = strchr(argv[k], '=') != NULL;
        for (size_t f = 0; f < sizeof flags / sizeof flags[0]; f++) {
            is_flag = is_flag || strcmp(argv[k], flags[f]) == 0;
        }
        k += is_flag ? 0 : 1;
    }
    return NULL;
}

int
ctl_fail(struct status st, struct diag *d)
{
    diag_complete(d, st);
    fprintf(stderr, "alliumctl: %s\n", d->message);
    return EXIT_FAILURE;
}

/* One line without its end; false at end of file. */
static bool
read_line(FILE *f, struct buf *out)
{
    int c;
    bool any = false;
    while ((c = getc(f)) != EOF && c != '\n') {
        buf_append_u8(out, (uint8_t) c);
        any = true;
    }
    if (out->len && out->data[out->len - 1] == '\r') {
        buf_truncate(out, out->len - 1);
    }
    return any || c == '\n';
}

static bool
ask(const char *prompt, struct buf *out)
{
    struct termios old, quiet;
    fprintf(stderr, "%s: ", prompt);
    if (tcgetattr(STDIN_FILENO, &old) != 0) {
        return false;
    }
    quiet = old;
    quiet.c_lflag &= ~(tcflag_t) ECHO;
    (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    const bool ok = read_line(stdin, out);
    (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
    fputc('\n', stderr);
    return ok;
}

static bool
ask_twice(const char *prompt, struct buf *out)
{
    struct buf again = BUF_INIT;
    bool ok = ask(prompt, out);
    fputs("once more, ", stderr);
    ok = ok && ask(prompt, &again);
    if (ok && !slice_equal(buf_slice(out), buf_slice(&again))) {
        fputs("alliumctl: the two are not the same\n", stderr);
        ok = false;
    }
    buf_deinit(&again);
    return ok;
}

bool
ctl_secret(int argc, char **argv, const char *option, const char *env, const char *prompt,
           bool twice, struct buf *out)
{
    const char *path = ctl_option(argc, argv, option);
    const char *value = getenv(env);
    if (path) {
        FILE *f = fopen(path, "re");
        const bool ok = f && read_line(f, out);
        if (f) {
            (void) fclose(f);
        }
        if (!ok) {
            fprintf(stderr, "alliumctl: cannot read a line from %s\n", path);
        }
        return ok;
    }
    if (value) {
        buf_append_str(out, value);
        return true;
    }
    if (isatty(STDIN_FILENO)) {
        return twice ? ask_twice(prompt, out) : ask(prompt, out);
    }
    if (!read_line(stdin, out)) {
        fprintf(stderr, "alliumctl: %s: give --%s FILE, %s or a line on standard input\n", prompt,
                option, env);
        return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    (void) secret_process_protect();
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        return usage(argc < 2 ? stderr : stdout);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("alliumctl " ALLIUM_VERSION);
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 2, argv + 2);
        }
    }
    return usage(stderr);
}
