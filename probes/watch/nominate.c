/* SPDX-License-Identifier: MIT */
/* Which line to watch: samples propose, what is known of the line weighs. */
#include "probes/watch/engine_parts.h"

#include <math.h>
#include <stdlib.h>

/* ---- from samples ---- */

static double weight_of(const cck_near_access *access)
{
    double weight = access->atomic ? 4 : access->writes ? 2 : 0.5;
    /* The stalled access has mostly just retired: one before counts as much as the sampled. */
    int away = access->distance < 0 ? -access->distance : access->distance + 1;
    return weight / away;
}

static void propose(cck_watch_engine *engine, const cck_nomination *nomination)
{
    cck_nomination *latest = &engine->nominations[(engine->nomination_count - 1) % CCK_NOMINATIONS];
    if (engine->nomination_count && latest->key == nomination->key &&
        latest->time == nomination->time && latest->tid == nomination->tid) {
        /* Another access of this sample to the line: a load before its store. */
        latest->writes |= nomination->writes;
        if (nomination->weight > latest->weight)
            latest->weight = nomination->weight;
        return;
    }
    engine->nominations[engine->nomination_count++ % CCK_NOMINATIONS] = *nomination;
}

static void count_at_line(cck_watch_engine *engine, cck_known_line *line, cck_known_side *side,
                          const cck_near_access *access, const cck_sample *sample)
{
    cck_watch_use *use = cck_line_find_use(line, sample->pid, sample->tid, access->ip);
    if (use)
        use->samples++;
    if (side->last_sample == engine->samples)
        return;
    side->last_sample = engine->samples;
    side->samples++;
    line->samples++;
    cck_line_at(line, sample->time, sample->tid, sample->cpu);
}

/* Executed for certain: evidence of what the thread does to the line. */
static void note(cck_watch_engine *engine, const cck_nomination *nomination,
                 const cck_near_access *access, const cck_sample *sample)
{
    cck_known_line *line = cck_line_put(&engine->lines, nomination->key, sample->time);
    cck_known_side *side =
        line ? cck_line_side(&engine->lines, line, sample->pid, sample->tid, nomination->address)
             : NULL;
    if (!side)
        return;
    if (access->reads)
        cck_bytes_set(side->near_read, nomination->offset, nomination->size);
    if (access->writes)
        cck_bytes_set(side->near_written, nomination->offset, nomination->size);
    side->stack |= access->stack;
    /* A sample lands up to a few instructions behind what stalled. */
    if (access->distance <= 0 && access->distance >= -2)
        count_at_line(engine, line, side, access, sample);
    if (cck_line_suspect(line))
        cck_nominate_suspect(engine, line);
}

/* A jump may have come to the sampled instruction past the atomic before it, as past one that is
 * done on a condition only. Where hits say that the thread does it, and there, it is what took the
 * time: who came past would be sampled as often anywhere else. */
static void note_likely(cck_watch_engine *engine, const cck_nomination *nomination,
                        const cck_near_access *access, const cck_sample *sample)
{
    cck_known_line *line = cck_line_get(&engine->lines, nomination->key);
    cck_known_side *side = line ? cck_line_find_side(line, sample->pid, sample->tid) : NULL;
    const cck_watch_use *use =
        side ? cck_line_find_use(line, sample->pid, sample->tid, access->ip) : NULL;
    if (use && use->hits)
        count_at_line(engine, line, side, access, sample);
}

static void consider(cck_watch_engine *engine, const cck_near_access *access,
                     const cck_sample *sample)
{
    enum { NEAR = 6, LINES = 4, LOWEST = 4096 };
    uint64_t size = access->size ? access->size : 1, line_size = engine->plan.line_size;
    if (access->address < LOWEST || (!access->reads && !access->writes))
        return;
    if (size > LINES * line_size)
        size = LINES * line_size;
    uint64_t end = access->address + size;
    for (uint64_t line = cck_engine_line(engine, access->address); line < end; line += line_size) {
        uint64_t from = access->address > line ? access->address : line;
        uint64_t to = end < line + line_size ? end : line + line_size;
        cck_nomination nomination = {.address = line,
                                     .time = sample->time,
                                     .pid = sample->pid,
                                     .tid = sample->tid,
                                     .offset = (uint16_t)(from - line),
                                     .size = (uint16_t)(to - from),
                                     .writes = access->writes,
                                     .stack = access->stack,
                                     .weight = weight_of(access)};
        if (!engine->hands.key_of(engine->hands.context, sample->pid, line, &nomination.key))
            continue;
        if (access->executed)
            note(engine, &nomination, access, sample);
        else if (access->atomic && access->distance == -1)
            note_likely(engine, &nomination, access, sample);
        if (abs(access->distance) <= NEAR)
            propose(engine, &nomination);
    }
}

