/* SPDX-License-Identifier: MIT */
/* What happens at an access that is not a plain hit, and whom it is charged to. */
#include "core/base/fail.h"
#include "core/base/grow.h"
#include "probes/simulate/reader/behind.h"

enum {
    FETCH,
    LOAD,
    STORE,
    INTERESTING = CCK_DID_MISS_L1 | CCK_DID_UPGRADE | CCK_DID_MISS_TLB2 | CCK_WHY_ESSENTIAL,
    EVENTS_BITS = 16
};

static int out_of_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

static bool find_cost(cck_process *process, uint64_t key, size_t *out_index)
{
    uint64_t *found = cck_dictionary_put(&process->cost_of, key);
    if (!found)
        return false;
    if (!*found) {
        if (!cck_grow((void **)&process->costs, &process->cost_capacity, process->cost_count,
                      sizeof *process->costs)) {
            cck_dictionary_remove(&process->cost_of, key);
            return false;
        }
        process->costs[process->cost_count++] = (cck_visit_cost){.key = key};
        *found = process->cost_count;
    }
    *out_index = *found - 1;
    return true;
}

static cck_visit_cost *cost_of(cck_process *process, uint64_t key)
{
    cck_cost_at_hand *at_hand = &process->costs_at_hand[(key ^ key >> EVENTS_BITS) % CCK_AT_HAND];
    if (at_hand->key != key + 1) {
        if (!find_cost(process, key, &at_hand->index)) {
            at_hand->key = 0;
            return NULL;
        }
        at_hand->key = key + 1;
    }
    return &process->costs[at_hand->index];
}

static uint64_t key_of(const cck_reader_thread *thread, uint16_t event)
{
    return (uint64_t)thread->place << EVENTS_BITS | event;
}

/* Which bit of an outcome counts as which cost; 0: none. */
static const uint8_t cost_of_bit[32] = {
    [1] = CCK_COST_L2_MISSES,     [2] = CCK_COST_LLC_MISSES, [5] = CCK_COST_UPGRADES,
    [7] = CCK_COST_REMOTE,        [9] = CCK_COST_TLB_MISSES, [12] = CCK_COST_COMPULSORY,
    [13] = CCK_COST_CAPACITY,     [14] = CCK_COST_CONFLICT,  [16] = CCK_COST_FALSE_SHARING,
    [17] = CCK_COST_TRUE_SHARING,
};
enum {
    COUNTED = CCK_DID_MISS_L2 | CCK_DID_MISS_LL | CCK_DID_UPGRADE | CCK_DID_REMOTE |
              CCK_DID_MISS_TLB2 | CCK_WHY_COMPULSORY | CCK_WHY_CAPACITY | CCK_WHY_CONFLICT |
              CCK_WHY_FALSE_SHARING | CCK_WHY_TRUE_SHARING
};

static void add_costs(uint64_t *costs, const cck_outcome *outcome, bool fetch, uint64_t stall)
{
    costs[fetch ? CCK_COST_L1I_MISSES : CCK_COST_L1D_MISSES] += outcome->did & CCK_DID_MISS_L1;
    for (uint32_t bits = outcome->did & COUNTED; bits; bits &= bits - 1)
        costs[cost_of_bit[__builtin_ctz(bits)]]++;
    costs[CCK_COST_CYCLES] += stall;
}

static bool charge(cck_process *process, cck_reader_thread *thread, uint16_t event, int kind,
                   uint64_t address, const cck_outcome *outcome, uint64_t stall)
{
    thread->misses[0][kind] += !!(outcome->did & CCK_DID_MISS_L1);
    thread->misses[1][kind] += !!(outcome->did & CCK_DID_MISS_L2);
    thread->misses[2][kind] += !!(outcome->did & CCK_DID_MISS_LL);
    if (!process->plan->spots) {
        add_costs(process->charged, outcome, kind == FETCH, stall);
        return true;
    }
    cck_visit_cost *cost = cost_of(process, key_of(thread, event));
    if (!cost)
        return false;
    add_costs(cost->costs, outcome, kind == FETCH, stall);
    if (kind == FETCH)
        return true;
    uint64_t *costs = cck_object_costs(process, address);
    if (costs)
        add_costs(costs, outcome, false, stall);
    return costs;
}

/* An access to one line goes to its life. */
static bool take_part(cck_process *process, uint32_t line, uint64_t start,
                      const cck_life_access *part)
{
    cck_life *life;
    bool fresh;
    if (!cck_lives_access(&process->lives, line, start, process->blocks.line_bits,
                          process->plan->model.latencies.transfer, part, &life, &fresh))
        return false;
    if (cck_lives_ignore(&process->lives, line))
        cck_model_quiet(process->model, line);
    if (!life || !fresh)
        return true;
    uint32_t object;
    /* The life stays where it is: finding its object makes no other. */
    if (!cck_object_of(process, part->address, &object))
        return false;
    cck_life_object(life, object);
    cck_object *known = &process->objects[object];
    known->visited |= known->kind == CCK_OBJECT_STACK && known->thread != part->thread;
    return true;
}

