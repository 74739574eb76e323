/* SPDX-License-Identifier: MIT */
/* What a hit tells: which bytes, by which instruction, how soon after the one before. */
#include "probes/watch/engine_parts.h"

/* ---- locks ---- */

/* Code just behind a release shows what was written under the lock, if it is near. */
static bool stored_before(cck_watch_engine *engine, const cck_hit *hit)
{
    cck_near_access accesses[CCK_ACCESSES_NEAR];
    size_t count = engine->hands.near(engine->hands.context, hit->pid, &hit->registers, accesses,
                                      CCK_ACCESSES_NEAR, NULL);
    for (size_t i = 0; i < count; i++) {
        const cck_near_access *one = &accesses[i];
        if (one->executed && one->distance < 0 && one->writes && !one->atomic && !one->stack &&
            (one->address < hit->word || one->address >= hit->word + CCK_WATCH_WORD))
            return true;
    }
    return false;
}

static void hand_over(cck_known_line *line, int32_t tid)
{
    if (!line->first_holder)
        line->first_holder = tid;
    else if (line->first_holder != tid)
        line->lock = true;
}

/* As probes/simulate/reader/life.h defines it, as far as hits tell: a word is taken by an
 * atomic access, data is stored, and other code stores to or swaps that word; by two threads.
 * A shared counter is not one: nothing is written under its protection. */
static void watch_lock(cck_watch_engine *engine, cck_known_line *line, cck_known_side *side,
                       const cck_hit *hit, const cck_near_access *access)
{
    uint16_t word = (uint16_t)((hit->word - side->address) / CCK_WATCH_WORD);
    if (side->holds && word != side->lock_word) {
        side->stored |= access->writes && !access->atomic;
        return;
    }
    if (side->holds && access->writes && access->ip != side->taken_ip) {
        if (side->stored || stored_before(engine, hit))
            hand_over(line, side->tid);
        side->holds = false;
        return;
    }
    if (!access->atomic || !access->reads || !access->writes)
        return;
    side->holds = true;
    side->stored = false;
    side->lock_word = word;
    side->taken_ip = access->ip;
}

/* ---- bytes and code ---- */

static void note_bytes(const cck_watch_engine *engine, cck_known_side *side, cck_watch_use *use,
                       const cck_near_access *access)
{
    uint64_t line = side->address, end = line + engine->plan.line_size;
    uint64_t from = access->address > line ? access->address : line;
    uint64_t to = access->address + access->size < end ? access->address + access->size : end;
    if (to <= from)
        return;
    unsigned offset = (unsigned)(from - line), size = (unsigned)(to - from);
    if (access->reads)
        cck_bytes_set(side->read, offset, size);
    if (access->writes)
        cck_bytes_set(side->written, offset, size);
    if (!use)
        return;
    if (offset < use->offset)
        use->offset = (uint16_t)offset;
    if (size > use->size)
        use->size = (uint16_t)size;
    use->reads |= access->reads;
    use->writes |= access->writes;
    use->atomic |= access->atomic;
}

/* Of a load that left no trace of its address the bytes are those that this thread is known to use
 * in the word, by other instructions or by samples before such a load. False: none, or several of
 * that size. */
static bool place(const cck_known_side *side, uint64_t word, cck_near_access *access)
{
    unsigned found = 0;
    for (unsigned at = 0; at + access->size <= CCK_WATCH_WORD; at += access->size) {
        unsigned offset = (unsigned)(word - side->address) + at;
        if (!cck_side_uses_bytes(side, offset, access->size))
            continue;
        access->address = word + at;
        found++;
    }
    access->unplaced = found != 1;
    return found == 1;
}

static void count_windows(cck_known_line *line, cck_known_side *side, uint64_t window)
{
    /* A slot that was left armed may be hit in a later window's time: it counts once. */
    if (window > line->last_window_hit) {
        line->last_window_hit = window;
        line->windows_hit++;
    }
    if (window > side->last_window_hit) {
        side->last_window_hit = window;
        side->windows_hit++;
    }
}

/* ---- pace ---- */

