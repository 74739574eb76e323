/* SPDX-License-Identifier: MIT */
/* A result back from its JSON. The bytes may be anybody's: every type is checked, and
 * members that this version does not know are passed over (schema 1 only grows). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/json_reader.h"
#include "core/base/json_split.h"
#include "core/finding/json.h"
#include "core/hotspots/json.h"
#include "core/machine/measurement.h"
#include "core/machine/topology.h"
#include "core/result/result.h"
#include "core/result/row.h"
#include "core/result/slices.h"
#include "core/result/words.h"
#include "core/sharing/what_if_json.h"

enum {
    MOST_BYTES_SHIFT = 31, /* 2 GiB of JSON: some millions of threads */
    MOST_NAMES = 4096      /* events, and metrics: each is compared with all before it */
};

typedef struct load_state {
    cck_json_reader reader;
    cck_result *result;
    const char *last_reason; /* reasons repeat from row to row */
} load_state;

/* An array for `count` records; NULL and a remembered failure when memory is out. */
static void *make_array(load_state *loader, size_t count, size_t size)
{
    void *array = cck_arena_array(loader->result->arena, count, size);
    if (!array && !loader->reader.code)
        loader->reader.code = cck_fail(&loader->reader.error, CCK_ENOMEM, "out of memory");
    return array;
}

/* The size of a list of named things, which must not be beyond all reason. */
static size_t count_named(load_state *loader, const json_t *array, const char *key)
{
    size_t count = json_array_size(array);
    if (count <= MOST_NAMES)
        return count;
    size_t before = cck_json_enter(&loader->reader, key);
    cck_json_wrong(&loader->reader, "too many for a result");
    cck_json_leave(&loader->reader, before);
    return 0;
}

static const char *reason(load_state *loader, const json_t *parent)
{
    const char *text = json_string_value(json_object_get(parent, "not_counted"));
    if (!text)
        return cck_json_get_string(&loader->reader, parent, "not_counted");
    if (strcmp(text, cck_never_on_a_counter) == 0)
        return cck_never_on_a_counter;
    if (!loader->last_reason || strcmp(loader->last_reason, text) != 0)
        loader->last_reason = cck_json_keep(&loader->reader, text);
    return loader->last_reason;
}

static const char *const *load_strings(load_state *loader, const json_t *parent, const char *key,
                                       size_t *out_count)
{
    json_t *array = cck_json_get_array(&loader->reader, parent, key);
    size_t count = json_array_size(array);
    const char **texts = make_array(loader, count, sizeof *texts);
    size_t before = cck_json_enter(&loader->reader, key);
    for (size_t i = 0; texts && i < count; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (!text)
            cck_json_wrong(&loader->reader, "strings expected");
        texts[i] = cck_json_keep(&loader->reader, text ? text : "");
    }
    cck_json_leave(&loader->reader, before);
    *out_count = texts ? count : 0;
    return texts;
}

static void load_caches(load_state *loader, const json_t *machine)
{
    cck_json_reader *reader = &loader->reader;
    json_t *array = cck_json_get_array(reader, machine, "caches");
    size_t count = json_array_size(array);
    cck_cache *caches = make_array(loader, count, sizeof *caches);
    for (size_t i = 0; caches && i < count; i++) {
        const json_t *cache = json_array_get(array, i);
        size_t before = cck_json_enter(reader, "caches");
        cck_json_enter_index(reader, i);
        caches[i] = (cck_cache){
            .level = (unsigned)cck_json_get_uint(reader, cache, "level", UINT_MAX),
            .kind = (cck_cache_kind)cck_json_get_word(reader, cache, "kind", cck_cache_words),
            .size = cck_json_get_uint(reader, cache, "size", INT64_MAX),
            .ways = (unsigned)cck_json_get_uint(reader, cache, "ways", UINT_MAX),
            .line = (unsigned)cck_json_get_uint(reader, cache, "line", UINT_MAX),
            .count = (unsigned)cck_json_get_uint(reader, cache, "count", UINT_MAX),
            .pus = (unsigned)cck_json_get_uint(reader, cache, "pus", UINT_MAX),
        };
        cck_json_leave(reader, before);
    }
    loader->result->machine.caches = caches;
    loader->result->machine.cache_count = caches ? count : 0;
}

