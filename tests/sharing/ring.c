/* SPDX-License-Identifier: MIT */
/* Mixed: a ring's head and tail on one line. Producer and consumer write one each and
 * also read the other's; apart and with cached copies they would hardly meet. Where the
 * two run in step, as some compilers' code does, every miss brings what is read next:
 * all of the sharing is true then, by definition. */
#include <sched.h>
#include <stdatomic.h>

#include "pattern.h"

enum { SLOTS = 1024 };

struct ring {
    _Atomic unsigned long head;
    _Atomic unsigned long tail;
    long slots[SLOTS] __attribute__((aligned(64)));
};

static struct ring ring __attribute__((aligned(64)));
static long received __attribute__((aligned(64)));

static void produce(void)
{
    for (long i = 0; i < rounds; i++) {
        unsigned long head = atomic_load_explicit(&ring.head, memory_order_relaxed);
        while (head - atomic_load_explicit(&ring.tail, memory_order_acquire) == SLOTS)
            sched_yield();
        ring.slots[head % SLOTS] = i;
        atomic_store_explicit(&ring.head, head + 1, memory_order_release);
    }
}

static void consume(void)
{
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        unsigned long tail = atomic_load_explicit(&ring.tail, memory_order_relaxed);
        while (atomic_load_explicit(&ring.head, memory_order_acquire) == tail)
            sched_yield();
        sum += ring.slots[tail % SLOTS];
        atomic_store_explicit(&ring.tail, tail + 1, memory_order_release);
    }
    received = sum;
}

static void work(int worker)
{
    if (worker == 0)
        produce();
    else
        consume();
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    workers = 2;
    same_line(&ring.head, &ring.tail);
    apart(&ring.tail, &ring.slots[0]);
    run_workers(work);
    return received != rounds * (rounds - 1) / 2;
}
