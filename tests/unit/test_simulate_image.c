/* SPDX-License-Identifier: MIT */
/* Records of the simulator: good ones, damaged ones, hostile ones. */
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

#include "probes/simulate/collect.h"

static const char good[] =
    "cachecheck-simulation 1\n"
    "pid 4711\n"
    "ppid 1\n"
    "levels 3\n"
    "cores 4\n"
    "state ended\n"
    "program my%20app\n"
    "threads 2\n"
    "thread 4711 0 1 100 20 10 3 1 2 3 4 5 6 7 8 9 -\n"
    "thread 4712 3 1 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 w%c3%a9%1b\n"
    "end\n";

static int parse(const char *text, size_t length, cck_image *out_image)
{
    /* An exact copy on the heap: reading a byte too many is seen by ASan. */
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    int status = cck_image_parse(out_image, copy, length, NULL);
    free(copy);
    return status;
}

static void a_good_record_is_read_whole(void **state)
{
    (void)state;
    cck_image image;
    assert_int_equal(parse(good, sizeof good - 1, &image), 0);
    assert_int_equal(image.pid, 4711);
    assert_int_equal(image.levels, 3);
    assert_int_equal(image.state, CCK_IMAGE_ENDED);
    assert_string_equal(image.program, "my app");
    assert_int_equal(image.thread_count, 2);
    const cck_image_thread *one = &image.threads[0], *two = &image.threads[1];
    assert_int_equal(one->instructions, 100);
    assert_int_equal(one->atomics, 3);
    assert_int_equal(one->misses[0][CCK_IMAGE_FETCH], 1);
    assert_int_equal(one->misses[1][CCK_IMAGE_LOAD], 5);
    assert_int_equal(one->misses[2][CCK_IMAGE_STORE], 9);
    assert_string_equal(one->name, "");
    assert_int_equal(two->core, 3);
    assert_true(two->instructions == UINT64_MAX);
    assert_string_equal(two->name, "w\xc3\xa9?");
    cck_image_clear(&image);
    cck_image_clear(NULL);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof good - 1; length++) {
        cck_image image = {.pid = -5};
        assert_int_equal(parse(good, length, &image), CCK_EFORMAT);
        assert_int_equal(image.pid, -5);
    }
}

/* Any byte changed to anything: refused or read, never a crash. */
static void no_mutation_crashes(void **state)
{
    (void)state;
    char text[sizeof good];
    for (size_t at = 0; at < sizeof good - 1; at++)
        for (int byte = 0; byte < 256; byte += 5) {
            cck_image image;
            memcpy(text, good, sizeof good);
            text[at] = (char)byte;
            int status = parse(text, sizeof good - 1, &image);
            if (status == 0)
                cck_image_clear(&image);
            else
                assert_int_equal(status, CCK_EFORMAT);
        }
}

static void refused_if(const char *from, const char *to)
{
    char text[2048];
    cck_image image;
    const char *at = strstr(good, from);
    assert_non_null(at);
    int used =
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    if (parse(text, (size_t)used, &image) != CCK_EFORMAT)
        fail_msg("'%s' for '%s' was taken", to, from);
}

static void lies_are_refused(void **state)
{
    (void)state;
    refused_if("simulation 1", "simulation 2");
    refused_if("threads 2", "threads 1");
    refused_if("threads 2", "threads 3");
    refused_if("threads 2", "threads 4000000");
    refused_if("threads 2", "threads 18446744073709551615");
    refused_if("threads 2", "threads 99999999999999999999");
    refused_if("threads 2", "threads -1");
    refused_if("pid 4711", "pid 4294967296");
    refused_if("pid 4711", "pid  4711");
    refused_if("pid 4711", "pid 4711 ");
    refused_if("pid 4711", "pid");
    refused_if("levels 3", "levels 4");
    refused_if("levels 3", "levels 1");
    refused_if("state ended", "state undead");
    refused_if("4712 3 1", "4712 4 1");
    refused_if("4712 3 1", "4712 3 2");
    refused_if("18446744073709551615", "18446744073709551616");
    refused_if("my%20app", "my%2");
    refused_if("my%20app", "my%2Zapp");
    refused_if("my%20app", "");
    refused_if("w%c3%a9%1b", "sixteen-byte-name");
    refused_if("end\n", "end\nend\n");
    refused_if("end\n", "ending\n");
}

/* ---- from a directory into a tally ---- */

