/* SPDX-License-Identifier: MIT */
#include "layouts/bulk_walk.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more in an array that doubles. */
bool cck_walk_grow(cck_walk *at, void **items, size_t count, size_t size)
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

static bool is_idle(const cck_walk *at)
{
    return at->depth && at->levels[at->depth - 1].interest == CCK_INTEREST_NONE;
}

static uint8_t interest_in(const cck_walk *at, const cck_abbrev *abbrev)
{
    return at->parents ? abbrev->parental : abbrev->scanned;
}

/* What follows is the DIE behind this one's children, or the first of them. */
static bool go_on(cck_walk *at, const cck_abbrev *abbrev, const uint8_t *sibling)
{
    if (!at->cursor.at || !abbrev->children)
        return at->cursor.at != NULL;
    if (sibling) {
        at->cursor.at = sibling;
        return true;
    }
    if (at->depth == CCK_WALK_DEEPEST)
        return false;
    at->levels[at->depth++].interest = CCK_INTEREST_NONE;
    return true;
}

static bool step_over(cck_walk *at, const cck_abbrev *abbrev)
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

static bool step_into(cck_walk *at, const cck_abbrev *abbrev, const uint8_t *start)
{
    cck_level *inside = &at->levels[at->depth];
    inside->interest = abbrev->interest;
    inside->offset = (uint32_t)(start - at->first);
    inside->slot = 0;
    inside->key = 0;
    inside->die = (cck_scan_die){.start = start};
    cck_scan_die_read(at->scan->abbrevs, at->parents ? &abbrev->pass : &abbrev->read, &at->cursor,
                      at->base, &inside->die);
    if (!at->cursor.at)
        return false;
    cck_walk_see(at, abbrev, &inside->die, inside);
    if (!abbrev->children && inside->interest == CCK_INTEREST_RECORD)
        cck_walk_see_end(at, inside);
    if (!abbrev->children || inside->interest == CCK_INTEREST_NONE)
        return go_on(at, abbrev, inside->die.sibling);
    if (at->depth == CCK_WALK_DEEPEST)
        return false;
    at->depth++;
    return true;
}

/* The end of a list of children. False: of the unit's. */
static bool step_out(cck_walk *at)
{
    if (at->depth == 0) {
        at->ended = true;
        return false;
    }
    at->depth--;
    if (at->levels[at->depth].interest == CCK_INTEREST_RECORD)
        cck_walk_see_end(at, &at->levels[at->depth]);
    return true;
}

/* One DIE, or the end of a list of children. False: the walk is over. */
static bool step(cck_walk *at)
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

/* What follows a DIE with its children, if its abbreviation tells that; NULL if not. */
static inline const uint8_t *behind(const cck_walk *at, const cck_abbrev *abbrev,
                                    const uint8_t *values)
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
static void leap(cck_walk *at)
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
            cck_walk_see_parent(at, next);
        next = then;
    }
    at->cursor.at = next;
}

/* The section that a unit begins in. Several may have its name: those of groups. Other kinds of
 * sections must not be read by two threads at once. */
static bool find_section(cck_scan *scan, Elf *elf, const uint8_t *base)
{
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) ||
            (header.sh_type != SHT_PROGBITS && header.sh_type != SHT_MIPS_DWARF) ||
            header.sh_flags & (SHF_ALLOC | SHF_COMPRESSED))
            continue;
        const Elf_Data *data = elf_getdata(section, NULL);
        const uint8_t *start = data ? data->d_buf : NULL;
        if (!start || base < start || base >= start + data->d_size)
            continue;
        scan->section = start;
        scan->section_end = start + data->d_size;
        return true;
    }
    return false;
}

/* Whether a unit ends where its section does, or before: libdw does not look. */
static bool is_within(cck_scan *scan, Elf *elf, const uint8_t *base, uint64_t size)
{
    bool known = base >= scan->section && base < scan->section_end;
    return (known || find_section(scan, elf, base)) && size <= (uint64_t)(scan->section_end - base);
}

/* Of units that are read as wholes; a type unit's first DIE is the type unit itself too. */
bool cck_walk_begin(cck_walk *at, const cck_unit *unit)
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
    if (!is_within(scan, elf, at->base, size))
        return false;
    at->cursor = (cck_cursor){
        .at = at->first, .end = at->base + size, .big_endian = ident[EI_DATA] == ELFDATA2MSB};
    return true;
}

/* True if it came to the end of the unit. */
bool cck_walk_all(cck_walk *at)
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

/* Past a DIE and all that is in it. */
bool cck_walk_pass(cck_walk *at, const cck_abbrev *abbrev)
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