/* Of an access over two lines, the part that lies in one. */
static bool take_line(cck_process *process, uint32_t line, const cck_life_access *whole)
{
    unsigned line_bits = process->blocks.line_bits;
    uint64_t start = cck_model_shared_line(process->model, line);
    uint64_t end = start + (UINT64_C(1) << line_bits), last = whole->address + whole->size;
    cck_life_access part = *whole;
    if (part.address < start)
        part.address = start;
    if (last > end)
        last = end;
    if (last <= part.address)
        return true;
    part.size = (uint32_t)(last - part.address);
    return take_part(process, line, start, &part);
}

/* Where to note that the running block's access was counted. */
static cck_life_at_hand *hand_for(cck_process *process, const cck_reader_thread *thread,
                                  const cck_data_step *step, uint64_t line)
{
    uint64_t key = key_of(thread, step->event);
    cck_life_at_hand *at_hand = cck_lives_hand(&process->lives, line, key);
    if (process->blocks.line_bits > 6)
        return NULL;
    *at_hand = (cck_life_at_hand){.line = line, .key = key, .path = thread->path};
    return at_hand;
}

bool cck_access_again(cck_process *process, cck_reader_thread *thread, const cck_data_step *step,
                      uint64_t address)
{
    unsigned line_bits = process->blocks.line_bits;
    uint64_t line = address >> line_bits, key = key_of(thread, step->event);
    const cck_life_at_hand *at_hand = cck_lives_hand(&process->lives, line, key);
    if (!cck_lives_has(&process->lives, at_hand, line, key, thread->path))
        return false;
    cck_life_access access = {.size = step->last + 1u,
                              .thread = thread->number,
                              .reads = step->kind != CCK_EVENT_STORE,
                              .writes = step->writes,
                              .atomic = step->flags & CCK_EVENT_ATOMIC,
                              .now = process->base + thread->local,
                              .shared_writes = &thread->shared_writes};
    return cck_lives_again(&process->lives, at_hand, &access,
                           (unsigned)(address - (line << line_bits)));
}

static bool take_shared(cck_process *process, cck_reader_thread *thread, const cck_data_step *step,
                        uint64_t address, const cck_outcome *outcome, uint64_t stall)
{
    bool coherence = outcome->did & (CCK_WHY_COHERENCE | CCK_DID_UPGRADE);
    uint32_t place = cck_stack_place(process, thread);
    if (place == CCK_NONE)
        return false;
    cck_life_access access = {.key = (uint64_t)place << EVENTS_BITS | step->event,
                              .address = address,
                              .size = step->last + 1u,
                              .thread = thread->number,
                              .reads = step->kind != CCK_EVENT_STORE,
                              .writes = step->writes,
                              .atomic = step->flags & CCK_EVENT_ATOMIC,
                              .did = outcome->did,
                              .cycles = coherence ? (uint32_t)stall : 0,
                              .now = process->base + thread->local,
                              .shared_writes = &thread->shared_writes};
    if (!(outcome->did & CCK_DID_STRADDLE)) {
        unsigned line_bits = process->blocks.line_bits;
        access.at_hand = hand_for(process, thread, step, address >> line_bits);
        return take_part(process, outcome->shared, address >> line_bits << line_bits, &access);
    }
    if (!take_line(process, outcome->shared, &access))
        return false;
    if (outcome->shared_next == UINT32_MAX)
        return true;
    access.did = 0; /* what it met is the first line's */
    access.cycles = 0;
    return take_line(process, outcome->shared_next, &access);
}

static uint64_t stall_of(const cck_process *process, cck_reader_thread *thread,
                         const cck_outcome *outcome)
{
    uint32_t hit = process->plan->model.latencies.l1;
    uint64_t stall = outcome->cycles > hit ? outcome->cycles - hit : 0;
    thread->local += stall;
    thread->stalled += stall;
    return stall;
}

static cck_access_kind kind_of(const cck_data_step *step)
{
    static const cck_access_kind kinds[] = {[CCK_EVENT_LOAD] = CCK_ACCESS_LOAD,
                                            [CCK_EVENT_STORE] = CCK_ACCESS_STORE,
                                            [CCK_EVENT_MODIFY] = CCK_ACCESS_MODIFY};
    return kinds[step->kind];
}

