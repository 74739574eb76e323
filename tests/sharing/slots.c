/* SPDX-License-Identifier: MIT */
/* False: an array on the heap with an element of ELEMENT bytes a thread, OFFSET bytes
 * off a line. Each thread writes the first and the last word of its own element. */
#include "pattern.h"

struct slot {
    long count;
#if ELEMENT > 8
    char rest[ELEMENT - 16];
    long last;
#endif
};

static struct slot *slots;

static void work(int worker)
{
    struct slot *own = &slots[worker];
    for (long i = 0; i < rounds; i++) {
        own->count++;
#if ELEMENT > 8
        own->last = own->count;
#endif
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    char *block = aligned_alloc(LINE, (WORKERS_MOST + 1) * (size_t)LINE);
    if (!block)
        return 2;
    slots = (struct slot *)(block + OFFSET);
    for (int i = 0; i < workers; i++)
        slots[i].count = 0;
    same_line((char *)&slots[0] + sizeof slots[0] - 1, &slots[1]);
    run_workers(work);
    long sum = 0;
    for (int i = 0; i < workers; i++)
        sum += slots[i].count;
    free(block);
    return sum != workers * rounds;
}
