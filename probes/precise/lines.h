/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_LINES_H
#define CCK_PRECISE_LINES_H

#include "core/base/map.h"
#include "probes/precise/access.h"

enum {
    CCK_PRECISE_SIDES = 64, /* of a line that are told apart */
    CCK_PRECISE_USES = 128,
    CCK_PRECISE_STRETCH_NS = 10000000
};

/** What one instruction of one thread was sampled to do to a line. */
typedef struct cck_precise_use {
    int32_t pid, tid;
    uint64_t ip;
    uint16_t offset, size; /* in the line; size at least 1 */
    bool reads, writes, atomic;
    uint64_t samples;
    uint64_t handed; /* of these, at which the line came, or may have come, from another core */
} cck_precise_use;

/** A thread at a line. */
typedef struct cck_precise_side {
    int32_t pid, tid;
    uint64_t address; /* of the line in that process */
    uint64_t samples;
    uint64_t stretches, latest; /* of CCK_PRECISE_STRETCH_NS in which it was sampled there */
} cck_precise_side;

typedef struct cck_precise_line {
    uint64_t key;
    cck_precise_side *sides; /* growing, as are uses */
    cck_precise_use *uses;
    uint32_t side_count, side_capacity, use_count, use_capacity;
    uint64_t samples, time;
    uint64_t told, maybe;        /* hand-overs that the PMU tells, and such that may be */
    double stands_for;           /* hand-overs, by the samples' periods */
    uint64_t stretches, latest;  /* in which there were any */
    uint64_t latency, latencies; /* of hand-overs: cycles, and of how many */
} cck_precise_line;

/** The lines that samples were at. Memory is bounded: what one thread touched once goes first. */
typedef struct cck_precise_lines {
    cck_map by_key;
    uint32_t line_size;
    uint64_t forgotten; /* lines */
    bool failed;        /* memory was out: less is known */
} cck_precise_lines;

/** Take in an access; best in order of time. `key`: which line, see cck_watch_space_key(). */
void cck_precise_lines_take(cck_precise_lines *lines, uint64_t key,
                            const cck_memory_access *access);

/** How many lines two threads or more were sampled at, and came from another core. */
size_t cck_precise_lines_shared(const cck_precise_lines *lines);

void cck_precise_lines_clear(cck_precise_lines *lines);

#endif
