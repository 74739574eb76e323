/* SPDX-License-Identifier: MIT */
/* False: an array that is a field of a struct, an element for each thread. */
#include "pattern.h"

struct slot {
    int state;
    int id;
};

static struct board {
    int header;
    struct slot slots[WORKERS_MOST];
} board __attribute__((aligned(64)));

static void work(int worker)
{
    volatile int *state = &board.slots[worker].state;
    for (long i = 0; i < rounds; i++)
        *state = (int)i;
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&board.slots[0].state, &board.slots[1].state);
    run_workers(work);
    return board.slots[0].state != (int)(rounds - 1);
}
