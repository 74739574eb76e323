/* SPDX-License-Identifier: MIT */
/*
 * usage: faults_target MARK ROUNDS [STATUS]
 * Two threads write to two words of one line, ROUNDS times each, or with 0 until SIGTERM. Ends
 * with STATUS, or 7. How far it is stands in the file MARK, as words of 8 bytes: begun, turns, ended.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t *mark; /* begun, turns, ended */
static struct {
    _Atomic long first, second;
} fields;
static volatile sig_atomic_t over;
static long rounds;

static void on_term(int signal)
{
    over = signal;
}

static void *work(void *field)
{
    _Atomic long *own = field;
    const struct timespec pause = {0, 300000};
    for (long i = 0; rounds ? i < rounds : !over; i++) {
        atomic_fetch_add_explicit(own, 1, memory_order_relaxed);
        if (rounds || i % 20000)
            continue;
        atomic_fetch_add(&mark[1], 1);
        nanosleep(&pause, NULL); /* leave something of the machine to others */
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[2];
    int fd = argc == 3 || argc == 4 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;
    if (fd < 0 || ftruncate(fd, 24) != 0)
        return 2;
    mark = mmap(NULL, 24, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mark == MAP_FAILED)
        return 2;
    rounds = atol(argv[2]);
    if (!rounds) /* not longer than the test that looks on */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGTERM, on_term);
    char *block = malloc(4096);
    if (pthread_create(&threads[0], NULL, work, &fields.first) ||
        pthread_create(&threads[1], NULL, work, &fields.second))
        return 2;
    mark[0] = 1;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    free(block);
    mark[2] = 1;
    return argc == 4 ? atoi(argv[3]) : 7;
}
