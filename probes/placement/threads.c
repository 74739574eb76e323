/* SPDX-License-Identifier: MIT */
#include "probes/placement/threads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/proc.h"
#include "core/numa/policy.h"
#include "probes/placement/lines.h"
#include "probes/placement/status.h"

enum { TEXT = 32768 };

static const char no_time[] = "the time budget was used up before it was read";

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void path_of(const cck_place_thread *thread, const char *file, char path[64])
{
    snprintf(path, 64, "proc/%" PRId32 "/task/%" PRId32 "/%s", thread->pid, thread->tid, file);
}

/* ---- details: what changes seldom ---- */

static void read_status(cck_place_threads *threads, cck_place_thread *thread)
{
    char path[64];
    cck_place_status status;
    path_of(thread, "status", path);
    if (cck_root_read(threads->root, path, threads->text, TEXT) < 0)
        return;
    cck_place_status_read(&status, threads->text);
    thread->state = status.state;
    /* Most threads have what the one before them had. */
    const cck_place_thread *before = threads->count > 1 ? threads->list[threads->count - 2] : NULL;
    bool same = before && strcmp(before->cpus, status.cpus) == 0 &&
                strcmp(before->mems, status.mems) == 0;
    const char *cpus = same ? before->cpus : cck_arena_strdup(threads->arena, status.cpus);
    const char *mems = same ? before->mems : cck_arena_strdup(threads->arena, status.mems);
    thread->cpus = cpus ? cpus : "";
    thread->mems = mems ? mems : "";
}

static void read_sched(cck_place_threads *threads, cck_place_thread *thread)
{
    char path[64];
    cck_place_sched sched;
    path_of(thread, "sched", path);
    if (cck_root_read(threads->root, path, threads->text, TEXT) < 0) {
        thread->faults_unknown = "the kernel has no /proc/PID/sched (SCHED_DEBUG)";
        return;
    }
    cck_place_sched_read(&sched, threads->text);
    thread->last_moves = sched.moves;
    if (thread->first_moves < 0)
        thread->first_moves = sched.moves;
    thread->preferred = sched.preferred;
    thread->faults_unknown = sched.has_faults ? NULL : "the kernel counts none (NUMA_BALANCING)";
    if (sched.has_faults && !thread->faults)
        thread->faults = cck_arena_array(threads->arena, threads->nodes->count, sizeof(uint64_t));
    for (uint32_t i = 0; thread->faults && i < sched.node_count; i++) {
        int slot = cck_place_nodes_slot(threads->nodes, sched.nodes[i].node);
        if (slot >= 0)
            thread->faults[slot] = sched.nodes[i].faults;
    }
}

/* For a mapping without a policy of its own each thread's numa_maps shows the thread's
 * (fs/proc/task_mmu.c: get_task_policy()). The first mapping is the program itself. */
static void read_policy(cck_place_threads *threads, cck_place_thread *thread)
{
    char path[64], line[128];
    const char *end;
    path_of(thread, "numa_maps", path);
    int code = cck_place_first_line(threads->root, path, line, sizeof line);
    const char *space = code == 0 ? strchr(line, ' ') : NULL;
    if (space && cck_numa_policy_read(&thread->policy, space + 1, &end, threads->arena)) {
        thread->policy_unknown = NULL;
        return;
    }
    thread->policy_unknown = code == CCK_EACCESS     ? "not permitted: run as its user, or as root"
                             : code == CCK_ENOTFOUND ? "numa_maps tells nothing of it"
                                                     : "numa_maps cannot be read";
}

/* "0 0x3 0x7f... STACK PC": of a thread that sleeps in a system call; else "running". */
static void read_stack_pointer(cck_place_threads *threads, cck_place_thread *thread)
{
    char path[64], text[256];
    path_of(thread, "syscall", path);
    if (cck_root_read_line(threads->root, path, text, sizeof text) <= 0)
        return;
    char *last = strrchr(text, ' ');
    if (!last)
        return;
    *last = '\0';
    const char *before = strrchr(text, ' ');
    thread->stack_pointer = before ? strtoull(before + 1, NULL, 16) : 0;
}

