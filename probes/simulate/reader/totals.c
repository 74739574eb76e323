/* SPDX-License-Identifier: MIT */
/*
 * Plain counts, from how often each block ran: the loop that runs them counts nothing
 * else. What did not happen, in blocks that were left early and of guarded accesses, is
 * taken off.
 */
#include <stdlib.h>

#include "probes/simulate/reader/process.h"

static void take_off_step(cck_thread_totals *totals, const cck_step *step, uint64_t times)
{
    if (step->kind == CCK_EVENT_FETCH)
        return;
    if (step->kind == CCK_EVENT_STORE)
        totals->stores -= times;
    else
        totals->loads -= times;
    if (step->flags & CCK_EVENT_ATOMIC)
        totals->atomics -= times;
}

static void take_off_cut(const cck_process *process, const cck_visit_cut *cut,
                         cck_thread_totals *all)
{
    const cck_visit *place = &process->places[cut->place];
    const cck_code_block *block = &process->blocks.list[place->block];
    cck_thread_totals *totals = &all[place->thread];
    totals->instructions -= cut->count * (uint64_t)(block->instructions - cut->instructions);
    for (unsigned i = cut->data; i < block->data_count; i++)
        take_off_step(totals, &block->steps[block->data[i].event], cut->count);
}

cck_thread_totals *cck_process_totals(const cck_process *process)
{
    cck_thread_totals *all = calloc(process->thread_count + 1, sizeof *all);
    if (!all)
        return NULL;
    for (size_t i = 0; i < process->place_count; i++) {
        const cck_visit *place = &process->places[i];
        const cck_code_block *block = &process->blocks.list[place->block];
        cck_thread_totals *totals = &all[place->thread];
        totals->instructions += place->count * block->instructions;
        totals->loads += place->count * block->loads;
        totals->stores += place->count * block->stores;
        totals->atomics += place->count * block->atomics;
    }
    for (size_t i = 0; i < process->cut_count; i++)
        take_off_cut(process, &process->cuts[i], all);
    for (size_t i = 0; i < process->cost_count; i++) {
        const cck_visit_cost *cost = &process->costs[i];
        const cck_visit *place = &process->places[cost->key >> 16];
        if (cost->absent)
            take_off_step(&all[place->thread],
                          &process->blocks.list[place->block].steps[cost->key & 0xffff],
                          cost->absent);
    }
    return all;
}
