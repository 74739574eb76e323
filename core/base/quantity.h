/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_QUANTITY_H
#define CCK_CORE_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>

#include <cachecheck/result.h>

#include "core/base/expression.h"

/**
 * What a name in a formula, rule or gate stands for in a result: the events of a
 * role, a metric, an event, or one of the fixed quantities:
 *   cpu_time   ns on any CPU: the task_clock event, else the residency
 *   elapsed_s  wall-clock seconds of the run
 *   line_size  bytes of a cache line
 */

typedef enum cck_quantity_kind {
    CCK_QUANTITY_UNKNOWN,
    CCK_QUANTITY_EVENTS,
    CCK_QUANTITY_METRIC,
    CCK_QUANTITY_CPU_TIME,
    CCK_QUANTITY_ELAPSED,
    CCK_QUANTITY_LINE_SIZE
} cck_quantity_kind;

enum { CCK_QUANTITY_EVENTS_MOST = 4 };

typedef struct cck_quantity {
    cck_quantity_kind kind;
    size_t index;                            /* of the metric */
    size_t events[CCK_QUANTITY_EVENTS_MOST]; /* that add up: one a core PMU of a hybrid machine */
    size_t event_count;
    const char *missing_of;   /* the value's reason that `missing_text` was made of */
    const char *missing_text; /* "LLC-load-misses: never on a counter" */
} cck_quantity;

/** Which name wins where an event and a role share it. */
typedef enum cck_quantity_order { CCK_ROLES_FIRST, CCK_EVENTS_FIRST } cck_quantity_order;

/** Kind UNKNOWN when the result has nothing of that name. */
cck_quantity cck_quantity_find(const cck_result *result, const char *name,
                               cck_quantity_order order);

/**
 * Its value in a row. Reasons name the event; they are made in the result's arena,
 * once for each reason, and kept in `quantity`.
 */
cck_operand cck_quantity_read(cck_quantity *quantity, const cck_result *result, const cck_row *row);

#endif
