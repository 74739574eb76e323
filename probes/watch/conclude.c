/* SPDX-License-Identifier: MIT */
/* Rates of sides and lines, what is confirmed, and what can be ruled out. */
#include "probes/watch/engine_parts.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/fail.h"

/* ---- a side ---- */

double cck_conclude_busy(const cck_watch_engine *engine, const cck_watch_thread *thread)
{
    const double DUE = 3; /* samples that may have been due, and did not come */
    if (!thread->alive)
        return thread->busy;
    double passed = engine->now > thread->first ? (double)(engine->now - thread->first) : 0;
    double used = (double)engine->hands.cpu_time(engine->hands.context, thread->tid);
    /* Not known, or mostly asleep, and in the kernel on the way there: what its samples stand for,
     * or where there are few, at most. */
    if (used <= 0 || thread->rested_ns) {
        used = (double)thread->cpu_ns * cck_thread_periods(thread, engine->now);
        if (thread->samples < 10 && !thread->rested_ns)
            used += DUE * (double)engine->budget.period;
    }
    return passed > 0 && used < passed ? used / passed : 1;
}

/* A word's pace with the time that it is being watched in vain right now. */
static cck_pace pace_now(const cck_watch_engine *engine, const cck_known_line *line,
                         const cck_known_side *side, const cck_watch_thread *thread, unsigned word,
                         bool reads)
{
    cck_pace pace = *cck_side_pace(&engine->lines, side, word, reads);
    for (unsigned i = 0; thread && i < CCK_WATCH_SLOTS; i++) {
        const cck_watch_slot *slot = &thread->slots[i];
        if (!slot->armed || slot->reads != reads || slot->key != line->key ||
            slot->number >= slot->limit ||
            slot->word != side->address + (uint64_t)word * CCK_WATCH_WORD)
            continue;
        uint64_t time = engine->hands.exposure(engine->hands.context, thread->tid, i);
        if (time)
            cck_pace_silent(&pace, time + slot->carried, slot->number > 0);
    }
    return pace;
}

static const cck_watch_thread *thread_of(const cck_watch_engine *engine, const cck_known_side *side)
{
    const cck_watch_thread *thread = cck_thread_get(&engine->threads, side->tid);
    return thread && thread->pid == side->pid ? thread : NULL;
}

static cck_departed departed(const cck_watch_engine *engine, const cck_known_side *side)
{
    const cck_departed *one = cck_departed_of(&engine->threads, side->tid);
    bool known = one && one->tid == side->tid && one->pid == side->pid;
    return known ? *one : (cck_departed){.busy = 1};
}

static double busy_of(const cck_watch_engine *engine, const cck_known_side *side)
{
    const cck_watch_thread *thread = thread_of(engine, side);
    return thread ? cck_conclude_busy(engine, thread) : departed(engine, side).busy;
}

/* Where it loads and stores a word by several instructions, an update is two accesses or more:
 * then stores tell how often it comes to the word, unless it mostly reads. */
static cck_pace_rate word_rate(const cck_watch_engine *engine, const cck_known_line *line,
                               const cck_known_side *side, const cck_watch_thread *thread,
                               unsigned word, double *exposure_s)
{
    enum { MOSTLY = 3 };
    double hit_ns = engine->budget.costs.hit_ns;
    cck_pace all = pace_now(engine, line, side, thread, word, true);
    cck_pace writes = pace_now(engine, line, side, thread, word, false);
    *exposure_s += (double)(all.watched_ns + writes.watched_ns) * 1e-9;
    cck_pace_rate any = cck_pace_estimate(&all, hit_ns),
                  stores = cck_pace_estimate(&writes, hit_ns);
    if (stores.rate <= 0)
        return any;
    bool several = all.after == UINT64_MAX;
    bool reader = several && any.high >= 0 && stores.high >= 0 && any.rate > MOSTLY * stores.rate;
    return any.rate <= 0 || (several && !reader) ? stores : any;
}

