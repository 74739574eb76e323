/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_MODEL_SCRIPT_H
#define CCK_TESTS_MODEL_SCRIPT_H

/* Sequences of accesses for the model in depth, and what each must do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/simulate/model/model.h"

enum {
    FETCH = CCK_ACCESS_FETCH,
    LOAD = CCK_ACCESS_LOAD,
    STORE = CCK_ACCESS_STORE,
    MODIFY = CCK_ACCESS_MODIFY,

    MISSED = CCK_DID_MISS_L1 | CCK_DID_MISS_L2, /* the private caches */
    MEMORY = MISSED | CCK_DID_MISS_LL,
    FIRST = CCK_WHY_COMPULSORY | CCK_WHY_L1_COMPULSORY,
    CAPACITY = CCK_WHY_CAPACITY | CCK_WHY_L1_CAPACITY,
    CONFLICT = CCK_WHY_CONFLICT | CCK_WHY_L1_CONFLICT,
    FALSELY = CCK_WHY_COHERENCE | CCK_WHY_FALSE_SHARING,
    TRULY = CCK_WHY_COHERENCE | CCK_WHY_TRUE_SHARING,
    SHARED = CCK_DID_SHARED,
    UPGRADE = CCK_DID_UPGRADE | CCK_DID_INVALIDATE | CCK_DID_SHARED,
    TRANSFER = CCK_DID_TRANSFER | CCK_DID_SHARED,
};

typedef struct step {
    uint32_t core, kind;
    uint64_t address;
    uint32_t size;
    uint32_t did;
    uint32_t cycles; /* 0: whatever */
} step;

static inline cck_model *model_of(const cck_model_options *from)
{
    cck_model_options options = *from;
    cck_model_defaults(&options);
    assert_null(cck_model_fault(&options));
    cck_model *model = cck_model_new(&options);
    assert_non_null(model);
    return model;
}

static inline void play(cck_model *model, const step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cck_outcome outcome;
        cck_model_access(model, steps[i].core, (cck_access_kind)steps[i].kind, steps[i].address,
                         steps[i].size, &outcome);
        if (outcome.did != steps[i].did)
            fail_msg("step %zu did %#x instead of %#x", i, outcome.did, steps[i].did);
        if (steps[i].cycles && outcome.cycles != steps[i].cycles)
            fail_msg("step %zu took %u cycles instead of %u", i, outcome.cycles, steps[i].cycles);
    }
}

static inline void run(const cck_model_options *options, const step *steps, size_t count)
{
    cck_model *model = model_of(options);
    play(model, steps, count);
    assert_false(cck_model_is_exhausted(model));
    cck_model_free(model);
}

static inline uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13, *random ^= *random >> 7, *random ^= *random << 17;
    return *random;
}

#endif
