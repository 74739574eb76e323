/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_NUMA_H
#define CACHECHECK_NUMA_H

/**
 * @file
 * Where the threads of a program run and where its memory lies: pages by NUMA node for each
 * mapping, threads against nodes, how much of the memory is remote, and what to do about it.
 * Needs no PMU.
 */

#include <cachecheck/result.h>
#include <cachecheck/target.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a number of pages is known. */
typedef enum cck_numa_method {
    CCK_NUMA_UNKNOWN, /**< it is not: `unknown` says why */
    CCK_NUMA_SAMPLED, /**< pages drawn at random, the kernel asked for each (move_pages(2)) */
    CCK_NUMA_EXACT    /**< every page was counted */
} cck_numa_method;

/** How it is known where a thread ran, the best last. */
typedef enum cck_numa_ran_by {
    CCK_NUMA_RAN_UNKNOWN,
    CCK_NUMA_RAN_ONCE,     /**< one look: the CPU that it ran on last */
    CCK_NUMA_RAN_LOOKS,    /**< its time between looks, put down to the CPU it was found on */
    CCK_NUMA_RAN_SWITCHES, /**< every switch of threads was recorded: exact */
    CCK_NUMA_RAN_CONFINED  /**< it may run on one node only */
} cck_numa_ran_by;

/** Where new pages are to come from; the words of numa_maps. */
typedef enum cck_numa_mode {
    CCK_NUMA_MODE_UNKNOWN,
    CCK_NUMA_MODE_DEFAULT,
    CCK_NUMA_MODE_PREFER,
    CCK_NUMA_MODE_PREFER_MANY,
    CCK_NUMA_MODE_BIND,
    CCK_NUMA_MODE_INTERLEAVE,
    CCK_NUMA_MODE_WEIGHTED,
    CCK_NUMA_MODE_LOCAL
} cck_numa_mode;

/** A policy of a thread or of a mapping. */
typedef struct cck_numa_policy {
    cck_numa_mode mode;
    const char *flags; /**< "static", "relative", ... ; "" none */
    const char *nodes; /**< "0-1"; "" none */
    const char *text;  /**< as the kernel writes it: "bind:0-1"; "" unknown */
} cck_numa_policy;

/** What a mapping is for. */
typedef enum cck_numa_kind {
    CCK_NUMA_ANONYMOUS,
    CCK_NUMA_HEAP,
    CCK_NUMA_STACK,  /**< of the process's first thread, or of one whose stack pointer is in it: with
                          what the kernel merged with it, its neighbour */
    CCK_NUMA_FILE,
    CCK_NUMA_SHARED, /**< shared memory: System V, memfd, shm_open(), MAP_SHARED | MAP_ANONYMOUS */
    CCK_NUMA_HUGE,   /**< of huge pages that were set aside (hugetlbfs) */
    CCK_NUMA_SPECIAL /**< vdso and the like, which have no pages of their own */
} cck_numa_kind;

/** The rows that numastat -p has, and their sum. */
typedef enum cck_numa_category {
    CCK_NUMA_ROW_HUGE,
    CCK_NUMA_ROW_HEAP,
    CCK_NUMA_ROW_STACK,
    CCK_NUMA_ROW_PRIVATE,
    CCK_NUMA_ROW_TOTAL,
    CCK_NUMA_ROWS
} cck_numa_category;

/** A share with its 95 % interval (Wilson's; the same number thrice where it is exact). */
typedef struct cck_numa_share {
    double value, low, high; /**< 0 to 1; `value` < 0: unknown */
} cck_numa_share;

/** A node of the machine, and what the target has there. */
typedef struct cck_numa_node {
    uint32_t index;      /**< OS number */
    const char *cpus;    /**< "0-3,8-11"; "" none */
    bool cpuless;        /**< memory only: a tier, such as CXL or HBM */
    bool runs_here;      /**< a thread of the target is allowed to run on a CPU of it */
    bool takes_memory;   /**< the target may have memory of it */
    uint64_t memory;     /**< bytes; 0 unknown */
    uint64_t free;       /**< bytes not used now; meaningless with `memory` 0 */
    const uint32_t *distances; /**< to each node, in the order of the nodes; NULL unknown */
} cck_numa_node;