/* Who waits for room in the store buffer is sampled at any store. Those near which there are others
 * than the line's own are told apart: of the line's own, count_at_line() tells. */
static void count_stores(cck_watch_engine *engine, cck_watch_thread *thread,
                         const cck_near_access *accesses, size_t count)
{
    uint64_t line = 0, key;
    bool several = false;
    for (size_t i = 0; i < count; i++) {
        uint64_t at = cck_engine_line(engine, accesses[i].address);
        if (!accesses[i].writes || !at)
            continue;
        several |= line && line != at;
        line = at;
    }
    thread->stores += line != 0;
    if (!line || several || !engine->hands.key_of(engine->hands.context, thread->pid, line, &key))
        return;
    cck_known_line *known = cck_line_get(&engine->lines, key);
    cck_known_side *side = known ? cck_line_find_side(known, thread->pid, thread->tid) : NULL;
    if (side)
        side->own_stores++;
}

void cck_nominate(cck_watch_engine *engine, cck_watch_thread *thread, const cck_sample *sample)
{
    cck_near_access accesses[CCK_ACCESSES_NEAR];
    bool known = false;
    size_t count = engine->hands.near(engine->hands.context, thread->pid, &sample->registers,
                                      accesses, CCK_ACCESSES_NEAR, &known);
    engine->samples++;
    engine->decoded += count > 0;
    for (size_t i = 0; i < count; i++)
        consider(engine, &accesses[i], sample);
    count_stores(engine, thread, accesses, count);
}

void cck_nominate_again(cck_watch_engine *engine, const cck_watch_thread *thread)
{
    enum { MOST = 8 };
    cck_nomination again[MOST];
    size_t count = 0;
    for (uint64_t i = 0; i < CCK_NOMINATIONS && i < engine->nomination_count && count < MOST; i++) {
        const cck_nomination *one =
            &engine->nominations[(engine->nomination_count - 1 - i) % CCK_NOMINATIONS];
        if (one->time > thread->rests_since || one->tid != thread->tid)
            continue;
        if (one->time + CCK_FRESH_NS < thread->rests_since)
            break;
        again[count++] = *one;
    }
    while (count--) {
        again[count].time = engine->now;
        propose(engine, &again[count]);
    }
}

void cck_nominate_suspect(cck_watch_engine *engine, cck_known_line *line)
{
    engine->suspect_count++;
    if (engine->suspects_in - engine->suspects_out == CCK_SUSPECTS)
        engine->suspects_out++; /* it may still come by its weight */
    engine->suspects[engine->suspects_in++ % CCK_SUSPECTS] = line->key;
}

/* ---- the choice ---- */

enum { ENOUGH = 32 }; /* windows that hit: more make the rates hardly better */

static uint64_t in_vain(const cck_known_line *line)
{
    return line->windows - line->windows_hit;
}

static bool is_own_frame(const cck_known_line *line)
{
    return line->side_count == 1 && line->sides[0].stack;
}

/* How likely a line is watched once it is drawn. Some are passed over: those that were watched in
 * vain the more often, since their windows cost the target for nothing. */
static double chance_of(const cck_known_line *line)
{
    if (!line)
        return 1;
    if (line->windows_hit >= ENOUGH)
        return 0.3;
    uint64_t vain = in_vain(line), patience = is_own_frame(line) ? 1 : 3;
    return vain < patience ? 1 : 1.0 / (double)(vain - patience + 2);
}

static double weigh(const cck_watch_engine *engine, const cck_nomination *nomination)
{
    const cck_known_line *line = cck_line_get(&engine->lines, nomination->key);
    double weight = nomination->weight;
    if (nomination->stack && (!line || line->side_count < 2))
        weight *= 0.1; /* a thread's own frame, as most are */
    if (!line)
        return weight;
    if (line->suspect)
        weight *= 8;
    weight /= 1 + 0.5 * (double)in_vain(line);
    if (line->windows_hit >= ENOUGH / 2) /* there is evidence enough: others first */
        weight /= 1 + 0.1 * (double)line->windows_hit;
    return weight;
}

static bool lives(const cck_watch_engine *engine, int32_t tid)
{
    const cck_watch_thread *thread = cck_thread_get(&engine->threads, tid);
    return thread && thread->alive;
}

/* Whoever else is watched while those that use the line rest would have it in vain. */
static bool is_watched(const cck_watch_engine *engine, int32_t tid)
{
    const cck_watch_thread *thread = cck_thread_get(&engine->threads, tid);
    return thread && thread->alive && !thread->rests;
}

