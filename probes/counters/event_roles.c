/* SPDX-License-Identifier: MIT */
/* Roles: what an event is to metrics, whichever machine counts it. */
#include "probes/counters/event_names.h"

#include <string.h>

/* clang-format off */
const cck_event_role cck_event_roles[] = {
    {"instructions", "instructions", "Instructions retired"},
    {"cycles", "cycles", "Core clock cycles while running"},
    {"ref_cycles", "ref-cycles", "Cycles at a fixed rate while running"},
    {"branches", "branches", "Branch instructions retired"},
    {"branch_misses", "branch-misses", "Branches that were predicted wrongly"},
    {"loads", "loads", "Load instructions"},
    {"stores", "stores", "Store instructions"},
    {"l1d_loads", "L1d-loads", "Loads that looked into the first-level data cache"},
    {"l1d_load_misses", "L1d-load-misses", "Loads that missed the first-level data cache"},
    {"l1d_stores", "L1d-stores", "Stores that looked into the first-level data cache"},
    {"l1d_store_misses", "L1d-store-misses", "Stores that missed the first-level data cache"},
    {"l1d_references", "L1d-references", "Accesses to the first-level data cache"},
    {"l1d_misses", "L1d-misses", "Loads and stores that missed the first-level data cache"},
    {"l1d_fills", "L1d-fills", "Lines brought into the first-level data cache, prefetches included"},
    {"l1i_misses", "L1i-misses", "Fetches that missed the first-level instruction cache"},
    {"l2_references", "L2-references", "Requests to the second-level cache"},
    {"l2_misses", "L2-misses", "Requests that missed the second-level cache"},
    {"l2_load_misses", "L2-load-misses", "Loads that missed the second-level cache"},
    {"l2_store_misses", "L2-store-misses", "Stores that missed the second-level cache"},
    {"llc_loads", "LLC-loads", "Loads that looked into the last-level cache"},
    {"llc_load_misses", "LLC-load-misses", "Loads that missed the last-level cache"},
    {"llc_stores", "LLC-stores", "Stores that looked into the last-level cache"},
    {"llc_store_misses", "LLC-store-misses", "Stores that missed the last-level cache"},
    {"llc_hits", "LLC-hits", "Lines that came from the last-level cache"},
    {"llc_references", "LLC-references", "Requests to the last-level cache"},
    {"llc_misses", "LLC-misses", "Requests that missed the last-level cache"},
    {"beyond_l3", "beyond-L3", "Lines brought into the core from outside its L3"},
    {"remote_cache_fills", "remote-cache-fills", "Lines that came from a cache of another L3 domain"},
    {"hitm", "HITM", "Loads whose line was modified in another core's cache: true or false sharing"},
    {"l1d_invalidations", "L1d-invalidations", "Lines that others' writes or cache maintenance took out of the first-level cache"},
    {"dram_near", "DRAM-near", "Lines that came from memory of the own node"},
    {"dram_far", "DRAM-far", "Lines that came from memory of another node"},
    {"dtlb_loads", "dTLB-loads", "Loads that looked into the data TLB"},
    {"dtlb_load_misses", "dTLB-load-misses", "Loads whose address had to be looked up in the page tables"},
    {"dtlb_stores", "dTLB-stores", "Stores that looked into the data TLB"},
    {"dtlb_store_misses", "dTLB-store-misses", "Stores whose address had to be looked up in the page tables"},
    {"dtlb_references", "dTLB-references", "Accesses to the first-level data TLB"},
    {"dtlb_misses", "dTLB-misses", "Accesses whose address had to be looked up in the page tables"},
    {"itlb_misses", "iTLB-misses", "Fetches whose address had to be looked up in the page tables"},
    {"stalls_mem", "stalls-mem", "Cycles that did nothing while a load waited for the memory system"},
    {"stalls_l1d", "stalls-L1d", "Cycles that did nothing while a load waited for a first-level miss"},
    {"stalls_l2", "stalls-L2", "Cycles that did nothing while a load waited for a second-level miss"},
    {"stalls_l3", "stalls-L3", "Cycles that did nothing while a load waited for a last-level miss: on memory"},
    {"stalls_frontend", "stalls-frontend", "Cycles in which nothing came from the front end"},
    {"stalls_backend", "stalls-backend", "Cycles in which no resource was free in the back end"},
    {"task_clock", "task-clock", "Time on a CPU"},
    {"page_faults", "page-faults", "Pages that were not mapped at their first access"},
    {"minor_faults", "minor-faults", "Page faults that needed no disk"},
    {"major_faults", "major-faults", "Page faults that had to wait for a disk"},
    {"context_switches", "context-switches", "Times the thread was taken off a CPU"},
    {"cpu_migrations", "cpu-migrations", "Times the thread went on on another CPU"},
};
/* clang-format on */
const size_t cck_event_roles_count = sizeof cck_event_roles / sizeof *cck_event_roles;

const cck_event_role *cck_event_role_find(const char *role, size_t length)
{
    for (size_t i = 0; i < cck_event_roles_count; i++)
        if (strlen(cck_event_roles[i].role) == length &&
            memcmp(cck_event_roles[i].role, role, length) == 0)
            return &cck_event_roles[i];
    return NULL;
}
