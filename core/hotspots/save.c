/* SPDX-License-Identifier: MIT */
/* The profile as JSON, the member "hotspots" of a result: docs/formats.md. */
#include <string.h>

#include "core/hotspots/json.h"

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

static void put_known(cck_json *json, const char *key, const char *text)
{
    if (*text)
        cck_json_put_string(json, key, text);
}

static void open_row(cck_json *json)
{
    cck_json_inline(json);
    cck_json_object(json);
}

static void write_classes(cck_json *json, const cck_profile *profile)
{
    cck_json_key(json, "classes");
    cck_json_array(json);
    for (size_t i = 0; i < profile->class_count; i++) {
        open_row(json);
        cck_json_put_string(json, "name", profile->classes[i].name);
        cck_json_put_string(json, "label", profile->classes[i].label);
        cck_json_put_string(json, "meaning", profile->classes[i].meaning);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
    cck_json_put_string(json, "by", profile->classes[profile->by].name);
    cck_json_key(json, "not_counted");
    cck_json_inline(json);
    cck_json_array(json);
    for (size_t i = 0; i < profile->not_counted_count; i++)
        cck_json_string(json, profile->not_counted[i]);
    cck_json_array_end(json);
}

static void write_functions(cck_json *json, const cck_profile *profile)
{
    cck_json_key(json, "functions");
    cck_json_array(json);
    for (size_t i = 0; i < profile->function_count; i++) {
        const cck_profile_function *function = &profile->functions[i];
        open_row(json);
        cck_json_put_string(json, "name", function->name);
        put_known(json, "module", function->module);
        put_known(json, "file", function->file);
        cck_json_put_bool(json, "named", function->named);
        if (function->offset) {
            cck_json_key(json, "offset");
            cck_json_address(json, function->offset);
        }
        write_costs(json, "self", profile, function->self);
        write_costs(json, "inclusive", profile, function->inclusive);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_lines(cck_json *json, const cck_profile *profile)
{
    cck_json_key(json, "lines");
    cck_json_array(json);
    for (size_t i = 0; i < profile->line_count; i++) {
        const cck_profile_line *line = &profile->lines[i];
        open_row(json);
        put_known(json, "file", line->file);
        if (line->line)
            cck_json_put_uint(json, "line", line->line);
        cck_json_put_uint(json, "function", line->function);
        write_costs(json, "costs", profile, line->costs);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_allocation(cck_json *json, const cck_profile_object *object)
{
    cck_json_key(json, "allocation");
    cck_json_array(json);
    for (size_t i = 0; i < object->allocation_count; i++) {
        const cck_location *location = &object->allocation[i];
        cck_json_object(json);
        put_known(json, "function", location->function);
        put_known(json, "file", location->file);
        if (location->line)
            cck_json_put_uint(json, "line", location->line);
        put_known(json, "module", location->module);
        cck_json_key(json, "offset");
        cck_json_address(json, location->offset);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_objects(cck_json *json, const cck_profile *profile)
{
    cck_json_key(json, "objects");
    cck_json_array(json);
    for (size_t i = 0; i < profile->object_count; i++) {
        const cck_profile_object *object = &profile->objects[i];
        open_row(json);
        cck_json_put_string(json, "kind", object->kind);
        put_known(json, "name", object->name);
        put_known(json, "type", object->type);
        put_known(json, "module", object->module);
        if (object->size)
            cck_json_put_uint(json, "size", object->size);
        if (object->instances)
            cck_json_put_uint(json, "instances", object->instances);
        if (object->allocation_count)
            write_allocation(json, object);
        write_costs(json, "costs", profile, object->costs);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_stacks(cck_json *json, const cck_profile *profile)
{
    cck_json_key(json, "stacks");
    cck_json_array(json);
    for (size_t i = 0; i < profile->node_count; i++) {
        const cck_profile_node *node = &profile->nodes[i];
        open_row(json);
        if (node->parent != CCK_PROFILE_NONE)
            cck_json_put_uint(json, "parent", node->parent);
        cck_json_put_uint(json, "function", node->function);
        if (node->thread != CCK_PROFILE_NONE)
            cck_json_put_uint(json, "thread", node->thread);
        put_known(json, "call_file", node->call_file);
        if (node->call_line)
            cck_json_put_uint(json, "call_line", node->call_line);
        if (node->inlined)
            cck_json_put_bool(json, "inlined", true);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
    cck_json_key(json, "samples");
    cck_json_array(json);
    for (size_t i = 0; i < profile->sample_count; i++) {
        const cck_profile_sample *sample = &profile->samples[i];
        open_row(json);
        cck_json_put_uint(json, "stack", sample->node);
        put_known(json, "file", sample->file);
        if (sample->line)
            cck_json_put_uint(json, "line", sample->line);
        write_costs(json, "costs", profile, sample->costs);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_threads(cck_json *json, const cck_profile *profile)
{
    cck_json_key(json, "threads");
    cck_json_array(json);
    for (size_t i = 0; i < profile->thread_count; i++) {
        const cck_profile_thread *thread = &profile->threads[i];
        open_row(json);
        cck_json_key(json, "pid");
        cck_json_int(json, thread->pid);
        cck_json_key(json, "tid");
        cck_json_int(json, thread->tid);
        cck_json_put_string(json, "name", thread->name);
        cck_json_put_string(json, "process", thread->process);
        write_costs(json, "costs", profile, thread->costs);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

void cck_hotspots_write_json(cck_json *json, const cck_profile *profile)
{
    cck_json_key(json, "hotspots");
    cck_json_object(json);
    write_classes(json, profile);
    cck_json_put_string(json, "thread", profile->filter);
    cck_json_put_bool(json, "per_thread", profile->per_thread);
    write_costs(json, "total", profile, profile->total);
    write_costs(json, "unattributed", profile, profile->unattributed);
    write_functions(json, profile);
    write_lines(json, profile);
    write_objects(json, profile);
    write_stacks(json, profile);
    write_threads(json, profile);
    cck_json_object_end(json);
}
