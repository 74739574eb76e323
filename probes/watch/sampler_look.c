/* SPDX-License-Identifier: MIT */
#include "probes/watch/sampler_look.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/fail.h"
#include "core/base/proc.h"
#include "probes/watch/sampler_turns.h"
#include "probes/watch/spinner.h"
#include "core/process/thread_base.h"

enum {
    LOOK_MS = 250,    /* threads are listed that often, asked for or not */
    MOST_ROUNDS = 16, /* of listing, until nothing new turns up */
    BASE_LOOKS = 3,   /* a thread without a control block has none */
    BASES_AT_ONCE = 64,
};

typedef struct listing {
    cck_sampler_members *members;
    cck_sampler_process *process;
    size_t listed, fresh;
    bool hurry; /* those that are there at the beginning: all, whatever it takes */
    int code;
    cck_error *err;
} listing;

static bool thread_listed(void *context, int32_t pid, int32_t tid)
{
    listing *l = context;
    cck_sampler_thread *thread = cck_sampler_members_find(l->members, tid);
    if (thread && thread->pid != pid) { /* its number was given away again */
        cck_sampler_members_bury(l->members, thread);
        thread = NULL;
    }
    l->listed++;
    if (thread) {
        thread->look = l->members->looks;
        return true;
    }
    if (!l->hurry && !cck_sampler_members_may_admit(l->members)) {
        l->process->incomplete = true;
        return true;
    }
    l->code = cck_sampler_members_admit(l->members, l->process, tid, l->err);
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
static int list(cck_sampler_members *members, cck_sampler_process *process, bool hurry,
                cck_error *err)
{
    listing l = {.members = members, .process = process, .hurry = hurry, .err = err};
    process->incomplete = false;
    /* Later on, new threads tell of themselves what they start. */
    for (int round = 0; round == 0 || (hurry && l.fresh && round < MOST_ROUNDS); round++) {
        l.listed = l.fresh = 0;
        members->looks++;
        int code = cck_proc_threads(members->root, process->pid, thread_listed, &l);
        if (l.code < 0)
            return l.code;
        if (code < 0 && code != CCK_EGONE) { /* no descriptor was free: the next look tells */
            process->incomplete = true;
            return 0;
        }
        if (code < 0 || !l.listed) {
            cck_sampler_members_bury_all(members, process, UINT64_MAX);
            free(cck_map_remove(&members->processes, (uint64_t)(uint32_t)process->pid));
            return CCK_EGONE;
        }
        cck_sampler_members_bury_all(members, process, members->looks);
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

int cck_sampler_look(cck_sampler_members *members, uint64_t now, cck_error *err)
{
    size_t most = members->processes.count, count = 0, cursor = 0;
    int code = cck_sampler_members_act(members, err);
    void *value, **processes = calloc(most + 1, sizeof *processes);
    if (!processes)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    while (count < most && cck_map_next(&members->processes, &cursor, NULL, &value))
        processes[count++] = value;
    for (size_t i = 0; code == 0 && i < count; i++) {
        if (worth_listing(members, processes[i], now))
            code = list(members, processes[i], false, err);
        if (code == 0)
            find_bases(members, processes[i]);
        if (code == CCK_EGONE)
            code = 0;
    }
    free(processes);
    cck_sampler_turns_take(members, now);
    return code;
}

int cck_sampler_look_follow(cck_sampler_members *members, pid_t pid, bool tree, cck_error *err)
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
    int code = cck_sampler_members_add_process(members, pid, tree, err);
    if (code == 0)
        code = list(members, cck_sampler_members_process(members, pid), true, err);
    if (code == 0)
        code = cck_sampler_members_act(members, err);
    if (code == CCK_EGONE)
        return cck_fail(err, CCK_EGONE, "process %d has ended", (int)pid);
    if (code < 0 || members->numbers.threads_now > before)
        return code;
    return members->refusal.code ? cck_error_move(err, &members->refusal)
                                 : cck_fail(err, CCK_EGONE, "process %d has ended", (int)pid);
}
