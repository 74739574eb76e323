/* SPDX-License-Identifier: MIT */
/* False: two structs of different types, neighbours in a pool from one malloc(). */
#include "pattern.h"

struct connection {
    long id;
    long bytes;
};

struct timer {
    long when;
    int fired;
};

static char *pool;
static size_t used;
static struct connection *connection;
static struct timer *timer;

static void *take(size_t size)
{
    void *start = pool + used;
    used += size;
    return start;
}

static void work(int worker)
{
    if (worker % 2) {
        struct connection *own = connection;
        for (long i = 0; i < rounds; i++) {
            own->bytes++;
            keep();
        }
    } else {
        struct timer *own = timer;
        for (long i = 0; i < rounds; i++) {
            own->fired++;
            keep();
        }
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    pool = calloc(1, 1 << 20);
    if (!pool)
        return 2;
    used = LINE - (size_t)((uintptr_t)pool % LINE);
    connection = take(sizeof *connection);
    timer = take(sizeof *timer);
    same_line(&connection->bytes, &timer->fired);
    run_workers(work);
    return connection->bytes < rounds;
}
