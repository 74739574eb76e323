/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_MEASURE_H
#define CACHECHECK_MEASURE_H

/**
 * @file
 * What the machine costs, measured: how long a line takes from core to core, how
 * long memory of each node takes from each node, what false sharing and atomic
 * operations cost, and the sizes of caches as programs feel them.
 */

#include <cachecheck/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * One measured number. `low` and `high` are the quartiles of the samples. Samples during
 * which somebody else ran on the CPU are not taken, but counted in `dropped`.
 */
typedef struct cck_figure {
    double median, low, high;
    double drift;        /**< largest difference between the medians of rounds, as a share */
    uint32_t samples;    /**< 0: there is no number, because of `unknown` */
    uint32_t dropped;
    const char *unknown; /**< why there is no number; NULL when there is one */
} cck_figure;

/** Numbers by row and column, such as a matrix node x node. */
typedef struct cck_grid {
    const char *name;    /**< stable: "transfer", "memory-latency", ... */
    const char *title;   /**< a sentence without a full stop */
    const char *unit;    /**< "ns" or "GB/s" (1e9 bytes a second) */
    const char *row_is;  /**< what a row is: "CPU", "node", "bytes", ... */
    const char *column_is;
    const char *method;  /**< how it was measured, and what was verified */
    size_t row_count, column_count;
    const char *const *rows, *const *columns; /**< labels */
    const cck_figure *cells; /**< row after row */
    bool matrix;             /**< rows and columns are of one kind: a heat map */
    bool more_is_better;     /**< bandwidth */
} cck_grid;

/** A cache, or memory behind the last one (`below` 0), as the latency curve shows it. */
typedef struct cck_measured_cache {
    unsigned level;         /**< 1 is the nearest */
    uint64_t at_least;      /**< bytes that still fit */
    uint64_t below;         /**< bytes that no longer do; 0: the curve shows no end */
    uint64_t modelled;      /**< bytes, as the topology has it; 0 unknown */
    cck_figure latency;     /**< ns a load */
} cck_measured_cache;

/** What disturbed the measurement. Shares are 0 to 1, negative: unknown. */
typedef struct cck_noise {
    bool noisy;
    double others;  /**< of the CPU time in the meantime: other programs */
    double steal;   /**< of it: the hypervisor gave it to other guests */
    double dropped; /**< of all samples: somebody else ran in between */
    double drift;   /**< of the time of a calibrated loop: the CPU's frequency */
    double spread;  /**< half of the numbers repeat better than this */
} cck_noise;

typedef struct cck_measurement_info {
    bool quick;
    int64_t when;         /**< seconds since 1970 */
    double seconds;       /**< that it took */
    const char *identity; /**< of the machine: CPU model, topology and kernel */
    const char *pages;    /**< of the latency curve: "2 MiB" or "4 KiB", with the reason */
    cck_noise noise;
    const char *const *remarks; /**< sentences: what disturbed, what was left out */
    size_t remark_count;
    const char *const *conclusions; /**< sentences */
    size_t conclusion_count;
    const cck_grid *grids;
    size_t grid_count;
    const cck_measured_cache *caches; /**< nearest first */
    size_t cache_count;
} cck_measurement_info;

typedef struct cck_measure_options {
    size_t size; /**< sizeof(cck_measure_options) */
    bool quick;  /**< below 20 s on two CPUs; fewer repetitions, CPUs and nodes */
    /** Called now and then: the share that is done, and what is being measured. May be NULL. */
    void (*on_progress)(void *context, double share, const char *what);
    void *context;
} cck_measure_options;

typedef struct cck_measurement cck_measurement;

/**
 * Measure the live machine; `options` may be NULL. Threads are pinned to CPUs that this
 * process may use, one to a few at a time; the caller's own thread stays where it is.
 * Takes up to some hundred MiB of memory. The caller ends it with cck_measurement_free().
 * CCK_EUNSUPPORTED for a machine that is not this system, CCK_ENOMEM. What cannot be
 * measured is a figure with a reason, not an error.
 */
CCK_API int cck_measure_run(cck_measurement **out_measurement, const cck_machine *machine,
                            const cck_measure_options *options, cck_error *err);

CCK_API const cck_measurement_info *cck_measurement_get_info(const cck_measurement *measurement);

/** The grid of that name; NULL if there is none. */
CCK_API const cck_grid *cck_measurement_grid(const cck_measurement *measurement, const char *name);

CCK_API void cck_measurement_free(cck_measurement *measurement);

/** A measurement is too old to be used after so many days. */
enum { CCK_MEASUREMENT_DAYS = 30 };

/**
 * Keep a measurement in the user's cache ($XDG_CACHE_HOME/cachecheck, else
 * ~/.cache/cachecheck), under the machine's identity. Where it went is written to
 * `path` (may be NULL). CCK_ENOTFOUND where the environment names no such place.
 */
CCK_API int cck_measurement_keep(const cck_measurement *measurement, const cck_machine *machine,
                                 char *path, size_t size, cck_error *err);

/**
 * What was kept of this very machine. CCK_ENOTFOUND when there is nothing, it is older
 * than CCK_MEASUREMENT_DAYS, or CPU model, topology or kernel have changed since.
 */
CCK_API int cck_measurement_recall(cck_measurement **out_measurement, const cck_machine *machine,
                                   cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
