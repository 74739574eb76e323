/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_SESSION_H
#define CCK_CORE_SESSION_H

#include <stdatomic.h>

#include <cachecheck/stat.h>

#include "core/session/probe.h"
#include "core/session/target.h"

struct cck_session_end;

/**
 * A session: one probe looks at one target from its start to its end. What
 * cck_stat is made of; other commands run their probes the same way.
 */
typedef struct cck_session {
    cck_want want; /* what the probe must be able to give */
    const cck_target_options *target;
    const cck_stat_options *options;
    const cck_simulate_options *simulate;
    const cck_root *root;
    const cck_machine *machine; /* NULL unless the probe needs it */
    const cck_remap_rules *remap; /* NULL: objects stay as they are */
    double overhead, least_rate;  /* as in cck_probe_request */
    const cck_numa_options *numa; /* of CCK_WANT_PLACEMENT; else NULL */
    cck_numa_placement *placement;     /* likewise: filled in at the end of a run, from this arena */
    cck_arena *placement_arena;
    struct cck_glance *glance;    /* NULL: nobody wants to know where memory is meanwhile */
    void *state;                  /* of the probe, while it runs */
    const cck_probe *probe;
    const char *why;   /* why this probe and no better one; "" */
    cck_arena *arena;  /* for strings of the result */
    int wake_fd;       /* eventfd that an interrupt writes to */
    atomic_int *interrupts;
    _Atomic pid_t *group; /* process group of the launched target, 0: none */
    /** Once a second, what a probe that has a look() knows so far; NULL: nobody wants it. */
    void (*on_look)(void *context, const cck_tally *tally, const cck_observed *observed,
                    const struct cck_session_end *so_far, const cck_progress *progress);
    void *look_context;
} cck_session;

/** What a run leaves behind besides the tally. */
typedef struct cck_session_end {
    cck_target_end target;
    pid_t pid;
    bool interrupted;
    double elapsed_s;
    cck_probe_facts facts;
    uint64_t memory_failures; /* cck_memory_failures() as the run began */
} cck_session_end;

/** What a probe is asked, in the name of this session. */
cck_probe_request cck_session_request(const cck_session *session);

/**
 * Choose the probe that `options->backend` asks for; for `auto` the best whose
 * check passes. `*out_why` (arena) tells why nothing better.
 */
int cck_session_choose(cck_session *session, cck_error *err);

/**
 * Run once. `tally` is initialised here; the caller clears it, on success only; likewise
 * `observed`, which is NULL when only counts are wanted.
 */
int cck_session_run(cck_session *session, cck_tally *tally, cck_observed *observed,
                    cck_session_end *out_end, cck_error *err);

#endif
