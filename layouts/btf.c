/* SPDX-License-Identifier: MIT */
#include "layouts/btf.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/debug/type_internal.h"

typedef struct reading {
    cck_arena *arena;
    struct btf *btf;
    struct cck_sync_table *sync;
    const cck_type **types; /* by number; NULL: not made yet */
    uint32_t count;
    uint64_t pointer;
    cck_type_list pointers; /* whose targets are still open */
} reading;

static const cck_type opaque = {.kind = CCK_TYPE_OPAQUE, .name = "", .alias = "", .file = ""};

static const cck_type *part(reading *in, uint32_t number, unsigned depth);

/* The library never prints. */
static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
    (void)level;
    (void)format;
    (void)arguments;
    return 0;
}

static const char *name_at(const reading *in, uint32_t offset)
{
    const char *name = btf__name_by_offset(in->btf, offset);
    return name ? name : "";
}

static cck_type *type_new(reading *in, cck_type_kind kind, const char *name)
{
    cck_type *type = cck_arena_alloc(in->arena, sizeof *type);
    if (type)
        *type = (cck_type){.kind = kind,
                           .name = name ? name : "",
                           .alias = "",
                           .file = "",
                           .language = CCK_LANGUAGE_C};
    return type;
}

/* BTF has no alignments: those of x86-64 and most others are the sizes. */
static uint32_t natural(uint64_t size)
{
    enum { MOST = 16 };
    uint32_t align = 1;
    while (align < MOST && size % (align * 2) == 0 && align * 2 <= size)
        align *= 2;
    return align;
}

static const cck_type *scalar(reading *in, const struct btf_type *from, cck_type_kind kind,
                              uint64_t size)
{
    const char *name = name_at(in, from->name_off);
    if (kind == CCK_TYPE_ENUM && *name)
        name = cck_arena_printf(in->arena, "enum %s", name);
    cck_type *type = type_new(in, kind, name);
    if (!type)
        return &opaque;
    type->size = size;
    type->align = natural(size);
    return type;
}

static const cck_type *pointer(reading *in, const struct btf_type *from)
{
    cck_type *type = type_new(in, CCK_TYPE_POINTER, "");
    if (!type)
        return &opaque;
    type->size = in->pointer;
    type->align = natural(type->size);
    if (in->pointers.count == in->pointers.capacity) {
        size_t room = in->pointers.capacity ? in->pointers.capacity * 2 : 256;
        cck_type_pending *items = reallocarray(in->pointers.items, room, sizeof *items);
        if (!items)
            return type;
        in->pointers.items = items;
        in->pointers.capacity = room;
    }
    in->pointers.items[in->pointers.count++] =
        (cck_type_pending){.type = type, .record = (void *)(uintptr_t)from->type};
    return type;
}

static const cck_type *array(reading *in, const struct btf_type *from, unsigned depth)
{
    const struct btf_array *shape = btf_array(from);
    const cck_type *element = part(in, shape->type, depth + 1);
    cck_type *type = type_new(in, CCK_TYPE_ARRAY, "");
    if (!type)
        return &opaque;
    type->target = element;
    type->stride = element->size;
    type->count = shape->nelems;
    type->align = element->align;
    if (__builtin_mul_overflow(type->count, type->stride, &type->size) ||
        type->size > CCK_TYPE_SIZE_MOST)
        type->size = type->count = 0;
    const char *inner = element->kind == CCK_TYPE_ARRAY ? strchr(element->name, '[') : NULL;
    const char *label = cck_type_label(element);
    char *name = inner ? cck_arena_printf(in->arena, "%.*s[%u]%s", (int)(inner - element->name),
                                          element->name, shape->nelems, inner)
                       : cck_arena_printf(in->arena, "%s[%u]",
                                          element->kind == CCK_TYPE_POINTER ? "void *" : label,
                                          shape->nelems);
    type->name = name ? name : "";
    return type;
}

/* A bit-field lies in a unit of its own type, as a compiler would read it. */
static void place_bits(cck_member *member, uint64_t bits, uint32_t size)
{
    uint64_t unit = member->type->size ? member->type->size : 1;
    member->offset = bits / (8 * unit) * unit;
    member->bit_offset = (uint32_t)(bits % (8 * unit));
    member->bit_size = size;
}

