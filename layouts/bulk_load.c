/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "layouts/bulk_internal.h"

/* Where an entry was before it was sorted. */
typedef struct place {
    cck_scan_distinct distinct;
    uint32_t index;
} place;

typedef struct merging {
    cck_map known; /* key to place + 1 */
    place *places;
    size_t count;
} merging;

static int merge_scan(cck_bulk *all, merging *into, unsigned number, cck_error *err)
{
    const cck_scan *scan = &all->workers[number].scan;
    uint32_t *to = calloc(scan->distinct_count + 1, sizeof *to);
    place *grown =
        reallocarray(into->places, into->count + scan->distinct_count + 1, sizeof *grown);
    all->renumbered[number] = to;
    if (grown)
        into->places = grown;
    if (!to || !grown)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < scan->distinct_count; i++) {
        const cck_scan_distinct *seen = &scan->distinct[i];
        size_t known = (size_t)(uintptr_t)cck_map_get(&into->known, seen->key);
        if (!known) {
            known = into->count + 1;
            if (!cck_map_put(&into->known, seen->key, (void *)(uintptr_t)known))
                return cck_fail(err, CCK_ENOMEM, "out of memory");
            into->places[into->count++] = (place){*seen, (uint32_t)known - 1};
        } else {
            cck_scan_distinct *first = &into->places[known - 1].distinct;
            uint32_t units = first->seen + seen->seen;
            if (seen->unit < first->unit ||
                (seen->unit == first->unit && seen->offset < first->offset))
                *first = *seen;
            first->seen = units;
        }
        to[i] = (uint32_t)known - 1;
    }
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const cck_scan_distinct *left = &((const place *)a)->distinct;
    const cck_scan_distinct *right = &((const place *)b)->distinct;
    if (left->unit != right->unit)
        return left->unit < right->unit ? -1 : 1;
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

