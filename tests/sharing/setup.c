/* SPDX-License-Identifier: MIT */
/* None: threads wait once for a lock that main has while it sets up, then each works alone. */
#include <unistd.h>

#include "pattern.h"

static pthread_mutex_t ready = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *sum)
{
    pthread_mutex_lock(&ready);
    pthread_mutex_unlock(&ready);
    for (long i = 0; i < rounds; i++) {
        *(volatile long *)sum += i;
        keep();
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[8];
    long sums[8 * LINE] __attribute__((aligned(LINE)));
    arguments(argc, argv);
    pthread_mutex_lock(&ready);
    for (int i = 0; i < 8; i++)
        if (pthread_create(&threads[i], NULL, work, &sums[i * LINE]) != 0)
            return 2;
    usleep(500000);
    pthread_mutex_unlock(&ready);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
