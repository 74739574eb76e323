/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_ENGINE_H
#define CCK_WATCH_ENGINE_H

#include "probes/watch/decode.h"
#include "probes/watch/sampler.h"

/**
 * Which line to watch in which threads, and what hits tell: nominates lines from samples,
 * opens windows of watchpoints on them, learns from verified hits. No system call in it:
 * it acts through `cck_watch_hands`, so that recorded and made-up streams test it.
 *
 * Two processes that share memory use a line at two addresses: `key_of` says which line of
 * memory an address means. Each process has code of its own, so that reading instructions
 * is asked for by process, too: `near`, `trapped` and `next` are cck_decoder_near(),
 * cck_decoder_trapped() and cck_decoder_next() with the decoder of that process (0, false: there is
 * none).
 *
 * docs/how-it-works/watching.md tells the method and its statistics.
 */
typedef struct cck_watch_hands {
    int (*arm)(void *context, int32_t tid, unsigned slot, uint64_t word, cck_watch_kind kind,
               unsigned hits);
    void (*disarm)(void *context, int32_t tid);
    /** CPU time that the slot was armed for since its arming or its last hit, ns, until it was
     * disarmed if it was; 0 once it fell silent by its hits. */
    uint64_t (*exposure)(void *context, int32_t tid, unsigned slot);
    uint64_t (*cpu_time)(void *context, int32_t tid); /* ns since it was first seen; 0: gone */
    uint64_t (*clock)(void *context); /* CLOCK_MONOTONIC, ns */
    /**
     * The line of memory that an address of a process means: (device, inode, offset) of
     * shared memory or (pid, address) else, folded into 64 bits. False: nothing is mapped
     * there.
     */
    bool (*key_of)(void *context, int32_t pid, uint64_t address, uint64_t *out_key);
    size_t (*near)(void *context, int32_t pid, const cck_registers *registers,
                   cck_near_access *out_accesses, size_t room, bool *out_known);
    bool (*trapped)(void *context, int32_t pid, const cck_registers *registers, uint64_t word,
                    uint32_t size, cck_near_access *out_access);
    uint64_t (*next)(void *context, int32_t pid, uint64_t ip);
    void *context;
} cck_watch_hands;

typedef struct cck_watch_plan {
    uint32_t line_size; /* bytes, 32 .. 256, a power of two */
    double budget;      /* share of the target's time, 0.02 for 2 % */
    double least;       /* transfers a second that matter */
    double transfer_ns; /* of a line from core to core; 0: not known */
    uint64_t seed;      /* of the choice among equals */
} cck_watch_plan;

/** One instruction of one thread at one line: what verified hits and samples told. */
typedef struct cck_watch_use {
    int32_t pid, tid;
    uint64_t ip;
    uint16_t offset, size; /* in the line */
    bool reads, writes, atomic;
    uint64_t hits;    /* verified, while another user of the line was running */
    uint64_t samples; /* sampled at or right after it */
} cck_watch_use;

/** What one thread did to a line. */
typedef struct cck_watch_side {
    int32_t pid, tid;
    uint64_t address;            /* of the line in that process */
    uint64_t read[4], written[4]; /* a bit a byte: verified */
    uint64_t watched[4];          /* bytes of words that were watched three times and more */
    uint64_t steady[4]; /* bytes of words that it comes to about as often as to its others */
    uint64_t hits, concurrent;   /* verified; of these while another user ran */
    uint64_t windows, windows_hit;
    double exposure_s;           /* CPU time that words of it were watched, summed over words */
    /* Accesses a second to its busiest word (transfers do not add up over words), 95 %;
     * rate_high < 0: at least `rate`. */
    double rate, rate_low, rate_high;
    uint64_t samples;            /* of this thread stalled at the line, of all its samples: */
    uint64_t thread_samples;
    uint64_t elsewhere; /* of these: near its stores to other lines */
    double busy; /* share of the time since it was first seen that it was on a CPU, 0 .. 1 */
    bool atomics; /* most of its hits are locked: then that share is the loss. For plain stores, which
                     wait in the store buffer, `samples` and `elsewhere` are an upper bound */
} cck_watch_side;

typedef struct cck_watch_line {
    uint64_t key;
    const cck_watch_side *sides;
    size_t side_count;
    const cck_watch_use *uses;
    size_t use_count;
    /* Transfers a second: the harmonic mean of the two busiest sides of which one writes,
     * times `concurrency`, 95 %; rate_high < 0: at least `rate`. */
    double rate, rate_low, rate_high;
    double concurrency; /* share of the hits at which another user was at it, 0 .. 1 */
    bool confirmed; /* three windows with verified concurrent hits, from two threads of which
                       one writes, and which were seen at the line at the same time */
    uint64_t confirmed_at; /* ns, CLOCK_MONOTONIC; 0: not confirmed */
    bool lock;      /* a word is taken atomically, then data written, then the word stored or
                       swapped by other code: by two threads */
} cck_watch_line;

typedef struct cck_watch_summary {
    const cck_watch_line *lines; /* by rate, highest first; valid until the engine is
                                  called next */
    size_t line_count;
    uint64_t samples, decoded, hits, verified, windows;
    uint64_t suspects; /* lines that two threads use and one writes, by samples */
    double watched_s;  /* CPU time of threads that samples cover */
    double least_rate; /* transfers a second: with 95 % confidence no line of the program that
                          was not hit is above; < 0: cannot be said */
} cck_watch_summary;

typedef struct cck_watch_engine cck_watch_engine;

/** `plan`, `costs`, `hands` are copied. CCK_EINVALID for a plan that makes no sense. */
int cck_watch_engine_new(cck_watch_engine **out_engine, const cck_watch_plan *plan,
                         const cck_sampler_costs *costs, const cck_watch_hands *hands,
                         cck_error *err);
void cck_watch_engine_free(cck_watch_engine *engine);

/**
 * Take in records, in order of time. Out of memory, one is passed over: then less is found,
 * nothing wrong is told. An ended thread's slots count as closed.
 */
void cck_watch_engine_sample(cck_watch_engine *engine, const cck_sample *sample);
void cck_watch_engine_hit(cck_watch_engine *engine, const cck_hit *hit);
void cck_watch_engine_thread(cck_watch_engine *engine, int32_t pid, int32_t tid, bool alive);

/** Act: open and move windows. `now`: CLOCK_MONOTONIC, ns. Returns when to be called next. */
uint64_t cck_watch_engine_step(cck_watch_engine *engine, uint64_t now);

/**
 * Our own CPU time since the last call, the share of it that others would have had, 0 .. 1, and
 * how many CPUs are busy: where it is the target's loss, it is within the budget, too.
 */
void cck_watch_engine_own(cck_watch_engine *engine, uint64_t ns, double taken, double busy);

/**
 * A thread's events are about to be closed for a time, or are open again (rests.h). False: not
 * now, there is a line worth haste; said a few times only.
 */
bool cck_watch_engine_rests(cck_watch_engine *engine, int32_t pid, int32_t tid, bool resting);

/**
 * What clocks took of threads since the last call by their coming and going, ns; and the share of turns
 * in which each is watched.
 */
void cck_watch_engine_turns(cck_watch_engine *engine, double ns, double awake);

/** The sampling period that the budget and what is known so far ask for, ns. */
uint64_t cck_watch_engine_period(const cck_watch_engine *engine);

/** What is known; may be asked for at any time. */
int cck_watch_engine_summary(cck_watch_engine *engine, cck_watch_summary *out_summary,
                             cck_error *err);

#endif
