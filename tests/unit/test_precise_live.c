/* SPDX-License-Identifier: MIT */
/*
 * The live side without a PMU: a machine whose /sys says that the software clock samples
 * addresses. Its samples have none, so that nothing is found; but events are opened on each CPU,
 * inherited, grouped, their rings read, threads named, and the run recorded and read again.
 */
#include "tests/unit/made_up.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "event_tree.h"
#include "probes/precise/precise.h"
#include "probes/precise/sampler.h"

/* Type 1: software; 1: its task clock; 3: context switches, to lead the group. */
static const tree_file clock_machine[] = {
    {TREE_PMU "cpu/type", "1\n"},
    {TREE_PMU "cpu/format/event", "config:0-7\n"},
    {TREE_PMU "cpu/format/ldlat", "config1:0-15\n"},
    {TREE_PMU "cpu/events/mem-loads", "event=0x1,ldlat=3\n"},
    {TREE_PMU "cpu/events/mem-stores", "event=0x1\n"},
    {TREE_PMU "cpu/events/mem-loads-aux", "event=0x3\n"},
    {0},
};

static cck_root machine_open(void)
{
    char path[128];
    cck_root root = tree_open(clock_machine);
    snprintf(path, sizeof path, "%s/proc", tree_path);
    assert_int_equal(symlink("/proc", path), 0);
    snprintf(path, sizeof path, "%s/sys/devices", tree_path);
    assert_int_equal(symlink("/sys/devices", path), 0);
    return root;
}

typedef struct child {
    pid_t pid;
    int go, stdin_fd;
} child;

