/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_LIBEXEC_H
#define CCK_CORE_LIBEXEC_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Where the helpers may be, one folder a call, the first that has them wins:
 * $CACHECHECK_LIBEXEC, unless this process must not trust it; ../libexec/cachecheck of the running
 * program's (the build tree) and what that is where this build is installed; the same seen from
 * the shared library, for programs that embed it; where this build is installed.
 * Start with `*cursor` 0. False at the end.
 */
bool cck_libexec_next(int *cursor, char *out_path, size_t size);

/** The first readable file of that name in these folders. Absolute; false: there is none. */
bool cck_libexec_find(const char *name, char *out_path, size_t size);

/** Whether $CACHECHECK_LIBEXEC is set, but left out. */
bool cck_libexec_distrusted(void);

#endif
