/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_QUERY_H
#define CCK_PLACEMENT_QUERY_H

#include <stddef.h>
#include <stdint.h>

/**
 * Asking on which node pages are: move_pages(2) without nodes moves nothing. The system
 * call itself and not libnuma's: that one reads all of /sys when a program starts, and says
 * that NUMA is available in containers whose seccomp filter denies the call.
 * In a table, so that tests can refuse it.
 */
typedef struct cck_place_calls {
    /** As move_pages(2) with nodes NULL: 0, or -1 and errno. */
    long (*move_pages)(int32_t pid, size_t count, void *const *pages, int *status);
} cck_place_calls;

extern const cck_place_calls cck_place_kernel;

#endif
