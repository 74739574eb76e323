/* SPDX-License-Identifier: MIT */
/* Rules about where memory lies, against where threads run. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/numa/find.h"
#include "core/numa/policy.h"

#define MIB ((uint64_t)1 << 20)

/* Below these a finding would not be worth a restart. */
enum { LEAST_MIB = 16, HIGH_MIB = 256 };
static const double least_remote = 0.2;   /* of the memory */
static const double at_home = 0.8;        /* of the threads' time on one node: they live there */
static const double concentrated = 0.8;   /* of the memory on one node */
static const double several = 0.2;        /* of the threads' time: a node that counts */

static uint32_t index_of(const cck_numa_search *search, size_t slot)
{
    return search->placement->nodes[slot].index;
}

static cck_severity severity_of(double remote, uint64_t bytes)
{
    if (remote >= 0.5 && bytes >= HIGH_MIB * MIB)
        return CCK_SEVERITY_HIGH;
    return remote >= 0.5 || bytes >= HIGH_MIB * MIB ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_LOW;
}

/* What a remote access costs, as firmware says: 10 is local. */
static const char *distance_text(cck_numa_search *search, size_t from, size_t to)
{
    const cck_numa_node *node = &search->placement->nodes[from];
    if (!node->distances || from == to)
        return "";
    return cck_numa_text(search,
                         "node %" PRIu32 " is at distance %" PRIu32 " of node %" PRIu32
                         " (%" PRIu32 ": its own)",
                         index_of(search, to), node->distances[to], node->index,
                         node->distances[from]);
}

/* Nodes other than `but` that hold some of it, as a list. */
static const char *nodes_with(cck_numa_search *search, const uint64_t *bytes, size_t but)
{
    char list[CCK_NUMA_LIST] = "";
    size_t used = 0;
    for (size_t i = 0; i < search->placement->node_count && used + 12 < sizeof list; i++)
        if (i != but && bytes[i] >= MIB)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%" PRIu32,
                                     used ? "," : "", index_of(search, i));
    return cck_numa_text(search, "%s", list);
}

/* Memory of nodes without CPUs is remote from everywhere: another rule's. */
static uint64_t bytes_of_tiers(const cck_numa_search *search, const cck_numa_view *view)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < search->placement->node_count; i++)
        if (search->placement->nodes[i].cpuless)
            sum += view->process->rows[CCK_NUMA_ROW_TOTAL][i];
    return sum;
}

/* ---- memory-remote: threads live on one node, memory on another ---- */

void cck_numa_rule_remote(cck_numa_search *search, const cck_numa_view *view)
{
    const cck_numa_process *process = view->process;
    const cck_numa_share *remote = &process->remote;
    cck_suggestion fix;
    size_t run = view->run_main, memory = view->memory_main;
    if (remote->value < 0 || remote->low < least_remote || view->resident < LEAST_MIB * MIB ||
        view->run[run] < at_home)
        return;
    const uint64_t *total = process->rows[CCK_NUMA_ROW_TOTAL];
    uint64_t away = view->resident - total[run], tiers = bytes_of_tiers(search, view);
    if (away <= tiers || (double)(away - tiers) < least_remote * (double)view->resident)
        return;
    cck_finding *finding =
        cck_numa_add(search, view, "memory-remote", severity_of(remote->value, view->resident));
    if (!finding)
        return;
    finding->title = cck_numa_text(
        search, "%s of %s lie on other nodes than node %" PRIu32 ", where its threads run",
        cck_numa_bytes_text(search, away), cck_numa_bytes_text(search, view->resident),
        index_of(search, run));
    finding->object.size = away;
    finding->evidence.text = cck_numa_evidence(search, view, "remote share ", remote);
    finding->evidence.cost_text = distance_text(search, run, memory);
    if (cck_numa_fix_move(search, view, nodes_with(search, total, run), run, 1 - view->run[run],
                          &fix))
        cck_numa_variant(search, finding, fix);
    if (memory != run &&
        cck_numa_fix_run(search, view, memory,
                         1 - (double)total[memory] / (double)view->resident, &fix))
        cck_numa_variant(search, finding, fix);
    if (cck_numa_fix_start(search, view, run, &fix) ||
        cck_numa_fix_start(search, view, memory, &fix))
        cck_numa_variant(search, finding, fix);
    if (cck_numa_fix_cgroup(search, view, run, &fix))
        cck_numa_variant(search, finding, fix);
    if (!*finding->suggestion.text)
        cck_numa_note(search, finding,
                      "its cpuset allows neither its memory there nor its threads here, or there is "
                      "no room: whoever confines it must change that");
}

