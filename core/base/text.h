/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_TEXT_H
#define CCK_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * Text for a terminal. Names come from outside: control characters (C0, C1 and the
 * ones that turn the direction of writing) become '?'; in ASCII so does all the rest.
 */

/** All of it in UTF-8, in place: what is not shown, and bytes that are no character, become '?'. */
void cck_text_blunt(char *text);

/** Columns that `text` takes when it is shown. */
unsigned cck_text_width(const char *text, bool utf8);

/** Write at most `width` columns, the last an ellipsis if it was cut. Returns the columns. */
unsigned cck_text_write(FILE *out, const char *text, unsigned width, bool utf8);

/**
 * The same in UTF-8 as text of XML or HTML: good between tags and in quoted attributes.
 * Every name that goes into SVG or a page goes through here. UINT_MAX columns: all of it.
 */
unsigned cck_text_write_markup(FILE *out, const char *text, unsigned width);

/**
 * Write words, broken so that no line exceeds `width` where words allow; what follows
 * the first line is indented. `column` is where the cursor stands. Ends the line.
 */
void cck_text_wrap(FILE *out, const char *text, unsigned column, unsigned indent, unsigned width,
                   bool utf8);

/** The command as a shell would take it: quoted where needed. */
void cck_text_command(FILE *out, const char *const *argv, size_t argc);

#endif
