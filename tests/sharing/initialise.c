/* SPDX-License-Identifier: MIT */
/* Nothing: the first thread writes a table; all read it from then on. */
#include "pattern.h"

enum { ENTRIES = 1024 };

static long *entries;
static pthread_barrier_t ready __attribute__((aligned(64)));

static void work(int worker)
{
    long sum = 0;
    if (worker == 0)
        for (int i = 0; i < ENTRIES; i++)
            entries[i] = i;
    pthread_barrier_wait(&ready);
    for (long i = 0; i < rounds; i++) {
        sum += entries[i % ENTRIES];
        keep();
    }
    if (sum < 0)
        exit(1);
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    entries = calloc(ENTRIES, sizeof *entries);
    if (!entries)
        return 2;
    pthread_barrier_init(&ready, NULL, (unsigned)workers);
    run_workers(work);
    int wrong = entries[5] != 5;
    free(entries);
    return wrong;
}
