/* SPDX-License-Identifier: MIT */
/* No false sharing: a ring whose indices lie apart, each side with a copy of the
 * other's index, and slots of a line each. */
#include <sched.h>
#include <stdatomic.h>

#include "pattern.h"

enum { SLOTS = 256 };

struct slot {
    long value;
} __attribute__((aligned(64)));

struct side {
    _Atomic unsigned long index;
    unsigned long other __attribute__((aligned(64))); /* as last seen; this side's own line */
} __attribute__((aligned(64)));

static struct side producer, consumer;
static struct slot slots[SLOTS];
static long received __attribute__((aligned(64)));

static void produce(void)
{
    for (long i = 0; i < rounds; i++) {
        unsigned long head = (unsigned long)i;
        while (head - producer.other == SLOTS) {
            producer.other = atomic_load_explicit(&consumer.index, memory_order_acquire);
            if (head - producer.other == SLOTS)
                sched_yield();
        }
        slots[head % SLOTS].value = i;
        atomic_store_explicit(&producer.index, head + 1, memory_order_release);
    }
}

static void consume(void)
{
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        unsigned long tail = (unsigned long)i;
        while (consumer.other == tail) {
            consumer.other = atomic_load_explicit(&producer.index, memory_order_acquire);
            if (consumer.other == tail)
                sched_yield();
        }
        sum += slots[tail % SLOTS].value;
        atomic_store_explicit(&consumer.index, tail + 1, memory_order_release);
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
    apart(&producer.index, &consumer.index);
    apart(&producer.index, &producer.other);
    run_workers(work);
    return received != rounds * (rounds - 1) / 2;
}
