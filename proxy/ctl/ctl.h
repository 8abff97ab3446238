/* SPDX-License-Identifier: Apache-2.0 */
/* alliumctl's subcommands: each gets its own arguments and returns the exit status. */
#pragma once

#include "base/buf.h"
#include "base/diag.h"
#include "base/status.h"

int ctl_key(int argc, char **argv);
int ctl_user(int argc, char **argv);
int ctl_account(int argc, char **argv); /* ctl_user with --as */
int ctl_messages(int argc, char **argv);
int ctl_states(int argc, char **argv);
int ctl_bench(int argc, char **argv);
int ctl_audit(int argc, char **argv);

/* Value of --name VALUE or --name=VALUE in argv, or NULL. */
const char *ctl_option(int argc, char **argv, const char *name);
bool ctl_flag(int argc, char **argv, const char *name);
/* The i-th argument that is neither an option nor an option's value; NULL past the end. */
const char *ctl_word(int argc, char **argv, int i);

/*
 * A secret: first line of --<option> FILE, else of the environment variable, else asked on the
 * terminal (twice when `twice`), else the first line of standard input. False with a message.
 */
bool ctl_secret(int argc, char **argv, const char *option, const char *env, const char *prompt,
                bool twice, struct buf *out);
/* Prints "alliumctl: …" and returns EXIT_FAILURE. */
int ctl_fail(struct status st, struct diag *d);

struct master;
/* The master keys of a key file, the passphrase as the arguments, the environment or the terminal say. */
STATUS ctl_key_load(int argc, char **argv, const char *path, struct master **out, struct diag *d);
