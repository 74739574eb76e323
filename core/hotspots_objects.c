/* SPDX-License-Identifier: MIT */
/* What objects cost: heap blocks by the call path of their allocation, the rest by name. */
#include <string.h>

#include "core/fail.h"
#include "core/hotspots.h"

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

/* A variable only if the object is exactly that: the costs of a whole module's data are
 * not to be put on whichever variable lies first in it. */
static const char *global_name(const cck_stacks_order *order, const cck_object *object,
                               const char **out_type)
{
    const cck_module *module = module_of(order->observed, object->module);
    cck_variable variable;
    if (!module)
        return cck_arena_strdup(order->arena, "data");
    if (object->size && order->namer->global &&
        order->namer->global(order->namer->context, order->observed, object->module,
                             object->start, &variable) &&
        variable.start == object->start - module->bias && variable.size == object->size) {
        *out_type = variable.type && variable.type->name ? variable.type->name : "";
        return cck_arena_strdup(order->arena, variable.name);
    }
    const char *slash = strrchr(module->path, '/');
    return cck_arena_printf(order->arena, "data of %s", slash ? slash + 1 : module->path);
}

static const char *name_of(const cck_stacks_order *order, const cck_object *object,
                           const char **out_type)
{
    const cck_module *module = module_of(order->observed, object->module);
    switch (object->kind) {
    case CCK_OBJECT_GLOBAL:
        return global_name(order, object, out_type);
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

static int describe(cck_profile_object *to, const cck_stacks_order *order,
                    const cck_object *object, cck_error *err)
{
    const cck_module *module = module_of(order->observed, object->module);
    const char *type = "";
    *to = (cck_profile_object){
        .kind = object->kind < sizeof kinds / sizeof *kinds ? kinds[object->kind] : "unknown",
        .name = name_of(order, object, &type),
        .module = cck_arena_strdup(order->arena, module ? module->path : ""),
        .size = object->size,
        .instances = object->instances,
    };
    to->type = cck_arena_strdup(order->arena, type);
    if (!to->name || !to->module || !to->type)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (object->kind != CCK_OBJECT_HEAP)
        return 0;
    return cck_stacks_locations(order, object->path, &to->allocation, &to->allocation_count, err);
}

int cck_hotspots_objects(cck_profile *profile, const cck_stacks_order *order, cck_error *err)
{
    const cck_observed *observed = order->observed;
    if (order->thread) /* objects are not told apart by thread */
        return 0;
    cck_profile_object *objects =
        cck_arena_array(order->arena, observed->object_spot_count, sizeof *objects);
    if (!objects)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < observed->object_spot_count; i++) {
        const cck_object_spot *spot = &observed->object_spots[i];
        static const cck_object nothing = {.path = CCK_NONE, .thread = CCK_NONE,
                                           .module = CCK_NONE};
        const cck_object *object =
            spot->object < observed->object_count ? &observed->objects[spot->object] : &nothing;
        int code = describe(&objects[i], order, object, err);
        if (code < 0)
            return code;
        uint64_t *costs = cck_arena_array(order->arena, order->cost_count, sizeof *costs);
        if (!costs)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
        for (size_t j = 0; j < order->cost_count; j++)
            costs[j] = spot->costs[order->costs[j]];
        objects[i].costs = costs;
    }
    profile->objects = objects;
    profile->object_count = observed->object_spot_count;
    return 0;
}