static void read_details(cck_place_threads *threads, cck_place_thread *thread)
{
    if (thread->detailed || now_ns() > threads->details_until)
        return;
    thread->detailed = true;
    read_status(threads, thread);
    read_sched(threads, thread);
    read_policy(threads, thread);
    read_stack_pointer(threads, thread);
}

/* ---- the table ---- */

static bool append(cck_place_threads *threads, cck_place_thread *thread)
{
    if (threads->count == threads->capacity) {
        size_t more = threads->capacity ? 2 * threads->capacity : 64;
        void *grown = realloc(threads->list, more * sizeof *threads->list);
        if (!grown)
            return false;
        threads->list = grown;
        threads->capacity = more;
    }
    threads->list[threads->count++] = thread;
    return true;
}

static cck_place_thread *find_or_add(cck_place_threads *threads, int32_t pid, int32_t tid)
{
    cck_place_thread *thread = cck_map_get(&threads->by_tid, (uint64_t)(uint32_t)tid);
    if (thread)
        return thread;
    thread = cck_arena_alloc(threads->arena, sizeof *thread);
    if (!thread)
        return NULL;
    *thread = (cck_place_thread){
        .pid = pid,
        .tid = tid,
        .state = '?',
        .cpu = -1,
        .cpus = "",
        .mems = "",
        .policy = {.flags = "", .nodes = "", .text = ""},
        .policy_unknown = no_time,
        .faults_unknown = no_time,
        .first_moves = -1,
        .last_moves = -1,
        .node_before = -1,
        .preferred = -1,
    };
    if (!append(threads, thread))
        return NULL;
    if (cck_map_put(&threads->by_tid, (uint64_t)(uint32_t)tid, thread))
        return thread;
    threads->count--; /* all of them are found by their numbers */
    return NULL;
}

/* ---- a look ---- */

static void note_node(cck_place_threads *threads, cck_place_thread *thread)
{
    int slot = cck_place_nodes_of_cpu(threads->nodes, thread->cpu);
    if (slot < 0)
        return;
    thread->node_moves += thread->node_before >= 0 && thread->node_before != slot;
    thread->node_before = slot;
}

static bool ran_since(cck_place_threads *threads, cck_place_thread *thread, bool fresh,
                      uint64_t *out_ns)
{
    uint64_t clock;
    *out_ns = 0;
    if (cck_proc_runtime(threads->root, thread->pid, thread->tid, &clock) < 0)
        return true; /* unknown: look at it */
    bool ran = !thread->clock_known || clock > thread->clock;
    /* A thread that was born while we looked has all its time from then. */
    if (thread->clock_known && clock > thread->clock)
        *out_ns = clock - thread->clock;
    else if (!thread->clock_known && fresh && threads->look > 1)
        *out_ns = clock;
    thread->clock = clock;
    thread->clock_known = true;
    return ran;
}

static bool look_at(void *context, int32_t pid, int32_t tid)
{
    cck_place_threads *threads = context;
    size_t before = threads->count;
    cck_place_thread *thread = find_or_add(threads, pid, tid);
    if (!thread)
        return false;
    bool fresh = threads->count > before;
    uint64_t ns;
    thread->seen = threads->look;
    read_details(threads, thread);
    if (!ran_since(threads, thread, fresh, &ns) && !fresh)
        return true;
    int cpu = cck_proc_cpu_and_name(threads->root, pid, tid, thread->name);
    if (cpu < 0)
        return true;
    thread->cpu = cpu;
    if (thread->recorded_ns)
        return true; /* its switches are recorded: better than looks */
    note_node(threads, thread);
    if (!ns)
        return true;
    thread->looks++;
    thread->ran_ns += ns;
    int slot = cck_place_nodes_of_cpu(threads->nodes, cpu);
    return cck_residency_add(&thread->ran, (uint32_t)cpu,
                             slot >= 0 ? (int32_t)threads->nodes->list[slot].index : -1, ns);
}

