/* SPDX-License-Identifier: MIT */
/* Findings in a result's JSON. */
#include "core/finding/json.h"

#include "core/base/json_fields.h"
#include "core/result/result.h"
#include "core/result/words.h"

#define LOCATION(member) offsetof(cck_location, member)
#define EVIDENCE(member) offsetof(cck_finding_evidence, member)
#define OBJECT(member) offsetof(cck_finding_object, member)
#define FIELD(member) offsetof(cck_field_use, member)
#define SUGGESTION(member) offsetof(cck_suggestion, member)
#define FINDING(member) offsetof(cck_finding, member)

static const cck_json_field location_fields[] = {
    {"file", CCK_JSON_TEXT, LOCATION(file), NULL},
    {"line", CCK_JSON_U32, LOCATION(line), NULL},
    {"function", CCK_JSON_TEXT, LOCATION(function), NULL},
    {"module", CCK_JSON_TEXT, LOCATION(module), NULL},
    {"offset", CCK_JSON_ADDRESS, LOCATION(offset), NULL},
    {"role", CCK_JSON_TEXT, LOCATION(role), NULL},
    {0},
};

/* Before and behind the rate, which has an interval. */
static const cck_json_field evidence_fields[] = {
    {"grade", CCK_JSON_WORD, EVIDENCE(grade), cck_evidence_words},
    {"samples", CCK_JSON_U64, EVIDENCE(samples), NULL},
    {"windows", CCK_JSON_U64_SET, EVIDENCE(windows), NULL},
    {"after_s", CCK_JSON_NUMBER_SET, EVIDENCE(after), NULL},
    {"rate_per_s", CCK_JSON_NUMBER_KNOWN, EVIDENCE(rate), NULL},
    {0},
};
static const cck_json_field cost_fields[] = {
    {"potential_per_s", CCK_JSON_NUMBER_KNOWN, EVIDENCE(potential), NULL},
    {"cost", CCK_JSON_NUMBER_KNOWN, EVIDENCE(cost), NULL},
    {"cost_at_most", CCK_JSON_BOOL_TRUE, EVIDENCE(cost_at_most), NULL},
    {"cost_text", CCK_JSON_TEXT, EVIDENCE(cost_text), NULL},
    {"text", CCK_JSON_TEXT_KNOWN, EVIDENCE(text), NULL},
    {0},
};

static const cck_json_field object_fields[] = {
    {"kind", CCK_JSON_TEXT, OBJECT(kind), NULL},
    {"name", CCK_JSON_TEXT, OBJECT(name), NULL},
    {"type", CCK_JSON_TEXT, OBJECT(type), NULL},
    {"type_from", CCK_JSON_TEXT, OBJECT(type_from), NULL},
    {"size", CCK_JSON_U64, OBJECT(size), NULL},
    {"count", CCK_JSON_U64, OBJECT(count), NULL},
    {"stride", CCK_JSON_U64, OBJECT(stride), NULL},
    {"address", CCK_JSON_ADDRESS, OBJECT(address), NULL},
    {"freed", CCK_JSON_BOOL, OBJECT(freed), NULL},
    {0},
};

static const cck_json_field field_fields[] = {
    {"name", CCK_JSON_TEXT, FIELD(name), NULL},
    {"type", CCK_JSON_TEXT, FIELD(type), NULL},
    {"offset", CCK_JSON_I64, FIELD(offset), NULL}, /* may wrap below 0 */
    {"size", CCK_JSON_U64, FIELD(size), NULL},
    {"tid", CCK_JSON_I32, FIELD(tid), NULL},
    {"thread", CCK_JSON_TEXT, FIELD(thread), NULL},
    {"reads", CCK_JSON_BOOL, FIELD(reads), NULL},
    {"writes", CCK_JSON_BOOL, FIELD(writes), NULL},
    {"atomic", CCK_JSON_BOOL, FIELD(atomic), NULL},
    {0},
};
static const cck_json_field access_fields[] = {
    {"accesses", CCK_JSON_U64, FIELD(accesses), NULL},
    {"misses", CCK_JSON_U64, FIELD(misses), NULL},
    {0},
};

