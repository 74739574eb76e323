/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_COLLECT_H
#define CCK_SIMULATE_COLLECT_H

#include "core/result/tally.h"
#include "probes/simulate/events.h"

/** What came with the records; for the notes of a report. */
typedef struct cck_collected {
    uint32_t images;     /* taken in */
    uint32_t partial;    /* of these, of processes that never said that they ended */
    uint32_t unfinished; /* executed a program that was not simulated */
    uint32_t empty;      /* killed before the first record: no counts at all */
    uint32_t damaged;    /* not taken in... */
    cck_error damage;    /* ...and what was wrong with the first of them */
} cck_collected;

/**
 * Add every record in a directory to a tally that is set up for `simulated`.
 * Each process image was simulated on a machine of its own. A thread that went
 * through an exec is one row with the counts of all its programs. `first` is the
 * process whose rows come first (0: none).
 * CCK_EIO when the directory cannot be read, CCK_ENOMEM. Damaged records are no
 * error: they are counted in `out_collected`.
 */
int cck_collect(cck_collected *out_collected, cck_tally *tally, const cck_simulated *simulated,
                const char *directory, int32_t first, cck_error *err);

/** Add one image's rows; `continued`: it goes on where the process' image before it ended. */
int cck_collect_image(cck_tally *tally, const cck_simulated *simulated, const cck_image *image,
                      bool continued, cck_error *err);

#endif
