/* SPDX-License-Identifier: MIT */
/* False on `struct session`, which is freed; nothing on `struct packet`, which the
 * allocator then puts in its place and one thread alone uses. */
#include "pattern.h"

struct session {
    long sent, received;
    char rest[48];
};

struct packet {
    long length, checksum;
    char rest[48];
};

static struct session *session;

static void work(int worker)
{
    long *own = worker % 2 == 0 ? &session->sent : &session->received;
    for (long i = 0; i < rounds; i++) {
        (*own)++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    session = calloc(1, sizeof *session);
    if (!session)
        return 2;
    same_line(&session->sent, &session->received);
    run_workers(work);
    uintptr_t place = (uintptr_t)session;
    free(session);
    struct packet *packet = malloc(sizeof *packet);
    if (!packet)
        return 2;
    if ((uintptr_t)packet != place)
        fprintf(stderr, "the second object is elsewhere\n");
    packet->length = packet->checksum = 0;
    for (long i = 0; i < rounds; i++) {
        packet->length++;
        packet->checksum += i;
        keep();
    }
    int wrong = packet->length != rounds;
    free(packet);
    return wrong;
}
