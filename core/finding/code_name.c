/* SPDX-License-Identifier: MIT */
#include "core/finding/code_name.h"

#include <string.h>

#include "core/base/fail.h"
#include "core/base/utf8.h"
#include "core/finding/code_name_table.h"
#include "core/result/result.h"

enum {
    LIBRARY_MOST = 16,   /* calls between a library's code and the user's */
    PATH_MOST = 256      /* nodes walked of a call path: recursion may be deep */
};

int cck_code_names_init(cck_code_names *names, const cck_observed *observed, cck_debug *debug,
                        cck_arena *arena, cck_error *err)
{
    *names = (cck_code_names){.observed = observed, .debug = debug, .arena = arena};
    names->modules = cck_arena_array(arena, observed->module_count, sizeof *names->modules);
    names->tried = cck_arena_array(arena, observed->module_count, sizeof *names->tried);
    names->why_not = cck_arena_array(arena, observed->module_count, sizeof *names->why_not);
    return names->modules && names->tried && names->why_not
               ? 0
               : cck_fail(err, CCK_ENOMEM, "out of memory");
}

const char *cck_code_keep(cck_code_names *names, const char *text)
{
    const char *copy = cck_utf8_clean(names->arena, text ? text : "");
    if (!copy)
        names->failed = true;
    return copy ? copy : "";
}

cck_debug_module *cck_code_module(cck_code_names *names, uint32_t module)
{
    if (module >= names->observed->module_count || !names->debug)
        return NULL;
    if (!names->tried[module]) {
        const cck_module *file = &names->observed->modules[module];
        names->tried[module] = true;
        cck_error reason = {0};
        if (file->unread) /* what lies where in it is not known: any name would be a guess */
            return NULL;
        if (cck_debug_open(names->debug, file->path, file->build_id, &names->modules[module],
                           &reason) < 0) {
            names->modules[module] = NULL;
            names->why_not[module] = cck_code_keep(names, reason.message);
        } else if (*cck_debug_info_of(names->modules[module])->missing) {
            names->why_not[module] =
                cck_code_keep(names, cck_debug_info_of(names->modules[module])->missing);
        }
    }
    return names->modules[module];
}

uint64_t cck_code_offset(const cck_code_names *names, uint32_t module, uint64_t address)
{
    return module < names->observed->module_count ? address - names->observed->modules[module].bias
                                                  : address;
}

static bool is_first_of_path(const cck_observed *observed, size_t module)
{
    for (size_t i = 0; i < module; i++)
        if (observed->modules[i].unread &&
            strcmp(observed->modules[i].path, observed->modules[module].path) == 0)
            return false;
    return true;
}

bool cck_code_note_unread(const cck_observed *observed, cck_result *result)
{
    for (size_t i = 0; i < observed->module_count; i++) {
        if (!observed->modules[i].unread || !is_first_of_path(observed, i))
            continue;
        const char *text =
            cck_arena_printf(result->arena,
                             "%s could not be read when it was mapped (a damaged file, or an error "
                             "of the disk): what lies in it is told without names",
                             observed->modules[i].path);
        if (!text || !cck_result_note(result, text))
            return false;
    }
    return true;
}

/* ---- whose code ---- */

static bool begins_with_any(const char *text, const char *const *beginnings)
{
    for (; *beginnings; beginnings++)
        if (strncmp(text, *beginnings, strlen(*beginnings)) == 0)
            return true;
    return false;
}

bool cck_code_is_allocator(const char *function)
{
    return begins_with_any(function, cck_allocator_functions);
}

static bool has_any(const char *text, const char *const *parts)
{
    for (; *parts; parts++)
        if (strstr(text, *parts))
            return true;
    return false;
}

bool cck_code_is_library(const char *function, const char *file)
{
    return begins_with_any(function, cck_library_functions) || has_any(file, cck_library_files);
}

/* ---- frames ---- */

static cck_location bare(cck_code_names *names, cck_code code, const char *role)
{
    cck_location location = {.file = "", .function = "", .module = "", .role = role};
    location.offset = cck_code_offset(names, code.module, code.address);
    if (code.module < names->observed->module_count)
        location.module = cck_code_keep(names, names->observed->modules[code.module].path);
    return location;
}

static void place(cck_code_names *names, cck_location *location, const cck_frame *frame)
{
    location->file = cck_code_keep(names, frame->file);
    location->line = frame->line;
    location->function = cck_code_keep(names, frame->function);
}

/* "std::sync::Mutex<T>::lock" to "lock", "f<a::b>" to "f<a::b>". */
static const char *last_name(const char *function)
{
    const char *last = function;
    int depth = 0;
    for (const char *at = function; *at; at++) {
        depth += (*at == '<') - (*at == '>' && at != function && at[-1] != '-');
        if (depth == 0 && *at == ':' && at[1] == ':')
            last = at + 2;
    }
    return last;
}