static const cck_json_field suggestion_fields[] = {
    {"text", CCK_JSON_TEXT, SUGGESTION(text), NULL},
    {"cost_bytes", CCK_JSON_I64, SUGGESTION(cost_bytes), NULL},
    {"cost_of", CCK_JSON_TEXT, SUGGESTION(cost_of), NULL},
    {"code", CCK_JSON_TEXT, SUGGESTION(code), NULL},
    {"patch", CCK_JSON_TEXT, SUGGESTION(patch), NULL},
    {0},
};

static const cck_json_field finding_fields[] = {
    {"rule", CCK_JSON_TEXT, FINDING(rule), NULL},
    {"severity", CCK_JSON_WORD, FINDING(severity), cck_severity_words},
    {"title", CCK_JSON_TEXT, FINDING(title), NULL},
    {"id", CCK_JSON_TEXT, FINDING(id), NULL},
    {0},
};
static const cck_json_field line_fields[] = {
    {"line_offset", CCK_JSON_I64, FINDING(line_offset), NULL}, /* may wrap below 0 */
    {"line_size", CCK_JSON_U32, FINDING(line_size), NULL},
    {0},
};
static const cck_json_field verify_fields[] = {
    {"verify", CCK_JSON_TEXT, FINDING(verify), NULL},
    {0},
};

#define RESULT(member) offsetof(cck_result, member)
static const cck_json_field result_fields[] = {
    {"findings_left_out", CCK_JSON_U64, RESULT(findings_left_out), NULL},
    {"lines_judged", CCK_JSON_U64, RESULT(lines_judged), NULL},
    {0},
};
static const cck_json_field layout_fields[] = {
    {"types_judged", CCK_JSON_U64, RESULT(types_judged), NULL},
    {"units_judged", CCK_JSON_U64, RESULT(units_judged), NULL},
    {0},
};

/* ---- out ---- */

static void write_interval(cck_json *json, const cck_finding_evidence *evidence)
{
    cck_json_key(json, "interval");
    cck_json_inline(json);
    cck_json_array(json);
    cck_json_number(json, evidence->low);
    if (evidence->high < 0)
        cck_json_null(json);
    else
        cck_json_number(json, evidence->high);
    cck_json_array_end(json);
}

static void write_evidence(cck_json *json, const cck_finding_evidence *evidence)
{
    cck_json_key(json, "evidence");
    cck_json_object(json);
    cck_json_put_fields(json, evidence_fields, evidence);
    if (evidence->rate >= 0)
        write_interval(json, evidence);
    cck_json_put_fields(json, cost_fields, evidence);
    cck_json_object_end(json);
}

