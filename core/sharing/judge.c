/* SPDX-License-Identifier: MIT */
#include "core/sharing/judge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/finding/draft.h"
#include "core/result/result.h"
#include "core/session/command_text.h"
#include "core/sharing/locks.h"

/* Naming takes debug information, and time: the worst lines get it. Of the quiet ones those
 * that might add up to something, as the element boundaries of an array do. */
enum { DRAFTS_MOST = 1024, QUIET_SHARE = 64 };

typedef struct judge_state {
    cck_result *result;
    const cck_observed *observed;
    const cck_sharing_rules *rules;
    cck_object_names names;
    cck_finding_draft *drafts;
    size_t count;
    uint64_t shared, truly, low; /* lines; `low` of drafts that came to nothing */
    double busiest;              /* rate; of samples the upper end of what it may be, or */
    bool at_least;               /* the lower one: more is not known of it */
} judge_state;

/* ---- drafts ---- */

static void add_draft(judge_state *judge, const cck_line *line, const cck_line_verdict *verdict)
{
    cck_finding_draft *draft = &judge->drafts[judge->count];
    cck_draft_line(draft, &judge->names, line, verdict);
    for (size_t i = 0; i < judge->count && !judge->names.code.failed; i++) {
        if (!cck_draft_akin(&judge->drafts[i], draft))
            continue;
        cck_draft_merge(&judge->drafts[i], draft, judge->observed, &judge->rules->limits);
        return;
    }
    judge->count++;
}

static void judge_lines(judge_state *judge)
{
    const cck_line_limits *limits = &judge->rules->limits;
    for (size_t i = 0; i < judge->observed->line_count; i++) {
        const cck_line *line = &judge->observed->lines[i];
        cck_line_verdict verdict = cck_line_judge(judge->observed, line, limits);
        if (verdict.kind == CCK_LINE_PRIVATE)
            continue;
        judge->shared++;
        judge->truly += verdict.kind == CCK_LINE_TRUE;
        double most = judge->observed->sampled && line->rate_high > line->rate ? line->rate_high
                                                                               : line->rate;
        if (most > judge->busiest) {
            judge->busiest = most;
            judge->at_least = judge->observed->sampled && line->rate_high < 0;
        }
        bool loud = !verdict.low_rate || line->rate * QUIET_SHARE >= limits->rate;
        if (loud && judge->count < DRAFTS_MOST)
            add_draft(judge, line, &verdict);
    }
}

/* Time, in cycles or in samples; of the latter not all that were at the line are lost. */
static double lost(const cck_finding_draft *draft)
{
    const cck_line_verdict *verdict = &draft->verdict;
    return draft->windows && verdict->cost >= 0 ? verdict->cost * (double)verdict->cycles
                                                : (double)verdict->stalled;
}

/* Worst first; among equals the order of the observation, which is deterministic. */
static int by_cost(const void *a, const void *b)
{
    const cck_finding_draft *one = a, *other = b;
    if (one->verdict.severity != other->verdict.severity)
        return one->verdict.severity > other->verdict.severity ? -1 : 1;
    if (lost(one) != lost(other))
        return lost(one) > lost(other) ? -1 : 1;
    if (one->rate != other->rate)
        return one->rate > other->rate ? -1 : 1;
    return one->line < other->line ? -1 : one->line > other->line;
}

