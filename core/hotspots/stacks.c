/* SPDX-License-Identifier: MIT */
/* From call paths of addresses to a tree of functions. An address stands for a function
 * and all that was inlined there, so that one frame of the machine is often several nodes. */
#include "core/hotspots/stacks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/intern.h"
#include "core/base/map.h"
#include "core/finding/code_name.h"

/* A frame as the tree has it. */
typedef struct placed_frame {
    uint32_t function;
    const char *file;
    uint32_t line;
    bool inlined;
} placed_frame;

typedef struct frame_list {
    size_t count;
    placed_frame *frames; /* innermost first; never empty */
} frame_list;

/* An address, and the function whose frame it is in: without symbols that is its name. */
typedef struct code_key {
    cck_code code, entry;
} code_key;

typedef struct function_key {
    const char *name, *module, *file;
    uint64_t offset;
    uint64_t named;
} function_key;

typedef struct node_key {
    const char *call_file;
    uint32_t parent, function, thread, call_line;
    uint64_t inlined;
} node_key;

typedef struct sample_key {
    const char *file;
    uint32_t node, line;
} sample_key;

typedef struct path_key {
    uint32_t path, thread;
} path_key;

typedef struct builder {
    const cck_stacks_order *order;
    cck_arena scratch;
    cck_intern texts, functions, nodes, samples, codes, paths;
    cck_map lists;    /* by number of the code */
    cck_map contexts; /* by number of the path: node + 1, as a pointer's bits */
    cck_map costs;    /* by number of the sample */
    bool failed;      /* memory was out */
} builder;

/* ---- names ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static const cck_module *module_of(const cck_observed *observed, cck_code code)
{
    const cck_module *module =
        code.module < observed->module_count ? &observed->modules[code.module] : NULL;
    return module && *module->path ? module : NULL;
}

/* "libfoo.so+0x1234": code without a symbol. NULL when memory is out. */
static const char *place_name(cck_arena *arena, const cck_observed *observed, cck_code code)
{
    const cck_module *module = module_of(observed, code);
    if (!module)
        return code.address ? cck_arena_printf(arena, "0x%" PRIx64, code.address)
                            : cck_arena_strdup(arena, "(unknown code)");
    return cck_arena_printf(arena, "%s+0x%" PRIx64, base_name(module->path),
                            code.address - module->bias);
}

/* Equal texts get one pointer, in the profile's arena. */
static const char *keep(builder *build, const char *text)
{
    const char *lasting = text ? text : "";
    uint32_t known = (uint32_t)build->texts.count;
    uint32_t number = cck_intern_put(&build->texts, &lasting);
    if (number == known) { /* new: its owner may go before us */
        char *copy = cck_arena_strdup(build->order->arena, lasting);
        if (copy)
            memcpy(build->texts.records + (size_t)number * sizeof copy, &copy, sizeof copy);
        else
            number = UINT32_MAX;
    }
    if (number == UINT32_MAX) {
        build->failed = true;
        return "";
    }
    const char *kept;
    memcpy(&kept, cck_intern_get(&build->texts, number), sizeof kept);
    return kept;
}

static uint32_t number_of(builder *build, cck_intern *set, const void *record)
{
    uint32_t number = cck_intern_put(set, record);
    if (number == UINT32_MAX)
        build->failed = true;
    return number;
}

static const char *module_path(builder *build, cck_code code)
{
    const cck_module *module = module_of(build->order->observed, code);
    return keep(build, module ? module->path : "");
}

/* Code without symbols is called by where its function begins. */
static uint32_t unnamed_function(builder *build, const code_key *key)
{
    const cck_observed *observed = build->order->observed;
    bool entry_known = key->entry.module == key->code.module && key->entry.address &&
                       key->entry.address <= key->code.address;
    cck_code place = entry_known ? key->entry : key->code;
    const cck_module *module = module_of(observed, place);
    const char *name = place_name(&build->scratch, observed, place);
    if (!name)
        build->failed = true;
    function_key function = {
        .name = keep(build, name),
        .module = module_path(build, place),
        .file = keep(build, ""),
        .offset = module ? place.address - module->bias : place.address,
    };
    return number_of(build, &build->functions, &function);
}

static void place_frame(builder *build, const code_key *key, const cck_frame *frame,
                        placed_frame *out)
{
    const char *name = *frame->function ? frame->function : frame->linkage;
    function_key function = {
        .name = keep(build, name),
        .module = module_path(build, key->code),
        .file = keep(build, frame->file),
        .named = true,
    };
    *out = (placed_frame){
        .function =
            *name ? number_of(build, &build->functions, &function) : unnamed_function(build, key),
        .file = function.file,
        .line = *frame->file ? frame->line : 0,
        .inlined = frame->inlined,
    };
}

