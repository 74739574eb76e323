/* SPDX-License-Identifier: MIT */
/* A diff for programs: JSON (docs/schema/cachecheck-diff-1.json) and CSV. */
#include <math.h>

#include "core/base/json_writer.h"
#include "core/base/table.h"
#include "core/report/diff_words.h"
#include "core/report/diff_writers.h"
#include "core/result/words.h"

static const char *const kinds[] = {"elapsed", "event", "metric", NULL};
static const char *const directions[] = {"less", "neither", "more", NULL};

static void put_texts(cck_json *json, const char *key, const char *const *texts, size_t count)
{
    cck_json_key(json, key);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++)
        cck_json_string(json, texts[i]);
    cck_json_array_end(json);
}

static void put_side(cck_json *json, const char *key, const cck_result *result, const char *name)
{
    cck_json_key(json, key);
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "name", name);
    cck_json_put_string(json, "command", result->command);
    cck_json_put_string(json, "backend", result->source.backend);
    cck_json_put_string(json, "evidence",
                        cck_word_of(cck_evidence_words, (int)result->source.evidence));
    cck_json_put_uint(json, "runs",
                      result->elapsed_spread.runs > 1 ? result->elapsed_spread.runs : 1);
    cck_json_object_end(json);
}

/* What has no number is left out: a change from 0 has no share, a single run no interval. */
static void put_numbers(cck_json *json, const cck_delta *change)
{
    cck_json_put_number(json, "before", change->before);
    cck_json_put_number(json, "after", change->after);
    cck_json_put_uint(json, "runs_before", change->runs_before);
    cck_json_put_uint(json, "runs_after", change->runs_after);
    if (isfinite(change->change))
        cck_json_put_number(json, "change", change->change);
    if (change->low <= change->high && isfinite(change->low) && isfinite(change->high)) {
        cck_json_key(json, "interval");
        cck_json_array(json);
        cck_json_number(json, change->low);
        cck_json_number(json, change->high);
        cck_json_array_end(json);
    }
    if (change->p >= 0)
        cck_json_put_number(json, "p", change->p);
    cck_json_put_string(json, "test", change->test);
}

static void put_change(cck_json *json, const cck_delta *change)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "name", change->name);
    cck_json_put_string(json, "kind", cck_word_of(kinds, (int)change->kind));
    cck_json_put_string(json, "unit", change->unit);
    cck_json_put_string(json, "better", cck_word_of(directions, change->better + 1));
    cck_json_put_string(json, "verdict", cck_word_of(cck_change_words, (int)change->verdict));
    if (change->verdict != CCK_CHANGE_NOT_COMPARABLE)
        put_numbers(json, change);
    if (*change->why)
        cck_json_put_string(json, "why", change->why);
    cck_json_object_end(json);
}

static void put_changes(cck_json *json, const cck_diff *diff)
{
    cck_json_key(json, "changes");
    cck_json_array(json);
    for (size_t i = 0; i < diff->change_count; i++)
        put_change(json, &diff->changes[i]);
    cck_json_array_end(json);
}

static void put_thread(cck_json *json, const cck_diff *diff, const cck_thread_change *thread)
{
    const cck_row *row = thread->after ? thread->after : thread->before;
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "name", row->name);
    cck_json_put_string(json, "process", row->process);
    cck_json_put_string(json, "kind", cck_word_of(cck_row_words, (int)row->kind));
    if (thread->before) {
        cck_json_key(json, "tid_before");
        cck_json_int(json, thread->before->tid);
    }
    if (thread->after) {
        cck_json_key(json, "tid_after");
        cck_json_int(json, thread->after->tid);
    }
    cck_json_key(json, "counts");
    cck_json_object(json);
    for (size_t i = 0; thread->before && thread->after && i < diff->before->event_count; i++) {
        cck_delta change = cck_diff_thread(diff, thread, i);
        if (change.verdict == CCK_CHANGE_NOT_COMPARABLE)
            continue;
        cck_json_key(json, change.name);
        cck_json_object(json);
        cck_json_put_number(json, "before", change.before);
        cck_json_put_number(json, "after", change.after);
        cck_json_put_string(json, "verdict", cck_word_of(cck_change_words, (int)change.verdict));
        cck_json_object_end(json);
    }
    cck_json_object_end(json);
    cck_json_object_end(json);
}

