/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_CONFIG_INTERNAL_H
#define CCK_LAYOUTS_CONFIG_INTERNAL_H

#include <stdbool.h>

/** "writer=NAME", "written", "read_mostly": what a comment or the configuration says of a
 * field. `*out_writer` points into `word`, or is "". False: no such word. */
bool cck_use_of_word(const char *word, unsigned *out_use, const char **out_writer);

#endif