static int entries_make(cck_bulk *all, merging *from, cck_error *err)
{
    uint32_t *sorted = calloc(from->count + 1, sizeof *sorted);
    all->entries = calloc(from->count + 1, sizeof *all->entries);
    all->first_of = calloc(all->unit_count + 1, sizeof *all->first_of);
    if (!sorted || !all->entries || !all->first_of) {
        free(sorted);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    if (from->count)
        qsort(from->places, from->count, sizeof *from->places, by_place);
    all->entry_count = from->count;
    for (size_t i = 0; i < from->count; i++) {
        const cck_scan_distinct *first = &from->places[i].distinct;
        sorted[from->places[i].index] = (uint32_t)i;
        all->first_of[first->unit + 1]++;
        all->entries[i].name = first->name;
        all->entries[i].unit = first->unit;
        all->entries[i].offset = first->offset;
        all->entries[i].seen = first->seen;
        all->entries[i].is_typedef = first->is_typedef;
        if (!first->is_typedef && !cck_map_get(&all->by_name, first->name))
            cck_map_put(&all->by_name, first->name, &all->entries[i]);
    }
    for (size_t i = 0; i < all->unit_count; i++)
        all->first_of[i + 1] += all->first_of[i];
    for (unsigned i = 0; i < all->worker_count; i++)
        for (size_t j = 0; j < all->workers[i].scan.distinct_count; j++)
            all->renumbered[i][j] = sorted[all->renumbered[i][j]];
    free(sorted);
    return 0;
}

int cck_bulk_merge(cck_bulk *all, cck_error *err)
{
    merging into = {.places = NULL};
    int failed = 0;
    for (unsigned i = 0; i < all->worker_count && !failed; i++)
        failed = merge_scan(all, &into, i, err);
    if (!failed)
        failed = entries_make(all, &into, err);
    cck_map_clear(&into.known);
    free(into.places);
    return failed;
}

static cck_bulk_entry *entry_at(const cck_bulk_worker *worker, const Dwarf_Die *die)
{
    cck_bulk *all = worker->all;
    const cck_unit *unit = cck_map_get(&worker->module->unit_of_cu, (uintptr_t)die->cu);
    if (!unit || unit->number >= all->unit_count || (char *)die->addr < (char *)unit->die.addr)
        return NULL;
    const cck_scan_unit *seen = &all->units[unit->number];
    uint64_t offset = (uint64_t)((char *)die->addr - (char *)unit->die.addr);
    size_t low = 0, high = seen->record_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (seen->records[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == seen->record_count || seen->records[low].offset != offset ||
        seen->records[low].number == UINT32_MAX)
        return NULL;
    return &all->entries[all->renumbered[seen->scan][seen->records[low].number]];
}

static bool is_wrapped(int tag)
{
    return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
           tag == DW_TAG_restrict_type;
}

/* A record that is only declared is found by its name. */
static const void *entry_named(const cck_bulk_worker *worker, Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    Dwarf_Die target;
    if (dwarf_attr(die, DW_AT_signature, &attribute))
        return dwarf_formref_die(&attribute, &target) ? entry_at(worker, &target) : NULL;
    if (!dwarf_diename(die) || !dwarf_hasattr(die, DW_AT_declaration))
        return NULL;
    const char *name = cck_die_name(worker->module, die);
    return cck_map_get(&worker->all->by_name, cck_type_hash_text(CCK_HASH_START, name));
}

static const void *find(void *context, Dwarf_Die *die, bool exactly)
{
    enum { CHAIN = 16 };
    const cck_bulk_worker *worker = context;
    Dwarf_Die at = *die;
    for (int i = 0; i < CHAIN; i++) {
        int tag = dwarf_tag(&at);
        bool record = tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
                      tag == DW_TAG_union_type || tag == DW_TAG_interface_type;
        if (!record && !is_wrapped(tag))
            return NULL;
        const void *entry = entry_at(worker, &at);
        if (entry || record)
            return entry ? entry : entry_named(worker, &at);
        if (exactly || !cck_type_die_of(&at, &at))
            return NULL;
    }
    return NULL;
}

static const cck_type *loaded(const void *record)
{
    const cck_bulk_entry *entry = record;
    return atomic_load_explicit(&entry->type, memory_order_acquire);
}

static Dwarf_Die entry_die(const cck_bulk_worker *worker, const cck_bulk_entry *entry)
{
    const Dwarf_Die *first = &worker->module->units[entry->unit]->die;
    return cck_die_at((const char *)first->addr + entry->offset, first);
}

static bool definition(void *context, const void *record, Dwarf_Die *out_die)
{
    *out_die = entry_die(context, record);
    return true;
}

/* Scopes of code are of no use here, and take long: only what qualifies names is read. */
static void parents_read(void *context, cck_unit *unit)
{
    cck_bulk_worker *worker = context;
    cck_scan_parents(&worker->scan, unit);
}

static size_t members(void *context, Dwarf_Die *record, const void ***out_members)
{
    cck_bulk_worker *worker = context;
    const cck_unit *unit = cck_debug_unit_of(worker->module, record);
    *out_members = NULL;
    return unit ? cck_scan_members(&worker->scan, unit, record->addr, out_members) : 0;
}

bool cck_bulk_share_begin(cck_bulk_worker *worker)
{
    worker->module->parents_read = parents_read;
    worker->module->parents_context = worker;
    worker->share = (cck_type_share){.context = worker,
                                     .find = find,
                                     .type = loaded,
                                     .members = members,
                                     .definition = definition};
    return cck_types_share(worker->module, &worker->share);
}

static void parents_drop(cck_unit *unit)
{
    if (unit->scopes || unit->statics)
        return;
    free(unit->parents);
    unit->parents = NULL;
    unit->parent_count = 0;
    unit->read = false;
}

void cck_bulk_load(cck_bulk_worker *worker, uint32_t number)
{
    cck_bulk *all = worker->all;
    cck_scan_unit *seen = &all->units[number];
    cck_unit *unit = worker->module->units[number];
    if (all->first_of[number] == all->first_of[number + 1] && !seen->variable_count)
        return;
    for (uint32_t i = all->first_of[number]; i < all->first_of[number + 1]; i++) {
        cck_bulk_entry *entry = &all->entries[i];
        Dwarf_Die die = entry_die(worker, entry);
        const cck_type *type = cck_type_of_die(worker->module, &die);
        if (type && (type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION))
            atomic_store_explicit(&entry->type, type, memory_order_release);
    }
    cck_bulk_load_globals(worker, unit, seen);
    parents_drop(unit);
}

int cck_bulk_take(cck_bulk *all, cck_error *err)
{
    int failed = 0;
    cck_corpus_input *input = &all->corpus->inputs[all->input];
    for (size_t i = 0; i < all->unit_count; i++) {
        input->units += all->units[i].done;
        for (size_t j = 0; j < all->units[i].record_count; j++)
            input->types += all->units[i].records[j].number != UINT32_MAX;
    }
    for (size_t i = 0; i < all->entry_count && !failed; i++) {
        const cck_type *type = loaded(&all->entries[i]);
        if (!type)
            continue;
        bool main_file = all->main_file && strcmp(type->file, all->main_file) == 0;
        failed = cck_corpus_add(all->corpus,
                                &(cck_corpus_type){.type = type,
                                                   .input = all->input,
                                                   .seen = all->entries[i].seen,
                                                   .main_file = main_file},
                                err);
    }
    return failed;
}
