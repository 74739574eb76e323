/* SPDX-License-Identifier: MIT */
#include "probes/counters/ledger.h"

#include <stdio.h>

#include <cachecheck/error.h>

/* The books are closed: what the READ records left over goes to the thread that
 * has none, or to a row of its own. */

typedef struct rest_row {
    cck_ledger_cell *cells; /* one a slot */
    uint32_t threads, alive;
    bool any;
} rest_row;

static uint32_t open_copies(const cck_ledger *ledger, size_t slot)
{
    uint32_t copies = 0;
    for (size_t copy = 0; copy < ledger->copy_count; copy++)
        copies += cck_ledger_copy_of(ledger, slot, copy)->open;
    return copies;
}

/* What a slot's descriptors counted and no READ told. */
static cck_tally_count leftover(const cck_ledger *ledger, size_t slot)
{
    cck_tally_count left = {0};
    for (size_t i = 0; i < ledger->copy_count; i++) {
        const cck_ledger_copy *copy = cck_ledger_copy_of(ledger, slot, i);
        left.raw += copy->total.raw - copy->reads.raw;
        if (copy->total.running > copy->reads.running)
            left.running += copy->total.running - copy->reads.running;
        uint64_t enabled = copy->total.enabled > copy->reads.enabled
                               ? copy->total.enabled - copy->reads.enabled
                               : 0;
        if (copy->open && (left.enabled == 0 || enabled < left.enabled))
            left.enabled = enabled;
    }
    return left;
}

/* Exactly one thread lacks its records: what is left is its own. */
static void hand_over(cck_ledger *ledger, size_t slot, cck_ledger_thread *heir)
{
    cck_tally_count left = leftover(ledger, slot);
    cck_ledger_cell *cell = &heir->cells[slot];
    cell->raw += left.raw;
    cell->running += left.running;
    if (left.enabled > cell->enabled)
        cell->enabled = left.enabled;
    cell->reads = open_copies(ledger, slot);
    bool told = (int)slot == ledger->clock && !ledger->flat;
    for (size_t cpu = 0; told && cpu < ledger->cpu_count; cpu++) {
        const cck_ledger_copy *copy = cck_ledger_copy_of(ledger, slot, cpu);
        if (copy->total.running > copy->reads.running)
            cck_ledger_ran(ledger, heir, ledger->cpus[cpu],
                           copy->total.running - copy->reads.running);
    }
}

/* Several lack theirs: nobody can tell them apart, so none of them has a count. */
static void pool(cck_ledger *ledger, size_t slot, rest_row *rest)
{
    uint32_t copies = open_copies(ledger, slot), threads = 0, alive = 0;
    cck_tally_count left = leftover(ledger, slot);
    cck_ledger_cell *cell = &rest->cells[slot];
    *cell = (cck_ledger_cell){left.raw, left.enabled, left.running, copies};
    for (size_t i = 0; i < ledger->thread_count; i++) {
        cck_ledger_thread *thread = ledger->threads[i];
        cck_ledger_cell *part = &thread->cells[slot];
        if (part->reads >= copies)
            continue;
        cell->raw += part->raw;
        cell->running += part->running;
        cell->enabled += part->enabled;
        *part = (cck_ledger_cell){0};
        threads++;
        alive += !thread->ended;
    }
    rest->any = true;
    if (threads > rest->threads)
        rest->threads = threads;
    if (alive > rest->alive)
        rest->alive = alive;
}

static void settle_slot(cck_ledger *ledger, size_t slot, rest_row *rest)
{
    uint32_t copies = open_copies(ledger, slot), missing = 0;
    cck_ledger_thread *heir = NULL;
    for (size_t i = 0; i < ledger->thread_count; i++) {
        if (ledger->threads[i]->cells[slot].reads >= copies)
            continue;
        heir = ledger->threads[i];
        missing++;
    }
    cck_tally_count left = leftover(ledger, slot);
    if (missing == 1)
        hand_over(ledger, slot, heir);
    else if (missing > 1 || left.raw > 0)
        pool(ledger, slot, rest);
}

/* Events of all CPUs tell how long a thread ran, but not where. Samples (or SWITCH
 * records) are of another clock and end before the thread does: what they lack was
 * where it ended, which is all of it for a thread that never moved. */
