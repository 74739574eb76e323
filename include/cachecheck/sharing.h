/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_SHARING_H
#define CACHECHECK_SHARING_H

/**
 * @file
 * Find lines that threads fight over: false sharing, true sharing, and which fields of
 * which objects are to blame.
 */

#include <cachecheck/result.h>
#include <cachecheck/simulate.h>
#include <cachecheck/target.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cck_sharing_options {
    size_t size;         /**< sizeof(cck_sharing_options) */
    cck_backend backend; /**< CCK_BACKEND_AUTO (the best that works), _PRECISE, _WATCH or _SIMULATE */
    const cck_simulate_options *simulate; /**< what to simulate; NULL: the defaults. Read by
                                               cck_sharing_new() only; what it points to must
                                               live as long as the session. */
    double duration_s;         /**< end the run after; 0: at the target's end */
    uint32_t top;              /**< most findings to make; 0: 100 */
    double least_rate;         /**< transfers a second below which a line is no finding; 0: 4,000 */
    cck_severity least_severity; /**< findings below are left out (and counted) */
    bool seldom;     /**< tell of lines, too, that are fought over too seldom to matter: findings
                          of severity "info" */
    bool no_latency; /**< do not measure how long a line takes from core to core here (50 ms) */
    void (*on_start)(void *context, const cck_source *source, int32_t pid); /**< may be NULL */
    void (*on_progress)(void *context, const cck_progress *progress); /**< once a second; may be
                                                                           NULL */
    void *context; /**< handed to the callbacks */
    double overhead; /**< watch: most of the target's time that looking may take, 0.02 for 2 %;
                          0: 0.02 */
    /** Once a second, the result as it would be if the run ended now; the library's. Watch only:
     * other backends do not call it. NULL: not wanted. */
    void (*on_result)(void *context, const cck_result *so_far, const cck_progress *progress);
} cck_sharing_options;

/** One look at one target. Not thread-safe, but for cck_sharing_interrupt(). */
typedef struct cck_sharing cck_sharing;

/**
 * Check everything that can be checked before the target starts; start nothing.
 * A running process (`pid` of the target) can be watched or sampled only; what is to be simulated otherwise
 * (`simulate`: another machine, a change, a part of the run) can be simulated only: for these
 * CCK_BACKEND_AUTO takes the one that can. CCK_EUNSUPPORTED when the backend asked for cannot.
 */
CCK_API int cck_sharing_new(cck_sharing **out_sharing, const cck_target_options *target,
                            const cck_sharing_options *options, cck_error *err);

/**
 * Run to the end and hand over the result (the caller's, cck_result_free()): its
 * `findings`, worst first, and its total's verdict. Errors as cck_stat_run().
 */
CCK_API int cck_sharing_run(cck_sharing *sharing, cck_result **out_result, cck_error *err);

/** As cck_stat_interrupt() and cck_stat_forward(). */
CCK_API void cck_sharing_interrupt(cck_sharing *sharing, int signal);
CCK_API void cck_sharing_forward(cck_sharing *sharing, int signal);

CCK_API void cck_sharing_free(cck_sharing *sharing);

#ifdef __cplusplus
}
#endif
#endif
