/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_PROCESS_H
#define CCK_SIMULATE_PROCESS_H

#include "core/session/observed.h"
#include "probes/simulate/model/model.h"
#include "probes/simulate/reader/block.h"
#include "probes/simulate/reader/heap.h"
#include "probes/simulate/reader/life.h"
#include "probes/simulate/reader/moves.h"
#include "probes/simulate/reader/path.h"
#include "probes/simulate/reader/plan.h"
#include "probes/simulate/reader/space.h"

/**
 * What is known of one process image while its trace is read: one consumer thread owns
 * it, from the first span to the end, and nobody else looks inside before that.
 *
 *   process.c  spans, in the order of the trace
 *   round.c    whose turn it is: threads of a round merged by virtual time
 *   walk.c     the blocks of a thread, one after the other
 *   plain.c    those that are plain: the loop that all cost is in
 *   access.c   what happens at an access that is not a plain hit
 *   stack.c    call paths, from how blocks end
 *   fold.c     fewer of them
 *   object.c   what lies at an address
 *   life.c     lines that threads share
 *   moves.c    objects that lie elsewhere: what if
 *   behind.c   the model of a process of one thread, in a thread of its own
 */

/**
 * A block of code on a call path in a thread, how often it ran, and what came next. Where
 * nobody asks for costs by path (plan->spots), blocks are told apart by thread only, `path`
 * is CCK_NONE, and only those that access shared lines get a place for each path besides.
 */
typedef struct cck_visit {
    uint64_t count;
    uint32_t thread, path, block;
    /* The last two successors. Behind a call, the first is the called function's entry and
     * the second where the call returned to. CCK_NONE: not yet. */
    uint32_t next_block[2], next_place[2];
} cck_visit;

/** A block in a thread where places have no paths: how often it ran, beyond what its place tells,
 * and its place + 1; 0: not known. */
typedef struct cck_here {
    uint64_t count;
    uint32_t place;
} cck_here;

/** A function that was called and has not returned, as far as is known. */
typedef struct cck_shadow_frame {
    uint64_t returns; /* address it returns to */
    uint64_t cfa;     /* canonical frame address: above the return address; see CCK_CFA_SIGNAL */
    uint32_t place;   /* of the call */
    uint32_t path;    /* of the caller */
} cck_shadow_frame;

/* A signal handler's: nothing is known of where it lies, so nothing ends it but its return. */
#define CCK_CFA_SIGNAL UINT64_MAX

enum { CCK_FRAMES_MOST = 1 << 16 }; /* of a thread; what is called deeper has none */

/** Costs of an event of a place that are not the same each time. */
typedef struct cck_visit_cost {
    uint64_t key; /* place << 16 | event */
    uint64_t absent; /* times that it did not happen when its block ran */
    uint64_t costs[CCK_COSTS]; /* those from CCK_COST_L1I_MISSES on */
} cck_visit_cost;

/** A block that was left in its middle. */
typedef struct cck_visit_cut {
    uint32_t place;
    uint16_t instructions, data; /* executed */
    uint64_t count;
} cck_visit_cut;

static inline uint64_t cck_cut_key(uint32_t place, unsigned instructions, unsigned data)
{
    return cck_mix((uint64_t)place << 32 | (uint64_t)instructions << 16 | data) >> 1;
}

/** Costs by object. */
typedef struct cck_object_cost {
    uint32_t object; /* the first one seen */
    uint64_t costs[CCK_COSTS];
} cck_object_cost;

typedef struct cck_reader_thread {
    uint32_t number, core, parent;
    int32_t tid;
    bool known, ended;
    char name[16];
    uint64_t tls;
    uint32_t creator; /* path of its creation */
    uint64_t stack_low, stack_high; /* 0: unknown */

    /* Where it is. */
    cck_model_filter filter;
    bool filtered;
    uint32_t place;  /* of the block that ran last; CCK_NONE: none yet */
    uint32_t path;   /* that it ran on */
    cck_here *here;  /* by block */
    size_t here_count;
    uint8_t left;    /* cck_block_end of it; a block that was cut jumps */
    uint64_t pushed; /* address of its last store (a call) or load (a return) */
    uint64_t returns; /* where it ends: what a call that it ends with returns to */
    cck_shadow_frame *frames;
    size_t frame_count, frame_capacity;

    /* Time. `clock` counts instructions as the trace does. `local` counts cycles from the
     * round's start; with `skew` it is the thread's virtual time since the process began. */
    uint64_t clock, local, skew;
    uint64_t stalled; /* cycles beyond one an instruction, and */
    uint64_t instructions; /* simulated */
    uint64_t misses[3][3]; /* by level, and fetch, load, store */

    /* What is buffered of the round. */
    cck_span *queue;
    size_t queued, queue_at, queue_capacity;
    const uint64_t *words, *words_end; /* of the span that it is in; NULL: none */
    uint32_t waits_for;   /* thread, or CCK_NONE... */
    uint64_t waits_until; /* ...and its clock */
    uint64_t pause_at;    /* others wait for this clock of it; UINT64_MAX: nobody does */

    uint64_t shared_writes; /* plain stores to shared lines; see life.h on locks */
} cck_reader_thread;