static void put_threads(cck_json *json, const cck_diff *diff)
{
    cck_json_key(json, "threads");
    cck_json_array(json);
    for (size_t i = 0; i < diff->thread_count; i++)
        put_thread(json, diff, &diff->threads[i]);
    cck_json_array_end(json);
}

static void put_findings(cck_json *json, const cck_diff *diff)
{
    if (!diff->findings_compared)
        return; /* nobody looked for any, on one side at least */
    cck_json_key(json, "findings");
    cck_json_array(json);
    for (size_t i = 0; i < diff->finding_count; i++) {
        const cck_finding_change *change = &diff->findings[i];
        const cck_finding *finding = change->after ? change->after : change->before;
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_string(json, "status",
                            cck_word_of(cck_finding_status_words, (int)change->status));
        cck_json_put_string(json, "rule", finding->rule);
        cck_json_put_string(json, "title", finding->title);
        if (change->before)
            cck_json_put_string(json, "severity_before",
                                cck_word_of(cck_severity_words, (int)change->before->severity));
        if (change->after)
            cck_json_put_string(json, "severity_after",
                                cck_word_of(cck_severity_words, (int)change->after->severity));
        cck_json_put_string(json, "id", finding->id);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

void cck_diff_put_json(cck_json *json, const cck_diff *diff)
{
    cck_json_object(json);
    cck_json_put_string(json, "schema", "cachecheck-diff/1");
    put_side(json, "before", diff->before, diff->before_name);
    put_side(json, "after", diff->after, diff->after_name);
    cck_json_put_bool(json, "comparable", !diff->obstacle_count);
    cck_json_put_bool(json, "forced", diff->forced);
    put_texts(json, "obstacles", diff->obstacles, diff->obstacle_count);
    put_texts(json, "notes", diff->notes, diff->note_count);
    cck_json_put_number(json, "threshold", diff->threshold);
    cck_json_put_uint(json, "tested", diff->tested);
    cck_json_put_uint(json, "judged", diff->judged);
    cck_json_put_uint(json, "improved", diff->improved);
    cck_json_put_uint(json, "regressed", diff->regressed);
    cck_json_put_uint(json, "new_findings", diff->new_findings);
    put_changes(json, diff);
    put_threads(json, diff);
    put_findings(json, diff);
    cck_json_object_end(json);
}

void cck_diff_write_json(const void *subject, FILE *out, const cck_report_options *options)
{
    cck_json json;
    cck_json_begin(&json, out, !options->compact);
    cck_diff_put_json(&json, subject);
    cck_json_end(&json);
}

/* ---- CSV ---- */

static cck_cell number_or_none(double number, bool known)
{
    return known && isfinite(number) ? cck_cell_number(CCK_CELL_NUMBER, number)
                                     : cck_cell_missing(NULL);
}

void cck_diff_write_csv(const void *subject, FILE *out, const cck_report_options *options)
{
    static const char *const titles[] = {"name",        "kind",       "unit",    "before", "after",
                                         "runs_before", "runs_after", "change",  "low",    "high",
                                         "p",           "test",       "verdict", "why"};
    const cck_diff *diff = subject;
    (void)options;
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        cck_cell title = cck_cell_text(titles[i]);
        cck_csv_cell(out, &title, i == 0);
    }
    cck_csv_end(out);
    for (size_t i = 0; i < diff->change_count; i++) {
        const cck_delta *change = &diff->changes[i];
        bool known = change->verdict != CCK_CHANGE_NOT_COMPARABLE;
        bool interval = known && change->low <= change->high;
        const cck_cell cells[] = {
            cck_cell_text(change->name),
            cck_cell_text(cck_word_of(kinds, (int)change->kind)),
            cck_cell_text(change->unit),
            number_or_none(change->before, known),
            number_or_none(change->after, known),
            cck_cell_count(change->runs_before),
            cck_cell_count(change->runs_after),
            number_or_none(change->change, known),
            number_or_none(change->low, interval),
            number_or_none(change->high, interval),
            number_or_none(change->p, known && change->p >= 0),
            cck_cell_text(change->test),
            cck_cell_text(cck_word_of(cck_change_words, (int)change->verdict)),
            cck_cell_text(change->why),
        };
        for (size_t j = 0; j < sizeof cells / sizeof *cells; j++)
            cck_csv_cell(out, &cells[j], j == 0);
        cck_csv_end(out);
    }
}
