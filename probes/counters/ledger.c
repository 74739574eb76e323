/* SPDX-License-Identifier: MIT */
#include "probes/counters/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"

bool cck_ledger_init(cck_ledger *ledger, size_t slot_count, const uint32_t *cpus, size_t cpu_count)
{
    *ledger = (cck_ledger){.slot_count = slot_count,
                           .cpus = cpus,
                           .cpu_count = cpu_count,
                           .copy_count = cpu_count,
                           .clock = -1,
                           .inherited = true};
    ledger->copies =
        cck_arena_array(&ledger->arena, slot_count * cpu_count, sizeof *ledger->copies);
    return ledger->copies != NULL;
}

bool cck_ledger_flatten(cck_ledger *ledger, bool switches)
{
    ledger->flat = true;
    ledger->copy_count = 1;
    if (!switches)
        return true;
    ledger->stays = cck_arena_array(&ledger->arena, ledger->cpu_count, sizeof *ledger->stays);
    return ledger->stays != NULL;
}

void cck_ledger_clear(cck_ledger *ledger)
{
    free(ledger->threads);
    cck_map_clear(&ledger->by_tid);
    cck_arena_clear(&ledger->arena);
    *ledger = (cck_ledger){0};
}

cck_ledger_copy *cck_ledger_copy_of(const cck_ledger *ledger, size_t slot, size_t copy)
{
    return &ledger->copies[slot * ledger->copy_count + copy];
}

cck_ledger_thread *cck_ledger_find(const cck_ledger *ledger, int32_t tid)
{
    return cck_map_get(&ledger->by_tid, (uint64_t)(uint32_t)tid);
}

static bool append(cck_ledger *ledger, cck_ledger_thread *thread)
{
    if (!cck_grow((void **)&ledger->threads, &ledger->thread_capacity, ledger->thread_count,
                  sizeof(cck_ledger_thread *)))
        return false;
    ledger->threads[ledger->thread_count++] = thread;
    return true;
}

/* A new thread, in front of an earlier one that had its tid. */
static cck_ledger_thread *add(cck_ledger *ledger, int32_t pid, int32_t tid)
{
    cck_ledger_thread *thread = cck_arena_alloc(
        &ledger->arena, sizeof *thread + ledger->slot_count * sizeof *thread->cells);
    cck_ledger_thread *previous = cck_ledger_find(ledger, tid);
    if (!thread || !cck_map_put(&ledger->by_tid, (uint64_t)(uint32_t)tid, thread) ||
        !append(ledger, thread)) {
        ledger->out_of_memory = true;
        return NULL;
    }
    thread->pid = pid;
    thread->tid = tid;
    thread->cpu = thread->last = -1;
    thread->previous = previous;
    ledger->processes += pid == tid;
    return thread;
}

cck_ledger_thread *cck_ledger_found(cck_ledger *ledger, int32_t pid, int32_t tid, const char *name)
{
    cck_ledger_thread *thread = cck_ledger_find(ledger, tid);
    if (!thread || thread->ended)
        thread = add(ledger, pid, tid);
    if (thread && name) {
        strncpy(thread->name, name, sizeof thread->name - 1);
        thread->named = true;
    }
    return thread;
}

cck_ledger_thread *cck_ledger_begin(cck_ledger *ledger, int32_t pid, int32_t tid, const char *name)
{
    cck_ledger_thread *thread = cck_ledger_found(ledger, pid, tid, name);
    if (thread)
        thread->waiting = ledger->stays != NULL;
    return thread;
}

/* Who had `tid` at `time`: tids are reused, records of several CPUs come in
 * batches, so the one that has it now may be too young. */
static cck_ledger_thread *holder(const cck_ledger *ledger, int32_t tid, uint64_t time)
{
    cck_ledger_thread *thread = cck_ledger_find(ledger, tid);
    while (thread && thread->previous && time && thread->born > time)
        thread = thread->previous;
    return thread;
}

/* A thread that was first seen by another record than its FORK: that one is
 * late (another CPU's ring) or lost. */
static cck_ledger_thread *guess(cck_ledger *ledger, const cck_record *record)
{
    cck_ledger_thread *thread = add(ledger, record->pid, record->tid);
    if (thread) {
        thread->guessed = true;
        thread->seen = record->time;
    }
    return thread;
}

/* In records of the whole machine, a stranger may have got the tid of a thread of
 * ours that is no more. */
static bool is_stranger(const cck_ledger *ledger, const cck_ledger_thread *thread, uint64_t time)
{
    if (ledger->closed_world)
        return false;
    return !thread || (thread->died && time > thread->died);
}

