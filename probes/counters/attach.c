/* SPDX-License-Identifier: MIT */
#include "probes/counters/attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/proc.h"

/* Looking through /proc may take this share of a CPU, then it is done less often. */
enum { MOST_SCAN_PERCENT = 5 };

/* Whoever did not run started nothing, but may inherit children of a thread that ended
 * (kernel/exit.c: forget_original_parent()): in every so many scans all are asked. */
enum { ALL_CHILDREN = 8 };

/* A thread that is counted, with its descriptors. */
typedef struct attach_member {
    struct attach_member *next;
    cck_ledger_thread *thread;
    int32_t pid, tid;
    uint64_t scan;                 /* number of the scan that saw it last */
    uint64_t runtime;              /* ns on a CPU when it was sampled last */
    uint64_t switches, migrations; /* so far, when it was found */
    int fds[];                     /* one a slot, -1: not open */
} attach_member;

struct cck_attach {
    cck_attach_plan plan;
    cck_ledger *ledger;
    attach_member *members;
    cck_map by_tid;
    cck_map processes; /* pid -> itself, those to look into */
    uint64_t scan;
    size_t files; /* descriptors in use for threads */
    int timer;
    cck_error failure; /* first fatal one of a scan */
};

/* ---- reading -------------------------------------------------------------- */

static bool read_counter(int fd, cck_tally_count *out)
{
    uint64_t values[3];
    if (read(fd, values, sizeof values) != (ssize_t)sizeof values)
        return false;
    *out = (cck_tally_count){values[0], values[1], values[2]};
    return true;
}

/* Its counts go into the ledger as if a READ record had told them. */
static void hand_in(cck_attach *attach, attach_member *member)
{
    for (size_t slot = 0; slot < attach->ledger->slot_count; slot++) {
        cck_tally_count count;
        if (member->fds[slot] < 0)
            continue;
        if (read_counter(member->fds[slot], &count)) {
            cck_record record = {.type = PERF_RECORD_READ,
                                 .pid = member->pid,
                                 .tid = member->tid,
                                 .value = count.raw,
                                 .enabled = count.enabled,
                                 .running = count.running};
            cck_ledger_read(attach->ledger, &record, slot, 0);
        }
        close(member->fds[slot]);
        member->fds[slot] = -1;
        attach->files--;
    }
    member->thread->ended = true;
}

static void sample_records(cck_attach *attach, attach_member *member)
{
    uint64_t count;
    cck_ledger *ledger = attach->ledger;
    const cck_root *root = attach->plan.root;
    if (!attach->plan.columns->switches)
        return;
    if (cck_proc_switches(root, member->pid, member->tid, &count) == 0) {
        count -= member->switches;
        ledger->switches += count - member->thread->switches;
        member->thread->switches = count;
    }
    if (cck_proc_migrations(root, member->pid, member->tid, &count) == 0) {
        count -= member->migrations;
        ledger->migrations += count - member->thread->migrations;
        member->thread->migrations = count;
    }
}

/* Time that passed on a CPU since the last look is put down to the CPU it is on now. False: it
 * has not run. */
static bool sample(cck_attach *attach, attach_member *member)
{
    uint64_t runtime;
    if (cck_proc_runtime(attach->plan.root, member->pid, member->tid, &runtime) != 0)
        return true; /* unknown */
    if (runtime <= member->runtime)
        return false;
    int cpu = cck_proc_cpu(attach->plan.root, member->pid, member->tid);
    if (cpu >= 0)
        cck_ledger_ran(attach->ledger, member->thread, (uint32_t)cpu, runtime - member->runtime);
    member->runtime = runtime;
    sample_records(attach, member);
    return true;
}

/* ---- members -------------------------------------------------------------- */

static int too_few_files(const cck_attach *attach, cck_error *err)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    size_t slots = attach->ledger->slot_count;
    cck_fail(err, CCK_ELIMIT,
             "%zu threads with %zu events each need more than %zu file descriptors, but the limit "
             "is %llu",
             attach->by_tid.count, slots, attach->files, (unsigned long long)limit.rlim_cur);
    cck_hint(err, "raise it with: ulimit -Hn 1048576 (as root), or count fewer events with -e");
    return CCK_ELIMIT;
}

