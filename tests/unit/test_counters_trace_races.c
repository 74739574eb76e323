/* SPDX-License-Identifier: MIT */
/*
 * Races of a traced run, each made certain: this program's waitid() stands in front of
 * the C library's, and does between two calls of the tracer what a busy machine does
 * now and then. Skipped with a word where nobody may be traced or counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/ptrace.h>

#include "counters_harness.h"
#include "probes/counters/trace.h"

static pid_t launched; /* the command; 0: not forked yet */
static int (*disturb)(idtype_t type, id_t id, siginfo_t *info, int options);

static int kernel_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    return (int)syscall(SYS_waitid, type, id, info, options, NULL);
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    return disturb ? disturb(type, id, info, options) : kernel_waitid(type, id, info, options);
}

/* The tracer's first event is the command's exec: that is who was launched. */
static void learn_who_is_launched(const siginfo_t *info)
{
    if (launched == 0)
        launched = info->si_pid;
}

/* A process is killed between the look at its exec and the taking of it. */
static int kill_at_exec(idtype_t type, id_t id, siginfo_t *info, int options)
{
    int code = kernel_waitid(type, id, info, options);
    if (code != 0 || info->si_code != CLD_TRAPPED || !(options & WNOWAIT))
        return code;
    learn_who_is_launched(info);
    if (info->si_pid != launched && info->si_status >> 8 == PTRACE_EVENT_EXEC) {
        siginfo_t end;
        kill(info->si_pid, SIGKILL);
        kernel_waitid(P_PID, (id_t)info->si_pid, &end, WEXITED | WNOWAIT | __WALL);
    }
    return code;
}

/* What the command starts does not come to its first stop before it has ended, nor
 * at the first looks after that. */
static int come_late(idtype_t type, id_t id, siginfo_t *info, int options)
{
    static int looks;
    if (type != P_ALL)
        return kernel_waitid(type, id, info, options);
    if (launched == 0) {
        int code = kernel_waitid(type, id, info, options);
        if (code == 0)
            learn_who_is_launched(info);
        return code;
    }
    if (options & WNOHANG) {
        if (++looks > 20)
            return kernel_waitid(type, id, info, options);
        info->si_pid = 0;
        return 0;
    }
    int code = kernel_waitid(P_PID, (id_t)launched, info, options);
    if (code != 0) { /* it is reaped: wait for the end of the run */
        usleep(1000);
        errno = EINTR;
    }
    return code;
}

static void run_traced(harness *h, int (*how)(idtype_t, id_t, siginfo_t *, int),
                       const char *const *argv)
{
    static const char *const events[] = {"page-faults", NULL};
    struct perf_event_attr attr = {.size = sizeof attr,
                                   .type = PERF_TYPE_SOFTWARE,
                                   .config = PERF_COUNT_SW_DUMMY,
                                   .exclude_kernel = 1};
    int fd = cck_perf_kernel.open(&attr, 0, -1);
    if (fd < 0 || !cck_trace_works()) {
        print_message("nobody may be counted or traced here\n");
        if (fd >= 0)
            close(fd);
        skip();
    }
    close(fd);
    setenv("CACHECHECK_THREADS", "trace", 1);
    launched = 0;
    disturb = how;
    int code = harness_run(h, &cck_probe_software, events, argv);
    disturb = NULL;
    if (code < 0)
        print_error("%s (%s)\n", h->error.message, h->error.hint);
    assert_int_equal(code, 0);
    assert_non_null(strstr(h->facts.notes[0], "ptrace"));
}

/* Its end is not swallowed: it is looked at once more, as what it is by then. */
static void test_killed_in_a_stop(void **state)
{
    (void)state;
    static const char *const argv[] = {"/bin/sh", "-c", "sleep 60 & wait; exit 3", NULL};
    harness h;
    run_traced(&h, kill_at_exec, argv);
    assert_int_equal(WEXITSTATUS(h.status), 3);
    assert_int_equal(h.tally.thread_count, 2);
    assert_string_equal(h.tally.threads[1]->name, "sleep");
    assert_true(h.tally.threads[1]->ended);
    assert_true(h.tally.threads[1]->counts[0].raw > 0);
    harness_clear(&h);
}

/* A child that is left behind, and has not run yet when the command ends. */
static void test_a_late_child(void **state)
{
    (void)state;
    static const char *const argv[] = {"/bin/sh", "-c", "sleep 1 >/dev/null 2>&1 & exit 3", NULL};
    harness h;
    run_traced(&h, come_late, argv);
    assert_int_equal(WEXITSTATUS(h.status), 3);
    assert_int_equal(h.tally.thread_count, 2);
    assert_false(h.tally.threads[1]->ended);
    assert_true(h.tally.threads[1]->counts[0].running > 0);
    assert_int_equal(harness_sum(&h, 0), h.tally.totals[0].raw);
    harness_clear(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_in_a_stop),
        cmocka_unit_test(test_a_late_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
