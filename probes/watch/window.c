/* SPDX-License-Identifier: MIT */
/* A window: a line is watched in some threads, a few words in each. */
#include "probes/watch/engine_parts.h"

/* ---- which threads ---- */

typedef struct candidate {
    cck_watch_thread *thread;
    uint64_t address; /* of the line in its process */
    uint64_t order;   /* less is better */
} candidate;

/* Those known to use the line first, then those that ran of late, then any. */
static uint64_t order_of(cck_watch_engine *engine, const cck_watch_thread *thread,
                         const cck_known_side *side)
{
    enum { LATELY_NS = 20000000 };
    bool lately = thread->samples && thread->last + LATELY_NS >= engine->now;
    uint64_t rank = side ? (lately ? 0 : 1) : (lately ? 2 : 3);
    return rank << 32 | cck_engine_random(engine, UINT64_C(1) << 32);
}

static void insert(candidate *chosen, unsigned *count, const candidate *one)
{
    unsigned at = *count;
    if (at == CCK_WINDOW_THREADS && chosen[at - 1].order <= one->order)
        return;
    if (at == CCK_WINDOW_THREADS)
        at--;
    else
        ++*count;
    for (; at > 0 && chosen[at - 1].order > one->order; at--)
        chosen[at] = chosen[at - 1];
    chosen[at] = *one;
}

static bool some_rest(const cck_watch_engine *engine)
{
    for (size_t i = 0; i < engine->threads.count; i++)
        if (engine->threads.list[i]->alive && engine->threads.list[i]->rests)
            return true;
    return false;
}

static unsigned choose(cck_watch_engine *engine, cck_known_line *line,
                       const cck_nomination *nomination, candidate *chosen)
{
    unsigned count = 0;
    bool rests = some_rest(engine);
    for (size_t i = 0; i < engine->threads.count; i++) {
        cck_watch_thread *thread = engine->threads.list[i];
        if (!thread->alive || thread->rests || thread->tid == nomination->tid)
            continue;
        const cck_known_side *side = cck_line_find_side(line, thread->pid, thread->tid);
        /* Where those that run rest, a window in the others would be in vain, and count so. */
        if (rests && !side && !thread->samples)
            continue;
        /* Where another process has the line, only what it did to it tells. */
        if (thread->pid != nomination->pid && !side)
            continue;
        candidate one = {thread, side ? side->address : nomination->address,
                         order_of(engine, thread, side)};
        insert(chosen, &count, &one);
    }
    return count;
}

/* ---- which words ---- */

typedef struct word_list {
    uint8_t list[CCK_WATCH_SLOTS];
    unsigned count, most;
    uint32_t taken; /* a bit a word */
} word_list;

static void take(word_list *words, unsigned word)
{
    if (words->count == words->most || words->taken >> word & 1)
        return;
    words->taken |= UINT32_C(1) << word;
    words->list[words->count++] = (uint8_t)word;
}

/* Words that the side uses, from a random one on. */
static void take_used(word_list *words, const cck_known_side *side, unsigned from, unsigned of,
                      unsigned most)
{
    for (unsigned i = 0; i < of && words->count < most; i++) {
        unsigned word = (from + i) % of;
        if (side && cck_side_uses(side, word))
            take(words, word);
    }
}

/* Where most of the side's samples are; then most of the fight is there, too. */
static void take_busiest(word_list *words, const cck_known_line *line, const cck_known_side *side,
                         unsigned of)
{
    uint64_t most = 0;
    unsigned busiest = 0;
    for (unsigned i = 0; side && side->samples && i < of; i++) {
        uint64_t samples = cck_side_samples(line, side, i);
        if (samples > most && cck_side_uses(side, i)) {
            most = samples;
            busiest = i;
        }
    }
    if (most)
        take(words, busiest);
}

/* What the thread itself is known to use tells of false sharing; a word of the nominator, of
 * true sharing; of the others nobody knows. */
static word_list choose_words(cck_watch_engine *engine, cck_known_line *line,
                              const cck_known_side *side, const cck_known_side *nominator)
{
    unsigned of = engine->plan.line_size / CCK_WATCH_WORD;
    unsigned from = (unsigned)cck_engine_random(engine, of);
    word_list words = {.most = engine->budget.costs.slots};
    take_busiest(&words, line, side, of);
    take_used(&words, side, from, of, words.most > 1 ? words.most - 1 : 1);
    unsigned own = words.count;
    take_used(&words, nominator, from, of, own + 1 < words.most ? own + 1 : words.most);
    for (unsigned i = 0; i < line->side_count && words.count == own; i++)
        take_used(&words, &line->sides[i], from, of, own + 1);
    for (unsigned i = 0; i < of && words.count < words.most; i++) {
        unsigned word = line->rotation++ % of;
        if (!nominator || !cck_side_uses(nominator, word))
            take(&words, word);
    }
    for (unsigned i = 0; i < of && words.count < words.most; i++)
        take(&words, line->rotation++ % of);
    return words;
}

