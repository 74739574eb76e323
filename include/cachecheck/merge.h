/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_MERGE_H
#define CACHECHECK_MERGE_H

/**
 * @file
 * Many results of one program, one a rank or machine: what they add up to, how far they are
 * apart, which ranks are worst, and how many of them share a finding. Memory does not grow with
 * the number of results.
 */

#include <stdio.h>

#include <cachecheck/counts.h>
#include <cachecheck/error.h>
#include <cachecheck/report.h>
#include <cachecheck/result.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CCK_MERGE_NAME = 64, CCK_MERGE_WORST = 5 };

/** A result, and a number of it. */
typedef struct cck_merged_rank {
    char name[CCK_MERGE_NAME]; /**< "rank 3", else the file it came from */
    double value;
} cck_merged_rank;

/** An event, a metric or the elapsed time over all results. */
typedef struct cck_merged_number {
    const char *name, *label, *unit;
    bool adds_up; /**< events do: `sum` means something */
    double sum;
    cck_spread spread; /**< over the results that have it; no interval: they are no samples */
    cck_merged_rank worst[CCK_MERGE_WORST]; /**< the largest, `worst_count` of them */
    size_t worst_count;
    cck_merged_rank least;
} cck_merged_number;

/** A finding, and in how many results it is. */
typedef struct cck_merged_finding {
    const char *rule, *title, *id;
    cck_severity severity; /**< the worst that any result gave it */
    size_t ranks;
    char first[CCK_MERGE_NAME]; /**< which result had it first */
} cck_merged_finding;

typedef struct cck_merged {
    size_t results;
    const char *command, *backend, *program;
    cck_evidence evidence;
    size_t failed;   /**< results whose program ended by a signal or another status than 0 */
    size_t machines; /**< kinds of machine among them, at most 64 told apart */
    uint64_t threads;
    cck_merged_number *numbers; /**< elapsed time, events, metrics */
    size_t number_count;
    cck_merged_finding *findings; /**< those of most ranks first; then the more severe */
    size_t finding_count;
    uint64_t findings_left_out; /**< beyond 10,000 different ones */
} cck_merged;

typedef struct cck_merge cck_merge;

CCK_API int cck_merge_new(cck_merge **out_merge, cck_error *err);

/**
 * Take in a result, of which nothing is kept; `name` for reports if it has no rank.
 * CCK_EINVALID: of another command, backend or program than the first.
 */
CCK_API int cck_merge_add(cck_merge *merge, const cck_result *result, const char *name,
                          cck_error *err);

/** What was taken in so far; valid until the next cck_merge_add(). */
CCK_API const cck_merged *cck_merge_view(cck_merge *merge);

CCK_API void cck_merge_free(cck_merge *merge);

/** Write as text, JSON (docs/schema/cachecheck-merge-1.json), CSV or Markdown. */
CCK_API int cck_merge_write(const cck_merged *merged, cck_format format, FILE *out,
                            const cck_report_options *options, cck_error *err);

/** The same to a file, whole or not at all. */
CCK_API int cck_merge_save(const cck_merged *merged, cck_format format, const char *path,
                           const cck_report_options *options, cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
