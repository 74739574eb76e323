/* SPDX-License-Identifier: MIT */
/* True, or nothing where threads wait more than they hand over: threads take turns by a
 * condition variable. */
#include "pattern.h"

struct table {
    pthread_mutex_t lock;
    pthread_cond_t turn_over;
    int turn;
    long turns;
};

static struct table table = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void work(int worker)
{
    for (long i = 0; i < rounds / 50; i++) {
        pthread_mutex_lock(&table.lock);
        while (table.turn != worker)
            pthread_cond_wait(&table.turn_over, &table.lock);
        table.turn = (worker + 1) % workers;
        table.turns++;
        pthread_cond_broadcast(&table.turn_over);
        pthread_mutex_unlock(&table.lock);
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    run_workers(work);
    return table.turns != workers * (rounds / 50);
}
