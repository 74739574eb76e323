/* SPDX-License-Identifier: MIT */
/* False: an array on the stack of a worker, which hands an element to each of its own threads.
 * It waits for them from the first moment on, so that no sample ever tells where its stack is. */
#include "pattern.h"

struct partial {
    long sum;
};

static void *add_up(void *place)
{
    struct partial *own = place;
    for (long i = 0; i < rounds; i++) {
        own->sum += i;
        keep();
    }
    return NULL;
}

static void *lead(void *unused)
{
    struct partial parts[2] __attribute__((aligned(64))) = {{0}, {0}};
    pthread_t threads[2];
    same_line(&parts[0], &parts[1]);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, add_up, &parts[i]) != 0)
            exit(2);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return parts[0].sum == parts[1].sum ? &rounds : unused;
}

int main(int argc, char **argv)
{
    pthread_t leader;
    void *good;
    arguments(argc, argv);
    if (pthread_create(&leader, NULL, lead, NULL) != 0)
        return 2;
    pthread_join(leader, &good);
    return !good;
}
