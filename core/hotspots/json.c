/* SPDX-License-Identifier: MIT */
/* The profile as JSON, the member "hotspots" of a result: docs/formats.md. The bytes may be
 * anybody's: indices are checked, so that a profile that was loaded can be walked without a look. */
#include "core/hotspots/json.h"

#include <string.h>

#include "core/base/json_fields.h"

enum { MOST_CLASSES = 64 };

#define CLASS(member) offsetof(cck_profile_class, member)
#define FUNCTION(member) offsetof(cck_profile_function, member)
#define LINE(member) offsetof(cck_profile_line, member)
#define FRAME(member) offsetof(cck_location, member)
#define OBJECT(member) offsetof(cck_profile_object, member)
#define NODE(member) offsetof(cck_profile_node, member)
#define SAMPLE(member) offsetof(cck_profile_sample, member)
#define THREAD(member) offsetof(cck_profile_thread, member)
#define PROFILE(member) offsetof(cck_profile, member)

static const cck_json_field class_fields[] = {
    {"name", CCK_JSON_TEXT, CLASS(name), NULL},
    {"label", CCK_JSON_TEXT, CLASS(label), NULL},
    {"meaning", CCK_JSON_TEXT, CLASS(meaning), NULL},
    {0},
};
static const cck_json_field function_fields[] = {
    {"name", CCK_JSON_TEXT_LATER, FUNCTION(name), NULL},
    {"module", CCK_JSON_TEXT_KNOWN, FUNCTION(module), NULL},
    {"file", CCK_JSON_TEXT_KNOWN, FUNCTION(file), NULL},
    {"named", CCK_JSON_BOOL_ELSE, FUNCTION(named), NULL},
    {"offset", CCK_JSON_ADDRESS_SET, FUNCTION(offset), NULL},
    {0},
};
static const cck_json_field line_fields[] = {
    {"file", CCK_JSON_TEXT_KNOWN, LINE(file), NULL},
    {"line", CCK_JSON_U32_SET, LINE(line), NULL},
    {"function", CCK_JSON_U32, LINE(function), NULL},
    {0},
};
static const cck_json_field frame_fields[] = {
    {"function", CCK_JSON_TEXT_KNOWN, FRAME(function), NULL},
    {"file", CCK_JSON_TEXT_KNOWN, FRAME(file), NULL},
    {"line", CCK_JSON_U32_SET, FRAME(line), NULL},
    {"module", CCK_JSON_TEXT_KNOWN, FRAME(module), NULL},
    {"offset", CCK_JSON_ADDRESS, FRAME(offset), NULL},
    {0},
};
static const cck_json_field object_fields[] = {
    {"kind", CCK_JSON_TEXT_LATER, OBJECT(kind), NULL},
    {"name", CCK_JSON_TEXT_KNOWN, OBJECT(name), NULL},
    {"type", CCK_JSON_TEXT_KNOWN, OBJECT(type), NULL},
    {"module", CCK_JSON_TEXT_KNOWN, OBJECT(module), NULL},
    {"size", CCK_JSON_U64_SET, OBJECT(size), NULL},
    {"instances", CCK_JSON_U64_SET, OBJECT(instances), NULL},
    {0},
};
static const cck_json_field node_fields[] = {
    {"parent", CCK_JSON_INDEX, NODE(parent), NULL},
    {"function", CCK_JSON_U32, NODE(function), NULL},
    {"thread", CCK_JSON_INDEX, NODE(thread), NULL},
    {"call_file", CCK_JSON_TEXT_KNOWN, NODE(call_file), NULL},
    {"call_line", CCK_JSON_U32_SET, NODE(call_line), NULL},
    {"inlined", CCK_JSON_BOOL_TRUE, NODE(inlined), NULL},
    {0},
};
static const cck_json_field sample_fields[] = {
    {"stack", CCK_JSON_U32, SAMPLE(node), NULL},
    {"file", CCK_JSON_TEXT_KNOWN, SAMPLE(file), NULL},
    {"line", CCK_JSON_U32_SET, SAMPLE(line), NULL},
    {0},
};
static const cck_json_field thread_fields[] = {
    {"pid", CCK_JSON_I32, THREAD(pid), NULL},
    {"tid", CCK_JSON_I32, THREAD(tid), NULL},
    {"name", CCK_JSON_TEXT_LATER, THREAD(name), NULL},
    {"process", CCK_JSON_TEXT_LATER, THREAD(process), NULL},
    {0},
};
static const cck_json_field profile_fields[] = {
    {"thread", CCK_JSON_TEXT_LATER, PROFILE(filter), NULL},
    {"per_thread", CCK_JSON_BOOL, PROFILE(per_thread), NULL},
    {0},
};