static void load_machine(load_state *loader, const json_t *root)
{
    cck_json_reader *reader = &loader->reader;
    cck_machine_info *machine = &loader->result->machine;
    json_t *from = cck_json_get_object(reader, root, "machine");
    if (!from)
        return;
    size_t before = cck_json_enter(reader, "machine");
    *machine = (cck_machine_info){
        .cpu_vendor = cck_json_get_string(reader, from, "cpu_vendor"),
        .cpu_model = cck_json_get_string(reader, from, "cpu_model"),
        .arch = cck_json_get_string(reader, from, "arch"),
        .kernel = cck_json_get_string(reader, from, "kernel"),
        .hypervisor = cck_json_get_string(reader, from, "hypervisor"),
        .container = cck_json_get_string(reader, from, "container"),
        .origin = cck_json_get_string(reader, from, "origin"),
        .is_thissystem = cck_json_get_bool(reader, from, "is_thissystem", false),
        .packages = (unsigned)cck_json_get_uint(reader, from, "packages", UINT_MAX),
        .cores = (unsigned)cck_json_get_uint(reader, from, "cores", UINT_MAX),
        .pus = (unsigned)cck_json_get_uint(reader, from, "pus", UINT_MAX),
        .nodes = (unsigned)cck_json_get_uint(reader, from, "nodes", UINT_MAX),
        .allowed_pus = (unsigned)cck_json_get_uint(reader, from, "allowed_pus", UINT_MAX),
        .line_size = (unsigned)cck_json_get_uint(reader, from, "line_size", UINT_MAX),
        .memory = cck_json_get_uint(reader, from, "memory", INT64_MAX),
    };
    load_caches(loader, from);
    cck_json_leave(reader, before);
}

static void load_source(load_state *loader, const json_t *root)
{
    cck_json_reader *reader = &loader->reader;
    cck_source *source = &loader->result->source;
    json_t *from = cck_json_get_object(reader, root, "source");
    if (!from)
        return;
    size_t before = cck_json_enter(reader, "source");
    source->backend = cck_json_get_string(reader, from, "backend");
    source->evidence =
        (cck_evidence)cck_json_get_word(reader, from, "evidence", cck_evidence_words);
    source->why = cck_json_get_string(reader, from, "why");
    source->slowdown = cck_json_get_string(reader, from, "slowdown");
    source->model = cck_json_get_string(reader, from, "model");
    source->notes = load_strings(loader, from, "notes", &source->note_count);
    cck_json_leave(reader, before);
}

static void load_target(load_state *loader, const json_t *root)
{
    cck_json_reader *reader = &loader->reader;
    cck_target_info *target = &loader->result->target;
    json_t *from = cck_json_get_object(reader, root, "target");
    if (!from)
        return;
    size_t before = cck_json_enter(reader, "target");
    target->argv = load_strings(loader, from, "argv", &target->argc);
    target->pid = (int32_t)cck_json_get_int(reader, from, "pid", 0, INT32_MIN, INT32_MAX);
    target->attached = cck_json_get_bool(reader, from, "attached", false);
    target->cannot_run = cck_json_get_string_or(reader, from, "cannot_run", "");
    target->interrupted = cck_json_get_bool(reader, from, "interrupted", false);
    target->elapsed_s = cck_json_get_number(reader, from, "elapsed_s", 0);
    target->user_s = cck_json_get_number(reader, from, "user_s", -1);
    target->system_s = cck_json_get_number(reader, from, "system_s", -1);
    target->threads = (uint32_t)cck_json_get_uint(reader, from, "threads", UINT32_MAX);
    target->processes = (uint32_t)cck_json_get_uint(reader, from, "processes", UINT32_MAX);
    target->rank = (int32_t)cck_json_get_int(reader, from, "rank", -1, 0, INT32_MAX);
    target->ranks = (uint32_t)cck_json_get_int(reader, from, "ranks", 0, 0, UINT32_MAX);
    json_t *end = cck_json_get_object(reader, from, "exit");
    target->exited = end && !json_object_get(end, "running");
    target->exit_code = (int)cck_json_get_int(reader, end, "code", -1, 0, INT_MAX);
    target->signal = (int)cck_json_get_int(reader, end, "signal", 0, 1, INT_MAX);
    cck_json_leave(reader, before);
}

