/* SPDX-License-Identifier: MIT */
/* What is read of a process that runs already, look by look: no more than is needed to miss
 * nothing. The server that is looked at pays for it. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>

#include <cmocka.h>

#include "counters_harness.h"
#include "probes/placement/placement.h"

enum { SHORT_THREADS = 10, MOST_TRIES = 5 };

/* ---- our own openat() ---- */

static unsigned long asked_children, asked_times;

static int open_counted(int folder, const char *path, int flags)
{
    asked_children += strstr(path, "/children") != NULL;
    asked_times += strstr(path, "/schedstat") != NULL;
    return (int)syscall(SYS_openat, folder, path, flags, 0);
}

#define OPENAT(name)                                                                               \
    int name(int folder, const char *path, int flags, ...);                                        \
    int name(int folder, const char *path, int flags, ...)                                         \
    {                                                                                              \
        return open_counted(folder, path, flags);                                                  \
    }
#undef openat
OPENAT(openat)
OPENAT(openat64)

/* ---- who is looked at ---- */

static void rest_ms(long ms)
{
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&rest, NULL);
}

static void *rest_for_ever(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void *start_and_end(void *tell)
{
    rest_ms(200);
    pid_t child = fork();
    if (child == 0)
        rest_for_ever(NULL);
    if (write(*(int *)tell, &child, sizeof child) != (ssize_t)sizeof child)
        _exit(1);
    return NULL;
}

static void *rest_shortly(void *unused)
{
    rest_ms(50);
    return unused;
}

/* It does not outlive a test that fails. */
static pid_t start_process(void)
{
    pid_t pid = fork();
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

static pid_t start(void *(*thread)(void *), void *context)
{
    pid_t pid = start_process();
    if (pid != 0)
        return pid;
    pthread_t id;
    if (pthread_create(&id, NULL, thread, context) != 0)
        _exit(1);
    rest_for_ever(NULL);
    _exit(0);
}

/* A process whose short threads come one after another from now on, for a while. */
static pid_t start_short_threads(void)
{
    pid_t pid = start_process();
    if (pid != 0)
        return pid;
    rest_ms(100);
    for (int i = 0; i < SHORT_THREADS; i++) {
        pthread_t id;
        if (pthread_create(&id, NULL, rest_shortly, NULL) != 0)
            _exit(1);
        pthread_join(id, NULL);
    }
    rest_for_ever(NULL);
    _exit(0);
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static bool may_count(void)
{
    struct perf_event_attr attr = {.size = sizeof attr,
                                   .type = PERF_TYPE_SOFTWARE,
                                   .config = PERF_COUNT_SW_DUMMY,
                                   .exclude_kernel = 1};
    int fd = cck_perf_kernel.open(&attr, 0, -1);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* ---- counting ---- */

static const char *const events[] = {"page-faults", NULL};

static void who_rests_is_seldom_asked_for_children(void **state)
{
    (void)state;
    harness h;
    if (!may_count())
        skip();
    pid_t pid = start(rest_for_ever, NULL);
    rest_ms(50);
    asked_children = asked_times = 0;
    assert_int_equal(harness_attach(&h, &cck_probe_software, events, pid, 800), 0);
    assert_true(asked_times >= 20); /* there were looks, even on a machine that is busy */
    assert_true(asked_children >= 2);
    assert_true(asked_children <= asked_times / 4);
    harness_clear(&h);
    end(pid);
}

/* Its thread starts a process and ends at once: its other thread, which rests, inherits that. */
static void an_inherited_child_is_found(void **state)
{
    (void)state;
    harness h;
    int tell[2];
    pid_t child = 0;
    bool found = false;
    if (!may_count())
        skip();
    assert_int_equal(pipe(tell), 0);
    pid_t pid = start(start_and_end, &tell[1]);
    int code = harness_attach(&h, &cck_probe_software, events, pid, 1500);
    assert_int_equal(read(tell[0], &child, sizeof child), sizeof child);
    kill(child, SIGKILL); /* nobody's child any more when its parent ends */
    end(pid);
    assert_int_equal(code, 0);
    for (size_t i = 0; i < h.tally.thread_count; i++)
        found |= h.tally.threads[i]->pid == child;
    assert_true(found);
    harness_clear(&h);
    close(tell[0]);
    close(tell[1]);
}

/* ---- placement ---- */

typedef struct look_on {
    cck_root root;
    cck_arena arena;
    cck_probe_facts facts;
    cck_numa_placement placement;
    unsigned long wakes;
} look_on;

static void watch(look_on *l, pid_t pid, int ms)
{
    static const cck_numa_options numa = {.size = sizeof numa, .duration_s = 60};
    cck_target_options target = {.size = sizeof target, .pid = pid};
    *l = (look_on){.wakes = 0};
    assert_int_equal(cck_root_open(&l->root, "/", NULL), 0);
    cck_probe_request request = {.want = CCK_WANT_PLACEMENT,
                                 .target = &target,
                                 .root = &l->root,
                                 .arena = &l->arena,
                                 .numa = &numa};
    const cck_probe *probe = &cck_probe_placement;
    cck_error err = {0};
    void *state = NULL;
    struct timespec now, first;
    asked_times = 0;
    assert_int_equal(probe->create(&state, &request, &l->facts, &err), 0);
    assert_int_equal(probe->open(state, pid, &err), 0);
    clock_gettime(CLOCK_MONOTONIC, &first);
    do {
        struct pollfd fd;
        assert_int_equal(probe->poll_fds(state, &fd, 1), 1);
        l->wakes += poll(&fd, 1, 100) == 1;
        assert_int_equal(probe->drain(state, &err), 0);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - first.tv_sec) * 1000 + (now.tv_nsec - first.tv_nsec) / 1000000 < ms);
    assert_int_equal(probe->close(state, NULL, &err), 0);
    assert_int_equal(probe->place(state, &l->arena, &l->placement, &err), 0);
    probe->destroy(state);
}

static void let_go(look_on *l)
{
    cck_arena_clear(&l->arena);
    cck_root_close(&l->root);
}

static void recorded_threads_are_seldom_asked(void **state)
{
    (void)state;
    look_on l;
    pid_t pid = start(rest_for_ever, NULL);
    rest_ms(50);
    watch(&l, pid, 1500);
    bool recorded = l.placement.recorded;
    size_t threads = l.placement.thread_count;
    let_go(&l);
    end(pid);
    if (!recorded)
        skip();
    assert_true(threads >= 2); /* a sanitizer may have one of its own */
    assert_true(l.wakes >= 20);
    assert_true(asked_times >= 2 * threads);
    assert_true(2 * asked_times <= threads * l.wakes); /* of each: in half of the looks at most */
}

/* Such threads fall between two times that all are asked: every second one, if records did not
 * tell of the others. */
static void short_threads_are_looked_at_at_once(void **state)
{
    (void)state;
    size_t seen = 0, policies = 0;
    bool recorded = true;
    for (int i = 0; i < MOST_TRIES && recorded && policies < SHORT_THREADS * 8 / 10; i++) {
        look_on l;
        pid_t pid = start_short_threads();
        watch(&l, pid, 100 + SHORT_THREADS * 60);
        recorded = l.placement.recorded;
        seen = policies = 0;
        for (size_t j = 0; j < l.placement.thread_count; j++) {
            const cck_numa_thread *thread = &l.placement.threads[j];
            seen += thread->tid != pid;
            policies += thread->tid != pid && !thread->policy_unknown;
        }
        let_go(&l);
        end(pid);
    }
    if (!recorded)
        skip();
    assert_true(seen >= SHORT_THREADS * 8 / 10);
    assert_true(policies >= SHORT_THREADS * 8 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_rests_is_seldom_asked_for_children),
        cmocka_unit_test(an_inherited_child_is_found),
        cmocka_unit_test(recorded_threads_are_seldom_asked),
        cmocka_unit_test(short_threads_are_looked_at_at_once),
    };
    return cmocka_run_group_tests_name("quiet_looks", tests, NULL, NULL);
}
