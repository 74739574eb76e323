/* SPDX-License-Identifier: MIT */
/* Who counted what of whom, in a result's JSON. */
#include <limits.h>
#include <string.h>

#include "core/base/json_fields.h"
#include "core/result/json.h"
#include "core/result/words.h"

enum { MOST_NAMES = 4096 }; /* events, and metrics: each is compared with all before it */

#define SOURCE(member) offsetof(cck_source, member)
#define TARGET(member) offsetof(cck_target_info, member)
#define EVENT(member) offsetof(cck_event_info, member)
#define METRIC(member) offsetof(cck_metric, member)

static const cck_json_field source_fields[] = {
    {"backend", CCK_JSON_TEXT, SOURCE(backend), NULL},
    {"evidence", CCK_JSON_WORD, SOURCE(evidence), cck_evidence_words},
    {"why", CCK_JSON_TEXT, SOURCE(why), NULL},
    {"slowdown", CCK_JSON_TEXT, SOURCE(slowdown), NULL},
    {"model", CCK_JSON_TEXT, SOURCE(model), NULL},
    {0},
};

/* Before and behind the exit, which has forms. */
static const cck_json_field target_fields[] = {
    {"pid", CCK_JSON_I32, TARGET(pid), NULL},
    {"attached", CCK_JSON_BOOL, TARGET(attached), NULL},
    {0},
};
static const cck_json_field run_fields[] = {
    {"cannot_run", CCK_JSON_TEXT_KNOWN, TARGET(cannot_run), NULL},
    {"interrupted", CCK_JSON_BOOL, TARGET(interrupted), NULL},
    {"elapsed_s", CCK_JSON_NUMBER, TARGET(elapsed_s), NULL},
    {"user_s", CCK_JSON_NUMBER_KNOWN, TARGET(user_s), NULL},
    {"system_s", CCK_JSON_NUMBER_KNOWN, TARGET(system_s), NULL},
    {"threads", CCK_JSON_U32, TARGET(threads), NULL},
    {"processes", CCK_JSON_U32, TARGET(processes), NULL},
    {"rank", CCK_JSON_I32_KNOWN, TARGET(rank), NULL},
    {"ranks", CCK_JSON_U32_SET, TARGET(ranks), NULL},
    {0},
};

static const cck_json_field event_fields[] = {
    {"name", CCK_JSON_TEXT, EVENT(name), NULL},
    {"counted", CCK_JSON_TEXT, EVENT(counted), NULL},
    {"role", CCK_JSON_TEXT_LATER, EVENT(role), NULL},
    {"unit", CCK_JSON_TEXT, EVENT(unit), NULL},
    {"meaning", CCK_JSON_TEXT_LATER, EVENT(meaning), NULL},
    {"user_only", CCK_JSON_BOOL, EVENT(user_only), NULL},
    {0},
};
static const cck_json_field definition_fields[] = {
    {"name", CCK_JSON_TEXT, METRIC(name), NULL},
    {"label", CCK_JSON_TEXT, METRIC(label), NULL},
    {"unit", CCK_JSON_TEXT, METRIC(unit), NULL},
    {"formula", CCK_JSON_TEXT, METRIC(formula), NULL},
    {0},
};

/* ---- source ---- */

void cck_result_write_source(cck_json *json, const cck_source *source)
{
    cck_json_key(json, "source");
    cck_json_object(json);
    cck_json_put_fields(json, source_fields, source);
    cck_json_put_strings(json, "notes", source->notes, source->note_count);
    cck_json_object_end(json);
}

void cck_result_read_source(cck_json_reader *reader, const cck_json_node *root, cck_source *source)
{
    const cck_json_node *from = cck_json_get_object(reader, root, "source");
    size_t before = cck_json_enter(reader, "source");
    cck_json_get_fields(reader, from, source_fields, source);
    source->notes = cck_json_get_strings(reader, from, "notes", &source->note_count);
    cck_json_leave(reader, before);
}

/* ---- target ---- */

