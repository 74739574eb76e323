/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_RESULT_SLICES_H
#define CCK_CORE_RESULT_SLICES_H

#include <cachecheck/result.h>
#include <cachecheck/stat.h>

#include "core/base/json_reader.h"
#include "core/base/json_writer.h"

/** Intervals of a run, as they come; all zero is an empty one. */
typedef struct cck_slices {
    cck_slice *all;
    size_t count, capacity, events;
    bool full; /* more came than are kept, or than there was memory for */
} cck_slices;

/** Keep an interval, up to some thousands of them. */
void cck_slices_add(cck_slices *slices, const cck_interval *interval);

/** Hand them over to the result of the run, with a note if some are missing. False: memory is out. */
bool cck_slices_tell(const cck_slices *slices, cck_result *result);

void cck_slices_clear(cck_slices *slices);

/** "intervals": [...] of a result that has some; and back, after its events. */
void cck_slices_write(cck_json *json, const cck_result *result);
void cck_slices_read(cck_json_reader *reader, const cck_json_node *root, cck_result *result);

#endif
