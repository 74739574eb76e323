/* SPDX-License-Identifier: MIT */
/* For https://www.speedscope.app: a "sampled" profile for each class, the chosen one first. */
#include "core/base/json_writer.h"
#include "core/report/call_tree.h"
#include "core/report/hotspots.h"

/* Frames are functions, then threads, then the one for deeper calls. */
static uint64_t frame_index(const cck_profile *profile, const cck_call_frame *frame)
{
    if (frame->function != CCK_PROFILE_NONE)
        return frame->function;
    bool thread = frame->depth == 0 && frame->thread < profile->thread_count;
    return profile->function_count + (thread ? frame->thread : profile->thread_count);
}

static void write_frame(cck_json *json, const char *name, const char *file)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "name", name);
    if (*file)
        cck_json_put_string(json, "file", file);
    cck_json_object_end(json);
}

static void write_frames(cck_json *json, const cck_profile *profile)
{
    cck_json_key(json, "shared");
    cck_json_object(json);
    cck_json_key(json, "frames");
    cck_json_array(json);
    for (size_t i = 0; i < profile->function_count; i++) {
        const cck_profile_function *function = &profile->functions[i];
        write_frame(json, function->name, *function->file ? function->file : function->module);
    }
    for (size_t i = 0; i < profile->thread_count; i++)
        write_frame(json, profile->threads[i].name, "");
    write_frame(json, "(deeper calls)", "");
    cck_json_array_end(json);
    cck_json_object_end(json);
}

static void write_profile(cck_json *json, const cck_profile *profile, size_t class_index)
{
    cck_call_tree tree;
    uint32_t path[CCK_CALL_TREE_DEPTH + 1];
    if (!cck_call_tree_make(&tree, profile, class_index))
        tree.count = 0;
    cck_json_object(json);
    cck_json_put_string(json, "type", "sampled");
    cck_json_put_string(json, "name", profile->classes[class_index].label);
    cck_json_put_string(json, "unit", "none");
    cck_json_put_uint(json, "startValue", 0);
    cck_json_put_uint(json, "endValue", tree.count ? tree.total : 0);
    cck_json_key(json, "samples");
    cck_json_array(json);
    for (uint32_t i = 0; i < tree.count; i++) {
        path[tree.frames[i].depth] = i;
        if (!tree.frames[i].self)
            continue;
        cck_json_inline(json);
        cck_json_array(json);
        for (uint32_t depth = 0; depth <= tree.frames[i].depth; depth++)
            cck_json_uint(json, frame_index(profile, &tree.frames[path[depth]]));
        cck_json_array_end(json);
    }
    cck_json_array_end(json);
    cck_json_key(json, "weights");
    cck_json_inline(json);
    cck_json_array(json);
    for (size_t i = 0; i < tree.count; i++)
        if (tree.frames[i].self)
            cck_json_uint(json, tree.frames[i].self);
    cck_json_array_end(json);
    cck_json_object_end(json);
    cck_call_tree_clear(&tree);
}

void cck_speedscope_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    const cck_profile *profile = result->profile;
    cck_json json;
    cck_json_begin(&json, out, !options->compact);
    cck_json_object(&json);
    cck_json_put_string(&json, "$schema", "https://www.speedscope.app/file-format-schema.json");
    cck_json_put_string(&json, "exporter", "cachecheck");
    cck_json_put_string(&json, "name", result->target.argc ? result->target.argv[0] : "cachecheck");
    cck_json_put_uint(&json, "activeProfileIndex", 0);
    write_frames(&json, profile);
    cck_json_key(&json, "profiles");
    cck_json_array(&json);
    write_profile(&json, profile, profile->by);
    for (size_t i = 0; i < profile->class_count; i++)
        if (i != profile->by && profile->total[i] > profile->unattributed[i])
            write_profile(&json, profile, i);
    cck_json_array_end(&json);
    cck_json_object_end(&json);
    cck_json_end(&json);
}
