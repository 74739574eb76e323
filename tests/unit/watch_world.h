/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_WATCH_WORLD_H
#define CCK_TESTS_WATCH_WORLD_H

/*
 * A made-up machine for the watch engine: threads with habits of access, virtual time,
 * debug registers that fire on them, samples with made-up registers. What each thing costs
 * the threads is counted. Nothing in it is random but by its own seed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/watch/engine.h"

enum {
    WORLD_THREADS = 256,
    WORLD_HABITS = 512,
    WORLD_PID = 100,
    WORLD_TID = 1000,      /* of thread 0 */
    WORLD_CODE = 0x400000, /* habit h: WORLD_CODE + 16 * h */
    WORLD_LAST = 10000,    /* ns that the clock of an arming's last hit is late */
    WORLD_LATENCY = 37000  /* ns of the thread's time until a watchpoint is really armed */
};
#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)

/* Times at which something is on: `on` of every `cycle` ns, first at `start`. */
typedef struct shift {
    uint64_t start, on, cycle; /* cycle 0: always */
} shift;

/* What one instruction of a thread does. */
typedef struct habit {
    int thread;
    uint64_t address;
    uint32_t size;
    bool reads, writes, atomic;
    double gap;   /* ns of CPU time between two */
    bool random;  /* exponential gaps; else regular */
    double share; /* of the thread's samples that are at it */
    shift when;   /* wall time */
    bool opaque;  /* its hits cannot be verified */
    bool unplaced; /* its hits tell no address, as of a load over its own base */
    bool stack;
    bool joined;     /* a jump may lead behind it: that it ran is never known */
    uint64_t stride; /* each sample is so many bytes further: a stream */
    int before;      /* index + 1 of a habit whose instruction is just before it; 0 none */
} habit;

typedef struct world_slot {
    bool armed, reads, code;
    uint64_t word, base; /* CPU time of arming or the last hit */
    unsigned left;
    uint32_t number;
    double next;  /* CPU time of the next access; INFINITY none */
    double until; /* when it was disarmed */
    int habit;
} world_slot;

typedef struct world_thread {
    int32_t pid;
    uint32_t cpu;
    shift runs;
    bool alive;
    uint64_t ends;      /* 0: never */
    double next_sample; /* CPU time */
    world_slot slots[CCK_WATCH_SLOTS];
    double cost; /* ns that watching took */
} world_thread;

typedef struct world {
    cck_watch_engine *engine;
    cck_watch_plan plan;
    cck_sampler_costs costs;
    world_thread threads[WORLD_THREADS];
    int thread_count;
    habit habits[WORLD_HABITS];
    int habit_count;
    uint64_t now, random, next_step, streamed;
    double slow_traps;    /* half of the time they take so many times as long; 0: never */
    uint64_t echoes;      /* hits of code */
    uint64_t armed_until; /* arming takes time, too, though `now` stands still meanwhile */
    uint64_t arms, lines_armed;
    bool dead_armed; /* the engine armed a thread that it knew to be gone */
    cck_watch_summary summary;
} world;