/* ---- arming ---- */

static unsigned hits_for(const cck_pace *pace)
{
    /* Of one that is well known a gap at a time is enough to stay so. */
    return pace->gap_count >= CCK_PACE_GAPS ? 3 : CCK_WINDOW_HITS;
}

/* What the watchpoints of one window in one thread have in common. */
typedef struct window_aim {
    cck_known_line *line;
    cck_watch_thread *thread;
    uint64_t address; /* of the line in its process */
    int32_t reference;
    bool reads;
} window_aim;

/* A word in a window: what it is watched for, and where what that tells goes. */
typedef struct word_plan {
    unsigned word;
    bool reads;
    cck_pace *pace;
    uint64_t echo; /* where its echo would be; 0: none */
} word_plan;

/* Where one instruction loads and another stores, an update is two accesses. Two windows of three
 * watch such a word for its stores alone: they tell how often there is an update. */
static word_plan plan_word(cck_watch_engine *engine, const window_aim *aim,
                           cck_known_side *side, unsigned word)
{
    bool several = side->paces[word].after == UINT64_MAX &&
                   cck_bytes_any(side->written, word * CCK_WATCH_WORD, CCK_WATCH_WORD);
    bool reads = aim->reads && !(several && cck_engine_random(engine, 3));
    return (word_plan){
        .word = word, .reads = reads, .pace = cck_side_pace(&engine->lines, side, word, reads)};
}

/* Whoever has a CPU is sampled once in a period; twice that, since records are late. */
static bool runs(const cck_watch_engine *engine, const cck_watch_thread *thread)
{
    return !thread->samples || thread->last + 2 * engine->budget.period >= engine->now;
}

/* For a word whose accesses come so fast that a gap between two is mostly the trap: the trap is
 * timed by a watchpoint at the instruction behind, which nothing but a trap is between. */
static void arm_echo(cck_watch_engine *engine, cck_watch_thread *thread, const word_plan *plans,
                     unsigned of, unsigned index)
{
    unsigned limit = CCK_WINDOW_HITS + 4; /* the first come before the word is watched */
    uint64_t at = plans[of].echo;
    if (engine->hands.arm(engine->hands.context, thread->tid, index, at, CCK_WATCH_CODE, limit))
        return;
    cck_budget_arm(&engine->budget, runs(engine, thread));
    thread->slots[index] = (cck_watch_slot){.word = at,
                                            .since = engine->now,
                                            .armed = true,
                                            .echo = true,
                                            .echo_of = of,
                                            .limit = limit};
}

/* Where its echo would be; 0: it wants none, or nobody knows. */
static uint64_t echo_of(const cck_watch_engine *engine, const cck_watch_thread *thread,
                        const cck_pace *pace)
{
    const cck_sampler_costs *costs = &engine->budget.costs;
    if (!costs->echoes || !cck_pace_wants_echoes(pace, costs->hit_ns))
        return 0;
    return costs->echoes_apart ? engine->hands.next(engine->hands.context, thread->pid, pace->after)
                               : pace->after;
}

/* Which of the words wants an echo; `count`: none. */
static unsigned wants_echo(const cck_watch_engine *engine, const cck_watch_thread *thread,
                           word_plan *plans, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if ((plans[i].echo = echo_of(engine, thread, plans[i].pace)) != 0)
            return i;
    return count;
}

/* Where hits of other words come between two of one, what their traps took is a guess: every
 * second window of such a thread watches that word alone. */
static bool take_alone(cck_watch_engine *engine, word_plan *plans, unsigned count)
{
    for (unsigned i = 0; count > 1 && i < count; i++)
        if (cck_pace_wants_alone(plans[i].pace, engine->budget.costs.hit_ns)) {
            bool alone = cck_engine_random(engine, 2) != 0;
            plans[0] = alone ? plans[i] : plans[0];
            return alone;
        }
    return false;
}

