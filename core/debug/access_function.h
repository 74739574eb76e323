/* SPDX-License-Identifier: MIT */
#ifndef CCK_DEBUG_ACCESS_FUNCTION_H
#define CCK_DEBUG_ACCESS_FUNCTION_H

#include "core/debug/access_internal.h"

/** What the function that has the code at `address` accesses; analysed once. NULL: unknown. */
const cck_accessed_function *cck_accessed_function_at(cck_debug_module *module, uint64_t address);

#endif
