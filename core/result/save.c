/* SPDX-License-Identifier: MIT */
/* The result as JSON, schema cachecheck/1: docs/schema/cachecheck-1.json. */
#include <string.h>

#include "core/base/json_writer.h"
#include "core/base/output.h"
#include "core/finding/json.h"
#include "core/hotspots/json.h"
#include "core/machine/json.h"
#include "core/machine/topology.h"
#include "core/numa/numa.h"
#include "core/result/result.h"
#include "core/result/slices.h"
#include "core/result/words.h"
#include "core/sharing/what_if_json.h"

static void write_strings(cck_json *json, const char *key, const char *const *texts, size_t count)
{
    cck_json_key(json, key);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++)
        cck_json_string(json, texts[i]);
    cck_json_array_end(json);
}

static void write_source(cck_json *json, const cck_source *source)
{
    cck_json_key(json, "source");
    cck_json_object(json);
    cck_json_put_string(json, "backend", source->backend);
    cck_json_put_string(json, "evidence", cck_word_of(cck_evidence_words, (int)source->evidence));
    cck_json_put_string(json, "why", source->why);
    cck_json_put_string(json, "slowdown", source->slowdown);
    cck_json_put_string(json, "model", source->model);
    write_strings(json, "notes", source->notes, source->note_count);
    cck_json_object_end(json);
}

static void write_exit(cck_json *json, const cck_target_info *target)
{
    cck_json_key(json, "exit");
    cck_json_inline(json);
    cck_json_object(json);
    if (target->exited && target->signal)
        cck_json_put_uint(json, "signal", (uint64_t)target->signal);
    else if (target->exited && target->exit_code >= 0)
        cck_json_put_uint(json, "code", (uint64_t)target->exit_code);
    else if (target->exited)
        cck_json_put_bool(json, "exited", true);
    else
        cck_json_put_bool(json, "running", true);
    cck_json_object_end(json);
}

static void write_target(cck_json *json, const cck_target_info *target)
{
    cck_json_key(json, "target");
    cck_json_object(json);
    cck_json_key(json, "argv");
    cck_json_inline(json);
    cck_json_array(json);
    for (size_t i = 0; i < target->argc; i++)
        cck_json_string(json, target->argv[i]);
    cck_json_array_end(json);
    cck_json_key(json, "pid");
    cck_json_int(json, target->pid);
    cck_json_put_bool(json, "attached", target->attached);
    write_exit(json, target);
    if (target->cannot_run && *target->cannot_run)
        cck_json_put_string(json, "cannot_run", target->cannot_run);
    cck_json_put_bool(json, "interrupted", target->interrupted);
    cck_json_put_number(json, "elapsed_s", target->elapsed_s);
    if (target->user_s >= 0)
        cck_json_put_number(json, "user_s", target->user_s);
    if (target->system_s >= 0)
        cck_json_put_number(json, "system_s", target->system_s);
    cck_json_put_uint(json, "threads", target->threads);
    cck_json_put_uint(json, "processes", target->processes);
    if (target->rank >= 0)
        cck_json_put_uint(json, "rank", (uint64_t)target->rank);
    if (target->ranks)
        cck_json_put_uint(json, "ranks", target->ranks);
    cck_json_object_end(json);
}

static void write_events(cck_json *json, const cck_result *result)
{
    cck_json_key(json, "events");
    cck_json_array(json);
    for (size_t i = 0; i < result->event_count; i++) {
        const cck_event_info *event = &result->events[i];
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_string(json, "name", event->name);
        cck_json_put_string(json, "counted", event->counted);
        cck_json_put_string(json, "role", event->role);
        cck_json_put_string(json, "unit", event->unit);
        cck_json_put_string(json, "meaning", event->meaning);
        cck_json_put_bool(json, "user_only", event->user_only);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

/* `raw` is left out where it says no more than `value`. */
static void write_counts(cck_json *json, const char *key, const cck_result *result,
                         const cck_row *row)
{
    cck_json_key(json, key);
    cck_json_object(json);
    for (size_t i = 0; row->values && i < result->event_count; i++) {
        const cck_value *value = &row->values[i];
        cck_json_key(json, result->events[i].name);
        cck_json_inline(json);
        cck_json_object(json);
        if (value->not_counted) {
            cck_json_put_string(json, "not_counted", value->not_counted);
        } else {
            cck_json_put_uint(json, "value", value->value);
            if (value->raw != value->value)
                cck_json_put_uint(json, "raw", value->raw);
            cck_json_put_number(json, "running", value->running);
        }
        cck_json_object_end(json);
    }
    cck_json_object_end(json);
}

static void write_metrics(cck_json *json, const cck_row *row)
{
    cck_json_key(json, "metrics");
    cck_json_object(json);
    for (size_t i = 0; i < row->metric_count; i++) {
        cck_json_key(json, row->metrics[i].name);
        if (!row->metrics[i].not_counted) {
            cck_json_number(json, row->metrics[i].value);
            continue;
        }
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_string(json, "not_counted", row->metrics[i].not_counted);
        cck_json_object_end(json);
    }
    cck_json_object_end(json);
}

static void write_verdict(cck_json *json, const cck_verdict *verdict)
{
    cck_json_key(json, "verdict");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "name", verdict->name);
    cck_json_put_string(json, "text", verdict->text);
    cck_json_object_end(json);
}

static void write_residency(cck_json *json, const cck_row *row)
{
    if (row->residency_unknown)
        cck_json_put_string(json, "residency_unknown", row->residency_unknown);
    cck_json_key(json, "residency");
    cck_json_array(json);
    for (size_t i = 0; i < row->residency_count; i++) {
        const cck_residency *residency = &row->residency[i];
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_uint(json, "cpu", residency->cpu);
        if (residency->node >= 0)
            cck_json_put_uint(json, "node", (uint64_t)residency->node);
        cck_json_put_uint(json, "ns", residency->ns);
        cck_json_put_number(json, "share", residency->share);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

/* One line a row: 100,000 threads stay readable, and greppable. */
static void write_row(cck_json *json, const cck_result *result, const cck_row *row)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "kind", cck_word_of(cck_row_words, (int)row->kind));
    cck_json_key(json, "pid");
    cck_json_int(json, row->pid);
    cck_json_key(json, "tid");
    cck_json_int(json, row->tid);
    if (row->index >= 0)
        cck_json_put_uint(json, "index", (uint64_t)row->index);
    cck_json_put_string(json, "name", row->name);
    cck_json_put_string(json, "process", row->process);
    cck_json_put_uint(json, "threads", row->threads);
    write_counts(json, "counts", result, row);
    write_residency(json, row);
    if (row->memory) {
        cck_json_key(json, "memory_near");
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_number(json, "value", row->memory->near);
        cck_json_put_number(json, "low", row->memory->low);
        cck_json_put_number(json, "high", row->memory->high);
        cck_json_object_end(json);
    }
    write_metrics(json, row);
    write_verdict(json, &row->verdict);
    cck_json_object_end(json);
}

static void write_rows(cck_json *json, const char *key, const cck_result *result,
                       const cck_row *rows, size_t count)
{
    cck_json_key(json, key);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++)
        write_row(json, result, &rows[i]);
    cck_json_array_end(json);
}

