/* SPDX-License-Identifier: MIT */
#include "core/result/repeat.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/result/metric.h"

/* Beyond so many runs means and deviations say it all. */
enum { SAMPLES_MOST = 4096 };

/* One number over the runs. */
typedef struct cck_series {
    cck_statistics statistics;
    double *samples; /* the first SAMPLES_MOST */
    size_t capacity;
} cck_series;

static bool add(cck_series *series, double number)
{
    size_t count = series->statistics.count;
    cck_statistics_add(&series->statistics, number);
    if (count >= SAMPLES_MOST)
        return true;
    if (count == series->capacity) {
        size_t capacity = count ? 2 * count : 16;
        double *grown = realloc(series->samples, capacity * sizeof *grown);
        if (!grown)
            return false;
        series->samples = grown;
        series->capacity = capacity;
    }
    series->samples[count] = number;
    return true;
}

bool cck_spread_keep(cck_arena *arena, cck_spread *spread)
{
    if (!spread->samples)
        return true;
    double *copy = cck_arena_array(arena, spread->runs, sizeof *copy);
    if (copy)
        memcpy(copy, spread->samples, spread->runs * sizeof *copy);
    spread->samples = copy;
    return copy != NULL;
}

static bool finish(cck_arena *arena, const cck_series *series, cck_spread *out)
{
    *out = cck_statistics_spread(&series->statistics);
    out->samples = out->runs && out->runs <= SAMPLES_MOST ? series->samples : NULL;
    return cck_spread_keep(arena, out);
}

static int start(cck_repeat *repeat, const cck_result *run, cck_error *err)
{
    repeat->events = calloc(run->event_count + 1, sizeof *repeat->events);
    repeat->metrics = calloc(cck_metric_definition_count, sizeof *repeat->metrics);
    repeat->elapsed = calloc(1, sizeof *repeat->elapsed);
    if (!repeat->events || !repeat->metrics || !repeat->elapsed) {
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
    bool ok = add(repeat->elapsed, run->target.elapsed_s);
    for (size_t i = 0; ok && i < run->event_count; i++)
        if (!run->total.values[i].not_counted)
            ok = add(&repeat->events[i], (double)run->total.values[i].value);
    for (size_t i = 0; ok && i < run->total.metric_count; i++) {
        size_t place = place_of(&run->total.metrics[i]);
        if (!run->total.metrics[i].not_counted && place < repeat->metric_count)
            ok = add(&repeat->metrics[place], run->total.metrics[i].value);
    }
    return ok ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

int cck_repeat_finish(cck_repeat *repeat, cck_result *result, cck_error *err)
{
    if (result->event_count != repeat->event_count)
        return cck_fail(err, CCK_EINTERNAL, "the runs counted different events");
    cck_arena *arena = result->arena;
    cck_spread *events = cck_arena_array(arena, result->event_count, sizeof *events);
    cck_spread *metrics = cck_arena_array(arena, result->total.metric_count, sizeof *metrics);
    bool ok = events && metrics && finish(arena, repeat->elapsed, &result->elapsed_spread);
    for (size_t i = 0; ok && i < result->event_count; i++)
        ok = finish(arena, &repeat->events[i], &events[i]);
    for (size_t i = 0; ok && i < result->total.metric_count; i++) {
        size_t place = place_of(&result->total.metrics[i]);
        if (place < repeat->metric_count)
            ok = finish(arena, &repeat->metrics[place], &metrics[i]);
    }
    if (!ok)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    result->event_spreads = events;
    result->metric_spreads = metrics;
    return 0;
}

static void drop(cck_series *series, size_t count)
{
    for (size_t i = 0; series && i < count; i++)
        free(series[i].samples);
    free(series);
}

void cck_repeat_clear(cck_repeat *repeat)
{
    drop(repeat->events, repeat->event_count);
    drop(repeat->metrics, repeat->metric_count);
    drop(repeat->elapsed, 1);
    *repeat = (cck_repeat){0};
}
