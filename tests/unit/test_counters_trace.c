/* SPDX-License-Identifier: MIT */
/* What is made of wait statuses, as ptrace(2) describes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/ptrace.h>

#include "probes/counters/trace_stop.h"

/* As the kernel makes them (include/linux/ptrace.h, kernel/exit.c). */
static int stopped(int signal, int event)
{
    return (event << 16) | (signal << 8) | 0x7f;
}

static void expect(int status, cck_trace_what what, bool listen, int signal)
{
    cck_trace_step step = cck_trace_step_of(status);
    assert_int_equal(step.what, what);
    assert_int_equal(step.listen, listen);
    assert_int_equal(step.signal, signal);
}

static void test_ends(void **state)
{
    (void)state;
    expect(0, CCK_TRACE_ENDED, false, 0);              /* exit(0) */
    expect(7 << 8, CCK_TRACE_ENDED, false, 0);         /* exit(7) */
    expect(SIGKILL, CCK_TRACE_ENDED, false, 0);        /* killed */
    expect(SIGSEGV | 0x80, CCK_TRACE_ENDED, false, 0); /* with a core dump */
}

static void test_events(void **state)
{
    (void)state;
    expect(stopped(SIGTRAP, PTRACE_EVENT_CLONE), CCK_TRACE_FORKED, false, 0);
    expect(stopped(SIGTRAP, PTRACE_EVENT_FORK), CCK_TRACE_FORKED, false, 0);
    expect(stopped(SIGTRAP, PTRACE_EVENT_VFORK), CCK_TRACE_FORKED, false, 0);
    expect(stopped(SIGTRAP, PTRACE_EVENT_EXEC), CCK_TRACE_EXECED, false, 0);
    expect(stopped(SIGTRAP, PTRACE_EVENT_EXIT), CCK_TRACE_EXITING, false, 0);
    /* Not asked for, but nothing may stay stopped nor get a SIGTRAP for it. */
    expect(stopped(SIGTRAP, PTRACE_EVENT_VFORK_DONE), CCK_TRACE_TRAPPED, false, 0);
    expect(stopped(SIGTRAP, PTRACE_EVENT_SECCOMP), CCK_TRACE_TRAPPED, false, 0);
}

/* Every signal arrives as it was sent: SIGTRAP and the stopping ones too, when they
 * are delivered and not a trap of ptrace's. */
static void test_signals_are_delivered_unchanged(void **state)
{
    (void)state;
    for (int signal = 1; signal < 65; signal++)
        expect(stopped(signal, 0), CCK_TRACE_SIGNALLED, false, signal);
}

/* A process that stopped stays so until SIGCONT, which ends the stop by a trap. */
static void test_group_stops(void **state)
{
    (void)state;
    static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        expect(stopped(stops[i], PTRACE_EVENT_STOP), CCK_TRACE_STOPPED, true, stops[i]);
    expect(stopped(SIGTRAP, PTRACE_EVENT_STOP), CCK_TRACE_TRAPPED, false, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_signals_are_delivered_unchanged),
        cmocka_unit_test(test_group_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
