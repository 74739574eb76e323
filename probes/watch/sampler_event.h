/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SAMPLER_EVENT_H
#define CCK_WATCH_SAMPLER_EVENT_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/perf/record.h"
#include "probes/watch/registers.h"
#include "probes/watch/sampler.h"

/**
 * How the sampler's events are opened, and how the records that they write are read.
 * Clock and watchpoints share one layout, so that they share a ring.
 */

/** A sample for each `period_ns` of a thread's CPU time, and news of what it starts. */
struct perf_event_attr cck_sampler_clock_event(uint64_t period_ns);

/** A watchpoint on the 8 bytes at `word`, not armed yet. */
struct perf_event_attr cck_sampler_word_event(uint64_t word, cck_watch_kind kind);

/** The layout of all their records. */
extern const cck_record_layout cck_sampler_layout;

/** What a sample of either kind says. */
typedef struct cck_sampler_record {
    uint64_t id;      /* of the event */
    uint64_t time;    /* CLOCK_MONOTONIC, ns */
    uint64_t address; /* watched; 0 for a clock */
    uint64_t count;   /* of the event so far: hits, or ns */
    uint64_t running; /* ns that the event has been on a CPU */
    int32_t pid, tid;
    uint32_t cpu;
    bool wide; /* the thread runs 64-bit code: `registers` are filled in */
    cck_registers registers;
} cck_sampler_record;

/** Decode a PERF_RECORD_SAMPLE. False: the bytes cannot be one of ours. */
bool cck_sampler_record_decode(cck_sampler_record *out, const struct perf_event_header *header);

/** Can the registers of this architecture be sampled and read here? */
bool cck_sampler_architecture(void);

#endif
