/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "core/debug/type_internal.h"

typedef struct cck_member_list {
    cck_member *items; /* malloc'ed while it grows */
    size_t count, capacity;
} cck_member_list;

static bool add(cck_member_list *list, cck_member member)
{
    if (list->count >= CCK_TYPE_MEMBERS)
        return false;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        cck_member *items = reallocarray(list->items, capacity, sizeof *items);
        if (!items)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = member;
    return true;
}

/* Where a member or base is: a number of bytes, or an expression that adds one. */
static bool member_offset(cck_die_facts *facts, uint64_t *out_offset)
{
    Dwarf_Attribute *found = cck_die_fact(facts, CCK_FACT_LOCATION);
    if (!found) {
        *out_offset = 0; /* as in unions */
        return true;
    }
    Dwarf_Word number;
    Dwarf_Op *ops;
    size_t count;
    if (dwarf_formudata(found, &number) == 0)
        *out_offset = number;
    else if (dwarf_getlocation(found, &ops, &count) == 0 && count == 1 &&
             (ops[0].atom == DW_OP_plus_uconst || ops[0].atom == DW_OP_constu))
        *out_offset = ops[0].number;
    else
        return false; /* a virtual base: only the object itself knows */
    return *out_offset <= CCK_TYPE_SIZE_MOST;
}

/* DWARF 4 counts a bit-field's bits from the start of the struct; DWARF 2, which clang
 * still used up to 14, from the highest bit of a storage unit (big-endian numbering). */
static void place_bits(cck_die_facts *facts, cck_member *member)
{
    uint64_t size, start, unit = member->type->size;
    if (!cck_die_fact_number(facts, CCK_FACT_BIT_SIZE, &size) || size == 0 ||
        size > 8 * sizeof(uint64_t) * 2)
        return;
    if (unit == 0 || unit > 2 * sizeof(uint64_t))
        unit = 1;
    if (cck_die_fact_number(facts, CCK_FACT_DATA_BIT_OFFSET, &start)) {
        if (start / 8 > CCK_TYPE_SIZE_MOST)
            return;
        member->offset += start / (8 * unit) * unit;
        member->bit_offset = (uint32_t)(start % (8 * unit));
    } else if (cck_die_fact_number(facts, CCK_FACT_BIT_OFFSET, &start)) {
        uint64_t storage;
        if (!cck_die_fact_number(facts, CCK_FACT_BYTE_SIZE, &storage) || storage == 0 ||
            storage > 2 * sizeof(uint64_t))
            storage = unit;
        if (start + size > 8 * storage)
            return;
        member->bit_offset = (uint32_t)(8 * storage - start - size);
    }
    member->bit_size = (uint32_t)size;
}

/* rustc calls the fields of tuples "__0", "__1": in the source they are ".0", ".1". */
static const char *member_name(const char *name, cck_language language)
{
    if (!name)
        return "";
    if (language == CCK_LANGUAGE_RUST && strncmp(name, "__", 2) == 0 && name[2] >= '0' &&
        name[2] <= '9')
        return name + 2;
    return name;
}

/* clang has attributes btf_decl_tag as children of what they are about; gcc passes over them. */
static const char *tag_of(Dwarf_Die *die)
{
    static const char mark[] = "cachecheck:";
    enum { ANNOTATION = 0x6000 /* DW_TAG_LLVM_annotation */ };
    Dwarf_Die child;
    Dwarf_Attribute memory;
    if (dwarf_haschildren(die) <= 0)
        return NULL;
    for (bool more = cck_die_first(die, &child); more; more = cck_die_next(&child, &child)) {
        const char *name = dwarf_tag(&child) == ANNOTATION ? dwarf_diename(&child) : NULL;
        const char *text = name && strcmp(name, "btf_decl_tag") == 0
                               ? dwarf_formstring(dwarf_attr(&child, DW_AT_const_value, &memory))
                               : NULL;
        if (text && strncmp(text, mark, sizeof mark - 1) == 0)
            return text + sizeof mark - 1;
    }
    return NULL;
}