/* Of its busiest word: accesses to several words of a line between two transfers make no
 * further transfer. Busiest is which is so for certain. */
static cck_pace_rate side_rate(const cck_watch_engine *engine, const cck_known_line *line,
                               const cck_known_side *side, double busy, double *out_exposure_s)
{
    const cck_watch_thread *thread = thread_of(engine, side);
    unsigned words = engine->plan.line_size / CCK_WATCH_WORD;
    cck_pace_rate best = {0, 0, -1};
    *out_exposure_s = 0;
    for (unsigned i = 0; side->paces && i < words; i++) {
        cck_pace_rate rate = word_rate(engine, line, side, thread, i, out_exposure_s);
        if (rate.rate > 0 ? best.rate <= 0 || rate.low > best.low
                          : best.rate <= 0 && rate.high > best.high)
            best = rate;
    }
    return (cck_pace_rate){best.rate * busy, best.low * busy,
                           best.high < 0 ? -1 : best.high * busy};
}

/* ---- a line ---- */

static double harmonic(double a, double b)
{
    if (isinf(a) || isinf(b))
        return isinf(a) && isinf(b) ? INFINITY : 2 * (isinf(a) ? b : a);
    return a > 0 && b > 0 ? 2 * a * b / (a + b) : 0;
}

static bool verified_write(const cck_known_side *side)
{
    return side->written[0] | side->written[1] | side->written[2] | side->written[3];
}

/* What is known of a line's sides while their rates are put together. */
typedef struct side_rates {
    cck_pace_rate rate[CCK_LINE_SIDES];
    double busy[CCK_LINE_SIDES];
    double all_busy; /* of those that were hit */
} side_rates;

/* Two of which one at least writes. */
static bool fight(const cck_known_side *a, const cck_known_side *b)
{
    return a->hits && b->hits && (verified_write(a) || verified_write(b));
}

/* Of the time that `i` is on a CPU, that in which `j` is the one beside it: others have their
 * turns, too. */
static double beside(const side_rates *of, unsigned i, unsigned j)
{
    double others = of->all_busy - of->busy[i];
    return others > of->busy[j] ? of->busy[j] / others : 1;
}

static double share_of(double rate, double share)
{
    return rate < 0 ? INFINITY : rate * share;
}

/* Of two that are on a CPU together for `i` of the one's time and `j` of the other's. */
static cck_pace_rate transfers(const cck_pace_rate *a, double i, const cck_pace_rate *b, double j)
{
    return (cck_pace_rate){harmonic(a->rate * i, b->rate * j), harmonic(a->low * i, b->low * j),
                           harmonic(share_of(a->high, i), share_of(b->high, j))};
}

/* Of all pairs together, each for the time that it has: never fewer than the busiest two make, who
 * may run together all the time. */
static cck_pace_rate rate_of_pairs(const cck_known_line *line, const side_rates *of)
{
    cck_pace_rate sum = {0, 0, 0}, best = {0, 0, INFINITY};
    for (unsigned i = 0; i < line->side_count; i++)
        for (unsigned j = 0; j < i; j++) {
            if (!fight(&line->sides[i], &line->sides[j]))
                continue;
            const cck_pace_rate *a = &of->rate[i], *b = &of->rate[j];
            cck_pace_rate two = transfers(a, 1, b, 1),
                          part = transfers(a, beside(of, i, j), b, beside(of, j, i));
            sum = (cck_pace_rate){sum.rate + part.rate, sum.low + part.low, sum.high + part.high};
            best = two.rate > best.rate ? two : best;
        }
    best = sum.rate > best.rate ? sum : best;
    best.high = isinf(best.high) ? -1 : best.high;
    return best;
}

cck_pace_rate cck_conclude_rate(const cck_watch_engine *engine, cck_known_line *line)
{
    side_rates of = {.all_busy = 0};
    double exposure, share = cck_together_share(line);
    for (unsigned i = 0; i < line->side_count; i++) {
        const cck_known_side *side = &line->sides[i];
        of.busy[i] = side->hits ? busy_of(engine, side) : 0;
        of.rate[i] = side_rate(engine, line, side, of.busy[i], &exposure);
        of.all_busy += of.busy[i];
    }
    cck_pace_rate rate = rate_of_pairs(line, &of);
    rate.rate *= share;
    rate.low *= share;
    rate.high = rate.high < 0 ? -1 : rate.high * share;
    return rate;
}

