/* SPDX-License-Identifier: MIT */
#ifndef SHARING_PATTERN_H
#define SHARING_PATTERN_H

/**
 * What the programs of known sharing have in common: arguments, threads that start
 * together, and a look at their own addresses. A compiler or an allocator that places
 * things otherwise than a program's name says makes it end with status 3, so that
 * nobody takes a program that is not what it says for a missed or false finding.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE = 64, WORKERS_MOST = 64 };

static long rounds __attribute__((aligned(64))) = 100000;
static int workers __attribute__((aligned(64))) = 2;

static pthread_barrier_t start_line __attribute__((aligned(64)));
static void (*start_work)(int worker) __attribute__((aligned(64)));

/** Nothing in memory is known before or after: each round loads and stores anew. */
static inline void keep(void)
{
    __asm__ volatile("" ::: "memory");
}

/** Usage: PROGRAM [ROUNDS [THREADS]] */
static inline void arguments(int argc, char **argv)
{
    if (argc > 1)
        rounds = atol(argv[1]);
    if (argc > 2)
        workers = atoi(argv[2]);
    if (rounds < 1 || workers < 1 || workers > WORKERS_MOST) {
        fprintf(stderr, "usage: %s [ROUNDS [THREADS]]\n", argv[0]);
        exit(2);
    }
}

static inline uintptr_t line_of(const volatile void *address)
{
    return (uintptr_t)address / LINE;
}

static inline void misplaced(const volatile void *one, const volatile void *other)
{
    fprintf(stderr, "not what this program is about: %p and %p\n", (void *)one, (void *)other);
    exit(3);
}

static inline void same_line(const volatile void *one, const volatile void *other)
{
    if (line_of(one) != line_of(other) || one == other)
        misplaced(one, other);
}

static inline void apart(const volatile void *one, const volatile void *other)
{
    if (line_of(one) == line_of(other))
        misplaced(one, other);
}

static inline void *begin_worker(void *number)
{
    pthread_barrier_wait(&start_line);
    start_work((int)(intptr_t)number);
    return NULL;
}

/** Calls work(0) to work(workers - 1), each in a thread of its own, at the same time. */
static inline void run_workers(void (*work)(int worker))
{
    pthread_t threads[WORKERS_MOST];
    start_work = work;
    pthread_barrier_init(&start_line, NULL, (unsigned)workers);
    for (int i = 0; i < workers; i++)
        if (pthread_create(&threads[i], NULL, begin_worker, (void *)(intptr_t)i) != 0) {
            perror("pthread_create");
            exit(2);
        }
    for (int i = 0; i < workers; i++)
        pthread_join(threads[i], NULL);
}

#endif