typedef struct cck_numa_thread {
    int32_t pid, tid;
    const char *name;
    char state;             /**< 'R', 'S', ... of proc(5); '?' unknown */
    int32_t cpu, node;      /**< where it was last seen; -1 unknown */
    const char *cpus;       /**< that it may run on: "0-3"; "" unknown */
    const char *mems;       /**< nodes that it may have memory of: "0-1"; "" unknown */
    cck_numa_policy policy; /**< for what it touches first */
    const char *policy_unknown; /**< NULL, or why */
    cck_numa_ran_by ran_by;
    const double *ran;      /**< share of its time on each node; NULL unknown */
    const cck_residency *residency; /**< by CPU, largest share first */
    size_t residency_count;
    uint64_t ran_ns;        /**< time on CPUs while it was looked at */
    uint32_t looks;         /**< that found it running, or one */
    int64_t moves;          /**< from CPU to CPU while it was looked at, as the kernel counts; -1 unknown */
    int64_t node_moves;     /**< from node to node, as far as seen; -1 unknown */
    const uint64_t *faults; /**< hint faults of automatic balancing by node; NULL unknown */
    const char *faults_unknown; /**< NULL, or why */
    int32_t preferred;      /**< node that automatic balancing prefers for it; -1 none or unknown */
    cck_numa_share remote;  /**< of its process's memory, if it used that evenly, by where it ran */
} cck_numa_thread;

typedef struct cck_numa_mapping {
    int32_t pid;
    uint64_t start, end;
    const char *name;        /**< path, "[heap]", or "" */
    char rights[5];          /**< "rw-p" */
    cck_numa_kind kind;
    cck_numa_category category;
    int32_t stack_of;        /**< thread whose stack it is; 0 none known */
    cck_numa_policy policy;
    const char *policy_unknown; /**< NULL, or why */
    cck_numa_method method;
    const char *unknown;     /**< NULL, or why its pages are not known */
    uint64_t page_size;      /**< bytes of its pages, as far as known: 4096, 2097152; 0 unknown */
    const uint64_t *bytes;   /**< by node; estimated if sampled */
    uint64_t resident;       /**< their sum */
    uint64_t drawn, found;   /**< sampled: pages asked for, and those of them that were there */
    uint64_t anonymous, dirty; /**< bytes; exact method only */
    uint64_t huge;           /**< bytes in transparent huge pages (not those set aside) */
    const char *huge_unknown; /**< NULL, or why that is not known */
    cck_numa_share remote;   /**< of its bytes, from where the process's threads ran */
    int32_t nearest;         /**< node of most of its bytes; -1 none */
    uint32_t near_threads;   /**< threads that ran mostly on that node */
    int32_t near_tid;        /**< one of them, the one that ran most; 0 none */
} cck_numa_mapping;

/** A process of the target. */
typedef struct cck_numa_process {
    int32_t pid;
    const char *name;
    uint64_t rss;        /**< bytes resident as /proc/PID/status tells, huge pages included */
    cck_numa_method method;
    const char *by;      /**< "numa_maps", "move_pages"; "" unknown */
    const char *unknown; /**< NULL, or why its memory is not known */
    const uint64_t *rows[CCK_NUMA_ROWS]; /**< bytes by node; NULL unknown */
    cck_numa_share remote;
    uint64_t drawn, found;
    uint64_t mappings;   /**< it has so many */
    double cost_s;       /**< time that looking at its memory took */
    double age_s;        /**< how long before the end of the run that was; 0: at its end */
} cck_numa_process;

/** The remote share at a time. */
typedef struct cck_numa_point {
    double time_s;
    cck_numa_share remote;
    uint64_t resident;  /**< bytes */
    int64_t node_moves; /**< since the last point; -1 unknown */
} cck_numa_point;

