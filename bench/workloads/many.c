/* SPDX-License-Identifier: MIT */
/* THREADS threads make ACCESSES accesses each, to BYTES of memory in all: every thread
 * writes its own share a line at a time, over and over. Each line ends up touched once
 * BYTES / 64 / THREADS accesses were made. Usage: many [THREADS [ACCESSES [BYTES]]] */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LINE = 64, THREADS_MOST = 1024 };

static unsigned long threads = 64, accesses = 100000, bytes = 64UL << 20;
static char *memory;

static void *work(void *number)
{
    size_t share = bytes / threads / LINE * LINE;
    volatile uint64_t *own = (uint64_t *)(memory + (uintptr_t)number * share);
    size_t words = share / sizeof *own;
    size_t place = 0;
    for (unsigned long i = 0; i < accesses; i++) {
        own[place] = i;
        place += LINE / sizeof *own;
        if (place >= words)
            place = 0;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        threads = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        accesses = strtoul(argv[2], NULL, 10);
    if (argc > 3)
        bytes = strtoul(argv[3], NULL, 10);
    if (threads < 1 || threads > THREADS_MOST || bytes / threads < LINE) {
        fprintf(stderr, "usage: %s [THREADS [ACCESSES [BYTES]]]\n", argv[0]);
        return 2;
    }
    /* Not reserved ahead: what is not touched costs nothing. */
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    pthread_t all[THREADS_MOST];
    for (uintptr_t i = 0; i < threads; i++)
        if (pthread_create(&all[i], NULL, work, (void *)i) != 0) {
            perror("pthread_create");
            return 2;
        }
    for (unsigned long i = 0; i < threads; i++)
        pthread_join(all[i], NULL);
    return 0;
}
