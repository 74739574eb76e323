/* SPDX-License-Identifier: MIT */
#include "hierarchy.h"

bool cck_hierarchy_init(cck_hierarchy *hierarchy, const cck_geometry *geometry,
                        cck_model_alloc *alloc, void *context)
{
    *hierarchy = (cck_hierarchy){.geometry = *geometry, .alloc = alloc, .context = context};
    hierarchy->cores = alloc(context, geometry->cores * sizeof *hierarchy->cores);
    return hierarchy->cores && cck_lru_init(&hierarchy->ll, &geometry->ll, alloc, context);
}

cck_core *cck_hierarchy_core(cck_hierarchy *hierarchy, uint32_t number)
{
    cck_core *core = &hierarchy->cores[number];
    const cck_geometry *geometry = &hierarchy->geometry;
    if (core->awake)
        return core;
    if (!cck_lru_init(&core->i1, &geometry->i1, hierarchy->alloc, hierarchy->context) ||
        !cck_lru_init(&core->d1, &geometry->d1, hierarchy->alloc, hierarchy->context))
        return NULL;
    if (geometry->l2.size &&
        !cck_lru_init(&core->l2, &geometry->l2, hierarchy->alloc, hierarchy->context))
        return NULL;
    core->awake = true;
    return core;
}
