/* SPDX-License-Identifier: MIT */
/*
 * Counting on the kernel at hand, of events whose numbers are known. Skipped with
 * a word where perf events are not allowed. CCK_LIVE_RUNS=20 repeats the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "counters_harness.h"
#include "probes/counters/reads.h"
#include "probes/counters/trace.h"

#define FIXTURE(name) CCK_FIXTURES "/fixture_" name

static const char breakpoint[] = "mem:0x200000000000/8:w:u";

static void need_perf(void)
{
    struct perf_event_attr attr = {.size = sizeof attr,
                                   .type = PERF_TYPE_SOFTWARE,
                                   .config = PERF_COUNT_SW_DUMMY,
                                   .exclude_kernel = 1};
    int fd = cck_perf_kernel.open(&attr, 0, -1);
    if (fd < 0) {
        print_message("perf events are not allowed here: %s\n", strerror(errno));
        skip();
    }
    close(fd);
}

static void must(harness *h, int code)
{
    if (code < 0)
        print_error("%s (%s)\n", h->error.message, h->error.hint);
    assert_int_equal(code, 0);
}

/* As root the task records are of the whole machine: a neighbour that starts
 * threads by the ten thousand may overrun them. Such a run says so and is run again. */
static void run_whole(harness *h, const char *const *events, const char *const *argv)
{
    for (int attempt = 0; attempt < 4; attempt++) {
        must(h, harness_run(h, &cck_probe_software, events, argv));
        if (h->tally.lost_records == 0)
            return;
        print_message("%llu records lost to a busy machine\n",
                      (unsigned long long)h->tally.lost_records);
        harness_clear(h);
    }
    fail_msg("records were lost in each of four runs");
}

static void sums_equal_totals(const harness *h)
{
    for (size_t i = 0; i < h->facts.event_count; i++)
        assert_int_equal(harness_sum(h, i), h->tally.totals[i].raw);
}