/* A program that waits before its exec, as a session's does. */
static child child_fork(const char *const *argv)
{
    int go[2], input[2];
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    assert_int_equal(pipe2(input, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char byte;
        close(go[1]);
        dup2(input[0], 0);
        dup2(open("/dev/null", O_WRONLY), 1);
        if (read(go[0], &byte, 1) == 1)
            execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(go[0]);
    close(input[0]);
    return (child){pid, go[1], input[1]};
}

static void child_end(child *c)
{
    close(c->stdin_fd);
    close(c->go);
    waitpid(c->pid, NULL, 0);
}

static void nap(void)
{
    const struct timespec time = {0, 20000000};
    nanosleep(&time, NULL);
}

static cck_probe_request request_of(const cck_root *root, const cck_target_options *target,
                                    cck_arena *arena)
{
    return (cck_probe_request){
        .want = CCK_WANT_SHARING, .target = target, .root = root, .arena = arena};
}

/* Whether perf may be used at all here. */
static bool may_sample(const cck_root *root, cck_arena *arena)
{
    static const char *const argv[] = {"x", NULL};
    const cck_target_options target = {.size = sizeof target, .argv = argv};
    const cck_probe_request request = request_of(root, &target, arena);
    cck_error err = {0};
    if (cck_probe_precise.check(&request, &err) == 0)
        return true;
    print_message("skipped: %s\n", err.message);
    return false;
}

static void threads_of_a_launched_program_are_sampled(void **state)
{
    (void)state;
    static const char *const argv[] = {CCK_FIXTURES "/fixture_watched", "spin", "2", NULL};
    const cck_target_options target = {.size = sizeof target, .argv = argv};
    cck_root root = machine_open();
    cck_arena arena = {0};
    cck_error err = {0};
    cck_probe_facts facts = {0};
    cck_tally tally;
    cck_observed observed;
    void *probe;
    if (!may_sample(&root, &arena)) {
        tree_close(&root);
        skip();
    }
    const cck_probe_request request = request_of(&root, &target, &arena);
    child c = child_fork(argv);
    assert_int_equal(cck_probe_precise.create(&probe, &request, &facts, &err), 0);
    if (cck_probe_precise.open(probe, c.pid, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(write(c.go, "x", 1), 1);
    struct pollfd fds[64];
    assert_true(cck_probe_precise.poll_fds(probe, fds, 64) >= 1);
    cck_progress progress = {0};
    for (int i = 0; i < 250 && (progress.samples < 20 || progress.threads < 3); i++) {
        nap();
        assert_int_equal(cck_probe_precise.drain(probe, &err), 0);
        assert_true(cck_probe_precise.progress(probe, &progress));
    }
    child_end(&c);
    assert_true(progress.samples >= 20);
    assert_int_equal(progress.threads, 3);
    assert_true(cck_tally_init(&tally, 0));
    assert_int_equal(cck_probe_precise.close(probe, &tally, &err), 0);
    assert_int_equal(cck_probe_precise.observe(probe, &observed, &err), 0);
    assert_true(tally.thread_count >= 3);
    assert_int_equal(observed.line_count, 0); /* no sample had an address */
    assert_true(strstr(facts.notes[0], "of 0 the address is known") != NULL);
    cck_observed_clear(&observed);
    cck_tally_clear(&tally);
    cck_probe_precise.destroy(probe);
    cck_arena_clear(&arena);
    tree_close(&root);
}

/* Attached: all threads that are there. And what is recorded is read again. */
static void a_running_program_is_sampled_and_recorded(void **state)
{
    (void)state;
    static const char *const argv[] = {CCK_FIXTURES "/fixture_watched", "spin", "2", NULL};
    cck_root root = machine_open();
    cck_arena arena = {0}, second = {0};
    cck_error err = {0};
    cck_probe_facts facts = {0};
    cck_tally tally;
    char folder[96];
    void *probe;
    if (!may_sample(&root, &arena)) {
        tree_close(&root);
        skip();
    }
    child c = child_fork(argv);
    const cck_target_options target = {.size = sizeof target, .pid = c.pid};
    const cck_probe_request request = request_of(&root, &target, &arena);
    assert_int_equal(write(c.go, "x", 1), 1);
    for (int i = 0; i < 5; i++)
        nap();
    snprintf(folder, sizeof folder, "%s/recording", tree_path);
    setenv("CACHECHECK_RECORD", folder, 1);
    assert_int_equal(cck_probe_precise.create(&probe, &request, &facts, &err), 0);
    if (cck_probe_precise.open(probe, c.pid, &err) != 0)
        fail_msg("%s", err.message);
    unsetenv("CACHECHECK_RECORD");
    cck_progress progress = {0};
    for (int i = 0; i < 250 && progress.samples < 20; i++) {
        nap();
        assert_int_equal(cck_probe_precise.drain(probe, &err), 0);
        assert_true(cck_probe_precise.progress(probe, &progress));
    }
    assert_true(cck_tally_init(&tally, 0));
    assert_int_equal(cck_probe_precise.close(probe, &tally, &err), 0);
    cck_tally_clear(&tally);
    assert_true(cck_probe_precise.progress(probe, &progress));
    uint64_t sampled = progress.samples;
    assert_true(sampled >= 20);
    cck_probe_precise.destroy(probe);
    child_end(&c);

    char path[160];
    snprintf(path, sizeof path, "%s/proc/%d/maps", folder, (int)c.pid);
    assert_int_equal(access(path, R_OK), 0);
    setenv("CACHECHECK_REPLAY", folder, 1);
    const cck_probe_request again = request_of(&root, &target, &second);
    cck_observed observed;
    if (cck_probe_precise_replay.create(&probe, &again, &facts, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(cck_probe_precise_replay.observe(probe, &observed, &err), 0);
    unsetenv("CACHECHECK_REPLAY");
    char number[32], words[64];
    snprintf(number, sizeof number, "%llu", (unsigned long long)sampled);
    if (sampled < 1000) { /* else it has a comma */
        snprintf(words, sizeof words, ": %s samples", number);
        assert_true(strstr(facts.notes[1], words) != NULL);
    }
    cck_observed_clear(&observed);
    cck_probe_precise_replay.destroy(probe);
    cck_arena_clear(&arena);
    cck_arena_clear(&second);
    tree_close(&root);
}

static void who_has_ended_is_told_as_gone(void **state)
{
    (void)state;
    static const char *const argv[] = {"/bin/true", NULL};
    cck_root root = machine_open();
    cck_arena arena = {0};
    cck_error err = {0};
    cck_precise_plan plan;
    cck_precise_sampler *sampler;
    if (!may_sample(&root, &arena)) {
        tree_close(&root);
        skip();
    }
    child c = child_fork(argv);
    child_end(&c);
    assert_int_equal(cck_precise_plan_read(&plan, &root, 1000, &arena, &err), 0);
    assert_true(plan.events[0].led);
    assert_int_equal(cck_precise_sampler_new(&sampler, &plan, &root, c.pid, false, &err),
                     CCK_EGONE);
    cck_arena_clear(&arena);
    tree_close(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_of_a_launched_program_are_sampled),
        cmocka_unit_test(a_running_program_is_sampled_and_recorded),
        cmocka_unit_test(who_has_ended_is_told_as_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