static const frame_list *frames_of(builder *build, cck_code code, cck_code entry)
{
    code_key key;
    memset(&key, 0, sizeof key);
    key.code.module = code.module;
    key.code.address = code.address;
    key.entry.module = entry.module;
    key.entry.address = entry.address;
    uint32_t number = number_of(build, &build->codes, &key);
    frame_list *list = build->failed ? NULL : cck_map_get(&build->lists, number);
    if (list || build->failed)
        return list;
    const cck_frame *frames = NULL;
    const cck_namer *namer = build->order->namer;
    size_t count = namer->frames(namer->context, build->order->observed, code, &frames);
    list = cck_arena_alloc(&build->scratch, sizeof *list);
    placed_frame *placed = cck_arena_array(&build->scratch, count ? count : 1, sizeof *placed);
    if (!list || !placed || !cck_map_put(&build->lists, number, list)) {
        build->failed = true;
        return NULL;
    }
    *list = (frame_list){count ? count : 1, placed};
    for (size_t i = 0; i < count; i++)
        place_frame(build, &key, &frames[i], &placed[i]);
    if (!count)
        placed[0] = (placed_frame){unnamed_function(build, &key), keep(build, ""), 0, false};
    placed[list->count - 1].inlined = false; /* what nothing holds */
    return build->failed ? NULL : list;
}

/* ---- the tree ---- */

/* Put the frames of one address below `parent`, which calls them from `call`. */
static uint32_t push(builder *build, uint32_t parent, const placed_frame *call,
                     const frame_list *list, uint32_t thread)
{
    for (size_t i = list->count; i-- > 0 && !build->failed;) {
        node_key key;
        memset(&key, 0, sizeof key);
        key.parent = parent;
        key.function = list->frames[i].function;
        key.thread = thread;
        key.call_file = call ? call->file : keep(build, "");
        key.call_line = call ? call->line : 0;
        key.inlined = list->frames[i].inlined;
        parent = number_of(build, &build->nodes, &key);
        call = &list->frames[i];
    }
    return parent;
}

static const cck_path *path_at(const cck_observed *observed, uint32_t path)
{
    return path < observed->path_count ? &observed->paths[path] : NULL;
}

static cck_code entry_of(const cck_observed *observed, uint32_t path)
{
    const cck_path *at = path_at(observed, path);
    return at ? at->entry : (cck_code){CCK_NONE, 0};
}

/* Where the function of `path` was called from; NULL: from nowhere that is known. */
static const frame_list *caller_of(builder *build, uint32_t path)
{
    const cck_path *at = path_at(build->order->observed, path);
    if (!at || (at->call.module == CCK_NONE && !at->call.address))
        return NULL;
    return frames_of(build, at->call, entry_of(build->order->observed, at->parent));
}

static uint32_t path_number(builder *build, uint32_t path, uint32_t thread)
{
    path_key key = {path, thread};
    return number_of(build, &build->paths, &key);
}

static uint32_t known_context(builder *build, uint32_t path, uint32_t thread)
{
    uint32_t number = path_number(build, path, thread);
    return build->failed ? 0 : (uint32_t)(uintptr_t)cck_map_get(&build->contexts, number);
}

/* The node that calls the function of `path`, CCK_NONE: none. The callers are taken from the
 * outermost on, so that a recursion a million deep needs no stack of ours. */
static uint32_t context_of(builder *build, uint32_t path, uint32_t thread)
{
    const cck_observed *observed = build->order->observed;
    size_t depth = 0;
    uint32_t *chain = NULL, node = CCK_NONE;
    size_t capacity = 0;
    for (uint32_t at = path; path_at(observed, at) && depth < observed->path_count;) {
        uint32_t known = known_context(build, at, thread);
        if (known || build->failed) {
            node = known - 1;
            break;
        }
        if (depth == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            uint32_t *grown = realloc(chain, capacity * sizeof *grown);
            if (!grown) {
                build->failed = true;
                break;
            }
            chain = grown;
        }
        chain[depth++] = at;
        at = path_at(observed, at)->parent;
    }
    while (depth-- > 0 && !build->failed) {
        const frame_list *list = caller_of(build, chain[depth]);
        uint32_t outer = path_at(observed, chain[depth])->parent;
        const frame_list *before = path_at(observed, outer) ? caller_of(build, outer) : NULL;
        if (list)
            node = push(build, node, node == CCK_NONE || !before ? NULL : &before->frames[0], list,
                        thread);
        uint32_t number = path_number(build, chain[depth], thread);
        if (node != CCK_NONE && !build->failed &&
            !cck_map_put(&build->contexts, number, (void *)(uintptr_t)((uint64_t)node + 1)))
            build->failed = true;
    }
    free(chain);
    return node;
}

bool cck_stacks_wants(const cck_stacks_order *order, uint32_t thread)
{
    char number[16];
    if (!order->thread)
        return true;
    if (thread >= order->observed->thread_count)
        return false;
    const cck_observed_thread *who = &order->observed->threads[thread];
    snprintf(number, sizeof number, "%d", who->tid);
    return strcmp(order->thread, number) == 0 || strcmp(order->thread, who->name) == 0;
}

