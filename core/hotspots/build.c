/* SPDX-License-Identifier: MIT */
/* From what was observed to the profile in a result. */
#include <stdio.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/finding/cost_class.h"
#include "core/hotspots/hotspots.h"
#include "core/hotspots/profile.h"
#include "core/result/result.h"

static int out_of_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* The classes that were counted, and the labels of those that were not. */
static bool choose_classes(cck_profile *profile, const cck_observed *observed, cck_arena *arena,
                           int *out_costs)
{
    cck_profile_class *classes = cck_arena_array(arena, CCK_COSTS, sizeof *classes);
    const char **missing = cck_arena_array(arena, CCK_COSTS, sizeof *missing);
    if (!classes || !missing)
        return false;
    for (int i = 0; i < CCK_COSTS; i++) {
        const cck_cost_class *class = &cck_cost_classes[i];
        if (!observed->counted[i]) {
            missing[profile->not_counted_count++] = class->label;
            continue;
        }
        out_costs[profile->class_count] = i;
        classes[profile->class_count++] =
            (cck_profile_class){class->name, class->label, class->meaning};
    }
    profile->classes = classes;
    profile->not_counted = missing;
    return true;
}

/* What the run cost in all, or the threads that are looked at. */
static bool add_threads(cck_profile *profile, const cck_stacks_order *order)
{
    const cck_observed *observed = order->observed;
    cck_profile_thread *threads =
        cck_arena_array(order->arena, observed->thread_count, sizeof *threads);
    uint64_t *sums = cck_profile_numbers(profile, order->arena, observed->thread_count);
    if (!threads || !sums)
        return false;
    for (size_t i = 0; i < observed->thread_count; i++) {
        const cck_observed_thread *from = &observed->threads[i];
        threads[i] = (cck_profile_thread){
            .pid = from->pid,
            .tid = from->tid,
            .name = cck_arena_strdup(order->arena, from->name),
            .process = cck_arena_strdup(order->arena, from->process),
            .costs = sums + i * profile->class_count,
        };
        if (!threads[i].name || !threads[i].process)
            return false;
    }
    for (size_t i = 0; i < observed->spot_count; i++) {
        const cck_spot *spot = &observed->spots[i];
        for (size_t j = 0; spot->thread < observed->thread_count && j < order->cost_count; j++)
            sums[spot->thread * order->cost_count + j] += spot->costs[order->costs[j]];
    }
    profile->threads = threads;
    profile->thread_count = observed->thread_count;
    return true;
}

static bool add_totals(cck_profile *profile, const cck_stacks_order *order)
{
    uint64_t *total = cck_profile_numbers(profile, order->arena, 1);
    uint64_t *rest = cck_profile_numbers(profile, order->arena, 1);
    uint64_t *found = cck_profile_numbers(profile, order->arena, 1);
    if (!total || !rest || !found)
        return false;
    for (size_t i = 0; i < profile->sample_count; i++)
        for (size_t j = 0; j < profile->class_count; j++)
            found[j] += profile->samples[i].costs[j];
    for (size_t j = 0; j < profile->class_count; j++) {
        uint64_t run = order->observed->costs[order->costs[j]];
        total[j] = order->thread || run < found[j] ? found[j] : run;
        rest[j] = total[j] - found[j];
    }
    profile->total = total;
    profile->unattributed = rest;
    return true;
}

/* A word that turns out to name nothing must not cost a long run its result: it is left
 * out, and a note says so. */
static int check_thread(cck_stacks_order *order, cck_result *result, cck_error *err)
{
    char text[256];
    for (uint32_t i = 0; order->thread && i < order->observed->thread_count; i++)
        if (cck_stacks_wants(order, i))
            return 0;
    if (!order->thread)
        return 0;
    snprintf(text, sizeof text,
             "no thread of the run has the name or number '%.100s': all are shown", order->thread);
    order->thread = NULL;
    return cck_result_note(result, text) ? 0 : out_of_memory(err);
}

static int sort(cck_result *result, const char *by, cck_error *err)
{
    static const char *const choices[] = {"cycles", "llc", "l1d"};
    cck_profile *profile = result->profile;
    cck_error reason = {0};
    if (by) {
        int code = cck_profile_sort(result, by, &reason);
        if (code == 0 || code == CCK_ENOMEM)
            return code < 0 ? cck_error_move(err, &reason) : 0;
        if (!cck_result_note(result, reason.message))
            return out_of_memory(err);
    }
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        for (size_t j = 0; j < profile->class_count; j++)
            if (strcmp(profile->classes[j].name, choices[i]) == 0)
                return cck_profile_order(profile, j, err);
    return cck_profile_order(profile, 0, err);
}

/* Not all call paths of a long run can be kept: what that means for the tree. */
static bool note_folded(cck_result *result, const cck_observed *observed)
{
    char text[256], count[CCK_NUMBER_SIZE];
    if (!observed->paths_folded)
        return true;
    cck_number_grouped(count, observed->paths_folded);
    snprintf(text, sizeof text,
             "%s call paths that cost little were folded into paths of their callers, because "
             "there were too many: some callers in between are left out there; all sums are exact",
             count);
    return cck_result_note(result, text);
}

int cck_hotspots_build(cck_result *result, const cck_observed *observed, const cck_namer *namer,
                       const cck_hotspots_order *order, cck_error *err)
{
    int costs[CCK_COSTS];
    cck_profile *profile = cck_arena_alloc(result->arena, sizeof *profile);
    if (!profile || !choose_classes(profile, observed, result->arena, costs))
        return out_of_memory(err);
    if (!profile->class_count)
        return cck_fail(err, CCK_EUNSUPPORTED, "nothing was counted that hot spots are told by");
    cck_stacks_order stacks = {
        .observed = observed,
        .namer = namer,
        .thread = order->thread,
        .per_thread = order->per_thread,
        .costs = costs,
        .cost_count = profile->class_count,
        .arena = result->arena,
    };
    profile->per_thread = order->per_thread;
    int code = check_thread(&stacks, result, err);
    profile->filter = cck_arena_strdup(result->arena, stacks.thread ? stacks.thread : "");
    if (code == 0)
        code = cck_stacks_build(profile, &stacks, err);
    if (code == 0)
        code = cck_profile_complete(profile, result->arena, err);
    if (code == 0)
        code = cck_hotspots_objects(profile, &stacks, err);
    if (code == 0 &&
        (!profile->filter || !add_threads(profile, &stacks) || !add_totals(profile, &stacks)))
        code = out_of_memory(err);
    if (code < 0)
        return code;
    if (!note_folded(result, observed))
        return out_of_memory(err);
    result->profile = profile;
    code = sort(result, order->by, err);
    return code < 0 ? code : cck_hotspots_judge(result, err);
}