/* The hit came right behind another, with no sample or hit between: which slot's was that? */
static bool follows(const cck_watch_thread *thread, unsigned slot)
{
    return thread->last_hit == slot && thread->last_hits + 1 == thread->hits;
}

/* At the instruction behind a hit. */
static void note_lead(cck_watch_thread *thread, cck_watch_slot *slot, const cck_hit *hit)
{
    const cck_watch_slot *of = &thread->slots[slot->echo_of];
    bool in_turn = of->armed && follows(thread, slot->echo_of) && of->hit_at >= thread->disturbed &&
                   of->samples == thread->samples && hit->number < slot->limit &&
                   hit->time > of->hit_at;
    slot->lead = in_turn ? hit->time - of->hit_at : 0;
    slot->number = hit->number;
    slot->hit_at = hit->time;
}

static cck_watch_slot *echo_of(cck_watch_thread *thread, unsigned slot)
{
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        if (thread->slots[i].armed && thread->slots[i].echo && thread->slots[i].echo_of == slot)
            return &thread->slots[i];
    return NULL;
}

/* From one hit to that behind it takes a trap; from there to the next hit a trap, and what the
 * program takes: the difference tells, whatever a trap costs just now. False: not in turn. */
static bool note_echo(const cck_watch_engine *engine, cck_watch_thread *thread, cck_pace *pace,
                      const cck_hit *hit)
{
    enum { MOST_APART = 5000 };
    const double SLOW = 1.8;
    const cck_watch_slot *slot = &thread->slots[hit->slot];
    cck_watch_slot *echo = echo_of(thread, hit->slot);
    if (!echo || !echo->lead)
        return false;
    uint64_t lead = echo->lead, gap = hit->time - slot->hit_at;
    unsigned index = (unsigned)(echo - thread->slots);
    echo->lead = 0;
    /* Another thread's turn meanwhile is in one clock, and not in the other. */
    if (!follows(thread, index) || slot->samples != thread->samples || gap < lead ||
        gap > hit->exposure + MOST_APART)
        return false;
    /* Where the machine takes its time, it takes it as it pleases. */
    if ((double)lead > SLOW * engine->budget.costs.hit_ns)
        return true;
    double net = (double)gap - 2 * (double)lead - engine->budget.costs.echo_ns;
    return cck_pace_echo(pace, gap, net);
}

static void note_after(cck_pace *pace, uint64_t ip)
{
    pace->after = !pace->after || pace->after == ip ? ip : UINT64_MAX;
}

static void note_pace(const cck_watch_engine *engine, cck_watch_thread *thread,
                      const cck_watch_slot *slot, cck_pace *pace, const cck_hit *hit)
{
    note_after(pace, hit->registers.ip);
    uint64_t time = hit->exposure + slot->carried;
    if (hit->number == 1) {
        cck_pace_first(pace, time);
    } else if (hit->number == slot->number + 1 && hit->number < slot->limit &&
               slot->hit_at >= thread->disturbed && !note_echo(engine, thread, pace, hit)) {
        /* Of the last one the kernel reads the clock only when it has stopped the event. While
         * other slots are being armed, a gap is mostly made of that: it tells nothing. */
        const cck_sampler_costs *costs = &engine->budget.costs;
        double cost = (double)(thread->hits - slot->hits) * costs->hit_ns +
                      (double)(thread->samples - slot->samples) * costs->sample_ns;
        /* without memory it is not kept, nothing more */
        cck_pace_next(pace, time, cost, slot->alone);
    }
}

/* The slot that the hit is of, if it still watches what was hit. */
static cck_watch_slot *slot_of(cck_watch_thread *thread, const cck_hit *hit)
{
    cck_watch_slot *slot = hit->slot < CCK_WATCH_SLOTS ? &thread->slots[hit->slot] : NULL;
    return slot && slot->armed && slot->word == hit->word && hit->time >= slot->since &&
                   hit->pid == thread->pid && hit->number > slot->number
               ? slot
               : NULL;
}

static void note_slot(cck_watch_slot *slot, const cck_watch_thread *thread, const cck_hit *hit)
{
    slot->number = hit->number;
    slot->hit_at = hit->time;
    slot->carried = 0;
    slot->samples = thread->samples;
    slot->hits = thread->hits;
}

