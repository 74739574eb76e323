/* SPDX-License-Identifier: MIT */
#include "probes/watch/sampler_members.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>

#include "core/base/fail.h"
#include "core/base/proc.h"
#include "probes/watch/spinner.h"

enum {
    ADMIT_SHARE = 20,       /* a twentieth of a CPU may go into opening and closing threads */
    CROWD = 32,             /* threads; more rarely run all at once, and may have smaller rings */
    ADMIT_MOST = 100000000, /* ns: that of the first 2 s at once, for those that are there */
};

static int no_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

cck_sampler_process *cck_sampler_members_process(const cck_sampler_members *members, int32_t pid)
{
    return cck_map_get(&members->processes, (uint64_t)(uint32_t)pid);
}

cck_sampler_thread *cck_sampler_members_find(const cck_sampler_members *members, int32_t tid)
{
    return cck_map_get(&members->threads, (uint64_t)(uint32_t)tid);
}

bool cck_sampler_members_traced(const cck_sampler_members *members, int32_t pid)
{
    const cck_sampler_process *process = cck_sampler_members_process(members, pid);
    return process && process->traced;
}

/* ---- news from rings --------------------------------------------------------- */

static void add_birth(cck_sampler_members *members, cck_sampler_birth birth)
{
    if (members->birth_count == members->birth_capacity) {
        size_t capacity = members->birth_capacity ? 2 * members->birth_capacity : 64;
        cck_sampler_birth *births = realloc(members->births, capacity * sizeof *births);
        if (!births)
            return; /* the next look finds it */
        members->births = births;
        members->birth_capacity = capacity;
    }
    members->births[members->birth_count++] = birth;
}

static void forked(void *context, const cck_sampler_thread *thread, int32_t pid, int32_t tid)
{
    cck_sampler_members *members = context;
    const cck_sampler_process *process = cck_sampler_members_process(members, thread->pid);
    bool other = pid != thread->pid;
    if (!other || (process && process->tree))
        add_birth(members, (cck_sampler_birth){pid, tid, other});
}

static void missed(void *context, const cck_sampler_thread *thread)
{
    cck_sampler_process *process = cck_sampler_members_process(context, thread->pid);
    if (process)
        process->incomplete = true;
}

/* ---- coming and going ---------------------------------------------------------- */

static bool tell(cck_sampler_members *members, const cck_sampler_thread *thread,
                 cck_sampler_news_kind kind, uint64_t time)
{
    cck_sampler_news *news = cck_sampler_queue_add(&members->queue, kind, time);
    if (!news)
        return false;
    news->thread.pid = thread->pid;
    news->thread.tid = thread->tid;
    news->thread.cpu_time = thread->cpu_time;
    return true;
}

/* By our CPU time, not by the clock: a busy machine is no reason to open fewer. */
static int64_t own_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void cck_sampler_members_bury(cck_sampler_members *members, cck_sampler_thread *thread)
{
    cck_sampler_process *process = cck_sampler_members_process(members, thread->pid);
    int64_t began = own_time();
    cck_sampler_thread_read(thread, &members->reading);
    if (thread->told) {
        cck_sampler_thread_cpu_time(thread, UINT64_MAX);
        tell(members, thread, CCK_NEWS_GONE, cck_spinner_now());
    }
    members->numbers.threads_now -= thread->fd >= 0;
    cck_sampler_thread_close(thread);
    cck_map_remove(&members->threads, (uint64_t)(uint32_t)thread->tid);
    if (process)
        process->members--;
    free(thread);
    members->allowance -= own_time() - began;
}

void cck_sampler_members_bury_all(cck_sampler_members *members, const cck_sampler_process *process,
                                  uint64_t seen)
{
    /* The map changes while they are buried: list them first. */
    cck_sampler_thread **dead = calloc(members->threads.count + 1, sizeof *dead);
    size_t count = 0, cursor = 0;
    void *value;
    while (dead && cck_map_next(&members->threads, &cursor, NULL, &value)) {
        cck_sampler_thread *thread = value;
        if (process ? thread->pid == process->pid && thread->look < seen : thread->ended)
            dead[count++] = thread;
    }
    for (size_t i = 0; i < count; i++)
        cck_sampler_members_bury(members, dead[i]);
    free(dead);
}

static bool child_found(void *context, int32_t child)
{
    add_birth(context, (cck_sampler_birth){child, child, true});
    return true;
}

/* What it started before its clock ran, nobody has told. */
static void ask_for_children(cck_sampler_members *members, const cck_sampler_process *process,
                             int32_t tid)
{
    if (process->tree)
        cck_proc_children(members->root, process->pid, tid, child_found, members);
}

static int keep(cck_sampler_members *members, cck_sampler_process *process,
                const cck_sampler_thread *opened, cck_error *err)
{
    cck_sampler_thread *thread = malloc(sizeof *thread);
    if (!thread)
        return no_memory(err);
    *thread = *opened;
    thread->look = members->looks;
    if (!cck_map_put(&members->threads, (uint64_t)(uint32_t)thread->tid, thread)) {
        free(thread);
        return no_memory(err);
    }
    process->members++;
    members->numbers.threads_seen++;
    return 0;
}

bool cck_sampler_members_may_admit(cck_sampler_members *members)
{
    uint64_t now = cck_spinner_now();
    members->allowance += (int64_t)((now - members->allowed) / ADMIT_SHARE);
    if (members->allowance > ADMIT_MOST)
        members->allowance = ADMIT_MOST;
    members->allowed = now;
    return members->allowance > 0;
}