bool cck_conclude_confirmed(const cck_known_line *line)
{
    enum { WINDOWS = 3 };
    unsigned users = 0;
    bool written = false;
    for (unsigned i = 0; i < line->side_count; i++) {
        users += line->sides[i].concurrent > 0;
        written |= line->sides[i].concurrent && verified_write(&line->sides[i]);
    }
    return line->windows_met >= WINDOWS && users >= 2 && written &&
           cck_together_met(line) && cck_together_share(line) >= 0.05;
}

static uint64_t hits_of(const cck_known_line *line)
{
    uint64_t hits = 0;
    for (unsigned i = 0; i < line->side_count; i++)
        hits += line->sides[i].hits;
    return hits;
}

static bool is_watched(const cck_watch_engine *engine, const cck_known_line *line,
                       const cck_known_side *side, unsigned word)
{
    enum { OFTEN = 3 };
    const cck_watch_thread *thread = thread_of(engine, side);
    return pace_now(engine, line, side, thread, word, true).armings +
               pace_now(engine, line, side, thread, word, false).armings >=
           OFTEN;
}

/* How often a word was hit tells how often it was watched. Whether what a thread does there is a
 * part of the fight, its rate tells against that of the side's busiest word; where these are
 * bounds, samples do, too. */
static void tell_words(const cck_watch_engine *engine, const cck_known_line *line,
                       const cck_known_side *side, cck_watch_side *told)
{
    enum { SELDOM = 5, LESS = 3, SAMPLES = 40, FEW = 20 };
    const cck_watch_thread *thread = thread_of(engine, side);
    unsigned words = side->paces ? engine->plan.line_size / CCK_WATCH_WORD : 0;
    double busiest = 0, exposure = 0;
    for (unsigned i = 0; i < words; i++)
        busiest = fmax(busiest, word_rate(engine, line, side, thread, i, &exposure).rate);
    for (unsigned i = 0; i < words; i++) {
        cck_pace_rate rate = word_rate(engine, line, side, thread, i, &exposure);
        bool few =
            side->samples >= SAMPLES && cck_side_samples(line, side, i) * FEW < side->samples;
        bool seldom =
            (rate.high >= 0 && rate.high * SELDOM < busiest) || (few && rate.rate * LESS < busiest);
        if (is_watched(engine, line, side, i))
            cck_bytes_set(told->watched, i * CCK_WATCH_WORD, CCK_WATCH_WORD);
        if (rate.rate > 0 && !seldom)
            cck_bytes_set(told->steady, i * CCK_WATCH_WORD, CCK_WATCH_WORD);
    }
}

static cck_watch_side tell_side(const cck_watch_engine *engine, const cck_known_line *line,
                                const cck_known_side *side)
{
    cck_watch_side told = {.pid = side->pid,
                           .tid = side->tid,
                           .address = side->address,
                           .hits = side->hits,
                           .concurrent = side->concurrent,
                           .windows = side->windows,
                           .windows_hit = side->windows_hit,
                           .samples = side->samples,
                           .atomics = side->atomics * 2 > side->hits};
    for (unsigned i = 0; i < 4; i++) {
        told.read[i] = side->read[i];
        told.written[i] = side->written[i];
    }
    tell_words(engine, line, side, &told);
    told.busy = busy_of(engine, side);
    cck_pace_rate rate = side_rate(engine, line, side, told.busy, &told.exposure_s);
    told.rate = rate.rate;
    told.rate_low = rate.low;
    told.rate_high = rate.high;
    const cck_watch_thread *thread = thread_of(engine, side);
    told.thread_samples = thread ? thread->samples : departed(engine, side).samples;
    uint64_t stores = thread ? thread->stores : departed(engine, side).stores;
    told.elsewhere = stores > side->own_stores ? stores - side->own_stores : 0;
    return told;
}

