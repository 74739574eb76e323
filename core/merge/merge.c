/* SPDX-License-Identifier: MIT */
#include <cachecheck/merge.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/fail.h"
#include "core/result/result.h"
#include "core/base/map.h"
#include "core/base/statistics.h"

enum { FINDINGS_MOST = 10000, MACHINES_MOST = 64 };

struct cck_merge {
    cck_arena arena; /* the names of the first result, and those of findings */
    cck_merged merged;
    cck_statistics *statistics; /* one a number */
    cck_map by_key;             /* hash of a finding -> its place + 1 */
    size_t finding_capacity;
    uint64_t machines[MACHINES_MOST]; /* hashes of their descriptions */
};

/* FNV-1a, which core/finding uses for ids as well. */
static uint64_t hash(uint64_t sum, const char *text)
{
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return sum * UINT64_C(0x100000001b3);
}

static const char *program_of(const cck_result *result)
{
    if (!result->target.argc)
        return "";
    const char *slash = strrchr(result->target.argv[0], '/');
    return slash ? slash + 1 : result->target.argv[0];
}

static void name_rank(const cck_result *result, const char *name, char to[CCK_MERGE_NAME])
{
    if (result->target.rank >= 0)
        snprintf(to, CCK_MERGE_NAME, "rank %" PRId32, result->target.rank);
    else
        snprintf(to, CCK_MERGE_NAME, "%s", name);
}

int cck_merge_new(cck_merge **out_merge, cck_error *err)
{
    cck_merge *merge = calloc(1, sizeof *merge);
    if (!merge)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *out_merge = merge;
    return 0;
}

/* ---- the first result says what there is ---- */

static const char *keep(cck_merge *merge, const char *text, bool *ok)
{
    const char *copy = cck_arena_strdup(&merge->arena, text);
    *ok = *ok && copy;
    return copy ? copy : "";
}

static void add_number(cck_merge *merge, const char *name, const char *label, const char *unit,
                       bool adds_up, bool *ok)
{
    merge->merged.numbers[merge->merged.number_count++] =
        (cck_merged_number){.name = keep(merge, name, ok),
                            .label = keep(merge, label, ok),
                            .unit = keep(merge, unit, ok),
                            .adds_up = adds_up};
}

