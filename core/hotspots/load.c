/* SPDX-License-Identifier: MIT */
/* The profile back from JSON. The bytes may be anybody's: indices are checked, so that a
 * profile that was loaded can be walked without a look. */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/intern.h"
#include "core/hotspots/json.h"
#include "core/hotspots/profile.h"

enum { MOST_CLASSES = 64, MOST_FRAMES = 1 << 10 };

typedef struct loader {
    cck_json_reader *reader;
    cck_profile *profile;
    cck_intern texts; /* equal texts get one pointer, as in a profile that was made here */
} loader;

static void out_of_memory(loader *load)
{
    if (!load->reader->code)
        load->reader->code = cck_fail(&load->reader->error, CCK_ENOMEM, "out of memory");
}

static void *make_array(loader *load, size_t count, size_t size)
{
    void *array = cck_arena_array(load->reader->arena, count, size);
    if (!array)
        out_of_memory(load);
    return array;
}

static const char *text_or_empty(loader *load, const json_t *row, const char *key)
{
    const char *text = cck_json_get_string_or(load->reader, row, key, "");
    uint32_t number = cck_intern_put(&load->texts, &text);
    if (number == UINT32_MAX) {
        out_of_memory(load);
        return "";
    }
    memcpy(&text, cck_intern_get(&load->texts, number), sizeof text);
    return text;
}

/* An index below `count`, or `absent` where it is left out and may be. */
static uint32_t get_index(loader *load, const json_t *row, const char *key, size_t count,
                          bool may_lack)
{
    if (may_lack && !json_object_get(row, key))
        return CCK_PROFILE_NONE;
    uint64_t index = cck_json_get_uint(load->reader, row, key, UINT32_MAX - 1);
    if (index < count)
        return (uint32_t)index;
    size_t before = cck_json_enter(load->reader, key);
    cck_json_wrong(load->reader, "no such entry");
    cck_json_leave(load->reader, before);
    return 0;
}

static uint32_t get_line(loader *load, const json_t *row, const char *key)
{
    return (uint32_t)cck_json_get_int(load->reader, row, key, 0, 0, UINT32_MAX);
}

static uint64_t get_address(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? strtoull(text, NULL, 16) : 0;
}

static cck_profile_costs get_costs(loader *load, const json_t *row, const char *key)
{
    const cck_profile *profile = load->profile;
    uint64_t *costs = make_array(load, profile->class_count, sizeof *costs);
    json_t *object = cck_json_get_object(load->reader, row, key);
    size_t before = cck_json_enter(load->reader, key);
    for (size_t i = 0; costs && i < profile->class_count; i++)
        costs[i] = (uint64_t)cck_json_get_int(load->reader, object, profile->classes[i].name, 0, 0,
                                              INT64_MAX);
    cck_json_leave(load->reader, before);
    return costs;
}

static void load_classes(loader *load, const json_t *parent)
{
    cck_profile *profile = load->profile;
    json_t *array = cck_json_get_array(load->reader, parent, "classes");
    size_t count = json_array_size(array);
    size_t before = cck_json_enter(load->reader, "classes");
    if (!load->reader->code && (!count || count > MOST_CLASSES))
        cck_json_wrong(load->reader, "between 1 and 64 entries expected");
    cck_profile_class *classes = make_array(load, count, sizeof *classes);
    for (size_t i = 0; !load->reader->code && i < count; i++) {
        size_t inner = cck_json_enter_index(load->reader, i);
        const json_t *row = json_array_get(array, i);
        classes[i] = (cck_profile_class){cck_json_get_string(load->reader, row, "name"),
                                         cck_json_get_string(load->reader, row, "label"),
                                         cck_json_get_string(load->reader, row, "meaning")};
        cck_json_leave(load->reader, inner);
    }
    cck_json_leave(load->reader, before);
    profile->classes = classes;
    profile->class_count = load->reader->code ? 0 : count;
    const char *by = cck_json_get_string(load->reader, parent, "by");
    for (size_t i = 0; i < profile->class_count; i++)
        if (strcmp(classes[i].name, by) == 0)
            profile->by = i;
    array = cck_json_get_array(load->reader, parent, "not_counted");
    const char **missing = make_array(load, json_array_size(array), sizeof *missing);
    for (size_t i = 0; missing && i < json_array_size(array); i++) {
        const char *text = json_string_value(json_array_get(array, i));
        missing[i] = cck_json_keep(load->reader, text ? text : "");
    }
    profile->not_counted = missing;
    profile->not_counted_count = missing ? json_array_size(array) : 0;
}

/* ---- one row each ---- */

static void load_function(loader *load, const json_t *row, size_t at)
{
    load->profile->functions[at] = (cck_profile_function){
        .name = text_or_empty(load, row, "name"),
        .module = text_or_empty(load, row, "module"),
        .offset = get_address(row, "offset"),
        .file = text_or_empty(load, row, "file"),
        .named = cck_json_get_bool(load->reader, row, "named", true),
        .self = get_costs(load, row, "self"),
        .inclusive = get_costs(load, row, "inclusive"),
    };
}

static void load_line(loader *load, const json_t *row, size_t at)
{
    load->profile->lines[at] = (cck_profile_line){
        .file = text_or_empty(load, row, "file"),
        .line = get_line(load, row, "line"),
        .function = get_index(load, row, "function", load->profile->function_count, false),
        .costs = get_costs(load, row, "costs"),
    };
}

