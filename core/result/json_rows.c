/* SPDX-License-Identifier: MIT */
/* Rows of counts in a result's JSON: of large results nearly all of it. */
#include <string.h>

#include "core/base/json_fields.h"
#include "core/result/json.h"
#include "core/result/words.h"

#define ROW(member) offsetof(cck_row, member)
#define RESIDENCY(member) offsetof(cck_residency, member)
#define MEMORY(member) offsetof(cck_row_memory, member)
#define VERDICT(member) offsetof(cck_verdict, member)

static const cck_json_field row_fields[] = {
    {"kind", CCK_JSON_WORD, ROW(kind), cck_row_words},
    {"pid", CCK_JSON_I32, ROW(pid), NULL},
    {"tid", CCK_JSON_I32, ROW(tid), NULL},
    {"index", CCK_JSON_I32_KNOWN, ROW(index), NULL},
    {"name", CCK_JSON_TEXT, ROW(name), NULL},
    {"process", CCK_JSON_TEXT, ROW(process), NULL},
    {"threads", CCK_JSON_U32, ROW(threads), NULL},
    {0},
};
static const cck_json_field unknown_fields[] = {
    {"residency_unknown", CCK_JSON_TEXT_OR_NULL, ROW(residency_unknown), NULL},
    {0},
};
const cck_json_field cck_residency_fields[] = {
    {"cpu", CCK_JSON_U32, RESIDENCY(cpu), NULL},
    {"node", CCK_JSON_I32_KNOWN, RESIDENCY(node), NULL},
    {"ns", CCK_JSON_U64, RESIDENCY(ns), NULL},
    {"share", CCK_JSON_NUMBER, RESIDENCY(share), NULL},
    {0},
};
static const cck_json_field memory_fields[] = {
    {"value", CCK_JSON_NUMBER, MEMORY(near), NULL},
    {"low", CCK_JSON_NUMBER, MEMORY(low), NULL},
    {"high", CCK_JSON_NUMBER, MEMORY(high), NULL},
    {0},
};
static const cck_json_field verdict_fields[] = {
    {"name", CCK_JSON_TEXT, VERDICT(name), NULL},
    {"text", CCK_JSON_TEXT, VERDICT(text), NULL},
    {0},
};

static const char *reason(cck_json_reader *reader, const cck_json_node *parent)
{
    const char *text = cck_json_get_string(reader, parent, "not_counted");
    /* Known by its address. */
    return strcmp(text, cck_never_on_a_counter) == 0 ? cck_never_on_a_counter : text;
}

/* ---- counts ---- */