/* L2 had it. */
static bool refilled(cck_process *process, cck_reader_thread *thread, const cck_data_step *step,
                     uint64_t address)
{
    const cck_latencies *latencies = &process->plan->model.latencies;
    int kind = step->kind == CCK_EVENT_STORE ? STORE : LOAD;
    cck_outcome outcome = {.did = CCK_DID_MISS_L1, .cycles = latencies->l2};
    uint64_t stall = stall_of(process, thread, &outcome);
    if (process->plan->spots)
        return charge(process, thread, step->event, kind, address, &outcome, stall);
    thread->misses[0][kind]++;
    process->charged[CCK_COST_L1D_MISSES]++;
    process->charged[CCK_COST_CYCLES] += stall;
    return true;
}

int cck_access_data_now(cck_process *process, cck_reader_thread *thread, const cck_data_step *step,
                        uint64_t address, cck_error *err)
{
    if (address >> 62)
        return cck_fail(err, CCK_EFORMAT, "the trace is damaged: an address is missing");
    unsigned line_bits = process->blocks.line_bits;
    uint64_t line = address >> line_bits;
    cck_outcome outcome;
    if (thread->filter.data.notes && (address + step->last) >> line_bits == line) {
        if (cck_model_refill(process->model, thread->core, line, step->writes))
            return refilled(process, thread, step, address) ? 0 : out_of_memory(err);
        outcome.did = CCK_DID_SHARED;
        cck_reuse reuse =
            cck_model_reuse(process->model, thread->core, line, step->writes, &outcome.shared);
        if (reuse == CCK_REUSE_QUIET)
            return 0;
        if (reuse == CCK_REUSE_REFILL)
            return refilled(process, thread, step, address) ? 0 : out_of_memory(err);
        if (reuse == CCK_REUSE_COUNT)
            return cck_access_again(process, thread, step, address) ||
                           take_shared(process, thread, step, address, &outcome, 0)
                       ? 0
                       : out_of_memory(err);
    }
    cck_model_access(process->model, thread->core, kind_of(step), address, step->last + 1u,
                     &outcome);
    uint64_t stall = stall_of(process, thread, &outcome);
    if ((stall || outcome.did & INTERESTING) &&
        !charge(process, thread, step->event, step->kind == CCK_EVENT_STORE ? STORE : LOAD, address,
                &outcome, stall))
        return out_of_memory(err);
    if (outcome.did & CCK_DID_SHARED &&
        !take_shared(process, thread, step, address, &outcome, stall))
        return out_of_memory(err);
    return 0;
}

int cck_access_fetch_now(cck_process *process, cck_reader_thread *thread, const cck_step *step,
                         uint16_t event, uint64_t address, cck_error *err)
{
    cck_outcome outcome;
    cck_model_access(process->model, thread->core, CCK_ACCESS_FETCH, address, step->size, &outcome);
    uint64_t stall = stall_of(process, thread, &outcome);
    if ((stall || outcome.did & INTERESTING) &&
        !charge(process, thread, event, FETCH, address, &outcome, stall))
        return out_of_memory(err);
    return 0;
}

int cck_access_data(cck_process *process, cck_reader_thread *thread, const cck_data_step *step,
                    uint64_t address, cck_error *err)
{
    if (process->behind && !cck_behind_holds(address))
        cck_behind_end(process);
    if (!process->behind)
        return cck_access_data_now(process, thread, step, address, err);
    cck_behind_data(process->behind, kind_of(step), address, step->last);
    return 0;
}

int cck_access_fetch(cck_process *process, cck_reader_thread *thread, const cck_step *step,
                     uint16_t event, uint64_t address, cck_error *err)
{
    if (process->behind && !cck_behind_holds(address))
        cck_behind_end(process);
    if (!process->behind)
        return cck_access_fetch_now(process, thread, step, event, address, err);
    cck_behind_fetch(process->behind, address, step->size - 1u);
    return 0;
}

int cck_access_absent(cck_process *process, cck_reader_thread *thread, uint16_t event,
                      cck_error *err)
{
    cck_visit_cost *cost = cost_of(process, key_of(thread, event));
    if (!cost)
        return out_of_memory(err);
    cost->absent++;
    return 0;
}

int cck_access_cut(cck_process *process, cck_reader_thread *thread, unsigned instructions,
                   unsigned data, cck_error *err)
{
    uint64_t key = cck_cut_key(thread->place, instructions, data);
    uint64_t *found = cck_dictionary_put(&process->cut_of, key);
    if (!found)
        return out_of_memory(err);
    if (!*found) {
        if (!cck_grow((void **)&process->cuts, &process->cut_capacity, process->cut_count,
                      sizeof *process->cuts)) {
            cck_dictionary_remove(&process->cut_of, key);
            return out_of_memory(err);
        }
        process->cuts[process->cut_count++] = (cck_visit_cut){
            .place = thread->place, .instructions = (uint16_t)instructions, .data = (uint16_t)data};
        *found = process->cut_count;
    }
    process->cuts[*found - 1].count++;
    return 0;
}
