/* SPDX-License-Identifier: MIT */
#include "core/observed.h"

#include <string.h>

void cck_observed_clear(cck_observed *observed)
{
    if (!observed)
        return;
    cck_arena_clear(&observed->arena);
    memset(observed, 0, sizeof *observed);
}
