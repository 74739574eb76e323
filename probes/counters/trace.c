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
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/proc.h"
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

/* A thread that runs, with its descriptors. */
typedef struct trace_member {
    cck_ledger_thread *thread;
    int32_t pid, tid;
    uint64_t switches, migrations; /* before it was counted */
    int fds[];                     /* one a slot, -1: not open */
} trace_member;

struct cck_trace {
    cck_attach_plan plan;
    cck_ledger *ledger;
    pid_t root;
    struct perf_event_attr *attrs; /* of those that come later: counting at once */
    pthread_t tracer;
    bool started;
    sem_t begun; /* the tracer seized the process, or failed to */
    cck_error failure;
    pthread_mutex_t lock; /* of the ledger, the members and what follows */
    cck_map by_tid;
    int32_t last_pid; /* process that started somebody last */
    uint64_t births;
    uint32_t uncounted;
    uint64_t next_sample; /* ns */
    atomic_bool stop;
    atomic_int stopped;
    int wake;     /* eventfd */
    int leash[2]; /* a pipe: its end of file ends the waker */
    pid_t waker;  /* see start_waker() */
};

/* ---- counting one thread -------------------------------------------------- */

static bool read_counter(int fd, cck_tally_count *out)
{
    uint64_t values[3];
    if (read(fd, values, sizeof values) != (ssize_t)sizeof values)
        return false;
    *out = (cck_tally_count){values[0], values[1], values[2]};
    return true;
}

static void close_files(const cck_trace *trace, trace_member *member)
{
    for (size_t slot = 0; slot < trace->ledger->slot_count; slot++) {
        if (member->fds[slot] >= 0)
            close(member->fds[slot]);
        member->fds[slot] = -1;
    }
}

/* A slot that cannot be counted for the first thread has its reason from then on;
 * what fails for a later one is that thread's alone. */