/* Misses come from few places and go to few objects: the last ones of each are at hand. */
enum { CCK_AT_HAND = 2 << CCK_HAND_BITS, CCK_PLACES_AT_HAND = 256 };

/* A place of any path, and the same on one path. */
typedef struct cck_place_at_hand {
    uint32_t place, path, exact; /* place: + 1; 0: none */
} cck_place_at_hand;

typedef struct cck_cost_at_hand {
    uint64_t key; /* + 1; 0: none */
    size_t index;
} cck_cost_at_hand;

typedef struct cck_object_at_hand {
    uint64_t start, end; /* addresses that are of this object for sure */
    uint64_t age;        /* of the heap */
    uint32_t index;
} cck_object_at_hand;

typedef struct cck_process {
    const cck_plan *plan;
    cck_model *model;
    int32_t pid, parent, sequence;
    char program[256];
    uint32_t state, signal; /* CCK_TRACE_* */
    uint64_t real_time_turns;
    bool gave_up; /* its writer: nobody read in time */
    cck_error failure; /* code 0: none */

    cck_blocks blocks;
    cck_paths paths;
    size_t paths_wanted, places_wanted; /* more are folded; see fold.c */
    size_t costliest;                   /* paths that are not */
    cck_visit *places;
    size_t place_count, place_capacity;
    cck_dictionary place_of;
    cck_place_at_hand places_at_hand[CCK_PLACES_AT_HAND];
    uint64_t charged[CCK_COSTS]; /* costs of all places, where those of each are not wanted */
    cck_visit_cost *costs;
    size_t cost_count, cost_capacity;
    cck_dictionary cost_of;
    cck_cost_at_hand costs_at_hand[CCK_AT_HAND];
    cck_object_at_hand objects_at_hand[CCK_AT_HAND];
    cck_visit_cut *cuts;
    size_t cut_count, cut_capacity;
    cck_dictionary cut_of;

    cck_reader_thread **threads;
    size_t thread_count, thread_capacity;
    uint32_t alive;
    uint32_t round_alive; /* in some part of the round */
    cck_reader_thread **runnable; /* that have something queued, by number; room for all */
    cck_reader_thread **turns; /* room for all, too; see round.c */
    size_t runnable_count;
    uint32_t cores_used; /* how many threads were dealt out */
    uint8_t core_active[CCK_MODEL_CORES_MAX];
    uint32_t active_cores[CCK_MODEL_ACTIVE_MAX];
    uint32_t active_count;

    cck_space space;
    cck_heap heap;
    cck_moves *moves; /* NULL: nothing is moved */
    bool allocated; /* a heap block was told of */
    uint64_t heap_age; /* changes with each block, mapping, thread and stack */
    cck_object *objects;
    size_t object_count, object_capacity;
    cck_dictionary object_of;
    cck_object_cost *object_costs;
    size_t object_cost_count, object_cost_capacity;
    cck_dictionary object_cost_of;
    cck_lives lives;

    bool started; /* start_at was reached, or is not asked for */
    uint32_t marks; /* regions of interest that are open */
    bool active; /* what runs is simulated */
    uint64_t starts[16];
    size_t start_count;

    uint64_t clock; /* instructions simulated, of all threads */
    uint64_t base;  /* cycles of all rounds so far: the sum of each round's longest thread */
    uint32_t lookahead; /* cycles that a thread may be ahead of the next: see round.c */
    uint64_t round_clock; /* smallest clock of the round's threads */
    uint64_t told;  /* of `clock`, told to those who wait */
    bool stopped;   /* enough was simulated */

    struct cck_behind *behind; /* the model has a thread of its own; NULL: not so */
    bool behind_tried;
    unsigned behind_cpus; /* that it wants there to be */
} cck_process;

/** process.c. NULL: memory is out. */
cck_process *cck_process_new(const cck_plan *plan);
void cck_process_free(cck_process *process);

/**
 * Take in a span. It may be kept by reference until cck_process_holds() is false.
 * An error ends the reading; what was read before stays good.
 */
int cck_process_take(cck_process *process, const cck_span *span, cck_error *err);