static int by_offset(const void *a, const void *b)
{
    const cck_member *left = a, *right = b;
    uint64_t left_bits = left->offset * 8 + left->bit_offset;
    uint64_t right_bits = right->offset * 8 + right->bit_offset;
    return left_bits < right_bits ? -1 : left_bits > right_bits;
}

static void inherit_sync(cck_type *type)
{
    const cck_member *only = type->members;
    if (type->sync != CCK_SYNC_NONE || type->kind != CCK_TYPE_STRUCT || type->member_count != 1 ||
        only->type->size != type->size || only->type->sync == CCK_SYNC_PADDED)
        return;
    type->sync = only->type->sync;
    type->sync_inside = type->sync != CCK_SYNC_NONE;
}

static const cck_type *record(reading *in, const struct btf_type *from, unsigned depth)
{
    bool is_union = btf_is_union(from);
    const char *name = name_at(in, from->name_off);
    if (*name)
        name = cck_arena_printf(in->arena, "%s %s", is_union ? "union" : "struct", name);
    cck_type *type = type_new(in, is_union ? CCK_TYPE_UNION : CCK_TYPE_STRUCT, name);
    uint32_t count = btf_vlen(from);
    cck_member *members = cck_arena_array(in->arena, count, sizeof *members);
    if (!type || !members)
        return &opaque;
    type->size = from->size;
    type->align = 1;
    bool sorted = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct btf_member *at = btf_members(from) + i;
        uint32_t bits = btf_member_bit_offset(from, i), size = btf_member_bitfield_size(from, i);
        members[i] = (cck_member){.name = name_at(in, at->name_off),
                                  .type = part(in, at->type, depth + 1),
                                  .offset = bits / 8,
                                  .file = ""};
        if (size)
            place_bits(&members[i], bits, size);
        uint32_t align = members[i].type->align;
        if (align > type->align && members[i].offset % align == 0 && type->size % align == 0)
            type->align = align;
        sorted &= i == 0 || by_offset(&members[i - 1], &members[i]) <= 0;
    }
    if (!sorted)
        qsort(members, count, sizeof *members, by_offset);
    type->members = members;
    type->member_count = count;
    type->sync = cck_sync_of(in->sync, type->name, type);
    inherit_sync(type);
    return type;
}

/* Typedefs and qualifiers: the type that they stand for, or a copy that differs from it. */
static const cck_type *qualified(reading *in, const struct btf_type *from, unsigned depth)
{
    const cck_type *under = part(in, from->type, depth + 1);
    cck_type changed = *under;
    const char *name = btf_is_typedef(from) ? name_at(in, from->name_off) : "";
    cck_sync sync = cck_sync_of(in->sync, name, under);
    if (*name && !*under->name && !*under->alias && under->kind != CCK_TYPE_POINTER)
        changed.alias = name;
    if (sync != CCK_SYNC_NONE) {
        changed.sync = sync;
        changed.sync_inside = false;
    }
    bool plain = under->kind == CCK_TYPE_BASE || under->kind == CCK_TYPE_ENUM ||
                 under->kind == CCK_TYPE_POINTER;
    changed.is_const |= btf_is_const(from);
    changed.is_volatile |= btf_is_volatile(from);
    if (btf_is_volatile(from) && plain && changed.sync == CCK_SYNC_NONE)
        changed.sync = CCK_SYNC_VOLATILE;
    if (under == &opaque || memcmp(&changed, under, sizeof changed) == 0)
        return under;
    cck_type *copy = type_new(in, changed.kind, "");
    if (!copy)
        return under;
    *copy = changed;
    return copy;
}

