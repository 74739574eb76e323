/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "core/debug/access_function.h"
#include "core/debug/access_internal.h"

#ifndef CCK_ACCESS_WINDOW /* fuzz targets have smaller ones */
#define CCK_ACCESS_WINDOW 4096
#endif

enum {
    NONE = UINT32_MAX,
    WINDOW = CCK_ACCESS_WINDOW, /* bytes of a long function that are analysed at once */
    LONGEST = 16 * WINDOW,      /* of one that is analysed as a whole */
    FARTHEST = 16 << 20,        /* into a function that is decoded */
    MOST_VISITS = 12            /* of a block; pointers settle in two or three */
};

/* Decode [start, end). */
static bool decode(cck_analysis *analysis)
{
    ZydisDecodedInstruction instruction;
    ZydisDecoderContext context;
    size_t size = analysis->end - analysis->start, capacity = 0;
    for (size_t at = 0; at < size;) {
        if (analysis->code_count == capacity) {
            capacity = capacity ? capacity * 2 : size / 4 + 1;
            cck_code *code = reallocarray(analysis->code, capacity, sizeof *code);
            if (!code)
                return false;
            analysis->code = code;
        }
        bool good = ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
            analysis->decoder, &context, analysis->bytes + at, size - at, &instruction));
        unsigned length = good ? instruction.length : 1;
        analysis->code[analysis->code_count++] =
            (cck_code){.at = (uint32_t)at, .length = (uint8_t)length};
        at += length;
    }
    return analysis->code_count > 0;
}

size_t cck_analysis_from(const cck_analysis *analysis, uint64_t address)
{
    size_t low = 0, high = analysis->code_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (analysis->start + analysis->code[middle].at < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t code_at(const cck_analysis *analysis, uint64_t address)
{
    size_t code = cck_analysis_from(analysis, address);
    bool there =
        code < analysis->code_count && analysis->start + analysis->code[code].at == address;
    return there ? code : SIZE_MAX;
}

/* How control goes on after an instruction. */
typedef struct cck_flow {
    bool ends;       /* a block */
    bool falls;      /* to the next instruction too */
    bool anywhere;   /* through a register or a table */
    uint64_t target; /* 0: none known */
} cck_flow;

static cck_flow flow_of(const cck_analysis *analysis, size_t code)
{
    ZydisDecodedInstruction instruction;
    ZydisDecoderContext context;
    ZydisDecodedOperand operand;
    const cck_code *at = &analysis->code[code];
    cck_flow flow = {.falls = true};
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
            analysis->decoder, &context, analysis->bytes + at->at, at->length, &instruction)))
        return (cck_flow){.ends = true};
    switch (instruction.meta.category) {
    case ZYDIS_CATEGORY_COND_BR:
        flow.ends = true;
        break;
    case ZYDIS_CATEGORY_UNCOND_BR:
        flow = (cck_flow){.ends = true};
        break;
    case ZYDIS_CATEGORY_RET:
        return (cck_flow){.ends = true};
    default:
        if (instruction.mnemonic == ZYDIS_MNEMONIC_UD2 ||
            instruction.mnemonic == ZYDIS_MNEMONIC_HLT)
            return (cck_flow){.ends = true};
        return flow;
    }
    ZyanU64 target;
    if (ZYAN_SUCCESS(
            ZydisDecoderDecodeOperands(analysis->decoder, &context, &instruction, &operand, 1)) &&
        operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
        ZYAN_SUCCESS(
            ZydisCalcAbsoluteAddress(&instruction, &operand, analysis->start + at->at, &target)))
        flow.target = target;
    flow.anywhere = flow.target == 0;
    return flow;
}