static void load_node(loader *load, const json_t *row, size_t at)
{
    load->profile->nodes[at] = (cck_profile_node){
        .parent = get_index(load, row, "parent", at, true),
        .function = get_index(load, row, "function", load->profile->function_count, false),
        .thread = get_index(load, row, "thread", load->profile->thread_count, true),
        .call_file = text_or_empty(load, row, "call_file"),
        .call_line = get_line(load, row, "call_line"),
        .inlined = cck_json_get_bool(load->reader, row, "inlined", false),
    };
}

static void load_sample(loader *load, const json_t *row, size_t at)
{
    load->profile->samples[at] = (cck_profile_sample){
        .node = get_index(load, row, "stack", load->profile->node_count, false),
        .file = text_or_empty(load, row, "file"),
        .line = get_line(load, row, "line"),
        .costs = get_costs(load, row, "costs"),
    };
}

static void load_thread(loader *load, const json_t *row, size_t at)
{
    /* The list is this loader's own until it is done. */
    cck_profile_thread *threads = (cck_profile_thread *)(uintptr_t)load->profile->threads;
    threads[at] = (cck_profile_thread){
        .pid = (int32_t)cck_json_get_int(load->reader, row, "pid", 0, INT32_MIN, INT32_MAX),
        .tid = (int32_t)cck_json_get_int(load->reader, row, "tid", 0, INT32_MIN, INT32_MAX),
        .name = text_or_empty(load, row, "name"),
        .process = text_or_empty(load, row, "process"),
        .costs = get_costs(load, row, "costs"),
    };
}

static void load_allocation(loader *load, const json_t *row, cck_profile_object *object)
{
    if (!json_object_get(row, "allocation"))
        return;
    json_t *array = cck_json_get_array(load->reader, row, "allocation");
    size_t count = json_array_size(array) < MOST_FRAMES ? json_array_size(array) : MOST_FRAMES;
    cck_location *locations = make_array(load, count, sizeof *locations);
    for (size_t i = 0; locations && i < count; i++) {
        const json_t *from = json_array_get(array, i);
        locations[i] = (cck_location){
            .file = text_or_empty(load, from, "file"),
            .line = get_line(load, from, "line"),
            .function = text_or_empty(load, from, "function"),
            .module = text_or_empty(load, from, "module"),
            .offset = get_address(from, "offset"),
            .role = i ? "called" : "allocated",
        };
    }
    object->allocation = locations;
    object->allocation_count = locations ? count : 0;
}

static void load_object(loader *load, const json_t *row, size_t at)
{
    cck_profile_object *object = &load->profile->objects[at];
    *object = (cck_profile_object){
        .kind = text_or_empty(load, row, "kind"),
        .name = text_or_empty(load, row, "name"),
        .type = text_or_empty(load, row, "type"),
        .module = text_or_empty(load, row, "module"),
        .size = (uint64_t)cck_json_get_int(load->reader, row, "size", 0, 0, INT64_MAX),
        .instances = (uint64_t)cck_json_get_int(load->reader, row, "instances", 0, 0, INT64_MAX),
        .costs = get_costs(load, row, "costs"),
    };
    load_allocation(load, row, object);
}

/* ---- lists of them ---- */

typedef void load_row(loader *load, const json_t *row, size_t at);

static void load_list(loader *load, const json_t *parent, const char *key, void *out_list,
                      size_t size, size_t *out_count, load_row *load_one)
{
    json_t *array = cck_json_get_array(load->reader, parent, key);
    size_t count = json_array_size(array);
    void *list = make_array(load, count, size);
    memcpy(out_list, &list, sizeof list);
    *out_count = list ? count : 0;
    size_t before = cck_json_enter(load->reader, key);
    for (size_t i = 0; i < *out_count && !load->reader->code; i++) {
        size_t inner = cck_json_enter_index(load->reader, i);
        load_one(load, json_array_get(array, i), i);
        cck_json_leave(load->reader, inner);
    }
    cck_json_leave(load->reader, before);
}

static void load_lists(loader *load, const json_t *from)
{
    cck_profile *profile = load->profile;
    load_list(load, from, "threads", &profile->threads, sizeof *profile->threads,
              &profile->thread_count, load_thread);
    load_list(load, from, "functions", &profile->functions, sizeof *profile->functions,
              &profile->function_count, load_function);
    load_list(load, from, "lines", &profile->lines, sizeof *profile->lines, &profile->line_count,
              load_line);
    load_list(load, from, "objects", &profile->objects, sizeof *profile->objects,
              &profile->object_count, load_object);
    load_list(load, from, "stacks", &profile->nodes, sizeof *profile->nodes, &profile->node_count,
              load_node);
    load_list(load, from, "samples", &profile->samples, sizeof *profile->samples,
              &profile->sample_count, load_sample);
}

cck_profile *cck_hotspots_read_json(cck_json_reader *reader, const json_t *parent)
{
    loader load = {.reader = reader, .texts = {.record_size = sizeof(const char *), .texts = true}};
    load.profile = make_array(&load, 1, sizeof *load.profile);
    json_t *from = cck_json_get_object(reader, parent, "hotspots");
    size_t before = cck_json_enter(reader, "hotspots");
    if (load.profile)
        load_classes(&load, from);
    if (!reader->code) {
        load.profile->filter = text_or_empty(&load, from, "thread");
        load.profile->per_thread = cck_json_get_bool(reader, from, "per_thread", false);
        load.profile->total = get_costs(&load, from, "total");
        load.profile->unattributed = get_costs(&load, from, "unattributed");
        load_lists(&load, from);
    }
    cck_json_leave(reader, before);
    cck_intern_clear(&load.texts);
    return reader->code ? NULL : load.profile;
}
