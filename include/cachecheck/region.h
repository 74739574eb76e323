/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_REGION_H
#define CACHECHECK_REGION_H

/**
 * @file
 * Count a region of one's own program: what each of its threads does between two points.
 * For simulations of a region see mark.h.
 */

#include <cachecheck/result.h>
#include <cachecheck/stat.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A region that is being counted. Several may be at a time, begun and ended by any threads. */
typedef struct cck_region cck_region;

/**
 * Begin to count all threads of the calling process, and its children. `options` as of
 * cck_stat_new() (NULL: the defaults); `repeat` and `duration_s` mean nothing here. Counting
 * has begun when this returns. Threads that are there now are counted exactly; those that
 * start later are looked for every 100 ms, shorter ones may be missed. A thread of the library's
 * own looks after it, and is not counted. CCK_EUNSUPPORTED where nothing but simulation works,
 * otherwise errors as cck_stat_new() and cck_stat_run().
 */
CCK_API int cck_region_begin(cck_region **out_region, const cck_stat_options *options,
                             cck_error *err);

/**
 * End it: the region is gone, whatever this returns (`region` may be NULL: CCK_EINVALID). On
 * success the caller owns the result, as of cck_stat_run(): a row a thread, and the total.
 */
CCK_API int cck_region_end(cck_region *region, cck_result **out_result, cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
