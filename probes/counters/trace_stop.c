/* SPDX-License-Identifier: MIT */
#include "probes/counters/trace_stop.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static bool stops_a_process(int signal)
{
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* PTRACE_EVENT_STOP is three things: a group stop has the signal that caused it,
 * the first stop of a new thread and the end of a group stop have SIGTRAP. */
static cck_trace_step of_event_stop(int signal)
{
    if (stops_a_process(signal))
        return (cck_trace_step){CCK_TRACE_STOPPED, true, signal};
    return (cck_trace_step){CCK_TRACE_TRAPPED, false, 0};
}

cck_trace_step cck_trace_step_of(int status)
{
    if (!WIFSTOPPED(status))
        return (cck_trace_step){CCK_TRACE_ENDED, false, 0};
    switch ((unsigned)status >> 16) {
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
        return (cck_trace_step){CCK_TRACE_FORKED, false, 0};
    case PTRACE_EVENT_EXEC:
        return (cck_trace_step){CCK_TRACE_EXECED, false, 0};
    case PTRACE_EVENT_EXIT:
        return (cck_trace_step){CCK_TRACE_EXITING, false, 0};
    case PTRACE_EVENT_STOP:
        return of_event_stop(WSTOPSIG(status));
    case 0:
        return (cck_trace_step){CCK_TRACE_SIGNALLED, false, WSTOPSIG(status)};
    default: /* nothing that was asked for */
        return (cck_trace_step){CCK_TRACE_TRAPPED, false, 0};
    }
}
