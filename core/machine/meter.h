/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_METER_H
#define CCK_CORE_MACHINE_METER_H

#include <cachecheck/measure.h>

#include "core/base/arena.h"
#include "core/base/root.h"
#include "core/machine/samples.h"

/**
 * A meter says which numbers it can measure (grids) and how (steps); the engine in
 * measure.c takes the steps round after round, so that what changes with time shows up as a
 * difference between rounds and not in one number only. Listed in cck_meters[].
 */

typedef struct cck_plan cck_plan;
typedef struct cck_step cck_step;

/** Take samples of one number for about step->ms. CCK_EBUSY: none this time, perhaps in the next
 *  round; any other error: never, and the error says why. */
typedef int cck_step_run(void *tool, const cck_step *step, cck_samples *samples, cck_error *err);

struct cck_step {
    cck_step_run *run;
    size_t grid;  /* as cck_plan_grid() returned it */
    size_t cell;  /* row * columns + column */
    double ms;    /* how long it takes samples */
    double around; /* ms that it takes besides, roughly; for the progress */
    int cpus[2];  /* -1: none */
    int node;     /* of the memory; -1: any */
    uint64_t bytes;
    unsigned variant; /* the meter's own */
};

typedef struct cck_meter {
    const char *name; /* as a progress bar tells it */
    int (*plan)(cck_plan *plan, void **out_tool, cck_error *err);
    /** After all rounds: what was seen goes into the grids' methods. May be NULL. */
    void (*finish)(void *tool, cck_plan *plan);
    void (*clear)(void *tool);
} cck_meter;

/** Every meter, ended by NULL (probes/probes.c). */
extern const cck_meter *const cck_meters[];

/** A grid in the making. */
typedef struct cck_draft {
    cck_grid grid;
    cck_samples *samples; /* a cell each */
    const char **why;     /* a cell each: why there is no number; NULL */
    size_t *twin;         /* a cell each: the cell whose number it shares, or itself */
} cck_draft;

typedef struct cck_planned {
    cck_step step;
    size_t meter; /* in cck_meters[] */
    bool given_up;
} cck_planned;

struct cck_plan {
    const cck_machine *machine;
    const cck_root *root;
    cck_arena *arena; /* of the measurement */
    bool quick;
    const int *cpus; /* to be measured: one of each core, spread over the machine */
    size_t cpu_count;
    const int *nodes; /* that this process may use, by number */
    size_t node_count;
    cck_draft *drafts;
    size_t draft_count;
    cck_planned *steps;
    size_t step_count;
    size_t meter;      /* that is planning now */
    const char *pages; /* the chase's, for the report */
    const char *remarks[32];
    size_t remark_count;
};

/** Announce a grid: `head` without cells; rows and columns are copied. -1: out of memory. */
int cck_plan_grid(cck_plan *plan, const cck_grid *head);

/** Announce a step of it. False: out of memory. */
bool cck_plan_step(cck_plan *plan, const cck_step *step);

/** A cell that needs no step: "same as that one", or unknown, because. */
void cck_plan_twin(cck_plan *plan, int grid, size_t cell, size_t of);
void cck_plan_unknown(cck_plan *plan, int grid, size_t cell, const char *why);

/** Say something in the report. The sentence is borrowed until the end. */
void cck_plan_remark(cck_plan *plan, const char *sentence);

/** Labels "0", "1", ... of numbers, in the arena; NULL when memory is out. */
const char *const *cck_plan_labels(cck_plan *plan, const int *numbers, size_t count);

/**
 * plan_memory.c: bytes that may be taken for a while without anybody missing them: a quarter of
 * what is free on the machine, or on that node (-1: any), and an eighth of the cgroup's limit. Memory
 * that is bound to a node which has none left is not refused: the kernel kills for it.
 */
uint64_t cck_plan_spare(const cck_plan *plan, int node);

/** plan_cpus.c: fill in the plan's CPUs and nodes. */
int cck_plan_choose(cck_plan *plan, cck_error *err);

/** Two allowed CPUs of different cores (hardware threads of one where there is no other), on the
 *  same node or, if `apart`, on different ones. False: there are none. */
bool cck_plan_pair(const cck_plan *plan, bool apart, int out_cpus[2]);

#endif
