/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "core/debug/type_internal.h"

/* What stands for a type while it is being made, and for what is not understood. */
static const cck_type opaque = {.kind = CCK_TYPE_OPAQUE, .name = "", .alias = "", .file = ""};

static bool push(cck_type_list *list, cck_type_pending item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        cck_type_pending *items = reallocarray(list->items, capacity, sizeof *items);
        if (!items)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return true;
}

struct cck_type_state *cck_type_state(cck_debug_module *module)
{
    if (module->type_state)
        return module->type_state;
    struct cck_type_state *state = cck_arena_alloc(&module->arena, sizeof *state);
    if (!state)
        return NULL;
    module->type_state = state;
    return state;
}

void cck_types_clear(cck_debug_module *module)
{
    struct cck_type_state *state = module->type_state;
    if (!state)
        return;
    cck_map_clear(&state->alike);
    cck_map_clear(&state->full);
    cck_map_clear(&state->base);
    free(state->targets.items);
    free(state->later.items);
    free(state->copies.items);
    free(state->unnamed.items);
    module->type_state = NULL;
}

static cck_type *new_type(cck_debug_module *module, cck_type_kind kind)
{
    cck_type *type = cck_arena_alloc(&module->arena, sizeof *type);
    if (type)
        *type = (cck_type){.kind = kind, .name = "", .alias = "", .file = ""};
    return type;
}

/* C has words before the names of structs, unions and enums; other languages have not. */
static const char *tag_word(Dwarf_Die *die)
{
    switch (dwarf_tag(die)) {
    case DW_TAG_union_type:
        return "union ";
    case DW_TAG_enumeration_type:
        return "enum ";
    default:
        return "struct ";
    }
}

/* Go names a struct without a name by all of its fields: the first tell enough. */
static const char *go_name(cck_debug_module *module, const char *name)
{
    enum { LONGEST = 72 };
    if (strncmp(name, "struct {", 8) != 0 || strlen(name) <= LONGEST)
        return name;
    int kept = LONGEST;
    while (kept > 8 && name[kept] != ';')
        kept--;
    const char *cut =
        kept > 8 ? cck_arena_printf(&module->arena, "%.*s; ... }", kept, name) : "struct { ... }";
    return cut ? cut : "";
}

static void name_it(cck_debug_module *module, Dwarf_Die *die, cck_type *type)
{
    cck_unit *unit = cck_debug_unit_of(module, die);
    type->language = unit ? unit->language : CCK_LANGUAGE_UNKNOWN;
    bool tagged = type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION ||
                  type->kind == CCK_TYPE_ENUM;
    if (tagged) /* others are declared nowhere */
        type->file = cck_die_declared(module, die, &type->line);
    if (!dwarf_diename(die))
        return;
    const char *name = cck_die_name(module, die);
    if (type->language == CCK_LANGUAGE_GO)
        name = go_name(module, name);
    if (type->language == CCK_LANGUAGE_C && tagged && *name)
        name = cck_arena_printf(&module->arena, "%s%s", tag_word(die), name);
    type->name = name ? name : "";
}

static uint32_t base_align(uint64_t size)
{
    enum { MOST = 16 };
    uint32_t align = 1;
    while (align < MOST && size % (align * 2) == 0 && align * 2 <= size)
        align *= 2;
    return align;
}

static uint64_t sane_size(Dwarf_Die *die)
{
    uint64_t size = 0, bits = 0;
    if (!cck_die_number(die, DW_AT_byte_size, &size) && cck_die_number(die, DW_AT_bit_size, &bits))
        size = (bits + 7) / 8;
    return size > CCK_TYPE_SIZE_MOST ? 0 : size;
}

static void load_scalar(cck_debug_module *module, Dwarf_Die *die, cck_type *type)
{
    type->size = sane_size(die);
    Dwarf_Die under;
    if (!type->size && type->kind == CCK_TYPE_ENUM && cck_type_die_of(die, &under))
        type->size = cck_type_part(module, &under)->size;
    uint64_t encoding;
    bool complex_number =
        cck_die_number(die, DW_AT_encoding, &encoding) && encoding == DW_ATE_complex_float;
    type->align = base_align(complex_number ? type->size / 2 : type->size);
}

void cck_type_target_later(cck_debug_module *module, cck_type *type, const Dwarf_Die *target)
{
    push(&module->type_state->targets, (cck_type_pending){.type = type, .die = *target});
}