static bool find_blocks(cck_analysis *analysis)
{
    size_t count = analysis->code_count, blocks = 0;
    cck_flow *flows = calloc(count, sizeof *flows);
    if (!flows)
        return false;
    analysis->code[0].leader = true;
    for (size_t i = 0; i < count; i++) {
        flows[i] = flow_of(analysis, i);
        size_t target = flows[i].target ? code_at(analysis, flows[i].target) : SIZE_MAX;
        if (target != SIZE_MAX)
            analysis->code[target].leader = true;
        if (flows[i].ends && i + 1 < count)
            analysis->code[i + 1].leader = true;
    }
    for (size_t i = 0; i < count; i++) {
        blocks += analysis->code[i].leader;
        analysis->code[i].block = (uint32_t)blocks - 1;
    }
    analysis->blocks = cck_arena_array(&analysis->arena, blocks, sizeof *analysis->blocks);
    analysis->block_count = analysis->blocks ? blocks : 0;
    for (size_t i = 0; i < count && analysis->blocks; i++) {
        cck_block *block = &analysis->blocks[analysis->code[i].block];
        if (analysis->code[i].leader)
            *block = (cck_block){.first = (uint32_t)i, .next = {NONE, NONE}};
        block->count++;
        if (i + 1 < count && !analysis->code[i + 1].leader)
            continue;
        size_t target = flows[i].target ? code_at(analysis, flows[i].target) : SIZE_MAX;
        if (flows[i].falls && i + 1 < count)
            block->next[0] = analysis->code[i + 1].block;
        if (target != SIZE_MAX)
            block->next[1] = analysis->code[target].block;
        block->jumps = flows[i].anywhere;
    }
    for (size_t i = 0; i < analysis->block_count; i++)
        for (int j = 0; j < 2; j++)
            if (analysis->blocks[i].next[j] != NONE)
                analysis->blocks[analysis->blocks[i].next[j]].reached = true;
    free(flows);
    return analysis->block_count > 0;
}

static const cck_value *slot_of(const cck_state *state, int64_t offset)
{
    for (size_t i = 0; i < state->slot_count; i++)
        if (state->slots[i].offset == offset)
            return &state->slots[i].value;
    return NULL;
}

/* The frame: a slot that one path never wrote is what the other path left there. */
static bool flow_slots(cck_analysis *analysis, cck_state *in, const cck_state *state, bool tired)
{
    bool changed = state->crowded && !in->crowded;
    in->crowded |= state->crowded;
    for (size_t i = 0; i < in->slot_count; i++) {
        cck_slot *slot = &in->slots[i];
        const cck_value *other = slot_of(state, slot->offset);
        cck_value merged = slot->value;
        if (other)
            merged = cck_value_merge(analysis, slot->value, *other);
        else if (in->crowded)
            merged = cck_value_unknown();
        if (cck_value_same(&merged, &slot->value))
            continue;
        slot->value = tired ? cck_value_unknown() : merged;
        changed = true;
    }
    for (size_t i = 0; i < state->slot_count && !in->crowded; i++) {
        if (slot_of(in, state->slots[i].offset))
            continue;
        changed = true;
        if (in->slot_count < CCK_ACCESS_SLOTS)
            in->slots[in->slot_count++] = state->slots[i];
        else
            in->crowded = true;
    }
    return changed;
}

/* Merge what is known at the end of a block into another's beginning. */
static bool flow_into(cck_analysis *analysis, cck_block *block, const cck_state *state)
{
    bool changed = false, tired = block->visits >= MOST_VISITS;
    if (!block->in) {
        block->in = cck_arena_alloc(&analysis->arena, sizeof *block->in);
        if (block->in)
            *block->in = *state;
        return block->in != NULL;
    }
    for (int i = 0; i < CCK_ACCESS_REGISTERS; i++) {
        cck_value *value = &block->in->registers[i];
        cck_value merged = cck_value_merge(analysis, *value, state->registers[i]);
        if (cck_value_same(&merged, value))
            continue;
        *value = tired ? cck_value_unknown() : merged;
        changed = true;
    }
    return flow_slots(analysis, block->in, state, tired) || changed;
}

static void run_block(cck_analysis *analysis, const cck_block *block, cck_state *state)
{
    *state = *block->in;
    for (uint32_t i = 0; i < block->count; i++)
        cck_analysis_step(analysis, state, block->first + i);
}

/* A jump through a table goes to blocks that nothing else leads to. */
static bool flow_anywhere(cck_analysis *analysis, size_t from, const cck_state *state)
{
    bool backwards = false;
    for (size_t i = 1; i < analysis->block_count; i++) {
        cck_block *block = &analysis->blocks[i];
        if (block->reached || !flow_into(analysis, block, state))
            continue;
        block->queued = true;
        backwards |= i <= from;
    }
    return backwards;
}

