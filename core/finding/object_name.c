/* SPDX-License-Identifier: MIT */
#include "core/finding/object_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/debug/layout_text.h"
#include "core/finding/object_hint.h"
#include "core/finding/type_vote.h"

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

/* ---- types ---- */

/* An element that is an array itself: "unsigned int[4]". */
static const char *type_label(cck_object_names *names, const cck_type *type)
{
    enum { LONGEST = 256 };
    char text[LONGEST], name[LONGEST];
    const cck_member nameless = {.name = "", .type = type, .file = ""};
    if (type->kind != CCK_TYPE_ARRAY || *type->name || *type->alias)
        return cck_code_keep(&names->code, cck_type_label(type));
    cck_layout_declaration(&nameless, type->language, text, sizeof text);
    const char *from = text + strspn(text, ": ");
    const char *gap = strstr(from, " [");
    if (gap)
        snprintf(name, sizeof name, "%.*s%s", (int)(gap - from), from, gap + 1);
    return cck_code_keep(&names->code, gap ? name : from);
}

static void set_type(cck_object_names *names, cck_place *place, const cck_type *type, uint64_t base,
                     const char *from)
{
    if (!type)
        return;
    uint64_t stride = 0, count = 0;
    if (type->kind == CCK_TYPE_ARRAY && type->target) {
        stride = type->stride ? type->stride : type->target->size;
        count = type->count ? type->count : stride ? place->size / stride : 0;
        type = type->target;
    } else if (type->size && place->size >= base + 2 * type->size) {
        stride = type->size; /* room for more than one */
        count = (place->size - base) / stride;
    }
    place->type = type;
    place->base = base;
    place->object.type = type_label(names, type);
    place->object.type_from = from;
    place->object.stride = stride;
    place->object.count = count;
}

static void vote_by_uses(cck_object_names *names, const cck_line *line, const cck_object *place,
                         cck_type_votes *votes)
{
    for (size_t i = 0; i < line->use_count; i++) {
        const cck_line_use *use = &line->uses[i];
        uint64_t address = line->address + use->offset;
        cck_debug_module *module = cck_code_module(&names->code, use->code.module);
        const cck_type *type;
        int64_t inner;
        cck_variable variable;
        if (!module || address < place->start || address - place->start >= place->size)
            continue;
        uint64_t code = cck_code_offset(&names->code, use->code.module, use->code.address);
        /* A byte at a time is memory, to who copies, clears or allocates it: no type. */
        if (cck_debug_access(module, code, &type, &inner, &variable) &&
            !(type->kind == CCK_TYPE_BASE && type->size == 1 && use->size > 1))
            cck_type_vote_add(votes, address - place->start, type, inner, use->accesses + 1);
    }
}

/* The allocation has one vote, the lightest: it sees a type, but not which memory. */
static void vote_by_allocation(cck_object_names *names, const cck_object *object,
                               cck_type_votes *votes)
{
    const cck_type *type = cck_code_allocated(&names->code, object->path, object->size);
    if (type)
        cck_type_vote_add(votes, 0, type, 0, 1);
}

/* What one instruction takes a block for, holds for all blocks that were allocated alike. */
static void vote_by_blocks(cck_object_names *names, const cck_object *object, cck_type_votes *votes)
{
    const cck_observed *observed = names->code.observed;
    for (size_t i = 0; i < observed->line_count; i++)
        for (size_t j = 0; j < observed->lines[i].object_count; j++) {
            uint32_t index = observed->lines[i].objects[j];
            const cck_object *other =
                index < observed->object_count ? &observed->objects[index] : NULL;
            if (other && other->kind == CCK_OBJECT_HEAP && other->path == object->path &&
                other->size == object->size)
                vote_by_uses(names, &observed->lines[i], other, votes);
        }
}

/*
 * Where no block is known, an instruction tells which struct it uses, but not where an array
 * of them begins; and that it uses a number is no news. One struct of that type, if all uses
 * are within one.
 */