static int make_findings(judge_state *judge, cck_error *err)
{
    cck_result *result = judge->result;
    const cck_sharing_rules *rules = judge->rules;
    size_t room = judge->count < rules->top ? judge->count : rules->top;
    cck_finding *findings = cck_arena_array(result->arena, room, sizeof *findings);
    char *command = cck_command_text(&result->target);
    if (!findings || !command) {
        free(command);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    qsort(judge->drafts, judge->count, sizeof *judge->drafts, by_cost);
    for (size_t i = 0; i < judge->count; i++) {
        const cck_finding_draft *draft = &judge->drafts[i];
        cck_finding *finding = NULL;
        if (draft->verdict.severity >= rules->least && result->finding_count < room)
            *(finding = &findings[result->finding_count++]) =
                cck_draft_finding(draft, &judge->names, command);
        else if (draft->verdict.severity > CCK_SEVERITY_INFO)
            result->findings_left_out++;
        else
            judge->low++;
        if (rules->what_if)
            cck_what_if_take(rules->what_if, draft, &judge->names, finding);
    }
    free(command);
    result->findings = findings;
    result->lines_judged = judge->shared;
    return judge->names.code.failed ? cck_fail(err, CCK_ENOMEM, "out of memory") : 0;
}

/* ---- the verdict over the run ---- */

static void put_span(const judge_state *judge, char *buffer, size_t size)
{
    char time[CCK_NUMBER_SIZE];
    cck_number_time(time, 1e9 * judge->observed->seconds);
    snprintf(buffer, size, "%s%s", time, judge->observed->hertz > 0 ? " of virtual time" : "");
}

/* Said of samples: how strong that is depends on how much was seen of the program. */
static const char *sampled_clean_text(judge_state *judge, const char *span)
{
    cck_arena *arena = judge->result->arena;
    const cck_line_limits *limits = &judge->rules->limits;
    char rate[CCK_NUMBER_SIZE], busiest[CCK_NUMBER_SIZE], share[CCK_NUMBER_SIZE];
    double least = judge->observed->least_rate;
    if (least < 0)
        return cck_arena_printf(arena,
                                "no line was seen to be fought over in %s; too little was sampled "
                                "to say that there is none",
                                span);
    if (judge->busiest >= limits->rate || judge->busiest >= least) {
        cck_number_scaled(busiest, judge->busiest);
        cck_number_percent(share, 100 * limits->cost);
        cck_number_grouped(rate, (uint64_t)least + 1);
        return cck_arena_printf(
            arena,
            "no line seen %s its threads %s %% of their time (the busiest: %s %s transfers/s) in "
            "%s; none unseen that threads wait for is above %s transfers/s with 95 %% confidence",
            judge->at_least ? "is known to cost" : "costs", share,
            judge->at_least ? "at least" : "up to", busiest, span, rate);
    }
    cck_number_grouped(rate, (uint64_t)least + 1);
    return cck_arena_printf(
        arena, "no line above %s transfers/s that threads wait for, with 95 %% confidence over %s",
        rate, span);
}

/* What is not there is told as strongly as it was looked for. */
static const char *clean_text(judge_state *judge)
{
    cck_arena *arena = judge->result->arena;
    const cck_line_limits *limits = &judge->rules->limits;
    char span[CCK_NUMBER_SIZE + 32], shared[CCK_NUMBER_SIZE], truly[CCK_NUMBER_SIZE];
    char rate[CCK_NUMBER_SIZE], share[CCK_NUMBER_SIZE];
    put_span(judge, span, sizeof span);
    if (judge->observed->sampled)
        return sampled_clean_text(judge, span);
    if (!judge->shared)
        return cck_arena_printf(
            arena, "no line was written by one thread while another used it, in %s", span);
    cck_number_grouped(shared, judge->shared + judge->observed->lines_left_out);
    cck_number_grouped(truly, judge->truly);
    const char *lines =
        cck_arena_printf(arena, "%s line%s shared by threads, %s of them truly shared", shared,
                         judge->shared == 1 ? "" : "s", truly);
    if (judge->busiest < limits->rate) {
        cck_number_grouped(rate, (uint64_t)limits->rate);
        return cck_arena_printf(arena, "no line above %s transfers/s in %s; %s", rate, span,
                                lines ? lines : "");
    }
    cck_number_scaled(rate, judge->busiest);
    cck_number_percent(share, 100 * limits->cost);
    return cck_arena_printf(arena,
                            "no line costs its threads %s %% of their time (the busiest: %s "
                            "transfers/s) in %s; %s",
                            share, rate, span, lines ? lines : "");
}

static const char *found_text(judge_state *judge)
{
    const cck_result *result = judge->result;
    const cck_finding *worst = &result->findings[0];
    uint64_t all = result->finding_count + result->findings_left_out;
    char shared[CCK_NUMBER_SIZE], span[CCK_NUMBER_SIZE + 32], percent[CCK_NUMBER_SIZE];
    cck_number_grouped(shared, judge->shared + judge->observed->lines_left_out);
    put_span(judge, span, sizeof span);
    const char *head =
        judge->shared
            ? cck_arena_printf(
                  result->arena, "%" PRIu64 " finding%s over %s line%s that threads share, in %s",
                  all, all == 1 ? "" : "s", shared, judge->shared == 1 ? "" : "s", span)
            : cck_arena_printf(result->arena, "%" PRIu64 " finding%s in %s", all,
                               all == 1 ? "" : "s", span);
    if (!head || worst->evidence.cost < 0)
        return head;
    cck_number_percent(percent, 100 * worst->evidence.cost);
    return cck_arena_printf(result->arena, "%s; the worst costs its threads %s %s %% of their time",
                            head, worst->evidence.cost_at_most ? "at most" : "about", percent);
}

/* Samples of a few milliseconds show nothing of most programs: that is no clean bill. */
static bool saw_little(const judge_state *judge)
{
    const cck_result *result = judge->result;
    return judge->observed->brief && !result->finding_count && !result->findings_left_out;
}

/* What was never looked at is not clean. */
static bool saw_nothing(const cck_observed *observed)
{
    return observed->counted[CCK_COST_INSTRUCTIONS] && !observed->costs[CCK_COST_INSTRUCTIONS];
}

static int set_verdict(judge_state *judge, cck_error *err)
{
    cck_result *result = judge->result;
    if (saw_nothing(judge->observed)) {
        result->total.verdict = (cck_verdict){"nothing-simulated", "nothing was simulated"};
        return 0;
    }
    bool found = result->finding_count && result->findings[0].severity > CCK_SEVERITY_INFO;
    bool hidden = !found && result->findings_left_out;
    cck_verdict verdict = {.name = found               ? result->findings[0].rule
                                   : hidden            ? "sharing"
                                   : saw_little(judge) ? "too-little-seen"
                                                       : "no-sharing"};
    if (hidden)
        verdict.text = cck_arena_printf(
            result->arena, "%" PRIu64 " finding%s, all below the severity asked for",
            result->findings_left_out, result->findings_left_out == 1 ? "" : "s");
    else
        verdict.text = found ? found_text(judge) : clean_text(judge);
    if (!verdict.text)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    result->total.verdict = verdict;
    return 0;
}

/* ---- notes ---- */

/* Whether a finding points into a module without a source line. */
static bool is_pointed_to(const cck_result *result, const char *module)
{
    for (size_t i = 0; i < result->finding_count; i++)
        for (size_t j = 0; j < result->findings[i].location_count; j++)
            if (strcmp(result->findings[i].locations[j].module, module) == 0)
                return true;
    return false;
}

static bool note_modules(judge_state *judge)
{
    const cck_observed *observed = judge->observed;
    if (!cck_code_note_unread(observed, judge->result))
        return false;
    for (size_t i = 0; i < observed->module_count; i++) {
        const char *why = judge->names.code.why_not[i];
        if (!why || !*why || !is_pointed_to(judge->result, observed->modules[i].path))
            continue;
        const char *text =
            cck_arena_printf(judge->result->arena, "%s: %s", observed->modules[i].path, why);
        if (!text || !cck_result_note(judge->result, text))
            return false;
    }
    return true;
}

static bool note_threads(judge_state *judge)
{
    if (judge->observed->thread_count > 1)
        return true;
    /* One that lives for a moment only is in no sample. */
    return cck_result_note(judge->result,
                           judge->observed->sampled
                               ? "only one thread was seen"
                               : "only one thread ran: there was nobody to share with");
}

/* What would tell more. The program is never run again unasked: what it does, it would do twice. */
static bool note_little(judge_state *judge)
{
    const cck_target_info *target = &judge->result->target;
    char span[CCK_NUMBER_SIZE];
    if (!saw_little(judge))
        return true;
    if (target->attached || target->interrupted)
        return cck_result_note(judge->result,
                               "watching wants a second or two of the threads' own time: give it "
                               "longer, or more to do");
    cck_number_time(span, 1e9 * judge->observed->seconds);
    const char *text = cck_arena_printf(
        judge->result->arena,
        "the program ended after %s, and watching wants a second or two of the threads' own time: "
        "give it more to do, or let it be simulated, which finds lines in runs of milliseconds "
        "(--backend simulate; runs "
        "it again, some 5 to 60 times slower)",
        span);
    return text && cck_result_note(judge->result, text);
}

int cck_sharing_judge(cck_result *result, const cck_observed *observed, cck_debug *debug,
                      const cck_sharing_rules *rules, cck_error *err)
{
    judge_state judge = {.result = result, .observed = observed, .rules = rules};
    int code =
        cck_object_names_init(&judge.names, observed, debug, rules->types, result->arena, err);
    judge.drafts = calloc(DRAFTS_MOST + 1, sizeof *judge.drafts);
    if (code == 0 && !judge.drafts)
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    if (code == 0) {
        judge_lines(&judge);
        /* A draft that memory ran out for says nothing of its places. */
        code = judge.names.code.failed ? cck_fail(err, CCK_ENOMEM, "out of memory")
                                       : make_findings(&judge, err);
    }
    if (code == 0)
        code = cck_locks_judge(result, &judge.names, rules, err);
    if (code == 0)
        code = set_verdict(&judge, err);
    if (code == 0 && !(note_threads(&judge) && note_little(&judge) && note_modules(&judge)))
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    free(judge.drafts);
    cck_object_names_clear(&judge.names);
    return code;
}
