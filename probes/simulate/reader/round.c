/* SPDX-License-Identifier: MIT */
/*
 * Whose turn it is. Valgrind runs one thread at a time, for thousands of instructions:
 * simulated like that, threads would hardly ever take a line from each other. So a round
 * is buffered in which each runnable thread had one turn, and its threads are simulated
 * as if they had run side by side: each has a time in cycles, from the round's start on
 * one for each instruction and what the model says it was stalled; always the thread that
 * is the least far in time runs on (of equally far ones the one of the lower number), until it
 * is ahead of the next by what anything that it does takes at least to reach another core: the
 * lookahead of conservative parallel simulation (Chandy and Misra, IEEE TSE 1979). At the end of
 * the round all meet and time starts again: the "lax barrier" of Graphite (Miller et al., HPCA
 * 2010), which Sniper (Carlson et al., SC 2011) has too. Threads drift apart within a round only,
 * as far as it is long.
 *
 * What the program orders is kept: a thread that was woken, joined or created does not
 * run before the other one got to where it did that (CCK_WORD_SWITCH).
 */
#include "core/base/fail.h"
#include "probes/simulate/reader/behind.h"
#include "probes/simulate/reader/walk.h"

/* No release is this far behind another in one round: clocks that say so are of waits. */
enum { LATE_MOST = 1 << 16 };

/* The next span with events, after whatever comes before it. */
static int next_words(cck_process *process, cck_reader_thread *thread, cck_error *err)
{
    while (thread->words == thread->words_end && thread->queue_at < thread->queued) {
        cck_span span = thread->queue[thread->queue_at++];
        if (span.kind != CCK_SPAN_EVENTS) {
            int status = cck_process_control(process, &span, err);
            if (status < 0)
                return status;
            continue;
        }
        thread->words = span.words;
        thread->words_end = span.words + span.length;
        /* It was waiting, and whoever released it was that far. */
        if (span.clock > thread->clock && span.clock > process->round_clock) {
            uint64_t late = span.clock - process->round_clock;
            if (late > thread->local && late < LATE_MOST)
                thread->local = late;
        }
        thread->clock = span.clock;
    }
    return 0;
}

static bool has_words(const cck_reader_thread *thread)
{
    return thread->words < thread->words_end;
}

/* Where in the round a thread goes on that another released: as far behind the place of
 * the release as the clocks say, whether or not that other one has gone on since. */
static uint64_t released_at(const cck_reader_thread *thread, const cck_reader_thread *other)
{
    uint64_t since = 0, behind = 0;
    if (other->clock > thread->waits_until)
        since = other->clock - thread->waits_until;
    if (thread->clock > thread->waits_until)
        behind = thread->clock - thread->waits_until;
    return (other->local > since ? other->local - since : 0) +
           (behind < LATE_MOST ? behind : LATE_MOST);
}

/* True when what a thread waits for has happened, or never will in this round. */
static bool is_released(cck_process *process, cck_reader_thread *thread)
{
    if (thread->waits_for == CCK_NONE)
        return true;
    cck_reader_thread *other = cck_process_thread(process, thread->waits_for);
    if (other && other != thread && other->clock < thread->waits_until && has_words(other)) {
        if (thread->waits_until < other->pause_at)
            other->pause_at = thread->waits_until;
        return false;
    }
    thread->waits_for = CCK_NONE;
    if (!other)
        return true;
    /* In a round before, it is behind both. */
    uint64_t at = thread->waits_until >= process->round_clock ? released_at(thread, other) : 0;
    if (at > thread->local)
        thread->local = at;
    if (other->skew + at > cck_thread_now(thread))
        thread->skew = other->skew + at - thread->local;
    if (thread->place == CCK_NONE && thread->parent == other->number)
        thread->creator = cck_stack_path(process, other);
    return true;
}

/* False if a thread has to be looked at first, because its words are at an end or it waits. */
static bool take_turns(cck_process *process)
{
    size_t count = process->runnable_count;
    for (size_t i = 0; i < count; i++) {
        if (!has_words(process->runnable[i]) || process->runnable[i]->waits_for != CCK_NONE)
            return false;
        process->turns[i] = process->runnable[i];
    }
    for (size_t at = count / 2; at-- > 0;)
        cck_turns_settle(process->turns, count, at);
    return count > 0;
}