static void add_member(cck_debug_module *module, Dwarf_Die *die, const cck_type *of,
                       cck_member_list *list)
{
    cck_member member = {.name = "", .file = ""};
    cck_die_facts facts;
    Dwarf_Die type;
    cck_die_facts_read(die, &facts);
    /* Static members belong to the class, not to its objects. */
    if (cck_die_fact(&facts, CCK_FACT_DECLARATION) || cck_die_fact(&facts, CCK_FACT_EXTERNAL) ||
        !cck_die_fact(&facts, CCK_FACT_TYPE) ||
        !dwarf_formref_die(&facts.at[CCK_FACT_TYPE], &type) ||
        !member_offset(&facts, &member.offset))
        return;
    member.type = cck_type_part(module, &type);
    member.base = dwarf_tag(die) == DW_TAG_inheritance;
    member.artificial = cck_die_fact(&facts, CCK_FACT_ARTIFICIAL) != NULL;
    if (!member.base)
        member.name =
            member_name(dwarf_formstring(cck_die_fact(&facts, CCK_FACT_NAME)), of->language);
    member.artificial |= strncmp(member.name, "_vptr", 5) == 0;
    uint64_t align, number;
    if (cck_die_fact_number(&facts, CCK_FACT_ALIGNMENT, &align) && align <= UINT32_MAX &&
        align > member.type->align)
        member.align = (uint32_t)align;
    if (cck_die_fact_number(&facts, CCK_FACT_LINE, &number) && number <= UINT32_MAX)
        member.line = (uint32_t)number;
    if (cck_die_fact_number(&facts, CCK_FACT_FILE, &number))
        member.file = cck_unit_file(module, die, number);
    member.tag = tag_of(die);
    place_bits(&facts, &member);
    add(list, member);
}

static int by_offset(const void *left, const void *right)
{
    const cck_member *a = left, *b = right;
    uint64_t bits_a = a->offset * 8 + a->bit_offset, bits_b = b->offset * 8 + b->bit_offset;
    return bits_a < bits_b ? -1 : bits_a > bits_b;
}

/* Sorted by place, in the order of the declarations where they share one: qsort() is not
 * stable, and lists are short or sorted already. */
static void sort_members(cck_member *members, size_t count)
{
    bool sorted = true;
    for (size_t i = 1; i < count && sorted; i++)
        sorted = by_offset(&members[i - 1], &members[i]) <= 0;
    if (sorted)
        return;
    enum { SHORT = 512 };
    if (count > SHORT) {
        qsort(members, count, sizeof *members, by_offset);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        cck_member moved = members[i];
        size_t at = i;
        for (; at > 0 && by_offset(&members[at - 1], &moved) > 0; at--)
            members[at] = members[at - 1];
        members[at] = moved;
    }
}

/* A member whose class is declared only, as clang does where another unit has its
 * constructors: it is at most as large as the room that it has. */
static void give_room(cck_debug_module *module, cck_member_list *list, const cck_type *type)
{
    for (size_t i = 0; i < list->count && type->kind == CCK_TYPE_STRUCT; i++) {
        cck_member *member = &list->items[i];
        uint64_t end = i + 1 < list->count ? list->items[i + 1].offset : type->size;
        if (member->type->kind != CCK_TYPE_OPAQUE || member->type->size || !*member->type->name ||
            end <= member->offset)
            continue;
        cck_type *sized = cck_arena_alloc(&module->arena, sizeof *sized);
        if (!sized)
            return;
        *sized = *member->type;
        sized->size = end - member->offset;
        member->type = sized;
    }
}

static void take_members(cck_debug_module *module, cck_member_list *list, cck_type *type)
{
    sort_members(list->items, list->count);
    give_room(module, list, type);
    cck_member *members = cck_arena_array(&module->arena, list->count, sizeof *members);
    if (members && list->count) {
        memcpy(members, list->items, list->count * sizeof *members);
        type->members = members;
        type->member_count = list->count;
    }
    free(list->items);
}

