/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_EVENT_NAMES_H
#define CCK_COUNTERS_EVENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/counters/event.h"

/** A generic name of perf's: one row of the tables in event_names.c. */
typedef struct cck_event_generic {
    const char *name, *alias; /* alias may be NULL */
    uint32_t type;            /* PERF_TYPE_HARDWARE or PERF_TYPE_SOFTWARE */
    uint64_t config;
    const char *symbol; /* of linux/perf_event.h */
    const char *role;   /* "" if none */
    const char *unit;
    const char *meaning;
    cck_event_means means;
    bool ticks; /* a clock: runs whatever is excluded */
} cck_event_generic;

extern const cck_event_generic cck_event_generics[];
extern const size_t cck_event_generics_count;

/** A cache event "<cache>-<operation>[-<result>]", as perf spells it. */
typedef struct cck_event_cache {
    uint64_t config; /* of PERF_TYPE_HW_CACHE */
    char name[40];   /* canonical: "L1-dcache-load-misses" */
    char symbol[64]; /* "PERF_COUNT_HW_CACHE_L1D:READ:MISS" */
    const char *role;
    char meaning[96];
} cck_event_cache;

/** Read a cache event's name; false if it is none, or one perf knows not to exist. */
bool cck_event_cache_parse(cck_event_cache *out_cache, const char *name);

/** Every cache event that there is. */
const cck_event_cache *cck_event_caches(size_t *out_count);

/** The display name, unit and usual meaning of a role: what event sets are made of. */
typedef struct cck_event_role {
    const char *role, *name, *meaning;
} cck_event_role;

extern const cck_event_role cck_event_roles[];
extern const size_t cck_event_roles_count;

/** The row of `role`, or NULL. */
const cck_event_role *cck_event_role_find(const char *role, size_t length);

/** ASCII comparison without regard to case. */
bool cck_event_name_equal(const char *left, const char *right);

#endif
