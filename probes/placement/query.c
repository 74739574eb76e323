/* SPDX-License-Identifier: MIT */
#include "probes/placement/query.h"

#include <sys/syscall.h>
#include <unistd.h>

static long move_pages(int32_t pid, size_t count, void *const *pages, int *status)
{
    return syscall(SYS_move_pages, (long)pid, (unsigned long)count, pages, NULL, status, 0);
}

const cck_place_calls cck_place_kernel = {.move_pages = move_pages};
