/* SPDX-License-Identifier: MIT */
#include "layouts/bulk_scan.h"

#include <dwarf.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "core/debug/type_internal.h"
#include "layouts/bulk_value.h"

enum { DEEPEST = 256 };

/* A DIE whose children are being walked. */
typedef struct level {
    uint8_t interest; /* CCK_INTEREST_NONE: nothing in here matters */
    uint32_t offset;
    uint32_t slot;    /* of the record among the unit's */
    uint64_t key;     /* of the record so far; of others what qualifies names in them */
    cck_scan_die die; /* of records and spaces: they have a name */
} level;

enum { ELSEWHERE = UINT32_MAX }; /* an alias's target that is in a type unit */

/* An unnamed record gets a name by its typedef, before or behind it. */
typedef struct alias {
    uint32_t offset, target;
    uint64_t key;
    cck_scan_die die;
} alias;

typedef struct walk {
    cck_scan *scan;
    const cck_unit *unit;
    uint32_t number;
    const uint8_t *first, *base;
    cck_cursor cursor;
    cck_files *files;
    cck_scan_unit *out;
    cck_unit *parents; /* to fill in the parents of; NULL: find records */
    alias *aliases;
    uint64_t *keys; /* of out->records */
    size_t alias_count;
    level levels[DEEPEST + 1]; /* the last: of what has no children */
    unsigned depth;
    bool ended; /* by the list of children that the unit itself has */
} walk;

/* Room for one more in an array that doubles. */
static bool grow(walk *at, void **items, size_t count, size_t size)
{
    if (count & (count - 1))
        return true;
    void *grown = reallocarray(*items, count ? count * 2 : 1, size);
    if (!grown) {
        at->scan->full = true;
        return false;
    }
    *items = grown;
    return true;
}

