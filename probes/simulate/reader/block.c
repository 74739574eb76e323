/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/block.h"

#include <stdlib.h>

#include "core/base/fail.h"
#include "core/base/grow.h"

enum {
    BLOCKS_MOST = 1 << 21,  /* far more than Valgrind's translation table holds */
    SIZE_MOST = 4096,       /* bytes of an access */
    QUICK_MOST = 112,       /* that every filter can tell of: 7 lines of 16 bytes */
    HEAD_WORDS = sizeof(cck_block) / 8,
    EVENT_WORDS = sizeof(cck_event) / 8,
};

/* Also what bounds the memory that damage can take. */
static const size_t bytes_most = (size_t)1 << 30;

static int damaged(const cck_span *span, const char *what, cck_error *err)
{
    return cck_fail(err, CCK_EFORMAT, "the trace's block %u is damaged: %s", span->thread, what);
}

static const char *step_fault(const cck_event *event, const cck_block *head, unsigned previous)
{
    if (event->kind < CCK_EVENT_FETCH || event->kind > CCK_EVENT_MODIFY)
        return "an event of unknown kind";
    if (!event->size || event->size > SIZE_MOST)
        return "an event of impossible size";
    if (event->instruction >= head->instructions || event->instruction < previous)
        return "an event of an instruction that is not there";
    if (event->offset >= head->bytes)
        return "an event outside of its code";
    return NULL;
}

static void note_data(cck_code_block *block, cck_data_step *to, const cck_step *step, size_t event)
{
    block->data_count++;
    *to = (cck_data_step){.last = (uint16_t)(step->size - 1),
                          .writes = step->kind != CCK_EVENT_LOAD,
                          .kind = step->kind,
                          .event = (uint16_t)event,
                          .flags = step->flags};
    block->loads += step->kind != CCK_EVENT_STORE;
    block->stores += step->kind == CCK_EVENT_STORE;
    block->atomics += !!(step->flags & CCK_EVENT_ATOMIC);
    if (step->flags & CCK_EVENT_GUARDED || step->size > QUICK_MOST)
        block->special |= CCK_SPECIAL_CAREFUL;
}

static void note_fetch(cck_code_block *block, const cck_step *step, unsigned line_bits)
{
    uint64_t address = block->address + step->offset;
    uint64_t first = address >> line_bits, last = (address + step->size - 1) >> line_bits;
    uint64_t end = block->first_line + block->lines;
    if (!block->lines || first < block->first_line)
        block->first_line = first;
    if (!block->lines || last >= end)
        end = last + 1;
    block->lines = (uint16_t)(end - block->first_line);
}

static int fill(cck_blocks *blocks, cck_code_block *block, const cck_block *head,
                const cck_span *span, cck_error *err)
{
    cck_step *steps = cck_arena_array(&blocks->arena, head->events, sizeof *steps);
    cck_data_step *data = cck_arena_array(&blocks->arena, head->memory_events, sizeof *data);
    if (!steps || !data)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    unsigned previous = 0;
    for (size_t i = 0; i < head->events; i++) {
        cck_event event;
        cck_words_copy(&event, span->words + HEAD_WORDS + i * EVENT_WORDS, EVENT_WORDS);
        const char *fault = step_fault(&event, head, previous);
        if (!fault && event.kind != CCK_EVENT_FETCH && block->data_count == head->memory_events)
            fault = "more memory events than it says";
        if (fault)
            return damaged(span, fault, err);
        previous = event.instruction;
        steps[i] =
            (cck_step){event.kind, event.flags, event.size, event.offset, event.instruction};
        if (event.kind == CCK_EVENT_FETCH)
            note_fetch(block, &steps[i], blocks->line_bits);
        else
            note_data(block, &data[block->data_count], &steps[i], i);
    }
    if (block->data_count != head->memory_events)
        return damaged(span, "fewer memory events than it says", err);
    if (block->data_count > CCK_BLOCK_DATA_PLAIN)
        block->special |= CCK_SPECIAL_CAREFUL;
    bool few = block->lines == 1 || block->lines == 2;
    bool plain = few && !block->special;
    block->last_line = plain ? block->first_line + block->lines - 1 : UINT64_MAX - 1;
    block->steps = steps;
    block->data = data;
    return 0;
}

int cck_blocks_add(cck_blocks *blocks, const cck_span *span, cck_error *err)
{
    cck_block head;
    if (span->thread != blocks->count)
        return damaged(span, "its number is out of turn", err);
    if (blocks->count == BLOCKS_MOST || blocks->arena.used > bytes_most)
        return cck_fail(err, CCK_ELIMIT, "the program has too much code to simulate");
    if (span->length < HEAD_WORDS)
        return damaged(span, "it is cut off", err);
    cck_words_copy(&head, span->words, HEAD_WORDS);
    if (span->length < HEAD_WORDS + (uint32_t)head.events * EVENT_WORDS)
        return damaged(span, "its events are cut off", err);
    if (head.end > CCK_END_SYSCALL || head.address >> 62 || !head.bytes || !head.instructions)
        return damaged(span, "its head is impossible", err);
    if (!cck_grow((void **)&blocks->list, &blocks->capacity, blocks->count, sizeof *blocks->list))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_code_block block = {.address = head.address,
                            .bytes = head.bytes,
                            .instructions = head.instructions,
                            .step_count = head.events,
                            .end = head.end,
                            .special = head.flags & CCK_BLOCK_CUTS ? CCK_SPECIAL_CUTS : 0};
    int status = fill(blocks, &block, &head, span, err);
    if (status < 0)
        return status;
    blocks->list[blocks->count++] = block;
    return 0;
}

uint16_t cck_block_offset(const cck_code_block *block, unsigned instruction)
{
    uint16_t offset = 0;
    for (size_t i = 0; i < block->step_count && block->steps[i].instruction <= instruction; i++)
        if (block->steps[i].offset > offset)
            offset = block->steps[i].offset;
    return offset;
}

void cck_blocks_clear(cck_blocks *blocks)
{
    cck_arena_clear(&blocks->arena);
    /* The list is plain memory, like the arrays beside it. */
    void *list = blocks->list;
    *blocks = (cck_blocks){.line_bits = blocks->line_bits};
    free(list);
}
