/* SPDX-License-Identifier: MIT */
/* Private folders: removed whole, links not followed, those of owners who were killed swept away. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/folder.h"

static char place[] = "/tmp/cck-folders-XXXXXX";

static const char *in_place(const char *name)
{
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", place, name);
    return path;
}

static void make_folder(const char *name)
{
    assert_int_equal(mkdir(in_place(name), 0700), 0);
}

static void make_file(const char *name)
{
    int fd = open(in_place(name), O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static bool there(const char *name)
{
    struct stat info;
    return lstat(in_place(name), &info) == 0;
}

static void test_removed_whole(void **state)
{
    char name[64];
    (void)state;
    make_folder("kept");
    make_file("kept/file");
    make_folder("gone");
    make_folder("gone/below");
    make_folder("gone/below/further");
    for (int i = 0; i < 500; i++) { /* more than one buffer of names */
        snprintf(name, sizeof name, "gone/below/a-name-that-is-not-short-%d", i);
        make_file(name);
    }
    assert_int_equal(symlink(in_place("kept"), in_place("gone/below/link")), 0);
    cck_folder_remove(in_place("gone"));
    assert_false(there("gone"));
    assert_true(there("kept/file"));
    cck_folder_remove(in_place("gone")); /* which is not there: nothing */
    cck_folder_remove(in_place("kept"));
    assert_false(there("kept"));
}

static void test_swept(void **state)
{
    (void)state;
    make_folder("mine-1");
    make_folder("mine-2");
    make_file("mine-2/file");
    make_folder("other-3");
    assert_int_equal(symlink(in_place("other-3"), in_place("mine-link")), 0);
    int lock = cck_folder_lock(in_place("mine-1"));
    assert_true(lock >= 0);
    cck_folder_sweep(place, "mine-");
    assert_true(there("mine-1"));  /* somebody owns it */
    assert_false(there("mine-2")); /* nobody does */
    assert_true(there("other-3"));
    assert_true(there("mine-link"));
    close(lock);
    cck_folder_sweep(place, "mine-");
    assert_false(there("mine-1"));
    assert_int_equal(cck_folder_lock(in_place("mine-1")), -1);
    cck_folder_remove(in_place("other-3"));
    unlink(in_place("mine-link"));
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(place) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return rmdir(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_removed_whole),
        cmocka_unit_test(test_swept),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
