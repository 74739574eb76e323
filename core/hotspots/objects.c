/* SPDX-License-Identifier: MIT */
/* What objects cost: heap blocks by the call path of their allocation, the rest by name. */
#include <stdio.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/intern.h"
#include "core/hotspots/hotspots.h"

static const char *const kinds[] = {
    [CCK_OBJECT_UNKNOWN] = "unknown", [CCK_OBJECT_HEAP] = "heap", [CCK_OBJECT_GLOBAL] = "global",
    [CCK_OBJECT_STACK] = "stack",     [CCK_OBJECT_TLS] = "tls",   [CCK_OBJECT_MAPPING] = "mapping",
};

static const cck_module *module_of(const cck_observed *observed, uint32_t module)
{
    return module < observed->module_count ? &observed->modules[module] : NULL;
}

static const char *thread_name(const cck_stacks_order *order, uint32_t thread, const char *what)
{
    if (thread >= order->observed->thread_count)
        return cck_arena_printf(order->arena, "%s of a thread", what);
    const cck_observed_thread *who = &order->observed->threads[thread];
    return cck_arena_printf(order->arena, "%s of %s (%d)", what, who->name, who->tid);
}

/* Globals come by lines. All variables that lie on one are named: which of them was
 * used is not known, and the costs of all are not to be put on the first. */
static const char *global_name(const cck_stacks_order *order, const cck_object *object,
                               const char **out_type, uint64_t *out_size)
{
    enum { STEP = 8, NAMES = 4 };
    const cck_observed *observed = order->observed;
    const cck_module *module = module_of(observed, object->module);
    char text[512] = "";
    const char *last = NULL;
    size_t count = 0, used = 0;
    if (!module)
        return cck_arena_strdup(order->arena, "data");
    for (uint64_t at = 0; order->namer->global && at < observed->line_size; at += STEP) {
        cck_variable variable;
        if (!order->namer->global(order->namer->context, observed, object->module,
                                  object->start + at, &variable) ||
            !*variable.name || (last && strcmp(last, variable.name) == 0))
            continue;
        last = cck_arena_strdup(order->arena, variable.name);
        if (!last)
            return NULL;
        *out_type = count == 0 && variable.type ? variable.type->name : "";
        *out_size = count++ == 0 ? variable.size : 0;
        if (count <= NAMES && used < sizeof text)
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? ", " : "", last);
    }
    if (count > NAMES && used < sizeof text)
        snprintf(text + used, sizeof text - used, " and %zu more", count - NAMES);
    const char *slash = strrchr(module->path, '/');
    return count ? cck_arena_strdup(order->arena, text)
                 : cck_arena_printf(order->arena, "data of %s", slash ? slash + 1 : module->path);
}

static const char *name_of(const cck_stacks_order *order, const cck_object *object,
                           const char **out_type, uint64_t *out_size)
{
    const cck_module *module = module_of(order->observed, object->module);
    switch (object->kind) {
    case CCK_OBJECT_GLOBAL:
        return global_name(order, object, out_type, out_size);
    case CCK_OBJECT_STACK:
        return thread_name(order, object->thread, "stack");
    case CCK_OBJECT_TLS:
        return thread_name(order, object->thread, "tls");
    case CCK_OBJECT_MAPPING:
        return cck_arena_strdup(order->arena,
                                module && *module->path ? module->path : "anonymous memory");
    case CCK_OBJECT_HEAP:
    case CCK_OBJECT_UNKNOWN:
        break;
    }
    return "";
}

static int describe(cck_profile_object *to, const cck_stacks_order *order, const cck_object *object,
                    const char *name, const char *type, cck_error *err)
{
    const cck_module *module = module_of(order->observed, object->module);
    const cck_type *made = object->kind == CCK_OBJECT_HEAP && order->namer->allocated
                               ? order->namer->allocated(order->namer->context, object->path)
                               : NULL;
    *to = (cck_profile_object){
        .kind = object->kind < sizeof kinds / sizeof *kinds ? kinds[object->kind] : "unknown",
        .name = name,
        .type = cck_arena_strdup(order->arena, made ? cck_type_label(made) : type),
        .module = cck_arena_strdup(order->arena, module ? module->path : ""),
        .instances = object->instances,
        .costs = cck_arena_array(order->arena, order->cost_count, sizeof *to->costs),
    };
    if (!to->type || !to->module || !to->costs)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (object->kind != CCK_OBJECT_HEAP)
        return 0;
    return cck_stacks_locations(order, object->path, &to->allocation, &to->allocation_count, err);
}

/* Objects that are told of as one. */
typedef struct object_key {
    uint32_t name, kind, path, module;
} object_key;

typedef struct object_sums {
    cck_profile *profile;
    const cck_stacks_order *order;
    cck_intern names, keys;
} object_sums;

static int add(object_sums *sums, const cck_object_spot *spot, cck_error *err)
{
    static const cck_object nothing = {.path = CCK_NONE, .thread = CCK_NONE, .module = CCK_NONE};
    const cck_stacks_order *order = sums->order;
    const cck_observed *observed = order->observed;
    const cck_object *object =
        spot->object < observed->object_count ? &observed->objects[spot->object] : &nothing;
    uint64_t size = object->size;
    const char *type = "", *name = name_of(order, object, &type, &size);
    if (!name)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    const object_key key = {cck_intern_put(&sums->names, &name), object->kind, object->path,
                            object->module};
    uint32_t number = cck_intern_put(&sums->keys, &key);
    if (key.name == UINT32_MAX || number == UINT32_MAX)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_profile_object *to = &sums->profile->objects[number];
    if (number == sums->profile->object_count) {
        int code = describe(to, order, object, name, type, err);
        if (code < 0)
            return code;
        to->size = size;
        sums->profile->object_count++;
    } else if (to->size != size) {
        to->size = 0; /* several */
    }
    uint64_t *costs = (uint64_t *)(uintptr_t)to->costs; /* made by describe() */
    for (size_t i = 0; i < order->cost_count; i++)
        costs[i] += spot->costs[order->costs[i]];
    return 0;
}

int cck_hotspots_objects(cck_profile *profile, const cck_stacks_order *order, cck_error *err)
{
    const cck_observed *observed = order->observed;
    object_sums sums = {
        .profile = profile,
        .order = order,
        .names = {.record_size = sizeof(const char *), .texts = true},
        .keys = {.record_size = sizeof(object_key)},
    };
    if (order->thread) /* objects are not told apart by thread */
        return 0;
    profile->objects =
        cck_arena_array(order->arena, observed->object_spot_count, sizeof *profile->objects);
    int code = profile->objects ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; code == 0 && i < observed->object_spot_count; i++)
        code = add(&sums, &observed->object_spots[i], err);
    cck_intern_clear(&sums.names);
    cck_intern_clear(&sums.keys);
    return code;
}
