/* SPDX-License-Identifier: MIT */
/* False: two std::mutex members side by side, each taken by one thread alone. */
#include <mutex>

#include "pattern.h"

struct Session {
    std::mutex reading;
    std::mutex writing;
};

static Session *session;

static void work(int worker)
{
    std::mutex &own = worker % 2 == 0 ? session->reading : session->writing;
    for (long i = 0; i < rounds; i++)
        std::lock_guard<std::mutex> held(own);
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    workers = 2;
    void *block = aligned_alloc(LINE, 2 * LINE);
    if (!block)
        return 2;
    session = new (block) Session;
    same_line(&session->reading, &session->writing);
    run_workers(work);
    free(block);
    return 0;
}
