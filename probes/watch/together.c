/* SPDX-License-Identifier: MIT */
/*
 * Whether threads were at a line at the same time. Two that take turns of tens of
 * milliseconds move it twice a turn, however often each of them accesses it: a rate of
 * accesses is a rate of transfers only as far as the accesses are concurrent.
 *
 * A hit counts as concurrent if another user of the line ran on another CPU both before
 * and after it within reach. A thread may spin elsewhere while it waits for its turn; so
 * beside that, others must have been seen *at the line* both before and after, by samples
 * or hits, and not much more seldom than if that had nothing to do with the hits.
 */
#include "probes/watch/engine_parts.h"

#include <math.h>

/* Turns of 20 ms and more must fail: no moment of one is within reach of both ends. */
enum { LEAST_REACH = 1500000, MOST_REACH = 9000000 };

static uint64_t reach_of(const cck_watch_engine *engine)
{
    double reach = 2.3 * (double)engine->budget.period;
    return (uint64_t)fmin(fmax(reach, LEAST_REACH), MOST_REACH);
}

void cck_together_later(cck_watch_engine *engine, const cck_pending *hit)
{
    if (engine->pending_in - engine->pending_out == CCK_PENDING)
        engine->pending_out++; /* not judged: it is a hit, but in no share */
    engine->pending[engine->pending_in++ % CCK_PENDING] = *hit;
}

static bool ran_about(const cck_watch_engine *engine, int32_t tid, const cck_pending *hit)
{
    const cck_watch_thread *thread = cck_thread_get(&engine->threads, tid);
    return thread && tid != hit->tid &&
           cck_thread_ran_about(thread, hit->time, reach_of(engine), hit->cpu);
}

static bool another_ran(const cck_watch_engine *engine, const cck_known_line *line,
                        const cck_pending *hit)
{
    if (ran_about(engine, hit->reference, hit))
        return true;
    for (unsigned i = 0; i < line->side_count; i++)
        if (line->sides[i].hits && ran_about(engine, line->sides[i].tid, hit))
            return true;
    return false;
}

/* Samples or hits of others at the line, both before and after. */
static bool others_there(const cck_known_line *line, const cck_pending *hit)
{
    bool before = false, after = false;
    for (unsigned i = 0; i < CCK_LINE_MOMENTS && i < line->moment_count; i++) {
        const cck_watch_moment *moment = &line->moments[i];
        if (moment->tid == hit->tid || moment->cpu == hit->cpu)
            continue;
        before |= moment->time <= hit->time && hit->time - moment->time <= MOST_REACH;
        after |= moment->time >= hit->time && moment->time - hit->time <= MOST_REACH;
    }
    return before && after;
}

/* Hits of one volley say the same, so that stretches of time are counted, not hits. Only
 * samples are foreseen: hits of others that are there, too, make the test milder to lines
 * that are shared, and none to such as are used in turns. */
static void compare(cck_known_line *line, const cck_known_side *side, const cck_pending *hit)
{
    if (!line->moments || hit->time < line->studied + MOST_REACH)
        return;
    if (hit->time >= line->stretch + MOST_REACH) {
        double others = (double)(line->samples - side->samples);
        double expected = others * MOST_REACH / ((double)(hit->time - line->first) + 1);
        line->foreseen += (1 - exp(-expected)) * (1 - exp(-expected));
        line->stretch = hit->time;
        line->stretch_met = false;
    }
    if (line->stretch_met || !others_there(line, hit))
        return;
    line->stretch_met = true;
    line->met++;
}

static void judge(cck_watch_engine *engine, const cck_pending *hit)
{
    cck_known_line *line = cck_line_get(&engine->lines, hit->key);
    cck_known_side *side = line ? cck_line_find_side(line, hit->pid, hit->tid) : NULL;
    if (!side)
        return;
    line->judged++;
    compare(line, side, hit);
    if (!another_ran(engine, line, hit))
        return;
    line->concurrent++;
    side->concurrent++;
    cck_watch_use *use = cck_line_find_use(line, hit->pid, hit->tid, hit->ip);
    if (use)
        use->hits++;
    if (hit->window > line->last_window_met) {
        line->last_window_met = hit->window;
        line->windows_met++;
    }
    if (!line->sure_at && cck_conclude_confirmed(line))
        line->sure_at = engine->now;
}

void cck_together_judge(cck_watch_engine *engine)
{
    uint64_t wait = MOST_REACH + 1000000; /* records of another CPU may be a bit late */
    while (engine->pending_out < engine->pending_in) {
        const cck_pending *hit = &engine->pending[engine->pending_out % CCK_PENDING];
        if (hit->time + wait > engine->now)
            return;
        engine->pending_out++;
        judge(engine, hit);
    }
}

bool cck_together_met(const cck_known_line *line)
{
    return line->met >= 2;
}

double cck_together_share(const cck_known_line *line)
{
    if (!line->judged)
        return 0;
    double share = (double)line->concurrent / (double)line->judged;
    /* Fewer met than can be chance: the threads avoid each other. */
    if (line->foreseen >= 3 && cck_poisson_high(line->met) < line->foreseen)
        share *= line->met / line->foreseen;
    return share;
}