static inline double world_chance(world *w)
{
    uint64_t z = w->random += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

/* ---- time ---- */

static inline double time_on(const shift *s, uint64_t wall)
{
    if (!s->cycle)
        return (double)wall;
    if (wall < s->start)
        return 0;
    uint64_t since = wall - s->start, rest = since % s->cycle;
    return (double)(since / s->cycle * s->on + (rest < s->on ? rest : s->on));
}

static inline uint64_t wall_at(const shift *s, double on)
{
    if (!s->cycle)
        return (uint64_t)on;
    uint64_t whole = (uint64_t)on / s->on;
    return s->start + whole * s->cycle + (uint64_t)on % s->on;
}

static inline bool is_on(const shift *s, uint64_t wall)
{
    return !s->cycle || (wall >= s->start && (wall - s->start) % s->cycle < s->on);
}

static inline uint64_t next_on(const shift *s, uint64_t wall)
{
    if (is_on(s, wall))
        return wall;
    return wall < s->start ? s->start : wall + s->cycle - (wall - s->start) % s->cycle;
}

/* ---- debug registers ---- */

static inline double next_access(world *w, const world_thread *t, const habit *h, double from,
                                 bool first)
{
    double wait = h->random ? -log(1 - world_chance(w)) * h->gap
                  : first   ? world_chance(w) * h->gap
                            : h->gap;
    uint64_t wall = wall_at(&t->runs, from + wait), on = next_on(&h->when, wall);
    if (on == wall)
        return from + wait;
    /* Its turn comes later: the thread's time at that moment, and a bit. */
    return time_on(&t->runs, on) + world_chance(w) * h->gap;
}

static inline void await(world *w, int thread, world_slot *slot, double from, bool first)
{
    slot->next = INFINITY;
    for (int i = 0; i < w->habit_count; i++) {
        const habit *h = &w->habits[i];
        if (h->thread != thread || h->stride || h->gap <= 0 || h->address >= slot->word + 8 ||
            h->address + h->size <= slot->word || !(h->writes || slot->reads))
            continue;
        double next = next_access(w, &w->threads[thread], h, from, first);
        if (next < slot->next) {
            slot->next = next;
            slot->habit = i;
        }
    }
}

static inline void charge(world *w, world_thread *t, double ns)
{
    if (is_on(&t->runs, w->now))
        t->cost += ns;
}

/* What a trap takes now: it depends on what else the machine does. */
static inline double trap(const world *w)
{
    return w->costs.hit_ns * (w->slow_traps && w->now / (50 * MS) % 2 ? w->slow_traps : 1);
}

static int world_arm(void *context, int32_t tid, unsigned index, uint64_t word, cck_watch_kind kind,
                     unsigned hits)
{
    world *w = context;
    int thread = tid - WORLD_TID;
    world_thread *t = &w->threads[thread];
    assert_true(index < w->costs.slots);
    assert_true((word % 8 == 0 || kind == CCK_WATCH_CODE) && hits > 0);
    if (!t->alive) {
        w->dead_armed = true;
        return CCK_EGONE;
    }
    double cpu = time_on(&t->runs, w->now);
    t->slots[index] = (world_slot){.armed = true,
                                   .reads = kind == CCK_WATCH_ACCESSES,
                                   .code = kind == CCK_WATCH_CODE,
                                   .word = word,
                                   .base = (uint64_t)cpu,
                                   .left = hits,
                                   .next = INFINITY};
    if (kind != CCK_WATCH_CODE) /* code comes behind a hit */
        await(w, thread, &t->slots[index], cpu + WORLD_LATENCY, true);
    charge(w, t, w->costs.arm_ns);
    /* The thread is interrupted; what it was about to do has to wait. */
    for (unsigned i = 0; i < CCK_WATCH_SLOTS && is_on(&t->runs, w->now); i++)
        if (t->slots[i].armed)
            t->slots[i].next += w->costs.arm_ns;
    w->armed_until = (w->armed_until > w->now ? w->armed_until : w->now) +
                     (uint64_t)w->costs.arm_own_ns;
    w->arms++;
    return 0;
}

static uint64_t world_clock(void *context)
{
    const world *w = context;
    return w->armed_until > w->now ? w->armed_until : w->now;
}

static void world_disarm(void *context, int32_t tid)
{
    world *w = context;
    world_thread *t = &w->threads[tid - WORLD_TID];
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++) {
        t->slots[i].armed = false;
        t->slots[i].until = time_on(&t->runs, w->now);
    }
}

static uint64_t world_exposure(void *context, int32_t tid, unsigned index)
{
    world *w = context;
    world_thread *t = &w->threads[tid - WORLD_TID];
    if (!t->slots[index].left)
        return 0;
    double cpu = t->slots[index].armed ? time_on(&t->runs, w->now) : t->slots[index].until;
    return cpu > (double)t->slots[index].base ? (uint64_t)cpu - t->slots[index].base : 0;
}

static uint64_t world_cpu_time(void *context, int32_t tid)
{
    world *w = context;
    if (tid < WORLD_TID || tid >= WORLD_TID + w->thread_count)
        return 0;
    world_thread *t = &w->threads[tid - WORLD_TID];
    return t->alive ? (uint64_t)time_on(&t->runs, w->now) : 0;
}

/* Processes share what lies from 0x70000000 on: there, key and address are the same. */
static bool world_key(void *context, int32_t pid, uint64_t address, uint64_t *out_key)
{
    (void)context;
    *out_key = address >= 0x70000000 ? address : address ^ (uint64_t)pid << 40;
    return true;
}

/* ---- a decoder that knows the habits ---- */

static cck_near_access access_of(const habit *h, int index, const cck_registers *registers,
                                 int8_t distance, bool executed)
{
    return (cck_near_access){.ip = WORLD_CODE + 16u * (unsigned)index,
                             .address = h->address + registers->value[1] * h->stride,
                             .size = h->size,
                             .reads = h->reads,
                             .writes = h->writes,
                             .atomic = h->atomic,
                             .executed = executed,
                             .stack = h->stack,
                             .distance = distance};
}

