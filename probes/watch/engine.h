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
 * memory an address means.
 */
typedef struct cck_watch_hands {
    int (*arm)(void *context, int32_t tid, unsigned slot, uint64_t word, bool reads, unsigned hits);
    void (*disarm)(void *context, int32_t tid);
    uint64_t (*exposure)(void *context, int32_t tid, unsigned slot);
    uint64_t (*cpu_time)(void *context, int32_t tid);
    /**
     * The line of memory that an address of a process means: (device, inode, offset) of
     * shared memory or (pid, address) else, folded into 64 bits. False: nothing is mapped
     * there.
     */
    bool (*key_of)(void *context, int32_t pid, uint64_t address, uint64_t *out_key);
    void *context;
} cck_watch_hands;

typedef struct cck_watch_plan {
    uint32_t line_size;
    double budget;   /* share of the target's time */
    double least;    /* transfers a second that matter */
    uint64_t seed;   /* of the choice among equals */
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
    uint64_t hits, concurrent;   /* verified; of these while another user ran */
    uint64_t windows, windows_hit;
    double exposure_s;           /* CPU time that words of it were watched, summed over words */
    double rate, rate_low, rate_high; /* accesses a second, 95 %; rate_high < 0: at least `rate` */
    uint64_t samples;            /* of this thread stalled at the line, of all its samples: */
    uint64_t thread_samples;
    bool atomics; /* most of its accesses are locked */
} cck_watch_side;

typedef struct cck_watch_line {
    uint64_t key;
    const cck_watch_side *sides;
    size_t side_count;
    const cck_watch_use *uses;
    size_t use_count;
    double rate, rate_low, rate_high; /* transfers a second; rate_high < 0: at least `rate` */
    bool confirmed; /* three windows with verified concurrent hits from two threads */
    bool lock;      /* a word is taken atomically, then data written, then the word stored */
} cck_watch_line;

typedef struct cck_watch_summary {
    const cck_watch_line *lines; /* by rate, highest first; valid until the next call */
    size_t line_count;
    uint64_t samples, decoded, hits, verified, windows, suspects;
    double watched_s;  /* thread time covered */
    double least_rate; /* with 95 % confidence no line of the program is above, had it been
                          sampled as the program's other lines were; < 0: cannot be said */
} cck_watch_summary;

typedef struct cck_watch_engine cck_watch_engine;

int cck_watch_engine_new(cck_watch_engine **out_engine, const cck_watch_plan *plan,
                         const cck_sampler_costs *costs, cck_decoder *decoder,
                         const cck_watch_hands *hands, cck_error *err);
void cck_watch_engine_free(cck_watch_engine *engine);

void cck_watch_engine_sample(cck_watch_engine *engine, const cck_sample *sample);
void cck_watch_engine_hit(cck_watch_engine *engine, const cck_hit *hit);
void cck_watch_engine_thread(cck_watch_engine *engine, int32_t pid, int32_t tid, bool alive);

/** Act: open and move windows. `now`: CLOCK_MONOTONIC, ns. Returns when to be called next. */
uint64_t cck_watch_engine_step(cck_watch_engine *engine, uint64_t now);

/** The sampling period that the budget and what is known so far ask for, ns. */
uint64_t cck_watch_engine_period(const cck_watch_engine *engine);

/** What is known; may be asked for at any time. */
int cck_watch_engine_summary(cck_watch_engine *engine, cck_watch_summary *out_summary,
                             cck_error *err);

#endif
