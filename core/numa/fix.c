/* SPDX-License-Identifier: MIT */
/* Fixes: each is made only where the process is allowed what it says. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/numa/find.h"
#include "core/numa/number_set.h"

static const cck_numa_node *node_at(const cck_numa_search *search, size_t slot)
{
    return &search->placement->nodes[slot];
}

/* CPUs of a node that the process's threads may run on; "" none. */
static const char *cpus_of(cck_numa_search *search, const cck_numa_view *view, size_t slot)
{
    char both[CCK_NUMA_LIST];
    const cck_numa_node *node = node_at(search, slot);
    if (!*view->cpus)
        return ""; /* not known: then nothing is promised */
    cck_number_set_common(node->cpus, view->cpus, both, sizeof both);
    return *both ? cck_numa_text(search, "%s", both) : "";
}

bool cck_numa_takes(const cck_numa_search *search, const cck_numa_view *view, size_t slot,
                    uint64_t bytes)
{
    const cck_numa_node *node = node_at(search, slot);
    if (!*view->mems || !cck_number_set_has(view->mems, node->index))
        return false;
    /* What is free, less what the kernel keeps; page cache that it would give up is extra. */
    return !node->memory || bytes + node->memory / 50 <= node->free;
}

const char *cck_numa_memory_nodes(cck_numa_search *search, const cck_numa_view *view)
{
    char list[CCK_NUMA_LIST] = "";
    size_t used = 0;
    for (size_t i = 0; i < search->placement->node_count && used + 12 < sizeof list; i++) {
        const cck_numa_node *node = node_at(search, i);
        bool used_there = view->run[i] >= 0.1 || view->run[view->run_main] <= 0;
        if (!node->cpuless && used_there && *view->mems &&
            cck_number_set_has(view->mems, node->index))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%" PRIu32,
                                     used ? "," : "", node->index);
    }
    return cck_numa_text(search, "%s", list);
}

static cck_suggestion suggestion(const char *text, const char *code)
{
    return (cck_suggestion){.text = text, .cost_of = "", .code = code, .patch = ""};
}

cck_suggestion cck_numa_fix_code(const char *text, const char *code)
{
    return suggestion(text, code);
}

bool cck_numa_fix_move(cck_numa_search *search, const cck_numa_view *view, const char *from,
                       size_t to, double remote_after, cck_suggestion *out)
{
    uint64_t bytes = 0;
    const uint64_t *total = view->process->rows[CCK_NUMA_ROW_TOTAL];
    uint32_t index = node_at(search, to)->index;
    for (size_t i = 0; total && i < search->placement->node_count; i++)
        if (i != to && cck_number_set_has(from, node_at(search, i)->index))
            bytes += total[i];
    if (!*from || !cck_numa_takes(search, view, to, bytes))
        return false;
    *out = suggestion(
        remote_after >= 0
            ? cck_numa_text(search,
                            "move its memory to node %" PRIu32
                            ", where its threads run: leaves %.0f %% remote",
                            index, 100 * remote_after)
            : cck_numa_text(search, "move its pages of node %s to node %" PRIu32, from, index),
        cck_numa_text(search, "migratepages %" PRId32 " %s %" PRIu32, view->process->pid, from,
                      index));
    return true;
}

bool cck_numa_fix_run(cck_numa_search *search, const cck_numa_view *view, size_t on,
                      double remote_after, cck_suggestion *out)
{
    const char *cpus = cpus_of(search, view, on);
    if (!*cpus)
        return false;
    *out = suggestion(cck_numa_text(search,
                                    "run its threads on node %" PRIu32
                                    ", where its memory is: leaves %.0f %% remote",
                                    node_at(search, on)->index, 100 * remote_after),
                      cck_numa_text(search, "taskset -apc %s %" PRId32, cpus, view->process->pid));
    return true;
}

/* The command of a process that was there before us is not known: the reader knows it. */
static const char *command_of(cck_numa_search *search)
{
    return search->target->attached ? "COMMAND" : search->command;
}

bool cck_numa_fix_start(cck_numa_search *search, const cck_numa_view *view, size_t on,
                        cck_suggestion *out)
{
    uint32_t index = node_at(search, on)->index;
    const char *cpus = cpus_of(search, view, on);
    if (!*cpus || !cck_numa_takes(search, view, on, 0) ||
        (node_at(search, on)->memory && node_at(search, on)->memory < view->resident))
        return false;
    /* --cpunodebind takes all CPUs of the node, and fails where a cpuset has only some. */
    bool whole = cck_number_set_within(node_at(search, on)->cpus, view->cpus);
    const char *where = whole ? cck_numa_text(search, "--cpunodebind=%" PRIu32, index)
                              : cck_numa_text(search, "--physcpubind=%s", cpus);
    const char *line = cck_numa_text(search, "numactl %s --membind=%" PRIu32 " -- %s", where, index,
                                     command_of(search));
    *out = suggestion(
        cck_numa_text(search, "start it with CPUs and memory of node %" PRIu32 " only", index),
        line);
    return true;
}

bool cck_numa_fix_spread(cck_numa_search *search, const cck_numa_view *view, cck_suggestion *out)
{
    const char *nodes = cck_numa_memory_nodes(search, view);
    if (cck_number_set_count(nodes) < 2)
        return false;
    *out = suggestion(
        cck_numa_text(search, "start it with its memory spread over nodes %s", nodes),
        cck_numa_text(search, "numactl --interleave=%s -- %s", nodes, command_of(search)));
    return true;
}

bool cck_numa_fix_cgroup(cck_numa_search *search, const cck_numa_view *view, size_t on,
                         cck_suggestion *out)
{
    const char *cpus = cpus_of(search, view, on);
    if (!*cpus || !cck_numa_takes(search, view, on, 0))
        return false;
    *out = suggestion(
        cck_numa_text(search,
                      "confine its cgroup to node %" PRIu32
                      " (systemd: AllowedCPUs=, AllowedMemoryNodes=; docker: --cpuset-cpus=, "
                      "--cpuset-mems=)",
                      node_at(search, on)->index),
        cck_numa_text(search,
                      "cpuset.cpus = %s\n"
                      "cpuset.mems = %" PRIu32,
                      cpus, node_at(search, on)->index));
    return true;
}
