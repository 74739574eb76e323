/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/finding/json.h"
#include "core/result/words.h"

static void write_location_members(cck_json *json, const cck_location *location)
{
    cck_json_put_string(json, "file", location->file);
    cck_json_put_uint(json, "line", location->line);
    cck_json_put_string(json, "function", location->function);
    cck_json_put_string(json, "module", location->module);
    cck_json_key(json, "offset");
    cck_json_address(json, location->offset);
    cck_json_put_string(json, "role", location->role);
}

static void write_locations(cck_json *json, const char *key, const cck_location *locations,
                            size_t count)
{
    cck_json_key(json, key);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++) {
        cck_json_inline(json);
        cck_json_object(json);
        write_location_members(json, &locations[i]);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

/* Unknown numbers are left out: 0 would pass for one. */
static void put_known(cck_json *json, const char *key, double number)
{
    if (number >= 0)
        cck_json_put_number(json, key, number);
}

static void write_evidence(cck_json *json, const cck_finding_evidence *evidence)
{
    cck_json_key(json, "evidence");
    cck_json_object(json);
    cck_json_put_string(json, "grade", cck_word_of(cck_evidence_words, (int)evidence->grade));
    cck_json_put_uint(json, "samples", evidence->samples);
    if (evidence->windows)
        cck_json_put_uint(json, "windows", evidence->windows);
    if (evidence->after > 0)
        cck_json_put_number(json, "after_s", evidence->after);
    if (evidence->rate >= 0) {
        cck_json_put_number(json, "rate_per_s", evidence->rate);
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
    put_known(json, "potential_per_s", evidence->potential);
    put_known(json, "cost", evidence->cost);
    if (evidence->cost_at_most)
        cck_json_put_bool(json, "cost_at_most", true);
    cck_json_put_string(json, "cost_text", evidence->cost_text);
    if (evidence->text && *evidence->text)
        cck_json_put_string(json, "text", evidence->text);
    cck_json_object_end(json);
}

static void write_object(cck_json *json, const cck_finding_object *object)
{
    cck_json_key(json, "object");
    cck_json_object(json);
    cck_json_put_string(json, "kind", object->kind);
    cck_json_put_string(json, "name", object->name);
    cck_json_put_string(json, "type", object->type);
    cck_json_put_string(json, "type_from", object->type_from);
    cck_json_put_uint(json, "size", object->size);
    cck_json_put_uint(json, "count", object->count);
    cck_json_put_uint(json, "stride", object->stride);
    cck_json_key(json, "address");
    cck_json_address(json, object->address);
    cck_json_put_bool(json, "freed", object->freed);
    cck_json_object_end(json);
}

static void write_field(cck_json *json, const cck_field_use *field)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "name", field->name);
    cck_json_put_string(json, "type", field->type);
    cck_json_key(json, "offset");
    cck_json_int(json, (int64_t)field->offset);
    cck_json_put_uint(json, "size", field->size);
    cck_json_key(json, "tid");
    cck_json_int(json, field->tid);
    cck_json_put_string(json, "thread", field->thread);
    cck_json_put_bool(json, "reads", field->reads);
    cck_json_put_bool(json, "writes", field->writes);
    cck_json_put_bool(json, "atomic", field->atomic);
    if (field->accesses) {
        cck_json_put_uint(json, "accesses", field->accesses);
        cck_json_put_uint(json, "misses", field->misses);
    }
    cck_json_key(json, "location");
    cck_json_object(json);
    write_location_members(json, &field->location);
    cck_json_object_end(json);
    cck_json_object_end(json);
}

static void write_suggestion_members(cck_json *json, const cck_suggestion *suggestion)
{
    cck_json_put_string(json, "text", suggestion->text);
    cck_json_key(json, "cost_bytes");
    cck_json_int(json, suggestion->cost_bytes);
    cck_json_put_string(json, "cost_of", suggestion->cost_of);
    cck_json_put_string(json, "code", suggestion->code);
    cck_json_put_string(json, "patch", suggestion->patch);
}

static void write_suggestion(cck_json *json, const cck_suggestion *suggestion)
{
    cck_json_key(json, "suggestion");
    cck_json_object(json);
    write_suggestion_members(json, suggestion);
    if (suggestion->variant_count) {
        cck_json_key(json, "variants");
        cck_json_array(json);
        for (size_t i = 0; i < suggestion->variant_count; i++) {
            cck_json_object(json);
            write_suggestion_members(json, &suggestion->variants[i]);
            cck_json_object_end(json);
        }
        cck_json_array_end(json);
    }
    cck_json_object_end(json);
}

static void write_finding(cck_json *json, const cck_finding *finding)
{
    cck_json_object(json);
    cck_json_put_string(json, "rule", finding->rule);
    cck_json_put_string(json, "severity", cck_word_of(cck_severity_words, (int)finding->severity));
    cck_json_put_string(json, "title", finding->title);
    cck_json_put_string(json, "id", finding->id);
    write_evidence(json, &finding->evidence);
    write_object(json, &finding->object);
    if (finding->line_size) {
        cck_json_key(json, "line_offset");
        cck_json_int(json, (int64_t)finding->line_offset);
        cck_json_put_uint(json, "line_size", finding->line_size);
    }
    cck_json_key(json, "fields");
    cck_json_array(json);
    for (size_t i = 0; i < finding->field_count; i++)
        write_field(json, &finding->fields[i]);
    cck_json_array_end(json);
    write_locations(json, "locations", finding->locations, finding->location_count);
    write_locations(json, "allocation", finding->allocation, finding->allocation_count);
    write_suggestion(json, &finding->suggestion);
    cck_json_put_string(json, "verify", finding->verify);
    cck_json_key(json, "notes");
    cck_json_array(json);
    for (size_t i = 0; i < finding->note_count; i++)
        cck_json_string(json, finding->notes[i]);
    cck_json_array_end(json);
    cck_json_object_end(json);
}

void cck_findings_write(cck_json *json, const cck_result *result)
{
    if (!result->finding_count && strcmp(result->command, "sharing") != 0 &&
        strcmp(result->command, "layout") != 0 && strcmp(result->command, "numa") != 0)
        return; /* nobody looked for any */
    cck_json_key(json, "findings");
    cck_json_array(json);
    for (size_t i = 0; i < result->finding_count; i++)
        write_finding(json, &result->findings[i]);
    cck_json_array_end(json);
    cck_json_put_uint(json, "findings_left_out", result->findings_left_out);
    cck_json_put_uint(json, "lines_judged", result->lines_judged);
    if (result->types_judged || result->units_judged) {
        cck_json_put_uint(json, "types_judged", result->types_judged);
        cck_json_put_uint(json, "units_judged", result->units_judged);
    }
}
