/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "proxy/scratch/datadir_priv.h"

#define SHM           "/dev/shm"
#define SHM_PREFIX    "allium-"
#define MAX_ARGS      64
#define MAX_OPEN_DIRS 16

static const char *const mariadb_servers[] = {"/usr/sbin/mariadbd", "/usr/sbin/mysqld",
                                              "/usr/local/sbin/mariadbd", NULL};
static const char *const mysql_servers[] = {"/usr/sbin/mysqld", "/usr/local/mysql/bin/mysqld",
                                            "/usr/local/sbin/mysqld", NULL};
static const char *const installers[] = {"/usr/bin/mariadb-install-db", "/usr/bin/mysql_install_db",
                                         "/usr/local/bin/mariadb-install-db", NULL};

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    remove(path);
    return 0;
}

static void
remove_tree(const char *path)
{
    nftw(path, remove_entry, MAX_OPEN_DIRS, FTW_DEPTH | FTW_PHYS);
}

static char *
format(const char *fmt, const char *a, const char *b)
{
    char *out = NULL;
    return asprintf(&out, fmt, a, b) < 0 ? NULL : out;
}

static char *
find_program(const char *configured, const char *const *places)
{
    if (configured) {
        return mem_strdup(slice_of_str(configured));
    }
    for (; *places; places++) {
        if (access(*places, X_OK) == 0) {
            return mem_strdup(slice_of_str(*places));
        }
    }
    return NULL;
}

/* What a killed proxy could not remove holds plaintext: removed by the next one. */
static void
sweep_stale(void)
{
    DIR *shm = opendir(SHM);
    for (struct dirent *e; shm && (e = readdir(shm));) {
        const struct slice name = slice_of_str(e->d_name);
        uint64_t pid;
        struct stat st;
        char path[300];
        if (!slice_starts_with(name, SLICE(SHM_PREFIX)) ||
            !slice_parse_u64(slice_from(name, sizeof(SHM_PREFIX) - 1), &pid) || pid == 0 ||
            (kill((pid_t) pid, 0) == 0 || errno != ESRCH)) {
            continue;
        }
        snprintf(path, sizeof(path), SHM "/%s", e->d_name);
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
            (geteuid() == 0 || st.st_uid == geteuid())) {
            remove_tree(path);
        }
    }
    if (shm) {
        closedir(shm);
    }
}

static struct status
pick_user(struct scratch_datadir *dir, const char *wanted, struct diag *d)
{
    if (geteuid() != 0) {
        return OK;
    }
    const struct passwd *pw = getpwnam(wanted ? wanted : "mysql");
    if (!pw && !wanted) {
        pw = getpwnam("nobody");
    }
    if (!pw) {
        FAIL(d, CONFIG, "no such user: %s", wanted ? wanted : "mysql");
    }
    dir->switch_user = true;
    dir->uid = pw->pw_uid;
    dir->gid = pw->pw_gid;
    return OK;
}

static struct status
make_dir(const struct scratch_datadir *dir, const char *path, struct diag *d)
{
    if (mkdir(path, 0700) != 0 || (dir->switch_user && lchown(path, dir->uid, dir->gid) != 0)) {
        FAIL(d, STARTUP, "cannot make %s: %s", path, strerror(errno));
    }
    return OK;
}

static struct status
make_run_dir(struct scratch_datadir *dir, struct diag *d)
{
    struct stat st;
    if (lstat(dir->run_dir, &st) == 0) {
        const bool ours = S_ISDIR(st.st_mode) &&
                          (st.st_uid == geteuid() || (dir->switch_user && st.st_uid == dir->uid));
        if (!ours) {
            FAIL(d, STARTUP, "%s belongs to someone else", dir->run_dir);
        }
        remove_tree(dir->run_dir);
    }
    TRY(make_dir(dir, dir->run_dir, d));
    dir->made = true;
    return OK;
}

static char **
copy_args(const char *const *args)
{
    char **out = calloc(MAX_ARGS + 1, sizeof(*out));
    for (size_t i = 0; out && args && args[i] && i < MAX_ARGS; i++) {
        out[i] = mem_strdup(slice_of_str(args[i]));
    }
    return out;
}