/* ---- first-touch-by-one-thread, interleave-would-help: threads on several nodes ---- */

static size_t nodes_run_on(const cck_numa_search *search, const cck_numa_view *view)
{
    size_t count = 0;
    for (size_t i = 0; i < search->placement->node_count; i++)
        count += view->run[i] >= several;
    return count;
}

static size_t main_slot(const cck_numa_search *search, const uint64_t *bytes)
{
    size_t best = 0;
    for (size_t i = 1; i < search->placement->node_count; i++)
        if (bytes[i] > bytes[best])
            best = i;
    return best;
}

/* By its policy pages go where they are touched first; a sampled mapping's is the thread's. */
static bool touched_first(const cck_numa_view *view, const cck_numa_mapping *mapping)
{
    const cck_numa_policy *policy = &mapping->policy;
    if (mapping->policy_unknown && (!view->leader || view->leader->policy_unknown))
        return false;
    if (mapping->policy_unknown)
        policy = &view->leader->policy;
    return policy->mode == CCK_NUMA_MODE_DEFAULT || policy->mode == CCK_NUMA_MODE_LOCAL;
}

static bool is_lopsided(const cck_numa_search *search, const cck_numa_view *view,
                        const cck_numa_mapping *mapping)
{
    return mapping->pid == view->process->pid && mapping->method != CCK_NUMA_UNKNOWN &&
           mapping->resident >= LEAST_MIB * MIB && mapping->resident * 5 >= view->resident &&
           (double)mapping->bytes[main_slot(search, mapping->bytes)] >=
               concentrated * (double)mapping->resident;
}

static void report_first_touch(cck_numa_search *search, const cck_numa_view *view,
                               const cck_numa_mapping *mapping)
{
    cck_suggestion fix;
    size_t on = main_slot(search, mapping->bytes);
    cck_finding *finding =
        cck_numa_add(search, view, "first-touch-by-one-thread",
                     severity_of(mapping->remote.value, mapping->resident));
    if (!finding)
        return;
    finding->title = cck_numa_text(
        search,
        "%s of %s lie on node %" PRIu32 ", and threads on %zu nodes use them: most likely one "
        "thread touched them first",
        cck_numa_bytes_text(search, mapping->bytes[on]), cck_numa_mapping_text(search, mapping),
        index_of(search, on), nodes_run_on(search, view));
    finding->object = (cck_finding_object){.kind = "mapping",
                                           .name = mapping->name,
                                           .type = "",
                                           .type_from = "",
                                           .size = mapping->resident,
                                           .address = mapping->start};
    finding->evidence.text =
        cck_numa_evidence(search, view, "if all threads use it alike, remote share ",
                          &mapping->remote);
    cck_numa_variant(search, finding,
                     cck_numa_fix_code("let each thread initialise the part that it works on, "
                                       "pinned to its node, before the work begins",
                                       "#pragma omp parallel for schedule(static)\n"
                                       "for (size_t i = 0; i < n; i++) a[i] = 0;"));
    if (cck_numa_fix_spread(search, view, &fix))
        cck_numa_variant(search, finding, fix);
    cck_numa_note(search, finding,
                  "parallel initialisation makes it local where each thread keeps to its part; "
                  "spreading leaves the remote share, but uses the memory of all nodes");
}

