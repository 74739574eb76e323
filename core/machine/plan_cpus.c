/* SPDX-License-Identifier: MIT */
/* Which CPUs and nodes are measured: those that this process may use; of many CPUs some of each
 * corner, because pairs grow with the square. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/machine/machine.h"
#include "core/machine/meter.h"

enum { CPUS_QUICK = 8, CPUS_FULL = 32, NODES_QUICK = 4, NODES_FULL = 64 };

/* Allowed CPUs by number; those beyond CPU_SETSIZE too. Returns how many, or -1. */
static int allowed_cpus(unsigned limit, int *out)
{
    cpu_set_t *set = CPU_ALLOC(CCK_MACHINE_CPU_LIMIT);
    size_t size = CPU_ALLOC_SIZE(CCK_MACHINE_CPU_LIMIT);
    int count = 0;
    if (!set || sched_getaffinity(0, size, set) != 0)
        count = -1;
    for (unsigned cpu = 0; count >= 0 && cpu < limit; cpu++)
        if (CPU_ISSET_S(cpu, size, set))
            out[count++] = (int)cpu;
    if (set)
        CPU_FREE(set);
    return count;
}

static bool has_core(const cck_machine *machine, const int *cpus, size_t count, int cpu)
{
    int core = cck_machine_core_of_cpu(machine, (unsigned)cpu);
    for (size_t i = 0; i < count; i++)
        if (cck_machine_core_of_cpu(machine, (unsigned)cpus[i]) == core)
            return true;
    return false;
}

/* One CPU of each core; of a machine with hardware threads the first core's second one too, so
 * that what siblings cost is known. */
static size_t one_of_each_core(const cck_machine *machine, const int *allowed, size_t count,
                               int *out)
{
    size_t used = 0;
    int sibling = -1;
    for (size_t i = 0; i < count; i++) {
        if (!has_core(machine, out, used, allowed[i]))
            out[used++] = allowed[i];
        else if (sibling < 0 && has_core(machine, out, 1, allowed[i]))
            sibling = allowed[i];
    }
    if (sibling >= 0) {
        memmove(out + 2, out + 1, (used - 1) * sizeof *out);
        out[1] = sibling;
        used++;
    }
    return used;
}

/* Every so manieth; the first stay, for they are siblings or neighbours. */
static size_t thin_out(int *cpus, size_t count, size_t most)
{
    if (count <= most)
        return count;
    for (size_t i = 2; i < most; i++)
        cpus[i] = cpus[2 + (i - 2) * (count - 3) / (most - 3)];
    return most;
}

static int choose_nodes(cck_plan *plan, cck_error *err)
{
    size_t count, used = 0, most = plan->quick ? NODES_QUICK : NODES_FULL;
    const cck_node *nodes = cck_machine_get_nodes(plan->machine, &count);
    int *chosen = cck_arena_array(plan->arena, count + 1, sizeof *chosen);
    if (!chosen)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        if (nodes[i].allowed && nodes[i].memory)
            chosen[used++] = (int)nodes[i].index;
    if (used > most)
        cck_plan_remark(plan, cck_arena_printf(plan->arena,
                                               "memory was measured of %zu of %zu nodes: the "
                                               "others take a run without --quick",
                                               most, used));
    for (size_t i = 0; used > most && i < most; i++)
        chosen[i] = chosen[i * (used - 1) / (most - 1)];
    plan->nodes = chosen;
    plan->node_count = used > most ? most : used;
    return 0;
}

int cck_plan_choose(cck_plan *plan, cck_error *err)
{
    unsigned limit = plan->machine->cpu_limit;
    int *allowed = cck_arena_array(plan->arena, limit + 1, sizeof *allowed);
    int *chosen = cck_arena_array(plan->arena, limit + 2, sizeof *chosen);
    if (!allowed || !chosen)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int count = allowed_cpus(limit, allowed);
    if (count <= 0)
        return cck_fail(err, CCK_EUNSUPPORTED, "the CPUs that this process may use are not known");
    size_t used = one_of_each_core(plan->machine, allowed, (size_t)count, chosen);
    plan->cpu_count = thin_out(chosen, used, plan->quick ? CPUS_QUICK : CPUS_FULL);
    plan->cpus = chosen;
    if (plan->cpu_count < (size_t)count)
        cck_plan_remark(plan, cck_arena_printf(plan->arena,
                                               "%zu of %d CPUs were measured, of different cores "
                                               "in all parts of the machine",
                                               plan->cpu_count, count));
    return choose_nodes(plan, err);
}

bool cck_plan_pair(const cck_plan *plan, bool apart, int out_cpus[2])
{
    const cck_machine *machine = plan->machine;
    int spare = -1;
    out_cpus[0] = plan->cpus[0];
    for (size_t i = 1; i < plan->cpu_count; i++) {
        int cpu = plan->cpus[i];
        bool other_node = cck_machine_node_of_cpu(machine, (unsigned)cpu) !=
                          cck_machine_node_of_cpu(machine, (unsigned)out_cpus[0]);
        bool other_core = !has_core(machine, out_cpus, 1, cpu);
        out_cpus[1] = cpu;
        if (other_node == apart && other_core)
            return true;
        if (spare < 0 && !other_node)
            spare = cpu;
    }
    out_cpus[1] = spare;
    return !apart && spare >= 0;
}
