/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/reader.h"

#include <dirent.h>
#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/grow.h"
#include "core/base/quiet_thread.h"

enum {
    AT_ONCE = 1024,  /* consumers; other processes wait for one, ten seconds at most */
    STACK = 1 << 20, /* of each */
    LOOK_MS = 100,   /* between looks at whether a writer still lives */
    STUCK_LOOKS = 10,
    SET_UP_US = 500, /* between looks at a trace that is being set up */
};

/* One trace, and the thread that reads it. */
typedef struct consumer {
    cck_reader *reader;
    char name[40];
    int32_t pid;
    uint32_t sequence;
    pthread_t thread;
    bool started, joined;
    atomic_bool ended;
    _Atomic uint64_t instructions;
    _Atomic uint32_t threads, lines;
    cck_process *process; /* the thread's, until it is joined */
    cck_error failure;    /* likewise; if there is no process */
} consumer;

struct cck_reader {
    const cck_plan *plan;
    const char *path;
    DIR *directory;
    int notify;
    consumer **consumers;
    size_t count, capacity;
    atomic_bool closing;
    _Atomic uint64_t instructions; /* of all */
};

/* ---- a consumer ---- */

static bool is_dead(int32_t pid)
{
    return pid > 0 && kill(pid, 0) < 0 && errno == ESRCH;
}

/* 0: open. The writer sets up its file in no time, unless it is killed meanwhile. */
static int open_trace(consumer *c, cck_trace_source *source, cck_error *err)
{
    int directory = dirfd(c->reader->directory);
    for (;;) {
        /* Asked before: a writer that died in between has left what it ever will. */
        bool last = is_dead(c->pid) || atomic_load(&c->reader->closing);
        int status = cck_trace_source_open(source, directory, c->name, err);
        if (status != CCK_ENOTFOUND || last)
            return status;
        usleep(SET_UP_US);
    }
}

static void tell_progress(consumer *c)
{
    const cck_process *process = c->process;
    uint64_t before = atomic_load_explicit(&c->instructions, memory_order_relaxed);
    atomic_store_explicit(&c->instructions, process->clock, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->reader->instructions, process->clock - before,
                              memory_order_relaxed);
    atomic_store_explicit(&c->threads, process->alive, memory_order_relaxed);
    /* Of one thread nothing is shared, and its model may be at work. */
    uint32_t lines = process->behind ? 0 : cck_model_shared_count(process->model);
    atomic_store_explicit(&c->lines, lines, memory_order_relaxed);
}

/*
 * A round may be larger than what the ring has room for. Where it is cut must not depend
 * on who was quicker, so that is told by the length of what is held. A writer that waits
 * may just not have seen yet that there is room: only after a second of it is it stuck
 * (a span that is larger than the rest of the ring; no writer of ours makes such).
 */
static int make_room(consumer *c, cck_trace_source *source, unsigned idle, cck_error *err)
{
    bool full = cck_trace_source_held(source) > source->size / 4 * 3;
    if (full || (idle >= STUCK_LOOKS && cck_trace_source_is_full(source))) {
        int status = cck_process_flush(c->process, err);
        if (status < 0)
            return status;
    }
    if (!cck_process_holds(c->process))
        cck_trace_source_free(source);
    return 0;
}

/* Nothing is there to read. True: nothing will be. */
static bool is_over(consumer *c, cck_trace_source *source)
{
    const cck_trace_header *header = source->header;
    bool dead = is_dead(c->pid), closing = atomic_load(&c->reader->closing);
    uint32_t state = __atomic_load_n(&header->state, __ATOMIC_ACQUIRE);
    /* Asked after the state: what was written before the end is there. */
    if (__atomic_load_n(&header->head, __ATOMIC_ACQUIRE) != source->at)
        return false;
    if (state != CCK_TRACE_RUNNING || dead || closing) {
        c->process->state = state;
        return true;
    }
    cck_trace_source_wait(source, LOOK_MS);
    return false;
}

static int read_trace(consumer *c, cck_trace_source *source, cck_error *err)
{
    const cck_reader *reader = c->reader;
    cck_span span;
    unsigned idle = 0;
    while (!c->process->stopped && !cck_reader_is_done(reader)) {
        int status = cck_trace_source_next(source, &span, err);
        if (!status) {
            status = make_room(c, source, idle++, err);
            if (!status && is_over(c, source))
                return cck_process_flush(c->process, err);
        } else if (status > 0) {
            status = cck_process_take(c->process, &span, err);
            if (status == 0)
                status = make_room(c, source, 0, err);
            tell_progress(c);
            idle = 0;
        }
        if (status < 0)
            return status;
    }
    c->process->stopped = true;
    return 0;
}

