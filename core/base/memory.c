/* SPDX-License-Identifier: MIT */
#include "core/base/memory.h"

#include <stdatomic.h>

static _Atomic uint64_t failures;

uint64_t cck_memory_failures(void)
{
    return atomic_load_explicit(&failures, memory_order_relaxed);
}

void *cck_memory_failed(void)
{
    atomic_fetch_add_explicit(&failures, 1, memory_order_relaxed);
    return NULL;
}