/* Descriptors of this process: nothing may be left open. */
static int open_files(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static uint64_t expected_writes(const char *name)
{
    int number = atoi(name + 1);
    return name[0] == 'w' ? 1 + (uint64_t)(7 * number % 97) : (uint64_t)(number % 5);
}

static void check_tree(const harness *h, size_t event, int threads, int processes)
{
    int workers = 0, leaders = 0;
    for (size_t i = 0; i < h->tally.thread_count; i++) {
        const cck_tally_thread *row = h->tally.threads[i];
        assert_int_equal(row->kind, CCK_ROW_THREAD);
        if (row->name[0] != 'w' && row->name[0] != 'p')
            print_error("thread %d of %d (%s) is named \"%s\"\n", row->tid, row->pid, row->process,
                        row->name);
        assert_true(row->name[0] == 'w' || row->name[0] == 'p');
        assert_int_equal(row->counts[event].raw, expected_writes(row->name));
        assert_true(row->counts[event].running > 0);
        assert_int_equal(row->counts[event].running, row->counts[event].enabled);
        assert_int_equal(row->process[0], 'p');
        assert_true(row->ended);
        workers += row->name[0] == 'w';
        leaders += row->name[0] == 'p';
    }
    assert_int_equal(workers, threads * processes);
    assert_int_equal(leaders, processes);
    assert_int_equal(h->tally.processes, processes);
}

/* 100 processes of 10 threads: each thread's writes, exactly. */
static void test_tree_is_exact(void **state)
{
    (void)state;
    need_perf();
    static const char *const events[] = {breakpoint, "page-faults", NULL};
    static const char *const argv[] = {FIXTURE("counters_tree"), "100", "10", NULL};
    int runs = getenv("CCK_LIVE_RUNS") ? atoi(getenv("CCK_LIVE_RUNS")) : 3;
    int before = open_files();
    for (int run = 0; run < runs; run++) {
        harness h;
        run_whole(&h, events, argv);
        assert_int_equal(h.status, 0);
        assert_null(h.tally.not_counted[0]);
        check_tree(&h, 0, 10, 100);
        sums_equal_totals(&h);
        harness_clear(&h);
    }
    assert_int_equal(open_files(), before);
}

/* The same when switches are recorded too, and the events are carried by the tree. */
static void test_tree_is_exact_with_every_software_event(void **state)
{
    (void)state;
    need_perf();
    static const char *const events[] = {breakpoint,         "task-clock",     "page-faults",
                                         "context-switches", "cpu-migrations", NULL};
    static const char *const argv[] = {FIXTURE("counters_tree"), "10", "10", NULL};
    harness h;
    run_whole(&h, events, argv);
    check_tree(&h, 0, 10, 10);
    sums_equal_totals(&h);
    for (size_t i = 0; i < h.tally.thread_count; i++) {
        const cck_tally_thread *row = h.tally.threads[i];
        uint64_t ns = 0;
        for (uint32_t cpu = 0; cpu < row->cpu_count; cpu++)
            ns += row->cpus[cpu].ns;
        assert_true(row->counts[1].raw > 0);
        assert_int_equal(ns, row->counts[1].raw); /* residency is the same time, by CPU */
    }
    harness_clear(&h);
}

/* A kernel that refuses to count itself: user mode only, and no 0 for switches. */
static int refuse_kernel(struct perf_event_attr *attr, pid_t pid, int cpu)
{
    if (pid == -1 || !attr->exclude_kernel) {
        errno = EACCES;
        return -1;
    }
    return cck_perf_kernel.open(attr, pid, cpu);
}

static bool raise_nothing(void)
{
    return false;
}

static void test_paranoid_2(void **state)
{
    (void)state;
    need_perf();
    static const cck_perf_calls strict = {refuse_kernel, raise_nothing, NULL};
    static const char *const events[] = {breakpoint, "page-faults", "context-switches", NULL};
    static const char *const argv[] = {FIXTURE("counters_tree"), "20", "10", NULL};
    harness h;
    cck_counters_backend_now.calls = &strict;
    int code = harness_run(&h, &cck_probe_software, events, argv);
    cck_counters_backend_now.calls = &cck_perf_kernel;
    must(&h, code);
    check_tree(&h, 0, 10, 20);
    sums_equal_totals(&h);
    assert_true(h.facts.events[1].user_only);
    assert_non_null(strstr(h.facts.notes[0], "perf_event_paranoid"));
    assert_string_equal(h.facts.events[2].counted, "SWITCH records");
    assert_true(h.tally.totals[2].raw > 0);
    harness_clear(&h);
}

/* A kernel without READ records: threads are found, and the sum is whole all the same. */
static bool tells_nothing(const cck_perf_calls *calls)
{
    (void)calls;
    return false;
}

static bool cannot_trace(void)
{
    return false;
}

/* How the threads are counted is chosen by the kernel at hand and by these two; the
 * variable, by which ctest has this whole program trace, would overrule them. */
static int run_on_old_kernel(harness *h, bool (*trace_works)(void), const char *const *events,
                             const char *const *argv)
{
    char *asked = getenv("CACHECHECK_THREADS") ? strdup(getenv("CACHECHECK_THREADS")) : NULL;
    unsetenv("CACHECHECK_THREADS");
    cck_counters_backend_now.reads_work = tells_nothing;
    cck_counters_backend_now.trace_works = trace_works;
    int code = harness_run(h, &cck_probe_software, events, argv);
    cck_counters_backend_now.reads_work = cck_reads_work;
    cck_counters_backend_now.trace_works = cck_trace_works;
    if (asked)
        setenv("CACHECHECK_THREADS", asked, 1);
    free(asked);
    return code;
}

/* A kernel without READ records: each thread is traced, and exact all the same. */
static void test_old_kernel_is_exact(void **state)
{
    (void)state;
    need_perf();
    if (!cck_trace_works()) {
        print_message("nobody may be traced here\n");
        skip();
    }
    static const char *const events[] = {breakpoint, "page-faults", "task-clock", NULL};
    static const char *const argv[] = {FIXTURE("counters_tree"), "20", "10", NULL};
    int before = open_files();
    harness h;
    must(&h, run_on_old_kernel(&h, cck_trace_works, events, argv));
    assert_int_equal(h.status, 0);
    check_tree(&h, 0, 10, 20);
    sums_equal_totals(&h);
    assert_non_null(strstr(h.facts.notes[0], "ptrace"));
    harness_clear(&h);
    assert_int_equal(open_files(), before);
}

/* A kernel without READ records where nobody may be traced: threads are found, and
 * the sum is whole all the same. */
static void test_without_read_records(void **state)
{
    (void)state;
    need_perf();
    static const char *const events[] = {"page-faults", "task-clock", NULL};
    static const char *const argv[] = {FIXTURE("counters_sleep"), "1", "2", NULL};
    harness h;
    must(&h, run_on_old_kernel(&h, cannot_trace, events, argv));
    sums_equal_totals(&h);
    int steady = 0;
    for (size_t i = 0; i < h.tally.thread_count; i++) {
        const cck_tally_thread *row = h.tally.threads[i];
        steady += strcmp(row->name, "steady") == 0 && row->counts[0].raw > 0;
    }
    assert_int_equal(steady, 2);
    assert_int_equal(h.tally.threads[h.tally.thread_count - 1]->kind, CCK_ROW_REST);
    assert_true(h.tally.threads[0]->counts[0].raw > 20); /* from its exec on */
    assert_non_null(strstr(h.facts.notes[0], "PERF_RECORD_READ"));
    harness_clear(&h);
}

/* What the self-test says must be what a run shows. */
static void test_the_self_test_is_right(void **state)
{
    (void)state;
    need_perf();
    bool works = cck_reads_work(&cck_perf_kernel);
    static const char *const events[] = {"page-faults", NULL};
    static const char *const argv[] = {FIXTURE("counters_tree"), "1", "4", NULL};
    harness h;
    must(&h, harness_run(&h, &cck_probe_software, events, argv));
    assert_int_equal(works, h.facts.notes[0] == NULL || !strstr(h.facts.notes[0], "RECORD_READ"));
    assert_int_equal(works, h.tally.threads[h.tally.thread_count - 1]->kind == CCK_ROW_THREAD);
    harness_clear(&h);
}

static int refuse_all(struct perf_event_attr *attr, pid_t pid, int cpu)
{
    (void)attr;
    (void)pid;
    (void)cpu;
    errno = EACCES;
    return -1;
}

static void test_paranoid_3(void **state)
{
    (void)state;
    static const cck_perf_calls closed = {refuse_all, raise_nothing, NULL};
    static const char *const events[] = {"page-faults", NULL};
    static const char *const argv[] = {"/bin/true", NULL};
    harness h;
    cck_counters_backend_now.calls = &closed;
    int code = harness_run(&h, &cck_probe_software, events, argv);
    cck_counters_backend_now.calls = &cck_perf_kernel;
    assert_int_equal(code, CCK_EACCESS);
    assert_non_null(strstr(h.error.message, "perf_event_paranoid"));
    assert_true(h.error.hint[0]);
    harness_clear(&h);
}

/* One event that this machine lacks keeps its column, with the reason. */
static void test_what_cannot_be_counted_degrades_a_column(void **state)
{
    (void)state;
    need_perf();
    static const char *const events[] = {"page-faults", "r00c0:u", NULL};
    static const char *const argv[] = {"/bin/true", NULL};
    harness h;
    must(&h, harness_run(&h, &cck_probe_software, events, argv));
    assert_int_equal(h.facts.event_count, 2);
    assert_null(h.tally.not_counted[0]);
    assert_true(h.tally.totals[0].raw > 0);
    if (h.tally.not_counted[1]) {
        assert_true(strlen(h.tally.not_counted[1]) > 10);
        assert_int_equal(h.tally.totals[1].running, 0);
        assert_int_equal(h.tally.threads[0]->counts[1].running, 0);
    }
    harness_clear(&h);
}

static void test_many_short_threads(void **state)
{
    (void)state;
    need_perf();
    static const char *const events[] = {"task-clock", "page-faults", NULL};
    const char *count = getenv("CCK_LIVE_THREADS") ? getenv("CCK_LIVE_THREADS") : "20000";
    const char *const argv[] = {FIXTURE("counters_threads"), count, NULL};
    harness h;
    run_whole(&h, events, argv);
    assert_int_equal(h.status, 0);
    assert_int_equal(h.tally.thread_count, atoi(count) + 1);
    for (size_t i = 0; i < h.tally.thread_count; i++) {
        assert_int_equal(h.tally.threads[i]->kind, CCK_ROW_THREAD);
        assert_true(h.tally.threads[i]->counts[0].raw > 0);
        assert_string_equal(h.tally.threads[i]->process, "fixture_counter");
    }
    sums_equal_totals(&h);
    harness_clear(&h);
}

/* A process that outlives the command: said, and the sum stays whole. */
static void test_a_child_that_stays(void **state)
{
    (void)state;
    need_perf();
    static const char *const events[] = {"page-faults", NULL};
    static const char *const argv[] = {"/bin/sh", "-c", "sleep 1 >/dev/null 2>&1 & exit 3", NULL};
    harness h;
    must(&h, harness_run(&h, &cck_probe_software, events, argv));
    assert_int_equal(WEXITSTATUS(h.status), 3);
    sums_equal_totals(&h);
    assert_int_equal(h.tally.thread_count, 2);
    assert_false(h.tally.threads[1]->ended);
    assert_true(h.tally.threads[1]->counts[0].running > 0); /* the only one left: it is its own */
    harness_clear(&h);
}

/* ---- attaching ------------------------------------------------------------ */

static pid_t start_sleeper(const char *seconds)
{
    int out[2];
    char ready[8];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        execl(FIXTURE("counters_sleep"), "counters_sleep", seconds, "3", NULL);
        _exit(127);
    }
    close(out[1]);
    assert_true(read(out[0], ready, sizeof ready) > 0);
    close(out[0]);
    return pid;
}

