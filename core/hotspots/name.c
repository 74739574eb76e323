/* SPDX-License-Identifier: MIT */
/* Names of code and data from debug information. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/finding/code_name.h"
#include "core/hotspots/hotspots.h"
#include "core/result/result.h"

typedef struct debug_names {
    cck_arena arena;
    cck_debug *debug;
    cck_code_names code;
} debug_names;

static size_t frames(void *context, const cck_observed *observed, cck_code code,
                     const cck_frame **out_frames)
{
    debug_names *names = context;
    (void)observed;
    cck_debug_module *module = cck_code_module(&names->code, code.module);
    if (!module)
        return 0;
    return cck_debug_frames(module, cck_code_offset(&names->code, code.module, code.address),
                            out_frames);
}

static bool global(void *context, const cck_observed *observed, uint32_t module, uint64_t address,
                   cck_variable *out_variable)
{
    debug_names *names = context;
    (void)observed;
    cck_debug_module *opened = cck_code_module(&names->code, module);
    return opened &&
           cck_debug_global(opened, cck_code_offset(&names->code, module, address), out_variable);
}

static const cck_type *allocated(void *context, uint32_t path)
{
    debug_names *names = context;
    return cck_code_allocated(&names->code, path, 0);
}

/*
 * What a file must have cost in cycles for its DWARF to be read: a third of a millisecond.
 * Reading and unpacking that of a C library takes longer than a short program runs. Only
 * files of the distribution are passed over; the user's own are always read in full.
 */
static const uint64_t cycles_least = 1000000;


static uint64_t *cycles_of_modules(const cck_observed *observed)
{
    uint64_t *cycles = calloc(observed->module_count + 1, sizeof *cycles);
    for (size_t i = 0; cycles && i < observed->spot_count; i++)
        if (observed->spots[i].code.module < observed->module_count)
            cycles[observed->spots[i].code.module] += observed->spots[i].costs[CCK_COST_CYCLES];
    for (size_t i = 0; cycles && i < observed->object_spot_count; i++) {
        uint32_t object = observed->object_spots[i].object;
        uint32_t module =
            object < observed->object_count ? observed->objects[object].module : CCK_NONE;
        if (module < observed->module_count)
            cycles[module] += observed->object_spots[i].costs[CCK_COST_CYCLES];
    }
    return cycles;
}

/* Images of several processes map the same files: their costs are put together. */
static int pass_over_light(debug_names *names, const cck_observed *observed, cck_error *err)
{
    uint64_t *cycles = cycles_of_modules(observed);
    int code = cycles ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; code == 0 && observed->counted[CCK_COST_CYCLES] &&
                       i < observed->module_count;
         i++) {
        const char *path = observed->modules[i].path;
        uint64_t sum = 0;
        for (size_t j = 0; j < observed->module_count; j++)
            if (strcmp(observed->modules[j].path, path) == 0)
                sum += cycles[j];
        if (sum < cycles_least && cck_debug_is_packaged(path))
            code = cck_debug_symbols_only(names->debug, path, err);
    }
    free(cycles);
    return code;
}

int cck_hotspots_namer_new(cck_namer *out_namer, const cck_observed *observed, cck_error *err)
{
    debug_names *names = calloc(1, sizeof *names);
    if (!names)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_namer namer = {
        .context = names, .frames = frames, .global = global, .allocated = allocated};
    int code = cck_debug_new(&names->debug, err);
    if (code == 0)
        code = pass_over_light(names, observed, err);
    if (code == 0)
        code = cck_code_names_init(&names->code, observed, names->debug, &names->arena, err);
    if (code < 0) {
        cck_hotspots_namer_free(&namer);
        return code;
    }
    *out_namer = namer;
    return 0;
}

void cck_hotspots_namer_free(cck_namer *namer)
{
    debug_names *names = namer->context;
    if (!names)
        return;
    cck_debug_free(names->debug);
    cck_arena_clear(&names->arena);
    free(names);
    namer->context = NULL;
}

/* What the code of a module without line information cost. */
static uint64_t blind_cost(const cck_profile *profile, const char *module)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < profile->line_count; i++)
        if (!profile->lines[i].line &&
            strcmp(profile->functions[profile->lines[i].function].module, module) == 0)
            sum += profile->lines[i].costs[profile->by];
    return sum;
}

int cck_hotspots_namer_notes(const cck_namer *namer, cck_result *result, cck_error *err)
{
    enum { PERCENT = 5 }; /* of the run: what is worth a word */
    debug_names *names = namer->context;
    const cck_profile *profile = result->profile;
    const cck_observed *observed = names->code.observed;
    if (!cck_code_note_unread(observed, result))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (uint32_t i = 0; i < observed->module_count; i++) {
        const char *why = names->code.why_not[i];
        bool opened = names->code.modules[i];
        char sentence[512];
        bool said = false;
        for (uint32_t j = 0; !said && j < i; j++)
            said = strcmp(observed->modules[j].path, observed->modules[i].path) == 0;
        if (said || !why ||
            (opened && blind_cost(profile, observed->modules[i].path) * 100 <
                           profile->total[profile->by] * PERCENT))
            continue;
        snprintf(sentence, sizeof sentence, "%.200s: %.250s", observed->modules[i].path, why);
        if (!cck_result_note(result, sentence))
            return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    return 0;
}