/* "fetch_add inlined into work": which line it is, the user's own frame says. */
static void place_own(cck_code_names *names, cck_location *location, const cck_frame *frames,
                      size_t count)
{
    size_t own = 0;
    while (own < count && cck_code_is_library(frames[own].function, frames[own].file))
        own++;
    if (own == count) {
        place(names, location, &frames[0]);
        return;
    }
    const char *inner = own ? frames[own - 1].function : "";
    place(names, location, &frames[own]);
    if (!*inner)
        return;
    const char *function =
        cck_arena_printf(names->arena, "%s inlined into %s", cck_code_keep(names, last_name(inner)),
                         location->function);
    if (function)
        location->function = function;
    else
        names->failed = true;
}

cck_location cck_code_location(cck_code_names *names, cck_code code, const char *role)
{
    cck_location location = bare(names, code, role);
    cck_debug_module *module = cck_code_module(names, code.module);
    const cck_frame *frames;
    size_t count = module ? cck_debug_frames(module, location.offset, &frames) : 0;
    if (count)
        place_own(names, &location, frames, count);
    return location;
}

static bool is_library(const cck_location *location)
{
    return cck_code_is_library(location->function, location->file) ||
           has_any(location->module, cck_library_modules);
}

/* Not the one that was inlined into it: pthread_mutex_lock is what a user called. */
static const char *whole_function(cck_code_names *names, cck_code code, const char *otherwise)
{
    cck_debug_module *module = cck_code_module(names, code.module);
    const cck_frame *frames;
    uint64_t offset = cck_code_offset(names, code.module, code.address);
    size_t count = module ? cck_debug_frames(module, offset, &frames) : 0;
    return count ? cck_code_keep(names, frames[count - 1].function) : otherwise;
}

cck_location cck_code_users(cck_code_names *names, cck_code code, uint32_t path, const char *role)
{
    const cck_observed *observed = names->observed;
    cck_location inner = cck_code_location(names, code, role), outer = inner;
    if (!is_library(&inner))
        return inner;
    const char *called = whole_function(names, code, inner.function);
    for (int depth = 0; is_library(&outer); depth++) {
        if (path >= observed->path_count || depth == LIBRARY_MOST || !*outer.function)
            return inner; /* the library's own thread, or nobody knows */
        cck_code call = observed->paths[path].call;
        if (depth)
            called = whole_function(names, code, outer.function);
        outer = cck_code_location(names, call, role);
        path = observed->paths[path].parent;
        code = call;
    }
    if (!*outer.function)
        return inner;
    const char *function =
        cck_arena_printf(names->arena, "%s called by %s",
                         last_name(called) + strspn(last_name(called), "_"), outer.function);
    names->failed |= !function;
    outer.function = function ? function : outer.function;
    return outer;
}

/* ---- call paths ---- */

typedef struct path_walk {
    cck_location *locations;
    cck_code *calls;
    size_t count, most;
    bool outside; /* of the allocator */
    const char *role;
} path_walk;

static void add_frame(path_walk *walk, cck_location location, cck_code call)
{
    if (walk->count == walk->most)
        return;
    if (walk->calls)
        walk->calls[walk->count] = call;
    walk->locations[walk->count++] = location;
    walk->role = "called";
}

/* The frames of one call: more than one where functions were inlined. */
static void walk_call(cck_code_names *names, path_walk *walk, cck_code call)
{
    cck_location location = bare(names, call, walk->role);
    if (!walk->outside && has_any(location.module, cck_allocator_modules))
        return;
    cck_debug_module *module = cck_code_module(names, call.module);
    const cck_frame *frames;
    size_t count = module ? cck_debug_frames(module, location.offset, &frames) : 0;
    if (!count) { /* nothing says that it is the allocator's */
        walk->outside = true;
        add_frame(walk, location, call);
    }
    for (size_t i = 0; i < count; i++) {
        if (!walk->outside && cck_code_is_allocator(frames[i].function))
            continue;
        walk->outside = true;
        location = bare(names, call, walk->role);
        place(names, &location, &frames[i]);
        add_frame(walk, location, call);
    }
}

const cck_location *cck_code_path(cck_code_names *names, uint32_t path, size_t most,
                                  const char *role, size_t *out_count, cck_code *out_calls)
{
    const cck_observed *observed = names->observed;
    path_walk walk = {.most = most, .calls = out_calls, .role = role};
    walk.locations = cck_arena_array(names->arena, most, sizeof *walk.locations);
    if (!walk.locations)
        names->failed = true;
    for (int depth = 0;
         walk.locations && path < observed->path_count && depth < PATH_MOST && walk.count < most;
         depth++) {
        const cck_path *node = &observed->paths[path];
        if (node->call.address)
            walk_call(names, &walk, node->call);
        path = node->parent;
    }
    *out_count = walk.count;
    return walk.locations;
}