static void take_guess(cck_object_names *names, const cck_line *line, const cck_type_vote *winner,
                       cck_place *place)
{
    const cck_type *type = winner->type;
    uint64_t first = UINT64_MAX, last = 0;
    place->object.size = 0;
    if (type->kind != CCK_TYPE_STRUCT && type->kind != CCK_TYPE_UNION)
        return;
    for (size_t i = 0; i < line->use_count; i++) {
        uint64_t at = line->uses[i].offset;
        if (at < winner->base)
            return;
        uint64_t which = (at - winner->base) / type->size;
        first = which < first ? which : first;
        last = which > last ? which : last;
    }
    if (first != last)
        return;
    place->start += winner->base + first * type->size;
    place->size = type->size;
    set_type(names, place, type, 0, "accesses");
    place->object.size = type->size;
    place->object.stride = place->object.count = 0;
}

/* Elected once for all blocks of a call path: then all its lines tell the same story. */
static void elect_type(cck_object_names *names, const cck_line *line, const cck_object *object,
                       cck_place *place)
{
    bool by_path = object->path != CCK_NONE;
    uint64_t key = (uint64_t)object->path << 32 ^ object->size;
    cck_type_vote winner, *known = by_path ? cck_map_get(&names->elected, key) : NULL;
    if (!known) {
        cck_type_votes votes = {.size = place->size};
        if (by_path) {
            vote_by_blocks(names, object, &votes);
            vote_by_allocation(names, object, &votes);
        } else {
            vote_by_uses(names, line, object, &votes);
        }
        if (!cck_type_vote_winner(&votes, &winner))
            return;
        known = cck_arena_alloc(names->code.arena, sizeof *known);
        if (known)
            *known = winner;
        if (!known || (by_path && !cck_map_put(&names->elected, key, known))) {
            names->code.failed = true;
            return;
        }
    }
    if (object->guessed)
        take_guess(names, line, known, place);
    else
        set_type(names, place, known->type, known->base, "accesses");
}

/* ---- places by kind ---- */

static uint64_t mix(uint64_t kin, uint64_t value)
{
    kin = (kin ^ value) * 0x9e3779b97f4a7c15u;
    return kin ^ kin >> 32;
}

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
    set_type(names, place, type, 0, "symbol");
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
    place->kin = mix(mix(CCK_OBJECT_GLOBAL, index), variable.start);
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
    place->kin = mix(mix(CCK_OBJECT_STACK, code), address - inside - object->cfa);
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
    place->kin = mix(mix(CCK_OBJECT_STACK, object->frame.address), line->address - object->cfa);
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
    place->kin = mix(mix(CCK_OBJECT_TLS, object->module), variable.start);
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
                         ? mix(CCK_OBJECT_HEAP, object->start)
                         : mix(mix(CCK_OBJECT_HEAP, object->path), object->size);
        elect_type(names, line, object, place);
        return;
    case CCK_OBJECT_GLOBAL:
        if (!name_global(names, place, object->module, address))
            name_mapping(names, place, object);
        return;
    case CCK_OBJECT_STACK:
        name_stack(names, place, line, object, address);
        return;
    case CCK_OBJECT_TLS:
        name_thread_local(names, place, object, address);
        return;
    case CCK_OBJECT_MAPPING:
        name_mapping(names, place, object);
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
        .kin = mix(CCK_OBJECT_UNKNOWN, line->address),
    };
    if (index != CCK_NONE) {
        const cck_object *object = &observed->objects[index];
        place.start = object->start;
        place.size = object->size;
        place.kin = mix(object->kind, object->start);
        place.object.kind = kinds[object->kind <= CCK_OBJECT_MAPPING ? object->kind : 0];
        place.object.size = object->kind == CCK_OBJECT_HEAP && !object->guessed ? object->size : 0;
        place.object.freed = object->freed;
        name_object(names, &place, line, object, address);
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
