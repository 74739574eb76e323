/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_PFM_CALLS_H
#define CCK_COUNTERS_PFM_CALLS_H

#include <linux/perf_event.h>

/* libpfm4 brings a copy of the kernel's header that clashes with the kernel's. */
#define __PERFMON_PERF_EVENT_H__
#include <perfmon/pfmlib_perf_event.h>

/**
 * libpfm4, loaded when a name is asked for that only it can know: its tables take 41,000
 * relocations, a third of what a command that needs none of them takes to start.
 */

/** Each pfm_NAME() that is in use. */
#define CCK_PFM_CALLS(CALL)                                                                        \
    CALL(initialize)                                                                               \
    CALL(strerror)                                                                                 \
    CALL(get_pmu_info)                                                                             \
    CALL(get_event_next)                                                                           \
    CALL(get_event_info)                                                                           \
    CALL(get_event_attr_info)                                                                      \
    CALL(get_os_event_encoding)

/* NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration */
#define CCK_PFM_MEMBER(name) __typeof__(&pfm_##name) name;
typedef struct cck_pfm_calls {
    CCK_PFM_CALLS(CCK_PFM_MEMBER)
} cck_pfm_calls;
#undef CCK_PFM_MEMBER

/** What dlopen() is asked for; packages must depend on it themselves. */
#define CCK_PFM_SONAME "libpfm.so.4"

/** Loaded and initialised, once a process; NULL: it is not installed, or of no use here. */
const cck_pfm_calls *cck_pfm(void);

#endif
