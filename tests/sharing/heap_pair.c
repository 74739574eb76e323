/* SPDX-License-Identifier: MIT */
/* False: two small objects that the allocator put on one line, a thread each. */
#include "pattern.h"

struct job {
    long done;
};

static struct job *jobs[2];

static void work(int worker)
{
    struct job *own = jobs[worker % 2];
    for (long i = 0; i < rounds; i++) {
        own->done++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    /* Neighbours may lie on two lines: then one of them and the next do not. */
    for (int tries = 0; tries < 8; tries++) {
        jobs[0] = jobs[1];
        if (!(jobs[1] = calloc(1, sizeof *jobs[1])))
            return 2;
        if (jobs[0] && line_of(jobs[0]) == line_of(jobs[1]))
            break;
    }
    if (!jobs[0])
        return 2;
    same_line(jobs[0], jobs[1]);
    run_workers(work);
    return jobs[0]->done + jobs[1]->done != workers * rounds && workers == 2;
}
