/* SPDX-License-Identifier: MIT */
#include "probes/counters/launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "probes/counters/rings.h"
#include "probes/counters/whereabouts.h"

enum {
    TASK_RING = 1 << 20,         /* bytes of a CPU's task ring */
    READ_RING = 128 << 10,       /* bytes of a slot's ring on a CPU */
    FLAT_RING = 512 << 10,       /* bytes of a slot's ring for all CPUs */
    MOST_RING_MEMORY = 24 << 20, /* all of them, so that many CPUs get small rings */
    HORIZON_NS = 1000000         /* records of other CPUs may come this late */
};

/* Which extras each kind of event is opened with; READ needs neither TID (it has
 * one) nor ID (the ring says which event it is), and every byte is written by
 * the target. TIME: thread ids are reused. */
enum {
    READ_SAMPLE = PERF_SAMPLE_TIME,
    READ_FORMAT = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
    TASK_SAMPLE = PERF_SAMPLE_TID | PERF_SAMPLE_TIME
};

struct cck_launch {
    cck_launch_plan plan;
    cck_ledger *ledger;
    cck_arena arena;
    cck_rings rings;
    size_t copies; /* of each slot: 1, or one a CPU */
    int *slots;    /* descriptors, [slot * copies + copy]; -1: not open */
    int *outputs;  /* with one copy: owners of the slots' rings */
    int *tasks;    /* descriptors of the side-band events, one a CPU */
    int *owners;   /* of the task rings, one a CPU */
    size_t read_pages, task_pages;
    cck_whereabouts whereabouts;
    bool same_clock; /* record times are CLOCK_MONOTONIC */
};

cck_record_layout cck_launch_layout(int slot)
{
    return slot < 0 ? (cck_record_layout){TASK_SAMPLE, 0, true}
                    : (cck_record_layout){READ_SAMPLE, READ_FORMAT, true};
}

/* ---- slots ---------------------------------------------------------------- */

static void complete(struct perf_event_attr *attr)
{
    attr->size = sizeof *attr;
    attr->disabled = 1;
    attr->enable_on_exec = 1;
    attr->inherit = 1;
    attr->inherit_stat = 1;
    attr->read_format = READ_FORMAT;
    attr->sample_type = READ_SAMPLE;
    attr->sample_id_all = 1;
    attr->use_clockid = 1;
    attr->clockid = CLOCK_MONOTONIC;
    attr->watermark = 1;
    attr->wakeup_watermark = READ_RING / 2; /* nobody waits on these: wake as rarely as can be */
}

/* A hybrid machine's PMU is on some CPUs only, and a CPU may go offline. */
static bool not_here(const cck_error *reason)
{
    return reason->os_error == ENOENT || reason->os_error == ENODEV || reason->os_error == ENXIO;
}

static bool is_open(const cck_launch *launch, size_t slot)
{
    bool open = false;
    for (size_t copy = 0; copy < launch->copies; copy++)
        open |= cck_ledger_copy_of(launch->ledger, slot, copy)->open;
    return open;
}

static void close_slot(cck_launch *launch, size_t slot)
{
    for (size_t copy = 0; copy < launch->copies; copy++) {
        int *fd = &launch->slots[slot * launch->copies + copy];
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
        cck_ledger_copy_of(launch->ledger, slot, copy)->open = false;
    }
}

/* A slot on one CPU, or for all. Failure is the slot's, and closes it everywhere. */
static int open_copy(cck_launch *launch, size_t slot, size_t copy)
{
    const cck_launch_plan *plan = &launch->plan;
    cck_error reason = {0};
    if (plan->not_counted[slot])
        return 0;
    int cpu = plan->by_cpu ? (int)plan->cpus->numbers[copy] : -1;
    int fd = cck_perf_open(plan->calls, plan->root, &plan->attrs[slot], 0, cpu, &reason);
    if (fd >= 0) {
        launch->slots[slot * launch->copies + copy] = fd;
        cck_ledger_copy_of(launch->ledger, slot, copy)->open = true;
        launch->same_clock &= plan->attrs[slot].use_clockid;
        return 0;
    }
    bool last = copy + 1 == launch->copies;
    if (not_here(&reason) && (!last || is_open(launch, slot)))
        return 0;
    close_slot(launch, slot);
    plan->not_counted[slot] = cck_arena_strdup(plan->arena, reason.message);
    return plan->not_counted[slot] ? 0 : CCK_ENOMEM;
}

