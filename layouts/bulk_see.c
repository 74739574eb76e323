/* SPDX-License-Identifier: MIT */
/* What a walk sees: records by keys that tell them apart, typedefs of unnamed ones, variables. */
#include "layouts/bulk_walk.h"

#include <dwarf.h>
#include <stdlib.h>

enum { ELSEWHERE = UINT32_MAX }; /* an alias's target that is in a type unit */

/* An unnamed record gets a name by its typedef, before or behind it. */
typedef struct cck_alias {
    uint32_t offset, target;
    uint64_t key;
    cck_scan_die die;
} cck_alias;

/* A multiplication mixes upwards only: fold the upper half down. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static const char *name_of(const cck_walk *at, const cck_scan_die *die)
{
    if (!die->name_form)
        return NULL;
    Dwarf_Attribute attribute = {.code = DW_AT_name,
                                 .form = die->name_form,
                                 .valp = (unsigned char *)(uintptr_t)die->name_value,
                                 .cu = at->unit->die.cu};
    return dwarf_formstring(&attribute);
}

/* As cck_die_name() qualifies: not in C. */
static uint64_t name_hash(const cck_walk *at, const cck_scan_die *die)
{
    uint64_t hash = CCK_HASH_START;
    for (unsigned i = 0; i < at->depth && at->unit->language != CCK_LANGUAGE_C; i++) {
        const cck_level *around = &at->levels[i];
        const char *name = name_of(at, &around->die);
        if (around->interest == CCK_INTEREST_SPACE && !name)
            name = "(anonymous namespace)";
        if (name)
            hash = cck_type_hash_text(cck_type_hash_text(hash, name), "::");
    }
    const char *name = name_of(at, die);
    return cck_type_hash_text(hash, name ? name : "");
}

/* The number of the distinct record of a key. */
static uint32_t distinct_of(cck_walk *at, uint64_t key, const cck_scan_die *die, bool is_typedef)
{
    cck_scan *scan = at->scan;
    size_t known = (size_t)(uintptr_t)cck_map_get(&scan->known, key);
    if (known) {
        cck_scan_distinct *distinct = &scan->distinct[known - 1];
        distinct->seen += distinct->last != at->number;
        distinct->last = at->number;
        return (uint32_t)(known - 1);
    }
    if (scan->distinct_count >= UINT32_MAX - 1 ||
        !cck_walk_grow(at, (void **)&scan->distinct, scan->distinct_count,
                       sizeof *scan->distinct) ||
        !cck_map_put(&scan->known, key, (void *)(uintptr_t)(scan->distinct_count + 1))) {
        scan->full = true;
        return UINT32_MAX;
    }
    scan->distinct[scan->distinct_count] =
        (cck_scan_distinct){.key = key,
                            .name = name_hash(at, die),
                            .unit = at->number,
                            .offset = (uint32_t)(die->start - at->first),
                            .seen = 1,
                            .last = at->number,
                            .is_typedef = is_typedef};
    return (uint32_t)scan->distinct_count++;
}

static uint64_t around_key(const cck_walk *at)
{
    return at->depth ? at->levels[at->depth - 1].key : CCK_HASH_START;
}

static uint64_t declared(cck_walk *at, const cck_scan_die *die)
{
    uint64_t file = die->file && at->files ? cck_files_hash(at->files, die->file) : die->file;
    return mix(mix(CCK_HASH_START, file), die->line);
}

void cck_walk_see_parent(cck_walk *at, const uint8_t *start)
{
    if (!at->parents)
        return;
    for (unsigned i = at->depth; i-- > 0;) {
        uint8_t kind = at->levels[i].interest;
        if (kind != CCK_INTEREST_SPACE && kind != CCK_INTEREST_RECORD &&
            kind != CCK_INTEREST_FUNCTION)
            continue;
        cck_unit *unit = at->parents;
        if (cck_walk_grow(at, (void **)&unit->parents, unit->parent_count, sizeof *unit->parents))
            unit->parents[unit->parent_count++] =
                (cck_parent){start, at->first + at->levels[i].offset};
        return;
    }
}

static void record_open(cck_walk *at, const cck_scan_die *die, unsigned tag, cck_level *inside)
{
    cck_scan_unit *out = at->out;
    inside->slot = UINT32_MAX;
    inside->key = mix(mix(mix(around_key(at), die->name), tag), die->size);
    inside->key = mix(mix(inside->key, declared(at, die)), die->align);
    if (at->parents || die->declaration || die->stand_in)
        return;
    if (!cck_walk_grow(at, (void **)&out->records, out->record_count, sizeof *out->records) ||
        !cck_walk_grow(at, (void **)&at->keys, out->record_count, sizeof *at->keys))
        return;
    inside->slot = (uint32_t)out->record_count;
    out->records[out->record_count++] =
        (cck_scan_record){(uint32_t)(die->start - at->first), UINT32_MAX};
}

void cck_walk_see_end(cck_walk *at, const cck_level *inside)
{
    if (inside->slot == UINT32_MAX)
        return;
    at->keys[inside->slot] = inside->key;
    if (inside->die.name_form)
        at->out->records[inside->slot].number = distinct_of(at, inside->key, &inside->die, false);
}

static void member_see(cck_walk *at, const cck_scan_die *die)
{
    unsigned i = at->depth;
    while (i > 0 && at->levels[i - 1].interest == CCK_INTEREST_PART)
        i--;
    if (i == 0 || at->levels[i - 1].interest != CCK_INTEREST_RECORD)
        return;
    uint64_t *key = &at->levels[i - 1].key;
    *key = mix(mix(mix(*key, die->name), die->location), die->line);
    *key = mix(mix(*key, die->bit_size << 32 ^ die->bit_offset), die->align << 32 ^ die->size);
}

