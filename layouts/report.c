/* SPDX-License-Identifier: MIT */
#include "layouts/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layouts/share.h"

static const char *const basis_words[] = {
    [CCK_BASIS_PROFILE] = "a profile: threads were seen to use these fields so",
    [CCK_BASIS_ANNOTATION] = "what the source or the configuration says of these fields",
    [CCK_BASIS_TYPE] = "types: atomics and locks are there to be used by several threads",
    [CCK_BASIS_NAME] = "names: how these fields are called",
    [CCK_BASIS_NONE] = "the layout alone",
};

const char *cck_report_text(cck_rule_sink *sink, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *copy = cck_arena_strdup(sink->arena, text);
    sink->failed |= !copy;
    return copy ? copy : "";
}

const char *cck_report_names(cck_rule_sink *sink, const cck_leaf *const *leaves, size_t count)
{
    enum { MOST = 4 };
    char text[1024] = "";
    size_t shown = count > MOST ? MOST - 1 : count, length = 0;
    for (size_t i = 0; i < shown && length < sizeof text; i++) {
        const char *before = i == 0 ? "" : i + 1 == count ? " and " : ", ";
        length += (size_t)snprintf(text + length, sizeof text - length, "%s`%.200s`", before,
                                   leaves[i]->field.path);
    }
    if (shown < count && length < sizeof text)
        snprintf(text + length, sizeof text - length, " and %zu more", count - shown);
    return cck_report_text(sink, "%s", text);
}

/* How sure leaves are: that of the least sure one. */
static cck_basis basis_of(const cck_leaf *const *leaves, size_t count)
{
    cck_basis worst = CCK_BASIS_NONE;
    for (size_t i = 0; i < count; i++)
        if (worst == CCK_BASIS_NONE ||
            (leaves[i]->basis > worst && leaves[i]->basis != CCK_BASIS_NONE))
            worst = leaves[i]->basis;
    return worst;
}

static bool names_field(const cck_finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->field_count; i++)
        if (strcmp(finding->fields[i].name, name) == 0)
            return true;
    return false;
}

bool cck_report_known(const cck_rule_sink *sink, const cck_leaf *a, const cck_leaf *b,
                      cck_severity severity)
{
    for (size_t i = sink->first_of_type; i < sink->count; i++)
        if (sink->findings[i].severity >= severity &&
            names_field(&sink->findings[i], a->field.path) &&
            names_field(&sink->findings[i], b->field.path))
            return true;
    return false;
}

/* ---- parts of a finding ---- */

static uint64_t hash(uint64_t sum, const char *text)
{
    do
        sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3); /* FNV-1a */
    while (*text++);
    return sum;
}

/* Never lines or addresses: the id is to survive edits around it. */
static const char *id_of(cck_rule_sink *sink, const cck_finding *finding)
{
    uint64_t sum = hash(UINT64_C(0xcbf29ce484222325), finding->rule);
    sum = hash(sum, finding->object.type);
    sum = hash(sum, finding->object.name);
    for (size_t i = 0; i < finding->field_count; i++)
        sum = hash(sum, finding->fields[i].name);
    return cck_report_text(sink, "%016" PRIx64, sum);
}

static cck_location declared(const char *file, uint32_t line)
{
    return (cck_location){
        .file = file, .line = line, .function = "", .module = "", .role = "declared"};
}

static cck_field_use use_of(cck_rule_sink *sink, const cck_leaf *leaf)
{
    const cck_member *member = leaf->field.member;
    return (cck_field_use){
        .name = cck_report_text(sink, "%s", leaf->field.path),
        .type = cck_type_label(leaf->field.type),
        .offset = leaf->field.offset,
        .size = leaf->field.size,
        .thread = leaf->writer,
        .reads = leaf->use & CCK_USE_READ_MOSTLY,
        .writes = leaf->use & CCK_USE_WRITTEN,
        .atomic = leaf->use & CCK_USE_ATOMIC,
        .location = member ? declared(member->file, member->line) : declared("", 0),
    };
}

static int compare_leaves(const void *a, const void *b)
{
    const cck_leaf *one = *(const cck_leaf *const *)a, *other = *(const cck_leaf *const *)b;
    if (one->field.offset != other->field.offset)
        return one->field.offset < other->field.offset ? -1 : 1;
    return strcmp(one->field.path, other->field.path);
}

static void take_fields(cck_rule_sink *sink, const cck_rule_report *report, cck_finding *finding)
{
    size_t count = report->count < CCK_REPORT_FIELDS ? report->count : CCK_REPORT_FIELDS;
    const cck_leaf *sorted[CCK_REPORT_FIELDS];
    cck_field_use *fields = cck_arena_array(sink->arena, count, sizeof *fields);
    if (!fields) {
        sink->failed = true;
        return;
    }
    if (!count)
        return;
    memcpy(sorted, report->leaves, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_leaves);
    for (size_t i = 0; i < count; i++)
        fields[i] = use_of(sink, sorted[i]);
    finding->fields = fields;
    finding->field_count = count;
}

