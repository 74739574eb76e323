/* SPDX-License-Identifier: MIT */
#include "core/finding/object_wrapper.h"

#include <string.h>

/* Beginnings of the names of types, and their member that is somebody else's type. */
static const struct {
    const char *type, *member;
} wrappers[] = {
    {"alloc::sync::ArcInner<", "data"},
    {"alloc::rc::RcBox<", "value"}, /* before Rust 1.86 */
    {"alloc::rc::RcInner<", "value"},
    {"triomphe::arc::ArcInner<", "data"},
};

const cck_member *cck_wrapped_member(const cck_type *type)
{
    if (!type)
        return NULL;
    const char *name = cck_type_label(type);
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
        if (strncmp(name, wrappers[i].type, strlen(wrappers[i].type)) != 0)
            continue;
        for (size_t j = 0; j < type->member_count; j++)
            if (strcmp(type->members[j].name, wrappers[i].member) == 0 &&
                type->members[j].type->kind == CCK_TYPE_STRUCT)
                return &type->members[j];
    }
    return NULL;
}