static void write_fields(cck_json *json, const cck_finding *finding)
{
    cck_json_key(json, "fields");
    cck_json_array(json);
    for (size_t i = 0; i < finding->field_count; i++) {
        const cck_field_use *field = &finding->fields[i];
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_fields(json, field_fields, field);
        if (field->accesses)
            cck_json_put_fields(json, access_fields, field);
        cck_json_put_record(json, "location", location_fields, &field->location);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_suggestion(cck_json *json, const cck_suggestion *suggestion)
{
    cck_json_key(json, "suggestion");
    cck_json_object(json);
    cck_json_put_fields(json, suggestion_fields, suggestion);
    if (suggestion->variant_count) {
        cck_json_key(json, "variants");
        cck_json_array(json);
        for (size_t i = 0; i < suggestion->variant_count; i++) {
            cck_json_object(json);
            cck_json_put_fields(json, suggestion_fields, &suggestion->variants[i]);
            cck_json_object_end(json);
        }
        cck_json_array_end(json);
    }
    cck_json_object_end(json);
}

static void write_finding(cck_json *json, const cck_finding *finding)
{
    cck_json_object(json);
    cck_json_put_fields(json, finding_fields, finding);
    write_evidence(json, &finding->evidence);
    cck_json_put_record(json, "object", object_fields, &finding->object);
    if (finding->line_size)
        cck_json_put_fields(json, line_fields, finding);
    write_fields(json, finding);
    cck_json_put_records(json, "locations", location_fields, finding->locations,
                         finding->location_count, sizeof *finding->locations);
    cck_json_put_records(json, "allocation", location_fields, finding->allocation,
                         finding->allocation_count, sizeof *finding->allocation);
    write_suggestion(json, &finding->suggestion);
    cck_json_put_fields(json, verify_fields, finding);
    cck_json_put_strings(json, "notes", finding->notes, finding->note_count);
    cck_json_object_end(json);
}

void cck_findings_write(cck_json *json, const cck_result *result)
{
    if (!cck_result_looked_for_findings(result))
        return;
    cck_json_key(json, "findings");
    cck_json_array(json);
    for (size_t i = 0; i < result->finding_count; i++)
        write_finding(json, &result->findings[i]);
    cck_json_array_end(json);
    cck_json_put_fields(json, result_fields, result);
    if (result->types_judged || result->units_judged)
        cck_json_put_fields(json, layout_fields, result);
}

/* ---- in ---- */

static void read_interval(cck_json_reader *reader, const cck_json_node *from,
                          cck_finding_evidence *evidence)
{
    const cck_json_node *interval = cck_json_get_array(reader, from, "interval");
    bool two = cck_node_size(interval) == 2;
    const cck_json_node *low = two ? cck_node_first(interval) : NULL;
    const cck_json_node *high = two ? cck_node_next(low) : NULL;
    if (!cck_node_is_number(low) || !(cck_node_is_number(high) || cck_node_is(high, CCK_NODE_NULL)))
        cck_json_wrong(reader, "interval: two numbers expected, or a number and null");
    evidence->low = cck_node_number(low);
    evidence->high = cck_node_is(high, CCK_NODE_NULL) ? -1 : cck_node_number(high);
}

static void read_evidence(cck_json_reader *reader, const cck_json_node *parent,
                          cck_finding_evidence *evidence)
{
    const cck_json_node *from = cck_json_get_object(reader, parent, "evidence");
    size_t before = cck_json_enter(reader, "evidence");
    cck_json_get_fields(reader, from, evidence_fields, evidence);
    cck_json_get_fields(reader, from, cost_fields, evidence);
    if (evidence->rate >= 0)
        read_interval(reader, from, evidence);
    if (evidence->cost > 1)
        cck_json_wrong(reader, "cost is a share, up to 1");
    cck_json_leave(reader, before);
}

static void read_field(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    cck_field_use *field = record;
    (void)context;
    cck_json_get_fields(reader, from, field_fields, field);
    if (cck_node_member(from, "accesses"))
        cck_json_get_fields(reader, from, access_fields, field);
    cck_json_get_record(reader, from, "location", location_fields, &field->location);
}

static void read_suggestion(cck_json_reader *reader, const cck_json_node *parent,
                            cck_suggestion *suggestion)
{
    const cck_json_node *from = cck_json_get_object(reader, parent, "suggestion");
    size_t before = cck_json_enter(reader, "suggestion");
    cck_json_get_fields(reader, from, suggestion_fields, suggestion);
    if (cck_node_member(from, "variants"))
        suggestion->variants =
            cck_json_get_records(reader, from, "variants", suggestion_fields,
                                 sizeof *suggestion->variants, &suggestion->variant_count);
    cck_json_leave(reader, before);
}

static void read_finding(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    cck_finding *finding = record;
    (void)context;
    cck_json_get_fields(reader, from, finding_fields, finding);
    read_evidence(reader, from, &finding->evidence);
    cck_json_get_record(reader, from, "object", object_fields, &finding->object);
    if (cck_node_member(from, "line_size"))
        cck_json_get_fields(reader, from, line_fields, finding);
    finding->fields = cck_json_get_list(reader, from, "fields", read_field, NULL,
                                        sizeof *finding->fields, &finding->field_count);
    finding->locations =
        cck_json_get_records(reader, from, "locations", location_fields,
                             sizeof *finding->locations, &finding->location_count);
    finding->allocation =
        cck_json_get_records(reader, from, "allocation", location_fields,
                             sizeof *finding->allocation, &finding->allocation_count);
    read_suggestion(reader, from, &finding->suggestion);
    cck_json_get_fields(reader, from, verify_fields, finding);
    finding->notes = cck_json_get_strings(reader, from, "notes", &finding->note_count);
}

void cck_findings_read(cck_json_reader *reader, const cck_json_node *root, cck_json_list *array,
                       cck_result *result)
{
    if (!array->there && !cck_node_member(root, "findings"))
        return;
    result->findings = cck_json_get_long(reader, root, "findings", array, read_finding, NULL,
                                         sizeof *result->findings, &result->finding_count);
    cck_json_get_fields(reader, root, result_fields, result);
    if (cck_node_member(root, "types_judged"))
        cck_json_get_fields(reader, root, layout_fields, result);
}
