/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_EVENT_H
#define CCK_COUNTERS_EVENT_H

#include <linux/perf_event.h>

#include <cachecheck/counts.h>
#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "core/base/root.h"

/**
 * An event: what a user asked for and the kernel's encoding of it. Made by
 * parsing, never by opening: encoding needs no PMU, no permission.
 */

/** How an event is counted. */
typedef enum cck_event_means {
    CCK_COUNT_PERF,    /* a perf event: `attr` */
    CCK_COUNT_SWITCHES,  /* context switches, from SWITCH records */
    CCK_COUNT_MIGRATIONS /* moves between CPUs, from SWITCH records */
} cck_event_means;

typedef struct cck_event {
    cck_event_info info; /* name, counted, role, unit, meaning, user_only */
    cck_event_means means;
    const char *pmu;     /* "cpu", "cpu_core", "software", "tracepoint", "breakpoint", ... */
    bool hardware;       /* needs a PMU: what calibration must vouch for */
    bool optional;       /* from a set: when it does not exist here, leave its column out */
    struct perf_event_attr attr; /* type, config*, bp_*, exclude_*, precise_ip; the rest 0 */
} cck_event;

typedef struct cck_event_list {
    cck_event *events; /* arena */
    size_t count;
} cck_event_list;

/** Where events are looked up. */
typedef struct cck_event_scope {
    const cck_root *root; /* sysfs and tracefs */
    cck_arena *arena;     /* owns the events and their strings */
    bool all_user;        /* exclude the kernel everywhere */
    const char *uarch;    /* set table key such as "intel-skl"; NULL: this machine's */
} cck_event_scope;

/**
 * Parse one specification and append its events: names separated by commas
 * outside slashes, `{a,b}` groups (the braces are accepted and dropped),
 * modifiers `:u` `:k` `:h` `:p`..., perf's generic names, libpfm4 names with
 * their attributes, `cpu/event=0x..,umask=0x../u`, `pmu/alias/`, `subsys:name`,
 * `mem:ADDR[/LEN][:rwx]`, `rNNNN`. On a hybrid machine one name may add an event
 * for each core PMU.
 * Errors: CCK_EINVALID with the place, CCK_ENOTFOUND with "did you mean".
 */
int cck_event_parse(cck_event_list *list, const char *specification,
                    const cck_event_scope *scope, cck_error *err);

/** Append the events of a named set ("default", "llc", "tlb", "software", ...). */
int cck_event_set(cck_event_list *list, const char *set, const cck_event_scope *scope,
                  cck_error *err);

/** Key of the set table for the machine under `root`, such as "amd-zen3", "generic". */
const char *cck_event_uarch(const cck_root *root);

#endif