static void load_events(load_state *loader, const json_t *root)
{
    cck_json_reader *reader = &loader->reader;
    json_t *array = cck_json_get_array(reader, root, "events");
    size_t count = count_named(loader, array, "events");
    cck_event_info *events = make_array(loader, count, sizeof *events);
    for (size_t i = 0; events && i < count; i++) {
        const json_t *from = json_array_get(array, i);
        size_t before = cck_json_enter(reader, "events");
        cck_json_enter_index(reader, i);
        events[i] = (cck_event_info){
            .name = cck_json_get_string(reader, from, "name"),
            .counted = cck_json_get_string(reader, from, "counted"),
            .role = cck_json_get_string_or(reader, from, "role", ""),
            .unit = cck_json_get_string(reader, from, "unit"),
            .meaning = cck_json_get_string_or(reader, from, "meaning", ""),
            .user_only = cck_json_get_bool(reader, from, "user_only", false),
        };
        for (size_t j = 0; j < i; j++)
            if (strcmp(events[i].name, events[j].name) == 0)
                cck_json_wrong(reader, "a second event of that name");
        cck_json_leave(reader, before);
        if (reader->code)
            return;
    }
    loader->result->events = events;
    loader->result->event_count = events ? count : 0;
}

static cck_value load_value(load_state *loader, const json_t *from)
{
    cck_json_reader *reader = &loader->reader;
    cck_value value = {.running = 1};
    if (!json_is_object(from)) {
        cck_json_wrong(reader, "an object with value or not_counted expected");
        return value;
    }
    if (json_object_get(from, "not_counted"))
        return (cck_value){.not_counted = reason(loader, from)};
    value.value = cck_json_get_uint(reader, from, "value", INT64_MAX);
    value.raw = (uint64_t)cck_json_get_int(reader, from, "raw", (int64_t)value.value, 0, INT64_MAX);
    value.running = cck_json_get_number(reader, from, "running", 1);
    if (!(value.running > 0 && value.running <= 1))
        cck_json_wrong(reader, "running is a share above 0 and up to 1");
    return value;
}

static const cck_value *load_counts(load_state *loader, const json_t *parent, const char *key)
{
    const cck_result *result = loader->result;
    json_t *from = cck_json_get_object(&loader->reader, parent, key);
    cck_value *values = make_array(loader, result->event_count, sizeof *values);
    size_t before = cck_json_enter(&loader->reader, key);
    for (size_t i = 0; values && i < result->event_count; i++) {
        size_t inner = cck_json_enter(&loader->reader, result->events[i].name);
        values[i] = load_value(loader, json_object_get(from, result->events[i].name));
        cck_json_leave(&loader->reader, inner);
    }
    cck_json_leave(&loader->reader, before);
    return values;
}

/* The definitions come in the order of the total's metrics. */
static void load_definitions(load_state *loader, const json_t *root)
{
    cck_json_reader *reader = &loader->reader;
    json_t *array = cck_json_get_array(reader, root, "metric_definitions");
    size_t count = count_named(loader, array, "metric_definitions");
    cck_metric *metrics = make_array(loader, count, sizeof *metrics);
    for (size_t i = 0; metrics && i < count; i++) {
        const json_t *from = json_array_get(array, i);
        size_t before = cck_json_enter(reader, "metric_definitions");
        cck_json_enter_index(reader, i);
        metrics[i] = (cck_metric){
            .name = cck_json_get_string(reader, from, "name"),
            .label = cck_json_get_string(reader, from, "label"),
            .unit = cck_json_get_string(reader, from, "unit"),
            .formula = cck_json_get_string(reader, from, "formula"),
        };
        for (size_t j = 0; j < i; j++)
            if (strcmp(metrics[i].name, metrics[j].name) == 0)
                cck_json_wrong(reader, "a second metric of that name");
        cck_json_leave(reader, before);
    }
    loader->result->total.metrics = metrics;
    loader->result->total.metric_count = metrics ? count : 0;
}

static void load_metric(load_state *loader, const json_t *from, cck_metric *metric)
{
    size_t before = cck_json_enter(&loader->reader, metric->name);
    if (json_is_number(from))
        metric->value = json_number_value(from);
    else if (json_is_object(from))
        metric->not_counted = reason(loader, from);
    else
        cck_json_wrong(&loader->reader, "a number or not_counted expected");
    cck_json_leave(&loader->reader, before);
}