/* Lines with promise are worth haste. */
static bool is_hot(const cck_watch_engine *engine, cck_known_line *line)
{
    if (!line || !(line->suspect || line->windows_hit) || in_vain(line) >= 5 ||
        line->windows_hit >= ENOUGH)
        return false;
    if (line->windows_hit < 6)
        return true;
    cck_pace_rate rate = cck_conclude_rate(engine, line);
    return rate.high < 0 || rate.high >= engine->plan.least;
}

/* One that never had a window, or of which windows tell more than samples: code that is sampled at
 * its line once in a hundred times would nominate it too seldom. */
static bool is_due(const cck_watch_engine *engine, cck_known_line *line)
{
    return !line->suspect_watched || is_hot(engine, line);
}

/* Who is watched along with the others: one of those that write. NULL: all rest, or ended. */
static const cck_known_side *nominator_of(cck_watch_engine *engine, const cck_known_line *line,
                                          bool *out_rest)
{
    unsigned from = (unsigned)cck_engine_random(engine, line->side_count);
    const cck_known_side *best = NULL;
    *out_rest = false;
    for (unsigned i = 0; i < line->side_count; i++) {
        const cck_known_side *side = &line->sides[(from + i) % line->side_count];
        bool watched = is_watched(engine, side->tid);
        *out_rest |= !watched && lives(engine, side->tid);
        if (watched && (!best || (cck_side_writes(side) && !cck_side_writes(best))))
            best = side;
    }
    return best;
}

static bool next_suspect(cck_watch_engine *engine, cck_nomination *out_nomination)
{
    for (uint64_t end = engine->suspects_in; engine->suspects_out < end;) {
        uint64_t key = engine->suspects[engine->suspects_out++ % CCK_SUSPECTS];
        cck_known_line *line = cck_line_get(&engine->lines, key);
        if (!line || !line->side_count || !is_due(engine, line))
            continue;
        bool rest;
        const cck_known_side *best = nominator_of(engine, line, &rest);
        if (best || rest) /* it has its window when they are watched again, and more if it is hot */
            engine->suspects[engine->suspects_in++ % CCK_SUSPECTS] = key;
        if (!best)
            continue;
        *out_nomination = (cck_nomination){.key = key,
                                           .address = best->address,
                                           .time = engine->now,
                                           .pid = best->pid,
                                           .tid = best->tid,
                                           .writes = cck_side_writes(best)};
        return true;
    }
    return false;
}

/* `anew`: of those only that are not passed over. */
static bool by_weight(cck_watch_engine *engine, bool anew, cck_nomination *out_nomination)
{
    double weights[CCK_NOMINATIONS], total = 0;
    uint64_t count = 0, most = engine->nomination_count;
    if (most > CCK_NOMINATIONS)
        most = CCK_NOMINATIONS;
    for (; count < most; count++) {
        const cck_nomination *one =
            &engine->nominations[(engine->nomination_count - 1 - count) % CCK_NOMINATIONS];
        if (one->time + CCK_FRESH_NS < engine->now)
            break;
        bool may = !anew || chance_of(cck_line_get(&engine->lines, one->key)) >= 1;
        weights[count] = may && is_watched(engine, one->tid) ? weigh(engine, one) : 0;
        total += weights[count];
    }
    if (total <= 0)
        return false;
    double at = total * (double)cck_engine_random(engine, UINT64_C(1) << 32) / 4294967296.0;
    uint64_t chosen = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (weights[i] <= 0)
            continue;
        chosen = i; /* rounding must not lead past the last */
        if ((at -= weights[i]) < 0)
            break;
    }
    *out_nomination =
        engine->nominations[(engine->nomination_count - 1 - chosen) % CCK_NOMINATIONS];
    return true;
}

static bool worth_it(cck_watch_engine *engine, const cck_nomination *nomination, bool *out_hot)
{
    cck_known_line *line = cck_line_get(&engine->lines, nomination->key);
    *out_hot = is_hot(engine, line);
    return *out_hot || (double)cck_engine_random(engine, 1 << 20) < chance_of(line) * (1 << 20);
}

bool cck_nominated(cck_watch_engine *engine, cck_nomination *out_nomination, bool *out_hot)
{
    *out_hot = false;
    /* Suspects have every second window: none waits for its luck for ever, and many of them
     * do not keep the others out. */
    bool found = engine->choices++ % 2 == 0 && next_suspect(engine, out_nomination);
    if (!found && !by_weight(engine, false, out_nomination))
        found = next_suspect(engine, out_nomination);
    else
        found = true;
    bool worth = found && worth_it(engine, out_nomination, out_hot);
    /* A thread's own frame is most of what code samples that is not optimised: that it was drawn,
     * and passed over, must not cost what is rare there its turn. */
    return worth || (found && by_weight(engine, true, out_nomination));
}