static int open_slot(cck_trace *trace, trace_member *member, size_t slot, bool first,
                     cck_error *err)
{
    const cck_attach_plan *plan = &trace->plan;
    struct perf_event_attr attr = trace->attrs[slot];
    cck_error reason = {0};
    attr.disabled = attr.enable_on_exec = first;
    int fd = cck_perf_open(plan->calls, plan->root, &attr, member->tid, -1, &reason);
    if (fd >= 0) {
        member->fds[slot] = fd;
        attr.disabled = attr.enable_on_exec = 0;
        if (first) /* what the kernel agreed to, it agrees to for all */
            trace->attrs[slot] = attr;
        return 0;
    }
    if (!first || reason.os_error == EMFILE || reason.os_error == ENFILE)
        return cck_error_move(err, &reason);
    plan->columns->slot_reasons[slot] = cck_arena_strdup(plan->arena, reason.message);
    return plan->columns->slot_reasons[slot] ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int open_files(cck_trace *trace, trace_member *member, bool first, cck_error *err)
{
    int code = 0;
    for (size_t slot = 0; slot < trace->ledger->slot_count; slot++)
        member->fds[slot] = -1;
    for (size_t slot = 0; code == 0 && slot < trace->ledger->slot_count; slot++)
        if (!trace->plan.columns->slot_reasons[slot])
            code = open_slot(trace, member, slot, first, err);
    if (code < 0)
        close_files(trace, member); /* all or none: half a row would mislead */
    return code;
}

/* Its counts go into the ledger as if READ records had told them. */
static void hand_in(cck_trace *trace, trace_member *member)
{
    for (size_t slot = 0; slot < trace->ledger->slot_count; slot++) {
        cck_tally_count count;
        if (member->fds[slot] < 0 || !read_counter(member->fds[slot], &count))
            continue;
        cck_record record = {.type = PERF_RECORD_READ,
                             .pid = member->pid,
                             .tid = member->tid,
                             .value = count.raw,
                             .enabled = count.enabled,
                             .running = count.running};
        cck_ledger_read(trace->ledger, &record, slot, 0);
    }
    close_files(trace, member);
}

/* ---- who runs ------------------------------------------------------------- */

static trace_member *member_of(const cck_trace *trace, pid_t tid)
{
    return cck_map_get(&trace->by_tid, (uint64_t)tid);
}

static bool is_in(int32_t pid, int32_t tid)
{
    return pid > 0 && (syscall(SYS_tgkill, pid, tid, 0) == 0 || errno == EPERM);
}

/* The process of a new thread. Asking the kernel whether it is in a process costs
 * a hundredth of reading /proc, which also tells about the rest. */
static int32_t process_of(const cck_trace *trace, pid_t tid)
{
    if (is_in(tid, tid))
        return tid;
    if (is_in(trace->last_pid, tid))
        return trace->last_pid;
    size_t cursor = 0;
    void *value;
    uint64_t key;
    while (cck_map_next(&trace->by_tid, &cursor, &key, &value)) {
        const trace_member *other = value;
        if (is_in(other->pid, tid))
            return other->pid;
    }
    return tid; /* it is gone already */
}

static void rename_to(trace_member *member, const char text[16])
{
    if (*text) /* the one it had stays when it is gone already */
        memcpy(member->thread->name, text, 16);
}

static void name(cck_trace *trace, trace_member *member)
{
    char text[16];
    cck_proc_name(trace->plan.root, member->pid, member->tid, text);
    rename_to(member, text);
}

/* Its name; and time on a CPU since the last look is put down to the one it is on
 * now. One look for both: making the files of a thread in /proc is what costs. */
static void sample(cck_trace *trace, trace_member *member)
{
    cck_ledger_thread *thread = member->thread;
    int clock = trace->plan.columns->clock;
    cck_tally_count on_cpu;
    uint64_t known = 0;
    char text[16];
    int cpu = cck_proc_cpu_and_name(trace->plan.root, member->pid, member->tid, text);
    rename_to(member, text);
    if (cpu >= 0)
        thread->cpu = cpu;
    if (clock < 0 || member->fds[clock] < 0 || !read_counter(member->fds[clock], &on_cpu))
        return;
    for (uint32_t i = 0; i < thread->cpu_count; i++)
        known += thread->cpus[i].ns;
    if (on_cpu.running > known && thread->cpu >= 0)
        cck_ledger_ran(trace->ledger, thread, (uint32_t)thread->cpu, on_cpu.running - known);
}

static void sample_records(cck_trace *trace, trace_member *member)
{
    const cck_root *root = trace->plan.root;
    cck_ledger_thread *thread = member->thread;
    uint64_t count;
    if (!trace->plan.columns->switches)
        return;
    if (cck_proc_switches(root, member->pid, member->tid, &count) == 0) {
        count -= member->switches;
        trace->ledger->switches += count - thread->switches;
        thread->switches = count;
    }
    if (cck_proc_migrations(root, member->pid, member->tid, &count) == 0) {
        count -= member->migrations;
        trace->ledger->migrations += count - thread->migrations;
        thread->migrations = count;
    }
}

/* What /proc knows of it, as long as it is not reaped. */
static void take_down(cck_trace *trace, trace_member *member)
{
    sample(trace, member);
    sample_records(trace, member);
}

static void forget(cck_trace *trace, trace_member *member)
{
    cck_map_remove(&trace->by_tid, (uint64_t)member->tid);
    close_files(trace, member);
    free(member);
}

static void bury(cck_trace *trace, trace_member *member)
{
    hand_in(trace, member);
    member->thread->ended = true;
    forget(trace, member);
}

/* A thread at its first stop: it has not executed anything of its own yet. */
static trace_member *begin(cck_trace *trace, pid_t tid, bool first, cck_error *err)
{
    trace_member *member =
        calloc(1, sizeof *member + trace->ledger->slot_count * sizeof *member->fds);
    if (!member)
        goto out;
    member->tid = tid;
    member->pid = first ? tid : process_of(trace, tid);
    int code = open_files(trace, member, first, err);
    if (code < 0 && first) {
        free(member);
        return NULL;
    }
    trace->uncounted += code < 0;
    member->thread = cck_ledger_found(trace->ledger, member->pid, tid, NULL);
    if (!member->thread || !cck_map_put(&trace->by_tid, (uint64_t)tid, member))
        goto out;
    member->thread->born = ++trace->births; /* ids are reused: who came before whom */
    if (member->pid == tid)
        name(trace, member);
    if (first && trace->plan.columns->switches) {
        cck_proc_switches(trace->plan.root, tid, tid, &member->switches);
        cck_proc_migrations(trace->plan.root, tid, tid, &member->migrations);
    }
    return member;

out:
    if (member) {
        close_files(trace, member);
        free(member);
    }
    trace->ledger->out_of_memory = true;
    cck_fail(err, CCK_ENOMEM, "out of memory");
    return NULL;
}

/* ---- stops ---------------------------------------------------------------- */

/* All other threads of the process are gone. If it was not the leader that called
 * exec, it has the leader's id now, and the leader's end is never reported. */
static void execed(cck_trace *trace, pid_t tid)
{
    unsigned long former = 0;
    ptrace(PTRACE_GETEVENTMSG, tid, NULL, &former);
    trace_member *leader = member_of(trace, tid), *caller = member_of(trace, (pid_t)former);
    if ((pid_t)former != tid && caller) {
        if (leader)
            bury(trace, leader);
        cck_map_remove(&trace->by_tid, former);
        caller->tid = tid;
        cck_ledger_renumber(trace->ledger, caller->thread, tid);
        if (!cck_map_put(&trace->by_tid, (uint64_t)tid, caller)) {
            trace->ledger->out_of_memory = true;
            close_files(trace, caller);
            free(caller);
            return;
        }
        leader = caller;
        ptrace(PTRACE_SETOPTIONS, tid, NULL, tid == trace->root ? LAUNCHED : EVERYBODY);
    }
    if (leader)
        name(trace, leader);
}

static void wake(const cck_trace *trace)
{
    uint64_t one = 1;
    if (write(trace->wake, &one, sizeof one) < 0)
        return; /* it is full: somebody is woken already */
}

static void go_on(pid_t tid, const cck_trace_step *step)
{
    if (step->listen)
        ptrace(PTRACE_LISTEN, tid, NULL, NULL);
    else
        ptrace(PTRACE_CONT, tid, NULL, (void *)(uintptr_t)(unsigned)step->signal);
}

static void handle_stop(cck_trace *trace, pid_t tid, int status)
{
    cck_error reason = {0};
    cck_trace_step step = cck_trace_step_of(status);
    trace_member *member = member_of(trace, tid);
    if (!member && step.what != CCK_TRACE_EXECED) {
        /* It has its parent's options; only the launched process tells its end. */
        ptrace(PTRACE_SETOPTIONS, tid, NULL, EVERYBODY);
        member = begin(trace, tid, false, &reason);
    }
    if (step.what == CCK_TRACE_EXECED)
        execed(trace, tid);
    else if (member && step.what == CCK_TRACE_FORKED)
        trace->last_pid = member->pid;
    else if (member && step.what == CCK_TRACE_EXITING)
        take_down(trace, member);
    go_on(tid, &step);
    if (step.what == CCK_TRACE_STOPPED && tid == trace->root) {
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
    trace_member *member = member_of(trace, tid);
    if (member) {
        take_down(trace, member);
        bury(trace, member);
    }
    if (tid != trace->root)
        waitpid(tid, NULL, WNOHANG | __WALL | __WNOTHREAD);
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
    else if (waitpid(info.si_pid, &status, WNOHANG | __WALL | __WNOTHREAD) == info.si_pid &&
             WIFSTOPPED(status))
        handle_stop(trace, info.si_pid, status);
    pthread_mutex_unlock(&trace->lock);
    bool remains = info.si_code != CLD_TRAPPED && info.si_pid == trace->root;
    return remains ? 0 : 1;
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
    for (int i = 0; i < LAST_LOOKS && take_event(trace, false) > 0; i++)
        ;
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

static void end_waker(const cck_trace *trace)
{
    if (trace->waker > 0)
        kill(trace->waker, SIGKILL);
    while (trace->waker > 0 && waitpid(trace->waker, NULL, __WALL) < 0 && errno == EINTR)
        ;
}

static int seize(cck_trace *trace, cck_error *err)
{
    if (ptrace(PTRACE_SEIZE, trace->root, NULL, LAUNCHED) != 0) {
        cck_fail_os(err, CCK_EUNSUPPORTED, errno, "cannot follow the command with ptrace");
        return CCK_EUNSUPPORTED;
    }
    return begin(trace, trace->root, true, err) ? 0 : err->code;
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

static bool copy_attributes(cck_trace *trace)
{
    const cck_columns *columns = trace->plan.columns;
    trace->attrs = calloc(columns->slot_count + 1, sizeof *trace->attrs);
    for (size_t i = 0; trace->attrs && i < columns->slot_count; i++) {
        struct perf_event_attr *attr = &trace->attrs[i];
        *attr = columns->attrs[i];
        attr->size = sizeof *attr;
        attr->inherit = attr->inherit_stat = 0;
        attr->read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
        cck_ledger_copy_of(trace->ledger, i, 0)->open = true;
    }
    return trace->attrs != NULL;
}

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
    trace->plan = *plan;
    trace->ledger = ledger;
    trace->root = pid;
    trace->leash[0] = trace->leash[1] = -1;
    trace->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&trace->lock, NULL);
    sem_init(&trace->begun, 0, 0);
    ledger->inherited = false;
    int code = copy_attributes(trace) ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
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

/* What has been handed in, and what those who run have so far. */
static void add_up(cck_trace *trace)
{
    for (size_t slot = 0; slot < trace->ledger->slot_count; slot++) {
        cck_ledger_copy *copy = cck_ledger_copy_of(trace->ledger, slot, 0);
        size_t cursor = 0;
        uint64_t tid;
        void *value;
        copy->total = copy->reads;
        while (cck_map_next(&trace->by_tid, &cursor, &tid, &value)) {
            const trace_member *member = value;
            cck_tally_count count;
            if (member->fds[slot] < 0 || !read_counter(member->fds[slot], &count))
                continue;
            copy->total.raw += count.raw;
            copy->total.enabled += count.enabled;
            copy->total.running += count.running;
        }
    }
}

int cck_trace_totals(cck_trace *trace, cck_error *err)
{
    pthread_mutex_lock(&trace->lock);
    add_up(trace);
    bool complete = !trace->ledger->out_of_memory;
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
    while (due && cck_map_next(&trace->by_tid, &cursor, &tid, &value))
        sample(trace, value);
    if (due) {
        uint64_t wait = (now_ns() - began) * 100 / MOST_SAMPLE_PERCENT;
        trace->next_sample = began + (wait > SAMPLE_NS ? wait : SAMPLE_NS);
    }
    bool complete = !trace->ledger->out_of_memory;
    pthread_mutex_unlock(&trace->lock);
    return complete ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

void cck_trace_columns(cck_trace *trace, cck_tally_count *out_totals)
{
    const cck_columns *columns = trace->plan.columns;
    pthread_mutex_lock(&trace->lock);
    for (size_t i = 0; i < columns->count; i++)
        out_totals[i] = cck_ledger_total(trace->ledger, &columns->columns[i]);
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
    size_t cursor = 0;
    uint64_t tid;
    void *value;
    end_tracer(trace);
    while (cck_map_next(&trace->by_tid, &cursor, &tid, &value)) {
        trace_member *member = value;
        bool runs = is_in(member->pid, member->tid);
        take_down(trace, member);
        hand_in(trace, member);
        member->thread->ended = !runs;
    }
    return cck_trace_totals(trace, err);
}

uint32_t cck_trace_uncounted(const cck_trace *trace)
{
    return trace->uncounted;
}

void cck_trace_free(cck_trace *trace)
{
    size_t cursor = 0;
    uint64_t tid;
    void *value;
    if (!trace)
        return;
    end_tracer(trace);
    while (cck_map_next(&trace->by_tid, &cursor, &tid, &value)) {
        close_files(trace, value);
        free(value);
    }
    cck_map_clear(&trace->by_tid);
    if (trace->wake >= 0)
        close(trace->wake);
    pthread_mutex_destroy(&trace->lock);
    sem_destroy(&trace->begun);
    free(trace->attrs);
    free(trace);
}

/* ---- does it work here ---------------------------------------------------- */

/* A child without an exit signal: nobody's SIGCHLD handler or wait() sees it. */
bool cck_trace_works(void)
{
    pid_t child = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (child == 0) {
        for (;;)
            pause();
    }
    if (child < 0)
        return false;
    bool works = ptrace(PTRACE_SEIZE, child, NULL, EVERYBODY) == 0;
    kill(child, SIGKILL);
    while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR)
        ;
    return works;
}