static void settle_residency(cck_ledger *ledger, cck_ledger_thread *thread)
{
    const cck_ledger_cell *cell = &thread->cells[ledger->clock];
    uint64_t known = 0, ran = ledger->clock_exact ? cell->running : cell->enabled;
    if (cell->reads < open_copies(ledger, (size_t)ledger->clock))
        return;
    for (uint32_t i = 0; i < thread->cpu_count; i++)
        known += thread->cpus[i].ns;
    if (known < ran && thread->last >= 0)
        cck_ledger_ran(ledger, thread, (uint32_t)thread->last, ran - known);
    if (known <= ran)
        return;
    uint64_t left = ran;
    for (uint32_t i = 0; i < thread->cpu_count; i++) {
        uint64_t part = (uint64_t)((double)thread->cpus[i].ns * (double)ran / (double)known);
        part = part < left ? part : left;
        thread->cpus[i].ns = i + 1 < thread->cpu_count ? part : left;
        left -= part;
    }
}

/* ---- into the tally ------------------------------------------------------- */

/* 1/1 is "counted all the time": for what cannot be multiplexed. */
static cck_tally_count always(uint64_t raw)
{
    return (cck_tally_count){raw, 1, 1};
}

static cck_tally_count column_count(const cck_column *column, uint64_t raw, uint64_t enabled,
                                    uint64_t running)
{
    if (column->source == CCK_COLUMN_TIME)
        return always(running);
    /* Never on a CPU while it was counted: zero, and surely so. */
    if (column->exact || (enabled == 0 && running == 0))
        return always(raw);
    return (cck_tally_count){raw, enabled > running ? enabled : running, running};
}

/* How long the slot's event could have counted, given the clock slot's running time. */
static uint64_t possible(const cck_ledger *ledger, uint64_t clock_running, uint64_t enabled)
{
    return ledger->clock >= 0 && ledger->clock_exact && !ledger->flat ? clock_running : enabled;
}

static uint64_t possible_in(const cck_ledger *ledger, const cck_ledger_cell *cells,
                            const cck_ledger_cell *cell)
{
    return possible(ledger, ledger->clock >= 0 ? cells[ledger->clock].running : 0, cell->enabled);
}

static cck_tally_count of_thread(const cck_ledger *ledger, const cck_column *column,
                                 const cck_ledger_thread *thread)
{
    if (column->source == CCK_COLUMN_SWITCHES)
        return always(thread->switches);
    if (column->source == CCK_COLUMN_MIGRATIONS)
        return always(thread->migrations);
    if (column->source == CCK_COLUMN_NONE)
        return (cck_tally_count){0};
    const cck_ledger_cell *cell = &thread->cells[column->slot];
    if (cell->reads < open_copies(ledger, column->slot))
        return (cck_tally_count){0}; /* it is in the rest */
    return column_count(column, cell->raw, possible_in(ledger, thread->cells, cell), cell->running);
}

cck_tally_count cck_ledger_total(const cck_ledger *ledger, const cck_column *column)
{
    if (column->source == CCK_COLUMN_SWITCHES)
        return always(ledger->switches);
    if (column->source == CCK_COLUMN_MIGRATIONS)
        return always(ledger->migrations);
    if (column->source == CCK_COLUMN_NONE)
        return (cck_tally_count){0};
    cck_tally_count sum = cck_ledger_sum(ledger, column->slot, false);
    uint64_t clock = 0;
    if (ledger->clock >= 0)
        clock = cck_ledger_sum(ledger, (size_t)ledger->clock, false).running;
    return column_count(column, sum.raw, possible(ledger, clock, sum.enabled), sum.running);
}

static int put_thread(const cck_ledger *ledger, const cck_column *columns,
                      const cck_ledger_thread *from, cck_tally *tally)
{
    cck_tally_thread *row = cck_tally_add(tally, from->pid, from->tid);
    if (!row)
        return CCK_ENOMEM;
    snprintf(row->name, sizeof row->name, "%s", from->name);
    const cck_ledger_thread *leader = cck_ledger_find(ledger, from->pid);
    while (leader && leader->previous && leader->born > from->born)
        leader = leader->previous;
    if (leader)
        snprintf(row->process, sizeof row->process, "%s", leader->name);
    row->ended = from->ended;
    for (size_t i = 0; i < tally->event_count; i++)
        row->counts[i] = of_thread(ledger, &columns[i], from);
    for (uint32_t i = 0; i < from->cpu_count; i++)
        if (!cck_tally_ran(row, from->cpus[i].cpu, from->cpus[i].ns))
            return CCK_ENOMEM;
    return 0;
}