/* CPU by CPU: the order in which the kernel will make the copies. */
static int open_slots(cck_launch *launch, cck_error *err)
{
    for (size_t slot = 0; slot < launch->plan.slot_count; slot++)
        complete(&launch->plan.attrs[slot]);
    for (size_t copy = 0; copy < launch->copies; copy++)
        for (size_t slot = 0; slot < launch->plan.slot_count; slot++)
            if (open_copy(launch, slot, copy) < 0)
                return cck_fail(err, CCK_ENOMEM, "out of memory");
    return 0;
}

/* ---- side-band: who forks, ends, is renamed and switches --------------------- */

static struct perf_event_attr side_band(const cck_launch *launch)
{
    struct perf_event_attr attr = {
        .size = sizeof attr,
        .type = PERF_TYPE_SOFTWARE,
        .config = PERF_COUNT_SW_DUMMY,
        .sample_type = TASK_SAMPLE,
        .sample_id_all = 1,
        .task = 1,
        .comm = 1,
        .comm_exec = 1,
        .exclude_kernel = 1, /* nothing is counted, so nothing needs permission */
        .exclude_hv = 1,
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
        .watermark = 1,
        .context_switch = launch->plan.switches,
    };
    /* A wake-up must come before the READ rings fill: every thread's life puts two
     * 48-byte records here and one into each READ ring. */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t reads = launch->read_pages * page / (launch->plan.by_cpu ? launch->plan.cpus->count : 2);
    size_t half = launch->task_pages * page / 2;
    attr.wakeup_watermark = (uint32_t)(reads < half ? reads : half);
    return attr;
}

/* The cheapest way needs privilege: events of the CPUs, not of the target, which
 * no clone has to copy. They see other programs' threads too; the ledger does not. */
static bool watch_cpu(cck_launch *launch, size_t cpu)
{
    struct perf_event_attr attr = side_band(launch);
    launch->tasks[cpu] = launch->plan.calls->open(&attr, -1, (int)launch->plan.cpus->numbers[cpu]);
    return launch->tasks[cpu] >= 0;
}

static bool watch_machine(cck_launch *launch)
{
    size_t cpu = 0;
    while (cpu < launch->plan.cpus->count && watch_cpu(launch, cpu))
        cpu++;
    if (cpu == launch->plan.cpus->count)
        return true;
    while (cpu-- > 0) {
        close(launch->tasks[cpu]);
        launch->tasks[cpu] = -1;
    }
    return false;
}

/* Without privilege the target carries the events. The rings' owners are not
 * inherited: see launch.h. */
static int watch_tree(cck_launch *launch, size_t cpu, cck_error *err)
{
    const cck_launch_plan *plan = &launch->plan;
    struct perf_event_attr attr = side_band(launch);
    attr.disabled = 1;
    attr.enable_on_exec = 1;
    attr.inherit = 1;
    launch->tasks[cpu] =
        cck_perf_open(plan->calls, plan->root, &attr, 0, (int)plan->cpus->numbers[cpu], err);
    launch->same_clock &= attr.use_clockid;
    if (!attr.context_switch)
        launch->ledger->stays = NULL; /* before Linux 4.3: nobody tells where threads ran */
    return launch->tasks[cpu] < 0 ? launch->tasks[cpu] : 0;
}

/* An event that owns a ring and says nothing itself. */
static struct perf_event_attr silent(const cck_launch *launch)
{
    struct perf_event_attr attr = side_band(launch);
    attr.disabled = 1;
    attr.task = attr.comm = attr.comm_exec = attr.context_switch = 0;
    return attr;
}

static int own(cck_launch *launch, size_t cpu, cck_error *err)
{
    struct perf_event_attr attr = silent(launch);
    launch->owners[cpu] = cck_perf_open(launch->plan.calls, launch->plan.root, &attr, 0,
                                        (int)launch->plan.cpus->numbers[cpu], err);
    return launch->owners[cpu] < 0 ? launch->owners[cpu] : 0;
}

/* What the kernel itself counts lives in one context, each kind of hardware (in
 * older kernels) in another. */
static bool is_kernels_own(const struct perf_event_attr *attr)
{
    return attr->type == PERF_TYPE_SOFTWARE || attr->type == PERF_TYPE_TRACEPOINT ||
           attr->type == PERF_TYPE_BREAKPOINT;
}

/* An inherited event of all CPUs cannot be mapped, but may write into the ring of
 * another event of our thread that is of the same context (kernel/events/core.c,
 * perf_mmap and perf_event_set_output). So a hardware event's ring is owned by
 * its like, which is never enabled; and the hardware's context has an event that
 * is not inherited, too. */
