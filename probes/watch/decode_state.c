/* SPDX-License-Identifier: MIT */
#include "probes/watch/decode_internal.h"

void cck_state_init(cck_state *state)
{
    for (int i = 0; i < CCK_REGISTERS; i++)
        state->registers[i] = (cck_content){.from = (int8_t)i};
}

/* A pointer from the frame: what it is can be had from there, later and from outside. */
static void reload(cck_state *state, const cck_state *before, const cck_instruction *instruction)
{
    const cck_content *frame = &before->registers[instruction->frame];
    if (frame->from >= 0 && !frame->through)
        state->registers[instruction->reloaded] = (cck_content){
            .from = frame->from, .through = true, .slot = frame->add + instruction->slot};
}

void cck_state_apply(cck_state *state, const cck_instruction *instruction)
{
    cck_state before = *state;
    for (int i = 0; i < CCK_REGISTERS; i++)
        if (instruction->clobbered >> i & 1)
            state->registers[i] = (cck_content){.from = CCK_UNKNOWN};
    if (instruction->reloads)
        reload(state, &before, instruction);
    for (size_t i = 0; i < instruction->effect_count; i++) {
        const cck_effect *effect = &instruction->effects[i];
        cck_content content = {.from = CCK_NO_REGISTER};
        if (effect->from >= 0)
            content = before.registers[effect->from];
        content.add += effect->add;
        state->registers[effect->to] = content;
    }
}

/*
 * A register that was written held something else before; what it was made of held then
 * what can be had from the result. After `mov %rax,%rbx` rax can be told by rbx, too.
 */
void cck_state_undo(cck_state *state, const cck_instruction *instruction)
{
    cck_state after = *state;
    uint32_t written = instruction->clobbered;
    for (size_t i = 0; i < instruction->effect_count; i++)
        written |= 1U << instruction->effects[i].to;
    for (int i = 0; i < CCK_REGISTERS; i++)
        if (written >> i & 1)
            state->registers[i].from = CCK_UNKNOWN;
    for (size_t i = 0; i < instruction->effect_count; i++) {
        const cck_effect *effect = &instruction->effects[i];
        if (effect->from < 0 || state->registers[effect->from].from != CCK_UNKNOWN ||
            after.registers[effect->to].from == CCK_UNKNOWN)
            continue;
        cck_content content = after.registers[effect->to];
        content.add -= effect->add;
        state->registers[effect->from] = content;
    }
}

bool cck_state_place(const cck_state *state, const cck_operand *operand, cck_place *out_place)
{
    cck_content base = {.from = CCK_NO_REGISTER}, index = base;
    if (operand->base >= 0)
        base = state->registers[operand->base];
    if (operand->index >= 0)
        index = state->registers[operand->index];
    if (base.from == CCK_UNKNOWN || index.from == CCK_UNKNOWN || index.through)
        return false;
    out_place->displacement = operand->displacement + base.add;
    out_place->base = base.from;
    out_place->index = index.from;
    out_place->index_add = index.add;
    out_place->scale = operand->scale;
    out_place->size = operand->size;
    out_place->flags = operand->flags | (base.through ? CCK_THROUGH : 0);
    out_place->slot = base.slot;
    return true;
}
