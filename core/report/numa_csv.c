/* SPDX-License-Identifier: MIT */
/* Placement for spreadsheets: a line for each thread, mapping and total on each node. */
#include "core/base/table.h"
#include "core/numa/words.h"
#include "core/report/numa.h"
#include "core/result/words.h"

static const char *const titles[] = {
    "kind",   "pid",    "tid",         "name",       "start",       "end",     "node",
    "bytes",  "ran",    "remote",      "remote_low", "remote_high", "method",  "policy",
    "cpu_ns", "unknown",
};
enum { TITLES = sizeof titles / sizeof *titles };

static cck_cell known(int64_t number)
{
    return number > 0 ? cck_cell_count((uint64_t)number) : cck_cell_missing(NULL);
}

static cck_cell share(double number)
{
    return number >= 0 ? cck_cell_number(CCK_CELL_NUMBER, number) : cck_cell_missing(NULL);
}

static void put_line(FILE *out, const cck_cell cells[TITLES])
{
    for (size_t i = 0; i < TITLES; i++)
        cck_csv_cell(out, &cells[i], i == 0);
    cck_csv_end(out);
}

static void put_total(FILE *out, const cck_numa_placement *placement, int row, size_t slot)
{
    const cck_cell none = cck_cell_missing(NULL);
    const cck_numa_share *remote = &placement->remote;
    bool all = row == CCK_NUMA_ROW_TOTAL;
    const cck_cell cells[TITLES] = {
        cck_cell_text("total"),
        none,
        none,
        cck_cell_text(cck_word_of(cck_numa_row_words, row)),
        none,
        none,
        cck_cell_count(placement->nodes[slot].index),
        cck_cell_count(placement->rows[row][slot]),
        none,
        all ? share(remote->value) : none,
        all ? share(remote->low) : none,
        all ? share(remote->high) : none,
        cck_cell_text(cck_word_of(cck_numa_method_words, (int)placement->method)),
        none,
        none,
        none,
    };
    put_line(out, cells);
}

static void put_thread(FILE *out, const cck_numa_placement *placement, const cck_numa_thread *thread,
                       size_t slot)
{
    const cck_cell none = cck_cell_missing(NULL);
    const cck_cell cells[TITLES] = {
        cck_cell_text("thread"),
        known(thread->pid),
        known(thread->tid),
        cck_cell_text(thread->name),
        none,
        none,
        cck_cell_count(placement->nodes[slot].index),
        none,
        share(thread->ran ? thread->ran[slot] : -1),
        share(thread->remote.value),
        share(thread->remote.low),
        share(thread->remote.high),
        cck_cell_text(cck_word_of(cck_numa_ran_words, (int)thread->ran_by)),
        cck_cell_text(thread->policy_unknown ? "" : thread->policy.text),
        placement->watched_s > 0 ? cck_cell_count(thread->ran_ns) : none,
        cck_cell_text(thread->policy_unknown ? thread->policy_unknown : ""),
    };
    put_line(out, cells);
}

static void put_mapping(FILE *out, const cck_numa_placement *placement,
                        const cck_numa_mapping *mapping, size_t slot)
{
    const cck_cell none = cck_cell_missing(NULL);
    char start[24], end[24];
    bool unknown = mapping->method == CCK_NUMA_UNKNOWN;
    snprintf(start, sizeof start, "0x%llx", (unsigned long long)mapping->start);
    snprintf(end, sizeof end, "0x%llx", (unsigned long long)mapping->end);
    const cck_cell cells[TITLES] = {
        cck_cell_text(cck_word_of(cck_numa_kind_words, (int)mapping->kind)),
        known(mapping->pid),
        known(mapping->stack_of),
        cck_cell_text(mapping->name),
        cck_cell_text(start),
        cck_cell_text(end),
        cck_cell_count(placement->nodes[slot].index),
        unknown ? none : cck_cell_count(mapping->bytes[slot]),
        none,
        share(mapping->remote.value),
        share(mapping->remote.low),
        share(mapping->remote.high),
        cck_cell_text(cck_word_of(cck_numa_method_words, (int)mapping->method)),
        cck_cell_text(mapping->policy_unknown ? "" : mapping->policy.text),
        none,
        cck_cell_text(mapping->unknown ? mapping->unknown : ""),
    };
    put_line(out, cells);
}

void cck_numa_write_csv(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    const cck_numa_placement *placement = result->placement;
    (void)options;
    cck_cell heads[TITLES];
    for (size_t i = 0; i < TITLES; i++)
        heads[i] = cck_cell_text(titles[i]);
    put_line(out, heads);
    for (size_t slot = 0; slot < placement->node_count; slot++) {
        for (int row = 0; placement->rows[CCK_NUMA_ROW_TOTAL] && row < CCK_NUMA_ROWS; row++)
            put_total(out, placement, row, slot);
        for (size_t i = 0; i < placement->thread_count; i++)
            put_thread(out, placement, &placement->threads[i], slot);
        for (size_t i = 0; i < placement->mapping_count; i++)
            put_mapping(out, placement, &placement->mappings[i], slot);
    }
}
