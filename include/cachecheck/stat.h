/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_STAT_H
#define CACHECHECK_STAT_H

/**
 * @file
 * Count events per thread over the life of a command, or of a running process.
 */

#include <cachecheck/result.h>
#include <cachecheck/target.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Totals so far, every `interval_ms`. All pointers are borrowed for the call. */
typedef struct cck_interval {
    double time_s;                /**< since the start */
    const cck_event_info *events;
    const cck_value *totals;      /**< since the last interval, one an event */
    size_t event_count;
    uint32_t threads_alive;       /**< at its end; 0 unknown */
    double length_s;              /**< of the interval: since the last one, or the start */
} cck_interval;

typedef struct cck_stat_options {
    size_t size; /**< sizeof(cck_stat_options) */
    cck_backend backend;
    const char *const *events; /**< event specifications, NULL-ended; NULL: the default set */
    const char *set;           /**< name of an event set, or NULL: "default" */
    const char *cache;         /**< simulated geometry: "I1=32768,8,64 D1=... LL=..."; NULL: this machine's */
    uint32_t repeat;           /**< runs; 0 and 1: one */
    uint32_t interval_ms;      /**< 0: none */
    double duration_s;         /**< stop after; 0: at the target's end */
    bool all_user;             /**< leave the kernel's work out even where it may be counted */
    void (*on_start)(void *context, const cck_source *source, int32_t pid); /**< may be NULL */
    void (*on_interval)(void *context, const cck_interval *interval);       /**< may be NULL */
    void *context; /**< handed to the callbacks */
    bool by_cpu; /**< count on each CPU apart, for rows of cores and nodes; each thread's creation
                      then costs events x CPUs */
} cck_stat_options;

/** One counting session. Not thread-safe, but for cck_stat_interrupt(). */
typedef struct cck_stat cck_stat;

/** Check everything that can be checked before the target starts; start nothing. */
CCK_API int cck_stat_new(cck_stat **out_stat, const cck_target_options *target,
                         const cck_stat_options *options, cck_error *err);

/**
 * Run to the end and hand over the result (the caller's, cck_result_free()).
 * A target that fails or is killed is no error: see `target` in the result.
 * Errors: CCK_EEXEC and CCK_ENOTFOUND when the command cannot be executed or
 * found; CCK_EGONE, CCK_EACCESS for -p; whatever the backend met.
 */
CCK_API int cck_stat_run(cck_stat *stat, cck_result **out_result, cck_error *err);

/**
 * Ask for the end; async-signal-safe, callable from any thread. The first call
 * sends `signal` to a launched target's process group (an attached target is
 * left in peace: only the counting ends), the second kills it.
 */
CCK_API void cck_stat_interrupt(cck_stat *stat, int signal);

/** Send a signal on to a launched target's process group; async-signal-safe. */
CCK_API void cck_stat_forward(cck_stat *stat, int signal);

CCK_API void cck_stat_free(cck_stat *stat);

/** One event or event set as `--list` shows it. */
typedef struct cck_event_entry {
    const char *name;
    const char *group;   /**< "set", "generic", "cache", "software", "libpfm4: skl", "sysfs: cpu" ... */
    const char *meaning; /**< in words; may be "" */
    bool usable;         /**< it opens here, now */
    const char *why_not; /**< when not usable */
} cck_event_entry;

/**
 * Call `each` for every event and set known here whose name, group or meaning contains
 * `filter` (NULL: all); stops when `each` returns false. Strings are borrowed
 * for the call.
 */
CCK_API int cck_stat_list_events(const char *filter,
                                 bool (*each)(void *context, const cck_event_entry *entry),
                                 void *context, cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
