/* SPDX-License-Identifier: MIT */
#include "probes/watch/sampler_members.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "core/fail.h"
#include "core/proc.h"
#include "probes/watch/spinner.h"
#include "probes/watch/thread_base.h"

enum {
    LOOK_MS = 250,    /* threads are listed that often, asked for or not */
    MOST_ROUNDS = 16, /* of listing, until nothing new turns up */
    BASE_LOOKS = 3,   /* a thread without a control block has none */
    BASES_AT_ONCE = 64,
};

typedef struct cck_sampler_process {
    int32_t pid;
    bool tree;       /* its children are followed too */
    bool traced;     /* by a debugger, to whom the debug registers are left */
    bool incomplete; /* news of its threads may have been lost */
    bool closed;     /* its memory may not be read */
    size_t members;
    int64_t strangers; /* threads that /proc counts and we do not: a leader that has ended */
    uint64_t looked;   /* when, ns */
} cck_sampler_process;

static int no_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

static cck_sampler_process *find_process(const cck_sampler_members *members, int32_t pid)
{
    return cck_map_get(&members->processes, (uint64_t)(uint32_t)pid);
}

cck_sampler_thread *cck_sampler_members_find(const cck_sampler_members *members, int32_t tid)
{
    return cck_map_get(&members->threads, (uint64_t)(uint32_t)tid);
}

bool cck_sampler_members_traced(const cck_sampler_members *members, int32_t pid)
{
    const cck_sampler_process *process = find_process(members, pid);
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
    const cck_sampler_process *process = find_process(members, thread->pid);
    bool other = pid != thread->pid;
    if (!other || (process && process->tree))
        add_birth(members, (cck_sampler_birth){pid, tid, other});
}