static size_t world_near(void *context, int32_t pid, const cck_registers *registers,
                         cck_near_access *out, size_t room, bool *out_known)
{
    world *w = context;
    size_t count = 0;
    int index = (int)((registers->ip - WORLD_CODE) / 16);
    (void)pid;
    if (out_known)
        *out_known = false;
    if (registers->ip < WORLD_CODE || index >= w->habit_count || room < 3)
        return 0;
    const habit *at = &w->habits[index];
    out[count++] = access_of(at, index, registers, -1, !at->joined);
    if (at->before)
        out[count++] = access_of(&w->habits[at->before - 1], at->before - 1, registers, -2, true);
    /* The code goes on to the thread's next habit, or elsewhere: nobody knows. */
    if (index + 1 < w->habit_count && w->habits[index + 1].thread == at->thread)
        out[count++] = access_of(&w->habits[index + 1], index + 1, registers, 3, false);
    if (out_known)
        *out_known = true;
    return count;
}

static bool world_trapped(void *context, int32_t pid, const cck_registers *registers, uint64_t word,
                          uint32_t size, cck_near_access *out)
{
    world *w = context;
    int index = (int)((registers->ip - WORLD_CODE) / 16);
    (void)pid;
    if (registers->ip < WORLD_CODE || index >= w->habit_count)
        return false;
    const habit *h = &w->habits[index];
    if (h->opaque || h->address >= word + size || h->address + h->size <= word)
        return false;
    *out = access_of(h, index, registers, -1, true);
    out->unplaced = h->unplaced && h->size < size;
    if (out->unplaced)
        out->address = word;
    return true;
}

static uint64_t world_next(void *context, int32_t pid, uint64_t ip)
{
    (void)context;
    (void)pid;
    return ip + 8;
}

/* ---- life ---- */

static inline void world_begin(world *w, uint64_t seed)
{
    *w = (world){.random = seed};
    w->plan = (cck_watch_plan){
        .line_size = 64, .budget = 0.02, .least = 4000, .transfer_ns = 100, .seed = seed};
    w->costs = (cck_sampler_costs){.sample_ns = 15000,
                                   .hit_ns = 11000,
                                   .arm_ns = 15000,
                                   .arm_own_ns = 17000,
                                   .echoes = true,
                                   .rearms = false,
                                   .slots = 4};
}

static inline int world_thread_on(world *w, uint32_t cpu)
{
    w->threads[w->thread_count] = (world_thread){.pid = WORLD_PID, .cpu = cpu, .alive = true};
    return w->thread_count++;
}

static inline habit *world_habit(world *w, int thread, uint64_t address, double gap, double share)
{
    assert_true(w->habit_count < WORLD_HABITS);
    habit *h = &w->habits[w->habit_count++];
    *h = (habit){.thread = thread,
                 .address = address,
                 .size = 8,
                 .reads = true,
                 .writes = true,
                 .atomic = true,
                 .gap = gap,
                 .share = share};
    return h;
}

static inline void world_start(world *w)
{
    cck_watch_hands hands = {world_arm, world_disarm, world_exposure, world_cpu_time, world_clock,
                             world_key, world_near,   world_trapped,  world_next,     w};
    assert_int_equal(cck_watch_engine_new(&w->engine, &w->plan, &w->costs, &hands, NULL), 0);
    w->next_step = w->now;
    for (int i = 0; i < w->thread_count; i++) {
        cck_watch_engine_thread(w->engine, w->threads[i].pid, WORLD_TID + i, true);
        w->threads[i].next_sample = world_chance(w) * (double)cck_watch_engine_period(w->engine);
    }
}

static inline int pick(world *w, int thread)
{
    double at = world_chance(w);
    for (int i = 0; i < w->habit_count; i++) {
        const habit *h = &w->habits[i];
        if (h->thread == thread && is_on(&h->when, w->now) && (at -= h->share) < 0)
            return i;
    }
    return -1;
}

/* What an interrupt takes, everything that the thread was about to do has to wait. */
static inline void put_off(world_thread *t, double ns)
{
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        if (t->slots[i].armed)
            t->slots[i].next += ns;
}

static inline void take_sample(world *w, int thread)
{
    world_thread *t = &w->threads[thread];
    int at = pick(w, thread);
    cck_sample sample = {.time = w->now, .pid = t->pid, .tid = WORLD_TID + thread, .cpu = t->cpu};
    sample.registers.ip = at < 0 ? 0x1000 : WORLD_CODE + 16u * (unsigned)at;
    if (at >= 0 && w->habits[at].stride)
        sample.registers.value[1] = w->streamed++;
    /* Not quite regular, lest it goes in step with the windows. */
    t->next_sample += (double)cck_watch_engine_period(w->engine) * (0.95 + 0.1 * world_chance(w));
    t->cost += w->costs.sample_ns;
    put_off(t, w->costs.sample_ns);
    cck_watch_engine_sample(w->engine, &sample);
}

