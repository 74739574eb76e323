/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/finding/json.h"
#include "core/result/words.h"

static void *make_array(cck_json_reader *reader, size_t count, size_t size)
{
    void *array = cck_arena_array(reader->arena, count, size);
    if (!array && !reader->code)
        reader->code = cck_fail(&reader->error, CCK_ENOMEM, "out of memory");
    return array;
}

/* "0x7f00": as cck_json_address() writes it. */
static uint64_t get_address(cck_json_reader *reader, const json_t *parent, const char *key)
{
    const char *text = json_string_value(json_object_get(parent, key));
    char *end = NULL;
    bool good = text && strncmp(text, "0x", 2) == 0 && text[2] && strlen(text) <= 18 &&
                strspn(text + 2, "0123456789abcdef") == strlen(text + 2);
    if (good)
        return strtoull(text, &end, 16);
    size_t before = cck_json_enter(reader, key);
    cck_json_wrong(reader, "an address such as \"0x7f00\" expected");
    cck_json_leave(reader, before);
    return 0;
}

static uint64_t get_signed(cck_json_reader *reader, const json_t *parent, const char *key)
{
    return (uint64_t)cck_json_get_int(reader, parent, key, 0, INT64_MIN, INT64_MAX);
}

static cck_location read_location(cck_json_reader *reader, const json_t *from)
{
    return (cck_location){
        .file = cck_json_get_string(reader, from, "file"),
        .line = (uint32_t)cck_json_get_uint(reader, from, "line", UINT32_MAX),
        .function = cck_json_get_string(reader, from, "function"),
        .module = cck_json_get_string(reader, from, "module"),
        .offset = get_address(reader, from, "offset"),
        .role = cck_json_get_string(reader, from, "role"),
    };
}

static const cck_location *read_locations(cck_json_reader *reader, const json_t *parent,
                                          const char *key, size_t *out_count)
{
    json_t *array = cck_json_get_array(reader, parent, key);
    size_t count = json_array_size(array);
    cck_location *locations = make_array(reader, count, sizeof *locations);
    for (size_t i = 0; locations && i < count; i++) {
        size_t before = cck_json_enter(reader, key);
        cck_json_enter_index(reader, i);
        locations[i] = read_location(reader, json_array_get(array, i));
        cck_json_leave(reader, before);
    }
    *out_count = locations ? count : 0;
    return locations;
}

static void read_rate(cck_json_reader *reader, const json_t *from, cck_finding_evidence *evidence)
{
    evidence->rate = cck_json_get_number(reader, from, "rate_per_s", -1);
    if (evidence->rate < 0)
        return;
    const json_t *interval = cck_json_get_array(reader, from, "interval");
    const json_t *low = json_array_get(interval, 0), *high = json_array_get(interval, 1);
    if (!json_is_number(low) || !(json_is_number(high) || json_is_null(high)))
        cck_json_wrong(reader, "interval: two numbers expected, or a number and null");
    evidence->low = json_number_value(low);
    evidence->high = json_is_null(high) ? -1 : json_number_value(high);
}

static cck_finding_evidence read_evidence(cck_json_reader *reader, const json_t *parent)
{
    json_t *from = cck_json_get_object(reader, parent, "evidence");
    size_t before = cck_json_enter(reader, "evidence");
    cck_finding_evidence evidence = {
        .grade = (cck_evidence)cck_json_get_word(reader, from, "grade", cck_evidence_words),
        .samples = cck_json_get_uint(reader, from, "samples", INT64_MAX),
        .windows = json_object_get(from, "windows")
                       ? cck_json_get_uint(reader, from, "windows", INT64_MAX)
                       : 0,
        .after = cck_json_get_number(reader, from, "after_s", 0),
        .potential = cck_json_get_number(reader, from, "potential_per_s", -1),
        .cost = cck_json_get_number(reader, from, "cost", -1),
        .cost_at_most = cck_json_get_bool(reader, from, "cost_at_most", false),
        .cost_text = cck_json_get_string(reader, from, "cost_text"),
        .text = cck_json_get_string_or(reader, from, "text", ""),
    };
    read_rate(reader, from, &evidence);
    if (evidence.cost > 1)
        cck_json_wrong(reader, "cost is a share, up to 1");
    cck_json_leave(reader, before);
    return evidence;
}

static cck_finding_object read_object(cck_json_reader *reader, const json_t *parent)
{
    json_t *from = cck_json_get_object(reader, parent, "object");
    size_t before = cck_json_enter(reader, "object");
    cck_finding_object object = {
        .kind = cck_json_get_string(reader, from, "kind"),
        .name = cck_json_get_string(reader, from, "name"),
        .type = cck_json_get_string(reader, from, "type"),
        .type_from = cck_json_get_string(reader, from, "type_from"),
        .size = cck_json_get_uint(reader, from, "size", INT64_MAX),
        .count = cck_json_get_uint(reader, from, "count", INT64_MAX),
        .stride = cck_json_get_uint(reader, from, "stride", INT64_MAX),
        .address = get_address(reader, from, "address"),
        .freed = cck_json_get_bool(reader, from, "freed", false),
    };
    cck_json_leave(reader, before);
    return object;
}

