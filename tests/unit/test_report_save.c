/* SPDX-License-Identifier: MIT */
/* Files: whole or not at all. */
#include "tests/unit/made_up.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/cck-save-XXXXXX";

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char paths[4][64];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof *paths, "%s/%s", directory, name);
    return path;
}

static unsigned count_files(void)
{
    unsigned count = 0;
    DIR *open = opendir(directory);
    assert_non_null(open);
    for (struct dirent *entry; (entry = readdir(open));)
        count += entry->d_name[0] != '.';
    closedir(open);
    return count;
}

static void put_file(const char *name, const char *text)
{
    FILE *out = fopen(path_of(name), "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void get_file(const char *name, char text[16])
{
    memset(text, 0, 16);
    FILE *in = fopen(path_of(name), "r");
    assert_non_null(in);
    assert_true(fread(text, 1, 15, in) > 0);
    fclose(in);
}

static void formats_have_names_and_endings(void **state)
{
    (void)state;
    assert_int_equal(cck_format_by_name("json"), CCK_FORMAT_JSON);
    assert_int_equal(cck_format_by_name("text"), CCK_FORMAT_TEXT);
    assert_int_equal(cck_format_by_name("xml"), -1);
    assert_int_equal(cck_format_of_path("a/b.csv"), CCK_FORMAT_CSV);
    assert_int_equal(cck_format_of_path("b.txt"), CCK_FORMAT_TEXT);
    assert_int_equal(cck_format_of_path(".json"), -1);
    assert_int_equal(cck_format_of_path("csv"), -1);
}

static void a_file_is_replaced_whole(void **state)
{
    (void)state;
    char text[16];
    cck_result *result = made_up_pmu();
    put_file("r.json", "old");
    assert_int_equal(chmod(path_of("r.json"), 0640), 0);
    assert_int_equal(cck_report_save(result, CCK_FORMAT_JSON, path_of("r.json"), NULL, NULL), 0);
    struct stat info;
    assert_int_equal(stat(path_of("r.json"), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    assert_int_equal(count_files(), 1);
    cck_result *loaded = NULL;
    assert_int_equal(cck_result_load(&loaded, path_of("r.json"), NULL), 0);
    assert_int_equal(cck_result_save(loaded, path_of("again.json"), NULL), 0);
    cck_result_free(loaded);
    get_file("again.json", text);
    assert_memory_equal(text, "{\n  \"schema\":", 13);
    mode_t mask = umask(027);
    assert_int_equal(cck_result_save(result, path_of("new.json"), NULL), 0);
    umask(mask);
    assert_int_equal(stat(path_of("new.json"), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    unlink(path_of("new.json")), unlink(path_of("again.json")), unlink(path_of("r.json"));
    cck_result_free(result);
}

/* A limit on the size of files fails as a full disk does, and needs no mount. */
static void a_failed_write_leaves_nothing_behind(void **state)
{
    (void)state;
    char text[16];
    cck_error err = {0};
    cck_result *result = made_up_crowd(200);
    put_file("kept.json", "old");
    struct rlimit old, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){4096, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int code = cck_report_save(result, CCK_FORMAT_JSON, path_of("kept.json"), NULL, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(code, CCK_EIO);
    assert_int_equal(err.os_error, EFBIG);
    get_file("kept.json", text);
    assert_string_equal(text, "old");
    assert_int_equal(count_files(), 1);
    unlink(path_of("kept.json"));
    cck_result_free(result);
}

static void a_full_device_is_said(void **state)
{
    (void)state;
    cck_error err = {0};
    cck_result *result = made_up_pmu();
    assert_int_equal(cck_report_save(result, CCK_FORMAT_TEXT, "/dev/full", NULL, &err), CCK_EIO);
    assert_int_equal(err.os_error, ENOSPC);
    assert_true(*err.hint);
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    err = (cck_error){0};
    assert_int_equal(cck_report_write(result, CCK_FORMAT_JSON, full, NULL, &err), CCK_EIO);
    fclose(full);
    assert_int_equal(cck_report_save(result, CCK_FORMAT_TEXT, "/dev/null", NULL, NULL), 0);
    cck_result_free(result);
}

static void bad_places_are_refused(void **state)
{
    (void)state;
    cck_error err = {0};
    cck_result *result = made_up_pmu();
    assert_int_equal(cck_report_save(result, CCK_FORMAT_TEXT, path_of("no/such/file"), NULL, &err),
                     CCK_ENOTFOUND);
    assert_int_equal(cck_report_save(result, CCK_FORMAT_TEXT, directory, NULL, &err), CCK_EIO);
    assert_int_equal(err.os_error, EISDIR);
    assert_int_equal(cck_report_save(result, CCK_FORMAT_TEXT, "", NULL, &err), CCK_EINVALID);
    assert_int_equal(cck_report_save(result, (cck_format)9, path_of("x"), NULL, &err),
                     CCK_EINVALID);
    assert_int_equal(count_files(), 0);
    cck_result_free(result);
}

static void links_are_followed_only_where_they_are_ours(void **state)
{
    (void)state;
    char text[16];
    struct stat info;
    cck_error err = {0};
    cck_result *result = made_up_pmu();
    put_file("target.json", "old");
    assert_int_equal(symlink("target.json", path_of("link.json")), 0);
    assert_int_equal(chmod(directory, 01777), 0);
    assert_int_equal(cck_report_save(result, CCK_FORMAT_JSON, path_of("link.json"), NULL, &err),
                     CCK_EACCESS);
    get_file("target.json", text);
    assert_string_equal(text, "old");
    assert_int_equal(chmod(directory, 0700), 0);
    assert_int_equal(cck_report_save(result, CCK_FORMAT_JSON, path_of("link.json"), NULL, &err), 0);
    assert_int_equal(lstat(path_of("link.json"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    get_file("target.json", text);
    assert_memory_equal(text, "{\n", 2);
    unlink(path_of("link.json")), unlink(path_of("target.json"));
    cck_result_free(result);
}

static void pipes_and_streams_are_written_directly(void **state)
{
    (void)state;
    char text[16] = "", name[32];
    int ends[2];
    cck_result *result = made_up_pmu();
    assert_int_equal(pipe(ends), 0);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[1]);
    cck_report_options options = {.size = sizeof options, .compact = true};
    assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) > 0, 1);
    assert_int_equal(cck_report_save(result, CCK_FORMAT_JSON, name, &options, NULL), 0);
    assert_int_equal(read(ends[0], text, 10), 10);
    assert_string_equal(text, "{\"schema\":");
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    cck_error err = {0};
    assert_int_equal(cck_report_save(result, CCK_FORMAT_JSON, name, &options, &err), CCK_EIO);
    assert_int_equal(err.os_error, EPIPE);
    close(ends[1]);
    /* What was in a redirected file before us stays. */
    int fd = open(path_of("log"), O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(fd, "first ", 6), 6);
    snprintf(name, sizeof name, "/dev/fd/%d", fd);
    assert_int_equal(cck_report_save(result, CCK_FORMAT_CSV, name, NULL, NULL), 0);
    assert_int_equal(pread(fd, text, 10, 0), 10);
    text[10] = '\0';
    assert_string_equal(text, "first kind");
    close(fd);
    unlink(path_of("log"));
    cck_result_free(result);
}

static void loading_what_is_not_there(void **state)
{
    (void)state;
    cck_result *result = NULL;
    cck_error err = {0};
    assert_int_equal(cck_result_load(&result, path_of("none"), &err), CCK_ENOTFOUND);
    assert_true(cck_result_load(&result, directory, &err) < 0);
    put_file("text", "hello");
    assert_int_equal(cck_result_load(&result, path_of("text"), &err), CCK_EFORMAT);
    assert_non_null(strstr(err.message, "line 1"));
    assert_true(*err.hint);
    assert_null(result);
    unlink(path_of("text"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_have_names_and_endings),
        cmocka_unit_test(a_file_is_replaced_whole),
        cmocka_unit_test(a_failed_write_leaves_nothing_behind),
        cmocka_unit_test(a_full_device_is_said),
        cmocka_unit_test(bad_places_are_refused),
        cmocka_unit_test(links_are_followed_only_where_they_are_ours),
        cmocka_unit_test(pipes_and_streams_are_written_directly),
        cmocka_unit_test(loading_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