static int own_slot(cck_launch *launch, size_t slot, cck_error *err)
{
    const cck_launch_plan *plan = &launch->plan;
    struct perf_event_attr attr = silent(launch);
    if (!is_kernels_own(&plan->attrs[slot])) {
        attr = plan->attrs[slot];
        attr.inherit = attr.inherit_stat = attr.enable_on_exec = 0;
    }
    attr.wakeup_watermark = (uint32_t)(launch->read_pages * (size_t)sysconf(_SC_PAGESIZE) / 2);
    launch->outputs[slot] = cck_perf_open(plan->calls, plan->root, &attr, 0, -1, err);
    return launch->outputs[slot] < 0 ? launch->outputs[slot] : 0;
}

static int watch(cck_launch *launch, cck_error *err)
{
    bool machine = !launch->plan.switches && watch_machine(launch);
    int code = 0;
    launch->ledger->closed_world = !machine;
    for (size_t cpu = 0; code == 0 && cpu < launch->plan.cpus->count; cpu++) {
        code = own(launch, cpu, err);
        if (code == 0 && !machine)
            code = watch_tree(launch, cpu, err);
    }
    for (size_t slot = 0; code == 0 && slot < launch->plan.slot_count; slot++)
        if (!launch->plan.by_cpu && launch->slots[slot] >= 0)
            code = own_slot(launch, slot, err);
    return code;
}

/* ---- rings ---------------------------------------------------------------- */

static int map_cpu(cck_launch *launch, size_t cpu)
{
    int owner = launch->owners[cpu];
    cck_record_layout layout = cck_launch_layout(-1);
    int code = cck_rings_map(&launch->rings, owner, launch->task_pages, -1, cpu, &layout);
    if (code == 0 && ioctl(launch->tasks[cpu], PERF_EVENT_IOC_SET_OUTPUT, owner) != 0)
        code = -errno;
    return code;
}

static int map_slot(cck_launch *launch, size_t slot)
{
    const cck_record_layout layout = cck_launch_layout((int)slot);
    int code = 0;
    for (size_t copy = 0; code == 0 && copy < launch->copies; copy++) {
        int fd = launch->slots[slot * launch->copies + copy];
        if (fd < 0)
            continue;
        int owner = launch->plan.by_cpu ? fd : launch->outputs[slot];
        code = cck_rings_map(&launch->rings, owner, launch->read_pages, (int)slot, copy, &layout);
        if (code == 0 && owner != fd && ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, owner) != 0)
            code = -errno;
    }
    return code;
}

static int map_rings(cck_launch *launch)
{
    int code = 0;
    for (size_t cpu = 0; code == 0 && cpu < launch->plan.cpus->count; cpu++)
        code = map_cpu(launch, cpu);
    for (size_t slot = 0; code == 0 && slot < launch->plan.slot_count; slot++)
        code = map_slot(launch, slot);
    if (code < 0)
        cck_rings_clear(&launch->rings);
    return code;
}

static size_t pages_of(size_t most, size_t share)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = 1;
    while (pages * 2 * page <= most && pages * 2 * page <= share)
        pages *= 2;
    return pages;
}

static void size_rings(cck_launch *launch)
{
    size_t cpus = launch->plan.cpus->count, slots = launch->plan.slot_count;
    size_t half = MOST_RING_MEMORY / 2;
    launch->task_pages = pages_of(TASK_RING, half / cpus);
    launch->read_pages = pages_of(launch->plan.by_cpu ? READ_RING : FLAT_RING,
                                  half / launch->copies / (slots ? slots : 1));
}

/* The kernel lets a user lock perf_event_mlock_kb for each CPU, and then what
 * RLIMIT_MEMLOCK says: ask for less until it fits. */
static int map_what_fits(cck_launch *launch, cck_error *err)
{
    int code;
    while ((code = map_rings(launch)) == -EPERM || code == -ENOMEM) {
        if (launch->task_pages == 1 && launch->read_pages == 1)
            break;
        launch->task_pages = launch->task_pages > 1 ? launch->task_pages / 2 : 1;
        launch->read_pages = launch->read_pages > 1 ? launch->read_pages / 2 : 1;
    }
    if (code == -EPERM) {
        cck_fail(err, CCK_ELIMIT, "the limit of locked memory leaves no room for perf's buffers");
        cck_hint(err, "sudo sysctl kernel.perf_event_mlock_kb=2048, or ulimit -l unlimited; other "
                      "profilers of yours use it up too");
        return CCK_ELIMIT;
    }
    if (code < 0)
        return cck_fail_os(err, cck_code_of_errno(-code), -code, "cannot map perf's buffers");
    return 0;
}

/* ---- life ----------------------------------------------------------------- */

static int *closed_files(cck_arena *arena, size_t count)
{
    int *fds = cck_arena_array(arena, count, sizeof *fds);
    for (size_t i = 0; fds && i < count; i++)
        fds[i] = -1;
    return fds;
}

