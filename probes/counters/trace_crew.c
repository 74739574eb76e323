/* SPDX-License-Identifier: MIT */
#include "probes/counters/trace_crew.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/proc.h"

/* What cck_crew.half_told holds: how a birth was seen first. */
static char announced[] = "announced", joined[] = "joined";

/* ---- counting one thread -------------------------------------------------- */

static bool read_counter(int fd, cck_tally_count *out)
{
    uint64_t values[3];
    if (read(fd, values, sizeof values) != (ssize_t)sizeof values)
        return false;
    *out = (cck_tally_count){values[0], values[1], values[2]};
    return true;
}

static void close_files(const cck_crew *crew, cck_crew_member *member)
{
    for (size_t slot = 0; slot < crew->ledger->slot_count; slot++) {
        if (member->fds[slot] >= 0)
            close(member->fds[slot]);
        member->fds[slot] = -1;
    }
}

/* A slot that cannot be counted for the first thread has its reason from then on;
 * what fails for a later one is that thread's alone. */
static int open_slot(cck_crew *crew, cck_crew_member *member, size_t slot, bool first,
                     cck_error *err)
{
    const cck_attach_plan *plan = &crew->plan;
    struct perf_event_attr attr = crew->attrs[slot];
    cck_error reason = {0};
    attr.disabled = attr.enable_on_exec = first;
    int fd = cck_perf_open(plan->calls, plan->root, &attr, member->tid, -1, &reason);
    if (fd >= 0) {
        member->fds[slot] = fd;
        attr.disabled = attr.enable_on_exec = 0;
        if (first) /* what the kernel agreed to, it agrees to for all */
            crew->attrs[slot] = attr;
        return 0;
    }
    if (!first || reason.os_error == EMFILE || reason.os_error == ENFILE)
        return cck_error_move(err, &reason);
    plan->columns->slot_reasons[slot] = cck_arena_strdup(plan->arena, reason.message);
    return plan->columns->slot_reasons[slot] ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int open_files(cck_crew *crew, cck_crew_member *member, bool first, cck_error *err)
{
    int code = 0;
    for (size_t slot = 0; slot < crew->ledger->slot_count; slot++)
        member->fds[slot] = -1;
    for (size_t slot = 0; code == 0 && slot < crew->ledger->slot_count; slot++)
        if (!crew->plan.columns->slot_reasons[slot])
            code = open_slot(crew, member, slot, first, err);
    if (code < 0)
        close_files(crew, member); /* all or none: half a row would mislead */
    return code;
}

/* Its counts go into the ledger as if READ records had told them. */
static void hand_in(cck_crew *crew, cck_crew_member *member)
{
    for (size_t slot = 0; slot < crew->ledger->slot_count; slot++) {
        cck_tally_count count;
        if (member->fds[slot] < 0 || !read_counter(member->fds[slot], &count))
            continue;
        cck_record record = {.type = PERF_RECORD_READ,
                             .pid = member->pid,
                             .tid = member->tid,
                             .value = count.raw,
                             .enabled = count.enabled,
                             .running = count.running};
        cck_ledger_read(crew->ledger, &record, slot, 0);
    }
    close_files(crew, member);
}

/* ---- who runs ------------------------------------------------------------- */

cck_crew_member *cck_crew_find(const cck_crew *crew, pid_t tid)
{
    return cck_map_get(&crew->by_tid, (uint64_t)tid);
}

static bool is_in(int32_t pid, int32_t tid)
{
    return pid > 0 && (syscall(SYS_tgkill, pid, tid, 0) == 0 || errno == EPERM);
}

/* The process of a new thread. Asking the kernel whether it is in a process costs
 * a hundredth of reading /proc, which also tells about the rest. */
static int32_t process_of(const cck_crew *crew, pid_t tid)
{
    if (is_in(tid, tid))
        return tid;
    if (is_in(crew->last_pid, tid))
        return crew->last_pid;
    size_t cursor = 0;
    void *value;
    uint64_t key;
    while (cck_map_next(&crew->by_tid, &cursor, &key, &value)) {
        const cck_crew_member *other = value;
        if (is_in(other->pid, tid))
            return other->pid;
    }
    return tid; /* it is gone already */
}

static void rename_to(cck_crew_member *member, const char text[16])
{
    if (*text) /* the one it had stays when it is gone already */
        memcpy(member->thread->name, text, 16);
}

static void name(cck_crew *crew, cck_crew_member *member)
{
    char text[16];
    cck_proc_name(crew->plan.root, member->pid, member->tid, text);
    rename_to(member, text);
}

/* One look for name and CPU: making the files of a thread in /proc is what costs. */
void cck_crew_sample(cck_crew *crew, cck_crew_member *member)
{
    cck_ledger_thread *thread = member->thread;
    int clock = crew->plan.columns->clock;
    cck_tally_count on_cpu;
    uint64_t known = 0;
    char text[16];
    int cpu = cck_proc_cpu_and_name(crew->plan.root, member->pid, member->tid, text);
    rename_to(member, text);
    if (cpu >= 0)
        thread->cpu = cpu;
    if (clock < 0 || member->fds[clock] < 0 || !read_counter(member->fds[clock], &on_cpu))
        return;
    for (uint32_t i = 0; i < thread->cpu_count; i++)
        known += thread->cpus[i].ns;
    if (on_cpu.running > known && thread->cpu >= 0)
        cck_ledger_ran(crew->ledger, thread, (uint32_t)thread->cpu, on_cpu.running - known);
}

static void sample_records(cck_crew *crew, cck_crew_member *member)
{
    const cck_root *root = crew->plan.root;
    cck_ledger_thread *thread = member->thread;
    uint64_t count;
    if (!crew->plan.columns->switches)
        return;
    if (cck_proc_switches(root, member->pid, member->tid, &count) == 0) {
        count -= member->switches;
        crew->ledger->switches += count - thread->switches;
        thread->switches = count;
    }
    if (cck_proc_migrations(root, member->pid, member->tid, &count) == 0) {
        count -= member->migrations;
        crew->ledger->migrations += count - thread->migrations;
        thread->migrations = count;
    }
}

void cck_crew_take_down(cck_crew *crew, cck_crew_member *member)
{
    cck_crew_sample(crew, member);
    sample_records(crew, member);
}

static void forget(cck_crew *crew, cck_crew_member *member)
{
    cck_map_remove(&crew->by_tid, (uint64_t)member->tid);
    close_files(crew, member);
    free(member);
}

static void bury(cck_crew *crew, cck_crew_member *member)
{
    hand_in(crew, member);
    member->thread->ended = true;
    forget(crew, member);
}

static cck_crew_member *begin(cck_crew *crew, pid_t tid, bool first, cck_error *err)
{
    cck_crew_member *member =
        calloc(1, sizeof *member + crew->ledger->slot_count * sizeof *member->fds);
    if (!member)
        goto out;
    member->tid = tid;
    member->pid = first ? tid : process_of(crew, tid);
    int code = open_files(crew, member, first, err);
    if (code < 0 && first) {
        free(member);
        return NULL;
    }
    crew->uncounted += code < 0;
    member->thread = cck_ledger_found(crew->ledger, member->pid, tid, NULL);
    if (!member->thread || !cck_map_put(&crew->by_tid, (uint64_t)tid, member))
        goto out;
    member->thread->born = ++crew->births; /* ids are reused: who came before whom */
    if (member->pid == tid)
        name(crew, member);
    return member;

out:
    if (member) {
        close_files(crew, member);
        free(member);
    }
    crew->ledger->out_of_memory = true;
    cck_fail(err, CCK_ENOMEM, "out of memory");
    return NULL;
}

int cck_crew_begin(cck_crew *crew, cck_error *err)
{
    cck_crew_member *member = begin(crew, crew->root, true, err);
    if (!member)
        return err->code;
    if (crew->plan.columns->switches) {
        cck_proc_switches(crew->plan.root, member->pid, member->tid, &member->switches);
        cck_proc_migrations(crew->plan.root, member->pid, member->tid, &member->migrations);
    }
    return 0;
}

/* ---- births: the parent tells of them, and the new thread stops; in any order ----- */

/* The first side of a birth is kept until the other comes. True: this was the other. */
static bool other_side(cck_crew *crew, pid_t tid, char *side)
{
    char *known = cck_map_get(&crew->half_told, (uint64_t)tid);
    if (known && known != side) {
        cck_map_remove(&crew->half_told, (uint64_t)tid);
        return true;
    }
    if (!cck_map_put(&crew->half_told, (uint64_t)tid, side))
        crew->ledger->out_of_memory = true;
    return false;
}

cck_crew_member *cck_crew_join(cck_crew *crew, pid_t tid)
{
    cck_error reason = {0};
    crew->awaited -= other_side(crew, tid, joined);
    return begin(crew, tid, false, &reason);
}

void cck_crew_announce(cck_crew *crew, const cck_crew_member *parent, pid_t tid)
{
    crew->last_pid = parent->pid;
    if (tid > 0 && !other_side(crew, tid, announced))
        crew->awaited++;
}

void cck_crew_bury(cck_crew *crew, pid_t tid)
{
    cck_crew_member *member = cck_crew_find(crew, tid);
    if (member) {
        cck_crew_take_down(crew, member);
        bury(crew, member);
    } else if (cck_map_get(&crew->half_told, (uint64_t)tid) == announced) {
        cck_map_remove(&crew->half_told, (uint64_t)tid); /* killed before its first stop */
        crew->awaited--;
    }
}

/* All other threads of the process are gone. If it was not the leader that called
 * exec, it has the leader's id now, and the leader's end is never reported. */
void cck_crew_exec(cck_crew *crew, pid_t tid, pid_t former)
{
    cck_crew_member *leader = cck_crew_find(crew, tid), *caller = cck_crew_find(crew, former);
    if (former != tid && caller) {
        if (leader)
            bury(crew, leader);
        cck_map_remove(&crew->by_tid, (uint64_t)former);
        caller->tid = tid;
        cck_ledger_renumber(crew->ledger, caller->thread, tid);
        if (!cck_map_put(&crew->by_tid, (uint64_t)tid, caller)) {
            crew->ledger->out_of_memory = true;
            close_files(crew, caller);
            free(caller);
            return;
        }
        leader = caller;
    }
    if (leader)
        name(crew, leader);
}

/* ---- all of them ---------------------------------------------------------- */

/* What has been handed in, and what those who run have so far. */
void cck_crew_add_up(cck_crew *crew)
{
    for (size_t slot = 0; slot < crew->ledger->slot_count; slot++) {
        cck_ledger_copy *copy = cck_ledger_copy_of(crew->ledger, slot, 0);
        size_t cursor = 0;
        uint64_t tid;
        void *value;
        copy->total = copy->reads;
        while (cck_map_next(&crew->by_tid, &cursor, &tid, &value)) {
            const cck_crew_member *member = value;
            cck_tally_count count;
            if (member->fds[slot] < 0 || !read_counter(member->fds[slot], &count))
                continue;
            copy->total.raw += count.raw;
            copy->total.enabled += count.enabled;
            copy->total.running += count.running;
        }
    }
}

void cck_crew_disband(cck_crew *crew)
{
    size_t cursor = 0;
    uint64_t tid;
    void *value;
    while (cck_map_next(&crew->by_tid, &cursor, &tid, &value)) {
        cck_crew_member *member = value;
        bool runs = is_in(member->pid, member->tid);
        cck_crew_take_down(crew, member);
        hand_in(crew, member);
        member->thread->ended = !runs;
    }
}

static bool copy_attributes(cck_crew *crew)
{
    const cck_columns *columns = crew->plan.columns;
    crew->attrs = calloc(columns->slot_count + 1, sizeof *crew->attrs);
    for (size_t i = 0; crew->attrs && i < columns->slot_count; i++) {
        struct perf_event_attr *attr = &crew->attrs[i];
        *attr = columns->attrs[i];
        attr->size = sizeof *attr;
        attr->inherit = attr->inherit_stat = 0;
        attr->read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
        cck_ledger_copy_of(crew->ledger, i, 0)->open = true;
    }
    return crew->attrs != NULL;
}

int cck_crew_init(cck_crew *crew, const cck_attach_plan *plan, cck_ledger *ledger, pid_t root,
                  cck_error *err)
{
    *crew = (cck_crew){.plan = *plan, .ledger = ledger, .root = root};
    ledger->inherited = false;
    return copy_attributes(crew) ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

void cck_crew_clear(cck_crew *crew)
{
    size_t cursor = 0;
    uint64_t tid;
    void *value;
    while (cck_map_next(&crew->by_tid, &cursor, &tid, &value)) {
        close_files(crew, value);
        free(value);
    }
    cck_map_clear(&crew->by_tid);
    cck_map_clear(&crew->half_told);
    free(crew->attrs);
}
