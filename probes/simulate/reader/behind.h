/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_BEHIND_H
#define CCK_SIMULATE_BEHIND_H

#include "probes/simulate/reader/process.h"

/**
 * The model of a process of one thread, in a thread of its own behind the one that goes through
 * the blocks. What goes from one CPU to the other costs both: together they take a third more
 * than one alone, and each two thirds of it. So it is for machines with CPUs to spare.
 *
 * Who goes ahead leaves out what changes nothing, whatever the model holds: a use of the line
 * that was used last in its set, for a write of one that was written since. For that it has a
 * filter of its own, of what it sent. All else goes to the model in its order, so that the
 * result is the same to the bit. It does not wait for what came of it: of one thread, nothing
 * depends on how long an access took, and costs are wanted as sums only. So this ends when a
 * second thread comes, and is not begun where costs are wanted by place (plan->spots).
 */
typedef struct cck_behind cck_behind;

enum {
    CCK_BEHIND_CHUNK = 4096, /* words that change hands at once */
    CCK_BEHIND_CPUS = 4,
};

/* What whoever goes ahead needs at hand. */
struct cck_behind {
    uint64_t *open; /* the chunk that is being filled */
    size_t filled;
    cck_model_filter *filter;
    struct cck_behind_rest *rest;
};

/** Begin where that is possible and worth it. Nothing happens where it is not. */
void cck_behind_begin(cck_process *process);

/** Wait until all that was sent is done, and have the sums in the process and its thread. */
void cck_behind_wait(cck_process *process);

/** The same, and it is over. */
void cck_behind_end(cck_process *process);

/** Forget what was sent: memory is another. */
void cck_behind_forget(cck_process *process);

/** The model ran out of memory. */
bool cck_behind_is_exhausted(const cck_process *process);

/** Hand over the open chunk. */
void cck_behind_flush(cck_behind *behind);

/* An address of the program's that a word has room for. */
static inline bool cck_behind_holds(uint64_t address)
{
    return !(address >> 48);
}

static inline void cck_behind_put(cck_behind *behind, cck_access_kind kind, uint64_t address,
                                  uint32_t last)
{
    if (behind->filled == CCK_BEHIND_CHUNK)
        cck_behind_flush(behind);
    behind->open[behind->filled++] = address | (uint64_t)last << 48 | (uint64_t)kind << 60;
}

/** Have room for a plain block's accesses. */
static inline void cck_behind_make_room(cck_behind *behind)
{
    if (behind->filled > CCK_BEHIND_CHUNK - CCK_BLOCK_DATA_PLAIN)
        cck_behind_flush(behind);
}

/** Put it if it is `wanted`; there is room. */
static inline void cck_behind_offer(cck_behind *behind, cck_access_kind kind, uint64_t address,
                                    uint32_t last, bool wanted)
{
    behind->open[behind->filled] = address | (uint64_t)last << 48 | (uint64_t)kind << 60;
    behind->filled += wanted;
}

/** A load or store that the filter does not know. `last`: size - 1, up to 4095. */
static inline void cck_behind_data(cck_behind *behind, cck_access_kind kind, uint64_t address,
                                   uint32_t last)
{
    const cck_model_filter *filter = behind->filter;
    uint64_t line = address >> filter->line_bits, end = (address + last) >> filter->line_bits;
    cck_behind_put(behind, kind, address, last);
    for (; line <= end; line++) {
        uint64_t set = line & filter->data_mask;
        filter->load[set] = line;
        filter->store[set] = kind == CCK_ACCESS_LOAD ? UINT64_MAX : line;
    }
}

static inline void cck_behind_fetch(cck_behind *behind, uint64_t address, uint32_t last)
{
    const cck_model_filter *filter = behind->filter;
    uint64_t line = address >> filter->line_bits, end = (address + last) >> filter->line_bits;
    cck_behind_put(behind, CCK_ACCESS_FETCH, address, last);
    for (; line <= end; line++)
        filter->fetch[line & filter->fetch_mask] = line;
}

#endif