static int prepare(cck_launch *launch)
{
    size_t cpus = launch->plan.cpus->count, slots = launch->plan.slot_count;
    launch->copies = launch->plan.by_cpu ? cpus : 1;
    launch->slots = closed_files(&launch->arena, slots * launch->copies);
    launch->outputs = closed_files(&launch->arena, slots);
    launch->tasks = closed_files(&launch->arena, cpus);
    launch->owners = closed_files(&launch->arena, cpus);
    launch->same_clock = true;
    size_rings(launch);
    return launch->slots && launch->outputs && launch->tasks && launch->owners &&
                   cck_rings_init(&launch->rings, &launch->arena, slots * launch->copies + cpus)
               ? 0
               : CCK_ENOMEM;
}

int cck_launch_open(cck_launch **out_launch, const cck_launch_plan *plan, cck_ledger *ledger,
                    cck_error *err)
{
    cck_launch *launch = calloc(1, sizeof *launch);
    if (!launch)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    launch->plan = *plan;
    launch->ledger = ledger;
    int code = prepare(launch);
    if (code < 0)
        cck_fail(err, code, "out of memory");
    if (code == 0)
        code = open_slots(launch, err);
    if (code == 0)
        code = watch(launch, err);
    if (code == 0)
        code = map_what_fits(launch, err);
    if (code < 0) {
        cck_launch_free(launch);
        return code;
    }
    *out_launch = launch;
    return 0;
}

int cck_launch_begin(cck_launch *launch, pid_t pid, cck_error *err)
{
    if (!cck_ledger_begin(launch->ledger, pid, pid, NULL))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    return 0;
}

int cck_launch_poll_fds(const cck_launch *launch, struct pollfd *fds, int size)
{
    int count = 0;
    for (size_t cpu = 0; cpu < launch->plan.cpus->count && count < size; cpu++)
        fds[count++] = (struct pollfd){.fd = launch->owners[cpu], .events = POLLIN};
    for (size_t slot = 0; slot < launch->plan.slot_count && count < size; slot++)
        if (launch->outputs[slot] >= 0)
            fds[count++] = (struct pollfd){.fd = launch->outputs[slot], .events = POLLIN};
    return count;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void cck_launch_drain(cck_launch *launch)
{
    cck_rings_drain(&launch->rings, launch->ledger,
                    launch->same_clock ? now_ns() - HORIZON_NS : UINT64_MAX);
    if (launch->ledger->flat && !launch->ledger->stays)
        cck_whereabouts_look(&launch->whereabouts, launch->plan.root, launch->ledger, now_ns());
}

int cck_launch_totals(cck_launch *launch, cck_error *err)
{
    size_t copies = launch->copies;
    for (size_t i = 0; i < launch->plan.slot_count * copies; i++) {
        uint64_t values[3]; /* as READ_FORMAT says */
        if (launch->slots[i] < 0)
            continue;
        ssize_t got = read(launch->slots[i], values, sizeof values);
        if (got != (ssize_t)sizeof values)
            return cck_fail_os(err, CCK_EIO, got < 0 ? errno : 0, "cannot read a counter");
        cck_ledger_copy_of(launch->ledger, i / copies, i % copies)->total =
            (cck_tally_count){values[0], values[1], values[2]};
    }
    return 0;
}

int cck_launch_stop(cck_launch *launch, cck_error *err)
{
    size_t count = launch->plan.slot_count * launch->copies;
    uint64_t end = now_ns();
    /* Disabling reaches every inherited copy: what is still running stops counting. */
    for (size_t i = 0; i < count; i++)
        if (launch->slots[i] >= 0)
            ioctl(launch->slots[i], PERF_EVENT_IOC_DISABLE, 0);
    cck_rings_drain(&launch->rings, launch->ledger, UINT64_MAX);
    if (launch->same_clock)
        cck_ledger_end(launch->ledger, end);
    return cck_launch_totals(launch, err);
}

void cck_launch_tap(cck_launch *launch, cck_stream_writer *tap)
{
    launch->rings.tap = tap;
}

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; fds && i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

void cck_launch_free(cck_launch *launch)
{
    if (!launch)
        return;
    size_t cpus = launch->plan.cpus->count;
    cck_rings_clear(&launch->rings);
    close_all(launch->slots, launch->plan.slot_count * launch->copies);
    close_all(launch->outputs, launch->plan.slot_count);
    close_all(launch->tasks, cpus);
    close_all(launch->owners, cpus);
    cck_arena_clear(&launch->arena);
    free(launch);
}
