/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_PATCH_LINES_H
#define CCK_LAYOUTS_PATCH_LINES_H

#include "layouts/patch.h"

/** Declarations of members as whole lines, which can be moved with their comments. */

typedef struct cck_patch_lines {
    size_t from, to;  /* whole lines: of the comment above, then of the declaration */
    size_t start;     /* of the declaration's text */
    size_t name, end; /* of its name; of its ";" */
} cck_patch_lines;

/** The lines of a member's declaration, if nothing else is on them. NULL, or why not. */
const char *cck_patch_lines_of(const cck_patch_file *file, const cck_member *member,
                               cck_patch_lines *out_lines);

/** Take the comment above in that is about these lines only. */
void cck_patch_lines_add_comment(const cck_patch_file *file, cck_patch_lines *lines);

/** Whether no directive, and no access specifier, is in [from, to). */
bool cck_patch_lines_quiet(const cck_patch_file *file, size_t from, size_t to);

/** Add edits that take the lines away, and a blank line too where two would meet, unless that is
 * at `keep`. NULL, or why it cannot be. */
const char *cck_patch_lines_remove(const cck_patch_file *file, const cck_patch_lines *lines,
                                   size_t keep, cck_variant *variant);

#endif
