/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_RESULT_H
#define CACHECHECK_RESULT_H

/**
 * @file
 * A result: machine, provenance, counts, metrics, verdicts and findings of one command.
 * It saves to JSON (schema "cachecheck/1") and loads back without loss. Several threads may read,
 * write out, group and gate one result; one that sorts or frees it must be alone.
 */

#include <cachecheck/counts.h>
#include <cachecheck/error.h>
#include <cachecheck/finding.h>
#include <cachecheck/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Who counted, and why not somebody better. */
typedef struct cck_source {
    const char *backend; /**< "pmu", "software", "watch", "simulate", "replay", "static" (nothing ran) */
    cck_evidence evidence;
    const char *why;          /**< why this backend: "no PMU on this machine: ..." */
    const char *slowdown;     /**< expected, in words: "none", "40-120 x"; "" unknown */
    const char *model;        /**< simulated geometry: "D1=32768,8,64 ..."; "" if measured */
    const char *const *notes; /**< what else the reader must know, a sentence each */
    size_t note_count;
} cck_source;

/** One side of a prediction: what is fought over, in a run. Modelled. */
typedef struct cck_what_if_side {
    uint64_t transfers; /**< of the lines that the objects in question are on */
    double rate;        /**< of these, a second of virtual time */
    double cost;        /**< share of the threads' time lost to them, 0 to 1; < 0 unknown */
    uint64_t cycles;    /**< virtual time of the threads that use them; 0 unknown */
} cck_what_if_side;

/** What a change would bring, before anybody makes it. */
typedef struct cck_what_if {
    const char *change;  /**< as asked for: "struct stats.misses@64" */
    const char *text;    /**< a sentence */
    const char *finding; /**< id of the worst finding that it is about; "" */
    const char *object;  /**< what is changed: type or variable; "" nothing that is shared */
    int64_t cost_bytes;  /**< more bytes for each `cost_of` */
    const char *cost_of; /**< "object", "element", "program"; "" */
    uint32_t threads;    /**< that use these lines */
    cck_what_if_side before, after;
} cck_what_if;

/** A whole run: as it is, or with all changes. Modelled. */
typedef struct cck_what_if_run {
    double seconds;        /**< virtual */
    uint64_t cycles;       /**< virtual, of all threads */
    uint64_t instructions;
    uint64_t transfers;    /**< of all shared lines */
} cck_what_if_run;

/** Totals of a part of a run's time: stat with intervals. */
typedef struct cck_slice {
    double time_s;           /**< of its end, since the start */
    double length_s;         /**< since the last one's end, or the start */
    const cck_value *values; /**< counted meanwhile, one an event */
} cck_slice;

/** What ran. */
typedef struct cck_target_info {
    const char *const *argv; /**< the command; empty when attached */
    size_t argc;
    int32_t pid;
    bool attached;     /**< -p: the target was there before us */
    bool exited;       /**< false: it still ran when we stopped looking */
    int exit_code;     /**< if it exited by itself, else -1 */
    int signal;        /**< that killed it, else 0 */
    const char *cannot_run; /**< why a simulated program could not go on: Valgrind does not
                                 know an instruction; "" or NULL: it could */
    bool interrupted;  /**< the user asked for the end (Ctrl-C, --duration) */
    double elapsed_s;  /**< wall-clock seconds from exec to exit (of the last run, if repeated) */
    double user_s, system_s; /**< CPU seconds of the tree as wait4() tells; -1 unknown */
    uint32_t threads, processes; /**< seen during the run */
    int32_t rank;   /**< under MPI or Slurm; -1: none */
    uint32_t ranks; /**< of how many; 0 unknown */
} cck_target_info;

/**
 * Everything a command found. A plain record whose memory belongs to the
 * result's arena; end it with cck_result_free(). All arrays may be empty.
 */
