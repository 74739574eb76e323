/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_ADVICE_H
#define CCK_LAYOUTS_ADVICE_H

#include "core/base/arena.h"
#include "core/debug/type.h"

/** What rules ask core/debug/suggest.h for, in their own words. */
typedef enum cck_advice_kind {
    CCK_ADVICE_NONE,
    CCK_ADVICE_FIELD,
    CCK_ADVICE_ELEMENT,
    CCK_ADVICE_GLOBAL,
    CCK_ADVICE_HEAP
} cck_advice_kind;

typedef struct cck_advice {
    const char *text, *code;
    int64_t cost; /* bytes more for each */
} cck_advice;

/** Splitting off the fields at these offsets, as another way. */
bool cck_advise_split(const cck_type *type, const uint64_t *offsets, size_t count, uint32_t line,
                      cck_arena *arena, cck_advice *out_advice);

/** `offset` of the field to separate; `name` of a global; `macro` that the project aligns with,
 * or "". False: there is nothing to advise. */
bool cck_advise(cck_advice_kind kind, const cck_type *type, uint64_t offset, uint64_t size,
                const char *name, uint32_t line, const char *macro, cck_arena *arena,
                cck_advice *out_advice);

#endif
