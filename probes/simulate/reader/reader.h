/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_READER_H
#define CCK_SIMULATE_READER_H

#include "probes/simulate/reader/process.h"

/**
 * Reads the traces of all processes of a run while these go on: a thread for each
 * process image, which nobody looks into before it has ended. A process that forks is
 * followed from there on with caches of its own, which are cold: what its parent had
 * cached at that moment is known to another thread.
 */
typedef struct cck_reader cck_reader;

/** Traces will appear in `directory`. The plan and the path are borrowed. */
int cck_reader_new(cck_reader **out_reader, const cck_plan *plan, const char *directory,
                   cck_error *err);

/** Readable when there may be a new trace; -1: look now and then. */
int cck_reader_fd(const cck_reader *reader);

/** Start on traces that are new. */
int cck_reader_look(cck_reader *reader, cck_error *err);

/** As much was simulated as the plan wants. */
bool cck_reader_is_done(const cck_reader *reader);

/** Fills in instructions, threads, processes and lines. */
void cck_reader_progress(const cck_reader *reader, cck_progress *progress);

/**
 * The target has ended: read what is left, and put the processes in order, `first` (0:
 * none) before the others. Processes that still run are left to themselves.
 */
int cck_reader_finish(cck_reader *reader, int32_t first, cck_error *err);

/** After cck_reader_finish(). Some may have a failure, and then what was read before it. */
size_t cck_reader_count(const cck_reader *reader);
const cck_process *cck_reader_process(const cck_reader *reader, size_t index);

/** Why there is no process of that index: a code, CCK_ENOTFOUND if it never set up a trace. */
int cck_reader_failure(const cck_reader *reader, size_t index, const cck_error **out_failure);

void cck_reader_free(cck_reader *reader);

/** observe.c: everything that was seen. Ends with cck_observed_clear(). */
int cck_reader_observe(const cck_reader *reader, const cck_plan *plan, cck_observed *out_observed,
                       cck_error *err);

#endif