static void take_notes(cck_rule_sink *sink, const cck_rule_report *report, cck_finding *finding,
                       const char *more)
{
    const char **notes = cck_arena_array(sink->arena, 3, sizeof *notes);
    if (!notes) {
        sink->failed = true;
        return;
    }
    const char *const all[] = {*report->assumes ? report->assumes : NULL, report->note, more};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i])
            notes[finding->note_count++] = cck_report_text(sink, "%s", all[i]);
    finding->notes = notes;
}

static const char *verify_of(cck_rule_sink *sink)
{
    const cck_corpus_input *input = sink->context->input;
    bool program = input && strcmp(input->kind, "executable") == 0;
    return program ? cck_report_text(sink, "cachecheck sharing -- %s", input->path)
                   : "cachecheck sharing -- ./app";
}

static cck_finding begin(cck_rule_sink *sink, const cck_rule_report *report)
{
    cck_severity severity = report->severity;
    if (severity > report->rule->severity)
        severity = report->rule->severity;
    cck_basis basis = basis_of(report->leaves, report->count);
    cck_finding finding = {
        .rule = report->rule->name,
        .severity = severity,
        .title = cck_report_text(sink, "%s", report->title),
        .evidence = {.grade = CCK_STATIC,
                     .rate = -1,
                     .low = -1,
                     .high = -1,
                     .potential = -1,
                     .cost = -1,
                     .cost_text =
                         cck_report_text(sink, "not measured; rests on %s", basis_words[basis])},
        .object = {.kind = "type", .name = "", .type = "", .type_from = ""},
        .line_size = sink->context->line,
        .suggestion = {.text = "", .cost_of = "", .code = "", .patch = ""},
        .verify = verify_of(sink),
    };
    take_fields(sink, report, &finding);
    if (finding.field_count)
        finding.line_offset =
            finding.fields[finding.field_count - 1].offset / finding.line_size * finding.line_size;
    return finding;
}

static void put(cck_rule_sink *sink, cck_finding *finding)
{
    finding->id = id_of(sink, finding);
    if (sink->count == sink->capacity) {
        size_t capacity = sink->capacity ? sink->capacity * 2 : 64;
        cck_finding *findings = reallocarray(sink->findings, capacity, sizeof *findings);
        if (!findings) {
            sink->failed = true;
            return;
        }
        sink->findings = findings;
        sink->capacity = capacity;
    }
    sink->findings[sink->count++] = *finding;
}

static bool ignored_at(cck_rule_sink *sink, const cck_rule *rule, const char *file, uint32_t line)
{
    return sink->source->annotations && *file &&
           cck_annotation_ignores(sink->source->annotations, file, line, rule->id, rule->name);
}

static bool ignored(cck_rule_sink *sink, const cck_rule_report *report, const char *name,
                    const char *file, uint32_t line)
{
    if (cck_layout_config_ignore(sink->source->config, report->rule->id, report->rule->name,
                                 name) ||
        ignored_at(sink, report->rule, file, line))
        return true;
    for (size_t i = 0; i < report->count; i++) {
        const cck_member *member = report->leaves[i]->field.member;
        if (member && member->tag &&
            cck_annotation_tag_ignores(member->tag, report->rule->id, report->rule->name))
            return true;
        if (member && ignored_at(sink, report->rule, member->file, member->line))
            return true;
    }
    return false;
}

/* ---- types ---- */

static const cck_leaf *moved(const cck_rule_report *report)
{
    if (report->move || !report->count)
        return report->move;
    const cck_leaf *last = report->leaves[0];
    for (size_t i = 1; i < report->count; i++)
        if (report->leaves[i]->field.offset > last->field.offset)
            last = report->leaves[i];
    return last;
}

/* The field to change first, then the other fields, the type, and at worst the module. */
static void take_locations(cck_rule_sink *sink, const cck_rule_report *report, const cck_type *type,
                           const cck_leaf *move, cck_finding *finding)
{
    cck_location *places = cck_arena_array(sink->arena, finding->field_count + 4, sizeof *places);
    size_t count = 0;
    if (!places) {
        sink->failed = true;
        return;
    }
    if (report->allocated_file) {
        const char *file = cck_report_text(sink, "%s", report->allocated_file);
        places[count] = declared(file, report->allocated_line);
        places[count++].role = "allocated";
    }
    if (move && move->field.member && *move->field.member->file)
        places[count++] = declared(move->field.member->file, move->field.member->line);
    for (size_t i = 0; i < finding->field_count; i++) {
        const cck_location *at = &finding->fields[i].location;
        bool known = count && places[0].line == at->line && strcmp(places[0].file, at->file) == 0;
        if (*at->file && !known)
            places[count++] = *at;
    }
    if (*type->file)
        places[count++] = declared(type->file, type->line);
    if (!count) {
        places[count] = declared("", 0);
        places[count++].module = sink->context->input ? sink->context->input->path : "";
    }
    finding->locations = places;
    finding->location_count = count;
}

