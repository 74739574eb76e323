/* SPDX-License-Identifier: MIT */
#include "probes/watch/engine.h"

#include <stdlib.h>

#include "core/base/fail.h"
#include "probes/watch/engine_parts.h"

/* xorshift64*: Vigna 2016. */
uint64_t cck_engine_random(cck_watch_engine *engine, uint64_t below)
{
    uint64_t x = engine->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    engine->random = x;
    return (uint64_t)(((unsigned __int128)(x * UINT64_C(0x2545f4914f6cdd1d)) * below) >> 64);
}

uint64_t cck_engine_line(const cck_watch_engine *engine, uint64_t address)
{
    return address & ~(uint64_t)(engine->plan.line_size - 1);
}

static int check(const cck_watch_plan *plan, cck_error *err)
{
    uint32_t size = plan->line_size;
    if (size < 32 || size > 256 || (size & (size - 1)))
        return cck_fail(err, CCK_EINVALID, "lines of %u bytes cannot be watched", size);
    if (!(plan->budget > 0 && plan->budget <= 1))
        return cck_fail(err, CCK_EINVALID, "a budget of %g of the target's time makes no sense",
                        plan->budget);
    return 0;
}

int cck_watch_engine_new(cck_watch_engine **out_engine, const cck_watch_plan *plan,
                         const cck_sampler_costs *costs, const cck_watch_hands *hands,
                         cck_error *err)
{
    int code = check(plan, err);
    if (code)
        return code;
    cck_watch_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    engine->plan = *plan;
    engine->hands = *hands;
    engine->lines.line_size = plan->line_size;
    /* Any seed will do, 0 too: xorshift must not start from it. */
    engine->random = plan->seed * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0x632be59bd9b4e019);
    if (!engine->random)
        engine->random = 1;
    cck_budget_init(&engine->budget, plan->budget, costs);
    if (engine->budget.costs.slots > CCK_WATCH_SLOTS)
        engine->budget.costs.slots = CCK_WATCH_SLOTS;
    *out_engine = engine;
    return 0;
}

void cck_watch_engine_free(cck_watch_engine *engine)
{
    if (!engine)
        return;
    cck_line_table_clear(&engine->lines);
    cck_thread_table_clear(&engine->threads);
    free(engine->told);
    free(engine->told_sides);
    free(engine);
}

/* ---- records ---- */

static void note_time(cck_watch_engine *engine, uint64_t time)
{
    if (time > engine->now)
        engine->now = time;
}

void cck_watch_engine_sample(cck_watch_engine *engine, const cck_sample *sample)
{
    note_time(engine, sample->time);
    cck_watch_thread *thread =
        cck_thread_put(&engine->threads, sample->pid, sample->tid, sample->time);
    if (!thread)
        return;
    if (!thread->first)
        thread->first = sample->time;
    thread->last = sample->time;
    thread->samples++;
    thread->cpu_ns += engine->budget.period;
    cck_thread_ran(thread, sample->time, sample->cpu);
    cck_budget_sample(&engine->budget, cck_thread_periods(thread, sample->time));
    cck_nominate(engine, thread, sample);
}

void cck_watch_engine_hit(cck_watch_engine *engine, const cck_hit *hit)
{
    note_time(engine, hit->time);
    engine->hits++;
    cck_budget_hit(&engine->budget);
    cck_watch_thread *thread = cck_thread_get(&engine->threads, hit->tid);
    if (!thread)
        return;
    thread->hits++;
    cck_thread_ran(thread, hit->time, hit->cpu);
    cck_learn(engine, thread, hit);
    thread->last_hit = hit->slot;
    thread->last_hits = thread->hits;
}

void cck_watch_engine_thread(cck_watch_engine *engine, int32_t pid, int32_t tid, bool alive)
{
    if (alive) {
        cck_thread_put(&engine->threads, pid, tid, engine->now);
        return;
    }
    cck_watch_thread *thread = cck_thread_get(&engine->threads, tid);
    if (!thread || thread->pid != pid || !thread->alive)
        return;
    cck_learn_silence(engine, thread, false);
    cck_thread_end(&engine->threads, thread, engine->now, cck_conclude_busy(engine, thread));
}

bool cck_watch_engine_rests(cck_watch_engine *engine, int32_t pid, int32_t tid, bool resting)
{
    enum { HASTE_NS = 30000000, PATIENCE = 8 };
    cck_watch_thread *thread = cck_thread_get(&engine->threads, tid);
    if (!thread || thread->pid != pid || !thread->alive || thread->rests == resting)
        return true;
    if (!resting) {
        thread->rests = false;
        thread->rested_ns += engine->now - thread->rests_since;
        cck_nominate_again(engine, thread);
        return true;
    }
    bool haste = engine->hurried && engine->hurried + HASTE_NS > engine->now && thread->samples;
    if (haste && thread->stayed < PATIENCE) {
        thread->stayed++;
        return false;
    }
    cck_learn_silence(engine, thread, true);
    thread->rests = true;
    thread->rests_since = engine->now;
    return true;
}

void cck_watch_engine_turns(cck_watch_engine *engine, double ns, double awake)
{
    cck_budget_switches(&engine->budget, ns);
    engine->budget.awake = awake;
}

/* ---- acting ---- */

static void begin(cck_watch_engine *engine)
{
    engine->hurried = engine->now;
    for (size_t i = 0; i < engine->threads.count; i++)
        if (!engine->threads.list[i]->first)
            engine->threads.list[i]->first = engine->now;
}

enum { LEISURE_NS = 50000000 };

/* The longer nothing was worth haste, the less another window is likely to tell. */
static uint64_t leisure(const cck_watch_engine *engine, uint64_t now)
{
    enum { MOST_NS = 250000000, SHARE = 40 };
    uint64_t wait = (now - engine->hurried) / SHARE;
    return wait < LEISURE_NS ? LEISURE_NS : wait < MOST_NS ? wait : MOST_NS;
}

uint64_t cck_watch_engine_step(cck_watch_engine *engine, uint64_t now)
{
    /* Haste: within the reach of together.c, so that hits of one window lie between others. */
    enum { HASTE_NS = 8000000 };
    cck_nomination nomination;
    bool hot = false;
    note_time(engine, now);
    if (!engine->budget.earned)
        begin(engine);
    cck_budget_tick(&engine->budget, now);
    cck_thread_sweep(&engine->threads, now);
    cck_together_judge(engine);
    if (!engine->budget.costs.slots)
        return now + LEISURE_NS;
    uint64_t wait = cck_budget_wait(&engine->budget);
    if (wait)
        return now + (wait < HASTE_NS ? HASTE_NS : wait < LEISURE_NS ? wait : LEISURE_NS);
    if (cck_nominated(engine, &nomination, &hot))
        cck_window_open(engine, &nomination);
    if (hot)
        engine->hurried = now;
    return now + (hot ? HASTE_NS : leisure(engine, now));
}

void cck_watch_engine_own(cck_watch_engine *engine, uint64_t ns, double taken, double busy)
{
    cck_budget_own(&engine->budget, (double)ns, taken, busy);
}

uint64_t cck_watch_engine_period(const cck_watch_engine *engine)
{
    return engine->budget.period;
}
