/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_TRACE_STOP_H
#define CCK_COUNTERS_TRACE_STOP_H

#include <stdbool.h>

/**
 * What a wait status says of a thread that was seized (ptrace(2), "Stopped
 * states"), and how it goes on. Plain data: nothing here calls the kernel.
 */
typedef enum cck_trace_what {
    CCK_TRACE_ENDED,     /* it is no more */
    CCK_TRACE_FORKED,    /* it started a thread or process, which reports itself */
    CCK_TRACE_EXECED,    /* it runs another program, and all other threads are gone */
    CCK_TRACE_EXITING,   /* it is about to end */
    CCK_TRACE_SIGNALLED, /* a signal is about to be delivered */
    CCK_TRACE_STOPPED,   /* its process stopped (SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU) */
    CCK_TRACE_TRAPPED    /* its first stop, or its process goes on after a stop */
} cck_trace_what;

typedef struct cck_trace_step {
    cck_trace_what what;
    bool listen; /* PTRACE_LISTEN: it stays stopped; else PTRACE_CONT */
    int signal;  /* to be delivered with PTRACE_CONT; of CCK_TRACE_STOPPED: what stopped it */
} cck_trace_step;

cck_trace_step cck_trace_step_of(int status);

#endif