/* Records come from a tree (then whoever is unknown belongs to it) or from the
 * whole machine (then not). */
static cck_ledger_thread *member(cck_ledger *ledger, const cck_record *record)
{
    cck_ledger_thread *thread = holder(ledger, record->tid, record->time);
    if (is_stranger(ledger, thread, record->time) || record->tid <= 0)
        return NULL;
    return thread ? thread : guess(ledger, record);
}

static void forked(cck_ledger *ledger, const cck_record *record)
{
    const cck_ledger_thread *parent = holder(ledger, record->ptid, record->time);
    if (is_stranger(ledger, parent, record->time) || record->tid <= 0)
        return;
    cck_ledger_thread *thread = cck_ledger_find(ledger, record->tid);
    bool late = thread && thread->guessed && thread->seen >= record->time;
    if (!late)
        thread = add(ledger, record->pid, record->tid);
    if (!thread)
        return;
    thread->guessed = false;
    thread->born = record->time;
    if (parent && !thread->named)
        memcpy(thread->name, parent->name, sizeof thread->name);
}

void cck_ledger_renumber(cck_ledger *ledger, cck_ledger_thread *thread, int32_t tid)
{
    if (cck_ledger_find(ledger, thread->tid) == thread)
        cck_map_remove(&ledger->by_tid, (uint64_t)(uint32_t)thread->tid);
    thread->tid = tid;
    thread->previous = cck_ledger_find(ledger, tid);
    if (!cck_map_put(&ledger->by_tid, (uint64_t)(uint32_t)tid, thread))
        ledger->out_of_memory = true;
}

/* A thread that is not the leader and calls exec takes over its leader's id when
 * the others are gone (fs/exec.c, de_thread): same task, another tid. */
static cck_ledger_thread *took_over(cck_ledger *ledger, const cck_record *record)
{
    cck_ledger_thread *leader = cck_ledger_find(ledger, record->tid);
    for (size_t i = ledger->thread_count; i-- > 0;) {
        cck_ledger_thread *thread = ledger->threads[i];
        if (thread->pid != record->pid || thread->ended || thread == leader)
            continue;
        cck_ledger_renumber(ledger, thread, record->tid);
        thread->born = record->time;
        return thread;
    }
    return NULL;
}

/* ---- where threads are: kept for each CPU, whose records come in their order ----- */

static void arrive(cck_ledger *ledger, cck_ledger_thread *thread, size_t cpu, uint64_t time)
{
    if (!ledger->stays || thread->waiting)
        return;
    cck_ledger_stay *stay = &ledger->stays[cpu];
    if (stay->thread != thread)
        *stay = (cck_ledger_stay){thread, time};
}

static void leave(cck_ledger *ledger, const cck_ledger_thread *thread, size_t cpu, uint64_t time)
{
    if (!ledger->stays)
        return;
    cck_ledger_stay *stay = &ledger->stays[cpu];
    if (stay->thread == thread && time > stay->since)
        cck_ledger_ran(ledger, stay->thread, ledger->cpus[cpu], time - stay->since);
    *stay = (cck_ledger_stay){0};
}

/* Records of this CPU are missing: whoever was on it may have left long ago. A part
 * that is not known is better than one that is too long. */
static void lose_track(cck_ledger *ledger, uint64_t lost, size_t cpu)
{
    ledger->lost += lost;
    if (ledger->stays)
        ledger->stays[cpu] = (cck_ledger_stay){0};
}

void cck_ledger_end(cck_ledger *ledger, uint64_t time)
{
    for (size_t cpu = 0; ledger->stays && cpu < ledger->cpu_count; cpu++)
        if (ledger->stays[cpu].thread)
            leave(ledger, ledger->stays[cpu].thread, cpu, time);
}

static void named(cck_ledger *ledger, const cck_record *record, size_t cpu)
{
    cck_ledger_thread *thread = holder(ledger, record->tid, record->time);
    thread = record->exec && thread && thread->ended ? took_over(ledger, record)
                                                     : member(ledger, record);
    if (!thread)
        return;
    memcpy(thread->name, record->name, sizeof thread->name);
    thread->named = true;
    if (!record->exec)
        return;
    thread->waiting = false;
    arrive(ledger, thread, cpu, record->time);
}

static void ended(cck_ledger *ledger, const cck_record *record, size_t cpu)
{
    cck_ledger_thread *thread = member(ledger, record);
    if (!thread)
        return;
    thread->ended = true;
    thread->died = record->time;
    thread->last = (int32_t)ledger->cpus[cpu];
    leave(ledger, thread, cpu, record->time);
}

