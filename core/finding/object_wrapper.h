/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_OBJECT_WRAPPER_H
#define CCK_CORE_OBJECT_WRAPPER_H

#include "core/debug/type.h"

typedef struct cck_wrapped {
    const cck_type *type; /* a struct */
    uint64_t offset;      /* in the wrapper */
    char path[64];        /* of names that lead there: "_M_storage.second" */
} cck_wrapped;

/**
 * What a language's own type is a wrapper of: the user's type in the counted block behind Rust's
 * Arc and C++'s make_shared(), in a node of a map or a list. Of pairs of key and value, the value.
 * False: it is no wrapper, or not of a struct.
 */
bool cck_type_wraps(const cck_type *type, cck_wrapped *out_wrapped);

/** Whether it is such a wrapper by its name, whatever is in it. */
bool cck_type_is_wrapper(const cck_type *type);

#endif
