/* SPDX-License-Identifier: MIT */
#include "core/finding/object_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/finding/object_hint.h"
#include "core/finding/object_type.h"

int cck_object_names_init(cck_object_names *names, const cck_observed *observed, cck_debug *debug,
                          const char *const *hints, cck_arena *arena, cck_error *err)
{
    *names = (cck_object_names){.hints = hints};
    return cck_code_names_init(&names->code, observed, debug, arena, err);
}

void cck_object_names_clear(cck_object_names *names)
{
    cck_map_clear(&names->elected);
}

/* ---- places by kind ---- */

static void take_variable(cck_object_names *names, cck_place *place, const cck_variable *variable,
                          uint64_t start)
{
    place->start = start;
    place->size = variable->size ? variable->size : variable->type ? variable->type->size : 0;
    place->object.name = cck_code_keep(&names->code, variable->name);
    place->object.size = place->size;
    place->object.address = start;
    place->declared = (cck_location){.file = cck_code_keep(&names->code, variable->file),
                                     .line = variable->line,
                                     .function = cck_code_keep(&names->code, variable->function),
                                     .module = "",
                                     .role = "declared"};
    const cck_type *type = variable->type;
    if (type && type->kind != CCK_TYPE_ARRAY && type->size)
        place->size = place->size < type->size ? place->size : type->size;
    cck_place_set_type(names, place, type, 0, "symbol");
}

/* Rust's statics and C's tentative definitions are in the symbol table, if nowhere else. */
static bool name_global(cck_object_names *names, cck_place *place, uint32_t index, uint64_t address)
{
    cck_debug_module *module = cck_code_module(&names->code, index);
    cck_variable variable;
    uint64_t offset = cck_code_offset(&names->code, index, address);
    if (!module || !cck_debug_global(module, offset, &variable) || offset < variable.start)
        return false;
    take_variable(names, place, &variable, address - (offset - variable.start));
    place->kin = cck_kin_mix(cck_kin_mix(CCK_OBJECT_GLOBAL, index), variable.start);
    return true;
}

static bool name_local(cck_object_names *names, cck_place *place, const cck_object *object,
                       uint64_t address)
{
    cck_debug_module *module = cck_code_module(&names->code, object->frame.module);
    cck_variable variable;
    uint64_t inside;
    uint64_t code = cck_code_offset(&names->code, object->frame.module, object->frame.address);
    if (!module || !object->cfa ||
        !cck_debug_local(module, code, (int64_t)(address - object->cfa), object->frame_size,
                         object->frame_depth, &variable, &inside))
        return false;
    take_variable(names, place, &variable, address - inside);
    place->kin = cck_kin_mix(cck_kin_mix(CCK_OBJECT_STACK, code), address - inside - object->cfa);
    return true;
}

/* No variable of a fixed place is there: an array of variable length, alloca(), what the
 * compiler put there. What can be told is whose frame it is, and which bytes of the line. */
static void name_frame(cck_object_names *names, cck_place *place, const cck_line *line,
                       const cck_object *object)
{
    place->start = line->address;
    place->size = line->size;
    if (object->frame.module != CCK_NONE && object->cfa)
        place->declared = cck_code_location(&names->code, object->frame, "declared");
    place->kin = cck_kin_mix(cck_kin_mix(CCK_OBJECT_STACK, object->frame.address), line->address - object->cfa);
}

/* The innermost frame above an address that another thread came to. Those that only their own
 * thread used may be of calls long before or after. */
static const cck_object *visited_frame(const cck_observed *observed, const cck_line *line,
                                       uint64_t address)
{
    const cck_object *found = NULL;
    for (size_t i = 0; i < line->object_count; i++) {
        if (line->objects[i] >= observed->object_count)
            continue;
        const cck_object *object = &observed->objects[line->objects[i]];
        if (object->kind == CCK_OBJECT_STACK && object->visited && object->cfa > address &&
            (!found || object->cfa < found->cfa))
            found = object;
    }
    return found;
}

static void name_stack(cck_object_names *names, cck_place *place, const cck_line *line,
                       const cck_object *object, uint64_t address)
{
    const cck_object *visited = visited_frame(names->code.observed, line, address);
    if ((visited && name_local(names, place, visited, address)) ||
        name_local(names, place, object, address))
        return;
    name_frame(names, place, line, visited ? visited : object);
}

static bool name_thread_local(cck_object_names *names, cck_place *place, const cck_object *object,
                              uint64_t address)
{
    cck_debug_module *module = cck_code_module(&names->code, object->module);
    cck_variable variable;
    uint64_t offset = address - object->start;
    if (!module || !cck_debug_tls(module, offset, &variable) || offset < variable.start)
        return false;
    take_variable(names, place, &variable, address - (offset - variable.start));
    place->kin = cck_kin_mix(cck_kin_mix(CCK_OBJECT_TLS, object->module), variable.start);
    return true;
}

static void name_mapping(cck_object_names *names, cck_place *place, const cck_object *object)
{
    if (object->module < names->code.observed->module_count)
        place->object.name =
            cck_code_keep(&names->code, names->code.observed->modules[object->module].path);
}

