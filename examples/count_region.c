/* SPDX-License-Identifier: MIT */
/* Count a region of this very program, by thread: which of them has how many page faults? */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <cachecheck/cachecheck.h>

static pthread_barrier_t gate;

static void *work(void *pages)
{
    pthread_barrier_wait(&gate); /* the region begins */
    size_t size = (size_t)pages * 4096;
    volatile char *block = aligned_alloc(4096, size);
    for (size_t at = 0; block && at < size; at += 4096)
        block[at] = 1;
    pthread_barrier_wait(&gate); /* it ends */
    free((void *)block);
    return NULL;
}

int main(void)
{
    cck_error err = {0};
    cck_region *region = NULL;
    cck_result *result;
    const char *const events[] = {"page-faults", NULL};
    cck_stat_options options = {.size = sizeof options, .events = events};
    pthread_t threads[2];
    pthread_barrier_init(&gate, NULL, 3);
    for (size_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, (void *)(1000 * (i + 1)));
    int code = cck_region_begin(&region, &options, &err);
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
    if (code < 0 || cck_region_end(region, &result, &err) < 0)
        return fprintf(stderr, "%s; %s\n", err.message, err.hint), 1;
    for (size_t i = 0; i < result->row_count; i++)
        printf("thread %d: %" PRIu64 " page faults\n", result->rows[i].tid,
               result->rows[i].values[0].value);
    cck_result_free(result);
    return 0;
}
