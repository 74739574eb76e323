/* SPDX-License-Identifier: MIT */
/* Recording into folders: links that somebody planted are not followed. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/folder.h"
#include "probes/precise/folder.h"

static char place[] = "/tmp/cck-recording-XXXXXX";
static char recording[64], precious[64];
static const cck_precise_head head;

static int record_to(const char *path)
{
    cck_precise_folder *folder = NULL;
    cck_error err = {0};
    const cck_root root = {.fd = -1};
    setenv("CACHECHECK_RECORD", path, 1);
    int code = cck_precise_folder_new(&folder, &head, &root, &err);
    unsetenv("CACHECHECK_RECORD");
    assert_int_equal(code, err.code);
    if (code == 0)
        assert_int_equal(cck_precise_folder_end(folder, 1, &err), 0);
    return code;
}

static off_t size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_size : -1;
}

static void test_a_folder_of_ones_own(void **state)
{
    char stream[96];
    (void)state;
    assert_int_equal(record_to(recording), 0);
    snprintf(stream, sizeof stream, "%s/stream", recording);
    assert_true(size_of(stream) > 0);
    assert_int_equal(record_to(recording), 0); /* again */
}

static void test_a_link_in_it(void **state)
{
    char stream[96];
    (void)state;
    snprintf(stream, sizeof stream, "%s/stream", recording);
    unlink(stream);
    assert_int_equal(symlink(precious, stream), 0);
    assert_int_equal(record_to(recording), CCK_EIO);
    assert_int_equal(size_of(precious), 8);
}

static void test_a_link_in_its_place(void **state)
{
    char link[96];
    (void)state;
    snprintf(link, sizeof link, "%s/link", place);
    assert_int_equal(symlink(recording, link), 0);
    assert_int_equal(record_to(link), CCK_EIO);
}

static void test_a_folder_of_all(void **state)
{
    char open_to_all[96];
    (void)state;
    snprintf(open_to_all, sizeof open_to_all, "%s/all", place);
    assert_int_equal(mkdir(open_to_all, 0700), 0);
    assert_int_equal(chmod(open_to_all, 0777), 0);
    assert_int_equal(record_to(open_to_all), CCK_EACCESS);
}

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(place))
        return -1;
    snprintf(recording, sizeof recording, "%s/recording", place);
    snprintf(precious, sizeof precious, "%s/precious", place);
    int fd = open(precious, O_CREAT | O_WRONLY, 0600);
    int failed = write(fd, "precious", 8) != 8;
    close(fd);
    return failed ? -1 : mkdir(recording, 0700);
}

static int end(void **state)
{
    (void)state;
    cck_folder_remove(place);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder_of_ones_own),
        cmocka_unit_test(test_a_link_in_it),
        cmocka_unit_test(test_a_link_in_its_place),
        cmocka_unit_test(test_a_folder_of_all),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