int cck_place_threads_look(cck_place_threads *threads, int32_t pid)
{
    if (!threads->text && !(threads->text = malloc(TEXT)))
        return CCK_ENOMEM;
    return cck_proc_threads(threads->root, pid, look_at, threads);
}

bool cck_place_threads_ran(cck_place_threads *threads, int32_t pid, int32_t tid, uint32_t cpu,
                           uint64_t ns)
{
    cck_place_thread *thread = find_or_add(threads, pid, tid);
    if (!thread)
        return false;
    if (!thread->recorded_ns) { /* what looks told is in these records, too */
        free(thread->ran.cpus);
        thread->ran = (cck_residency_sum){0};
        thread->ran_ns = 0;
        thread->node_moves = 0;
        thread->node_before = -1;
    }
    int slot = cck_place_nodes_of_cpu(threads->nodes, cpu);
    thread->cpu = (int32_t)cpu;
    note_node(threads, thread);
    thread->recorded_ns += ns;
    thread->ran_ns += ns;
    return cck_residency_add(&thread->ran, cpu,
                             slot >= 0 ? (int32_t)threads->nodes->list[slot].index : -1, ns);
}

void cck_place_threads_finish(cck_place_threads *threads)
{
    for (size_t i = 0; i < threads->count && threads->text; i++)
        if (threads->list[i]->seen == threads->look && now_ns() <= threads->details_until)
            read_sched(threads, threads->list[i]);
}

/* ---- children ---- */

typedef struct child_walk {
    const cck_root *root;
    bool (*each)(void *context, int32_t child);
    void *context;
    bool good;
} child_walk;

static bool take_child(void *context, int32_t child)
{
    child_walk *walk = context;
    walk->good = walk->each(walk->context, child);
    return walk->good;
}

static bool children_of(void *context, int32_t pid, int32_t tid)
{
    child_walk *walk = context;
    cck_proc_children(walk->root, pid, tid, take_child, walk);
    return walk->good;
}

bool cck_place_children(const cck_root *root, int32_t pid,
                        bool (*each)(void *context, int32_t child), void *context)
{
    child_walk walk = {root, each, context, true};
    cck_proc_threads(root, pid, children_of, &walk);
    return walk.good;
}

/* ---- for a report ---- */

static bool give_time(const cck_place_threads *threads, const cck_place_thread *from,
                      cck_arena *arena, cck_numa_thread *to)
{
    cck_row row = {0};
    size_t bytes = from->ran.count * sizeof *from->ran.cpus;
    cck_residency_sum copy = {.cpus = bytes ? malloc(bytes) : NULL,
                              .count = from->ran.count,
                              .capacity = from->ran.count};
    if (bytes && !copy.cpus)
        return false;
    if (bytes)
        memcpy(copy.cpus, from->ran.cpus, bytes);
    double *ran = cck_arena_array(arena, threads->nodes->count, sizeof *ran);
    if (!cck_residency_finish(&copy, arena, &row) || !ran)
        return false;
    to->residency = row.residency;
    to->residency_count = row.residency_count;
    int only = cck_place_nodes_only(threads->nodes, from->cpus);
    int seen = cck_place_nodes_of_cpu(threads->nodes, from->cpu);
    for (size_t i = 0; i < row.residency_count; i++) {
        int slot = cck_place_nodes_slot(threads->nodes, row.residency[i].node);
        if (slot >= 0)
            ran[slot] += row.residency[i].share;
    }
    /* An affinity may change: what was seen elsewhere counts more than what it says now. */
    if (only >= 0 && (!from->ran_ns || ran[only] > 0.999)) {
        ran[only] = 1;
        to->ran_by = CCK_NUMA_RAN_CONFINED;
    } else if (from->ran_ns) {
        to->ran_by = from->recorded_ns ? CCK_NUMA_RAN_SWITCHES : CCK_NUMA_RAN_LOOKS;
    } else if (seen >= 0) {
        ran[seen] = 1;
        to->ran_by = CCK_NUMA_RAN_ONCE;
    }
    to->ran = to->ran_by == CCK_NUMA_RAN_UNKNOWN ? NULL : ran;
    return true;
}