static int by_hits(const void *left, const void *right)
{
    const cck_watch_side *a = left, *b = right;
    if (a->rate != b->rate)
        return a->rate > b->rate ? -1 : 1;
    return (a->tid > b->tid) - (a->tid < b->tid);
}

static void tell_line(const cck_watch_engine *engine, cck_known_line *line, cck_watch_side *sides,
                      cck_watch_line *out_told)
{
    size_t count = 0;
    for (unsigned i = 0; i < line->side_count; i++)
        if (line->sides[i].hits || line->sides[i].samples)
            sides[count++] = tell_side(engine, line, &line->sides[i]);
    qsort(sides, count, sizeof *sides, by_hits);
    cck_pace_rate rate = cck_conclude_rate(engine, line);
    *out_told = (cck_watch_line){.key = line->key,
                                 .sides = sides,
                                 .side_count = count,
                                 .uses = line->uses,
                                 .use_count = line->use_count,
                                 .rate = rate.rate,
                                 .rate_low = rate.low,
                                 .rate_high = rate.high,
                                 .concurrency = cck_together_share(line),
                                 .confirmed = rate.rate > 0 && cck_conclude_confirmed(line),
                                 .confirmed_at = line->sure_at,
                                 .lock = line->lock};
}

/* ---- all ---- */

/* See docs/how-it-works/watching.md, "What was not found". */
static double least_rate(const cck_watch_engine *engine)
{
    if (!engine->samples || !engine->suspect_watched != !engine->suspect_count ||
        engine->plan.transfer_ns <= 0 || !engine->budget.costs.slots)
        return -1;
    double decoded = (double)engine->decoded / (double)engine->samples;
    double watched =
        engine->suspect_count ? (double)engine->suspect_watched / (double)engine->suspect_count : 1;
    double looks = engine->budget.looks * decoded * watched;
    return looks > 0 ? 2 * log(40) / (engine->plan.transfer_ns * 1e-9 * looks) : -1;
}

static int by_rate(const void *left, const void *right)
{
    const cck_watch_line *a = left, *b = right;
    if (a->rate != b->rate)
        return a->rate > b->rate ? -1 : 1;
    return (a->key > b->key) - (a->key < b->key);
}

static void tell_lines(cck_watch_engine *engine, cck_watch_line *lines, cck_watch_side *sides,
                       size_t *out_count)
{
    size_t cursor = 0, count = 0;
    uint64_t key;
    void *value;
    while (cck_map_next(&engine->lines.by_key, &cursor, &key, &value)) {
        if (!hits_of(value))
            continue;
        tell_line(engine, value, sides, &lines[count]);
        sides += lines[count++].side_count;
    }
    qsort(lines, count, sizeof *lines, by_rate);
    *out_count = count;
}

int cck_watch_engine_summary(cck_watch_engine *engine, cck_watch_summary *out_summary,
                             cck_error *err)
{
    cck_together_judge(engine);
    cck_watch_line *lines = malloc((engine->lines.by_key.count + 1) * sizeof *lines);
    cck_watch_side *sides = malloc((engine->lines.sides + 1) * sizeof *sides);
    if (!lines || !sides) {
        free(lines);
        free(sides);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    free(engine->told);
    free(engine->told_sides);
    engine->told = lines;
    engine->told_sides = sides;
    cck_watch_summary summary = {.lines = lines,
                                 .samples = engine->samples,
                                 .decoded = engine->decoded,
                                 .hits = engine->hits - engine->echoes,
                                 .verified = engine->verified,
                                 .windows = engine->opened,
                                 .suspects = engine->suspect_count,
                                 .watched_s = engine->budget.cpu_ns * 1e-9,
                                 .least_rate = least_rate(engine)};
    tell_lines(engine, lines, sides, &summary.line_count);
    *out_summary = summary;
    return 0;
}
