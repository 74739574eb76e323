/* SPDX-License-Identifier: MIT */
#include "core/process/threads.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/proc.h"
#include "core/session/observed.h"

enum { THREADS_MOST = 1 << 20 };

static cck_watch_thread *add(cck_watch_threads *threads, int32_t pid, int32_t tid)
{
    if (threads->count >= THREADS_MOST)
        return NULL;
    if (threads->count == threads->capacity) {
        size_t capacity = threads->capacity ? 2 * threads->capacity : 64;
        cck_watch_thread **list = realloc(threads->list, capacity * sizeof *list);
        if (!list)
            return NULL;
        threads->list = list;
        threads->capacity = capacity;
    }
    cck_watch_thread *thread = calloc(1, sizeof *thread);
    if (!thread || !cck_map_put(&threads->by_tid, (uint32_t)tid, thread)) {
        free(thread);
        return NULL;
    }
    *thread = (cck_watch_thread){.pid = pid, .tid = tid, .image = CCK_NONE, .alive = true};
    threads->list[threads->count++] = thread;
    threads->alive++;
    return thread;
}

cck_watch_thread *cck_watch_threads_get(cck_watch_threads *threads, int32_t pid, int32_t tid)
{
    cck_watch_thread *found = cck_map_get(&threads->by_tid, (uint32_t)tid);
    return found && found->pid == pid ? found : add(threads, pid, tid);
}

/* A thread that is on its way out has no name any more: keep the last one. */
static void read_name(cck_watch_thread *thread, const cck_root *root)
{
    char name[16];
    cck_proc_name(root, thread->pid, thread->tid, name);
    if (*name)
        memcpy(thread->name, name, sizeof name);
}

void cck_watch_threads_note(cck_watch_threads *threads, const cck_root *root, int32_t pid,
                            int32_t tid, bool alive)
{
    cck_watch_thread *thread = cck_map_get(&threads->by_tid, (uint32_t)tid);
    if (alive && thread && !thread->alive && thread->samples)
        thread = add(threads, pid, tid); /* the tid of one that ended, again; or after an exec */
    else if (alive)
        thread = cck_watch_threads_get(threads, pid, tid);
    if (!thread)
        return;
    if (alive)
        read_name(thread, root);
    if (alive != thread->alive)
        threads->alive += alive ? 1 : -1;
    thread->alive = alive;
}

void cck_watch_threads_name(cck_watch_threads *threads, const cck_root *root, size_t most)
{
    for (size_t i = 0; i < threads->count && most; i++) {
        threads->named = (threads->named + 1) % threads->count;
        if (!threads->list[threads->named]->alive)
            continue;
        read_name(threads->list[threads->named], root);
        most--;
    }
}

uint32_t cck_watch_threads_index(const cck_watch_threads *threads, int32_t pid, int32_t tid)
{
    for (size_t i = threads->count; i-- > 0;)
        if (threads->list[i]->tid == tid && threads->list[i]->pid == pid)
            return (uint32_t)i;
    return CCK_NONE;
}

void cck_watch_threads_clear(cck_watch_threads *threads)
{
    for (size_t i = 0; i < threads->count; i++)
        free(threads->list[i]);
    free(threads->list);
    cck_map_clear(&threads->by_tid);
    *threads = (cck_watch_threads){0};
}
