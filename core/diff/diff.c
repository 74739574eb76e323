/* SPDX-License-Identifier: MIT */
#include <cachecheck/diff.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/nearest.h"
#include "core/diff/compare.h"
#include "core/diff/parts.h"
#include "core/result/result.h"

static const double threshold_default = 0.01; /* what a rebuild alone may move: docs/diff.md */

typedef struct diff_maker {
    cck_diff *diff;
    cck_compare_rules rules;
    const char *const *only;
    cck_delta *changes;
    size_t count;
} diff_maker;

static bool is_wanted(const diff_maker *maker, const char *name)
{
    if (!maker->only)
        return true;
    for (size_t i = 0; maker->only[i]; i++)
        if (strcmp(maker->only[i], name) == 0)
            return true;
    return false;
}

static cck_spread spread_of(const cck_spread *repeated, double single)
{
    if (repeated && repeated->runs > 1)
        return *repeated;
    return (cck_spread){.runs = 1, .mean = single, .min = single, .max = single};
}

static void not_comparable(cck_delta *change, const char *why)
{
    change->verdict = CCK_CHANGE_NOT_COMPARABLE;
    change->why = why;
    change->test = "";
    change->p = -1;
    change->low = 1;
    change->high = 0;
}

static cck_delta *start(diff_maker *maker, cck_change_kind kind, const char *name)
{
    cck_delta *change = &maker->changes[maker->count++];
    *change = (cck_delta){.kind = kind, .name = name, .label = name, .unit = "", .why = ""};
    change->verdict = CCK_CHANGE_NOISE;
    return change;
}

static void compare_elapsed(diff_maker *maker)
{
    const cck_result *before = maker->diff->before, *after = maker->diff->after;
    if (!is_wanted(maker, "elapsed_s") || (!before->target.argc && !before->target.pid))
        return;
    cck_delta *change = start(maker, CCK_CHANGE_ELAPSED, "elapsed_s");
    change->label = "elapsed time";
    change->unit = "s";
    change->better = cck_direction_of_metric("elapsed_s");
    if (before->source.evidence == CCK_SIMULATED || after->source.evidence == CCK_SIMULATED) {
        not_comparable(change, "the time that a simulation takes is not the program's");
        return;
    }
    cck_spread a = spread_of(&before->elapsed_spread, before->target.elapsed_s);
    cck_spread b = spread_of(&after->elapsed_spread, after->target.elapsed_s);
    cck_compare(change, &a, &b, &maker->rules);
}

static size_t find_event(const cck_result *result, const char *name)
{
    size_t i = 0;
    while (i < result->event_count && strcmp(result->events[i].name, name) != 0)
        i++;
    return i;
}

static const char *why_not_events(const cck_event_info *before, const cck_event_info *after)
{
    if (strcmp(before->counted, after->counted) != 0)
        return "another event was counted by that name";
    if (before->user_only != after->user_only)
        return "one was counted in user mode only";
    return NULL;
}

/* A switch of context or two is the machine's business, even if every run had it: from none to
 * one is no regression of any per cent. */
static bool are_few(const cck_spread *before, const cck_spread *after)
{
    return before->mean < CCK_FEW_EVENTS && after->mean < CCK_FEW_EVENTS;
}

static void compare_event(diff_maker *maker, size_t i, size_t j)
{
    const cck_result *before = maker->diff->before, *after = maker->diff->after;
    const cck_event_info *event = &before->events[i];
    cck_delta *change = start(maker, CCK_CHANGE_EVENT, event->name);
    change->unit = event->unit;
    change->better = cck_direction_of_event(event);
    if (j == after->event_count) {
        not_comparable(change, "not among the events after");
        return;
    }
    const cck_value *a = &before->total.values[i], *b = &after->total.values[j];
    const char *why = why_not_events(event, &after->events[j]);
    if (!why)
        why = a->not_counted ? a->not_counted : b->not_counted;
    if (why) {
        not_comparable(change, why);
        return;
    }
    cck_spread left =
        spread_of(before->event_spreads ? &before->event_spreads[i] : NULL, (double)a->value);
    cck_spread right =
        spread_of(after->event_spreads ? &after->event_spreads[j] : NULL, (double)b->value);
    cck_compare_rules rules = maker->rules;
    rules.grain = rules.exact ? 0 : 1;
    cck_compare(change, &left, &right, &rules);
    if (!rules.exact && change->change != 0 && are_few(&left, &right))
        cck_compare_leave_to_chance(change, "fewer than 10 events");
}

static void compare_events(diff_maker *maker)
{
    const cck_result *before = maker->diff->before, *after = maker->diff->after;
    for (size_t i = 0; before->total.values && i < before->event_count; i++)
        if (is_wanted(maker, before->events[i].name))
            compare_event(maker, i, find_event(after, before->events[i].name));
    for (size_t i = 0; after->total.values && i < after->event_count; i++)
        if (is_wanted(maker, after->events[i].name) &&
            find_event(before, after->events[i].name) == before->event_count) {
            cck_delta *change = start(maker, CCK_CHANGE_EVENT, after->events[i].name);
            change->unit = after->events[i].unit;
            not_comparable(change, "not among the events before");
        }
}

