/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_SCENE_H
#define CCK_PRECISE_SCENE_H

#include "core/process/gather.h"
#include "probes/precise/intake.h"
#include "probes/precise/lines.h"
#include "probes/precise/operand.h"

/**
 * What accesses are held against: processes, threads, lines. The same for a run that goes on
 * and for one that was recorded; what lives in /proc comes from `root`.
 */
typedef struct cck_precise_scene {
    const cck_root *root;
    bool live; /* memory of the processes may be read */
    cck_watch_space space;
    cck_watch_threads threads;
    cck_watch_stacks stacks;
    cck_watch_heaps *heaps; /* of launched programs, else NULL */
    cck_operands operands;
    cck_precise_lines lines;
    cck_precise_intake intake;
    cck_memory_access *waiting; /* growing: rings are read one after the other, not by time */
    size_t waiting_count, waiting_capacity;
    double periods;    /* of all accesses, summed, */
    uint64_t taken;    /* and how many these are */
    uint64_t unmapped; /* accesses outside of what the processes map */
} cck_precise_scene;

void cck_precise_scene_init(cck_precise_scene *scene, const cck_root *root, bool live,
                            const cck_precise_format *format, uint32_t line_size);

/** Note the threads that a process has now. */
void cck_precise_scene_follow(cck_precise_scene *scene, int32_t pid);

/** Take in what came since, in order of time. */
void cck_precise_scene_settle(cck_precise_scene *scene);

/** Look at the processes: new programs, names, the frames that variables of hot lines are in. */
void cck_precise_scene_look(cck_precise_scene *scene);

typedef struct cck_precise_end {
    double seconds;
    double hertz;       /* of the cores; 0 unknown */
    double transfer_ns; /* of a line from core to core, as measured at the start; 0 unknown */
    bool bounded;       /* hand-overs may have been more than the samples stand for */
} cck_precise_end;

/** Put it as the analysis reads it. */
int cck_precise_scene_observe(cck_precise_scene *scene, const cck_precise_end *end,
                              cck_observed *out_observed, cck_error *err);

void cck_precise_scene_clear(cck_precise_scene *scene);

#endif
