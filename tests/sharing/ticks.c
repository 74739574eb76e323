/* SPDX-License-Identifier: MIT */
/* Low: a clock that ticks a hundred times a second, beside settings that workers read all the time.
 * While it runs it writes as fast as any, but it hardly ever runs. */
#include <time.h>

#include "pattern.h"

static struct {
    int level;
    int ticks;
    long settings[6];
} shared __attribute__((aligned(64))) = {1, 0, {1, 2, 3, 4, 5, 6}};

static volatile int done __attribute__((aligned(64)));
static long sums[WORKERS_MOST][LINE] __attribute__((aligned(64)));

static void *tick(void *nothing)
{
    const struct timespec pause = {0, 10000000};
    while (!done) {
        nanosleep(&pause, NULL);
        __atomic_fetch_add(&shared.ticks, 1, __ATOMIC_SEQ_CST);
    }
    return nothing;
}

static void work(int worker)
{
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        sum += shared.settings[i & 3] + shared.level;
        keep();
    }
    sums[worker][0] = sum;
}

int main(int argc, char **argv)
{
    pthread_t clock;
    arguments(argc, argv);
    same_line(&shared.ticks, &shared.settings[3]);
    if (pthread_create(&clock, NULL, tick, NULL) != 0)
        return 2;
    run_workers(work);
    done = 1;
    pthread_join(clock, NULL);
    return sums[0][0] == 0;
}
