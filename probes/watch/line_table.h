/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_LINE_TABLE_H
#define CCK_WATCH_LINE_TABLE_H

#include "core/base/map.h"
#include "probes/watch/engine.h"
#include "probes/watch/pace.h"
#include "probes/watch/thread_table.h"

/**
 * Lines that samples touched, and what each thread did to them. Bounded: when there are too
 * many, the half that promises least is forgotten.
 *
 * What samples say (`near_*`) and what verified hits say (`read`, `written`) are kept apart:
 * a sampled instruction's neighbours nominate, only hits are told of.
 */
enum {
    CCK_LINES_MOST = 16384,
    CCK_SIDES_MOST = 32768,  /* of all lines */
    CCK_PACES_MOST = 65536,  /* words of sides that were watched */
    CCK_LINE_SIDES = 64,     /* of one line */
    CCK_LINE_USES = 64,
    CCK_LINE_MOMENTS = 64
};

/** One thread at one line. */
typedef struct cck_known_side {
    int32_t pid, tid;
    uint64_t address; /* of the line in that process */
    uint64_t last;    /* ns */
    uint64_t near_read[4], near_written[4]; /* a bit a byte: by samples */
    uint64_t read[4], written[4];           /* by verified hits */
    uint64_t samples, last_sample;          /* at the line; serial number of the last */
    uint64_t own_stores; /* samples near which it writes to this line and to nothing else */
    uint64_t hits, atomics, concurrent;
    uint64_t windows, windows_hit, last_window, last_window_hit;
    bool stack; /* reached by its stack pointer */
    cck_pace *paces; /* one a word, of all accesses; as many again, of writes; NULL: never watched */
    /* A lock that it may hold: taken at `taken_ip`, then `stored` to other words. */
    bool holds, stored;
    uint16_t lock_word;
    uint64_t taken_ip;
} cck_known_side;

typedef struct cck_known_line {
    uint64_t key;
    cck_known_side *sides;
    cck_watch_use *uses;
    cck_watch_moment *moments; /* a ring: when who was at the line; made when watched */
    uint16_t side_count, side_capacity, use_count, use_capacity;
    uint32_t rotation; /* of the words nobody is known to use */
    uint64_t first, last; /* ns */
    uint64_t samples, moment_count;
    bool suspect;         /* two threads use it, one writes */
    bool suspect_watched;
    uint64_t windows, windows_hit, last_window_hit;
    uint64_t windows_met, last_window_met; /* with a hit while another user ran */
    uint64_t judged, concurrent; /* hits */
    /* Of stretches of time with hits: those in which samples or hits of others at the line
     * came both before and after one, and how many such were to be expected by samples if
     * the threads' times at it are independent. See together.c. */
    uint64_t studied, stretch; /* ns: when it was first watched; begin of the last stretch */
    bool stretch_met;
    double met, foreseen;
    uint64_t sure_at; /* ns: when it was confirmed; 0 not yet */
    bool lock;
    int32_t first_holder; /* 0: nobody handed it over so far */
} cck_known_line;

typedef struct cck_line_table {
    cck_map by_key;
    size_t sides, paces;
    uint32_t line_size;
    uint64_t evicted;
} cck_line_table;

cck_known_line *cck_line_get(const cck_line_table *table, uint64_t key);

/** Find or add. May forget other lines. NULL when memory is out. */
cck_known_line *cck_line_put(cck_line_table *table, uint64_t key, uint64_t now);

cck_known_side *cck_line_find_side(cck_known_line *line, int32_t pid, int32_t tid);

/**
 * Find or add, at the time `line->last`. NULL when the line has too many, or memory is out.
 * The line's sides move.
 */
cck_known_side *cck_line_side(cck_line_table *table, cck_known_line *line, int32_t pid,
                              int32_t tid, uint64_t address);

/** Make ready for being watched. False when memory is out. */
bool cck_line_study(cck_line_table *table, cck_known_line *line, cck_known_side *side,
                    uint64_t now);

/** Of an instruction; NULL when there are too many. */
cck_watch_use *cck_line_find_use(cck_known_line *line, int32_t pid, int32_t tid, uint64_t ip);
cck_watch_use *cck_line_use(cck_known_line *line, int32_t pid, int32_t tid, uint64_t ip);

/** A thread was at the line, by a sample or hit. */
void cck_line_at(cck_known_line *line, uint64_t time, int32_t tid, uint32_t cpu);

/** Note `size` bytes from `offset` on. */
void cck_bytes_set(uint64_t mask[4], unsigned offset, unsigned size);
bool cck_bytes_any(const uint64_t mask[4], unsigned offset, unsigned size);

/** How often a word of it was used: all accesses, or writes alone. Of a side that was watched. */
cck_pace *cck_side_pace(const cck_line_table *table, const cck_known_side *side, unsigned word,
                        bool reads);

/** Any of `size` bytes from `offset` on that samples or hits say the side uses. */
bool cck_side_uses_bytes(const cck_known_side *side, unsigned offset, unsigned size);

/** Bytes of a word of a line that samples or hits say the side uses. */
bool cck_side_uses(const cck_known_side *side, unsigned word);
bool cck_side_writes(const cck_known_side *side);

/** Samples of it at instructions that use a word of the line. */
uint64_t cck_side_samples(const cck_known_line *line, const cck_known_side *side, unsigned word);

/** Set `suspect` if it is one by now. True: it just became one. */
bool cck_line_suspect(cck_known_line *line);

void cck_line_table_clear(cck_line_table *table);

#endif
