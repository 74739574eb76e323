/* SPDX-License-Identifier: MIT */
#include "core/finding/object_wrapper.h"

#include <stdio.h>
#include <string.h>

/* Beginnings of the names of types, and the way to what is somebody else's. */
static const struct {
    const char *type, *path;
} wrappers[] = {
    {"alloc::sync::ArcInner<", "data"},
    {"alloc::rc::RcBox<", "value"}, /* before Rust 1.86 */
    {"alloc::rc::RcInner<", "value"},
    {"triomphe::arc::ArcInner<", "data"},
    {"std::_Sp_counted_ptr_inplace<", "_M_impl._M_storage"},
    {"std::__detail::_Hash_node<", "_M_storage"},
    {"std::_Rb_tree_node<", "_M_storage"},
    {"std::_List_node<", "_M_storage"},
    {"std::_Fwd_list_node<", "_M_storage"},
};

/* Of that name, in bases and anonymous members too. */
static const cck_member *find_member(const cck_type *type, const char *name, size_t length,
                                     uint64_t *offset, int depth)
{
    enum { DEEPEST = 8 };
    for (size_t i = 0; i < type->member_count && depth < DEEPEST; i++) {
        const cck_member *member = &type->members[i];
        if (strncmp(member->name, name, length) == 0 && !member->name[length]) {
            *offset += member->offset;
            return member;
        }
        if (*member->name)
            continue;
        uint64_t inner = *offset + member->offset;
        const cck_member *found = find_member(member->type, name, length, &inner, depth + 1);
        if (found) {
            *offset = inner;
            return found;
        }
    }
    return NULL;
}

static bool follow(const cck_type *type, const char *path, cck_wrapped *out)
{
    *out = (cck_wrapped){.type = type};
    snprintf(out->path, sizeof out->path, "%s", path);
    while (*path) {
        size_t length = strcspn(path, ".");
        const cck_member *member = find_member(out->type, path, length, &out->offset, 0);
        if (!member)
            return false;
        out->type = member->type;
        path += length + (path[length] == '.');
    }
    return true;
}

/* Bytes that a thing is made in later have it as their only member, which has no name. */
static void enter_storage(cck_wrapped *wrapped)
{
    const cck_type *type = wrapped->type;
    if (type->kind == CCK_TYPE_STRUCT && type->member_count == 1 && !*type->members[0].name &&
        strncmp(cck_type_label(type), "__gnu_cxx::__aligned_", 21) == 0)
        wrapped->type = type->members[0].type;
}

static bool is_record(const cck_type *type)
{
    return type->kind == CCK_TYPE_STRUCT && type->member_count;
}

static void enter_value(cck_wrapped *wrapped)
{
    uint64_t offset = wrapped->offset;
    const cck_member *value = NULL;
    if (strncmp(cck_type_label(wrapped->type), "std::pair<", 10) == 0)
        value = find_member(wrapped->type, "second", 6, &offset, 0);
    if (!value || !is_record(value->type) || value->type->sync != CCK_SYNC_NONE)
        return;
    size_t length = strlen(wrapped->path);
    wrapped->type = value->type;
    wrapped->offset = offset;
    snprintf(wrapped->path + length, sizeof wrapped->path - length, ".second");
}

/* The row of the table; the number of rows: none. */
static size_t wrapper_of(const cck_type *type)
{
    const char *name = type ? cck_type_label(type) : "";
    size_t i = 0;
    while (i < sizeof wrappers / sizeof *wrappers &&
           strncmp(name, wrappers[i].type, strlen(wrappers[i].type)) != 0)
        i++;
    return i;
}

bool cck_type_is_wrapper(const cck_type *type)
{
    return wrapper_of(type) < sizeof wrappers / sizeof *wrappers;
}

bool cck_type_wraps(const cck_type *type, cck_wrapped *out_wrapped)
{
    size_t row = wrapper_of(type);
    if (row == sizeof wrappers / sizeof *wrappers || !follow(type, wrappers[row].path, out_wrapped))
        return false;
    enter_storage(out_wrapped);
    enter_value(out_wrapped);
    return is_record(out_wrapped->type);
}
