/* SPDX-License-Identifier: MIT */
#include "layouts/share.h"

#include <string.h>

#include "layouts/use.h"

static uint64_t last_byte(const cck_leaf *leaf)
{
    return leaf->field.offset + (leaf->field.size ? leaf->field.size - 1 : 0);
}

bool cck_leaves_share(const cck_leaf *a, const cck_leaf *b, uint32_t line)
{
    return a->field.offset / line <= last_byte(b) / line &&
           b->field.offset / line <= last_byte(a) / line;
}

bool cck_leaves_may_share(const cck_leaf *a, const cck_leaf *b, uint32_t line, uint32_t align)
{
    const cck_leaf *first = a->field.offset <= b->field.offset ? a : b;
    const cck_leaf *second = first == a ? b : a;
    uint64_t start = second->field.offset, end = last_byte(first);
    if (start <= end)
        return true;
    align = align == 0 ? 1 : align > line ? line : align;
    /* As far behind a line's start as the second can begin. */
    return start - end <= line - align + start % align;
}

bool cck_leaves_overlap(const cck_leaf *a, const cck_leaf *b)
{
    return a->field.offset <= last_byte(b) && b->field.offset <= last_byte(a);
}

bool cck_leaves_grouped(const cck_leaf *a, const cck_leaf *b)
{
    return *a->group && strcmp(a->group, b->group) == 0;
}

static bool covers(const cck_member *member, const cck_leaf *leaf, uint64_t base)
{
    uint64_t start = base + member->offset;
    return leaf->field.offset >= start && leaf->field.offset - start < member->type->size;
}

/* The member that a leaf is in. A derived class may have members in the padding that ends its
 * base: of two that cover the leaf it is in the later one. */
static const cck_member *holder(const cck_type *type, const cck_leaf *leaf, uint64_t base)
{
    for (size_t i = type->member_count; i-- > 0;)
        if (covers(&type->members[i], leaf, base))
            return &type->members[i];
    return NULL;
}

bool cck_leaves_elsewhere(const cck_words *words, const cck_type *type, const cck_leaf *a,
                          const cck_leaf *b)
{
    enum { DEEPEST = 16 };
    uint64_t base = 0;
    for (unsigned depth = 0; depth < DEEPEST; depth++) {
        const cck_member *common = NULL;
        for (size_t i = 0; i < type->member_count && !common; i++)
            if (covers(&type->members[i], a, base) && covers(&type->members[i], b, base) &&
                !(type->members[i].base && (holder(type, a, base) != &type->members[i] ||
                                            holder(type, b, base) != &type->members[i])))
                common = &type->members[i];
        if (!common ||
            (common->type->kind != CCK_TYPE_STRUCT && common->type->kind != CCK_TYPE_UNION))
            return false;
        if (base + common->offset == a->field.offset && common->type->size <= a->field.size)
            return false; /* the leaf itself */
        if ((*common->type->name || *common->type->alias) &&
            !cck_type_is_library(words, common->type))
            return true;
        base += common->offset;
        type = common->type;
    }
    return false;
}

bool cck_leaf_is_hot(const cck_leaf *leaf)
{
    return (leaf->use & CCK_USE_WRITTEN) && leaf->basis <= CCK_BASIS_TYPE &&
           !(leaf->use & CCK_USE_PADDING);
}

bool cck_type_is_packed(const cck_type *type)
{
    if (type->kind != CCK_TYPE_STRUCT)
        return false;
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        uint32_t natural = member->type->align;
        if (!member->bit_size && natural > 1 && !member->base &&
            (member->offset % natural || (type->align && type->align < natural)))
            return true;
    }
    return false;
}
