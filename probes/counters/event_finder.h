/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_EVENT_FINDER_H
#define CCK_COUNTERS_EVENT_FINDER_H

#include "core/base/nearest.h"
#include "probes/counters/event.h"
#include "core/perf/pmu.h"

/**
 * The workings of event.h: one finder lives for one parse, and asks each kind of
 * name in turn. Every cck_finder_KIND() below returns how many events it added,
 * 0 when the name is none of its own, or a negative `CCK_E*` with `err` filled in.
 */

/** Modifiers behind a name: `:u`, `:k`, `:pp`, or perf's `/u`. */
typedef struct cck_event_modifiers {
    bool given;            /* any at all */
    bool user, kernel, hv; /* what to count; none of them: everything */
    bool guest, host;
    bool idle_out;    /* I: leave the idle loop out */
    bool pinned;      /* D */
    unsigned precise; /* 0 to 3 */
} cck_event_modifiers;

/** One name of a specification, taken apart. */
typedef struct cck_event_query {
    const char *asked; /* as typed, modifiers included */
    const char *name;  /* without them; slashes are kept */
    cck_event_modifiers modifiers;
} cck_event_query;

typedef struct cck_finder {
    const cck_event_scope *scope;
    const cck_event_list *before; /* what the caller's list holds already */
    cck_event *events;            /* found so far, in the scope's arena */
    size_t count, capacity;
    cck_pmu_list pmus; /* of this machine; read at first need */
    bool pmus_known;
} cck_finder;

/** What makes an event up before modifiers and scope are applied. */
typedef struct cck_event_draft {
    const char *name;                            /* NULL: as asked */
    const char *counted, *role, *unit, *meaning; /* NULL: "" ("count" for the unit) */
    const char *pmu;
    cck_event_means means;
    bool hardware, optional;
    bool ticks;       /* a clock: it runs whatever is excluded, so excluding costs nothing */
    bool flags_known; /* attr's exclude_* and precise_ip are final */
    bool no_exclude;  /* of a PMU that cannot tell user from kernel */
    struct perf_event_attr attr;
} cck_event_draft;

/** Append one event; the strings of the draft are copied. 1, or a negative `CCK_E*`. */
int cck_finder_add(cck_finder *finder, const cck_event_query *query, const cck_event_draft *draft,
                   cck_error *err);

/** Append an event of the core PMU: one for each kind of core there is. Changes the draft. */
int cck_finder_add_on_cores(cck_finder *finder, const cck_event_query *query,
                            cck_event_draft *draft, cck_error *err);

/** The PMUs of the machine under the scope's root; an empty list if sysfs has none. */
int cck_finder_pmus(cck_finder *finder, const cck_pmu_list **out_pmus, cck_error *err);

int cck_finder_breakpoint(cck_finder *, const cck_event_query *, cck_error *); /* mem:... */
int cck_finder_raw(cck_finder *, const cck_event_query *, cck_error *);        /* rNNNN */
int cck_finder_generic(cck_finder *, const cck_event_query *, cck_error *);    /* cycles, ... */
int cck_finder_slashed(cck_finder *, const cck_event_query *, cck_error *);    /* pmu/terms/ */
int cck_finder_alias(cck_finder *, const cck_event_query *, cck_error *);      /* sysfs alias */
int cck_finder_set_event(cck_finder *, const cck_event_query *, cck_error *);  /* of our tables */
int cck_finder_cache(cck_finder *, const cck_event_query *, cck_error *);      /* l1d-miss */
int cck_finder_tracepoint(cck_finder *, const cck_event_query *, cck_error *); /* subsys:name */
int cck_finder_pfm(cck_finder *, const cck_event_query *, cck_error *);        /* libpfm4 */

/** A generic name on one PMU: `cpu_core/cycles/`, `software/context-switches/`. */
int cck_finder_generic_on(cck_finder *finder, const cck_event_query *query, const cck_pmu *pmu,
                          const char *name, cck_error *err);

/** Try every kind in the documented order; CCK_ENOTFOUND with a suggestion if none knows it. */
int cck_finder_name(cck_finder *finder, const cck_event_query *query, cck_error *err);

/** Append what the finder found to `list`. */
int cck_finder_finish(cck_finder *finder, cck_event_list *list, cck_error *err);

/** Offer every known name to a "did you mean" search. */
void cck_finder_offer_names(cck_finder *finder, cck_nearest_search *search);

#endif