/* The configured zone, else the database server's if it is not the proxy's, else the proxy's. */
static char *
time_zone(const struct scratch_config *config)
{
    if (config->time_zone_env) {
        return format("TZ=%s%s", config->time_zone_env, "");
    }
    for (size_t i = 0; i < config->n_variables; i++) {
        const struct scratch_variable *v = &config->variables[i];
        if (slice_equal_str(v->name, SCRATCH_TIME_ZONE) && v->value.len) {
            CLEANUP(free_cleanup) char *zone = mem_strdup(v->value);
            return zone ? format("TZ=%s%s", zone, "") : NULL;
        }
    }
    const char *own = getenv("TZ");
    return own ? format("TZ=%s%s", own, "") : NULL;
}

static char **
make_env(const struct scratch_config *config, const struct scratch_datadir *dir)
{
    const char *path = getenv("PATH");
    char **env = calloc(5, sizeof(*env));
    if (env) {
        env[0] = format("PATH=%s%s", path ? path : "/usr/sbin:/usr/bin:/sbin:/bin", "");
        env[1] = format("HOME=%s%s", dir->run_dir, "");
        env[2] = format("TMPDIR=%s%s", dir->tmp, "");
        env[3] = time_zone(config);
    }
    return env;
}

/* One template per server program, its options and what is fixed at initialisation. */
static char *
template_path(const struct scratch_config *config, const struct scratch_datadir *dir)
{
    struct stat st;
    if (!config->template_dir || stat(dir->server, &st) != 0) {
        return NULL;
    }
    CLEANUP(buf_deinit_cleanup) struct buf id = BUF_INIT;
    buf_printf(&id, "%s %lld %lld %s", dir->server, (long long) st.st_size, (long long) st.st_mtime,
               dir->lower_case_table_names ? dir->lower_case_table_names : "");
    for (size_t i = 0; dir->server_args[i]; i++) {
        buf_printf(&id, " %s", dir->server_args[i]);
    }
    char name[40];
    snprintf(name, sizeof(name), "engine-%016llx", (unsigned long long) slice_hash(buf_slice(&id)));
    if (mkdir(config->template_dir, 0711) != 0 && errno != EEXIST) {
        return NULL;
    }
    return format("%s/%s", config->template_dir, name);
}

static struct status
set_paths(struct scratch_datadir *dir, const struct scratch_config *config, struct diag *d)
{
    char pid[32];
    snprintf(pid, sizeof(pid), "%ld", (long) getpid());
    dir->run_dir = config->run_dir ? mem_strdup(slice_of_str(config->run_dir))
                                   : format(SHM "/" SHM_PREFIX "%s%s", pid, "");
    if (!dir->run_dir) {
        RAISE(NO_MEMORY);
    }
    dir->data = format("%s/%s", dir->run_dir, "data");
    dir->tmp = format("%s/%s", dir->run_dir, "tmp");
    dir->log = format("%s/%s", dir->run_dir, "log");
    dir->socket = format("%s/%s", dir->run_dir, "sock");
    dir->server_args = copy_args(config->server_args);
    if (!dir->data || !dir->tmp || !dir->log || !dir->socket || !dir->server_args) {
        RAISE(NO_MEMORY);
    }
    if (strlen(dir->socket) >= sizeof(((struct sockaddr_un *) NULL)->sun_path)) {
        FAIL(d, CONFIG, "the scratch engine's directory has too long a name: %s", dir->run_dir);
    }
    dir->envp = make_env(config, dir);
    for (size_t i = 0; i < config->n_variables; i++) {
        if (slice_equal_str(config->variables[i].name, "lower_case_table_names")) {
            dir->lower_case_table_names = mem_strdup(config->variables[i].value);
        }
    }
    dir->template_path = template_path(config, dir);
    if (!dir->envp) {
        RAISE(NO_MEMORY);
    }
    return OK;
}

struct status
scratch_datadir_init(struct scratch_datadir *dir, const struct scratch_config *config,
                     struct diag *d)
{
    const bool mariadb = config->flavour == BACKEND_MARIADB;
    *dir = (struct scratch_datadir){.flavour = config->flavour};
    dir->server = find_program(config->server_path, mariadb ? mariadb_servers : mysql_servers);
    dir->install = mariadb ? find_program(config->install_path, installers) : NULL;
    if (!dir->server || access(dir->server, X_OK) != 0 || (mariadb && !dir->install)) {
        FAIL(d, CONFIG, "no %s program found for the scratch engine: set [scratch] server",
             mariadb ? "mariadbd or mariadb-install-db" : "mysqld");
    }
    TRY(pick_user(dir, config->run_as, d));
    if (!config->run_dir) {
        sweep_stale();
    }
    TRY(set_paths(dir, config, d));
    TRY(make_run_dir(dir, d));
    return make_dir(dir, dir->tmp, d);
}

