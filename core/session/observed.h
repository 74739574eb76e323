/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_OBSERVED_H
#define CCK_CORE_OBSERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cachecheck/counts.h>

#include "core/base/arena.h"

/**
 * What a probe saw beyond counts: places in code, call paths, objects in memory, lines
 * and who touched which of their bytes. Plain data in one arena: the simulation, the
 * debug-register sampler and PMU sampling all fill in the same, and all analysis
 * (core/sharing, core/hotspots) is a function of it. Indices refer to the arrays of the
 * same cck_observed; UINT32_MAX (CCK_NONE) is "none".
 */
#define CCK_NONE UINT32_MAX

/** A file that was mapped into the target: executable, library, or "" for JIT code. */
typedef struct cck_module {
    const char *path;     /* as mapped; "" anonymous, "[vdso]" */
    const char *build_id; /* hex; "" unknown */
    uint64_t start, end;  /* where its first segment was mapped, in `pid`; end of the last */
    uint64_t bias;        /* address in memory - address in the file's symbol table */
    int32_t pid;
    bool unread; /* reading its file failed: bias and build-id are not known */
} cck_module;

/** An instruction, as module and offset, so that it means the same in every run. */
typedef struct cck_code {
    uint32_t module;  /* index; CCK_NONE: not in any file */
    uint64_t address; /* in memory */
} cck_code;

typedef struct cck_observed_thread {
    int32_t pid, tid;
    const char *name;    /* comm; never NULL */
    const char *process; /* program; never NULL */
    uint32_t creator;    /* call path (index into paths) of its creation; CCK_NONE unknown */
    uint64_t instructions; /* 0 unknown */
    uint64_t cycles;       /* virtual, stalls included; of a sampled thread its samples. 0 unknown */
} cck_observed_thread;

/** A node of the tree of call paths: a frame, and the path that led to it. */
typedef struct cck_path {
    uint32_t parent; /* path of the caller; CCK_NONE: outermost */
    cck_code call;   /* the call instruction in the caller (return address - 1); module
                        CCK_NONE and address 0 for an outermost frame */
    cck_code entry;  /* first instruction of the called function */
} cck_path;

typedef enum cck_object_kind {
    CCK_OBJECT_UNKNOWN,
    CCK_OBJECT_HEAP,   /* a block of the allocator */
    CCK_OBJECT_GLOBAL, /* in a module's data; which symbol is for the analysis to find */
    CCK_OBJECT_STACK,
    CCK_OBJECT_TLS,
    CCK_OBJECT_MAPPING /* other memory: anonymous or a file's */
} cck_object_kind;

/** What lies in memory at some address. */
typedef struct cck_object {
    cck_object_kind kind;
    uint64_t start, size; /* in memory; of a heap block as asked for; size 0 unknown. TLS: start
                             of the module's segment in that thread. Stack, global: one of the
                             addresses, or the start of the granule, that it was seen at */
    uint32_t path;        /* heap: call path of the allocation; CCK_NONE */
    uint32_t thread;      /* that allocated it, or whose stack or TLS it is; CCK_NONE */
    uint32_t module;      /* global, TLS, file mapping */
    bool freed;           /* before the end */
    bool guessed;         /* heap: no block is known; this is the line, in an allocator's memory */
    uint64_t instances;   /* heap: blocks of this size that this path allocated */

    /* stack: the frame that it is in. cfa: the canonical frame address. */
    cck_code frame; /* an instruction of that function which was running or waiting there */
    uint64_t cfa;
    uint64_t frame_size; /* bytes from the stack pointer at that instruction up to it; 0 unknown */
    uint64_t frame_depth; /* and from its frame pointer; 0 unknown, or it keeps none */
    bool visited;        /* another thread used it while that function ran or waited */
} cck_object;

/** What one instruction of one thread did to one line. */
typedef struct cck_line_use {
    uint32_t thread;
    cck_code code;
    uint32_t path;        /* of the access, the most frequent one; CCK_NONE */
    uint16_t offset;      /* of the lowest byte accessed, from the line's start */
    uint16_t size;        /* bytes, of one access (the largest) */
    bool reads, writes, atomic;
    bool steady; /* watched: done about as often as others; of which hits are no measure */
    uint64_t accesses;
    uint64_t misses;      /* coherence misses and upgrades that it met */
} cck_line_use;

enum { CCK_LINE_THREADS = 64 }; /* sides of a line that are told apart; the rest is summed */

/**
 * A side of a line: what one thread did to it. If `sampled`, only bytes, accesses, writes and
 * atomics (all of them verified hits, or samples of the PMU), `stalled` and `elsewhere` are known.
 */
typedef struct cck_line_side {
    uint32_t thread;
    uint64_t read[4], written[4]; /* a bit a byte, of up to 256 bytes */
    uint64_t watched[4]; /* sampled: bytes that were watched often enough; none: not known */
    uint64_t accesses, writes, atomics;
    uint64_t windows; /* sampled: in which it was hit; measured: stretches of 10 ms */
    uint64_t true_sharing, false_sharing; /* coherence misses by class */
    uint64_t upgrades;
    uint64_t essential; /* of `false_sharing`, essential in Dubois's sense */
    uint64_t stalled;   /* cycles lost to them, virtual; sampled: samples of it at the line */
    uint64_t elsewhere; /* sampled: those near its stores to other lines */
    double potential;   /* transfers expected if threads interleaved at random; < 0 unknown */
    double busy;        /* sampled: share of its time that it was on a CPU; 0 unknown */
} cck_line_side;

