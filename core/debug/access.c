/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/debug/access_function.h"

static const cck_access *find(const cck_accessed_function *function, uint64_t address)
{
    size_t low = 0, high = function->access_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (function->accesses[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    bool there = low < function->access_count && function->accesses[low].address == address;
    return there ? &function->accesses[low] : NULL;
}

bool cck_debug_access(cck_debug_module *module, uint64_t address, const cck_type **out_type,
                      int64_t *out_offset, cck_variable *out_base)
{
    const cck_accessed_function *function = cck_accessed_function_at(module, address);
    const cck_access *access = function ? find(function, address) : NULL;
    if (!access)
        return false;
    if (out_type)
        *out_type = access->value.type;
    if (out_offset)
        *out_offset = access->value.offset;
    if (out_base)
        *out_base = access->base;
    return true;
}

bool cck_debug_allocated(cck_debug_module *module, uint64_t address, const cck_type **out_type)
{
    const cck_accessed_function *function = cck_accessed_function_at(module, address);
    for (size_t i = 0; function && i < function->made_count; i++) {
        const cck_type *type = function->made[i].type;
        if (address < function->made[i].address || address >= function->made[i].end)
            continue;
        if (!type || type->kind == CCK_TYPE_BASE)
            return false;
        *out_type = type;
        return true;
    }
    return false;
}