/* Whether a typedef names an unnamed record that has a type unit of its own. */
static bool names_unit(const cck_walk *at, const cck_scan_die *die)
{
    Dwarf_Attribute attribute;
    Dwarf_Die target, named = cck_die_at(die->start, &at->unit->die);
    Dwarf_Attribute *type = dwarf_attr(&named, DW_AT_type, &attribute);
    if (!type || dwarf_whatform(type) != DW_FORM_ref_sig8 || !dwarf_formref_die(type, &target))
        return false;
    int tag = dwarf_tag(&target);
    return (tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type) &&
           !dwarf_hasattr(&target, DW_AT_name);
}

static void alias_see(cck_walk *at, const cck_scan_die *die)
{
    cck_walk_see_parent(at, die->start);
    if (!at->parents && !die->type_here && names_unit(at, die) &&
        cck_walk_grow(at, (void **)&at->aliases, at->alias_count, sizeof *at->aliases)) {
        at->aliases[at->alias_count++] =
            (cck_alias){.offset = (uint32_t)(die->start - at->first),
                        .target = ELSEWHERE,
                        .key = mix(mix(around_key(at), die->name), declared(at, die)),
                        .die = *die};
        return;
    }
    if (at->parents || !die->type_here || die->type > UINT32_MAX ||
        die->type < (uint64_t)(at->first - at->base) ||
        !cck_walk_grow(at, (void **)&at->aliases, at->alias_count, sizeof *at->aliases))
        return;
    at->aliases[at->alias_count++] =
        (cck_alias){.offset = (uint32_t)(die->start - at->first),
                    .target = (uint32_t)(die->type - (uint64_t)(at->first - at->base)),
                    .key = mix(mix(around_key(at), die->name), declared(at, die)),
                    .die = *die};
}

static void variable_see(cck_walk *at, const cck_scan_die *die)
{
    cck_scan_unit *out = at->out;
    cck_walk_see_parent(at, die->start);
    if (at->parents || !die->placed ||
        !cck_walk_grow(at, (void **)&out->variables, out->variable_count, sizeof *out->variables))
        return;
    uint32_t function = 0;
    for (unsigned i = at->depth; i-- > 0 && !function;)
        if (at->levels[i].interest == CCK_INTEREST_FUNCTION)
            function = at->levels[i].offset;
    out->variables[out->variable_count++] =
        (cck_scan_variable){(uint32_t)(die->start - at->first), function};
}

static void import_see(cck_walk *at, const uint8_t *start)
{
    Dwarf_Attribute attribute;
    Dwarf_Die target, die = cck_die_at(start, &at->unit->die);
    if (at->scan->import && dwarf_formref_die(dwarf_attr(&die, DW_AT_import, &attribute), &target))
        at->scan->import(at->scan->context, &target);
}

/* Takes in a DIE that matters. */
void cck_walk_see(cck_walk *at, const cck_abbrev *abbrev, const cck_scan_die *die,
                  cck_level *inside)
{
    switch ((cck_interest)abbrev->interest) {
    case CCK_INTEREST_RECORD:
        cck_walk_see_parent(at, die->start);
        record_open(at, die, abbrev->tag, inside);
        break;
    case CCK_INTEREST_MEMBER:
        if (at->parents)
            cck_walk_see_parent(at, die->start);
        else
            member_see(at, die);
        break;
    case CCK_INTEREST_TYPEDEF:
        alias_see(at, die);
        break;
    case CCK_INTEREST_ENUM:
        cck_walk_see_parent(at, die->start);
        inside->interest = CCK_INTEREST_NONE;
        break;
    case CCK_INTEREST_SPACE:
    case CCK_INTEREST_FUNCTION:
        cck_walk_see_parent(at, die->start);
        if (abbrev->declared)
            inside->interest = CCK_INTEREST_NONE;
        inside->key = mix(around_key(at), die->name);
        break;
    case CCK_INTEREST_VARIABLE:
        variable_see(at, die);
        inside->interest = CCK_INTEREST_NONE;
        break;
    case CCK_INTEREST_IMPORT:
        import_see(at, die->start);
        break;
    default:
        inside->key = around_key(at);
        break;
    }
}

static int by_offset(const void *a, const void *b)
{
    const cck_scan_record *left = a, *right = b;
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

static size_t slot_of(const cck_scan_unit *unit, uint32_t offset)
{
    size_t low = 0, high = unit->record_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (unit->records[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < unit->record_count && unit->records[low].offset == offset ? low : SIZE_MAX;
}

void cck_walk_see_aliases(cck_walk *at)
{
    cck_scan_unit *out = at->out;
    size_t records = out->record_count;
    for (size_t i = 0; i < at->alias_count; i++) {
        cck_alias *named = &at->aliases[i];
        cck_scan_unit plain = {.records = out->records, .record_count = records};
        bool elsewhere = named->target == ELSEWHERE;
        size_t slot = elsewhere ? 0 : slot_of(&plain, named->target);
        if ((!elsewhere && (slot == SIZE_MAX || out->records[slot].number != UINT32_MAX)) ||
            !cck_walk_grow(at, (void **)&out->records, out->record_count, sizeof *out->records))
            continue;
        uint64_t key = elsewhere ? named->key : mix(named->key, at->keys[slot]);
        uint32_t number = distinct_of(at, key, &named->die, true);
        out->records[out->record_count++] = (cck_scan_record){named->offset, number};
    }
    if (out->record_count > records)
        qsort(out->records, out->record_count, sizeof *out->records, by_offset);
}
