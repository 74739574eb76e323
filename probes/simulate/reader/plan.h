/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_PLAN_H
#define CCK_SIMULATE_PLAN_H

#include "core/session/probe.h"
#include "core/sharing/remap.h"
#include "probes/simulate/geometry.h"
#include "probes/simulate/model/model.h"

/** Which core a thread runs on. */
typedef enum cck_placement { CCK_PLACE_ROUND_ROBIN, CCK_PLACE_AFFINITY, CCK_PLACE_LIST } cck_placement;

/** What to simulate, from the options; the same for all processes of a run. */
typedef struct cck_plan {
    cck_model_options model;
    const char *text; /* the geometry and the words; for the report */
    const char *note; /* what was assumed; "" nothing */
    bool spots;       /* costs by object are wanted too */
    cck_placement placement;
    const uint32_t *cores; /* of CCK_PLACE_LIST: the n-th thread's, then over again */
    size_t core_count;
    const int32_t *core_of_cpu; /* of CCK_PLACE_AFFINITY: for CPUs 0 to 63; -1 unknown */
    double hertz;
    uint64_t max_instructions; /* 0: no limit */
    const char *start_at;      /* NULL: from the beginning */
    bool marked;
    const cck_remap_rules *remap; /* NULL: addresses are as they are */
} cck_plan;

/**
 * Make a plan of what a request asks for. `machine` is the one this runs on (NULL unknown);
 * another is opened if the options name one. Strings and arrays come from the arena.
 * CCK_EINVALID with the word that is wrong and its nearest known one, CCK_ENOMEM, or an
 * error of cck_machine_open().
 */
int cck_plan_make(cck_plan *out_plan, const cck_probe_request *request, cck_error *err);

#endif
