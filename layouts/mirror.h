/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_MIRROR_H
#define CCK_LAYOUTS_MIRROR_H

#include <limits.h>

#include "layouts/audit.h"
#include "layouts/patch.h"

/**
 * A temporary folder in which sources are as they would be after a change: the files that
 * change, and links to those beside them, under their absolute paths.
 */
typedef struct cck_mirror {
    cck_arena arena;
    char folder[PATH_MAX / 2];
    cck_layout_options options; /* to audit the inputs there; their strings are the arena's */
} cck_mirror;

/** Make it; remove it in any case. `corpus` tells the inputs. */
int cck_mirror_make(cck_mirror *mirror, const cck_corpus *corpus, const cck_layout_options *options,
                    const cck_edit *edits, size_t count, cck_error *err);
void cck_mirror_remove(cck_mirror *mirror);

#endif