static bool arm(cck_watch_engine *engine, const window_aim *aim, unsigned index,
                const word_plan *plan, bool alone)
{
    cck_watch_thread *thread = aim->thread;
    uint64_t address = aim->address + (uint64_t)plan->word * CCK_WATCH_WORD;
    unsigned limit = hits_for(plan->pace);
    if (engine->hands.arm(engine->hands.context, thread->tid, index, address,
                          plan->reads ? CCK_WATCH_ACCESSES : CCK_WATCH_WRITES, limit))
        return false;
    cck_budget_arm(&engine->budget, runs(engine, thread));
    thread->slots[index] = (cck_watch_slot){.key = aim->line->key,
                                            .word = address,
                                            .window = engine->window,
                                            .since = engine->now,
                                            .reference = aim->reference,
                                            .armed = true,
                                            .reads = plan->reads,
                                            .alone = alone,
                                            .limit = limit};
    return true;
}

static bool arm_words(cck_watch_engine *engine, const window_aim *aim, cck_known_side *side,
                      const word_list *words)
{
    word_plan plans[CCK_WATCH_SLOTS];
    bool armed = false;
    unsigned count = words->count;
    if (!count)
        return false;
    cck_learn_silence(engine, aim->thread, true);
    for (unsigned i = 0; i < count; i++)
        plans[i] = plan_word(engine, aim, side, words->list[i]);
    bool alone = take_alone(engine, plans, count);
    count = alone ? 1 : count;
    /* Words that it is known to use come last: what arming the others takes of the thread's time
     * must not be taken for time between two hits of these. */
    unsigned of = wants_echo(engine, aim->thread, plans, count),
             last = of < count && count > 1 ? of : 0;
    unsigned room = of < count && count == engine->budget.costs.slots ? 1 : 0;
    for (unsigned i = count; i-- > 0;)
        if (i != last && (i + room < count || i < last)) /* the last word is the least known */
            armed |= arm(engine, aim, i, &plans[i], alone);
    if (of < count && last + room < count)
        arm_echo(engine, aim->thread, plans, last, count - room);
    armed |= arm(engine, aim, last, &plans[last], alone);
    aim->thread->disturbed = engine->hands.clock(engine->hands.context);
    side->windows += armed;
    return armed;
}

static cck_known_side *studied(cck_watch_engine *engine, const window_aim *aim)
{
    cck_known_side *side =
        cck_line_side(&engine->lines, aim->line, aim->thread->pid, aim->thread->tid, aim->address);
    return side && cck_line_study(&engine->lines, aim->line, side, engine->now) ? side : NULL;
}

static bool watch_thread(cck_watch_engine *engine, const window_aim *aim,
                         const cck_nomination *nomination)
{
    cck_known_side *side = studied(engine, aim);
    if (!side)
        return false;
    const cck_known_side *nominator =
        cck_line_find_side(aim->line, nomination->pid, nomination->tid);
    word_list words = choose_words(engine, aim->line, side, nominator);
    return arm_words(engine, aim, side, &words);
}

/* Where others hit the line, its nominator is watched along with them: hits of both, one
 * between two of the other, show best that they are at it at the same time. */
static void watch_nominator(cck_watch_engine *engine, cck_known_line *line,
                            const cck_nomination *nomination, int32_t reference)
{
    cck_watch_thread *thread = cck_thread_get(&engine->threads, nomination->tid);
    if (!thread || !thread->alive || thread->rests || !line->windows_hit)
        return;
    window_aim aim = {line, thread, nomination->address, reference, true};
    cck_known_side *side = studied(engine, &aim);
    unsigned of = engine->plan.line_size / CCK_WATCH_WORD;
    word_list words = {.most = engine->budget.costs.slots > 1 ? 2 : 1};
    if (!side)
        return;
    take_used(&words, side, (unsigned)cck_engine_random(engine, of), of, words.most);
    arm_words(engine, &aim, side, &words);
}

void cck_window_open(cck_watch_engine *engine, const cck_nomination *given)
{
    candidate chosen[CCK_WINDOW_THREADS];
    cck_nomination nomination = *given;
    cck_known_line *line = cck_line_put(&engine->lines, nomination.key, engine->now);
    bool armed = false;
    engine->window++;
    if (!line)
        return;
    unsigned count = choose(engine, line, &nomination, chosen);
    const cck_known_side *nominator = cck_line_find_side(line, nomination.pid, nomination.tid);
    nomination.writes |= nominator && cck_side_writes(nominator);
    for (unsigned i = 0; i < count; i++) {
        window_aim aim = {line, chosen[i].thread, chosen[i].address, nomination.tid,
                          nomination.writes};
        armed |= watch_thread(engine, &aim, &nomination);
    }
    if (!armed)
        return;
    watch_nominator(engine, line, &nomination, chosen[0].thread->tid);
    engine->opened++;
    line->windows++;
    if (line->suspect && !line->suspect_watched) {
        line->suspect_watched = true;
        engine->suspect_watched++;
    }
}
