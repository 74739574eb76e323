/* SPDX-License-Identifier: MIT */
#include <cachecheck/stat.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/base/fail.h"
#include "core/numa/glance.h"
#include "core/result/assemble.h"
#include "core/result/repeat.h"
#include "core/result/result.h"
#include "core/result/slices.h"
#include "core/session/run.h"

struct cck_stat {
    cck_run run;
    cck_glance glance;
    cck_slices slices;        /* of this run */
    cck_stat_options options; /* as the caller gave them: whom to tell */
};

static void on_start(void *context, const cck_source *source, int32_t pid)
{
    cck_stat *stat = context;
    if (stat->options.on_start)
        stat->options.on_start(stat->options.context, source, pid);
}

/* Intervals are told as they end, and kept for the result. */
static void on_interval(void *context, const cck_interval *interval)
{
    cck_stat *stat = context;
    cck_slices_add(&stat->slices, interval);
    stat->options.on_interval(stat->options.context, interval);
}

static void keep_intervals(cck_stat *stat)
{
    stat->options = stat->run.options;
    stat->run.options.context = stat;
    stat->run.options.on_start = on_start;
    stat->run.options.on_interval = stat->options.on_interval ? on_interval : NULL;
}

int cck_stat_new(cck_stat **out_stat, const cck_target_options *target,
                 const cck_stat_options *options, cck_error *err)
{
    cck_stat *stat = calloc(1, sizeof *stat);
    if (!stat)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = cck_run_prepare(&stat->run, CCK_WANT_COUNTS, target, options, NULL, err);
    if (code < 0) {
        cck_stat_free(stat);
        return code;
    }
    keep_intervals(stat);
    if (cck_glance_wanted(&stat->run.root) && stat->run.session.probe->evidence == CCK_MEASURED)
        stat->run.session.glance = &stat->glance;
    *out_stat = stat;
    return 0;
}

/* ---- from a run to the result ---- */

/* A daemon outlives the command that starts it, and its work is not in the counts. */
static bool note_survivors(cck_result *result, const cck_tally *tally)
{
    uint32_t alive = 0;
    for (size_t i = 0; i < tally->thread_count; i++)
        alive += tally->threads[i]->kind == CCK_ROW_THREAD && !tally->threads[i]->ended;
    if (!alive || result->target.attached || !result->target.exited || result->target.signal ||
        tally->lost_records)
        return true;
    char text[160];
    snprintf(text, sizeof text,
             "%u thread%s still ran when the command ended, as a daemon does: what came later is "
             "not counted; attach with -p PID",
             alive, alive == 1 ? "" : "s");
    return cck_result_note(result, text);
}

static int make_result(cck_stat *stat, const cck_tally *tally, const cck_session_end *end,
                       cck_result **out_result, cck_error *err)
{
    cck_result *result = cck_result_new();
    if (!result)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    result->command = "stat";
    int code = cck_run_describe(&stat->run, result, end, tally, err);
    if (code == 0)
        code = cck_assemble(result, tally, end->facts.events, end->facts.event_count,
                            stat->run.machine, err);
    if (code == 0 && !(cck_glance_tell(&stat->glance, result) && note_survivors(result, tally) &&
                       cck_slices_tell(&stat->slices, result)))
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    if (code == 0)
        code = cck_run_conclude(result, end, err);
    if (code < 0) {
        cck_result_free(result);
        return code;
    }
    *out_result = result;
    return 0;
}

static int run_once(cck_stat *stat, cck_result **out_result, cck_error *err)
{
    cck_tally tally;
    cck_session_end end;
    cck_glance_clear(&stat->glance);
    cck_slices_clear(&stat->slices);
    int code = cck_session_run(&stat->run.session, &tally, NULL, &end, err);
    if (code < 0)
        return code;
    code = make_result(stat, &tally, &end, out_result, err);
    cck_tally_clear(&tally);
    return code;
}

/* The rows are the last run's; only totals are comparable from run to run. */
static int run_repeated(cck_stat *stat, uint32_t runs, cck_result **out_result, cck_error *err)
{
    cck_repeat repeat = {0};
    cck_result *last = NULL;
    int code = 0;
    for (uint32_t i = 0; i < runs && !atomic_load(&stat->run.interrupts); i++) {
        cck_result *result;
        code = run_once(stat, &result, err);
        if (code == 0)
            code = cck_repeat_add(&repeat, result, err);
        if (code < 0)
            break;
        cck_result_free(last);
        last = result;
    }
    if (code == 0 && last)
        code = cck_repeat_finish(&repeat, last, err);
    cck_repeat_clear(&repeat);
    if (code < 0 || !last) {
        cck_result_free(last);
        return code < 0 ? code : cck_fail(err, CCK_EGONE, "interrupted before the first run");
    }
    *out_result = last;
    return 0;
}

int cck_stat_run(cck_stat *stat, cck_result **out_result, cck_error *err)
{
    if (stat->run.options.repeat > 1 && stat->run.target.argv)
        return run_repeated(stat, stat->run.options.repeat, out_result, err);
    return run_once(stat, out_result, err);
}

void cck_stat_interrupt(cck_stat *stat, int signal)
{
    cck_run_interrupt(&stat->run, signal);
}

void cck_stat_forward(cck_stat *stat, int signal)
{
    cck_run_forward(&stat->run, signal);
}

void cck_stat_free(cck_stat *stat)
{
    if (!stat)
        return;
    cck_glance_clear(&stat->glance);
    cck_slices_clear(&stat->slices);
    cck_run_clear(&stat->run);
    free(stat);
}
