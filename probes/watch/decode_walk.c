/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "probes/watch/decode_internal.h"

enum {
    STARTS = 512, /* boundaries known near the sampled instruction */
    AHEAD = 192,  /* bytes after it in which they are wanted */
    FORKS = 3,    /* branches whose two ways are both followed */
    ARRIVALS = 4, /* jumps that are followed back */
    FUSED = 2     /* a comparison and the branch on it end as one */
};

typedef struct cck_walk {
    const cck_architecture *architecture;
    const cck_code *code;
    cck_analysis *out;
    uint64_t before[CCK_BACK]; /* boundaries, nearest first */
    size_t before_count, sure;
    uint64_t after[AHEAD]; /* boundaries from the sampled one on */
    size_t after_count;
    cck_jumps jumps; /* to the sampled one and the boundaries shortly before */
    int forks;
} cck_walk;

void cck_jumps_add(cck_jumps *jumps, uint64_t source, uint64_t target, bool weak)
{
    if (jumps->count == CCK_JUMPS)
        jumps->anywhere = true;
    else
        jumps->at[jumps->count++] = (cck_jump){.source = source, .target = target, .weak = weak};
}

static bool decode(const cck_walk *walk, uint64_t address, cck_instruction *out)
{
    const cck_code *code = walk->code;
    uint64_t offset = address - code->start;
    return offset < code->size &&
           walk->architecture->decode(code->bytes + offset, code->size - offset, address, out);
}

static bool equal(const cck_place *a, const cck_place *b)
{
    const uint16_t extras = CCK_EXECUTED | CCK_ENDS_HERE;
    return a->ip == b->ip && ((a->flags ^ b->flags) & ~extras) == 0 && a->size == b->size &&
           a->displacement == b->displacement && a->base == b->base && a->index == b->index &&
           a->index_add == b->index_add && a->scale == b->scale && a->slot == b->slot;
}

static int depth_of(const cck_place *place)
{
    return place->distance < 0 ? -place->distance : place->distance;
}

/* Is `a` the better of two ways to the same place: known to be gone, or else shorter? */
static bool better(const cck_place *a, const cck_place *b)
{
    bool executed = a->flags & CCK_EXECUTED;
    if (executed != ((b->flags & CCK_EXECUTED) != 0))
        return executed;
    return depth_of(a) < depth_of(b);
}

/* Keep a place. Two ways may lead to the same: what either says of it is true. */
static void keep(cck_walk *walk, const cck_place *place)
{
    cck_analysis *out = walk->out;
    for (size_t i = 0; i < out->place_count; i++) {
        cck_place *other = &out->places[i];
        if (!equal(other, place))
            continue;
        if (better(place, other))
            other->distance = place->distance;
        other->flags |= place->flags;
        return;
    }
    if (out->place_count < CCK_PLACES)
        out->places[out->place_count++] = *place;
}

static bool is_at_stack(const cck_walk *walk, const cck_operand *operand)
{
    return operand->base >= 0 && (operand->base == walk->architecture->stack ||
                                  operand->base == walk->architecture->frame);
}

/* A load that overwrote its own base or index: its address is lost, but not that it was a load. */
static void keep_overwritten(cck_walk *walk, const cck_instruction *instruction,
                             const cck_operand *operand, cck_place *place)
{
    bool lost = (operand->base >= 0 && instruction->clobbered >> operand->base & 1) ||
                (operand->index >= 0 && instruction->clobbered >> operand->index & 1);
    if (!lost || operand->flags & (CCK_WRITES | CCK_THREAD))
        return;
    place->base = place->index = CCK_NO_REGISTER;
    place->size = operand->size;
    place->flags = operand->flags | CCK_ENDS_HERE | CCK_OVERWRITTEN;
    keep(walk, place);
}

static void take(cck_walk *walk, const cck_instruction *instruction, const cck_state *state,
                 int distance, uint16_t flags)
{
    walk->out->memory |= instruction->opaque || instruction->operand_count;
    for (size_t i = 0; i < instruction->operand_count; i++) {
        const cck_operand *operand = &instruction->operands[i];
        cck_place place = {.ip = instruction->address, .distance = (int8_t)distance};
        if (!cck_state_place(state, operand, &place)) {
            if (flags & CCK_ENDS_HERE && instruction->operand_count == 1)
                keep_overwritten(walk, instruction, operand, &place);
            continue;
        }
        place.flags |= flags | (is_at_stack(walk, operand) ? CCK_AT_STACK : 0);
        keep(walk, &place);
    }
}

