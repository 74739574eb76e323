/* SPDX-License-Identifier: MIT */
/* False: two fields of a struct that lies, behind others, in an arena from mmap(). */
#include <sys/mman.h>

#include "pattern.h"

struct limits {
    long least, most;
};

struct session {
    long id, received, sent;
    char name[24];
};

static char *arena;
static size_t used;
static struct session *session;

static void *take(size_t size)
{
    void *start = arena + used;
    used += (size + 15) & ~(size_t)15;
    return start;
}

static void work(int worker)
{
    struct session *own = session;
    if (worker % 2) {
        for (long i = 0; i < rounds; i++) {
            own->received++;
            keep();
        }
    } else {
        for (long i = 0; i < rounds; i++) {
            own->sent++;
            keep();
        }
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    arena = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED)
        return 2;
    struct limits *limits = take(sizeof *limits);
    limits->most = workers;
    do
        session = take(sizeof *session);
    while (line_of(&session->received) != line_of(&session->sent));
    same_line(&session->received, &session->sent);
    run_workers(work);
    return limits->most != workers || session->sent < rounds;
}
