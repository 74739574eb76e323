/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMA_ESTIMATE_H
#define CCK_CORE_NUMA_ESTIMATE_H

#include <cachecheck/numa.h>

/**
 * Wilson's 95 % interval (1927) of a share `value` that was seen in `count` draws; with an
 * infinite count the share itself. It never leaves 0 to 1, and does not collapse where
 * nothing, or everything, was seen.
 */
cck_numa_share cck_numa_wilson(double value, double count);

/** An unknown share. */
cck_numa_share cck_numa_share_unknown(void);

/**
 * A mean over resident pages, drawn mapping by mapping: add each with what a page on node k
 * counts (0 to 1), then finish. Exact mappings (method EXACT) add no doubt.
 */
typedef struct cck_numa_mean {
    double weight, sum; /* resident bytes, and those times what they count */
    size_t unknown;     /* mappings that nothing is known of */
} cck_numa_mean;

void cck_numa_mean_add(cck_numa_mean *mean, const cck_numa_mapping *mapping, const double *counts,
                       size_t node_count);

/** Doubt about a mean: add each mapping again, with the mean known. */
typedef struct cck_numa_doubt {
    double variance; /* of the mean's sum, bytes squared */
    double spread;   /* sum of squared weights by draws: Kish's design effect (1965) */
} cck_numa_doubt;

void cck_numa_doubt_add(cck_numa_doubt *doubt, const cck_numa_mapping *mapping,
                        const double *counts, size_t node_count, double mean);

cck_numa_share cck_numa_mean_finish(const cck_numa_mean *mean, const cck_numa_doubt *doubt);

#endif