static size_t find_metric(const cck_row *total, const char *name)
{
    size_t i = 0;
    while (i < total->metric_count && strcmp(total->metrics[i].name, name) != 0)
        i++;
    return i;
}

/* Metrics that neither run could have are left out: their list is long. */
static void compare_metric(diff_maker *maker, size_t i, size_t j)
{
    const cck_result *before = maker->diff->before, *after = maker->diff->after;
    const cck_metric *a = &before->total.metrics[i], *b = &after->total.metrics[j];
    if (a->not_counted && b->not_counted)
        return;
    cck_delta *change = start(maker, CCK_CHANGE_METRIC, a->name);
    change->label = a->label;
    change->unit = a->unit;
    change->better = cck_direction_of_metric(a->name);
    if (a->not_counted || b->not_counted) {
        not_comparable(change, a->not_counted ? a->not_counted : b->not_counted);
        return;
    }
    if (strcmp(a->formula, b->formula) != 0) {
        not_comparable(change, "computed by another formula, from other events");
        return;
    }
    cck_spread left =
        spread_of(before->metric_spreads ? &before->metric_spreads[i] : NULL, a->value);
    cck_spread right =
        spread_of(after->metric_spreads ? &after->metric_spreads[j] : NULL, b->value);
    cck_compare(change, &left, &right, &maker->rules);
}

static void compare_metrics(diff_maker *maker)
{
    const cck_row *before = &maker->diff->before->total, *after = &maker->diff->after->total;
    for (size_t i = 0; i < before->metric_count; i++) {
        size_t j = find_metric(after, before->metrics[i].name);
        if (j < after->metric_count && is_wanted(maker, before->metrics[i].name))
            compare_metric(maker, i, j);
    }
}

static int compare_totals(diff_maker *maker, cck_error *err)
{
    cck_diff *diff = maker->diff;
    size_t most =
        1 + diff->before->event_count + diff->after->event_count + diff->before->total.metric_count;
    bool failed;
    maker->changes = cck_arena_array(diff->arena, most, sizeof *maker->changes);
    if (!maker->changes)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    compare_elapsed(maker);
    compare_events(maker);
    compare_metrics(maker);
    diff->tested = cck_compare_adjust(maker->changes, maker->count, &failed);
    if (failed)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < maker->count; i++) {
        cck_delta *change = &maker->changes[i];
        if (change->verdict != CCK_CHANGE_NOT_COMPARABLE)
            cck_compare_judge(change, &maker->rules);
        diff->improved += change->verdict == CCK_CHANGE_IMPROVED;
        diff->regressed += change->verdict == CCK_CHANGE_REGRESSED;
        diff->judged += change->verdict <= CCK_CHANGE_CHANGED;
    }
    diff->changes = maker->changes;
    diff->change_count = maker->count;
    return 0;
}

/* ---- names that were asked for ---- */

static void offer(cck_nearest_search *search, const char *name, bool *known)
{
    cck_nearest_offer(search, name);
    *known = *known || strcmp(search->word, name) == 0;
}

static int check_names(const cck_diff *diff, const char *const *only, cck_error *err)
{
    for (size_t i = 0; only && only[i]; i++) {
        cck_nearest_search search = {.word = only[i]};
        bool known = false;
        offer(&search, "elapsed_s", &known);
        for (int side = 0; side < 2; side++) {
            const cck_result *result = side ? diff->after : diff->before;
            for (size_t j = 0; j < result->event_count; j++)
                offer(&search, result->events[j].name, &known);
            for (size_t j = 0; j < result->total.metric_count; j++)
                offer(&search, result->total.metrics[j].name, &known);
        }
        if (known)
            continue;
        cck_fail(err, CCK_EINVALID, "no event or metric '%s' in these results", only[i]);
        if (search.found[0])
            cck_hint(err, "did you mean '%s'?", search.found);
        return CCK_EINVALID;
    }
    return 0;
}

static bool has_samples(const cck_result *result)
{
    return result->elapsed_spread.runs > 1 && result->elapsed_spread.samples;
}

static int check_test(const cck_diff *diff, cck_diff_test test, cck_error *err)
{
    if (test != CCK_DIFF_MANN_WHITNEY || (has_samples(diff->before) && has_samples(diff->after)))
        return 0;
    cck_fail(err, CCK_EUNSUPPORTED,
             "Mann-Whitney needs the single runs of both results, and they are not there");
    cck_hint(err, "make both with: cachecheck stat -r 10 -o FILE.json -- COMMAND");
    return CCK_EUNSUPPORTED;
}

