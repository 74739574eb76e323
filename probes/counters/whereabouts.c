/* SPDX-License-Identifier: MIT */
#include "probes/counters/whereabouts.h"

#include <time.h>

#include "core/base/proc.h"

enum { PERIOD_NS = 90000000, SHARE = 20 }; /* 90 ms, for who is called every 100 */

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What it ran since the last look is put down to the CPU where it is now. */
static void look_at(const cck_root *root, cck_ledger *ledger, cck_ledger_thread *thread)
{
    uint64_t runtime;
    if (cck_proc_runtime(root, thread->pid, thread->tid, &runtime) != 0 ||
        runtime <= thread->sampled)
        return;
    int cpu = cck_proc_cpu(root, thread->pid, thread->tid);
    if (cpu < 0)
        return;
    cck_ledger_ran(ledger, thread, (uint32_t)cpu, runtime - thread->sampled);
    thread->sampled = runtime;
    thread->last = cpu;
}

void cck_whereabouts_look(cck_whereabouts *whereabouts, const cck_root *root, cck_ledger *ledger,
                          uint64_t now_ns)
{
    if (now_ns < whereabouts->next)
        return;
    for (size_t i = 0; i < ledger->thread_count; i++)
        if (!ledger->threads[i]->ended)
            look_at(root, ledger, ledger->threads[i]);
    uint64_t after = clock_ns(), took = after > now_ns ? after - now_ns : 0;
    uint64_t pause = took * SHARE > PERIOD_NS ? took * SHARE : PERIOD_NS;
    whereabouts->next = after + pause;
}