static void load_pointer(cck_debug_module *module, Dwarf_Die *die, cck_type *type)
{
    struct cck_type_state *state = module->type_state;
    type->size = sane_size(die);
    if (!type->size)
        type->size = dwarf_tag(die) == DW_TAG_unspecified_type ? 0 : sizeof(uint64_t);
    type->align = base_align(type->size);
    Dwarf_Die target;
    if (cck_type_die_of(die, &target))
        cck_type_target_later(module, type, &target);
    if (!*type->name)
        push(&state->unnamed, (cck_type_pending){.type = type});
}

/* The same type with something more said about it. */
static cck_type *copy_of(cck_debug_module *module, const cck_type *type)
{
    cck_type *copy = new_type(module, type->kind);
    if (!copy)
        return NULL;
    *copy = *type;
    if (type->kind == CCK_TYPE_POINTER && !type->target)
        push(&module->type_state->copies, (cck_type_pending){.type = copy, .like = type});
    return copy;
}

static void load_alignment(Dwarf_Die *die, cck_type *type)
{
    Dwarf_Word align;
    Dwarf_Attribute memory;
    if (dwarf_formudata(dwarf_attr(die, DW_AT_alignment, &memory), &align) != 0 || align == 0 ||
        align > UINT32_MAX || (align & (align - 1)))
        return;
    /* gcc says it of a struct too that has an aligned member, rustc of everything: what
     * follows from the members was not asked for. */
    if (align > type->align)
        type->align_asked = (uint32_t)align;
    type->align = (uint32_t)align;
}

/* What was loaded elsewhere; `*out_record` also if it will be. */
static const cck_type *shared(const struct cck_type_state *state, Dwarf_Die *die,
                              const void **out_record)
{
    const cck_type_share *share = state->share;
    *out_record = share ? share->find(share->context, die, true) : NULL;
    return *out_record ? share->type(*out_record) : NULL;
}

