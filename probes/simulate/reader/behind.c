/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/behind.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/quiet_thread.h"
#include "probes/simulate/reader/walk.h"

enum {
    CHUNKS = 32,
    STACK = 1 << 18,
    WORTH_IT = 1 << 21, /* instructions: what is over sooner needs no other thread */
};

typedef struct cck_behind_rest {
    cck_behind front;
    cck_process *process;
    cck_reader_thread *ahead; /* the process's only thread */
    cck_reader_thread copy;   /* what the model's side knows of it: its core, filter and sums */
    cck_model_filter filter;  /* of what was sent */
    uint64_t *words;          /* of all chunks */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    size_t lengths[CHUNKS];
    size_t put, taken; /* chunks, since the begin */
    bool ending;
    atomic_bool exhausted;
} cck_behind_rest;

/* ---- behind ---- */

static void *run_behind(void *argument)
{
    cck_behind_rest *rest = argument;
    cck_plain_serves *serve = cck_plain_has_v3() ? cck_plain_serve_v3 : cck_plain_serve;
    pthread_mutex_lock(&rest->lock);
    for (;;) {
        while (rest->put == rest->taken && !rest->ending)
            pthread_cond_wait(&rest->changed, &rest->lock);
        if (rest->put == rest->taken)
            break;
        size_t chunk = rest->taken % CHUNKS, length = rest->lengths[chunk];
        const uint64_t *words = rest->words + chunk * CCK_BEHIND_CHUNK;
        pthread_mutex_unlock(&rest->lock);
        serve(rest->process, &rest->copy, words, length);
        if (cck_model_is_exhausted(rest->process->model))
            atomic_store(&rest->exhausted, true);
        pthread_mutex_lock(&rest->lock);
        rest->taken++;
        pthread_cond_broadcast(&rest->changed);
    }
    pthread_mutex_unlock(&rest->lock);
    return NULL;
}

/* ---- ahead ---- */

void cck_behind_flush(cck_behind *behind)
{
    cck_behind_rest *rest = behind->rest;
    pthread_mutex_lock(&rest->lock);
    rest->lengths[rest->put % CHUNKS] = behind->filled;
    rest->put++;
    pthread_cond_broadcast(&rest->changed);
    while (rest->put - rest->taken == CHUNKS)
        pthread_cond_wait(&rest->changed, &rest->lock);
    behind->open = rest->words + rest->put % CHUNKS * CCK_BEHIND_CHUNK;
    behind->filled = 0;
    pthread_mutex_unlock(&rest->lock);
}

/* What its accesses cost goes over to the thread, as if in rounds that are over. */
static void settle(cck_behind_rest *rest)
{
    cck_reader_thread *ahead = rest->ahead, *copy = &rest->copy;
    ahead->skew += copy->local;
    rest->process->base += copy->local;
    ahead->stalled += copy->stalled;
    for (int level = 0; level < 3; level++)
        for (int kind = 0; kind < 3; kind++)
            ahead->misses[level][kind] += copy->misses[level][kind];
    copy->local = copy->stalled = 0;
    memset(copy->misses, 0, sizeof copy->misses);
}

void cck_behind_wait(cck_process *process)
{
    if (!process->behind)
        return;
    cck_behind_rest *rest = process->behind->rest;
    if (process->behind->filled)
        cck_behind_flush(process->behind);
    pthread_mutex_lock(&rest->lock);
    while (rest->put != rest->taken)
        pthread_cond_wait(&rest->changed, &rest->lock);
    pthread_mutex_unlock(&rest->lock);
    settle(rest);
}

bool cck_behind_is_exhausted(const cck_process *process)
{
    return atomic_load(&process->behind->rest->exhausted);
}

void cck_behind_forget(cck_process *process)
{
    if (!process->behind)
        return;
    const cck_model_filter *filter = &process->behind->rest->filter;
    memset(filter->fetch, 0xff, (filter->fetch_mask + 1) * sizeof *filter->fetch);
    memset(filter->load, 0xff, (filter->data_mask + 1) * sizeof *filter->load);
    memset(filter->store, 0xff, (filter->data_mask + 1) * sizeof *filter->store);
}

static void free_rest(cck_behind_rest *rest)
{
    free(rest->filter.fetch);
    free(rest->filter.load);
    free(rest->filter.store);
    free(rest->words);
    pthread_cond_destroy(&rest->changed);
    pthread_mutex_destroy(&rest->lock);
    free(rest);
}

void cck_behind_end(cck_process *process)
{
    if (!process->behind)
        return;
    cck_behind_rest *rest = process->behind->rest;
    cck_behind_wait(process);
    pthread_mutex_lock(&rest->lock);
    rest->ending = true;
    pthread_cond_broadcast(&rest->changed);
    pthread_mutex_unlock(&rest->lock);
    pthread_join(rest->thread, NULL);
    rest->ahead->filter = rest->copy.filter;
    process->behind = NULL;
    free_rest(rest);
}

static cck_behind_rest *make(cck_process *process)
{
    cck_behind_rest *rest = calloc(1, sizeof *rest);
    if (!rest)
        return NULL;
    cck_reader_thread *ahead = process->threads[0];
    pthread_mutex_init(&rest->lock, NULL);
    pthread_cond_init(&rest->changed, NULL);
    rest->front.rest = rest;
    rest->process = process;
    rest->ahead = ahead;
    rest->copy = (cck_reader_thread){.core = ahead->core, .filter = ahead->filter};
    rest->filter = (cck_model_filter){.fetch_mask = ahead->filter.fetch_mask,
                                      .data_mask = ahead->filter.data_mask,
                                      .line_bits = ahead->filter.line_bits};
    rest->filter.fetch = malloc((rest->filter.fetch_mask + 1) * sizeof(uint64_t));
    rest->filter.load = malloc((rest->filter.data_mask + 1) * sizeof(uint64_t));
    rest->filter.store = malloc((rest->filter.data_mask + 1) * sizeof(uint64_t));
    rest->words = malloc(CHUNKS * CCK_BEHIND_CHUNK * sizeof *rest->words);
    if (rest->filter.fetch && rest->filter.load && rest->filter.store && rest->words)
        return rest;
    free_rest(rest);
    return NULL;
}

/* Notes of L1 are there where nothing but uses of a line decides whether it is there. */
static bool is_possible(const cck_process *process)
{
    const cck_model_filter *filter = &process->threads[0]->filter;
    return !process->plan->spots && !process->moves && process->threads[0]->filtered &&
           filter->code.notes && filter->data.notes;
}

/* The program's side keeps one busy, and each of the two threads here another. */
static bool has_cpus(unsigned wanted)
{
    cpu_set_t cpus;
    return sched_getaffinity(0, sizeof cpus, &cpus) || (unsigned)CPU_COUNT(&cpus) >= wanted;
}

void cck_behind_begin(cck_process *process)
{
    if (process->behind || process->behind_tried || process->thread_count != 1 ||
        process->clock < WORTH_IT)
        return;
    process->behind_tried = true; /* who cannot now will not later */
    if (!is_possible(process) || !has_cpus(process->behind_cpus))
        return;
    cck_behind_rest *rest = make(process);
    if (!rest)
        return;
    rest->front.open = rest->words;
    rest->front.filter = &process->threads[0]->filter;
    if (cck_quiet_thread(&rest->thread, STACK, run_behind, rest) != 0) {
        free_rest(rest);
        return;
    }
    process->behind = &rest->front;
    process->threads[0]->filter = rest->filter;
    cck_behind_forget(process);
}
