/* SPDX-License-Identifier: MIT */
#include "core/finding/object_type.h"

#include <stdio.h>
#include <string.h>

#include "core/debug/layout_text.h"
#include "core/finding/type_vote.h"

/* What is known of a block, of all blocks of a call path, or of a mapping. */
typedef struct cck_elected {
    cck_type_votes votes;
    cck_type_vote winner;
    bool any, pool;
    bool numbers;  /* it was made for such: other things are at its ends */
    uint64_t base; /* and where the first of these is */
} cck_elected;

/* ---- telling it ---- */

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

void cck_place_set_type(cck_object_names *names, cck_place *place, const cck_type *type,
                        uint64_t base, const char *from)
{
    if (!type)
        return;
    uint64_t stride = 0, count = 0;
    if (type->kind == CCK_TYPE_ARRAY && type->target) {
        stride = type->stride ? type->stride : type->target->size;
        count = type->count ? type->count : stride ? place->size / stride : 0;
        type = type->target;
    } else if (type->size && place->size >= base + 2 * type->size && !cck_type_is_open(type)) {
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

bool cck_type_is_bytes(const cck_type *type)
{
    return type && type->size == 1 &&
           (type->kind == CCK_TYPE_BASE || type->kind == CCK_TYPE_ENUM); /* std::byte */
}

/* ---- votes ---- */

/* A byte at a time is memory, to who copies, clears or allocates it: no type. Nor is what the
 * allocator of the C library has at the ends of blocks. */
static bool is_raw_memory(const cck_type *type, unsigned used)
{
    return (type->kind == CCK_TYPE_BASE && type->size == 1 && used > 1) ||
           strcmp(cck_type_label(type), "struct malloc_chunk") == 0;
}

/* Of what lies in [start, start + size). */
static void vote_by_uses(cck_object_names *names, const cck_line *line, uint64_t start,
                         uint64_t size, cck_type_votes *votes)
{
    for (size_t i = 0; i < line->use_count; i++) {
        const cck_line_use *use = &line->uses[i];
        uint64_t address = line->address + use->offset;
        cck_debug_module *module = cck_code_module(&names->code, use->code.module);
        const cck_type *type;
        int64_t inner;
        cck_variable variable;
        if (!module || address < start || address - start >= size)
            continue;
        uint64_t code = cck_code_offset(&names->code, use->code.module, use->code.address);
        if (cck_debug_access(module, code, &type, &inner, &variable) &&
            !is_raw_memory(type, use->size))
            cck_type_vote_add(votes, address - start, type, inner, use->accesses + 1);
    }
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
                vote_by_uses(names, &observed->lines[i], other->start, other->size, votes);
        }
}

/* Of a mapping, or a variable: all lines of it. */
static void vote_by_lines(cck_object_names *names, const cck_place *place, int32_t pid,
                          cck_type_votes *votes)
{
    const cck_observed *observed = names->code.observed;
    for (size_t i = 0; i < observed->line_count; i++)
        if (observed->lines[i].pid == pid)
            vote_by_uses(names, &observed->lines[i], place->start, place->size, votes);
}

/* ---- elections ---- */

/* What made the block knows what for, unless that is bytes; else its guess has one vote, the
 * lightest: it sees a type, but not which memory. */
static void elect_block(cck_object_names *names, const cck_object *object, cck_elected *elected)
{
    cck_made made = cck_code_made_for(&names->code, object->path);
    elected->numbers = made.numbers;
    elected->base = made.base;
    if (made.type && made.type->size && made.base + made.type->size <= object->size &&
        !cck_type_is_bytes(made.type)) {
        elected->winner = (cck_type_vote){.type = made.type, .base = made.base};
        elected->any = true;
        return;
    }
    vote_by_blocks(names, object, &elected->votes);
    const cck_type *type =
        elected->numbers ? NULL : cck_code_allocated(&names->code, object->path, object->size);
    if (type)
        cck_type_vote_add(&elected->votes, 0, type, 0, 1);
}

/* Mapped memory is an array of what is in it if that begins where it does; else nobody knows what
 * lies between the things that were seen. */
static void settle(cck_elected *elected, bool block)
{
    if (elected->any)
        return;
    elected->any = elected->numbers ? cck_type_vote_number(&elected->votes, &elected->winner)
                                    : cck_type_vote_winner(&elected->votes, &elected->winner);
    if (elected->numbers && elected->any) {
        if (elected->base % elected->winner.type->size == elected->winner.base)
            elected->winner.base = elected->base;
        return;
    }
    elected->pool = elected->any && (cck_type_vote_is_pool(&elected->votes, &elected->winner) ||
                                     (!block && elected->winner.base));
}

static cck_elected *elected_for(cck_object_names *names, uint64_t key, bool *out_new)
{
    cck_elected *known = cck_map_get(&names->elected, key);
    *out_new = !known;
    if (known)
        return known;
    known = cck_arena_alloc(names->code.arena, sizeof *known);
    if (!known || !cck_map_put(&names->elected, key, known)) {
        names->code.failed = true;
        return NULL;
    }
    *known = (cck_elected){.any = false};
    return known;
}

/* ---- what follows for the place ---- */

/* Elements are counted only in a block of which the start is known. */
static void take_thing(cck_object_names *names, cck_place *place, const cck_type_vote *thing,
                       uint64_t address, bool counted)
{
    uint64_t offset = address - place->start, size = thing->type->size;
    bool many = counted && thing->last > thing->first && !cck_type_is_open(thing->type);
    uint64_t first =
        many ? thing->first : offset - (offset - thing->first) % size; /* the one at the address */
    if (cck_type_is_open(thing->type))
        first = thing->first;
    for (const char *at = cck_type_label(thing->type); *at; at++)
        place->kin = cck_kin_mix(place->kin, (unsigned char)*at);
    place->start += first;
    place->size = many ? thing->last - thing->first + size : size;
    place->within = true;
    place->object.size = place->size;
    cck_place_set_type(names, place, thing->type, 0, "accesses");
}

/* Numbers are in everything. */
static bool is_worth_telling(const cck_type *type)
{
    return type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION;
}

static void take_part(cck_object_names *names, cck_place *place, const cck_elected *elected,
                      uint64_t address, bool counted)
{
    cck_type_vote thing;
    if (cck_type_vote_at(&elected->votes, counted ? &elected->winner : NULL, address - place->start,
                         &thing))
        take_thing(names, place, &thing, address, counted);
}

/* The line is all that is known: of its process' heap, or of memory that nobody mapped. */
static void elect_line(cck_object_names *names, cck_place *place, const cck_line *line,
                       uint64_t address)
{
    enum { BEFORE = 1 << 16 }; /* things may begin as far before the line */
    cck_elected elected = {.votes.size = 0};
    cck_place wide = *place;
    wide.start = line->address > BEFORE ? line->address - BEFORE : 0;
    wide.size = line->address + line->size - wide.start;
    vote_by_uses(names, line, wide.start, wide.size, &elected.votes);
    take_part(names, &wide, &elected, address, false);
    if (!wide.within)
        return;
    *place = wide;
    place->within = strcmp(place->object.kind, "heap") != 0; /* it may well be a block */
}

static void elect_heap(cck_object_names *names, cck_place *place, const cck_line *line,
                       const cck_object *object, uint64_t address)
{
    bool new, by_path = object->path != CCK_NONE;
    uint64_t key =
        by_path ? (uint64_t)object->path << 32 ^ object->size : ~(uint64_t)place->observed;
    cck_elected *elected = elected_for(names, key, &new);
    if (!elected)
        return;
    if (new) {
        elected->votes.size = place->size;
        if (by_path)
            elect_block(names, object, elected);
        else
            vote_by_lines(names, place, line->pid, &elected->votes);
        settle(elected, true);
    }
    if (elected->pool)
        take_part(names, place, elected, address, true);
    else if (elected->any)
        cck_place_set_type(names, place, elected->winner.type, elected->winner.base, "accesses");
}

static void elect_memory(cck_object_names *names, cck_place *place, const cck_line *line,
                         uint64_t address)
{
    bool new;
    cck_elected *elected =
        elected_for(names, ~(uint64_t)place->observed ^ place->start << 32, &new);
    if (!elected)
        return;
    if (new) {
        elected->votes.size = place->size;
        vote_by_lines(names, place, line->pid, &elected->votes);
        settle(elected, false);
    }
    if (elected->pool)
        take_part(names, place, elected, address, false);
    else if (elected->any && is_worth_telling(elected->winner.type))
        cck_place_set_type(names, place, elected->winner.type, 0, "accesses");
}

void cck_place_elect(cck_object_names *names, cck_place *place, const cck_line *line,
                     uint64_t address)
{
    const cck_observed *observed = names->code.observed;
    const cck_object *object =
        place->observed < observed->object_count ? &observed->objects[place->observed] : NULL;
    if (!object || object->guessed || !place->size)
        elect_line(names, place, line, address);
    else if (object->kind == CCK_OBJECT_HEAP)
        elect_heap(names, place, line, object, address);
    else
        elect_memory(names, place, line, address);
}