static cck_field_use read_field(cck_json_reader *reader, const json_t *from)
{
    cck_field_use field = {
        .name = cck_json_get_string(reader, from, "name"),
        .type = cck_json_get_string(reader, from, "type"),
        .offset = get_signed(reader, from, "offset"),
        .size = cck_json_get_uint(reader, from, "size", INT64_MAX),
        .tid = (int32_t)cck_json_get_int(reader, from, "tid", 0, INT32_MIN, INT32_MAX),
        .thread = cck_json_get_string(reader, from, "thread"),
        .reads = cck_json_get_bool(reader, from, "reads", false),
        .writes = cck_json_get_bool(reader, from, "writes", false),
        .atomic = cck_json_get_bool(reader, from, "atomic", false),
    };
    if (json_object_get(from, "accesses")) {
        field.accesses = cck_json_get_uint(reader, from, "accesses", INT64_MAX);
        field.misses = cck_json_get_uint(reader, from, "misses", INT64_MAX);
    }
    json_t *location = cck_json_get_object(reader, from, "location");
    size_t before = cck_json_enter(reader, "location");
    field.location = read_location(reader, location);
    cck_json_leave(reader, before);
    return field;
}

static void read_fields(cck_json_reader *reader, const json_t *parent, cck_finding *finding)
{
    json_t *array = cck_json_get_array(reader, parent, "fields");
    size_t count = json_array_size(array);
    cck_field_use *fields = make_array(reader, count, sizeof *fields);
    for (size_t i = 0; fields && i < count; i++) {
        size_t before = cck_json_enter(reader, "fields");
        cck_json_enter_index(reader, i);
        fields[i] = read_field(reader, json_array_get(array, i));
        cck_json_leave(reader, before);
    }
    finding->fields = fields;
    finding->field_count = fields ? count : 0;
}

static cck_suggestion read_suggestion_members(cck_json_reader *reader, const json_t *from)
{
    return (cck_suggestion){
        .text = cck_json_get_string(reader, from, "text"),
        .cost_bytes = cck_json_get_int(reader, from, "cost_bytes", 0, INT64_MIN, INT64_MAX),
        .cost_of = cck_json_get_string(reader, from, "cost_of"),
        .code = cck_json_get_string(reader, from, "code"),
        .patch = cck_json_get_string(reader, from, "patch"),
    };
}

static cck_suggestion read_suggestion(cck_json_reader *reader, const json_t *parent)
{
    json_t *from = cck_json_get_object(reader, parent, "suggestion");
    size_t before = cck_json_enter(reader, "suggestion");
    cck_suggestion suggestion = read_suggestion_members(reader, from);
    json_t *array = from && json_object_get(from, "variants")
                        ? cck_json_get_array(reader, from, "variants")
                        : NULL;
    size_t count = json_array_size(array);
    cck_suggestion *variants = count ? make_array(reader, count, sizeof *variants) : NULL;
    for (size_t i = 0; variants && i < count && !reader->code; i++)
        variants[i] = read_suggestion_members(reader, json_array_get(array, i));
    suggestion.variants = variants;
    suggestion.variant_count = variants ? count : 0;
    cck_json_leave(reader, before);
    return suggestion;
}

static void read_notes(cck_json_reader *reader, const json_t *parent, cck_finding *finding)
{
    json_t *array = cck_json_get_array(reader, parent, "notes");
    size_t count = json_array_size(array);
    const char **notes = make_array(reader, count, sizeof *notes);
    for (size_t i = 0; notes && i < count; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (!text)
            cck_json_wrong(reader, "notes: strings expected");
        notes[i] = cck_json_keep(reader, text ? text : "");
    }
    finding->notes = notes;
    finding->note_count = notes ? count : 0;
}

static void read_finding(cck_json_reader *reader, const json_t *from, cck_finding *finding)
{
    *finding = (cck_finding){
        .rule = cck_json_get_string(reader, from, "rule"),
        .severity = (cck_severity)cck_json_get_word(reader, from, "severity", cck_severity_words),
        .title = cck_json_get_string(reader, from, "title"),
        .id = cck_json_get_string(reader, from, "id"),
        .evidence = read_evidence(reader, from),
        .object = read_object(reader, from),
        .suggestion = read_suggestion(reader, from),
        .verify = cck_json_get_string(reader, from, "verify"),
    };
    if (json_object_get(from, "line_size")) {
        finding->line_offset = get_signed(reader, from, "line_offset");
        finding->line_size = (uint32_t)cck_json_get_uint(reader, from, "line_size", UINT32_MAX);
    }
    read_fields(reader, from, finding);
    finding->locations = read_locations(reader, from, "locations", &finding->location_count);
    finding->allocation = read_locations(reader, from, "allocation", &finding->allocation_count);
    read_notes(reader, from, finding);
}

void cck_findings_read(cck_json_reader *reader, const json_t *root, cck_json_list *array,
                       cck_result *result)
{
    if (!array->there && !json_object_get(root, "findings"))
        return;
    if (!array->there)
        cck_json_get_array(reader, root, "findings"); /* says what is wrong */
    cck_finding *findings = make_array(reader, array->count, sizeof *findings);
    size_t count = 0;
    for (json_t *finding; findings && count < array->count && !reader->code; count++) {
        finding = cck_json_list_next(array, &reader->error);
        if (!finding) {
            reader->code = CCK_EFORMAT;
            break;
        }
        size_t before = cck_json_enter(reader, "findings");
        cck_json_enter_index(reader, count);
        read_finding(reader, finding, &findings[count]);
        cck_json_leave(reader, before);
        json_decref(finding);
    }
    result->findings = findings;
    result->finding_count = count;
    result->findings_left_out = cck_json_get_uint(reader, root, "findings_left_out", INT64_MAX);
    result->lines_judged = cck_json_get_uint(reader, root, "lines_judged", INT64_MAX);
    if (json_object_get(root, "types_judged")) {
        result->types_judged = cck_json_get_uint(reader, root, "types_judged", INT64_MAX);
        result->units_judged = cck_json_get_uint(reader, root, "units_judged", INT64_MAX);
    }
}
