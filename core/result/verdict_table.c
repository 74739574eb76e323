/* SPDX-License-Identifier: MIT */
/*
 * The rules of the verdict. The thresholds of the cache levels follow from one
 * reckoning: a 4-wide core needs 0.25 cycles an instruction at best, and a level
 * matters once the misses that leave the one before it could cost about twice
 * that. Latencies: L2 about 14 cycles, L3 about 45, memory about 250 (Intel
 * "Optimization Reference Manual", 248966, tables of cache parameters; AMD
 * "Software Optimization Guide for Family 19h", 56665, section 2.12).
 *   L1D: 0.5 / 14 cycles  -> about 35 per 1000 instructions
 *   L2:  0.5 / 45 cycles  -> about 10
 *   LLC: 0.5 / 250 cycles -> 2, doubled and more as misses to memory overlap -> 5
 * Where stalls are counted they decide: 20 % of the cycles is the threshold at
 * which Intel's top-down method calls a program memory bound (A. Yasin, "A Top-Down
 * Method for Performance Analysis", ISPASS 2014; pmu-tools and VTune use it).
 */
#include "core/result/verdict.h"

#define RECKONING "cost of a miss against 0.25 cycles an instruction, see docs/metrics.md"

const cck_verdict_rule cck_verdict_rules[] = {
    {"idle", CCK_VERDICT_RUN, "cpu_utilization < 0.01 && elapsed_s >= 0.1",
     "idle: {cpu_utilization%} % of one CPU used; it waits for something else than memory",
     "one hundredth of a CPU"},
    {"waiting", CCK_VERDICT_RUN, "cpu_utilization < 0.5 && elapsed_s >= 0.1",
     "mostly waiting: {cpu_utilization%} % of one CPU used; it sleeps, blocks or waits for a free "
     "CPU more than it computes[; {llc_mpki} LLC misses per 1000 instructions]",
     "more than half of the elapsed time off the CPU, over all threads together; below 0.1 s "
     "the start of a program alone does that"},
    {"too-short", CCK_VERDICT_ANY, "instructions < 1e7",
     "too short to judge: {instructions} instructions",
     "loading a program alone takes some 7,000 LLC misses: below 10 million instructions they "
     "would pass for the work's own"},
    {"too-short", CCK_VERDICT_ANY, "cpu_time < 1e6", "too short to judge: {cpu_time} of CPU time",
     "as above, at some instructions a ns"},
    {"fault-bound", CCK_VERDICT_ANY, "faults_rate >= 100000 && cpu_time >= 1e7",
     "fault-bound: {faults_rate} page faults per second of CPU time; reuse memory, or back it "
     "with huge pages",
     "a minor fault takes 0.5 to 2 us: 100,000 are 5 to 20 % of the time"},
    {"switch-bound", CCK_VERDICT_ANY, "switch_rate >= 20000 && cpu_time >= 1e7",
     "switch-bound: {switch_rate} context switches per second of CPU time; threads wait for each "
     "other",
     "a switch takes 2 to 5 us with what it pushes out of the caches: 20,000 are 4 to 10 %"},
    {"sharing-bound", CCK_VERDICT_ANY, "hitm_pki >= 1",
     "sharing-bound: {hitm_pki} loads per 1000 instructions hit lines modified by another core"
     "[, {memory_stall_share} % of cycles waiting]",
     "a transfer between cores costs 50 to 200 cycles: " RECKONING},
    {"sharing-bound", CCK_VERDICT_ANY, "remote_cache_pki >= 1",
     "sharing-bound: {remote_cache_pki} lines per 1000 instructions came from caches of other L3s"
     "[, {memory_stall_share} % of cycles waiting]",
     "as above; across L3s a transfer costs what memory does"},
    {"not-cache-bound", CCK_VERDICT_ANY,
     "(llc_mpki >= 5 || beyond_l3_mpki >= 5) && memory_stall_share < 5",
     "not cache-bound: [{llc_mpki} LLC misses][{beyond_l3_mpki} fills from beyond L3] per 1000 "
     "instructions, but only {memory_stall_share} % of cycles waiting",
     "a quarter of the top-down threshold: the misses overlap with work"},
    {"llc-bound", CCK_VERDICT_ANY, "llc_mpki >= 5 || llc_mpki >= 1 && memory_stall_share >= 20",
     "LLC-bound: {llc_mpki} LLC misses per 1000 instructions"
     "[, {memory_stall_share} % of cycles waiting]",
     RECKONING},
    {"llc-bound", CCK_VERDICT_ANY,
     "beyond_l3_mpki >= 5 || beyond_l3_mpki >= 1 && memory_stall_share >= 20",
     "LLC-bound: {beyond_l3_mpki} data fills from beyond L3 per 1000 instructions"
     "[, {memory_stall_share} % of cycles waiting]",
     RECKONING},
    {"l2-bound", CCK_VERDICT_ANY, "l2_mpki >= 10",
     "L2-bound: {l2_mpki} L2 misses per 1000 instructions[, {llc_mpki} LLC misses]"
     "[, {memory_stall_share} % of cycles waiting]",
     RECKONING},
    {"l1-bound", CCK_VERDICT_ANY, "l1d_mpki >= 35",
     "L1-bound: {l1d_mpki} L1D misses per 1000 instructions[, {l2_mpki} L2 misses]"
     "[, {llc_mpki} LLC misses]",
     RECKONING},
    {"not-cache-bound", CCK_VERDICT_ANY, "llc_mpki < 5",
     "not cache-bound: {llc_mpki} LLC misses[, {l2_mpki} L2 misses][, {l1d_mpki} L1D misses] per "
     "1000 instructions; look with a CPU profiler instead",
     "below every threshold above"},
    {"not-cache-bound", CCK_VERDICT_ANY, "beyond_l3_mpki < 5",
     "not cache-bound: {beyond_l3_mpki} data fills from beyond L3 per 1000 instructions; look "
     "with a CPU profiler instead",
     "below every threshold above"},
    {"too-short", CCK_VERDICT_ANY, "cpu_time < 1e7", "too short to judge: {cpu_time} of CPU time",
     "rates over a few milliseconds tell of the start more than of the work"},
};

const size_t cck_verdict_rule_count = sizeof cck_verdict_rules / sizeof *cck_verdict_rules;