/* ---- out ---- */

static void write_costs(cck_json *json, const char *key, const cck_profile *profile,
                        cck_profile_costs costs)
{
    cck_json_key(json, key);
    cck_json_inline(json);
    cck_json_object(json);
    for (size_t i = 0; i < profile->class_count; i++)
        if (costs[i]) /* a class of `classes` that is left out is 0 */
            cck_json_put_uint(json, profile->classes[i].name, costs[i]);
    cck_json_object_end(json);
}

static void open_row(cck_json *json, const cck_json_field *fields, const void *record)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_fields(json, fields, record);
}

static void open_list(cck_json *json, const char *key)
{
    cck_json_key(json, key);
    cck_json_array(json);
}

static void write_classes(cck_json *json, const cck_profile *profile)
{
    cck_json_put_records(json, "classes", class_fields, profile->classes, profile->class_count,
                         sizeof *profile->classes);
    cck_json_put_string(json, "by", profile->classes[profile->by].name);
    cck_json_inline(json);
    cck_json_put_strings(json, "not_counted", profile->not_counted, profile->not_counted_count);
}

static void write_functions(cck_json *json, const cck_profile *profile)
{
    open_list(json, "functions");
    for (size_t i = 0; i < profile->function_count; i++) {
        open_row(json, function_fields, &profile->functions[i]);
        write_costs(json, "self", profile, profile->functions[i].self);
        write_costs(json, "inclusive", profile, profile->functions[i].inclusive);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_lines(cck_json *json, const cck_profile *profile)
{
    open_list(json, "lines");
    for (size_t i = 0; i < profile->line_count; i++) {
        open_row(json, line_fields, &profile->lines[i]);
        write_costs(json, "costs", profile, profile->lines[i].costs);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_objects(cck_json *json, const cck_profile *profile)
{
    open_list(json, "objects");
    for (size_t i = 0; i < profile->object_count; i++) {
        const cck_profile_object *object = &profile->objects[i];
        open_row(json, object_fields, object);
        if (object->allocation_count)
            cck_json_put_records(json, "allocation", frame_fields, object->allocation,
                                 object->allocation_count, sizeof *object->allocation);
        write_costs(json, "costs", profile, object->costs);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_samples(cck_json *json, const cck_profile *profile)
{
    open_list(json, "samples");
    for (size_t i = 0; i < profile->sample_count; i++) {
        open_row(json, sample_fields, &profile->samples[i]);
        write_costs(json, "costs", profile, profile->samples[i].costs);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_threads(cck_json *json, const cck_profile *profile)
{
    open_list(json, "threads");
    for (size_t i = 0; i < profile->thread_count; i++) {
        open_row(json, thread_fields, &profile->threads[i]);
        write_costs(json, "costs", profile, profile->threads[i].costs);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

void cck_hotspots_write_json(cck_json *json, const cck_profile *profile)
{
    cck_json_key(json, "hotspots");
    cck_json_object(json);
    write_classes(json, profile);
    cck_json_put_fields(json, profile_fields, profile);
    write_costs(json, "total", profile, profile->total);
    write_costs(json, "unattributed", profile, profile->unattributed);
    write_functions(json, profile);
    write_lines(json, profile);
    write_objects(json, profile);
    cck_json_put_records(json, "stacks", node_fields, profile->nodes, profile->node_count,
                         sizeof *profile->nodes);
    write_samples(json, profile);
    write_threads(json, profile);
    cck_json_object_end(json);
}

/* ---- in ---- */

/* That an index of a record is below `count`, or absent where it may be. */
static void check_index(cck_json_reader *reader, const char *key, uint32_t index, size_t count,
                        bool may_lack)
{
    if (index >= count && !(may_lack && index == CCK_PROFILE_NONE))
        cck_json_wrong_member(reader, key, "no such entry");
}

static cck_profile_costs get_costs(cck_json_reader *reader, const cck_profile *profile,
                                   const cck_json_node *row, const char *key)
{
    uint64_t *costs = cck_json_make(reader, profile->class_count, sizeof *costs);
    const cck_json_node *object = cck_json_get_object(reader, row, key);
    size_t before = cck_json_enter(reader, key);
    for (size_t i = 0; costs && i < profile->class_count; i++)
        costs[i] = (uint64_t)cck_json_get_int(reader, object, profile->classes[i].name, 0, 0,
                                              INT64_MAX);
    cck_json_leave(reader, before);
    return costs;
}

static void load_classes(cck_json_reader *reader, const cck_json_node *from, cck_profile *profile)
{
    profile->classes = cck_json_get_records(reader, from, "classes", class_fields,
                                            sizeof *profile->classes, &profile->class_count);
    if (!profile->class_count || profile->class_count > MOST_CLASSES)
        cck_json_wrong_member(reader, "classes", "between 1 and 64 entries expected");
    const char *by = cck_json_get_string(reader, from, "by");
    for (size_t i = 0; !reader->code && i < profile->class_count; i++)
        if (strcmp(profile->classes[i].name, by) == 0)
            profile->by = i;
    profile->not_counted =
        cck_json_get_strings(reader, from, "not_counted", &profile->not_counted_count);
}

static void load_function(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    cck_profile_function *function = record;
    cck_json_get_fields(reader, from, function_fields, function);
    function->self = get_costs(reader, context, from, "self");
    function->inclusive = get_costs(reader, context, from, "inclusive");
}

static void load_line(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    const cck_profile *profile = context;
    cck_profile_line *line = record;
    cck_json_get_fields(reader, from, line_fields, line);
    check_index(reader, "function", line->function, profile->function_count, false);
    line->costs = get_costs(reader, profile, from, "costs");
}

/* Nodes refer to those before them. */
typedef struct node_loader {
    const cck_profile *profile;
    size_t before;
} node_loader;

static void load_node(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    node_loader *load = context;
    cck_profile_node *node = record;
    cck_json_get_fields(reader, from, node_fields, node);
    check_index(reader, "parent", node->parent, load->before++, true);
    check_index(reader, "function", node->function, load->profile->function_count, false);
    check_index(reader, "thread", node->thread, load->profile->thread_count, true);
}

static void load_sample(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    const cck_profile *profile = context;
    cck_profile_sample *sample = record;
    cck_json_get_fields(reader, from, sample_fields, sample);
    check_index(reader, "stack", sample->node, profile->node_count, false);
    sample->costs = get_costs(reader, profile, from, "costs");
}

static void load_thread(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    cck_profile_thread *thread = record;
    cck_json_get_fields(reader, from, thread_fields, thread);
    thread->costs = get_costs(reader, context, from, "costs");
}

static void load_frame(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    cck_location *frame = record;
    size_t *before = context;
    cck_json_get_fields(reader, from, frame_fields, frame);
    frame->role = (*before)++ ? "called" : "allocated";
}

static void load_object(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    cck_profile_object *object = record;
    size_t frames = 0;
    cck_json_get_fields(reader, from, object_fields, object);
    if (cck_node_member(from, "allocation"))
        object->allocation =
            cck_json_get_list(reader, from, "allocation", load_frame, &frames,
                              sizeof *object->allocation, &object->allocation_count);
    object->costs = get_costs(reader, context, from, "costs");
}

static void load_lists(cck_json_reader *reader, const cck_json_node *from, cck_profile *profile)
{
    node_loader nodes = {profile, 0};
    profile->threads = cck_json_get_list(reader, from, "threads", load_thread, profile,
                                         sizeof *profile->threads, &profile->thread_count);
    profile->functions = cck_json_get_list(reader, from, "functions", load_function, profile,
                                           sizeof *profile->functions, &profile->function_count);
    profile->lines = cck_json_get_list(reader, from, "lines", load_line, profile,
                                       sizeof *profile->lines, &profile->line_count);
    profile->objects = cck_json_get_list(reader, from, "objects", load_object, profile,
                                         sizeof *profile->objects, &profile->object_count);
    profile->nodes = cck_json_get_list(reader, from, "stacks", load_node, &nodes,
                                       sizeof *profile->nodes, &profile->node_count);
    profile->samples = cck_json_get_list(reader, from, "samples", load_sample, profile,
                                         sizeof *profile->samples, &profile->sample_count);
}

cck_profile *cck_hotspots_read_json(cck_json_reader *reader, const cck_json_node *parent)
{
    /* Equal texts get one pointer, as in a profile that was made here. */
    cck_intern texts = {.record_size = sizeof(const char *), .texts = true};
    cck_profile *profile = cck_json_make(reader, 1, sizeof *profile);
    const cck_json_node *from = cck_json_get_object(reader, parent, "hotspots");
    size_t before = cck_json_enter(reader, "hotspots");
    reader->texts = &texts;
    memset(reader->kept, 0, sizeof reader->kept);
    if (profile)
        load_classes(reader, from, profile);
    if (profile && !reader->code) {
        cck_json_get_fields(reader, from, profile_fields, profile);
        profile->total = get_costs(reader, profile, from, "total");
        profile->unattributed = get_costs(reader, profile, from, "unattributed");
        load_lists(reader, from, profile);
    }
    reader->texts = NULL;
    cck_json_leave(reader, before);
    cck_intern_clear(&texts);
    return reader->code ? NULL : profile;
}