/* Run blocks until nothing changes. Those at lower addresses go first, which for compilers'
 * code is near the order in which they run. */
static void settle(cck_analysis *analysis)
{
    bool again = true;
    cck_state state;
    while (again) {
        again = false;
        for (size_t i = 0; i < analysis->block_count; i++) {
            cck_block *block = &analysis->blocks[i];
            if (!block->queued || !block->in)
                continue;
            block->queued = false;
            block->visits++;
            run_block(analysis, block, &state);
            if (block->jumps)
                again |= flow_anywhere(analysis, i, &state);
            for (int j = 0; j < 2; j++) {
                if (block->next[j] == NONE)
                    continue;
                cck_block *next = &analysis->blocks[block->next[j]];
                if (!flow_into(analysis, next, &state))
                    continue;
                next->queued = true;
                again |= block->next[j] <= i;
            }
        }
    }
}

/* What is known where no path leads: where the frame is. */
static void enter(cck_analysis *analysis, cck_block *block, bool function)
{
    int dwarf_register;
    int64_t offset;
    uint64_t address = analysis->start + analysis->code[block->first].at;
    block->in = cck_arena_alloc(&analysis->arena, sizeof *block->in);
    if (!block->in)
        return;
    block->queued = true;
    for (int i = 0; i < CCK_ACCESS_REGISTERS; i++)
        block->in->registers[i] = cck_value_unknown();
    cck_value frame = {.kind = CCK_VALUE_FRAME, .offset = -(int64_t)sizeof(uint64_t)};
    for (int i = 0; i < CCK_ACCESS_REGISTERS && function; i++)
        block->in->registers[i] = (cck_value){.kind = CCK_VALUE_ENTRY, .offset = i};
    if (function)
        block->in->registers[CCK_ACCESS_RSP] = frame;
    if (!cck_debug_cfa(analysis->module, address, &dwarf_register, &offset))
        return;
    int reg = cck_register_of_dwarf((unsigned)dwarf_register);
    frame.offset = -offset;
    if (reg >= 0)
        block->in->registers[reg] = frame;
}

static bool is_entry(cck_debug_module *module, uint64_t start)
{
    const cck_scope *scope = cck_debug_scope_at(module, start);
    for (unsigned i = 0; i < CCK_DIE_CHAIN && scope && scope->kind != CCK_SCOPE_FUNCTION; i++)
        scope = cck_scope_parent(scope);
    Dwarf_Addr entry;
    Dwarf_Die die;
    if (!scope)
        return true;
    die = scope->die;
    return dwarf_entrypc(&die, &entry) != 0 || entry + module->bias == start;
}

static void analyse(cck_analysis *analysis)
{
    bool entry = analysis->whole && is_entry(analysis->module, analysis->start);
    cck_state state;
    cck_analysis_variables(analysis);
    enter(analysis, &analysis->blocks[0], entry);
    settle(analysis);
    for (size_t i = 0; i < analysis->block_count; i++) {
        if (analysis->blocks[i].in)
            continue;
        enter(analysis, &analysis->blocks[i], false);
        settle(analysis);
    }
    analysis->recording = true;
    for (size_t i = 0; i < analysis->block_count; i++)
        if (analysis->blocks[i].in)
            run_block(analysis, &analysis->blocks[i], &state);
}

/* Who asks knows where a call returns to, and so its last byte rather than its first. */
static void find_ends(const cck_analysis *analysis, cck_accessed_function *out)
{
    for (size_t i = 0; i < out->made_count; i++) {
        cck_made *made = &out->made[i];
        size_t low = 0, high = analysis->code_count;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (analysis->start + analysis->code[middle].at <= made->address)
                low = middle + 1;
            else
                high = middle;
        }
        made->end = made->address + (low ? analysis->code[low - 1].length : 1);
    }
}