/* Leaving a CPU is a context switch; coming back on another one, a migration. */
static void switched(cck_ledger *ledger, const cck_record *record, size_t cpu)
{
    cck_ledger_thread *thread = member(ledger, record);
    if (!thread)
        return;
    if (record->out)
        leave(ledger, thread, cpu, record->time);
    else
        arrive(ledger, thread, cpu, record->time);
    if (record->out) {
        thread->switches++;
        ledger->switches++;
    }
    if (record->time < thread->moved)
        return; /* of an earlier batch's time: it says nothing about where it is now */
    if (!record->out && thread->cpu >= 0 && thread->cpu != (int32_t)cpu) {
        thread->migrations++;
        ledger->migrations++;
    }
    thread->cpu = (int32_t)cpu;
    thread->moved = record->time;
}

void cck_ledger_task(cck_ledger *ledger, const cck_record *record, size_t cpu)
{
    switch (record->type) {
    case PERF_RECORD_FORK:
        forked(ledger, record);
        break;
    case PERF_RECORD_EXIT:
        ended(ledger, record, cpu);
        break;
    case PERF_RECORD_COMM:
        named(ledger, record, cpu);
        break;
    case PERF_RECORD_SWITCH:
    case PERF_RECORD_SWITCH_CPU_WIDE:
        switched(ledger, record, cpu);
        break;
    case PERF_RECORD_LOST:
    case PERF_RECORD_LOST_SAMPLES:
        lose_track(ledger, record->lost, cpu);
        break;
    default:
        break;
    }
}

/* Time on a CPU. Threads run on few CPUs, so a short array will do. */
void cck_ledger_ran(cck_ledger *ledger, cck_ledger_thread *thread, uint32_t cpu, uint64_t ns)
{
    if (ns == 0)
        return;
    for (uint32_t i = 0; i < thread->cpu_count; i++) {
        if (thread->cpus[i].cpu == cpu) {
            thread->cpus[i].ns += ns;
            return;
        }
    }
    if (thread->cpu_count == thread->cpu_capacity) {
        uint32_t capacity = thread->cpu_capacity ? thread->cpu_capacity * 2 : 2;
        cck_tally_cpu *grown = cck_arena_array(&ledger->arena, capacity, sizeof *grown);
        if (!grown) {
            ledger->out_of_memory = true;
            return;
        }
        memcpy(grown, thread->cpus ? thread->cpus : grown, thread->cpu_count * sizeof *grown);
        thread->cpus = grown;
        thread->cpu_capacity = capacity;
    }
    thread->cpus[thread->cpu_count++] = (cck_tally_cpu){cpu, ns};
}

void cck_ledger_read(cck_ledger *ledger, const cck_record *record, size_t slot, size_t copy)
{
    if (record->type == PERF_RECORD_LOST || record->type == PERF_RECORD_LOST_SAMPLES)
        ledger->lost += record->lost;
    if (record->type != PERF_RECORD_READ || record->tid <= 0)
        return;
    cck_ledger_thread *thread = holder(ledger, record->tid, record->time);
    if (!thread)
        thread = guess(ledger, record); /* only members have copies */
    if (!thread)
        return;
    thread->ended = true;
    cck_ledger_cell *cell = &thread->cells[slot];
    cell->raw += record->value;
    cell->running += record->running;
    if (cell->reads == 0 || record->enabled < cell->enabled)
        cell->enabled = record->enabled;
    cell->reads++;
    cck_tally_count *sum = &cck_ledger_copy_of(ledger, slot, copy)->reads;
    sum->raw += record->value;
    sum->enabled += record->enabled;
    sum->running += record->running;
    if ((int)slot == ledger->clock && !ledger->flat)
        cck_ledger_ran(ledger, thread, ledger->cpus[copy], record->running);
}

cck_tally_count cck_ledger_sum(const cck_ledger *ledger, size_t slot, bool of_reads)
{
    cck_tally_count sum = {0};
    for (size_t i = 0; i < ledger->copy_count; i++) {
        const cck_ledger_copy *copy = cck_ledger_copy_of(ledger, slot, i);
        const cck_tally_count *count = of_reads ? &copy->reads : &copy->total;
        sum.raw += count->raw;
        sum.running += count->running;
        /* Each copy is enabled while any thread runs, whatever the CPU. */
        if (copy->open && (sum.enabled == 0 || count->enabled < sum.enabled))
            sum.enabled = count->enabled;
    }
    return sum;
}