/* What a repeated string instruction did: of all elements only the last one is sure to be
 * below where its pointers are now, and only if there was one. */
static void take_repeated(cck_walk *walk, const cck_instruction *instruction,
                          const cck_state *after, int distance, uint16_t flags)
{
    cck_instruction last = *instruction;
    for (size_t i = 0; i < last.operand_count; i++) {
        last.operands[i].displacement -= last.operands[i].size;
        last.operands[i].index = CCK_NO_REGISTER;
        last.operands[i].flags &= ~CCK_REPEATS;
    }
    take(walk, &last, after, distance, flags & ~CCK_EXECUTED);
}

static bool is_repeated(const cck_instruction *instruction)
{
    return instruction->operand_count && instruction->operands[0].flags & CCK_REPEATS;
}

/* One instruction back. False: one cannot have come from there. */
static bool back(cck_walk *walk, uint64_t address, cck_state *state, int distance, uint16_t flags)
{
    cck_instruction instruction;
    if (!decode(walk, address, &instruction) || instruction.flow == CCK_FLOW_JUMP ||
        instruction.flow == CCK_FLOW_CALL || instruction.flow == CCK_FLOW_END)
        return false;
    if (is_repeated(&instruction))
        take_repeated(walk, &instruction, state, distance, flags);
    cck_state_undo(state, &instruction);
    if (!is_repeated(&instruction))
        take(walk, &instruction, state, distance, flags);
    return true;
}

static bool is_branch(const cck_walk *walk, uint64_t address)
{
    cck_instruction instruction;
    return decode(walk, address, &instruction) && instruction.flow == CCK_FLOW_BRANCH;
}

/* Is the boundary where a jump may lead? Then what lies before may not have run. */
static bool is_target(const cck_walk *walk, uint64_t address)
{
    cck_instruction instruction;
    for (size_t i = 0; i < walk->jumps.count; i++)
        if (walk->jumps.at[i].target == address)
            return true;
    return walk->jumps.anywhere || (decode(walk, address, &instruction) && instruction.landing);
}

static void straight_back(cck_walk *walk, uint64_t ip)
{
    cck_state state;
    cck_state_init(&state);
    bool certain = true;
    uint64_t from = ip;
    for (size_t i = 0; i < walk->before_count && i < CCK_DISTANCE; i++) {
        certain &= i < walk->sure && !is_target(walk, from);
        from = walk->before[i];
        bool ends = i == 0 || (i + 1 == FUSED && is_branch(walk, walk->before[0]));
        uint16_t flags = (certain ? CCK_EXECUTED : 0) | (ends ? CCK_ENDS_HERE : 0);
        if (!back(walk, from, &state, -1 - (int)i, flags))
            break;
    }
}

/* Back over a jump that leads to `boundaries` instructions before the sampled one. */
static void jump_back(cck_walk *walk, const cck_jump *jump, size_t boundaries)
{
    cck_state state;
    cck_instruction instruction;
    uint64_t before[CCK_BACK];
    int distance = -1 - (int)boundaries;
    cck_state_init(&state);
    for (size_t i = 0; i < boundaries; i++)
        if (decode(walk, walk->before[i], &instruction))
            cck_state_undo(&state, &instruction);
    if (!decode(walk, jump->source, &instruction) || instruction.target != jump->target ||
        instruction.flow == CCK_FLOW_CALL)
        return;
    cck_state_undo(&state, &instruction);
    uint16_t flags = boundaries == 0 && instruction.flow == CCK_FLOW_BRANCH ? CCK_ENDS_HERE : 0;
    size_t count =
        cck_boundaries_before(walk->architecture, walk->code, jump->source, before, NULL);
    for (size_t i = 0; i < count && --distance >= -CCK_DISTANCE; i++, flags = 0)
        if (!back(walk, before[i], &state, distance, flags))
            break;
}

