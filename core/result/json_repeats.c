/* SPDX-License-Identifier: MIT */
/* What repeated runs had in common, in a result's JSON. */
#include "core/base/json_fields.h"
#include "core/result/json.h"

#define SPREAD(member) offsetof(cck_spread, member)

static const cck_json_field spread_fields[] = {
    {"runs", CCK_JSON_U32, SPREAD(runs), NULL},
    {"mean", CCK_JSON_NUMBER, SPREAD(mean), NULL},
    {"deviation", CCK_JSON_NUMBER, SPREAD(deviation), NULL},
    {"low", CCK_JSON_NUMBER, SPREAD(low), NULL},
    {"high", CCK_JSON_NUMBER, SPREAD(high), NULL},
    {"min", CCK_JSON_NUMBER, SPREAD(min), NULL},
    {"max", CCK_JSON_NUMBER, SPREAD(max), NULL},
    {0},
};

/* What no run counted has no spread: left out, for its zeros would pass as numbers. */
static void put_spread(cck_json *json, const char *name, const cck_spread *spread)
{
    if (!spread->runs)
        return;
    cck_json_key(json, name);
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_fields(json, spread_fields, spread);
    if (spread->samples) {
        cck_json_key(json, "samples");
        cck_json_array(json);
        for (size_t i = 0; i < spread->runs; i++)
            cck_json_number(json, spread->samples[i]);
        cck_json_array_end(json);
    }
    cck_json_object_end(json);
}

void cck_result_write_repeats(cck_json *json, const cck_result *result)
{
    if (!result->elapsed_spread.runs)
        return;
    cck_json_key(json, "repeats");
    cck_json_object(json);
    put_spread(json, "elapsed_s", &result->elapsed_spread);
    cck_json_key(json, "events");
    cck_json_object(json);
    for (size_t i = 0; result->event_spreads && i < result->event_count; i++)
        put_spread(json, result->events[i].name, &result->event_spreads[i]);
    cck_json_object_end(json);
    cck_json_key(json, "metrics");
    cck_json_object(json);
    for (size_t i = 0; result->metric_spreads && i < result->total.metric_count; i++)
        put_spread(json, result->total.metrics[i].name, &result->metric_spreads[i]);
    cck_json_object_end(json);
    cck_json_object_end(json);
}

static void read_sample(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    (void)context;
    if (!cck_node_is_number(from))
        cck_json_wrong(reader, "numbers expected");
    *(double *)record = cck_node_number(from);
}

static cck_spread read_spread(cck_json_reader *reader, const cck_json_node *parent, const char *key)
{
    cck_spread spread = {0};
    size_t count = 0;
    if (!cck_node_member(parent, key))
        return spread; /* no run counted it */
    const cck_json_node *from = cck_json_get_object(reader, parent, key);
    size_t before = cck_json_enter(reader, key);
    cck_json_get_fields(reader, from, spread_fields, &spread);
    if (spread.deviation < 0)
        cck_json_wrong(reader, "deviation is never below 0");
    if (cck_node_member(from, "samples")) { /* files of before this member have none */
        spread.samples = cck_json_get_list(reader, from, "samples", read_sample, NULL,
                                           sizeof *spread.samples, &count);
        if (count != spread.runs)
            cck_json_wrong_member(reader, "samples", "one number for each run expected");
    }
    cck_json_leave(reader, before);
    return spread;
}

void cck_result_read_repeats(cck_json_reader *reader, const cck_json_node *root, cck_result *result)
{
    if (!cck_node_member(root, "repeats"))
        return;
    const cck_json_node *from = cck_json_get_object(reader, root, "repeats");
    size_t before = cck_json_enter(reader, "repeats");
    result->elapsed_spread = read_spread(reader, from, "elapsed_s");
    const cck_json_node *of_events = cck_json_get_object(reader, from, "events");
    const cck_json_node *of_metrics = cck_json_get_object(reader, from, "metrics");
    cck_spread *events = cck_json_make(reader, result->event_count, sizeof *events);
    cck_spread *metrics = cck_json_make(reader, result->total.metric_count, sizeof *metrics);
    for (size_t i = 0; events && cck_node_size(of_events) && i < result->event_count; i++)
        events[i] = read_spread(reader, of_events, result->events[i].name);
    for (size_t i = 0; metrics && cck_node_size(of_metrics) && i < result->total.metric_count;
         i++)
        metrics[i] = read_spread(reader, of_metrics, result->total.metrics[i].name);
    result->event_spreads = cck_node_size(of_events) ? events : NULL;
    result->metric_spreads = cck_node_size(of_metrics) ? metrics : NULL;
    cck_json_leave(reader, before);
}
