/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_ENGINE_PARTS_H
#define CCK_WATCH_ENGINE_PARTS_H

#include "probes/watch/budget.h"
#include "probes/watch/engine.h"
#include "probes/watch/line_table.h"
#include "probes/watch/thread_table.h"

/**
 * The engine's parts, for its own files: nominate.c (which line), window.c (which words in
 * which threads), learn.c (what a hit tells), together.c (whether the threads were at it
 * at the same time), conclude.c (rates and what can be ruled out).
 */
enum {
    CCK_NOMINATIONS = 1024,   /* the latest */
    CCK_SUSPECTS = 256,       /* that wait for their first window */
    CCK_PENDING = 1024,       /* hits whose surroundings are not all known */
    CCK_WINDOW_THREADS = 8,   /* watched at once */
    CCK_WINDOW_HITS = 6,      /* of a watchpoint; the last is not timed */
    CCK_FRESH_NS = 60000000   /* a nomination is good for so long */
};

/** An access near a sampled instruction. */
typedef struct cck_nomination {
    uint64_t key, address; /* of the line; 0 address: none */
    uint64_t time;
    int32_t pid, tid;
    uint16_t offset, size; /* in the line */
    bool writes;
    bool stack;
    double weight;
} cck_nomination;

/** A hit that waits for what its reference thread did afterwards. */
typedef struct cck_pending {
    uint64_t key, time, window, ip;
    int32_t pid, tid, reference;
    uint32_t cpu;
} cck_pending;

struct cck_watch_engine {
    cck_watch_plan plan;
    cck_watch_hands hands;
    cck_line_table lines;
    cck_thread_table threads;
    cck_budget budget;
    cck_nomination nominations[CCK_NOMINATIONS]; /* a ring */
    uint64_t nomination_count;
    uint64_t suspects[CCK_SUSPECTS]; /* keys; a ring */
    uint64_t suspects_in, suspects_out;
    cck_pending pending[CCK_PENDING]; /* a ring */
    uint64_t pending_in, pending_out;
    uint64_t now, random, window, choices;
    uint64_t hurried; /* when a line was worth haste last */
    uint64_t samples, decoded, hits, verified, opened;
    uint64_t echoes; /* of `hits`: at code, which is no access */
    uint64_t suspect_count, suspect_watched; /* ever */
    cck_watch_line *told; /* what the last summary points to */
    cck_watch_side *told_sides;
};

/** A number below `below`, the next of the plan's seed. */
uint64_t cck_engine_random(cck_watch_engine *engine, uint64_t below);

/** The first byte of the line that an address is on. */
uint64_t cck_engine_line(const cck_watch_engine *engine, uint64_t address);

/* nominate.c */
void cck_nominate(cck_watch_engine *engine, cck_watch_thread *thread, const cck_sample *sample);

/** A thread that rested is watched again: what it had nominated before counts as fresh. */
void cck_nominate_again(cck_watch_engine *engine, const cck_watch_thread *thread);

/** Whom to watch now. False: nobody. `*out_hot`: it is worth haste. */
bool cck_nominated(cck_watch_engine *engine, cck_nomination *out_nomination, bool *out_hot);

/** A line became one of two threads: it will have its window. */
void cck_nominate_suspect(cck_watch_engine *engine, cck_known_line *line);

/* window.c */
void cck_window_open(cck_watch_engine *engine, const cck_nomination *given);

/* learn.c */
void cck_learn(cck_watch_engine *engine, cck_watch_thread *thread, const cck_hit *hit);

/**
 * The slots of a thread are to watch something else, or it is gone (`disarm` false): note how
 * long they were in vain.
 */
void cck_learn_silence(cck_watch_engine *engine, cck_watch_thread *thread, bool disarm);

/* together.c */
void cck_together_later(cck_watch_engine *engine, const cck_pending *hit);

/** Judge the hits whose surroundings are known by now. */
void cck_together_judge(cck_watch_engine *engine);

/** Its users were seen at the line at the same time, more than once. */
bool cck_together_met(const cck_known_line *line);

/** Share of the line's hits at which others were at it, 0 .. 1. */
double cck_together_share(const cck_known_line *line);

/* conclude.c */
/** Of the time since a thread was first seen, how much it was on a CPU: 0 .. 1. */
double cck_conclude_busy(const cck_watch_engine *engine, const cck_watch_thread *thread);

/** Whether a line is confirmed, if it has a rate. */
bool cck_conclude_confirmed(const cck_known_line *line);

/** Transfers a second of a line, from the rates of its sides. */
cck_pace_rate cck_conclude_rate(const cck_watch_engine *engine, cck_known_line *line);

#endif
