/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_UTF8_H
#define CCK_CORE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"

/** What stands for bytes that are no character. */
#define CCK_UTF8_REPLACEMENT 0xFFFDu

/**
 * Decode the character at `text` (not at its end). Returns how many bytes it took
 * (at least 1); damaged, overlong and surrogate sequences give U+FFFD.
 */
size_t cck_utf8_decode(const char *text, uint32_t *out_character);

/** Columns a terminal needs for a character: 0 (combining), 1 or 2 (wide). No locale. */
unsigned cck_utf8_character_width(uint32_t character);

/** A copy in the arena in which damaged bytes became U+FFFD; NULL: memory is out. */
char *cck_utf8_clean(cck_arena *arena, const char *text);

#endif
