/* SPDX-License-Identifier: MIT */
/* False: elements of a flexible array member, handed out behind their header. */
#include "pattern.h"

struct worker {
    long done;
    int state;
};

struct crew {
    long created;
    int count;
    struct worker workers[];
};

static struct crew *crew;
static int first __attribute__((aligned(64)));

static void work(int worker)
{
    struct worker *own = &crew->workers[first + worker];
    for (long i = 0; i < rounds; i++) {
        own->state = (int)(i & 1);
        own->done++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    crew = calloc(1, sizeof *crew + ((size_t)workers + 4) * sizeof crew->workers[0]);
    if (!crew)
        return 2;
    crew->count = workers;
    while (line_of(&crew->workers[first]) != line_of(&crew->workers[first + 1].state))
        first++;
    same_line(&crew->workers[first], &crew->workers[first + 1]);
    run_workers(work);
    return crew->workers[first].done != rounds;
}