static void add_spot(builder *build, const cck_spot *spot)
{
    const cck_stacks_order *order = build->order;
    uint32_t thread = order->per_thread ? spot->thread : CCK_NONE;
    const frame_list *list = frames_of(build, spot->code, entry_of(order->observed, spot->path));
    const frame_list *caller = caller_of(build, spot->path);
    uint32_t context = context_of(build, spot->path, thread);
    if (build->failed)
        return;
    uint32_t node = push(build, context, caller ? &caller->frames[0] : NULL, list, thread);
    sample_key key;
    memset(&key, 0, sizeof key);
    key.node = node;
    key.file = list->frames[0].file;
    key.line = list->frames[0].line;
    uint32_t number = number_of(build, &build->samples, &key);
    if (build->failed)
        return;
    uint64_t *costs = cck_map_get(&build->costs, number);
    if (!costs) {
        costs = cck_arena_array(order->arena, order->cost_count, sizeof *costs);
        if (!costs || !cck_map_put(&build->costs, number, costs)) {
            build->failed = true;
            return;
        }
    }
    for (size_t i = 0; i < order->cost_count; i++)
        costs[i] += spot->costs[order->costs[i]];
}

/* ---- handing over ---- */

static bool hand_over(builder *build, cck_profile *profile)
{
    cck_arena *arena = build->order->arena;
    profile->function_count = build->functions.count;
    profile->node_count = build->nodes.count;
    profile->sample_count = build->samples.count;
    profile->functions =
        cck_arena_array(arena, profile->function_count, sizeof *profile->functions);
    profile->nodes = cck_arena_array(arena, profile->node_count, sizeof *profile->nodes);
    profile->samples = cck_arena_array(arena, profile->sample_count, sizeof *profile->samples);
    if (!profile->functions || !profile->nodes || !profile->samples)
        return false;
    for (uint32_t i = 0; i < profile->function_count; i++) {
        const function_key *key = cck_intern_get(&build->functions, i);
        profile->functions[i] = (cck_profile_function){.name = key->name,
                                                       .module = key->module,
                                                       .offset = key->offset,
                                                       .file = key->file,
                                                       .named = key->named != 0};
    }
    for (uint32_t i = 0; i < profile->node_count; i++) {
        const node_key *key = cck_intern_get(&build->nodes, i);
        profile->nodes[i] = (cck_profile_node){key->parent,    key->function,  key->thread,
                                               key->call_file, key->call_line, key->inlined != 0};
    }
    for (uint32_t i = 0; i < profile->sample_count; i++) {
        const sample_key *key = cck_intern_get(&build->samples, i);
        profile->samples[i] =
            (cck_profile_sample){key->node, key->file, key->line, cck_map_get(&build->costs, i)};
    }
    return true;
}

static void clear(builder *build)
{
    cck_arena_clear(&build->scratch);
    cck_intern *const sets[] = {&build->texts,   &build->functions, &build->nodes,
                                &build->samples, &build->codes,     &build->paths};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        cck_intern_clear(sets[i]);
    cck_map_clear(&build->lists);
    cck_map_clear(&build->contexts);
    cck_map_clear(&build->costs);
}

static void begin(builder *build, const cck_stacks_order *order)
{
    *build = (builder){
        .order = order,
        .texts = {.record_size = sizeof(const char *), .texts = true},
        .functions = {.record_size = sizeof(function_key)},
        .nodes = {.record_size = sizeof(node_key)},
        .samples = {.record_size = sizeof(sample_key)},
        .codes = {.record_size = sizeof(code_key)},
        .paths = {.record_size = sizeof(path_key)},
    };
}

int cck_stacks_build(cck_profile *profile, const cck_stacks_order *order, cck_error *err)
{
    builder build;
    begin(&build, order);
    for (size_t i = 0; i < order->observed->spot_count && !build.failed; i++)
        if (cck_stacks_wants(order, order->observed->spots[i].thread))
            add_spot(&build, &order->observed->spots[i]);
    bool done = !build.failed && hand_over(&build, profile);
    clear(&build);
    return done ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

int cck_stacks_locations(const cck_stacks_order *order, uint32_t path,
                         const cck_location **out_locations, size_t *out_count, cck_error *err)
{
    enum { MOST = 64 }; /* frames of an allocation that anybody reads */
    builder build;
    begin(&build, order);
    cck_location *locations = cck_arena_array(order->arena, MOST, sizeof *locations);
    size_t count = 0;
    for (size_t steps = 0; locations && steps < MOST && count < MOST && !build.failed; steps++) {
        const cck_path *at = path_at(order->observed, path);
        const frame_list *list = at ? caller_of(&build, path) : NULL;
        if (!list)
            break;
        for (size_t i = 0; i < list->count && count < MOST; i++) {
            const function_key *function =
                cck_intern_get(&build.functions, list->frames[i].function);
            const cck_module *module = module_of(order->observed, at->call);
            if (!count && cck_code_is_allocator(function->name))
                continue; /* malloc() itself, and who wraps it */
            locations[count] = (cck_location){
                .file = list->frames[i].file,
                .line = list->frames[i].line,
                .function = function->name,
                .module = function->module,
                .offset = module ? at->call.address - module->bias : at->call.address,
                .role = count ? "called" : "allocated",
            };
            count++;
        }
        path = at->parent;
    }
    bool failed = build.failed || !locations;
    clear(&build);
    if (failed)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *out_locations = locations;
    *out_count = count;
    return 0;
}