static inline void take_hit(world *w, int thread, unsigned index)
{
    world_thread *t = &w->threads[thread];
    world_slot *slot = &t->slots[index];
    double cpu = slot->next;
    cck_hit hit = {.time = w->now,
                   .pid = t->pid,
                   .tid = WORLD_TID + thread,
                   .cpu = t->cpu,
                   .slot = index,
                   .word = slot->word,
                   .exposure = (uint64_t)(cpu - (double)slot->base),
                   .number = ++slot->number};
    hit.exposure += slot->left == 1 ? WORLD_LAST : 0;
    hit.registers.ip = WORLD_CODE + 16u * (unsigned)slot->habit;
    put_off(t, trap(w));
    slot->base = (uint64_t)cpu;
    t->cost += w->costs.hit_ns;
    if (--slot->left == 0 || slot->code)
        slot->next = INFINITY;
    else
        await(w, thread, slot, cpu + trap(w), false);
    w->echoes += slot->code;
    for (unsigned i = 0; i < CCK_WATCH_SLOTS && !slot->code; i++)
        if (t->slots[i].armed && t->slots[i].code && t->slots[i].left &&
            t->slots[i].word == hit.registers.ip + (w->costs.echoes_apart ? 8 : 0))
            t->slots[i].next = cpu + trap(w);
    cck_watch_engine_hit(w->engine, &hit);
}

/* The next thing a thread does: -1 a sample, else a slot's hit. */
static inline double next_of(const world_thread *t, int *out_what)
{
    double next = t->next_sample;
    *out_what = -1;
    for (int i = 0; i < CCK_WATCH_SLOTS; i++)
        if (t->slots[i].armed && t->slots[i].left && t->slots[i].next < next) {
            next = t->slots[i].next;
            *out_what = i;
        }
    return next;
}

static inline void end_threads(world *w)
{
    for (int i = 0; i < w->thread_count; i++) {
        world_thread *t = &w->threads[i];
        if (!t->alive || !t->ends || t->ends > w->now)
            continue;
        t->alive = false;
        cck_watch_engine_thread(w->engine, t->pid, WORLD_TID + i, false);
    }
}

static inline void world_run(world *w, uint64_t until)
{
    while (w->now < until) {
        int who = -1, what = 0;
        uint64_t when = w->next_step;
        for (int i = 0; i < w->thread_count; i++) {
            int does;
            if (!w->threads[i].alive)
                continue;
            double next = next_of(&w->threads[i], &does);
            uint64_t wall = wall_at(&w->threads[i].runs, next);
            if (wall < when) {
                when = wall;
                who = i;
                what = does;
            }
        }
        if (when > w->now)
            w->now = when;
        end_threads(w);
        if (who < 0)
            w->next_step = cck_watch_engine_step(w->engine, w->now);
        else if (!w->threads[who].alive)
            continue;
        else if (what < 0)
            take_sample(w, who);
        else
            take_hit(w, who, (unsigned)what);
    }
}

static inline void world_sum(world *w)
{
    assert_int_equal(cck_watch_engine_summary(w->engine, &w->summary, NULL), 0);
}

/* The line that thread 0's process has at an address; NULL: not told of. */
static inline const cck_watch_line *world_line(const world *w, uint64_t address)
{
    uint64_t key;
    world_key(NULL, WORLD_PID, address & ~UINT64_C(63), &key);
    for (size_t i = 0; i < w->summary.line_count; i++)
        if (w->summary.lines[i].key == key)
            return &w->summary.lines[i];
    return NULL;
}

static inline const cck_watch_side *world_side(const cck_watch_line *line, int thread)
{
    for (size_t i = 0; line && i < line->side_count; i++)
        if (line->sides[i].tid == WORLD_TID + thread)
            return &line->sides[i];
    return NULL;
}

static inline double world_overhead(const world *w)
{
    double cost = 0, cpu = 0;
    for (int i = 0; i < w->thread_count; i++) {
        cost += w->threads[i].cost;
        cpu += time_on(&w->threads[i].runs, w->now);
    }
    return cost / cpu;
}

static inline void world_end(world *w)
{
    cck_watch_engine_free(w->engine);
    w->engine = NULL;
}

#endif