/* 0, or CCK_EGONE, CCK_ELIMIT, CCK_EACCESS, CCK_ENOMEM. */
static int open_slot(cck_attach *attach, attach_member *member, size_t slot, cck_error *err)
{
    const cck_attach_plan *plan = &attach->plan;
    struct perf_event_attr *attr = &plan->columns->attrs[slot];
    attr->size = sizeof *attr;
    attr->read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    cck_error reason = {0};
    int fd = cck_perf_open(plan->calls, plan->root, attr, member->tid, -1, &reason);
    if (fd >= 0) {
        member->fds[slot] = fd;
        attach->files++;
        return 0;
    }
    if (reason.os_error == EMFILE || reason.os_error == ENFILE)
        return too_few_files(attach, err);
    if (fd == CCK_EGONE || fd == CCK_EACCESS)
        return cck_error_move(err, &reason);
    /* Not this thread's fault: the event cannot be counted in this way. */
    if (!plan->columns->slot_reasons[slot])
        plan->columns->slot_reasons[slot] = cck_arena_strdup(plan->arena, reason.message);
    return plan->columns->slot_reasons[slot] ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int open_member(cck_attach *attach, attach_member *member, cck_error *err)
{
    size_t slots = attach->ledger->slot_count;
    for (size_t slot = 0; slot < slots; slot++)
        member->fds[slot] = -1;
    for (size_t slot = 0; slot < slots; slot++) {
        int code =
            attach->plan.columns->slot_reasons[slot] ? 0 : open_slot(attach, member, slot, err);
        if (code < 0)
            return code;
    }
    return 0;
}

static void close_member(cck_attach *attach, attach_member *member)
{
    for (size_t slot = 0; slot < attach->ledger->slot_count; slot++) {
        if (member->fds[slot] < 0)
            continue;
        close(member->fds[slot]);
        attach->files--;
    }
    free(member);
}

static int admit(cck_attach *attach, attach_member *member, cck_error *err)
{
    char name[16];
    cck_proc_name(attach->plan.root, member->pid, member->tid, name);
    member->thread = cck_ledger_found(attach->ledger, member->pid, member->tid, name);
    if (!member->thread || !cck_map_put(&attach->by_tid, (uint64_t)member->tid, member))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    member->next = attach->members;
    attach->members = member;
    cck_proc_runtime(attach->plan.root, member->pid, member->tid, &member->runtime);
    if (attach->plan.columns->switches) {
        cck_proc_switches(attach->plan.root, member->pid, member->tid, &member->switches);
        cck_proc_migrations(attach->plan.root, member->pid, member->tid, &member->migrations);
    }
    return 0;
}

/* A thread that ended before its descriptors were open was never there. */
static int add_member(cck_attach *attach, int32_t pid, int32_t tid, cck_error *err)
{
    attach_member *member =
        calloc(1, sizeof *member + attach->ledger->slot_count * sizeof *member->fds);
    if (!member)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    member->pid = pid;
    member->tid = tid;
    member->scan = attach->scan;
    int code = open_member(attach, member, err);
    if (code == 0)
        code = admit(attach, member, err);
    if (code < 0)
        close_member(attach, member);
    return code;
}

/* ---- scanning ------------------------------------------------------------- */

static bool child_found(void *context, int32_t child)
{
    cck_attach *attach = context;
    uint64_t key = (uint64_t)child;
    if (!cck_map_get(&attach->processes, key))
        cck_map_put(&attach->processes, key, attach); /* if not, the next scan tries again */
    return true;
}

static bool thread_found(void *context, int32_t pid, int32_t tid)
{
    cck_attach *attach = context;
    attach_member *member = cck_map_get(&attach->by_tid, (uint64_t)tid);
    bool ran = true;
    if (cck_proc_is_own_helper(pid, tid))
        return true;
    if (member) {
        member->scan = attach->scan;
        ran = sample(attach, member);
    } else {
        cck_error reason = {0};
        int code = add_member(attach, pid, tid, &reason);
        bool first = attach->by_tid.count == 0;
        if (code == CCK_EGONE || (code == CCK_EACCESS && !first))
            return true; /* ended meanwhile, or a child that became another user's */
        if (code < 0) {
            attach->failure = reason;
            return false;
        }
    }
    if (ran || attach->scan % ALL_CHILDREN == 0)
        cck_proc_children(attach->plan.root, pid, tid, child_found, attach);
    return true;
}

/* False: not all could be looked at this time, as when no descriptor was free. */
static bool scan_processes(cck_attach *attach)
{
    bool complete = true;
    /* The map changes while it is walked, so walk a copy of its keys. */
    size_t count = 0, most = attach->processes.count, cursor = 0;
    uint64_t *pids = calloc(most + 1, sizeof *pids), pid;
    if (!pids) {
        cck_fail(&attach->failure, CCK_ENOMEM, "out of memory");
        return false;
    }
    while (count < most && cck_map_next(&attach->processes, &cursor, &pid, NULL))
        pids[count++] = pid;
    for (size_t i = 0; i < count && !attach->failure.code; i++) {
        int code = cck_proc_threads(attach->plan.root, (int32_t)pids[i], thread_found, attach);
        if (code == CCK_EGONE)
            cck_map_remove(&attach->processes, pids[i]);
        complete &= code == 0 || code == CCK_EGONE;
    }
    free(pids);
    return complete;
}

/* Those that this scan did not see have ended: their counts stay readable until closed. */
static void bury(cck_attach *attach)
{
    attach_member **link = &attach->members;
    while (*link) {
        attach_member *member = *link;
        if (member->scan == attach->scan) {
            link = &member->next;
            continue;
        }
        *link = member->next;
        cck_map_remove(&attach->by_tid, (uint64_t)member->tid);
        hand_in(attach, member);
        close_member(attach, member);
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void set_timer(const cck_attach *attach, uint64_t cost_ns)
{
    uint64_t wait = CCK_ATTACH_RESCAN_MS * 1000000u;
    if (cost_ns * 100 / MOST_SCAN_PERCENT > wait)
        wait = cost_ns * 100 / MOST_SCAN_PERCENT;
    struct itimerspec next = {
        .it_value = {(time_t)(wait / 1000000000u), (long)(wait % 1000000000u)}};
    if (attach->timer >= 0)
        timerfd_settime(attach->timer, 0, &next, NULL);
}

int cck_attach_scan(cck_attach *attach, cck_error *err)
{
    uint64_t began = now_ns();
    uint64_t expirations;
    if (attach->timer >= 0 && read(attach->timer, &expirations, sizeof expirations) < 0)
        expirations = 0; /* woken by something else: look around all the same */
    attach->scan++;
    bool complete = scan_processes(attach);
    if (attach->failure.code)
        return cck_error_move(err, &attach->failure);
    if (complete)
        bury(attach);
    set_timer(attach, now_ns() - began);
    return 0;
}

/* ---- life ----------------------------------------------------------------- */

int cck_attach_totals(cck_attach *attach, cck_error *err)
{
    (void)err;
    for (size_t slot = 0; slot < attach->ledger->slot_count; slot++) {
        cck_ledger_copy *copy = cck_ledger_copy_of(attach->ledger, slot, 0);
        copy->total = copy->reads;
        for (const attach_member *member = attach->members; member; member = member->next) {
            cck_tally_count count;
            if (member->fds[slot] < 0 || !read_counter(member->fds[slot], &count))
                continue;
            copy->total.raw += count.raw;
            copy->total.enabled += count.enabled;
            copy->total.running += count.running;
        }
    }
    return 0;
}

int cck_attach_stop(cck_attach *attach, cck_error *err)
{
    int code = cck_attach_scan(attach, err);
    if (code < 0)
        return code;
    for (attach_member *member = attach->members; member; member = member->next) {
        cck_proc_name(attach->plan.root, member->pid, member->tid, member->thread->name);
        hand_in(attach, member);
        member->thread->ended = false;
    }
    return cck_attach_totals(attach, err);
}

static int check_process(const cck_root *root, pid_t pid, cck_error *err)
{
    int kernel = cck_proc_is_kernel(root, pid);
    if (kernel == 1) {
        cck_fail(err, CCK_EUNSUPPORTED, "process %d is a thread of the kernel", pid);
        cck_hint(err, "choose a process with a program of its own: ps -e");
        return CCK_EUNSUPPORTED;
    }
    return kernel < 0 ? cck_fail(err, CCK_EGONE, "there is no process %d", pid) : 0;
}

static int begin(cck_attach *attach, pid_t pid, cck_error *err)
{
    int code = check_process(attach->plan.root, pid, err);
    if (code < 0)
        return code;
    attach->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (!cck_map_put(&attach->processes, (uint64_t)pid, attach))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t slot = 0; slot < attach->ledger->slot_count; slot++)
        cck_ledger_copy_of(attach->ledger, slot, 0)->open = true;
    code = cck_attach_scan(attach, err);
    if (code == 0 && !attach->members)
        code = cck_fail(err, CCK_EGONE, "process %d has ended", pid);
    return code;
}

int cck_attach_open(cck_attach **out_attach, const cck_attach_plan *plan, cck_ledger *ledger,
                    pid_t pid, cck_error *err)
{
    cck_attach *attach = calloc(1, sizeof *attach);
    if (!attach)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    attach->plan = *plan;
    attach->ledger = ledger;
    attach->timer = -1;
    ledger->inherited = false;
    int code = begin(attach, pid, err);
    if (code < 0) {
        cck_attach_free(attach);
        return code;
    }
    *out_attach = attach;
    return 0;
}

int cck_attach_timer(const cck_attach *attach)
{
    return attach->timer;
}

void cck_attach_free(cck_attach *attach)
{
    if (!attach)
        return;
    while (attach->members) {
        attach_member *member = attach->members;
        attach->members = member->next;
        close_member(attach, member);
    }
    cck_map_clear(&attach->by_tid);
    cck_map_clear(&attach->processes);
    if (attach->timer >= 0)
        close(attach->timer);
    free(attach);
}