/* A row has the first metrics of the definitions, and no hole in between. */
static void load_metrics(load_state *loader, const json_t *parent, cck_row *row)
{
    const cck_row *total = &loader->result->total;
    json_t *from = cck_json_get_object(&loader->reader, parent, "metrics");
    size_t count = json_object_size(from);
    if (count > total->metric_count)
        cck_json_wrong(&loader->reader, "a metric without a definition");
    cck_metric *metrics = loader->reader.code ? NULL : make_array(loader, count, sizeof *metrics);
    size_t before = cck_json_enter(&loader->reader, "metrics");
    for (size_t i = 0; metrics && i < count; i++) {
        metrics[i] = total->metrics[i];
        metrics[i].value = 0;
        metrics[i].not_counted = NULL;
        load_metric(loader, json_object_get(from, metrics[i].name), &metrics[i]);
    }
    cck_json_leave(&loader->reader, before);
    row->metrics = metrics;
    row->metric_count = metrics ? count : 0;
}

static void load_residency(load_state *loader, const json_t *parent, cck_row *row)
{
    cck_json_reader *reader = &loader->reader;
    row->residency_unknown = cck_json_get_string_or(reader, parent, "residency_unknown", NULL);
    json_t *array = cck_json_get_array(reader, parent, "residency");
    size_t count = json_array_size(array);
    cck_residency *residency = make_array(loader, count, sizeof *residency);
    for (size_t i = 0; residency && i < count; i++) {
        const json_t *from = json_array_get(array, i);
        size_t before = cck_json_enter(reader, "residency");
        cck_json_enter_index(reader, i);
        residency[i] = (cck_residency){
            .cpu = (uint32_t)cck_json_get_uint(reader, from, "cpu", UINT32_MAX),
            .node = (int32_t)cck_json_get_int(reader, from, "node", -1, 0, INT32_MAX),
            .ns = cck_json_get_uint(reader, from, "ns", INT64_MAX),
            .share = cck_json_get_number(reader, from, "share", 0),
        };
        if (residency[i].share < 0 || residency[i].share > 1)
            cck_json_wrong(reader, "a share is from 0 to 1");
        cck_json_leave(reader, before);
    }
    row->residency = residency;
    row->residency_count = residency ? count : 0;
}

/* Missing in results of older versions, and where there is one node. */
static void load_memory(load_state *loader, const json_t *parent, cck_row *row)
{
    cck_json_reader *reader = &loader->reader;
    json_t *from = json_object_get(parent, "memory_near") ? cck_json_get_object(reader, parent, "memory_near") : NULL;
    cck_row_memory *memory = from ? make_array(loader, 1, sizeof *memory) : NULL;
    if (!memory)
        return;
    *memory = (cck_row_memory){.near = cck_json_get_number(reader, from, "value", 0),
                               .low = cck_json_get_number(reader, from, "low", 0),
                               .high = cck_json_get_number(reader, from, "high", 0)};
    if (memory->near < 0 || memory->near > 1 || memory->low > memory->near ||
        memory->high < memory->near)
        cck_json_wrong(reader, "memory_near: a share within its interval expected");
    row->memory = memory;
}

static cck_verdict load_verdict(load_state *loader, const json_t *parent)
{
    json_t *from = cck_json_get_object(&loader->reader, parent, "verdict");
    size_t before = cck_json_enter(&loader->reader, "verdict");
    cck_verdict verdict = {
        .name = cck_json_get_string(&loader->reader, from, "name"),
        .text = cck_json_get_string(&loader->reader, from, "text"),
    };
    cck_json_leave(&loader->reader, before);
    return verdict;
}

static void load_row(load_state *loader, const json_t *from, cck_row *row)
{
    cck_json_reader *reader = &loader->reader;
    row->kind = (cck_row_kind)cck_json_get_word(reader, from, "kind", cck_row_words);
    row->pid = (int32_t)cck_json_get_int(reader, from, "pid", 0, INT32_MIN, INT32_MAX);
    row->tid = (int32_t)cck_json_get_int(reader, from, "tid", 0, INT32_MIN, INT32_MAX);
    row->index = (int32_t)cck_json_get_int(reader, from, "index", -1, 0, INT32_MAX);
    row->name = cck_json_get_string(reader, from, "name");
    row->process = cck_json_get_string(reader, from, "process");
    row->threads = (uint32_t)cck_json_get_uint(reader, from, "threads", UINT32_MAX);
    row->values = load_counts(loader, from, "counts");
    load_residency(loader, from, row);
    load_memory(loader, from, row);
    load_metrics(loader, from, row);
    row->verdict = load_verdict(loader, from);
}

