/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_LIBEXEC_H
#define CCK_CORE_LIBEXEC_H

#include <stdbool.h>
#include <stddef.h>

/** The folder ../libexec/cachecheck of the running program's. */
bool cck_libexec_beside(char *out_path, size_t size);

/**
 * The first readable file of that name in $CACHECHECK_LIBEXEC, beside the running program, and
 * where this build is installed to. Absolute; false: there is none.
 */
bool cck_libexec_find(const char *name, char *out_path, size_t size);

#endif