/* A multiplication mixes upwards only: fold the upper half down. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static const char *name_of(const walk *at, const cck_scan_die *die)
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
static uint64_t name_hash(const walk *at, const cck_scan_die *die)
{
    uint64_t hash = CCK_HASH_START;
    for (unsigned i = 0; i < at->depth && at->unit->language != CCK_LANGUAGE_C; i++) {
        const level *around = &at->levels[i];
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
static uint32_t distinct_of(walk *at, uint64_t key, const cck_scan_die *die, bool is_typedef)
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
        !grow(at, (void **)&scan->distinct, scan->distinct_count, sizeof *scan->distinct) ||
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

static uint64_t around_key(const walk *at)
{
    return at->depth ? at->levels[at->depth - 1].key : CCK_HASH_START;
}

static uint64_t declared(walk *at, const cck_scan_die *die)
{
    uint64_t file = die->file && at->files ? cck_files_hash(at->files, die->file) : die->file;
    return mix(mix(CCK_HASH_START, file), die->line);
}

static void parent_add(walk *at, const uint8_t *start)
{
    if (!at->parents)
        return;
    for (unsigned i = at->depth; i-- > 0;) {
        uint8_t kind = at->levels[i].interest;
        if (kind != CCK_INTEREST_SPACE && kind != CCK_INTEREST_RECORD &&
            kind != CCK_INTEREST_FUNCTION)
            continue;
        cck_unit *unit = at->parents;
        if (grow(at, (void **)&unit->parents, unit->parent_count, sizeof *unit->parents))
            unit->parents[unit->parent_count++] =
                (cck_parent){start, at->first + at->levels[i].offset};
        return;
    }
}

static void record_open(walk *at, const cck_scan_die *die, unsigned tag, level *inside)
{
    cck_scan_unit *out = at->out;
    inside->slot = UINT32_MAX;
    inside->key = mix(mix(mix(around_key(at), die->name), tag), die->size);
    inside->key = mix(mix(inside->key, declared(at, die)), die->align);
    if (at->parents || die->declaration || die->stand_in)
        return;
    if (!grow(at, (void **)&out->records, out->record_count, sizeof *out->records) ||
        !grow(at, (void **)&at->keys, out->record_count, sizeof *at->keys))
        return;
    inside->slot = (uint32_t)out->record_count;
    out->records[out->record_count++] =
        (cck_scan_record){(uint32_t)(die->start - at->first), UINT32_MAX};
}

static void record_close(walk *at, const level *inside)
{
    if (inside->slot == UINT32_MAX)
        return;
    at->keys[inside->slot] = inside->key;
    if (inside->die.name_form)
        at->out->records[inside->slot].number = distinct_of(at, inside->key, &inside->die, false);
}

static void member_see(walk *at, const cck_scan_die *die)
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
static bool names_unit(const walk *at, const cck_scan_die *die)
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

static void alias_see(walk *at, const cck_scan_die *die)
{
    parent_add(at, die->start);
    if (!at->parents && !die->type_here && names_unit(at, die) &&
        grow(at, (void **)&at->aliases, at->alias_count, sizeof *at->aliases)) {
        at->aliases[at->alias_count++] =
            (alias){.offset = (uint32_t)(die->start - at->first),
                    .target = ELSEWHERE,
                    .key = mix(mix(around_key(at), die->name), declared(at, die)),
                    .die = *die};
        return;
    }
    if (at->parents || !die->type_here || die->type > UINT32_MAX ||
        die->type < (uint64_t)(at->first - at->base) ||
        !grow(at, (void **)&at->aliases, at->alias_count, sizeof *at->aliases))
        return;
    at->aliases[at->alias_count++] =
        (alias){.offset = (uint32_t)(die->start - at->first),
                .target = (uint32_t)(die->type - (uint64_t)(at->first - at->base)),
                .key = mix(mix(around_key(at), die->name), declared(at, die)),
                .die = *die};
}

static void variable_see(walk *at, const cck_scan_die *die)
{
    cck_scan_unit *out = at->out;
    parent_add(at, die->start);
    if (at->parents || !die->placed ||
        !grow(at, (void **)&out->variables, out->variable_count, sizeof *out->variables))
        return;
    uint32_t function = 0;
    for (unsigned i = at->depth; i-- > 0 && !function;)
        if (at->levels[i].interest == CCK_INTEREST_FUNCTION)
            function = at->levels[i].offset;
    out->variables[out->variable_count++] =
        (cck_scan_variable){(uint32_t)(die->start - at->first), function};
}

static void import_see(walk *at, const uint8_t *start)
{
    Dwarf_Attribute attribute;
    Dwarf_Die target, die = cck_die_at(start, &at->unit->die);
    if (at->scan->import && dwarf_formref_die(dwarf_attr(&die, DW_AT_import, &attribute), &target))
        at->scan->import(at->scan->context, &target);
}

/* Takes in a DIE that matters. */
static void die_see(walk *at, const cck_abbrev *abbrev, const cck_scan_die *die, level *inside)
{
    switch ((cck_interest)abbrev->interest) {
    case CCK_INTEREST_RECORD:
        parent_add(at, die->start);
        record_open(at, die, abbrev->tag, inside);
        break;
    case CCK_INTEREST_MEMBER:
        if (at->parents)
            parent_add(at, die->start);
        else
            member_see(at, die);
        break;
    case CCK_INTEREST_TYPEDEF:
        alias_see(at, die);
        break;
    case CCK_INTEREST_ENUM:
        parent_add(at, die->start);
        inside->interest = CCK_INTEREST_NONE;
        break;
    case CCK_INTEREST_SPACE:
    case CCK_INTEREST_FUNCTION:
        parent_add(at, die->start);
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

static bool is_idle(const walk *at)
{
    return at->depth && at->levels[at->depth - 1].interest == CCK_INTEREST_NONE;
}

static uint8_t interest_in(const walk *at, const cck_abbrev *abbrev)
{
    return at->parents ? abbrev->parental : abbrev->scanned;
}

/* What follows is the DIE behind this one's children, or the first of them. */
static bool go_on(walk *at, const cck_abbrev *abbrev, const uint8_t *sibling)
{
    if (!at->cursor.at || !abbrev->children)
        return at->cursor.at != NULL;
    if (sibling) {
        at->cursor.at = sibling;
        return true;
    }
    if (at->depth == DEEPEST)
        return false;
    at->levels[at->depth++].interest = CCK_INTEREST_NONE;
    return true;
}

static bool step_over(walk *at, const cck_abbrev *abbrev)
{
    if (!abbrev->children && abbrev->fixed != UINT32_MAX) {
        if ((size_t)(at->cursor.end - at->cursor.at) < abbrev->fixed)
            return false;
        at->cursor.at += abbrev->fixed;
        return true;
    }
    cck_scan_die die;
    die.sibling = NULL;
    cck_scan_die_read(at->scan->abbrevs, &abbrev->pass, &at->cursor, at->base, &die);
    return go_on(at, abbrev, die.sibling);
}

static bool step_into(walk *at, const cck_abbrev *abbrev, const uint8_t *start)
{
    level *inside = &at->levels[at->depth];
    inside->interest = abbrev->interest;
    inside->offset = (uint32_t)(start - at->first);
    inside->slot = 0;
    inside->key = 0;
    inside->die = (cck_scan_die){.start = start};
    cck_scan_die_read(at->scan->abbrevs, at->parents ? &abbrev->pass : &abbrev->read, &at->cursor,
                      at->base, &inside->die);
    if (!at->cursor.at)
        return false;
    die_see(at, abbrev, &inside->die, inside);
    if (!abbrev->children && inside->interest == CCK_INTEREST_RECORD)
        record_close(at, inside);
    if (!abbrev->children || inside->interest == CCK_INTEREST_NONE)
        return go_on(at, abbrev, inside->die.sibling);
    if (at->depth == DEEPEST)
        return false;
    at->depth++;
    return true;
}

/* The end of a list of children. False: of the unit's. */
static bool step_out(walk *at)
{
    if (at->depth == 0) {
        at->ended = true;
        return false;
    }
    at->depth--;
    if (at->levels[at->depth].interest == CCK_INTEREST_RECORD)
        record_close(at, &at->levels[at->depth]);
    return true;
}

/* One DIE, or the end of a list of children. False: the walk is over. */
static bool step(walk *at)
{
    const cck_abbrevs *abbrevs = at->scan->abbrevs;
    const uint8_t *start = at->cursor.at;
    uint64_t code = cck_cursor_leb(&at->cursor);
    if (!at->cursor.at)
        return false;
    if (code == 0)
        return step_out(at);
    if (code >= abbrevs->code_count || !abbrevs->codes[code].known)
        return false;
    const cck_abbrev *abbrev = &abbrevs->codes[code];
    if (interest_in(at, abbrev) == CCK_INTEREST_NONE || is_idle(at))
        return step_over(at, abbrev);
    return step_into(at, abbrev, start);
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

static void aliases_take(walk *at)
{
    cck_scan_unit *out = at->out;
    size_t records = out->record_count;
    for (size_t i = 0; i < at->alias_count; i++) {
        alias *named = &at->aliases[i];
        cck_scan_unit plain = {.records = out->records, .record_count = records};
        bool elsewhere = named->target == ELSEWHERE;
        size_t slot = elsewhere ? 0 : slot_of(&plain, named->target);
        if ((!elsewhere && (slot == SIZE_MAX || out->records[slot].number != UINT32_MAX)) ||
            !grow(at, (void **)&out->records, out->record_count, sizeof *out->records))
            continue;
        uint64_t key = elsewhere ? named->key : mix(named->key, at->keys[slot]);
        uint32_t number = distinct_of(at, key, &named->die, true);
        out->records[out->record_count++] = (cck_scan_record){named->offset, number};
    }
    if (out->record_count > records)
        qsort(out->records, out->record_count, sizeof *out->records, by_offset);
}

/* Of units that are read as wholes; a type unit's first DIE is the type unit itself too. */
static bool walk_begin(walk *at, const cck_unit *unit)
{
    cck_scan *scan = at->scan;
    Dwarf_Die first = unit->die, whole;
    if (!scan->abbrevs)
        scan->abbrevs = calloc(1, sizeof *scan->abbrevs);
    if (!scan->abbrevs || !dwarf_cu_die(first.cu, &whole, NULL, NULL, NULL, NULL, NULL, NULL) ||
        !cck_abbrevs_read(scan->abbrevs, unit))
        return false;
    uint64_t header = dwarf_cuoffset(&whole);
    uint64_t size = cck_unit_size(&whole);
    Elf *elf = dwarf_getelf(dwarf_cu_getdwarf(first.cu));
    const char *ident = elf ? elf_getident(elf, NULL) : NULL;
    if (!ident || size <= header || size > UINT32_MAX)
        return false;
    at->unit = unit;
    at->first = whole.addr;
    at->base = at->first - header;
    at->cursor = (cck_cursor){
        .at = at->first, .end = at->base + size, .big_endian = ident[EI_DATA] == ELFDATA2MSB};
    return true;
}

/* What follows a DIE with its children, if its abbreviation tells that; NULL if not. */
static inline const uint8_t *behind(const walk *at, const cck_abbrev *abbrev, const uint8_t *values)
{
    enum { SIBLING = 4 };
    size_t left = (size_t)(at->cursor.end - values);
    if (abbrev->leap != UINT32_MAX)
        return abbrev->leap <= left ? values + abbrev->leap : NULL;
    if (abbrev->leap_sibling == UINT32_MAX || left < abbrev->leap_sibling + (size_t)SIBLING ||
        at->cursor.big_endian)
        return NULL;
    uint32_t sibling;
    memcpy(&sibling, values + abbrev->leap_sibling, sizeof sibling);
    sibling = le32toh(sibling);
    bool forth = sibling <= (size_t)(at->cursor.end - at->base) &&
                 at->base + sibling > values + abbrev->leap_sibling + SIBLING;
    return forth ? at->base + sibling : NULL;
}

/* Past DIEs that are of no interest and tell at once what follows them. Whatever is unusual, as
 * damage is, ends it: step() sees to that. */
static void leap(walk *at)
{
    enum { LONG_CODE = 0x80 };
    const cck_abbrevs *abbrevs = at->scan->abbrevs;
    const uint8_t *next = at->cursor.at, *end = at->cursor.end;
    while (next < end && *next && *next < LONG_CODE && *next < abbrevs->code_count) {
        const cck_abbrev *abbrev = &abbrevs->codes[*next];
        bool noted = at->parents && abbrev->declared;
        const uint8_t *then = NULL;
        if (abbrev->known && (noted || interest_in(at, abbrev) == CCK_INTEREST_NONE))
            then = behind(at, abbrev, next + 1);
        if (!then)
            break;
        if (noted)
            parent_add(at, next);
        next = then;
    }
    at->cursor.at = next;
}

/* True if it came to the end of the unit. */
static bool walk_all(walk *at)
{
    /* The unit itself is what holds everything, at no depth. */
    const cck_abbrevs *abbrevs = at->scan->abbrevs;
    uint64_t code = cck_cursor_leb(&at->cursor);
    if (!at->cursor.at || code >= abbrevs->code_count || !abbrevs->codes[code].known)
        return false;
    cck_scan_die whole;
    cck_scan_die_read(abbrevs, &abbrevs->codes[code].pass, &at->cursor, at->base, &whole);
    if (abbrevs->codes[code].children)
        while (at->cursor.at && at->cursor.at < at->cursor.end && !at->scan->full && step(at))
            leap(at);
    return at->cursor.at &&
           (at->ended || at->cursor.at >= at->cursor.end || !abbrevs->codes[code].children);
}

void cck_scan_unit_read(cck_scan *scan, const cck_unit *unit, uint32_t number,
                        cck_scan_unit *out_unit)
{
    walk *at = calloc(1, sizeof *at);
    if (!at) {
        scan->full = true;
        return;
    }
    at->scan = scan;
    at->number = number;
    at->out = out_unit;
    if (walk_begin(at, unit)) {
        at->files = cck_files_of(scan->module, unit->skeleton.cu);
        out_unit->cut = !walk_all(at);
        aliases_take(at);
    } else {
        out_unit->cut = true;
    }
    out_unit->done = true;
    free(at->aliases);
    free(at->keys);
    free(at);
}

void cck_scan_parents(cck_scan *scan, cck_unit *unit)
{
    walk *at = calloc(1, sizeof *at);
    cck_scan_unit none = {.records = NULL};
    if (!at)
        return;
    at->scan = scan;
    at->out = &none;
    at->parents = unit;
    if (walk_begin(at, unit))
        walk_all(at);
    unit->read = true;
    free(at);
}

/* Past a DIE and all that is in it. */
static bool pass_whole(walk *at, const cck_abbrev *abbrev)
{
    unsigned depth = at->depth;
    if (!step_over(at, abbrev))
        return false;
    while (at->depth > depth) {
        uint64_t code = cck_cursor_leb(&at->cursor);
        const cck_abbrevs *abbrevs = at->scan->abbrevs;
        if (!at->cursor.at || code >= abbrevs->code_count)
            return false;
        if (code == 0)
            at->depth--;
        else if (!abbrevs->codes[code].known || !step_over(at, &abbrevs->codes[code]))
            return false;
    }
    return true;
}

static size_t members_find(walk *at, const void ***out_members)
{
    const cck_abbrevs *abbrevs = at->scan->abbrevs;
    uint64_t code = cck_cursor_leb(&at->cursor);
    size_t count = 0;
    if (!at->cursor.at || code >= abbrevs->code_count || !abbrevs->codes[code].children)
        return 0;
    cck_scan_die record;
    cck_scan_die_read(abbrevs, &abbrevs->codes[code].pass, &at->cursor, at->base, &record);
    while (at->cursor.at && at->cursor.at < at->cursor.end) {
        const uint8_t *start = at->cursor.at;
        code = cck_cursor_leb(&at->cursor);
        if (!at->cursor.at || code == 0 || code >= abbrevs->code_count ||
            !abbrevs->codes[code].known)
            break;
        const cck_abbrev *abbrev = &abbrevs->codes[code];
        bool wanted = abbrev->interest == CCK_INTEREST_MEMBER || abbrev->tag == DW_TAG_variant_part;
        if (wanted && grow(at, (void **)out_members, count, sizeof **out_members))
            (*out_members)[count++] = start;
        if (!pass_whole(at, abbrev))
            break;
    }
    return count;
}

size_t cck_scan_members(cck_scan *scan, const cck_unit *unit, const void *record,
                        const void ***out_members)
{
    *out_members = NULL;
    if (!scan->at) /* large, and kept: this is asked of every record */
        scan->at = calloc(1, sizeof *scan->at);
    walk *at = scan->at;
    if (!at) {
        scan->full = true;
        return 0;
    }
    at->scan = scan;
    at->depth = 0;
    if (at->unit != unit && !walk_begin(at, unit)) {
        at->unit = NULL;
        return 0;
    }
    if (!cck_abbrevs_read(scan->abbrevs, unit))
        return 0;
    at->cursor.at = record;
    return members_find(at, out_members);
}

void cck_scan_clear(cck_scan *scan)
{
    cck_map_clear(&scan->known);
    free(scan->distinct);
    free(scan->at);
    cck_abbrevs_free(scan->abbrevs);
}