static const cck_type *make(reading *in, const struct btf_type *from, unsigned depth)
{
    switch (btf_kind(from)) {
    case BTF_KIND_INT:
    case BTF_KIND_FLOAT:
        return scalar(in, from, CCK_TYPE_BASE, from->size);
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
        return scalar(in, from, CCK_TYPE_ENUM, from->size);
    case BTF_KIND_FWD:
        return scalar(in, from, CCK_TYPE_OPAQUE, 0);
    case BTF_KIND_FUNC:
    case BTF_KIND_FUNC_PROTO:
        return scalar(in, from, CCK_TYPE_FUNCTION, 0);
    case BTF_KIND_PTR:
        return pointer(in, from);
    case BTF_KIND_ARRAY:
        return array(in, from, depth);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
        return record(in, from, depth);
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_CONST:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
        return qualified(in, from, depth);
    default:
        return &opaque;
    }
}

/* What is met again while it is made would be part of itself: opaque. */
static const cck_type *part(reading *in, uint32_t number, unsigned depth)
{
    const struct btf_type *from = number ? btf__type_by_id(in->btf, number) : NULL;
    if (!from || number >= in->count || depth > CCK_TYPE_DEPTH)
        return &opaque;
    if (in->types[number])
        return in->types[number];
    in->types[number] = &opaque;
    in->types[number] = make(in, from, depth);
    return in->types[number];
}

/* Targets bring more pointers. */
static void pointers_settle(reading *in)
{
    for (size_t i = 0; i < in->pointers.count; i++) {
        cck_type_pending item = in->pointers.items[i];
        const cck_type *target = part(in, (uint32_t)(uintptr_t)item.record, 0);
        item.type->target = target == &opaque ? NULL : target;
        bool again = item.type->target && target->kind == CCK_TYPE_POINTER;
        const char *label = !item.type->target ? "void" : again ? "void *" : cck_type_label(target);
        const char *name =
            cck_arena_printf(in->arena, again ? "%s*" : "%s *", *label ? label : "void");
        item.type->name = name ? name : "";
    }
}

static int take_all(cck_corpus *corpus, reading *in, uint32_t input, cck_error *err)
{
    int failed = 0;
    /* Half of it are functions, which only matter where a record points to them. */
    for (uint32_t i = 1; i < in->count; i++) {
        const struct btf_type *from = btf__type_by_id(in->btf, i);
        if (btf_is_composite(from) || btf_is_typedef(from))
            part(in, i, 0);
    }
    pointers_settle(in);
    for (uint32_t i = 1; i < in->count && !failed; i++) {
        const cck_type *type = in->types[i];
        const struct btf_type *from = btf__type_by_id(in->btf, i);
        bool own = btf_is_composite(from) || (btf_is_typedef(from) && !*type->name);
        if (!own || (type->kind != CCK_TYPE_STRUCT && type->kind != CCK_TYPE_UNION) ||
            (!*type->name && !*type->alias))
            continue;
        corpus->inputs[input].types++;
        failed = cck_corpus_add(corpus, &(cck_corpus_type){.type = type, .input = input, .seen = 1},
                                err);
    }
    return failed;
}

static void btf_end(void *btf)
{
    btf__free(btf);
}

int cck_btf_take(cck_corpus *corpus, const void *bytes, size_t size, uint32_t input, cck_error *err)
{
    libbpf_set_print(quiet);
    struct btf *btf = size <= UINT32_MAX ? btf__new(bytes, (uint32_t)size) : NULL;
    if (!btf) {
        cck_fail(err, CCK_EFORMAT, "%s has no BTF that can be read", corpus->inputs[input].path);
        cck_hint(err, "BTF of a kernel module counts on from that of its kernel: read the module's "
                      "DWARF instead");
        return CCK_EFORMAT;
    }
    int failed = cck_corpus_own(corpus, btf, btf_end, err);
    if (failed)
        return failed;
    size_t width = btf__pointer_size(btf);
    reading in = {.arena = &corpus->arena,
                  .btf = btf,
                  .count = btf__type_cnt(btf),
                  .pointer = width ? width : sizeof(uint64_t)};
    in.sync = cck_sync_table_new(&corpus->arena);
    in.types = calloc(in.count + 1, sizeof *in.types);
    failed =
        in.types ? take_all(corpus, &in, input, err) : cck_fail(err, CCK_ENOMEM, "out of memory");
    corpus->inputs[input].units = 1;
    cck_sync_table_clear(in.sync);
    free(in.types);
    free(in.pointers.items);
    return failed;
}
