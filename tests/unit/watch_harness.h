/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_WATCH_HARNESS_H
#define CCK_TESTS_WATCH_HARNESS_H

/* Runs the fixture `watched` and a sampler on it, and keeps what the sampler tells. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/map.h"
#include "probes/watch/sampler.h"

enum { WATCHED_MOST = 512, PATIENCE_S = 20 };

typedef struct watched_thread {
    int tid;
    unsigned long base, word, read, unused, stack;
} watched_thread;

typedef struct watched {
    pid_t pid;
    int in; /* its standard input: it ends with it */
    FILE *out;
    watched_thread threads[WATCHED_MOST];
    int count;
    unsigned long loop_start, loop_end;
} watched;

/* False: it said something else than a thread or that it is ready. */
static inline bool watched_listen(watched *w)
{
    char line[256];
    while (fgets(line, sizeof line, w->out)) {
        watched_thread *t = &w->threads[w->count];
        if (sscanf(line, "ready %lx %lx", &w->loop_start, &w->loop_end) == 2)
            return true;
        if (w->count + 1 == WATCHED_MOST ||
            sscanf(line, "%d %lx %lx %lx %lx %lx", &t->tid, &t->base, &t->word, &t->read,
                   &t->unused, &t->stack) != 6)
            return false;
        w->count++;
    }
    return false;
}

static inline bool watched_start(watched *w, const char *mode, const char *count)
{
    int in[2], out[2];
    int program = open(CCK_FIXTURES "/fixture_watched", O_RDONLY | O_CLOEXEC);
    *w = (watched){.pid = -1};
    if (program < 0 || pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        return false;
    w->pid = fork();
    if (w->pid == 0) {
        char *argv[] = {(char *)(uintptr_t) "watched", (char *)(uintptr_t)mode,
                        (char *)(uintptr_t)count, NULL};
        char *none[] = {NULL};
        dup2(in[0], 0);
        dup2(out[1], 1);
        fexecve(program, argv, none);
        _exit(127);
    }
    close(program);
    close(in[0]);
    close(out[1]);
    w->in = in[1];
    w->out = fdopen(out[0], "r");
    return w->pid > 0 && watched_listen(w);
}

static inline void watched_stop(watched *w)
{
    close(w->in);
    fclose(w->out);
    kill(w->pid, SIGKILL);
    waitpid(w->pid, NULL, 0);
}

/* ---- what a sampler tells ---------------------------------------------------- */

typedef struct seen {
    const watched *target;
    uint64_t samples, hits;
    uint64_t in_loop, right_stack, right_base; /* samples of threads of the target */
    uint64_t per_thread[WATCHED_MOST];
    uint64_t found, gone, late; /* late: records of a thread that is not there */
    uint64_t disorder, last_time;
    cck_hit hit[64]; /* the last ones, by number modulo 64 */
    int found_tids[64], found_pids[64];
    cck_map alive;
} seen;

static inline void seen_time(seen *s, uint64_t time, int tid)
{
    s->disorder += time < s->last_time;
    s->last_time = time;
    s->late += !cck_map_get(&s->alive, (uint64_t)tid);
}

static inline void seen_sample(void *context, const cck_sample *sample)
{
    seen *s = context;
    s->samples++;
    seen_time(s, sample->time, sample->tid);
    for (int i = 0; s->target && i < s->target->count; i++) {
        const watched_thread *t = &s->target->threads[i];
        if (t->tid != sample->tid)
            continue;
        const cck_registers *r = &sample->registers;
        s->per_thread[i]++;
        s->in_loop += r->ip >= s->target->loop_start && r->ip < s->target->loop_end;
        s->right_stack += r->value[CCK_REGISTER_STACK_X86] - t->stack + 65536 < 131072;
        s->right_base += r->thread_base == t->base;
    }
}

static inline void seen_hit(void *context, const cck_hit *hit)
{
    seen *s = context;
    seen_time(s, hit->time, hit->tid);
    s->hit[s->hits++ % 64] = *hit;
}

static inline void seen_thread(void *context, int32_t pid, int32_t tid, bool alive)
{
    seen *s = context;
    if (alive) {
        s->found_tids[s->found % 64] = tid;
        s->found_pids[s->found++ % 64] = pid;
        cck_map_put(&s->alive, (uint64_t)tid, s);
    } else {
        s->gone++;
        s->late += !cck_map_remove(&s->alive, (uint64_t)tid);
    }
}

/* ---- a sampler on a target ---------------------------------------------------- */

typedef struct watch {
    cck_root root;
    cck_sampler *sampler;
    watched target;
    seen seen;
    cck_error error;
} watch;

static inline double watch_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline int watch_new(watch *w)
{
    cck_sampler_sink sink = {seen_sample, seen_hit, seen_thread, &w->seen};
    int code = cck_root_open(&w->root, "/", &w->error);
    return code < 0 ? code : cck_sampler_new(&w->sampler, &w->root, 0.02, &sink, &w->error);
}

static inline int watch_start(watch *w, const char *mode, const char *count)
{
    *w = (watch){0};
    int code = watch_new(w);
    if (code < 0)
        return code;
    if (!watched_start(&w->target, mode, count))
        return CCK_EIO;
    w->seen.target = &w->target;
    return cck_sampler_follow(w->sampler, w->target.pid, true, &w->error);
}

static inline int watch_tick(watch *w)
{
    struct pollfd fds[4];
    int count = cck_sampler_poll_fds(w->sampler, fds, 4);
    poll(fds, (nfds_t)count, 100);
    int code = cck_sampler_drain(w->sampler, &w->error);
    return code < 0 ? code : cck_sampler_scan(w->sampler, &w->error);
}

/* Go on until `enough`, for PATIENCE_S at most. */
static inline bool watch_until(watch *w, bool (*enough)(const watch *w))
{
    double end = watch_seconds() + PATIENCE_S;
    while (!enough(w))
        if (watch_tick(w) < 0 || watch_seconds() > end)
            return false;
    return true;
}

static inline void watch_for(watch *w, int ms)
{
    for (double end = watch_seconds() + ms * 1e-3; watch_seconds() < end;)
        watch_tick(w);
}

static inline void watch_end(watch *w)
{
    cck_sampler_free(w->sampler);
    if (w->target.pid > 0)
        watched_stop(&w->target);
    cck_map_clear(&w->seen.alive);
    cck_root_close(&w->root);
}

#endif