static void test_attach_counts_all_threads(void **state)
{
    (void)state;
    need_perf();
    static const char *const events[] = {"page-faults", "task-clock", "context-switches", NULL};
    int before = open_files();
    pid_t pid = start_sleeper("30");
    harness h;
    int code = harness_attach(&h, &cck_probe_software, events, pid, 600);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    must(&h, code);
    sums_equal_totals(&h);
    int steady = 0, guests = 0;
    for (size_t i = 0; i < h.tally.thread_count; i++) {
        const cck_tally_thread *row = h.tally.threads[i];
        bool is_steady = strcmp(row->name, "steady") == 0;
        steady += is_steady;
        guests += strcmp(row->name, "guest") == 0;
        if (is_steady)
            assert_true(row->counts[0].raw > 0 && row->counts[1].raw > 0 && !row->ended);
    }
    assert_int_equal(steady, 3);
    assert_true(guests >= 1); /* started after we came */
    assert_true(h.facts.notes[0] != NULL);
    harness_clear(&h);
    assert_int_equal(open_files(), before);
}

static void test_attach_to_nobody(void **state)
{
    (void)state;
    need_perf();
    static const char *const events[] = {"page-faults", NULL};
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    harness h;
    assert_int_equal(harness_attach(&h, &cck_probe_software, events, pid, 10), CCK_EGONE);
    harness_clear(&h);
    if (access("/proc/2/stat", R_OK) == 0 && geteuid() == 0) {
        int code = harness_attach(&h, &cck_probe_software, events, 2, 10);
        assert_true(code == CCK_EUNSUPPORTED || code == 0); /* in a container 2 is anybody */
        harness_clear(&h);
    }
}

