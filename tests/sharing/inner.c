/* SPDX-License-Identifier: MIT */
/* False: two structs within one, of which threads are handed the inner ones. */
#include "pattern.h"

struct queue {
    long head, count;
};

struct server {
    struct queue in, out;
    int file;
};

static struct server *server;

static void push(struct queue *queue)
{
    queue->count++;
    keep();
}

static void work(int worker)
{
    struct queue *own = worker % 2 ? &server->in : &server->out;
    for (long i = 0; i < rounds; i++)
        push(own);
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    server = aligned_alloc(LINE, LINE);
    if (!server)
        return 2;
    *server = (struct server){.file = 1};
    same_line(&server->in.count, &server->out.count);
    run_workers(work);
    return server->in.count < rounds;
}
