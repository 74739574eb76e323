/* SPDX-License-Identifier: MIT */
/* Headers and sources are compiled on all processors while what came before them is read. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "layouts/compile.h"

enum { THREADS_MOST = 16, OBJECTS_EACH = 4 };

/* One source. */
typedef struct ahead_source {
    const char *path;
    bool done, taken;
    int failed;
    cck_error error;
    cck_object *object; /* NULL: there is none, or it was taken */
} ahead_source;

struct cck_ahead {
    const cck_input_options *options;
    ahead_source *sources;
    size_t count, next; /* next: that nobody compiles yet */
    size_t held;        /* objects on the disk that nobody took yet, or that are being made */
    size_t held_most;
    bool stop;
    pthread_mutex_t lock;
    pthread_cond_t change;
    pthread_t threads[THREADS_MOST];
    size_t thread_count;
};

static void compile_one(const cck_input_options *options, ahead_source *source)
{
    cck_arena arena = {0};
    char *real = realpath(source->path, NULL);
    cck_object *object = calloc(1, sizeof *object);
    source->failed = CCK_ENOMEM;
    if (real && object)
        source->failed = cck_object_make(&arena, object, real, options, &source->error);
    if (source->failed) {
        free(object);
        object = NULL;
    }
    source->object = object;
    free(real);
    cck_arena_clear(&arena);
}

static void *compile_all(void *context)
{
    struct cck_ahead *ahead = context;
    pthread_mutex_lock(&ahead->lock);
    for (;;) {
        while (!ahead->stop && ahead->next < ahead->count && ahead->held >= ahead->held_most)
            pthread_cond_wait(&ahead->change, &ahead->lock);
        if (ahead->stop || ahead->next >= ahead->count)
            break;
        ahead_source *source = &ahead->sources[ahead->next++];
        ahead->held++;
        pthread_mutex_unlock(&ahead->lock);
        compile_one(ahead->options, source);
        pthread_mutex_lock(&ahead->lock);
        source->done = true;
        pthread_cond_broadcast(&ahead->change);
    }
    pthread_mutex_unlock(&ahead->lock);
    return NULL;
}

static size_t threads_for(uint32_t jobs, size_t sources)
{
    cpu_set_t cpus;
    size_t count = jobs;
    if (!count)
        count = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? (size_t)CPU_COUNT(&cpus) : 1;
    if (count > THREADS_MOST)
        count = THREADS_MOST;
    return count < sources ? count : sources;
}

cck_ahead *cck_ahead_new(const char *const *paths, const cck_input_options *options)
{
    size_t count = 0, sources = 0;
    for (; paths[count]; count++)
        sources += cck_source_kind_of(paths[count]) != CCK_SOURCE_NONE;
    size_t threads = threads_for(options->jobs, sources);
    if (sources < 2 || threads < 2)
        return NULL;
    cck_ahead *ahead = calloc(1, sizeof *ahead);
    if (ahead)
        ahead->sources = calloc(sources, sizeof *ahead->sources);
    if (!ahead || !ahead->sources) {
        free(ahead);
        return NULL;
    }
    ahead->options = options;
    ahead->held_most = threads * OBJECTS_EACH;
    for (size_t i = 0; i < count; i++)
        if (cck_source_kind_of(paths[i]) != CCK_SOURCE_NONE)
            ahead->sources[ahead->count++].path = paths[i];
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->change, NULL);
    for (size_t i = 0; i < threads; i++)
        if (pthread_create(&ahead->threads[ahead->thread_count], NULL, compile_all, ahead) == 0)
            ahead->thread_count++;
    return ahead;
}

/* Inputs are read in their order: what was passed over was no source after all. */
static ahead_source *source_of(cck_ahead *ahead, const char *path)
{
    for (size_t i = 0; i < ahead->count; i++)
        if (ahead->sources[i].path == path && !ahead->sources[i].taken)
            return &ahead->sources[i];
    return NULL;
}

bool cck_ahead_take(cck_ahead *ahead, const char *path, cck_object *out_object, int *out_failed,
                    cck_error *err)
{
    ahead_source *source = ahead && ahead->thread_count ? source_of(ahead, path) : NULL;
    if (!source)
        return false;
    pthread_mutex_lock(&ahead->lock);
    while (!source->done)
        pthread_cond_wait(&ahead->change, &ahead->lock);
    source->taken = true;
    ahead->held--;
    pthread_cond_broadcast(&ahead->change);
    pthread_mutex_unlock(&ahead->lock);
    *out_failed = source->failed;
    if (source->failed && source->error.code)
        cck_error_move(err, &source->error);
    else if (source->failed)
        cck_fail(err, CCK_ENOMEM, "out of memory");
    else
        *out_object = *source->object;
    free(source->object);
    source->object = NULL;
    return true;
}

void cck_ahead_free(cck_ahead *ahead)
{
    if (!ahead)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stop = true;
    pthread_cond_broadcast(&ahead->change);
    pthread_mutex_unlock(&ahead->lock);
    for (size_t i = 0; i < ahead->thread_count; i++)
        pthread_join(ahead->threads[i], NULL);
    for (size_t i = 0; i < ahead->count; i++)
        if (ahead->sources[i].object) {
            cck_object_remove(ahead->sources[i].object);
            free(ahead->sources[i].object);
        }
    pthread_cond_destroy(&ahead->change);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead->sources);
    free(ahead);
}