/* Too few descriptors is an error with a number, never fewer events. */
static void test_attach_with_too_few_files(void **state)
{
    (void)state;
    need_perf();
    static const char *const events[] = {"page-faults", "task-clock", "minor-faults", NULL};
    pid_t pid = start_sleeper("30");
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {(rlim_t)open_files() + 6, (rlim_t)open_files() + 6};
        setrlimit(RLIMIT_NOFILE, &limit);
        harness h;
        int code = harness_attach(&h, &cck_probe_software, events, pid, 10);
        _exit(code == CCK_ELIMIT && strstr(h.error.message, "file descriptors") ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(status, 0);
}

/* ---- as in a container ---------------------------------------------------- */

static int deny_perf(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                   prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
               ? 0
               : -1;
}

static void test_seccomp_is_named(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        static const char *const events[] = {"page-faults", NULL};
        cck_stat_options options = {.size = sizeof options, .events = events};
        static const char *const argv[] = {"/bin/true", NULL};
        cck_target_options target = {.size = sizeof target, .argv = argv};
        cck_root root;
        cck_arena arena = {0};
        cck_error err = {0};
        if (deny_perf() != 0 || cck_root_open(&root, "/", NULL) != 0)
            _exit(77);
        cck_probe_request request = {
            .options = &options, .target = &target, .root = &root, .arena = &arena};
        int code = cck_probe_software.check(&request, &err);
        _exit(code == CCK_EACCESS && strstr(err.message, "seccomp") &&
                      strstr(err.hint, "--cap-add=PERFMON")
                  ? 0
                  : 1);
    }
    int status;
    waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

static void test_as_a_plain_user(void **state)
{
    (void)state;
    need_perf();
    if (geteuid() != 0) {
        print_message("already a plain user: the other tests show it\n");
        skip();
    }
    pid_t child = fork();
    if (child == 0) {
        static const char *const events[] = {"page-faults", "context-switches", NULL};
        static const char *const argv[] = {"/bin/true", NULL};
        if (setgid(1000) != 0 || setuid(1000) != 0)
            _exit(77);
        prctl(PR_SET_DUMPABLE, 1); /* as after a login: this is no set-uid program */
        harness h;
        int code = harness_run(&h, &cck_probe_software, events, argv);
        int level = cck_perf_paranoid(&h.root);
        bool right =
            level > 2 ? code == CCK_EACCESS
                      : code == 0 && h.tally.totals[0].raw > 0 && h.tally.threads[0]->cpu_count > 0;
        _exit(right ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_is_exact),
        cmocka_unit_test(test_tree_is_exact_with_every_software_event),
        cmocka_unit_test(test_paranoid_2),
        cmocka_unit_test(test_old_kernel_is_exact),
        cmocka_unit_test(test_without_read_records),
        cmocka_unit_test(test_the_self_test_is_right),
        cmocka_unit_test(test_paranoid_3),
        cmocka_unit_test(test_what_cannot_be_counted_degrades_a_column),
        cmocka_unit_test(test_many_short_threads),
        cmocka_unit_test(test_a_child_that_stays),
        cmocka_unit_test(test_attach_counts_all_threads),
        cmocka_unit_test(test_attach_to_nobody),
        cmocka_unit_test(test_attach_with_too_few_files),
        cmocka_unit_test(test_seccomp_is_named),
        cmocka_unit_test(test_as_a_plain_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
