/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_SHARING_JUDGE_H
#define CCK_CORE_SHARING_JUDGE_H

#include <cachecheck/result.h>

#include "core/debug/debug.h"
#include "core/session/observed.h"
#include "core/sharing/line_verdict.h"
#include "core/sharing/what_if.h"

typedef struct cck_sharing_rules {
    cck_line_limits limits;
    cck_severity least;       /* findings below are left out; those of INFO silently */
    size_t top;               /* most findings */
    const char *const *types; /* hints, as in cck_simulate_options; or NULL */
    cck_what_if_plan *what_if; /* gets to know what was found; or NULL */
} cck_sharing_rules;

/**
 * Judge every line that was observed, join what one change of the source would mend, and
 * put findings (worst first), the verdict over the run, and notes into `result`, whose
 * target must be set. `debug` may be NULL: then nothing has a name. A function of plain data:
 * the same observations give the same findings, byte for byte.
 */
int cck_sharing_judge(cck_result *result, const cck_observed *observed, cck_debug *debug,
                      const cck_sharing_rules *rules, cck_error *err);

#endif
