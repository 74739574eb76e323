/* SPDX-License-Identifier: MIT */
#ifndef CCK_MACHINE_CREW_H
#define CCK_MACHINE_CREW_H

#include <stdbool.h>
#include <stddef.h>

#include <cachecheck/error.h>

/** Threads that are pinned, one to each CPU, and begin together. */

enum { CCK_CREW_MOST = 64, CCK_APART = 256 /* bytes: no two lines that belong together */ };

typedef struct cck_crew_member {
    size_t index; /* 0 is who takes the samples */
    int cpu;
    void *context;
} cck_crew_member;

/**
 * Run `work` on each CPU and wait for all. CCK_EINVALID (no or too many CPUs), CCK_ELIMIT (a thread
 * cannot be started or pinned). Who cannot begin because another is missing returns unworked.
 */
int cck_crew_run(const int *cpus, size_t count, void (*work)(const cck_crew_member *self),
                 void *context, cck_error *err);

/** Watches over a sample: was this thread on its CPU all the time? */
typedef struct cck_guard {
    long switches;
} cck_guard;

void cck_guard_begin(cck_guard *guard);

/** No switch to another thread since, and still on that CPU. */
bool cck_guard_held(const cck_guard *guard, int cpu);

/** ns, monotonic. */
double cck_now_ns(void);

/** Tell the CPU that this is a loop that waits. */
static inline void cck_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
