/* SPDX-License-Identifier: MIT */
/*
 * Words that people type, or that scripts put together of what they found: the caches to model,
 * changes to try, names of files and severities. The first byte chooses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/report.h>

#include "core/sharing/what_if.h"
#include "probes/simulate/geometry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was understood parses back to the same. */
static void caches(const char *text, cck_arena *arena)
{
    cck_geometry_choice choice, again;
    if (cck_geometry_choose(&choice, text, NULL, arena, NULL) < 0)
        return;
    if (cck_geometry_choose(&again, choice.text, NULL, arena, NULL) < 0 ||
        strcmp(choice.text, again.text) != 0)
        abort();
}

static void what_if(const char *text, cck_arena *arena)
{
    const char *const texts[] = {text, NULL};
    cck_what_if_plan plan = {0};
    char name[64];
    if (cck_what_if_read(&plan, texts, arena, NULL) == 0)
        for (size_t i = 0; i < plan.spec_count; i++)
            if (plan.specs[i].align & (plan.specs[i].align - 1))
                abort();
    for (unsigned step = 0; cck_what_if_split(text, step, name, sizeof name); step++)
        cck_what_if_names(text, name);
    cck_what_if_clear(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cck_arena arena = {0};
    char *text = size ? malloc(size) : NULL;
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 3) {
    case 0:
        caches(text, &arena);
        break;
    case 1:
        what_if(text, &arena);
        break;
    default:
        cck_format_of_path(text);
        cck_result_findings_at(NULL, text, NULL);
    }
    cck_arena_clear(&arena);
    free(text);
    return 0;
}
