/* SPDX-License-Identifier: MIT */
/* True: readers of a lock that is shared for reading all change its count. What they read
 * beside it is written by nobody: a line of its own would not part them. */
#include "pattern.h"

struct table {
    pthread_rwlock_t lock;
    long value;
};

static struct table table __attribute__((aligned(64))) = {PTHREAD_RWLOCK_INITIALIZER, 7};
static long sums[WORKERS_MOST][8] __attribute__((aligned(64)));

static void work(int worker)
{
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        pthread_rwlock_rdlock(&table.lock);
        sum += table.value;
        pthread_rwlock_unlock(&table.lock);
    }
    sums[worker][0] = sum;
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&table.lock, &table.value);
    run_workers(work);
    return sums[0][0] != 7 * rounds;
}
