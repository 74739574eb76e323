/* SPDX-License-Identifier: MIT */
/* Files of records: what is written is read back; what is damaged is refused with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/fail.h"
#include "core/perf/recording.h"

/* What a reader of a format of two words noted. */
typedef struct notes {
    cck_recording recording;
    int begun, lines_before, bytes_of;
    char bytes[64];
} notes;

static int note_color(void *context, const char *rest)
{
    notes *n = context;
    n->lines_before += n->begun == 0;
    return strcmp(rest, "red") == 0 ? 0 : cck_recording_damaged(&n->recording, "not a color");
}

static int note_data(void *context, const char *rest)
{
    notes *n = context;
    n->bytes_of = atoi(rest);
    assert_int_equal(n->begun, 1);
    assert_in_range(n->bytes_of, 0, sizeof n->bytes);
    return cck_recording_get(&n->recording, n->bytes, (size_t)n->bytes_of);
}

static int note_begin(void *context)
{
    ((notes *)context)->begun++;
    return 0;
}

static const cck_recording_word words[] = {{"color", true, note_color}, {"data", false, note_data}};
static const cck_recording_format format = {"sample", "a sample file", words, 2, note_begin};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FIRST "cachecheck-sample 1 little\n"
#define OTHER "cachecheck-sample 1 big\n"
#else
#define FIRST "cachecheck-sample 1 big\n"
#define OTHER "cachecheck-sample 1 little\n"
#endif

static int read_file(notes *n, FILE *file, cck_error *err)
{
    *n = (notes){.recording = {.file = file, .name = "a", .format = &format, .err = err}};
    n->recording.context = n;
    return cck_recording_read(&n->recording);
}

static void refused(const char *text, const char *message)
{
    notes n;
    cck_error err = {0};
    FILE *file = fmemopen((void *)text, strlen(text), "r");
    assert_non_null(file);
    assert_int_equal(read_file(&n, file, &err), CCK_EFORMAT);
    assert_string_equal(err.message, message);
    fclose(file);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    char path[] = "/tmp/test_recording-XXXXXX";
    close(mkstemp(path));
    cck_error err = {0};
    FILE *file = cck_recording_create(path, "sample", &err);
    assert_non_null(file);
    fputs("color red\ncolor red\ndata 4\n", file);
    cck_recording_put(file, "\n\0e\n", 4);
    fputs("data 0\n", file);
    cck_recording_put(file, "", 0);
    assert_int_equal(cck_recording_finish(file, "a sample", &err), 0);

    notes n;
    file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(read_file(&n, file, &err), 0);
    assert_int_equal(n.begun, 1);
    assert_int_equal(n.lines_before, 2);
    assert_memory_equal(n.bytes, "\n\0e\n", 4);
    fclose(file);
    unlink(path);
}

static void a_head_alone_begins_too(void **state)
{
    (void)state;
    static const char text[] = FIRST "color red\nend\n";
    notes n;
    FILE *file = fmemopen((void *)text, strlen(text), "r");
    assert_int_equal(read_file(&n, file, NULL), 0);
    assert_int_equal(n.begun, 1);
    fclose(file);
}

static void damage_is_refused_with_its_place(void **state)
{
    (void)state;
    refused("color red\n", "a:1: not a sample file of version 1");
    refused("cachecheck-sample 2 little\n", "a:1: not a sample file of version 1");
    refused(OTHER "end\n", "a:1: recorded on a machine of the other byte order");
    refused(FIRST "color blue\nend\n", "a:2: not a color");
    refused(FIRST "colors red\nend\n", "a:2: not a line of a sample file");
    refused(FIRST "data 1\nx\ncolor red\nend\n", "a:3: the head comes before the records");
    refused(FIRST "color red\n", "a:3: the file is cut off");
    refused(FIRST "data 9\nx\n", "a:2: the file is cut off");
    refused(FIRST "data 1\nxy\nend\n", "a:2: the file is cut off");
}

static void a_link_is_not_followed(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_recording-XXXXXX", path[64];
    cck_error err = {0};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/link", folder);
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_null(cck_recording_create(path, "sample", &err));
    assert_int_equal(err.code, CCK_EIO);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_head_alone_begins_too),
        cmocka_unit_test(damage_is_refused_with_its_place),
        cmocka_unit_test(a_link_is_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