static const cck_row *load_rows(load_state *loader, const json_t *root, const char *key,
                                cck_json_list *array, size_t *out_count)
{
    cck_json_reader *reader = &loader->reader;
    if (!array->there)
        cck_json_get_array(reader, root, key); /* says what is wrong */
    cck_row *rows = make_array(loader, array->count, sizeof *rows);
    size_t count = 0;
    for (json_t *row; rows && count < array->count && !reader->code; count++) {
        row = cck_json_list_next(array, &reader->error);
        if (!row) {
            reader->code = CCK_EFORMAT;
            break;
        }
        size_t before = cck_json_enter(reader, key);
        cck_json_enter_index(reader, count);
        load_row(loader, row, &rows[count]);
        cck_json_leave(reader, before);
        json_decref(row);
    }
    *out_count = count;
    return rows;
}

/* Files of before this member have none. */
static const double *load_samples(load_state *loader, const json_t *spread, uint32_t runs)
{
    cck_json_reader *reader = &loader->reader;
    if (!json_object_get(spread, "samples"))
        return NULL;
    json_t *array = cck_json_get_array(reader, spread, "samples");
    double *samples = make_array(loader, json_array_size(array), sizeof *samples);
    size_t before = cck_json_enter(reader, "samples");
    if (json_array_size(array) != runs)
        cck_json_wrong(reader, "one number for each run expected");
    for (size_t i = 0; samples && i < json_array_size(array); i++) {
        const json_t *number = json_array_get(array, i);
        if (!json_is_number(number))
            cck_json_wrong(reader, "numbers expected");
        samples[i] = json_number_value(number);
    }
    cck_json_leave(reader, before);
    return samples;
}

static cck_spread load_spread(load_state *loader, const json_t *parent, const char *key)
{
    cck_json_reader *reader = &loader->reader;
    if (!json_object_get(parent, key))
        return (cck_spread){0}; /* no run counted it */
    json_t *from = cck_json_get_object(reader, parent, key);
    size_t before = cck_json_enter(reader, key);
    cck_spread spread = {
        .runs = (uint32_t)cck_json_get_uint(reader, from, "runs", UINT32_MAX),
        .mean = cck_json_get_number(reader, from, "mean", 0),
        .deviation = cck_json_get_number(reader, from, "deviation", 0),
        .low = cck_json_get_number(reader, from, "low", 0),
        .high = cck_json_get_number(reader, from, "high", 0),
        .min = cck_json_get_number(reader, from, "min", 0),
        .max = cck_json_get_number(reader, from, "max", 0),
    };
    if (spread.deviation < 0)
        cck_json_wrong(reader, "deviation is never below 0");
    spread.samples = load_samples(loader, from, spread.runs);
    cck_json_leave(reader, before);
    return spread;
}

static void load_repeats(load_state *loader, const json_t *root)
{
    cck_result *result = loader->result;
    if (!json_object_get(root, "repeats"))
        return;
    json_t *from = cck_json_get_object(&loader->reader, root, "repeats");
    size_t before = cck_json_enter(&loader->reader, "repeats");
    result->elapsed_spread = load_spread(loader, from, "elapsed_s");
    json_t *of_events = cck_json_get_object(&loader->reader, from, "events");
    json_t *of_metrics = cck_json_get_object(&loader->reader, from, "metrics");
    cck_spread *events = make_array(loader, result->event_count, sizeof *events);
    cck_spread *metrics = make_array(loader, result->total.metric_count, sizeof *metrics);
    for (size_t i = 0; events && json_object_size(of_events) && i < result->event_count; i++)
        events[i] = load_spread(loader, of_events, result->events[i].name);
    for (size_t i = 0; metrics && json_object_size(of_metrics) && i < result->total.metric_count;
         i++)
        metrics[i] = load_spread(loader, of_metrics, result->total.metrics[i].name);
    result->event_spreads = json_object_size(of_events) ? events : NULL;
    result->metric_spreads = json_object_size(of_metrics) ? metrics : NULL;
    cck_json_leave(&loader->reader, before);
}

/* The long ones: what they hold depends on events and metrics, wherever these stand. */
enum { CPUS, THREADS, FINDINGS };
static const char *const long_arrays[] = {
    [CPUS] = "cpus", [THREADS] = "threads", [FINDINGS] = "findings", NULL};

/* Of what `cachecheck machine` writes: nothing ran, and perhaps nothing was measured. */
static void load_measurement(load_state *loader, const json_t *root)
{
    if (!json_object_get(root, "measurement"))
        return;
    cck_measurement_info *info = make_array(loader, 1, sizeof *info);
    if (!info)
        return;
    cck_measurement_read(&loader->reader, root, info);
    loader->result->measurement = info;
}

