/* SPDX-License-Identifier: MIT */
/* Two runs of the same program, the second with objects laid out otherwise. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/result/result.h"
#include "core/sharing/line_verdict.h"
#include "core/sharing/what_if.h"

/* A line whose transfers grow by less was there before: others' delays went. */
enum { GREW = 2 };

/* Runs that differ by more are not the same work. */
static const double same_work = 0.01;

typedef struct comparing {
    const cck_what_if_plan *plan;
    const cck_observed *before, *after; /* `after` may be `before` */
    cck_result *result;
    bool *users; /* by thread: of the change at hand */
    size_t thread_count;
    bool same_threads; /* the n-th thread of both runs is the same */
} comparing;

/* ---- lines of a change ---- */

static uint64_t changes_at(const cck_what_if_plan *plan, const cck_observed *observed,
                           const cck_line *line, uint64_t address)
{
    uint64_t start, changes = 0;
    for (size_t i = 0; i < line->object_count; i++) {
        if (line->objects[i] >= observed->object_count)
            continue;
        const cck_object *object = &observed->objects[line->objects[i]];
        size_t rule = cck_remap_find(&plan->rules, observed, plan->paths, object, address, &start);
        if (rule < plan->object_count)
            changes |= plan->objects[rule].changes;
    }
    return changes;
}

/* The changes that a line is about, a bit each. */
static uint64_t changes_of(const comparing *c, const cck_observed *observed, const cck_line *line)
{
    size_t rule = cck_remap_rule_at(line->address);
    if (rule < c->plan->object_count)
        return c->plan->objects[rule].changes;
    uint64_t changes = 0;
    for (size_t i = 0; observed == c->before && line->transfers && i < line->use_count; i++)
        changes |= changes_at(c->plan, observed, line, line->address + line->uses[i].offset);
    return changes;
}

static uint64_t stalled_of(const cck_line *line)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < line->side_count; i++)
        sum += line->sides[i].stalled;
    return sum;
}

static void mark_users(comparing *c, const cck_line *line)
{
    for (size_t i = 0; i < line->side_count; i++)
        if (line->sides[i].thread < c->thread_count && cck_line_takes_part(line, &line->sides[i]))
            c->users[line->sides[i].thread] = true;
}

static cck_what_if_side side_of(comparing *c, const cck_observed *observed, const uint64_t *changes,
                                size_t change)
{
    cck_what_if_side side = {.cost = -1};
    uint64_t stalled = 0;
    for (size_t i = 0; i < observed->line_count; i++) {
        const cck_line *line = &observed->lines[i];
        if (!(changes[i] >> change & 1))
            continue;
        side.transfers += line->transfers;
        side.rate += line->rate;
        stalled += stalled_of(line);
        if (observed == c->before)
            mark_users(c, line);
    }
    for (size_t i = 0; i < c->thread_count && (observed == c->before || c->same_threads); i++)
        side.cycles += c->users[i] ? observed->threads[i].cycles : 0;
    if (side.cycles)
        side.cost = fmin(1, (double)stalled / (double)side.cycles);
    return side;
}

/* ---- words ---- */

static const char *checked(bool *failed, const char *text)
{
    *failed |= !text;
    return text ? text : "";
}

static const char *number_of_threads(uint32_t threads, cck_arena *arena, bool *failed)
{
    if (threads == 1)
        return "the thread";
    return threads == 2
               ? "the two threads"
               : checked(failed, cck_arena_printf(arena, "the %" PRIu32 " threads", threads));
}

static const char *time_text(const cck_what_if *what_if, cck_arena *arena, bool *failed)
{
    const cck_what_if_side *before = &what_if->before, *after = &what_if->after;
    if (!before->cycles || !after->cycles)
        return "";
    double percent =
        100 * ((double)after->cycles - (double)before->cycles) / (double)before->cycles;
    return checked(failed, cck_arena_printf(arena, "; virtual time of %s %s%.0f %%",
                                            number_of_threads(what_if->threads, arena, failed),
                                            percent > 0.5    ? "+"
                                            : percent < -0.5 ? "-"
                                                             : "",
                                            fabs(percent)));
}

static const char *cost_text(const cck_what_if *what_if, cck_arena *arena, bool *failed)
{
    const char *article = what_if->cost_of[0] == 'p'   ? "in all"
                          : what_if->cost_of[0] == 'e' ? "an element"
                                                       : "an object";
    if (!what_if->cost_bytes)
        return "";
    return checked(
        failed, cck_arena_printf(arena, " (%+" PRId64 " bytes %s)", what_if->cost_bytes, article));
}

static const char *text_of(const cck_what_if_change *change, const cck_what_if *what_if,
                           cck_arena *arena, bool *failed)
{
    char before[CCK_NUMBER_SIZE], after[CCK_NUMBER_SIZE];
    const char *asked = change->spec->text;
    if (change->first == SIZE_MAX && change->fixed)
        return checked(failed, cck_arena_printf(arena,
                                                "%s: only globals and blocks of the heap can be "
                                                "moved",
                                                asked));
    if (change->first == SIZE_MAX)
        return checked(failed, cck_arena_printf(arena,
                                                "%s: no line that threads fight over has "
                                                "a part to move: nothing would change",
                                                asked));
    cck_number_grouped(before, what_if->before.transfers);
    cck_number_grouped(after, what_if->after.transfers);
    return checked(
        failed,
        cck_arena_printf(arena, "if %s were aligned to %" PRIu32 " bytes%s: %s transfer%s -> %s%s",
                         change->what, change->align, cost_text(what_if, arena, failed), before,
                         what_if->before.transfers == 1 ? "" : "s", after,
                         time_text(what_if, arena, failed)));
}

