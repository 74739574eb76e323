/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_SIMULATE_H
#define CACHECHECK_SIMULATE_H

/**
 * @file
 * What to simulate: the machine, which part of the run, and what if a field were
 * somewhere else. For the commands that take the `simulate` backend.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How far an analysis is; for people who wait. */
typedef struct cck_progress {
    double time_s;         /**< wall-clock, since the start */
    uint64_t instructions; /**< simulated so far, all processes; 0 unknown */
    double rate;           /**< instructions a second, over the last second or so */
    double slowdown;       /**< against an assumed native rate of 1e9 a second; 0 unknown */
    uint32_t threads, processes; /**< alive in the simulation, or watched */
    uint32_t lines;        /**< shared lines so far; watched: under suspicion */
    uint64_t samples;      /**< watched: so far; 0: this is a simulation, or none came yet */
    double decoded;        /**< share of these whose accesses are known */
    bool watched;          /**< of the watch backend: instructions, rate and slowdown are unknown */
} cck_progress;

typedef struct cck_simulate_options {
    size_t size;          /**< sizeof(cck_simulate_options) */
    const char *cache;    /**< "I1=32K,8,64 D1=... L2=... LL=... cores=8"; NULL: the machine's */
    const char *topology; /**< hwloc XML file or synthetic string of the machine to model; NULL:
                               this one */
    const char *model;    /**< words, blank or comma between them: "plru", "lru", "inclusive",
                               "exclusive", "independent", "adjacent", "stream", "tlb",
                               "no-coherence"; NULL: the defaults */
    const char *map;      /**< threads to cores: "affinity", "round-robin", or "0,4,1": the n-th
                               thread's core, then over again; NULL: round-robin */
    uint64_t max_instructions; /**< end the run after so many; 0: none */
    const char *start_at; /**< simulate from the first call of that function on; NULL: all */
    bool marked;          /**< simulate only between cachecheck_begin() and _end() of mark.h */
    const char *const *what_if; /**< "struct stats.misses@64", ...; NULL-ended, or NULL */
    const char *const *types;   /**< "ADDRESS_OR_SYMBOL=struct stats": types of objects; NULL-ended,
                                     or NULL */
    void (*on_progress)(void *context, const cck_progress *progress); /**< once a second; or NULL */
    void *context;
} cck_simulate_options;

#ifdef __cplusplus
}
#endif
#endif
