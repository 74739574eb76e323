/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_ALLOC_MACRO_H
#define CCK_LAYOUTS_ALLOC_MACRO_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"

/**
 * Macros that allocate for a type which is one of their parameters, in the text of a source:
 *
 *     #define NEW(type, n) ((type *)malloc((n) * sizeof(type)))
 */

enum { CCK_ALLOC_PARAMETERS = 8 };

typedef struct cck_alloc_macro {
    const char *name, *body;
    const char *parameters[CCK_ALLOC_PARAMETERS];
    size_t count, type;   /* of the parameters; which of them is the type */
    const char *function; /* "malloc", "calloc" or "realloc" */
} cck_alloc_macro;

/** The next definition behind `*at`, which moves on; false: there is none. Texts are the
 * arena's. */
bool cck_alloc_macro_next(cck_arena *arena, const char *text, size_t *at,
                          cck_alloc_macro *out_macro);

/** The arguments of a call, `open` behind its "(", as many as the macro has parameters; NULL if
 * they are others. `*out_end` is at ")". */
const char **cck_alloc_macro_arguments(cck_arena *arena, const cck_alloc_macro *macro,
                                       const char *open, const char **out_end);

/** Its body with arguments for parameters, and aligned_alloc() for malloc(). NULL: it is no plain
 * call of malloc, or memory is out. */
const char *cck_alloc_macro_expand(cck_arena *arena, const cck_alloc_macro *macro,
                                   const char *const *arguments, unsigned align);

#endif