static int start(cck_merge *merge, const cck_result *result, cck_error *err)
{
    cck_merged *merged = &merge->merged;
    size_t most = 1 + result->event_count + result->total.metric_count;
    bool ok = true;
    merged->numbers = cck_arena_array(&merge->arena, most, sizeof *merged->numbers);
    merge->statistics = cck_arena_array(&merge->arena, most, sizeof *merge->statistics);
    if (!merged->numbers || !merge->statistics)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    merged->command = keep(merge, result->command, &ok);
    merged->backend = keep(merge, result->source.backend, &ok);
    merged->program = keep(merge, program_of(result), &ok);
    merged->evidence = result->source.evidence;
    add_number(merge, "elapsed_s", "elapsed time", "s", false, &ok);
    for (size_t i = 0; i < result->event_count; i++)
        add_number(merge, result->events[i].name, result->events[i].name, result->events[i].unit,
                   true, &ok);
    for (size_t i = 0; i < result->total.metric_count; i++)
        add_number(merge, result->total.metrics[i].name, result->total.metrics[i].label,
                   result->total.metrics[i].unit, false, &ok);
    return ok ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int check(const cck_merge *merge, const cck_result *result, const char *name, cck_error *err)
{
    const cck_merged *merged = &merge->merged;
    const char *what = strcmp(merged->command, result->command) != 0          ? "command"
                       : strcmp(merged->backend, result->source.backend) != 0 ? "backend"
                       : strcmp(merged->program, program_of(result)) != 0     ? "program"
                                                                              : NULL;
    if (!what)
        return 0;
    cck_fail(err, CCK_EINVALID, "%.300s is of another %s than the results before it", name, what);
    cck_hint(err, "merge results of one command and program, by the same backend");
    return CCK_EINVALID;
}

/* ---- each result ---- */

static void take_number(cck_merge *merge, size_t place, double value, const cck_merged_rank *rank)
{
    cck_merged_number *number = &merge->merged.numbers[place];
    cck_merged_rank entry = *rank;
    entry.value = value;
    cck_statistics_add(&merge->statistics[place], value);
    number->sum += value;
    if (merge->statistics[place].count == 1 || value < number->least.value)
        number->least = entry;
    size_t at = number->worst_count;
    if (at < CCK_MERGE_WORST)
        number->worst_count++;
    else if (value <= number->worst[--at].value)
        return;
    for (; at > 0 && number->worst[at - 1].value < value; at--)
        number->worst[at] = number->worst[at - 1];
    number->worst[at] = entry;
}

/* The place of a name; results of one program nearly always have the order of the first. */
static size_t place_of(const cck_merged *merged, const char *name, size_t guess)
{
    if (guess < merged->number_count && strcmp(merged->numbers[guess].name, name) == 0)
        return guess;
    size_t i = 0;
    while (i < merged->number_count && strcmp(merged->numbers[i].name, name) != 0)
        i++;
    return i;
}

static void take_numbers(cck_merge *merge, const cck_result *result, const cck_merged_rank *rank)
{
    const cck_merged *merged = &merge->merged;
    size_t guess = 1;
    take_number(merge, 0, result->target.elapsed_s, rank);
    for (size_t i = 0; i < result->event_count; i++, guess++) {
        size_t place = place_of(merged, result->events[i].name, guess);
        if (place < merged->number_count && !result->total.values[i].not_counted)
            take_number(merge, place, (double)result->total.values[i].value, rank);
    }
    for (size_t i = 0; i < result->total.metric_count; i++, guess++) {
        const cck_metric *metric = &result->total.metrics[i];
        size_t place = place_of(merged, metric->name, guess);
        if (place < merged->number_count && !metric->not_counted)
            take_number(merge, place, metric->value, rank);
    }
}

static cck_merged_finding *new_finding(cck_merge *merge)
{
    cck_merged *merged = &merge->merged;
    if (merged->finding_count == merge->finding_capacity) {
        size_t capacity = merge->finding_capacity ? 2 * merge->finding_capacity : 64;
        cck_merged_finding *grown = reallocarray(merged->findings, capacity, sizeof *grown);
        if (!grown)
            return NULL;
        merged->findings = grown;
        merge->finding_capacity = capacity;
    }
    return &merged->findings[merged->finding_count];
}

static bool take_finding(cck_merge *merge, const cck_finding *finding, const char *rank,
                         cck_map *seen)
{
    uint64_t key = hash(hash(UINT64_C(0xcbf29ce484222325), finding->rule), finding->id);
    bool ok = true;
    if (cck_map_get(seen, key)) /* twice in one result is once in this rank */
        return true;
    if (!cck_map_put(seen, key, merge))
        return false;
    uintptr_t place = (uintptr_t)cck_map_get(&merge->by_key, key);
    if (place) {
        cck_merged_finding *known = &merge->merged.findings[place - 1];
        known->ranks++;
        known->severity = finding->severity > known->severity ? finding->severity : known->severity;
        return true;
    }
    if (merge->merged.finding_count == FINDINGS_MOST) {
        merge->merged.findings_left_out++;
        return true;
    }
    cck_merged_finding *made = new_finding(merge);
    if (!made)
        return false;
    *made = (cck_merged_finding){.rule = keep(merge, finding->rule, &ok),
                                 .title = keep(merge, finding->title, &ok),
                                 .id = keep(merge, finding->id, &ok),
                                 .severity = finding->severity,
                                 .ranks = 1};
    snprintf(made->first, sizeof made->first, "%s", rank);
    merge->merged.finding_count++;
    return ok && cck_map_put(&merge->by_key, key, (void *)(uintptr_t)merge->merged.finding_count);
}

static void take_machine(cck_merge *merge, const cck_machine_info *machine)
{
    char numbers[64];
    snprintf(numbers, sizeof numbers, "%u %u %" PRIu64, machine->pus, machine->nodes,
             machine->memory);
    uint64_t sum = hash(hash(UINT64_C(0xcbf29ce484222325), machine->cpu_model), numbers);
    size_t *count = &merge->merged.machines;
    for (size_t i = 0; i < *count; i++)
        if (merge->machines[i] == sum)
            return;
    if (*count < MACHINES_MOST)
        merge->machines[(*count)++] = sum;
}

int cck_merge_add(cck_merge *merge, const cck_result *result, const char *name, cck_error *err)
{
    cck_merged_rank rank = {.value = 0};
    cck_map seen = {0};
    if (cck_result_is_machine(result))
        return cck_fail(err, CCK_EINVALID, "%s describes a machine, not a run", name ? name : "a result");
    int code = merge->merged.results ? check(merge, result, name, err) : start(merge, result, err);
    if (code)
        return code;
    name_rank(result, name, rank.name);
    merge->merged.results++;
    merge->merged.threads += result->target.threads;
    merge->merged.failed +=
        result->target.exited && (result->target.signal || result->target.exit_code > 0);
    take_machine(merge, &result->machine);
    take_numbers(merge, result, &rank);
    bool ok = true;
    for (size_t i = 0; ok && i < result->finding_count; i++)
        ok = take_finding(merge, &result->findings[i], rank.name, &seen);
    cck_map_clear(&seen);
    return ok ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* ---- the view ---- */

static int compare_findings(const void *a, const void *b)
{
    const cck_merged_finding *left = a, *right = b;
    if (left->ranks != right->ranks)
        return left->ranks < right->ranks ? 1 : -1;
    if (left->severity != right->severity)
        return (int)right->severity - (int)left->severity;
    int order = strcmp(left->rule, right->rule);
    return order ? order : strcmp(left->id, right->id);
}

const cck_merged *cck_merge_view(cck_merge *merge)
{
    cck_merged *merged = &merge->merged;
    for (size_t i = 0; i < merged->number_count; i++)
        merged->numbers[i].spread = cck_statistics_spread(&merge->statistics[i]);
    if (merged->finding_count)
        qsort(merged->findings, merged->finding_count, sizeof *merged->findings, compare_findings);
    /* Sorting moved them: the next result must find them where they are. */
    for (size_t i = 0; i < merged->finding_count; i++) {
        const cck_merged_finding *finding = &merged->findings[i];
        uint64_t key = hash(hash(UINT64_C(0xcbf29ce484222325), finding->rule), finding->id);
        cck_map_put(&merge->by_key, key, (void *)(uintptr_t)(i + 1)); /* it is there: no memory */
    }
    return merged;
}

void cck_merge_free(cck_merge *merge)
{
    if (!merge)
        return;
    cck_map_clear(&merge->by_key);
    free(merge->merged.findings);
    cck_arena_clear(&merge->arena);
    free(merge);
}
