/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROBE_H
#define CCK_CORE_PROBE_H

#include <poll.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cachecheck/doctor.h>
#include <cachecheck/numa.h>
#include <cachecheck/simulate.h>
#include <cachecheck/stat.h>

#include "core/base/arena.h"
#include "core/base/root.h"
#include "core/result/tally.h"
#include "core/session/observed.h"
#include "core/sharing/remap.h"

/**
 * A probe: whoever observes. Listed in cck_probes[] (probes/probes.c), the way
 * hwloc lists its components; core/ knows them through this table only.
 *
 * The life of a run: check -> create -> command -> (the target is forked and
 * waits before its exec) -> open -> exec -> drain... -> close -> destroy.
 */

/** What a command needs of a probe. */
typedef enum cck_want {
    CCK_WANT_COUNTS,  /* a tally */
    CCK_WANT_SHARING, /* lines that threads share: close() and then observe() */
    CCK_WANT_SPOTS,   /* where misses happen: close() and then observe() */
    CCK_WANT_PLACEMENT /* where threads and memory are: close() and then place() */
} cck_want;

/** What the session asks for. All borrowed, and they outlive the probe's state. */
typedef struct cck_probe_request {
    cck_want want;
    const cck_stat_options *options;
    const cck_simulate_options *simulate; /* never NULL; all zero: the defaults */
    const cck_target_options *target;
    const cck_machine *machine; /* NULL unless the probe `needs_machine` */
    const cck_root *root;       /* of /proc and /sys */
    cck_arena *arena;           /* for strings that end up in the result */
    const cck_remap_rules *remap; /* what if objects were laid out so; NULL: as they are */
    double overhead;   /* most of the target's time that may be taken: 0.02 for 2 %; 0: default */
    double least_rate; /* transfers a second that matter; 0: default */
    const cck_numa_options *numa; /* of CCK_WANT_PLACEMENT; else NULL */
} cck_probe_request;

/** What the session knows of the probe once it is created; filled by create(). */
typedef struct cck_probe_facts {
    const cck_event_info *events; /* arena or static */
    size_t event_count;
    const char *why;      /* why this backend; "" when nothing needs saying */
    const char *slowdown; /* "none", "40-120 x" */
    const char *model;    /* simulated geometry, "" if measured */
    const char *cannot_run; /* what the target died of if SIGILL killed it; NULL: of itself */
    const char *notes[12]; /* NULL-ended sentences; may grow until close() */
} cck_probe_facts;

/** How a probe may change the command before the fork. Arena strings. */
typedef struct cck_command {
    const char *const *argv;
    const char *const *environment; /* as in cck_target_options */
} cck_command;

/** Takes one line of the doctor's report; strings are copied. */
typedef void cck_doctor_sink(void *context, const cck_check *check);

/** Takes one event or set of `--list`; false: enough. */
typedef bool cck_list_sink(void *context, const cck_event_entry *entry);

typedef struct cck_probe {
    const char *name; /* "pmu", "software", "watch", "simulate", "replay" */
    cck_backend backend;
    cck_evidence evidence;
    int priority; /* CCK_BACKEND_AUTO takes the highest that checks out; < 0: never */
    bool needs_machine;
    bool observes_only; /* gives no counts */
    bool lines_only;    /* observes lines that threads share, but no hot spots */

    /** 0 when it really works here for this request, else why not with a hint. Quick. */
    int (*check)(const cck_probe_request *request, cck_error *err);

    int (*create)(void **out_state, const cck_probe_request *request, cck_probe_facts *facts,
                  cck_error *err);

    /** Rewrite the command (run it under Valgrind, say). NULL: leave it. */
    int (*command)(void *state, cck_command *command, cck_error *err);

    /**
     * Variables of the command's environment to set, as in cck_target_options; NULL-ended,
     * arena. `before`: what the caller sets already. NULL: none.
     */
    int (*environment)(void *state, const char *const *before, const char *const **out_changes,
                       cck_error *err);

    /** The target exists: launched and waiting before its exec, or attached. */
    int (*open)(void *state, pid_t pid, cck_error *err);

    /** The target's exec is done (launch only). NULL: not needed. */
    void (*started)(void *state);

    /** File descriptors to poll; returns how many were set, at most `size`. NULL: none. */
    int (*poll_fds)(void *state, struct pollfd *fds, int size);

    /** Take in what is there; called when a descriptor is ready, and every 100 ms. */
    int (*drain)(void *state, cck_error *err);

    /**
     * The signal that stopped the launched process since the last call, 0: none. For
     * a probe that traces it, and so keeps its stops from whoever waits. NULL: does not.
     */
    int (*stopped)(void *state);

    /** Totals since open(), one an event, for -I. NULL: has no intervals. */
    int (*totals)(void *state, cck_tally_count *out_totals, cck_error *err);

    /** A launched target was reaped: what the kernel says of the whole tree. NULL: not needed. */
    void (*ended)(void *state, const struct rusage *usage);

    /** Counting ends; fill in the tally (already set up for the events). */
    int (*close)(void *state, cck_tally *tally, cck_error *err);

    /** What was seen beyond counts, after close(). NULL: gives none. */
    int (*observe)(void *state, cck_observed *out_observed, cck_error *err);

    /** Where threads and memory are, all of it in the arena; callable while it runs. NULL: cannot. */
    int (*place)(void *state, cck_arena *arena, cck_numa_placement *out_placement, cck_error *err);

    /** How far it is, for people who wait; false: not known. NULL: never known. */
    bool (*progress)(void *state, cck_progress *out_progress);

    /** What close() and observe() would give if this were the end; nothing ends. NULL: cannot. */
    int (*look)(void *state, cck_tally *tally, cck_observed *out_observed, cck_error *err);

    /** True when nothing more is wanted: a launched target is asked to end. NULL: never. */
    bool (*finished)(void *state);

    /** Free the state (NULL allowed), whatever was reached. Leaves nothing behind. */
    void (*destroy)(void *state);

    /** List what can be asked for, filtered as cck_stat_list_events() says. NULL: nothing. */
    int (*list)(const cck_root *root, const char *filter, cck_list_sink *sink, void *context,
                cck_error *err);

    /** Report each part with yes/no, reason and remedy. NULL: nothing to say. */
    void (*doctor)(const cck_root *root, cck_doctor_sink *sink, void *context);
} cck_probe;

/** Every probe, ended by NULL. */
extern const cck_probe *const cck_probes[];

#endif