static void write_definitions(cck_json *json, const cck_row *total)
{
    cck_json_key(json, "metric_definitions");
    cck_json_array(json);
    for (size_t i = 0; i < total->metric_count; i++) {
        const cck_metric *metric = &total->metrics[i];
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_string(json, "name", metric->name);
        cck_json_put_string(json, "label", metric->label);
        cck_json_put_string(json, "unit", metric->unit);
        cck_json_put_string(json, "formula", metric->formula);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_spread(cck_json *json, const cck_spread *spread)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_uint(json, "runs", spread->runs);
    cck_json_put_number(json, "mean", spread->mean);
    cck_json_put_number(json, "deviation", spread->deviation);
    cck_json_put_number(json, "low", spread->low);
    cck_json_put_number(json, "high", spread->high);
    cck_json_put_number(json, "min", spread->min);
    cck_json_put_number(json, "max", spread->max);
    if (spread->samples) {
        cck_json_key(json, "samples");
        cck_json_array(json);
        for (size_t i = 0; i < spread->runs; i++)
            cck_json_number(json, spread->samples[i]);
        cck_json_array_end(json);
    }
    cck_json_object_end(json);
}

/* What no run counted has no spread: left out, for its zeros would pass as numbers. */
static void put_spread(cck_json *json, const char *name, const cck_spread *spread)
{
    if (!spread->runs)
        return;
    cck_json_key(json, name);
    write_spread(json, spread);
}

static void write_repeats(cck_json *json, const cck_result *result)
{
    if (!result->elapsed_spread.runs)
        return;
    cck_json_key(json, "repeats");
    cck_json_object(json);
    cck_json_key(json, "elapsed_s");
    write_spread(json, &result->elapsed_spread);
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

void cck_result_write_json(const cck_result *result, FILE *out, bool pretty)
{
    cck_json json;
    cck_json_begin(&json, out, pretty);
    cck_json_object(&json);
    cck_json_put_string(&json, "schema", "cachecheck/1");
    cck_json_put_string(&json, "command", result->command);
    cck_json_key(&json, "tool");
    cck_json_inline(&json);
    cck_json_object(&json);
    cck_json_put_string(&json, "version", result->version);
    cck_json_object_end(&json);
    cck_json_machine(&json, &result->machine);
    if (result->topology_count)
        cck_topology_write(&json, result->topology, result->topology_count);
    write_source(&json, &result->source);
    write_target(&json, &result->target);
    write_events(&json, result);
    write_verdict(&json, &result->total.verdict);
    write_counts(&json, "totals", result, &result->total);
    write_metrics(&json, &result->total);
    write_definitions(&json, &result->total);
    write_repeats(&json, result);
    cck_slices_write(&json, result);
    cck_json_put_uint(&json, "lost_records", result->lost_records);
    write_residency(&json, &result->total);
    write_rows(&json, "cpus", result, result->cpus, result->cpu_count);
    write_rows(&json, "threads", result, result->rows, result->row_count);
    cck_findings_write(&json, result);
    cck_what_if_write(&json, result);
    if (result->profile)
        cck_hotspots_write_json(&json, result->profile);
    if (result->placement)
        cck_placement_write_json(&json, result->placement);
    cck_json_object_end(&json);
    cck_json_end(&json);
}

static void write_to(const void *context, FILE *out)
{
    cck_result_write_json(context, out, true);
}

int cck_result_save(const cck_result *result, const char *path, cck_error *err)
{
    return cck_output_save(path, write_to, result, err);
}
