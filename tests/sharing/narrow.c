/* SPDX-License-Identifier: MIT */
/* False: bit-fields of whole bytes, a thread each. */
#include "pattern.h"

struct mode {
    unsigned level : 8;
    unsigned speed : 8;
    unsigned rest : 16;
};

static struct mode *mode;

static void work(int worker)
{
    for (long i = 0; i < rounds; i++) {
        if (worker == 0)
            mode->level = (unsigned char)i;
        else
            mode->speed = (unsigned char)i;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    workers = 2;
    mode = aligned_alloc(LINE, LINE);
    if (!mode)
        return 2;
    same_line(mode, (char *)mode + 1); /* and nobody may make a global of it */
    run_workers(work);
    return mode->level != mode->speed;
}
