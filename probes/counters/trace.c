/* SPDX-License-Identifier: MIT */
#include "probes/counters/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "probes/counters/trace_crew.h"
#include "probes/counters/trace_stop.h"

/* Children are seized like their parent. No PTRACE_O_EXITKILL: the target survives us. */
enum {
    EVERYBODY = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC,
    /* The process that was launched is reaped by who launched it, perhaps before we
     * see it: its last words are asked for. All others stay until we reaped them. */
    LAUNCHED = EVERYBODY | PTRACE_O_TRACEEXIT,
    LAST_LOOKS = 4096,       /* events taken in after the process ended */
    PAUSE_NS = 500000,       /* while its remains wait for who launched it */
    SAMPLE_NS = 100000000,   /* where threads ran is looked up this often ... */
    MOST_SAMPLE_PERCENT = 5, /* ... less often if it takes this share of a CPU */
};

struct cck_trace {
    cck_crew crew;
    pthread_t tracer;
    bool started;
    sem_t begun; /* the tracer seized the process, or failed to */
    cck_error failure;
    pthread_mutex_t lock; /* of the crew and its ledger, and what follows */
    uint64_t next_sample; /* ns */
    atomic_bool stop;
    atomic_int stopped;
    int wake;     /* eventfd */
    int leash[2]; /* a pipe: its end of file ends the waker */
    pid_t waker;  /* see start_waker() */
};

/* ---- stops ---------------------------------------------------------------- */

static void wake(const cck_trace *trace)
{
    uint64_t one = 1;
    if (write(trace->wake, &one, sizeof one) < 0)
        return; /* it is full: somebody is woken already */
}

/* Rather untraced, with its children, than stopped for ever: then it is told of. Of one that was
 * killed meanwhile both fail. */
static void go_on(cck_trace *trace, pid_t tid, const cck_trace_step *step)
{
    void *signal = (void *)(uintptr_t)(unsigned)step->signal;
    long failed = step->listen ? ptrace(PTRACE_LISTEN, tid, NULL, NULL)
                               : ptrace(PTRACE_CONT, tid, NULL, signal);
    if (failed && ptrace(PTRACE_DETACH, tid, NULL, step->listen ? NULL : signal) == 0)
        trace->crew.uncounted++;
}

/* What PTRACE_GETEVENTMSG tells at FORKED and EXECED: an id. */
static pid_t message_of(pid_t tid)
{
    unsigned long message = 0;
    return ptrace(PTRACE_GETEVENTMSG, tid, NULL, &message) == 0 ? (pid_t)message : 0;
}

static void execed(cck_trace *trace, pid_t tid)
{
    pid_t former = message_of(tid);
    cck_crew_exec(&trace->crew, tid, former);
    if (former != tid) /* the options were the caller's own */
        ptrace(PTRACE_SETOPTIONS, tid, NULL, tid == trace->crew.root ? LAUNCHED : EVERYBODY);
}

static void handle_stop(cck_trace *trace, pid_t tid, int status)
{
    cck_trace_step step = cck_trace_step_of(status);
    cck_crew_member *member = cck_crew_find(&trace->crew, tid);
    if (!member && step.what != CCK_TRACE_EXECED) {
        /* It has its parent's options; only the launched process tells its end. */
        ptrace(PTRACE_SETOPTIONS, tid, NULL, EVERYBODY);
        member = cck_crew_join(&trace->crew, tid);
    }
    if (step.what == CCK_TRACE_EXECED)
        execed(trace, tid);
    else if (member && step.what == CCK_TRACE_FORKED)
        cck_crew_announce(&trace->crew, member, message_of(tid));
    else if (member && step.what == CCK_TRACE_EXITING)
        cck_crew_take_down(&trace->crew, member);
    go_on(trace, tid, &step);
    if (step.what == CCK_TRACE_STOPPED && tid == trace->crew.root) {
        atomic_store(&trace->stopped, step.signal);
        wake(trace);
    }
}

/* ---- the tracing thread --------------------------------------------------- */

static void pause_a_little(void)
{
    struct timespec time = {0, PAUSE_NS};
    nanosleep(&time, NULL);
}

/* The end of a thread. That of the launched process is for who launched it. */
static void handle_end(cck_trace *trace, pid_t tid)
{
    cck_crew_bury(&trace->crew, tid);
    if (tid != trace->crew.root)
        waitpid(tid, NULL, WNOHANG | __WALL | __WNOTHREAD);
}

/* Take its stop, if it is still in it: whoever was killed meanwhile is left to
 * handle_end(), for to wait for it here would be to reap it uncounted. */
