/* SPDX-License-Identifier: MIT */
/* Nothing: two threads use fields of one line, but one after the other. */
#include "pattern.h"

enum { TURNS = 10 };

struct stats {
    long odd, even;
};

static struct stats stats __attribute__((aligned(64)));
static pthread_barrier_t turn_end __attribute__((aligned(64)));

static void work(int worker)
{
    for (int turn = 0; turn < TURNS; turn++) {
        if (turn % 2 == worker)
            for (long i = 0; i < rounds; i++) {
                if (worker == 0)
                    stats.even++;
                else
                    stats.odd++;
                keep();
            }
        pthread_barrier_wait(&turn_end);
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    workers = 2;
    same_line(&stats.odd, &stats.even);
    pthread_barrier_init(&turn_end, NULL, 2);
    run_workers(work);
    return stats.odd + stats.even != TURNS * rounds;
}
