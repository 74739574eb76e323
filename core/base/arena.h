/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_ARENA_H
#define CCK_CORE_ARENA_H

#include <stddef.h>

/** Memory that is freed all at once: whoever owns the arena owns what came from it. */
typedef struct cck_arena {
    struct cck_arena_block *blocks;
    size_t used; /* bytes handed out, for tests and reports */
} cck_arena;

/** Zeroed memory aligned for any type, or NULL. `size` 0 gives a valid pointer. */
void *cck_arena_alloc(cck_arena *arena, size_t size);

/** `count * size` zeroed bytes, NULL on overflow too. */
void *cck_arena_array(cck_arena *arena, size_t count, size_t size);

/** A copy of `text`; NULL for NULL, and when memory is out. */
char *cck_arena_strdup(cck_arena *arena, const char *text);

/** A copy of at most `length` bytes of `text`, ended by NUL. */
char *cck_arena_strndup(cck_arena *arena, const char *text, size_t length);

/** A formatted string, or NULL. */
char *cck_arena_printf(cck_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Free everything; the arena can be used again. */
void cck_arena_clear(cck_arena *arena);

#endif
