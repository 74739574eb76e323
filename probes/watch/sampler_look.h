/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SAMPLER_LOOK_H
#define CCK_WATCH_SAMPLER_LOOK_H

#include "probes/watch/sampler_members.h"

/**
 * What /proc tells of the processes that are followed: threads that no ring told of, those
 * that are gone, whether a debugger is at work, and where x86-64 threads keep their own data.
 */

/** As cck_sampler_follow(). */
int cck_sampler_look_follow(cck_sampler_members *members, pid_t pid, bool tree, cck_error *err);

/** As cck_sampler_scan(). */
int cck_sampler_look(cck_sampler_members *members, uint64_t now, cck_error *err);

#endif