static int put_rest(const cck_ledger *ledger, const cck_column *columns, const rest_row *rest,
                    cck_tally *tally)
{
    char name[64];
    uint32_t n = rest->threads, alive = rest->alive;
    if (n > 0 && alive == n)
        snprintf(name, sizeof name, "still running: %u thread%s", n, n == 1 ? "" : "s");
    else if (ledger->lost || ledger->damaged)
        snprintf(name, sizeof name, "records lost: %u thread%s", n, n == 1 ? "" : "s");
    else
        snprintf(name, sizeof name, "not told apart: %u threads, %u still running", n, alive);
    cck_tally_thread *row = cck_tally_add_rest(tally, name, n);
    if (!row)
        return CCK_ENOMEM;
    for (size_t i = 0; i < tally->event_count; i++) {
        if (columns[i].source == CCK_COLUMN_NONE)
            continue;
        const cck_ledger_cell *cell = &rest->cells[columns[i].slot];
        bool told = columns[i].source == CCK_COLUMN_COUNT || columns[i].source == CCK_COLUMN_TIME;
        row->counts[i] = told ? column_count(&columns[i], cell->raw,
                                             possible_in(ledger, rest->cells, cell), cell->running)
                              : always(0);
    }
    return 0;
}

/* Counts by CPU: the copies' own totals. A copy is enabled on every CPU, so how
 * long it could have counted here is what the clock slot says. */
static int put_cpu(const cck_ledger *ledger, const cck_column *columns, size_t cpu,
                   cck_tally *tally)
{
    uint64_t here = 0;
    if (ledger->clock >= 0)
        here = cck_ledger_copy_of(ledger, (size_t)ledger->clock, cpu)->total.running;
    bool any = here > 0;
    for (size_t slot = 0; slot < ledger->slot_count; slot++)
        any |= cck_ledger_copy_of(ledger, slot, cpu)->total.raw > 0;
    if (!any)
        return 0;
    cck_tally_core *row = cck_tally_core_of(tally, ledger->cpus[cpu]);
    if (!row)
        return CCK_ENOMEM;
    for (size_t i = 0; i < tally->event_count; i++) {
        if (columns[i].source != CCK_COLUMN_COUNT && columns[i].source != CCK_COLUMN_TIME)
            continue;
        const cck_tally_count *total = &cck_ledger_copy_of(ledger, columns[i].slot, cpu)->total;
        uint64_t enabled = here > total->running ? here : total->running;
        row->counts[i] = column_count(&columns[i], total->raw, enabled, total->running);
    }
    return 0;
}

static int put_all(const cck_ledger *ledger, const cck_column *columns, const rest_row *rest,
                   cck_tally *tally)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < ledger->thread_count; i++)
        code = put_thread(ledger, columns, ledger->threads[i], tally);
    if (code == 0 && rest->any)
        code = put_rest(ledger, columns, rest, tally);
    bool by_cpu = ledger->inherited && !ledger->flat;
    for (size_t cpu = 0; by_cpu && code == 0 && cpu < ledger->cpu_count; cpu++)
        code = put_cpu(ledger, columns, cpu, tally);
    return code;
}

int cck_ledger_settle(cck_ledger *ledger, const cck_column *columns, size_t column_count,
                      cck_tally *tally)
{
    rest_row rest = {
        .cells = cck_arena_array(&ledger->arena, ledger->slot_count + 1, sizeof *rest.cells)};
    if (!rest.cells || column_count != tally->event_count)
        return rest.cells ? CCK_EINTERNAL : CCK_ENOMEM;
    for (size_t slot = 0; ledger->inherited && slot < ledger->slot_count; slot++)
        settle_slot(ledger, slot, &rest);
    for (size_t i = 0; i < column_count; i++) {
        tally->not_counted[i] = columns[i].not_counted;
        tally->totals[i] = cck_ledger_total(ledger, &columns[i]);
    }
    for (size_t i = 0; ledger->flat && ledger->clock >= 0 && i < ledger->thread_count; i++)
        settle_residency(ledger, ledger->threads[i]);
    if (ledger->clock < 0 && !ledger->stays && ledger->inherited)
        tally->residency_unknown = "no event that could tell the time on each CPU was open";
    tally->lost_records = ledger->lost + ledger->damaged + ledger->malformed;
    tally->processes = ledger->processes;
    int code = put_all(ledger, columns, &rest, tally);
    return code == 0 && ledger->out_of_memory ? CCK_ENOMEM : code;
}