/* Threads are much alike: what the one before has is taken again. */
static const char *keep(cck_arena *arena, const char *text, const char *before)
{
    return !*text ? "" : before && strcmp(before, text) == 0 ? before : cck_arena_strdup(arena, text);
}

static bool give_texts(const cck_place_thread *from, cck_arena *arena, cck_numa_thread *to,
                       const cck_numa_thread *before)
{
    const cck_numa_policy *policy = &from->policy, *other = before ? &before->policy : NULL;
    to->name = keep(arena, from->name, before ? before->name : NULL);
    to->cpus = keep(arena, from->cpus, before ? before->cpus : NULL);
    to->mems = keep(arena, from->mems, before ? before->mems : NULL);
    to->policy.mode = policy->mode;
    to->policy.flags = keep(arena, policy->flags, other ? other->flags : NULL);
    to->policy.nodes = keep(arena, policy->nodes, other ? other->nodes : NULL);
    to->policy.text = keep(arena, policy->text, other ? other->text : NULL);
    return to->name && to->cpus && to->mems && to->policy.flags && to->policy.nodes &&
           to->policy.text;
}

static bool give_faults(const cck_place_threads *threads, const cck_place_thread *from,
                        cck_arena *arena, cck_numa_thread *to)
{
    size_t size = threads->nodes->count * sizeof(uint64_t);
    uint64_t *faults = from->faults ? cck_arena_alloc(arena, size) : NULL;
    if (faults)
        memcpy(faults, from->faults, size);
    to->faults = faults;
    return faults || !from->faults;
}

static bool give_thread(const cck_place_threads *threads, const cck_place_thread *from,
                        cck_arena *arena, bool once, cck_numa_thread *to,
                        const cck_numa_thread *before)
{
    int slot = cck_place_nodes_of_cpu(threads->nodes, from->cpu);
    *to = (cck_numa_thread){
        .pid = from->pid,
        .tid = from->tid,
        .state = from->state,
        .cpu = from->cpu,
        .node = slot >= 0 ? (int32_t)threads->nodes->list[slot].index : -1,
        .policy_unknown = from->policy_unknown,
        .ran_ns = from->ran_ns,
        .looks = from->looks,
        .moves = once || from->first_moves < 0 ? -1 : from->last_moves - from->first_moves,
        .node_moves = once || (!from->looks && !from->recorded_ns) ? -1 : from->node_moves,
        .faults_unknown = from->faults_unknown,
        .preferred = from->preferred,
        .remote = {-1, -1, -1},
    };
    return give_texts(from, arena, to, before) && give_faults(threads, from, arena, to) &&
           give_time(threads, from, arena, to);
}

static int by_time(const void *a, const void *b)
{
    const cck_numa_thread *x = a, *y = b;
    if (x->ran_ns != y->ran_ns)
        return x->ran_ns < y->ran_ns ? 1 : -1;
    return x->tid < y->tid ? -1 : x->tid > y->tid;
}

int cck_place_threads_give(const cck_place_threads *threads, cck_arena *arena, bool once,
                           cck_numa_thread **out, size_t *out_count)
{
    cck_numa_thread *list = cck_arena_array(arena, threads->count + 1, sizeof *list);
    if (!list)
        return CCK_ENOMEM;
    for (size_t i = 0; i < threads->count; i++)
        if (!give_thread(threads, threads->list[i], arena, once, &list[i],
                         i ? &list[i - 1] : NULL))
            return CCK_ENOMEM;
    qsort(list, threads->count, sizeof *list, by_time);
    *out = list;
    *out_count = threads->count;
    return 0;
}

void cck_place_threads_clear(cck_place_threads *threads)
{
    for (size_t i = 0; i < threads->count; i++)
        free(threads->list[i]->ran.cpus);
    free(threads->list);
    free(threads->text);
    cck_map_clear(&threads->by_tid);
}
