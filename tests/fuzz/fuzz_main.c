/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over files and folders instead of libFuzzer: the suite "regress" under every
 * compiler. Each input also runs cut short at every eighth of its length.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
run_file(const char *path)
{
    FILE *f = fopen(path, "re");
    struct stat st;
    if (f == NULL || fstat(fileno(f), &st) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        return 1;
    }
    const size_t cap = (size_t) st.st_size;
    uint8_t *data = malloc(cap ? cap : 1);
    const size_t n = data ? fread(data, 1, cap, f) : 0;
    (void) fclose(f);
    for (size_t i = 0; i <= 8; i++) {
        /* a copy of the exact size, so that the sanitizer sees one byte too far */
        const size_t len = n * i / 8;
        uint8_t *cut = malloc(len ? len : 1);
        for (size_t k = 0; cut && k < len; k++) {
            cut[k] = data[k];
        }
        (void) LLVMFuzzerTestOneInput(cut, len);
        free(cut);
    }
    free(data);
    return 0;
}

static int
run_path(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *e;
    char name[4096];
    int failed = 0;
    unsigned n = 0;
    if (dir == NULL) {
        return run_file(path);
    }
    while ((e = readdir(dir))) {
        if (e->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", path, e->d_name);
            failed |= run_file(name);
            n++;
        }
    }
    closedir(dir);
    printf("%s: %u inputs\n", path, n);
    return failed || n == 0;
}

int
main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) {
        failed |= run_path(argv[i]);
    }
    return failed;
}