/* A large object may rather be split than grow. */
static void advise_split(cck_rule_sink *sink, const cck_rule_report *report, const cck_type *type,
                         cck_finding *finding)
{
    uint64_t offsets[CCK_REPORT_FIELDS];
    size_t count = 0;
    cck_advice advice;
    for (size_t i = 0; i < report->count && i < CCK_REPORT_FIELDS; i++)
        if (report->leaves[i]->use & (CCK_USE_WRITTEN | CCK_USE_OWNED))
            offsets[count++] = report->leaves[i]->field.offset;
    if (type->size <= 2 * (uint64_t)sink->context->line || !count ||
        !cck_advise_split(type, offsets, count, sink->context->line, sink->arena, &advice))
        return;
    cck_suggestion *variant = cck_arena_alloc(sink->arena, sizeof *variant);
    if (!variant)
        return;
    *variant = (cck_suggestion){.text = advice.text,
                                .code = advice.code,
                                .cost_bytes = advice.cost,
                                .cost_of = "object",
                                .patch = ""};
    finding->suggestion.variants = variant;
    finding->suggestion.variant_count = 1;
}

static void advise(cck_rule_sink *sink, const cck_rule_report *report, const cck_type *type,
                   const cck_leaf *move, cck_finding *finding)
{
    cck_advice advice;
    const cck_layout_config *config = sink->source->config;
    bool field = report->advice == CCK_ADVICE_FIELD;
    const cck_type *changed = field ? type : report->element ? report->element : type;
    if (!cck_advise(report->advice, changed, move ? move->field.offset : 0, changed->size,
                    move ? move->field.path : "", sink->context->line,
                    config ? config->padding : "", sink->arena, &advice))
        return;
    finding->suggestion.text = advice.text;
    finding->suggestion.code = advice.code;
    finding->suggestion.cost_bytes = advice.cost;
    if (report->split)
        advise_split(sink, report, type, finding);
    finding->suggestion.cost_of = report->advice == CCK_ADVICE_ELEMENT  ? "element"
                                  : report->advice == CCK_ADVICE_GLOBAL ? "program"
                                                                        : "object";
}

void cck_report_type(cck_rule_sink *sink, const cck_corpus_type *entry,
                     const cck_rule_report *report)
{
    const cck_type *type = entry->type;
    const char *label = cck_type_label(type);
    if (ignored(sink, report, label, type->file, type->line))
        return;
    cck_rule_report changed = *report;
    bool packed = cck_type_is_packed(type);
    if (packed && changed.severity > CCK_SEVERITY_LOW && !report->rule->of_packed)
        changed.severity = CCK_SEVERITY_LOW;
    cck_finding finding = begin(sink, &changed);
    finding.object.type = label;
    finding.object.size = type->size;
    finding.object.count = report->element_count;
    finding.object.stride = report->stride;
    const cck_leaf *move = moved(report);
    take_locations(sink, report, type, move, &finding);
    if (!packed)
        advise(sink, report, type, move, &finding);
    take_notes(sink, report, &finding,
               packed ? "the type is packed, as wire formats and ABIs are: its layout may not be "
                        "free to change, so no fix is offered"
                      : NULL);
    put(sink, &finding);
}

/* ---- globals ---- */

void cck_report_globals(cck_rule_sink *sink, const cck_corpus_global *const *globals,
                        const cck_rule_report *report)
{
    const cck_corpus_global *first = globals[0];
    for (size_t i = 0; i < report->count; i++)
        if (ignored(sink, report, globals[i]->name, globals[i]->file, globals[i]->line))
            return;
    cck_finding finding = begin(sink, report);
    cck_location *places = cck_arena_array(sink->arena, report->count + 1, sizeof *places);
    if (!places) {
        sink->failed = true;
        return;
    }
    for (size_t i = 0; i < report->count; i++)
        if (*globals[i]->file)
            places[finding.location_count++] = declared(globals[i]->file, globals[i]->line);
    if (!finding.location_count) {
        places[0] = declared("", 0);
        places[0].module = sink->context->input ? sink->context->input->path : "";
        places[0].offset = first->address;
        finding.location_count = 1;
    }
    finding.locations = places;
    finding.object.kind = "global";
    finding.object.name = first->name;
    finding.object.type = first->type ? cck_type_label(first->type) : "";
    finding.object.size = first->size;
    finding.object.count = report->element_count;
    finding.object.stride = report->stride;
    finding.object.address = first->placed ? first->address : 0;
    const cck_leaf *move = moved(report);
    cck_type unknown = {.kind = CCK_TYPE_OPAQUE, .name = "", .alias = "", .size = first->size};
    advise(sink, report, move ? move->field.type : &unknown, move, &finding);
    take_notes(sink, report, &finding, NULL);
    put(sink, &finding);
}
