/* SPDX-License-Identifier: MIT */
#include "core/numa/estimate.h"

#include <math.h>

/* Sampled mappings know the unit that they were drawn in. */

cck_numa_share cck_numa_share_unknown(void)
{
    return (cck_numa_share){-1, -1, -1};
}

cck_numa_share cck_numa_wilson(double value, double count)
{
    const double z = 1.959963984540054; /* 97.5 % point of the normal distribution */
    if (value < 0 || !(count > 0))
        return cck_numa_share_unknown();
    if (isinf(count))
        return (cck_numa_share){value, value, value};
    double middle = (value + z * z / (2 * count)) / (1 + z * z / count);
    double half = z / (1 + z * z / count) *
                  sqrt(value * (1 - value) / count + z * z / (4 * count * count));
    cck_numa_share share = {value, middle - half, middle + half};
    if (share.low < 0 || value <= 0)
        share.low = 0;
    if (share.high > 1 || value >= 1)
        share.high = 1;
    return share;
}

void cck_numa_mean_add(cck_numa_mean *mean, const cck_numa_mapping *mapping, const double *counts,
                       size_t node_count)
{
    if (mapping->method == CCK_NUMA_UNKNOWN) {
        mean->unknown++;
        return;
    }
    for (size_t i = 0; i < node_count; i++) {
        mean->weight += (double)mapping->bytes[i];
        mean->sum += (double)mapping->bytes[i] * counts[i];
    }
}

/*
 * A ratio estimated from strata (Cochran 1977, 6.11): of mapping i, n of V pages were drawn.
 * Each draw contributes e = present * (count - mean) * V; the variance of the sum over its
 * draws is V^2 * (1 - n/V) * var(e) / n.
 */
void cck_numa_doubt_add(cck_numa_doubt *doubt, const cck_numa_mapping *mapping,
                        const double *counts, size_t node_count, double mean)
{
    if (mapping->method != CCK_NUMA_SAMPLED || !mapping->drawn)
        return;
    double size = (double)(mapping->end - mapping->start), drawn = (double)mapping->drawn;
    double left = 1 - drawn * (double)mapping->page_size / size, squares = 0, first = 0;
    if (left <= 0)
        return;
    for (size_t i = 0; i < node_count; i++) {
        double share = (double)mapping->bytes[i] / size, error = counts[i] - mean;
        squares += share * error * error;
        first += share * error;
    }
    doubt->variance += size * size * left * (squares - first * first) / drawn;
    if (mapping->found)
        doubt->spread += (double)mapping->resident * (double)mapping->resident * left /
                         (double)mapping->found;
}

cck_numa_share cck_numa_mean_finish(const cck_numa_mean *mean, const cck_numa_doubt *doubt)
{
    if (mean->weight <= 0)
        return cck_numa_share_unknown();
    double value = mean->sum / mean->weight;
    double count = doubt->spread > 0 ? mean->weight * mean->weight / doubt->spread : INFINITY;
    /* As many plain draws as would leave the same doubt; never more than were found. */
    double same = doubt->variance > 0
                      ? value * (1 - value) * mean->weight * mean->weight / doubt->variance
                      : INFINITY;
    return cck_numa_wilson(value, same < count && same > 0 ? same : count);
}
