/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMA_FIND_H
#define CCK_CORE_NUMA_FIND_H

#include <cachecheck/numa.h>

#include "core/base/arena.h"

/**
 * The search for findings in a placement. A rule is a function of plain data: it sees a
 * process, and adds what it finds.
 */
enum { CCK_NUMA_FINDINGS = 200, CCK_NUMA_LIST = 256 };

typedef struct cck_numa_search {
    const cck_numa_placement *placement;
    const cck_target_info *target;
    const char *command; /* the target as a command line; of an attached one its PID */
    cck_arena *arena;
    cck_finding list[CCK_NUMA_FINDINGS];
    size_t count;
    uint64_t left_out;
    bool failed; /* memory was out */
} cck_numa_search;

/** A process, with what its threads have in common. */
typedef struct cck_numa_view {
    const cck_numa_process *process;
    const cck_numa_thread *leader; /* NULL: none known */
    uint64_t resident;             /* bytes */
    double *run;                   /* by node: share of its threads' time; all 0: unknown */
    size_t run_main;               /* slot of the node that it runs on most */
    size_t memory_main;            /* slot of the node that most of its memory is on */
    char cpus[CCK_NUMA_LIST];      /* that its threads may run on, all of them; "" unknown */
    char mems[CCK_NUMA_LIST];      /* nodes that all may have memory of; "" unknown */
} cck_numa_view;

typedef void cck_numa_rule(cck_numa_search *search, const cck_numa_view *view);

cck_numa_rule cck_numa_rule_remote, cck_numa_rule_first_touch, cck_numa_rule_interleave,
    cck_numa_rule_huge, cck_numa_rule_file, cck_numa_rule_cpuless;             /* rules_memory.c */
cck_numa_rule cck_numa_rule_wanders, cck_numa_rule_balancing;                  /* rules_threads.c */
cck_numa_rule cck_numa_rule_full, cck_numa_rule_policy;                        /* rules_policy.c */

/** A text in the arena; "" when memory is out, which is remembered. */
const char *cck_numa_text(cck_numa_search *search, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** A new finding of that rule, all of its strings set; NULL when there are too many. */
cck_finding *cck_numa_add(cck_numa_search *search, const cck_numa_view *view, const char *rule,
                          cck_severity severity);

void cck_numa_note(cck_numa_search *search, cck_finding *finding, const char *sentence);

/** Another way to fix it, listed behind the main one. */
void cck_numa_variant(cck_numa_search *search, cck_finding *finding, cck_suggestion suggestion);

/** What a finding rests on: how pages were counted, with the share and its interval. */
const char *cck_numa_evidence(cck_numa_search *search, const cck_numa_view *view,
                              const char *what, const cck_numa_share *share);

/** Bytes as people read them. */
const char *cck_numa_bytes_text(cck_numa_search *search, uint64_t bytes);

/** A mapping's name in a sentence. */
const char *cck_numa_mapping_text(cck_numa_search *search, const cck_numa_mapping *mapping);

/* ---- fix.c: commands that this process may use ---- */

/** May it have memory of that node, and is there room for so many more bytes? */
bool cck_numa_takes(const cck_numa_search *search, const cck_numa_view *view, size_t slot,
                    uint64_t bytes);

/** Nodes that its threads run on and that it may have memory of, as a list. */
const char *cck_numa_memory_nodes(cck_numa_search *search, const cck_numa_view *view);

/** Move pages of nodes to one: migratepages. False: not allowed, or no room. */
bool cck_numa_fix_move(cck_numa_search *search, const cck_numa_view *view, const char *from,
                       size_t to, double remote_after, cck_suggestion *out);

/** Run all threads on one node: taskset of a running process. */
bool cck_numa_fix_run(cck_numa_search *search, const cck_numa_view *view, size_t on,
                      double remote_after, cck_suggestion *out);

/** Start it with CPUs and memory of one node: numactl. */
bool cck_numa_fix_start(cck_numa_search *search, const cck_numa_view *view, size_t on,
                        cck_suggestion *out);

/** Start it with memory spread over all nodes that it may use: numactl --interleave. */
bool cck_numa_fix_spread(cck_numa_search *search, const cck_numa_view *view, cck_suggestion *out);

/** The same confinement by a cgroup. */
bool cck_numa_fix_cgroup(cck_numa_search *search, const cck_numa_view *view, size_t on,
                         cck_suggestion *out);

/** In code, in words and lines. */
cck_suggestion cck_numa_fix_code(const char *text, const char *code);

#endif
