/* SPDX-License-Identifier: MIT */
#include "layouts/btf.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/debug/type_internal.h"
#include "layouts/btf_file.h"

/* What an attribute btf_decl_tag says of a member, or of a type as a whole. */
typedef struct tag {
    uint32_t type;
    int32_t part; /* a member's index; -1: the type */
    const char *text;
} tag;

typedef struct reading {
    cck_arena *arena;
    cck_btf_file file;
    const cck_type **types; /* by number; NULL: not made yet */
    cck_type_list pointers; /* whose targets are still open */
    tag *tags;              /* by type and part: few have any */
    size_t tag_count;
} reading;

static const cck_type opaque = {.kind = CCK_TYPE_OPAQUE, .name = "", .alias = "", .file = ""};

static const cck_type *part(reading *in, uint32_t number, unsigned depth);

static const char *name_at(const reading *in, uint32_t offset)
{
    return cck_btf_name(&in->file, offset);
}

/* "struct " and a name, a name and " *". */
static const char *joined(reading *in, const char *word, const char *name)
{
    char *text = cck_arena_alloc(in->arena, strlen(word) + strlen(name) + 1);
    if (text)
        stpcpy(stpcpy(text, word), name);
    return text;
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
        name = joined(in, "enum ", name);
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
    type->size = in->file.pointer;
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
    const struct btf_array *shape = (const void *)(from + 1);
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

static int compare_tags(const void *a, const void *b)
{
    const tag *left = a, *right = b;
    if (left->type != right->type)
        return left->type < right->type ? -1 : 1;
    return left->part < right->part ? -1 : left->part > right->part;
}

static const char *tag_of(const reading *in, uint32_t number, int32_t member)
{
    const tag wanted = {.type = number, .part = member};
    const tag *found = in->tag_count
                           ? bsearch(&wanted, in->tags, in->tag_count, sizeof wanted, compare_tags)
                           : NULL;
    return found ? found->text : NULL;
}

/* Kernels tag thousands of functions: of interest is what is said to us. */
static bool tag_take(reading *in, const struct btf_type *from)
{
    static const char mark[] = "cachecheck:";
    const char *text = name_at(in, from->name_off);
    if (strncmp(text, mark, sizeof mark - 1) != 0)
        return true;
    if ((in->tag_count & (in->tag_count - 1)) == 0) {
        size_t room = in->tag_count ? 2 * in->tag_count : 1;
        tag *grown = reallocarray(in->tags, room, sizeof *grown);
        if (!grown)
            return false;
        in->tags = grown;
    }
    const struct btf_decl_tag *where = (const void *)(from + 1);
    in->tags[in->tag_count++] = (tag){from->type, where->component_idx, text + sizeof mark - 1};
    return true;
}

static const cck_type *record(reading *in, const struct btf_type *from, uint32_t number,
                              unsigned depth)
{
    bool is_union = cck_btf_kind(from) == BTF_KIND_UNION;
    const char *name = name_at(in, from->name_off);
    if (*name)
        name = joined(in, is_union ? "union " : "struct ", name);
    cck_type *type = type_new(in, is_union ? CCK_TYPE_UNION : CCK_TYPE_STRUCT, name);
    uint32_t count = BTF_INFO_VLEN(from->info);
    cck_member *members = cck_arena_array(in->arena, count, sizeof *members);
    if (!type || !members)
        return &opaque;
    type->size = from->size;
    type->align = 1;
    bool sorted = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct btf_member *at = (const struct btf_member *)(const void *)(from + 1) + i;
        bool sized = BTF_INFO_KFLAG(from->info);
        uint32_t bits = sized ? BTF_MEMBER_BIT_OFFSET(at->offset) : at->offset;
        uint32_t size = sized ? BTF_MEMBER_BITFIELD_SIZE(at->offset) : 0;
        members[i] = (cck_member){.name = name_at(in, at->name_off),
                                  .type = part(in, at->type, depth + 1),
                                  .offset = bits / 8,
                                  .tag = tag_of(in, number, (int32_t)i),
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
    type->sync = cck_sync_of(type->name, type);
    cck_sync_inherit(type);
    return type;
}

/* Typedefs and qualifiers: the type that they stand for, or a copy that differs from it. */
static const cck_type *qualified(reading *in, const struct btf_type *from, unsigned depth)
{
    const cck_type *under = part(in, from->type, depth + 1);
    cck_type changed = *under;
    unsigned kind = cck_btf_kind(from);
    const char *name = kind == BTF_KIND_TYPEDEF ? name_at(in, from->name_off) : "";
    cck_sync sync = cck_sync_of(name, under);
    if (*name && !*under->name && !*under->alias && under->kind != CCK_TYPE_POINTER)
        changed.alias = name;
    if (sync != CCK_SYNC_NONE) {
        changed.sync = sync;
        changed.sync_inside = false;
    }
    bool plain = under->kind == CCK_TYPE_BASE || under->kind == CCK_TYPE_ENUM ||
                 under->kind == CCK_TYPE_POINTER;
    changed.is_const |= kind == BTF_KIND_CONST;
    changed.is_volatile |= kind == BTF_KIND_VOLATILE;
    if (kind == BTF_KIND_VOLATILE && plain && changed.sync == CCK_SYNC_NONE)
        changed.sync = CCK_SYNC_VOLATILE;
    /* Padding may differ: then there is a copy too many. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
    if (under == &opaque || memcmp(&changed, under, sizeof changed) == 0)
        return under;
    cck_type *copy = type_new(in, changed.kind, "");
    if (!copy)
        return under;
    *copy = changed;
    return copy;
}

static const cck_type *make(reading *in, const struct btf_type *from, uint32_t number,
                            unsigned depth)
{
    switch (cck_btf_kind(from)) {
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
        return record(in, from, number, depth);
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
    const struct btf_type *from = cck_btf_type(&in->file, number);
    if (!from || depth > CCK_TYPE_DEPTH)
        return &opaque;
    if (in->types[number])
        return in->types[number];
    in->types[number] = &opaque;
    in->types[number] = make(in, from, number, depth);
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
        const char *name = joined(in, *label ? label : "void", again ? "*" : " *");
        item.type->name = name ? name : "";
    }
}

static bool is_record(const struct btf_type *from)
{
    return cck_btf_kind(from) == BTF_KIND_STRUCT || cck_btf_kind(from) == BTF_KIND_UNION;
}

static bool tags_find(reading *in)
{
    bool ok = true;
    for (uint32_t i = 1; i < in->file.count && ok; i++) {
        const struct btf_type *from = cck_btf_type(&in->file, i);
        if (cck_btf_kind(from) == BTF_KIND_DECL_TAG)
            ok = tag_take(in, from);
    }
    if (in->tag_count)
        qsort(in->tags, in->tag_count, sizeof *in->tags, compare_tags);
    return ok;
}

static int take_all(cck_corpus *corpus, reading *in, uint32_t input, cck_error *err)
{
    int failed = tags_find(in) ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
    /* Half of it are functions, which only matter where a record points to them. */
    for (uint32_t i = 1; i < in->file.count && !failed; i++) {
        const struct btf_type *from = cck_btf_type(&in->file, i);
        if (is_record(from) || cck_btf_kind(from) == BTF_KIND_TYPEDEF)
            part(in, i, 0);
    }
    pointers_settle(in);
    for (uint32_t i = 1; i < in->file.count && !failed; i++) {
        const cck_type *type = in->types[i];
        const struct btf_type *from = cck_btf_type(&in->file, i);
        bool alias = type && cck_btf_kind(from) == BTF_KIND_TYPEDEF && !*type->name;
        if (!type || !(is_record(from) || alias) ||
            (type->kind != CCK_TYPE_STRUCT && type->kind != CCK_TYPE_UNION) ||
            (!*type->name && !*type->alias))
            continue;
        corpus->inputs[input].types++;
        failed = cck_corpus_add_distinct(
            corpus, &(cck_corpus_type){.type = type, .input = input, .seen = 1}, err);
    }
    return failed;
}

int cck_btf_take(cck_corpus *corpus, const void *bytes, size_t size, uint32_t input, cck_error *err)
{
    reading in = {.arena = &corpus->arena};
    int failed = cck_btf_file_open(&in.file, corpus, bytes, size, err);
    if (failed == CCK_EFORMAT) {
        cck_fail(err, CCK_EFORMAT, "%s has no BTF that can be read", corpus->inputs[input].path);
        cck_hint(err, "BTF of a kernel module counts on from that of its kernel: read the module's "
                      "DWARF instead");
    }
    if (failed)
        return failed;
    in.types = calloc(in.file.count, sizeof *in.types);
    failed =
        in.types ? take_all(corpus, &in, input, err) : cck_fail(err, CCK_ENOMEM, "out of memory");
    corpus->inputs[input].units = 1;
    free(in.types);
    free(in.tags);
    free(in.pointers.items);
    return failed;
}
