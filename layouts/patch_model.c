/* SPDX-License-Identifier: MIT */
/* Where members would be if some of them were aligned. */
#include "layouts/patch_plan.h"

uint64_t cck_plan_up(uint64_t offset, uint64_t align)
{
    return align > 1 ? (offset + align - 1) / align * align : offset;
}

static uint32_t align_of(const cck_member *member)
{
    uint32_t align = member->align > member->type->align ? member->align : member->type->align;
    return align && member->offset % align == 0 ? align : 1;
}

/* Members in order; what shares bytes with the one before moves with it. Returns the size. */
uint64_t cck_plan_lay_out(cck_plan_state *state, size_t most)
{
    const cck_type *record = state->record;
    uint64_t cursor = 0, old_end = 0;
    uint32_t largest = record->align ? record->align : 1;
    for (size_t i = 0; i < record->member_count && i <= most; i++) {
        const cck_member *member = &record->members[i];
        uint64_t size = member->type->size;
        if (i && member->offset < old_end) {
            state->offsets[i] = state->offsets[i - 1] + member->offset - member[-1].offset;
        } else {
            uint32_t align = align_of(member);
            if (state->aligned[i] && align < state->context->line)
                align = state->context->line;
            largest = align > largest ? align : largest;
            state->offsets[i] = cck_plan_up(cursor, align);
        }
        if (state->offsets[i] + size > cursor)
            cursor = state->offsets[i] + size;
        if (member->offset + size > old_end)
            old_end = member->offset + size;
    }
    return cck_plan_up(cursor, largest);
}

bool cck_plan_share_line(const cck_plan_state *state, size_t a, size_t b)
{
    uint64_t line = state->context->line;
    uint64_t first = state->offsets[a], second = state->offsets[b];
    uint64_t first_end = first + state->record->members[a].type->size;
    uint64_t second_end = second + state->record->members[b].type->size;
    return first / line <= (second_end - 1) / line && second / line <= (first_end - 1) / line;
}