static void
free_array(char **a)
{
    for (size_t i = 0; a && a[i]; i++) {
        free(a[i]);
    }
    free(a);
}

void
scratch_datadir_deinit(struct scratch_datadir *dir)
{
    if (dir->made) {
        remove_tree(dir->run_dir);
    }
    char *const all[] = {dir->run_dir, dir->data,    dir->tmp,
                         dir->log,     dir->socket,  dir->template_path,
                         dir->server,  dir->install, dir->lower_case_table_names};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        free(all[i]);
    }
    free_array(dir->server_args);
    free_array(dir->envp);
    *dir = (struct scratch_datadir){0};
}

struct scratch_process_spec
scratch_datadir_spec(const struct scratch_datadir *dir)
{
    return (struct scratch_process_spec){
        .envp = dir->envp,
        .log_path = dir->log,
        .dir = dir->run_dir,
        .switch_user = dir->switch_user,
        .uid = dir->uid,
        .gid = dir->gid,
    };
}

static struct status
initialise(struct scratch_datadir *dir, struct diag *d)
{
    struct scratch_process_spec spec = scratch_datadir_spec(dir);
    char *argv[MAX_ARGS + 8] = {0};
    size_t n = 0;
    CLEANUP(free_cleanup) char *data = format("--datadir=%s%s", dir->data, "");
    CLEANUP(free_cleanup)
    char *lower = dir->lower_case_table_names
                      ? format("--lower-case-table-names=%s%s", dir->lower_case_table_names, "")
                      : NULL;
    if (!data) {
        RAISE(NO_MEMORY);
    }
    argv[n++] = dir->flavour == BACKEND_MARIADB ? dir->install : dir->server;
    argv[n++] = (char *) "--no-defaults";
    for (size_t i = 0; dir->server_args[i]; i++) {
        argv[n++] = dir->server_args[i];
    }
    argv[n++] = data;
    if (dir->flavour == BACKEND_MARIADB) {
        argv[n++] = (char *) "--auth-root-authentication-method=normal";
        argv[n++] = (char *) "--skip-test-db";
        argv[n++] = (char *) "--skip-name-resolve";
    } else {
        argv[n++] = (char *) "--initialize-insecure";
        if (lower) {
            argv[n++] = lower;
        }
    }
    spec.argv = argv;
    return scratch_process_run(&spec, d);
}

static struct status
copy_tree(struct scratch_datadir *dir, const char *from, const char *to, bool as_us, struct diag *d)
{
    char *const argv[] = {(char *) "/bin/cp", (char *) "-a", (char *) "--",
                          (char *) from,      (char *) to,   NULL};
    struct scratch_process_spec spec = scratch_datadir_spec(dir);
    spec.argv = argv;
    spec.switch_user = spec.switch_user && !as_us;
    return scratch_process_run(&spec, d);
}

/* Only what this account made and nobody else can write is believed. */
static bool
template_usable(const struct scratch_datadir *dir)
{
    struct stat st;
    const uid_t owner = dir->switch_user ? dir->uid : geteuid();
    return dir->template_path && lstat(dir->template_path, &st) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == owner && (st.st_mode & 022) == 0;
}

/* A copy appears under its name at once or not at all; failing is no failure. */
static void
keep_template(struct scratch_datadir *dir)
{
    char pid[32];
    snprintf(pid, sizeof(pid), "%ld", (long) getpid());
    CLEANUP(free_cleanup)
    char *building = dir->template_path ? format("%s.%s", dir->template_path, pid) : NULL;
    if (building) {
        if (!status_is_ok(copy_tree(dir, dir->data, building, true, NULL)) ||
            rename(building, dir->template_path) != 0) {
            remove_tree(building);
        }
    }
}

struct status
scratch_datadir_fresh(struct scratch_datadir *dir, struct diag *d)
{
    remove_tree(dir->data);
    remove_tree(dir->tmp);
    unlink(dir->socket);
    TRY(make_dir(dir, dir->tmp, d));
    if (template_usable(dir) &&
        status_is_ok(copy_tree(dir, dir->template_path, dir->data, true, NULL))) {
        return OK;
    }
    remove_tree(dir->data);
    if (dir->flavour == BACKEND_MARIADB) {
        TRY(make_dir(dir, dir->data, d));
    }
    TRY(initialise(dir, d));
    keep_template(dir);
    return OK;
}
