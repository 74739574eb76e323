/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_WANTED_H
#define CCK_CORE_MACHINE_WANTED_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/root.h"

/** How much of a file goes into a capture. */
typedef struct cck_wanted {
    const char *pattern; /* below the root, a '*' or [...] within each part of the path */
    const char *keys;    /* NULL: all; else only lines that begin with one of these, "A|B" */
    const char *without; /* lines that begin with one of these stay out; NULL */
} cck_wanted;

/** The files of /proc and /sys that a capture holds, ended by a NULL pattern. */
extern const cck_wanted cck_wanted_files[];

/** Call `each` with the path of every file that fits, in the order of names; false stops. */
void cck_wanted_find(const cck_root *root, const char *pattern,
                     bool (*each)(void *context, const char *path), void *context);

/** Cut `text` down to what is wanted of it, in place. Returns what is left. */
size_t cck_wanted_filter(const cck_wanted *wanted, char *text, size_t length);

#endif