/* Make room for what is found, and find it. */
static cck_accessed_function *analyse_range(cck_debug_module *module, uint64_t start, uint64_t end,
                                            const uint8_t *bytes, bool whole)
{
    cck_analysis analysis = {.module = module,
                             .decoder = &module->accesses->decoder,
                             .bytes = bytes,
                             .start = start,
                             .end = end,
                             .whole = whole};
    cck_accessed_function *out = cck_arena_alloc(&module->arena, sizeof *out);
    if (!out)
        return NULL;
    *out = (cck_accessed_function){.start = start, .end = end};
    analysis.out = out;
    bool decoded = decode(&analysis);
    size_t count = analysis.code_count ? analysis.code_count : 1;
    out->accesses = calloc(count, sizeof *out->accesses);
    out->made = calloc(count, sizeof *out->made);
    analysis.made_capacity = count;
    if (decoded && out->accesses && out->made && find_blocks(&analysis))
        analyse(&analysis);
    for (size_t i = 0; i < out->access_count; i++)
        out->accesses[i].value.from = NULL; /* it goes with the analysis */
    find_ends(&analysis, out);
    cck_access *kept = cck_arena_array(&module->arena, out->access_count, sizeof *kept);
    cck_made *made = cck_arena_array(&module->arena, out->made_count, sizeof *made);
    if (kept && out->access_count)
        memcpy(kept, out->accesses, out->access_count * sizeof *kept);
    if (made && out->made_count)
        memcpy(made, out->made, out->made_count * sizeof *made);
    free(out->accesses);
    free(out->made);
    out->accesses = kept;
    out->made = made;
    out->access_count = kept ? out->access_count : 0;
    out->made_count = made ? out->made_count : 0;
    free(analysis.code);
    free(analysis.seeds);
    free(analysis.variables);
    cck_arena_clear(&analysis.arena);
    return out;
}

/* The first instruction at or behind `wanted`, decoding from the function's start. */
static size_t boundary(const ZydisDecoder *decoder, const uint8_t *bytes, size_t size,
                       size_t wanted)
{
    ZydisDecodedInstruction instruction;
    ZydisDecoderContext context;
    size_t at = 0;
    while (at < wanted && at < size) {
        bool good = ZYAN_SUCCESS(
            ZydisDecoderDecodeInstruction(decoder, &context, bytes + at, size - at, &instruction));
        at += good ? instruction.length : 1;
    }
    return at < size ? at : size;
}

static struct cck_accesses *accesses_of(cck_debug_module *module)
{
    GElf_Ehdr header;
    if (module->accesses)
        return module->accesses;
    if (!module->elf || !gelf_getehdr(module->elf, &header) || header.e_machine != EM_X86_64)
        return NULL;
    struct cck_accesses *accesses = cck_arena_alloc(&module->arena, sizeof *accesses);
    if (!accesses || !ZYAN_SUCCESS(ZydisDecoderInit(&accesses->decoder, ZYDIS_MACHINE_MODE_LONG_64,
                                                    ZYDIS_STACK_WIDTH_64)))
        return NULL;
    module->accesses = accesses;
    return accesses;
}

void cck_accesses_clear(cck_debug_module *module)
{
    if (!module->accesses)
        return;
    cck_map_clear(&module->accesses->functions);
    cck_map_clear(&module->accesses->windows);
    module->accesses = NULL;
}

const cck_accessed_function *cck_accessed_function_at(cck_debug_module *module, uint64_t address)
{
    struct cck_accesses *accesses = accesses_of(module);
    const char *name;
    uint64_t start, size;
    size_t length;
    if (!accesses || !cck_debug_function(module, address, &name, &start, &size) || size == 0)
        return NULL;
    bool whole = size <= LONGEST;
    cck_map *map = whole ? &accesses->functions : &accesses->windows;
    uint64_t key = whole ? start : address / WINDOW;
    cck_accessed_function *known = cck_map_get(map, key);
    if (known && address >= known->start && address < known->end)
        return known;
    const uint8_t *bytes = cck_debug_code(module, start, &length);
    if (!bytes || address - start >= FARTHEST || address - start >= length)
        return NULL;
    length = length < size ? length : (size_t)size;
    size_t from = 0, to = length;
    if (!whole) {
        uint64_t low = address / WINDOW * WINDOW;
        uint64_t before = low > start + WINDOW ? low - WINDOW - start : 0;
        from = boundary(&accesses->decoder, bytes, length, (size_t)before);
        to = length - from > 3 * (size_t)WINDOW ? from + 3 * (size_t)WINDOW : length;
    }
    known = analyse_range(module, start + from, start + to, bytes + from, from == 0);
    if (known)
        cck_map_put(map, key, known);
    return known;
}