static int open_thread(cck_sampler_members *members, cck_sampler_process *process, int32_t tid,
                       cck_error *err)
{
    cck_sampler_thread opened;
    cck_error reason = {0};
    uint64_t now = cck_spinner_now();
    int code =
        cck_sampler_thread_open(&opened, members->calls, members->root, process->pid, tid,
                                members->period, members->numbers.threads_now >= CROWD, &reason);
    if (code == CCK_EGONE) {
        members->numbers.threads_missed++;
        return 0;
    }
    if (code < 0 && !members->refusal.code)
        members->refusal = reason;
    bool watched = code == 0;
    opened.told = watched;
    if (code == CCK_ELIMIT) {
        members->crowded = true;
        opened.waits_since = now;
    }
    code = keep(members, process, &opened, err);
    if (code < 0) {
        cck_sampler_thread_close(&opened);
        return code;
    }
    if (!watched) {
        members->numbers.threads_unwatched++;
        return 0;
    }
    members->numbers.threads_now++;
    if (!tell(members, &opened, CCK_NEWS_FOUND, now))
        return no_memory(err);
    ask_for_children(members, process, tid);
    return 0;
}

bool cck_sampler_members_tell(cck_sampler_members *members, cck_sampler_thread *thread,
                              uint64_t now)
{
    thread->told = true;
    return tell(members, thread, CCK_NEWS_FOUND, now);
}

/* A thread that ended before its clock was open was never there. One that is refused stays
 * known, so that it is not asked for again and again. */
int cck_sampler_members_admit(cck_sampler_members *members, cck_sampler_process *process,
                              int32_t tid, cck_error *err)
{
    int64_t began = own_time();
    int code = open_thread(members, process, tid, err);
    members->allowance -= own_time() - began;
    return code;
}

int cck_sampler_members_add_process(cck_sampler_members *members, int32_t pid, bool tree,
                                    cck_error *err)
{
    if (cck_sampler_members_process(members, pid))
        return 0;
    cck_sampler_process *process = malloc(sizeof *process);
    if (!process)
        return no_memory(err);
    *process = (cck_sampler_process){.pid = pid, .tree = tree, .incomplete = true};
    if (cck_map_put(&members->processes, (uint64_t)(uint32_t)pid, process))
        return 0;
    free(process);
    return no_memory(err);
}

int cck_sampler_members_act(cck_sampler_members *members, cck_error *err)
{
    int code = 0;
    /* What is opened may tell of more. */
    for (size_t i = 0; code == 0 && i < members->birth_count; i++) {
        cck_sampler_birth birth = members->births[i];
        if (birth.process)
            code = cck_sampler_members_add_process(members, birth.pid, true, err);
        cck_sampler_process *process = cck_sampler_members_process(members, birth.pid);
        const cck_sampler_thread *known = cck_sampler_members_find(members, birth.tid);
        if (code < 0 || !process || known)
            continue;
        if (cck_sampler_members_may_admit(members))
            code = cck_sampler_members_admit(members, process, birth.tid, err);
        else
            process->incomplete = true;
    }
    members->birth_count = 0;
    return code;
}

/* ---- all of them ------------------------------------------------------------ */

int cck_sampler_members_read(cck_sampler_members *members, cck_error *err)
{
    bool ended = false;
    size_t cursor = 0;
    void *value;
    while (cck_map_next(&members->threads, &cursor, NULL, &value)) {
        cck_sampler_thread *thread = value;
        if (thread->fd >= 0)
            cck_sampler_thread_read(thread, &members->reading);
        ended = ended || thread->ended;
    }
    if (ended)
        cck_sampler_members_bury_all(members, NULL, 0);
    int code = cck_sampler_members_act(members, err);
    if (code == 0 && members->queue.overrun)
        code = no_memory(err);
    return code;
}

void cck_sampler_members_set_period(cck_sampler_members *members)
{
    size_t cursor = 0;
    void *value;
    while (cck_map_next(&members->threads, &cursor, NULL, &value)) {
        const cck_sampler_thread *thread = value;
        if (thread->fd >= 0) /* fails only for one that has ended */
            ioctl(thread->fd, PERF_EVENT_IOC_PERIOD, &members->period);
    }
}

/* ---- life ------------------------------------------------------------------------ */

int cck_sampler_members_init(cck_sampler_members *members, const cck_perf_calls *calls,
                             const cck_root *root, cck_error *err)
{
    *members = (cck_sampler_members){
        .calls = calls, .root = root, .allowance = ADMIT_MOST, .allowed = cck_spinner_now()};
    members->reading = (cck_sampler_reading){.queue = &members->queue,
                                             .numbers = &members->numbers,
                                             .scratch = malloc(CCK_RECORD_MAX),
                                             .forked = forked,
                                             .missed = missed,
                                             .context = members};
    return members->reading.scratch ? 0 : no_memory(err);
}

void cck_sampler_members_clear(cck_sampler_members *members)
{
    size_t cursor = 0;
    void *value;
    while (cck_map_next(&members->threads, &cursor, NULL, &value)) {
        cck_sampler_thread_close(value);
        free(value);
    }
    cursor = 0;
    while (cck_map_next(&members->processes, &cursor, NULL, &value))
        free(value);
    cck_map_clear(&members->threads);
    cck_map_clear(&members->processes);
    cck_sampler_queue_clear(&members->queue);
    free(members->births);
    free(members->reading.scratch);
}
