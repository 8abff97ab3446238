/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "proxy/scratch/process_priv.h"

#define EXIT_NO_EXEC 127
#define LOG_TAIL     400

/* Only async-signal-safe calls from here to execve: the proxy has other threads. */
static bool
become_user(const struct scratch_process_spec *spec)
{
    return !spec->switch_user ||
           (setgroups(0, NULL) == 0 && setgid(spec->gid) == 0 && setuid(spec->uid) == 0);
}

static void
prefer_as_oom_victim(void)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        const ssize_t ignored = write(fd, "500", 3);
        (void) ignored;
        close(fd);
    }
}

static _Noreturn void
child_main(const struct scratch_process_spec *spec, pid_t parent)
{
    const struct rlimit none = {0, 0};
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0); /* a terminal's Ctrl-C is for the proxy alone */
    prefer_as_oom_victim();
    setrlimit(RLIMIT_CORE, &none);
    const int in = open("/dev/null", O_RDONLY);
    const int log = open(spec->log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (in < 0 || log < 0 || dup2(in, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) {
        _exit(EXIT_NO_EXEC);
    }
    syscall(SYS_close_range, 3u, ~0u, 0u);
    umask(077);
    if (!become_user(spec) || chdir(spec->dir) != 0) {
        _exit(EXIT_NO_EXEC);
    }
    /* After the change of user, which clears it. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(EXIT_NO_EXEC);
    }
    execve(spec->argv[0], spec->argv, spec->envp);
    _exit(EXIT_NO_EXEC);
}

struct status
scratch_process_spawn(pid_t *out, const struct scratch_process_spec *spec, struct diag *d)
{
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) {
        FAIL(d, STARTUP, "cannot start %s: %s", spec->argv[0], strerror(errno));
    }
    if (pid == 0) {
        child_main(spec, parent);
    }
    *out = pid;
    return OK;
}

static bool
wait_for(pid_t pid, int flags, int *how)
{
    pid_t got;
    do {
        got = waitpid(pid, how, flags);
    } while (got < 0 && errno == EINTR);
    return got != 0;
}

struct status
scratch_process_run(const struct scratch_process_spec *spec, struct diag *d)
{
    pid_t pid;
    int how = 0;
    TRY(scratch_process_spawn(&pid, spec, d));
    wait_for(pid, 0, &how);
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) {
        return scratch_process_fail(d, spec->argv[0], spec->log_path);
    }
    return OK;
}

bool
scratch_process_has_ended(pid_t pid)
{
    int how;
    return wait_for(pid, WNOHANG, &how);
}

void
scratch_process_wait(pid_t pid)
{
    int how;
    wait_for(pid, 0, &how);
}

struct status
scratch_process_fail(struct diag *d, const char *what, const char *log_path)
{
    char tail[LOG_TAIL + 1] = "";
    const int fd = open(log_path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        const off_t size = lseek(fd, 0, SEEK_END);
        const ssize_t n = pread(fd, tail, LOG_TAIL, size > LOG_TAIL ? size - LOG_TAIL : 0);
        tail[n > 0 ? n : 0] = '\0';
        close(fd);
    }
    FAIL(d, STARTUP, "the scratch engine did not start (%s): %s", what, tail);
}
