/* SPDX-License-Identifier: MIT */
#include "layouts/bulk_scan.h"

#include <dwarf.h>
#include <stdlib.h>

#include "layouts/bulk_walk.h"

void cck_scan_unit_read(cck_scan *scan, const cck_unit *unit, uint32_t number,
                        cck_scan_unit *out_unit)
{
    cck_walk *at = calloc(1, sizeof *at);
    if (!at) {
        scan->full = true;
        return;
    }
    at->scan = scan;
    at->number = number;
    at->out = out_unit;
    if (cck_walk_begin(at, unit)) {
        at->files = cck_files_of(scan->module, unit->skeleton.cu);
        out_unit->cut = !cck_walk_all(at);
        cck_walk_see_aliases(at);
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
    cck_walk *at = calloc(1, sizeof *at);
    cck_scan_unit none = {.records = NULL};
    if (!at)
        return;
    at->scan = scan;
    at->out = &none;
    at->parents = unit;
    if (cck_walk_begin(at, unit))
        cck_walk_all(at);
    unit->read = true;
    free(at);
}

static size_t members_find(cck_walk *at, const void ***out_members)
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
        if (wanted && cck_walk_grow(at, (void **)out_members, count, sizeof **out_members))
            (*out_members)[count++] = start;
        if (!cck_walk_pass(at, abbrev))
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
    cck_walk *at = scan->at;
    if (!at) {
        scan->full = true;
        return 0;
    }
    at->scan = scan;
    at->depth = 0;
    if (at->unit != unit && !cck_walk_begin(at, unit)) {
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
