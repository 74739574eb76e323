/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SAMPLER_RESTS_H
#define CCK_WATCH_SAMPLER_RESTS_H

#include "probes/watch/sampler_members.h"

/** Who acts on rests.h: closes the events of threads whose turn it is not, opens them anew. */
typedef struct cck_sampler_resting {
    double switch_ns; /* what a clock takes of a thread that comes to run and goes */
    double share;     /* of what threads run, that this may take */
    uint64_t look;    /* number of it */
    uint64_t looked;  /* ns */
    size_t next;      /* whom /proc is asked about next */
    size_t now;       /* threads that rest */
    uint64_t ever;    /* threads that ever did */
    double awake;     /* share of turns in which every thread that matters is watched, 0 .. 1 */
    double rate;      /* times a second that those that rest come to run, the most of all looks */
    double rested_ns, all_ns; /* of the threads that ever did: resting, in all */
} cck_sampler_resting;

/** As cck_sampler_rest(), which `rests` and `context` come from. */
double cck_sampler_rests_take(cck_sampler_resting *resting, cck_sampler_members *members,
                              uint64_t now,
                              bool (*rests)(void *context, int32_t pid, int32_t tid, bool resting),
                              void *context);

#endif
