/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_COUNTS_H
#define CACHECHECK_COUNTS_H

/**
 * @file
 * Counts: which thread, which event, how many. Plain records; whoever hands them
 * out owns them. Strings are UTF-8 and never NULL unless it is said.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How far a number may be trusted; printed with every report. */
typedef enum cck_evidence {
    CCK_MEASURED,  /**< counted by the kernel or the PMU */
    CCK_WATCHED,   /**< seen by debug registers, a sample */
    CCK_SIMULATED, /**< of a model that ran the program */
    CCK_STATIC     /**< read off the code or the layout */
} cck_evidence;

/** An event, and exactly what was counted for it. */
typedef struct cck_event_info {
    const char *name;    /**< as asked for: "LLC-load-misses" */
    const char *counted; /**< what it became: "skl::LONGEST_LAT_CACHE:MISS:u", "SWITCH records" */
    const char *role;    /**< its part in metrics: "llc_load_misses"; "" if it has none */
    const char *unit;    /**< "count" or "ns" */
    const char *meaning; /**< in words; may be "" */
    bool user_only;      /**< the kernel's own work was left out */
} cck_event_info;

/** One count. `not_counted` decides: when it is set, the numbers mean nothing. */
typedef struct cck_value {
    uint64_t value;          /**< scaled to the whole time: raw * enabled / running */
    uint64_t raw;            /**< as read */
    double running;          /**< share of the time the event really counted, (0, 1]; 1: exact */
    const char *not_counted; /**< NULL, or why there is no number */
} cck_value;

/** Where a thread ran. */
typedef struct cck_residency {
    uint32_t cpu;   /**< OS number; of the modelled core when simulated */
    int32_t node;   /**< OS number of the NUMA node, -1 unknown */
    uint64_t ns;    /**< time on that CPU */
    double share;   /**< of the thread's time on any CPU, 0 to 1 */
} cck_residency;

/** What a row of counts stands for. */
typedef enum cck_row_kind {
    CCK_ROW_THREAD,
    CCK_ROW_PROCESS,
    CCK_ROW_CORE,
    CCK_ROW_NODE,
    CCK_ROW_REST /**< counts that belong to no single thread; `name` says to which */
} cck_row_kind;

/** A derived number, such as MPKI. */
typedef struct cck_metric {
    const char *name;        /**< "llc_mpki": an identifier, usable in --fail-on */
    const char *label;       /**< "LLC MPKI" */
    const char *unit;        /**< "", "%", "/1000 instr", "B/s", ... */
    const char *formula;     /**< over roles: "1000 * llc_misses / instructions" */
    double value;            /**< meaningless when `not_counted` is set */
    const char *not_counted; /**< NULL, or why: which event is missing */
} cck_metric;

/** The short judgement over a row or the run. */
typedef struct cck_verdict {
    const char *name; /**< "llc-bound", "not-cache-bound", "unknown", ...; "" if none was made */
    const char *text; /**< one sentence that names its evidence */
} cck_verdict;

/** The counts of a thread (or of what `kind` says). */
typedef struct cck_row {
    cck_row_kind kind;
    int32_t pid, tid;        /**< 0 where they mean nothing */
    int32_t index;           /**< core or node number for those kinds, else -1 */
    const char *name;        /**< thread name at its end; process or group name for other kinds */
    const char *process;     /**< name of its process; "" unknown */
    uint32_t threads;        /**< how many threads the row stands for; 0 unknown */
    const cck_value *values; /**< one for each event, in the order of the events */
    const cck_residency *residency; /**< largest share first */
    size_t residency_count;
    const char *residency_unknown; /**< NULL, or why there is no residency */
    const cck_metric *metrics; /**< those that what was counted allows, the same list for each
                                    row; the total's goes on with those it does not */
    size_t metric_count;
    cck_verdict verdict;
} cck_row;

/** A number over repeated runs. */
typedef struct cck_spread {
    uint32_t runs;
    double mean, deviation;  /**< sample standard deviation (n - 1) */
    double low, high;        /**< 95 % confidence interval of the mean (Student's t) */
    double min, max;
    const double *samples;   /**< the runs themselves, `runs` of them, in order; NULL: not kept */
} cck_spread;

#ifdef __cplusplus
}
#endif
#endif
