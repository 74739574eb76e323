/* SPDX-License-Identifier: MIT */
/* Names that libpfm4 knows: `skl::LONGEST_LAT_CACHE:MISS`, with attributes. */
#include "probes/counters/event_pfm.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "probes/counters/event_finder.h"
#include "probes/counters/event_set.h"

void cck_pfm_each(bool (*each)(void *context, const pfm_pmu_info_t *pmu,
                               const pfm_event_info_t *event),
                  void *context)
{
    const cck_pfm_calls *pfm = cck_pfm();
    if (!pfm)
        return;
    for (int id = 0; id < PFM_PMU_MAX; id++) {
        pfm_pmu_info_t pmu = {.size = sizeof pmu};
        if (pfm->get_pmu_info((pfm_pmu_t)id, &pmu) != PFM_SUCCESS || !pmu.is_present ||
            pmu.type != PFM_PMU_TYPE_CORE)
            continue;
        for (int index = pmu.first_event; index >= 0; index = pfm->get_event_next(index)) {
            pfm_event_info_t event = {.size = sizeof event};
            if (pfm->get_event_info(index, PFM_OS_PERF_EVENT, &event) != PFM_SUCCESS)
                continue;
            if (!each(context, &pmu, &event))
                return;
        }
    }
}

/* Which privilege levels are asked for: libpfm4 turns them into exclude_*. */
static int levels(const cck_event_modifiers *modifiers)
{
    int plm = (modifiers->user ? PFM_PLM3 : 0) | (modifiers->kernel ? PFM_PLM0 : 0) |
              (modifiers->hv ? PFM_PLMH : 0);
    return plm ? plm : PFM_PLM3 | PFM_PLM0;
}

/* The event is known, but not with this unit mask or attribute. */
static int refused(cck_finder *finder, const cck_event_query *query, int code, cck_error *err)
{
    cck_nearest_search search = {.word = query->name};
    cck_finder_offer_names(finder, &search);
    cck_fail(err, CCK_EINVALID, "event `%.100s': libpfm4 says %s", query->asked,
             cck_pfm()->strerror(code));
    if (search.found[0] && strcmp(search.found, query->name) != 0)
        cck_hint(err, "did you mean `%s'?", search.found);
    else
        cck_hint(err, "`cachecheck stat --list' shows the unit masks of each event");
    return CCK_EINVALID;
}

/* "skl::X:MISS:e=0:i=0:...": the default values of attributes only hide the event. */
static void drop_defaults(char *full)
{
    char *to = strstr(full, "::");
    if (!to)
        return;
    to += 2;
    for (char *from = to, *next; from; from = next) {
        next = strchr(from, ':');
        size_t length = next ? (size_t)(next - from) : strlen(from);
        char *equals = memchr(from, '=', length);
        bool scope = length > 2 && from[1] == '=' && strchr("ukh", from[0]);
        bool zero = equals && equals + 2 == from + length && equals[1] == '0';
        bool guest = length == 4 && from[0] == 'm' && (from[1] == 'h' || from[1] == 'g');
        if (!scope && !zero && !guest) {
            memmove(to, from, length);
            to += length;
            *to++ = ':';
        }
        next = next ? next + 1 : NULL;
    }
    to[-1] = '\0';
}

static const char *meaning_of(int index)
{
    pfm_event_info_t info = {.size = sizeof info};
    if (cck_pfm()->get_event_info(index, PFM_OS_PERF_EVENT, &info) != PFM_SUCCESS || !info.desc)
        return "";
    return info.desc;
}

int cck_finder_pfm(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    cck_event_draft draft = {.hardware = true, .flags_known = true};
    /* Its idea of the structure's size is that of its own copy of the header. */
    union {
        struct perf_event_attr attr;
        char room[512];
    } space = {.attr = {.size = sizeof space.attr}};
    char *full = NULL;
    pfm_perf_encode_arg_t arg = {.attr = &space.attr, .fstr = &full, .size = sizeof arg};
    const cck_pfm_calls *pfm = cck_pfm();
    if (!pfm)
        return 0;
    int code = pfm->get_os_event_encoding(query->name, levels(&query->modifiers),
                                          PFM_OS_PERF_EVENT_EXT, &arg);
    /* PFM_ERR_INVAL: not even the form of a name of its own. */
    if (code == PFM_ERR_NOTFOUND || code == PFM_ERR_INVAL)
        return 0;
    if (code != PFM_SUCCESS) {
        free(full);
        return refused(finder, query, code, err);
    }
    char *counted = cck_arena_strdup(finder->scope->arena, full);
    free(full);
    if (!counted)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    drop_defaults(counted);
    draft.attr = space.attr;
    draft.counted = counted;
    draft.meaning = meaning_of(arg.idx);
    draft.pmu = "cpu";
    if (draft.attr.type == PERF_TYPE_RAW)
        draft.role = cck_event_table_role(finder->scope, &draft.attr);
    return cck_finder_add(finder, query, &draft, err);
}
