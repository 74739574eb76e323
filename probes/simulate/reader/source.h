/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_SOURCE_H
#define CCK_SIMULATE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cachecheck/error.h>

#include "probes/simulate/trace.h"

/**
 * Where spans come from: a ring that a tool fills, or words that lie in memory (a
 * recorded trace, a test). Whoever reads spans does not see the difference. Nothing in
 * them is trusted; a word may even change while it is looked at, so it is read once.
 */
typedef struct cck_trace_source {
    cck_trace_header *header; /* NULL: plain words */
    size_t mapped;            /* bytes of the mapping */
    const uint64_t *words;
    uint64_t size;  /* words of the ring or buffer */
    uint64_t at;    /* position of the next span */
    uint64_t head;  /* as last seen: behind the last whole span */
    uint64_t freed; /* what lies before was given back */
} cck_trace_source;

typedef struct cck_span {
    cck_span_kind kind;
    uint32_t length; /* words */
    uint32_t thread;
    uint64_t clock;
    const uint64_t *words; /* valid until they are freed */
} cck_span;

/** Words in memory. They must outlive the source. */
cck_trace_source cck_trace_source_of_words(const uint64_t *words, size_t count);

/**
 * Map the trace file `name`. 0, or CCK_ENOTFOUND while it is not set up yet (try again
 * later), or an error: CCK_EIO, CCK_EFORMAT.
 */
int cck_trace_source_open(cck_trace_source *out_source, int directory, const char *name, cck_error *err);

void cck_trace_source_close(cck_trace_source *source);

/** 1: there is a span. 0: none now. CCK_EFORMAT: damage. */
int cck_trace_source_next(cck_trace_source *source, cck_span *out_span, cck_error *err);

/** Give back all that was read so far: the writer may go on there. */
void cck_trace_source_free(cck_trace_source *source);

/** Words read but not given back. */
static inline uint64_t cck_trace_source_held(const cck_trace_source *source)
{
    return source->at - source->freed;
}

/** Sleep until the writer has news, at most so long. */
void cck_trace_source_wait(cck_trace_source *source, unsigned milliseconds);

/** The writer waits for room. */
bool cck_trace_source_is_full(const cck_trace_source *source);

static inline uint64_t cck_word_at(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/** Shared memory may change under our eyes: what was checked must be a copy. */
static inline void cck_words_copy(void *to, const uint64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t word = cck_word_at(from + i);
        memcpy((char *)to + i * sizeof word, &word, sizeof word);
    }
}

#endif
