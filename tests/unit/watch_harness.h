/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_WATCH_HARNESS_H
#define CCK_TESTS_WATCH_HARNESS_H

/*
 * Runs the fixture `watched` and a sampler on it, and keeps what the sampler tells. To be
 * included behind cmocka.h.
 */

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/map.h"
#include "probes/watch/sampler.h"

enum { WATCHED_MOST = 512, PATIENCE_S = 20 };

#if defined(__x86_64__)
enum { STACK_POINTER = CCK_REGISTER_STACK_X86, TELLS_BASE = 1 };
#else
enum { STACK_POINTER = CCK_REGISTER_STACK_ARM, TELLS_BASE = 0 };
#endif

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
        s->right_stack += r->value[STACK_POINTER] - t->stack + 65536 < 131072;
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
    cck_sampler_sink sink = {seen_sample, seen_hit, seen_thread, &w->seen, NULL};
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
    const struct timespec pause = {.tv_nsec = (long)cck_sampler_drain_every(w->sampler)};
    nanosleep(&pause, NULL);
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

/* ---- in tests --------------------------------------------------------------- */

static const char *why_not;

static inline void need_watching(void)
{
    if (!why_not)
        return;
    print_message("%s\n", why_not);
    skip();
}

static inline void must(const watch *w, int code)
{
    if (code < 0)
        print_error("%s (%s)\n", w->error.message, w->error.hint);
    assert_int_equal(code, 0);
}

static inline void begin(watch *w, const char *mode, const char *count)
{
    need_watching();
    must(w, watch_start(w, mode, count));
}

static inline int find_out(void **state)
{
    static watch w;
    (void)state;
    int code = watch_new(&w);
    if (code == CCK_EACCESS || code == CCK_EUNSUPPORTED || code == CCK_EBUSY)
        why_not = w.error.message;
    if (code == 0)
        watch_end(&w);
    return code == 0 || why_not ? 0 : -1;
}

static uint64_t wanted_hits;
static inline bool has_hits(const watch *w)
{
    return w->seen.hits >= wanted_hits;
}

static inline int arm(watch *w, unsigned slot, unsigned long word, bool reads, unsigned hits)
{
    return cck_sampler_arm(w->sampler, w->target.threads[0].tid, slot, word, reads, hits,
                           &w->error);
}

/* The next `count` hits are those of a slot that was just armed for that many. */
static inline void expect_hits(watch *w, unsigned slot, unsigned long word, unsigned count)
{
    uint64_t before = w->seen.hits;
    wanted_hits = before + count;
    assert_true(watch_until(w, has_hits));
    watch_for(w, 40);
    assert_int_equal(w->seen.hits, before + count); /* silent after its hits */
    for (unsigned i = 0; i < count; i++) {
        const cck_hit *hit = &w->seen.hit[(before + i) % 64];
        assert_int_equal(hit->slot, slot);
        assert_int_equal(hit->word, word);
        assert_int_equal(hit->number, i + 1);
        assert_int_equal(hit->pid, w->target.pid);
        assert_int_equal(hit->tid, w->target.threads[0].tid);
        assert_true(hit->exposure > 0 && hit->exposure < PATIENCE_S * 1000000000ull);
        assert_in_range(hit->registers.ip, w->target.loop_start, w->target.loop_end);
    }
    assert_int_equal(cck_sampler_exposure(w->sampler, w->target.threads[0].tid, slot), 0);
}

static inline int open_files(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count;
}

#endif