/** A line that threads share, in one life of the objects on it. */
typedef struct cck_line {
    int32_t pid;
    uint64_t address; /* of its first byte */
    uint32_t size;    /* bytes */
    const uint32_t *objects; /* on it and used, by address */
    size_t object_count;
    const cck_line_side *sides; /* most misses first */
    size_t side_count;
    const cck_line_use *uses; /* most misses first, then accesses */
    size_t use_count;
    uint64_t transfers;  /* coherence misses and upgrades of all sides */
    double rate;         /* transfers per second (of virtual time if simulated) */
    double rate_low, rate_high; /* 95 % interval; equal to `rate` when exact. High < 0: the
                                   rate is at least `rate`, how much more is not known */
    uint64_t samples;    /* that this rests on (verified hits); 0: everything was seen */
    uint64_t windows;    /* sampled: in which these were seen; 0 if not sampled */
    uint64_t met;        /* sampled: of `samples` those at which another user was running */
    double after;        /* sampled: seconds from the start until it was confirmed; 0 never */
    bool confirmed;      /* sampled: two threads were seen to meet often enough to be sure */
    bool measured;       /* sampled: by the PMU. `samples` are accesses at which the line came from
                            another core, `windows` stretches of 10 ms with such */
    uint64_t inferred;   /* measured: of `samples` those of which the PMU tells only that they
                            missed, not who had the line */
    double transfer_ns;  /* measured: that such an access waited, on average; 0 unknown */
    bool lock;           /* a word of it is handed over as a lock is (atomic, then plain data) */
} cck_line;

/** A thread that was seen to sleep at a word in memory: for a lock, if the code says so. */
typedef struct cck_lock_wait {
    int32_t pid;
    uint64_t address;     /* of the word */
    uint32_t object;      /* that holds it */
    uint32_t thread;      /* that sleeps */
    uint32_t path;        /* call path that led there, from the system call on */
    uint64_t times;       /* that it went to sleep there, at least */
    uint64_t looks;       /* at which it slept there, */
    uint64_t all_looks;   /* of so many at the thread while it lived */
    double rate;          /* times a second that it went to sleep there, about; < 0 unknown */
    uint32_t holder;      /* thread that had it meanwhile, by what the lock says; CCK_NONE */
    cck_code holder_code; /* where that was sampled last; address 0 unknown */
} cck_lock_wait;

/** Classes of cost that hot spots are told by. */
typedef enum cck_cost {
    CCK_COST_INSTRUCTIONS,
    CCK_COST_LOADS,
    CCK_COST_STORES,
    CCK_COST_ATOMICS,
    CCK_COST_L1I_MISSES,
    CCK_COST_L1D_MISSES,
    CCK_COST_L2_MISSES,
    CCK_COST_LLC_MISSES,
    CCK_COST_COMPULSORY, /* of the misses that leave the private caches */
    CCK_COST_CAPACITY,
    CCK_COST_CONFLICT,
    CCK_COST_TRUE_SHARING,
    CCK_COST_FALSE_SHARING,
    CCK_COST_UPGRADES,
    CCK_COST_REMOTE, /* served by another node's memory */
    CCK_COST_TLB_MISSES, /* page walks */
    CCK_COST_CYCLES, /* virtual */
    CCK_COSTS
} cck_cost;

/** What happened at one instruction, on one call path, in one thread. */
typedef struct cck_spot {
    cck_code code;
    uint32_t path, thread;
    uint64_t costs[CCK_COSTS];
} cck_spot;

/** What happened to objects of one kind: heap blocks of one call path, a module's data. */
typedef struct cck_object_spot {
    uint32_t object; /* one of them, the costliest */
    uint64_t costs[CCK_COSTS];
} cck_object_spot;

typedef struct cck_observed {
    cck_arena arena; /* owns everything below but `spots_own` */
    cck_module *modules;
    size_t module_count;
    cck_observed_thread *threads;
    size_t thread_count;
    cck_path *paths;
    size_t path_count;
    cck_object *objects;
    size_t object_count;
    cck_line *lines; /* most transfers first */
    size_t line_count;
    cck_lock_wait *waits;
    size_t wait_count;
    uint64_t lines_left_out; /* shared lines below the least told of */
    cck_spot *spots;
    cck_spot *spots_own; /* the same where they are freed with this, else NULL */
    size_t spot_count;
    cck_object_spot *object_spots;
    size_t object_spot_count;
    uint64_t costs[CCK_COSTS]; /* of the whole run */
    bool counted[CCK_COSTS];   /* false: this backend does not know that class */
    uint32_t line_size;        /* bytes */
    double seconds;            /* of the run; virtual if simulated */
    bool sampled;       /* lines are known by samples and watchpoints: transfers are not counted
                           one by one, nor known by class */
    double most_rate;   /* sampled: above that many a second watchpoints themselves take so much
                           time that a rate says "often" only; 0 unknown */
    double least_rate;  /* sampled: with 95 % confidence there is no other line above that many
                           transfers a second; < 0: that cannot be said */
    bool brief;         /* sampled: so short that a line which matters may have been missed */
    double transfer_ns; /* from core to core, on this machine; 0 unknown */
    double undisputed;  /* share of a fought-over locked instruction's time that it takes alone, on
                           this machine; 0 unknown */
    double hertz;              /* cycles a second of virtual time; 0 if not virtual */
    uint64_t paths_folded; /* call paths that were put together with others; costs stay exact */
    uint64_t real_time_turns;  /* simulated: turns that the machine's timing ordered */
} cck_observed;

void cck_observed_clear(cck_observed *observed);

#endif