static void missed(void *context, const cck_sampler_thread *thread)
{
    cck_sampler_process *process = find_process(context, thread->pid);
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

static void bury(cck_sampler_members *members, cck_sampler_thread *thread)
{
    cck_sampler_process *process = find_process(members, thread->pid);
    cck_sampler_thread_read(thread, &members->reading);
    if (thread->fd >= 0) {
        cck_sampler_thread_cpu_time(thread, UINT64_MAX);
        tell(members, thread, CCK_NEWS_GONE, cck_spinner_now());
        members->numbers.threads_now--;
    }
    cck_sampler_thread_close(thread);
    cck_map_remove(&members->threads, (uint64_t)(uint32_t)thread->tid);
    if (process)
        process->members--;
    free(thread);
}

static void bury_all(cck_sampler_members *members, const cck_sampler_process *process,
                     uint64_t unseen_since)
{
    /* The map changes while they are buried: list them first. */
    cck_sampler_thread **dead = calloc(members->threads.count + 1, sizeof *dead);
    size_t count = 0, cursor = 0;
    void *value;
    while (dead && cck_map_next(&members->threads, &cursor, NULL, &value)) {
        cck_sampler_thread *thread = value;
        if (process ? thread->pid == process->pid && thread->look < unseen_since : thread->ended)
            dead[count++] = thread;
    }
    for (size_t i = 0; i < count; i++)
        bury(members, dead[i]);
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

/* A thread that ended before its clock was open was never there. One that is refused stays
 * known, so that it is not asked for again and again. */
static int admit(cck_sampler_members *members, cck_sampler_process *process, int32_t tid,
                 cck_error *err)
{
    cck_sampler_thread opened;
    cck_error reason = {0};
    uint64_t now = cck_spinner_now();
    int code = cck_sampler_thread_open(&opened, members->calls, members->root, process->pid, tid,
                                       members->period, &reason);
    if (code == CCK_EGONE)
        return 0;
    if (code < 0 && !members->refusal.code)
        members->refusal = reason;
    bool watched = code == 0;
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

static int add_process(cck_sampler_members *members, int32_t pid, bool tree, cck_error *err)
{
    if (find_process(members, pid))
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

static int act_on_births(cck_sampler_members *members, cck_error *err)
{
    int code = 0;
    /* What is opened may tell of more. */
    for (size_t i = 0; code == 0 && i < members->birth_count; i++) {
        cck_sampler_birth birth = members->births[i];
        if (birth.process)
            code = add_process(members, birth.pid, true, err);
        cck_sampler_process *process = find_process(members, birth.pid);
        const cck_sampler_thread *known = cck_sampler_members_find(members, birth.tid);
        if (code == 0 && process && !known)
            code = admit(members, process, birth.tid, err);
    }
    members->birth_count = 0;
    return code;
}

/* ---- looking ------------------------------------------------------------------- */

typedef struct listing {
    cck_sampler_members *members;
    cck_sampler_process *process;
    size_t listed, fresh;
    int code;
    cck_error *err;
} listing;

static bool thread_listed(void *context, int32_t pid, int32_t tid)
{
    listing *l = context;
    cck_sampler_thread *thread = cck_sampler_members_find(l->members, tid);
    if (thread && thread->pid != pid) { /* its number was given away again */
        bury(l->members, thread);
        thread = NULL;
    }
    l->listed++;
    if (thread) {
        thread->look = l->members->looks;
        return true;
    }
    l->code = admit(l->members, l->process, tid, l->err);
    l->fresh += cck_sampler_members_find(l->members, tid) != NULL;
    return l->code == 0;
}

static void look_for_tracer(cck_sampler_members *members, cck_sampler_process *process)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "proc/%d/status", process->pid);
    bool was = process->traced;
    if (cck_root_read(members->root, path, text, sizeof text) < 0)
        return;
    const char *line = strstr(text, "\nTracerPid:");
    process->traced = line && strtol(line + strlen("\nTracerPid:"), NULL, 10) != 0;
    size_t cursor = 0;
    void *value;
    while (process->traced && !was && cck_map_next(&members->threads, &cursor, NULL, &value)) {
        cck_sampler_thread *thread = value;
        if (thread->pid == process->pid)
            cck_sampler_thread_disarm(thread, &members->reading, true);
    }
}

/* /proc/PID/task counts its threads as links (proc_task_getattr() in fs/proc/base.c): one
 * call tells whether it is worth listing them. 0: it is gone. */
static int64_t links(const cck_sampler_members *members, int32_t pid)
{
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "proc/%d/task", pid);
    return fstatat(members->root->fd, path, &status, 0) == 0 ? (int64_t)status.st_nlink : 0;
}

static bool worth_listing(const cck_sampler_members *members, const cck_sampler_process *process,
                          uint64_t now)
{
    return process->incomplete || now - process->looked > LOOK_MS * 1000000ull ||
           links(members, process->pid) != (int64_t)process->members + process->strangers;
}

/* CCK_EGONE: the process is no more, and was forgotten. */
static int list(cck_sampler_members *members, cck_sampler_process *process, cck_error *err)
{
    listing l = {.members = members, .process = process, .err = err};
    process->incomplete = false;
    for (int round = 0; round == 0 || (l.fresh && round < MOST_ROUNDS); round++) {
        l.listed = l.fresh = 0;
        members->looks++;
        int code = cck_proc_threads(members->root, process->pid, thread_listed, &l);
        if (l.code < 0)
            return l.code;
        if (code < 0 || !l.listed) {
            bury_all(members, process, UINT64_MAX);
            free(cck_map_remove(&members->processes, (uint64_t)(uint32_t)process->pid));
            return CCK_EGONE;
        }
        bury_all(members, process, members->looks);
    }
    process->strangers = links(members, process->pid) - (int64_t)process->members;
    process->looked = cck_spinner_now();
    look_for_tracer(members, process);
    return 0;
}

static void find_bases(cck_sampler_members *members, cck_sampler_process *process)
{
    cck_thread_base_search searches[BASES_AT_ONCE];
    size_t count = 0, cursor = 0;
    void *value;
    while (!process->closed && count < BASES_AT_ONCE &&
           cck_map_next(&members->threads, &cursor, NULL, &value)) {
        cck_sampler_thread *thread = value;
        if (thread->pid != process->pid || thread->thread_base || !thread->sampled ||
            thread->base_looks >= BASE_LOOKS)
            continue;
        thread->base_looks++;
        searches[count++] = (cck_thread_base_search){.tid = thread->tid, .stack = thread->stack};
    }
    if (!count)
        return;
    int code = cck_thread_base_find(members->root, process->pid, searches, count);
    process->closed = code == CCK_EACCESS || code == CCK_EUNSUPPORTED;
    for (size_t i = 0; i < count; i++)
        cck_sampler_members_find(members, searches[i].tid)->thread_base = searches[i].base;
}

int cck_sampler_members_look(cck_sampler_members *members, uint64_t now, cck_error *err)
{
    size_t most = members->processes.count, count = 0, cursor = 0;
    int code = act_on_births(members, err);
    void *value, **processes = calloc(most + 1, sizeof *processes);
    if (!processes)
        return no_memory(err);
    while (count < most && cck_map_next(&members->processes, &cursor, NULL, &value))
        processes[count++] = value;
    for (size_t i = 0; code == 0 && i < count; i++) {
        if (worth_listing(members, processes[i], now))
            code = list(members, processes[i], err);
        if (code == 0)
            find_bases(members, processes[i]);
        if (code == CCK_EGONE)
            code = 0;
    }
    free(processes);
    return code;
}

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
        bury_all(members, NULL, 0);
    int code = act_on_births(members, err);
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

int cck_sampler_members_follow(cck_sampler_members *members, pid_t pid, bool tree, cck_error *err)
{
    int kernel = cck_proc_is_kernel(members->root, pid);
    if (kernel < 0)
        return cck_fail(err, CCK_EGONE, "there is no process %d", (int)pid);
    if (kernel == 1) {
        cck_fail(err, CCK_EUNSUPPORTED, "process %d is a thread of the kernel", (int)pid);
        cck_hint(err, "choose a process with a program of its own: ps -e");
        return CCK_EUNSUPPORTED;
    }
    uint64_t before = members->numbers.threads_now;
    members->refusal = (cck_error){0};
    int code = add_process(members, pid, tree, err);
    if (code == 0)
        code = list(members, find_process(members, pid), err);
    if (code == 0)
        code = act_on_births(members, err);
    if (code == CCK_EGONE)
        return cck_fail(err, CCK_EGONE, "process %d has ended", (int)pid);
    if (code < 0 || members->numbers.threads_now > before)
        return code;
    return members->refusal.code ? cck_error_move(err, &members->refusal)
                                 : cck_fail(err, CCK_EGONE, "process %d has ended", (int)pid);
}

int cck_sampler_members_init(cck_sampler_members *members, const cck_perf_calls *calls,
                             const cck_root *root, cck_error *err)
{
    *members = (cck_sampler_members){.calls = calls, .root = root};
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