/* How far a thread may go where threads wait for others. */
static uint64_t limit_of(const cck_process *process, const cck_reader_thread *chosen)
{
    uint64_t limit = UINT64_MAX;
    for (size_t i = 0; i < process->runnable_count; i++) {
        const cck_reader_thread *thread = process->runnable[i];
        if (thread == chosen || thread->waits_for != CCK_NONE)
            continue;
        uint64_t most = cck_turn_limit(process, chosen, thread);
        if (most < limit)
            limit = most;
    }
    return limit;
}

/* A release comes first in its span: it is seen before the thread's own time comes, so
 * that the other one stops where it happened. */
static int see_release(cck_process *process, cck_reader_thread *thread, cck_error *err)
{
    if (thread->waits_for != CCK_NONE || !has_words(thread) ||
        cck_word_at(thread->words) >> 56 != CCK_WORD(CCK_WORD_SWITCH, 0) >> 56)
        return 0;
    return cck_walk(process, &thread, 1, UINT64_MAX, err);
}

/* Threads that have nothing left go; of the rest, the one that is the least far. */
static int choose(cck_process *process, cck_reader_thread **out_thread, cck_error *err)
{
    cck_reader_thread *best = NULL, *stuck = NULL;
    size_t kept = 0;
    for (size_t i = 0; i < process->runnable_count; i++) {
        cck_reader_thread *thread = process->runnable[i];
        int status = has_words(thread) ? 0 : next_words(process, thread, err);
        if (status < 0)
            return status;
        thread->pause_at = UINT64_MAX;
        status = see_release(process, thread, err);
        if (status < 0)
            return status;
        if (has_words(thread) || thread->waits_for != CCK_NONE)
            process->runnable[kept++] = thread;
    }
    process->runnable_count = kept;
    for (size_t i = 0; i < kept; i++) {
        cck_reader_thread *thread = process->runnable[i];
        if (!is_released(process, thread))
            stuck = stuck ? stuck : thread;
        else if (!best || thread->local < best->local)
            best = thread;
    }
    if (!best && stuck) { /* they wait in a circle: the trace contradicts itself */
        stuck->waits_for = CCK_NONE;
        best = stuck;
    }
    *out_thread = best;
    return 0;
}

/* The clock that the round starts at: the smallest of those that did not wait before it; if
 * all did, the smallest. */
static void begin(cck_process *process)
{
    uint64_t least = UINT64_MAX;
    process->round_clock = UINT64_MAX;
    for (size_t i = 0; i < process->runnable_count; i++) {
        const cck_reader_thread *thread = process->runnable[i];
        size_t at = thread->queue_at;
        while (at < thread->queued && thread->queue[at].kind != CCK_SPAN_EVENTS)
            at++;
        if (at == thread->queued)
            continue;
        uint64_t clock = thread->queue[at].clock;
        if (clock < least)
            least = clock;
        if (clock <= thread->clock && clock < process->round_clock)
            process->round_clock = clock;
    }
    if (process->round_clock == UINT64_MAX)
        process->round_clock = least;
}

/* All threads meet. */
static void realign(cck_process *process)
{
    uint64_t longest = 0;
    for (size_t i = 0; i < process->thread_count; i++) {
        cck_reader_thread *thread = process->threads[i];
        if (thread->local > longest)
            longest = thread->local;
        thread->skew += thread->local;
        thread->local = 0;
        thread->queued = thread->queue_at = 0;
        thread->pause_at = UINT64_MAX;
    }
    process->runnable_count = 0;
    process->base += longest;
}

static bool is_exhausted(const cck_process *process)
{
    return process->behind ? cck_behind_is_exhausted(process)
                           : cck_model_is_exhausted(process->model);
}

int cck_round_run(cck_process *process, cck_error *err)
{
    cck_reader_thread *thread;
    int status = 0;
    begin(process);
    while (!status && !process->stopped) {
        status = choose(process, &thread, err);
        if (status < 0 || !thread)
            break;
        status = cck_walk(process, &thread, 1, limit_of(process, thread), err);
        if (!status && !process->stopped && take_turns(process))
            status = cck_walk(process, process->turns, process->runnable_count, 0, err);
    }
    for (size_t i = 0; i < process->thread_count; i++)
        if (status < 0 || process->stopped)
            process->threads[i]->words = process->threads[i]->words_end = NULL;
    realign(process);
    if (!status && is_exhausted(process))
        return cck_fail(err, CCK_ENOMEM, "out of memory: the rest was not simulated");
    return status;
}
