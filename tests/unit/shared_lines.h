/* SPDX-License-Identifier: MIT */
/* Shared lines that no program had to run for: observations with known answers. */
#ifndef CCK_TESTS_SHARED_LINES_H
#define CCK_TESTS_SHARED_LINES_H

#include "tests/unit/made_up.h"

#include "core/session/observed.h"
#include "core/sharing/judge.h"

enum { SHARED_LINES_MOST = 16, SHARED_SIDES_MOST = 8 };

#define SHARED_HERTZ 3e9

/** One second of `threads` threads. */
static inline cck_observed shared_run(size_t threads)
{
    static const char *const names[] = {"app", "worker-1", "worker-2", "worker-3", "worker-4"};
    cck_observed observed = {.line_size = 64, .seconds = 1, .hertz = SHARED_HERTZ};
    observed.threads = cck_arena_array(&observed.arena, threads, sizeof *observed.threads);
    assert_non_null(observed.threads);
    observed.thread_count = threads;
    for (size_t i = 0; i < threads; i++)
        observed.threads[i] = (cck_observed_thread){
            .pid = 1000,
            .tid = (int32_t)(1000 + i),
            .name = names[i < COUNT_OF(names) ? i : COUNT_OF(names) - 1],
            .process = "app",
            .creator = CCK_NONE,
            .cycles = (uint64_t)SHARED_HERTZ,
        };
    observed.lines = cck_arena_array(&observed.arena, SHARED_LINES_MOST, sizeof *observed.lines);
    observed.objects =
        cck_arena_array(&observed.arena, SHARED_LINES_MOST, sizeof *observed.objects);
    assert_non_null(observed.lines);
    assert_non_null(observed.objects);
    return observed;
}

static inline uint32_t shared_object(cck_observed *observed, cck_object object)
{
    assert_true(observed->object_count < SHARED_LINES_MOST);
    observed->objects[observed->object_count] = object;
    return (uint32_t)observed->object_count++;
}

static inline uint32_t shared_block(cck_observed *observed, uint64_t start, uint64_t size)
{
    return shared_object(observed, (cck_object){.kind = CCK_OBJECT_HEAP,
                                                .start = start,
                                                .size = size,
                                                .path = CCK_NONE,
                                                .thread = CCK_NONE,
                                                .module = CCK_NONE,
                                                .frame = {CCK_NONE, 0}});
}

static inline cck_line *shared_line(cck_observed *observed, uint64_t address)
{
    assert_true(observed->line_count < SHARED_LINES_MOST);
    cck_line *line = &observed->lines[observed->line_count++];
    *line = (cck_line){.pid = 1000, .address = address, .size = 64};
    line->sides = cck_arena_array(&observed->arena, SHARED_SIDES_MOST, sizeof *line->sides);
    line->uses = cck_arena_array(&observed->arena, SHARED_SIDES_MOST, sizeof *line->uses);
    line->objects = cck_arena_array(&observed->arena, 4, sizeof *line->objects);
    assert_true(line->sides && line->uses && line->objects);
    return line;
}

static inline void shared_lies_on(cck_line *line, uint32_t object)
{
    ((uint32_t *)line->objects)[line->object_count++] = object;
}

static inline uint64_t shared_bytes(unsigned from, unsigned size)
{
    return (size == 64 ? ~(uint64_t)0 : ((uint64_t)1 << size) - 1) << from;
}

static inline cck_line_side *shared_side(cck_line *line, uint32_t thread, uint64_t read,
                                         uint64_t written)
{
    assert_true(line->side_count < SHARED_SIDES_MOST);
    cck_line_side *side = (cck_line_side *)&line->sides[line->side_count++];
    *side = (cck_line_side){.thread = thread,
                            .read = {read},
                            .written = {written},
                            .accesses = 1000000,
                            .writes = written ? 500000 : 0,
                            .potential = -1};
    return side;
}

/** So many transfers of each class, at 300 cycles each; the line's sums follow. */
static inline void shared_transfers(cck_line *line, cck_line_side *side, uint64_t of_true,
                                    uint64_t of_false)
{
    side->true_sharing = of_true;
    side->false_sharing = of_false;
    side->stalled = 300 * (of_true + of_false);
    line->transfers += of_true + of_false;
    line->rate = line->rate_low = line->rate_high = (double)line->transfers;
}

static inline cck_line_use *shared_use(cck_line *line, uint32_t thread, unsigned offset,
                                       unsigned size, bool writes)
{
    assert_true(line->use_count < SHARED_SIDES_MOST);
    cck_line_use *use = (cck_line_use *)&line->uses[line->use_count++];
    *use = (cck_line_use){.thread = thread,
                          .code = {CCK_NONE, 0x1000u + 16u * thread},
                          .path = CCK_NONE,
                          .offset = (uint16_t)offset,
                          .size = (uint16_t)size,
                          .reads = !writes,
                          .writes = writes,
                          .accesses = 1000000,
                          .misses = 900000};
    return use;
}

/** Two threads of a run, each at its own 8 bytes of a line: `transfers` a side, all false. */
static inline cck_line *shared_pair(cck_observed *observed, uint64_t address, uint64_t transfers)
{
    cck_line *line = shared_line(observed, address);
    for (uint32_t i = 0; i < 2; i++) {
        cck_line_side *side =
            shared_side(line, i + 1, shared_bytes(8 * i, 8), shared_bytes(8 * i, 8));
        shared_transfers(line, side, 0, transfers);
        shared_use(line, i + 1, 8 * i, 8, true);
    }
    return line;
}

static inline cck_result *shared_judge_with(const cck_observed *observed, cck_debug *debug,
                                            const cck_sharing_rules *rules)
{
    cck_error err = {0};
    cck_result *result = made_up_result();
    result->command = "sharing";
    result->source.backend = "simulate";
    result->source.evidence = CCK_SIMULATED;
    int code = cck_sharing_judge(result, observed, debug, rules, &err);
    if (code)
        fail_msg("%s", err.message);
    return result;
}

static inline cck_result *shared_judge(const cck_observed *observed)
{
    const cck_sharing_rules rules = {
        .limits = cck_line_default_limits, .least = CCK_SEVERITY_LOW, .top = 100};
    return shared_judge_with(observed, NULL, &rules);
}

#endif
