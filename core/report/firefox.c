/* SPDX-License-Identifier: MIT */
/*
 * For https://profiler.firefox.com: its "processed profile format", version 48. Tables are
 * columns of one length that refer to each other by index. A class of cost is a track (what
 * the format calls a thread), the chosen one first; each path is a sample whose weight is its
 * cost, at a time of its own that means nothing.
 * https://github.com/firefox-devtools/profiler/blob/main/docs-developer/processed-profile-format.md
 */
#include <stdlib.h>

#include "core/base/intern.h"
#include "core/base/json_writer.h"
#include "core/report/call_tree.h"
#include "core/report/hotspots.h"

enum { VERSION = 48, GECKO_VERSION = 29 };

/* A function as the tree shows it; texts by number. */
typedef struct shown {
    uint32_t name, file, resource; /* resource: UINT32_MAX none */
} shown;

typedef struct tables {
    const cck_profile *profile;
    cck_call_tree tree;
    cck_intern texts, functions, modules;
    uint32_t *function_of; /* by frame of the tree */
} tables;

static uint32_t text_number(tables *t, const char *text)
{
    return cck_intern_put(&t->texts, &text);
}

static bool add_frame(tables *t, size_t index)
{
    const cck_call_frame *frame = &t->tree.frames[index];
    const cck_profile_function *function =
        frame->function == CCK_PROFILE_NONE ? NULL : &t->profile->functions[frame->function];
    shown key = {.name = text_number(t, frame->name),
                 .file = text_number(t, function ? function->file : ""),
                 .resource = UINT32_MAX};
    if (function && *function->module) {
        uint32_t module = text_number(t, function->module);
        key.resource = cck_intern_put(&t->modules, &module);
        if (key.resource == UINT32_MAX)
            return false;
    }
    t->function_of[index] = cck_intern_put(&t->functions, &key);
    return key.name != UINT32_MAX && key.file != UINT32_MAX && t->function_of[index] != UINT32_MAX;
}

static bool fill(tables *t, size_t class_index)
{
    if (!cck_call_tree_make(&t->tree, t->profile, class_index))
        return false;
    t->function_of = calloc(t->tree.count + 1, sizeof *t->function_of);
    if (!t->function_of || text_number(t, "") == UINT32_MAX)
        return false;
    for (size_t i = 0; i < t->tree.count; i++)
        if (!add_frame(t, i))
            return false;
    return true;
}

/* ---- columns ---- */

typedef enum cell { CELL_NULL, CELL_NONE, CELL_ZERO, CELL_FALSE, CELL_ONE, CELL_INDEX } cell;

/* A column that is the same in each row, or counts the rows. */
static void put_column(cck_json *json, const char *key, size_t count, cell what)
{
    cck_json_key(json, key);
    cck_json_inline(json);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++)
        if (what == CELL_NULL)
            cck_json_null(json);
        else if (what == CELL_FALSE)
            cck_json_bool(json, false);
        else if (what == CELL_NONE)
            cck_json_int(json, -1);
        else
            cck_json_uint(json, what == CELL_INDEX ? i : what == CELL_ONE);
    cck_json_array_end(json);
}

static void begin_column(cck_json *json, const char *key)
{
    cck_json_key(json, key);
    cck_json_inline(json);
    cck_json_array(json);
}

static void begin_table(cck_json *json, const char *key, size_t count)
{
    cck_json_key(json, key);
    cck_json_object(json);
    cck_json_put_uint(json, "length", count);
}

/* ---- tables ---- */

static const shown *shown_at(const tables *t, size_t number)
{
    return cck_intern_get(&t->functions, (uint32_t)number);
}

static void write_functions(cck_json *json, const tables *t)
{
    size_t count = t->functions.count;
    begin_table(json, "funcTable", count);
    begin_column(json, "name");
    for (size_t i = 0; i < count; i++)
        cck_json_uint(json, shown_at(t, i)->name);
    cck_json_array_end(json);
    put_column(json, "isJS", count, CELL_FALSE);
    put_column(json, "relevantForJS", count, CELL_FALSE);
    begin_column(json, "resource");
    for (size_t i = 0; i < count; i++)
        cck_json_int(
            json, shown_at(t, i)->resource == UINT32_MAX ? -1 : (int64_t)shown_at(t, i)->resource);
    cck_json_array_end(json);
    begin_column(json, "fileName");
    for (size_t i = 0; i < count; i++)
        if (shown_at(t, i)->file)
            cck_json_uint(json, shown_at(t, i)->file);
        else
            cck_json_null(json);
    cck_json_array_end(json);
    put_column(json, "lineNumber", count, CELL_NULL);
    put_column(json, "columnNumber", count, CELL_NULL);
    cck_json_object_end(json);
}

