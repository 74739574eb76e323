/* SPDX-License-Identifier: MIT */
/* What cgroups and cpusets leave of a machine, from made-up trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/base/folder.h"
#include "core/machine/capture.h"
#include "core/report/boxes.h"
#include "core/report/machine_text.h"

typedef struct file {
    const char *name, *text;
} file;

static void plant(const char *folder, const file *f)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, f->name);
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(f->text, out);
    fclose(out);
}

/* A machine of two nodes with eight CPUs, in a tree of these files. */
static cck_machine *open_with(const file *files)
{
    char folder[] = "/tmp/cck-limits-XXXXXX";
    cck_machine *machine = NULL;
    assert_non_null(mkdtemp(folder));
    for (; files->name; files++)
        plant(folder, files);
    cck_machine_options options = {.size = sizeof options,
                                   .synthetic = "pack:2 [numa(memory=4GiB)] core:4 pu:1",
                                   .root = folder};
    assert_int_equal(cck_machine_open(&machine, &options, NULL), 0);
    cck_folder_remove(folder);
    return machine;
}

static void the_tightest_cgroup_on_the_way_up_holds(void **state)
{
    static const file files[] = {
        {"proc/self/cgroup", "0::/pod/app\n"},
        {"proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-2\nMems_allowed_list:\t0\n"},
        {"sys/fs/cgroup/pod/app/cpu.max", "400000 100000\n"},
        {"sys/fs/cgroup/pod/app/memory.max", "max\n"},
        {"sys/fs/cgroup/pod/cpu.max", "150000 100000\n"},
        {"sys/fs/cgroup/pod/memory.max", "2147483648\n"},
        {NULL, NULL},
    };
    cck_machine *machine = open_with(files);
    const cck_limits *limits = cck_machine_get_limits(machine);
    (void)state;
    assert_true(limits->known);
    assert_float_equal(limits->cpu_time, 1.5, 1e-9);
    assert_true(limits->memory == 2147483648u);
    assert_string_equal(limits->cpus, "0-2");
    assert_string_equal(limits->nodes, "0");
    assert_string_equal(limits->cpu_time_from, "cpu.max");
    cck_machine_free(machine);
}

/* In a container the path is often the host's, and does not exist. */
static void version_1_and_paths_of_the_host_are_understood(void **state)
{
    static const file files[] = {
        {"proc/self/cgroup", "4:memory:/docker/0123\n1:cpu,cpuacct:/docker/0123\n0::/\n"},
        {"proc/self/status", "Cpus_allowed_list:\t0-7\nMems_allowed_list:\t0-1\n"},
        {"sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n"},
        {"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n"},
        {"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"},
        {NULL, NULL},
    };
    cck_machine *machine = open_with(files);
    const cck_limits *limits = cck_machine_get_limits(machine);
    (void)state;
    assert_float_equal(limits->cpu_time, 0.5, 1e-9);
    assert_true(limits->memory == 1073741824u);
    assert_string_equal(limits->memory_from, "memory.limit_in_bytes");
    cck_machine_free(machine);
}

static void no_limit_is_no_number(void **state)
{
    static const file files[] = {
        {"proc/self/cgroup", "4:memory:/../../etc\n1:cpu:/\nnonsense\n:::::\n0::/a\n2:../../etc:/\n"},
        {"proc/self/status", "Cpus_allowed_list:\t0-7\n"},
        {"sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"},
        {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
        {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"},
        {"sys/fs/cgroup/a/cpu.max", "max 100000\n"},
        {"sys/fs/cgroup/cpu.max", "garbage\n"},
        {NULL, NULL},
    };
    cck_machine *machine = open_with(files);
    const cck_limits *limits = cck_machine_get_limits(machine);
    (void)state;
    assert_float_equal(limits->cpu_time, 0, 0);
    assert_true(limits->memory == 0);
    assert_string_equal(limits->nodes, "");
    assert_string_equal(limits->cpu_time_from, "");
    cck_machine_free(machine);
}

static char *told(const cck_machine *machine)
{
    const cck_report_options options = {.size = sizeof options, .width = 100};
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    cck_text_limits(out, machine, &options);
    fclose(out);
    return text;
}

static void the_view_of_the_container_stands_beside_the_machine(void **state)
{
    static const file files[] = {
        {"proc/self/cgroup", "0::/\n"},
        {"proc/self/status", "Cpus_allowed_list:\t0-7\nMems_allowed_list:\t0-1\n"},
        {"sys/fs/cgroup/cpu.max", "150000 100000\n"},
        {NULL, NULL},
    }, none[] = {
        {"proc/self/cgroup", "0::/\n"},
        {"proc/self/status", "Cpus_allowed_list:\t0-7\nMems_allowed_list:\t0-1\n"},
        {"sys/fs/cgroup/memory.max", "1099511627776\n"}, /* more than there is */
        {NULL, NULL},
    };
    cck_machine *machine = open_with(files);
    char *text = told(machine);
    (void)state;
    assert_non_null(strstr(text, "CPU time"));
    assert_non_null(strstr(text, "1.50"));
    assert_non_null(strstr(text, "cpu.max"));
    free(text);
    cck_machine_free(machine);
    machine = open_with(none);
    text = told(machine);
    assert_string_equal(text, "");
    free(text);
    cck_machine_free(machine);
}

static void numbers_are_listed_as_taskset_takes_them(void **state)
{
    static const struct {
        int64_t numbers[8];
        size_t count;
        const char *text;
    } cases[] = {
        {{0}, 1, "0"},
        {{1, 0}, 2, "0-1"},
        {{0, 2}, 2, "0,2"},
        {{0, 2, 4, 6}, 4, "0-6:2"},
        {{0, 1, 2, 8, 9, 10}, 6, "0-2,8-10"},
        {{5, 7, 8, 9}, 4, "5,7-9"},
        {{0}, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cck_arena arena = {0};
        int64_t numbers[8];
        memcpy(numbers, cases[i].numbers, sizeof numbers);
        assert_string_equal(cck_number_list(&arena, numbers, cases[i].count), cases[i].text);
        cck_arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tightest_cgroup_on_the_way_up_holds),
        cmocka_unit_test(version_1_and_paths_of_the_host_are_understood),
        cmocka_unit_test(no_limit_is_no_number),
        cmocka_unit_test(the_view_of_the_container_stands_beside_the_machine),
        cmocka_unit_test(numbers_are_listed_as_taskset_takes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
