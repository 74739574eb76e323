/* SPDX-License-Identifier: MIT */
#include "probes/machine/crew.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

#include "core/base/fail.h"
#include "core/machine/machine.h"

typedef struct crew {
    void (*work)(const cck_crew_member *self);
    cck_crew_member members[CCK_CREW_MOST];
    size_t count;
    atomic_size_t ready;
    atomic_bool off; /* not everybody could be started */
} crew;

typedef struct start {
    crew *of;
    size_t index;
} start;

double cck_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Switches of both kinds: a thread that never waits still yields where it must. */
static long switches(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw + usage.ru_nvcsw : -1;
}

void cck_guard_begin(cck_guard *guard)
{
    guard->switches = switches();
}

bool cck_guard_held(const cck_guard *guard, int cpu)
{
    return switches() == guard->switches && sched_getcpu() == cpu;
}

static void *begin(void *context)
{
    const start *self = context;
    crew *c = self->of;
    /* One that is not where it should be would be waited for in vain later on. */
    if (sched_getcpu() != c->members[self->index].cpu)
        atomic_store(&c->off, true);
    atomic_fetch_add(&c->ready, 1);
    while (atomic_load(&c->ready) < c->count)
        if (atomic_load(&c->off))
            return NULL;
        else
            sched_yield(); /* the missing one may want this CPU */
    if (!atomic_load(&c->off))
        c->work(&c->members[self->index]);
    return NULL;
}

static bool start_on(pthread_t *out_thread, int cpu, start *self)
{
    pthread_attr_t attributes;
    size_t size = CPU_ALLOC_SIZE(CCK_MACHINE_CPU_LIMIT);
    cpu_set_t *one = CPU_ALLOC(CCK_MACHINE_CPU_LIMIT);
    if (!one || pthread_attr_init(&attributes) != 0) {
        if (one)
            CPU_FREE(one);
        return false;
    }
    CPU_ZERO_S(size, one);
    CPU_SET_S((size_t)cpu, size, one);
    bool started = pthread_attr_setaffinity_np(&attributes, size, one) == 0 &&
                   pthread_create(out_thread, &attributes, begin, self) == 0;
    pthread_attr_destroy(&attributes);
    CPU_FREE(one);
    return started;
}

int cck_crew_run(const int *cpus, size_t count, void (*work)(const cck_crew_member *self),
                 void *context, cck_error *err)
{
    pthread_t threads[CCK_CREW_MOST];
    start starts[CCK_CREW_MOST];
    crew c = {.work = work, .count = count};
    size_t started = 0;
    if (!count || count > CCK_CREW_MOST)
        return cck_fail(err, CCK_EINVALID, "no crew has %zu members", count);
    for (size_t i = 0; i < count; i++) {
        c.members[i] = (cck_crew_member){.index = i, .cpu = cpus[i], .context = context};
        starts[i] = (start){&c, i};
    }
    while (started < count && start_on(&threads[started], cpus[started], &starts[started]))
        started++;
    if (started < count)
        atomic_store(&c.off, true);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return started == count
               ? 0
               : cck_fail(err, CCK_ELIMIT, "cannot start a thread on CPU %d", cpus[started]);
}