void cck_numa_rule_first_touch(cck_numa_search *search, const cck_numa_view *view)
{
    if (nodes_run_on(search, view) < 2 || view->process->method == CCK_NUMA_UNKNOWN)
        return;
    for (size_t i = 0; i < search->placement->mapping_count; i++) {
        const cck_numa_mapping *mapping = &search->placement->mappings[i];
        bool own = mapping->kind == CCK_NUMA_ANONYMOUS || mapping->kind == CCK_NUMA_HEAP;
        if (own && is_lopsided(search, view, mapping) && touched_first(view, mapping))
            report_first_touch(search, view, mapping);
    }
}

/* One mapping that explains it has a finding of its own, with this fix among others. */
static bool is_explained(const cck_numa_search *search, const cck_numa_view *view)
{
    for (size_t i = 0; i < search->count; i++)
        if (strcmp(search->list[i].rule, "first-touch-by-one-thread") == 0 &&
            search->list[i].object.size * 2 >= view->resident)
            return true;
    return false;
}

void cck_numa_rule_interleave(cck_numa_search *search, const cck_numa_view *view)
{
    cck_suggestion fix;
    const uint64_t *total = view->process->rows[CCK_NUMA_ROW_TOTAL];
    if (nodes_run_on(search, view) < 2 || !total || view->resident < 4 * LEAST_MIB * MIB ||
        (double)total[view->memory_main] < concentrated * (double)view->resident ||
        (view->leader && cck_numa_policy_spreads(&view->leader->policy)) ||
        is_explained(search, view) ||
        !cck_numa_fix_spread(search, view, &fix))
        return;
    cck_finding *finding = cck_numa_add(search, view, "interleave-would-help", CCK_SEVERITY_LOW);
    if (!finding)
        return;
    finding->title = cck_numa_text(
        search,
        "threads on %zu nodes use the memory of one: %s of %s lie on node %" PRIu32,
        nodes_run_on(search, view), cck_numa_bytes_text(search, total[view->memory_main]),
        cck_numa_bytes_text(search, view->resident), index_of(search, view->memory_main));
    finding->object.size = view->resident;
    finding->evidence.text = cck_numa_evidence(search, view, "remote share ",
                                               &view->process->remote);
    cck_numa_variant(search, finding, fix);
    cck_numa_variant(search, finding,
                     cck_numa_fix_code("or only what all threads read, in code",
                                       cck_numa_text(search,
                                                     "p = numa_alloc_interleaved(size);  "
                                                     "/* #include <numa.h>, -lnuma */")));
    cck_numa_note(search, finding,
                  "the remote share stays as it is: what is gained is the bandwidth of the other "
                  "nodes' memory. Where each thread has its own part, first touch is better");
}

/* ---- huge pages, file pages ---- */

static void report_mapping(cck_numa_search *search, const cck_numa_view *view,
                           const cck_numa_mapping *mapping, const char *rule, const char *title)
{
    cck_suggestion fix;
    size_t run = view->run_main;
    cck_finding *finding =
        cck_numa_add(search, view, rule, severity_of(mapping->remote.value, mapping->resident));
    if (!finding)
        return;
    finding->title = title;
    finding->object = (cck_finding_object){.kind = "mapping",
                                           .name = mapping->name,
                                           .type = "",
                                           .type_from = "",
                                           .size = mapping->resident,
                                           .address = mapping->start};
    finding->evidence.text = cck_numa_evidence(search, view, "remote share of it ",
                                               &mapping->remote);
    if (mapping->kind != CCK_NUMA_FILE &&
        cck_numa_fix_move(search, view, nodes_with(search, mapping->bytes, run), run, -1, &fix))
        cck_numa_variant(search, finding, fix);
    if (cck_numa_fix_start(search, view, run, &fix))
        cck_numa_variant(search, finding, fix);
}