static void jumps_back(cck_walk *walk, uint64_t ip)
{
    int left = ARRIVALS;
    uint64_t boundary = ip;
    for (size_t i = 0; i < CCK_DISTANCE; i++) {
        for (size_t j = 0; j < walk->jumps.count && left; j++)
            if (walk->jumps.at[j].target == boundary) {
                jump_back(walk, &walk->jumps.at[j], i);
                left--;
            }
        if (i == walk->before_count)
            break;
        boundary = walk->before[i];
        cck_instruction instruction;
        if (!decode(walk, boundary, &instruction) || instruction.flow == CCK_FLOW_JUMP ||
            instruction.flow == CCK_FLOW_CALL || instruction.flow == CCK_FLOW_END)
            break;
    }
}

static void ahead(cck_walk *walk, uint64_t address, cck_state state, int distance)
{
    cck_instruction instruction;
    for (; distance <= CCK_DISTANCE; distance++) {
        if (!decode(walk, address, &instruction))
            return;
        take(walk, &instruction, &state, distance, distance == 0 ? CCK_EXECUTED : 0);
        cck_state_apply(&state, &instruction);
        address += instruction.length;
        if (instruction.flow == CCK_FLOW_CALL || instruction.flow == CCK_FLOW_END)
            return;
        if (instruction.flow == CCK_FLOW_BRANCH && instruction.target && walk->forks-- > 0)
            ahead(walk, instruction.target, state, distance + 1);
        else if (instruction.flow == CCK_FLOW_JUMP)
            address = instruction.target;
    }
}

static void note_boundaries(cck_walk *walk, uint64_t ip)
{
    const cck_code *code = walk->code;
    walk->before_count =
        cck_boundaries_before(walk->architecture, code, ip, walk->before, &walk->sure);
    for (uint64_t at = ip; at < ip + AHEAD && at < code->start + code->size;) {
        uint64_t offset = at - code->start;
        unsigned length = walk->architecture->length(code->bytes + offset, code->size - offset);
        if (!length)
            break;
        walk->after[walk->after_count++] = at;
        at += length;
    }
}

static bool is_boundary(const cck_walk *walk, uint64_t address)
{
    for (size_t i = 0; i < walk->before_count; i++)
        if (walk->before[i] == address)
            return true;
    for (size_t i = 0; i < walk->after_count; i++)
        if (walk->after[i] == address)
            return true;
    uint64_t low = walk->before_count ? walk->before[walk->before_count - 1] : address + 1;
    uint64_t high = walk->after_count ? walk->after[walk->after_count - 1] : 0;
    return address < low || address > high; /* who knows */
}

/* The jumps to the boundaries from CCK_DISTANCE before to the sampled one. */
static void note_jumps(cck_walk *walk, uint64_t ip)
{
    cck_jumps found = {.count = 0};
    size_t depth = walk->before_count < CCK_DISTANCE ? walk->before_count : CCK_DISTANCE;
    uint64_t low = depth ? walk->before[depth - 1] : ip;
    walk->architecture->jumps(walk->code, low, ip, &found);
    walk->jumps.anywhere = found.anywhere;
    for (size_t i = 0; i < found.count; i++)
        if (!found.at[i].weak || is_boundary(walk, found.at[i].source))
            walk->jumps.at[walk->jumps.count++] = found.at[i];
}

/* Nearest first, at the same distance in the order found: what surely ran before the rest. */
static void sort(cck_analysis *analysis)
{
    for (size_t i = 1; i < analysis->place_count; i++) {
        cck_place place = analysis->places[i];
        size_t at = i;
        for (; at > 0 && depth_of(&analysis->places[at - 1]) > depth_of(&place); at--)
            analysis->places[at] = analysis->places[at - 1];
        analysis->places[at] = place;
    }
}

void cck_analyse(const cck_architecture *architecture, const cck_code *code, bool whole,
                 uint64_t ip, cck_analysis *out_analysis)
{
    cck_walk walk = {
        .architecture = architecture, .code = code, .out = out_analysis, .forks = FORKS};
    cck_state state;
    cck_state_init(&state);
    *out_analysis = (cck_analysis){.ip = ip, .start = code->start, .end = code->start + code->size};
    note_boundaries(&walk, ip);
    note_jumps(&walk, ip);
    walk.jumps.anywhere |= !whole;
    straight_back(&walk, ip);
    ahead(&walk, ip, state, 0);
    jumps_back(&walk, ip);
    sort(out_analysis);
}