/* A frame is a function: where in it a call is made is not told apart. */
static void write_frames(cck_json *json, const tables *t)
{
    static const struct {
        const char *key;
        cell what;
    } columns[] = {
        {"address", CELL_NONE},       {"inlineDepth", CELL_ZERO},    {"category", CELL_ZERO},
        {"subcategory", CELL_ZERO},   {"func", CELL_INDEX},          {"nativeSymbol", CELL_NULL},
        {"innerWindowID", CELL_NULL}, {"implementation", CELL_NULL}, {"line", CELL_NULL},
        {"column", CELL_NULL},
    };
    begin_table(json, "frameTable", t->functions.count);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        put_column(json, columns[i].key, t->functions.count, columns[i].what);
    cck_json_object_end(json);
}

static void write_stacks(cck_json *json, const tables *t)
{
    begin_table(json, "stackTable", t->tree.count);
    begin_column(json, "prefix");
    for (size_t i = 0; i < t->tree.count; i++)
        if (t->tree.frames[i].parent == CCK_PROFILE_NONE)
            cck_json_null(json);
        else
            cck_json_uint(json, t->tree.frames[i].parent);
    cck_json_array_end(json);
    begin_column(json, "frame");
    for (size_t i = 0; i < t->tree.count; i++)
        cck_json_uint(json, t->function_of[i]);
    cck_json_array_end(json);
    put_column(json, "category", t->tree.count, CELL_ZERO);
    put_column(json, "subcategory", t->tree.count, CELL_ZERO);
    cck_json_object_end(json);
}

static size_t count_samples(const tables *t)
{
    size_t count = 0;
    for (size_t i = 0; i < t->tree.count; i++)
        count += t->tree.frames[i].self > 0;
    return count;
}

static void write_samples(cck_json *json, const tables *t)
{
    size_t count = count_samples(t);
    begin_table(json, "samples", count);
    cck_json_put_string(json, "weightType", "samples");
    begin_column(json, "stack");
    for (size_t i = 0; i < t->tree.count; i++)
        if (t->tree.frames[i].self)
            cck_json_uint(json, i);
    cck_json_array_end(json);
    put_column(json, "time", count, CELL_INDEX);
    begin_column(json, "weight");
    for (size_t i = 0; i < t->tree.count; i++)
        if (t->tree.frames[i].self)
            cck_json_uint(json, t->tree.frames[i].self);
    cck_json_array_end(json);
    cck_json_object_end(json);
}

static void write_resources(cck_json *json, const tables *t)
{
    begin_table(json, "resourceTable", t->modules.count);
    put_column(json, "lib", t->modules.count, CELL_NULL);
    begin_column(json, "name");
    for (uint32_t i = 0; i < t->modules.count; i++)
        cck_json_uint(json, *(const uint32_t *)cck_intern_get(&t->modules, i));
    cck_json_array_end(json);
    put_column(json, "host", t->modules.count, CELL_NULL);
    put_column(json, "type", t->modules.count, CELL_ONE); /* a library */
    cck_json_object_end(json);
}

static void write_empty(cck_json *json, const char *key, const char *const *columns)
{
    begin_table(json, key, 0);
    for (; *columns; columns++)
        put_column(json, *columns, 0, CELL_NULL);
    cck_json_object_end(json);
}

static void write_texts(cck_json *json, const tables *t)
{
    cck_json_key(json, "stringArray");
    cck_json_array(json);
    for (uint32_t i = 0; i < t->texts.count; i++)
        cck_json_string(json, *(const char *const *)cck_intern_get(&t->texts, i));
    cck_json_array_end(json);
}

/* ---- the whole ---- */

