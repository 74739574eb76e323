/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/debug/type.h"

enum {
    DEEPEST = 64,        /* types within types; more is a circle made by damaged bytes */
    MOST_STEPS = 1 << 16 /* members looked at in one question */
};

const char *cck_type_label(const cck_type *type)
{
    if (!type)
        return "void";
    if (*type->name || *type->alias)
        return *type->name ? type->name : type->alias;
    switch (type->kind) {
    case CCK_TYPE_STRUCT:
        return "struct {...}";
    case CCK_TYPE_UNION:
        return "union {...}";
    case CCK_TYPE_ENUM:
        return "enum {...}";
    case CCK_TYPE_POINTER:
        return "pointer";
    case CCK_TYPE_ARRAY:
        return "array";
    case CCK_TYPE_FUNCTION:
        return "function";
    default:
        return "unknown";
    }
}

static bool is_leaf(const cck_type *type)
{
    if (type->kind != CCK_TYPE_STRUCT && type->kind != CCK_TYPE_UNION &&
        type->kind != CCK_TYPE_ARRAY)
        return true;
    return (type->sync == CCK_SYNC_ATOMIC || type->sync == CCK_SYNC_LOCK) && !type->sync_inside;
}

/* Continue a path at `length`; returns its new length. What does not fit ends in "...". */
__attribute__((format(printf, 3, 4))) static size_t extend(cck_field *field, size_t length,
                                                           const char *format, ...)
{
    const size_t room = sizeof field->path - length;
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(field->path + length, room, format, args);
    va_end(args);
    if (wanted >= 0 && (size_t)wanted < room)
        return length + (size_t)wanted;
    memcpy(field->path + sizeof field->path - 4, "...", 4);
    return sizeof field->path - 1;
}

/* A search: what is looked for, and how far it came. */
typedef struct cck_search {
    uint64_t start, size; /* from the start of the outermost type */
    unsigned depth, left;
} cck_search;

static bool descend(cck_search *search, const cck_type *type, uint64_t base, size_t length,
                    cck_field *field);

/* Whether a bit-field has bits in the first byte asked for. */
static bool misses_bits(const cck_search *search, const cck_member *member, uint64_t base)
{
    if (!member->bit_size)
        return false;
    uint64_t first = base + member->offset + member->bit_offset / 8;
    uint64_t last = base + member->offset + (member->bit_offset + member->bit_size - 1) / 8;
    return search->start < first || search->start > last;
}

static bool try_member(cck_search *search, const cck_type *type, const cck_member *member,
                       uint64_t base, size_t length, cck_field *field)
{
    uint64_t start = base + member->offset, size = member->type->size;
    bool open_ended = member->type->kind == CCK_TYPE_ARRAY && member->type->count == 0;
    if (search->start < start || misses_bits(search, member, base))
        return false;
    if (!open_ended && search->start - start + (search->size ? search->size : 1) > size)
        return false;
    cck_field inner = *field;
    if (*member->name) {
        length = extend(&inner, length, "%s%s", length ? "." : "", member->name);
        inner.member = member;
        inner.parent = type;
        inner.parent_offset = base;
    }
    if (!descend(search, member->type, start, length, &inner))
        return false;
    *field = inner;
    return true;
}

/* Whether the bytes asked for are part of a member and of something else. */
static bool straddles(const cck_search *search, const cck_type *type, uint64_t base)
{
    for (size_t i = 0; i < type->member_count; i++) {
        uint64_t start = base + type->members[i].offset;
        uint64_t end = start + type->members[i].type->size;
        bool touched = search->start < end && search->start + search->size > start;
        bool within = search->start >= start && search->start + search->size <= end;
        if (touched && !within)
            return true;
    }
    return false;
}

/* Of members that overlap, as where a derived class uses the padding of its base, the last
 * that knows the bytes; of a union the first. */
static bool descend_members(cck_search *search, const cck_type *type, uint64_t base, size_t length,
                            cck_field *field)
{
    bool overlay = type->kind == CCK_TYPE_UNION;
    /* Of bit-fields that share a byte the first one. */
    for (size_t i = 0; i < type->member_count && !overlay; i++)
        if (type->members[i].bit_size &&
            try_member(search, type, &type->members[i], base, length, field))
            return true;
    for (size_t i = 0; i < type->member_count; i++) {
        size_t at = overlay ? i : type->member_count - 1 - i;
        if (try_member(search, type, &type->members[at], base, length, field))
            return true;
    }
    return search->size > 1 && straddles(search, type, base);
}

