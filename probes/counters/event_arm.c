/* SPDX-License-Identifier: MIT */
#include "probes/counters/event_arm.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/perf/pmu.h"

/*
 * PMCEID0_EL0 and PMCEID1_EL0 tell which of the common events 0x0000-0x003f and
 * 0x4000-0x403f a PMU implements (Arm ARM, D13.11). The kernel does not refuse the
 * others, but shows in events/ those that are (armv8pmu_event_attr_is_visible() in
 * drivers/perf/arm_pmuv3.c).
 */
enum { EVENT_MASK = 0xffff, COMMON = 0x3f, EXTENDED = 0x4000 };

typedef struct alias_search {
    const cck_pmu *pmu;
    const cck_root *root;
    cck_arena *arena;
    uint64_t number;
    bool any, found;
} alias_search;

static bool look_at(void *context, const char *alias)
{
    static const char key[] = "event=";
    alias_search *search = context;
    const char *terms = cck_pmu_alias(search->pmu, alias, search->root, search->arena);
    if (!terms || strncmp(terms, key, sizeof key - 1) != 0)
        return true;
    search->any = true;
    search->found = strtoull(terms + sizeof key - 1, NULL, 0) == search->number;
    return !search->found;
}

/* Events of no PMU in particular go to whichever core PMU the kernel finds first. */
static bool counts_on(const cck_pmu *pmu, const struct perf_event_attr *attr)
{
    return pmu->core && strncmp(pmu->name, "armv8", 5) == 0 &&
           (attr->type == PERF_TYPE_RAW || attr->type == pmu->type);
}

static void search_pmus(alias_search *search, const struct perf_event_attr *attr)
{
    cck_pmu_list pmus = {0};
    if (cck_pmu_list_read(&pmus, search->root, search->arena) < 0)
        return;
    for (size_t i = 0; i < pmus.count && !search->found; i++) {
        if (!counts_on(&pmus.pmus[i], attr))
            continue;
        search->pmu = pmus.pmus + i;
        cck_pmu_aliases(search->pmu, search->root, look_at, search);
    }
}

bool cck_event_arm_lacks(const cck_root *root, const cck_event *event)
{
    const struct perf_event_attr *attr = &event->attr;
    uint64_t number = attr->config & EVENT_MASK;
    if (event->means != CCK_COUNT_PERF || attr->type < PERF_TYPE_RAW ||
        attr->type == PERF_TYPE_BREAKPOINT || (number & ~(uint64_t)EXTENDED) > COMMON)
        return false;
    /* The core PMUs of x86: nothing to look for. */
    if (faccessat(root->fd, CCK_PMU_DIRECTORY "/cpu", F_OK, 0) == 0 ||
        faccessat(root->fd, CCK_PMU_DIRECTORY "/cpu_core", F_OK, 0) == 0)
        return false;
    cck_arena arena = {0};
    alias_search search = {.root = root, .arena = &arena, .number = number};
    search_pmus(&search, attr);
    cck_arena_clear(&arena);
    return search.any && !search.found;
}
