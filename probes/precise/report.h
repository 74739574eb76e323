/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_REPORT_H
#define CCK_PRECISE_REPORT_H

#include "core/session/probe.h"
#include "probes/precise/scene.h"

/** A row for each thread that was seen. False: memory is out. */
bool cck_precise_tell_threads(const cck_precise_scene *scene, cck_tally *tally);

/** Append a sentence (arena, or NULL: nothing) to the notes of a run. */
void cck_precise_add_note(cck_probe_facts *facts, const char *sentence);

/** What the samples were, what was lost of them, what the PMU cannot tell (`limit`; or ""). */
void cck_precise_tell_how(const cck_precise_scene *scene, const char *pmu, const char *limit,
                          cck_arena *arena, cck_probe_facts *facts);

/** Whether more may have happened than the samples that were read stand for. */
bool cck_precise_missed(const cck_precise_numbers *numbers);

#endif