void cck_numa_rule_huge(cck_numa_search *search, const cck_numa_view *view)
{
    uint32_t run = index_of(search, view->run_main);
    for (size_t i = 0; i < search->placement->mapping_count; i++) {
        const cck_numa_mapping *mapping = &search->placement->mappings[i];
        if (mapping->pid != view->process->pid || mapping->page_size < 2 * MIB ||
            mapping->method != CCK_NUMA_EXACT || mapping->remote.low < 0.5 ||
            view->run[view->run_main] < at_home)
            continue;
        uint64_t pages = (mapping->resident - mapping->bytes[view->run_main]) / mapping->page_size;
        report_mapping(search, view, mapping, "huge-page-on-wrong-node",
                       cck_numa_text(search,
                                     "%" PRIu64 " huge pages of %s of %s are not on node %" PRIu32
                                     ", where its threads run",
                                     pages, cck_numa_bytes_text(search, mapping->page_size),
                                     cck_numa_mapping_text(search, mapping), run));
        if (!search->count)
            continue;
        cck_finding *finding = &search->list[search->count - 1];
        if (!cck_numa_takes(search, view, view->run_main, 0))
            continue;
        cck_numa_variant(
            search, finding,
            cck_numa_fix_code(
                cck_numa_text(search, "set huge pages aside on node %" PRIu32
                              " before it starts: a pool of one node serves all", run),
                cck_numa_text(search,
                              "echo %" PRIu64 " > /sys/devices/system/node/node%" PRIu32
                              "/hugepages/hugepages-%" PRIu64 "kB/nr_hugepages",
                              mapping->resident / mapping->page_size, run,
                              mapping->page_size / 1024)));
    }
}

void cck_numa_rule_file(cck_numa_search *search, const cck_numa_view *view)
{
    for (size_t i = 0; i < search->placement->mapping_count; i++) {
        const cck_numa_mapping *mapping = &search->placement->mappings[i];
        if (mapping->pid != view->process->pid || mapping->kind != CCK_NUMA_FILE ||
            mapping->method == CCK_NUMA_UNKNOWN || mapping->resident < LEAST_MIB * MIB ||
            mapping->remote.low < 0.5 || view->run[view->run_main] < at_home)
            continue;
        size_t before = search->count;
        report_mapping(search, view, mapping, "file-cache-remote",
                       cck_numa_text(search,
                                     "%s of %s are in the page cache of another node than node %" PRIu32
                                     ", where its threads run",
                                     cck_numa_bytes_text(search, mapping->resident -
                                                                     mapping->bytes[view->run_main]),
                                     cck_numa_mapping_text(search, mapping),
                                     index_of(search, view->run_main)));
        if (search->count > before)
            cck_numa_note(search, &search->list[search->count - 1],
                          "whoever read the file first decided where it is cached: stop the "
                          "program, drop the file from the cache (dd if=FILE iflag=nocache "
                          "count=0), and let a thread of the right node read it first");
    }
}

/* ---- node-without-CPUs ---- */

void cck_numa_rule_cpuless(cck_numa_search *search, const cck_numa_view *view)
{
    const uint64_t *total = view->process->rows[CCK_NUMA_ROW_TOTAL];
    for (size_t i = 0; total && i < search->placement->node_count; i++) {
        cck_suggestion fix;
        const cck_numa_node *node = &search->placement->nodes[i];
        if (!node->cpuless || total[i] < LEAST_MIB * MIB || total[i] * 20 < view->resident)
            continue;
        bool meant = view->leader && cck_numa_policy_binds(&view->leader->policy);
        cck_finding *finding = cck_numa_add(search, view, "node-without-CPUs",
                                            meant ? CCK_SEVERITY_INFO : CCK_SEVERITY_LOW);
        if (!finding)
            return;
        finding->title = cck_numa_text(
            search, "%s of its memory lie on node %" PRIu32 ", a tier without CPUs",
            cck_numa_bytes_text(search, total[i]), node->index);
        finding->object.size = total[i];
        finding->evidence.text = "such memory is remote from every thread";
        finding->evidence.cost_text = distance_text(search, view->run_main, i);
        if (cck_numa_fix_move(search, view, cck_numa_text(search, "%" PRIu32, node->index),
                              view->run_main, -1, &fix))
            cck_numa_variant(search, finding, fix);
        cck_numa_note(search, finding,
                      "right for data that is seldom used, as on CXL; HBM may even be faster: "
                      "measure before you move it");
    }
}