static void name_object(cck_object_names *names, cck_place *place, const cck_line *line,
                        const cck_object *object, uint64_t address)
{
    switch (object->kind) {
    case CCK_OBJECT_HEAP:
        place->kin = object->path == CCK_NONE
                         ? cck_kin_mix(CCK_OBJECT_HEAP, object->start)
                         : cck_kin_mix(cck_kin_mix(CCK_OBJECT_HEAP, object->path), object->size);
        cck_place_elect(names, place, line, address);
        return;
    case CCK_OBJECT_GLOBAL:
        if (!name_global(names, place, object->module, address))
            name_mapping(names, place, object);
        else if (cck_type_is_bytes(place->type)) /* an arena */
            cck_place_elect(names, place, line, address);
        return;
    case CCK_OBJECT_STACK:
        name_stack(names, place, line, object, address);
        return;
    case CCK_OBJECT_TLS:
        name_thread_local(names, place, object, address);
        return;
    case CCK_OBJECT_MAPPING:
        name_mapping(names, place, object);
        cck_place_elect(names, place, line, address);
        return;
    case CCK_OBJECT_UNKNOWN:
        return;
    }
}

/* ---- from an address ---- */

static const char *const kinds[] = {
    [CCK_OBJECT_UNKNOWN] = "unknown", [CCK_OBJECT_HEAP] = "heap", [CCK_OBJECT_GLOBAL] = "global",
    [CCK_OBJECT_STACK] = "stack",     [CCK_OBJECT_TLS] = "tls",   [CCK_OBJECT_MAPPING] = "mapping",
};

static bool contains(const cck_object *object, uint64_t address)
{
    return object->size && address >= object->start && address - object->start < object->size;
}

/* How far an address is from what may hold it; of frames the innermost above it. */
static uint64_t distance(const cck_object *object, uint64_t address)
{
    if (object->size)
        return UINT64_MAX;
    if (object->kind == CCK_OBJECT_STACK && object->cfa)
        return address < object->cfa ? object->cfa - address : UINT64_MAX;
    return address >= object->start ? address - object->start : UINT64_MAX;
}

/* The smallest that holds the address: what an allocator keeps beside a block lies in the
 * mapping that holds the block as well. Else the nearest. */
static uint32_t object_at(const cck_observed *observed, const cck_line *line, uint64_t address)
{
    uint32_t nearest = CCK_NONE, within = CCK_NONE;
    uint64_t least = UINT64_MAX, smallest = UINT64_MAX;
    for (size_t i = 0; i < line->object_count; i++) {
        uint32_t index = line->objects[i];
        if (index >= observed->object_count)
            continue;
        const cck_object *object = &observed->objects[index];
        if (contains(object, address) && object->size < smallest) {
            smallest = object->size;
            within = index;
        }
        if (distance(object, address) >= least)
            continue;
        least = distance(object, address);
        nearest = index;
    }
    return within != CCK_NONE ? within : nearest;
}

cck_place cck_object_place(cck_object_names *names, const cck_line *line, uint64_t address)
{
    const cck_observed *observed = names->code.observed;
    uint32_t index = object_at(observed, line, address);
    cck_place place = {
        .object = {.kind = "unknown", .name = "", .type = "", .type_from = ""},
        .start = line->address,
        .size = line->size,
        .observed = index,
        .declared = {.file = "", .function = "", .module = "", .role = "declared"},
        .kin = cck_kin_mix(CCK_OBJECT_UNKNOWN, line->address),
    };
    if (index != CCK_NONE) {
        const cck_object *object = &observed->objects[index];
        place.start = object->start;
        place.size = object->size;
        place.kin = cck_kin_mix(object->kind, object->start);
        place.object.kind = kinds[object->kind <= CCK_OBJECT_MAPPING ? object->kind : 0];
        place.object.size = object->kind == CCK_OBJECT_HEAP && !object->guessed ? object->size : 0;
        place.object.freed = object->freed;
        name_object(names, &place, line, object, address);
    } else {
        cck_place_elect(names, &place, line, address);
    }
    place.object.address = place.start;
    cck_object_hint_apply(names, &place);
    return place;
}

/* ---- parts ---- */

static bool is_lock(const cck_field *field)
{
    return field->type->sync == CCK_SYNC_LOCK ||
           (field->parent && field->parent->sync == CCK_SYNC_LOCK);
}

static bool is_many(const cck_field *field)
{
    const cck_type *type = field->type;
    bool record = type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_ARRAY;
    return record && (type->sync == CCK_SYNC_NONE || type->sync_inside);
}

cck_place_part cck_object_part(cck_object_names *names, const cck_place *place, uint64_t address,
                               uint64_t size)
{
    uint64_t offset = address - place->start;
    cck_place_part part = {
        .name = "", .bare = "", .type = "", .offset = offset, .size = size, .file = ""};
    cck_field field;
    uint64_t inside = offset - place->base, stride = place->object.stride;
    if (!place->type || offset < place->base)
        return part;
    if (stride) {
        part.element = inside / stride;
        inside %= stride;
    }
    /* What covers several fields is told by the first of them. */
    bool found = (cck_type_field(place->type, inside, size, &field) && !is_many(&field)) ||
                 cck_type_field(place->type, inside, 1, &field);
    if (found) {
        part.offset = offset - inside + field.offset;
        part.size = field.size;
        part.type = cck_code_keep(&names->code, cck_type_label(field.type));
        part.bare = cck_code_keep(&names->code, field.path);
        part.lock = is_lock(&field);
        if (field.member && field.member->line) {
            part.file = cck_code_keep(&names->code, field.member->file);
            part.line = field.member->line;
        }
    }
    part.name = part.bare;
    if (stride) {
        part.name =
            cck_arena_printf(names->code.arena, "[%llu]%s%s", (unsigned long long)part.element,
                             *part.bare && *part.bare != '[' ? "." : "", part.bare);
        if (!part.name) {
            names->code.failed = true;
            part.name = "";
        }
    }
    return part;
}
