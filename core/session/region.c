/* SPDX-License-Identifier: MIT */
/* A region is a session attached to the own process, run by a thread of its own. */
#include <cachecheck/region.h>

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/quiet_thread.h"
#include "core/session/run.h"

struct cck_region {
    cck_stat *stat;
    cck_stat_options options; /* the caller's, whose callbacks are called from the thread */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool counting, ended; /* guarded by the lock; the rest is the thread's until it is joined */
    int code;
    cck_error error;
    cck_result *result;
};

static void set(cck_region *region, bool *what)
{
    pthread_mutex_lock(&region->lock);
    *what = true;
    pthread_cond_broadcast(&region->changed);
    pthread_mutex_unlock(&region->lock);
}

static void begun(void *context, const cck_source *source, int32_t pid)
{
    cck_region *region = context;
    if (region->options.on_start)
        region->options.on_start(region->options.context, source, pid);
    set(region, &region->counting);
}

static void interval_over(void *context, const cck_interval *interval)
{
    cck_region *region = context;
    region->options.on_interval(region->options.context, interval);
}

static void *look_after(void *context)
{
    cck_region *region = context;
    region->code = cck_stat_run(region->stat, &region->result, &region->error);
    set(region, &region->ended);
    return NULL;
}

static void region_free(cck_region *region)
{
    cck_stat_free(region->stat);
    pthread_cond_destroy(&region->changed);
    pthread_mutex_destroy(&region->lock);
    free(region);
}

static int start(cck_region *region, cck_error *err)
{
    int os_error = cck_quiet_thread(&region->thread, 0, look_after, region);
    if (os_error)
        return cck_fail_os(err, CCK_ELIMIT, os_error, "cannot start a thread");
    pthread_mutex_lock(&region->lock);
    while (!region->counting && !region->ended)
        pthread_cond_wait(&region->changed, &region->lock);
    bool counting = region->counting;
    pthread_mutex_unlock(&region->lock);
    if (counting)
        return 0;
    pthread_join(region->thread, NULL);
    return cck_error_move(err, &region->error);
}

int cck_region_begin(cck_region **out_region, const cck_stat_options *options, cck_error *err)
{
    cck_region *region = calloc(1, sizeof *region);
    if (!region)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    pthread_mutex_init(&region->lock, NULL);
    pthread_cond_init(&region->changed, NULL);
    cck_options_copy(&region->options, sizeof region->options, options,
                     options ? options->size : 0);
    cck_stat_options own = region->options;
    own.size = sizeof own;
    own.repeat = 0;
    own.duration_s = 0;
    own.context = region;
    own.on_start = begun;
    own.on_interval = region->options.on_interval ? interval_over : NULL;
    cck_target_options self = {.size = sizeof self, .pid = getpid()};
    int code = cck_stat_new(&region->stat, &self, &own, err);
    if (code == 0)
        code = start(region, err);
    if (code < 0) {
        region_free(region);
        return code;
    }
    *out_region = region;
    return 0;
}

int cck_region_end(cck_region *region, cck_result **out_result, cck_error *err)
{
    if (!region)
        return cck_fail(err, CCK_EINVALID, "there is no region to end");
    cck_stat_interrupt(region->stat, 0);
    pthread_join(region->thread, NULL);
    int code = region->code;
    if (code == 0) {
        region->result->target.interrupted = false; /* it was to end here */
        *out_result = region->result;
    } else {
        cck_error_move(err, &region->error);
    }
    region_free(region);
    return code;
}