/* A Rust enum with data: what tells the variants apart, and a union of the variants. */
static void add_variants(cck_debug_module *module, Dwarf_Die *part, const cck_type *of,
                         cck_member_list *list)
{
    Dwarf_Die child, member;
    Dwarf_Attribute memory;
    cck_member_list variants = {0};
    Dwarf_Attribute *tells = dwarf_attr(part, DW_AT_discr, &memory);
    size_t before = list->count;
    if (tells && dwarf_formref_die(tells, &member))
        add_member(module, &member, of, list);
    if (list->count > before) {
        list->items[before].name = "(variant)";
        list->items[before].artificial = true;
    }
    for (bool more = cck_die_first(part, &child); more; more = cck_die_next(&child, &child)) {
        if (dwarf_tag(&child) != DW_TAG_variant || !cck_die_first(&child, &member))
            continue;
        if (dwarf_tag(&member) == DW_TAG_member)
            add_member(module, &member, of, &variants);
    }
    cck_type *type = cck_arena_alloc(&module->arena, sizeof *type);
    if (!type) {
        free(variants.items);
        return;
    }
    *type = (cck_type){.kind = CCK_TYPE_UNION,
                       .name = "",
                       .alias = "",
                       .file = "",
                       .size = of->size,
                       .align = 1,
                       .language = of->language};
    take_members(module, &variants, type);
    for (size_t i = 0; i < type->member_count; i++)
        if (type->members[i].type->align > type->align)
            type->align = type->members[i].type->align;
    add(list, (cck_member){.name = "", .type = type, .file = ""});
}

/* The alignment that members ask for; less where the struct is packed. */
static uint32_t natural_align(const cck_type *type)
{
    uint32_t align = 1;
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        uint32_t wanted = member->align ? member->align : member->type->align;
        if (wanted && member->offset % wanted == 0 && wanted > align)
            align = wanted;
    }
    while (align > 1 && type->size % align)
        align /= 2;
    return align;
}

static void take_child(cck_debug_module *module, Dwarf_Die *child, const cck_type *of,
                       cck_member_list *list)
{
    switch (dwarf_tag(child)) {
    case DW_TAG_member:
    case DW_TAG_inheritance:
        add_member(module, child, of, list);
        break;
    case DW_TAG_variant_part:
        add_variants(module, child, of, list);
        break;
    default:
        break;
    }
}

/* Rust's containers of many reach their elements by pointers to bytes: what those are, only the
 * parameter of the container tells. */
