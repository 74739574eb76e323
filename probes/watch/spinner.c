/* SPDX-License-Identifier: MIT */
#include "probes/watch/spinner.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"

enum {
    LEAST_GAP = 500,   /* ns above its usual round: an interruption */
    MOST_GAP = 200000, /* ns: more is the scheduler's doing */
    WARM_UP = 1000,    /* rounds that tell how long one takes */
    PATIENCE_MS = 10000,
    NAP_US = 200,
};

uint64_t cck_spinner_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t usual_round(cck_spinner *spinner)
{
    uint64_t least = UINT64_MAX, last = cck_spinner_now();
    for (int i = 0; i < WARM_UP; i++) {
        spinner->words[0]++;
        uint64_t now = cck_spinner_now();
        least = now - last < least ? now - last : least;
        last = now;
    }
    return least;
}

static void *spin(void *argument)
{
    cck_spinner *spinner = argument;
    uint64_t least = 3 * usual_round(spinner) + LEAST_GAP, count = 0, rounds = 0;
    atomic_store(&spinner->stack, (uint64_t)(uintptr_t)__builtin_frame_address(0));
    atomic_store(&spinner->tid, (int32_t)gettid());
    uint64_t last = cck_spinner_now();
    while (!atomic_load_explicit(&spinner->stop, memory_order_relaxed)) {
        spinner->words[0]++;
        /* Instructions that are known to follow: the trial breaks at one of them. */
        __asm__ volatile("nop\n\tnop" ::: "memory");
        uint64_t now = cck_spinner_now(), gap = now - last;
        last = now;
        atomic_store_explicit(&spinner->rounds, ++rounds, memory_order_relaxed);
        if (gap < least)
            continue;
        atomic_store_explicit(&spinner->gaps[count++ % CCK_SPINNER_GAPS],
                              gap < UINT32_MAX ? (uint32_t)gap : UINT32_MAX, memory_order_relaxed);
        atomic_store_explicit(&spinner->gap_count, count, memory_order_release);
    }
    return NULL;
}

static void nap(unsigned us)
{
    struct timespec time = {us / 1000000, (long)(us % 1000000) * 1000};
    nanosleep(&time, NULL);
}

int cck_spinner_start(cck_spinner *spinner, cck_error *err)
{
    sigset_t all, old;
    *spinner = (cck_spinner){0};
    sigfillset(&all); /* signals are for the caller's threads */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    int os_error = pthread_create(&spinner->thread, NULL, spin, spinner);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (os_error)
        return cck_fail_os(err, cck_code_of_errno(os_error), os_error, "cannot start a thread");
    while (!atomic_load(&spinner->tid))
        nap(NAP_US);
    return 0;
}

void cck_spinner_stop(cck_spinner *spinner)
{
    atomic_store(&spinner->stop, true);
    pthread_join(spinner->thread, NULL);
}

bool cck_spinner_wait(cck_spinner *spinner, unsigned us, uint64_t rounds)
{
    uint64_t from = atomic_load(&spinner->rounds), began = cck_spinner_now();
    nap(us);
    while (atomic_load(&spinner->rounds) - from < rounds) {
        if (cck_spinner_now() - began > PATIENCE_MS * 1000000ull)
            return false;
        nap(NAP_US);
    }
    return true;
}

static int compare_gaps(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

cck_spinner_gaps cck_spinner_gaps_since(cck_spinner *spinner, uint64_t from, uint64_t longest)
{
    static const cck_spinner_gaps none;
    uint64_t to = atomic_load(&spinner->gap_count);
    if (to - from > CCK_SPINNER_GAPS)
        from = to - CCK_SPINNER_GAPS;
    uint32_t *sorted = malloc((to - from + 1) * sizeof *sorted);
    if (!sorted)
        return none;
    size_t count = 0;
    for (uint64_t i = from; i < to; i++) {
        uint32_t gap =
            atomic_load_explicit(&spinner->gaps[i % CCK_SPINNER_GAPS], memory_order_relaxed);
        if (gap <= MOST_GAP)
            sorted[count++] = gap;
    }
    qsort(sorted, count, sizeof *sorted, compare_gaps);
    size_t first = count > longest ? count - (size_t)longest : 0;
    cck_spinner_gaps found = {.count = count - first};
    for (size_t i = first; i < count; i++)
        found.sum_ns += sorted[i];
    size_t middle = first + found.count / 2;
    if (found.count)
        found.median_ns = sorted[middle];
    free(sorted);
    return found;
}