static void take_header(cck_process *process, const consumer *c, const cck_trace_header *header)
{
    process->pid = c->pid;
    process->sequence = (int32_t)c->sequence;
    process->parent = __atomic_load_n(&header->parent, __ATOMIC_RELAXED);
    for (size_t i = 0; i < sizeof process->program - 1; i++)
        process->program[i] = __atomic_load_n(&header->program[i], __ATOMIC_RELAXED);
    process->state = __atomic_load_n(&header->state, __ATOMIC_ACQUIRE);
    process->signal = __atomic_load_n(&header->signal, __ATOMIC_RELAXED);
}

static void consume_source(consumer *c, cck_trace_source *source)
{
    cck_error failure = {0};
    c->process = cck_process_new(c->reader->plan);
    if (!c->process) {
        cck_fail(&c->failure, CCK_ENOMEM, "out of memory");
    } else {
        take_header(c->process, c, source->header);
        int status = read_trace(c, source, &failure);
        if (status < 0)
            c->process->failure = failure;
        take_header(c->process, c, source->header);
        c->process->real_time_turns =
            __atomic_load_n(&source->header->real_time_turns, __ATOMIC_RELAXED);
        c->process->gave_up = __atomic_load_n(&source->header->gave_up, __ATOMIC_ACQUIRE);
        tell_progress(c);
        if (!cck_process_finish(c->process) && status == 0)
            cck_fail(&c->process->failure, CCK_ENOMEM, "out of memory");
    }
    /* Whatever was the end: the writer must not wait for us. */
    __atomic_store_n(&source->header->stop, 1, __ATOMIC_SEQ_CST);
    source->at = source->head;
    cck_trace_source_free(source);
}

static void *consume(void *argument)
{
    consumer *c = argument;
    cck_trace_source source;
    if (open_trace(c, &source, &c->failure) == 0) {
        consume_source(c, &source);
        cck_trace_source_close(&source);
    }
    atomic_store(&c->ended, true);
    return NULL;
}

/* A user may have no room for another thread at the moment: the next look tries again. */
static int start(consumer *c, cck_error *err)
{
    int failed = cck_quiet_thread(&c->thread, STACK, consume, c);
    if (failed && failed != EAGAIN)
        return cck_fail_os(err, CCK_ENOMEM, failed, "cannot start a thread for the simulation");
    c->started = !failed;
    return 0;
}

static void join(consumer *c)
{
    if (c->started && !c->joined)
        pthread_join(c->thread, NULL);
    c->joined = true;
}

/* ---- the reader ---- */

int cck_reader_new(cck_reader **out_reader, const cck_plan *plan, const char *directory,
                   cck_error *err)
{
    cck_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    reader->plan = plan;
    reader->path = directory;
    reader->directory = opendir(directory);
    if (!reader->directory) {
        free(reader);
        return cck_fail_os(err, CCK_EIO, errno, "cannot read %s", directory);
    }
    /* Without it new traces are found with the next look, which is soon enough. */
    reader->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (reader->notify >= 0)
        inotify_add_watch(reader->notify, directory, IN_CREATE);
    *out_reader = reader;
    return 0;
}

int cck_reader_fd(const cck_reader *reader)
{
    return reader->notify;
}

static bool is_known(const cck_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->count; i++)
        if (!strcmp(reader->consumers[i]->name, name))
            return true;
    return false;
}

/* Only plain decimal names are traces. */
static bool parse_name(const char *name, consumer *c)
{
    unsigned pid, sequence;
    if (sscanf(name, "trace.%9u.%9u", &pid, &sequence) != 2)
        return false;
    snprintf(c->name, sizeof c->name, "trace.%u.%u", pid, sequence);
    c->pid = (int32_t)pid;
    c->sequence = sequence;
    return !strcmp(c->name, name);
}