/* Typedefs and qualifiers: the type that they stand for, or a copy that differs from it. */
static const cck_type *load_qualified(cck_debug_module *module, Dwarf_Die *die)
{
    struct cck_type_state *state = module->type_state;
    Dwarf_Die under;
    int tag = dwarf_tag(die);
    const void *record;
    const cck_type *loaded = tag == DW_TAG_typedef ? shared(state, die, &record) : NULL;
    if (loaded)
        return loaded;
    const cck_type *type = cck_type_die_of(die, &under) ? cck_type_part(module, &under) : NULL;
    if (!type || type == &opaque)
        return &opaque;
    cck_type changed = *type;
    if (tag == DW_TAG_typedef || tag == DW_TAG_template_alias) {
        const char *name = cck_die_name(module, die);
        if (!*type->name && !*type->alias && type->kind != CCK_TYPE_POINTER) {
            changed.alias = name;
            changed.file = cck_die_declared(module, die, &changed.line);
        }
        cck_sync sync = cck_sync_of(name, type);
        if (sync != CCK_SYNC_NONE) {
            changed.sync = sync;
            changed.sync_inside = false;
        }
        load_alignment(die, &changed);
    }
    changed.is_const |= tag == DW_TAG_const_type;
    changed.is_volatile |= tag == DW_TAG_volatile_type;
    changed.is_atomic |= tag == DW_TAG_atomic_type;
    if (tag == DW_TAG_atomic_type) {
        changed.sync = CCK_SYNC_ATOMIC;
        changed.sync_inside = false;
    }
    bool scalar = type->kind == CCK_TYPE_BASE || type->kind == CCK_TYPE_ENUM ||
                  type->kind == CCK_TYPE_POINTER;
    if (tag == DW_TAG_volatile_type && scalar && changed.sync == CCK_SYNC_NONE)
        changed.sync = CCK_SYNC_VOLATILE;
    /* Padding may differ: then there is a copy too many. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
    if (memcmp(&changed, type, sizeof changed) == 0)
        return type;
    cck_type *copy = copy_of(module, type);
    if (!copy)
        return type;
    *copy = changed;
    return copy;
}

/* A hash of all that makes two types of two units the same: the same header, mostly. */
static uint64_t fingerprint(Dwarf_Die *die, const cck_type *type)
{
    uint64_t size = sane_size(die);
    uint64_t hash = cck_type_hash_text(CCK_HASH_START, type->name);
    uint64_t words[3] = {type->line, size, (uint64_t)dwarf_tag(die)};
    hash = cck_type_hash(hash, words, sizeof words);
    hash = cck_type_hash_text(hash, type->file);
    Dwarf_Die child;
    unsigned most = CCK_TYPE_MEMBERS;
    for (bool more = cck_die_first(die, &child); more && most--;
         more = cck_die_next(&child, &child)) {
        uint64_t at = 0;
        int tag = dwarf_tag(&child);
        if (tag != DW_TAG_member && tag != DW_TAG_inheritance && tag != DW_TAG_variant_part)
            continue;
        const char *name = dwarf_diename(&child);
        cck_die_number(&child, DW_AT_data_member_location, &at);
        hash = cck_type_hash_text(hash, name ? name : "?");
        hash = cck_type_hash(hash, &at, sizeof at);
        Dwarf_Die under;
        name = cck_type_die_of(&child, &under) ? dwarf_diename(&under) : NULL;
        hash = cck_type_hash_text(hash, name ? name : "?");
    }
    return hash;
}

static const cck_type *load_record(cck_debug_module *module, Dwarf_Die *die)
{
    struct cck_type_state *state = module->type_state;
    const void *record = NULL;
    const cck_type *loaded = shared(state, die, &record);
    if (loaded)
        return loaded;
    bool is_union = dwarf_tag(die) == DW_TAG_union_type;
    bool is_enum = dwarf_tag(die) == DW_TAG_enumeration_type;
    cck_type *type = new_type(module, is_union  ? CCK_TYPE_UNION
                                      : is_enum ? CCK_TYPE_ENUM
                                                : CCK_TYPE_STRUCT);
    if (!type)
        return &opaque;
    name_it(module, die, type);
    /* gcc gives stand-ins of types in type units a signature only. */
    if (dwarf_hasattr(die, DW_AT_declaration) || dwarf_hasattr(die, DW_AT_signature)) {
        Dwarf_Die definition;
        if (cck_type_definition(module, die, &definition) && definition.addr != die->addr)
            return cck_type_part(module, &definition);
        type->kind = CCK_TYPE_OPAQUE;
        type->sync = cck_sync_of_name(type->name);
        return type;
    }
    uint64_t print = *type->name && !record ? fingerprint(die, type) : 0;
    const cck_type *known = print ? cck_map_get(&state->alike, print) : NULL;
    if (known)
        return known;
    if (is_enum)
        load_scalar(module, die, type);
    else
        cck_type_load_members(module, die, type);
    load_alignment(die, type);
    /* What has no bytes is a mark to other tools: sync/atomic.noCopy. */
    if (type->size)
        type->sync = cck_sync_of(type->name, type);
    cck_sync_inherit(type);
    if (print)
        cck_map_put(&state->alike, print, type);
    return type;
}

/* In Go a variable of a function type has a size: that of the pointer that it is. */
static cck_type_kind plain_kind(Dwarf_Die *die)
{
    if (dwarf_tag(die) == DW_TAG_base_type)
        return CCK_TYPE_BASE;
    if (dwarf_tag(die) != DW_TAG_subroutine_type)
        return CCK_TYPE_OPAQUE;
    return sane_size(die) ? CCK_TYPE_POINTER : CCK_TYPE_FUNCTION;
}

static const cck_type *load_plain(cck_debug_module *module, Dwarf_Die *die)
{
    cck_type *type = new_type(module, plain_kind(die));
    if (!type)
        return &opaque;
    name_it(module, die, type);
    if (type->kind == CCK_TYPE_BASE || type->kind == CCK_TYPE_POINTER)
        load_scalar(module, die, type);
    return type;
}

static const cck_type *load(cck_debug_module *module, Dwarf_Die *die)
{
    cck_type *type;
    switch (dwarf_tag(die)) {
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_interface_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
        return load_record(module, die);
    case DW_TAG_typedef:
    case DW_TAG_template_alias:
    case DW_TAG_const_type:
    case DW_TAG_volatile_type:
    case DW_TAG_atomic_type:
    case DW_TAG_restrict_type:
    case DW_TAG_shared_type:
    case DW_TAG_packed_type:
    case DW_TAG_immutable_type:
    case DW_TAG_subrange_type:
        return load_qualified(module, die);
    case DW_TAG_array_type:
        type = new_type(module, CCK_TYPE_ARRAY);
        if (!type)
            return &opaque;
        cck_type_load_array(module, die, type);
        push(&module->type_state->unnamed, (cck_type_pending){.type = type});
        return type;
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
    case DW_TAG_ptr_to_member_type:
        type = new_type(module, CCK_TYPE_POINTER);
        if (!type)
            return &opaque;
        name_it(module, die, type);
        load_pointer(module, die, type);
        return type;
    case DW_TAG_base_type:
    case DW_TAG_subroutine_type:
    case DW_TAG_unspecified_type:
        return load_plain(module, die);
    default:
        return &opaque;
    }
}

const cck_type *cck_type_part(cck_debug_module *module, Dwarf_Die *die)
{
    struct cck_type_state *state = cck_type_state(module);
    uint64_t key = (uint64_t)(uintptr_t)die->addr;
    const cck_type *type = cck_map_get(&module->types, key);
    if (type || !state)
        return type ? type : &opaque;
    if (state->depth >= CCK_TYPE_DEPTH || !cck_map_put(&module->types, key, (void *)&opaque))
        return &opaque;
    state->depth++;
    type = load(module, die);
    state->depth--;
    cck_map_put(&module->types, key, (void *)type);
    return type;
}

/* "[3][4]" of an array of arrays, and what its elements are. */
static const cck_type *dimensions(cck_debug_module *module, const cck_type *type,
                                  const char **out_text)
{
    const char *text = "";
    unsigned most = CCK_TYPE_DEPTH;
    for (; type && type->kind == CCK_TYPE_ARRAY && most--; type = type->target) {
        const char *longer = type->count ? cck_arena_printf(&module->arena, "%s[%llu]", text,
                                                            (unsigned long long)type->count)
                                         : cck_arena_printf(&module->arena, "%s[]", text);
        text = longer ? longer : text;
    }
    *out_text = text;
    return type;
}

/* Pointers and arrays are named after what they point to or hold. */
static const char *derived_name(cck_debug_module *module, const cck_type *type, unsigned depth)
{
    enum { DEEPEST = 8 };
    const char *name = NULL, *text;
    if (type && *type->name)
        return type->name;
    if (!type || depth > DEEPEST)
        return type ? "..." : "void";
    if (type->kind == CCK_TYPE_ARRAY) {
        const cck_type *element = dimensions(module, type, &text);
        name = cck_arena_printf(&module->arena, "%s%s", derived_name(module, element, depth + 1),
                                text);
    } else if (type->kind == CCK_TYPE_POINTER) {
        bool again = type->target && type->target->kind == CCK_TYPE_POINTER;
        name = cck_arena_printf(&module->arena, "%s%s",
                                derived_name(module, type->target, depth + 1), again ? "*" : " *");
    } else {
        return cck_type_label(type);
    }
    return name ? name : "";
}

/* Fill in what pointers point to, which may bring more pointers. */
static void settle_targets(cck_debug_module *module)
{
    struct cck_type_state *state = module->type_state;
    const cck_type_share *share = state->share;
    for (size_t i = 0; i < state->targets.count; i++) {
        cck_type_pending item = state->targets.items[i];
        const void *record = share ? share->find(share->context, &item.die, false) : NULL;
        if (record) {
            item.record = record;
            push(&state->later, item);
            continue;
        }
        const cck_type *target = cck_type_part(module, &item.die);
        bool unknown = target->kind == CCK_TYPE_OPAQUE && !*target->name;
        item.type->target = unknown ? NULL : target;
    }
    state->targets.count = 0;
}

/* What depends on the targets of pointers. */
static void settle_rest(cck_debug_module *module)
{
    struct cck_type_state *state = module->type_state;
    for (size_t i = 0; i < state->copies.count; i++)
        state->copies.items[i].type->target = state->copies.items[i].like->target;
    for (size_t i = 0; i < state->unnamed.count; i++) {
        cck_type *type = state->unnamed.items[i].type;
        type->name = derived_name(module, type, 0);
    }
    for (size_t i = 0; i < state->copies.count; i++)
        if (!*state->copies.items[i].type->name)
            state->copies.items[i].type->name = state->copies.items[i].like->name;
    state->copies.count = state->unnamed.count = 0;
}

static void settle(cck_debug_module *module)
{
    module->type_state->depth++; /* what is loaded here must not settle again */
    settle_targets(module);
    if (!module->type_state->share)
        settle_rest(module);
    module->type_state->depth--;
}

bool cck_types_share(cck_debug_module *module, const cck_type_share *share)
{
    struct cck_type_state *state = cck_type_state(module);
    if (state)
        state->share = share;
    return state != NULL;
}

void cck_types_finish(cck_debug_module *module)
{
    struct cck_type_state *state = module->type_state;
    if (!state || !state->share)
        return;
    for (size_t i = 0; i < state->later.count; i++)
        state->later.items[i].type->target = state->share->type(state->later.items[i].record);
    settle_rest(module);
    state->later.count = 0;
    state->share = NULL;
}

const cck_type *cck_type_of_die(cck_debug_module *module, Dwarf_Die *die)
{
    const cck_type *type = cck_type_part(module, die);
    if (module->type_state && module->type_state->depth == 0)
        settle(module);
    bool unknown = type->kind == CCK_TYPE_OPAQUE && !*type->name;
    return unknown ? NULL : type;
}
