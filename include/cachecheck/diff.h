/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_DIFF_H
#define CACHECHECK_DIFF_H

/**
 * @file
 * Two results, before and after a change: what became better, what worse, and whether
 * that is more than noise. docs/diff.md tells the method. A diff may be read by several threads;
 * cck_diff_name() and cck_diff_free() want it alone.
 */

#include <cachecheck/counts.h>
#include <cachecheck/error.h>
#include <cachecheck/result.h>
#include <cachecheck/stat.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What may be said of a change. */
typedef enum cck_change_verdict {
    CCK_CHANGE_NOISE, /**< not significant, or below the threshold */
    CCK_CHANGE_IMPROVED,
    CCK_CHANGE_REGRESSED,
    CCK_CHANGE_CHANGED,       /**< real, but neither way is better by itself: loads, ipc */
    CCK_CHANGE_NOT_JUDGED,    /**< one run each: it may be noise; see `why` */
    CCK_CHANGE_NOT_COMPARABLE /**< see `why`: counted differently, or not at all */
} cck_change_verdict;

typedef enum cck_change_kind {
    CCK_CHANGE_ELAPSED, /**< wall-clock seconds of the run */
    CCK_CHANGE_EVENT,
    CCK_CHANGE_METRIC
} cck_change_kind;

/** One number before and after. */
typedef struct cck_delta {
    cck_change_kind kind;
    const char *name;                 /**< of the event or metric; "elapsed_s" */
    const char *label;                /**< for people */
    const char *unit;                 /**< "count", "ns", "s", or the metric's */
    int better;                       /**< -1: less is better, 1: more is, 0: neither */
    double before, after;             /**< means over the runs; meaningless if not comparable */
    uint32_t runs_before, runs_after; /**< that counted it */
    double change;    /**< (after - before) / before; infinite if before is 0 and after is not */
    double low, high; /**< its 95 % interval; low > high: there is none */
    double p;         /**< of the test, adjusted for how many were tested; < 0: none */
    const char
        *test; /**< "Welch's t", "Mann-Whitney U", "exact", "one run each: no interval", ... */
    cck_change_verdict verdict;
    const char *why; /**< not comparable, not judged: why; else "" */
} cck_delta;

/** A thread in both results, or in one: matched by process, name, role (main or not) and order. */
typedef struct cck_thread_change {
    const cck_row *before, *after; /**< NULL: not there */
} cck_thread_change;

typedef enum cck_finding_status {
    CCK_FINDING_NEW,
    CCK_FINDING_WORSE, /**< in both, its severity rose */
    CCK_FINDING_UNCHANGED,
    CCK_FINDING_MILDER, /**< in both, its severity fell */
    CCK_FINDING_RESOLVED
} cck_finding_status;

/** A finding in both results, or in one: matched by rule, type or variable, and fields. */
typedef struct cck_finding_change {
    cck_finding_status status;
    const cck_finding *before, *after; /**< NULL: not there */
} cck_finding_change;

/** How repeated runs are compared. */
typedef enum cck_diff_test {
    CCK_DIFF_WELCH,       /**< Welch's t: means; the default */
    CCK_DIFF_PAIRED,      /**< paired t of the logarithms of after / before, run by run: for runs
                               that took turns, which a cck_pairing makes; falls back to Welch
                               where a number is 0 */
    CCK_DIFF_MANN_WHITNEY /**< ranks, Hodges-Lehmann shift: few wild runs do no harm; needs the
                               single runs, which results keep since this version */
} cck_diff_test;

typedef struct cck_diff_options {
    size_t size;       /**< sizeof(cck_diff_options) */
    double threshold;  /**< share below which a change is noise: 0.01; < 0: the default, 0.01 */
    bool judge_single; /**< judge single measured runs too, by the threshold alone */
    bool force;        /**< compare in spite of obstacles */
    cck_diff_test test;
    bool other_program;      /**< that program and arguments differ is meant, and no obstacle */
    const char *const *only; /**< names of events and metrics, "elapsed_s", NULL-ended; NULL: all */
} cck_diff_options;

typedef struct cck_diff {
    const cck_result *before, *after;     /**< borrowed: they must outlive the diff */
    const char *before_name, *after_name; /**< what reports call them; never NULL */
    double threshold;
    const char *const *obstacles; /**< why these results are not comparable: a sentence each */
    size_t obstacle_count;
    bool forced;              /**< compared in spite of them */
    const char *const *notes; /**< what else differs: kernel, version */
    size_t note_count;
    const cck_delta *changes; /**< of the totals: elapsed time, events, metrics */
    size_t change_count;
    size_t tested; /**< so many tests were made, and their p adjusted for (Holm) */
    const cck_thread_change *threads; /**< by process, name and order */
    size_t thread_count, threads_matched;
    bool findings_compared;             /**< both commands look for findings */
    const cck_finding_change *findings; /**< new, worse, unchanged, milder, resolved */
    size_t finding_count;
    size_t improved, regressed, judged; /**< among `changes` */
    size_t new_findings;                /**< new or worse, above "info" */
    struct cck_arena *arena;            /**< internal */
} cck_diff;

/**
 * Compare. `options` may be NULL. Obstacles are no error: then there are no changes,
 * unless forced. CCK_EINVALID: a name of `only` is in neither ("did you mean");
 * CCK_EUNSUPPORTED: Mann-Whitney without single runs; CCK_ENOMEM.
 */
CCK_API int cck_diff_make(cck_diff **out_diff, const cck_result *before, const cck_result *after,
                          const cck_diff_options *options, cck_error *err);

/** Call the two results so in reports. The strings are copied. */
CCK_API int cck_diff_name(cck_diff *diff, const char *before, const char *after, cck_error *err);

/** The change of one event (its place in `before->events`) in a matched thread. */
CCK_API cck_delta cck_diff_thread(const cck_diff *diff, const cck_thread_change *thread,
                                  size_t event);

/** 1: something regressed beyond the threshold, or a finding is new or worse; 0: nothing;
 *  CCK_EUNSUPPORTED: nothing could be judged (never a pass), with the reason. */
CCK_API int cck_diff_gate(const cck_diff *diff, cck_error *err);

CCK_API void cck_diff_free(cck_diff *diff);

/** Two commands that run in turns, A B A B: what drifts meets both alike. */
typedef struct cck_pairing cck_pairing;

/**
 * Check what can be checked, start nothing. `options` as of cck_stat_new(), without
 * repeat; its callbacks are called for each run.
 */
CCK_API int cck_pairing_new(cck_pairing **out_pairing, const cck_target_options *before,
                            const cck_target_options *after, const cck_stat_options *options,
                            uint32_t pairs, cck_error *err);

/**
 * Run all pairs; two results of repeated runs, the caller's. An interruption ends with the
 * pairs that are whole (CCK_EGONE before the first). CCK_EUNSUPPORTED: a run failed, by
 * status or signal; otherwise as cck_stat_run().
 */
CCK_API int cck_pairing_run(cck_pairing *pairing, cck_result **out_before, cck_result **out_after,
                            cck_error *err);

/** As cck_stat_interrupt() and cck_stat_forward(), of the program that runs now. */
CCK_API void cck_pairing_interrupt(cck_pairing *pairing, int signal);
CCK_API void cck_pairing_forward(cck_pairing *pairing, int signal);

CCK_API void cck_pairing_free(cck_pairing *pairing);

#ifdef __cplusplus
}
#endif
#endif