/** Simulate all that is buffered. */
int cck_process_flush(cck_process *process, cck_error *err);

/** Spans are held by reference. */
bool cck_process_holds(const cck_process *process);

/** All threads' virtual time, cycles. */
uint64_t cck_process_cycles(const cck_process *process);

/** Plain counts of a thread; those of a run are the sum. */
typedef struct cck_thread_totals {
    uint64_t instructions, loads, stores, atomics;
} cck_thread_totals;

/** totals.c: once it is finished, one for each thread of the process; the caller frees it. NULL: memory is out. */
cck_thread_totals *cck_process_totals(const cck_process *process);

/** The reading is over: let go of what only that needed. False when memory is out. */
bool cck_process_finish(cck_process *process);

/* ---- among the parts ---- */

cck_reader_thread *cck_process_thread(const cck_process *process, uint32_t number);

static inline uint64_t cck_thread_now(const cck_reader_thread *thread)
{
    return thread->skew + thread->local;
}

/** process.c: what is not an event but may wait for its turn among them. */
int cck_process_control(cck_process *process, const cck_span *span, cck_error *err);
void cck_process_activate(cck_process *process);

/** round.c */
int cck_round_run(cck_process *process, cck_error *err);

/**
 * walk.c: of threads that take turns, a heap (walk.h), run whoever is the least far until the
 * first's span ends or it must wait for another. Of one, run it until its time is beyond `limit`
 * or that of a pause, or likewise.
 */
int cck_walk(cck_process *process, cck_reader_thread **heap, size_t count, uint64_t limit,
             cck_error *err);

/** access.c: an access that the filter does not answer. `event` of the block at `place`. */
int cck_access_data(cck_process *process, cck_reader_thread *thread, const cck_data_step *step,
                    uint64_t address, cck_error *err);
int cck_access_fetch(cck_process *process, cck_reader_thread *thread, const cck_step *step,
                     uint16_t event, uint64_t address, cck_error *err);
/** An access to the line that the filter has beside CCK_FILTER_SHARED. False: ask as for others. */
bool cck_access_again(cck_process *process, cck_reader_thread *thread, const cck_data_step *step,
                      uint64_t address);
/** The same at once, whether or not the model has a thread of its own, which comes here. */
int cck_access_data_now(cck_process *process, cck_reader_thread *thread,
                        const cck_data_step *step, uint64_t address, cck_error *err);
int cck_access_fetch_now(cck_process *process, cck_reader_thread *thread, const cck_step *step,
                         uint16_t event, uint64_t address, cck_error *err);
/** An event of the running block did not happen. */
int cck_access_absent(cck_process *process, cck_reader_thread *thread, uint16_t event,
                      cck_error *err);
/** The running block was left early. */
int cck_access_cut(cck_process *process, cck_reader_thread *thread, unsigned instructions,
                   unsigned data, cck_error *err);

/** stack.c: the place of the block that a thread enters; false when memory is out. */
bool cck_stack_enter(cck_process *process, cck_reader_thread *thread, uint32_t block,
                     uint32_t *out_place);
bool cck_stack_signal(cck_process *process, cck_reader_thread *thread);
/** The place of a block on a path in a thread; on CCK_NONE, on any. */
bool cck_stack_place_at(cck_process *process, uint32_t thread, uint32_t path, uint32_t block,
                        uint32_t *out_place);
/** The place of the running block on the path it runs on; CCK_NONE: memory is out. */
uint32_t cck_stack_place(cck_process *process, const cck_reader_thread *thread);
/** The path that a thread is on now; CCK_NONE before its first block. */
uint32_t cck_stack_path(const cck_process *process, const cck_reader_thread *thread);
/** Let places have the counts of a thread's blocks. */
void cck_stack_settle(cck_process *process, cck_reader_thread *thread);
/** The frame of a thread that an address of its stack lies in: `frame`, `cfa`, `frame_size`. */
void cck_stack_frame(const cck_process *process, const cck_reader_thread *thread, uint64_t address,
                     cck_object *object);

/** fold.c: when there are too many call paths, those that cost little become fewer. Only between
 * rounds, as places get other numbers. False when memory is out. */
bool cck_process_fold(cck_process *process);

/** object.c: the object at an address, made when it is first seen; false when memory is out. */
bool cck_object_of(cck_process *process, uint64_t address, uint32_t *out_object);
/** The costs of the object's kind, to add to. NULL: memory is out. */
uint64_t *cck_object_costs(cck_process *process, uint64_t address);
bool cck_object_alloc(cck_process *process, cck_reader_thread *thread, uint64_t address,
                      uint64_t size);
bool cck_object_free(cck_process *process, uint64_t address);

#endif
