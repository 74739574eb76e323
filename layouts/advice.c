/* SPDX-License-Identifier: MIT */
#include "layouts/advice.h"

#include "core/debug/suggest.h"

bool cck_advise(cck_advice_kind kind, const cck_type *type, uint64_t offset, uint64_t size,
                const char *name, uint32_t line, const char *macro, cck_arena *arena,
                cck_advice *out_advice)
{
    static const cck_suggest_kind kinds[] = {
        [CCK_ADVICE_FIELD] = CCK_SUGGEST_FIELD,
        [CCK_ADVICE_ELEMENT] = CCK_SUGGEST_ELEMENT,
        [CCK_ADVICE_GLOBAL] = CCK_SUGGEST_GLOBAL,
        [CCK_ADVICE_HEAP] = CCK_SUGGEST_HEAP,
    };
    if (kind == CCK_ADVICE_NONE)
        return false;
    cck_suggest_request request = {.kind = kinds[kind],
                                   .type = type,
                                   .offset = offset,
                                   .size = size,
                                   .name = name,
                                   .line = line,
                                   .macro = macro,
                                   .language = type ? type->language : CCK_LANGUAGE_UNKNOWN};
    cck_change suggestion;
    if (!cck_suggest(&request, arena, &suggestion))
        return false;
    *out_advice = (cck_advice){suggestion.text, suggestion.code, suggestion.cost};
    return true;
}

bool cck_advise_split(const cck_type *type, const uint64_t *offsets, size_t count, uint32_t line,
                      cck_arena *arena, cck_advice *out_advice)
{
    cck_suggest_request request = {.kind = CCK_SUGGEST_SPLIT,
                                   .type = type,
                                   .line = line,
                                   .language = type->language,
                                   .starts = offsets,
                                   .start_count = count};
    cck_change change;
    if (!cck_suggest(&request, arena, &change))
        return false;
    *out_advice = (cck_advice){change.text, change.code, change.cost};
    return true;
}