static bool descend_array(cck_search *search, const cck_type *type, uint64_t base, size_t length,
                          cck_field *field)
{
    if (!type->target || !type->stride)
        return false;
    uint64_t index = (search->start - base) / type->stride;
    uint64_t start = base + index * type->stride;
    if (type->count && index >= type->count)
        return false;
    if (!field->array) {
        field->array = type;
        field->index = index;
    }
    if (search->start + search->size > start + type->stride)
        return true; /* several elements: the array itself */
    cck_field inner = *field;
    length = extend(&inner, length, "[%llu]", (unsigned long long)index);
    if (!descend(search, type->target, start, length, &inner))
        return false;
    *field = inner;
    return true;
}

static bool descend(cck_search *search, const cck_type *type, uint64_t base, size_t length,
                    cck_field *field)
{
    if (search->depth >= DEEPEST || search->left == 0)
        return false;
    search->left--;
    cck_field before = *field;
    field->type = type;
    field->offset = base;
    field->size = type->size;
    bool found = is_leaf(type);
    if (!found) {
        search->depth++;
        found = type->kind == CCK_TYPE_ARRAY ? descend_array(search, type, base, length, field)
                                             : descend_members(search, type, base, length, field);
        search->depth--;
    }
    if (!found)
        *field = before;
    return found;
}

const cck_member *cck_type_tail(const cck_type *type)
{
    if (type->kind != CCK_TYPE_STRUCT || !type->member_count)
        return NULL;
    const cck_member *last = &type->members[type->member_count - 1];
    bool fits = last->offset <= type->size; /* else it is damaged */
    return fits && last->type->kind == CCK_TYPE_ARRAY && !last->type->count ? last : NULL;
}

bool cck_type_field(const cck_type *type, uint64_t offset, uint64_t size, cck_field *out_field)
{
    cck_search search = {.start = offset, .size = size, .left = MOST_STEPS};
    cck_field field = {.path = ""};
    uint64_t end;
    if (!type || __builtin_add_overflow(offset, size, &end) || end > UINT64_MAX / 2)
        return false;
    if (is_leaf(type) && (offset >= type->size || size > type->size - offset))
        return false;
    if (!descend(&search, type, 0, 0, &field))
        return false;
    *out_field = field;
    return true;
}

typedef struct cck_leaf_walk {
    bool (*each)(void *context, const cck_field *leaf);
    void *context;
    unsigned depth, left;
} cck_leaf_walk;

static bool walk(cck_leaf_walk *leaves, const cck_type *type, size_t length, cck_field *field);

static bool walk_member(cck_leaf_walk *leaves, const cck_type *type, const cck_member *member,
                        size_t length, const cck_field *field)
{
    cck_field inner = *field;
    inner.offset = field->offset + member->offset;
    if (member->offset > type->size || member->type->size > type->size - member->offset)
        return true; /* damaged: it does not fit */
    if (*member->name) {
        length = extend(&inner, length, "%s%s", length ? "." : "", member->name);
        inner.member = member;
        inner.parent = type;
        inner.parent_offset = field->offset;
    }
    inner.path[length] = '\0';
    return walk(leaves, member->type, length, &inner);
}

static bool walk(cck_leaf_walk *leaves, const cck_type *type, size_t length, cck_field *field)
{
    if (leaves->left == 0)
        return false;
    leaves->left--;
    field->type = type;
    field->size = type->size;
    if (is_leaf(type) || type->kind == CCK_TYPE_ARRAY) {
        if (type->kind == CCK_TYPE_ARRAY)
            field->array = type;
        return leaves->each(leaves->context, field);
    }
    if (leaves->depth >= DEEPEST)
        return true;
    leaves->depth++;
    bool more = true;
    for (size_t i = 0; i < type->member_count && more; i++)
        more = walk_member(leaves, type, &type->members[i], length, field);
    leaves->depth--;
    return more;
}

void cck_type_leaves(const cck_type *type, bool (*each)(void *context, const cck_field *leaf),
                     void *context)
{
    cck_leaf_walk leaves = {.each = each, .context = context, .left = MOST_STEPS};
    cck_field field = {.path = ""};
    if (type)
        walk(&leaves, type, 0, &field);
}
