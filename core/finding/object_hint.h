/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_OBJECT_HINT_H
#define CCK_CORE_OBJECT_HINT_H

#include "core/finding/object_name.h"

/**
 * The user's word on types: "ADDRESS_OR_SYMBOL=TYPE". An address stands for the object
 * there; a symbol for the variable of that name, or for what the function of that
 * name allocates. It wins over what was found out.
 */
void cck_object_hint_apply(cck_object_names *names, cck_place *place);

/** 0, or CCK_EINVALID with what is wrong with one of the hints. */
int cck_object_hints_check(const char *const *hints, cck_error *err);

#endif