static void write_about(cck_json *json, const cck_result *result, const tables *t,
                        size_t class_index)
{
    char pid[24], tid[24];
    snprintf(pid, sizeof pid, "%d", result->target.pid);
    snprintf(tid, sizeof tid, "%zu", class_index + 1);
    cck_json_put_string(json, "name", t->profile->classes[class_index].label);
    cck_json_put_bool(json, "isMainThread", class_index == t->profile->by);
    cck_json_put_string(json, "processType", "default");
    cck_json_put_string(json, "processName", result->target.argc ? result->target.argv[0] : "");
    cck_json_put_string(json, "pid", pid);
    cck_json_put_string(json, "tid", tid);
    cck_json_put_uint(json, "processStartupTime", 0);
    cck_json_put_string(json, "processShutdownTime", NULL);
    cck_json_put_uint(json, "registerTime", 0);
    cck_json_put_string(json, "unregisterTime", NULL);
    put_column(json, "pausedRanges", 0, CELL_NULL);
}

static void write_class(cck_json *json, const cck_result *result, size_t class_index)
{
    static const char *const symbols[] = {"address", "functionSize", "libIndex", "name", NULL};
    static const char *const markers[] = {"category",  "data",  "endTime", "name",
                                          "startTime", "phase", NULL};
    tables t = {.profile = result->profile,
                .texts = {.record_size = sizeof(const char *), .texts = true},
                .functions = {.record_size = sizeof(shown)},
                .modules = {.record_size = sizeof(uint32_t)}};
    if (!fill(&t, class_index))
        t.tree.count = 0;
    cck_json_object(json);
    write_about(json, result, &t, class_index);
    write_samples(json, &t);
    write_stacks(json, &t);
    write_frames(json, &t);
    write_functions(json, &t);
    write_resources(json, &t);
    write_empty(json, "nativeSymbols", symbols);
    write_empty(json, "markers", markers);
    write_texts(json, &t);
    cck_json_object_end(json);
    free(t.function_of);
    cck_intern_clear(&t.texts);
    cck_intern_clear(&t.functions);
    cck_intern_clear(&t.modules);
    cck_call_tree_clear(&t.tree);
}

static void write_categories(cck_json *json)
{
    cck_json_key(json, "categories");
    cck_json_array(json);
    cck_json_object(json);
    cck_json_put_string(json, "name", "Other");
    cck_json_put_string(json, "color", "grey");
    cck_json_key(json, "subcategories");
    cck_json_array(json);
    cck_json_string(json, "Other");
    cck_json_array_end(json);
    cck_json_object_end(json);
    cck_json_array_end(json);
}

static void write_meta(cck_json *json, const cck_result *result)
{
    static const char *const extensions[] = {"baseURL", "id", "name", NULL};
    cck_json_key(json, "meta");
    cck_json_object(json);
    cck_json_put_uint(json, "version", GECKO_VERSION);
    cck_json_put_uint(json, "preprocessedProfileVersion", VERSION);
    cck_json_put_uint(json, "interval", 1);
    cck_json_put_uint(json, "startTime", 0);
    cck_json_put_uint(json, "processType", 0);
    cck_json_put_uint(json, "stackwalk", 1);
    cck_json_put_bool(json, "debug", false);
    cck_json_put_bool(json, "symbolicated", true);
    cck_json_put_string(json, "product",
                        result->target.argc ? result->target.argv[0] : "cachecheck");
    cck_json_put_string(json, "importedFrom", "cachecheck");
    write_categories(json);
    put_column(json, "markerSchema", 0, CELL_NULL);
    write_empty(json, "extensions", extensions);
    cck_json_object_end(json);
}

void cck_firefox_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    const cck_profile *profile = result->profile;
    cck_json json;
    cck_json_begin(&json, out, !options->compact);
    cck_json_object(&json);
    write_meta(&json, result);
    put_column(&json, "libs", 0, CELL_NULL);
    cck_json_key(&json, "threads");
    cck_json_array(&json);
    write_class(&json, result, profile->by);
    for (size_t i = 0; i < profile->class_count; i++)
        if (i != profile->by && profile->total[i] > profile->unattributed[i])
            write_class(&json, result, i);
    cck_json_array_end(&json);
    cck_json_object_end(&json);
    cck_json_end(&json);
}
