/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PERF_PMU_H
#define CCK_CORE_PERF_PMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "core/base/root.h"

/** Where the kernel lists its PMUs, under a root. */
#define CCK_PMU_DIRECTORY "sys/bus/event_source/devices"

/** One PMU as sysfs shows it. */
typedef struct cck_pmu {
    const char *name;
    uint32_t type; /* perf_event_attr.type */
    bool core;     /* counts the work of tasks: "cpu", "cpu_core", "armv8_cortex_a76" */
} cck_pmu;

typedef struct cck_pmu_list {
    const cck_pmu *pmus; /* sorted by name */
    size_t count;
    size_t core_count;
} cck_pmu_list;

/** One term of `pmu/terms/`: `key`, or `key=value`. */
typedef struct cck_pmu_term {
    const char *key;
    const char *value; /* NULL: none was given */
} cck_pmu_term;

/** Config words that terms are written into: config, config1, config2, config3. */
typedef struct cck_pmu_config {
    uint64_t words[4];
    const char *name; /* of a `name=` term, or NULL */
    const char *unit; /* of the alias's .unit and .scale files, or NULL */
} cck_pmu_config;

/** List the PMUs; no sysfs gives an empty list. 0 or CCK_ENOMEM. */
int cck_pmu_list_read(cck_pmu_list *out_list, const cck_root *root, cck_arena *arena);

/** The PMU of that name, or NULL. */
const cck_pmu *cck_pmu_find(const cck_pmu_list *list, const char *name);

/** The n-th core PMU, or NULL. */
const cck_pmu *cck_pmu_core(const cck_pmu_list *list, size_t n);

/** Whether `name` can be one component of a path: letters, digits, `_ - .`, no leading dot. */
bool cck_pmu_name_valid(const char *name);

/** Text of the alias `name` of `pmu` (such as "event=0x3c"), or NULL. */
const char *cck_pmu_alias(const cck_pmu *pmu, const char *name, const cck_root *root,
                          cck_arena *arena);

/** Call `each` with the name of every alias of `pmu`, until it returns false. */
void cck_pmu_aliases(const cck_pmu *pmu, const cck_root *root,
                     bool (*each)(void *context, const char *alias), void *context);

/** As cck_pmu_aliases(), for the terms of the PMU's format. */
void cck_pmu_formats(const cck_pmu *pmu, const cck_root *root,
                     bool (*each)(void *context, const char *term), void *context);

/**
 * Write the comma separated `terms` into `config` as the PMU's format files
 * say. An alias among them stands for its own terms; what follows wins.
 * Errors: CCK_ENOTFOUND for an unknown term, CCK_EINVALID for a bad value.
 */
int cck_pmu_encode(const cck_pmu *pmu, const char *terms, const cck_root *root, cck_arena *arena,
                   cck_pmu_config *config, cck_error *err);

/** Parse all of `text` as a decimal or 0x number (or bare hex when `base` is 16). */
bool cck_event_number(const char *text, int base, uint64_t *out_number);

#endif