static int add(cck_reader *reader, const char *name, cck_error *err)
{
    consumer found = {.started = false};
    if (!parse_name(name, &found) || is_known(reader, name))
        return 0;
    consumer *c = calloc(1, sizeof *c);
    if (!c || !cck_grow((void **)&reader->consumers, &reader->capacity, reader->count,
                        sizeof(consumer *))) {
        free(c);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    memcpy(c->name, found.name, sizeof c->name);
    c->pid = found.pid;
    c->sequence = found.sequence;
    c->reader = reader;
    reader->consumers[reader->count++] = c;
    return 0;
}

static int start_waiting(cck_reader *reader, cck_error *err)
{
    size_t running = 0;
    for (size_t i = 0; i < reader->count; i++)
        running += reader->consumers[i]->started && !atomic_load(&reader->consumers[i]->ended);
    for (size_t i = 0; i < reader->count && running < AT_ONCE; i++) {
        if (reader->consumers[i]->started)
            continue;
        int status = start(reader->consumers[i], err);
        if (status < 0 || !reader->consumers[i]->started)
            return status;
        running++;
    }
    return 0;
}

int cck_reader_look(cck_reader *reader, cck_error *err)
{
    char events[4096];
    while (reader->notify >= 0 && read(reader->notify, events, sizeof events) > 0)
        continue;
    int status = 0;
    struct dirent *entry;
    rewinddir(reader->directory);
    while (!status && (entry = readdir(reader->directory)))
        status = add(reader, entry->d_name, err);
    return status ? status : start_waiting(reader, err);
}

bool cck_reader_is_done(const cck_reader *reader)
{
    uint64_t most = reader->plan->max_instructions;
    return most && atomic_load_explicit(&reader->instructions, memory_order_relaxed) >= most;
}

void cck_reader_progress(const cck_reader *reader, cck_progress *progress)
{
    progress->instructions = atomic_load_explicit(&reader->instructions, memory_order_relaxed);
    for (size_t i = 0; i < reader->count; i++) {
        const consumer *c = reader->consumers[i];
        progress->lines += atomic_load_explicit(&c->lines, memory_order_relaxed);
        if (!c->started || atomic_load(&c->ended))
            continue;
        progress->processes++;
        progress->threads += atomic_load_explicit(&c->threads, memory_order_relaxed);
    }
}

static int by_process(const void *left, const void *right)
{
    const consumer *a = *(consumer *const *)left, *b = *(consumer *const *)right;
    if (a->pid != b->pid)
        return a->pid < b->pid ? -1 : 1;
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/* The images of the process `first` come before all others. */
static void put_first(cck_reader *reader, int32_t first)
{
    size_t from = 0, count = 0;
    while (from < reader->count && reader->consumers[from]->pid != first)
        from++;
    while (from + count < reader->count && reader->consumers[from + count]->pid == first)
        count++;
    for (size_t i = 0; i < count; i++) {
        consumer *moved = reader->consumers[from + i];
        memmove(reader->consumers + i + 1, reader->consumers + i,
                from * sizeof *reader->consumers);
        reader->consumers[i] = moved;
    }
}

int cck_reader_finish(cck_reader *reader, int32_t first, cck_error *err)
{
    /* The last images of the run may not have been seen; those that wait have their turn. */
    int status = cck_reader_look(reader, err);
    atomic_store(&reader->closing, true);
    for (size_t i = 0; i < reader->count && !status; i++) {
        consumer *c = reader->consumers[i];
        if (!c->started) { /* there was no thread for it: here, then */
            consume(c);
            c->started = c->joined = true;
        }
        join(c);
        status = start_waiting(reader, err);
    }
    for (size_t i = 0; i < reader->count; i++)
        join(reader->consumers[i]);
    if (status < 0)
        return status;
    if (reader->count)
        qsort(reader->consumers, reader->count, sizeof *reader->consumers, by_process);
    put_first(reader, first);
    return 0;
}

size_t cck_reader_count(const cck_reader *reader)
{
    return reader->count;
}

const cck_process *cck_reader_process(const cck_reader *reader, size_t index)
{
    return reader->consumers[index]->process;
}

int cck_reader_failure(const cck_reader *reader, size_t index, const cck_error **out_failure)
{
    *out_failure = &reader->consumers[index]->failure;
    return (*out_failure)->code;
}

void cck_reader_free(cck_reader *reader)
{
    if (!reader)
        return;
    atomic_store(&reader->closing, true);
    for (size_t i = 0; i < reader->count; i++) {
        join(reader->consumers[i]);
        cck_process_free(reader->consumers[i]->process);
        free(reader->consumers[i]);
    }
    free(reader->consumers);
    closedir(reader->directory);
    if (reader->notify >= 0)
        close(reader->notify);
    free(reader);
#ifdef __GLIBC__
    malloc_trim(0); /* names are read next, which takes memory too */
#endif
}