/* ---- the whole ---- */

/* A model gives the same numbers again, but not of threads that `stat` has take turns as the
 * system lets them: in depth (sharing, hotspots) the turns are the model's own. */
static bool is_exact(const cck_result *result)
{
    return result->source.evidence == CCK_SIMULATED &&
           (strcmp(result->command, "stat") != 0 ||
            (result->target.threads <= 1 && result->target.processes <= 1));
}

static int fill(cck_diff *diff, const cck_diff_options *options, cck_error *err)
{
    diff_maker maker = {
        .diff = diff,
        .only = options->only,
        .rules = {.threshold = diff->threshold,
                  .exact = is_exact(diff->before) && is_exact(diff->after),
                  .judge_single = options->judge_single,
                  .test = options->test},
    };
    int code = check_names(diff, options->only, err);
    if (!code && !cck_diff_find_obstacles(diff, options->other_program))
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    if (code || (diff->obstacle_count && !options->force))
        return code;
    diff->forced = diff->obstacle_count > 0;
    code = check_test(diff, options->test, err);
    if (!code)
        code = compare_totals(&maker, err);
    if (!code && (!cck_diff_match_threads(diff) || !cck_diff_match_findings(diff)))
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    return code;
}

int cck_diff_make(cck_diff **out_diff, const cck_result *before, const cck_result *after,
                  const cck_diff_options *given, cck_error *err)
{
    cck_diff_options options = {.threshold = -1};
    if (given)
        memcpy(&options, given,
               given->size && given->size < sizeof options ? given->size : sizeof options);
    if (cck_result_is_machine(before) || cck_result_is_machine(after))
        return cck_fail(err, CCK_EINVALID, "one of these describes a machine, not a run");
    cck_diff *diff = calloc(1, sizeof *diff);
    cck_arena *arena = calloc(1, sizeof *arena);
    if (!diff || !arena) {
        free(diff);
        free(arena);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    *diff = (cck_diff){.before = before,
                       .after = after,
                       .before_name = "before",
                       .after_name = "after",
                       .threshold = options.threshold >= 0 ? options.threshold : threshold_default,
                       .arena = arena};
    int code = fill(diff, &options, err);
    if (code) {
        cck_diff_free(diff);
        return code;
    }
    *out_diff = diff;
    return 0;
}

int cck_diff_name(cck_diff *diff, const char *before, const char *after, cck_error *err)
{
    const char *one = cck_arena_strdup(diff->arena, before);
    const char *other = cck_arena_strdup(diff->arena, after);
    if (!one || !other)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    diff->before_name = one;
    diff->after_name = other;
    return 0;
}

cck_delta cck_diff_thread(const cck_diff *diff, const cck_thread_change *thread, size_t event)
{
    const cck_event_info *info = &diff->before->events[event];
    cck_delta change = {.kind = CCK_CHANGE_EVENT,
                        .name = info->name,
                        .label = info->name,
                        .unit = info->unit,
                        .better = cck_direction_of_event(info),
                        .why = ""};
    size_t j = find_event(diff->after, info->name);
    if (!thread->before || !thread->after || j == diff->after->event_count) {
        not_comparable(&change, !thread->before  ? "no such thread before"
                                : !thread->after ? "no such thread after"
                                                 : "not among the events after");
        return change;
    }
    const cck_value *a = &thread->before->values[event], *b = &thread->after->values[j];
    if (a->not_counted || b->not_counted) {
        not_comparable(&change, a->not_counted ? a->not_counted : b->not_counted);
        return change;
    }
    /* Rows are those of the last run, whatever the number of runs. */
    const cck_compare_rules rules = {.threshold = diff->threshold,
                                     .exact = is_exact(diff->before) && is_exact(diff->after)};
    cck_spread left = spread_of(NULL, (double)a->value), right = spread_of(NULL, (double)b->value);
    cck_compare(&change, &left, &right, &rules);
    cck_compare_judge(&change, &rules);
    return change;
}

int cck_diff_gate(const cck_diff *diff, cck_error *err)
{
    if (diff->obstacle_count && !diff->forced) {
        cck_fail(err, CCK_EUNSUPPORTED, "these results are not comparable: %s", diff->obstacles[0]);
        cck_hint(err, "compare them all the same with --force");
        return CCK_EUNSUPPORTED;
    }
    if (diff->regressed || diff->new_findings)
        return 1;
    if (diff->judged || diff->findings_compared)
        return 0;
    cck_fail(err, CCK_EUNSUPPORTED, "nothing could be judged: there is one run each");
    cck_hint(err, "measure both with -r 10, or judge single runs by a --threshold of your own");
    return CCK_EUNSUPPORTED;
}

void cck_diff_free(cck_diff *diff)
{
    if (!diff)
        return;
    cck_arena_clear(diff->arena);
    free(diff->arena);
    free(diff);
}
