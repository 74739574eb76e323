/* SPDX-License-Identifier: MIT */
#include "probes/placement/processes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/proc.h"

/* More is a build or a server farm; their memory is the sum that numastat -m shows. */
enum { PROCESSES_MOST = 256 };

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool cck_place_processes_add(cck_place_processes *processes, int32_t pid)
{
    for (size_t i = 0; i < processes->count; i++)
        if (processes->list[i]->pid == pid)
            return true;
    if (processes->count == PROCESSES_MOST) {
        processes->left_out++;
        return true;
    }
    if (processes->count == processes->capacity) {
        size_t more = processes->capacity ? 2 * processes->capacity : 8;
        void *grown = realloc(processes->list, more * sizeof *processes->list);
        if (!grown)
            return false;
        processes->list = grown;
        processes->capacity = more;
    }
    cck_place_process *process = calloc(1, sizeof *process);
    if (!process)
        return false;
    process->pid = pid;
    process->memory.by = "";
    process->unknown = "it ended before its memory could be looked at";
    processes->list[processes->count++] = process;
    return true;
}

int cck_place_processes_look(cck_place_processes *processes, const cck_place_wish *wish,
                             uint64_t *out_cost_ns)
{
    uint64_t began = now_ns();
    for (size_t i = 0; i < processes->count; i++) {
        cck_place_process *process = processes->list[i];
        if (process->gone)
            continue;
        char name[16];
        cck_proc_name(wish->root, process->pid, process->pid, name);
        if (*name)
            memcpy(process->name, name, sizeof name);
        int code = cck_place_memory_look(&process->memory, wish, process->pid, NULL);
        if (code == CCK_ENOMEM)
            return code;
        process->gone = code == CCK_EGONE;
        if (code == 0) {
            process->looked = true;
            process->looked_at = now_ns();
        }
    }
    *out_cost_ns = now_ns() - began;
    return 0;
}

/* ---- for judging ---- */

/* Names and policies repeat: what the mapping before has is taken again. */
static const char *keep(cck_arena *arena, const char *text, const char *before)
{
    return !*text ? "" : before && strcmp(before, text) == 0 ? before : cck_arena_strdup(arena, text);
}

static bool give_mapping(const cck_numa_mapping *from, size_t node_count, cck_arena *arena,
                         cck_numa_mapping *to, const cck_numa_mapping *before, uint64_t *bytes)
{
    const cck_numa_policy *other = before ? &before->policy : NULL;
    *to = *from;
    memcpy(bytes, from->bytes, node_count * sizeof *bytes);
    to->bytes = bytes;
    to->name = keep(arena, from->name, before ? before->name : NULL);
    to->policy.flags = keep(arena, from->policy.flags, other ? other->flags : NULL);
    to->policy.nodes = keep(arena, from->policy.nodes, other ? other->nodes : NULL);
    to->policy.text = keep(arena, from->policy.text, other ? other->text : NULL);
    if (from->unknown)
        to->unknown = keep(arena, from->unknown, before ? before->unknown : NULL);
    return to->name && to->policy.flags && to->policy.nodes && to->policy.text &&
           (!from->unknown || to->unknown);
}

static bool give_memory(const cck_place_memory *memory, size_t node_count, cck_arena *arena,
                        cck_numa_mapping *out)
{
    uint64_t *bytes = cck_arena_array(arena, memory->count * node_count + 1, sizeof *bytes);
    if (!bytes)
        return false;
    for (size_t i = 0; i < memory->count; i++)
        if (!give_mapping(&memory->mappings[i], node_count, arena, &out[i],
                          i ? &out[i - 1] : NULL, &bytes[i * node_count]))
            return false;
    return true;
}

