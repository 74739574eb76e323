/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_SAMPLER_H
#define CCK_PRECISE_SAMPLER_H

#include <poll.h>
#include <sys/types.h>

#include "probes/precise/plan.h"
#include "probes/precise/recording.h"

/** Events of a plan, open for a target: a ring a CPU, with an AUX area where the PMU has one. */
typedef struct cck_precise_sampler cck_precise_sampler;

/** Whether each event of the plan opens, for ourselves; why not. Nothing stays open. */
int cck_precise_sampler_try(const cck_precise_plan *plan, const cck_root *root, cck_error *err);

/**
 * Open the plan's events for all threads of `pid`, and those that they start. `launched`: they
 * begin with its exec; else at once. The plan is borrowed.
 */
int cck_precise_sampler_new(cck_precise_sampler **out_sampler, const cck_precise_plan *plan,
                            const cck_root *root, pid_t pid, bool launched, cck_error *err);

/** What is needed to read its records again. Borrowed. */
const cck_precise_head *cck_precise_sampler_head(const cck_precise_sampler *sampler);

/** Records read from now on are written there, too. NULL: nowhere. */
void cck_precise_sampler_tap(cck_precise_sampler *sampler, cck_precise_writer *writer);

int cck_precise_sampler_poll_fds(const cck_precise_sampler *sampler, struct pollfd *fds, int size);

/** Hand over what came since. */
void cck_precise_sampler_drain(cck_precise_sampler *sampler, cck_precise_intake *intake);

/** Batches of records that could not be right, of all rings. */
uint64_t cck_precise_sampler_damaged(const cck_precise_sampler *sampler);

void cck_precise_sampler_free(cck_precise_sampler *sampler);

#endif
