/* SPDX-License-Identifier: MIT */
/* What every format of a placement says in the same words. */
#include <inttypes.h>
#include <string.h>

#include "core/base/number.h"
#include "core/numa/words.h"
#include "core/report/numa.h"
#include "core/result/words.h"

static double interest(const cck_numa_placement *placement, size_t slot)
{
    const uint64_t *total = placement->rows[CCK_NUMA_ROW_TOTAL];
    double sum = total ? (double)total[slot] : 0, threads = 0;
    for (size_t i = 0; i < placement->thread_count; i++)
        if (placement->threads[i].ran)
            threads += placement->threads[i].ran[slot];
    return sum + threads * 1e15; /* nodes that threads run on come first */
}

size_t cck_numa_columns(const cck_numa_placement *placement, size_t out[CCK_NUMA_COLUMNS])
{
    size_t count = 0;
    if (placement->node_count <= CCK_NUMA_COLUMNS) {
        for (; count < placement->node_count; count++)
            out[count] = count;
        return count;
    }
    double least[CCK_NUMA_COLUMNS];
    for (size_t i = 0; i < placement->node_count; i++) {
        double mine = interest(placement, i);
        size_t at = count;
        for (; at > 0 && least[at - 1] < mine; at--)
            if (at < CCK_NUMA_COLUMNS) {
                least[at] = least[at - 1];
                out[at] = out[at - 1];
            }
        if (at == CCK_NUMA_COLUMNS)
            continue;
        least[at] = mine;
        out[at] = i;
        count += count < CCK_NUMA_COLUMNS;
    }
    for (size_t i = 1; i < count; i++) /* by number again */
        for (size_t j = i; j > 0 && out[j] < out[j - 1]; j--) {
            size_t other = out[j];
            out[j] = out[j - 1];
            out[j - 1] = other;
        }
    return count;
}

static void put_grouped(FILE *out, uint64_t number)
{
    char text[CCK_NUMBER_SIZE];
    cck_number_grouped(text, number);
    fputs(text, out);
}

void cck_numa_put_method(FILE *out, const cck_numa_placement *placement)
{
    const char *by = placement->process_count ? placement->processes[0].by : "";
    const char *unknown = placement->process_count ? placement->processes[0].unknown : NULL;
    double cost = 0;
    char number[CCK_NUMBER_SIZE];
    for (size_t i = 0; i < placement->process_count; i++)
        cost += placement->processes[i].cost_s;
    switch (placement->method) {
    case CCK_NUMA_SAMPLED:
        fputs("sampled: ", out);
        put_grouped(out, placement->drawn);
        fputs(" pages drawn at random, ", out);
        put_grouped(out, placement->found);
        fprintf(out, " of them in memory (%s)", *by ? by : "move_pages");
        break;
    case CCK_NUMA_EXACT:
        fprintf(out, "exact: every page was counted (%s)", by);
        break;
    case CCK_NUMA_UNKNOWN:
        fprintf(out, "unknown: %s", unknown ? unknown : "not looked at");
        return;
    }
    cck_number_time(number, 1e9 * cost);
    fprintf(out, " in %s", number);
    if (unknown)
        fprintf(out, "; %s", unknown);
}

void cck_numa_put_watched(FILE *out, const cck_numa_placement *placement)
{
    char number[CCK_NUMBER_SIZE];
    if (placement->watched_s <= 0) {
        fputs("looked at once: the CPU each ran on last; --duration SECONDS tells shares", out);
        return;
    }
    cck_number_time(number, 1e9 * placement->watched_s);
    if (placement->recorded)
        fprintf(out, "every switch recorded for %s", number);
    else
        fprintf(out, "looked at every 20 ms or more for %s", number);
}

void cck_numa_put_mapping(FILE *out, const cck_numa_mapping *mapping)
{
    if (mapping->stack_of)
        fprintf(out, "stack of thread %" PRId32, mapping->stack_of);
    else if (*mapping->name)
        fputs(mapping->name, out);
    else
        fprintf(out, "%s at 0x%" PRIx64, cck_word_of(cck_numa_kind_words, (int)mapping->kind),
                mapping->start);
}

void cck_numa_put_share(FILE *out, const cck_numa_share *share)
{
    if (share->value < 0)
        fputs("-", out);
    else if (share->high - share->low < 0.0005)
        fprintf(out, "%.0f %%", 100 * share->value);
    else
        fprintf(out, "%.0f %% (%.0f-%.0f)", 100 * share->value, 100 * share->low,
                100 * share->high);
}