static bool take_stop(pid_t tid, int *out_status)
{
    siginfo_t info = {0};
    int options = WSTOPPED | WNOHANG | __WALL | __WNOTHREAD;
    if (waitid(P_PID, (id_t)tid, &info, options) != 0 || info.si_pid != tid)
        return false;
    *out_status = info.si_status << 8 | 0x7f; /* as waitpid() has it, which trace_stop.h reads */
    return true;
}

/* Take in one event; 1: done, 0: none is there, -1: nobody is traced any more.
 * What waits is looked at before it is reaped: a zombie still has its name. */
static int take_event(cck_trace *trace, bool block)
{
    siginfo_t info = {0};
    int options = WEXITED | WSTOPPED | WNOWAIT | __WALL | __WNOTHREAD | (block ? 0 : WNOHANG);
    int status;
    if (waitid(P_ALL, 0, &info, options) != 0)
        return errno == EINTR ? 1 : -1;
    if (info.si_pid == 0)
        return 0;
    pthread_mutex_lock(&trace->lock);
    if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)
        handle_end(trace, info.si_pid);
    else if (take_stop(info.si_pid, &status))
        handle_stop(trace, info.si_pid, status);
    pthread_mutex_unlock(&trace->lock);
    bool remains = info.si_code != CLD_TRAPPED && info.si_pid == trace->crew.root;
    return remains ? 0 : 1;
}

/* The command has ended. Take in what waits, and those whose start was told: on a busy
 * machine a child that was left behind may not have come to its first stop yet. */
static void look_last(cck_trace *trace)
{
    for (int i = 0; i < LAST_LOOKS; i++) {
        int taken = take_event(trace, false);
        if (taken < 0 || (taken == 0 && trace->crew.awaited == 0))
            return;
        if (taken == 0)
            pause_a_little();
    }
}

static void follow(cck_trace *trace)
{
    while (!atomic_load(&trace->stop)) {
        int taken = take_event(trace, true);
        if (taken < 0)
            return;
        if (taken == 0)
            pause_a_little();
    }
    look_last(trace);
}

/* waitid() has no time limit and no descriptor, and SIGCHLD is the host's. What wakes
 * it is the end of a child of this thread, which does nothing but wait for ours: it
 * ends when the leash is closed, or when we die. Signals are blocked in it as
 * in this thread, so that no Ctrl-C ends it. */
static int start_waker(cck_trace *trace, cck_error *err)
{
    if (pipe2(trace->leash, O_CLOEXEC) != 0)
        return cck_fail_os(err, CCK_EUNSUPPORTED, errno, "cannot make a pipe");
    trace->waker = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (trace->waker == 0) {
        char nothing;
        unsigned end = (unsigned)trace->leash[0];
        close(trace->leash[1]);
        /* Whoever waits for the end of a file of ours must not wait for this one. */
        syscall(SYS_close_range, end + 1, ~0u, 0);
        if (end > 0)
            syscall(SYS_close_range, 0, end - 1, 0);
        while (read(trace->leash[0], &nothing, 1) < 0 && errno == EINTR)
            ;
        _exit(0);
    }
    if (trace->waker < 0)
        return cck_fail_os(err, CCK_EUNSUPPORTED, errno, "cannot start a process");
    return 0;
}

/* Where a filter denies kill(): it ends with the leash, which nobody need wait for. */
static void end_waker(const cck_trace *trace)
{
    if (trace->waker <= 0 || kill(trace->waker, SIGKILL) != 0)
        return;
    while (waitpid(trace->waker, NULL, __WALL) < 0 && errno == EINTR)
        ;
}

static int seize(cck_trace *trace, cck_error *err)
{
    if (ptrace(PTRACE_SEIZE, trace->crew.root, NULL, LAUNCHED) != 0) {
        cck_fail_os(err, CCK_EUNSUPPORTED, errno, "cannot follow the command with ptrace");
        return CCK_EUNSUPPORTED;
    }
    return cck_crew_begin(&trace->crew, err);
}

/* The kernel lets go of all tracees when this thread ends, and they run on. */
static void *run_tracer(void *opaque)
{
    cck_trace *trace = opaque;
    int code = start_waker(trace, &trace->failure);
    if (code == 0)
        code = seize(trace, &trace->failure);
    sem_post(&trace->begun);
    if (code == 0)
        follow(trace);
    end_waker(trace);
    return NULL;
}

/* ---- life ----------------------------------------------------------------- */

/* Signals are for the host's own threads. But SIGCHLD, which every stop sends to the
 * process, is dropped at once only where the parent, this thread, does not block it
 * (kernel/signal.c, sig_ignored()); else it wakes the host's threads for nothing. */
static void tracer_signals(sigset_t *set)
{
    struct sigaction action;
    sigfillset(set);
    if (sigaction(SIGCHLD, NULL, &action) == 0 &&
        (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN))
        sigdelset(set, SIGCHLD);
}

