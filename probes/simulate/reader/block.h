/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_BLOCK_H
#define CCK_SIMULATE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "probes/simulate/reader/source.h"

/**
 * Blocks of code as the tool translated them, checked once and laid out for the loop
 * that runs through billions of them.
 */

/* An event as in the trace, without what is never needed. */
typedef struct cck_step {
    uint8_t kind, flags; /* cck_event_kind, CCK_EVENT_* */
    uint16_t size, offset, instruction;
} cck_step;

/* A memory event. */
typedef struct cck_data_step {
    uint16_t last;  /* size - 1 */
    uint8_t writes; /* 1: needs the line modified */
    uint8_t kind;   /* cck_event_kind */
    uint16_t event; /* index into the block's steps */
    uint8_t flags;
} cck_data_step;

enum {
    CCK_SPECIAL_CUTS = 1,    /* may end in its middle */
    CCK_SPECIAL_CAREFUL = 2, /* guarded events, too many, or ones too large for the filter */
    CCK_SPECIAL_STARTS = 4,  /* simulation starts here */

    CCK_BLOCK_DATA_PLAIN = 64, /* memory events of a block; those with more are CAREFUL */
};

/* 64 bytes; what each run of the block needs comes first. */
typedef struct cck_code_block {
    uint64_t address;
    uint64_t first_line; /* of `lines` that are fetched */
    uint64_t last_line;  /* if these are one or two, and it is not special; else one that nobody
                          * ever fetches */
    const cck_data_step *data;
    uint16_t lines;
    uint16_t instructions, data_count;
    uint8_t end;                    /* cck_block_end */
    uint8_t special;                /* CCK_SPECIAL_*; 0: nothing */

    uint32_t bytes;
    const cck_step *steps;
    uint16_t step_count;
    uint16_t loads, stores, atomics;
} cck_code_block;

typedef struct cck_blocks {
    cck_code_block *list;
    size_t count, capacity;
    cck_arena arena;
    unsigned line_bits; /* of the model's lines */
} cck_blocks;

/** Take in a span of kind CCK_SPAN_BLOCK. CCK_EFORMAT, CCK_ELIMIT, CCK_ENOMEM. */
int cck_blocks_add(cck_blocks *blocks, const cck_span *span, cck_error *err);

/** Offset of an instruction in its block: that of the nearest event at or before it. */
uint16_t cck_block_offset(const cck_code_block *block, unsigned instruction);

void cck_blocks_clear(cck_blocks *blocks);

#endif
