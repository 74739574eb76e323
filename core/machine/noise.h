/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_NOISE_H
#define CCK_CORE_MACHINE_NOISE_H

#include <cachecheck/measure.h>

#include "core/base/arena.h"
#include "core/base/root.h"

/** How the CPUs' time was spent so far: a look at /proc/stat, and at this process. */
typedef struct cck_cpu_time {
    bool known;
    double total, busy, steal; /* s, over all online CPUs; busy without steal */
    double own;                /* s that this process ran */
} cck_cpu_time;

/** From the text of /proc/stat; `hertz` is its clock, 100 mostly. False: damaged. */
bool cck_cpu_time_parse(const char *text, long hertz, cck_cpu_time *out);

/** Look now. `known` is false where /proc/stat cannot be read. */
void cck_cpu_time_look(const cck_root *root, cck_cpu_time *out);

/** Everything that noise is judged by. */
typedef struct cck_noise_evidence {
    cck_cpu_time before, after;
    const double *spins; /* ns, of one calibrated loop each, in the order of time */
    size_t spin_count;
    const cck_figure *figures; /* all that were measured */
    size_t figure_count;
} cck_noise_evidence;

/** Judge; never fails: what is not known is negative, and does not count as quiet. */
cck_noise cck_noise_judge(const cck_noise_evidence *evidence);

enum { CCK_NOISE_REMARKS = 5 };

/** A sentence for each thing that is beyond its limit. Strings from the arena. Returns how many. */
size_t cck_noise_explain(const cck_noise *noise, cck_arena *arena,
                         const char *out_remarks[CCK_NOISE_REMARKS]);

/** ns that a fixed chain of 16384 dependent multiplications takes here and now: the least of nine. */
double cck_spin_calibrate(void);

#endif
