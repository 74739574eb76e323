/* SPDX-License-Identifier: MIT */
/* Rules about where threads run. */
#include <inttypes.h>
#include <string.h>

#include "core/numa/find.h"
#include "core/numa/number_set.h"

/* Less time than this, or fewer moves, is how any thread starts. */
enum { LEAST_MS = 50, LEAST_MOVES = 4, LEAST_FAULTS = 1000 };

static size_t most_ran(const cck_numa_search *search, const cck_numa_thread *thread)
{
    size_t best = 0;
    for (size_t i = 1; i < search->placement->node_count; i++)
        if (thread->ran[i] > thread->ran[best])
            best = i;
    return best;
}

static bool wanders(const cck_numa_search *search, const cck_numa_thread *thread)
{
    return thread->ran && thread->ran_by != CCK_NUMA_RAN_ONCE &&
           thread->ran_by != CCK_NUMA_RAN_CONFINED && thread->node_moves >= LEAST_MOVES &&
           thread->ran_ns >= (uint64_t)LEAST_MS * 1000000u &&
           thread->ran[most_ran(search, thread)] < 0.9;
}

/* Its memory is the reason to stay: the node with most of it, if the thread may run there. */
static const char *where_to_stay(cck_numa_search *search, const cck_numa_view *view,
                                 const cck_numa_thread *thread, size_t *out_slot)
{
    const size_t choices[] = {view->memory_main, most_ran(search, thread)};
    for (size_t i = 0; i < 2; i++) {
        char both[CCK_NUMA_LIST];
        const char *cpus = search->placement->nodes[choices[i]].cpus;
        cck_number_set_common(cpus, thread->cpus, both, sizeof both);
        *out_slot = choices[i];
        if (*both)
            return cck_numa_text(search, "%s", both);
    }
    return "";
}

void cck_numa_rule_wanders(cck_numa_search *search, const cck_numa_view *view)
{
    for (size_t i = 0; i < search->placement->thread_count; i++) {
        const cck_numa_thread *thread = &search->placement->threads[i];
        size_t slot;
        if (thread->pid != view->process->pid || !wanders(search, thread))
            continue;
        cck_finding *finding =
            cck_numa_add(search, view, "thread-wanders-across-nodes", CCK_SEVERITY_MEDIUM);
        if (!finding)
            return;
        finding->title = cck_numa_text(
            search, "thread %" PRId32 " `%s` changed its node %" PRId64 " times and was on node %" PRIu32
            " for %.0f %% of its time",
            thread->tid, thread->name, thread->node_moves,
            search->placement->nodes[most_ran(search, thread)].index,
            100 * thread->ran[most_ran(search, thread)]);
        finding->object.kind = "thread";
        finding->object.name = thread->name;
        finding->evidence.text = thread->ran_by == CCK_NUMA_RAN_SWITCHES
                                     ? "every switch was recorded"
                                     : "looked at every 20 ms: it may have moved more often";
        finding->evidence.cost_text =
            "what it cached and what it touched first stay behind with each move";
        const char *cpus = where_to_stay(search, view, thread, &slot);
        if (*cpus)
            cck_numa_variant(
                search, finding,
                cck_numa_fix_code(
                    cck_numa_text(search, "keep it on node %" PRIu32,
                                  search->placement->nodes[slot].index),
                    cck_numa_text(search, "taskset -pc %s %" PRId32, cpus, thread->tid)));
        cck_numa_variant(search, finding,
                         cck_numa_fix_code("or in code, where the thread starts",
                                           cck_numa_text(search,
                                                         "numa_run_on_node(%" PRIu32
                                                         ");  /* #include <numa.h>, -lnuma */",
                                                         search->placement->nodes[slot].index)));
    }
}

/* ---- numa-balancing-fights-pinning ---- */

static uint64_t faults_of(const cck_numa_search *search, const cck_numa_view *view,
                          bool *out_pinned)
{
    uint64_t sum = 0;
    *out_pinned = true;
    for (size_t i = 0; i < search->placement->thread_count; i++) {
        const cck_numa_thread *thread = &search->placement->threads[i];
        if (thread->pid != view->process->pid)
            continue;
        *out_pinned = *out_pinned && thread->ran_by == CCK_NUMA_RAN_CONFINED;
        for (size_t j = 0; thread->faults && j < search->placement->node_count; j++)
            sum += thread->faults[j];
    }
    return sum;
}

void cck_numa_rule_balancing(cck_numa_search *search, const cck_numa_view *view)
{
    bool pinned;
    uint64_t faults = faults_of(search, view, &pinned);
    if (!search->placement->balancing_known || !search->placement->balancing || !pinned ||
        faults < LEAST_FAULTS)
        return;
    cck_finding *finding =
        cck_numa_add(search, view, "numa-balancing-fights-pinning", CCK_SEVERITY_LOW);
    if (!finding)
        return;
    finding->title = cck_numa_text(search,
                                   "all its threads are pinned, and the kernel still samples their "
                                   "memory: %" PRIu64 " hint faults in the scheduler's window",
                                   faults);
    finding->evidence.text = "counted by the kernel (/proc/PID/task/TID/sched)";
    finding->evidence.cost_text =
        "each hint fault interrupts a thread, to find a node for it that it may not leave anyway";
    cck_numa_variant(search, finding,
                     cck_numa_fix_code("turn automatic balancing off, if the other programs of this "
                                       "machine are pinned, too",
                                       "sysctl kernel.numa_balancing=0"));
    if (*cck_numa_memory_nodes(search, view))
        cck_numa_variant(
            search, finding,
            cck_numa_fix_code("or for this program only: memory with a policy of its own is left "
                              "alone",
                              cck_numa_text(search, "numactl --membind=%s -- %s",
                                            cck_numa_memory_nodes(search, view),
                                            search->target->attached ? "COMMAND"
                                                                     : search->command)));
    cck_numa_note(search, finding,
                  "the counts fade with time: they are no total since the program began");
}