static void write_exit(cck_json *json, const cck_target_info *target)
{
    cck_json_key(json, "exit");
    cck_json_inline(json);
    cck_json_object(json);
    if (target->exited && target->signal)
        cck_json_put_uint(json, "signal", (uint64_t)target->signal);
    else if (target->exited && target->exit_code >= 0)
        cck_json_put_uint(json, "code", (uint64_t)target->exit_code);
    else
        cck_json_put_bool(json, target->exited ? "exited" : "running", true);
    cck_json_object_end(json);
}

static void read_exit(cck_json_reader *reader, const cck_json_node *from, cck_target_info *target)
{
    const cck_json_node *end = cck_json_get_object(reader, from, "exit");
    target->exited = end && !cck_node_member(end, "running");
    target->exit_code = (int)cck_json_get_int(reader, end, "code", -1, 0, INT_MAX);
    target->signal = (int)cck_json_get_int(reader, end, "signal", 0, 1, INT_MAX);
}

void cck_result_write_target(cck_json *json, const cck_target_info *target)
{
    cck_json_key(json, "target");
    cck_json_object(json);
    cck_json_inline(json);
    cck_json_put_strings(json, "argv", target->argv, target->argc);
    cck_json_put_fields(json, target_fields, target);
    write_exit(json, target);
    cck_json_put_fields(json, run_fields, target);
    cck_json_object_end(json);
}

void cck_result_read_target(cck_json_reader *reader, const cck_json_node *root, cck_target_info *target)
{
    const cck_json_node *from = cck_json_get_object(reader, root, "target");
    size_t before = cck_json_enter(reader, "target");
    target->argv = cck_json_get_strings(reader, from, "argv", &target->argc);
    cck_json_get_fields(reader, from, target_fields, target);
    read_exit(reader, from, target);
    cck_json_get_fields(reader, from, run_fields, target);
    cck_json_leave(reader, before);
}

/* ---- events and metrics ---- */

/* Records that begin with their name: not too many, and none twice. */
static void *read_named(cck_json_reader *reader, const cck_json_node *root, const char *key,
                        const cck_json_field *fields, size_t size, const char *twice,
                        size_t *out_count)
{
    if (cck_node_size(cck_node_member(root, key)) > MOST_NAMES)
        cck_json_wrong_member(reader, key, "too many for a result");
    char *records = reader->code ? NULL
                                 : cck_json_get_records(reader, root, key, fields, size, out_count);
    size_t before = cck_json_enter(reader, key);
    for (size_t i = 0; records && !reader->code && i < *out_count; i++)
        for (size_t j = 0; j < i; j++) {
            const char *const *name = (const void *)(records + i * size + fields->offset);
            const char *const *other = (const void *)(records + j * size + fields->offset);
            if (strcmp(*name, *other) != 0)
                continue;
            cck_json_enter_index(reader, i);
            cck_json_wrong(reader, twice);
        }
    cck_json_leave(reader, before);
    if (reader->code)
        *out_count = 0;
    return records;
}

void cck_result_write_events(cck_json *json, const cck_result *result)
{
    cck_json_put_records(json, "events", event_fields, result->events, result->event_count,
                         sizeof *result->events);
}

void cck_result_read_events(cck_json_reader *reader, const cck_json_node *root, cck_result *result)
{
    result->events = read_named(reader, root, "events", event_fields, sizeof *result->events,
                                "a second event of that name", &result->event_count);
}

/* The definitions come in the order of the total's metrics. */
void cck_result_write_definitions(cck_json *json, const cck_row *total)
{
    cck_json_put_records(json, "metric_definitions", definition_fields, total->metrics,
                         total->metric_count, sizeof *total->metrics);
}

void cck_result_read_definitions(cck_json_reader *reader, const cck_json_node *root, cck_row *total)
{
    total->metrics = read_named(reader, root, "metric_definitions", definition_fields,
                                sizeof *total->metrics, "a second metric of that name",
                                &total->metric_count);
}
