/* SPDX-License-Identifier: MIT */
/* False: fields of a struct in a union in a struct on the heap. */
#include "pattern.h"

struct device {
    int kind;
    union {
        struct {
            long sent, received;
        } net;
        struct {
            char model[16];
        } disk;
    } u;
};

static struct device *device;

static void work(int worker)
{
    struct device *used = device;
    for (long i = 0; i < rounds; i++) {
        if (worker == 0)
            used->u.net.sent++;
        else
            used->u.net.received++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    workers = 2;
    device = aligned_alloc(LINE, LINE);
    if (!device)
        return 2;
    device->u.net.sent = device->u.net.received = 0;
    same_line(&device->u.net.sent, &device->u.net.received);
    run_workers(work);
    return device->u.net.sent != rounds || device->u.net.received != rounds;
}
