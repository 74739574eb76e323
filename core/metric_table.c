/* SPDX-License-Identifier: MIT */
/*
 * The metrics. A formula is over roles (docs/metrics.md); of several the first is
 * taken whose roles were all counted. MPKI rather than miss ratios lead: a ratio
 * hides how often the cache is asked at all (Hennessy & Patterson, "Computer
 * Architecture", 6th ed., section 2.3).
 */
#include "core/metric.h"

#include <string.h>

#define PER_KILO "/1000 instr"

const cck_metric_definition cck_metric_definitions[] = {
    {"ipc", "IPC", "", {"instructions / cycles"}, "@ per cycle",
     "instructions per cycle; a 4-wide core can reach 4", "instructions", false},
    {"cpi", "CPI", "", {"cycles / instructions"}, "@ cycles each", "cycles per instruction", "", false},
    {"frequency", "clock", "GHz", {"cycles / task_clock", "cycles / cpu_time"}, "@ GHz",
     "cycles per nanosecond of CPU time", "cycles", true},
    {"cpu_utilization", "CPUs used", "CPUs",
     {"task_clock / (1e9 * elapsed_s)", "cpu_time / (1e9 * elapsed_s)"}, "@ CPUs used",
     "CPU time over elapsed time", "task_clock", true},
    {"l1d_mpki", "L1D MPKI", PER_KILO,
     {"1000 * l1d_misses / instructions",
      "1000 * (l1d_load_misses + l1d_store_misses) / instructions",
      "1000 * l1d_load_misses / instructions"}, "@ MPKI",
     "misses of the first data cache per 1000 instructions", "l1d_misses l1d_load_misses", false},
    {"l1d_miss_ratio", "L1D miss ratio", "%",
     {"100 * l1d_misses / l1d_references",
      "100 * (l1d_load_misses + l1d_store_misses) / (loads + stores)",
      "100 * l1d_load_misses / l1d_loads", "100 * l1d_load_misses / loads"}, "@ % of accesses",
     "share of the first data cache's accesses that miss", "l1d_misses l1d_load_misses", false},
    {"l1i_mpki", "L1I MPKI", PER_KILO,
     {"1000 * l1i_misses / instructions"}, "@ MPKI",
     "misses of the instruction cache per 1000 instructions", "l1i_misses", false},
    {"l2_mpki", "L2 MPKI", PER_KILO,
     {"1000 * l2_misses / instructions",
      "1000 * (l2_load_misses + l2_store_misses) / instructions",
      "1000 * l2_load_misses / instructions"}, "@ MPKI",
     "misses of the second level per 1000 instructions", "l2_misses l2_load_misses", false},
    {"l2_miss_ratio", "L2 miss ratio", "%",
     {"100 * l2_misses / l2_references",
      "100 * (l2_load_misses + l2_store_misses) / (l1d_load_misses + l1d_store_misses)",
      "100 * l2_load_misses / l1d_load_misses"}, "@ % of L2 accesses",
     "share of the second level's accesses that miss", "l2_misses l2_load_misses", false},
    {"llc_mpki", "LLC MPKI", PER_KILO,
     {"1000 * llc_misses / instructions",
      "1000 * (llc_load_misses + llc_store_misses) / instructions",
      "1000 * llc_load_misses / instructions"}, "@ MPKI",
     "misses of the last level per 1000 instructions", "llc_misses llc_load_misses", false},
    {"llc_miss_ratio", "LLC miss ratio", "%",
     {"100 * llc_misses / llc_references",
      "100 * (llc_load_misses + llc_store_misses) / (llc_loads + llc_stores)",
      "100 * (llc_load_misses + llc_store_misses) / (l2_load_misses + l2_store_misses)",
      "100 * (llc_load_misses + llc_store_misses) / (l1d_load_misses + l1d_store_misses)"}, "@ % of LLC accesses",
     "share of the last level's accesses that miss", "llc_misses", false},
    {"llc_load_miss_ratio", "LLC-load miss ratio", "%",
     {"100 * llc_load_misses / llc_loads", "100 * llc_load_misses / l2_load_misses"}, "@ % of LLC loads",
     "share of the last level's loads that miss", "llc_load_misses", false},
    {"beyond_l3_mpki", "beyond-L3 fills", PER_KILO, {"1000 * beyond_l3 / instructions"}, "@ per 1000 instructions",
     "data fills from another L3, from memory or farther per 1000 instructions: what stands in for "
     "LLC misses per thread on AMD, whose L3 counters belong to no thread",
     "beyond_l3", false},
    {"hitm_pki", "HITM", PER_KILO, {"1000 * hitm / instructions"}, "@ per 1000 instructions",
     "loads that found the line modified in another core's cache: a hint of (true or false) "
     "sharing",
     "hitm", false},
    {"remote_cache_pki", "fills from other L3s", PER_KILO,
     {"1000 * remote_cache_fills / instructions"}, "@ per 1000 instructions",
     "lines that came from a cache of another L3 domain: a hint of sharing across L3s on AMD",
     "remote_cache_fills", false},
    {"dram_far_share", "from far memory", "%", {"100 * dram_far / (dram_near + dram_far)"}, "@ % of memory lines",
     "share of the lines from memory that came from another node's", "dram_far", false},
    {"branch_mpki", "branch MPKI", PER_KILO, {"1000 * branch_misses / instructions"}, "@ MPKI",
     "mispredicted branches per 1000 instructions", "branch_misses", false},
    {"branch_miss_ratio", "branch miss ratio", "%", {"100 * branch_misses / branches"}, "@ % of branches",
     "share of the branches that were mispredicted", "branch_misses", false},
    {"dtlb_mpki", "dTLB MPKI", PER_KILO,
     {"1000 * dtlb_misses / instructions",
      "1000 * (dtlb_load_misses + dtlb_store_misses) / instructions",
      "1000 * dtlb_load_misses / instructions"}, "@ MPKI",
     "misses of the data TLB per 1000 instructions", "dtlb_misses dtlb_load_misses", false},
    {"itlb_mpki", "iTLB MPKI", PER_KILO,
     {"1000 * itlb_misses / instructions"}, "@ MPKI",
     "misses of the instruction TLB per 1000 instructions", "itlb_misses", false},
    {"memory_stall_share", "cycles waiting", "%",
     {"100 * stalls_mem / cycles", "100 * stalls_l1d / cycles", "100 * stalls_l3 / cycles"}, "@ % of cycles waiting",
     "share of the cycles in which nothing went on while loads were under way", "stalls_mem stalls_l1d stalls_l3", false},
    {"backend_stall_share", "back-end stalls", "%", {"100 * stalls_backend / cycles"}, "@ % of cycles",
     "share of the cycles in which the core's back end could take no work", "stalls_backend",
     false},
    {"frontend_stall_share", "front-end stalls", "%", {"100 * stalls_frontend / cycles"}, "@ % of cycles",
     "share of the cycles in which no instructions came in", "stalls_frontend", false},
    {"bandwidth_estimate", "memory traffic (estimate)", "B/s",
     {"llc_misses * line_size / elapsed_s",
      "(llc_load_misses + llc_store_misses) * line_size / elapsed_s",
      "beyond_l3 * line_size / elapsed_s", "llc_load_misses * line_size / elapsed_s"}, "about @ from memory",
     "LLC misses times the line size over elapsed time: an estimate, as prefetches and "
     "write-backs are not in it",
     "llc_misses llc_load_misses beyond_l3", true},
    {"atomics_pki", "atomics", PER_KILO, {"1000 * atomics / instructions"}, "@ per 1000 instructions",
     "atomic read-modify-write instructions per 1000 instructions", "atomics", false},
    {"faults_rate", "page faults", "/CPU s",
     {"page_faults / (task_clock / 1e9)", "page_faults / (cpu_time / 1e9)"}, "@ per CPU second",
     "page faults per second of CPU time", "page_faults", true},
    {"switch_rate", "context switches", "/CPU s",
     {"context_switches / (task_clock / 1e9)", "context_switches / (cpu_time / 1e9)"}, "@ per CPU second",
     "context switches per second of CPU time", "context_switches", true},
    {"migration_rate", "migrations", "/CPU s",
     {"cpu_migrations / (task_clock / 1e9)", "cpu_migrations / (cpu_time / 1e9)"}, "@ per CPU second",
     "moves to another CPU per second of CPU time", "cpu_migrations", true},
};

const size_t cck_metric_definition_count =
    sizeof cck_metric_definitions / sizeof *cck_metric_definitions;

const cck_metric_definition *cck_metric_definition_find(const char *name)
{
    for (size_t i = 0; i < cck_metric_definition_count; i++)
        if (strcmp(cck_metric_definitions[i].name, name) == 0)
            return &cck_metric_definitions[i];
    return NULL;
}