static void load_result(load_state *loader, cck_json_split *split)
{
    const json_t *root = split->root;
    cck_json_reader *reader = &loader->reader;
    cck_result *result = loader->result;
    const char *schema = json_string_value(json_object_get(root, "schema"));
    if (!schema || strcmp(schema, "cachecheck/1") != 0) {
        cck_json_wrong(reader, "schema \"cachecheck/1\" expected: this is not a result of "
                               "cachecheck, or of a newer one");
        return;
    }
    result->command = cck_json_get_string(reader, root, "command");
    result->version =
        cck_json_get_string(reader, cck_json_get_object(reader, root, "tool"), "version");
    load_machine(loader, root);
    result->topology = cck_topology_read(reader, root, &result->topology_count);
    if (cck_result_is_machine(result)) {
        load_measurement(loader, root);
        return;
    }
    load_source(loader, root);
    load_target(loader, root);
    load_events(loader, root);
    load_definitions(loader, root);
    if (reader->code)
        return;
    result->total.kind = CCK_ROW_PROCESS;
    result->total.pid = result->target.pid;
    result->total.values = load_counts(loader, root, "totals");
    load_metrics(loader, root, &result->total);
    load_residency(loader, root, &result->total);
    result->total.verdict = load_verdict(loader, root);
    load_repeats(loader, root);
    cck_slices_read(reader, root, result);
    result->lost_records = cck_json_get_uint(reader, root, "lost_records", INT64_MAX);
    if (json_object_get(root, "hotspots"))
        result->profile = cck_hotspots_read_json(reader, root);
    result->cpus = load_rows(loader, root, "cpus", &split->arrays[CPUS], &result->cpu_count);
    result->rows = load_rows(loader, root, "threads", &split->arrays[THREADS], &result->row_count);
    cck_findings_read(reader, root, &split->arrays[FINDINGS], result);
    cck_what_if_read_json(reader, root, result);
    for (size_t i = 0; i < result->row_count; i++)
        result->total.threads += result->rows[i].threads;
}

int cck_result_parse(cck_result **out_result, const char *bytes, size_t size, cck_error *err)
{
    cck_json_split split;
    int code = cck_json_split_open(&split, bytes, size, long_arrays, err);
    if (code)
        return code;
    load_state state = {.result = cck_result_new()};
    if (!state.result) {
        cck_json_split_close(&split);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    state.reader.arena = state.result->arena;
    load_result(&state, &split);
    cck_json_split_close(&split);
    if (state.reader.code) {
        cck_result_free(state.result);
        return cck_error_move(err, &state.reader.error);
    }
    *out_result = state.result;
    return 0;
}

static int read_whole(const char *path, char **out_bytes, size_t *out_size, cck_error *err)
{
    FILE *in = fopen(path, "re");
    if (!in)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot read %s", path);
    size_t size = 0, capacity = 0;
    char *bytes = NULL;
    int code = 0;
    while (!code) {
        if (capacity - size < 65536) {
            capacity = capacity ? 2 * capacity : 131072;
            char *grown = capacity >> MOST_BYTES_SHIFT ? NULL : realloc(bytes, capacity);
            if (!grown) {
                code = capacity >> MOST_BYTES_SHIFT
                           ? cck_fail(err, CCK_ELIMIT, "%s is too large for a result", path)
                           : cck_fail(err, CCK_ENOMEM, "out of memory");
                break;
            }
            bytes = grown;
        }
        size_t got = fread(bytes + size, 1, capacity - size, in);
        size += got;
        if (!got)
            break;
    }
    if (!code && ferror(in))
        code = cck_fail_os(err, CCK_EIO, errno, "cannot read %s", path);
    fclose(in);
    if (code)
        free(bytes);
    else
        *out_bytes = bytes, *out_size = size;
    return code;
}

int cck_result_load(cck_result **out_result, const char *path, cck_error *err)
{
    char *bytes = NULL;
    size_t size = 0;
    int code = read_whole(path, &bytes, &size, err);
    if (code)
        return code;
    cck_error inner = {0};
    code = cck_result_parse(out_result, bytes, size, &inner);
    free(bytes);
    if (!code)
        return 0;
    if (inner.code != CCK_EFORMAT)
        return cck_error_move(err, &inner);
    cck_fail(err, CCK_EFORMAT, "%s is no result: %.400s", path, inner.message);
    cck_hint(err, "make one with: cachecheck stat --format json -o FILE -- COMMAND");
    return CCK_EFORMAT;
}
