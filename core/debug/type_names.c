/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdio.h>
#include <string.h>

#include "core/base/nearest.h"
#include "core/debug/type_internal.h"

/*
 * Types by name. Every unit is walked once, at the first question: its own list of names
 * (.debug_names, .debug_pubtypes) is mostly missing and does not tell definitions from
 * declarations. Of types of one name the first definition counts.
 */

enum { NESTING = 32 };

typedef struct cck_type_entry cck_type_entry;
struct cck_type_entry {
    Dwarf_Die die;
    cck_type_entry *next; /* another qualified name that ends alike */
};

static bool is_typedef(int tag)
{
    return tag == DW_TAG_typedef || tag == DW_TAG_template_alias;
}

/* C keeps tags and typedefs apart: two seeds. */
static uint64_t seed(bool tagged)
{
    return tagged ? CCK_HASH_START : ~CCK_HASH_START;
}

static void enter(cck_debug_module *module, Dwarf_Die *die, uint64_t prefix, const char *name)
{
    struct cck_type_state *state = module->type_state;
    bool tagged = !is_typedef(dwarf_tag(die));
    uint64_t full = cck_type_hash_text(prefix, name) ^ (tagged ? 0 : 1);
    if (cck_map_get(&state->full, full))
        return;
    cck_type_entry *entry = cck_arena_alloc(&module->arena, sizeof *entry);
    if (!entry || !cck_map_put(&state->full, full, entry))
        return;
    uint64_t base = cck_type_hash_text(seed(tagged), name);
    entry->die = *die;
    entry->next = cck_map_get(&state->base, base);
    cck_map_put(&state->base, base, entry);
}

static uint64_t within(uint64_t prefix, const char *name)
{
    return cck_type_hash_text(cck_type_hash_text(prefix, name), "::");
}

static void scan(cck_debug_module *module, Dwarf_Die *die, uint64_t prefix, unsigned depth)
{
    Dwarf_Die child;
    for (bool more = cck_die_first(die, &child); more; more = cck_die_next(&child, &child)) {
        int tag = dwarf_tag(&child);
        const char *name;
        switch (tag) {
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
        case DW_TAG_interface_type:
        case DW_TAG_union_type:
        case DW_TAG_enumeration_type:
        case DW_TAG_typedef:
        case DW_TAG_template_alias:
            name = dwarf_diename(&child);
            if (!name || dwarf_hasattr(&child, DW_AT_declaration))
                break;
            enter(module, &child, prefix, name);
            if (!is_typedef(tag) && tag != DW_TAG_enumeration_type && depth < NESTING)
                scan(module, &child, within(prefix, name), depth + 1);
            break;
        case DW_TAG_namespace:
        case DW_TAG_module:
            name = dwarf_diename(&child);
            if (depth < NESTING)
                scan(module, &child, within(prefix, name ? name : "(anonymous namespace)"),
                     depth + 1);
            break;
        default:
            break;
        }
    }
}

static void scan_all(cck_debug_module *module, struct cck_type_state *state)
{
    if (state->scanned)
        return;
    state->scanned = true;
    cck_unit **units;
    size_t count = cck_debug_units(module, &units);
    for (size_t i = 0; i < count; i++)
        scan(module, &units[i]->die, CCK_HASH_START, 0);
}

/* The last part of a qualified name: what follows the last "::" outside of "<...>". */
static const char *last_part(const char *name)
{
    const char *part = name;
    int open = 0;
    for (const char *at = name; *at; at++) {
        open += *at == '<';
        open -= *at == '>' && open > 0;
        if (open == 0 && at[0] == ':' && at[1] == ':')
            part = at + 2;
    }
    return part;
}

static bool ends_in(const char *qualified, const char *name)
{
    size_t length = strlen(qualified), wanted = strlen(name);
    if (length < wanted || strcmp(qualified + length - wanted, name) != 0)
        return false;
    return length == wanted ||
           (length >= wanted + 2 && memcmp(qualified + length - wanted - 2, "::", 2) == 0);
}

static cck_type_entry *look_up(cck_debug_module *module, const char *name, bool tagged)
{
    struct cck_type_state *state = module->type_state;
    uint64_t full = cck_type_hash_text(CCK_HASH_START, name) ^ (tagged ? 0 : 1);
    cck_type_entry *entry = cck_map_get(&state->full, full);
    if (entry)
        return entry;
    entry = cck_map_get(&state->base, cck_type_hash_text(seed(tagged), last_part(name)));
    while (entry && !ends_in(cck_die_name(module, &entry->die), name))
        entry = entry->next;
    return entry;
}

bool cck_type_definition(cck_debug_module *module, Dwarf_Die *declaration, Dwarf_Die *out_die)
{
    Dwarf_Attribute memory;
    Dwarf_Attribute *found = dwarf_attr(declaration, DW_AT_signature, &memory);
    if (found && dwarf_formref_die(found, out_die))
        return true; /* it is in a type unit, and this tells which */
    struct cck_type_state *state = cck_type_state(module);
    if (state && state->share) {
        const void *record = state->share->find(state->share->context, declaration, true);
        return record && state->share->definition(state->share->context, record, out_die);
    }
    const char *name = dwarf_diename(declaration) ? cck_die_name(module, declaration) : "";
    if (!state || !*name)
        return false;
    scan_all(module, state);
    cck_type_entry *entry = cck_map_get(&state->full, cck_type_hash_text(CCK_HASH_START, name));
    if (!entry || is_typedef(dwarf_tag(&entry->die)))
        return false;
    *out_die = entry->die;
    return true;
}

const char *cck_type_bare(const char *name)
{
    static const char *const words[] = {"struct ", "union ", "class ", "enum "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (*name == *words[i] && strncmp(name, words[i], strlen(words[i])) == 0)
            return name + strlen(words[i]);
    return name;
}

const cck_type *cck_debug_find_type(cck_debug_module *module, const char *name)
{
    struct cck_type_state *state = cck_type_state(module);
    if (!state || !name)
        return NULL;
    const char *bare = cck_type_bare(name);
    bool tagged = bare != name;
    name = bare;
    if (!*name)
        return NULL;
    scan_all(module, state);
    cck_type_entry *entry = look_up(module, name, true);
    if (!entry && !tagged)
        entry = look_up(module, name, false);
    if (!entry)
        return NULL;
    const cck_type *type = cck_type_of_die(module, &entry->die);
    return type && type->kind != CCK_TYPE_OPAQUE ? type : NULL;
}

bool cck_debug_nearest_type(cck_debug_module *module, const char *name, char *out_name, size_t size)
{
    struct cck_type_state *state = cck_type_state(module);
    if (!state)
        return false;
    name = cck_type_bare(name);
    scan_all(module, state);
    cck_nearest_search search = {.word = name};
    size_t cursor = 0;
    uint64_t key;
    void *value;
    while (cck_map_next(&state->full, &cursor, &key, &value)) {
        const char *known = dwarf_diename(&((cck_type_entry *)value)->die);
        if (known)
            cck_nearest_offer(&search, known);
    }
    snprintf(out_name, size, "%s", search.found);
    return *search.found;
}