static char folder[64];
static cck_simulated everything;

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/cck-test-XXXXXX");
    cck_stat_options options = {.size = sizeof options};
    return mkdtemp(folder) && cck_simulated_choose(&everything, &options, NULL) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void put(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char *image_text(int pid, int levels, const char *state, const char *program,
                              unsigned long loads, const char *name)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "cachecheck-simulation 1\npid %d\nppid 1\nlevels %d\ncores 2\nstate %s\n"
             "program %s\nthreads 1\nthread %d 1 1 1000 %lu 5 0 1 2 3 0 0 0 0 1 1 %s\nend\n",
             pid, levels, state, program, pid, loads, name);
    return text;
}

static void collect(cck_collected *out, cck_tally *tally, int32_t first)
{
    cck_error err = {0};
    assert_true(cck_tally_init(tally, everything.count));
    if (cck_collect(out, tally, &everything, folder, first, &err) < 0)
        fail_msg("%s", err.message);
}

static void images_of_one_thread_become_one_row(void **state)
{
    (void)state;
    cck_collected collected;
    cck_tally tally;
    put("20.0", image_text(20, 2, "exec", "sh", 100, "-"));
    put("20.1", image_text(20, 2, "exec", "env", 30, "-"));
    put("20.2", image_text(20, 2, "ended", "gzip", 7, "-"));
    put("7.0", image_text(7, 2, "ended", "a-long-program-name", 1000, "-"));
    put("3.0", image_text(3, 2, "ended", "app", 1, "own%20name"));
    put("log.20", "chatter");
    put("20.2.new", "half");
    put("020.1", "not a name");
    collect(&collected, &tally, 7);
    assert_int_equal(collected.images, 5);
    assert_int_equal(collected.partial + collected.unfinished + collected.damaged, 0);
    assert_int_equal(tally.processes, 3);
    assert_int_equal(tally.thread_count, 3);
    assert_int_equal(tally.threads[0]->pid, 7); /* asked to be first */
    assert_string_equal(tally.threads[0]->name, "a-long-program-");
    assert_string_equal(tally.threads[1]->name, "own name");
    assert_string_equal(tally.threads[1]->process, "app");
    const cck_tally_thread *sh = tally.threads[2];
    assert_string_equal(sh->name, "gzip");
    assert_int_equal(sh->counts[0].raw, 3000);
    assert_int_equal(sh->counts[1].raw, 137);
    assert_int_equal(sh->cpu_count, 1);
    assert_int_equal(sh->cpus[0].cpu, 1);
    assert_int_equal(tally.totals[1].raw, 1138);
    assert_int_equal(tally.core_count, 1);
    assert_int_equal(tally.cores[0].counts[1].raw, 1138);
    for (size_t i = 0; i < everything.count; i++) /* two levels: L2 was never counted */
        assert_int_equal(tally.totals[i].running, !cck_simulated_needs_l2(everything.which[i]));
    cck_tally_clear(&tally);
}

static void bad_records_are_told_apart(void **state)
{
    (void)state;
    cck_collected collected;
    cck_tally tally;
    put("1.0", image_text(1, 3, "running", "killed", 1, "-"));
    put("2.0", image_text(2, 3, "exec", "sh", 1, "-"));
    put("3.0", "");
    put("4.0", "garbage\n");
    put("5.0", image_text(6, 3, "ended", "someone-else", 1, "-"));
    /* A reused pid: its first process had ended, so these are two threads. */
    put("8.0", image_text(8, 3, "ended", "first", 1, "-"));
    put("8.1", image_text(8, 3, "ended", "second", 1, "-"));
    char path[128];
    snprintf(path, sizeof path, "%s/9.0", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/10.0", folder);
    assert_int_equal(symlink("1.0", path), 0);
    snprintf(path, sizeof path, "%s/11.0", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    collect(&collected, &tally, 0);
    assert_int_equal(collected.images, 4);
    assert_int_equal(collected.partial, 1);
    assert_int_equal(collected.unfinished, 1);
    assert_int_equal(collected.empty, 1);
    assert_int_equal(collected.damaged, 5);
    assert_int_equal(collected.damage.code, CCK_EFORMAT);
    assert_int_equal(tally.thread_count, 4);
    cck_tally_clear(&tally);
}

static void a_missing_folder_is_an_error(void **state)
{
    (void)state;
    cck_collected collected;
    cck_tally tally;
    cck_error err = {0};
    assert_true(cck_tally_init(&tally, everything.count));
    assert_int_equal(cck_collect(&collected, &tally, &everything, "/nowhere", 0, &err), CCK_EIO);
    cck_tally_clear(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_record_is_read_whole),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(no_mutation_crashes),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test_setup_teardown(images_of_one_thread_become_one_row, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(bad_records_are_told_apart, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_missing_folder_is_an_error, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
