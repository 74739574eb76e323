/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_VERIFY_H
#define CACHECHECK_VERIFY_H

/**
 * @file
 * What a patch really changes: it is applied to a copy of the sources, both are built, and the
 * two programs run in turns. The sources themselves are only read.
 */

#include <cachecheck/diff.h>
#include <cachecheck/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the patch did. Time that was measured counts before what is modelled. */
typedef enum cck_verify_verdict {
    CCK_VERIFY_UNKNOWN,   /**< nothing could be judged */
    CCK_VERIFY_IMPROVED,  /**< measured: the time, or a number asked for, is better, none worse */
    CCK_VERIFY_MODELLED,  /**< better in the model of the caches only; no measured change */
    CCK_VERIFY_UNCHANGED, /**< no change that is more than noise */
    CCK_VERIFY_REGRESSED  /**< the time, or a number asked for, is worse; or new findings */
} cck_verify_verdict;

typedef struct cck_verify_options {
    size_t size;             /**< sizeof(cck_verify_options) */
    const char *patch;       /**< a unified diff: its text. Names are relative to `directory`, or
                                  absolute; those of `git diff` to the repository's top */
    const char *build;       /**< for /bin/sh, in the copy of `directory` */
    const char *const *argv; /**< what to run there, ended by NULL */
    const char *directory;   /**< where the user stands, in the tree; NULL: here */
    const char *const *environment; /**< as of cck_target_options; not for the build */
    const char *const *copy;    /**< ignored files and folders that the build needs; NULL-ended, or
                                     NULL */
    const cck_finding *finding; /**< what the patch is to mend; NULL: all that the model finds */
    uint32_t pairs;             /**< of runs; 0: 10 */
    cck_backend backend;        /**< that counts in these runs, as of cck_stat_options */
    const char *const *events;  /**< or NULL: the default set */
    const char *set;            /**< or NULL */
    const char *const *only; /**< judge by these numbers, as of cck_diff_options; NULL: by time */
    double threshold;        /**< share below which a change is noise; < 0: 0.01 */
    bool no_runs;            /**< do not measure runs */
    bool no_model;           /**< do not simulate */
    bool foreground;         /**< as of cck_target_options */
    void (*on_step)(void *context, const char *step); /**< what begins now; may be NULL */
    void *context;
} cck_verify_options;

/** What came of it. Owned by whom cck_verify_run() gave it to. */
typedef struct cck_verification {
    cck_verify_verdict verdict;
    const char *sentence;              /**< the verdict, with its reasons */
    const char *patch;                 /**< as it was applied, names from the top of the tree */
    const char *const *files;          /**< that it changes */
    size_t file_count, added, removed; /**< lines */
    const char *build;                 /**< as asked for */
    double build_s[2];                 /**< wall-clock, before and after */
    const char *command;               /**< the program with its arguments, as a shell takes it */
    const char *finding;               /**< title of what is to be mended; "" none was named */
    const cck_diff *runs;              /**< measured, in turns; NULL: not done */
    const cck_diff *model;             /**< simulated, once each; NULL: not done */
    const char *no_model;              /**< why there is no model; "" */
    bool judged_model;                 /**< the model shows what is to be mended, before or after */
    uint64_t transfers[2];             /**< modelled, of lines of that finding; before and after */
    uint64_t files_copied, untracked_copied; /**< of the tree */
    const char *const *notes; /**< what was not copied, what changed meanwhile; a sentence each */
    size_t note_count;
    struct cck_arena *arena; /**< internal */
} cck_verification;

typedef struct cck_verify cck_verify;

/**
 * Look at the patch and the tree; copy and build nothing. CCK_EFORMAT: no unified diff;
 * CCK_EINVALID: it changes what is not in the tree, or options are missing; CCK_ENOTFOUND.
 */
CCK_API int cck_verify_new(cck_verify **out_verify, const cck_verify_options *options,
                           cck_error *err);

/**
 * Do all of it, and remove the copies, whatever happens. CCK_EINVALID: the patch does not apply;
 * CCK_EUNSUPPORTED: a build or a run failed (see cck_verify_build_log()); CCK_EGONE: interrupted
 * before the first pair of runs; CCK_EIO: no room; CCK_ENOTFOUND, CCK_EEXEC: the program.
 */
CCK_API int cck_verify_run(cck_verify *verify, cck_verification **out_verification, cck_error *err);

/**
 * After a build failed: the last lines that it wrote, and in `*out_path` a file with all of it,
 * which stays. NULL: no build failed. Both belong to `verify`.
 */
CCK_API const char *cck_verify_build_log(const cck_verify *verify, const char **out_path);

/** As cck_stat_interrupt() and cck_stat_forward(), of whatever runs now: build or program. */
CCK_API void cck_verify_interrupt(cck_verify *verify, int signal);
CCK_API void cck_verify_forward(cck_verify *verify, int signal);

CCK_API void cck_verify_free(cck_verify *verify);
CCK_API void cck_verification_free(cck_verification *verification);

/** Write as text, JSON (docs/schema/cachecheck-verify-1.json) or Markdown. */
CCK_API int cck_verification_write(const cck_verification *verification, cck_format format,
                                   FILE *out, const cck_report_options *options, cck_error *err);

/** The same to a file, whole or not at all. */
CCK_API int cck_verification_save(const cck_verification *verification, cck_format format,
                                  const char *path, const cck_report_options *options,
                                  cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
