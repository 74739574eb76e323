/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_OBJECT_WRAPPER_H
#define CCK_CORE_OBJECT_WRAPPER_H

#include "core/debug/type.h"

/**
 * What a language's own type, such as the counted block behind Rust's Arc, is a wrapper of:
 * the member that is the user's. NULL: it is no wrapper, or not of a struct.
 */
const cck_member *cck_wrapped_member(const cck_type *type);

#endif
