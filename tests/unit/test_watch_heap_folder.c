/* SPDX-License-Identifier: MIT */
/* Folders for records: one that nobody owns any more is removed, one that somebody owns stays. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/process/heap_folder.h"

static char place[] = "/tmp/cck-folder-XXXXXX";
static const char *const places[] = {NULL, place};

static bool make(cck_heap_folder *folder)
{
    return cck_heap_folder_make_in(folder, places, 2);
}

static void put_file(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static bool there(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

static void test_made_and_removed(void **state)
{
    (void)state;
    cck_heap_folder folder, other;
    assert_true(make(&folder));
    char *path = strdup(folder.path);
    put_file(path, "1.0");
    assert_true(make(&other)); /* which does not take the first one's */
    assert_true(there(path));
    assert_string_not_equal(path, other.path);
    cck_heap_folder_remove(&folder);
    assert_false(there(path));
    cck_heap_folder_remove(&folder); /* twice: nothing more */
    cck_heap_folder_remove(&other);
    free(path);
}

static void test_owner_killed(void **state)
{
    (void)state;
    char path[256] = "";
    int ends[2];
    cck_heap_folder folder;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (make(&folder) && write(ends[1], folder.path, strlen(folder.path) + 1) > 0)
            pause();
        _exit(1);
    }
    assert_true(read(ends[0], path, sizeof path - 1) > 0);
    put_file(path, "1.0");
    assert_true(make(&folder));
    cck_heap_folder_remove(&folder);
    assert_true(there(path)); /* its owner lives */
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(there(path));
    assert_true(make(&folder));
    assert_false(there(path));
    cck_heap_folder_remove(&folder);
    close(ends[0]);
    close(ends[1]);
}

/* What only has such a name: a link to elsewhere, a file. */
static void test_others_stay(void **state)
{
    (void)state;
    char link[256], target[256];
    cck_heap_folder folder;
    snprintf(target, sizeof target, "%s/elsewhere", place);
    snprintf(link, sizeof link, "%s/cachecheck-heap-link", place);
    assert_int_equal(mkdir(target, 0700), 0);
    put_file(target, "precious");
    put_file(place, "cachecheck-heap-file");
    assert_int_equal(symlink(target, link), 0);
    assert_true(make(&folder));
    cck_heap_folder_remove(&folder);
    snprintf(target, sizeof target, "%s/elsewhere/precious", place);
    assert_true(there(target) && there(link));
    unlink(target);
    unlink(link);
    snprintf(target, sizeof target, "%s/cachecheck-heap-file", place);
    assert_true(there(target));
    unlink(target);
    snprintf(target, sizeof target, "%s/elsewhere", place);
    rmdir(target);
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(place) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return rmdir(place); /* nothing is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_and_removed),
        cmocka_unit_test(test_owner_killed),
        cmocka_unit_test(test_others_stay),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