/* ---- all changes ---- */

static cck_what_if predict(comparing *c, size_t number, const uint64_t *before,
                           const uint64_t *after, bool *failed)
{
    const cck_what_if_change *change = &c->plan->changes[number];
    cck_arena *arena = c->result->arena;
    cck_what_if what_if = {
        .change = checked(failed, cck_arena_strdup(arena, change->spec->text)),
        .finding = checked(failed, cck_arena_strdup(arena, change->finding)),
        .object = checked(failed, cck_arena_strdup(arena, change->object)),
        .cost_of = change->cost_of,
    };
    memset(c->users, 0, c->thread_count * sizeof *c->users);
    what_if.before = side_of(c, c->before, before, number);
    what_if.after = side_of(c, c->after, after, number);
    for (size_t i = 0; i < c->thread_count; i++)
        what_if.threads += c->users[i];
    if (change->first != SIZE_MAX) {
        const cck_remap_rule *rule = &c->plan->rules.list[change->first];
        what_if.cost_bytes = (int64_t)(rule->layout.new_size - rule->element);
    }
    what_if.text = text_of(change, &what_if, arena, failed);
    return what_if;
}

static uint64_t *changes_by_line(const comparing *c, const cck_observed *observed)
{
    uint64_t *changes = calloc(observed->line_count + 1, sizeof *changes);
    for (size_t i = 0; changes && i < observed->line_count; i++)
        changes[i] = changes_of(c, observed, &observed->lines[i]);
    return changes;
}

static bool predict_all(comparing *c)
{
    cck_result *result = c->result;
    uint64_t *before = changes_by_line(c, c->before);
    uint64_t *after = changes_by_line(c, c->after);
    cck_what_if *list = cck_arena_array(result->arena, c->plan->change_count, sizeof *list);
    bool failed = !before || !after || !list;
    for (size_t i = 0; i < c->plan->change_count && !failed; i++)
        list[i] = predict(c, i, before, after, &failed);
    result->what_if = list;
    result->what_if_count = failed ? 0 : c->plan->change_count;
    free(before);
    free(after);
    return !failed;
}

/* ---- the runs ---- */

static cck_what_if_run run_of(const cck_observed *observed)
{
    cck_what_if_run run = {.seconds = observed->seconds,
                           .cycles = cck_observed_cycles(observed),
                           .instructions = observed->costs[CCK_COST_INSTRUCTIONS]};
    for (size_t i = 0; i < observed->line_count; i++)
        run.transfers += observed->lines[i].transfers;
    return run;
}

static bool note_difference(comparing *c)
{
    double before = (double)c->result->what_if_before.instructions;
    double after = (double)c->result->what_if_after.instructions;
    if (fabs(after - before) <= same_work * before)
        return true;
    const char *text = cck_arena_printf(
        c->result->arena,
        "the run with the changes executed %+.1f %% instructions: the program waits otherwise, or "
        "does not do the same twice, and the prediction is that much less certain",
        100 * (after - before) / before);
    return text && cck_result_note(c->result, text);
}

static uint64_t transfers_at(const cck_observed *observed, uint64_t address)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < observed->line_count; i++)
        if (observed->lines[i].address == address)
            sum += observed->lines[i].transfers;
    return sum;
}

/* What the moved objects leave behind may be fought over all the more. */
static bool note_new_sharing(comparing *c, const cck_line_limits *limits)
{
    uint64_t lines = 0, transfers = 0;
    char number[CCK_NUMBER_SIZE];
    for (size_t i = 0; i < c->after->line_count && c->after != c->before; i++) {
        const cck_line *line = &c->after->lines[i];
        if (cck_remap_rule_at(line->address) != SIZE_MAX ||
            cck_line_judge(c->after, line, limits).low_rate ||
            line->transfers < GREW * transfers_at(c->before, line->address))
            continue;
        lines++;
        transfers += line->transfers;
    }
    if (!lines)
        return true;
    cck_number_grouped(number, transfers);
    const char *text = cck_arena_printf(c->result->arena,
                                        "with the changes %" PRIu64 " other line%s would be fought "
                                        "over, or twice as much as before: %s transfers",
                                        lines, lines == 1 ? "" : "s", number);
    return text && cck_result_note(c->result, text);
}

int cck_what_if_compare(const cck_what_if_plan *plan, const cck_observed *before,
                        const cck_observed *after, const cck_line_limits *limits,
                        cck_result *result, cck_error *err)
{
    comparing c = {.plan = plan,
                   .before = before,
                   .after = after ? after : before,
                   .result = result,
                   .thread_count = before->thread_count};
    c.same_threads = c.after->thread_count == before->thread_count;
    c.users = calloc(c.thread_count + 1, sizeof *c.users);
    result->what_if_before = run_of(before);
    result->what_if_after = run_of(c.after);
    bool good = c.users && predict_all(&c) && note_difference(&c) && note_new_sharing(&c, limits);
    free(c.users);
    return good ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}
