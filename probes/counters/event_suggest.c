/* SPDX-License-Identifier: MIT */
/* Every name an event can have here, for "did you mean". */
#include "probes/counters/event_finder.h"
#include "probes/counters/event_names.h"
#include "probes/counters/event_pfm.h"

#include <stdio.h>
#include <string.h>

static bool offer_alias(void *context, const char *name)
{
    cck_nearest_offer(context, name);
    return true;
}

/* With its unit masks, since `LONGEST_LAT_CACHE:MIS` is what people mistype. */
static bool offer_pfm(void *context, const pfm_pmu_info_t *pmu, const pfm_event_info_t *event)
{
    cck_nearest_search *search = context;
    const char *word = search->word, *prefix = strstr(word, "::");
    char name[2 * CCK_NEAREST_LENGTH];
    bool masks = strchr(prefix ? prefix + 2 : word, ':') != NULL;
    snprintf(name, sizeof name, "%s%s%s", prefix ? pmu->name : "", prefix ? "::" : "", event->name);
    cck_nearest_offer(search, name);
    size_t length = strlen(name);
    for (int i = 0; masks && i < event->nattrs; i++) {
        pfm_event_attr_info_t attr = {.size = sizeof attr};
        if (cck_pfm()->get_event_attr_info(event->idx, i, PFM_OS_PERF_EVENT, &attr) !=
                PFM_SUCCESS ||
            attr.type != PFM_ATTR_UMASK)
            continue;
        snprintf(name + length, sizeof name - length, ":%s", attr.name);
        cck_nearest_offer(search, name);
    }
    return true;
}

void cck_finder_offer_names(cck_finder *finder, cck_nearest_search *search)
{
    const cck_pmu_list *pmus;
    size_t cache_count;
    const cck_event_cache *caches = cck_event_caches(&cache_count);
    for (size_t i = 0; i < cck_event_generics_count; i++) {
        cck_nearest_offer(search, cck_event_generics[i].name);
        if (cck_event_generics[i].alias)
            cck_nearest_offer(search, cck_event_generics[i].alias);
    }
    for (size_t i = 0; i < cache_count; i++)
        cck_nearest_offer(search, caches[i].name);
    for (size_t i = 0; i < cck_event_roles_count; i++)
        cck_nearest_offer(search, cck_event_roles[i].name);
    if (cck_finder_pmus(finder, &pmus, NULL) == 0)
        for (size_t i = 0; i < pmus->count; i++)
            cck_pmu_aliases(&pmus->pmus[i], finder->scope->root, offer_alias, search);
    cck_pfm_each(offer_pfm, search);
}
