/* SPDX-License-Identifier: MIT */
/* False: two mutexes side by side, each used by one thread alone. */
#include "pattern.h"

struct shard {
    long entries;
} __attribute__((aligned(64)));

static pthread_mutex_t locks[2]
    __attribute__((aligned(64))) = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static struct shard shards[2];

static void work(int worker)
{
    int shard = worker % 2;
    for (long i = 0; i < rounds; i++) {
        pthread_mutex_lock(&locks[shard]);
        shards[shard].entries++;
        pthread_mutex_unlock(&locks[shard]);
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    workers = 2;
    same_line(&locks[0], &locks[1]);
    apart(&shards[0], &shards[1]);
    run_workers(work);
    return shards[0].entries + shards[1].entries != workers * rounds;
}
