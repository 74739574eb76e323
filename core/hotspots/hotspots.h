/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_HOTSPOTS_H
#define CCK_CORE_HOTSPOTS_H

#include <cachecheck/hotspots.h>

#include "core/hotspots/stacks.h"

/** What is wanted of a profile. */
typedef struct cck_hotspots_order {
    const char *by;     /* NULL: cycles, LLC misses, or what there is */
    const char *thread; /* NULL: all */
    bool per_thread;
} cck_hotspots_order;

/**
 * Make the profile of what was observed, in the result's arena. A class that was not counted
 * or a thread that was not there are left out with a note. CCK_ENOMEM.
 */
int cck_hotspots_build(cck_result *result, const cck_observed *observed, const cck_namer *namer,
                       const cck_hotspots_order *order, cck_error *err);

/** The objects of the profile; its classes must be there. CCK_ENOMEM. */
int cck_hotspots_objects(cck_profile *profile, const cck_stacks_order *order, cck_error *err);

/** The verdict over the profile of a result. CCK_ENOMEM. */
int cck_hotspots_judge(cck_result *result, cck_error *err);

/** Who reads names from debug information; ended by cck_hotspots_namer_free(). */
int cck_hotspots_namer_new(cck_namer *out_namer, const cck_observed *observed, cck_error *err);
void cck_hotspots_namer_free(cck_namer *namer);

/** Sentences on modules of `observed` without symbols or lines, as notes of the result. */
int cck_hotspots_namer_notes(const cck_namer *namer, cck_result *result, cck_error *err);

#endif
