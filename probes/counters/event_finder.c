/* SPDX-License-Identifier: MIT */
/* What all kinds of names share: modifiers and scope put on, lists grown, the order. */
#include "probes/counters/event_finder.h"

#include <string.h>

#include "core/base/fail.h"
#include "probes/counters/pfm_calls.h"

/* exclude_* as perf sets them: counting one side leaves the hypervisor out, and
 * a guest's work is never this process's own. */
static void modifiers_apply(struct perf_event_attr *attr, const cck_event_modifiers *modifiers)
{
    if (modifiers->user || modifiers->kernel || modifiers->hv) {
        attr->exclude_user = !modifiers->user;
        attr->exclude_kernel = !modifiers->kernel;
        attr->exclude_hv = !modifiers->hv;
    }
    if (modifiers->guest != modifiers->host) {
        attr->exclude_guest = !modifiers->guest;
        attr->exclude_host = !modifiers->host;
    }
    attr->exclude_idle = modifiers->idle_out;
    attr->pinned = modifiers->pinned;
    if (modifiers->precise)
        attr->precise_ip = modifiers->precise & 3;
}

/* No suffix: user and kernel. The same letters as a user would type. */
static const char *scope_suffix(const cck_event *event)
{
    const struct perf_event_attr *attr = &event->attr;
    if (event->means != CCK_COUNT_PERF)
        return "";
    if (event->info.user_only)
        return ":u";
    if (attr->exclude_user)
        return attr->exclude_kernel ? ":h" : ":k";
    return "";
}

static int flags_apply(cck_event *event, const cck_event_query *query, const cck_event_draft *draft,
                       const cck_event_scope *scope, cck_error *err)
{
    struct perf_event_attr *attr = &event->attr;
    bool filtered = event->means == CCK_COUNT_PERF && !draft->ticks;

    /* PMUs beside the cores' refuse every exclude flag (PERF_PMU_CAP_NO_EXCLUDE). */
    if (!draft->flags_known && event->hardware && !draft->no_exclude)
        attr->exclude_guest = 1;
    modifiers_apply(attr, &query->modifiers);
    if (draft->ticks)
        attr->exclude_kernel = attr->exclude_hv = 1;
    if (!scope->all_user || !filtered)
        return 0;
    if (attr->exclude_user) {
        cck_fail(err, CCK_EINVALID, "event `%.80s' counts nothing when the kernel is left out",
                 query->asked);
        cck_hint(err, "drop --all-user, or the modifiers of the event");
        return CCK_EINVALID;
    }
    /* A tracepoint lies in the kernel, and is hit on behalf of the user. */
    if (attr->type != PERF_TYPE_TRACEPOINT)
        attr->exclude_kernel = attr->exclude_hv = 1;
    return 0;
}

static bool named(const cck_event *events, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(events[i].info.name, name) == 0)
            return true;
    return false;
}

static int grow(cck_finder *finder)
{
    if (finder->count < finder->capacity)
        return 0;
    size_t capacity = finder->capacity ? finder->capacity * 2 : 16;
    cck_event *events = cck_arena_array(finder->scope->arena, capacity, sizeof *events);
    if (!events)
        return CCK_ENOMEM;
    if (finder->count)
        memcpy(events, finder->events, finder->count * sizeof *events);
    finder->events = events;
    finder->capacity = capacity;
    return 0;
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

int cck_finder_add(cck_finder *finder, const cck_event_query *query, const cck_event_draft *draft,
                   cck_error *err)
{
    cck_arena *arena = finder->scope->arena;
    cck_event event = {.means = draft->means,
                       .hardware = draft->hardware,
                       .optional = draft->optional,
                       .attr = draft->attr};
    event.attr.size = sizeof event.attr;
    int status = flags_apply(&event, query, draft, finder->scope, err);
    if (status < 0)
        return status;

    const char *name = text_or(draft->name, query->asked);
    /* Asked for twice, it is still one number: two columns of one name would
     * only clash in the result. */
    if (named(finder->events, finder->count, name) ||
        named(finder->before->events, finder->before->count, name))
        return 1;
    event.info.user_only = event.means == CCK_COUNT_PERF && !draft->ticks &&
                           event.attr.exclude_kernel && !event.attr.exclude_user;
    event.info.name = cck_arena_strdup(arena, name);
    event.info.counted =
        cck_arena_printf(arena, "%s%s", text_or(draft->counted, name), scope_suffix(&event));
    event.info.role = cck_arena_strdup(arena, text_or(draft->role, ""));
    event.info.unit = cck_arena_strdup(arena, text_or(draft->unit, "count"));
    event.info.meaning = cck_arena_strdup(arena, text_or(draft->meaning, ""));
    event.pmu = cck_arena_strdup(arena, text_or(draft->pmu, ""));
    if (!event.info.name || !event.info.counted || !event.info.role || !event.info.unit ||
        !event.info.meaning || !event.pmu || grow(finder) < 0)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    finder->events[finder->count++] = event;
    return 1;
}

int cck_finder_pmus(cck_finder *finder, const cck_pmu_list **out_pmus, cck_error *err)
{
    if (!finder->pmus_known) {
        if (cck_pmu_list_read(&finder->pmus, finder->scope->root, finder->scope->arena) < 0)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
        finder->pmus_known = true;
    }
    *out_pmus = &finder->pmus;
    return 0;
}

static int unknown(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    cck_nearest_search search = {.word = query->name};
    cck_finder_offer_names(finder, &search);
    cck_fail(err, CCK_ENOTFOUND, "no event is called `%.120s'", query->asked);
    if (search.found[0])
        cck_hint(err, "did you mean `%s'?", search.found);
    else if (!cck_pfm())
        cck_hint(err, "libpfm4, which knows names of most machines, cannot be loaded (%s): "
                      "apt-get install libpfm4",
                 CCK_PFM_SONAME);
    else
        cck_hint(err, "`cachecheck stat --list' shows the events known here");
    return CCK_ENOTFOUND;
}

int cck_finder_name(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    /* Cheap tables first, then sysfs, and libpfm4 last: it takes milliseconds to
     * wake, which a run that needs no name of its own should not pay. */
    static int (*const kinds[])(cck_finder *, const cck_event_query *, cck_error *) = {
        cck_finder_breakpoint, cck_finder_generic,    cck_finder_raw,
        cck_finder_slashed,    cck_finder_alias,      cck_finder_set_event,
        cck_finder_cache,      cck_finder_tracepoint, cck_finder_pfm,
    };
    cck_error held = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        cck_error failed = {0};
        int found = kinds[i](finder, query, &failed);
        if (found > 0)
            return found;
        /* "tracefs cannot be read" is the answer only if libpfm4 knows no such name. */
        if (found == CCK_EACCESS && !held.code)
            held = failed;
        else if (found < 0)
            return cck_error_move(err, held.code ? &held : &failed);
    }
    return held.code ? cck_error_move(err, &held) : unknown(finder, query, err);
}

int cck_finder_finish(cck_finder *finder, cck_event_list *list, cck_error *err)
{
    size_t count = list->count + finder->count;
    cck_event *events = cck_arena_array(finder->scope->arena, count, sizeof *events);
    if (!events)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (list->count)
        memcpy(events, list->events, list->count * sizeof *events);
    if (finder->count)
        memcpy(events + list->count, finder->events, finder->count * sizeof *events);
    list->events = events;
    list->count = count;
    return 0;
}
