/* SPDX-License-Identifier: MIT */
#include "hierarchy.h"

static bool make(const cck_hierarchy *hierarchy, cck_lru *lru, const cck_shape *shape)
{
    return cck_lru_init(lru, shape, hierarchy->geometry.address_bits, hierarchy->alloc,
                        hierarchy->context);
}

bool cck_hierarchy_init(cck_hierarchy *hierarchy, const cck_geometry *geometry,
                        cck_model_alloc *alloc, void *context)
{
    *hierarchy = (cck_hierarchy){.geometry = *geometry, .alloc = alloc, .context = context};
    hierarchy->cores = alloc(context, geometry->cores * sizeof *hierarchy->cores);
    return hierarchy->cores && make(hierarchy, &hierarchy->ll, &geometry->ll);
}

cck_core *cck_hierarchy_core(cck_hierarchy *hierarchy, uint32_t number)
{
    cck_core *core = &hierarchy->cores[number];
    const cck_geometry *geometry = &hierarchy->geometry;
    if (core->awake)
        return core;
    if (!make(hierarchy, &core->i1, &geometry->i1) || !make(hierarchy, &core->d1, &geometry->d1))
        return NULL;
    if (geometry->l2.size && !make(hierarchy, &core->l2, &geometry->l2))
        return NULL;
    core->awake = true;
    return core;
}