/* `raw` is left out where it says no more than `value`. */
void cck_result_write_counts(cck_json *json, const char *key, const cck_result *result,
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

static cck_value read_value(cck_json_reader *reader, const cck_json_node *from)
{
    cck_value value = {.running = 1};
    if (!cck_node_is(from, CCK_NODE_OBJECT)) {
        cck_json_wrong(reader, "an object with value or not_counted expected");
        return value;
    }
    if (cck_node_member(from, "not_counted"))
        return (cck_value){.not_counted = reason(reader, from)};
    value.value = cck_json_get_uint(reader, from, "value", INT64_MAX);
    value.raw = (uint64_t)cck_json_get_int(reader, from, "raw", (int64_t)value.value, 0, INT64_MAX);
    value.running = cck_json_get_number(reader, from, "running", 1);
    if (!(value.running > 0 && value.running <= 1))
        cck_json_wrong(reader, "running is a share above 0 and up to 1");
    return value;
}

static const cck_value *read_counts(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                                    const cck_result *result)
{
    const cck_json_node *from = cck_json_get_object(reader, parent, key);
    cck_value *values = cck_json_make(reader, result->event_count, sizeof *values);
    size_t before = cck_json_enter(reader, key);
    for (size_t i = 0; values && i < result->event_count; i++) {
        size_t inner = cck_json_enter(reader, result->events[i].name);
        values[i] = read_value(reader, cck_node_member(from, result->events[i].name));
        cck_json_leave(reader, inner);
    }
    cck_json_leave(reader, before);
    return values;
}

/* ---- metrics ---- */

void cck_result_write_metrics(cck_json *json, const cck_row *row)
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

static void read_metric(cck_json_reader *reader, const cck_json_node *from, cck_metric *metric)
{
    size_t before = cck_json_enter(reader, metric->name);
    if (cck_node_is_number(from))
        metric->value = cck_node_number(from);
    else if (cck_node_is(from, CCK_NODE_OBJECT))
        metric->not_counted = reason(reader, from);
    else
        cck_json_wrong(reader, "a number or not_counted expected");
    cck_json_leave(reader, before);
}

/* A row has the first metrics of the definitions, and no hole in between. */
static void read_metrics(cck_json_reader *reader, const cck_json_node *parent, const cck_result *result,
                         cck_row *row)
{
    const cck_row *total = &result->total;
    const cck_json_node *from = cck_json_get_object(reader, parent, "metrics");
    size_t count = cck_node_size(from);
    if (count > total->metric_count)
        cck_json_wrong_member(reader, "metrics", "a metric without a definition");
    cck_metric *metrics = reader->code ? NULL : cck_json_make(reader, count, sizeof *metrics);
    size_t before = cck_json_enter(reader, "metrics");
    for (size_t i = 0; metrics && i < count; i++) {
        metrics[i] = total->metrics[i];
        metrics[i].value = 0;
        metrics[i].not_counted = NULL;
        read_metric(reader, cck_node_member(from, metrics[i].name), &metrics[i]);
    }
    cck_json_leave(reader, before);
    row->metrics = metrics;
    row->metric_count = metrics ? count : 0;
}

/* ---- residency ---- */

void cck_result_write_residency(cck_json *json, const cck_row *row)
{
    cck_json_put_fields(json, unknown_fields, row);
    cck_json_put_records(json, "residency", cck_residency_fields, row->residency, row->residency_count,
                         sizeof *row->residency);
}

static void read_one_residency(cck_json_reader *reader, const cck_json_node *from, void *record,
                               void *context)
{
    cck_residency *residency = record;
    (void)context;
    cck_json_get_fields(reader, from, cck_residency_fields, residency);
    if (residency->share < 0 || residency->share > 1)
        cck_json_wrong(reader, "a share is from 0 to 1");
}

static void read_residency(cck_json_reader *reader, const cck_json_node *parent, cck_row *row)
{
    cck_json_get_fields(reader, parent, unknown_fields, row);
    row->residency = cck_json_get_list(reader, parent, "residency", read_one_residency, NULL,
                                       sizeof *row->residency, &row->residency_count);
}

/* Missing in results of older versions, and where there is one node. */
static void read_memory(cck_json_reader *reader, const cck_json_node *parent, cck_row *row)
{
    if (!cck_node_member(parent, "memory_near"))
        return;
    cck_row_memory *memory = cck_json_make(reader, 1, sizeof *memory);
    if (!memory)
        return;
    cck_json_get_record(reader, parent, "memory_near", memory_fields, memory);
    if (memory->near < 0 || memory->near > 1 || memory->low > memory->near ||
        memory->high < memory->near)
        cck_json_wrong_member(reader, "memory_near", "a share within its interval expected");
    row->memory = memory;
}

/* ---- verdict ---- */

void cck_result_write_verdict(cck_json *json, const cck_verdict *verdict)
{
    cck_json_inline(json);
    cck_json_put_record(json, "verdict", verdict_fields, verdict);
}

/* ---- rows ---- */

/* One line a row: 100,000 threads stay readable, and greppable. */
static void write_row(cck_json *json, const cck_result *result, const cck_row *row)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_fields(json, row_fields, row);
    cck_result_write_counts(json, "counts", result, row);
    cck_result_write_residency(json, row);
    if (row->memory)
        cck_json_put_record(json, "memory_near", memory_fields, row->memory);
    cck_result_write_metrics(json, row);
    cck_result_write_verdict(json, &row->verdict);
    cck_json_object_end(json);
}

void cck_result_write_rows(cck_json *json, const char *key, const cck_result *result,
                           const cck_row *rows, size_t count)
{
    cck_json_key(json, key);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++)
        write_row(json, result, &rows[i]);
    cck_json_array_end(json);
}

static void read_row(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    const cck_result *result = context;
    cck_row *row = record;
    cck_json_get_fields(reader, from, row_fields, row);
    row->values = read_counts(reader, from, "counts", result);
    read_residency(reader, from, row);
    read_memory(reader, from, row);
    read_metrics(reader, from, result, row);
    cck_json_get_record(reader, from, "verdict", verdict_fields, &row->verdict);
}

const cck_row *cck_result_read_rows(cck_json_reader *reader, const cck_json_node *root, const char *key,
                                    cck_json_list *list, const cck_result *result,
                                    size_t *out_count)
{
    return cck_json_get_long(reader, root, key, list, read_row, (void *)(uintptr_t)result,
                             sizeof(cck_row), out_count);
}

void cck_result_read_total(cck_json_reader *reader, const cck_json_node *root, cck_result *result)
{
    cck_row *total = &result->total;
    total->kind = CCK_ROW_PROCESS;
    total->pid = result->target.pid;
    total->values = read_counts(reader, root, "totals", result);
    read_metrics(reader, root, result, total);
    read_residency(reader, root, total);
    cck_json_get_record(reader, root, "verdict", verdict_fields, &total->verdict);
}
