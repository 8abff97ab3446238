/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes of the scratch engine: other user, own environment, no inherited descriptors, no
 * core dump (it would hold plaintext), killed when the thread that started it ends.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/diag.h"
#include "base/status.h"

struct scratch_process_spec {
    char *const *argv; /* argv[0] is the path, NULL-terminated */
    char *const *envp;
    const char *log_path; /* standard output and error are appended here */
    const char *dir;      /* working directory */
    bool switch_user;
    uid_t uid;
    gid_t gid;
};

/* The child dies with the calling *thread*. */
STATUS scratch_process_spawn(pid_t *out, const struct scratch_process_spec *spec, struct diag *d);
/* Spawns and waits; anything but exit status 0 is STARTUP with the end of the log as text. */
STATUS scratch_process_run(const struct scratch_process_spec *spec, struct diag *d);
/* True when it has ended; reaps it. */
bool scratch_process_has_ended(pid_t pid);
void scratch_process_wait(pid_t pid);
/* Sets d to STARTUP: what, and the last line of the log. */
struct status scratch_process_fail(struct diag *d, const char *what, const char *log_path);
