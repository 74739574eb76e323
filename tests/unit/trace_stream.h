/* SPDX-License-Identifier: MIT */
#ifndef CCK_TEST_TRACE_STREAM_H
#define CCK_TEST_TRACE_STREAM_H

/* Traces by hand: words as the tool would write them. Include after cmocka.h. */
#include <string.h>

#include "probes/simulate/reader/reader.h"

typedef struct stream {
    uint64_t words[1 << 17];
    size_t count;
    size_t open; /* where the span of events at hand begins; 0: none */
    uint8_t ends[1 << 12]; /* how blocks end */
} stream;

static inline void put(stream *s, uint64_t word)
{
    assert_true(s->count < sizeof s->words / sizeof *s->words);
    s->words[s->count++] = word;
}

static inline void put_span(stream *s, cck_span_kind kind, uint32_t thread, uint64_t clock,
                            const void *bytes, size_t size)
{
    size_t words = (size + 7) / 8;
    put(s, CCK_SPAN(kind, words, thread));
    put(s, clock);
    for (size_t i = 0; i < words; i++)
        put(s, 0);
    if (size)
        memcpy(s->words + s->count - words, bytes, size);
}

static inline void put_thread(stream *s, uint32_t number, uint32_t parent, uint64_t clock)
{
    cck_trace_thread thread = {.tid = 100 + (int32_t)number, .parent = parent};
    put_span(s, CCK_SPAN_THREAD, number, clock, &thread, sizeof thread);
}

/* A block of 4-byte instructions; each event's instruction number is its `instruction`. */
static inline void put_block(stream *s, uint32_t number, uint64_t address, unsigned instructions,
                             cck_block_end end, unsigned flags, const cck_event *events,
                             unsigned count)
{
    struct {
        cck_block head;
        cck_event events[16];
    } block = {.head = {.address = address,
                        .bytes = 4 * instructions,
                        .instructions = (uint16_t)instructions,
                        .events = (uint16_t)count,
                        .end = (uint8_t)end,
                        .flags = (uint8_t)flags}};
    for (unsigned i = 0; i < count; i++) {
        block.events[i] = events[i];
        block.events[i].offset = (uint16_t)(4 * events[i].instruction);
        block.head.memory_events += events[i].kind != CCK_EVENT_FETCH;
    }
    assert_true(number < sizeof s->ends);
    s->ends[number] = (uint8_t)end;
    put_span(s, CCK_SPAN_BLOCK, number, 0, &block, sizeof block.head + count * sizeof *events);
}

static inline void begin_events(stream *s, uint32_t thread, uint64_t clock)
{
    s->open = s->count;
    put(s, CCK_SPAN(CCK_SPAN_EVENTS, 0, thread));
    put(s, clock);
}

static inline void end_events(stream *s)
{
    s->words[s->open] |= (uint64_t)(s->count - s->open - CCK_SPAN_WORDS) << 8;
    s->open = 0;
}

/* A block whose only access is there; of one that calls or returns, that is the return address. */
static inline void put_run(stream *s, uint32_t block, uint64_t address)
{
    uint8_t end = block < sizeof s->ends ? s->ends[block] : CCK_END_JUMP;
    bool frame = end == CCK_END_CALL || end == CCK_END_RETURN;
    put(s, CCK_WORD_BLOCK(block));
    put(s, address | (frame ? CCK_WORD_FRAME : 0));
}

static inline void put_round(stream *s)
{
    put_span(s, CCK_SPAN_ROUND, 0, 0, NULL, 0);
}

static inline cck_plan small_plan(void)
{
    cck_plan plan = {.hertz = 1e9,
                     .spots = true,
                     .note = "",
                     .text = "",
                     .model = {.i1 = {4096, 4, 64},
                               .d1 = {4096, 4, 64},
                               .ll = {65536, 16, 64},
                               .cores = 4,
                               .coherent = true,
                               .explain = true}};
    cck_model_defaults(&plan.model);
    return plan;
}

/* Everything is read; returns the status of the first span that was refused. */
static inline int read_stream(cck_process *process, const stream *s, cck_error *err)
{
    cck_trace_source source = cck_trace_source_of_words(s->words, s->count);
    cck_span span;
    int status;
    while ((status = cck_trace_source_next(&source, &span, err)) > 0)
        if ((status = cck_process_take(process, &span, err)) < 0)
            return status;
    if (!status)
        status = cck_process_flush(process, err);
    for (size_t i = 0; i < process->thread_count; i++) /* counts are complete, as at the end */
        cck_stack_settle(process, process->threads[i]);
    return status;
}

#endif
