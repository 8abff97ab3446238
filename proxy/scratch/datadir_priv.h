/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's directory: <run_dir>/{data,tmp,log,sock}. An initialised empty data directory is kept
 * as a template, since initialising takes seconds (MySQL) and copying it milliseconds.
 */
#pragma once

#include "proxy/scratch/process_priv.h"
#include "proxy/scratch/scratch.h"

/* Not a variable of the server: scratch_variables_read adds it, a value for TZ or empty. */
#define SCRATCH_TIME_ZONE "allium_time_zone"

struct scratch_datadir {
    char *run_dir, *data, *tmp, *log, *socket;
    char *template_path; /* NULL: none */
    char *server, *install;
    char **server_args; /* NULL-terminated, owned */
    char **envp;
    enum backend_flavour flavour;
    char *lower_case_table_names; /* or NULL */
    bool made;                    /* run_dir is ours to remove */
    bool switch_user;
    uid_t uid;
    gid_t gid;
};

STATUS scratch_datadir_init(struct scratch_datadir *dir, const struct scratch_config *config,
                            struct diag *d);
/* Removes the run directory with everything in it. */
void scratch_datadir_deinit(struct scratch_datadir *dir);
/* Throws away what is there and makes a fresh data directory. Blocks for as long as it takes. */
STATUS scratch_datadir_fresh(struct scratch_datadir *dir, struct diag *d);
/* Everything a child needs but argv. */
struct scratch_process_spec scratch_datadir_spec(const struct scratch_datadir *dir);
