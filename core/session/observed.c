/* SPDX-License-Identifier: MIT */
#include "core/session/observed.h"

#include <stdlib.h>
#include <string.h>

void cck_observed_clear(cck_observed *observed)
{
    if (!observed)
        return;
    free(observed->spots_own);
    cck_arena_clear(&observed->arena);
    memset(observed, 0, sizeof *observed);
}