static int start_tracer(cck_trace *trace, cck_error *err)
{
    sigset_t blocked, old;
    tracer_signals(&blocked);
    pthread_sigmask(SIG_SETMASK, &blocked, &old);
    int os_error = pthread_create(&trace->tracer, NULL, run_tracer, trace);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (os_error != 0)
        return cck_fail_os(err, CCK_EUNSUPPORTED, os_error, "cannot start a thread");
    trace->started = true;
    while (sem_wait(&trace->begun) != 0 && errno == EINTR)
        ;
    return trace->failure.code ? cck_error_move(err, &trace->failure) : 0;
}

int cck_trace_open(cck_trace **out_trace, const cck_attach_plan *plan, cck_ledger *ledger,
                   pid_t pid, cck_error *err)
{
    cck_trace *trace = calloc(1, sizeof *trace);
    if (!trace)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    trace->leash[0] = trace->leash[1] = -1;
    trace->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&trace->lock, NULL);
    sem_init(&trace->begun, 0, 0);
    int code = cck_crew_init(&trace->crew, plan, ledger, pid, err);
    if (code == 0 && trace->wake < 0)
        code = cck_fail_os(err, CCK_EUNSUPPORTED, errno, "cannot make an eventfd");
    if (code == 0)
        code = start_tracer(trace, err);
    if (code < 0) {
        cck_trace_free(trace);
        return code;
    }
    *out_trace = trace;
    return 0;
}

int cck_trace_fd(const cck_trace *trace)
{
    return trace->wake;
}

int cck_trace_stopped(cck_trace *trace)
{
    uint64_t wakes;
    if (read(trace->wake, &wakes, sizeof wakes) < 0)
        return 0;
    return atomic_exchange(&trace->stopped, 0);
}

int cck_trace_totals(cck_trace *trace, cck_error *err)
{
    pthread_mutex_lock(&trace->lock);
    cck_crew_add_up(&trace->crew);
    bool complete = !trace->crew.ledger->out_of_memory;
    pthread_mutex_unlock(&trace->lock);
    return complete ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int cck_trace_look(cck_trace *trace, cck_error *err)
{
    uint64_t began = now_ns(), tid;
    size_t cursor = 0;
    void *value;
    pthread_mutex_lock(&trace->lock);
    bool due = began >= trace->next_sample;
    while (due && cck_map_next(&trace->crew.by_tid, &cursor, &tid, &value))
        cck_crew_sample(&trace->crew, value);
    if (due) {
        uint64_t wait = (now_ns() - began) * 100 / MOST_SAMPLE_PERCENT;
        trace->next_sample = began + (wait > SAMPLE_NS ? wait : SAMPLE_NS);
    }
    bool complete = !trace->crew.ledger->out_of_memory;
    pthread_mutex_unlock(&trace->lock);
    return complete ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

void cck_trace_columns(cck_trace *trace, cck_tally_count *out_totals)
{
    const cck_columns *columns = trace->crew.plan.columns;
    pthread_mutex_lock(&trace->lock);
    for (size_t i = 0; i < columns->count; i++)
        out_totals[i] = cck_ledger_total(trace->crew.ledger, &columns->columns[i]);
    pthread_mutex_unlock(&trace->lock);
}

static void end_tracer(cck_trace *trace)
{
    if (!trace->started)
        return;
    atomic_store(&trace->stop, true);
    if (trace->leash[1] >= 0)
        close(trace->leash[1]);
    pthread_join(trace->tracer, NULL);
    if (trace->leash[0] >= 0)
        close(trace->leash[0]);
    trace->started = false;
}

int cck_trace_stop(cck_trace *trace, cck_error *err)
{
    end_tracer(trace);
    cck_crew_disband(&trace->crew);
    return cck_trace_totals(trace, err);
}

uint32_t cck_trace_uncounted(const cck_trace *trace)
{
    return trace->crew.uncounted;
}

void cck_trace_free(cck_trace *trace)
{
    if (!trace)
        return;
    end_tracer(trace);
    cck_crew_clear(&trace->crew);
    if (trace->wake >= 0)
        close(trace->wake);
    pthread_mutex_destroy(&trace->lock);
    sem_destroy(&trace->begun);
    free(trace);
}

/* ---- does it work here ---------------------------------------------------- */

/* A child without an exit signal: nobody's SIGCHLD handler or wait() sees it. */
bool cck_trace_works(void)
{
    pid_t self = getpid(), child = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* not even when we are killed does it stay */
        while (getppid() == self)
            pause();
        _exit(0);
    }
    if (child < 0)
        return false;
    bool works = ptrace(PTRACE_SEIZE, child, NULL, EVERYBODY) == 0;
    if (kill(child, SIGKILL) != 0) /* it ends with us */
        return false;
    while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR)
        ;
    return works;
}