typedef struct cck_result {
    const char *command; /**< "stat", ... */
    const char *version; /**< of the tool that made it */
    cck_machine_info machine;
    cck_source source;
    cck_target_info target;
    const cck_event_info *events;
    size_t event_count;
    const cck_row *rows; /**< threads, the largest first unless sorted otherwise */
    size_t row_count;
    cck_row total;            /**< of the whole run: the sum over the rows, for each event */
    const cck_row *cpus;      /**< kind CCK_ROW_CORE: by OS CPU (modelled core if simulated) */
    size_t cpu_count;
    const cck_spread *event_spreads;  /**< -r: one an event, else NULL */
    const cck_spread *metric_spreads; /**< -r: one a metric of the total, else NULL */
    cck_spread elapsed_spread;        /**< runs == 0 unless repeated */
    uint64_t lost_records; /**< the kernel dropped so many records; counts stay whole (rest row) */
    const cck_finding *findings; /**< worst first; none of commands that only count */
    size_t finding_count;
    uint64_t findings_left_out; /**< more of them: too many, or below the severity asked for */
    uint64_t lines_judged;      /**< lines that threads shared, and that were looked at */
    uint64_t types_judged;      /**< layout: types and variables that were looked at */
    uint64_t units_judged;      /**< layout: compilation units that they come from */
    const cck_what_if *what_if; /**< changes that were tried, as asked for; see simulate.h */
    size_t what_if_count;
    cck_what_if_run what_if_before, what_if_after; /**< both runs; all zero without what_if */
    struct cck_arena *arena; /**< internal */
    struct cck_profile *profile; /**< hotspots: see hotspots.h; else NULL */
    struct cck_numa_placement *placement; /**< numa: see numa.h; else NULL */
    const cck_part *topology; /**< of the machine, from the outside in; older results have none */
    size_t topology_count;
    const cck_slice *slices; /**< stat with intervals, by time; of the last run, if repeated */
    size_t slice_count;
    const struct cck_measurement_info *measurement; /**< machine --measure: see measure.h; else NULL */
} cck_result;

CCK_API void cck_result_free(cck_result *result);

/**
 * Write as JSON, schema "cachecheck/1". Not counted values have no "value".
 * Errors: CCK_EIO (disk full, closed pipe), with errno in `os_error`.
 */
CCK_API int cck_result_save(const cck_result *result, const char *path, cck_error *err);

/**
 * Load what cck_result_save() wrote, this version or a later one of schema 1; also what
 * cck_machine_save() and cck_measurement_save() wrote as JSON: command "machine", without
 * anything that ran.
 * Errors: CCK_ENOTFOUND, CCK_EFORMAT with the place, CCK_ELIMIT, CCK_ENOMEM.
 */
CCK_API int cck_result_load(cck_result **out_result, const char *path, cck_error *err);

/** The row kind's rows: threads, processes, cores or nodes, in a result of their own. */
CCK_API int cck_result_group(const cck_result *result, cck_row_kind kind,
                             cck_result **out_result, cck_error *err);

/**
 * Sort the rows by an event, a metric, "tid", "name" or "cpu-time", largest first
 * (names and tids: smallest first). CCK_EINVALID with the nearest word if unknown.
 */
CCK_API int cck_result_sort(cck_result *result, const char *key, cck_error *err);

/**
 * Evaluate a gate such as "llc_mpki>5", "LLC-load-misses>=1e6" or
 * "ipc<0.5 || page-faults>1000" over the totals. 1: it triggered, 0: it did not.
 * CCK_EINVALID: not an expression, unknown name ("did you mean");
 * CCK_EUNSUPPORTED: it needs something that was not counted (never a pass).
 */
CCK_API int cck_result_gate(const cck_result *result, const char *expression, cck_error *err);

/**
 * How many findings are at least of that severity ("low", "medium", "high", "critical",
 * "info"), or are of that rule ("false-sharing", ...) and above "info". CCK_EINVALID with the
 * nearest word. `result` may be NULL: then only the word is checked.
 */
CCK_API int cck_result_findings_at(const cck_result *result, const char *what, cck_error *err);

/**
 * What can be said of a gate before there is a result: whether it is an expression,
 * and whether its names are those of metrics, of events known here, or of `events`
 * (what will be counted, as in cck_stat_options; NULL: the default). 0, or
 * CCK_EINVALID or CCK_ELIMIT as cck_result_gate(). 0 is no promise: whether an event
 * is counted in the end only the result tells.
 */
CCK_API int cck_gate_check(const char *expression, const char *const *events, cck_error *err);

/** The same for the key of cck_result_sort(). */
CCK_API int cck_sort_check(const char *key, const char *const *events, cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
