/* SPDX-License-Identifier: MIT */
#include "core/result/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"

bool cck_tally_init(cck_tally *tally, size_t event_count)
{
    *tally = (cck_tally){.event_count = event_count};
    tally->not_counted = cck_arena_array(&tally->arena, event_count, sizeof *tally->not_counted);
    tally->totals = cck_arena_array(&tally->arena, event_count, sizeof *tally->totals);
    return tally->not_counted && tally->totals;
}

cck_tally_thread *cck_tally_find(const cck_tally *tally, int32_t tid)
{
    return cck_map_get(&tally->by_tid, (uint64_t)(uint32_t)tid);
}

static cck_tally_thread *append(cck_tally *tally)
{
    if (!cck_grow((void **)&tally->threads, &tally->thread_capacity, tally->thread_count,
                  sizeof(cck_tally_thread *)))
        return NULL;
    cck_tally_thread *thread = cck_arena_alloc(&tally->arena, sizeof *thread);
    if (!thread)
        return NULL;
    thread->counts = cck_arena_array(&tally->arena, tally->event_count, sizeof *thread->counts);
    if (!thread->counts)
        return NULL;
    tally->threads[tally->thread_count++] = thread;
    return thread;
}

cck_tally_thread *cck_tally_add(cck_tally *tally, int32_t pid, int32_t tid)
{
    cck_tally_thread *thread = append(tally);
    if (!thread)
        return NULL;
    thread->kind = CCK_ROW_THREAD;
    thread->threads = 1;
    thread->pid = pid;
    thread->tid = tid;
    return cck_map_put(&tally->by_tid, (uint64_t)(uint32_t)tid, thread) ? thread : NULL;
}

cck_tally_thread *cck_tally_get(cck_tally *tally, int32_t pid, int32_t tid)
{
    cck_tally_thread *thread = cck_tally_find(tally, tid);
    return thread ? thread : cck_tally_add(tally, pid, tid);
}

cck_tally_thread *cck_tally_add_rest(cck_tally *tally, const char *name, uint32_t threads)
{
    cck_tally_thread *rest = append(tally);
    if (!rest)
        return NULL;
    rest->kind = CCK_ROW_REST;
    rest->threads = threads;
    snprintf(rest->name, sizeof rest->name, "%s", name);
    return rest;
}

/* Threads run on few CPUs: a short sorted array beats a map in size and speed. */
bool cck_tally_ran(cck_tally_thread *thread, uint32_t cpu, uint64_t ns)
{
    uint32_t at = 0;
    while (at < thread->cpu_count && thread->cpus[at].cpu < cpu)
        at++;
    if (at < thread->cpu_count && thread->cpus[at].cpu == cpu) {
        thread->cpus[at].ns += ns;
        return true;
    }
    if (thread->cpu_count == thread->cpu_capacity) {
        uint32_t capacity = thread->cpu_capacity ? thread->cpu_capacity * 2 : 2;
        void *grown = realloc(thread->cpus, capacity * sizeof *thread->cpus);
        if (!grown)
            return false;
        thread->cpus = grown;
        thread->cpu_capacity = capacity;
    }
    memmove(&thread->cpus[at + 1], &thread->cpus[at],
            (thread->cpu_count - at) * sizeof *thread->cpus);
    thread->cpus[at] = (cck_tally_cpu){cpu, ns};
    thread->cpu_count++;
    return true;
}

cck_tally_core *cck_tally_core_of(cck_tally *tally, uint32_t cpu)
{
    for (size_t i = 0; i < tally->core_count; i++)
        if (tally->cores[i].cpu == cpu)
            return &tally->cores[i];
    cck_tally_count *counts =
        cck_arena_array(&tally->arena, tally->event_count, sizeof *counts);
    cck_tally_core *grown =
        counts ? realloc(tally->cores, (tally->core_count + 1) * sizeof *grown) : NULL;
    if (!grown)
        return NULL;
    tally->cores = grown;
    tally->cores[tally->core_count] = (cck_tally_core){cpu, counts};
    return &tally->cores[tally->core_count++];
}

void cck_tally_clear(cck_tally *tally)
{
    for (size_t i = 0; i < tally->thread_count; i++)
        free(tally->threads[i]->cpus);
    free(tally->threads);
    free(tally->cores);
    cck_map_clear(&tally->by_tid);
    cck_arena_clear(&tally->arena);
    *tally = (cck_tally){0};
}
