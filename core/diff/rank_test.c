/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "core/diff/compare.h"
#include "core/diff/student.h"

/* Up to 20 runs each the numbers of ways stay whole numbers below 2^53, so that doubles hold
 * them exactly; the normal approximation is good to three digits from there on. */
enum { EXACT_MOST = 20, PAIRS_MOST = 1 << 22 };

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* How many ways to have each U from m and n without ties: the coefficients of the Gaussian
 * binomial, built one factor at a time (Mann and Whitney's recursion, summed up). As shares. */
static double *distribution(size_t m, size_t n)
{
    size_t most = m * n;
    double *share = calloc(most + 1, sizeof *share), all = 0;
    if (!share)
        return NULL;
    share[0] = 1;
    for (size_t i = 1; i <= m; i++) {
        for (size_t u = most; u >= n + i; u--)
            share[u] -= share[u - n - i];
        for (size_t u = i; u <= most; u++)
            share[u] += share[u - i];
    }
    for (size_t u = 0; u <= most; u++)
        all += share[u];
    for (size_t u = 0; u <= most; u++)
        share[u] /= all;
    return share;
}

typedef struct rank_sums {
    double u;    /* pairs in which `after` is larger, ties count a half */
    double ties; /* sum of t^3 - t over groups of equal numbers */
    bool tied;
} rank_sums;

static rank_sums count_pairs(const double *pairs, size_t count, const double *all, size_t size)
{
    rank_sums sums = {0};
    for (size_t i = 0; i < count; i++)
        sums.u += pairs[i] > 0 ? 1 : pairs[i] == 0 ? 0.5 : 0;
    for (size_t i = 0; i < size;) {
        size_t next = i + 1;
        while (next < size && all[next] == all[i])
            next++;
        double group = (double)(next - i);
        sums.ties += group * group * group - group;
        sums.tied = sums.tied || next - i > 1;
        i = next;
    }
    return sums;
}

/* Exact: p by the tail, and how many pairs the interval leaves out at either end. */
static double exact(const double *share, size_t pairs, double u, size_t *out_cut)
{
    double tail = 0, below = 0;
    size_t least = (size_t)(u < (double)pairs - u ? u : (double)pairs - u), cut = 0;
    for (size_t i = 0; i <= least; i++)
        tail += share[i];
    while (cut < pairs && below + share[cut] <= 0.025)
        below += share[cut++];
    *out_cut = cut;
    return tail >= 0.5 ? 1 : 2 * tail;
}

static double approximate(size_t m, size_t n, const rank_sums *sums, size_t *out_cut)
{
    double a = (double)m, b = (double)n, size = a + b;
    double variance = a * b / 12 * (size + 1 - sums->ties / (size * (size - 1)));
    double cut = a * b / 2 - 1.959963984540054 * sqrt(a * b * (size + 1) / 12);
    *out_cut = cut > 0 ? (size_t)cut : 0;
    if (!(variance > 0))
        return 1;                                      /* all numbers are equal */
    double distance = fabs(sums->u - a * b / 2) - 0.5; /* for continuity */
    return cck_normal_two_sided((distance > 0 ? distance : 0) / sqrt(variance));
}

double cck_rank_test(const double *before, size_t m, const double *after, size_t n,
                     double *out_shift, double *out_low, double *out_high)
{
    if (!m || !n || m > PAIRS_MOST / n)
        return -1;
    size_t count = m * n, cut = 0;
    double *pairs = malloc(count * sizeof *pairs), *all = malloc((m + n) * sizeof *all);
    double *share = m <= EXACT_MOST && n <= EXACT_MOST ? distribution(m, n) : NULL, p = -1;
    if (pairs && all && (share || m > EXACT_MOST || n > EXACT_MOST)) {
        for (size_t i = 0; i < count; i++)
            pairs[i] = after[i / m] - before[i % m];
        for (size_t i = 0; i < m + n; i++)
            all[i] = i < m ? before[i] : after[i - m];
        qsort(pairs, count, sizeof *pairs, ascending);
        qsort(all, m + n, sizeof *all, ascending);
        rank_sums sums = count_pairs(pairs, count, all, m + n);
        p = share && !sums.tied ? exact(share, count, sums.u, &cut)
                                : approximate(m, n, &sums, &cut);
        *out_shift = (pairs[(count - 1) / 2] + pairs[count / 2]) / 2;
        /* The interval is that of the order statistics cut ... count - 1 - cut of the pairs'
         * differences; with nothing to leave out it would cover less than it says. */
        *out_low = cut ? pairs[cut - 1] : 1;
        *out_high = cut ? pairs[count - cut] : 0;
    }
    free(pairs);
    free(all);
    free(share);
    return p;
}
