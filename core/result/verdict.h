/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_VERDICT_H
#define CCK_CORE_VERDICT_H

#include <stddef.h>

#include <cachecheck/result.h>

#include "core/base/quantity.h"

/** Whom a rule may judge. */
typedef enum cck_verdict_scope { CCK_VERDICT_ANY, CCK_VERDICT_RUN } cck_verdict_scope;

/**
 * A rule, as data: the first whose condition holds is the verdict. A condition that
 * needs what was not counted does not hold.
 */
typedef struct cck_verdict_rule {
    const char *name;
    cck_verdict_scope scope;
    const char *condition; /* over metrics and roles */
    const char *text;      /* {name} is its value; [..] is left out when a name in it has none */
    const char *why;       /* where the threshold comes from; for docs/metrics.md */
} cck_verdict_rule;

extern const cck_verdict_rule cck_verdict_rules[];
extern const size_t cck_verdict_rule_count;

/** The rules tied to a result; its metrics must be there. */
typedef struct cck_verdict_plan cck_verdict_plan;

int cck_verdict_plan_make(cck_verdict_plan **out_plan, const cck_result *result, cck_error *err);

/** The verdict over a row; strings in the result's arena. */
cck_verdict cck_verdict_plan_judge(cck_verdict_plan *plan, const cck_result *result,
                                   const cck_row *row);

void cck_verdict_plan_free(cck_verdict_plan *plan);

#endif