/** Everything about placement: the member `placement` of a result of `numa`. */
typedef struct cck_numa_placement {
    const cck_numa_node *nodes; /**< by OS number */
    size_t node_count;
    const cck_numa_process *processes; /**< the first one first */
    size_t process_count;
    const cck_numa_thread *threads; /**< most time first */
    size_t thread_count;
    uint64_t threads_left_out;
    const cck_numa_mapping *mappings; /**< largest first */
    size_t mapping_count;
    uint64_t mappings_left_out; /**< small ones; their bytes are in the totals */
    const uint64_t *rows[CCK_NUMA_ROWS]; /**< of all processes, bytes by node; NULL unknown */
    cck_numa_method method;     /**< the worst of the processes' */
    cck_numa_share remote;
    uint64_t drawn, found;
    const cck_numa_point *points; /**< by time; more than one when it was looked at repeatedly */
    size_t point_count;
    double watched_s;  /**< how long threads were looked at; 0: once */
    bool recorded;     /**< every switch of threads was recorded meanwhile */
    bool balancing;    /**< the kernel moves pages by itself (kernel.numa_balancing) */
    bool balancing_known;
} cck_numa_placement;

typedef struct cck_numa_options {
    size_t size;         /**< sizeof(cck_numa_options) */
    bool exact;          /**< count every page, however long it takes */
    double budget_s;     /**< most time for one look at memory; 0: 0.1. Not kept with `exact` */
    uint32_t pages;      /**< to draw when sampling; 0: 10,000 */
    double duration_s;   /**< look for so long; 0: once if attached, else to the target's end */
    uint32_t interval_ms; /**< look at memory so often; 0: seldom */
    uint32_t mappings;   /**< most to list; 0: 1,000 */
    void (*on_start)(void *context, const cck_source *source, int32_t pid); /**< may be NULL */
    /** After each look at memory, with `interval_ms`; what is handed over lives for the call. */
    void (*on_look)(void *context, const cck_result *result);
    void *context;
} cck_numa_options;

/** One look at one target. Not thread-safe, but for cck_numa_interrupt(). */
typedef struct cck_numa cck_numa;

/**
 * Check what can be checked before; start nothing. Errors: CCK_EINVALID, CCK_ENOTFOUND,
 * CCK_EEXEC, CCK_EGONE, CCK_EUNSUPPORTED (a thread of the kernel's).
 */
CCK_API int cck_numa_new(cck_numa **out_numa, const cck_target_options *target,
                         const cck_numa_options *options, cck_error *err);

/** Look, and hand over the result (the caller's): `placement` and `findings`. */
CCK_API int cck_numa_run(cck_numa *numa, cck_result **out_result, cck_error *err);

/** As cck_stat_interrupt() and cck_stat_forward(). */
CCK_API void cck_numa_interrupt(cck_numa *numa, int signal);
CCK_API void cck_numa_forward(cck_numa *numa, int signal);

CCK_API void cck_numa_free(cck_numa *numa);

/* ---- single pages ---- */

enum {
    CCK_PAGE_ABSENT = -1,  /**< not in memory: never touched, or swapped out */
    CCK_PAGE_UNMAPPED = -2, /**< nothing is mapped there, or only the page of zeros */
    CCK_PAGE_UNKNOWN = -3  /**< the kernel would not say */
};

/**
 * On which NUMA node are the pages that hold these addresses? `out_nodes` gets `count` OS
 * numbers of nodes, or what CCK_PAGE_* says; nothing is moved. `pid` 0: of this process.
 * CCK_EGONE, CCK_EACCESS (another user's process; a container that denies it),
 * CCK_EUNSUPPORTED (a kernel without NUMA); then `out_nodes` may be filled in part.
 */
CCK_API int cck_page_nodes(int32_t pid, const void *const *addresses, size_t count,
                           int32_t *out_nodes, cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
