/* SPDX-License-Identifier: MIT */
#include "core/result/repeat.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/result/metric.h"
#include "core/result/result.h"

static int start(cck_repeat *repeat, const cck_result *run, cck_error *err)
{
    repeat->events = calloc(run->event_count + 1, sizeof *repeat->events);
    repeat->metrics = calloc(cck_metric_definition_count, sizeof *repeat->metrics);
    if (!repeat->events || !repeat->metrics) {
        cck_repeat_clear(repeat);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    repeat->event_count = run->event_count;
    repeat->metric_count = cck_metric_definition_count;
    return 0;
}

/* Which metrics are possible may differ from run to run, and so does their order:
 * they are told apart by their place in the table of definitions. */
static size_t place_of(const cck_metric *metric)
{
    const cck_metric_definition *definition = cck_metric_definition_find(metric->name);
    return definition ? (size_t)(definition - cck_metric_definitions) : cck_metric_definition_count;
}

int cck_repeat_add(cck_repeat *repeat, const cck_result *run, cck_error *err)
{
    if (!repeat->events) {
        int code = start(repeat, run, err);
        if (code)
            return code;
    }
    if (run->event_count != repeat->event_count)
        return cck_fail(err, CCK_EINTERNAL, "the runs counted different events");
    for (size_t i = 0; i < run->event_count; i++)
        if (!run->total.values[i].not_counted)
            cck_statistics_add(&repeat->events[i], (double)run->total.values[i].value);
    for (size_t i = 0; i < run->total.metric_count; i++) {
        size_t place = place_of(&run->total.metrics[i]);
        if (!run->total.metrics[i].not_counted && place < repeat->metric_count)
            cck_statistics_add(&repeat->metrics[place], run->total.metrics[i].value);
    }
    cck_statistics_add(&repeat->elapsed, run->target.elapsed_s);
    return 0;
}

int cck_repeat_finish(cck_repeat *repeat, cck_result *result, cck_error *err)
{
    if (result->event_count != repeat->event_count)
        return cck_fail(err, CCK_EINTERNAL, "the runs counted different events");
    cck_spread *events = cck_arena_array(result->arena, result->event_count, sizeof *events);
    cck_spread *metrics =
        cck_arena_array(result->arena, result->total.metric_count, sizeof *metrics);
    if (!events || !metrics)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < result->event_count; i++)
        events[i] = cck_statistics_spread(&repeat->events[i]);
    for (size_t i = 0; i < result->total.metric_count; i++) {
        size_t place = place_of(&result->total.metrics[i]);
        if (place < repeat->metric_count)
            metrics[i] = cck_statistics_spread(&repeat->metrics[place]);
    }
    result->event_spreads = events;
    result->metric_spreads = metrics;
    result->elapsed_spread = cck_statistics_spread(&repeat->elapsed);
    return 0;
}

void cck_repeat_clear(cck_repeat *repeat)
{
    free(repeat->events);
    free(repeat->metrics);
    *repeat = (cck_repeat){0};
}
