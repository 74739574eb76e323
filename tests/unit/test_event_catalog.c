/* SPDX-License-Identifier: MIT */
/* The listing: what it names, what it opens, whom it believes. */
#include "event_tree.h"

#include <errno.h>
#include <fcntl.h>

#include "probes/counters/event_catalog.h"

static const tree_file machine[] = {
    {TREE_PMU "cpu/type", "4\n"},
    {TREE_PMU "cpu/format/event", "config:0-7\n"},
    {TREE_PMU "cpu/format/umask", "config:8-15\n"},
    {TREE_PMU "cpu/events/mem-loads", "event=0xcd,umask=0x1\n"},
    {TREE_PMU "cpu/events/mem-loads.unit", "loads\n"},
    {"proc/cpuinfo", "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"},
    {"proc/sys/kernel/perf_event_paranoid", "2\n"},
    {"sys/kernel/tracing/events/syscalls/sys_enter_read/id", "731\n"},
    {"sys/kernel/tracing/events/syscalls/sys_exit_read/id", "730\n"},
    {"sys/kernel/tracing/events/syscalls/enable", "0\n"},
    {"sys/kernel/tracing/events/sched/sched_switch/id", "316\n"},
    {NULL, NULL},
};

/* A machine without a PMU; kernel or user does not matter to it. */
static unsigned opened;

static int open_software(struct perf_event_attr *attr, pid_t pid, int cpu)
{
    opened++;
    assert_int_equal(pid, 0);
    assert_int_equal(cpu, -1);
    assert_int_equal(attr->disabled, 1);
    if (attr->type == PERF_TYPE_SOFTWARE || attr->type == PERF_TYPE_TRACEPOINT ||
        attr->type == PERF_TYPE_BREAKPOINT)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    errno = ENOENT;
    return -1;
}

static int open_everything(struct perf_event_attr *attr, pid_t pid, int cpu)
{
    (void)attr, (void)pid, (void)cpu;
    opened++;
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool no_more_files(void)
{
    return false;
}

static const cck_perf_calls no_pmu = {.open = open_software, .raise_files = no_more_files};
static const cck_perf_calls full_pmu = {.open = open_everything, .raise_files = no_more_files};

typedef struct note_pad {
    char text[200000]; /* "group|name|yes\n" */
    size_t used, count, stop_after;
} note_pad;

static bool note(void *context, const cck_event_entry *entry)
{
    note_pad *notes = context;
    assert_non_null(entry->meaning);
    assert_int_equal(entry->usable, entry->why_not == NULL);
    if (entry->why_not)
        assert_true(entry->why_not[0] != '\0');
    notes->used +=
        (size_t)snprintf(notes->text + notes->used, sizeof notes->text - notes->used, "%s|%s|%s\n",
                         entry->group, entry->name, entry->usable ? "yes" : "no");
    assert_true(notes->used < sizeof notes->text);
    return ++notes->count != notes->stop_after;
}

static note_pad seen;

static void list(const cck_perf_calls *calls, const char *filter, size_t stop_after)
{
    cck_root root = tree_open(machine);
    cck_error err = {0};
    memset(&seen, 0, sizeof seen);
    seen.stop_after = stop_after;
    opened = 0;
    assert_int_equal(cck_event_catalog(&root, calls, filter, note, &seen, &err), 0);
    tree_close(&root);
}

static void says(const char *line)
{
    if (!strstr(seen.text, line))
        fail_msg("no `%s' in:\n%.2000s", line, seen.text);
}

static void without_a_pmu_only_software_is_usable(void **state)
{
    (void)state;
    list(&no_pmu, NULL, 0);
    assert_memory_equal(seen.text, "set|default|no\n", 15);
    says("set|software|yes\n");
    says("generic|cycles|no\n");
    says("cache|LLC-load-misses|no\n");
    says("software|task-clock|yes\n");
    says("software|context-switches|yes\n");
    says("breakpoint|mem:ADDR/LEN:rwx|yes\n");
    says("table: intel-skx|HITM|no\n");
    says("sysfs: cpu|cpu/mem-loads/|no\n");
    assert_null(strstr(seen.text, "mem-loads.unit"));
    /* Thousands on a real machine: only for somebody who looks for one. */
    assert_null(strstr(seen.text, "tracepoint|"));
}

static void with_one_all_of_them_are(void **state)
{
    (void)state;
    list(&full_pmu, NULL, 0);
    says("set|default|yes\n");
    says("generic|cycles|yes\n");
    says("table: intel-skx|remote-cache-fills|yes\n");
    says("sysfs: cpu|cpu/mem-loads/|yes\n");
    assert_null(strstr(seen.text, "|no\n"));
}

static void filters_look_at_names_and_meanings(void **state)
{
    (void)state;
    list(&no_pmu, "SYS_enter", 0);
    assert_string_equal(seen.text, "tracepoint|syscalls:sys_enter_read|yes\n");
    assert_int_equal(opened, 1); /* nothing else was even tried */
    list(&no_pmu, "false sharing", 0);
    says("set|sharing|no\n");
    says("table: intel-skx|HITM|no\n");
    assert_null(strstr(seen.text, "cycles|"));
    list(&no_pmu, "no such thing anywhere", 0);
    assert_int_equal(seen.count, 0);
}

static void it_stops_when_told(void **state)
{
    (void)state;
    for (size_t n = 1; n < 60; n += 7) {
        list(&no_pmu, NULL, n);
        assert_int_equal(seen.count, n);
    }
}

static bool count(void *context, const cck_event_entry *entry)
{
    (void)entry;
    ++*(size_t *)context;
    return true;
}

static void the_live_machine_lists_too(void **state)
{
    (void)state;
    size_t entries = 0;
    cck_error err = {0};
    assert_int_equal(cck_stat_list_events(NULL, count, &entries, &err), 0);
    assert_true(entries > 60);
    assert_int_equal(cck_stat_list_events(NULL, NULL, NULL, &err), CCK_EINVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_pmu_only_software_is_usable),
        cmocka_unit_test(with_one_all_of_them_are),
        cmocka_unit_test(filters_look_at_names_and_meanings),
        cmocka_unit_test(it_stops_when_told),
        cmocka_unit_test(the_live_machine_lists_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