static bool holds_many(const cck_type *type)
{
    static const char *const names[] = {"alloc::vec::Vec<",
                                        "alloc::collections::vec_deque::VecDeque<"};
    for (size_t i = 0; type->language == CCK_LANGUAGE_RUST && i < sizeof names / sizeof *names; i++)
        if (strncmp(type->name, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static void take_parameter(cck_debug_module *module, Dwarf_Die *die, cck_type *type)
{
    Dwarf_Die child, element;
    for (bool more = cck_die_first(die, &child); more; more = cck_die_next(&child, &child))
        if (dwarf_tag(&child) == DW_TAG_template_type_parameter) {
            if (cck_type_die_of(&child, &element))
                cck_type_target_later(module, type, &element);
            return;
        }
}

/* Bytes that libstdc++ makes a thing in later: nodes of maps and lists, what make_shared() counts.
 * They are that thing, to who reads of them. */
static bool is_storage(const cck_type *type)
{
    static const char *const names[] = {"__gnu_cxx::__aligned_membuf<",
                                        "__gnu_cxx::__aligned_buffer<"};
    for (size_t i = 0; type->language == CCK_LANGUAGE_CPP && i < sizeof names / sizeof *names; i++)
        if (strncmp(type->name, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static void take_stored(cck_debug_module *module, Dwarf_Die *die, cck_type *type)
{
    Dwarf_Die child, stored;
    for (bool more = cck_die_first(die, &child); more; more = cck_die_next(&child, &child)) {
        if (dwarf_tag(&child) != DW_TAG_template_type_parameter || !cck_type_die_of(&child, &stored))
            continue;
        const cck_type *inner = cck_type_part(module, &stored);
        cck_member *member = cck_arena_alloc(&module->arena, sizeof *member);
        if (!member || !inner->size || inner->size > type->size)
            return;
        *member = (cck_member){.name = "", .type = inner, .file = ""};
        type->members = member;
        type->member_count = 1;
        return;
    }
}

void cck_type_load_members(cck_debug_module *module, Dwarf_Die *die, cck_type *type)
{
    uint64_t size;
    if (cck_die_number(die, DW_AT_byte_size, &size) && size <= CCK_TYPE_SIZE_MOST)
        type->size = size;
    cck_member_list list = {0};
    const cck_type_share *share = module->type_state->share;
    if (share) {
        const void **members;
        size_t count = share->members(share->context, die, &members);
        for (size_t i = 0; i < count; i++) {
            Dwarf_Die child = cck_die_at(members[i], die);
            take_child(module, &child, type, &list);
        }
        free(members);
    } else {
        Dwarf_Die child;
        for (bool more = cck_die_first(die, &child); more; more = cck_die_next(&child, &child))
            take_child(module, &child, type, &list);
    }
    take_members(module, &list, type);
    if (holds_many(type))
        take_parameter(module, die, type);
    if (!share && is_storage(type))
        take_stored(module, die, type);
    type->align = natural_align(type);
}

/* Elements of one dimension; 0 if unknown, flexible or absurd. */
static uint64_t dimension(Dwarf_Die *range)
{
    uint64_t number, lower = 0;
    Dwarf_Attribute memory;
    Dwarf_Sword top;
    if (cck_die_number(range, DW_AT_count, &number))
        return number <= CCK_TYPE_SIZE_MOST ? number : 0;
    Dwarf_Attribute *found = dwarf_attr_integrate(range, DW_AT_upper_bound, &memory);
    Dwarf_Word unsigned_top;
    if (!found || dwarf_formsdata(found, &top) != 0)
        return 0;
    /* Short forms say nothing of a sign; bounds of 149 come in a single byte. */
    unsigned form = dwarf_whatform(found);
    if ((form == DW_FORM_data1 || form == DW_FORM_data2) &&
        dwarf_formudata(found, &unsigned_top) == 0)
        top = (Dwarf_Sword)unsigned_top;
    cck_die_number(range, DW_AT_lower_bound, &lower);
    number = (uint64_t)top - lower + 1;
    /* gcc writes a bound of -1 for no elements, in as many bytes as it finds fit. */
    return number <= CCK_TYPE_SIZE_MOST && number != UINT64_C(1) << 32 ? number : 0;
}

static void set_extent(cck_type *array)
{
    uint64_t size;
    if (__builtin_mul_overflow(array->count, array->stride, &size) || size > CCK_TYPE_SIZE_MOST) {
        array->count = 0;
        size = 0;
    }
    array->size = size;
}

void cck_type_load_array(cck_debug_module *module, Dwarf_Die *die, cck_type *type)
{
    enum { MOST_DIMENSIONS = 16 };
    uint64_t counts[MOST_DIMENSIONS];
    size_t dimensions = 0;
    Dwarf_Die child, element;
    for (bool more = cck_die_first(die, &child); more && dimensions < MOST_DIMENSIONS;
         more = cck_die_next(&child, &child))
        if (dwarf_tag(&child) == DW_TAG_subrange_type)
            counts[dimensions++] = dimension(&child);
    if (!cck_type_die_of(die, &element))
        return;
    const cck_type *target = cck_type_part(module, &element);
    type->language = target->language;
    for (size_t i = dimensions; i-- > 1;) { /* the last one is the innermost */
        cck_type *row = cck_arena_alloc(&module->arena, sizeof *row);
        if (!row)
            return;
        *row = (cck_type){.kind = CCK_TYPE_ARRAY,
                          .name = "",
                          .alias = "",
                          .file = "",
                          .target = target,
                          .count = counts[i],
                          .stride = target->size,
                          .align = target->align,
                          .language = target->language};
        set_extent(row);
        target = row;
    }
    uint64_t stride;
    type->target = target;
    type->count = dimensions ? counts[0] : 0;
    type->stride = target->size;
    if (cck_die_number(die, DW_AT_byte_stride, &stride) && stride >= target->size &&
        stride <= CCK_TYPE_SIZE_MOST)
        type->stride = stride;
    type->align = target->align;
    set_extent(type);
}
