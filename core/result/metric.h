/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_METRIC_H
#define CCK_CORE_METRIC_H

#include <stdbool.h>
#include <stddef.h>

#include <cachecheck/result.h>

#include "core/base/quantity.h"

enum { CCK_METRIC_FORMULAS = 5 };

/** A derived number, as data. docs/metrics.md explains the roles. */
typedef struct cck_metric_definition {
    const char *name, *label, *unit;
    const char *formulas[CCK_METRIC_FORMULAS + 1]; /* the best first, ended by NULL */
    const char *phrase; /* how the totals say it, '@' being the number: "@ per cycle" */
    const char *meaning;
    const char *beside; /* the role whose line of the totals it comments, the first that exists
                           of a list separated by spaces; "" for none */
    bool real_time;     /* needs the real clock: makes no sense of a modelled run */
} cck_metric_definition;

extern const cck_metric_definition cck_metric_definitions[];
extern const size_t cck_metric_definition_count;

/** The definition of that name, or NULL. */
const cck_metric_definition *cck_metric_definition_find(const char *name);

/** A definition tied to the events of a result. */
typedef struct cck_metric_bound {
    const cck_metric_definition *definition;
    const char *formula;
    const char *impossible; /* NULL, or why no row can have it */
    cck_expression expression;
    cck_quantity *quantities; /* one for each name of the expression */
} cck_metric_bound;

/** Every definition tied to a result: the possible ones first. */
typedef struct cck_metric_plan {
    cck_arena arena;
    cck_metric_bound *metrics;
    size_t count, possible;
} cck_metric_plan;

int cck_metric_plan_make(cck_metric_plan *plan, const cck_result *result, cck_error *err);
void cck_metric_plan_clear(cck_metric_plan *plan);

/** The first `count` metrics of a row; its values must be there. */
void cck_metric_plan_compute(cck_metric_plan *plan, const cck_result *result, const cck_row *row,
                             cck_metric *out_metrics, size_t count);

#endif
