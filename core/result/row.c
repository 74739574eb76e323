/* SPDX-License-Identifier: MIT */
#include "core/result/row.h"

#include <stdlib.h>
#include <string.h>

static const char nothing_yet[] = "nothing was counted";

uint64_t cck_value_sum(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) || sum > CCK_VALUE_MOST ? CCK_VALUE_MOST : sum;
}

cck_value *cck_values_start(cck_arena *arena, size_t count)
{
    cck_value *sums = cck_arena_array(arena, count, sizeof *sums);
    for (size_t i = 0; sums && i < count; i++)
        sums[i].not_counted = nothing_yet;
    return sums;
}

/* While adding, `running` keeps the smallest share, for sums that stay 0. */
void cck_values_add(cck_value *sums, const cck_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i].not_counted) {
            if (sums[i].not_counted == nothing_yet)
                sums[i].not_counted = values[i].not_counted;
            continue;
        }
        if (sums[i].not_counted)
            sums[i] = (cck_value){.running = 1};
        sums[i].value = cck_value_sum(sums[i].value, values[i].value);
        sums[i].raw = cck_value_sum(sums[i].raw, values[i].raw);
        if (values[i].running < sums[i].running)
            sums[i].running = values[i].running;
    }
}

/* The share of the sum that was really seen: raw over scaled, as for one thread. */
void cck_values_finish(cck_value *sums, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sums[i].not_counted || sums[i].running >= 1 || !sums[i].value)
            continue;
        double share = (double)sums[i].raw / (double)sums[i].value;
        if (share > 0)
            sums[i].running = share > 1 ? 1 : share;
    }
}

bool cck_residency_add(cck_residency_sum *sum, uint32_t cpu, int32_t node, uint64_t ns)
{
    for (size_t i = 0; i < sum->count; i++)
        if (sum->cpus[i].cpu == cpu) {
            sum->cpus[i].ns = cck_value_sum(sum->cpus[i].ns, ns);
            return true;
        }
    if (sum->count == sum->capacity) {
        size_t capacity = sum->capacity ? 2 * sum->capacity : 8;
        cck_residency *grown = realloc(sum->cpus, capacity * sizeof *grown);
        if (!grown)
            return false;
        sum->cpus = grown;
        sum->capacity = capacity;
    }
    sum->cpus[sum->count++] = (cck_residency){.cpu = cpu, .node = node, .ns = ns};
    return true;
}

static int compare_residency(const void *a, const void *b)
{
    const cck_residency *left = a, *right = b;
    if (left->ns != right->ns)
        return left->ns < right->ns ? 1 : -1;
    return (left->cpu > right->cpu) - (left->cpu < right->cpu);
}

bool cck_residency_finish(cck_residency_sum *sum, cck_arena *arena, cck_row *row)
{
    double total = 0;
    for (size_t i = 0; i < sum->count; i++)
        total += (double)sum->cpus[i].ns;
    for (size_t i = 0; i < sum->count; i++)
        sum->cpus[i].share = total > 0 ? (double)sum->cpus[i].ns / total : 0;
    cck_residency *kept = NULL;
    if (sum->count) {
        qsort(sum->cpus, sum->count, sizeof *sum->cpus, compare_residency);
        kept = cck_arena_array(arena, sum->count, sizeof *kept);
        if (kept)
            memcpy(kept, sum->cpus, sum->count * sizeof *kept);
    }
    bool ok = kept || !sum->count;
    row->residency = kept;
    row->residency_count = kept ? sum->count : 0;
    free(sum->cpus);
    *sum = (cck_residency_sum){0};
    return ok;
}