static void note_hit(cck_watch_engine *engine, cck_known_line *line, cck_known_side *side,
                     const cck_watch_slot *slot, const cck_hit *hit, const cck_near_access *access)
{
    side->hits++;
    side->atomics += access->atomic;
    line->last = hit->time;
    cck_line_at(line, hit->time, hit->tid, hit->cpu);
    count_windows(line, side, slot->window);
    note_bytes(engine, side, cck_line_use(line, side->pid, side->tid, access->ip), access);
    watch_lock(engine, line, side, hit, access);
    if (cck_line_suspect(line))
        cck_nominate_suspect(engine, line);
    cck_pending pending = {.key = line->key,
                           .time = hit->time,
                           .window = slot->window,
                           .ip = access->ip,
                           .pid = hit->pid,
                           .tid = hit->tid,
                           .reference = slot->reference,
                           .cpu = hit->cpu};
    cck_together_later(engine, &pending);
}

/* What made the hit, as far as that can be told. */
static bool verified(const cck_watch_engine *engine, const cck_watch_slot *slot, const cck_hit *hit,
                     const cck_known_side *side, cck_near_access *out_access)
{
    return engine->hands.trapped(engine->hands.context, hit->pid, &hit->registers, hit->word,
                                 CCK_WATCH_WORD, out_access) &&
           (slot->reads || out_access->writes) &&
           (!out_access->unplaced || (side && place(side, hit->word, out_access)));
}

void cck_learn(cck_watch_engine *engine, cck_watch_thread *thread, const cck_hit *hit)
{
    cck_watch_slot *slot = slot_of(thread, hit);
    cck_near_access access;
    if (!slot)
        return;
    if (slot->echo) {
        engine->echoes++;
        note_lead(thread, slot, hit);
        return;
    }
    cck_known_line *line = cck_line_get(&engine->lines, slot->key);
    cck_known_side *side = line ? cck_line_find_side(line, thread->pid, thread->tid) : NULL;
    if (side && (!side->paces || hit->word < side->address ||
                 hit->word - side->address >= engine->plan.line_size))
        side = NULL;
    if (!verified(engine, slot, hit, side, &access)) {
        /* Somebody accessed the word, but we do not know what did: it counts as time. */
        uint64_t carried = slot->carried + hit->exposure;
        slot->number = hit->number;
        slot->hit_at = hit->time;
        slot->carried = carried;
        return;
    }
    engine->verified++;
    if (!side)
        return;
    unsigned word = (unsigned)((hit->word - side->address) / CCK_WATCH_WORD);
    note_pace(engine, thread, slot, cck_side_pace(&engine->lines, side, word, slot->reads), hit);
    note_slot(slot, thread, hit);
    note_hit(engine, line, side, slot, hit, &access);
}

static void silence(cck_watch_engine *engine, cck_watch_thread *thread, unsigned index)
{
    cck_watch_slot *slot = &thread->slots[index];
    if (!slot->armed)
        return;
    slot->armed = false;
    if (slot->echo)
        return;
    cck_known_line *line = cck_line_get(&engine->lines, slot->key);
    cck_known_side *side = line ? cck_line_find_side(line, thread->pid, thread->tid) : NULL;
    if (!side || !side->paces || slot->word < side->address ||
        slot->word - side->address >= engine->plan.line_size)
        return;
    uint64_t time = slot->carried;
    if (slot->number < slot->limit)
        time += engine->hands.exposure(engine->hands.context, thread->tid, index);
    if (time)
        cck_pace_silent(cck_side_pace(&engine->lines, side,
                                      (unsigned)((slot->word - side->address) / CCK_WATCH_WORD),
                                      slot->reads),
                        time, slot->number > 0);
}

void cck_learn_silence(cck_watch_engine *engine, cck_watch_thread *thread, bool disarm)
{
    bool live = false;
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        live |= thread->slots[i].armed && thread->slots[i].number < thread->slots[i].limit;
    /* How long a slot was watched is read without an interrupt once it is silent. */
    if (live && disarm)
        engine->hands.disarm(engine->hands.context, thread->tid);
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        silence(engine, thread, i);
}
