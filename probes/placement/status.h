/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_STATUS_H
#define CCK_PLACEMENT_STATUS_H

#include <stdbool.h>
#include <stdint.h>

/** What is wanted of /proc/PID/task/TID/status, stat and sched. */
typedef struct cck_place_status {
    char name[64];          /* escaped as the kernel has it */
    char state;             /* '?' unknown */
    char cpus[1024];        /* Cpus_allowed_list; "" unknown, or too long */
    char mems[512];         /* Mems_allowed_list; likewise */
    bool has_memory;        /* VmRSS is there: not of zombies and kernel threads */
    bool kernel;            /* Kthread: 1 (since Linux 6.8), else see stat */
    uint64_t rss, huge;     /* bytes: VmRSS, HugetlbPages */
    uint32_t namespaces;    /* PID namespaces below ours that it is in; 0 unknown */
    uint32_t uid;           /* effective */
} cck_place_status;

void cck_place_status_read(cck_place_status *out, const char *text);

/** What is wanted of /proc/PID/task/TID/sched (needs SCHED_DEBUG). */
typedef struct cck_place_sched {
    int64_t moves;        /* nr_migrations; -1 unknown */
    int32_t preferred;    /* numa_preferred_nid; -1 none */
    bool has_faults;      /* the kernel counts hint faults (CONFIG_NUMA_BALANCING) */
    uint32_t node_count;
    struct {
        uint32_t node;
        uint64_t faults; /* of the thread itself, private and shared */
    } nodes[1024];
} cck_place_sched;

void cck_place_sched_read(cck_place_sched *out, const char *text);

#endif