static int by_start(const void *a, const void *b)
{
    const cck_numa_mapping *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* A stack pointer tells whose stack a mapping is: since Linux 4.5 maps does not. */
static void name_stacks(const cck_place_threads *threads, int32_t pid, cck_numa_mapping *mappings,
                        size_t count)
{
    for (size_t i = 0; i < threads->count; i++) {
        const cck_place_thread *thread = threads->list[i];
        size_t low = 0, high = count;
        if (thread->pid != pid || !thread->stack_pointer)
            continue;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (mappings[middle].end <= thread->stack_pointer)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == count || mappings[low].start > thread->stack_pointer ||
            mappings[low].kind > CCK_NUMA_STACK)
            continue;
        mappings[low].stack_of = thread->tid;
        if (mappings[low].kind == CCK_NUMA_ANONYMOUS)
            mappings[low].kind = CCK_NUMA_STACK;
    }
}

static bool give_process(const cck_place_process *from, uint64_t now, cck_arena *arena,
                         cck_numa_process *to)
{
    const cck_place_memory *memory = &from->memory;
    const char *unknown = from->looked ? memory->unknown : from->unknown;
    *to = (cck_numa_process){
        .pid = from->pid,
        .name = cck_arena_strdup(arena, from->name),
        .rss = memory->rss,
        .method = from->looked ? memory->method : CCK_NUMA_UNKNOWN,
        .by = memory->by,
        .unknown = unknown ? cck_arena_strdup(arena, unknown) : NULL,
        .remote = {-1, -1, -1},
        .drawn = memory->drawn,
        .found = memory->found,
        .mappings = memory->count,
        .cost_s = (double)memory->cost_ns * 1e-9,
        .age_s = now > from->looked_at && from->looked ? (double)(now - from->looked_at) * 1e-9 : 0,
    };
    return to->name && (!unknown || to->unknown);
}

int cck_place_processes_give(const cck_place_processes *processes,
                             const cck_place_threads *threads, uint64_t now, bool once,
                             cck_arena *arena, cck_numa_raw *out)
{
    const cck_place_nodes *nodes = threads->nodes;
    size_t mappings = 0, used = 0;
    for (size_t i = 0; i < processes->count; i++)
        mappings += processes->list[i]->memory.count;
    *out = (cck_numa_raw){.node_count = nodes->count, .process_count = processes->count};
    out->nodes = cck_arena_array(arena, nodes->count, sizeof *out->nodes);
    out->processes = cck_arena_array(arena, processes->count + 1, sizeof *out->processes);
    out->mappings = cck_arena_array(arena, mappings + 1, sizeof *out->mappings);
    if (!out->nodes || !out->processes || !out->mappings)
        return CCK_ENOMEM;
    for (size_t i = 0; i < nodes->count; i++) {
        uint32_t *distances =
            nodes->list[i].distances
                ? cck_arena_array(arena, nodes->count, sizeof *distances)
                : NULL;
        out->nodes[i] = nodes->list[i];
        out->nodes[i].cpus = cck_arena_strdup(arena, nodes->list[i].cpus);
        if (!out->nodes[i].cpus || (nodes->list[i].distances && !distances))
            return CCK_ENOMEM;
        if (distances)
            memcpy(distances, nodes->list[i].distances, nodes->count * sizeof *distances);
        out->nodes[i].distances = distances;
    }
    for (size_t i = 0; i < processes->count; i++) {
        const cck_place_memory *memory = &processes->list[i]->memory;
        if (!give_process(processes->list[i], now, arena, &out->processes[i]) ||
            !give_memory(memory, nodes->count, arena, &out->mappings[used]))
            return CCK_ENOMEM;
        qsort(&out->mappings[used], memory->count, sizeof *out->mappings, by_start);
        name_stacks(threads, processes->list[i]->pid, &out->mappings[used], memory->count);
        used += memory->count;
    }
    out->mapping_count = used;
    return cck_place_threads_give(threads, arena, once, &out->threads, &out->thread_count);
}

void cck_place_processes_clear(cck_place_processes *processes)
{
    for (size_t i = 0; i < processes->count; i++) {
        cck_place_memory_clear(&processes->list[i]->memory);
        free(processes->list[i]);
    }
    free(processes->list);
}
