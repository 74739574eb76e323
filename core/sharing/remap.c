/* SPDX-License-Identifier: MIT */
#include "core/sharing/remap.h"

#include <stdlib.h>
#include <string.h>

/* Regions of different rules start in different sets of a cache, as objects elsewhere do. */
enum { STAGGER = 320 };

static uint64_t up(uint64_t size, uint64_t align)
{
    return align ? (size + align - 1) / align * align : size;
}

/* ---- names that last ---- */

/* FNV-1a, over bytes that do not depend on where a module was loaded. */
static uint64_t hash_bytes(uint64_t sum, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ byte[i]) * 0x100000001b3u;
    return sum;
}

uint64_t cck_remap_path(uint64_t parent, const char *call_module, uint64_t call_offset,
                        const char *entry_module, uint64_t entry_offset)
{
    uint64_t sum = hash_bytes(0xcbf29ce484222325u, &parent, sizeof parent);
    sum = hash_bytes(sum, call_module, strlen(call_module) + 1);
    sum = hash_bytes(sum, &call_offset, sizeof call_offset);
    sum = hash_bytes(sum, entry_module, strlen(entry_module) + 1);
    sum = hash_bytes(sum, &entry_offset, sizeof entry_offset);
    return sum ? sum : 1;
}

static const char *module_path(const cck_observed *observed, const cck_code *code,
                               uint64_t *out_offset)
{
    *out_offset = code->address;
    if (code->module >= observed->module_count)
        return "";
    *out_offset -= observed->modules[code->module].bias;
    return observed->modules[code->module].path;
}

uint64_t *cck_remap_paths(const cck_observed *observed)
{
    uint64_t *hashes = calloc(observed->path_count + 1, sizeof *hashes);
    for (size_t i = 0; hashes && i < observed->path_count; i++) {
        const cck_path *path = &observed->paths[i];
        uint64_t call, entry;
        const char *caller = module_path(observed, &path->call, &call);
        const char *called = module_path(observed, &path->entry, &entry);
        /* A caller's path comes before those that it leads to. */
        uint64_t parent = path->parent < i ? hashes[path->parent] : 0;
        hashes[i] = cck_remap_path(parent, caller, call, called, entry);
    }
    return hashes;
}

static bool is_heap(const cck_remap_rule *rule, const cck_observed *observed, const uint64_t *paths,
                    const cck_object *object)
{
    if (rule->kind != CCK_OBJECT_HEAP || object->kind != CCK_OBJECT_HEAP ||
        object->size != rule->size)
        return false;
    return !rule->path ||
           (object->path < observed->path_count && paths[object->path] == rule->path);
}

static bool is_global(const cck_remap_rule *rule, const cck_observed *observed,
                      const cck_object *object, uint64_t address, uint64_t *out_start)
{
    if (rule->kind != CCK_OBJECT_GLOBAL || object->kind != CCK_OBJECT_GLOBAL ||
        object->module >= observed->module_count)
        return false;
    const cck_module *module = &observed->modules[object->module];
    *out_start = module->bias + rule->address;
    return address - *out_start < rule->size && strcmp(module->path, rule->module) == 0;
}

size_t cck_remap_find(const cck_remap_rules *rules, const cck_observed *observed,
                      const uint64_t *paths, const cck_object *object, uint64_t address,
                      uint64_t *out_start)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (is_heap(&rules->list[i], observed, paths, object) &&
            address - object->start < object->size) {
            *out_start = object->start;
            return i;
        }
        if (is_global(&rules->list[i], observed, object, address, out_start))
            return i;
    }
    return SIZE_MAX;
}

/* ---- where to ---- */

static uint64_t align_of(const cck_remap_rule *rule)
{
    return rule->layout.new_align > 16 ? rule->layout.new_align : 16; /* as malloc() does */
}

uint64_t cck_remap_offset(const cck_remap_rule *rule, uint64_t offset)
{
    if (offset < rule->first)
        return offset;
    return up(rule->first, rule->layout.new_align) +
           cck_relayout_offset(&rule->layout, rule->element, offset - rule->first);
}

uint64_t cck_remap_room(const cck_remap_rule *rule)
{
    uint64_t rest = rule->size > rule->first ? rule->size - rule->first : 0;
    uint64_t elements = rule->element ? (rest + rule->element - 1) / rule->element : 1;
    uint64_t bytes = up(rule->first, rule->layout.new_align) + elements * rule->layout.new_size;
    return up(bytes ? bytes : 1, align_of(rule));
}

uint64_t cck_remap_base(const cck_remap_rule *rules, size_t rule)
{
    return (UINT64_C(1) << CCK_REMAP_BASE_BITS) + ((uint64_t)rule << CCK_REMAP_SPACE_BITS) +
           up((uint64_t)rule * STAGGER, align_of(&rules[rule]));
}

size_t cck_remap_rule_at(uint64_t address)
{
    uint64_t base = UINT64_C(1) << CCK_REMAP_BASE_BITS;
    uint64_t rule = (address - base) >> CCK_REMAP_SPACE_BITS;
    return address >= base && rule < CCK_REMAP_RULES_MOST ? (size_t)rule : SIZE_MAX;
}
