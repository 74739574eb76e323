/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_RESULT_H
#define CCK_CORE_RESULT_H

#include <stdio.h>

#include <cachecheck/result.h>

#include "core/base/arena.h"

/** Why a thread has no number although its event was open: running == 0. */
extern const char cck_never_on_a_counter[];

/** An empty result with an arena of its own; every string is "", or NULL if memory is out. */
cck_result *cck_result_new(void);

/** Whether it is what `cachecheck machine` wrote: nothing ran. */
bool cck_result_is_machine(const cck_result *result);

/** Add a sentence to the notes of the source. False when memory is out. */
bool cck_result_note(cck_result *result, const char *sentence);

/** Copy machine, source, target, events and command of `from`, strings and all. */
int cck_result_copy_head(cck_result *to, const cck_result *from, cck_error *err);

/** A copy of the machine's summary in the arena, or false. */
bool cck_machine_info_copy(cck_arena *arena, cck_machine_info *to, const cck_machine_info *from);

/**
 * The same result, but that reasons made up while it is read go to `arena`: so that several
 * threads may read one. It lives as long as both; strings of the result stay its own.
 */
cck_result cck_result_view(const cck_result *result, cck_arena *arena);

/** Compute the metrics and verdicts of every row, CPU and of the total; values must be there. */
int cck_result_judge(cck_result *result, cck_error *err);

/** Whether its command looks for findings: it may have found none. */
bool cck_result_looked_for_findings(const cck_result *result);

/** Sort largest CPU time first (largest work first when modelled); stable. */
void cck_result_sort_default(cck_result *result);

/** A result from the bytes of its JSON; they may be anybody's. CCK_EFORMAT with the place. */
int cck_result_parse(cck_result **out_result, const char *bytes, size_t size, cck_error *err);

/** Write the result as JSON, on one line unless `pretty`; whether it worked the stream knows. */
void cck_result_write_json(const cck_result *result, FILE *out, bool pretty);

#endif
