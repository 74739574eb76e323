/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_CALLERS_H
#define CCK_WATCH_CALLERS_H

#include "core/process/gather.h"
#include "probes/watch/sampler.h"
#include "probes/watch/text.h"

/**
 * Who called the code that accessed a watched word. Registers of a hit are those of that moment;
 * the stack is read from outside, some milliseconds later, when the thread has gone on. So the
 * same access is asked for several times: a path is left out if the call at its end leads
 * elsewhere than to the function that had the hit, and the one with most votes is told. Nothing of it costs the
 * target; our own time for it is bounded. docs/how-it-works/watching.md, "Who called".
 */
typedef struct cck_watch_callers {
    cck_map by_use; /* (image, thread, instruction) -> what is known */
    double credit;  /* ns of our own time that may go into it */
    uint64_t last;  /* CLOCK_MONOTONIC, ns: when that was reckoned */
    unsigned refused;
} cck_watch_callers;

/** An instruction at `ip` was seen to access a watched word. `text`: the code of that image. */
void cck_watch_callers_note(cck_watch_callers *callers, cck_watch_stacks *stacks,
                            const cck_watch_image *image, const cck_text *text, const cck_hit *hit,
                            uint64_t ip, uint64_t now);

/** The call path that led there, for cck_line_use; CCK_NONE: not known. `callers` may be NULL. */
uint32_t cck_watch_callers_path(const cck_watch_callers *callers, cck_watch_gathering *g,
                                const cck_watch_image *image, int32_t tid, uint64_t ip);

void cck_watch_callers_clear(cck_watch_callers *callers);

#endif
