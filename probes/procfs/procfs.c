/* SPDX-License-Identifier: MIT */
#include "probes/procfs/procfs.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/proc.h"
#include "probes/procfs/procfs_events.h"

enum {
    LOOK_MS = 20,         /* time between two looks */
    MOST_LOOK_PERCENT = 5 /* of a CPU for looking; with more threads it is done less often */
};

/* A thread as the last look saw it. */
typedef struct member {
    cck_tally_thread *thread;
    uint64_t base[CCK_PROCFS_KINDS]; /* before counting began: not ours */
    bool based[CCK_PROCFS_KINDS];    /* and known */
    uint64_t clock;                  /* time on a CPU at the last look */
} member;

typedef struct procfs {
    const cck_root *root;
    cck_procfs_events events;
    cck_tally tally; /* handed over at the end */
    cck_map members; /* tid -> member */
    cck_map processes;
    int timer;
    bool launched, first_look;
    bool has_usage;
    struct rusage usage;
} procfs;

static int no_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* Where perf events can be had they are better in every way. */
static bool perf_works(void)
{
    struct perf_event_attr attr = {.size = sizeof attr,
                                   .type = PERF_TYPE_SOFTWARE,
                                   .config = PERF_COUNT_SW_DUMMY,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static int check(const cck_probe_request *request, cck_error *err)
{
    if (perf_works())
        return cck_fail(err, CCK_EUNSUPPORTED, "perf events work, so /proc need not be looked at");
    char text[64];
    cck_arena arena = {0};
    cck_procfs_events events;
    if (request->options->set && strcmp(request->options->set, "software") != 0)
        return cck_fail(err, CCK_EUNSUPPORTED, "/proc has only the set `software`");
    if (cck_root_read_line(request->root, "proc/self/schedstat", text, sizeof text) < 0)
        return cck_fail(err, CCK_EUNSUPPORTED, "/proc tells no times (schedstat)");
    int code = cck_procfs_events_choose(&events, request->options->events, &arena, err);
    cck_arena_clear(&arena);
    return code;
}

static int create(void **out_state, const cck_probe_request *request, cck_probe_facts *facts,
                  cck_error *err)
{
    procfs *s = calloc(1, sizeof *s);
    if (!s)
        return no_memory(err);
    *s = (procfs){.root = request->root, .launched = request->target->argv != NULL, .timer = -1};
    *out_state = s;
    int code = cck_procfs_events_choose(&s->events, request->options->events, request->arena, err);
    if (code < 0)
        return code;
    if (!cck_tally_init(&s->tally, s->events.count))
        return no_memory(err);
    facts->events = s->events.infos;
    facts->event_count = s->events.count;
    facts->why = "perf events are denied here";
    facts->slowdown = "none";
    facts->notes[0] = "sampled from /proc every 20 ms, for perf events are denied: what a thread "
                      "did after the last look at it is in the rest row";
    return 0;
}

/* ---- looking ---------------------------------------------------------------- */

static member *new_member(procfs *s, int32_t pid, int32_t tid)
{
    member *found = cck_arena_alloc(&s->tally.arena, sizeof *found);
    cck_tally_thread *thread = found ? cck_tally_get(&s->tally, pid, tid) : NULL;
    if (!thread || !cck_map_put(&s->members, (uint64_t)(uint32_t)tid, found))
        return NULL;
    found->thread = thread;
    /* Attached: what was there before is not ours. New threads are, from their start. */
    if (s->first_look)
        cck_procfs_read(s->root, pid, tid, found->base, found->based);
    else
        memset(found->based, true, sizeof found->based);
    found->clock = found->base[CCK_PROCFS_TASK_CLOCK];
    return found;
}

static void name_thread(procfs *s, cck_tally_thread *thread)
{
    char name[16];
    cck_proc_name(s->root, thread->pid, thread->tid, name);
    if (*name)
        memcpy(thread->name, name, sizeof name);
    cck_proc_name(s->root, thread->pid, thread->pid, name);
    if (*name)
        memcpy(thread->process, name, sizeof name);
}

/* Time since the last look is put down to the CPU that the thread is on now. */
static void note_cpu(procfs *s, member *of, uint64_t clock)
{
    cck_tally_thread *thread = of->thread;
    int cpu = clock > of->clock ? cck_proc_cpu(s->root, thread->pid, thread->tid) : -1;
    if (cpu >= 0)
        cck_tally_ran(thread, (uint32_t)cpu, clock - of->clock);
    of->clock = clock;
}

static void look_at(procfs *s, member *of)
{
    uint64_t counts[CCK_PROCFS_KINDS];
    bool known[CCK_PROCFS_KINDS];
    cck_procfs_read(s->root, of->thread->pid, of->thread->tid, counts, known);
    if (!known[CCK_PROCFS_TASK_CLOCK])
        return;
    for (size_t i = 0; i < s->events.count; i++) {
        cck_procfs_kind kind = s->events.kinds[i];
        if (kind < CCK_PROCFS_KINDS && known[kind] && !of->based[kind]) {
            of->base[kind] = counts[kind]; /* the first look failed: from now on, then */
            of->based[kind] = true;
        }
        if (kind < CCK_PROCFS_KINDS && known[kind] && counts[kind] >= of->base[kind])
            of->thread->counts[i] = (cck_tally_count){counts[kind] - of->base[kind], 1, 1};
    }
    note_cpu(s, of, counts[CCK_PROCFS_TASK_CLOCK]);
    name_thread(s, of->thread);
}

static bool found_process(void *context, int32_t pid);

static bool found_thread(void *context, int32_t pid, int32_t tid)
{
    procfs *s = context;
    member *seen = cck_map_get(&s->members, (uint64_t)(uint32_t)tid);
    if (cck_proc_is_own_helper(pid, tid))
        return true;
    if (!seen)
        seen = new_member(s, pid, tid);
    if (!seen)
        return false;
    look_at(s, seen);
    cck_proc_children(s->root, pid, tid, found_process, s);
    return true;
}

static bool found_process(void *context, int32_t pid)
{
    procfs *s = context;
    if (cck_map_get(&s->processes, (uint64_t)(uint32_t)pid))
        return true;
    s->tally.processes++;
    return cck_map_put(&s->processes, (uint64_t)(uint32_t)pid, s);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void set_timer(procfs *s, uint64_t ns)
{
    struct itimerspec next = {
        .it_value = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)}};
    timerfd_settime(s->timer, 0, &next, NULL);
}

/* Ended processes stay in the map, which cannot change while it is walked. */
static void look(procfs *s)
{
    uint64_t began = now_ns(), pid;
    cck_map before = {0};
    for (size_t cursor = 0; cck_map_next(&s->processes, &cursor, &pid, NULL);)
        cck_map_put(&before, pid, s);
    for (size_t cursor = 0; cck_map_next(&before, &cursor, &pid, NULL);)
        if (cck_proc_threads(s->root, (int32_t)pid, found_thread, s) == CCK_EGONE)
            cck_map_remove(&s->processes, pid);
    cck_map_clear(&before);
    s->first_look = false;
    uint64_t least = (uint64_t)LOOK_MS * 1000000u;
    uint64_t fair = (now_ns() - began) * 100 / MOST_LOOK_PERCENT;
    set_timer(s, fair > least ? fair : least);
}

static int open_target(void *state, pid_t pid, cck_error *err)
{
    procfs *s = state;
    s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (s->timer < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot make a timer");
    if (!found_process(s, pid))
        return no_memory(err);
    s->first_look = true;
    look(s);
    if (s->tally.thread_count == 0)
        return cck_fail(err, CCK_EGONE, "process %d is gone", (int)pid);
    return 0;
}

static int poll_fds(void *state, struct pollfd *fds, int size)
{
    if (size < 1)
        return 0;
    fds[0] = (struct pollfd){.fd = ((procfs *)state)->timer, .events = POLLIN};
    return 1;
}

static int drain(void *state, cck_error *err)
{
    (void)err;
    uint64_t expirations;
    if (read(((procfs *)state)->timer, &expirations, sizeof expirations) > 0)
        look(state);
    return 0;
}

/* Its name and its first counts as the program it became. */
static void started(void *state)
{
    look(state);
}

static int totals(void *state, cck_tally_count *out_totals, cck_error *err)
{
    procfs *s = state;
    (void)err;
    look(s);
    memset(out_totals, 0, s->events.count * sizeof *out_totals);
    for (size_t i = 0; i < s->events.count; i++) {
        out_totals[i].enabled = out_totals[i].running = s->events.kinds[i] < CCK_PROCFS_KINDS;
        for (size_t j = 0; j < s->tally.thread_count; j++)
            out_totals[i].raw += s->tally.threads[j]->counts[i].raw;
    }
    return 0;
}

/* ---- the end ---------------------------------------------------------------- */

static uint64_t microseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_usec;
}

static bool usage_of(const procfs *s, cck_procfs_kind kind, uint64_t *out)
{
    const struct rusage *usage = &s->usage;
    switch (kind) {
    case CCK_PROCFS_TASK_CLOCK:
        *out = (microseconds(usage->ru_utime) + microseconds(usage->ru_stime)) * 1000;
        return s->has_usage;
    case CCK_PROCFS_FAULTS:
        *out = (uint64_t)usage->ru_minflt + (uint64_t)usage->ru_majflt;
        return s->has_usage;
    case CCK_PROCFS_MAJOR_FAULTS:
        *out = (uint64_t)usage->ru_majflt;
        return s->has_usage;
    case CCK_PROCFS_SWITCHES:
        *out = (uint64_t)usage->ru_nvcsw + (uint64_t)usage->ru_nivcsw;
        return s->has_usage;
    default:
        return false; /* rusage knows no migrations */
    }
}

/* The rows' sum, or the kernel's own total if that is more; the difference was not seen. */
static int settle(procfs *s, cck_error *err)
{
    cck_tally_thread *rest = NULL;
    for (size_t i = 0; i < s->events.count; i++) {
        cck_tally_count *total = &s->tally.totals[i];
        uint64_t told;
        for (size_t j = 0; j < s->tally.thread_count; j++)
            total->raw += s->tally.threads[j]->counts[i].raw;
        if (s->events.kinds[i] == CCK_PROCFS_KINDS) {
            s->tally.not_counted[i] = "/proc does not tell it, and perf events are denied";
            continue;
        }
        total->enabled = total->running = 1;
        if (!usage_of(s, s->events.kinds[i], &told) || told <= total->raw)
            continue;
        if (!rest && !(rest = cck_tally_add_rest(&s->tally, "not seen by a look", 0)))
            return no_memory(err);
        rest->counts[i] = (cck_tally_count){told - total->raw, 1, 1};
        total->raw = told;
    }
    for (size_t i = 0; rest && i < s->events.count; i++)
        if (s->events.kinds[i] < CCK_PROCFS_KINDS && !rest->counts[i].running)
            rest->counts[i] = (cck_tally_count){0, 1, 1};
    return 0;
}

static void ended(void *state, const struct rusage *usage)
{
    procfs *s = state;
    s->usage = *usage;
    s->has_usage = true;
}

static int close_target(void *state, cck_tally *tally, cck_error *err)
{
    procfs *s = state;
    if (!s->has_usage)
        look(s);
    int code = settle(s, err);
    if (code < 0)
        return code;
    cck_tally_clear(tally);
    *tally = s->tally;
    s->tally = (cck_tally){0};
    return 0;
}

static void destroy(void *state)
{
    procfs *s = state;
    if (!s)
        return;
    if (s->timer >= 0)
        close(s->timer);
    cck_map_clear(&s->members);
    cck_map_clear(&s->processes);
    cck_tally_clear(&s->tally);
    free(s);
}

static void doctor(const cck_root *root, cck_doctor_sink *sink, void *context)
{
    char text[64];
    bool works = cck_root_read_line(root, "proc/self/schedstat", text, sizeof text) >= 0;
    const cck_check line = {
        .backend = "software",
        .part = "without perf",
        .state = works ? CCK_CHECK_YES : CCK_CHECK_NO,
        .reason = works ? "where perf events are denied, /proc is looked at every 20 ms"
                        : "/proc tells no times (schedstat)",
        .enable = works ? "" : "mount /proc, with a kernel that has CONFIG_SCHED_INFO",
    };
    sink(context, &line);
}

const cck_probe cck_probe_procfs = {
    .name = "software",
    .backend = CCK_BACKEND_SOFTWARE,
    .evidence = CCK_MEASURED,
    .priority = 5,
    .check = check,
    .create = create,
    .open = open_target,
    .started = started,
    .poll_fds = poll_fds,
    .drain = drain,
    .totals = totals,
    .ended = ended,
    .close = close_target,
    .destroy = destroy,
    .doctor = doctor,
};
