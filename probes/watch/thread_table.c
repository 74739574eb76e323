/* SPDX-License-Identifier: MIT */
#include "probes/watch/thread_table.h"

#include <stdlib.h>

cck_watch_thread *cck_thread_get(const cck_thread_table *table, int32_t tid)
{
    return cck_map_get(&table->by_tid, (uint64_t)tid);
}

static bool make_room(cck_thread_table *table)
{
    if (table->count < table->capacity)
        return true;
    size_t capacity = table->capacity ? table->capacity * 2 : 16;
    cck_watch_thread **grown = realloc(table->list, capacity * sizeof(cck_watch_thread *));
    if (!grown)
        return false;
    table->list = grown;
    table->capacity = capacity;
    return true;
}

cck_watch_thread *cck_thread_put(cck_thread_table *table, int32_t pid, int32_t tid, uint64_t now)
{
    cck_watch_thread *thread = cck_thread_get(table, tid);
    if (thread && (thread->alive && thread->pid == pid))
        return thread;
    if (thread) {
        table->alive += !thread->alive;
    } else {
        thread = make_room(table) ? malloc(sizeof *thread) : NULL;
        if (!thread || !cck_map_put(&table->by_tid, (uint64_t)tid, thread)) {
            free(thread);
            return NULL;
        }
        table->list[table->count++] = thread;
        table->alive++;
    }
    *thread = (cck_watch_thread){.pid = pid, .tid = tid, .alive = true, .first = now, .last = now};
    return thread;
}

const cck_departed *cck_departed_of(const cck_thread_table *table, int32_t tid)
{
    return table->departed ? &table->departed[(uint32_t)tid % CCK_THREAD_DEPARTED] : NULL;
}

void cck_thread_end(cck_thread_table *table, cck_watch_thread *thread, uint64_t now, double busy)
{
    if (!thread->alive)
        return;
    if (!table->departed)
        table->departed = calloc(CCK_THREAD_DEPARTED, sizeof *table->departed);
    if (table->departed && (thread->samples || thread->hits))
        table->departed[(uint32_t)thread->tid % CCK_THREAD_DEPARTED] =
            (cck_departed){thread->pid, thread->tid, thread->samples, thread->stores, busy};
    thread->alive = false;
    thread->last = now;
    thread->busy = busy;
    table->alive--;
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        thread->slots[i].armed = false;
}

void cck_thread_sweep(cck_thread_table *table, uint64_t now)
{
    for (size_t i = table->count; i-- > 0;) {
        cck_watch_thread *thread = table->list[i];
        if (thread->alive || now < thread->last + CCK_THREAD_LINGER_NS)
            continue;
        cck_map_remove(&table->by_tid, (uint64_t)thread->tid);
        free(thread);
        table->list[i] = table->list[--table->count];
    }
}

void cck_thread_ran(cck_watch_thread *thread, uint64_t time, uint32_t cpu)
{
    /* Hits come in volleys: one of them says when it ran. */
    if (thread->moment_count) {
        cck_watch_moment *latest =
            &thread->moments[(thread->moment_count - 1) % CCK_THREAD_MOMENTS];
        if (latest->cpu == cpu && time >= latest->time && time - latest->time < 100000)
            return;
    }
    thread->moments[thread->moment_count++ % CCK_THREAD_MOMENTS] =
        (cck_watch_moment){time, cpu, thread->tid};
}

bool cck_thread_ran_about(const cck_watch_thread *thread, uint64_t time, uint64_t reach,
                          uint32_t cpu)
{
    bool before = false, after = false;
    for (unsigned i = 0; i < CCK_THREAD_MOMENTS && i < thread->moment_count; i++) {
        const cck_watch_moment *moment = &thread->moments[i];
        if (moment->cpu == cpu)
            continue;
        before |= moment->time <= time && time - moment->time <= reach;
        after |= moment->time >= time && moment->time - time <= reach;
    }
    return before && after;
}

double cck_thread_periods(const cck_watch_thread *thread, uint64_t now)
{
    const double most = 100;
    double all = now > thread->first ? (double)(now - thread->first) : 0;
    double rested = (double)thread->rested_ns;
    if (thread->rests && now > thread->rests_since)
        rested += (double)(now - thread->rests_since);
    double watched = all - rested;
    if (rested <= 0 || all <= 0)
        return 1;
    return watched * most > all ? all / watched : most;
}

void cck_thread_table_clear(cck_thread_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->list[i]);
    free(table->list);
    free(table->departed);
    cck_map_clear(&table->by_tid);
    *table = (cck_thread_table){0};
}
